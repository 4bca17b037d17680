//! The section `[plugins.trueconf]`.
use factotum_plugin_api::{
    http::Tls,
    prelude::*,
    schemars::{self, JsonSchema},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The section `[plugins.trueconf]` of the config.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The servers, each by the name that buttons show; more are added by
    /// `!trueconf add`.
    pub servers: BTreeMap<String, ServerConfig>,
    /// The states of a user that count as online: 1 online, 2 busy, 5 in a conference.
    pub online_statuses: Vec<i64>,
    /// How long a conference must have run before it counts as forgotten.
    pub forgotten_after_secs: u64,
    /// What is told to the chats that watch a server when it is crossed.
    pub thresholds: Thresholds,
    /// How forgotten conferences are stopped where `!trueconf policy` has switched that on.
    pub policy: Policy,
    /// The time zone of reports, such as `Europe/Moscow`; the machine's when empty.
    pub time_zone: String,
    /// The settings of TrueConf's own Telegram bot, as JSON or TOML: its servers and its
    /// people are taken over at each start. Usually a file, by `settings_file`.
    pub settings: Option<Secret>,
    /// The network whose accounts the people of such settings are.
    pub settings_network: String,
}

/// `[plugins.trueconf.thresholds]`; 0 is no threshold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// More users online than this.
    pub online_users: u64,
    /// More running conferences than this.
    pub running_conferences: u64,
    /// A conference that runs longer than this.
    pub conference_secs: u64,
    /// Seconds between two looks.
    #[schemars(range(min = 10))]
    pub every_secs: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds { online_users: 0, running_conferences: 0, conference_secs: 0, every_secs: 60 }
    }
}

/// `[plugins.trueconf.policy]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How long a conference must have run before it is stopped as forgotten.
    pub over_secs: u64,
    /// How long before that its chat is warned.
    pub warning_secs: u64,
    /// Seconds between two looks.
    #[schemars(range(min = 10))]
    pub every_secs: u64,
    /// The most conferences of a server that are stopped after one look.
    pub stops_max: usize,
    /// Conferences that are never stopped, by their ids.
    pub allow_ids: Vec<String>,
    /// Owners whose conferences are never stopped, with or without their server's name.
    pub allow_owners: Vec<String>,
    /// Words in the title of conferences that are never stopped.
    pub allow_topics: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            over_secs: 3 * 3600,
            warning_secs: 600,
            every_secs: 60,
            stops_max: 5,
            allow_ids: vec![],
            allow_owners: vec![],
            allow_topics: vec![],
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            servers: BTreeMap::new(),
            online_statuses: vec![1, 2, 5],
            forgotten_after_secs: 3600,
            thresholds: Thresholds::default(),
            policy: Policy::default(),
            time_zone: String::new(),
            settings: None,
            settings_network: "telegram".into(),
        }
    }
}

/// One `[plugins.trueconf.servers.NAME]`; also what the store keeps of a server that was
/// added in a chat.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Its host name or IP address, with https:// or http:// and a port where needed.
    #[schemars(example = &"video.example.com")]
    pub address: String,
    /// The id of its OAuth2 application.
    #[serde(default)]
    pub client_id: String,
    /// The secret of its OAuth2 application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// The server-wide secret key, instead of an application. It has every right and
    /// never expires: an application is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key: Option<Secret>,
    /// How its certificate is checked.
    #[serde(default)]
    pub tls: Tls,
    /// The API that is spoken: `auto`, `v4`, or one of the older ones such as `v3.3`.
    #[serde(default = "auto")]
    #[schemars(regex(pattern = r"^(auto|v4|v3(\.[0-9]+)?)$"))]
    pub api: String,
    /// The port of its clients, which tells its state.
    #[serde(default = "status_port")]
    #[schemars(range(min = 1))]
    pub status_port: u16,
}

impl ServerConfig {
    /// A server at this address, with everything else as it usually is.
    pub fn new(address: impl Into<String>) -> Self {
        ServerConfig {
            address: address.into(),
            client_id: String::new(),
            client_secret: None,
            secret_key: None,
            tls: Tls::default(),
            api: auto(),
            status_port: status_port(),
        }
    }
}

fn auto() -> String {
    "auto".into()
}
fn status_port() -> u16 {
    4307 // the port of TrueConf's clients
}
