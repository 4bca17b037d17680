//! `!trueconf servers`: the servers, and the menu of one.
use crate::{TrueConf, screens, texts};
use factotum_plugin_api::prelude::*;

/// Show the TrueConf servers, or what can be asked of one
#[derive(Args)]
pub(super) struct ServersArgs {
    /// Server, by its name; shows what can be asked of it
    server: Option<String>,
}

impl TrueConf {
    pub(super) async fn list_servers(&self, call: &Call, args: ServersArgs) -> Result<Reply> {
        if let Some(word) = &args.server {
            return Ok(screens::menu(call, &*self.one(call, Some(word)).await?));
        }
        let servers = self.meant(None).await?;
        let line = |server: &std::sync::Arc<crate::servers::Server>| {
            let mut line = bold(&server.name) + " (" + code(&server.slug) + ")";
            if server.is_open_to_anyone() {
                line = line + ": " + texts::tls_off();
            }
            line
        };
        let text = texts::choose_server() + "\n" + list(servers.iter().map(line));
        Ok(screens::servers(call, text, &servers))
    }
}
