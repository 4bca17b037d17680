//! Posts Travis CI results to chats: `POST /travis`, and the commands
//! `!travis` (the list), `!travis route`, `!travis routes` (`!travis ls`),
//! `!travis defaults`, `!travis token`, `!travis remove`, `!travis config` and
//! `!travis reset`, whose code is in ci-routes (`commands.rs`), which makes them
//! under any root word.
//!
//! Here is what only Travis has: its payload (`payload.rs`), how its requests
//! are proven (`proof.rs`), its public keys (`keys.rs`, `der.rs`).
mod config;
mod der;
mod keys;
#[cfg(test)]
#[path = "../../ci-routes/src/memory.rs"]
mod memory;
mod payload;
mod proof;
mod sample;
#[cfg(test)]
mod tests;

use ci_routes::Routes;
pub use config::Config;
use factotum_plugin_api::prelude::*;
use keys::Keys;
use payload::Payload;
use std::sync::Arc;
use tracing::{info, warn};

/// The plugin.
pub struct TravisHook {
    routes: Routes,
    keys: Arc<Keys>,
    host: Host,
}

impl Plugin for TravisHook {
    const NAME: &'static str = "travishook";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let keys = Arc::new(Keys::open(&config, &host)?);
        let proven = {
            let keys = keys.clone();
            move || {
                let keys = keys.clone();
                Box::pin(async move { keys.any().await }) as factotum_plugin_api::BoxFuture<'static, bool>
            }
        };
        let routes = Routes::open(config.routes, &host)?.titled(config.title).proven_otherwise(proven);
        Ok(TravisHook { routes, keys, host })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|travis| &travis.routes, Routes::commands("travis"));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/travis", Self::proof, Self::request).sample(sample::make);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|travis| &travis.routes, Routes::jobs());
    }
    async fn status(&self) -> Result<Text> {
        let (repos, routes) = self.routes.count().await?;
        Ok(format!("repositories: {repos}, routes: {routes}; {}", self.keys.status().await?).into())
    }
    fn demo() -> Option<Demo> {
        Some(sample::demo())
    }
}
register!(TravisHook);

impl TravisHook {
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let payload = Payload::of_form(&request.form()?)?;
        let build =
            payload.build().inspect_err(|refusal| info!(reason = refusal.reason(), "travis request dropped"))?;
        self.routes.outcome(build).await
    }
    /// Says that a repository's requests are dropped for want of a credential.
    async fn hint(&self, repo: &ci_routes::Repo) {
        warn!(%repo, "travis request dropped: no token is set and no public key is known");
        let hint = Text::from(format!(
            "Travis CI posts results of {repo}, which are dropped: no token is set for it and no public key is known. \
             Either configure public_key_files or config_urls, or set its token in a private chat: "
        )) + code(format!("!travis token {repo} TOKEN"));
        let about = format!("no credential for {}", repo.key());
        if let Err(error) = self.host.outbox.tell_admins(&about, hint).await {
            warn!(error = format!("{:#}", error.into_anyhow()), "admins could not be told");
        }
    }
}
