//! Posts results of Gitea and Forgejo Actions to chats: `POST /gitea`, and the commands of
//! ci-routes under `!gitea`.
//!
//! What requests say is in `payload.rs`; all that senders share is `ci_routes::Endpoint`.
mod payload;

use ci_routes::{Endpoint, EndpointConfig, Scheme, json};
use factotum_plugin_api::prelude::*;

/// The plugin.
pub struct Gitea(Endpoint);

/// Forgejo sends both, Gitea its own; empty where no secret is set.
const FORGEJO: Scheme = Scheme::hmac_sha256("X-Forgejo-Signature", "");
const GITEA: Scheme = Scheme::hmac_sha256("X-Gitea-Signature", "");

impl Plugin for Gitea {
    const NAME: &'static str = "gitea";
    type Config = EndpointConfig;

    fn start(config: EndpointConfig, host: Host) -> Result<Self> {
        Ok(Gitea(Endpoint::open(config, &host, "Gitea", vec![FORGEJO, GITEA])?))
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.part(|gitea| &gitea.0, Endpoint::commands(Self::NAME));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        hooks.post("/gitea", Self::proof, Self::request).sample(sample);
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.part(|gitea| &gitea.0, Endpoint::jobs());
    }
    async fn status(&self) -> Result<Text> {
        self.0.status().await
    }
}
register!(Gitea);

impl Gitea {
    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        self.0.prove(request, |request| payload::repo(&*json::payload(request)?)).await
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let event = request.header("x-forgejo-event").or_else(|| request.header("x-gitea-event"));
        let event = event
            .ok_or_else(|| Refusal::BadRequest("there is no header X-Gitea-Event and no X-Forgejo-Event".into()))?;
        self.0.told(payload::read(event, &*json::payload(request)?)?).await
    }
}

/// A request as Gitea or Forgejo makes it of a payload.
fn sample(file: &[u8], secret: Option<&Secret>) -> Result<Sample> {
    let payload = json::of_file(file)?;
    let event = payload::event_of(&payload);
    let mut headers = vec![("X-Gitea-Event", event), ("X-Gitea-Delivery", "f6266f16-1bf3-46a5-9ea4-602e06ead473")];
    if event.starts_with("action_run") {
        headers.push(("X-Forgejo-Event", event));
    }
    Ok(ci_routes::sample(&GITEA, &headers, file, secret))
}
