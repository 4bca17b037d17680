//! `POST /buildbot/{master}`: what `HttpStatusPush` sends, the second source of events.
//!
//! Its stock generator never tells of exceptions, cancelled and retried builds, and it
//! tries once: it makes notices quicker, or possible where no websocket gets through.
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;
use serde_json::Value;

/// A build as it is pushed.
#[derive(Deserialize)]
struct Pushed {
    #[serde(flatten)]
    build: Build,
    #[serde(default)]
    builder: Option<Builder>,
}

impl Buildbot {
    /// The shared secret, as a header of its own or as the password of HTTP Basic.
    pub(crate) async fn push_proof(&self, request: &Request) -> Result<(), Refusal> {
        let master = self.pushing(request)?;
        let Some(secret) = &master.config.push_secret else {
            return Err(Refusal::Unauthorized(format!("masters.{} has no push_secret", master.name)));
        };
        let header = request.header("x-factotum-secret").map(|given| given.as_bytes().to_vec());
        let given = header.or_else(|| basic_password(request));
        match given {
            Some(given) if secret.matches(&given) => Ok(()),
            Some(_) => Err(Refusal::Unauthorized("its secret is another".into())),
            None => Err(Refusal::Unauthorized("it has no secret".into())),
        }
    }
    /// Tells of the builds in a push, as far as they are news.
    pub(crate) async fn push(&self, request: &Request) -> Result<Outcome, Refusal> {
        let master = self.pushing(request)?;
        if request.body.is_empty() {
            return Err(Refusal::Ignored("Buildbot's push on a missing worker is empty".into()));
        }
        let mut body: Value = request.json()?;
        let builds = match body.get_mut("builds").map(Value::take) {
            Some(Value::Array(builds)) => builds,
            _ if body.get("buildid").is_some() => vec![body],
            _ => return Err(Refusal::Ignored("there is no build in it".into())),
        };
        let builds = builds.into_iter().map(serde_json::from_value).collect::<Result<Vec<Pushed>, _>>();
        let builds =
            builds.map_err(|error| Refusal::BadRequest(format!("not a build as Buildbot tells it: {error}")))?;
        self.turn_on_what_the_config_says().await?;
        self.feed(master).load().await?;
        let mut told = vec![];
        for Pushed { build, builder } in builds {
            let (what, chats) = match build.complete {
                true => ("finished", self.build_finished(master, &build, builder).await?),
                false => ("started", self.build_started(master, &build, builder).await?),
            };
            told.push(format!("build {} {what}: {chats} chats told", build.id));
        }
        Ok(Outcome::default().summary(told.join(", ")))
    }
    fn pushing(&self, request: &Request) -> Result<&Master, Refusal> {
        let name = request.param("master");
        let found = self.masters.iter().find(|master| master.name == name);
        found.ok_or_else(|| Refusal::Unauthorized("there is no such master".into()))
    }
}

fn basic_password(request: &Request) -> Option<Vec<u8>> {
    let (scheme, both) = request.header("authorization")?.split_once(' ')?;
    let both = BASE64_STANDARD.decode(both.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = both.iter().position(|byte| *byte == b':')?;
    Some(both[colon + 1..].to_vec())
}
