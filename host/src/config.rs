//! The config: `factotum.toml`, the environment, files of secrets and systemd
//! credentials, made into typed settings and a section for each plugin and network.
//!
//! Everything wrong is found in one go: a JSON Schema check runs before anything
//! is deserialised, and each mistake names its line. Nothing here repeats a secret.
mod changes;
mod checks;
mod document;
mod env;
mod foreign;
mod loading;
mod mistakes;
mod own_texts;
mod schema;
mod secrets;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod tree;
mod urls;
mod validate;

pub use changes::Change;
pub use document::{example, reference};
pub use mistakes::{Mistake, Mistakes};
pub use settings::{AccessConfig, CommandsConfig, Config, HttpConfig, LogConfig, LogFormat, TlsConfig};
pub use show::Shown;
pub use tree::{KeyPath, Source, Step};

use crate::texts;
use factotum_plugin_api::language::Language;
use schema::Schemas;
use schemars::Schema;
use serde_json::Value;
use std::{fmt, path::PathBuf, sync::Arc};
use tree::Tree;

/// The kind, and the name, of the network that is there without a section.
pub const CONSOLE: &str = "console";

/// What a config is made of. Not to be printed: it has secrets in clear.
#[derive(Clone, Default)]
pub struct Sources {
    /// The config file; without one everything has its default.
    pub file: Option<PathBuf>,
    /// What the file says, when it is known already; else it is read.
    pub text: Option<String>,
    /// The environment; only names that begin with `FACTOTUM_` are looked at.
    /// `FACTOTUM_CONFIG`, `FACTOTUM_DATA` and `FACTOTUM_SECRET` are the command line's; `FACTOTUM_LOG`
    /// is short for `FACTOTUM_LOG__LEVEL`.
    pub env: Vec<(String, String)>,
    /// `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
    /// The plugins that are compiled in, with the schema of their config.
    pub plugins: Vec<(&'static str, Schema)>,
    /// The kinds of networks that are compiled in, with the schema of their config.
    pub networks: Vec<(&'static str, Schema)>,
    /// Plugins and networks that are known and not compiled in, with the feature
    /// that brings them.
    pub left_out: Vec<(String, String)>,
}

/// Finds what is wrong beyond the schema, such as what a plugin says of its section.
/// It is given what can be made of the config: where mistakes were found already,
/// those too, and in their places the defaults.
pub type Further = Arc<dyn Fn(&Loaded, &[Mistake]) -> Vec<Mistake> + Send + Sync>;

/// A config without mistakes.
pub struct Loaded {
    /// The host's own settings.
    pub config: Config,
    /// A section for each plugin that is compiled in, by name.
    pub plugins: Vec<PluginSection>,
    /// The configured networks by name, the console among them.
    pub chats: Vec<ChatSection>,
    warnings: Vec<String>,
    language: Language,
    broken_texts: Vec<String>,
    /// The config file as messages name it.
    file: String,
    schemas: Schemas,
    /// With its secrets masked: those are in the sections alone.
    tree: Tree,
    sources: Sources,
    /// What else is looked at with each reading, so that all mistakes are told at once.
    further: Option<Further>,
    /// The file to read when there was none and it has come.
    later: Option<PathBuf>,
}

/// `[plugins.NAME]`.
pub struct PluginSection {
    /// The plugin.
    pub name: &'static str,
    /// `false` after `enabled = false`.
    pub enabled: bool,
    /// Keys that it cannot start without and that nobody has set: it has no section
    /// at all, or a disabled one.
    pub missing: Vec<String>,
    /// Its config as the plugin's type wants it, secrets in clear, defaults left out.
    pub value: Value,
}

/// `[chats.NAME]`.
pub struct ChatSection {
    /// The network's name, which chats and senders of it begin with.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// `false` after `enabled = false`.
    pub enabled: bool,
    /// Its config as the kind's type wants it, secrets in clear, defaults left out.
    pub value: Value,
}

impl ChatSection {
    /// Whether people can say something to the bot there; an unknown kind may be anything.
    pub fn hears(&self) -> bool {
        let mut known =
            factotum_plugin_api::inventory::iter::<factotum_plugin_api::chat::NetworkRegistration>.into_iter();
        known.find(|network| network.kind == self.kind).is_none_or(|network| network.hears)
    }
}

impl fmt::Debug for PluginSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PluginSection { name, enabled, missing, value: _ } = self;
        let mut shape = f.debug_struct("PluginSection");
        shape.field("name", name).field("enabled", enabled).field("missing", missing).finish_non_exhaustive()
    }
}
impl fmt::Debug for ChatSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChatSection { name, kind, enabled, value: _ } = self;
        let mut shape = f.debug_struct("ChatSection");
        shape.field("name", name).field("kind", kind).field("enabled", enabled).finish_non_exhaustive()
    }
}
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shape = f.debug_struct("Loaded");
        shape.field("config", &self.config).field("plugins", &self.plugins).field("chats", &self.chats);
        shape.finish_non_exhaustive()
    }
}

impl Loaded {
    /// The same sources, read anew: the file, credentials and files of secrets. The
    /// environment is that of the start. Blocks.
    ///
    /// # Errors
    /// As [`load`]; a file that was there and is gone is a mistake.
    pub fn again(&self) -> Result<Loaded, Mistakes> {
        let mut sources = self.sources.clone();
        if sources.file.is_none() {
            sources.file = self.later.clone().filter(|file| file.exists());
        }
        Ok(loading::load(&sources, self.further.clone())?.or_later(self.later.clone()))
    }
    /// Where a config file would be read from that is not there yet.
    pub fn or_later(mut self, file: Option<PathBuf>) -> Self {
        self.later = file;
        self
    }
    /// The section of a plugin that is compiled in.
    pub fn plugin(&self, name: &str) -> Option<&PluginSection> {
        self.plugins.iter().find(|section| section.name == name)
    }
    /// The section of a configured network.
    pub fn chat(&self, name: &str) -> Option<&ChatSection> {
        self.chats.iter().find(|section| section.name == name)
    }
    /// What works and is not safe, a sentence each, with the remedy.
    pub fn warnings(&self) -> Vec<String> {
        let is_on = |admin: &String| {
            let network = admin.split(':').next().unwrap_or_default();
            self.chat(network).is_some_and(|chat| chat.enabled)
        };
        let nobody = (!self.config.admins.iter().any(is_on)).then(texts::nobody_is_admin);
        self.warnings.iter().chain(&self.broken_texts).cloned().chain(nobody).collect()
    }
    /// The default language, with the operator's own texts.
    pub fn language(&self) -> &Language {
        &self.language
    }
    /// What of the operator's own texts could not be used, a sentence each.
    pub(crate) fn broken_texts(&self) -> &[String] {
        &self.broken_texts
    }
    /// A mistake that only shows later, such as a plugin's refusal of its section,
    /// with the place of the key, or of what is nearest to it.
    pub fn mistake(&self, path: &KeyPath, message: impl Into<String>) -> Mistake {
        Mistake::of_key(&self.file, self.tree.source(path), path, message)
    }
    /// Where a key was set, as `!acl` names it: `factotum.toml:9`, without the file's
    /// folder, or the environment variable. `None` for a default.
    pub fn place(&self, path: &KeyPath) -> Option<String> {
        match self.tree.source(path)? {
            Source::File { line } => {
                let name = PathBuf::from(&self.file);
                let name = name.file_name().map_or(self.file.clone(), |name| name.to_string_lossy().into_owned());
                Some(format!("{name}:{line}"))
            }
            Source::Default => None,
            other => Some(other.to_string()),
        }
    }
    /// The admins that are no console's person. Without one, only consoles may start.
    pub fn admins_besides_console(&self) -> Vec<&str> {
        let on_console = |admin: &str| {
            let network = admin.split(':').next().unwrap_or_default();
            network == CONSOLE || self.chat(network).is_some_and(|chat| chat.kind == CONSOLE)
        };
        self.config.admins.iter().map(String::as_str).filter(|admin| !on_console(admin)).collect()
    }
}

/// Reads, completes and checks a config.
///
/// # Errors
/// Everything that is wrong with it. Mistakes of syntax come alone, since what a
/// broken file means is a guess.
pub fn load(sources: Sources) -> Result<Loaded, Mistakes> {
    loading::load(&sources, None)
}

/// As [`load`], with what else is to be looked at, now and with each reading again.
///
/// # Errors
/// As [`load`], and what `further` finds.
pub fn load_with(sources: Sources, further: Further) -> Result<Loaded, Mistakes> {
    loading::load(&sources, Some(further))
}
