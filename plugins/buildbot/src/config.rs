//! The section `[plugins.buildbot]`.
use crate::{authz::Allowed, events::Event, room_map::RoomMap};
use factotum_plugin_api::{
    http::Tls,
    prelude::*,
    schemars::{self, JsonSchema},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::BTreeMap;
use url::Url;

/// The section `[plugins.buildbot]` of the config.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The masters, each by a name that commands use; with one master it may be left out.
    pub masters: BTreeMap<String, MasterConfig>,
    /// Offers the short forms beside the long ones: `!force` for `!buildbot force`.
    #[serde(default = "yes")]
    pub short_commands: bool,
    /// Words that are the host's own and are to be Buildbot's: `["status", "version"]`.
    pub take_over: Vec<String>,
    /// Who may run what, as in Buildbot's own bots: `"force,stop" = [123456]`, `""` for
    /// what is harmless, `"!"` for what is not, `"*"` for both; without it that is
    /// everyone, and admins.
    #[schemars(extend("examples" = [{ "force": [123_456] }]))]
    pub authz: Option<BTreeMap<String, Allowed>>,
}

/// One `[plugins.buildbot.masters.NAME]`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MasterConfig {
    /// The address of its web interface, as people open it: `https://buildbot.example.org/`.
    #[schemars(with = "String", example = &"https://buildbot.example.org/")]
    #[serde(deserialize_with = "address")]
    pub url: Url,
    /// How its certificate is checked.
    #[serde(default)]
    pub tls: Tls,
    /// The account that control calls are made with, where the master wants a login.
    #[serde(default)]
    pub user: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The header that the master's reverse proxy names the account in, where it has one
    /// (`RemoteUserAuth`), such as `{ REMOTE_USER = "factotum@example.org" }`.
    #[serde(default)]
    pub proxy_header: BTreeMap<String, Secret>,
    /// What `HttpStatusPush` must send as the header `X-Factotum-Secret`, or as the
    /// password of HTTP Basic; without it `/buildbot/NAME` takes nothing.
    #[serde(default)]
    pub push_secret: Option<Secret>,
    /// Speak only of builders with one of these tags; of all when it is empty.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Chats in which `notify_events` are on from the start.
    #[serde(default)]
    pub chats: Vec<ChatId>,
    /// Events that are turned on in `chats` at each start; those that a chat has chosen
    /// itself stay on.
    #[serde(default)]
    pub notify_events: Vec<Event>,
    /// Name builds by the revisions in them instead of by number.
    #[serde(default)]
    pub use_revisions: bool,
    /// Name the authors of the changes in a failed build.
    #[serde(default)]
    pub show_blame_list: bool,
    /// What `problem` and `recovery` compare a build with.
    #[serde(default)]
    pub recovery: Recovery,
    /// How many of the last lines of the failing step a notice shows; 0 for none.
    #[serde(default = "log_lines")]
    #[schemars(range(max = 100))]
    pub log_lines: u32,
    /// The builder whose forced build makes the master exit once its builds are done: see
    /// `docs/buildbot.md` for what it must hold.
    #[serde(default)]
    pub shutdown_builder: Option<String>,
    /// The builder whose forced build makes the master exit at once.
    #[serde(default)]
    pub shutdown_now_builder: Option<String>,
    /// What is posted where of builds that start and finish, as a HipchatStatusPush said it.
    #[serde(default)]
    pub rooms: Option<RoomMap>,
}

impl MasterConfig {
    /// Whether a build of this builder ends the master.
    pub(crate) fn ends_it(&self, builder: &str) -> bool {
        [&self.shutdown_builder, &self.shutdown_now_builder].into_iter().any(|name| name.as_deref() == Some(builder))
    }
}

/// What a build is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// The last build of the builder that says something: no retry, none that was
    /// cancelled or skipped.
    #[default]
    Decisive,
    /// The build with the number before it, as Buildbot's own bots do.
    Previous,
}

/// What is wrong with one is told with what one is like; the key is not known here.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(text.trim()).map_err(|error| {
        D::Error::custom(format!(
            "url: {text:?} is no address of a master ({error}): one is like https://buildbot.example.org/"
        ))
    })
}
fn yes() -> bool {
    true
}
fn log_lines() -> u32 {
    5
}
