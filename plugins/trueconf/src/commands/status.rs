//! `!trueconf status`, and the section of `!status`.
use super::ServerArg;
use crate::{TrueConf, reach, screens, servers::Server, texts};
use factotum_plugin_api::prelude::*;
use std::sync::Arc;

/// Show whether TrueConf servers are up
#[derive(Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    of: ServerArg,
}

impl TrueConf {
    pub(super) async fn show_status(&self, call: &Call, args: StatusArgs) -> Result<Reply> {
        let servers = self.meant(args.of.server.as_deref()).await?;
        let text = self.states(&servers).await?;
        Ok(match &servers[..] {
            [only] => screens::status(call, text, only),
            _ => screens::of_several(call, text, "status", &servers),
        })
    }
    /// A line for each server.
    pub(crate) async fn states(&self, servers: &[Arc<Server>]) -> Result<Text> {
        let answers = reach::all(&self.host, servers, |server| async move { server.api()?.up().await }).await;
        Ok(Text::lines(answers.iter().map(|(server, answer)| texts::status(server, answer))))
    }
}
