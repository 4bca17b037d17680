//! The section `[chats.telegram]`, and what of it is wrong beyond its schema.
use crate::address::Address;
use factotum_plugin_api::{
    Result,
    http::Tls,
    schemars::{self, JsonSchema},
    secret::Secret,
    user_error,
};
use serde::{
    Deserialize,
    de::{Deserializer, Error},
};
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
    #[serde(default = "api_url", deserialize_with = "read_api_url")]
    #[schemars(with = "String")]
    pub api_url: Url,
    /// How the certificate of `api_url` is checked.
    #[serde(default)]
    pub tls: Tls,
    /// The bot's username; Telegram is asked for it, and one that differs is named in the log.
    #[serde(default)]
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
    #[serde(default, deserialize_with = "read_webhook_url")]
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
/// A URL may hold a password: what is wrong with it is told without it.
fn read_url<'de, D: Deserializer<'de>>(key: &str, deserializer: D) -> Result<Url, D::Error> {
    let url = String::deserialize(deserializer)?;
    Url::parse(&url).map_err(|error| D::Error::custom(format!("{key}: is no URL: {error}")))
}
fn read_api_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    read_url("api_url", deserializer)
}
fn read_webhook_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    read_url("webhook_url", deserializer).map(Some)
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
        let username = self.bot_username.as_deref().map(|name| name.trim_start_matches('@'));
        if username.is_some_and(|name| Address::parse(&format!("@{name}")).is_none()) {
            return Err(user_error(
                "bot_username: 5 to 32 letters, digits and underscores, as BotFather gave it: MyBuildBot",
            ));
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
        if !url.username().is_empty() && url.password().is_none() {
            return Err(user_error(
                "webhook_url: a user needs a password: https://user:password@bot.example.com/telegram",
            ));
        }
        if url.fragment().is_some() {
            return Err(user_error("webhook_url: goes without what `#` begins"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook;
    use serde_json::json;

    const TOKEN: &str = "123456:AAH-abc_0";

    fn refusal(more: &serde_json::Value) -> String {
        let mut section = json!({ "token": TOKEN });
        section.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let config: Config = serde_json::from_value(section).unwrap();
        let certificate = |path: &PathBuf| webhook::certificate(path).map(drop);
        let checked = config.check().and_then(|()| config.certificate.as_ref().map_or(Ok(()), certificate));
        checked.err().map_or_else(|| "fine".into(), |error| format!("{:#}", error.into_anyhow()))
    }

    #[test]
    fn what_is_wrong_is_named_with_its_remedy() {
        let folder = std::env::temp_dir().join(format!("telegram-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, content: &str| {
            std::fs::write(folder.join(name), content).unwrap();
            folder.join(name)
        };
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let [right, key, both, text] = [
            file("right.pem", pem),
            file("key.pem", "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"),
            file("both.pem", &format!("{pem}-----BEGIN RSA PRIVATE KEY-----\nMIIB\n")),
            file("text.pem", "hello"),
        ];
        let url = "https://bot.example.com/telegram";
        let rows = [
            json!({}),
            json!({ "webhook_url": url }),
            json!({ "webhook_url": "https://bot.example.com:8443/a/b?c" }),
            json!({ "webhook_url": "https://u:p@bot.example.com:88/t" }),
            json!({ "webhook_url": "https://bot.example.com:80/t" }),
            json!({ "webhook_url": url, "webhook_secret": "A-z_9", "certificate": right }),
            json!({ "token": "" }),
            json!({ "token": "123456" }),
            json!({ "token": ":AAH" }),
            json!({ "token": "123456:" }),
            json!({ "token": "123456:AAH/../x" }),
            json!({ "token": "bot123456:AAH" }),
            json!({ "token": "123456:AAH\n" }),
            json!({ "api_url": "ftp://127.0.0.1" }),
            json!({ "webhook_url": "http://bot.example.com/telegram" }),
            json!({ "webhook_url": "https://bot.example.com:444/telegram" }),
            json!({ "webhook_url": "https://bot.example.com" }),
            json!({ "webhook_url": "https://bot.example.com/" }),
            json!({ "webhook_url": url, "webhook_secret": "" }),
            json!({ "webhook_url": url, "webhook_secret": "a b" }),
            json!({ "webhook_url": url, "webhook_secret": "ü" }),
            json!({ "webhook_url": url, "webhook_secret": "x".repeat(257) }),
            json!({ "webhook_secret": "abc" }),
            json!({ "certificate": right }),
            json!({ "webhook_url": url, "certificate": folder.join("none.pem") }),
            json!({ "webhook_url": url, "certificate": key }),
            json!({ "webhook_url": url, "certificate": both }),
            json!({ "webhook_url": url, "certificate": text }),
        ];
        let shown = rows.map(|row| format!("{row}: {}", refusal(&row)).replace(&"x".repeat(257), "xxx…"));
        let shown = shown.join("\n").replace(&folder.display().to_string(), "DIR");
        std::fs::remove_dir_all(&folder).unwrap();
        insta::assert_snapshot!(shown, @r#"
        {}: fine
        {"webhook_url":"https://bot.example.com/telegram"}: fine
        {"webhook_url":"https://bot.example.com:8443/a/b?c"}: fine
        {"webhook_url":"https://u:p@bot.example.com:88/t"}: fine
        {"webhook_url":"https://bot.example.com:80/t"}: fine
        {"certificate":"DIR/right.pem","webhook_secret":"A-z_9","webhook_url":"https://bot.example.com/telegram"}: fine
        {"token":""}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":"123456"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":":AAH"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":"123456:"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":"123456:AAH/../x"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":"bot123456:AAH"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"token":"123456:AAH\n"}: token: a token is like 123456:ABC-DEF, as BotFather gives it
        {"api_url":"ftp://127.0.0.1"}: api_url: a URL begins with https:// or http://
        {"webhook_url":"http://bot.example.com/telegram"}: webhook_url: Telegram posts to https:// only
        {"webhook_url":"https://bot.example.com:444/telegram"}: webhook_url: Telegram posts to the ports 443, 80, 88 and 8443 only, not 444
        {"webhook_url":"https://bot.example.com"}: webhook_url: needs a path, such as https://bot.example.com/telegram
        {"webhook_url":"https://bot.example.com/"}: webhook_url: needs a path, such as https://bot.example.com/telegram
        {"webhook_secret":"","webhook_url":"https://bot.example.com/telegram"}: webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -
        {"webhook_secret":"a b","webhook_url":"https://bot.example.com/telegram"}: webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -
        {"webhook_secret":"ü","webhook_url":"https://bot.example.com/telegram"}: webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -
        {"webhook_secret":"xxx…","webhook_url":"https://bot.example.com/telegram"}: webhook_secret: 1 to 256 of A-Z, a-z, 0-9, _ and -
        {"webhook_secret":"abc"}: webhook_secret: is for a webhook; set webhook_url too, or leave it out
        {"certificate":"DIR/right.pem"}: certificate: is for a webhook; set webhook_url too, or leave it out
        {"certificate":"DIR/none.pem","webhook_url":"https://bot.example.com/telegram"}: certificate: DIR/none.pem: No such file or directory (os error 2)
        {"certificate":"DIR/key.pem","webhook_url":"https://bot.example.com/telegram"}: certificate: DIR/key.pem holds a private key, which is not for Telegram
        {"certificate":"DIR/both.pem","webhook_url":"https://bot.example.com/telegram"}: certificate: DIR/both.pem holds a private key, which is not for Telegram
        {"certificate":"DIR/text.pem","webhook_url":"https://bot.example.com/telegram"}: certificate: DIR/text.pem is no certificate in PEM form
        "#);
    }
}
