//! A store that keeps writes in memory, over what another store holds.
//!
//! Dry runs and replays start a second instance of a plugin on it; over nothing
//! it is the store of tests.
use super::committer::Changes;
use factotum_plugin_api::{Result, store::*};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Mutex, broadcast};

/// Above every revision of a real store, so that a key's revisions grow.
const FIRST: Revision = 1 << 62;

/// What was written; `None` was removed.
type Written = BTreeMap<(String, String), Option<Record>>;

/// Writes go to memory and are gone when it is dropped; reads see them over the
/// store below.
pub struct DryStore {
    below: Option<Arc<dyn Store>>,
    /// Held over the look below, so that of two `create`s one wins.
    written: Mutex<(Revision, Written)>,
    changes: Changes,
}

impl DryStore {
    /// Over `below`, or over nothing.
    pub fn over(below: Option<Arc<dyn Store>>) -> Self {
        DryStore { below, written: Mutex::new((FIRST, Written::new())), changes: broadcast::channel(1024).0 }
    }
    async fn look(&self, written: &Written, table: &str, key: &str) -> Result<Option<Record>> {
        match (written.get(&(table.to_owned(), key.to_owned())), &self.below) {
            (Some(record), _) => Ok(record.clone()),
            (None, Some(below)) => below.get(table, key).await,
            (None, None) => Ok(None),
        }
    }
}

#[async_trait::async_trait]
impl Store for DryStore {
    async fn get(&self, table: &str, key: &str) -> Result<Option<Record>> {
        self.look(&self.written.lock().await.1, table, key).await
    }
    async fn write(&self, table: &str, key: &str, expect: Expect, value: Option<Stored>) -> Result<Option<Revision>> {
        let mut written = self.written.lock().await;
        let old = self.look(&written.1, table, key).await?.map(|record| record.revision);
        let holds = match expect {
            Expect::Anything => true,
            Expect::Absent => old.is_none(),
            Expect::Present => old.is_some(),
            Expect::At(revision) => old == Some(revision),
        };
        if !holds {
            return Ok(None);
        }
        written.0 += 1;
        let revision = written.0;
        let id = (table.to_owned(), key.to_owned());
        written.1.insert(id.clone(), value.map(|value| Record { revision, value }));
        self.changes.send(Arc::new(id)).ok(); // nobody need watch
        Ok(Some(revision))
    }
    async fn scan(
        &self,
        table: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>> {
        let written = self.written.lock().await;
        let wanted = |(t, key): &&(String, String)| {
            t == table && key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        };
        let mine: Vec<_> = written.1.iter().filter(|(id, _)| wanted(id)).collect();
        let mut all = BTreeMap::new();
        if let Some(below) = &self.below {
            // As many more as may be removed here.
            all.extend(below.scan(table, prefix, after, limit.saturating_add(mine.len())).await?);
        }
        for ((_, key), record) in mine {
            match record {
                Some(record) => all.insert(key.clone(), record.clone()),
                None => all.remove(key),
            };
        }
        Ok(all.into_iter().take(limit).collect())
    }
    fn changes(&self) -> broadcast::Receiver<Arc<(String, String)>> {
        self.changes.subscribe()
    }
}
