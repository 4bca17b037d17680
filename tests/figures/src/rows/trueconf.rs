//! TrueConf: the host watches many servers, and asks twenty of which one is dead. The
//! servers are in this process, whose CPU time is not the host's.
use super::{Plan, median};
use crate::{
    server::{Server, now},
    table::{Table, Target},
};
use anyhow::{Context, Result};
use factotum_testing::trueconf::{CLIENT_ID, CLIENT_SECRET, TrueConfServer};
use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

/// So many servers are watched, each so often.
const WATCHED: usize = 200;
const EVERY: Duration = Duration::from_secs(15);
/// So many are asked for their conferences, and one more that never answers.
const LIVE: usize = 19;
/// What the slowest of those takes for each answer.
const SLOWEST: Duration = Duration::from_millis(300);
/// How long an answer may take before it is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// 200 servers watched for a minute; then `!trueconf confs all`.
pub(crate) fn trueconf(plan: &Plan, table: &mut Table) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    watch(plan, table, &runtime)?;
    conferences(plan, table, &runtime)
}

fn watch(plan: &Plan, table: &mut Table, runtime: &Runtime) -> Result<()> {
    let minute = Duration::from_secs(if plan.smoke { 3 } else { 60 });
    // The same host without a server.
    let place = plan.place(&[], "")?;
    let bare = place.typed_host()?;
    pause(runtime, minute / 6);
    let (idle, before) = (bare.memory("VmRSS")?, bare.cpu()?);
    pause(runtime, minute);
    let idle_cpu = bare.cpu()? - before;
    bare.stop()?;
    let looks = Arc::new(AtomicUsize::new(0));
    let mut config = String::new();
    for n in 0..WATCHED {
        let port = runtime.block_on(endpoint(looks.clone()))?;
        section(&mut config, &format!("s{n:03}"), "https://127.0.0.1:1", port)?;
    }
    let place = plan.place(&[], &config)?;
    let mut host = place.typed_host()?;
    host.say("!trueconf watch all on every 15s")?;
    let told = |lines: &[(String, _)]| {
        lines.iter().any(|(line, _)| line.contains(&format!("s{:03}", WATCHED - 1))).then_some(())
    };
    host.until(LIMIT, told).context("the watch was not switched on")?;
    // The first looks are spread over an interval.
    pause(runtime, if plan.smoke { minute } else { EVERY * 2 });
    let (before, seen, began) = (host.cpu()?, looks.load(Ordering::Relaxed), now());
    pause(runtime, minute);
    let (cpu, seen, took) = (host.cpu()? - before, looks.load(Ordering::Relaxed) - seen, began.elapsed());
    let share = 100.0 * (cpu - idle_cpu) / took.as_secs_f64();
    let shown = format!("{share:.1} % of a core ({seen} looks in {:.0} s)", took.as_secs_f64());
    let what = format!("TrueConf: {WATCHED} servers watched every {} s: CPU", EVERY.as_secs());
    table.row(&what, share, &shown, Target::AtMost(2.0));
    let after = host.memory("VmRSS")?;
    let shown = format!("{:.1} MB more ({after:.1} MB; {idle:.1} MB without a server)", after - idle);
    table.row("TrueConf: resident memory for that", after - idle, &shown, Target::AtMost(20.0));
    host.stop()
}

fn pause(runtime: &Runtime, time: Duration) {
    runtime.block_on(async { tokio::time::sleep(time).await });
}

fn section(config: &mut String, name: &str, address: &str, port: u16) -> Result<()> {
    writeln!(
        config,
        "[plugins.trueconf.servers.{name}]\naddress = {address:?}\nclient_id = {CLIENT_ID:?}\n\
         client_secret = {CLIENT_SECRET:?}\nstatus_port = {port}\n"
    )?;
    Ok(())
}

/// A port that says it is up, and counts who asks.
async fn endpoint(looks: Arc<AtomicUsize>) -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answered(stream, looks.clone()));
        }
    });
    Ok(port)
}

async fn answered(mut stream: TcpStream, looks: Arc<AtomicUsize>) {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\nTrueConf Server 5.5.6.1000";
    let mut request = vec![0; 4096];
    // One request comes in one piece, and the next after its answer.
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        looks.fetch_add(1, Ordering::Relaxed);
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}

/// `!trueconf confs all`, one of twenty dead.
fn conferences(plan: &Plan, table: &mut Table, runtime: &Runtime) -> Result<()> {
    let servers: Vec<TrueConfServer> = runtime.block_on(async {
        let mut servers = vec![];
        for _ in 0..LIVE {
            servers.push(TrueConfServer::start().await);
        }
        servers
    });
    let mut config = String::new();
    for (n, server) in servers.iter().enumerate() {
        server.with_conferences(3);
        section(&mut config, &format!("s{n:02}"), &server.url(), server.vsstatus_port())?;
    }
    servers.first().context("there are some")?.delay("/api/*", SLOWEST);
    // It takes connections, and says nothing.
    let dead = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = dead.local_addr()?.port();
    section(&mut config, "zz", &format!("http://127.0.0.1:{port}"), port)?;
    let place = plan.place(&[], &config)?;
    let mut host = place.typed_host()?;
    let first = time_of_conferences(&mut host)?;
    let mut alone = vec![];
    let mut all = vec![];
    for _ in 0..if plan.smoke { 1 } else { 9 } {
        alone.push(time_of(&mut host, "!trueconf confs s00", "s00")?.as_secs_f64());
        all.push(time_of_conferences(&mut host)?.as_secs_f64());
    }
    let most = all.iter().copied().fold(first.as_secs_f64(), f64::max);
    let beyond = (median(all) - median(alone.clone())) * 1e3;
    let shown = format!("{beyond:.0} ms beyond the slowest live one's {:.0} ms", median(alone) * 1e3);
    table.row("TrueConf: `!trueconf confs all` of 20 servers, one dead", beyond, &shown, Target::AtMost(1_000.0));
    let shown = format!("{most:.1} s (the first {:.1} s)", first.as_secs_f64());
    table.row("TrueConf: the slowest of those", most, &shown, Target::AtMost(6.0));
    host.stop()
}

/// From the line typed to what is said of the dead one, which comes last.
fn time_of_conferences(host: &mut Server) -> Result<Duration> {
    time_of(host, "!trueconf confs all", "zz")
}

/// From a line typed to a line of the answer with a word.
fn time_of(host: &mut Server, line: &str, word: &str) -> Result<Duration> {
    let from = host.until(Duration::ZERO, |lines| Some(lines.len())).unwrap_or_default();
    let began = now();
    host.say(line)?;
    let done = host.until(LIMIT, |lines| {
        let lines = lines.get(from..).unwrap_or_default();
        lines.iter().find(|(line, _)| line.contains(word)).map(|(_, at)| *at)
    });
    Ok(done.with_context(|| format!("no answer to {line}"))?.saturating_duration_since(began))
}
