//! Which build results go to which chat: the part that all CI senders share.
//!
//! Not a plugin: a sender plugin owns one [`Endpoint`] (`plugins/github` is the model),
//! takes over its commands under a root word, and makes a [`Build`] of each payload.
//! Nothing here knows a sender, its payloads or which proof it gives. One that proves
//! its requests in a way of its own, as Travis does, owns its [`Routes`] alone:
//!
//! ```
//! use ci_routes::{Build, Event, Routes};
//! use factotum_plugin_api::prelude::*;
//!
//! pub struct Drone(Routes);
//!
//! impl Plugin for Drone {
//!     const NAME: &'static str = "drone";
//!     type Config = ci_routes::Config;
//!     fn start(config: ci_routes::Config, host: Host) -> Result<Self> {
//!         Ok(Drone(Routes::open(config, &host)?.titled("Drone")))
//!     }
//!     fn commands(&self, commands: &mut Commands<Self>) {
//!         commands.part(|drone| &drone.0, Routes::commands("drone"));
//!     }
//!     fn hooks(&self, hooks: &mut Hooks<Self>) {
//!         hooks.post("/drone", Proof::None, Self::request);
//!     }
//!     fn jobs(&self, jobs: &mut Jobs<Self>) {
//!         jobs.part(|drone| &drone.0, Routes::jobs());
//!     }
//! }
//! impl Drone {
//!     async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
//!         let repo = "o/r".parse().map_err(Refusal::BadRequest)?;
//!         let event = request.query("status").unwrap_or_default().parse().map_err(Refusal::Ignored)?;
//!         self.0.outcome(Build::new(repo, "18", "4711", event)).await
//!     }
//! }
//! ```
mod add;
mod alerts;
mod branch;
mod build;
mod commands;
mod ended;
mod endpoint;
mod event;
mod everyone;
mod failing;
pub mod json;
mod people;
mod repo;
mod routes;
mod shared;
mod spec;
mod texts;
mod told;
mod transition;

pub use alerts::{Alert, Alerts, Group};
pub use branch::Branches;
pub use build::{Build, Job, Kind, Said};
pub use endpoint::{Endpoint, EndpointConfig, sample};
pub use event::{Event, Events};
pub use everyone::Everyone;
pub use hook_proofs::{self, Scheme};
pub use people::People;
pub use repo::Repo;
pub use routes::{Config, Route, Routes};
pub use told::Told;
pub use transition::{Transitions, transition};
