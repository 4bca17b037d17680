//! The registry of servers: those of the config, and those that were added in a chat.
//!
//! A server has a name, which people see, and a slug, a short form of it that commands
//! and buttons use. A server of the config hides an added one of the same slug.
mod importing;

pub(crate) use importing::Imported;

use crate::{
    api::{Client, Fault, StoredToken},
    config::ServerConfig,
    texts,
};
use factotum_plugin_api::{Error, Host, Result, http::Tls, store::Table, user_error};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::OnceCell;
use tracing::warn;

/// A server that was added in a chat, by its slug in the table `servers`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Added {
    /// The name that people see.
    pub(crate) name: String,
    pub(crate) server: ServerConfig,
}

/// A certificate that an admin trusts, by the server's slug in the table `pins`.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pin {
    fingerprint: String,
    /// For which address: another one has another certificate.
    address: String,
}

/// Where a server comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `[plugins.trueconf.servers.NAME]`.
    Config,
    /// `!trueconf add`, or an import.
    Chat,
}

/// A server.
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) origin: Origin,
    pub(crate) config: ServerConfig,
    /// What calls it, or what keeps it from being called.
    client: Result<Client, Fault>,
    /// How long its last good answer to a command took; a server that is slow by nature
    /// is waited for.
    usual: Mutex<Duration>,
}

impl Server {
    /// What calls it.
    ///
    /// # Errors
    /// What is wrong with its record, such as a certificate file that is gone.
    pub(crate) fn api(&self) -> Result<&Client, Fault> {
        self.client.as_ref().map_err(Clone::clone)
    }
    /// Whether its certificate is not looked at.
    pub(crate) fn is_open_to_anyone(&self) -> bool {
        self.config.tls == Tls::Off || self.config.address.trim().to_lowercase().starts_with("http://")
    }
    pub(crate) fn usual(&self) -> Duration {
        *self.usual.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn set_usual(&self, took: Duration) {
        *self.usual.lock().unwrap_or_else(PoisonError::into_inner) = took;
    }
}

/// What a word means.
pub(crate) enum Found {
    One(Arc<Server>),
    /// Their slugs.
    Several(Vec<String>),
    None,
}

/// All servers.
pub(crate) struct Servers {
    host: Host,
    /// By their slug.
    of_config: BTreeMap<String, (String, ServerConfig)>,
    added: Table<String, Added>,
    pins: Table<String, Pin>,
    tokens: Table<String, StoredToken>,
    /// By their slug.
    known: RwLock<BTreeMap<String, Arc<Server>>>,
    loaded: OnceCell<()>,
}

impl Servers {
    /// Those of the config; the others are read by [`load`](Self::load).
    ///
    /// # Errors
    /// What is wrong with one, by its name.
    pub(crate) fn open(config: &BTreeMap<String, ServerConfig>, host: &Host) -> Result<Arc<Self>> {
        let (added, pins) = (host.store.table("servers")?, host.store.table("pins")?);
        let tokens = host.store.table("tokens")?;
        let (mut of_config, mut known) = (BTreeMap::new(), BTreeMap::new());
        for (name, server) in config {
            let slug = unused(&slug(name), |slug| of_config.contains_key(slug));
            let made = made(name, &slug, Origin::Config, server.clone(), host, &tokens);
            if let Err(Fault::Setup(why)) = &made.client {
                return Err(user_error(format!("servers.{name}: {why}")));
            }
            known.insert(slug.clone(), Arc::new(made));
            of_config.insert(slug, (name.clone(), server.clone()));
        }
        let host = host.clone();
        let (known, loaded) = (RwLock::new(known), OnceCell::new());
        Ok(Arc::new(Servers { host, of_config, added, pins, tokens, known, loaded }))
    }
    /// Reads those that were added, once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn load(&self) -> Result<()> {
        self.loaded.get_or_try_init(|| self.read()).await.copied()
    }
    /// Reads the tables again: after an import.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(&self) -> Result<()> {
        let pins: BTreeMap<String, Pin> = self.pins.all(&[]).await?.into_iter().collect();
        let pinned = |slug: &str, mut server: ServerConfig| {
            if let Some(pin) = pins.get(slug).filter(|pin| pin.address == server.address) {
                server.tls = Tls::Pinned(pin.fingerprint.clone());
            }
            server
        };
        let of_config =
            self.of_config.iter().map(|(slug, (name, server))| (slug, name, Origin::Config, server.clone()));
        let added = self.added.all(&[]).await?;
        let added = added.iter().filter(|(slug, _)| !self.of_config.contains_key(slug));
        let added = added.map(|(slug, added)| (slug, &added.name, Origin::Chat, added.server.clone()));
        let mut all = BTreeMap::new();
        for (slug, name, origin, server) in of_config.chain(added) {
            let made = made(name, slug, origin, pinned(slug, server), &self.host, &self.tokens);
            if let Err(fault) = &made.client {
                warn!(server = slug, ?fault, "a server of the store cannot be called");
            }
            all.insert(slug.clone(), Arc::new(made));
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }
    /// All, by their names.
    pub(crate) fn all(&self) -> Vec<Arc<Server>> {
        let mut all: Vec<Arc<Server>> =
            self.known.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        all.sort_by_cached_key(|server| server.name.to_lowercase());
        all
    }
    /// The server of a slug.
    pub(crate) fn get(&self, slug: &str) -> Option<Arc<Server>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(slug).cloned()
    }
    /// What a word means: a slug, a name, or the beginning of one, in any case.
    pub(crate) fn find(&self, word: &str) -> Found {
        let all = self.all();
        let word = word.trim().to_lowercase();
        let (by_slug, by_name) =
            (|server: &&Arc<Server>| server.slug == word, |server: &&Arc<Server>| server.name.to_lowercase() == word);
        if let Some(found) = all.iter().find(by_slug) {
            return Found::One(found.clone());
        }
        let named: Vec<&Arc<Server>> = all.iter().filter(by_name).collect();
        let begins =
            |server: &&Arc<Server>| server.slug.starts_with(&word) || server.name.to_lowercase().starts_with(&word);
        let found = match named.is_empty() && !word.is_empty() {
            true => all.iter().filter(begins).collect(),
            false => named,
        };
        match found[..] {
            [] => Found::None,
            [one] => Found::One(one.clone()),
            _ => Found::Several(found.iter().map(|server| server.slug.clone()).collect()),
        }
    }
    /// The server that a word means.
    ///
    /// # Errors
    /// Names those that it could be, or those that there are.
    pub(crate) fn named(&self, word: &str) -> Result<Arc<Server>> {
        match self.find(word) {
            Found::One(server) => Ok(server),
            Found::Several(slugs) => Err(user_error(texts::ambiguous(word, &slugs))),
            Found::None if self.all().is_empty() => Err(user_error(texts::no_servers())),
            Found::None => {
                let slugs: Vec<String> = self.all().iter().map(|server| server.slug.clone()).collect();
                Err(user_error(texts::no_such_server(word, &slugs)))
            }
        }
    }
    /// What access rules see of the words that name a server: the slugs of those that a
    /// command will speak of.
    pub(crate) fn for_rules(&self, words: &[String]) -> Vec<String> {
        let all = self.all();
        let slugs = || all.iter().map(|server| server.slug.clone()).collect();
        match (words, &all[..]) {
            // Then any word is something else of this server: a conference.
            (_, [only]) => vec![only.slug.clone()],
            ([], _) => slugs(),
            ([word, ..], _) if word.eq_ignore_ascii_case("all") => slugs(),
            ([word, ..], _) => match self.find(word) {
                Found::One(server) => vec![server.slug.clone()],
                Found::Several(slugs) => slugs,
                Found::None => vec![word.clone()],
            },
        }
    }
    /// Adds a server; its slug. One of the same name and address is changed.
    ///
    /// # Errors
    /// When its address is none, its name is taken, or the store fails.
    pub(crate) async fn add(&self, name: &str, server: ServerConfig) -> Result<Arc<Server>> {
        self.load().await?;
        let name = name.trim();
        if let Some(taken) = self.all().iter().find(|known| known.name.to_lowercase() == name.to_lowercase()) {
            return Err(user_error(texts::name_taken(&taken.name)));
        }
        let slug = unused(&slug(name), |slug| self.get(slug).is_some());
        let made = made(name, &slug, Origin::Chat, server.clone(), &self.host, &self.tokens);
        if let Err(Fault::Setup(why)) = &made.client {
            return Err(user_error(why));
        }
        if self.added.create(&slug, &Added { name: name.to_owned(), server }).await?.is_none() {
            return Err(user_error(texts::name_taken(name)));
        }
        self.read().await?;
        Ok(self.get(&slug).unwrap_or_else(|| Arc::new(made)))
    }
    /// Forgets an added server, its token and its certificate.
    ///
    /// # Errors
    /// When it is one of the config, or the store fails.
    pub(crate) async fn remove(&self, server: &Server) -> Result<()> {
        if server.origin == Origin::Config {
            return Err(user_error(texts::of_config(&server.name)));
        }
        self.added.remove(&server.slug).await?;
        self.pins.remove(&server.slug).await?;
        self.tokens.remove(&server.slug).await?;
        self.read().await
    }
    /// Trusts this certificate of a server from now on, and no other.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn pin(&self, server: &Server, fingerprint: String) -> Result<()> {
        let address = server.config.address.clone();
        self.pins.put(&server.slug, &Pin { fingerprint, address }).await?;
        self.read().await
    }
}

fn made(
    name: &str,
    slug: &str,
    origin: Origin,
    config: ServerConfig,
    host: &Host,
    tokens: &Table<String, StoredToken>,
) -> Server {
    let client = Client::new(slug, &config, host, tokens).map_err(|error| match error {
        Error::User(why) => Fault::Setup(why),
        other => Fault::Setup(format!("{:#}", other.into_anyhow())),
    });
    let (name, slug) = (name.to_owned(), slug.to_owned());
    Server { name, slug, origin, config, client, usual: Mutex::default() }
}

/// A short form of a name that is easily typed: `Видеосервер филиал 1` is
/// `videoserver-filial-1`.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '.' | '_' => slug.push(c),
            c if latin(c).is_some() => slug.push_str(latin(c).unwrap_or_default()),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    let slug: String = slug.trim_end_matches('-').chars().take(32).collect();
    match slug.trim_end_matches('-') {
        // `all` is every server.
        "" | "all" => "server".into(),
        slug => slug.to_owned(),
    }
}
/// A Cyrillic letter in Latin ones, as passports have them.
fn latin(c: char) -> Option<&'static str> {
    const LETTERS: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh",
        "ts", "ch", "sh", "shch", "", "y", "", "e", "iu", "ia",
    ];
    match c {
        'ё' => Some("e"),
        'а'..='я' => LETTERS.get(c as usize - 'а' as usize).copied(),
        _ => None,
    }
}
/// `slug`, or `slug-2` and so on where it is used.
fn unused(slug: &str, used: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n| format!("{slug}-{n}"));
    let mut all = std::iter::once(slug.to_owned()).chain(numbered);
    all.find(|slug| !used(slug)).expect("there is always another number")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_short_and_typed_easily() {
        let rows = [
            ("192.168.0.1", "192.168.0.1"),
            ("server #2", "server-2"),
            ("Сервер 3", "server-3"),
            ("Видеосервер филиал 1", "videoserver-filial-1"),
            ("  <b>", "b"),
            ("日本", "server"),
            ("All", "server"),
        ];
        for (name, expected) in rows {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(unused("a", |slug| ["a", "a-2"].contains(&slug)), "a-3");
    }

    proptest! {
        #[test]
        fn a_slug_is_one_word_and_its_own_slug(name in any::<String>()) {
            let made = slug(&name);
            prop_assert!((1..=32).contains(&made.len()) && !made.contains(char::is_whitespace), "{made}");
            prop_assert_eq!(slug(&made), made);
        }
    }
}
