//! The one thread that writes: all that waits goes into one commit, and nobody
//! is answered before it is on disk.
//!
//! Each job runs in a savepoint, so that a failing one is undone alone; a failed
//! commit fails them all. After one that the disk failed, or that met damage, the
//! file is opened anew: what the kernel still shows of it need not be on disk.
use super::{damage, look::Looker, readers::Readers, replace::Underway};
use crate::{
    health::{FULL, Health, Unwell, in_short},
    metrics::Metrics,
};
use anyhow::{Result, anyhow};
use factotum_plugin_api::clock::Clock;
use rusqlite::{Connection, ErrorCode, TransactionBehavior, config::DbConfig};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// How many writes one commit takes at most.
const BATCH: usize = 1024;
/// The first and the longest pause between two tries to open a file anew.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// How soon a file is looked through again because a read met damage.
const LOOK_AGAIN: Duration = Duration::from_secs(3600);

/// A write and whoever waits for it.
pub(super) trait Job: Send {
    /// Does it; whether it is to stay.
    fn run(&mut self, db: &Connection) -> bool;
    /// Why it does not stay, when the disk is to blame and not the job.
    fn failed_by_disk(&self) -> Option<Failure>;
    /// Tells whoever waits; `committed` says how the whole batch went.
    fn answer(self: Box<Self>, committed: Result<(), &Unwell>);
}

/// The last order: the file is closed when the other end hears of it.
pub(super) struct Close(pub(super) oneshot::Sender<()>);

/// When the disk must have what is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    /// Before anybody is answered.
    Now,
    /// With the next write that must be there, or after some of these.
    Soon,
}

/// What the thread is told.
pub(super) enum Order {
    /// To write.
    Write(Box<dyn Job>, Sync),
    /// To close the file, when all that was told before is done.
    Close(Close),
}

/// A [`Job`] that is a closure.
pub(super) struct Task<T, F> {
    work: Option<F>,
    /// What it came to; `None` when it never ran.
    result: Option<Result<T>>,
    done: oneshot::Sender<Result<T>>,
}

impl<T, F> Task<T, F> {
    pub(super) fn new(work: F, done: oneshot::Sender<Result<T>>) -> Self {
        Task { work: Some(work), result: None, done }
    }
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T> + Send> Job for Task<T, F> {
    fn run(&mut self, db: &Connection) -> bool {
        let work = self.work.take().expect("a job runs once");
        // One broken write must not end the thread that all others need.
        let result = catch_unwind(AssertUnwindSafe(|| work(db)));
        let result = result.unwrap_or_else(|_| Err(anyhow!("a write to the journal panicked")));
        self.result.insert(result).is_ok()
    }
    fn failed_by_disk(&self) -> Option<Failure> {
        let failure = Failure::of(self.result.as_ref()?.as_ref().err()?.downcast_ref()?);
        matches!(failure.code, Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure)).then_some(failure)
    }
    fn answer(self: Box<Self>, committed: Result<(), &Unwell>) {
        let blames_the_disk = self.failed_by_disk().is_some();
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            // Its own mistake, which it would make on any disk.
            (Err(_), Some(Err(error))) if !blames_the_disk => Err(error),
            (Err(unwell), _) => Err(unwell.clone().into()),
            (Ok(()), None) => Err(anyhow!("the journal did not run a write")),
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

/// Why a commit failed.
pub(super) struct Failure {
    code: Option<ErrorCode>,
    text: String,
}

impl Failure {
    fn of(error: &rusqlite::Error) -> Self {
        Failure { code: error.sqlite_error_code(), text: error.to_string() }
    }
    /// Whether the file must be opened anew before it is written again. SQLite
    /// takes back by itself what a full disk has no room for.
    fn costs_trust(&self) -> bool {
        use ErrorCode::{
            CannotOpen, DatabaseCorrupt, FileLockingProtocolFailed, NotADatabase, ReadOnly, SystemIoFailure,
        };
        let Some(code) = self.code else { return false };
        let lost = [CannotOpen, DatabaseCorrupt, FileLockingProtocolFailed, NotADatabase, ReadOnly, SystemIoFailure];
        lost.contains(&code)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::of(&error)
    }
}

/// How many writes that may be undone by a power cut are left to the next sync.
pub(super) const SYNC_EVERY: usize = 8;

/// Whether the connection syncs with a commit, and what waits for one that does.
#[derive(Default)]
pub(super) struct Syncs {
    /// SQLite syncs its log only at a checkpoint.
    soon: bool,
    unsynced: usize,
}

impl Syncs {
    /// Has the next commit, of so many writes, sync or not.
    fn prepare(&mut self, db: &Connection, sync: Sync, writes: usize) -> Result<(), Failure> {
        let soon = sync == Sync::Soon && self.unsynced + writes < SYNC_EVERY;
        self.unsynced = if soon { self.unsynced + writes } else { 0 };
        if soon != self.soon {
            db.pragma_update(None, "synchronous", if soon { "normal" } else { "full" })?;
            self.soon = soon;
        }
        Ok(())
    }
}

/// Called before each commit; tests put a disk in that fails.
pub(super) type BeforeCommit = Box<dyn FnMut() -> rusqlite::Result<()> + Send>;

/// What the thread has.
pub(super) struct Writer {
    /// `None` while the file cannot be opened.
    pub(super) db: Option<Connection>,
    pub(super) path: PathBuf,
    /// Up to how many bytes the file is looked through when it is opened.
    pub(super) small: u64,
    pub(super) clock: Clock,
    pub(super) readers: Arc<Readers>,
    pub(super) looker: Looker,
    pub(super) health: Health,
    pub(super) underway: Underway,
    pub(super) syncs: Syncs,
    /// Told after each time that the file was opened anew.
    pub(super) opened_anew: watch::Sender<()>,
    pub(super) figures: Figures,
    pub(super) before_commit: BeforeCommit,
}

impl Writer {
    /// Writes until every sender is gone.
    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Order>) {
        let (mut orders, mut batch) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        let (mut trusted, mut next_try, mut pause, mut looked) = (true, Duration::ZERO, PAUSES.0, None);
        while waiting.blocking_recv_many(&mut orders, BATCH) > 0 {
            let (mut close, mut sync) = (None, Sync::Soon);
            for order in orders.drain(..) {
                match order {
                    // After a close nothing is taken: whoever asked hears that it has stopped.
                    Order::Write(job, when) if close.is_none() => {
                        batch.push(job);
                        if when == Sync::Now {
                            sync = Sync::Now;
                        }
                    }
                    Order::Write(..) => {}
                    Order::Close(last) => close = Some(last),
                }
            }
            let now = self.clock.elapsed();
            let lately = looked.is_some_and(|at| now.saturating_sub(at) < LOOK_AGAIN);
            if self.readers.take_found_damage() || self.readers.take_suspicion() && !lately {
                (trusted, next_try, looked) = (false, now, Some(now));
            }
            if !trusted && now >= next_try {
                match self.open_anew() {
                    Ok(()) => (trusted, pause) = (true, PAUSES.0),
                    Err(error) => {
                        self.health.failed(why(&error), &error);
                        (next_try, pause) = (now.saturating_add(pause), PAUSES.1.min(pause * 2));
                    }
                }
            }
            let committed = match (trusted, &mut self.db) {
                (true, Some(db)) => match self
                    .syncs
                    .prepare(db, sync, batch.len())
                    .and_then(|()| commit(db, &mut batch, &mut self.before_commit))
                {
                    Ok(()) => {
                        self.health.works();
                        Ok(())
                    }
                    Err(failure) => {
                        trusted = !failure.costs_trust();
                        next_try = now;
                        Err(self.failed(failure))
                    }
                },
                _ => Err(self.health.unwell().unwrap_or_else(|| self.failed("it is not open".to_owned().into()))),
            };
            self.underway.committed();
            self.figures.committed(batch.len(), committed.is_ok(), now);
            for job in batch.drain(..) {
                job.answer(committed.as_ref().copied());
            }
            if let Some(Close(closed)) = close {
                drop(waiting);
                self.readers.close_for_good();
                self.db = None;
                closed.send(()).ok(); // whoever closed may have gone
                return;
            }
        }
    }
    fn failed(&self, failure: Failure) -> Unwell {
        let why = if failure.code == Some(ErrorCode::DiskFull) { FULL.into() } else { failure.text.clone() };
        if let Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) = failure.code {
            damage::leave_suspicion(&self.path);
        }
        self.health.failed(why, &anyhow!(failure.text))
    }
    /// Closes the file and opens it as a start does, which looks through it and
    /// brings all of its log to the disk; nobody reads meanwhile.
    fn open_anew(&mut self) -> Result<()> {
        let _alone = self.readers.close();
        if let Some(db) = self.db.take() {
            // What it would fold in now it knows from memory.
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).ok();
            db.close().ok(); // the next line says whether it matters
        }
        let (db, told) = damage::open_or_begin_anew(&self.path, &self.clock, self.small)?;
        self.db = Some(db);
        self.syncs = Syncs::default();
        self.looker.begin();
        self.health.tell(told);
        self.opened_anew.send_replace(());
        Ok(())
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Failure { code: None, text }
    }
}

/// Why the file cannot be opened, for everybody.
fn why(error: &anyhow::Error) -> String {
    let full = |cause: &(dyn std::error::Error + 'static)| {
        let code = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
        code == Some(ErrorCode::DiskFull)
    };
    if error.chain().any(full) { FULL.into() } else { in_short(error) }
}

/// All jobs in one transaction, which is rolled back when this fails.
fn commit(
    db: &mut Connection,
    batch: &mut [Box<dyn Job>],
    before_commit: &mut BeforeCommit,
) -> std::result::Result<(), Failure> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        transaction.prepare_cached("savepoint job")?.execute([])?;
        if !job.run(&transaction) {
            // Then SQLite may have rolled everything back by itself.
            if let Some(failure) = job.failed_by_disk() {
                return Err(failure);
            }
            transaction.prepare_cached("rollback to job")?.execute([])?;
        }
        transaction.prepare_cached("release job")?.execute([])?;
    }
    before_commit()?;
    Ok(transaction.commit()?)
}
