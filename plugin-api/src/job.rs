//! Jobs: what a plugin does on a timer, and endless tasks under supervision.
use crate::{BoxFuture, Result, clock::Clock};
use jiff::Timestamp;
use std::{future::Future, sync::Arc, time::Duration};

/// One run of a job.
#[derive(Clone, Debug)]
pub struct Tick {
    /// When it began.
    pub at: Timestamp,
    /// How many runs failed since the last good one; a failure doubles the pause, up to 10 minutes.
    pub failures: u32,
    /// The host's clock.
    pub clock: Clock,
}

/// An `async fn(&self, &Tick) -> Result<()>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a job of `{P}`",
    label = "expected `async fn(&self, &Tick) -> Result<()>`"
)]
pub trait JobHandler<'a, P>: Send + Sync + 'static {
    /// What the async fn gives.
    type Future: Future<Output = Result<()>> + Send + 'a;
    /// Runs it.
    fn handle(&self, plugin: &'a P, tick: &'a Tick) -> Self::Future;
}
impl<'a, P: 'a, F, Fut> JobHandler<'a, P> for F
where
    F: Fn(&'a P, &'a Tick) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<()>> + Send + 'a,
{
    type Future = Fut;
    fn handle(&self, plugin: &'a P, tick: &'a Tick) -> Fut {
        self(plugin, tick)
    }
}

/// A job whose function type is forgotten.
pub type Run<P> = Arc<dyn for<'a> Fn(&'a P, &'a Tick) -> BoxFuture<'a, Result<()>> + Send + Sync>;
fn run<P, F>(f: F) -> Run<P>
where
    F: for<'a> Fn(&'a P, &'a Tick) -> BoxFuture<'a, Result<()>> + Send + Sync + 'static,
{
    Arc::new(f)
}

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At start, and then with this pause between the end of one run and the next.
    Every(Duration),
    /// Once at start, after the stores are open.
    Once,
    /// Always; begun again with backoff when it ends.
    Endless,
}

/// One line of the table.
pub struct JobEntry<P> {
    /// Its name, for the log and `!plugin info`.
    pub name: &'static str,
    /// When it runs.
    pub schedule: Schedule,
    /// What it does.
    pub run: Run<P>,
}

/// The jobs of a plugin, or of a part of one. Each ends when the plugin is
/// disabled and when the host stops.
pub struct Jobs<P>(pub Vec<JobEntry<P>>);
impl<P> Default for Jobs<P> {
    fn default() -> Self {
        Jobs(vec![])
    }
}

impl<P: Send + Sync + 'static> Jobs<P> {
    /// Runs at start, and then with `pause` between runs.
    pub fn every(&mut self, name: &'static str, pause: Duration, handler: impl for<'a> JobHandler<'a, P>) -> &mut Self {
        self.on(name, Schedule::Every(pause), handler)
    }
    /// Runs once at start, after the stores are open: for sweeping.
    pub fn once(&mut self, name: &'static str, handler: impl for<'a> JobHandler<'a, P>) -> &mut Self {
        self.on(name, Schedule::Once, handler)
    }
    /// Runs always, such as a websocket: begun again with backoff when it ends.
    pub fn run(&mut self, name: &'static str, handler: impl for<'a> JobHandler<'a, P>) -> &mut Self {
        self.on(name, Schedule::Endless, handler)
    }
    fn on(&mut self, name: &'static str, schedule: Schedule, handler: impl for<'a> JobHandler<'a, P>) -> &mut Self {
        self.0.push(JobEntry { name, schedule, run: run(move |plugin, tick| Box::pin(handler.handle(plugin, tick))) });
        self
    }
    /// Takes over the jobs of a part of the plugin.
    pub fn part<Q: Send + Sync + 'static>(&mut self, part: fn(&P) -> &Q, jobs: Jobs<Q>) -> &mut Self {
        self.0.extend(jobs.of_part(part).0);
        self
    }
    /// The same jobs for the owner `O` of a `P`.
    pub fn of_part<O: Send + Sync + 'static>(self, part: fn(&O) -> &P) -> Jobs<O> {
        let of_owner = |entry: JobEntry<P>| JobEntry {
            name: entry.name,
            schedule: entry.schedule,
            run: run(move |owner, tick| (entry.run)(part(owner), tick)),
        };
        Jobs(self.0.into_iter().map(of_owner).collect())
    }
}
