//! `!repos` `!repos search` `!repos info` · `!plugin list` `!plugin enable`
//! `!plugin disable` `!plugin info`
use super::Builtin;
use crate::{
    access::Asker,
    dispatch::help::Helper,
    registry::{PluginInfo, State as On},
    texts,
};
use factotum_plugin_api::prelude::*;

/// List the plugins of this binary, and those it was built without
#[derive(Args)]
pub(super) struct ReposArgs {}
/// Find plugins by name or by what they do
#[derive(Args)]
pub(super) struct SearchArgs {
    /// Words to look for
    #[arg(required = true)]
    words: Vec<String>,
}
/// Show a plugin's version, commands, hooks and jobs
#[derive(Args)]
pub(super) struct InfoArgs {
    /// The plugin
    plugin: String,
}
/// Turn a plugin on
#[derive(Args)]
pub(super) struct EnableArgs {
    /// The plugin
    plugin: String,
}
/// Turn a plugin off: its commands, hooks and jobs are gone until it is enabled
#[derive(Args)]
pub(super) struct DisableArgs {
    /// The plugin
    plugin: String,
}

impl Builtin {
    pub(super) async fn repos(&self, _: &Call, _: ReposArgs) -> Result<Reply> {
        self.list(|_| true)
    }
    pub(super) async fn repos_search(&self, _: &Call, args: SearchArgs) -> Result<Reply> {
        let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
        self.list(|text| words.iter().all(|word| text.contains(word)))
    }
    /// The plugins whose name and description, in lower case, are wanted.
    fn list(&self, wanted: impl Fn(&str) -> bool) -> Result<Reply> {
        let registry = self.shared()?.registry()?;
        let mut lines: Vec<Text> = vec![];
        for plugin in registry.plugins() {
            if wanted(&format!("{} {}", plugin.name, plugin.about).to_lowercase()) {
                lines.push(texts::plugin_line(plugin.name, plugin.version, on_or_off(&plugin), plugin.about));
            }
        }
        for known in registry.left_out() {
            if wanted(&known.name.to_lowercase()) {
                lines.push(texts::left_out_line(known.name, known.feature));
            }
        }
        Ok(if lines.is_empty() { texts::nothing_found(&texts::listed("plugins")) } else { Text::lines(lines) }.into())
    }
    pub(super) async fn plugin_info(&self, call: &Call, args: InfoArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let plugin = shared.registry()?.plugin(&args.plugin)?;
        // With the host's address, as a sender needs it, for those who could set one up.
        let admin = shared.rules().is_admin(&call.sender().id);
        let url = shared.hooks_url().filter(|_| admin).unwrap_or_default();
        let hooks = plugin.hooks.iter().map(|hook| hook.replacen(" /", &format!(" {url}/"), 1));
        let (open, asker, rules) = (shared.open_tables()?, Asker::from(&call.incoming), shared.rules());
        let helper = Helper { table: &open.commands, rules: &rules, asker: &asker, networks: shared.networks() };
        let permitted = helper.permitted();
        let is_permitted = |path: &&String| permitted.iter().any(|command| command.path() == path.as_str());
        // Of one that is off nothing can be run.
        let may_run: Vec<&String> = plugin.commands.iter().filter(is_permitted).collect();
        let mut lines = vec![texts::plugin_line(plugin.name, plugin.version, on_or_off(&plugin), plugin.about)];
        let commands = may_run.into_iter().map(command).collect::<Vec<_>>();
        let hooks = hooks.map(code).collect();
        let jobs = plugin.jobs.iter().map(code).collect();
        for (what, values) in [("commands", commands), ("hooks", hooks), ("jobs", jobs)] {
            if !values.is_empty() {
                lines.push(texts::plugin_has(what, values));
            }
        }
        Ok(Text::lines(lines).into())
    }
    pub(super) async fn plugin_enable(&self, _: &Call, args: EnableArgs) -> Result<Reply> {
        let registry = self.shared()?.registry()?;
        let changed = registry.enable(&args.plugin).await?;
        Ok(texts::plugin_now(registry.plugin(&args.plugin)?.name, true, changed).into())
    }
    pub(super) async fn plugin_disable(&self, _: &Call, args: DisableArgs) -> Result<Reply> {
        let registry = self.shared()?.registry()?;
        let changed = registry.disable(&args.plugin).await?;
        Ok(texts::plugin_now(registry.plugin(&args.plugin)?.name, false, changed).into())
    }
}

fn on_or_off(plugin: &PluginInfo) -> Text {
    match &plugin.state {
        On::On => texts::is_on(),
        On::OffByConfig => texts::is_off_by_config(),
        On::OffByCommand => texts::is_off(),
        On::NeedsConfig(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| format!("plugins.{}.{key}", plugin.name)).collect();
            texts::is_off_until(&keys)
        }
    }
}
