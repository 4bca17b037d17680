//! The plugins' tables, in sled: a tree per table, written by one thread that
//! answers when a write is on disk. Typed tables are `factotum_plugin_api::store`;
//! this is the engine below them, with snapshots, export and repair.
//!
//! A reader may see a write a moment before it is durable. A full disk refuses
//! writes and nothing else; after a failed sync the store opens itself anew.
mod committer;
mod dry;
mod engine;
mod lines;
mod recovery;
mod slot;
mod snapshots;
#[cfg(test)]
mod tests;

pub use dry::DryStore;

use crate::{health::Health, texts::News};
use anyhow::{Context, ensure};
use committer::{Change, Changes, Committer, Origin};
use engine::{Engine, RECORD_MAX, is_table};
use factotum_plugin_api::{Result, clock::Clock, store::*};
use prometheus_client::metrics::counter::Counter;
use slot::Slot;
use std::{
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};
use tokio::sync::{Mutex, broadcast};

/// Records read between two chances for other tasks.
const PAGE: usize = 256;

/// The store on disk.
///
/// Dropping it waits for the waiting writes, as [`close`](Self::close) does.
pub struct SledStore {
    // First, since its thread uses the engine.
    committer: Committer,
    engine: Arc<Slot>,
    health: Health,
    changes: Changes,
    snapshots: PathBuf,
    clock: Clock,
    /// One snapshot is written at a time.
    snapshot: Arc<Mutex<()>>,
    writes: OnceLock<Counter>,
}

impl SledStore {
    /// Opens the store in `folder` or makes it, and gives sentences for the
    /// admins: what was damaged, how it was repaired, what may be lost.
    ///
    /// A damaged store is repaired by removing sled's index files, else made anew
    /// from what can be read of it and the newest readable file in `snapshots`;
    /// the damaged folder is kept as `<folder>.damaged-<time>`. Blocks.
    ///
    /// # Errors
    /// When another process has it open, a newer version made it, or the disk
    /// does not take writes.
    pub fn open(folder: &Path, snapshots: &Path, clock: Clock) -> anyhow::Result<(SledStore, Vec<News>)> {
        Self::open_with(folder, snapshots, clock, Box::new(Engine::sync))
    }
    fn open_with(
        folder: &Path,
        snapshots: &Path,
        clock: Clock,
        sync: committer::MakeDurable,
    ) -> anyhow::Result<(SledStore, Vec<News>)> {
        let opened = recovery::open(folder, snapshots, &clock);
        let (engine, told) = opened.with_context(|| format!("opening the store in {}", folder.display()))?;
        let (changes, health) = (broadcast::channel(1024).0, Health::new("store", clock.clone()));
        let engine = Arc::new(Slot::new(engine, health.clone()));
        let (snapshots, snapshot) = (snapshots.to_owned(), Arc::default());
        let origin = Origin { folder: folder.to_owned(), snapshots: snapshots.clone(), clock: clock.clone() };
        let committer = Committer::start(engine.clone(), origin, health.clone(), changes.clone(), sync)?;
        let writes = OnceLock::new();
        Ok((SledStore { committer, engine, health, changes, snapshots, clock, snapshot, writes }, told))
    }
    /// Says where writes are counted; the first one stays.
    pub(crate) fn observe(&self, writes: Counter) {
        self.writes.set(writes).ok();
    }

    /// How it fares.
    pub fn health(&self) -> &Health {
        &self.health
    }
    /// Has a store that could not be written find out whether it can again.
    ///
    /// # Errors
    /// When it still cannot.
    pub async fn probe(&self) -> anyhow::Result<()> {
        self.committer.change(vec![]).await.map(drop)
    }
    /// Writes a complete snapshot, secrets included and mode 0600, into the folder
    /// of snapshots, and keeps the last 7. To be called daily, and before
    /// [`close`](Self::close).
    ///
    /// # Errors
    /// When the disk does not take it; the older ones stay then. A damaged record
    /// is no error: it is logged and left out, and no older snapshot is removed.
    pub async fn snapshot(&self) -> anyhow::Result<PathBuf> {
        // Held by the thread: it goes on when the caller is cancelled.
        let alone = self.snapshot.clone().lock_owned().await;
        let (engine, folder, clock) = (self.engine.clone(), self.snapshots.clone(), self.clock.clone());
        let write = move || {
            let written = engine.with(|engine| snapshots::write(engine, &folder, &clock));
            drop((engine, alone));
            written.with_context(|| format!("writing a snapshot of the store into {}", folder.display()))
        };
        tokio::task::spawn_blocking(write).await?
    }
    /// Writes every record as a line of JSON and gives their number. Without
    /// secrets each is `{"$secret": "***"}`, and the file cannot be imported when
    /// there is one. Blocks.
    ///
    /// # Errors
    /// Those of `out`. A damaged record is logged and left out.
    pub fn export(&self, out: &mut dyn io::Write, with_secrets: bool) -> anyhow::Result<u64> {
        self.engine.with(|engine| Ok(snapshots::export(engine, out, &self.clock, with_secrets)?.records))
    }
    /// Puts the records of an export, replacing those of the same keys and leaving
    /// the others, and gives their number. They get new revisions.
    ///
    /// # Errors
    /// Before anything is written: when the file is damaged, cut short, or has
    /// masked secrets (the first is named). When the disk fails in the middle, a
    /// part may have been put.
    pub async fn import(&self, input: impl BufRead) -> anyhow::Result<u64> {
        let dump = lines::read(input)?;
        if let Some((table, key)) = dump.first_masked() {
            anyhow::bail!("the file was exported without secrets: that of key {key:?} in table {table:?} is missing");
        }
        let count = dump.records.len() as u64;
        let change = |(table, key, record): (String, String, Record)| {
            check(&table, &key, Some(&record.value))?;
            Ok(Change { table, key, expect: Expect::Anything, value: Some(record.value) })
        };
        let changes: Vec<_> = dump.records.into_iter().map(change).collect::<anyhow::Result<_>>()?;
        self.committer.change(changes).await?;
        Ok(count)
    }
    /// Waits for the waiting writes and a last sync; later writes are errors,
    /// reads go on.
    ///
    /// # Errors
    /// When it cannot be written now.
    pub async fn close(&self) -> anyhow::Result<()> {
        self.committer.close().await
    }
}

/// Whether the disk under the data folder takes what a start writes.
///
/// # Errors
/// That it is full, with the folder, what is needed and what is free.
pub(crate) fn has_room(data: &Path) -> anyhow::Result<()> {
    recovery::has_room(data, 0)
}

/// Refuses what sled could not keep safe.
fn check(table: &str, key: &str, value: Option<&Stored>) -> anyhow::Result<()> {
    ensure!(is_table(table), "no table can be called {table:?}");
    let size = key.len() + value.map_or(0, |value| value.json.len());
    ensure!(size <= RECORD_MAX, "key {key:.40?} of table {table:?}: {size} bytes are more than one record can hold");
    let Some(json) = value.map(|value| &value.json) else { return Ok(()) };
    if let Err(error) = serde_json::from_slice::<serde_json::Value>(json) {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok();
        ensure!(is_json, "key {key:?} of table {table:?}: the value is not JSON");
        // 200 lists in each other, for example: not even an export could be written any more.
        anyhow::bail!("key {key:?} of table {table:?}: the value could not be read again: {error}");
    }
    Ok(())
}

#[async_trait::async_trait]
impl Store for SledStore {
    async fn get(&self, table: &str, key: &str) -> Result<Option<Record>> {
        Ok(self.engine.with(|engine| engine.get(table, key))?)
    }
    async fn write(&self, table: &str, key: &str, expect: Expect, value: Option<Stored>) -> Result<Option<Revision>> {
        check(table, key, value.as_ref())?;
        let change = Change { table: table.to_owned(), key: key.to_owned(), expect, value };
        let revision = self.committer.change(vec![change]).await?;
        if let (Some(_), Some(writes)) = (revision, self.writes.get()) {
            writes.inc();
        }
        Ok(revision)
    }
    async fn scan(
        &self,
        table: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Record)>> {
        let mut found: Vec<(String, Record)> = vec![];
        loop {
            let last = found.last().map(|(key, _)| key.as_str()).or(after);
            let wanted = PAGE.min(limit - found.len());
            let page = self.engine.with(|engine| engine.page(table, prefix, last, wanted))?;
            let end = page.len() < wanted;
            found.extend(page);
            if end || found.len() == limit {
                return Ok(found);
            }
            tokio::task::yield_now().await;
        }
    }
    fn changes(&self) -> broadcast::Receiver<Arc<(String, String)>> {
        self.changes.subscribe()
    }
}
