//! TrueConf Server from outside: what its administrator wants to see and do in a chat.
//!
//! `servers` is the registry of servers, `api` the one place that calls them, `model`
//! what they answer in both generations of their API, `reach` how several are asked at
//! once. `screens` are the buttons; every sentence stands in `texts`.
mod api;
mod commands;
mod config;
mod model;
mod reach;
mod screens;
mod servers;
mod texts;

pub use config::{Config, ServerConfig};
use factotum_plugin_api::prelude::*;
use servers::Servers;
use std::sync::Arc;

/// The servers of one config, and those added in chats.
pub struct TrueConf {
    servers: Arc<Servers>,
    /// The states of a user that count as online.
    online_statuses: Vec<i64>,
    forgotten_after: Duration,
    host: Host,
}

impl Plugin for TrueConf {
    const NAME: &'static str = "trueconf";
    type Config = Config;
    fn start(config: Config, host: Host) -> Result<Self> {
        let servers = Servers::open(&config.servers, &host)?;
        let forgotten_after = Duration::from_secs(config.forgotten_after_secs);
        Ok(TrueConf { servers, online_statuses: config.online_statuses, forgotten_after, host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands::register(self, commands);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.once("servers", Self::read_servers);
    }
    async fn status(&self) -> Result<Text> {
        self.servers.load().await?;
        if self.servers.all().is_empty() {
            return Ok(Text::default());
        }
        self.states(&self.servers.all()).await
    }
}

impl TrueConf {
    /// So that access rules know the servers that were added before the first command.
    async fn read_servers(&self, _: &Tick) -> Result<()> {
        self.servers.load().await
    }
}

register!(TrueConf);
factotum_plugin_api::register_texts!(
    "trueconf",
    "en" => include_str!("texts/en.ftl"),
    "ru" => include_str!("texts/ru.ftl"),
);
