//! Taking over a settings file of the bots that TrueConf published: in a chat, in a shell,
//! and at the start. The same file twice changes nothing.
use crate::{
    TrueConf,
    rights::{Rights, Role},
    servers::{Imported, Servers},
    settings::Settings,
    texts,
    watch::{Follower, LEAST, MOST, Watch},
};
use factotum_plugin_api::{http::Tls, prelude::*, store::Table, variable::Way};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// People of a file that was imported in a shell, where nobody can be granted anything;
/// the next start does it. By sender, with the slugs of the servers.
pub(crate) type Waiting = Table<String, Vec<String>>;

/// What came of an import.
pub(crate) struct Done {
    /// How many servers were taken, unchanged ones among them.
    pub(crate) taken: usize,
    pub(crate) lines: Vec<Text>,
    /// The operators to be, with their servers.
    people: Vec<(String, Vec<String>)>,
}

/// Writes the servers of a file, and who watches them.
///
/// # Errors
/// When the store fails.
pub(crate) async fn take(servers: &Servers, watch: &Watch, settings: &Settings, network: &str) -> Result<Done> {
    let (mut lines, mut slugs) = (vec![], vec![]);
    for entry in &settings.servers {
        let (slug, came) = servers.import(entry).await?;
        let open = entry.tls == Tls::Off && came != Imported::OfConfig;
        lines.push(texts::watch::imported(&entry.name, &slug, came, open));
        // Later imports do not switch on again what was switched off.
        if entry.watched && came == Imported::Added {
            let every_secs = entry.every_secs.clamp(LEAST.as_secs(), MOST.as_secs());
            for user in &settings.users {
                watch.on(&slug, &ChatId::new(network, user), Follower { every_secs, thread: None }).await?;
            }
        }
        slugs.push(slug);
    }
    let people: Vec<(String, Vec<String>)> = match slugs.is_empty() {
        true => vec![],
        false => settings.users.iter().map(|user| (format!("{network}:{user}"), slugs.clone())).collect(),
    };
    if !people.is_empty() {
        let names: Vec<&str> = people.iter().map(|(person, _)| person.as_str()).collect();
        lines.push(texts::watch::operators(&names));
    }
    lines.extend(settings.notes.iter().cloned());
    Ok(Done { taken: slugs.len(), lines, people })
}

/// Makes people operators, unless they are more.
///
/// # Errors
/// When the store fails.
async fn appoint(rights: &Rights, sender: &str, slugs: &[String]) -> Result<bool> {
    rights
        .change(sender, |roles| {
            for slug in slugs {
                let role = roles.entry(slug.clone()).or_insert(Role::Operator);
                *role = (*role).max(Role::Operator);
            }
        })
        .await
}

impl TrueConf {
    /// Takes over a settings file.
    ///
    /// # Errors
    /// When it is none, or the store fails.
    pub(crate) async fn import_settings(&self, settings: &Settings, network: &str) -> Result<Done> {
        self.servers.load().await?;
        let done = take(&self.servers, &self.watch, settings, network).await?;
        self.servers.read().await?;
        for (person, slugs) in &done.people {
            appoint(&self.rights, person, slugs).await?;
        }
        Ok(done)
    }
    /// At the start: what the config and a shell have left to be done.
    pub(crate) async fn take_settings(&self) -> Result<()> {
        self.rights.renew().await?;
        for (person, slugs) in self.waiting.all(&[]).await? {
            appoint(&self.rights, &person, &slugs).await?;
            self.waiting.remove(&person).await?;
        }
        if let Some(file) = &self.config.settings {
            let settings = Settings::read(file.expose().as_bytes())?;
            let done = self.import_settings(&settings, &self.config.settings_network).await?;
            for line in done.lines {
                tracing::info!(line = line.plain(), "settings of TrueConf's bot");
            }
        }
        Ok(())
    }
}

/// What the environment variable `settings` of TrueConf's bot says, as keys of the config:
/// the token of the Telegram bot, its people as admins, and the file for this plugin.
pub(crate) fn of_environment(text: &str) -> Vec<(Way, Value)> {
    let Ok(settings) = Settings::read(text.as_bytes()) else { return vec![] };
    // Another program may have a variable of this name too.
    if settings.token.is_none() && settings.users.is_empty() {
        return vec![];
    }
    let mut keys = vec![(vec!["plugins", "trueconf", "settings"], json!(text))];
    if let Some(token) = &settings.token {
        keys.push((vec!["chats", "telegram", "token"], json!(token.expose())));
    }
    if !settings.users.is_empty() {
        let admins: Vec<String> = settings.users.iter().map(|user| format!("telegram:{user}")).collect();
        keys.push((vec!["admins"], json!(admins)));
    }
    keys
}

/// `factotum import trueconf FILE`, while the host is stopped.
async fn in_a_shell(
    file: Vec<u8>,
    options: factotum_plugin_api::import::Options,
    host: Host,
) -> Result<factotum_plugin_api::import::Report> {
    let settings = Settings::read(&file)?;
    let network = options.get("network").unwrap_or("telegram");
    let servers = Servers::open(&BTreeMap::new(), &host)?;
    let waiting: Waiting = host.store.table(WAITING)?;
    let done = take(&servers, &Watch::open(&host)?, &settings, network).await?;
    for (person, slugs) in &done.people {
        waiting.put(person, slugs).await?;
    }
    let lines = done.lines.iter().map(Text::plain).collect();
    Ok(factotum_plugin_api::import::Report { taken: done.taken, lines })
}

/// The table of [`Waiting`].
pub(crate) const WAITING: &str = "waiting";

factotum_plugin_api::register_import!(
    "trueconf",
    "settings.json of TrueConf's Telegram bot: servers and their people",
    "trueconf",
    in_a_shell
);
factotum_plugin_api::register_variable!("settings", of_environment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_of_the_bot_gives_token_people_and_servers_and_others_nothing() {
        let file = include_str!("../../../tests/fixtures/trueconf/settings_v1_no_tls_key.json");
        let keys = of_environment(file);
        let ways: Vec<String> = keys.iter().map(|(way, _)| way.join(".")).collect();
        assert_eq!(ways, ["plugins.trueconf.settings", "chats.telegram.token", "admins"]);
        assert_eq!(keys[1].1, "123456:TEST");
        assert_eq!(keys[2].1, json!(["telegram:111111111", "telegram:222222222"]));
        for other in ["", "dark", "{}", r#"{"servers": {}}"#, r#"{"servers": {"a": {"ip": "10.0.0.1"}}}"#] {
            assert!(of_environment(other).is_empty(), "{other}");
        }
    }
}
