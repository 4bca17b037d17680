//! The tables that all senders share, in the namespace of this library: what stands
//! there begins with whose it is, a sender plugin's name or [`ALL`].
//!
//! Before, each sender had such tables of its own; what is still there is taken over
//! at the first use.
use factotum_plugin_api::{
    Host, Result,
    store::{Key, Revision, Table, Tables, Value},
};
use tokio::sync::OnceCell;

/// Whose routes are those of every sender; no plugin can be called that.
pub(crate) const ALL: &str = "*";

/// The tables of the library.
pub(crate) fn tables(host: &Host) -> Tables {
    host.store.shared("ci-routes")
}

/// The records of one sender in a shared table.
pub(crate) struct Of<K, V> {
    source: String,
    table: Table<(String, K), V>,
    /// Where the sender kept them before.
    before: Option<Table<K, V>>,
    moved: OnceCell<()>,
}

impl<K: Key + Clone, V: Value> Of<K, V> {
    /// Those of the plugin that `host` is lent to.
    ///
    /// # Errors
    /// When `name` is no name of a table.
    pub(crate) fn sender(host: &Host, name: &str) -> Result<Self> {
        let before = Some(host.store.table(name)?);
        Ok(Of { source: host.plugin.into(), table: tables(host).table(name)?, before, moved: OnceCell::new() })
    }
    /// Those of every sender.
    ///
    /// # Errors
    /// As [`Of::sender`].
    pub(crate) fn all_senders(host: &Host, name: &str) -> Result<Self> {
        Ok(Of { source: ALL.into(), table: tables(host).table(name)?, before: None, moved: OnceCell::new() })
    }
    fn key(&self, key: &K) -> (String, K) {
        (self.source.clone(), key.clone())
    }
    /// The table, with everything in it.
    async fn table(&self) -> Result<&Table<(String, K), V>> {
        self.moved.get_or_try_init(|| self.take_over()).await?;
        Ok(&self.table)
    }
    /// What it was before goes into the shared table, record by record: after a crash in
    /// the middle the next start does the rest.
    async fn take_over(&self) -> Result<()> {
        let Some(before) = &self.before else { return Ok(()) };
        for (key, value) in before.all(&[]).await? {
            self.table.put(&self.key(&key), &value).await?;
            before.remove(&key).await?;
        }
        Ok(())
    }
    pub(crate) async fn get(&self, key: &K) -> Result<Option<V>> {
        self.table().await?.get(&self.key(key)).await
    }
    pub(crate) async fn get_at(&self, key: &K) -> Result<Option<(V, Revision)>> {
        self.table().await?.get_at(&self.key(key)).await
    }
    pub(crate) async fn put(&self, key: &K, value: &V) -> Result<Revision> {
        self.table().await?.put(&self.key(key), value).await
    }
    pub(crate) async fn create(&self, key: &K, value: &V) -> Result<Option<Revision>> {
        self.table().await?.create(&self.key(key), value).await
    }
    pub(crate) async fn compare_and_swap(&self, key: &K, revision: Revision, value: &V) -> Result<Option<Revision>> {
        self.table().await?.compare_and_swap(&self.key(key), revision, value).await
    }
    pub(crate) async fn remove(&self, key: &K) -> Result<bool> {
        self.table().await?.remove(&self.key(key)).await
    }
    /// Whether there is one whose key begins with the tokens of `prefix`.
    pub(crate) async fn has(&self, prefix: &[&str]) -> Result<bool> {
        let prefix = [&[self.source.as_str()], prefix].concat();
        Ok(!self.table().await?.scan(&prefix, None, 1).await?.is_empty())
    }
    /// All whose key begins with the tokens of `prefix`.
    pub(crate) async fn all(&self, prefix: &[&str]) -> Result<Vec<(K, V)>> {
        let prefix = [&[self.source.as_str()], prefix].concat();
        Ok(self.table().await?.all(&prefix).await?.into_iter().map(|((_, key), value)| (key, value)).collect())
    }
}
