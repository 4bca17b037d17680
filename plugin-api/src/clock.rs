//! The one clock: times of day, timers and time limits, which a test can move.
use jiff::Timestamp;
use std::{
    fmt,
    future::Future,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::watch;

/// Where the host and its plugins get the time and wait for it.
///
/// [`Clock::system`] follows the machine. [`Clock::manual`] stands still until
/// [`Clock::advance`], so that a test of a retry after a minute takes no minute.
///
/// ```
/// # use factotum_plugin_api::clock::Clock;
/// # use std::time::Duration;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
/// let nap = clock.sleep(Duration::from_secs(60));
/// clock.advance(Duration::from_secs(60));
/// nap.await;
/// assert_eq!(clock.now().to_string(), "2026-11-20T10:01:00Z");
/// # });
/// ```
#[derive(Clone)]
pub struct Clock(Arc<Kind>);

enum Kind {
    System,
    Manual { start: Timestamp, passed: watch::Sender<Duration> },
}

/// The time limit of [`Clock::timeout`] has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("took too long")]
pub struct Elapsed;

static STARTED: LazyLock<tokio::time::Instant> = LazyLock::new(tokio::time::Instant::now);

impl Clock {
    /// The machine's clock and tokio's timers.
    pub fn system() -> Self {
        LazyLock::force(&STARTED);
        Clock(Arc::new(Kind::System))
    }
    /// A clock that shows `start` and moves only by [`advance`](Self::advance).
    pub fn manual(start: Timestamp) -> Self {
        Clock(Arc::new(Kind::Manual { start, passed: watch::Sender::new(Duration::ZERO) }))
    }
    /// The time of day, in UTC.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            Kind::System => Timestamp::now(),
            Kind::Manual { start, passed } => *start + *passed.borrow(),
        }
    }
    /// Time since some fixed moment; never goes back, unlike the time of day.
    pub fn elapsed(&self) -> Duration {
        match &*self.0 {
            Kind::System => STARTED.elapsed(),
            Kind::Manual { passed, .. } => *passed.borrow(),
        }
    }
    /// Waits for `duration`, counted from this call and not from the first poll.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        let clock = self.clone();
        let until = self.elapsed().saturating_add(duration);
        async move {
            match &*clock.0 {
                Kind::System => tokio::time::sleep(until.saturating_sub(clock.elapsed())).await,
                Kind::Manual { passed, .. } => {
                    let mut passed = passed.subscribe();
                    passed.wait_for(|now| *now >= until).await.expect("the clock holds the sender");
                }
            }
        }
    }
    /// Waits until the time of day `at`; returns at once when it has passed.
    pub fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send + use<> {
        let wait = at.duration_since(self.now());
        self.sleep(wait.try_into().unwrap_or(Duration::ZERO))
    }
    /// Runs `future` for at most `limit`.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passes first; the future is dropped.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Result<F::Output, Elapsed> {
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.sleep(limit) => Err(Elapsed),
        }
    }
    /// Moves a manual clock on and wakes whoever waited for a time up to then.
    ///
    /// # Panics
    /// On the system clock, which nobody moves.
    pub fn advance(&self, by: Duration) {
        match &*self.0 {
            Kind::System => panic!("the system clock cannot be moved"),
            Kind::Manual { passed, .. } => passed.send_modify(|now| *now += by),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
