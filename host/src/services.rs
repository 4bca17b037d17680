//! What the parts of the host share, and what they do for plugins.
pub mod dry;
pub(crate) mod to_networks;

use crate::{
    access::Rules,
    config::{Change, Loaded},
    dialog::Questions,
    dispatch::people::People,
    health::{Health, TurnedAway, Unwell},
    journal::Journal,
    languages::Languages,
    links::Links,
    metrics::Metrics,
    networks::Networks,
    noise::Noise,
    outbox::Outbox,
    registry::{OpenTables, Registry},
    sampler::Sampler,
    texts::{self, News},
};
use anyhow::Context;
use async_trait::async_trait;
use factotum_plugin_api::{
    Error, Result, Services,
    access::Grant,
    chat::ChatId,
    clock::Clock,
    jiff::Timestamp,
    language::Language,
    notice::Notice,
    outbox::GivenUp,
    store::{Store, Table, Tables},
    text::{Text, bold},
};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    net::SocketAddr,
    sync::{Arc, OnceLock, RwLock, Weak},
    time::Duration,
};
use tracing::{error, warn};

/// How long the admins are not told the same thing again.
const TOLD_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// A config, and what is made of it.
struct Settings {
    config: Arc<Loaded>,
    /// What the listener and the networks were made of.
    at_start: Arc<Loaded>,
    rules: Arc<Rules>,
}

/// The stores, the networks, the rules and the clock.
pub struct Shared {
    /// The time.
    pub clock: Clock,
    /// When the host began.
    pub started_at: Timestamp,
    /// The durable record.
    pub journal: Journal,
    /// What is counted.
    pub metrics: Metrics,
    /// How the networks have fared.
    pub links: Links,
    store: Arc<dyn Store>,
    /// What the config says now; swapped whole.
    settings: RwLock<Settings>,
    /// The questions that wait for an answer.
    pub questions: Questions,
    grants: Arc<Grants>,
    /// The languages that people and chats have chosen.
    pub(crate) languages: Languages,
    /// What chats do not want to hear.
    pub(crate) noise: Noise,
    /// What is remembered of the people who talk to the bot.
    pub people: People,
    /// Which denied commands are kept, by sender.
    pub(crate) denied: Sampler<String>,
    // Filled in the order of the start, once each.
    networks: OnceLock<Networks>,
    outbox: OnceLock<Outbox>,
    registry: OnceLock<Weak<Registry>>,
    http: OnceLock<SocketAddr>,
    store_health: OnceLock<Health>,
    turned_away: TurnedAway,
    /// What else follows a new config: the log.
    follow: OnceLock<Follow>,
}

/// Takes what it needs from a new config.
pub(crate) type Follow = Box<dyn Fn(&Loaded) + Send + Sync>;

impl Shared {
    /// The stores and rules of a host whose networks do not exist yet.
    ///
    /// # Errors
    /// What is wrong with the access rules; a store that cannot be read.
    pub async fn new(config: Loaded, store: Arc<dyn Store>, journal: Journal, clock: Clock) -> anyhow::Result<Self> {
        let access = config.config.access.clone();
        let rules = Rules::compile(config.config.admins.clone(), access.roles, access.rules);
        let rules = rules.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?;
        let rules = Arc::new(rules.following(journal.moved().clone()));
        let config = Arc::new(config);
        let grants = Grants::read(store.clone(), rules.clone()).await.map_err(Error::into_anyhow)?;
        let languages = Languages::read(store.clone(), journal.moved().clone()).await.map_err(Error::into_anyhow)?;
        let noise = Noise::read(store.clone()).await.map_err(Error::into_anyhow)?;
        let metrics = Metrics::default();
        journal.observe(metrics.clone());
        Ok(Shared {
            started_at: clock.now(),
            metrics,
            links: Links::new(clock.clone()),
            journal,
            store,
            settings: RwLock::new(Settings { config: config.clone(), at_start: config, rules }),
            questions: Questions::default(),
            grants: Arc::new(grants),
            languages,
            noise,
            people: People::default(),
            denied: Sampler::new(clock.clone()),
            clock,
            networks: OnceLock::new(),
            outbox: OnceLock::new(),
            registry: OnceLock::new(),
            http: OnceLock::new(),
            store_health: OnceLock::new(),
            turned_away: TurnedAway::default(),
            follow: OnceLock::new(),
        })
    }
    /// The config of now, with the source of each value.
    pub fn config(&self) -> Arc<Loaded> {
        self.settings.read().expect("no panic inside").config.clone()
    }
    /// The config that the listener and the networks were made of.
    pub(crate) fn config_at_start(&self) -> Arc<Loaded> {
        self.settings.read().expect("no panic inside").at_start.clone()
    }
    /// Who may run what, now.
    pub fn rules(&self) -> Arc<Rules> {
        self.settings.read().expect("no panic inside").rules.clone()
    }
    /// From now on this is the config. Whoever swaps it holds the registry's lock.
    pub(crate) fn set_config(&self, config: Arc<Loaded>, rules: Arc<Rules>) {
        let mut settings = self.settings.write().expect("no panic inside");
        (settings.config, settings.rules) = (config, rules);
        drop(settings);
        if let Some(follow) = self.follow.get() {
            follow(&self.config());
        }
    }
    /// What in the config of now comes with the next start only.
    pub fn after_restart(&self) -> Vec<Change> {
        let (old, new) = {
            let settings = self.settings.read().expect("no panic inside");
            (settings.at_start.clone(), settings.config.clone())
        };
        old.changes(&new).into_iter().filter(|change| !change.is_live()).collect()
    }
    /// The configured networks; none before they exist.
    pub fn networks(&self) -> &Networks {
        static NONE: Networks = Networks(BTreeMap::new());
        self.networks.get().unwrap_or(&NONE)
    }
    /// The outbox.
    ///
    /// # Errors
    /// Before the host has started.
    pub fn outbox(&self) -> anyhow::Result<&Outbox> {
        self.outbox.get().ok_or_else(not_started)
    }
    /// The plugins.
    ///
    /// # Errors
    /// Before the host has started and after it has stopped.
    pub fn registry(&self) -> anyhow::Result<Arc<Registry>> {
        self.registry.get().and_then(Weak::upgrade).ok_or_else(not_started)
    }
    /// What can be typed and called now.
    ///
    /// # Errors
    /// As [`registry`](Self::registry).
    pub fn open_tables(&self) -> anyhow::Result<Arc<OpenTables>> {
        Ok(self.registry()?.open())
    }
    /// Where the hooks listen, once they do.
    pub fn http(&self) -> Option<SocketAddr> {
        self.http.get().copied()
    }
    /// The address under which senders reach the hooks, without a slash at its end.
    pub fn hooks_url(&self) -> Option<String> {
        let config = self.config();
        let config = &config.config.http;
        let tls = self.settings.read().expect("no panic inside").at_start.config.http.tls.is_some();
        let scheme = if tls { "https" } else { "http" };
        let local = || self.http().map(|address| format!("{scheme}://{address}"));
        config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()).or_else(local)
    }
    /// What cannot be written now, and why; empty while all is well. Cheap.
    pub fn health(&self) -> Vec<Unwell> {
        let parts = [Some(self.journal.health()), self.store_health.get()];
        parts.into_iter().flatten().filter_map(Health::unwell).collect()
    }
    /// How many requests were answered 503 since the start.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.total()
    }
    /// How many of them since something cannot be written; 0 while all is well.
    pub fn turned_away_lately(&self) -> u64 {
        self.turned_away.lately()
    }
    /// A request was answered 503.
    pub(crate) fn count_turned_away(&self) {
        self.turned_away.count(!self.health().is_empty());
    }
    pub(crate) fn take_turned_away(&self) -> u64 {
        self.turned_away.take_lately()
    }
    pub(crate) fn set_store_health(&self, health: Health) {
        assert!(self.store_health.set(health).is_ok(), "the store is opened once");
    }
    pub(crate) fn set_networks(&self, networks: Networks) {
        assert!(self.networks.set(networks).is_ok(), "networks are made once");
    }
    pub(crate) fn set_outbox(&self, outbox: Outbox) {
        assert!(self.outbox.set(outbox).is_ok(), "the outbox is made once");
    }
    pub(crate) fn set_registry(&self, registry: &Arc<Registry>) {
        assert!(self.registry.set(Arc::downgrade(registry)).is_ok(), "the registry is made once");
    }
    pub(crate) fn set_follow(&self, follow: Follow) {
        assert!(self.follow.set(follow).is_ok(), "one log follows the config");
    }
    pub(crate) fn set_http(&self, address: SocketAddr) {
        assert!(self.http.set(address).is_ok(), "the listener opens once");
    }
    /// Where the admins are told things: `admin_chat`, or each admin in private.
    pub fn admin_chats(&self) -> Vec<ChatId> {
        let config = self.config();
        let config = &config.config;
        match &config.admin_chat {
            Some(chat) => vec![self.journal.moved().now(chat)],
            None => self.admins_in_private(),
        }
    }
    /// The private chats of the admins whose networks can write to them first.
    pub(crate) fn admins_in_private(&self) -> Vec<ChatId> {
        self.config().config.admins.iter().filter_map(|admin| self.networks().private_chat(admin)).collect()
    }
    /// Tells the admins, once an hour for the same `about`; `text` is made for each of
    /// their chats, in its language.
    ///
    /// # Errors
    /// When the journal cannot write: then it does not count as told.
    pub async fn tell(&self, source: &str, about: &str, text: impl Fn() -> Text + Send) -> anyhow::Result<()> {
        self.tell_in(&self.admin_chats(), source, about, text).await
    }
    /// Tells the admins of damage, once an hour for the same words: another damage is
    /// other news, however short the time between.
    ///
    /// # Errors
    /// As [`tell`](Self::tell).
    pub(crate) async fn tell_news(&self, about: &str, news: &[News]) -> anyhow::Result<()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(news.join(" "));
        self.tell("host", &format!("{about} {hash:016x}"), || News::all(news)).await
    }
    /// Tells the admins which of the operator's own texts cannot be used, if any.
    pub(crate) async fn tell_of_broken_texts(&self) {
        let config = self.config();
        let broken = config.broken_texts();
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(broken);
        let (about, text) = (format!("texts {hash:016x}"), || texts::own_texts_broken(broken));
        if !broken.is_empty()
            && let Err(error) = self.tell("host", &about, text).await
        {
            error!(error = format!("{error:#}"), "the admins could not be told of broken texts");
        }
    }
    /// As [`tell`](Self::tell), in these chats alone.
    pub(crate) async fn tell_in(
        &self,
        to: &[ChatId],
        source: &str,
        about: &str,
        text: impl Fn() -> Text + Send,
    ) -> anyhow::Result<()> {
        if to.is_empty() {
            // Not noted as told: whoever becomes an admin within the hour hears of it.
            warn!(source, about, "there is no admin's chat to tell");
            return Ok(());
        }
        let key = format!("told:{source}:{about}");
        let text_of = |chat| bold(format!("[{source}]")) + " " + self.language_of_chat(chat).within(&text);
        let notices: Vec<Notice> = to.iter().map(|chat| Notice::new(chat.clone(), text_of(chat))).collect();
        if let Some(chats) = self.journal.enqueue_once_within(source, &notices, &key, TOLD_AGAIN_AFTER).await? {
            warn!(source, about, "admins told");
            self.outbox()?.wake(&chats);
        }
        Ok(())
    }
}

/// Run-time rights. The table is their durable form; what is in memory follows it.
struct Grants {
    table: Table<String, Vec<Grant>>,
    by_plugin: RwLock<BTreeMap<String, Vec<Grant>>>,
    rules: Arc<Rules>,
    /// Held from the read of the table until memory says the same, so that an older
    /// change cannot overtake a newer one there.
    changing: tokio::sync::Mutex<()>,
}

impl Grants {
    async fn read(store: Arc<dyn Store>, rules: Arc<Rules>) -> Result<Self> {
        let table: Table<String, Vec<Grant>> = Tables::new(store, "host").table("grants")?;
        let by_plugin: BTreeMap<_, _> = table.all(&[]).await?.into_iter().collect();
        for (plugin, grants) in &by_plugin {
            rules.set_grants(plugin, grants.clone());
        }
        Ok(Grants { table, by_plugin: RwLock::new(by_plugin), rules, changing: tokio::sync::Mutex::default() })
    }
    /// Changes the rights that a plugin gave, on disk and in memory; gives what
    /// `change` does. It goes on when its caller is aborted.
    async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        plugin: &str,
        change: impl Fn(&mut Vec<Grant>) -> T + Send + Sync + 'static,
    ) -> Result<T> {
        let (grants, plugin) = (self.clone(), plugin.to_owned());
        let task = tokio::spawn(async move {
            let _changing = grants.changing.lock().await;
            loop {
                let old = grants.table.get_at(&plugin).await?;
                let mut all = old.as_ref().map(|(grants, _)| grants.clone()).unwrap_or_default();
                let done = change(&mut all);
                let written = match old {
                    Some((_, revision)) => grants.table.compare_and_swap(&plugin, revision, &all).await?,
                    None => grants.table.create(&plugin, &all).await?,
                };
                if written.is_some() {
                    grants.rules.set_grants(&plugin, all.clone());
                    grants.by_plugin.write().expect("no panic inside").insert(plugin, all);
                    return Ok(done);
                }
            }
        });
        task.await.context("changing run-time rights")?
    }
}

fn not_started() -> anyhow::Error {
    anyhow::anyhow!("the host is not running")
}

#[async_trait]
impl Services for Shared {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
    async fn post(&self, plugin: &'static str, notice: Notice, dedupe: Option<String>) -> Result<bool> {
        match self.journal.enqueue(plugin, &[notice], dedupe.as_deref()).await? {
            Some(chats) => {
                self.outbox()?.wake(&chats);
                Ok(true)
            }
            None => Ok(false),
        }
    }
    async fn tell_admins(&self, plugin: &'static str, about: &str, text: Text) -> Result<()> {
        Ok(self.tell(plugin, about, || text.clone()).await?)
    }
    async fn grant(&self, plugin: &'static str, grant: Grant) -> Result<()> {
        let add = move |all: &mut Vec<Grant>| {
            if !all.contains(&grant) {
                all.push(grant.clone());
            }
        };
        self.grants.change(plugin, add).await
    }
    async fn revoke(&self, plugin: &'static str, grant: Grant) -> Result<bool> {
        let remove = move |all: &mut Vec<Grant>| {
            let there = all.contains(&grant);
            all.retain(|given| *given != grant);
            there
        };
        self.grants.change(plugin, remove).await
    }
    fn grants(&self, plugin: &'static str) -> Vec<Grant> {
        self.grants.by_plugin.read().expect("no panic inside").get(plugin).cloned().unwrap_or_default()
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        Shared::networks(self).forms()
    }
    async fn reach(&self, chat: &ChatId) -> Option<String> {
        Shared::networks(self).reach(chat, &self.clock).await
    }
    fn edits(&self, chat: &ChatId) -> bool {
        Shared::networks(self).get(&chat.network).is_some_and(|network| network.limits().edits)
    }
    fn language_of(&self, chat: &ChatId) -> Language {
        self.language_of_chat(chat)
    }
    fn chat_now(&self, chat: &ChatId) -> ChatId {
        self.journal.moved().now(chat)
    }
    async fn was_kept(&self, request: u64, at: Timestamp) -> Result<bool> {
        Ok(self.journal.was_kept(request, at).await?)
    }
    async fn given_up(&self, plugin: &'static str) -> Result<Vec<GivenUp>> {
        Ok(self.journal.given_up(plugin).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DryStore;

    fn grant(sender: &str) -> Grant {
        Grant { command: "travis *".into(), sender: sender.into(), args: BTreeMap::new() }
    }

    #[tokio::test]
    async fn a_change_of_rights_goes_on_without_its_caller() {
        let grants = Grants::read(Arc::new(DryStore::over(None)), Arc::default()).await.unwrap();
        let grants = Arc::new(grants);
        let add = |sender: &str| {
            let grant = grant(sender);
            grants.change("travishook", move |all| all.push(grant.clone()))
        };
        // The first handler is aborted when it has hardly begun.
        tokio::select! {
            biased;
            _ = add("irc:ann") => panic!("it waits for its task"),
            () = std::future::ready(()) => {}
        }
        add("irc:bob").await.unwrap();
        let expected = vec![grant("irc:ann"), grant("irc:bob")];
        assert_eq!(grants.by_plugin.read().unwrap()["travishook"], expected);
        assert_eq!(grants.table.get(&"travishook".to_owned()).await.unwrap(), Some(expected));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn memory_says_what_the_table_says_after_many_changes_at_once() {
        let grants = Arc::new(Grants::read(Arc::new(DryStore::over(None)), Arc::default()).await.unwrap());
        let change = |n: u32| {
            let grants = grants.clone();
            tokio::spawn(async move {
                let one = grant(&format!("irc:{}", n / 2));
                let toggle = move |all: &mut Vec<Grant>| match all.iter().position(|given| *given == one) {
                    Some(at) => drop(all.remove(at)),
                    None => all.push(one.clone()),
                };
                grants.change("travishook", toggle).await.unwrap();
            })
        };
        for task in (0..101).map(change).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let expected = vec![grant("irc:50")];
        assert_eq!(grants.by_plugin.read().unwrap()["travishook"], expected);
        assert_eq!(grants.table.get(&"travishook".to_owned()).await.unwrap(), Some(expected));
    }
}
