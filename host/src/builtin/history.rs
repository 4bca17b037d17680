//! `!history` `!apropos`: finding a command again, and finding one at all.
use super::Builtin;
use crate::{access::Asker, dispatch::help::Helper, texts};
use factotum_plugin_api::prelude::*;

/// List your last commands in this chat: !! repeats the last one, !3 the third last
#[derive(Args)]
pub(super) struct HistoryArgs {}
/// Find commands by what they are called and what their help says
#[derive(Args)]
pub(super) struct AproposArgs {
    /// Words that must all stand there
    #[arg(required = true)]
    words: Vec<String>,
}

impl Builtin {
    pub(super) async fn history(&self, call: &Call, _: HistoryArgs) -> Result<Reply> {
        let lines = self.shared()?.people.history.lines(&call.incoming);
        Ok(if lines.is_empty() { texts::nothing_to_repeat() } else { texts::history(&lines) }.into())
    }
    pub(super) async fn apropos(&self, call: &Call, args: AproposArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let open = shared.open_tables()?;
        let asker = Asker::from(&call.incoming);
        let helper = Helper { table: &open.commands, rules: &open.rules, asker: &asker, networks: shared.networks() };
        Ok(helper.apropos(&args.words).unwrap_or_else(texts::nothing_apropos).into())
    }
}
