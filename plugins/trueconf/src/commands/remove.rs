//! `!trueconf remove`: forgets a server that was added in a chat.
use crate::{TrueConf, texts};
use factotum_plugin_api::prelude::*;

/// Remove a TrueConf server that was added in a chat
#[derive(Args)]
pub(super) struct RemoveArgs {
    /// Server, by its name
    server: String,
}

impl TrueConf {
    pub(super) async fn remove(&self, call: &Call, args: RemoveArgs) -> Result<Reply> {
        let server = self.one(call, Some(&args.server)).await?;
        self.servers.remove(&server).await?;
        self.watch.forget(&server.slug).await?;
        self.policies.forget(&server.slug).await?;
        self.rights.forget(&server.slug).await?;
        Ok(texts::removed(&server.name).into())
    }
}
