//! Posts GitLab pipelines, and jobs where that is wanted, to chats: `POST /gitlab`, and
//! the commands of ci-routes under `!gitlab`.
//!
//! GitLab proves a request by the secret itself, so only TLS keeps it one; what requests
//! say is in `payload.rs`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;
use payload::Told;
use serde::Deserialize;

/// Posts GitLab pipelines to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// Secret tokens of webhooks, as they are set at GitLab: those of a group, or the
    /// same for several projects; two while one takes the place of the other
    pub secrets: Vec<Secret>,
    /// Whether each job is posted, if the webhook tells of job events. The failed jobs of
    /// a pipeline are named with it in any case
    pub jobs: bool,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}
impl Default for Config {
    fn default() -> Self {
        Config { title: "GitLab".into(), secrets: vec![], jobs: false, routes: ci_routes::Config::default() }
    }
}

/// The plugin.
pub struct GitLab {
    endpoint: Endpoint,
    jobs: bool,
}

const TOKEN: Scheme = Scheme::token("X-Gitlab-Token");

impl Plugin for GitLab {
    const NAME: &'static str = "gitlab";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let Config { title, secrets, jobs, routes } = config;
        let config = EndpointConfig { title: Some(title), secrets, routes };
        Ok(GitLab { endpoint: Endpoint::open(config, &host, "GitLab", vec![TOKEN])?, jobs })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|gitlab| &gitlab.endpoint, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/gitlab", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|gitlab| &gitlab.endpoint, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.endpoint.status().await
    }
}
register!(GitLab);

impl GitLab {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.endpoint.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        match payload::read(&*json::payload(request)?)? {
            Told::Job(_) if !self.jobs => {
                Err(Refusal::Ignored("jobs are not posted; jobs in the config turns them on".into()))
            }
            Told::Job(build) | Told::Pipeline(build) => self.endpoint.outcome(*build).await,
        }
    }
}

/// A request as GitLab makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let payload = json::of_file(file)?;
    let event = payload::event_of(&payload);
    let headers = [
        ("X-Gitlab-Event", event.as_str()),
        ("X-Gitlab-Event-UUID", "13792a34-cac6-4fda-95a8-c58e00a3954e"),
        ("Idempotency-Key", "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
    ];
    Ok(ci_routes::sample(&TOKEN, &headers, file, secret))
}
