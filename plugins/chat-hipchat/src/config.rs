//! The section `[chats.hipchat]`.
use factotum_plugin_api::{
    Result,
    http::Tls,
    schemars::{self, JsonSchema},
    secret::Secret,
    user_error,
};
use serde::Deserialize;
use url::Url;

/// The section `[chats.hipchat]` of the config.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The token, with access to "Send Notification" and "Send Message".
    pub token: Secret,
    /// The server; a Factotum with the plugin hipchat is one too.
    #[serde(default = "endpoint")]
    #[schemars(with = "String")]
    pub endpoint: Url,
    /// How its certificate is checked; what `verify = False` was is `tls = "off"`.
    #[serde(default)]
    pub tls: Tls,
    /// What stands beside the token's owner in rooms.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub from: Option<String>,
}

fn endpoint() -> Url {
    Url::parse("https://api.hipchat.com").expect("a URL")
}

impl Config {
    /// Where paths begin.
    ///
    /// # Errors
    /// The key, what is wrong with it, and how it should be.
    pub(crate) fn base(&self) -> Result<Url> {
        let mut base = self.endpoint.clone();
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(user_error("endpoint: one is like https://chat.example.com"));
        }
        if self.token.expose().is_empty() {
            return Err(user_error("token: it is empty"));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.set_query(None);
        base.set_fragment(None);
        Ok(base)
    }
}
