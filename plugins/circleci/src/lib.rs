//! Posts CircleCI workflows to chats: `POST /circleci`, and the commands of
//! ci-routes under `!circleci`.
//!
//! What requests say is in `payload.rs`; all that senders share is `ci_routes::Endpoint`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;

/// The plugin.
pub struct CircleCi(Endpoint);

const SIGNATURE: Scheme = Scheme::versioned("circleci-signature");

impl Plugin for CircleCi {
    const NAME: &'static str = "circleci";
    type Config = EndpointConfig;

    fn start(config: EndpointConfig, host: Host) -> Result<Self> {
        Ok(CircleCi(Endpoint::open(config, &host, "CircleCI", vec![SIGNATURE])?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|circleci| &circleci.0, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/circleci", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|circleci| &circleci.0, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(CircleCi);

impl CircleCi {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        self.0.told(payload::read(&*json::payload(request)?)?).await
    }
}

/// A request as CircleCI makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let payload = json::of_file(file)?;
    let event = json::word(&payload, "/type").ok_or_else(|| user_error("the file is no event of CircleCI"))?;
    Ok(ci_routes::sample(&SIGNATURE, &[("circleci-event-type", &event)], file, secret))
}
