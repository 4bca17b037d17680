//! Posts Travis CI results to chats: `POST /travis`, and the commands
//! `!travis` (`!travis help`), `!travis route`, `!travis routes` (`!travis ls`),
//! `!travis defaults`, `!travis token`, `!travis remove`, `!travis config` and
//! `!travis reset`.
//!
//! The commands are those of ci-routes (`commands.rs`), which makes them under
//! any root word. Here is what only Travis has, to be read in this order: how its
//! requests are proven (`proof.rs`) and with which keys (`keys.rs`, `der.rs`),
//! what they say (`payload.rs`), requests to try it with (`sample.rs`), and what is
//! taken over from err-travishook (`import.rs`).
mod config;
mod der;
mod import;
mod keys;
mod payload;
mod proof;
mod sample;

use ci_routes::Routes;
pub use config::Config;
use factotum_plugin_api::prelude::*;
use keys::Keys;
use payload::Payload;
use tracing::{info, warn};

/// The plugin.
pub struct TravisHook {
    routes: Routes,
    keys: Keys,
    host: Host,
}

impl Plugin for TravisHook {
    const NAME: &'static str = "travishook";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let keys = Keys::open(&config, &host)?;
        let signed = keys.can_be().then_some("Travis CI signs its requests, so no token is needed.");
        let routes = Routes::open(config.routes, &host)?.titled(config.title).proven_by(signed);
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
        let mut parts = vec![self.routes.status().await?];
        parts.extend(self.keys.status().await?);
        Ok(parts.join("; ").into())
    }
    fn demo() -> Option<Demo> {
        Some(sample::demo())
    }
}
register!(TravisHook);

impl TravisHook {
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let payload = Payload::of_request(request)?;
        let build =
            payload.build().inspect_err(|refusal| info!(reason = refusal.reason(), "travis request dropped"))?;
        self.routes.outcome(build).await
    }
    /// Tells the admins, once an hour for the same `about`, what they must do
    /// before results can be posted.
    async fn tell_admins(&self, about: String, text: Text) {
        warn!(about, "travis request dropped");
        if let Err(error) = self.host.outbox.tell_admins(&about, text).await {
            warn!(error = format!("{:#}", error.into_anyhow()), "admins could not be told");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_testing::Bot;

    /// A test of a plugin, in short: what was said, and what arrived. Those of
    /// everything this plugin does are in `tests/it/travis`.
    #[tokio::test]
    async fn a_result_comes_to_its_chat() {
        let bot = Bot::with::<TravisHook>().admin("ann").config("plugins.travishook.config_urls = []").start().await;
        bot.say("ann", "!travis route sathwikshetty33/travis-test console:dev failed").await;
        bot.say_privately("ann", "!travis token sathwikshetty33/travis-test s3cret").await;
        let failed = include_bytes!("../../../tests/fixtures/travis/derived-push-failed.json");
        bot.send::<TravisHook>(failed, Some("s3cret")).await;
        insta::assert_snapshot!(bot.transcript(), @r#"
        ann     > !travis route sathwikshetty33/travis-test console:dev failed
        bot     > Done. Relaying messages from sathwikshetty33/travis-test to console:dev for events: failed.
                  Nothing is posted before its token is set, in a private chat: !travis token sathwikshetty33/travis-test TOKEN
        ann     > !travis token sathwikshetty33/travis-test ***
        bot     > Token set for sathwikshetty33/travis-test.
        travishook > POST /travis 204
        bot@dev > [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
        "#);
    }
}
