//! The host's own settings, typed: everything but `[plugins.NAME]` and
//! `[chats.NAME]`, whose types belong to plugins and networks.
//!
//! A doc comment here is the setting's documentation: `!config`, the example
//! file and the table in docs/config.md are made from it.
use crate::{
    access::RuleSpec,
    http::{HttpSettings, MetricsFor, TlsFiles, parse_network},
    journal::Retention,
    outbox::OutboxSettings,
};
use factotum_plugin_api::chat::ChatId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

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
    /// Language of whoever has chosen none with `!lang` and whose chat program tells
    /// none that is known; also that of jobs and hooks.
    #[schemars(example = &"ru")]
    pub language: String,
    /// Folder of texts that stand over those of the host and its plugins, a file for
    /// each language and plugin: `FOLDER/ru/host.ftl`.
    #[schemars(example = &"/etc/factotum/texts")]
    pub texts: Option<PathBuf>,
    /// The listener for hooks and its limits.
    pub http: HttpConfig,
    /// Who may run what, beyond what each command proposes.
    pub access: AccessConfig,
    /// How commands are recognised and run.
    pub commands: CommandsConfig,
    /// How notices that a chat did not take are tried again.
    pub outbox: OutboxSettings,
    /// The log on standard error.
    pub log: LogConfig,
    /// The host's record of requests, notices and attempts.
    pub journal: Retention,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            admins: vec!["console:admin".into()],
            admin_chat: None,
            language: "en".into(),
            texts: None,
            http: HttpConfig::default(),
            access: AccessConfig::default(),
            commands: CommandsConfig::default(),
            outbox: OutboxSettings::default(),
            log: LogConfig::default(),
            journal: Retention::default(),
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
    /// Who may read `/metrics`: `loopback` for readers on this machine, `open` for
    /// everybody who reaches the listener, `off`. Others are told 404.
    pub metrics: MetricsFor,
    /// Address under which senders reach the listener, for links and advice.
    #[schemars(example = "https://hooks.example.com")]
    pub public_url: Option<String>,
}

impl HttpConfig {
    /// The settings of the listener.
    ///
    /// # Errors
    /// What the checks of the config have found already.
    pub fn settings(&self) -> anyhow::Result<HttpSettings> {
        let proxies = self.trusted_proxies.iter().map(|text| parse_network(text)).collect::<Result<_, _>>();
        Ok(HttpSettings {
            listen: self.listen.parse()?,
            header_max_bytes: self.header_max_bytes,
            header_timeout: Duration::from_secs(self.header_timeout_secs),
            body_max_bytes: self.body_max_bytes,
            body_timeout: Duration::from_secs(self.body_timeout_secs),
            connections_max: self.connections_max,
            connections_per_address: self.connections_per_address,
            handler_timeout: Duration::from_secs(self.handler_timeout_secs),
            trusted_proxies: proxies.map_err(anyhow::Error::msg)?,
            metrics: self.metrics,
            tls: self
                .tls
                .as_ref()
                .map(|tls| TlsFiles { certificate: tls.certificate_file.clone(), key: tls.key_file.clone() }),
            ..HttpSettings::default()
        })
    }
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
            metrics: MetricsFor::default(),
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
    /// Senders by role, as `network:account`; a command or a rule names the role.
    #[schemars(example = BTreeMap::from([("release", ["console:ann", "console:bob"])]))]
    pub roles: BTreeMap<String, Vec<String>>,
    /// Rules, in order: the first that fits a call decides it; a call that none
    /// fits is decided by what its command proposes.
    pub rules: Vec<RuleSpec>,
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

impl CommandsConfig {
    /// The prefix that texts name.
    pub fn prefix(&self) -> &str {
        self.prefixes.first().map_or("!", String::as_str)
    }
    /// What follows the prefix of a line; of `!` and `!!` the longer one counts.
    pub fn after_prefix<'l>(&self, line: &'l str) -> Option<&'l str> {
        let after = self.prefixes.iter().filter_map(|prefix| line.strip_prefix(prefix.as_str()));
        after.min_by_key(|rest| rest.len())
    }
}

impl Default for CommandsConfig {
    fn default() -> Self {
        CommandsConfig { prefixes: vec!["!".into()], prefix_optional_in_private: false, time_limit_secs: 60 }
    }
}

/// `[log]`: the log on standard error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How a line is written.
    pub format: LogFormat,
    /// What is written: a level (`error`, `warn`, `info`, `debug`, `trace`), or
    /// levels by module, such as `info,factotum_host::http=debug`. When nothing is
    /// said: `warn` where a person types at the console, else `info`.
    #[schemars(example = &"info")]
    pub level: Option<String>,
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
