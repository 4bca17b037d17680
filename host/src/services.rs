//! What the parts of the host share, and what they do for plugins.
pub mod dry;

use crate::{
    access::Rules,
    config::Loaded,
    journal::Journal,
    networks::Networks,
    outbox::Outbox,
    registry::{OpenTables, Registry},
};
use async_trait::async_trait;
use factotum_plugin_api::{
    Error, Result, Services,
    access::Grant,
    chat::ChatId,
    clock::Clock,
    jiff::Timestamp,
    notice::Notice,
    store::{Store, Table, Tables},
    text::{Text, bold},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, OnceLock, RwLock, Weak},
    time::Duration,
};
use tracing::warn;

/// How long the admins are not told the same thing again.
const TOLD_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// The stores, the networks, the rules and the clock.
pub struct Shared {
    /// The time.
    pub clock: Clock,
    /// When the host began.
    pub started_at: Timestamp,
    /// The config, with the source of each value.
    pub config: Loaded,
    /// The durable record.
    pub journal: Journal,
    store: Arc<dyn Store>,
    /// Who may run what.
    pub rules: Rules,
    /// Run-time rights, by plugin; the table is their durable form.
    grants: RwLock<BTreeMap<String, Vec<Grant>>>,
    grants_table: Table<String, Vec<Grant>>,
    // Filled in the order of the start, once each.
    networks: OnceLock<Networks>,
    outbox: OnceLock<Outbox>,
    registry: OnceLock<Weak<Registry>>,
    http: OnceLock<SocketAddr>,
}

impl Shared {
    /// The stores and rules of a host whose networks do not exist yet.
    ///
    /// # Errors
    /// What is wrong with the access rules; a store that cannot be read.
    pub async fn new(config: Loaded, store: Arc<dyn Store>, journal: Journal, clock: Clock) -> anyhow::Result<Self> {
        let grants_table: Table<String, Vec<Grant>> =
            Tables::new(store.clone(), "host").table("grants").map_err(Error::into_anyhow)?;
        let grants: BTreeMap<_, _> = grants_table.all(&[]).await.map_err(Error::into_anyhow)?.into_iter().collect();
        let access = config.config.access.clone();
        let rules = Rules::compile(config.config.admins.clone(), access.roles, access.rules);
        let rules = rules.map_err(|mistakes| anyhow::anyhow!("{}", mistakes.join("\n")))?;
        for (plugin, grants) in &grants {
            rules.set_grants(plugin, grants.clone());
        }
        Ok(Shared {
            started_at: clock.now(),
            clock,
            config,
            journal,
            store,
            rules,
            grants: RwLock::new(grants),
            grants_table,
            networks: OnceLock::new(),
            outbox: OnceLock::new(),
            registry: OnceLock::new(),
            http: OnceLock::new(),
        })
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
        let config = &self.config.config.http;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let local = || self.http().map(|address| format!("{scheme}://{address}"));
        config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()).or_else(local)
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
    pub(crate) fn set_http(&self, address: SocketAddr) {
        assert!(self.http.set(address).is_ok(), "the listener opens once");
    }
    /// Where the admins are told things: `admin_chat`, or each admin in private.
    pub fn admin_chats(&self) -> Vec<ChatId> {
        let config = &self.config.config;
        match &config.admin_chat {
            Some(chat) => vec![chat.clone()],
            None => config.admins.iter().filter_map(|admin| self.networks().private_chat(admin)).collect(),
        }
    }
    /// Tells the admins, once an hour for the same `about`.
    ///
    /// # Errors
    /// When the journal cannot write.
    pub async fn tell(&self, source: &str, about: &str, text: Text) -> anyhow::Result<()> {
        let key = format!("told:{source}:{about}");
        if self.journal.seen_within(&key, TOLD_AGAIN_AFTER).await? {
            return Ok(());
        }
        warn!(source, about, "admins told");
        let text = bold(format!("[{source}]")) + " " + text;
        let notices: Vec<Notice> = self.admin_chats().into_iter().map(|chat| Notice::new(chat, text.clone())).collect();
        if let Some(chats) = self.journal.enqueue(source, &notices, None).await? {
            self.outbox()?.wake(&chats);
        }
        Ok(())
    }
    async fn change_grants(&self, plugin: &str, change: impl Fn(&mut Vec<Grant>)) -> Result<()> {
        let key = plugin.to_owned();
        loop {
            let old = self.grants_table.get_at(&key).await?;
            let mut all = old.as_ref().map(|(grants, _)| grants.clone()).unwrap_or_default();
            change(&mut all);
            let written = match old {
                Some((_, revision)) => self.grants_table.compare_and_swap(&key, revision, &all).await?,
                None => self.grants_table.create(&key, &all).await?,
            };
            if written.is_some() {
                self.rules.set_grants(plugin, all.clone());
                self.grants.write().expect("no panic inside").insert(key, all);
                return Ok(());
            }
        }
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
        Ok(self.tell(plugin, about, text).await?)
    }
    async fn grant(&self, plugin: &'static str, grant: Grant) -> Result<()> {
        let add = |all: &mut Vec<Grant>| {
            if !all.contains(&grant) {
                all.push(grant.clone());
            }
        };
        self.change_grants(plugin, add).await
    }
    async fn revoke(&self, plugin: &'static str, grant: Grant) -> Result<bool> {
        let there = self.grants(plugin).contains(&grant);
        self.change_grants(plugin, |all| all.retain(|given| *given != grant)).await?;
        Ok(there)
    }
    fn grants(&self, plugin: &'static str) -> Vec<Grant> {
        self.grants.read().expect("no panic inside").get(plugin).cloned().unwrap_or_default()
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        Shared::networks(self).forms()
    }
}
