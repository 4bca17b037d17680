//! What a lane holds back until some time, while it posts what comes behind it.
use crate::journal::Waiting;
use jiff::Timestamp;
use std::time::Duration;

/// The clock of the machine may be set meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(600);

/// The notices that a lane holds back: those up to a number.
#[derive(Default)]
pub(super) struct HeldBack {
    /// Up to this one all that wait are held back now.
    after: u64,
    /// When the first of them may be posted.
    until: Option<Timestamp>,
    /// Up to this one they were held back lately.
    last: u64,
    /// The first that was posted of those: the others follow it without a sound.
    first: Option<u64>,
}

impl HeldBack {
    /// Only what comes after this notice is of interest now.
    pub(super) fn after(&self) -> u64 {
        self.after
    }
    /// Whether the journal says of a notice that it is held back until then. One that
    /// took the place of an earlier one has its time only, so the journal is told of each.
    pub(super) fn has(&self, waiting: &Waiting, until: Timestamp) -> bool {
        waiting.id <= self.last && waiting.not_before == Some(until)
    }
    /// Holds a notice back.
    pub(super) fn put(&mut self, id: u64, until: Timestamp) {
        (self.after, self.last) = (id, self.last.max(id));
        self.until = Some(self.until.map_or(until, |earlier| earlier.min(until)));
        self.first = None;
    }
    /// All of them may have their time now.
    pub(super) fn look_again(&mut self) {
        (self.after, self.until) = (0, None);
    }
    /// How long the lane may sleep, when nothing else waits; `None` when nothing is held
    /// back. From then on all of them are looked at again.
    pub(super) fn wait(&mut self, now: Timestamp) -> Option<Duration> {
        let wait = Duration::try_from(self.until?.duration_since(now)).unwrap_or_default();
        if wait <= LOOK_AGAIN {
            // Woken before by something new, they are held back once more.
            self.look_again();
        }
        Some(wait.min(LOOK_AGAIN))
    }
    /// Whether a notice comes after another that was held back as it was.
    pub(super) fn follows(&mut self, id: u64) -> bool {
        id <= self.last && *self.first.get_or_insert(id) != id
    }
}
