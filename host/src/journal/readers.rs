//! The connections that only read, a few of them, kept for the next read.
//!
//! They are closed, and wait, while the writer opens the file anew: an open one
//! would keep alive what SQLite knows of the old one.
use super::schema;
use anyhow::{Result, ensure};
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

pub(super) struct Readers {
    path: PathBuf,
    /// Held by each read, and by whoever must be alone; whether reads still begin.
    gate: RwLock<bool>,
    idle: Mutex<Vec<Connection>>,
    /// A read or a write has met damage.
    suspicion: AtomicBool,
    /// A look has found damage.
    damage: AtomicBool,
    /// Ends the look that is under way.
    cut_short: Mutex<Arc<AtomicBool>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Readers {
            path,
            gate: RwLock::new(true),
            idle: Mutex::default(),
            suspicion: AtomicBool::new(false),
            damage: AtomicBool::new(false),
            cut_short: Mutex::default(),
        }
    }
    /// Runs what takes long, on a connection of its own. Whoever must be alone does
    /// not wait for it: then the flag is set, and `work` is to end.
    pub(super) fn beside<T>(&self, work: impl FnOnce(&Arc<AtomicBool>) -> Result<T>) -> Result<T> {
        let cut_short = self.cut_short().clone();
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        ensure!(*open, "the journal is closed");
        work(&cut_short)
    }
    /// Runs `work` on a connection. Blocks.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        ensure!(*open, "the journal is closed");
        let idle = self.idle().pop();
        let db = idle.map_or_else(|| schema::open_reader(&self.path), Ok)?;
        let result = work(&db);
        self.idle().push(db);
        result
    }
    /// Waits for the reads under way, and closes all; none begins until the guard is dropped.
    pub(super) fn close(&self) -> RwLockWriteGuard<'_, bool> {
        // Looks that begin from here on have a flag of their own.
        std::mem::take(&mut *self.cut_short()).store(true, Ordering::Relaxed);
        let alone = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.idle().clear();
        alone
    }
    /// As [`close`](Self::close), and none ever begins again: it would open the file
    /// beside whoever has it next.
    pub(super) fn close_for_good(&self) {
        *self.close() = false;
    }
    pub(super) fn suspect(&self) {
        self.suspicion.store(true, Ordering::Relaxed);
    }
    pub(super) fn found_damage(&self) {
        self.damage.store(true, Ordering::Relaxed);
    }
    pub(super) fn take_found_damage(&self) -> bool {
        self.damage.load(Ordering::Relaxed) && self.damage.swap(false, Ordering::Relaxed)
    }
    pub(super) fn take_suspicion(&self) -> bool {
        self.suspicion.load(Ordering::Relaxed) && self.suspicion.swap(false, Ordering::Relaxed)
    }
    fn cut_short(&self) -> MutexGuard<'_, Arc<AtomicBool>> {
        self.cut_short.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
