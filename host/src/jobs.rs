//! Runs the plugins' jobs: timers and endless tasks, each begun again after a
//! failure with a growing pause, and ended when its plugin is disabled. The jobs of
//! a new instance begin when those of the old one are gone.
use crate::services::Shared;
use factotum_plugin_api::{
    Started,
    clock::Clock,
    job::{Schedule, Tick},
    language::Language,
};
use std::{
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};
use tracing::{Instrument, debug, info_span, warn};

/// The running jobs of one plugin; dropping them ends them.
#[derive(Default)]
pub(crate) struct JobTasks {
    tasks: Vec<JoinHandle<()>>,
    at_work: AtWork,
}

/// Closes when the last run of these jobs is gone: an aborted one is not until it
/// waits for something.
#[derive(Clone, Default)]
pub(crate) struct AtWork(Arc<watch::Sender<()>>);

impl Drop for JobTasks {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl JobTasks {
    /// Begins every job of a plugin, once those of its instance `before` are gone;
    /// those that do not go in time are waited for no longer.
    pub(crate) fn begin(plugin: &'static str, started: &Arc<Started>, before: &AtWork, shared: &Arc<Shared>) -> Self {
        let at_work = AtWork::default();
        let begin = |at: usize| {
            let job = started.jobs.0[at].name;
            let span = info_span!("job", plugin, job);
            let (started, before, clock) = (started.clone(), before.clone(), shared.clock.clone());
            let (run, host) = (at_work.0.subscribe(), Arc::downgrade(shared));
            let task = async move {
                if clock.timeout(END_LIMIT, before.0.closed()).await.is_err() {
                    warn!("the job begins beside an old one that does not end");
                }
                supervise(started, at, clock, run, host).await;
            };
            tokio::spawn(task.instrument(span))
        };
        JobTasks { tasks: (0..started.jobs.0.len()).map(begin).collect(), at_work }
    }
    /// Ends them; gives what tells when they are gone.
    pub(crate) fn end(self) -> AtWork {
        self.at_work.clone()
    }
}

async fn supervise(started: Arc<Started>, at: usize, clock: Clock, at_work: watch::Receiver<()>, host: Weak<Shared>) {
    let schedule = started.jobs.0[at].schedule;
    let mut failures = 0;
    loop {
        let began = clock.elapsed();
        let tick = Tick { at: clock.now(), failures, clock: clock.clone() };
        // As the config says when the run begins; what is said to a chat has its own.
        let reads = host.upgrade().map(|host| host.language()).unwrap_or_default();
        let ended = run_once(&started, at, tick, at_work.clone(), reads).await;
        if clock.elapsed().saturating_sub(began) > LONG_RUN {
            failures = 0; // it had worked for a while
        }
        let pause = match (ended, schedule) {
            (Ok(()), Schedule::Once) => return,
            (Ok(()), Schedule::Every(pause)) => {
                failures = 0;
                pause
            }
            (Ok(()), Schedule::Endless) => {
                debug!("job ended; beginning again");
                backoff(failures)
            }
            (Err(error), schedule) => {
                failures += 1;
                let retry_in = match schedule {
                    Schedule::Every(pause) => pause.max(backoff(failures)),
                    _ => backoff(failures),
                };
                warn!(error = format!("{error:#}"), ?retry_in, failures, "job failed");
                retry_in
            }
        };
        clock.sleep(pause).await;
    }
}

/// What held on for this long, a job or a network, begins its backoff anew.
pub(crate) const LONG_RUN: Duration = Duration::from_secs(60);
/// How long the jobs of a new instance wait for those of the old one to be gone.
const END_LIMIT: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// 1, 2, 4 … 600 s, each up to a quarter longer by chance.
fn backoff(failures: u32) -> Duration {
    let base = Duration::from_secs(1 << failures.saturating_sub(1).min(10)).min(PAUSE_MAX);
    base.mul_f64(1.0 + fastrand::f64() / 4.0).min(PAUSE_MAX)
}

/// In a task of its own: a panic costs this run only.
async fn run_once(
    started: &Arc<Started>,
    at: usize,
    tick: Tick,
    at_work: watch::Receiver<()>,
    reads: Language,
) -> anyhow::Result<()> {
    struct AbortOnDrop(JoinHandle<factotum_plugin_api::Result<()>>);
    impl Drop for AbortOnDrop {
        fn drop(&mut self) {
            self.0.abort();
        }
    }
    let started = started.clone();
    let task = async move {
        let _at_work = at_work; // until what the job holds is dropped
        (started.jobs.0[at].run)(&started.plugin, &tick).await
    };
    let mut task = AbortOnDrop(tokio::spawn(reads.during(task).in_current_span()));
    match (&mut task.0).await {
        Ok(result) => result.map_err(factotum_plugin_api::Error::into_anyhow),
        // Without the panic's words, which may repeat what the job was given.
        Err(panic) => Err(anyhow::anyhow!("the job {}", if panic.is_panic() { "panicked" } else { "was stopped" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_is_bounded() {
        for failures in 0..64 {
            let pause = backoff(failures);
            assert!(pause >= Duration::from_secs(1) && pause <= PAUSE_MAX, "{failures}: {pause:?}");
        }
        assert!(backoff(9) >= Duration::from_secs(256));
    }
}
