//! Every metric of the host: its name, its labels, its unit and one sentence.
//!
//! Labels have few values: a network, a plugin, an outcome; never a repository, a
//! chat or a person. A plugin that the binary does not have is `none`. What changes
//! with every request is an atomic that was looked up when the host began; what is
//! only looked at (backlogs, links, the process) is asked for when somebody reads.
mod page;
mod process;
#[cfg(test)]
mod tests;

pub(crate) use page::page;

use crate::{dispatch::help::HOST, journal::NetworkCount, networks::Networks};
use factotum_plugin_api::{Error, Result, command::Reply};
use http::StatusCode;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicU64},
    time::Duration,
};

/// The content type of what is served: the text form of `OpenMetrics` 1.0, which
/// Prometheus reads since 2.5.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What stands for a plugin or network that this host does not have.
const NONE: &str = "none";

/// The metrics of one host. Cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Inner>);

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// Its handler has answered.
    Done,
    /// There is no such command, its words were wrong, or the handler said no.
    Refused,
    /// The sender may not run it there.
    Denied,
    /// The handler failed; the person was told a reference.
    Failed,
    /// The handler took too long.
    TimedOut,
    /// The handler panicked.
    Panicked,
    /// The person left a question, or somebody or the host's end stopped it.
    Cancelled,
}

impl CommandOutcome {
    const ALL: [Self; 7] =
        [Self::Done, Self::Refused, Self::Denied, Self::Failed, Self::TimedOut, Self::Panicked, Self::Cancelled];
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestOutcome {
    /// Its notices are on disk.
    Accepted,
    /// One like it was there before.
    Duplicate,
    /// The sender did right and nothing was wanted of it.
    Ignored,
    /// It was turned away: 4xx.
    Refused,
    /// The handler or the journal failed: 5xx.
    Failed,
}

impl RequestOutcome {
    const ALL: [Self; 5] = [Self::Accepted, Self::Duplicate, Self::Ignored, Self::Refused, Self::Failed];
    /// Of a request that led to nothing.
    pub fn of_refusal(status: StatusCode) -> Self {
        match status {
            status if status.is_success() => Self::Ignored,
            status if status.is_server_error() => Self::Failed,
            _ => Self::Refused,
        }
    }
    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// A step in the life of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeStep {
    /// It is in the outbox.
    Enqueued,
    /// Its chat has it as a new message.
    Posted,
    /// The earlier message says it now.
    Edited,
    /// A later notice took its place before it was posted.
    Replaced,
    /// A silence kept it out of its chat.
    Silenced,
    /// It was given up.
    Dead,
}

impl NoticeStep {
    const ALL: [Self; 6] = [Self::Enqueued, Self::Posted, Self::Edited, Self::Replaced, Self::Silenced, Self::Dead];
    fn word(self) -> &'static str {
        match self {
            Self::Enqueued => "enqueued",
            Self::Posted => "posted",
            Self::Edited => "edited",
            Self::Replaced => "replaced",
            Self::Silenced => "silenced",
            Self::Dead => "dead",
        }
    }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPlugin {
    plugin: &'static str,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct PluginOutcome {
    plugin: &'static str,
    outcome: &'static str,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfNetwork {
    network: String,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct NetworkOutcome {
    network: String,
    outcome: &'static str,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfKind {
    kind: String,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfLimit {
    limit: &'static str,
}
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfStatus {
    status: u16,
}

type Seconds = Gauge<f64, AtomicU64>;
type Durations<S> = Family<S, Histogram>;

/// From half a millisecond (a commit on a fast disk) to a minute (a command's limit).
fn durations() -> Histogram {
    let steps = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
    Histogram::new(steps)
}

/// All of them. A field is as it was registered; below it stand the families that
/// are filled when somebody reads.
struct Inner {
    registry: Mutex<Registry>,
    /// The counters of each plugin, looked up once.
    plugins: OnceLock<BTreeMap<&'static str, PluginMetrics>>,
    commands: Family<PluginOutcome, Counter>,
    command_seconds: Durations<OfPlugin>,
    requests: Family<PluginOutcome, Counter>,
    hook_seconds: Durations<OfPlugin>,
    answers: Family<OfStatus, Counter>,
    limited: Family<OfLimit, Counter>,
    connections: Gauge,
    notices: Family<PluginOutcome, Counter>,
    attempts: Family<NetworkOutcome, Counter>,
    attempt_seconds: Durations<OfNetwork>,
    incidents: Family<OfKind, Counter>,
    commits: Family<Outcome, Counter>,
    commit_seconds: Histogram,
    batch: Histogram,
    store_writes: Counter,
    read: Read,
    /// One reader at a time asks the journal; holds what it said last.
    counted: Arc<tokio::sync::Mutex<Option<page::Counted>>>,
}

/// What is looked at when somebody reads.
#[derive(Default)]
struct Read {
    up: Family<OfNetwork, Gauge>,
    waiting: Family<OfNetwork, Gauge>,
    oldest: Family<OfNetwork, Seconds>,
    dead: Family<OfNetwork, Gauge>,
    journal_bytes: Gauge,
    started: Seconds,
    resident: Gauge,
    open_fds: Gauge,
}

impl Default for Inner {
    fn default() -> Self {
        let inner = Inner {
            registry: Mutex::default(),
            plugins: OnceLock::new(),
            commands: Family::default(),
            command_seconds: Family::new_with_constructor(durations),
            requests: Family::default(),
            hook_seconds: Family::new_with_constructor(durations),
            answers: Family::default(),
            limited: Family::default(),
            connections: Gauge::default(),
            notices: Family::default(),
            attempts: Family::default(),
            attempt_seconds: Family::new_with_constructor(durations),
            incidents: Family::default(),
            commits: Family::default(),
            commit_seconds: durations(),
            batch: Histogram::new((0..11).map(|n| f64::from(1 << n))), // to 1,024, which is the most
            store_writes: Counter::default(),
            read: Read::default(),
            counted: Arc::default(),
        };
        inner.declare();
        inner
    }
}

impl Inner {
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The one list. The library adds `_total` to the name of a counter, the unit to
    /// a name that has one, and the full stop to the sentence.
    fn declare(&self) {
        let mut all = self.registry();
        let all = &mut *all;
        let (seconds, bytes) = (|| Unit::Seconds, || Unit::Bytes);

        all.register(
            "factotum_commands",
            "Commands that ended: done, refused, denied, failed, timed_out, panicked or cancelled",
            self.commands.clone(),
        );
        all.register_with_unit(
            "factotum_command_duration",
            "From a command's line to its answer, what it asked the person included",
            seconds(),
            self.command_seconds.clone(),
        );
        all.register(
            "factotum_requests",
            "Requests to hooks: accepted, duplicate, ignored, refused or failed",
            self.requests.clone(),
        );
        all.register_with_unit(
            "factotum_hook_duration",
            "From a complete request to its answer: proof, handler and journal",
            seconds(),
            self.hook_seconds.clone(),
        );
        all.register("factotum_http_answers", "Answers of the listener to whole requests", self.answers.clone());
        all.register("factotum_http_limited", "Connections and requests that met a limit", self.limited.clone());
        all.register("factotum_http_connections", "Connections open now", self.connections.clone());
        all.register(
            "factotum_notices",
            "Notices that were enqueued, posted, edited, replaced by a later one, silenced, or given up (dead)",
            self.notices.clone(),
        );
        all.register(
            "factotum_outbox_attempts",
            "Attempts to post: posted, edited, retry, refused, unknown or moved",
            self.attempts.clone(),
        );
        all.register_with_unit(
            "factotum_outbox_attempt_duration",
            "How long a network took over an attempt",
            seconds(),
            self.attempt_seconds.clone(),
        );
        all.register("factotum_outbox_waiting", "Notices that wait to be posted", self.read.waiting.clone());
        all.register_with_unit(
            "factotum_outbox_oldest",
            "Age of the oldest notice that waits; 0 when none does",
            seconds(),
            self.read.oldest.clone(),
        );
        all.register("factotum_outbox_dead", "Dead letters that are kept", self.read.dead.clone());
        all.register("factotum_network_up", "1 when the network can post, else 0", self.read.up.clone());
        all.register("factotum_incidents", "Incidents that were kept, see !incidents", self.incidents.clone());
        all.register("factotum_journal_commits", "Commits of the journal: done or failed", self.commits.clone());
        all.register_with_unit(
            "factotum_journal_commit_duration",
            "How long a commit took, its sync included",
            seconds(),
            self.commit_seconds.clone(),
        );
        all.register("factotum_journal_batch_writes", "Writes that shared a commit", self.batch.clone());
        all.register_with_unit(
            "factotum_journal_size",
            "Size of the journal's file and its log",
            bytes(),
            self.read.journal_bytes.clone(),
        );
        all.register("factotum_store_writes", "Records that the store wrote", self.store_writes.clone());
        all.register_with_unit(
            "process_start_time",
            "When the host began, since 1970",
            seconds(),
            self.read.started.clone(),
        );
        all.register_with_unit(
            "process_resident_memory",
            "Resident memory of the process",
            bytes(),
            self.read.resident.clone(),
        );
        all.register("process_open_fds", "Files and sockets that the process has open", self.read.open_fds.clone());
    }
}

/// The counters of one plugin.
struct PluginMetrics {
    commands: [Counter; CommandOutcome::ALL.len()],
    command_seconds: Histogram,
    requests: [Counter; RequestOutcome::ALL.len()],
    hook_seconds: Histogram,
    notices: [Counter; NoticeStep::ALL.len()],
}

impl PluginMetrics {
    fn of(inner: &Inner, plugin: &'static str) -> Self {
        let counter = |family: &Family<PluginOutcome, Counter>, outcome| {
            family.get_or_create_owned(&PluginOutcome { plugin, outcome })
        };
        PluginMetrics {
            commands: CommandOutcome::ALL.map(|outcome| counter(&inner.commands, outcome.word())),
            command_seconds: inner.command_seconds.get_or_create_owned(&OfPlugin { plugin }),
            requests: RequestOutcome::ALL.map(|outcome| counter(&inner.requests, outcome.word())),
            hook_seconds: inner.hook_seconds.get_or_create_owned(&OfPlugin { plugin }),
            notices: NoticeStep::ALL.map(|step| counter(&inner.notices, step.word())),
        }
    }
}

impl Metrics {
    /// Says which plugins the binary has: from now on each is counted by its name.
    /// The first call stays.
    pub(crate) fn begin(
        &self,
        version: &'static str,
        plugins: &[&'static str],
        networks: &[&'static str],
        started_at: jiff::Timestamp,
    ) {
        let of = |plugin: &&'static str| (*plugin, PluginMetrics::of(&self.0, plugin));
        let known = plugins.iter().chain(networks).chain(&[HOST, NONE]).map(of).collect();
        if self.0.plugins.set(known).is_ok() {
            let info = Info::new(vec![("version", version.to_owned()), ("plugins", plugins.join(","))]);
            self.0.registry().register("factotum_build", "Version and plugins of this binary", info);
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit for 200,000 years")]
            self.0.read.started.set(started_at.as_millisecond() as f64 / 1000.0);
        }
    }
    /// Does `f` with the counters of a plugin, or with those of `none`. Nothing is
    /// counted before [`begin`](Self::begin).
    fn of_plugin(&self, plugin: &str, f: impl FnOnce(&PluginMetrics)) {
        if let Some(known) = self.0.plugins.get()
            && let Some(metrics) = known.get(plugin).or_else(|| known.get(NONE))
        {
            f(metrics);
        }
    }
    /// A command has ended.
    pub(crate) fn command(&self, tally: &Tally, result: &Result<Reply>, took: Duration) {
        let (plugin, outcome) = tally.outcome(result);
        self.of_plugin(plugin.unwrap_or(NONE), |metrics| {
            metrics.commands[outcome as usize].inc();
            metrics.command_seconds.observe(took.as_secs_f64());
        });
    }
    /// What became of a request is known; without a plugin there was no such hook.
    pub(crate) fn request(&self, plugin: Option<&'static str>, outcome: RequestOutcome) {
        self.of_plugin(plugin.unwrap_or(NONE), |metrics| {
            metrics.requests[outcome as usize].inc();
        });
    }
    /// A hook has answered.
    pub(crate) fn hook_took(&self, plugin: &'static str, took: Duration) {
        self.of_plugin(plugin, |metrics| metrics.hook_seconds.observe(took.as_secs_f64()));
    }
    /// The listener has answered.
    pub(crate) fn answered(&self, status: StatusCode) {
        self.0.answers.get_or_create(&OfStatus { status: status.as_u16() }).inc();
    }
    /// A limit was met.
    pub(crate) fn limited(&self, limit: crate::http::Limit) {
        self.0.limited.get_or_create(&OfLimit { limit: limit.word() }).inc();
    }
    /// A connection is open until this is dropped.
    pub(crate) fn connected(&self) -> Held {
        self.0.connections.inc();
        Held(Some(self.0.connections.clone()))
    }
    /// Something happened to so many notices of a plugin.
    pub(crate) fn notices(&self, plugin: &str, step: NoticeStep, count: u64) {
        self.of_plugin(plugin, |metrics| {
            metrics.notices[step as usize].inc_by(count);
        });
    }
    /// A call to a network has ended; `None` stands for one that the host does not have.
    pub(crate) fn attempted(&self, network: Option<&str>, outcome: crate::journal::AttemptOutcome, took: Duration) {
        let name = network.unwrap_or(NONE).to_owned();
        self.0.attempts.get_or_create(&NetworkOutcome { network: name, outcome: outcome.as_str() }).inc();
        if let Some(network) = network {
            let network = OfNetwork { network: network.to_owned() };
            self.0.attempt_seconds.get_or_create(&network).observe(took.as_secs_f64());
        }
    }
    /// An incident was kept. Its kind is one of the host's own few words.
    pub(crate) fn incident(&self, kind: &str) {
        self.0.incidents.get_or_create(&OfKind { kind: kind.to_owned() }).inc();
    }
    /// The journal has tried to commit so many writes.
    pub(crate) fn committed(&self, writes: usize, done: bool, took: Duration) {
        self.0.commits.get_or_create(&Outcome { outcome: if done { "done" } else { "failed" } }).inc();
        self.0.commit_seconds.observe(took.as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "at most 1,024")]
        self.0.batch.observe(writes as f64);
    }
    /// Where the store counts its writes.
    pub(crate) fn store_writes(&self) -> Counter {
        self.0.store_writes.clone()
    }
    /// How the outbox stands. A network that nothing waits for shows 0.
    fn set_backlog(&self, networks: &Networks, counts: &[NetworkCount], now: jiff::Timestamp) {
        let Read { waiting, oldest, dead, .. } = &self.0.read;
        for family in [waiting, dead] {
            family.clear();
        }
        oldest.clear();
        let nothing = NetworkCount::default();
        let mut elsewhere = NetworkCount::default();
        let set = |name: &str, count: &NetworkCount| {
            let network = OfNetwork { network: name.to_owned() };
            waiting.get_or_create(&network).set(i64::try_from(count.waiting).unwrap_or(i64::MAX));
            dead.get_or_create(&network).set(i64::try_from(count.dead).unwrap_or(i64::MAX));
            let age = count.oldest.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0));
            oldest.get_or_create(&network).set(age);
        };
        for name in networks.0.keys() {
            set(name, counts.iter().find(|count| count.network == *name).unwrap_or(&nothing));
        }
        // A notice may wait for any word as its network: those are counted as one.
        for count in counts.iter().filter(|count| networks.get(&count.network).is_none()) {
            elsewhere.waiting += count.waiting;
            elsewhere.dead += count.dead;
            elsewhere.oldest = [elsewhere.oldest, count.oldest].into_iter().flatten().min();
        }
        if elsewhere.waiting + elsewhere.dead > 0 {
            set(NONE, &elsewhere);
        }
    }
}

/// One of what a gauge counts, for as long as it lives. The default counts nothing.
#[derive(Default)]
pub struct Held(Option<Gauge>);
impl Drop for Held {
    fn drop(&mut self) {
        if let Some(gauge) = &self.0 {
            gauge.dec();
        }
    }
}

/// How far a command has come, for its counters.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<Steps>>);

struct Steps {
    plugin: Option<&'static str>,
    /// What an answer means that is given now.
    answered: CommandOutcome,
    ended: Option<CommandOutcome>,
}
impl Default for Steps {
    /// An answer before the command is found is one that there is none.
    fn default() -> Self {
        Steps { plugin: None, answered: CommandOutcome::Refused, ended: None }
    }
}

impl Tally {
    fn lock(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The command is one of this plugin.
    pub(crate) fn found(&self, plugin: &'static str) {
        self.lock().plugin = Some(plugin);
    }
    /// From now on an answer means this.
    pub(crate) fn answer_means(&self, outcome: CommandOutcome) {
        self.lock().answered = outcome;
    }
    /// It ended like this, whatever its result looks like.
    pub(crate) fn ended(&self, outcome: CommandOutcome) {
        self.lock().ended = Some(outcome);
    }
    fn outcome(&self, result: &Result<Reply>) -> (Option<&'static str>, CommandOutcome) {
        let steps = self.lock();
        let by_result = match result {
            Ok(_) => steps.answered,
            Err(Error::User(_)) => CommandOutcome::Refused,
            Err(Error::Internal(_)) => CommandOutcome::Failed,
            Err(Error::Left) => CommandOutcome::Cancelled,
        };
        (steps.plugin, steps.ended.unwrap_or(by_result))
    }
}
