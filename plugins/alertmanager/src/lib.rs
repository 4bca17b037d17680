//! Posts Alertmanager's alerts to chats: `POST /alertmanager`, and the commands of
//! ci-routes under `!alertmanager`.
//!
//! What requests say is in `payload.rs`; what is told anew, and how a group of alerts
//! reads, is `ci_routes::Alerts`. Alertmanager tries again where it is answered 5xx, which
//! is what a store that fails leads to; what is wrong with a request is answered 4xx.
mod payload;

use ci_routes::{Alerts, EndpointConfig, Scheme};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;

/// Posts Alertmanager's alerts to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// Bearer tokens or Basic passwords (alone, or as "user:password") of its http_config;
    /// two while one takes the place of the other
    pub secrets: Vec<Secret>,
    /// The label whose value names the route, alertmanager/VALUE; the receiver does where
    /// alerts do not have it in common, and when it is empty
    pub route_label: String,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}
impl Default for Config {
    fn default() -> Self {
        let routes = ci_routes::Config::default();
        Config { title: "Alertmanager".into(), secrets: vec![], route_label: String::new(), routes }
    }
}

/// The plugin.
pub struct Alertmanager(Alerts);

impl Plugin for Alertmanager {
    const NAME: &'static str = "alertmanager";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let Config { title, secrets, route_label, routes } = config;
        let config = EndpointConfig { title: Some(title), secrets, routes };
        let schemes = vec![Scheme::Bearer, Scheme::Basic];
        Ok(Alertmanager(Alerts::open(config, route_label, &host, "Alertmanager", schemes)?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|alertmanager| &alertmanager.0, Alerts::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/alertmanager", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|alertmanager| &alertmanager.0, Alerts::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(Alertmanager);

impl Alertmanager {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.0.outcome(request, payload::read).await
    }
}

/// A request as Alertmanager makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    Ok(ci_routes::sample(&Scheme::Bearer, &[], file, secret))
}
