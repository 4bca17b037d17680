//! The one thread that writes: all that waits goes into one commit, and nobody
//! is answered before it is on disk.
//!
//! Each job runs in a savepoint, so that a failing one is undone alone; a failed
//! commit fails them all.
use super::{damage, replace::Underway};
use crate::metrics::Metrics;
use anyhow::{Result, anyhow};
use factotum_plugin_api::clock::Clock;
use rusqlite::{Connection, TransactionBehavior};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use tracing::error;

/// How many writes one commit takes at most.
const BATCH: usize = 1024;

/// A write and whoever waits for it.
pub(super) trait Job: Send {
    /// Does it; whether it is to stay.
    fn run(&mut self, db: &Connection) -> bool;
    /// Tells whoever waits; `committed` says how the whole batch went.
    fn answer(self: Box<Self>, committed: Result<(), &str>);
}

/// A [`Job`] that is a closure.
pub(super) struct Task<T, F> {
    work: Option<F>,
    result: Result<T>,
    done: oneshot::Sender<Result<T>>,
}

impl<T, F> Task<T, F> {
    pub(super) fn new(work: F, done: oneshot::Sender<Result<T>>) -> Self {
        Task { work: Some(work), result: Err(anyhow!("the journal could not begin to write")), done }
    }
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T> + Send> Job for Task<T, F> {
    fn run(&mut self, db: &Connection) -> bool {
        let work = self.work.take().expect("a job runs once");
        // One broken write must not end the thread that all others need.
        let result = catch_unwind(AssertUnwindSafe(|| work(db)));
        self.result = result.unwrap_or_else(|_| Err(anyhow!("a write to the journal panicked")));
        self.result.is_ok()
    }
    fn answer(self: Box<Self>, committed: Result<(), &str>) {
        let result = match committed {
            Ok(()) => self.result,
            Err(error) => self.result.and_then(|_| Err(anyhow!("the journal could not be written: {error}"))),
        };
        self.done.send(result).ok(); // whoever asked may have gone
    }
}

/// Where commits are counted, once somebody wants to know.
pub(super) struct Figures {
    pub(super) clock: Clock,
    pub(super) metrics: Arc<OnceLock<Metrics>>,
}

impl Figures {
    fn committed(&self, jobs: usize, done: bool, began: Duration) {
        if let Some(metrics) = self.metrics.get() {
            metrics.committed(jobs, done, self.clock.elapsed().saturating_sub(began));
        }
    }
}

/// Writes to the journal at `path` until every sender is gone.
pub(super) fn run(
    mut db: Connection,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    path: &Path,
    underway: &Underway,
    figures: &Figures,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
        let began = figures.clock.elapsed();
        let committed = commit(&mut db, &mut batch).map_err(|error| {
            error!(%error, jobs = batch.len(), "the journal could not be written");
            let text = error.to_string();
            damage::suspect(path, &error.into());
            text
        });
        underway.committed();
        figures.committed(batch.len(), committed.is_ok(), began);
        for job in batch.drain(..) {
            job.answer(committed.as_ref().copied().map_err(String::as_str));
        }
    }
}

/// All jobs in one transaction, which is rolled back when this fails.
fn commit(db: &mut Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        transaction.prepare_cached("savepoint job")?.execute([])?;
        if !job.run(&transaction) {
            // A full disk rolls everything back by itself: then this fails too.
            transaction.prepare_cached("rollback to job")?.execute([])?;
        }
        transaction.prepare_cached("release job")?.execute([])?;
    }
    transaction.commit()
}
