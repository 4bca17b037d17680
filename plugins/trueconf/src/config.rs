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
}

impl Default for Config {
    fn default() -> Self {
        Config { servers: BTreeMap::new(), online_statuses: vec![1, 2, 5], forgotten_after_secs: 3600 }
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
