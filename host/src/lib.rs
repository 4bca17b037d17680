//! Factotum's host: it starts plugins and networks, takes commands to their
//! handlers, requests to their hooks, and notices to the chats. It names no
//! plugin; the binary's list does.
//!
//! A binary is a crate with two lines of main and a list of plugins:
//!
//! ```no_run
//! use factotum_host::Known;
//! // use my_plugin as _; // the linker leaves out what nobody names
//!
//! fn main() -> std::process::ExitCode {
//!     factotum_host::run(&[Known { name: "my_plugin", feature: "my_plugin", built_in: true }])
//! }
//! ```
pub mod access;
mod apart;
mod builtin;
mod buttons;
mod caught;
pub mod cli;
pub mod config;
pub mod console;
mod dead_letters;
mod denied;
mod dialog;
pub mod dispatch;
pub mod health;
pub mod http;
mod jobs;
pub mod journal;
mod languages;
pub mod links;
pub mod metrics;
pub mod moved;
pub mod networks;
mod noise;
pub mod outbox;
pub mod recent;
pub mod registry;
pub mod reload;
mod replay;
pub mod running;
mod sampler;
pub mod services;
pub mod store;
pub mod texts;
pub mod words;

pub use registry::Known;
use std::process::ExitCode;

/// The host's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Does what the command line says, with the plugins that are linked into this
/// binary; `known` is the binary's list of them. Gives 0, 1 for a failure that
/// has been explained, or 2 for a command line that makes no sense.
pub fn run(known: &'static [Known]) -> ExitCode {
    cli::main(known)
}
