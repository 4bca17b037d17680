//! Takes notices from the journal to the networks, each chat in its own order.
//!
//! A chat with something waiting has one task, a *lane*, which reads one notice
//! at a time: the backlog is on disk, and a stuck chat costs one sleeping task.
//! Where a notice came from and what it means is not known here. Time is the
//! [`Clock`]'s, so a test moves through a day of retries at once.
mod group;
mod held;
mod lane;
mod pace;
pub(crate) mod post;
pub mod retry;
#[cfg(test)]
mod tests;

use crate::{
    apart::{self, Begun, Held},
    journal::{AttemptOutcome, Journal, Waiting},
    networks::Networks,
};
use anyhow::{Result, anyhow};
use factotum_plugin_api::{
    chat::{ChatId, Network, Paced, PostError},
    clock::Clock,
    language::Language,
};
use jiff::Timestamp;
use lane::End;
use pace::{Paces, Turn};
use post::{Circumstances, Plan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak},
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};
use tracing::{debug, error, warn};

/// For so long a network may take over one call; then it counts as unanswered.
const POST_LIMIT: Duration = Duration::from_secs(60);
/// For so long the calls under way may go on when the host stops.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// A notice of which the wall clock says that it waits longer is tried after so long,
/// or after the longest pause of the settings: the clock was set back.
const HELD_LIMIT: Duration = Duration::from_secs(3600);
/// The pause after a failed read of the journal.
const JOURNAL_PAUSE: Duration = Duration::from_secs(1);

/// So many notices are one message at most: more than any network has room for.
pub(crate) const GROUP_MAX: u32 = 500;

/// The section `[outbox]` of the config: how notices are retried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutboxSettings {
    /// Seconds before the first retry of a notice; each further pause is twice as long.
    #[schemars(range(min = 1, max = 86400))]
    pub retry_first_secs: u64,
    /// Seconds of the longest pause between two tries.
    #[schemars(range(min = 1, max = 86400))]
    pub retry_max_secs: u64,
    /// Seconds after which a notice that keeps failing becomes a dead letter.
    #[schemars(range(min = 1))]
    pub give_up_after_secs: u64,
    /// The share of each pause that is left to chance: 0.2 makes 60 s into 48 to 60 s.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub jitter: f64,
    /// When so many notices of good builds have to wait for a chat, they come as one
    /// message: 12 builds passed in 1 min. 0 never does that; `!group` says it for a chat.
    #[schemars(range(max = 500))]
    pub group_after: u32,
}

impl Default for OutboxSettings {
    /// 1, 2, 4 … 60 s, for a day; 5 are a group.
    fn default() -> Self {
        let (retry_first_secs, retry_max_secs, give_up_after_secs) = (1, 60, 86_400);
        OutboxSettings { retry_first_secs, retry_max_secs, give_up_after_secs, jitter: 0.2, group_after: 5 }
    }
}

/// A notice that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// Its number.
    pub id: u64,
    /// The chat that does not have it.
    pub chat: ChatId,
    /// The plugin that it comes from.
    pub plugin: String,
    /// What it is about.
    pub key: Option<String>,
    /// Why it was given up.
    pub reason: String,
}

/// Whoever wants to know how the outbox fares.
#[async_trait::async_trait]
pub trait Observer: Send + Sync + 'static {
    /// A notice was given up. Called for each one: how often the admins hear of the
    /// same chat is the observer's business.
    async fn dead_letter(&self, letter: DeadLetter);
    /// A call to a network has ended; for metrics, and for who asks how it fares.
    fn attempted(&self, attempt: Attempted<'_>) {
        let _ = attempt;
    }
    /// What is to be done with a notice that would be posted now.
    fn stand(&self, chat: &ChatId, waiting: &Waiting) -> Stand {
        let _ = (chat, waiting);
        Stand::Now
    }
    /// Records that a notice is not posted, which [`stand`](Self::stand) has said of it.
    ///
    /// # Errors
    /// When that could not be recorded: it is asked again.
    async fn keep_out(&self, chat: &ChatId, waiting: &Waiting) -> Result<()> {
        let _ = (chat, waiting);
        Ok(())
    }
    /// How many good notices that had to wait are one message, where a chat has said it;
    /// 0 is never.
    fn group_after(&self, chat: &ChatId) -> Option<u32> {
        let _ = chat;
        None
    }
    /// Whether a notice is a message of its own whatever waits beside it.
    fn is_alone(&self, id: u64) -> bool {
        let _ = id;
        false
    }
    /// The language that is read in a chat.
    fn language(&self, chat: &ChatId) -> Language {
        let _ = chat;
        Language::default()
    }
    /// What commands begin with, for the notices that name one.
    fn prefix(&self) -> String {
        "!".to_owned()
    }
}

/// What is to be done with a notice whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// It is posted.
    Now,
    /// It is posted without a sound.
    Quietly,
    /// It waits until then; those behind it do not wait for it.
    Later(Timestamp),
    /// It is kept out of the chat.
    Silenced,
}

/// An attempt to post a notice, a part of one, or several at a time, and how it ended.
#[derive(Clone, Copy, Debug)]
pub struct Attempted<'a> {
    /// The chat.
    pub chat: &'a ChatId,
    /// The plugin that each of its notices comes from.
    pub plugins: &'a [&'a str],
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The message's id, or what went wrong.
    pub detail: &'a str,
    /// Whether the chat has all of each notice now.
    pub whole: bool,
    /// How long the network took.
    pub took: Duration,
}

/// The outbox of the host. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    journal: Journal,
    networks: Networks,
    clock: Clock,
    settings: RwLock<OutboxSettings>,
    observer: OnceLock<Arc<dyn Observer>>,
    paces: Paces,
    /// What is older was not posted by the host before.
    started_at: OnceLock<Timestamp>,
    lanes: Mutex<Lanes>,
    /// Sent whenever a lane falls asleep, wakes or ends.
    changes: watch::Sender<()>,
    stopping: watch::Sender<bool>,
}

#[derive(Default)]
struct Lanes {
    by_chat: HashMap<ChatId, Lane>,
    last_id: u64,
}

/// The task of one chat that has something waiting.
struct Lane {
    /// Tells it from a later lane of the same chat.
    id: u64,
    /// Something came since it last read the journal.
    woken: bool,
    /// What it holds back is to be looked at again.
    look_again: bool,
    /// It does nothing before this moment of [`Clock::elapsed`].
    asleep_until: Option<Duration>,
    bell: Arc<Notify>,
    /// To end it when it does not end by itself.
    task: Option<AbortHandle>,
}

impl Outbox {
    /// An outbox that posts nothing yet.
    pub fn new(journal: Journal, networks: Networks, clock: Clock, settings: OutboxSettings) -> Self {
        Outbox(Arc::new(Inner {
            journal,
            networks,
            settings: RwLock::new(settings),
            observer: OnceLock::new(),
            paces: Paces::new(clock.clone()),
            started_at: OnceLock::new(),
            clock,
            lanes: Mutex::default(),
            changes: watch::Sender::new(()),
            stopping: watch::Sender::new(false),
        }))
    }
    /// Says who hears of dead letters and attempts; the first one stays.
    pub fn observe(&self, observer: Arc<dyn Observer>) {
        self.0.observer.set(observer).ok();
    }
    /// From now on failures are retried so; pauses that have begun go on.
    pub(crate) fn set(&self, settings: OutboxSettings) {
        *self.0.settings.write().unwrap_or_else(PoisonError::into_inner) = settings;
    }
    /// Takes up everything that waits in the journal.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn start(&self) -> Result<()> {
        self.0.started_at.set(self.0.clock.now()).ok();
        tokio::spawn(look_again(self.0.journal.opened_anew(), Arc::downgrade(&self.0)));
        self.wake(&self.0.journal.waiting_chats().await?);
        Ok(())
    }
    /// Looks at these chats again: something was put in for them, retried or dropped.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn wake(&self, chats: &[ChatId]) {
        for chat in chats {
            self.0.wake(chat);
        }
    }
    /// As [`wake`](Self::wake), where what is held back may have its time now.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn look_again_at(&self, chats: &[ChatId]) {
        for chat in chats {
            if let Some(lane) = self.0.lanes().by_chat.get_mut(chat) {
                lane.look_again = true;
            }
            self.0.wake(chat);
        }
    }
    /// Waits until a reply may be posted to a chat of `network`: as soon as its pace and
    /// the pauses that it asked for allow, before the notices that wait for the same slot.
    ///
    /// # Errors
    /// How long it would have to wait yet, where that is longer than `at_most`.
    pub(crate) async fn reply_turn(
        &self,
        chat: &ChatId,
        network: &Arc<dyn Network>,
        at_most: Duration,
    ) -> Result<(), Duration> {
        let Inner { clock, paces, .. } = &*self.0;
        let (mut turn, until) = (Turn::of_reply(), clock.elapsed().saturating_add(at_most));
        loop {
            let taken = paces.take(&chat.network, paced(network, chat), &network.limits(), &mut turn);
            match taken {
                Ok(()) => return Ok(()),
                Err(wait) if clock.elapsed().saturating_add(wait) > until => return Err(wait),
                Err(wait) => clock.sleep(wait).await,
            }
        }
    }
    /// The network wants a chat to be left alone for so long.
    pub(crate) fn leave_alone(&self, chat: &ChatId, network: &Arc<dyn Network>, pause: Duration) {
        self.0.paces.leave_alone(&chat.network, paced(network, chat), pause);
    }
    /// Posts nothing more, and waits until the calls under way have ended, at most
    /// 10 seconds. One that was cut off is posted again after the next start, as a
    /// possible duplicate.
    pub async fn stop(&self) {
        let inner = &self.0;
        inner.stopping.send_replace(true);
        // The lanes record what they cut off, hence a little longer than they have.
        let limit = STOP_LIMIT + Duration::from_secs(5);
        let ended = inner.clock.timeout(limit, inner.wait_for(|lanes, _| lanes.by_chat.is_empty())).await;
        if ended.is_err() {
            let tasks: Vec<AbortHandle> = inner.lanes().by_chat.values().filter_map(|lane| lane.task.clone()).collect();
            warn!(chats = tasks.len(), "the outbox was cut off");
            tasks.iter().for_each(AbortHandle::abort);
        }
    }
    /// Returns when no chat can do anything before the clock moves: for tests. A
    /// call that a network does not answer counts as something being done.
    pub async fn settled(&self) {
        let asleep = |lane: &Lane, now| lane.asleep_until.is_some_and(|until| until > now);
        self.0.wait_for(|lanes, now| lanes.by_chat.values().all(|lane| asleep(lane, now))).await;
    }
}

/// Takes up what waits in a journal that was opened anew, as long as there is an outbox.
async fn look_again(mut opened_anew: watch::Receiver<()>, outbox: Weak<Inner>) {
    while opened_anew.changed().await.is_ok() {
        loop {
            let Some(outbox) = outbox.upgrade().filter(|outbox| !outbox.is_stopping()) else { return };
            match outbox.journal.waiting_chats().await {
                Ok(chats) => {
                    chats.iter().for_each(|chat| outbox.wake(chat));
                    break;
                }
                Err(error) => error!(%error, "the journal could not be read"),
            }
            let pause = outbox.clock.sleep(JOURNAL_PAUSE);
            drop(outbox);
            pause.await;
        }
    }
}

impl Inner {
    fn settings(&self) -> OutboxSettings {
        self.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
    async fn wait_for(&self, fits: impl Fn(&Lanes, Duration) -> bool) {
        let mut changes = self.changes.subscribe();
        while !fits(&self.lanes(), self.clock.elapsed()) {
            changes.changed().await.expect("the outbox holds the sender");
        }
    }
    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }
    fn wake(self: &Arc<Self>, chat: &ChatId) {
        let mut lanes = self.lanes();
        if self.is_stopping() {
            return;
        }
        if let Some(lane) = lanes.by_chat.get_mut(chat) {
            (lane.woken, lane.asleep_until) = (true, None);
            lane.bell.notify_one();
            return;
        }
        lanes.last_id += 1;
        let (id, bell) = (lanes.last_id, Arc::new(Notify::new()));
        let lane = Lane { id, woken: false, look_again: false, asleep_until: None, bell: bell.clone(), task: None };
        lanes.by_chat.insert(chat.clone(), lane);
        drop(lanes);
        // Without the lock: a runtime that is going down drops the task at once, and
        // that takes the lane off the list.
        let end = End { outbox: self.clone(), chat: chat.clone(), id };
        let task = tokio::spawn(end.run(bell)).abort_handle();
        if let Some(lane) = self.lanes().by_chat.get_mut(chat)
            && lane.id == id
        {
            lane.task = Some(task);
        }
    }
    /// Runs `f` until it is done or the host has been stopping for a while.
    async fn unless_cut_off<T>(&self, f: impl Future<Output = T>) -> Option<T> {
        let mut stopping = self.stopping.subscribe();
        let cut_off = async {
            stopping.wait_for(|stopping| *stopping).await.ok();
            self.clock.sleep(STOP_LIMIT).await;
        };
        tokio::select! {
            biased;
            done = f => Some(done),
            () = cut_off => None,
        }
    }
    /// Makes one call in a task of its own, so that a panic costs this call alone.
    async fn call<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, PostError>> + Send + 'static,
    ) -> Result<T, PostError> {
        let mut call = Held(apart::begin(call));
        if let Begun::Done(Ok(_)) = &call.0 {
            return call.0.done().await.unwrap_or_else(|cut| Err(PostError::Unanswered(cut.into())));
        }
        let ended = self.clock.timeout(POST_LIMIT, call.0.done());
        match self.unless_cut_off(ended).await {
            Some(Ok(Ok(result))) => result,
            // Before or after it sent something: nobody knows.
            Some(Ok(_)) => Err(PostError::Unanswered(anyhow!("the network panicked"))),
            Some(Err(_)) => Err(PostError::Unanswered(anyhow!("no answer within {} s", POST_LIMIT.as_secs()))),
            None => Err(PostError::Unanswered(anyhow!("the host stopped before the answer came"))),
        }
    }
    async fn post(&self, network: Arc<dyn Network>, address: &str, plan: &Plan) -> Result<String, PostError> {
        let (address, message, edit) = (address.to_owned(), plan.message.clone(), plan.edit.clone());
        self.call(async move {
            match edit {
                Some(id) => network.edit(&address, &id, &message).await.map(|()| id),
                None => network.post(&address, &message).await,
            }
        })
        .await
    }
    /// Removes messages that a new one stands for; what cannot be removed stays.
    async fn delete(&self, network: &Arc<dyn Network>, address: &str, ids: Vec<String>) -> Option<Duration> {
        let mut leave_alone = None;
        for id in ids {
            let (network, address) = (network.clone(), address.to_owned());
            match self.call(async move { network.delete(&address, &id).await }).await {
                Ok(()) => {}
                Err(PostError::RetryAfter(pause)) => leave_alone = Some(pause),
                Err(error) => debug!(%error, "the earlier message stays"),
            }
        }
        leave_alone
    }
    /// How long a notice is held yet at most, whatever the wall clock says: from when
    /// its lane first read that it is.
    fn still_held(&self, waiting: &Waiting, first_read: &mut ((u64, Option<Timestamp>), Duration)) -> Duration {
        let (pause, now) = ((waiting.id, waiting.not_before), self.clock.elapsed());
        if first_read.0 != pause {
            *first_read = (pause, now);
        }
        let longest = HELD_LIMIT.max(Duration::from_secs(self.settings().retry_max_secs));
        first_read.1.saturating_add(longest).saturating_sub(now)
    }
    fn circumstances(&self, moved: u32) -> Circumstances {
        Circumstances { settings: self.settings(), now: self.clock.now(), random: fastrand::f64(), moved }
    }
}

/// Code of a network panicked; the panic itself is in the log.
struct Panicked;
type Caught<T> = Result<T, Panicked>;

/// Calls what a network says of itself, so that a panic costs one notice and not its lane.
fn caught<T>(f: impl FnOnce() -> T) -> Caught<T> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|_| Panicked)
}

/// Which messages share a pace with those to a chat: its own, where the network cannot say.
fn paced<'a>(network: &Arc<dyn Network>, chat: &'a ChatId) -> Paced<'a> {
    caught(|| network.paced(&chat.address)).unwrap_or(Paced { chat: &chat.address, group: false })
}
