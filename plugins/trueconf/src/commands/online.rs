//! `!trueconf online`: how many users are online.
use super::ServerArg;
use crate::{TrueConf, reach, screens, texts};
use factotum_plugin_api::prelude::*;

/// Show how many users are online
#[derive(Args)]
pub(super) struct OnlineArgs {
    #[command(flatten)]
    of: ServerArg,
}

impl TrueConf {
    pub(super) async fn online(&self, call: &Call, args: OnlineArgs) -> Result<Reply> {
        let servers = self.meant(args.of.server.as_deref()).await?;
        let answers = reach::all(&self.host, &servers, |server| async move { server.api()?.users().await }).await;
        let lines = answers.iter().map(|(server, answer)| match answer {
            Ok(users) => texts::online(&server.name, users.count(&self.online_statuses), users.total()),
            Err(fault) => texts::trouble(server, fault),
        });
        let text = Text::lines(lines);
        Ok(match &servers[..] {
            [only] => screens::back(call, text.into(), only),
            _ => screens::of_several(call, text, "online", &servers),
        })
    }
}
