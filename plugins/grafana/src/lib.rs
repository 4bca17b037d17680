//! Posts Grafana's alerts to chats: `POST /grafana`, and the commands of ci-routes under
//! `!grafana`.
//!
//! What requests say is in `payload.rs`; what is told anew, and how a group of alerts
//! reads, is `ci_routes::Alerts`.
mod payload;

use ci_routes::{Alerts, EndpointConfig, Scheme};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;

/// Posts Grafana's alerts to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// Secrets of the contact point: of its HMAC signature, its Bearer token or its Basic
    /// password (alone, or as "user:password"); two while one takes the place of the other
    pub secrets: Vec<Secret>,
    /// The header of the signature, as it is set in the contact point
    pub signature_header: String,
    /// The header of the signature's time, if one is set in the contact point: then it is
    /// demanded, and requests older than 5 minutes are refused
    pub timestamp_header: String,
    /// The label whose value names the route, grafana/VALUE; the contact point does where
    /// alerts do not have it in common, and when it is empty
    pub route_label: String,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}
impl Default for Config {
    fn default() -> Self {
        Config {
            title: "Grafana".into(),
            secrets: vec![],
            signature_header: SIGNATURE.into(),
            timestamp_header: String::new(),
            route_label: String::new(),
            routes: ci_routes::Config::default(),
        }
    }
}

/// What Grafana calls it unless it is told otherwise.
const SIGNATURE: &str = "X-Grafana-Alerting-Signature";

/// The plugin.
pub struct Grafana(Alerts);

impl Plugin for Grafana {
    const NAME: &'static str = "grafana";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let Config { title, secrets, signature_header, timestamp_header, route_label, routes } = config;
        let is_name =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_name(&signature_header) {
            return Err(user_error(format!("signature_header: {signature_header:?} is no name of a header")));
        }
        let signature = match timestamp_header.as_str() {
            "" => Scheme::HmacSha256 { header: signature_header.into(), prefix: "" },
            time if is_name(time) && !time.eq_ignore_ascii_case(&signature_header) => {
                Scheme::StampedApart { header: signature_header.into(), timestamp: timestamp_header.into() }
            }
            time => return Err(user_error(format!("timestamp_header: {time:?} is no name of a header of its own"))),
        };
        let config = EndpointConfig { title: Some(title), secrets, routes };
        let schemes = vec![signature, Scheme::Bearer, Scheme::Basic];
        Ok(Grafana(Alerts::open(config, route_label, &host, "Grafana", schemes)?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|grafana| &grafana.0, Alerts::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/grafana", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|grafana| &grafana.0, Alerts::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(Grafana);

impl Grafana {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.0.outcome(request, payload::read).await
    }
}

/// A request as Grafana makes it of a payload, signed without a time.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    Ok(ci_routes::sample(&Scheme::hmac_sha256(SIGNATURE, ""), &[], file, secret))
}
