//! Buildbot from outside: what its own chat bots do, for an unmodified master.
//!
//! `master` is the one place that calls a master, `model` what it answers. What happens
//! there comes in by `stream` and `push`, is noted in `position` and goes out by `tell`.
mod config;
mod details;
mod events;
mod feed;
mod master;
mod model;
mod position;
mod push;
mod report;
mod settings;
mod stream;
mod tail;
mod tell;

pub use config::{Config, MasterConfig, Recovery};
pub use events::Event;
use factotum_plugin_api::prelude::*;
use feed::Feed;
use master::Master;
use settings::Settings;
use std::collections::BTreeMap;

/// The masters of one config.
pub struct Buildbot {
    masters: Vec<Master>,
    /// By the master's name.
    feeds: BTreeMap<String, Feed>,
    settings: Settings,
    host: Host,
}

impl Plugin for Buildbot {
    const NAME: &'static str = "buildbot";
    type Config = Config;
    fn start(config: Config, host: Host) -> Result<Self> {
        let masters = config.masters.into_iter().map(|(name, config)| Master::new(&name, config, &host));
        let masters = masters.collect::<Result<Vec<_>>>()?;
        let positions = host.store.table("positions")?;
        let feeds = masters.iter().map(|master| (master.name.clone(), Feed::new(&master.name, &positions)));
        Ok(Buildbot { feeds: feeds.collect(), masters, settings: Settings::open(&host)?, host })
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/buildbot/{master}", Self::push_proof, Self::push).open_params(["master"]);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        if !self.masters.is_empty() {
            jobs.run("events", Self::events);
        }
    }
}

#[cfg(test)]
mod tests;
