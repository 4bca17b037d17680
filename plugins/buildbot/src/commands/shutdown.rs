//! `!buildbot shutdown`: takes a master out of work, which can be undone, or ends it.
//!
//! No call of Buildbot's ends a master. What drains it is a pause of its workers; what
//! ends it is a builder of its own that signals it, where the config names one.
use super::{
    MasterArg, SEEN_WITHIN, build_of,
    force::{force, requested, schedulers},
    form::Values,
    subscribed, who,
};
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder, ForceScheduler, Worker},
    reading::no_such,
};
use factotum_plugin_api::{
    clap::{self, ValueEnum},
    http::WebSocket,
    prelude::*,
};
use serde_json::json;

/// What the reason of a pause begins with that is ours to end.
const OURS: &str = "shutdown, by ";

/// Take a master out of work, or end it
#[derive(Args)]
pub(super) struct ShutdownArgs {
    /// What to do; offered when it is missing
    what: Option<What>,
    #[command(flatten)]
    master: MasterArg,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Say what still runs and which workers are paused
    Check,
    /// Pause all workers: builds that run go on, new ones wait
    Start,
    /// Let those workers take builds again
    Stop,
    /// End the master once its builds are done
    Exit,
    /// End the master at once
    Now,
}

/// How far a master is from being out of work.
struct Standing {
    builders: Vec<Builder>,
    workers: Vec<Worker>,
    running: Vec<Build>,
}

impl Standing {
    async fn of(master: &Master) -> Result<Self> {
        // Of all builders, also of those that the plugin does not speak of otherwise.
        let builders = master.list("builders", "builders?field=builderid&field=name&field=tags&field=masterids");
        let (builders, workers, running) = tokio::try_join!(builders, master.workers(), master.running())?;
        Ok(Standing { builders, workers, running })
    }
    /// The workers that a shutdown pauses: not those that only ever end the master.
    fn to_pause(&self, master: &Master) -> Vec<&Worker> {
        let ends =
            |id: i64| self.builders.iter().any(|builder| builder.id == id && master.config.ends_it(&builder.name));
        let works = |worker: &&Worker| worker.configured_on.iter().any(|on| !ends(on.builder));
        self.workers.iter().filter(works).filter(|worker| !worker.paused).collect()
    }
    fn paused_by_us(&self) -> Vec<&Worker> {
        self.workers.iter().filter(|worker| is_ours(worker)).collect()
    }
    /// `2 builds run: build #1 of fast, build #2 of slow.`
    fn runs(&self, master: &Master) -> Text {
        let named = |build: &Build| {
            let builder = self.builders.iter().find(|builder| builder.id == build.builder)?;
            Some(build_of(master, builder, build))
        };
        let builds = Text::join(", ", self.running.iter().filter_map(named));
        match self.running.len() {
            0 => "No build runs.".into(),
            1 => Text::from("1 build runs: ") + builds + ".",
            many => Text::from(many) + " builds run: " + builds + ".",
        }
    }
    fn check(&self, master: &Master) -> Text {
        let ours = self.paused_by_us();
        let others = self.workers.iter().filter(|worker| worker.paused && !is_ours(worker));
        let others: Vec<&Worker> = others.collect();
        let mut lines = vec![self.runs(master)];
        lines.push(match ours.is_empty() {
            true => "No worker is paused for a shutdown.".into(),
            false => Text::from("Paused for a shutdown: ") + names(&ours) + ".",
        });
        if !others.is_empty() {
            lines.push(Text::from("Paused for other reasons: ") + names(&others) + ".");
        }
        Text::lines(lines)
    }
}

fn is_ours(worker: &Worker) -> bool {
    worker.paused && worker.pause_reason.as_ref().is_some_and(|reason| reason.starts_with(OURS))
}

fn names(workers: &[&Worker]) -> Text {
    Text::join(", ", workers.iter().map(|worker| code(&worker.name)))
}

impl Buildbot {
    pub(super) async fn shutdown(&self, call: &Call, args: ShutdownArgs) -> Result<Reply> {
        let name = args.master.name();
        let check = || self.of_masters(name, |master| async { Ok(Some(Standing::of(master).await?.check(master))) });
        let what = match args.what {
            Some(What::Check) => return Ok(check().await?.unwrap_or_default().into()),
            Some(what) => what,
            None => {
                let mut reply = Reply::from(check().await?.unwrap_or_default());
                for master in self.meant(name)? {
                    // One that cannot be asked is named in the text.
                    let Ok(standing) = Standing::of(master).await else { continue };
                    reply = reply.row(self.ways(call, master, &standing));
                }
                return Ok(reply);
            }
        };
        let master = self.one_master(call, name).await?;
        let standing = Standing::of(master).await?;
        match what {
            What::Start => self.drain(call, master, &standing).await,
            What::Stop => self.undo(call, master, &standing).await,
            What::Check | What::Exit => self.end(call, master, &standing, false).await,
            What::Now => self.end(call, master, &standing, true).await,
        }
        .map(Reply::from)
    }
    /// What can be done with a master.
    fn ways(&self, call: &Call, master: &Master, standing: &Standing) -> Vec<Button> {
        let of = self.button_name(master).map(|name| format!(" ({name})")).unwrap_or_default();
        let ends = [&master.config.shutdown_builder, &master.config.shutdown_now_builder].map(Option::is_some);
        let (begin, stop) = (!standing.to_pause(master).is_empty(), !standing.paused_by_us().is_empty());
        let ways = [
            ("Begin", "start", begin),
            ("Stop", "stop", stop),
            ("Exit when done", "exit", ends[0]),
            ("Now", "now", ends[1]),
        ];
        let ways = ways.into_iter().filter(|(.., there)| *there);
        ways.map(|(label, word, _)| self.button(call, master, format!("{label}{of}"), "shutdown", &[word])).collect()
    }
    fn typed(&self, master: &Master, word: &str) -> Text {
        command(crate::words::line("shutdown", self.button_name(master), &[word]))
    }

    async fn drain(&self, call: &Call, master: &Master, standing: &Standing) -> Result<Text> {
        let workers = standing.to_pause(master);
        if workers.is_empty() {
            return Ok(Text::from("There is no worker to pause.\n") + standing.check(master));
        }
        let question = Text::from("Pause the workers of ")
            + master.shown_name()
            + " ("
            + names(&workers)
            + ")? Builds that run go on, new ones wait. The master itself is not ended, and "
            + self.typed(master, "stop")
            + " undoes it.";
        call.confirm(question).await?;
        let reason = format!("{OURS}{}", who(call));
        let done = self.set_all_paused(master, &workers, &reason, true).await?;
        let standing = Standing::of(master).await?;
        let text = if done { standing.check(master) } else { not_yet() + standing.check(master) };
        let end = match master.config.shutdown_builder {
            Some(_) => Text::from("; ") + self.typed(master, "exit") + " ends it.",
            None => ".".into(),
        };
        Ok(text + "\nNew builds wait and the master goes on: " + self.typed(master, "stop") + " undoes this" + end)
    }
    async fn undo(&self, call: &Call, master: &Master, standing: &Standing) -> Result<Text> {
        let workers = standing.paused_by_us();
        if workers.is_empty() {
            return Ok("No worker is paused for a shutdown.".into());
        }
        call.confirm(Text::from("Let ") + names(&workers) + " take builds again? Those that wait start at once.")
            .await?;
        let reason = format!("no shutdown, by {}", who(call));
        Ok(match self.set_all_paused(master, &workers, &reason, false).await? {
            true => names(&workers) + if workers.len() == 1 { " takes" } else { " take" } + " builds again.",
            false => not_yet() + Standing::of(master).await?.check(master),
        })
    }
    /// Whether all of them were seen to be so.
    async fn set_all_paused(&self, master: &Master, workers: &[&Worker], reason: &str, paused: bool) -> Result<bool> {
        let verb = if paused { "pause" } else { "unpause" };
        let Some((last, others)) = workers.split_last() else { return Ok(true) };
        for worker in others {
            master.control(&format!("workers/{}", worker.id), verb, json!({ "reason": reason })).await?;
        }
        let seen = || async {
            let now = master.workers().await?;
            let is_so = |worker: &&Worker| now.iter().any(|now| now.id == worker.id && now.paused == paused);
            Ok(workers.iter().all(is_so).then_some(()))
        };
        let path = format!("workers/{}", last.id);
        let told = self.told(master, (&path, verb, json!({ "reason": reason })), "workers/*/state_updated", seen);
        Ok(told.await?.is_some())
    }

    /// Lets the master end itself, by a build of the builder that the config names.
    async fn end(&self, call: &Call, master: &Master, standing: &Standing, now: bool) -> Result<Text> {
        let config = &master.config;
        let name = if now { &config.shutdown_now_builder } else { &config.shutdown_builder };
        let Some(name) = name else { return Ok(how_to(master, now)) };
        let builder =
            standing.builders.iter().find(|builder| builder.name == *name).ok_or_else(|| no_such("builder", name))?;
        let scheduler = serving(master, name).await?;
        let waked = waked(standing, builder)?;
        let question = match now {
            true => {
                Text::from("End ")
                    + master.shown_name()
                    + " at once? "
                    + standing.runs(master)
                    + " What runs is broken off, and built again once the master is started again."
            }
            false => {
                Text::from("Let ")
                    + master.shown_name()
                    + " exit once its builds are done? "
                    + standing.runs(master)
                    + " New ones wait until it is started again."
            }
        };
        let waking = waked.map(|worker| {
            Text::from(" First ") + code(&worker.name) + " takes builds again: " + code(name) + " needs it."
        });
        call.confirm(question + " This cannot be taken back." + waking.unwrap_or_default()).await?;
        if let Some(worker) = waked {
            self.set_all_paused(master, &[worker], &format!("to end the master, by {}", who(call)), false).await?;
        }
        let events = subscribed(master, "masters/*/stopped").await;
        let request = force(master, &scheduler, builder, &Values::new(), &who(call)).await?;
        let shown = master.shown_name();
        let by = Text::from(" (") + requested(master, &request) + " of " + code(name) + ")";
        if !now && !standing.running.is_empty() {
            return Ok(Text::from("Asked for") + by + ": " + shown + " exits once its builds are done.");
        }
        Ok(match self.goes_down(master, events).await {
            true => Text::from("It is done") + by + ": " + shown + " ends.",
            false => Text::from("Asked for") + by + ", and " + shown + " has not ended yet.",
        })
    }
    /// Whether the master tells of its end, or falls silent.
    async fn goes_down(&self, master: &Master, events: Option<WebSocket>) -> bool {
        let Some(mut events) = events else { return false };
        tokio::select! {
            // Nothing but its end was subscribed to.
            told = events.next() => told.is_ok() || master.about().await.is_err(),
            () = self.host.clock.sleep(SEEN_WITHIN) => false,
        }
    }
}

fn not_yet() -> Text {
    "Not all workers have done as they were told.\n".into()
}

/// A scheduler that forces the builder without anything being filled in.
async fn serving(master: &Master, builder: &str) -> Result<ForceScheduler> {
    let mut all = schedulers(master).await?.into_iter();
    let none = || user_error(format!("No force scheduler starts {builder} without more being filled in."));
    let fits = |scheduler: &ForceScheduler| {
        scheduler.builder_names.iter().any(|name| name == builder) && scheduler.missing(&Values::new()).is_empty()
    };
    all.find(fits).ok_or_else(none)
}

/// The worker that must take builds again for this builder to be built; `None` when one
/// is at work.
fn waked<'a>(standing: &'a Standing, builder: &Builder) -> Result<Option<&'a Worker>> {
    let serves =
        |worker: &&Worker| worker.is_connected() && worker.configured_on.iter().any(|on| on.builder == builder.id);
    let serving: Vec<&Worker> = standing.workers.iter().filter(serves).collect();
    if serving.iter().any(|worker| !worker.paused) {
        return Ok(None);
    }
    let cannot = |why: &str| user_error(format!("{} cannot be built now: {why}.", builder.name));
    let ours = serving.iter().find(|worker| is_ours(worker)).copied();
    match (serving.is_empty(), ours) {
        (true, _) => Err(cannot("none of its workers is connected")),
        (false, None) => Err(cannot("its workers are paused")),
        (false, ours) => Ok(ours),
    }
}

/// What to add to a master that nothing can end from outside.
fn how_to(master: &Master, now: bool) -> Text {
    let (option, name, signal) = match now {
        true => ("shutdown_now_builder", "shutdown-now", "TERM"),
        false => ("shutdown_builder", "shutdown", "USR1"),
    };
    let lines = format!(
        "c['builders'].append(util.BuilderConfig(name='{name}', workernames=['WORKER'], factory=util.BuildFactory([\n    \
         steps.MasterShellCommand(command=['/bin/sh', '-c', 'kill -{signal} $PPID'])])))\n\
         c['schedulers'].append(schedulers.ForceScheduler(name='{name}', builderNames=['{name}'], codebases=['']))"
    );
    let section = format!("[plugins.buildbot.masters.{}]", master.name);
    Text::from("Buildbot has no call that ends a master; a builder of its own can. Add to its master.cfg")
        + block(lines)
        + "and to "
        + code(section)
        + " in the config: "
        + code(format_args!("{option} = \"{name}\""))
}
