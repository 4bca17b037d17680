//! A sender's side of things: which secrets prove its requests, and what a build that
//! it told of leads to (`told.rs`). A sender plugin owns one [`Endpoint`] and says how a
//! request is proven, whose it is, and what it tells; all else is here and in `routes.rs`.
use crate::{Config, Repo, Routes, Transitions, ended::Ended, failing::Failing, texts::say};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};
use hook_proofs::{Scheme, prove_by};
use serde::Deserialize;
use tracing::{info, warn};

/// The config of a sender that has nothing of its own to set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EndpointConfig {
    /// What messages begin with, in brackets; the sender's name when nothing is said, nothing when it is empty
    pub title: Option<String>,
    /// Secrets that requests of any repository may be proven with, as they are set at the sender; two while one takes the place of the other
    pub secrets: Vec<Secret>,
    /// What routes begin with; the routes themselves are made by command
    pub routes: Config,
}

/// What a sender plugin is made of.
pub struct Endpoint {
    /// Its routes and tokens.
    pub routes: Routes,
    schemes: Vec<Scheme>,
    secrets: Vec<Secret>,
    pub(crate) transitions: Transitions,
    pub(crate) failing: Failing,
    pub(crate) ended: Ended,
    pub(crate) host: Host,
}

/// Why a repository's first route needs no token: the text of that key is said.
pub(crate) const PROVEN: &str = "proven";

impl Endpoint {
    /// Opens the tables. The plugin's name is the root word of its commands; `title`
    /// is what messages begin with when the config does not say; of `schemes` the
    /// first that a request has anything for decides.
    ///
    /// # Errors
    /// [`Error::User`] when a secret in the config is empty.
    pub fn open(config: EndpointConfig, host: &Host, title: &str, schemes: Vec<Scheme>) -> Result<Self> {
        let EndpointConfig { title: titled, secrets, routes } = config;
        if let Some(n) = secrets.iter().position(|secret| secret.expose().trim().is_empty()) {
            return Err(user_error(format!("secrets[{n}]: a secret cannot be empty")));
        }
        let proven = (!secrets.is_empty()).then_some(PROVEN);
        let routes = Routes::open(routes, host)?.titled(titled.unwrap_or_else(|| title.into())).proven_by(proven);
        let (transitions, failing, ended) = (Transitions::open(host)?, Failing::open(host)?, Ended::open(host)?);
        Ok(Endpoint { routes, schemes, secrets, transitions, failing, ended, host: host.clone() })
    }
    /// The commands of its routes; `root` is the plugin's name.
    pub fn commands(root: &str) -> Commands<Self> {
        let mut commands = Routes::commands(root).of_part(|endpoint: &Endpoint| &endpoint.routes);
        commands.first_steps(|endpoint| Box::pin(endpoint.first_steps()));
        commands
    }
    /// How the sender is set up, as long as it has neither a secret nor a route.
    async fn first_steps(&self) -> Result<Vec<Text>> {
        if !self.secrets.is_empty() || self.routes.has_any().await? {
            return Ok(vec![]);
        }
        let plugin = self.host.plugin;
        Ok(vec![command(format!("{plugin} route REPO CHAT")), code(format!("[plugins.{plugin}]"))])
    }
    /// What is to be done at start.
    pub fn jobs() -> Jobs<Self> {
        let mut jobs = Jobs::default();
        jobs.part(|endpoint: &Endpoint| &endpoint.routes, Routes::jobs());
        jobs
    }
    /// For `!status`; nothing while it is not set up.
    ///
    /// # Errors
    /// When the store fails; so do all methods below.
    pub async fn status(&self) -> Result<Text> {
        if !self.first_steps().await?.is_empty() {
            return Ok(Text::default());
        }
        Ok(self.routes.status().await?.into())
    }

    /// Whether a request was made by somebody who has a secret of the config, or the
    /// token of the repository that it is about. `repo` finds that in the body; it is
    /// asked only where no secret of the config fits.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] when the proof is missing or wrong; those of `repo`;
    /// [`Refusal::Ignored`] when there is nothing to check it with.
    pub async fn prove(
        &self,
        request: &Request,
        repo: impl FnOnce(&Request) -> Result<Repo, Refusal>,
    ) -> Result<(), Refusal> {
        let now = self.host.clock.now();
        let by_config = match self.secrets.as_slice() {
            [] => None,
            secrets => match prove_by(&self.schemes, request, secrets, now) {
                Ok(()) => {
                    self.say_which(request, now);
                    return Ok(());
                }
                Err(refusal) => Some(refusal),
            },
        };
        let repo = match (repo(request), by_config.is_some()) {
            (Ok(repo), _) => repo,
            (Err(refusal), false) => return Err(refusal),
            // Who has proven nothing learns nothing of how its body is read.
            (Err(_), true) => return by_config.map_or(Ok(()), Err),
        };
        match (self.routes.token_of(&repo).await?, by_config) {
            (Some(token), _) => {
                prove_by(&self.schemes, request, &[token], now)?;
                if !self.secrets.is_empty() {
                    request.proven_by("the repository's token");
                }
                Ok(())
            }
            (None, Some(refusal)) => Err(refusal),
            (None, None) if self.routes.knows(&repo).await? => {
                self.tell_admins(&repo).await;
                Err(Refusal::Ignored(format!("{repo} has no token, and no secret is configured")))
            }
            (None, None) => {
                info!(%repo, "request dropped: no route");
                Err(Refusal::Ignored(format!("{repo} has no route")))
            }
        }
    }
    /// Says which secret of the config a proven request has, where there are several.
    fn say_which(&self, request: &Request, now: Timestamp) {
        let all = self.secrets.len();
        if all < 2 {
            return;
        }
        let is = |secret: &Secret| prove_by(&self.schemes, request, std::slice::from_ref(secret), now).is_ok();
        if let Some(n) = self.secrets.iter().position(is) {
            request.proven_by(format!("secret {} of {all}", n + 1));
        }
    }
    /// Tells the admins, once an hour, why results cannot be posted.
    async fn tell_admins(&self, repo: &Repo) {
        let plugin = self.host.plugin;
        let text = say("dropped").with("repo", repo.as_str()).with("secrets", code("secrets"));
        let text = Text::from(text.with("command", command(format!("{plugin} token {repo} TOKEN"))));
        warn!(%repo, "request dropped: no credential");
        if let Err(error) = self.host.outbox.tell_admins(&format!("no credential for {}", repo.key()), text).await {
            warn!(error = format!("{:#}", error.into_anyhow()), "admins could not be told");
        }
    }
}

/// A request as a sender makes it, for [`Hooks::sample`]: JSON, these headers, and the
/// proof that `secret` gives now.
pub fn sample(scheme: &Scheme, headers: &[(&str, &str)], body: &[u8], secret: Option<&Secret>) -> Sample {
    let mut all = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all.extend(secret.into_iter().flat_map(|secret| scheme.sign(body, secret, Clock::system().now())));
    Sample { path: None, headers: all, body: body.to_vec().into() }
}
