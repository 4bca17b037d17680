//! The builders and workers of one master, kept current by its events, so that who asks
//! what they do need not list them first.
//!
//! They are kept only while all events come in, and read anew now and then: Buildbot has
//! no event for a worker that is configured for other builders. Whoever finds nothing
//! kept asks the master.
use crate::model::{Builder, Worker};
use factotum_plugin_api::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was read so long ago is to be read again.
const REREAD: Duration = Duration::from_secs(50);
/// What was read so long ago is not told any more.
const KEPT: Duration = Duration::from_secs(75);
/// The stream answers a ping each 30 s: one that is silent for longer may have ended.
const SILENT: Duration = Duration::from_secs(40);
/// A master that takes a new config tells of its builders first and of workers never.
const SETTLING: Duration = Duration::from_secs(10);

/// See the module.
pub(crate) struct Roster {
    state: Mutex<State>,
    clock: Clock,
}

/// What there is to build, and who could.
#[derive(Clone)]
pub(crate) struct Lists {
    /// By name.
    pub(crate) builders: Vec<Builder>,
    /// By name.
    pub(crate) workers: Vec<Worker>,
}

#[derive(Default)]
struct State {
    /// Whether the stream is up.
    up: bool,
    /// Whether its events are read as they come.
    keeps_up: bool,
    /// When something came in by it.
    heard: Duration,
    /// From when on a new config is in place.
    settled: Duration,
    /// Another one after each change: what was read before it is not kept.
    version: u64,
    /// And when they were read.
    kept: Option<(Duration, Lists)>,
}

impl State {
    fn forget(&mut self) {
        self.version += 1;
        self.kept = None;
    }
}

/// The stream is up for as long as this lives.
pub(crate) struct Up<'r>(&'r Roster);

impl Drop for Up<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.up = false;
        state.forget();
    }
}

impl Roster {
    /// Of one master; nothing is known yet.
    pub(crate) fn new(clock: &Clock) -> Self {
        Roster { state: Mutex::default(), clock: clock.clone() }
    }
    /// All events come in from now on, and those before it are known.
    pub(crate) fn up(&self) -> Up<'_> {
        let now = self.clock.elapsed();
        let mut state = self.state();
        state.forget();
        (state.up, state.keeps_up, state.heard) = (true, true, now);
        Up(self)
    }
    /// Something came in by the stream.
    pub(crate) fn heard(&self) {
        self.state().heard = self.clock.elapsed();
    }
    /// Whether the stream is read as fast as it comes.
    pub(crate) fn keeps_up(&self, does: bool) {
        self.state().keeps_up = does;
    }
    /// Whether what the stream told of is how things are.
    pub(crate) fn is_current(&self) -> bool {
        let (state, now) = (self.state(), self.clock.elapsed());
        state.up && state.keeps_up && now.saturating_sub(state.heard) < SILENT
    }
    /// Whether it is time to read the lists.
    pub(crate) fn is_due(&self) -> bool {
        let (state, now) = (self.state(), self.clock.elapsed());
        now >= state.settled && state.kept.as_ref().is_none_or(|(read, _)| now.saturating_sub(*read) >= REREAD)
    }
    /// The lists, where they are as the master would tell them.
    pub(crate) fn lists(&self) -> Option<Lists> {
        let current = self.is_current();
        let (state, now) = (self.state(), self.clock.elapsed());
        let (read, lists) = state.kept.as_ref()?;
        (current && now.saturating_sub(*read) < KEPT).then(|| lists.clone())
    }
    /// To be asked for before the lists are read.
    pub(crate) fn version(&self) -> u64 {
        self.state().version
    }
    /// Keeps what was read, unless something has happened since `version`.
    pub(crate) fn keep(&self, version: u64, lists: &Lists) {
        let now = self.clock.elapsed();
        let mut state = self.state();
        // A master lists no builders in its first moments.
        if state.up && state.version == version && now >= state.settled && !lists.builders.is_empty() {
            state.kept = Some((now, lists.clone()));
        }
    }
    /// Something is about to change by our own doing.
    pub(crate) fn doubt(&self) {
        self.state().forget();
    }
    /// An event with the key `builders/…` or `workers/…`.
    pub(crate) fn event(&self, key: &str, message: &Value) {
        if key.starts_with("builders/") {
            let now = self.clock.elapsed();
            let mut state = self.state();
            state.settled = now + SETTLING;
            state.forget();
        } else if key.starts_with("workers/") {
            let mut state = self.state();
            let same = Worker::deserialize(message).is_ok_and(|worker| state.changed(worker));
            // What was being read meanwhile may be older.
            state.version += 1;
            if !same {
                state.kept = None;
            }
        }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A worker is so now; false where the lists are to be read for that.
    fn changed(&mut self, worker: Worker) -> bool {
        let Some((_, lists)) = &mut self.kept else { return true };
        let known = lists.workers.iter_mut().find(|known| known.id == worker.id);
        // It may be older than what was read of a new config, or newer.
        let Some(known) = known.filter(|known| known.configured_on == worker.configured_on) else { return false };
        *known = worker;
        true
    }
}
