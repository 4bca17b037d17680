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
        if let [only] = &servers[..] {
            return self.status_of(call, only).await;
        }
        let text = self.states(&servers).await?;
        Ok(screens::of_several(call, text, "status", &servers))
    }
    /// The screen of one server, and whether this chat watches it.
    pub(super) async fn status_of(&self, call: &Call, server: &Arc<Server>) -> Result<Reply> {
        let text = self.states(std::slice::from_ref(server)).await?;
        let follower = self.watch.of(&server.slug, call.chat()).await?;
        let watch = match &follower {
            Some(follower) => texts::watch::watch_on(&server.name, follower.every_secs),
            None => texts::watch::not_watched(&server.name),
        };
        Ok(screens::status(call, text + "\n" + watch, server, follower.is_some()))
    }
    /// A line for each server.
    pub(crate) async fn states(&self, servers: &[Arc<Server>]) -> Result<Text> {
        let answers = reach::all(&self.host, servers, |server| async move { server.api()?.up().await }).await;
        Ok(Text::lines(answers.iter().map(|(server, answer)| texts::status(server, answer))))
    }
}
