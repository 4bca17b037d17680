//! The host's own settings, typed: everything but `[plugins.NAME]` and
//! `[chats.NAME]`, whose types belong to plugins and networks.
//!
//! A doc comment here is the setting's documentation: `!config`, the example
//! file and the README's table are made from it.
use super::globs::Globs;
use factotum_plugin_api::chat::ChatId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// The host's own settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Senders who may run every command, as `network:account`. This list
    /// replaces the default, which is the person at the console.
    #[schemars(example = ["console:admin", "telegram:123456"])]
    pub admins: Vec<String>,
    /// Chat that the host tells its own troubles to; without one it tells each
    /// admin in private.
    #[schemars(example = "console:ops")]
    pub admin_chat: Option<ChatId>,
    /// The listener for hooks and its limits.
    pub http: HttpConfig,
    /// Who may run what, beyond what each command proposes.
    pub access: AccessConfig,
    /// How commands are recognised and run.
    pub commands: CommandsConfig,
    /// How notices that a chat did not take are tried again.
    pub outbox: OutboxConfig,
    /// The log on standard error.
    pub log: LogConfig,
    /// The host's record of requests, notices and attempts.
    pub journal: JournalConfig,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            admins: vec!["console:admin".into()],
            admin_chat: None,
            http: HttpConfig::default(),
            access: AccessConfig::default(),
            commands: CommandsConfig::default(),
            outbox: OutboxConfig::default(),
            log: LogConfig::default(),
            journal: JournalConfig::default(),
        }
    }
}

/// `[http]`: the listener for hooks and its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    /// Address and port to listen on. Leave it local and put a proxy in front.
    pub listen: String,
    /// The longest body of a request, in bytes; a longer one is answered 413.
    #[schemars(range(min = 1))]
    pub body_max_bytes: usize,
    /// The longest request line and headers together, in bytes.
    #[schemars(range(min = 8192))] // hyper's least buffer; it panics below
    pub header_max_bytes: usize,
    /// Seconds within which the headers must have come.
    #[schemars(range(min = 1))]
    pub header_timeout_secs: u64,
    /// Seconds within which the body must have come; then 408.
    #[schemars(range(min = 1))]
    pub body_timeout_secs: u64,
    /// Open connections at once; one more is answered 503.
    #[schemars(range(min = 1))]
    pub connections_max: usize,
    /// Open connections at once from one address; one more is answered 429.
    #[schemars(range(min = 1))]
    pub connections_per_address: usize,
    /// Seconds that the handler of a hook may take; then 503.
    #[schemars(range(min = 1))]
    pub handler_timeout_secs: u64,
    /// Proxies whose `X-Forwarded-For` is believed, as addresses or CIDR blocks.
    #[schemars(example = ["127.0.0.1", "10.0.0.0/8"])]
    pub trusted_proxies: Vec<String>,
    /// Certificate and key to serve https with; without them the listener speaks http.
    pub tls: Option<TlsConfig>,
    /// Address under which senders reach the listener, for links and advice.
    #[schemars(example = "https://hooks.example.com")]
    pub public_url: Option<String>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        HttpConfig {
            listen: "127.0.0.1:3141".into(),
            body_max_bytes: 1 << 20,
            header_max_bytes: 16 << 10,
            header_timeout_secs: 10,
            body_timeout_secs: 30,
            connections_max: 1024,
            connections_per_address: 64,
            handler_timeout_secs: 10,
            trusted_proxies: vec![],
            tls: None,
            public_url: None,
        }
    }
}

/// `[http.tls]`: what https is served with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate and the chain below it.
    #[schemars(example = "/etc/factotum/hooks.crt")]
    pub certificate_file: PathBuf,
    /// PEM file with the private key.
    #[schemars(example = "/etc/factotum/hooks.key")]
    pub key_file: PathBuf,
}

/// `[access]`: who may run what, beyond what each command proposes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// Senders by role, as globs on `network:account`. A rule names a role as
    /// `@NAME`; `@admins` are the senders under `admins`.
    #[schemars(example = BTreeMap::from([("release", ["console:ann", "console:bob"])]))]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Rules, in order: the first that fits a call decides it; a call that none
    /// fits is decided by what its command proposes.
    pub rules: Vec<Rule>,
}

/// One of `[[access.rules]]`: fits a call when every condition does.
///
/// A condition is a glob or a list of globs. It fits when one of them matches
/// and none that begins with `!` does; with nothing but `!` globs, everything
/// else fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The command's path, such as `travis *`, regardless of case.
    #[serde(default)]
    #[schemars(example = "travis *")]
    pub command: Globs,
    /// The chat it is said in, as `network:address`.
    #[serde(default)]
    pub chat: Globs,
    /// Who says it, as `network:account`, or `@ROLE`.
    #[serde(default)]
    #[schemars(example = ["@admins", "telegram:123456"])]
    pub sender: Globs,
    /// Globs on arguments by name, after defaults are filled in; fits only calls
    /// that have every argument named here.
    #[serde(default)]
    #[schemars(example = BTreeMap::from([("repo", "owner/*")]))]
    pub args: BTreeMap<String, Globs>,
    /// `true` fits only calls in private, `false` only calls where others read along.
    #[serde(default)]
    #[schemars(example = true)]
    pub private: Option<bool>,
    /// What the rule decides.
    pub allow: bool,
}

/// `[commands]`: how commands are recognised and run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CommandsConfig {
    /// What a command line begins with; a network may add its own, such as `/`.
    pub prefixes: Vec<String>,
    /// Whether a line in a private chat is a command without any prefix.
    pub prefix_optional_in_private: bool,
    /// Seconds that a command may run.
    #[schemars(range(min = 1))]
    pub time_limit_secs: u64,
}

impl Default for CommandsConfig {
    fn default() -> Self {
        CommandsConfig { prefixes: vec!["!".into()], prefix_optional_in_private: false, time_limit_secs: 60 }
    }
}

/// `[outbox]`: how notices that a chat did not take are tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutboxConfig {
    /// Seconds before the second attempt; the pause doubles from there.
    #[schemars(range(min = 1))]
    pub retry_first_secs: u64,
    /// The longest pause between two attempts, in seconds.
    #[schemars(range(min = 1))]
    pub retry_max_secs: u64,
    /// Seconds after which a notice becomes a dead letter.
    #[schemars(range(min = 1))]
    pub give_up_after_secs: u64,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        OutboxConfig { retry_first_secs: 1, retry_max_secs: 60, give_up_after_secs: 24 * 60 * 60 }
    }
}

/// `[log]`: the log on standard error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How a line is written.
    pub format: LogFormat,
    /// What is written: a level (`error`, `warn`, `info`, `debug`, `trace`), or
    /// levels by module, such as `info,factotum_host::http=debug`.
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { format: LogFormat::Text, level: "info".into() }
    }
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object for each line.
    Json,
}

/// `[journal]`: the host's record of requests, notices and attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// Days that a request is kept.
    #[schemars(range(min = 1))]
    pub requests_days: u64,
    /// Bytes that the kept requests may take; the oldest go first.
    #[schemars(range(min = 1_048_576))]
    pub size_max_bytes: u64,
}

impl Default for JournalConfig {
    fn default() -> Self {
        JournalConfig { requests_days: 30, size_max_bytes: 1 << 30 }
    }
}
