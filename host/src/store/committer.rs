//! The one thread that writes. It takes all waiting orders, applies them, syncs
//! once, and only then answers them.
//!
//! sled hangs for good when several tasks flush at once (its `flush_async`), and
//! one sync for many writes is what makes durable writes quick.
use super::engine::Engine;
use anyhow::{Context, anyhow};
use factotum_plugin_api::store::{Expect, Record, Revision, Stored};
use std::{
    sync::{Arc, OnceLock},
    thread::JoinHandle,
};
use tokio::sync::{broadcast, mpsc, oneshot};

/// Keys of durable changes: `(table, key)`.
pub(super) type Changes = broadcast::Sender<Arc<(String, String)>>;

/// How the committer makes a batch durable; tests put a disk in that fails.
pub(super) type MakeDurable = Box<dyn FnMut(&Engine) -> anyhow::Result<()> + Send>;

/// What one key shall become; a value of `None` removes.
pub(super) struct Change {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) expect: Expect,
    pub(super) value: Option<Stored>,
}

/// The revision of the last change, or `None` where its `expect` did not hold.
type Answer = anyhow::Result<Option<Revision>>;

enum Order {
    /// Changes that are answered together.
    Change(Vec<Change>, oneshot::Sender<Answer>),
    /// Nothing after this one is taken.
    Close(oneshot::Sender<()>),
}

const BATCH: usize = 256; // orders in one sync
const WAITING: usize = 1024; // orders; with records of 64 KiB that is 64 MiB at worst

/// Why no write is taken any more.
#[derive(Default)]
struct Stopped(OnceLock<String>);

impl Stopped {
    fn error(&self) -> anyhow::Error {
        match self.0.get() {
            Some(why) => anyhow!("the store takes no more writes until a restart: {why}"),
            None => anyhow!("the store is closed"),
        }
    }
}

/// The way to the thread. Dropping it waits until all orders are done.
pub(super) struct Committer {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    stopped: Arc<Stopped>,
}

impl Committer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the newest revision cannot be read or the thread not be started.
    pub(super) fn start(engine: Arc<Engine>, changes: Changes, sync: MakeDurable) -> anyhow::Result<Self> {
        let (orders, waiting) = mpsc::channel(WAITING);
        let stopped = Arc::<Stopped>::default();
        let revision = engine.revision()?;
        let worker = Worker { engine, changes, sync, revision, stopped: stopped.clone() };
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || worker.run(waiting))?;
        Ok(Committer { orders: Some(orders), thread: Some(thread), stopped })
    }
    /// Returns when all `changes` are durable.
    pub(super) async fn change(&self, changes: Vec<Change>) -> Answer {
        let (done, answer) = oneshot::channel();
        self.send(Order::Change(changes, done)).await?;
        answer.await.map_err(|_| self.stopped.error())?
    }
    /// Returns when what was ordered before is durable; nothing is taken any more.
    pub(super) async fn close(&self) -> anyhow::Result<()> {
        let (done, answer) = oneshot::channel();
        // A second close finds the thread gone, which is what it asks for.
        if self.send(Order::Close(done)).await.is_ok() {
            answer.await.ok();
        }
        if self.stopped.0.get().is_some() { Err(self.stopped.error()) } else { Ok(()) }
    }
    async fn send(&self, order: Order) -> anyhow::Result<()> {
        let orders = self.orders.as_ref().expect("only drop takes it");
        orders.send(order).await.map_err(|_| self.stopped.error())
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        drop(self.orders.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's thread panicked");
        }
    }
}

struct Worker {
    engine: Arc<Engine>,
    changes: Changes,
    sync: MakeDurable,
    /// The newest revision given out.
    revision: Revision,
    stopped: Arc<Stopped>,
}

impl Worker {
    fn run(mut self, mut waiting: mpsc::Receiver<Order>) {
        let mut orders = Vec::new();
        while waiting.blocking_recv_many(&mut orders, BATCH) > 0 {
            if let Some(closed) = self.commit(orders.drain(..)) {
                drop(waiting);
                closed.send(()).ok(); // whoever closed may have gone
                return;
            }
        }
    }
    /// Gives the order to close, if there was one; what came after it is dropped unanswered.
    fn commit(&mut self, orders: impl ExactSizeIterator<Item = Order>) -> Option<oneshot::Sender<()>> {
        let (mut applied, mut closing) = (Vec::with_capacity(orders.len()), None);
        for order in orders {
            match order {
                Order::Change(changes, done) => {
                    let answer = self.apply(&changes);
                    applied.push((changes, done, answer));
                }
                Order::Close(done) => {
                    closing = Some(done);
                    break;
                }
            }
        }
        self.make_durable();
        for (changes, done, answer) in applied {
            // What a write saw of its batch is durable only now, so even a
            // conflict is answered after the sync.
            let answer = if self.stopped.0.get().is_some() { Err(self.stopped.error()) } else { answer };
            if let Ok(Some(_)) = answer {
                for change in changes {
                    self.changes.send(Arc::new((change.table, change.key))).ok(); // nobody need watch
                }
            }
            done.send(answer).ok(); // whoever wrote may have gone
        }
        closing
    }
    fn make_durable(&mut self) {
        if self.stopped.0.get().is_some() {
            return;
        }
        if let Err(error) = (self.sync)(&self.engine) {
            // The kernel may have dropped the pages it could not write and call
            // the next sync a success: only what is read again can be trusted.
            tracing::error!(error = format!("{error:#}"), "the store takes no more writes");
            self.stopped.0.set(format!("{error:#}")).ok(); // the first reason stays
        }
    }
    fn apply(&mut self, changes: &[Change]) -> Answer {
        let mut last = None;
        for change in changes {
            if self.stopped.0.get().is_some() {
                return Err(self.stopped.error());
            }
            last = self.apply_one(change)?;
        }
        Ok(last)
    }
    fn apply_one(&mut self, change: &Change) -> Answer {
        let Change { table, key, expect, value } = change;
        let old = self.engine.revision_of(table, key)?;
        let holds = match expect {
            Expect::Anything => true,
            Expect::Absent => old.is_none(),
            Expect::Present => old.is_some(),
            Expect::At(revision) => old == Some(*revision),
        };
        if !holds {
            return Ok(None);
        }
        // The counter goes first. Still, after a crash it may be older than a
        // record that was not yet answered; a revision must never come twice.
        self.revision = self.revision.max(old.unwrap_or(0)).checked_add(1).context("the revisions are used up")?;
        let revision = self.revision;
        self.engine.set_revision(revision)?;
        match value.clone() {
            Some(value) => self.engine.insert(table, key, &Record { revision, value })?,
            None => self.engine.remove(table, key)?,
        }
        Ok(Some(revision))
    }
}
