//! Buildbot: the host beside a busy master in this process, whose CPU time is not the
//! host's.
use super::{DRAINED, Place, Plan, median, number};
use crate::{
    builds::Builds,
    master::{Answered, Master, busy},
    post::quantile,
    server::{Server, now},
    table::{Table, Target},
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// So many builders has the master, and each has built so many times before.
const BUILDERS: i64 = 200;
const BEFORE: i64 = 10;
/// Between the ends of two builds: 2,000 a minute.
const BETWEEN: Duration = Duration::from_millis(30);
/// A build takes so many times that.
const RUNS: u32 = 33;
/// What a master takes for an answer.
const DELAY: Duration = Duration::from_millis(10);
/// Calls for a status at most, while nothing runs: one for each hundred builders.
const CALLS: usize = 2;
/// How long an answer may take before it is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// 2,000 builds a minute for a minute; then `!buildbot status`.
pub(crate) fn buildbot(plan: &Plan, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let master = runtime.block_on(Master::start(Builds::new(BUILDERS, BEFORE)))?;
    let place = beside(plan, &master)?;
    let mut host = place.typed_host()?;
    runtime.block_on(master.caught_up());
    for line in ["!inroom all", "!buildbot notify on started finished", "!inroom failures"] {
        host.say(line)?;
    }
    host.say("!buildbot notify on failure recovery")?;
    answer(&mut host, "!inperson", |line| line.ends_with("in private"))?;
    master.answered();
    builds(plan, table, &runtime, &master, &host)?;
    for (delay, what) in [(Duration::ZERO, "at once"), (Duration::from_millis(50), "after 50 ms each")] {
        master.delays(delay);
        status(plan, table, &master, &mut host, what)?;
    }
    host.stop()
}

/// A folder whose host follows the master.
fn beside(plan: &Plan, master: &Master) -> Result<Place> {
    plan.place(&[], &format!("[plugins.buildbot.masters.main]\nurl = \"http://{}/\"\n", master.address))
}

/// What happened on the master while it was watched.
#[derive(Default)]
struct Happened {
    /// When each build ended.
    ended: BTreeMap<i64, Instant>,
    events: usize,
}

fn builds(plan: &Plan, table: &mut Table, runtime: &Runtime, master: &Master, host: &Server) -> Result<()> {
    let count = if plan.smoke { 100 } else { 2_000 };
    let idle = host.memory("VmRSS")?;
    let (began, before) = (now(), host.cpu()?);
    master.delays(DELAY);
    let happened = runtime.block_on(build(master, count));
    let took = began.elapsed();
    let cpu = host.cpu()? - before;
    let due: BTreeSet<(&str, i64)> = {
        let builds = master.builds();
        let failures = happened.ended.keys().filter(|id| builds.fails_or_recovers(**id)).map(|id| ("failures", *id));
        happened.ended.keys().map(|id| ("all", *id)).chain(failures).collect()
    };
    let told = host.until(DRAINED, |lines| {
        let told = told(lines);
        (told.len() >= due.len()).then_some(told)
    });
    let late = began.elapsed().saturating_sub(took);
    let told = told.context("not all that was due was told")?;
    let right = told.keys().map(|(chat, id)| (chat.as_str(), *id)).eq(due.iter().copied());
    ensure!(right, "what was told is not what was due");
    let calls = master.answered().len();
    let delays =
        told.iter().filter_map(|((_, id), (at, _))| Some(at.saturating_duration_since(*happened.ended.get(id)?)));
    let delays: Vec<Duration> = delays.collect();
    let repeated = told.values().filter(|(_, times)| *times > 1).count();
    ensure!(repeated == 0, "{repeated} notices were told twice");
    let share = 100.0 * cpu / took.as_secs_f64();
    let rate = number(happened.ended.len()) / took.as_secs_f64() * 60.0;
    let what = format!("Buildbot: {BUILDERS} builders, {rate:.0} builds a minute: CPU");
    let each = 1e3 * cpu / number(happened.ended.len());
    table.row(&what, share, &format!("{share:.1} % of a core ({each:.1} ms for a build)"), Target::Shown);
    let shown = format!("{} due and told, of {} events; {calls} calls of the master", due.len(), happened.events);
    table.row("Buildbot: notices of ends", 0.0, &shown, Target::Shown);
    let p99 = quantile(delays.clone(), 0.99);
    let p50 = quantile(delays.clone(), 0.5);
    let shown = format!("p99 {p99:.0} ms (p50 {p50:.0} ms); the last came {} ms after the load", late.as_millis());
    table.row("Buildbot: from the end of a build to its notice", p99, &shown, Target::AtMost(2_000.0));
    let (after, most) = (host.memory("VmRSS")?, host.memory("VmHWM")?);
    let shown = format!("{after:.1} MB (at most {most:.1} MB; {idle:.1} MB before)");
    table.row("Buildbot: resident memory after that", after, &shown, Target::Shown);
    Ok(())
}

/// So many builds, four of five of them on every fifth builder.
async fn build(master: &Master, count: u32) -> Happened {
    let mut happened = Happened::default();
    let (began, mut running) = (now(), vec![]);
    let (mut busy, mut quiet) = ((0..BUILDERS / 5).cycle(), (0..BUILDERS).filter(|n| n % 5 != 0).cycle());
    for n in 0..count + RUNS {
        tokio::time::sleep_until((began + BETWEEN * n).into()).await;
        let at = 1_795_326_000 + i64::from(n * 3 / 100);
        if n < count {
            let which = if n % 5 == 0 { quiet.next() } else { busy.next().map(|n| n * 5) };
            let id = master.builds().begin(which.unwrap_or_default() + 1, at);
            master.tell(id, "new");
            running.push(id);
        }
        if let Some(id) = n.checked_sub(RUNS).and_then(|n| running.get(n as usize).copied()) {
            master.builds().end(id, at);
            happened.ended.insert(id, now());
            master.tell(id, "finished");
        }
    }
    happened.events = running.len() + happened.ended.len();
    happened
}

/// The ends of builds that were told, by chat and build: when first, and how often.
fn told(lines: &[(String, Instant)]) -> BTreeMap<(String, i64), (Instant, u32)> {
    let mut told = BTreeMap::new();
    for (line, at) in lines.iter().filter(|(line, _)| !line.contains(" started")) {
        let Some((chat, rest)) = line.strip_prefix('[').and_then(|line| line.split_once("] Build #")) else { continue };
        let Some(Ok(id)) = rest.split(' ').next().map(str::parse) else { continue };
        told.entry((chat.to_owned(), id)).or_insert((*at, 0)).1 += 1;
    }
    told
}

/// `!buildbot status` of all builders, some times.
fn status(plan: &Plan, table: &mut Table, master: &Master, host: &mut Server, what: &str) -> Result<()> {
    let mut beyond = vec![];
    let mut own = vec![];
    let mut calls = vec![];
    for _ in 0..if plan.smoke { 1 } else { 9 } {
        master.answered();
        let took = time_of_status(host)?;
        let answered: Vec<Answered> = master.answered();
        calls = answered.iter().map(|answered| answered.path.clone()).collect();
        let busy = busy(&answered);
        own.push(busy.as_secs_f64() * 1e3);
        beyond.push(took.saturating_sub(busy).as_secs_f64() * 1e3);
    }
    let (beyond, own) = (median(beyond), median(own));
    let shown = format!("{beyond:.0} ms beyond the master's own {own:.0} ms, {} calls", calls.len());
    let row = format!("Buildbot: `!buildbot status` of {BUILDERS}, a master that answers {what}");
    table.row(&row, beyond, &shown, Target::AtMost(300.0));
    ensure!(calls.len() <= CALLS, "too many calls:\n{}", calls.join("\n"));
    Ok(())
}

/// From the line typed to the last builder's line.
fn time_of_status(host: &mut Server) -> Result<Duration> {
    let from = host.until(Duration::ZERO, |lines| Some(lines.len())).unwrap_or_default();
    let began = now();
    host.say("!buildbot status")?;
    let names: Vec<String> = (1..=BUILDERS).map(|n| format!("{}: ", Builds::name(n))).collect();
    let done = host.until(LIMIT, |lines| {
        let lines = lines.get(from..).unwrap_or_default();
        let last = lines.iter().rfind(|(line, _)| line.starts_with(names.last().map_or("", |name| name)))?;
        Some((lines.iter().map(|(line, _)| line.clone()).collect::<Vec<_>>(), last.1))
    });
    let (lines, at) = done.context("no answer")?;
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !lines.iter().any(|line| line.starts_with(name.as_str()) && line.contains("last build")))
        .collect();
    ensure!(missing.is_empty(), "the answer says nothing of {missing:?}:\n{}", lines.join("\n"));
    Ok(at - began)
}

/// Types a line and waits for its answer.
fn answer(host: &mut Server, line: &str, is: impl Fn(&str) -> bool) -> Result<()> {
    host.say(line)?;
    let found = host.until(LIMIT, |lines| lines.iter().any(|(line, _)| is(line)).then_some(()));
    found.with_context(|| format!("no answer to {line}"))
}
