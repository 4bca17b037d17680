//! The host's durable record: requests, notices and the attempts to post them,
//! incidents, audit, and what the networks need to survive a restart.
//!
//! This file and its folder are the only ones that name SQLite; what a notice
//! means is the outbox's business. Every write returns when it is on disk: one
//! thread takes all waiting writes into one commit. Reads have connections of
//! their own and never wait for a write.
mod aside;
mod asked;
mod behind;
mod chats;
mod damage;
mod look;
mod mask;
mod notices;
mod readers;
mod replace;
mod requests;
mod retention;
mod rows;
mod salvage;
mod schema;
mod sums;
mod tail;
#[cfg(test)]
mod tests;
mod writer;

use crate::{health::Health, metrics::Metrics, moved::Moved, texts::News};
use anyhow::{Context, Result, anyhow};
pub(crate) use behind::Behind;
use factotum_plugin_api::clock::Clock;
use jiff::Timestamp;
use look::Looker;
pub(crate) use mask::MASK;
pub use notices::{Changed, NetworkCount, Posted, Step, Tried, Unreadable, Waiting, Which};
use readers::Readers;
pub use replace::Posting;
pub use requests::{Accepted, Incident, Refused};
pub use retention::{Retention, Swept};
pub use rows::{
    Action, AttemptOutcome, AttemptRow, AuditRow, Decision, Filter, IncidentRow, NoticeDetail, NoticeRow, NoticeState,
    Replay, RequestDetail, RequestRow, Unfinished, UpdateState,
};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use writer::{BeforeCommit, Close, Order, Sync, Task, Writer};

/// How many reads run at once; more wait. Each keeps a page cache of 2 MB.
const READERS: usize = 4;
/// How many writes may wait for the writer before callers wait too.
const WAITING: usize = 4096;
/// A write of no weight.
const PROBE: &str = "insert or replace into told (key, at) values ('probe', ?)";

/// The journal of one host. Cheap to clone; the file is closed, and every write
/// done, when the last clone is dropped.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    path: PathBuf,
    clock: Clock,
    retention: RwLock<Retention>,
    next_request: AtomicU64,
    underway: replace::Underway,
    /// How many bytes of requests were written since the start, roughly.
    grown: AtomicU64,
    metrics: Arc<OnceLock<Metrics>>,
    /// As the table of that name.
    moved: Moved,
    opened_anew: watch::Receiver<()>,
    /// How many looks through the file are under way.
    looks: watch::Sender<usize>,
    reads: Arc<Semaphore>,
    readers: Arc<Readers>,
    health: Health,
    /// `None` only while the journal is being dropped.
    jobs: Option<mpsc::Sender<Order>>,
    writer: Option<JoinHandle<()>>,
}

impl Journal {
    /// Opens the journal at `path`, or begins one. A damaged file is moved aside,
    /// and a new one begins with what could still be read of it: the notices that
    /// were not posted first of all. The sentences are for the admins.
    ///
    /// # Errors
    /// When the file cannot be opened or written, and when a newer version of the
    /// host wrote it.
    pub fn open(path: &Path, clock: Clock, retention: Retention) -> Result<(Self, Vec<News>)> {
        Self::open_with(path, clock, retention, damage::SMALL, Box::new(|| Ok(())))
    }
    fn open_with(
        path: &Path,
        clock: Clock,
        retention: Retention,
        small: u64,
        before_commit: BeforeCommit,
    ) -> Result<(Self, Vec<News>)> {
        let (db, told) = damage::open_or_begin_anew(path, &clock, small)?;
        let next_request = requests::first_free_id(&db).context("reading the journal")?;
        let moved = Moved::default();
        moved.set(chats::all_moved(&db).context("reading the journal")?);
        let (jobs, waiting) = mpsc::channel(WAITING);
        let (readers, health) = (Arc::new(Readers::new(path.into())), Health::new("journal", clock.clone()));
        let (anew, opened_anew) = watch::channel(());
        let (underway, metrics) = (replace::Underway::default(), Arc::<OnceLock<Metrics>>::default());
        let looks = watch::Sender::new(0);
        let looker = Looker {
            path: path.into(),
            clock: clock.clone(),
            readers: readers.clone(),
            jobs: jobs.downgrade(),
            underway: looks.clone(),
        };
        looker.begin();
        let writer = Writer {
            db: Some(db),
            path: path.to_owned(),
            small,
            clock: clock.clone(),
            readers: readers.clone(),
            looker,
            health: health.clone(),
            underway: underway.clone(),
            syncs: writer::Syncs::default(),
            opened_anew: anew,
            figures: writer::Figures { clock: clock.clone(), metrics: metrics.clone() },
            before_commit,
        };
        let writer = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run(waiting))
            .context("starting the journal's thread")?;
        let inner = Inner {
            path: path.into(),
            clock,
            retention: RwLock::new(retention),
            next_request: AtomicU64::new(next_request),
            underway,
            grown: AtomicU64::new(0),
            metrics,
            moved,
            opened_anew,
            looks,
            reads: Arc::new(Semaphore::new(READERS)),
            readers,
            health,
            jobs: Some(jobs),
            writer: Some(writer),
        };
        Ok((Journal(Arc::new(inner)), told))
    }
    /// Says where commits, notices and incidents are counted; the first one stays.
    pub fn observe(&self, metrics: Metrics) {
        self.0.metrics.set(metrics).ok();
    }
    /// Which chats have moved, as far as it is on disk.
    pub fn moved(&self) -> &Moved {
        &self.0.moved
    }
    /// The size of its file and of the log beside it, in bytes.
    pub fn size(&self) -> u64 {
        let mut log = self.0.path.clone().into_os_string();
        log.push("-wal");
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        size(&self.0.path) + size(Path::new(&log))
    }
    /// From the next sweep on things are kept so long.
    pub(crate) fn keep(&self, retention: Retention) {
        *self.0.retention.write().unwrap_or_else(PoisonError::into_inner) = retention;
    }
    /// Closes the file, when all that was to be written is; nothing is written or
    /// read any more. SQLite then folds its log into the file, whose absence tells the next
    /// start that all went well.
    pub async fn close(&self) {
        let (closed, done) = oneshot::channel();
        let Some(jobs) = &self.0.jobs else { return };
        if jobs.send(Order::Close(Close(closed))).await.is_ok() {
            done.await.ok(); // a thread that is gone has closed it
        }
    }
    /// The number of the next request; goes on after a restart.
    pub fn next_request_id(&self) -> u64 {
        self.0.next_request.fetch_add(1, Ordering::Relaxed)
    }
    /// How it fares.
    pub fn health(&self) -> &Health {
        &self.0.health
    }
    /// Writes something of no weight, so that a journal that could not be written
    /// finds out that it can again.
    ///
    /// # Errors
    /// When it still cannot.
    pub async fn probe(&self) -> Result<()> {
        let now = rows::ms(self.now());
        self.write(move |db| Ok(db.prepare_cached(PROBE)?.execute([now]).map(drop)?)).await
    }
    /// Changes whenever the file was opened anew, since the disk failed or it was
    /// damaged: what waits in it may differ from what everybody was told. A commit
    /// that failed may be on the disk after all.
    pub(crate) fn opened_anew(&self) -> watch::Receiver<()> {
        self.0.opened_anew.clone()
    }
    /// Returns when no look through the file is under way, and what one has found is
    /// mended and told: a big file that was not closed well is looked through beside
    /// all that goes on.
    pub async fn looked_through(&self) {
        self.0.looks.subscribe().wait_for(|count| *count == 0).await.expect("this journal has a sender");
    }
    /// Has the file opened anew, as after a failure of the disk.
    #[cfg(test)]
    pub(crate) async fn open_anew(&self) {
        self.0.readers.suspect();
        self.probe().await.unwrap();
    }
    /// Runs SQL as one write, so that a test can break and mend the file.
    #[cfg(test)]
    pub(crate) async fn execute(&self, sql: &'static str) {
        self.write(|db| Ok(db.execute_batch(sql)?)).await.unwrap();
    }
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    /// Runs `work` in a transaction that it shares with whoever writes at the same
    /// time; returns when that is on disk. An error undoes this work alone.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.order(work, Sync::Now).await
    }
    /// As [`write`](Self::write), but what is written survives only the end of the
    /// process at once; the disk has it with the next write that must be there, or
    /// with the [`SYNC_EVERY`](writer::SYNC_EVERY)th of these. A power cut may undo
    /// that many: for what does no harm when it is done again.
    async fn write_soon<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.order(work, Sync::Soon).await
    }
    async fn order<T, F>(&self, work: F, sync: Sync) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (done, answer) = oneshot::channel();
        let jobs = self.0.jobs.as_ref().context("the journal is closed")?;
        jobs.send(Order::Write(Box::new(Task::new(work, done)), sync))
            .await
            .map_err(|_| anyhow!("the journal has stopped"))?;
        let result = answer.await.context("the journal has stopped")?;
        result.inspect_err(|error| self.0.suspect(error))
    }
    /// Runs `work` on a connection that only reads, beside the writer.
    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let permit = self.0.reads.clone().acquire_owned().await.context("the journal is closed")?;
        let inner = self.0.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let result = inner.readers.read(work);
            drop(permit);
            result.inspect_err(|error| inner.suspect(error))
        });
        reading.await.context("reading the journal")?
    }
}

impl Inner {
    /// Has the file looked through when an error means damage: before the next
    /// write, or by the next start.
    fn suspect(&self, error: &anyhow::Error) {
        if damage::means_damage(error) {
            damage::leave_suspicion(&self.path);
            self.readers.suspect();
        }
    }
    fn retention(&self) -> Retention {
        self.retention.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Inner {
    /// The writer closes last: SQLite then folds its log into the file, whose
    /// absence tells the next start that all went well.
    fn drop(&mut self) {
        self.readers.close_for_good();
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            writer.join().ok(); // it has logged its panic
        }
    }
}
