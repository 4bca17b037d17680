//! The settings file of the bots that TrueConf published: JSON of the first one, with or
//! without `ssl_certificate`, and TOML of the second one. Nothing is called or stored here.
//!
//! Nothing of the file is repeated in what is said of it but names of keys and servers.
use crate::texts;
use factotum_plugin_api::{Result, http::Tls, secret::Secret, text::Text, user_error};
use serde_json::{Map, Value};
use std::path::Path;

/// Seconds between two looks, where the file does not say.
pub(crate) const EVERY_SECS: u64 = 15;

/// What such a file says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The token of the Telegram bot.
    pub(crate) token: Option<Secret>,
    /// The accounts on Telegram that may do everything.
    pub(crate) users: Vec<String>,
    pub(crate) servers: Vec<Entry>,
    /// What could not be taken, or was taken for something else.
    pub(crate) notes: Vec<Text>,
}

/// A server of the file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) access_token: Option<Secret>,
    pub(crate) tls: Tls,
    /// Whether it is watched.
    pub(crate) watched: bool,
    pub(crate) every_secs: u64,
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is neither JSON nor TOML, or has no servers; what is wrong with one server
    /// is a note, and the others are read.
    pub(crate) fn read(file: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(file).map_err(|_| user_error(texts::watch::not_settings()))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        let all: Value = match text.starts_with('{') {
            // The parsers' own words repeat what stands there.
            true => {
                serde_json::from_str(text).map_err(|error| user_error(texts::watch::broken_settings(error.line())))?
            }
            false => toml::from_str(text).map_err(|_| user_error(texts::watch::not_settings()))?,
        };
        let servers = all.get("servers").and_then(Value::as_object);
        let servers = servers.ok_or_else(|| user_error(texts::watch::not_settings()))?;
        let mut settings = Settings { token: secret(&all, "tg-api-token"), ..Settings::default() };
        settings.read_users(all.get("tg-users-id"));
        settings.note_unknown("", all.as_object(), &["tg-api-token", "tg-users-id", "servers", "locale"]);
        if let Some(locale) = all.get("locale").and_then(Value::as_str) {
            settings.notes.push(texts::watch::locale_not_taken(locale));
        }
        for (name, server) in servers {
            settings.read_server(name, server);
        }
        Ok(settings)
    }
    fn read_users(&mut self, users: Option<&Value>) {
        for user in users.and_then(Value::as_array).into_iter().flatten() {
            let digits = match user {
                Value::Number(number) => number.to_string(),
                Value::String(text) => text.trim().to_owned(),
                _ => String::new(),
            };
            match digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
                true => self.notes.push(texts::watch::no_user_id(&shown(user))),
                false if self.users.contains(&digits) => {}
                false => self.users.push(digits),
            }
        }
    }
    fn read_server(&mut self, name: &str, server: &Value) {
        const KNOWN: [&str; 6] =
            ["ip", "client_id", "client_secret", "access_token", "server_status", "ssl_certificate"];
        self.note_unknown(name, server.as_object(), &KNOWN);
        let status = server.get("server_status");
        self.note_unknown(name, status.and_then(Value::as_object), &["state", "timeout"]);
        let Some(address) = crate::model::text(server, "ip") else {
            self.notes.push(texts::watch::no_address(name));
            return;
        };
        if crate::api::address(&address).is_err() {
            self.notes.push(texts::watch::no_address(name));
            return;
        }
        let tls = match server.get("ssl_certificate") {
            Some(Value::Bool(true)) => Tls::System,
            Some(Value::String(path)) if !path.trim().is_empty() => {
                let path = path.trim();
                if !Path::new(path).is_file() {
                    self.notes.push(texts::watch::no_certificate_file(name, path));
                    return;
                }
                Tls::CaFile(path.into())
            }
            _ => Tls::Off,
        };
        let state = status.and_then(|status| status.get("state"));
        let every = status.and_then(|status| crate::model::number(status, "timeout"));
        self.servers.push(Entry {
            name: name.to_owned(),
            address,
            client_id: crate::model::text(server, "client_id").unwrap_or_default(),
            client_secret: secret(server, "client_secret"),
            access_token: secret(server, "access_token"),
            tls,
            watched: state.is_some_and(|state| state == &Value::Bool(true) || state.as_i64() == Some(1)),
            every_secs: every
                .and_then(|every| u64::try_from(every).ok())
                .filter(|every| *every > 0)
                .unwrap_or(EVERY_SECS),
        });
    }
    fn note_unknown(&mut self, of: &str, table: Option<&Map<String, Value>>, known: &[&str]) {
        let unknown = table.into_iter().flat_map(Map::keys).filter(|key| !known.contains(&key.as_str()));
        let notes: Vec<Text> = unknown.map(|key| texts::watch::unknown_key(of, key)).collect();
        self.notes.extend(notes);
    }
}

/// A text that is kept to oneself; an empty one is none.
fn secret(table: &Value, key: &str) -> Option<Secret> {
    crate::model::text(table, key).map(Secret::new)
}
/// What stands in the place of an id: no more than a word of it.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLDER: &str = include_str!("../../../tests/fixtures/trueconf/settings_v1_no_tls_key.json");
    const NEWER: &str = include_str!("../../../tests/fixtures/trueconf/settings_v1_tls_key.json");
    const SECOND: &str = include_str!("../../../tests/fixtures/trueconf/settings_v2.toml.json");

    fn read(file: &str) -> Settings {
        Settings::read(file.as_bytes()).unwrap()
    }
    fn notes(settings: &Settings) -> Vec<String> {
        settings.notes.iter().map(Text::plain).collect()
    }

    #[test]
    fn both_forms_of_the_first_bot_are_read() {
        let older = read(OLDER);
        assert_eq!(older.users, ["111111111", "222222222"]);
        let shown: Vec<_> = older.servers.iter().map(|one| (one.name.as_str(), one.watched, one.every_secs)).collect();
        assert_eq!(shown, [("server #2", false, 15), ("video.example.com", false, 15), ("Сервер 3", true, 60)]);
        assert!(older.servers.iter().all(|server| server.tls == Tls::Off));
        assert_eq!(older.servers.iter().filter(|server| server.access_token.is_some()).count(), 1);
        let newer = read(NEWER);
        let tls: Vec<_> = newer.servers.iter().map(|one| (one.name.as_str(), &one.tls)).collect();
        assert_eq!(tls, [("a", &Tls::System), ("b", &Tls::Off), ("c", &Tls::Off)]);
        assert_eq!(notes(&newer), ["d was not imported: there is no certificate file C:/certificates/ca.crt here."]);
    }

    #[test]
    fn the_form_of_the_second_bot_is_read() {
        let file: Value = serde_json::from_str(SECOND).unwrap();
        let settings = read(file["toml_text"].as_str().unwrap());
        assert_eq!(settings.users, ["111111111"]);
        assert_eq!(settings.servers.len(), 1);
        assert_eq!(notes(&settings), ["The language ru of the file is not taken over: !lang chooses one for a chat."]);
    }

    #[test]
    fn odd_values_are_notes_and_nothing_secret_is_repeated() {
        let file = r#"{"tg-users-id": ["123", 123, " 77 ", -5, "@ann", null], "colour": 1, "tg-api-token": "1:CANARY",
            "servers": {"a": {"ip": "", "client_secret": "CANARY"}, "b": {"ip": "10.0.0.1", "x": "CANARY",
            "server_status": {"state": 1, "timeout": "30", "y": 1}}}}"#;
        let settings = read(file);
        assert_eq!(settings.users, ["123", "77"]);
        assert_eq!((settings.servers[0].watched, settings.servers[0].every_secs), (true, 30));
        insta::assert_snapshot!(notes(&settings).join("\n"), @"
        -5 in tg-users-id is no id of a person and was left out.
        @ann in tg-users-id is no id of a person and was left out.
        null in tg-users-id is no id of a person and was left out.
        The key colour is not known and was left out.
        a was not imported: its ip is no address.
        The key x of b is not known and was left out.
        The key y of b is not known and was left out.
        ");
        for broken in ["", "CANARY", "{\"CANARY\": CANARY", "[]", "{}", "a = \"CANARY", "\u{0}"] {
            let error = Settings::read(broken.as_bytes()).map(|_| ()).unwrap_err();
            assert!(!format!("{:#}", error.into_anyhow()).contains("CANARY"), "{broken}");
        }
    }
}
