//! A host that does nothing: for trying a plugin's config, and for reading its
//! tables of commands and hooks, without side effects.
use crate::store::DryStore;
use async_trait::async_trait;
use factotum_plugin_api::{
    Error, Host, Registration, Result, Services, Started, access::Grant, clock::Clock, notice::Notice, store::Store,
    text::Text,
};
use std::sync::Arc;

/// Keeps writes in memory and posts nothing.
pub struct DryServices(Arc<dyn Store>);

impl DryServices {
    /// Over what another store holds, or over nothing.
    pub fn over(below: Option<Arc<dyn Store>>) -> Self {
        DryServices(Arc::new(DryStore::over(below)))
    }
    /// Starts a second instance of a plugin, which changes nothing.
    ///
    /// # Errors
    /// What the plugin says of its config.
    pub fn start(self, plugin: &Registration, config: serde_json::Value, clock: Clock) -> anyhow::Result<Started> {
        let host = Host::new(plugin.name, Arc::new(self), clock);
        (plugin.start)(config, host).map_err(Error::into_anyhow)
    }
}

#[async_trait]
impl Services for DryServices {
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
    async fn post(&self, _: &'static str, _: Notice, _: Option<String>) -> Result<bool> {
        Ok(true)
    }
    async fn tell_admins(&self, _: &'static str, _: &str, _: Text) -> Result<()> {
        Ok(())
    }
    async fn grant(&self, _: &'static str, _: Grant) -> Result<()> {
        Ok(())
    }
    async fn revoke(&self, _: &'static str, _: Grant) -> Result<bool> {
        Ok(false)
    }
    fn grants(&self, _: &'static str) -> Vec<Grant> {
        vec![]
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        vec![]
    }
}
