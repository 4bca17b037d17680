//! The section `[chats.telegram]`, and what of it is wrong beyond its schema.
use factotum_plugin_api::{
    Result,
    http::Tls,
    schemars::{self, JsonSchema},
    secret::Secret,
    user_error,
};
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// The ports that Telegram's servers call a webhook on (Bot API, setWebhook).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The section `[chats.telegram]` of the config.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The bot's token, as BotFather gives it: `123456:ABC…`. Better in a file (`token_file`).
    pub token: Secret,
    /// The server of the Bot API; another one for a server of one's own.
    #[serde(default = "api_url")]
    #[schemars(with = "String")]
    pub api_url: Url,
    /// How the certificate of `api_url` is checked.
    #[serde(default)]
    pub tls: Tls,
    /// The bot's username, without `@`; asked of Telegram when it is not set.
    #[serde(default)]
    #[schemars(regex(pattern = "^@?[A-Za-z][A-Za-z0-9_]{4,31}$"))]
    pub bot_username: Option<String>,
    /// Seconds that one call for updates waits; Telegram cuts it at 50.
    #[serde(default = "poll_timeout")]
    #[schemars(range(min = 1, max = 120))]
    pub poll_timeout: u32,
    /// Seconds of the longest pause before a lost connection is tried again; the first is 1.
    #[serde(default = "retry_delay")]
    #[schemars(range(min = 1, max = 3600))]
    pub retry_delay: u64,
    /// Where Telegram posts updates, instead of being asked for them:
    /// `https://bot.example.com/telegram`. Its path is served by the host's own listener;
    /// a user and password in it are demanded of every request.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub webhook_url: Option<Url>,
    /// Stands in the header of every webhook request; made and kept when it is not set.
    #[serde(default)]
    pub webhook_secret: Option<Secret>,
    /// The certificate of `webhook_url` as a PEM file, where it is self-signed.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// How many connections Telegram may open to `webhook_url` at once.
    #[serde(default = "max_connections")]
    #[schemars(range(min = 1, max = 100))]
    pub max_connections: u8,
}

fn api_url() -> Url {
    Url::parse("https://api.telegram.org").expect("a URL")
}
fn poll_timeout() -> u32 {
    50
}
fn retry_delay() -> u64 {
    30
}
fn max_connections() -> u8 {
    40
}

impl Config {
    /// Says what is wrong beyond the schema.
    ///
    /// # Errors
    /// The key, what is wrong with it, and how it should be.
    pub(crate) fn check(&self) -> Result<()> {
        if !is_token(self.token.expose()) {
            return Err(user_error("token: a token is like 123456:ABC-DEF, as BotFather gives it"));
        }
        if !matches!(self.api_url.scheme(), "http" | "https") {
            return Err(user_error("api_url: a URL begins with https:// or http://"));
        }
        let Some(url) = &self.webhook_url else {
            let unused =
                [("certificate", self.certificate.is_some()), ("webhook_secret", self.webhook_secret.is_some())];
            return match unused.iter().find(|(_, set)| *set) {
                Some((key, _)) => {
                    Err(user_error(format!("{key}: is for a webhook; set webhook_url too, or leave it out")))
                }
                None => Ok(()),
            };
        };
        if url.scheme() != "https" {
            return Err(user_error("webhook_url: Telegram posts to https:// only"));
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if !PORTS.contains(&port) {
            let ports = "443, 80, 88 and 8443";
            return Err(user_error(format!("webhook_url: Telegram posts to the ports {ports} only, not {port}")));
        }
        if url.path() == "/" {
            return Err(user_error("webhook_url: needs a path, such as https://bot.example.com/telegram"));
        }
        if self.webhook_secret.as_ref().is_some_and(|secret| !is_webhook_secret(secret.expose())) {
            return Err(user_error("webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -"));
        }
        Ok(())
    }
}

/// `bot id : letters`, as BotFather gives it. What else stood there would be part of a path.
fn is_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(id, key)| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) && !key.is_empty() && is_word(key)
    })
}
fn is_webhook_secret(secret: &str) -> bool {
    (1..=256).contains(&secret.len()) && is_word(secret)
}
fn is_word(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
