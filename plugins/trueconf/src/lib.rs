//! TrueConf Server from outside: what its administrator wants to see and do in a chat.
//!
//! `servers` is the registry of servers, `api` the one place that calls them, `model`
//! what they answer in both generations of their API, `reach` how several are asked at
//! once. `screens` are the buttons; every sentence stands in `texts`.
mod api;
mod audit;
mod commands;
mod config;
mod export;
mod import;
mod model;
mod policy;
mod reach;
mod report;
mod rights;
mod screens;
mod servers;
mod settings;
mod texts;
mod thresholds;
mod watch;

pub use config::{Config, Policy, ServerConfig, Thresholds};
use factotum_plugin_api::{jiff::tz::TimeZone, prelude::*, store::Table};
use servers::Servers;
use std::{collections::BTreeSet, sync::Arc};

/// The servers of one config, and those added in chats.
pub struct TrueConf {
    servers: Arc<Servers>,
    /// The states of a user that count as online.
    online_statuses: Vec<i64>,
    forgotten_after: Duration,
    config: Config,
    /// Of reports.
    zone: TimeZone,
    watch: watch::Watch,
    policies: policy::Policies,
    audit: audit::Audit,
    rights: rights::Rights,
    /// Thresholds that are crossed, by the servers' slugs.
    crossed: Table<String, BTreeSet<String>>,
    reports: Table<ChatId, report::Daily>,
    waiting: import::Waiting,
    host: Host,
}

impl Plugin for TrueConf {
    const NAME: &'static str = "trueconf";
    type Config = Config;
    fn start(config: Config, host: Host) -> Result<Self> {
        let servers = Servers::open(&config.servers, &host)?;
        let forgotten_after = Duration::from_secs(config.forgotten_after_secs);
        let zone = match config.time_zone.as_str() {
            "" => TimeZone::system(),
            name => TimeZone::get(name).map_err(|_| user_error(format!("time_zone: there is no time zone {name}")))?,
        };
        if let Some(settings) = &config.settings {
            let named = |why| user_error(format!("settings: {why}"));
            settings::Settings::read(settings.expose().as_bytes()).map_err(|error| match error {
                Error::User(why) => named(why),
                other => other,
            })?;
        }
        Ok(TrueConf {
            servers,
            online_statuses: config.online_statuses.clone(),
            forgotten_after,
            zone,
            watch: watch::Watch::open(&host)?,
            policies: policy::Policies::open(&host)?,
            audit: audit::Audit::open(&host)?,
            rights: rights::Rights::new(&host),
            crossed: host.store.table("crossed")?,
            reports: host.store.table("reports")?,
            waiting: host.store.table(import::WAITING)?,
            config,
            host,
        })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands::register(self, commands);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.once("servers", Self::read_servers);
        jobs.run("watch", Self::watch_servers);
        let every = Duration::from_secs;
        jobs.every("thresholds", every(self.config.thresholds.every_secs), Self::check_thresholds);
        jobs.every("policy", every(self.config.policy.every_secs), Self::run_policies);
        jobs.every("reports", Duration::from_secs(30), Self::post_reports);
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
        self.servers.load().await?;
        self.take_settings().await
    }
}

register!(TrueConf);
factotum_plugin_api::register_texts!(
    "trueconf",
    "en" => include_str!("texts/en.ftl"),
    "ru" => include_str!("texts/ru.ftl"),
);
factotum_plugin_api::register_texts!(
    "trueconf",
    "en" => include_str!("texts/watch.en.ftl"),
    "ru" => include_str!("texts/watch.ru.ftl"),
);
