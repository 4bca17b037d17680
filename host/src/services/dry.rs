//! A host that does nothing: for trying a plugin's config, and for reading its
//! tables of commands and hooks, without side effects.
use crate::store::DryStore;
use async_trait::async_trait;
use factotum_plugin_api::{
    Error, Host, Registration, Result, Services, Started,
    access::Grant,
    chat::{ChatId, Connected, NetworkRegistration},
    clock::Clock,
    http::Http,
    jiff::Timestamp,
    language::Language,
    notice::Notice,
    outbox::GivenUp,
    store::Store,
    text::Text,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps writes in memory and posts nothing.
pub struct DryServices {
    store: Arc<dyn Store>,
    /// What tells of rights and networks, where there is a host.
    beside: Option<Arc<dyn Services>>,
    posted: Posted,
}

/// What a dry run would have posted beside the notices of its outcome: to whom, and what.
#[derive(Clone, Default)]
pub struct Posted(Arc<Mutex<Vec<(String, Text)>>>);

impl Posted {
    /// All of it.
    pub fn take(&self) -> Vec<(String, Text)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
    fn add(&self, to: String, text: Text) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((to, text));
    }
}

impl DryServices {
    /// Over what another store holds, or over nothing.
    pub fn over(below: Option<Arc<dyn Store>>) -> Self {
        DryServices { store: Arc::new(DryStore::over(below)), beside: None, posted: Posted::default() }
    }
    /// Beside a host at work: reads see what it has. What is posted is kept.
    pub fn beside(host: Arc<dyn Services>) -> (Self, Posted) {
        let dry = DryServices { beside: Some(host.clone()), ..Self::over(Some(host.store())) };
        let posted = dry.posted.clone();
        (dry, posted)
    }
    /// Starts a second instance of a plugin, which changes nothing.
    ///
    /// # Errors
    /// What the plugin says of its config.
    pub fn start(self, plugin: &Registration, config: serde_json::Value, clock: Clock) -> anyhow::Result<Started> {
        let mut host = Host::new(plugin.name, Arc::new(self), clock);
        host.http = Http::reading_only();
        (plugin.start)(config, host).map_err(Error::into_anyhow)
    }
    /// Makes a network of this config, which connects to nothing; gives what it serves.
    ///
    /// # Errors
    /// What the network says of its config.
    pub fn connect(
        self,
        kind: &NetworkRegistration,
        name: &str,
        config: serde_json::Value,
    ) -> anyhow::Result<Connected> {
        let mut host = Host::new("chats", Arc::new(self), Clock::system());
        host.http = Http::reading_only();
        (kind.connect)(name, config, host).map_err(Error::into_anyhow)
    }
}

#[async_trait]
impl Services for DryServices {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
    async fn post(&self, _: &'static str, notice: Notice, _: Option<String>) -> Result<bool> {
        self.posted.add(notice.to.to_string(), notice.text);
        Ok(true)
    }
    async fn tell_admins(&self, _: &'static str, _: &str, text: Text) -> Result<()> {
        self.posted.add("the admins".into(), text);
        Ok(())
    }
    async fn grant(&self, _: &'static str, _: Grant) -> Result<()> {
        Ok(())
    }
    async fn revoke(&self, _: &'static str, _: Grant) -> Result<bool> {
        Ok(false)
    }
    fn grants(&self, plugin: &'static str) -> Vec<Grant> {
        self.beside.as_ref().map(|host| host.grants(plugin)).unwrap_or_default()
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        self.beside.as_ref().map(|host| host.networks()).unwrap_or_default()
    }
    async fn reach(&self, chat: &ChatId) -> Option<String> {
        self.beside.as_ref()?.reach(chat).await
    }
    fn edits(&self, chat: &ChatId) -> bool {
        self.beside.as_ref().is_some_and(|host| host.edits(chat))
    }
    fn language_of(&self, chat: &ChatId) -> Language {
        self.beside.as_ref().map(|host| host.language_of(chat)).unwrap_or_default()
    }
    fn chat_now(&self, chat: &ChatId) -> ChatId {
        self.beside.as_ref().map_or_else(|| chat.clone(), |host| host.chat_now(chat))
    }
    async fn was_kept(&self, request: u64, at: Timestamp) -> Result<bool> {
        match &self.beside {
            Some(host) => host.was_kept(request, at).await,
            None => Ok(false),
        }
    }
    async fn given_up(&self, plugin: &'static str) -> Result<Vec<GivenUp>> {
        match &self.beside {
            Some(host) => host.given_up(plugin).await,
            None => Ok(vec![]),
        }
    }
}
