//! Posts Jenkins' build results to chats: `POST /jenkins`, and the commands of ci-routes
//! under `!jenkins`. Its Notification plugin sends them.
//!
//! A job proves nothing by itself: what is demanded is a password in its URL, unless the
//! config names addresses that need none. What requests say is in `payload.rs`; all that
//! senders share is `ci_routes::Endpoint`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;

/// Posts Jenkins' build results to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// Passwords that requests of any job may have in their URL, as
    /// https://jenkins:PASSWORD@…, or with the user, as "user:password"; two while one
    /// takes the place of the other
    pub secrets: Vec<Secret>,
    /// Addresses or networks whose requests are taken without any proof: everybody there
    /// can post results of every job that has no token. Behind a proxy that `[http]` does not
    /// name, everybody has the proxy's address. Not together with secrets
    pub unproven_from: Vec<String>,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}
impl Default for Config {
    fn default() -> Self {
        let routes = ci_routes::Config::default();
        Config { title: "Jenkins".into(), secrets: vec![], unproven_from: vec![], routes }
    }
}

/// Why a job's first route needs no token.
const TRUSTED: &str = "Requests from the addresses in unproven_from need no token; with one, they do too.";

/// The plugin.
pub struct Jenkins {
    endpoint: Endpoint,
    unproven_from: Vec<IpNet>,
}

impl Plugin for Jenkins {
    const NAME: &'static str = "jenkins";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let Config { title, secrets, unproven_from, routes } = config;
        if !secrets.is_empty() && !unproven_from.is_empty() {
            return Err(user_error(
                "unproven_from is for jobs without a secret, and secrets has some: remove one of them",
            ));
        }
        let unproven_from: Vec<IpNet> =
            unproven_from.iter().enumerate().map(|(n, text)| network(n, text)).collect::<Result<_>>()?;
        let config = EndpointConfig { title: Some(title), secrets, routes };
        let mut endpoint = Endpoint::open(config, &host, "Jenkins", vec![Scheme::Basic])?;
        if !unproven_from.is_empty() {
            endpoint.routes = endpoint.routes.proven_by(Some(TRUSTED));
        }
        Ok(Jenkins { endpoint, unproven_from })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|jenkins| &jenkins.endpoint, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/jenkins", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|jenkins| &jenkins.endpoint, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.endpoint.status().await
    }
}
register!(Jenkins);

impl Jenkins {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        if self.is_trusted(request.peer) && !request.headers.contains_key("authorization") {
            let repo = payload::repo(&*json::payload(request)?)?;
            if self.endpoint.routes.token_of(&repo).await?.is_none() {
                return Ok(());
            }
        }
        self.endpoint.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.endpoint.outcome(payload::read(&*json::payload(request)?)?).await
    }
    fn is_trusted(&self, peer: IpAddr) -> bool {
        self.unproven_from.iter().any(|net| net.contains(&peer.to_canonical()))
    }
}

/// An address is a network of one.
fn network(n: usize, text: &str) -> Result<IpNet> {
    let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    parsed.map_err(|_| {
        user_error(format!("unproven_from[{n}]: {text:?} is neither an address nor a network like 10.0.0.0/8"))
    })
}

/// A request as Jenkins makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    Ok(ci_routes::sample(&Scheme::Basic, &[], file, secret))
}
