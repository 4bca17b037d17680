//! `factotum check` and `factotum example`.
use super::{Context, network_schemas, plugins};
use crate::services::dry::DryServices;
use factotum_plugin_api::clock::Clock;
use std::{path::PathBuf, process::ExitCode};

/// Checks the config, then starts every plugin on a store in memory.
pub(super) fn check(context: &Context, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let file = file.or_else(|| context.config_file());
    let shown = file.as_ref().map_or("no config file, the defaults".into(), |file| file.display().to_string());
    let config = context.load(file)?;
    for plugin in plugins() {
        let name = plugin.name;
        let Some(section) = config.plugin(name).filter(|section| section.missing.is_empty()) else { continue };
        let tried = DryServices::over(None).start(&plugin, section.value.clone(), Clock::system());
        tried.map_err(|error| anyhow::anyhow!("plugins.{name}: {error:#}"))?;
    }
    println!("{shown}: good");
    Ok(ExitCode::SUCCESS)
}

/// Prints an example config, or the reference table.
pub(super) fn example(_: &Context, markdown: bool) -> anyhow::Result<ExitCode> {
    let plugins: Vec<_> = plugins().iter().map(|plugin| (plugin.name, (plugin.config_schema)())).collect();
    let networks = network_schemas();
    let text = match markdown {
        true => crate::config::reference(&plugins, &networks),
        false => crate::config::example(&plugins, &networks),
    };
    print!("{text}");
    Ok(ExitCode::SUCCESS)
}
