//! Buildbot from outside: what its own chat bots do, for an unmodified master.
//!
//! `master` is the one place that calls a master, `model` what it answers. What happens
//! there comes in by `stream` and `push`, is noted in `position` and goes out by `tell`;
//! `roster` is what it keeps current.
mod ago;
mod authz;
mod commands;
mod config;
mod details;
mod events;
mod feed;
mod master;
mod model;
mod position;
mod push;
mod reading;
mod report;
mod room_build;
mod room_map;
mod roster;
mod settings;
mod stream;
mod tail;
mod tell;
mod template;
mod words;

use authz::Rights;
pub use authz::{Allowed, Id};
pub use config::{Config, MasterConfig, Recovery};
pub use events::Event;
use factotum_plugin_api::prelude::*;
use feed::Feed;
use master::Master;
pub use room_map::{ByResult, Color, RoomMap, Sentences, Targets};
use settings::Settings;
use std::collections::BTreeMap;
use tokio::sync::OnceCell;

/// The masters of one config.
pub struct Buildbot {
    masters: Vec<Master>,
    /// By the master's name.
    feeds: BTreeMap<String, Feed>,
    settings: Settings,
    /// Whether the config's events are on.
    turned_on: OnceCell<()>,
    /// Who may run what.
    rights: Rights,
    shorts: commands::Shorts,
    host: Host,
}

impl Plugin for Buildbot {
    const NAME: &'static str = "buildbot";
    type Config = Config;
    fn start(config: Config, host: Host) -> Result<Self> {
        let rights = Rights::new(config.authz)?;
        let shorts = commands::Shorts::new(config.short_commands, &config.take_over)?;
        let masters = config.masters.into_iter().map(|(name, config)| Master::new(&name, config, &host));
        let masters = masters.collect::<Result<Vec<_>>>()?;
        let positions = host.store.table("positions")?;
        let feeds = masters.iter().map(|master| (master.name.clone(), Feed::new(&master.name, &positions)));
        let (feeds, settings) = (feeds.collect(), Settings::open(&host)?);
        Ok(Buildbot { masters, feeds, settings, turned_on: OnceCell::new(), rights, shorts, host })
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/buildbot/{master}", Self::push_proof, Self::push).open_params(["master"]);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        if !self.masters.is_empty() {
            jobs.run("events", Self::events);
        }
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        // Without a master there is nothing to ask, and !help says how one is set up.
        if self.masters.is_empty() {
            commands.first_steps(|_| Box::pin(async { Ok(vec![code("[plugins.buildbot.masters.NAME]")]) }));
        } else {
            commands::register(self, commands);
        }
    }
    async fn status(&self) -> Result<Text> {
        Ok(commands::about::summary(self).await)
    }
}

impl Buildbot {
    /// The master of this name; without one the only one that there is.
    ///
    /// # Errors
    /// Names the masters that there are.
    pub(crate) fn master(&self, name: Option<&str>) -> Result<&Master> {
        let known = || self.masters.iter().map(|master| master.name.as_str()).collect::<Vec<_>>().join(", ");
        match (name, &self.masters[..]) {
            (_, []) => Err(user_error("No master is in the config: there is no [plugins.buildbot.masters.NAME].")),
            (None, [only]) => Ok(only),
            (None, _) => Err(user_error(format!("Which master? Add --master NAME; there are {}.", known()))),
            (Some(name), masters) => reading::named(masters, name, |master| &master.name)
                .ok_or_else(|| user_error(format!("There is no master {name}; there are {}.", known()))),
        }
    }
}

register!(Buildbot);

#[cfg(test)]
mod tests;
