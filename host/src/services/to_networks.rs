//! What the host lends to its networks. They are among what its parts share, so that
//! one that kept all of it would keep the host itself for ever.
use super::{Shared, not_started};
use async_trait::async_trait;
use factotum_plugin_api::{
    Result, Services, access::Grant, chat::ChatId, language::Language, notice::Notice, store::Store, text::Text,
};
use std::sync::{Arc, Weak};

/// The host, as long as it runs.
pub(crate) struct ToNetworks {
    shared: Weak<Shared>,
    store: Arc<dyn Store>,
}

impl ToNetworks {
    /// Of this host.
    pub(crate) fn of(shared: &Arc<Shared>) -> Self {
        ToNetworks { shared: Arc::downgrade(shared), store: shared.store() }
    }
    fn shared(&self) -> Result<Arc<Shared>> {
        Ok(self.shared.upgrade().ok_or_else(not_started)?)
    }
}

#[async_trait]
impl Services for ToNetworks {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
    async fn post(&self, plugin: &'static str, notice: Notice, dedupe: Option<String>) -> Result<bool> {
        self.shared()?.post(plugin, notice, dedupe).await
    }
    async fn tell_admins(&self, plugin: &'static str, about: &str, text: Text) -> Result<()> {
        self.shared()?.tell_admins(plugin, about, text).await
    }
    async fn grant(&self, plugin: &'static str, grant: Grant) -> Result<()> {
        self.shared()?.grant(plugin, grant).await
    }
    async fn revoke(&self, plugin: &'static str, grant: Grant) -> Result<bool> {
        self.shared()?.revoke(plugin, grant).await
    }
    fn grants(&self, plugin: &'static str) -> Vec<Grant> {
        self.shared().map(|shared| shared.grants(plugin)).unwrap_or_default()
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        self.shared().map(|shared| shared.networks().forms()).unwrap_or_default()
    }
    fn language_of(&self, chat: &ChatId) -> Language {
        self.shared().map(|shared| shared.language_of_chat(chat)).unwrap_or_default()
    }
    fn chat_now(&self, chat: &ChatId) -> ChatId {
        self.shared().map_or_else(|_| chat.clone(), |shared| shared.chat_now(chat))
    }
}
