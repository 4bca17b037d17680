//! A host in this process, for the rows that need a network of their own.
use factotum_host::{
    config::{self, Sources},
    running::{Parts, Running},
};
use factotum_plugin_api::{Registration, chat::Network, clock::Clock, schemars};
use std::{path::PathBuf, sync::Arc};

/// Starts a host that speaks to `networks` alone; `console:admin` is its admin.
pub(crate) async fn start(
    config: PathBuf,
    data: PathBuf,
    plugin: Registration,
    networks: Vec<(String, Arc<dyn Network>)>,
) -> anyhow::Result<Running> {
    let config = config::load(Sources {
        file: Some(config),
        text: None,
        env: vec![],
        credentials: None,
        plugins: vec![(plugin.name, (plugin.config_schema)())],
        networks: vec![("console", schemars::schema_for!(factotum_host::console::Config))],
        left_out: vec![],
    })?;
    let (plugins, known, clock) = (vec![plugin], vec![], Clock::system());
    Running::start(Parts { config, data, clock, plugins, known, networks }).await
}
