//! Pauses that double, with a part left to chance so that many hosts do not come back
//! at once.
use crate::Failed;
use factotum_plugin_api::clock::Clock;
use std::time::Duration;

/// 1, 2, 4 … seconds, up to a longest.
pub(crate) struct Backoff {
    clock: Clock,
    longest: Duration,
    step: u32,
}

impl Backoff {
    /// Beginning with a second; `longest` in seconds.
    pub(crate) fn new(clock: &Clock, longest: u64) -> Self {
        Backoff { clock: clock.clone(), longest: Duration::from_secs(longest), step: 0 }
    }
    /// Whether nothing has failed since the last success.
    pub(crate) fn is_first(&self) -> bool {
        self.step == 0
    }
    /// It works again.
    pub(crate) fn reset(&mut self) {
        self.step = 0;
    }
    /// Waits, longer each time.
    pub(crate) async fn pause(&mut self) {
        self.pause_for(None).await;
    }
    /// As [`pause`](Self::pause), and at least as long as Telegram asks for.
    pub(crate) async fn pause_after(&mut self, failed: &Failed) {
        let asked = match failed {
            Failed::Refused(refused) => refused.parameters.retry_after,
            Failed::Unsent(_) | Failed::Unanswered(_) => None,
        };
        self.pause_for(asked).await;
    }
    async fn pause_for(&mut self, at_least: Option<u64>) {
        let pause = Duration::from_secs(1 << self.step.min(12)).min(self.longest);
        self.step += 1;
        let pause = pause.mul_f64(1.0 - 0.2 * fastrand::f64());
        self.clock.sleep(pause.max(Duration::from_secs(at_least.unwrap_or(0)))).await;
    }
}
