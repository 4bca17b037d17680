//! Posts GitHub Actions results and commit statuses to chats: `POST /github`, and the
//! commands of ci-routes under `!github`.
//!
//! What requests say is in `payload.rs`; all that senders share is `ci_routes::Endpoint`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;

/// Posts GitHub Actions results and commit statuses to chats
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What messages begin with, in brackets; nothing when it is empty
    pub title: String,
    /// Secrets of webhooks, as they are set at GitHub: those of an organization, or the
    /// same for several repositories; two while one takes the place of the other
    pub secrets: Vec<Secret>,
    /// Whether check suites are posted. GitHub Actions tells of each run as a workflow
    /// run too, so this is for apps that tell of suites alone
    pub check_suites: bool,
    /// What routes begin with; the routes themselves are made by command
    pub routes: ci_routes::Config,
}
impl Default for Config {
    fn default() -> Self {
        Config { title: "GitHub".into(), secrets: vec![], check_suites: false, routes: ci_routes::Config::default() }
    }
}

/// The plugin.
pub struct GitHub {
    endpoint: Endpoint,
    check_suites: bool,
}

/// GitHub sends both, if it sends any.
const SHA256: Scheme = Scheme::hmac_sha256("X-Hub-Signature-256", "sha256=");
const SHA1: Scheme = Scheme::hmac_sha1("X-Hub-Signature", "sha1=");

impl Plugin for GitHub {
    const NAME: &'static str = "github";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let Config { title, secrets, check_suites, routes } = config;
        let config = EndpointConfig { title: Some(title), secrets, routes };
        Ok(GitHub { endpoint: Endpoint::open(config, &host, "GitHub", vec![SHA256, SHA1])?, check_suites })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|github| &github.endpoint, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/github", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|github| &github.endpoint, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.endpoint.status().await
    }
}
register!(GitHub);

impl GitHub {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.endpoint.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let event = request.header("x-github-event");
        let event = event.ok_or_else(|| Refusal::BadRequest("there is no header X-GitHub-Event".into()))?;
        if event == "check_suite" && !self.check_suites {
            return Err(Refusal::Ignored(
                "check suites are not posted; check_suites in the config turns them on".into(),
            ));
        }
        self.endpoint.told(payload::read(event, &*json::payload(request)?)?).await
    }
}

/// A request as GitHub makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let payload = json::of_file(file)?;
    let event =
        payload::event_of(&payload).ok_or_else(|| user_error("the file is no event that GitHub Actions tells of"))?;
    let headers = [("X-GitHub-Event", event), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")];
    Ok(ci_routes::sample(&SHA256, &headers, file, secret))
}
