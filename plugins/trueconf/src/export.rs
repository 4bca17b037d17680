//! Giving back what an import took: a settings file for the bot that TrueConf published.
use crate::{
    TrueConf,
    rights::Role,
    settings::{EVERY_SECS, Entry},
    texts,
};
use factotum_plugin_api::{http::Tls, prelude::*};
use serde_json::{Map, Value, json};

impl TrueConf {
    /// The file, and what of it is not as it was.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn exported(&self, network: &str) -> Result<(String, Vec<Text>)> {
        let mut entries = self.servers.export().await?;
        let watched = self.watch.all().await?;
        let (mut notes, mut servers) = (vec![], Map::new());
        for (server, entry) in self.servers.all().iter().zip(&mut entries) {
            if let Some(every) =
                watched.get(&server.slug).and_then(|chats| chats.values().map(|one| one.every_secs).min())
            {
                (entry.watched, entry.every_secs) = (true, every);
            }
            if let Tls::Pinned(_) = entry.tls {
                notes.push(texts::watch::pinned_not_exported(&entry.name));
            }
            if server.config.secret_key.is_some() {
                notes.push(texts::watch::key_not_exported(&entry.name));
            }
            servers.insert(entry.name.clone(), of_entry(entry));
        }
        let begins = format!("{network}:");
        let operators =
            self.rights.all().into_iter().filter(|(_, roles)| roles.values().any(|role| *role >= Role::Operator));
        let users = operators.filter_map(|(sender, _)| sender.strip_prefix(&begins)?.parse::<u64>().ok());
        let users: Vec<u64> = users.collect();
        notes.push(texts::watch::token_not_exported());
        let all = json!({ "tg-api-token": "", "tg-users-id": users, "servers": servers });
        Ok((format!("{all:#}\n"), notes))
    }
}

fn of_entry(entry: &Entry) -> Value {
    let shown = |secret: &Option<Secret>| secret.as_ref().map_or_else(String::new, |secret| secret.expose().to_owned());
    let tls = match &entry.tls {
        Tls::System => json!(true),
        Tls::CaFile(path) => json!(path.display().to_string()),
        Tls::Pinned(_) | Tls::Off => json!(false),
    };
    let every = if entry.watched { entry.every_secs } else { EVERY_SECS };
    json!({
        "ip": entry.address,
        "client_id": entry.client_id,
        "client_secret": shown(&entry.client_secret),
        "access_token": shown(&entry.access_token),
        "server_status": { "state": entry.watched, "timeout": every },
        "ssl_certificate": tls,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn what_was_read_comes_out_as_it_was() {
        let file = include_str!("../../../tests/fixtures/trueconf/settings_v1_tls_key.json");
        let written: Value = serde_json::from_str(file).unwrap();
        let settings = Settings::read(file.as_bytes()).unwrap();
        for entry in &settings.servers {
            let (mut given, mut wanted) = (of_entry(entry), written["servers"][&entry.name].clone());
            // The bot itself writes true and false where its example has 0.
            assert_eq!(given["server_status"]["state"].take(), json!(false));
            wanted["server_status"]["state"].take();
            if wanted["ssl_certificate"] == "" {
                wanted["ssl_certificate"] = json!(false);
            }
            assert_eq!(given, wanted, "{}", entry.name);
        }
        assert_eq!(settings.servers.len(), 3);
    }
}
