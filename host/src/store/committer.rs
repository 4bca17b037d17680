//! The one thread that writes. It takes all waiting orders, applies them, syncs
//! once, and only then answers them.
//!
//! sled hangs for good when several tasks flush at once (its `flush_async`), and
//! one sync for many writes is what makes durable writes quick.
//!
//! After a failed sync the engine is closed, and what is on the disk is written
//! once more and opened: the kernel may have dropped what it could not write, show
//! it all the same, and call the next sync a success.
use super::{engine::Engine, recovery, slot::Slot};
use crate::health::{self, FULL, Health, Unwell};
use anyhow::{Context, anyhow};
use factotum_plugin_api::clock::Clock;
use factotum_plugin_api::store::{Expect, Record, Revision, Stored};
use std::{path::PathBuf, sync::Arc, thread::JoinHandle, time::Duration};
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

impl Change {
    /// About how much it takes.
    fn bytes(&self) -> usize {
        self.table.len() + self.key.len() + self.value.as_ref().map_or(0, |value| value.json.len())
    }
}

/// The revision of the last change, or `None` where its `expect` did not hold.
type Answer = anyhow::Result<Option<Revision>>;

enum Order {
    /// Changes that are answered together; without any, whether the store takes some.
    Change(Vec<Change>, oneshot::Sender<Answer>),
    /// Nothing after this one is taken.
    Close(oneshot::Sender<()>),
}

const BATCH: usize = 256; // orders in one sync
const WAITING: usize = 1024; // orders; with records of 64 KiB that is 64 MiB at worst

/// The first and the longest pause between two tries to open the store anew.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// The way to the thread. Dropping it waits until all orders are done.
pub(super) struct Committer {
    orders: Option<mpsc::Sender<Order>>,
    thread: Option<JoinHandle<()>>,
    health: Health,
}

/// Where the store is, for opening it anew.
pub(super) struct Origin {
    pub(super) folder: PathBuf,
    pub(super) snapshots: PathBuf,
    pub(super) clock: Clock,
}

impl Committer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the newest revision cannot be read or the thread not be started.
    pub(super) fn start(
        slot: Arc<Slot>,
        origin: Origin,
        health: Health,
        changes: Changes,
        sync: MakeDurable,
    ) -> anyhow::Result<Self> {
        let (orders, waiting) = mpsc::channel(WAITING);
        let revision = slot.with(Engine::revision)?;
        let (next_try, pause) = (Duration::ZERO, PAUSES.0);
        let worker = Worker { slot, origin, health: health.clone(), changes, sync, revision, next_try, pause };
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || worker.run(waiting))?;
        Ok(Committer { orders: Some(orders), thread: Some(thread), health })
    }
    /// Returns when all `changes` are durable.
    pub(super) async fn change(&self, changes: Vec<Change>) -> Answer {
        let (done, answer) = oneshot::channel();
        self.send(Order::Change(changes, done)).await?;
        answer.await.map_err(|_| closed())?
    }
    /// Returns when what was ordered before is durable; nothing is taken any more.
    pub(super) async fn close(&self) -> anyhow::Result<()> {
        let (done, answer) = oneshot::channel();
        // A second close finds the thread gone, which is what it asks for.
        if self.send(Order::Close(done)).await.is_ok() {
            answer.await.ok();
        }
        self.health.unwell().map_or(Ok(()), |unwell| Err(unwell.into()))
    }
    async fn send(&self, order: Order) -> anyhow::Result<()> {
        let orders = self.orders.as_ref().expect("only drop takes it");
        orders.send(order).await.map_err(|_| closed())
    }
}

fn closed() -> anyhow::Error {
    anyhow!("the store is closed")
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
    slot: Arc<Slot>,
    origin: Origin,
    health: Health,
    changes: Changes,
    sync: MakeDurable,
    /// The newest revision given out.
    revision: Revision,
    /// When the store may be opened anew, and the pause after that.
    next_try: Duration,
    pause: Duration,
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
        let (mut taken, mut closing) = (Vec::with_capacity(orders.len()), None);
        for order in orders {
            match order {
                Order::Change(changes, done) => taken.push((changes, done)),
                Order::Close(done) => {
                    closing = Some(done);
                    break;
                }
            }
        }
        let slot = self.slot.clone();
        let ready = self.ready(taken.iter().flat_map(|(changes, _)| changes).map(Change::bytes).sum());
        let answers = ready.and_then(|()| {
            let work = |engine: &Engine| {
                let answers: Vec<Answer> = taken.iter().map(|(changes, _)| self.apply(engine, changes)).collect();
                // What a write saw of its batch is durable only now, so even a
                // conflict is answered after the sync.
                (self.sync)(engine).map(|()| answers)
            };
            slot.with(work).map_err(|error| self.distrust(&error))
        });
        if let Ok(answers) = answers {
            self.health.works();
            for ((changes, done), answer) in taken.into_iter().zip(answers) {
                if let Ok(Some(_)) = answer {
                    for change in changes {
                        self.changes.send(Arc::new((change.table, change.key))).ok(); // nobody need watch
                    }
                }
                done.send(answer).ok(); // whoever wrote may have gone
            }
        } else if let Err(unwell) = answers {
            for (_, done) in taken {
                done.send(Err(unwell.clone().into())).ok();
            }
        }
        closing
    }
    /// Whether `bytes` can be written now. A disk that is too full is left alone:
    /// sled would not survive it.
    fn ready(&mut self, bytes: usize) -> Result<(), Unwell> {
        if let Err(error) = recovery::has_room(&self.origin.folder, bytes) {
            return Err(self.health.failed(health::in_short(&error), &error));
        }
        if !self.slot.is_empty() {
            return Ok(());
        }
        let now = self.origin.clock.elapsed();
        if now < self.next_try {
            return Err(self.health.unwell().expect("the engine is taken out for a reason"));
        }
        let Origin { folder, snapshots, clock } = &self.origin;
        let opened = recovery::open(folder, snapshots, clock);
        let opened = opened.and_then(|(engine, told)| Ok((engine.revision()?, engine, told)));
        match opened {
            Ok((revision, engine, told)) => {
                // No revision comes twice, were it only seen and not durable.
                self.revision = self.revision.max(revision);
                self.slot.put_back(engine);
                self.health.tell(told);
                self.pause = PAUSES.0;
                Ok(())
            }
            Err(error) => {
                self.next_try = now.saturating_add(self.pause);
                self.pause = PAUSES.1.min(self.pause * 2);
                Err(self.health.failed(why(&error), &error))
            }
        }
    }
    /// Closes the engine, before anybody is told that it failed: what it shows may
    /// not be durable.
    fn distrust(&mut self, error: &anyhow::Error) -> Unwell {
        let unwell = self.health.failed(why(error), error);
        recovery::distrust(&self.origin.folder);
        self.slot.take_out();
        unwell
    }
    fn apply(&mut self, engine: &Engine, changes: &[Change]) -> Answer {
        let mut last = None;
        for change in changes {
            last = self.apply_one(engine, change)?;
        }
        Ok(last)
    }
    fn apply_one(&mut self, engine: &Engine, change: &Change) -> Answer {
        let Change { table, key, expect, value } = change;
        let old = engine.revision_of(table, key)?;
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
        engine.set_revision(revision)?;
        match value.clone() {
            Some(value) => engine.insert(table, key, &Record { revision, value })?,
            None => engine.remove(table, key)?,
        }
        Ok(Some(revision))
    }
}

/// Why the store cannot be written, for everybody: the words of a panic inside
/// sled, which may repeat what stands on a page, are for the log.
fn why(error: &anyhow::Error) -> String {
    match error.chain().find_map(|cause| cause.downcast_ref::<sled::Error>()) {
        Some(sled::Error::Io(error)) if error.kind() == std::io::ErrorKind::StorageFull => FULL.into(),
        Some(sled::Error::Io(error)) => error.to_string(),
        Some(_) => "sled cannot go on".into(),
        None => health::in_short(error),
    }
}
