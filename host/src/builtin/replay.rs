//! `!requests replay`: stored requests, run again or shown what they would do.
use super::{Builtin, requests::RequestNumber};
use crate::replay;
use factotum_plugin_api::prelude::*;

/// Run stored requests through their hooks again, with the routes of now, and post what follows; also what was seen before
#[derive(Args)]
pub(super) struct ReplayArgs {
    /// Numbers of requests
    #[arg(required = true)]
    requests: Vec<RequestNumber>,
    /// Only show what they would post and answer
    #[arg(long)]
    dry_run: bool,
}

impl Builtin {
    pub(super) async fn requests_replay(&self, call: &Call, args: ReplayArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let mut lines = vec![];
        for RequestNumber(id) in args.requests {
            lines.push(match args.dry_run {
                true => replay::rehearse(&shared, id).await?,
                false => replay::replay(&shared, id, &call.sender().id).await?,
            });
        }
        Ok(Text::lines(lines).into())
    }
}
