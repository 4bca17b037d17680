//! `!config`: what the host is set to, and where each value comes from.
use super::Builtin;
use crate::texts;
use factotum_plugin_api::prelude::*;

/// Show the config: each value and where it comes from; secrets are masked
#[derive(Args)]
pub(super) struct ConfigArgs {
    /// A section: http, outbox, plugins.travishook …
    section: Option<String>,
}

impl Builtin {
    pub(super) async fn config(&self, _: &Call, args: ConfigArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let rows = shared.config().show(args.section.as_deref());
        if rows.is_empty() {
            let section = args.section.unwrap_or_default();
            return Err(user_error(texts::no_such_section(&section, &shared.config().sections())));
        }
        let late: Vec<String> = shared.after_restart().into_iter().map(|change| change.path).collect();
        let rows = rows.into_iter().map(|row| {
            let value = if row.value == "null" { texts::config_not_set() } else { row.value };
            let from = texts::config_from(&row.source, late.contains(&row.path));
            [row.path, value, from]
        });
        Ok(table(texts::config_head(), rows).into())
    }
}
