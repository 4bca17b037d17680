//! How the parts that write to the disk fare: whether one of them cannot, since
//! when and why. For `/readyz`, `!status`, the metrics, and the admins.
//!
//! The part itself says so, with each write that fails and the first one that
//! works again; nothing here looks at a disk.
mod watch;

pub(crate) use watch::watch;

use crate::texts::News;
use factotum_plugin_api::clock::Clock;
use jiff::Timestamp;
use std::{
    io::{self, ErrorKind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::watch as channel;

/// What is said of a disk without room.
pub(crate) const FULL: &str = "the disk is full";

/// Why a part takes no writes. Each write that it turns away fails with this as
/// one of its causes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {part} could not be written: {why}")]
pub struct Unwell {
    /// `journal` or `store`.
    pub part: &'static str,
    /// Since when.
    pub since: Timestamp,
    /// Why, in a few words without any path or value.
    pub why: String,
}

impl Unwell {
    /// Whether room on the disk is all that is missing.
    pub fn is_full(&self) -> bool {
        self.why == FULL
    }
    /// What made `error`, if it was this.
    pub fn of(error: &anyhow::Error) -> Option<&Unwell> {
        error.chain().find_map(|cause| cause.downcast_ref())
    }
}

/// How one part fares. Cheap to clone, and to ask while all is well.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    part: &'static str,
    clock: Clock,
    well: AtomicBool,
    state: Mutex<State>,
    changed: channel::Sender<()>,
}

#[derive(Default)]
struct State {
    unwell: Option<Unwell>,
    news: Vec<News>,
}

impl Health {
    pub(crate) fn new(part: &'static str, clock: Clock) -> Self {
        let (well, state, changed) = (AtomicBool::new(true), Mutex::default(), channel::Sender::new(()));
        Health(Arc::new(Inner { part, clock, well, state, changed }))
    }
    /// What is wrong, if anything is.
    pub fn unwell(&self) -> Option<Unwell> {
        if self.0.well.load(Ordering::Acquire) { None } else { self.state().unwell.clone() }
    }
    /// A write failed; `why` is for everybody, the error for the log. Since when is
    /// what the first failure says, why what the last one does.
    pub(crate) fn failed(&self, why: String, error: &anyhow::Error) -> Unwell {
        let (part, now) = (self.0.part, self.0.clock.now());
        let mut state = self.state();
        if state.unwell.is_none() {
            // Once, since a full disk fails a thousand writes a second.
            tracing::error!(part, error = format!("{error:#}"), "nothing can be written");
        }
        let since = state.unwell.as_ref().map_or(now, |unwell| unwell.since);
        let unwell = Unwell { part, since, why };
        state.unwell = Some(unwell.clone());
        self.0.well.store(false, Ordering::Release);
        drop(state);
        self.0.changed.send_replace(());
        unwell
    }
    /// A write worked.
    pub(crate) fn works(&self) {
        if self.0.well.load(Ordering::Acquire) {
            return;
        }
        self.state().unwell = None;
        self.0.well.store(true, Ordering::Release);
        tracing::warn!(part = self.0.part, "it can be written again");
        self.0.changed.send_replace(());
    }
    /// Something that the admins are to hear.
    pub(crate) fn tell(&self, news: impl IntoIterator<Item = News>) {
        let mut state = self.state();
        let before = state.news.len();
        state.news.extend(news);
        let more = state.news.len() > before;
        drop(state);
        if more {
            self.0.changed.send_replace(());
        }
    }
    pub(crate) fn take_news(&self) -> Vec<News> {
        std::mem::take(&mut self.state().news)
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many requests were answered 503.
#[derive(Default)]
pub(crate) struct TurnedAway {
    total: AtomicU64,
    /// Of these, how many since a part is unwell.
    lately: AtomicU64,
}

impl TurnedAway {
    pub(crate) fn count(&self, unwell: bool) {
        self.total.fetch_add(1, Ordering::Relaxed);
        if unwell {
            self.lately.fetch_add(1, Ordering::Relaxed);
        }
    }
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
    pub(crate) fn lately(&self) -> u64 {
        self.lately.load(Ordering::Relaxed)
    }
    pub(crate) fn take_lately(&self) -> u64 {
        self.lately.swap(0, Ordering::Relaxed)
    }
}

/// An error in a few words that anybody may read: its innermost cause.
pub(crate) fn in_short(error: &anyhow::Error) -> String {
    let full = |io: &io::Error| matches!(io.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    if error.chain().any(|cause| cause.downcast_ref().is_some_and(full)) {
        return FULL.into();
    }
    error.root_cause().to_string()
}
