//! `!config`: what the host is set to, and where each value comes from.
use super::Builtin;
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
            return Err(user_error(format!(
                "There is no section {section}; there is {}.",
                shared.config().sections().join(", ")
            )));
        }
        let late: Vec<String> = shared.after_restart().into_iter().map(|change| change.path).collect();
        let rows = rows.into_iter().map(|row| {
            let value = if row.value == "null" { "not set".to_owned() } else { row.value };
            let late = if late.contains(&row.path) { ", from my next start on" } else { "" };
            [row.path, value, row.source.to_string() + late]
        });
        Ok(table(["key", "value", "from"], rows).into())
    }
}
