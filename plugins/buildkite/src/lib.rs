//! Posts Buildkite builds to chats: `POST /buildkite`, and the commands of
//! ci-routes under `!buildkite`.
//!
//! What requests say is in `payload.rs`; all that senders share is `ci_routes::Endpoint`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;

/// The plugin.
pub struct Buildkite(Endpoint);

/// A webhook has one of them, as it is set; the signature says when it was made.
const SIGNATURE: Scheme = Scheme::stamped("X-Buildkite-Signature");
const TOKEN: Scheme = Scheme::token("X-Buildkite-Token");

impl Plugin for Buildkite {
    const NAME: &'static str = "buildkite";
    type Config = EndpointConfig;

    fn start(config: EndpointConfig, host: Host) -> Result<Self> {
        Ok(Buildkite(Endpoint::open(config, &host, "Buildkite", vec![SIGNATURE, TOKEN])?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|buildkite| &buildkite.0, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/buildkite", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|buildkite| &buildkite.0, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(Buildkite);

impl Buildkite {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.0.told(payload::read(&*json::payload(request)?)?).await
    }
}

/// A request as Buildkite makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let payload = json::of_file(file)?;
    let event = json::word(&payload, "/event").ok_or_else(|| user_error("the file is no event of Buildkite"))?;
    let headers =
        [("X-Buildkite-Event", event.as_str()), ("X-Buildkite-Request", "0193a1c2-7d1e-4c5a-8f0b-2b6a7c9d0e1f")];
    Ok(ci_routes::sample(&SIGNATURE, &headers, file, secret))
}
