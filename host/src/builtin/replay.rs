//! `!requests replay`: stored requests, run again or shown what they would do.
use super::{Builtin, requests::RequestNumber};
use crate::{replay, texts};
use factotum_plugin_api::prelude::*;

/// So many at most: each handler has seconds, and the command a minute.
const REQUESTS_MAX: usize = 20;

/// Run stored requests through their hooks again, with the routes of now, and post what follows
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
        if args.requests.len() > REQUESTS_MAX {
            return Err(user_error(texts::too_many_replays(REQUESTS_MAX)));
        }
        let mut last = Text::default();
        for (n, RequestNumber(id)) in args.requests.into_iter().enumerate() {
            if n > 0 {
                // As it is done: whoever is cut off here has heard what was posted.
                call.say(last).await?;
            }
            last = match args.dry_run {
                true => replay::rehearse(&shared, id).await?,
                false => replay::replay(&shared, id, &call.sender().id).await?,
            };
        }
        Ok(last.into())
    }
}
