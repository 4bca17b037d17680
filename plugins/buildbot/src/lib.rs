//! Buildbot from outside: what its own chat bots do, for an unmodified master.
//!
//! `master` is the one place that calls a master, `model` what it answers.
mod config;
mod events;
mod master;
mod model;
mod room_build;
mod room_map;
mod settings;
mod template;

pub use config::{Config, MasterConfig, Recovery};
pub use events::Event;
use factotum_plugin_api::prelude::*;
use master::Master;
pub use room_map::{ByResult, Color, RoomMap, Sentences, Targets};
use settings::Settings;

/// The masters of one config.
pub struct Buildbot {
    masters: Vec<Master>,
    settings: Settings,
    host: Host,
}

impl Plugin for Buildbot {
    const NAME: &'static str = "buildbot";
    type Config = Config;
    fn start(config: Config, host: Host) -> Result<Self> {
        let masters = config.masters.into_iter().map(|(name, config)| Master::new(&name, config, &host));
        let masters = masters.collect::<Result<_>>()?;
        Ok(Buildbot { masters, settings: Settings::open(&host)?, host })
    }
}
