//! What a Factotum plugin may ask of its host, and what the host asks of a plugin.
//!
//! A plugin is a type with tables: what it can be told ([`Commands`]), what it
//! serves over HTTP ([`Hooks`]) and what it does by itself ([`Jobs`]). Handlers
//! are plain `async fn` methods; [`register!`] makes the plugin known.
//!
//! ```
//! use factotum_plugin_api::prelude::*;
//!
//! pub struct Greeter {
//!     greeted: Table<String, u32>,
//! }
//!
//! /// Greet somebody
//! #[derive(Args)]
//! struct GreetArgs {
//!     /// Who to greet
//!     name: String,
//! }
//!
//! impl Plugin for Greeter {
//!     const NAME: &'static str = "greeter";
//!     type Config = NoConfig;
//!     fn start(_: NoConfig, host: Host) -> Result<Self> {
//!         Ok(Greeter { greeted: host.store.table("greeted")? })
//!     }
//!     fn commands(&self, commands: &mut Commands<Self>) {
//!         commands.on("greet", Access::EVERYONE, Self::greet);
//!     }
//! }
//! impl Greeter {
//!     async fn greet(&self, _: &Call, args: GreetArgs) -> Result<Reply> {
//!         let times = self.greeted.get(&args.name).await?.unwrap_or(0) + 1;
//!         self.greeted.put(&args.name, &times).await?;
//!         Ok((Text::from("Hello ") + bold(args.name) + ", " + times).into())
//!     }
//! }
//! register!(Greeter);
//! ```
//!
//! # Version policy
//! Within a major version nothing that compiles stops compiling and nothing
//! stored stops being read; enums and structs that may grow say so in their
//! docs. Below 1.0 a minor version may change this API, with a line in
//! `CHANGELOG.md` under `Changed` that says what to write instead.
#![deny(missing_docs)]
pub mod access;
pub mod chat;
pub mod clock;
pub mod command;
pub mod dialog;
mod error;
pub mod fate;
pub mod hook;
pub mod http;
pub mod import;
pub mod job;
pub mod language;
pub mod notice;
pub mod outbox;
pub mod secret;
pub mod store;
pub mod text;
pub mod variable;

use access::{Grant, Grants};
use async_trait::async_trait;
use chat::ChatId;
use clock::Clock;
use command::Commands;
pub use error::{Error, Result, user_error};
use hook::Hooks;
use jiff::Timestamp;
use job::Jobs;
use language::Language;
use notice::Notice;
use outbox::{GivenUp, Outbox};
use serde::de::DeserializeOwned;
use std::{any::Any, future::Future, pin::Pin, sync::Arc};
use store::{Store, Tables};
use text::Text;

#[doc(hidden)]
pub use inventory;
pub use {clap, jiff, reqwest, schemars};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A plugin: its tables say everything it does and who may do it.
///
/// The tables are asked for once the plugin has started, so that they may depend
/// on its config.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// Its name: config section, table prefix, metric label.
    const NAME: &'static str;
    /// Its section of the config. Derives `Deserialize`, `JsonSchema` and
    /// `Default`, with `#[serde(deny_unknown_fields, default)]`; a doc comment on
    /// each field is its documentation.
    type Config: DeserializeOwned + schemars::JsonSchema;
    /// Checks the config and opens tables. Never waits and has no side effects:
    /// `factotum check` and dry runs start a second instance beside the first.
    ///
    /// # Errors
    /// [`user_error`] for what is wrong with the config beyond its schema.
    fn start(config: Self::Config, host: Host) -> Result<Self>;
    /// What it can be told.
    fn commands(&self, commands: &mut Commands<Self>) {
        let _ = commands;
    }
    /// What it serves over HTTP.
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        let _ = hooks;
    }
    /// What it does by itself.
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        let _ = jobs;
    }
    /// Its section of `!status`; empty for none.
    fn status(&self) -> impl Future<Output = Result<Text>> + Send {
        async { Ok(Text::default()) }
    }
    /// A show of it for `factotum demo`; `None` for none.
    fn demo() -> Option<Demo> {
        None
    }
}

/// The config of a plugin that has none.
#[derive(Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoConfig {}

/// What `factotum demo` does to show a plugin: starts it with `config`, says
/// `lines` as an admin, posts `request` and shows what arrives.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Its section of the config.
    pub config: serde_json::Value,
    /// Command lines, without the prefix.
    pub lines: Vec<&'static str>,
    /// What shows that the request's proof is real: `RSA signature valid`.
    pub proof: &'static str,
    /// A request as its sender made it.
    pub request: hook::Sample,
}

/// What the host does for plugins; object safe, so that [`Host`] names no host type.
#[async_trait]
pub trait Services: Send + Sync + 'static {
    /// The store that tables are kept in.
    fn store(&self) -> Arc<dyn Store>;
    /// See [`Outbox::post`].
    async fn post(&self, plugin: &'static str, notice: Notice, dedupe: Option<String>) -> Result<bool>;
    /// See [`Outbox::tell_admins`].
    async fn tell_admins(&self, plugin: &'static str, about: &str, text: Text) -> Result<()>;
    /// See [`Grants::grant`].
    async fn grant(&self, plugin: &'static str, grant: Grant) -> Result<()>;
    /// See [`Grants::revoke`].
    async fn revoke(&self, plugin: &'static str, grant: Grant) -> Result<bool>;
    /// See [`Grants::list`].
    fn grants(&self, plugin: &'static str) -> Vec<Grant>;
    /// The names of the configured networks, each with what its addresses look like.
    fn networks(&self) -> Vec<(String, &'static str)>;
    /// See [`Host::reach`].
    async fn reach(&self, chat: &ChatId) -> Option<String> {
        let _ = chat;
        None
    }
    /// See [`Host::edits`].
    fn edits(&self, chat: &ChatId) -> bool {
        let _ = chat;
        false
    }
    /// See [`Host::language_of`].
    fn language_of(&self, chat: &ChatId) -> Language {
        let _ = chat;
        Language::default()
    }
    /// See [`Host::chat_now`].
    fn chat_now(&self, chat: &ChatId) -> ChatId {
        chat.clone()
    }
    /// See [`Host::was_kept`].
    async fn was_kept(&self, request: u64, at: Timestamp) -> Result<bool> {
        let _ = (request, at);
        Ok(false)
    }
    /// See [`Outbox::given_up`].
    async fn given_up(&self, plugin: &'static str) -> Result<Vec<GivenUp>> {
        let _ = plugin;
        Ok(vec![])
    }
}

/// What the host lends to one plugin.
#[derive(Clone)]
pub struct Host {
    /// The plugin's name.
    pub plugin: &'static str,
    /// Its tables.
    pub store: Tables,
    /// Posts notices that belong to no request.
    pub outbox: Outbox,
    /// Rights given at run time.
    pub access: Grants,
    /// Clients for its servers.
    pub http: http::Http,
    /// The time.
    pub clock: Clock,
    services: Arc<dyn Services>,
}

impl Host {
    /// What `services` lends to `plugin`.
    pub fn new(plugin: &'static str, services: Arc<dyn Services>, clock: Clock) -> Self {
        Host {
            plugin,
            store: Tables::new(services.store(), plugin),
            outbox: Outbox { plugin, services: services.clone() },
            access: Grants { plugin, services: services.clone() },
            http: http::Http::default(),
            clock,
            services,
        }
    }
    /// The names of the configured networks, each with what its addresses look like.
    pub fn networks(&self) -> Vec<(String, &'static str)> {
        self.services.networks()
    }
    /// Why nothing can be posted to a chat now, in its network's words. `None` when it
    /// can, and when the network does not say within 3 seconds.
    pub async fn reach(&self, chat: &ChatId) -> Option<String> {
        self.services.reach(chat).await
    }
    /// Whether messages in a chat can be changed after they are posted.
    pub fn edits(&self, chat: &ChatId) -> bool {
        self.services.edits(chat)
    }
    /// The language that a chat reads: what a job says to it is made
    /// [`within`](Language::within) it.
    pub fn language_of(&self, chat: &ChatId) -> Language {
        self.services.language_of(chat)
    }
    /// The address under which a chat lives now: another than before where its network
    /// has moved it. What is posted to the old one arrives all the same; this is for
    /// showing a stored chat, and for finding it by the one that a person names.
    pub fn chat_now(&self, chat: &ChatId) -> ChatId {
        self.services.chat_now(chat)
    }
    /// Whether the request of this number that came at this time was written down, with
    /// its notices. For one that this host has at work it is [`Request::fate`] that knows.
    ///
    /// # Errors
    /// When the journal cannot be read.
    ///
    /// [`Request::fate`]: hook::Request::fate
    pub async fn was_kept(&self, request: u64, at: Timestamp) -> Result<bool> {
        self.services.was_kept(request, at).await
    }
}

/// A started plugin whose type the host has forgotten.
pub type Erased = Arc<dyn Any + Send + Sync>;

/// A started plugin and its tables.
pub struct Started {
    /// The plugin, for the handlers in the tables.
    pub plugin: Erased,
    /// What it can be told.
    pub commands: Commands<Erased>,
    /// What it serves.
    pub hooks: Hooks<Erased>,
    /// What it does by itself.
    pub jobs: Jobs<Erased>,
    /// Its section of `!status`.
    pub status: for<'a> fn(&'a Erased) -> BoxFuture<'a, Result<Text>>,
}

impl Started {
    /// A chat network that serves something.
    pub fn of_hooks<N: Send + Sync + 'static>(network: Arc<N>, hooks: Hooks<N>) -> Self {
        Started {
            plugin: network,
            commands: Commands::default(),
            hooks: hooks.of_part(revive::<N>),
            jobs: Jobs::default(),
            status: |_| Box::pin(async { Ok(Text::default()) }),
        }
    }
    /// A plugin that has nothing but commands: the host's own.
    pub fn of_commands<P: Send + Sync + 'static>(plugin: P, commands: Commands<P>) -> Self {
        Started {
            plugin: Arc::new(plugin),
            commands: commands.of_part(revive::<P>),
            hooks: Hooks::default(),
            jobs: Jobs::default(),
            status: |_| Box::pin(async { Ok(Text::default()) }),
        }
    }
}

/// What [`register!`] leaves for the host.
#[derive(Clone, Copy)]
pub struct Registration {
    /// [`Plugin::NAME`].
    pub name: &'static str,
    /// The version of its crate.
    pub version: &'static str,
    /// One line on it, from its crate's description.
    pub about: &'static str,
    /// [`Plugin::start`] with the config as JSON, and its tables.
    pub start: fn(serde_json::Value, Host) -> Result<Started>,
    /// The JSON Schema of its config.
    pub config_schema: fn() -> schemars::Schema,
    /// [`Plugin::demo`].
    pub demo: fn() -> Option<Demo>,
}

impl Registration {
    /// Of plugin `P`; `version` and `about` are those of its crate.
    pub const fn of<P: Plugin>(version: &'static str, about: &'static str) -> Self {
        Registration {
            name: P::NAME,
            version,
            about,
            start: |config, host| {
                let plugin = P::start(serde_json::from_value(config).map_err(user_error)?, host)?;
                let (mut commands, mut hooks, mut jobs) = (Commands::default(), Hooks::default(), Jobs::default());
                plugin.commands(&mut commands);
                plugin.hooks(&mut hooks);
                plugin.jobs(&mut jobs);
                Ok(Started {
                    plugin: Arc::new(plugin),
                    commands: commands.of_part(revive::<P>),
                    hooks: hooks.of_part(revive::<P>),
                    jobs: jobs.of_part(revive::<P>),
                    status: |plugin| Box::pin(revive::<P>(plugin).status()),
                })
            },
            config_schema: || schemars::schema_for!(P::Config),
            demo: P::demo,
        }
    }
}
/// Forgetting the plugin's type and using a part of it are the same step.
fn revive<P: Send + Sync + 'static>(plugin: &Erased) -> &P {
    plugin.downcast_ref().expect("the registration started it")
}
inventory::collect!(Registration);

/// Makes a [`Plugin`] known to the host whose binary links this crate.
#[macro_export]
macro_rules! register {
    ($plugin:ty) => {
        $crate::inventory::submit! {
            $crate::Registration::of::<$plugin>(env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        }
    };
}

/// What a plugin usually needs: `use factotum_plugin_api::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Demo, Error, Host, NoConfig, Plugin, Result,
        access::Grant,
        chat::{Button, ChatId, Incoming, Sender},
        clap::{self, Args, ValueEnum},
        clock::Clock,
        command::{Access, Call, Commands, Reply},
        dialog::Question,
        hook::{Hooks, Outcome, Proof, Refusal, Request, Sample},
        job::{Jobs, Tick},
        notice::Notice,
        register,
        schemars::{self, JsonSchema},
        secret::Secret,
        store::Table,
        text::{State, Text, block, bold, code, command, italic, link, list, state, table},
        user_error,
    };
    pub use std::time::Duration;
}
