//! A host that does nothing and keeps what it was asked to do: `start` of a plugin
//! asks for nothing.
use async_trait::async_trait;
use factotum_host::store::DryStore;
use factotum_plugin_api::{
    Result, Services,
    access::Grant,
    notice::Notice,
    store::{Expect, Record, Revision, Store, Stored},
    text::Text,
};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// What was asked of it, in a few words each.
#[derive(Clone, Default)]
pub(crate) struct Idle(Arc<Mutex<Vec<String>>>);

impl Idle {
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.lock().expect("no panic inside").clone()
    }
    fn ask(&self, what: impl Into<String>) {
        self.0.lock().expect("no panic inside").push(what.into());
    }
}

#[async_trait]
impl Services for Idle {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(Watched { idle: self.clone(), store: DryStore::over(None) })
    }
    async fn post(&self, _: &'static str, notice: Notice, _: Option<String>) -> Result<bool> {
        self.ask(format!("posts to {}", notice.to));
        Ok(true)
    }
    async fn tell_admins(&self, _: &'static str, about: &str, _: Text) -> Result<()> {
        self.ask(format!("tells the admins of {about}"));
        Ok(())
    }
    async fn grant(&self, _: &'static str, grant: Grant) -> Result<()> {
        self.ask(format!("grants {}", grant.command));
        Ok(())
    }
    async fn revoke(&self, _: &'static str, grant: Grant) -> Result<bool> {
        self.ask(format!("revokes {}", grant.command));
        Ok(false)
    }
    fn grants(&self, _: &'static str) -> Vec<Grant> {
        vec![]
    }
    fn networks(&self) -> Vec<(String, &'static str)> {
        vec![]
    }
}

/// A store in memory whose writes are asked for aloud.
struct Watched {
    idle: Idle,
    store: DryStore,
}

#[async_trait]
impl Store for Watched {
    async fn get(&self, table: &str, key: &str) -> Result<Option<Record>> {
        self.store.get(table, key).await
    }
    async fn write(&self, table: &str, key: &str, expect: Expect, value: Option<Stored>) -> Result<Option<Revision>> {
        self.idle.ask(format!("writes {key} in {table}"));
        self.store.write(table, key, expect, value).await
    }
    async fn scan(
        &self,
        table: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>> {
        self.store.scan(table, prefix, after, limit).await
    }
    fn changes(&self) -> broadcast::Receiver<Arc<(String, String)>> {
        self.store.changes()
    }
}
