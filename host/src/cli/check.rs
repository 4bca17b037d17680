//! `factotum check` and `factotum example`.
use super::{Context, network_schemas, plugins, print};
use crate::{
    access::Rules,
    builtin,
    config::{AccessConfig, Mistakes},
    dispatch::help::HOST,
    registry,
    services::dry::DryServices,
};
use factotum_plugin_api::clock::Clock;
use std::{
    path::PathBuf,
    process::ExitCode,
    sync::{Arc, Weak},
};

/// Checks the config, starts every plugin on a store in memory, and looks whether
/// the access rules fit their commands.
pub(super) fn check(context: &Context, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let file = file.or_else(|| context.config_file());
    let shown = file.as_ref().map_or("no config file, the defaults".into(), |file| file.display().to_string());
    let config = context.load(file)?;
    for warning in config.warnings() {
        eprintln!("warning: {warning}");
    }
    config.config.http.settings()?.check_files()?;
    let mut unseen: Vec<&str> = registry::left_out(context.known).collect();
    let (mut all, mut mistakes) = (vec![(HOST, Arc::new(builtin::start(Weak::new())))], vec![]);
    for plugin in plugins() {
        let name = plugin.name;
        let Some(section) = config.plugin(name).filter(|section| section.missing.is_empty()) else {
            unseen.push(name);
            continue;
        };
        match DryServices::over(None).start(&plugin, section.value.clone(), Clock::system()) {
            Ok(started) => all.push((name, Arc::new(started))),
            Err(error) => mistakes.push(registry::refused(&config, name, &error)),
        }
    }
    anyhow::ensure!(mistakes.is_empty(), Mistakes::sorted(mistakes));
    let AccessConfig { roles, rules } = config.config.access.clone();
    let rules = Rules::compile(config.config.admins.clone(), roles, rules);
    let rules = rules.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?;
    for warning in registry::check_rules(&config, &rules, &all, &unseen)? {
        eprintln!("warning: {warning}");
    }
    print(&format!("{shown}: good\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints an example config, or the reference table.
pub(super) fn example(_: &Context, markdown: bool) -> anyhow::Result<ExitCode> {
    let plugins: Vec<_> = plugins().iter().map(|plugin| (plugin.name, (plugin.config_schema)())).collect();
    let networks = network_schemas();
    print(&match markdown {
        true => crate::config::reference(&plugins, &networks),
        false => crate::config::example(&plugins, &networks),
    })?;
    Ok(ExitCode::SUCCESS)
}
