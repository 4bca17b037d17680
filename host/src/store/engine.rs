//! sled, opened our way: what a record looks like, reading, and one blocking
//! sync. It writes when told and knows nothing of queues, snapshots or repair.
//!
//! sled asserts a lot about what it finds on disk, so every call into it that
//! reads pages is guarded: a panic becomes an error of that one call.
use anyhow::{Context, anyhow};
use bytes::Bytes;
use factotum_plugin_api::store::{Record, Revision, Stored};
use std::{
    collections::BTreeMap,
    fs::File,
    io::ErrorKind,
    ops::Bound,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::RwLock,
};

/// The host's own tree: the newest revision and the store's format. No table
/// of a plugin can be named so, since those have a dot.
const HOST: &str = "_host";
const REVISION: &str = "revision";
const FORMAT: &str = "format";

/// A key and a value together. A page of sled holds up to 17 records; beyond
/// a quarter of a segment (2 MiB) it would go to a file of its own in `blobs/`,
/// which sled never syncs.
pub(super) const RECORD_MAX: usize = 96 << 10;

/// How often another handle that is just being closed is waited for: sled's
/// threads let go of the file a moment after a closed store has been dropped.
const LOCK_TRIES: u32 = 1000;

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    /// What is on the disk makes no sense: worth a repair.
    #[error("{0}")]
    Damaged(String),
    /// Another process, or another handle in this one, has it open.
    #[error("the store is in use by another process (or opened twice by this one)")]
    InUse,
    /// Permissions, a full disk, a newer format: nothing that a repair could mend.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<sled::Error> for OpenError {
    fn from(error: sled::Error) -> Self {
        use sled::Error::{CollectionNotFound, Corruption, Io, ReportableBug, Unsupported};
        match error {
            // sled has no kind for it, only these words.
            Io(error) if error.to_string().starts_with("could not acquire lock") => OpenError::InUse,
            Io(error) => match error.kind() {
                ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                    OpenError::Damaged(error.to_string())
                }
                _ => OpenError::Other(error.into()),
            },
            Corruption { at: Some(at), .. } => OpenError::Damaged(format!("corrupted data at {at:?}")),
            Corruption { at: None, .. } => OpenError::Damaged("corrupted data".into()),
            CollectionNotFound(_) | ReportableBug(_) | Unsupported(_) => OpenError::Damaged(error.to_string()),
        }
    }
}

/// An open sled database.
pub(super) struct Engine {
    opened: Option<Opened>,
    /// Ours, since sled's own handle cannot be reached; fsync is about the file.
    file: File,
}
struct Opened {
    db: sled::Db,
    /// The trees there are, so that reading a table that nobody has written
    /// yet does not make it.
    trees: RwLock<BTreeMap<String, sled::Tree>>,
}

impl Engine {
    /// Opens or makes the database in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        let mut tries = 0;
        let db = loop {
            // Segments of 8 MiB keep pages of 64 KiB values out of `blobs/`; the
            // size cannot be changed later. No flusher: the committer flushes.
            let config = sled::Config::new().path(folder).cache_capacity(32 << 20).segment_size(8 << 20);
            match guarded(|| config.flush_every_ms(None).open()).map_err(OpenError::from) {
                Err(OpenError::InUse) if tries < LOCK_TRIES => {
                    tries += 1;
                    std::thread::yield_now();
                }
                opened => break opened?,
            }
        };
        let mut trees = BTreeMap::new();
        for name in db.tree_names() {
            // Every name we made is UTF-8; sled's default tree is not ours.
            if let Ok(name) = std::str::from_utf8(&name) {
                trees.insert(name.to_owned(), guarded(|| db.open_tree(name))?);
            }
        }
        let file = File::open(folder.join("db")).context("opening the store's file")?;
        Ok(Engine { opened: Some(Opened { db, trees: RwLock::new(trees) }), file })
    }
    fn opened(&self) -> &Opened {
        self.opened.as_ref().expect("only drop takes it")
    }
    fn tree(&self, table: &str) -> Option<sled::Tree> {
        self.opened().trees.read().expect("no panic under this lock").get(table).cloned()
    }
    fn tree_or_new(&self, table: &str) -> Result<sled::Tree, sled::Error> {
        if let Some(tree) = self.tree(table) {
            return Ok(tree);
        }
        let tree = guarded(|| self.opened().db.open_tree(table))?;
        self.opened().trees.write().expect("no panic under this lock").insert(table.to_owned(), tree.clone());
        Ok(tree)
    }

    /// The record of a key.
    pub(super) fn get(&self, table: &str, key: &str) -> anyhow::Result<Option<Record>> {
        let Some(tree) = self.tree(table) else { return Ok(None) };
        let found = guarded(|| tree.get(key)).map_err(anyhow::Error::from);
        let record = found.and_then(|bytes| bytes.map(|bytes| decode(&bytes)).transpose());
        record.with_context(|| unreadable(table, key))
    }
    /// The revision of a key's record; 0 when the record is damaged, so that a
    /// damaged record can still be overwritten or removed.
    pub(super) fn revision_of(&self, table: &str, key: &str) -> anyhow::Result<Option<Revision>> {
        let Some(tree) = self.tree(table) else { return Ok(None) };
        let found = guarded(|| tree.get(key)).with_context(|| unreadable(table, key))?;
        Ok(found.map(|bytes| decode(&bytes).map_or(0, |record| record.revision)))
    }
    /// Up to `limit` records whose key begins with `prefix`, after key `after`, by key.
    pub(super) fn page(
        &self,
        table: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> anyhow::Result<Vec<(String, Record)>> {
        let Some(tree) = self.tree(table) else { return Ok(vec![]) };
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut range = tree.range::<&str, _>((from, Bound::Unbounded));
        let mut found: Vec<(String, Record)> = vec![];
        while found.len() < limit {
            let pair = guarded(|| range.next().transpose()).with_context(|| {
                let last = found.last().map(|(key, _)| key.as_str()).or(after);
                unreadable_after(table, last)
            })?;
            let Some((key, value)) = pair else { break };
            let key = String::from_utf8_lossy(&key);
            if !key.starts_with(prefix) {
                break;
            }
            let record = decode(&value).with_context(|| unreadable(table, &key))?;
            found.push((key.into_owned(), record));
        }
        Ok(found)
    }
    /// Calls `visit` with every record that can be read, by table and key, and
    /// gives a sentence for each place that cannot.
    ///
    /// # Errors
    /// Those of `visit`.
    pub(super) fn each(
        &self,
        mut visit: impl FnMut(&str, &str, Record) -> anyhow::Result<()>,
    ) -> anyhow::Result<Vec<String>> {
        let trees: Vec<_> = {
            let trees = self.opened().trees.read().expect("no panic under this lock");
            trees.iter().filter(|(name, _)| is_table(name)).map(|(name, tree)| (name.clone(), tree.clone())).collect()
        };
        let mut bad = vec![];
        for (table, tree) in trees {
            let mut pair = |key: &[u8], value: &[u8], bad: &mut Vec<String>| {
                let key = String::from_utf8_lossy(key);
                match decode(value) {
                    Ok(record) => visit(&table, &key, record),
                    Err(error) => {
                        bad.push(format!("{}: {error}", unreadable(&table, &key)));
                        Ok(())
                    }
                }
            };
            let mut last = None;
            let mut range = tree.iter();
            let error = loop {
                match guarded(|| range.next().transpose()) {
                    Ok(Some((key, value))) => {
                        pair(&key, &value, &mut bad)?;
                        last = Some(key);
                    }
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            let Some(error) = error else { continue };
            let after = last.as_ref().map(|key| String::from_utf8_lossy(key).into_owned());
            bad.push(format!("{}: {error}", unreadable_after(&table, after.as_deref())));
            // sled cannot step over a page it cannot read; what lies behind is reached from the other end.
            let from = last.map_or(Bound::Unbounded, Bound::Excluded);
            let mut range = tree.range((from, Bound::Unbounded));
            let mut behind = vec![];
            while let Ok(Some(found)) = guarded(|| range.next_back().transpose()) {
                behind.push(found);
            }
            for (key, value) in behind.into_iter().rev() {
                pair(&key, &value, &mut bad)?;
            }
        }
        Ok(bad)
    }

    /// Puts a record, not yet durable.
    pub(super) fn insert(&self, table: &str, key: &str, record: &Record) -> anyhow::Result<()> {
        let tree = self.tree_or_new(table)?;
        guarded(|| tree.insert(key, encode(record))).with_context(|| unwritable(table, key))?;
        Ok(())
    }
    /// Removes a record, not yet durably.
    pub(super) fn remove(&self, table: &str, key: &str) -> anyhow::Result<()> {
        let Some(tree) = self.tree(table) else { return Ok(()) };
        guarded(|| tree.remove(key)).with_context(|| unwritable(table, key))?;
        Ok(())
    }
    /// Makes all that was written durable. Call it from one thread only.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        guarded(|| self.opened().db.flush()).context("flushing the store")?;
        // sled's flush does not fsync on Linux: without this line a power cut takes nine in ten writes.
        self.file.sync_data().context("syncing the store's file")
    }

    /// The newest revision that was given out, or a later one.
    pub(super) fn revision(&self) -> anyhow::Result<Revision> {
        Ok(self.host(REVISION)?.map_or(0, |bytes| number(&bytes)))
    }
    /// Notes the newest revision, not yet durably.
    pub(super) fn set_revision(&self, revision: Revision) -> anyhow::Result<()> {
        self.set_host(REVISION, &revision.to_be_bytes())
    }
    /// The format that the records are in; `None` in a database just made.
    pub(super) fn format(&self) -> anyhow::Result<Option<u64>> {
        Ok(self.host(FORMAT)?.map(|bytes| number(&bytes)))
    }
    /// Notes the format, not yet durably.
    pub(super) fn set_format(&self, format: u64) -> anyhow::Result<()> {
        self.set_host(FORMAT, &format.to_be_bytes())
    }
    fn host(&self, key: &str) -> anyhow::Result<Option<sled::IVec>> {
        let Some(tree) = self.tree(HOST) else { return Ok(None) };
        guarded(|| tree.get(key)).with_context(|| unreadable(HOST, key))
    }
    fn set_host(&self, key: &str, value: &[u8]) -> anyhow::Result<()> {
        let tree = self.tree_or_new(HOST)?;
        guarded(|| tree.insert(key, value)).with_context(|| unwritable(HOST, key))?;
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let opened = self.opened.take();
        // After an I/O error sled's own closing sync panics; there is nothing left to lose by then.
        if catch_unwind(AssertUnwindSafe(|| drop(opened))).is_err() {
            tracing::error!("sled could not sync when it was closed");
        }
    }
}

/// Whether a plugin's table may be called so; other names are the host's and sled's own.
pub(super) fn is_table(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('_')
}

/// Runs a call into sled; a panic is an error of this call.
fn guarded<T>(call: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, sled::Error> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
        Err(sled::Error::ReportableBug(format!("sled gave up: {text}")))
    })
}

fn unreadable(table: &str, key: &str) -> String {
    format!("the store cannot read key {key:?} of table {table:?}")
}
fn unreadable_after(table: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("the store cannot read what follows key {key:?} of table {table:?}"),
        None => format!("the store cannot read the first keys of table {table:?}"),
    }
}
fn unwritable(table: &str, key: &str) -> String {
    format!("the store cannot write key {key:?} of table {table:?}")
}

/// The revision and the schema number, big endian, then the JSON.
fn encode(record: &Record) -> Vec<u8> {
    let Stored { schema, json } = &record.value;
    [&record.revision.to_be_bytes()[..], &schema.to_be_bytes(), json].concat()
}
fn decode(bytes: &[u8]) -> anyhow::Result<Record> {
    let damaged = || anyhow!("the record is damaged ({} bytes)", bytes.len());
    let (revision, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
    let (schema, json) = rest.split_first_chunk().ok_or_else(damaged)?;
    // Looked at here, where the table and the key are known. The error must not repeat the value.
    serde_json::from_slice::<serde::de::IgnoredAny>(json).map_err(|_| damaged())?;
    let value = Stored { schema: u32::from_be_bytes(*schema), json: Bytes::copy_from_slice(json) };
    Ok(Record { revision: u64::from_be_bytes(*revision), value })
}
fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |eight| u64::from_be_bytes(*eight))
}

#[cfg(test)]
impl Engine {
    /// Puts bytes as they are, for tests of damaged records.
    pub(super) fn insert_raw(&self, table: &str, key: &str, bytes: &[u8]) {
        self.tree_or_new(table).unwrap().insert(key, bytes).unwrap();
    }
}
