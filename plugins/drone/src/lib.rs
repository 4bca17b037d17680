//! Posts Drone's build results to chats: `POST /drone`, and the commands of ci-routes
//! under `!drone`.
//!
//! What requests say is in `payload.rs`; all that senders share is `ci_routes::Endpoint`.
//! Drone sends to `DRONE_WEBHOOK_ENDPOINT` and signs with `DRONE_WEBHOOK_SECRET`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;

/// The plugin.
pub struct Drone(Endpoint);

impl Plugin for Drone {
    const NAME: &'static str = "drone";
    type Config = EndpointConfig;

    fn start(config: EndpointConfig, host: Host) -> Result<Self> {
        Ok(Drone(Endpoint::open(config, &host, "Drone", vec![Scheme::HttpSignature])?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|drone| &drone.0, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/drone", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|drone| &drone.0, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(Drone);

impl Drone {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let event = request.header("x-drone-event");
        match event.ok_or_else(|| Refusal::BadRequest("there is no header X-Drone-Event".into()))? {
            "build" => self.0.outcome(payload::read(&*json::payload(request)?)?).await,
            other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
        }
    }
}

/// A request as Drone makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    Ok(ci_routes::sample(&Scheme::HttpSignature, &[("X-Drone-Event", "build")], file, secret))
}
