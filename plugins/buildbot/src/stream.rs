//! The job `events`: follows all masters, each by its own websocket.
//!
//! A websocket replays nothing. So after each opening we subscribe, read the state, catch
//! up with what happened since the position, and then apply what comes. Any failure on
//! the way ends the connection, and the next one begins from the position again.
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Worker},
    position::{Position, Workers},
    tell::Plan,
};
use anyhow::anyhow;
use factotum_plugin_api::{http::WebSocket, prelude::*};
use futures_util::{
    StreamExt,
    future::join_all,
    stream::{self, FuturesOrdered},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{convert::Infallible, future::pending, pin::Pin};

/// What we listen to; a build of two steps has eight events, of which these are two.
const PATHS: [&str; 4] = ["builds/*/new", "builds/*/finished", "workers/*/*", "builders/*/*"];
/// The server sends no pings of its own, and a master that goes down no close frame.
const PING: Duration = Duration::from_secs(30);
/// For the answers to our subscriptions.
const SUBSCRIBE_LIMIT: Duration = Duration::from_secs(20);
/// A connection that held on for so long was a good one.
const LONG: Duration = Duration::from_secs(60);
/// The longest pause before the next try.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How often the position is stored while builds come and go.
const SAVE: Duration = Duration::from_secs(1);
/// So many events are being asked about while the first of them waits for an answer: one
/// at a time is slower than a busy master.
const AHEAD: usize = 16;
/// So many builds are asked for at once.
const PAGE: usize = 200;
/// A worker that went while nobody listened is missing after so many seconds: what
/// Buildbot's `missing_timeout` is when nothing is said.
const MISSING_AFTER: i64 = 3600;

/// A message of the stream: an event, or an answer.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    k: Option<String>,
    #[serde(default)]
    m: Value,
    #[serde(default)]
    error: Option<String>,
    #[serde(default, rename = "_id")]
    id: Value,
}

/// An event that everything is known for.
enum Ready {
    Started(Build, Plan),
    Finished(Build, Plan),
    Worker(String, Worker),
    /// It is nothing to tell of.
    Nothing,
}

impl Buildbot {
    /// Follows all masters for ever: one that is down delays no other.
    pub(crate) async fn events(&self, _: &Tick) -> Result<()> {
        self.turn_on_what_the_config_says().await?;
        join_all(self.masters.iter().map(|master| self.follow(master))).await;
        Ok(())
    }
    /// Turns on the events that the config gives its chats, once in a start: before
    /// anything is told, by whichever source.
    pub(crate) async fn turn_on_what_the_config_says(&self) -> Result<()> {
        let turn_on = async || -> Result<()> {
            for master in &self.masters {
                for chat in &master.config.chats {
                    self.settings.turn_on(chat, Some(&master.name), &master.config.notify_events).await?;
                }
            }
            Ok(())
        };
        self.turned_on.get_or_try_init(turn_on).await.copied()
    }
    async fn follow(&self, master: &Master) {
        let clock = &self.host.clock;
        let mut failures = 0;
        loop {
            let began = clock.elapsed();
            let Err(error) = self.listen(master).await;
            if clock.elapsed().saturating_sub(began) >= LONG {
                failures = 0;
            }
            let retry_in = pause(failures);
            failures += 1;
            let error = format!("{:#}", error.into_anyhow());
            // A master that is down for the night is told of in one line.
            match failures {
                1 => tracing::warn!(master = master.name, error, ?retry_in, "no events"),
                _ => tracing::debug!(master = master.name, error, ?retry_in, "still no events"),
            }
            clock.sleep(retry_in).await;
        }
    }
    /// One connection, until it fails.
    async fn listen(&self, master: &Master) -> Result<Infallible> {
        let (clock, feed) = (&self.host.clock, self.feed(master));
        feed.load().await?;
        let mut socket = master.events().await?;
        let early = clock.timeout(SUBSCRIBE_LIMIT, subscribe(&mut socket)).await;
        let early = early.map_err(|_| anyhow!("the master does not answer on its websocket"))??;
        let listened = self.stay(master, &mut socket, early).await;
        feed.save().await?;
        listened
    }
    async fn stay(&self, master: &Master, socket: &mut WebSocket, early: Vec<Message>) -> Result<Infallible> {
        let (clock, feed) = (&self.host.clock, self.feed(master));
        self.catch_up(master).await?;
        tracing::info!(master = master.name, "events come in");
        for message in early {
            let ready = self.make_ready(master, message).await?;
            self.apply(master, ready).await?;
        }
        let _up = master.roster.up();
        let mut reading = Some(Box::pin(self.read_roster(master)));
        let mut ahead = FuturesOrdered::new();
        let (mut ping, mut asked) = (Box::pin(clock.sleep(PING)), false);
        let mut save = None;
        loop {
            master.roster.keeps_up(ahead.len() < AHEAD);
            let read_anew = async {
                match &mut reading {
                    Some(reading) => Pin::as_mut(reading).await,
                    None => pending().await,
                }
            };
            let unsaved = async {
                match &mut save {
                    Some(save) => Pin::as_mut(save).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                message = socket.next(), if ahead.len() < AHEAD => {
                    asked = false; // whatever it is, there is somebody
                    let message = read(&message?)?;
                    master.roster.heard();
                    if let Some(key) = &message.k {
                        master.roster.event(key, &message.m);
                    }
                    ahead.push_back(self.make_ready(master, message));
                }
                Some(ready) = ahead.next() => {
                    self.apply(master, ready?).await?;
                    save = save.or_else(|| Some(Box::pin(clock.sleep(SAVE))));
                }
                () = read_anew => reading = None,
                () = unsaved => {
                    feed.save().await?;
                    save = None;
                }
                () = &mut ping => {
                    if asked {
                        return Err(anyhow!("the master's websocket is silent").into());
                    }
                    let sent = clock.timeout(PING, socket.send(json!({ "cmd": "ping", "_id": "ping" }).to_string())).await;
                    sent.map_err(|_| anyhow!("the master's websocket takes nothing"))??;
                    asked = true;
                    master.roster.keeps_up(false); // nothing is read while we ask
                    self.look_after(master).await?;
                    if master.roster.is_due() {
                        reading = reading.or_else(|| Some(Box::pin(self.read_roster(master))));
                    }
                    ping = Box::pin(clock.sleep(PING));
                }
            }
        }
    }

    /// Asks the master for what an event needs.
    async fn make_ready(&self, master: &Master, message: Message) -> Result<Ready> {
        let Some(key) = message.k else { return Ok(Ready::Nothing) };
        Ok(match *key.split('/').collect::<Vec<_>>() {
            ["builds", id, event @ ("new" | "finished")] => {
                // What cannot be read may be read another time; an event is no more than a hint.
                let build = match serde_json::from_value::<Build>(message.m) {
                    Ok(build) => Some(build),
                    Err(_) => master.one("builds", &format!("builds/{id}")).await?,
                };
                match build {
                    Some(build) => self.ready(master, build, event == "finished").await?,
                    None => Ready::Nothing,
                }
            }
            ["workers", _, event] => match serde_json::from_value::<Worker>(message.m) {
                Ok(worker) => Ready::Worker(event.to_owned(), worker),
                Err(error) => {
                    tracing::warn!(master = master.name, %error, "an event of a worker cannot be read");
                    Ready::Nothing
                }
            },
            _ => Ready::Nothing,
        })
    }
    /// Asks the master for what a build needs, as it stands or because it is `over`.
    async fn ready(&self, master: &Master, build: Build, over: bool) -> Result<Ready> {
        Ok(if over || build.complete {
            let plan = self.plan_finished(master, &build, None).await?;
            Ready::Finished(build, plan)
        } else {
            let plan = self.plan_started(master, &build, None).await?;
            Ready::Started(build, plan)
        })
    }
    /// Tells of builds in their order; the master is asked about some at once.
    async fn tell_all(&self, master: &Master, builds: Vec<Build>) -> Result<()> {
        let mut ahead = stream::iter(builds).map(|build| self.ready(master, build, false)).buffered(AHEAD);
        while let Some(ready) = ahead.next().await {
            self.apply(master, ready?).await?;
        }
        Ok(())
    }
    /// Commands do without it, so that what is wrong is for them to tell.
    async fn read_roster(&self, master: &Master) {
        if let Err(error) = master.read_roster().await {
            let error = format!("{:#}", error.into_anyhow());
            tracing::debug!(master = master.name, error, "the builders and workers are not kept");
        }
    }
    /// Tells of an event, in its turn.
    async fn apply(&self, master: &Master, ready: Ready) -> Result<()> {
        match ready {
            Ready::Started(build, plan) => self.tell_started(master, &build, plan).await.map(drop),
            Ready::Finished(build, plan) => self.tell_finished(master, &build, plan).await.map(drop),
            Ready::Worker(event, worker) => self.worker(master, &event, worker).await,
            Ready::Nothing => Ok(()),
        }
    }
    async fn worker(&self, master: &Master, event: &str, worker: Worker) -> Result<()> {
        let (feed, now) = (self.feed(master), self.host.clock.now().as_second());
        match event {
            "missing" => {
                feed.position().workers.lost(&worker.name, now, worker.last_connection);
                self.workers_missing(master).await
            }
            "connected" if feed.position().workers.came(&worker.name) => self.worker_back(master, &worker.name).await,
            "disconnected" => {
                feed.position().workers.went(&worker.name, now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reads what happened while nobody listened, and tells of it.
    async fn catch_up(&self, master: &Master) -> Result<()> {
        let feed = self.feed(master);
        master.about().await?; // where people open it
        // Before the running ones, so that a build between the two is a later event.
        let newest: Option<Build> = master.one("builds", "builds?order=-buildid&limit=1").await?;
        let newest = newest.map_or(0, |build| build.id);
        let Position { synced, last, .. } = feed.position().clone();
        if synced && newest == 0 && last > 0 {
            return Err(anyhow!("the master lists no builds, and had some").into()); // seen in its first moments
        }
        if !synced || newest < last {
            let running: Vec<Build> = master.list("builds", "builds?complete=false").await?;
            let workers = if synced { feed.position().workers.clone() } else { Workers::default() };
            // What a push told of before is not to be told again.
            let pushed = if synced { Position::default() } else { feed.position().clone() };
            let running = running.iter().map(|build| build.id).filter(|id| !pushed.is_over(*id));
            let first = Position::first(newest, running, workers);
            *feed.position() = first;
            feed.save().await?; // what happens from here on is news, also to the next start
        } else {
            self.running_builds(master).await?;
            self.new_builds(master).await?;
        }
        self.look_at_workers(master).await?;
        self.look_after(master).await?;
        feed.save().await
    }
    /// Those that ran when we last heard of them.
    async fn running_builds(&self, master: &Master) -> Result<()> {
        let feed = self.feed(master);
        let running: Vec<i64> = feed.position().running.iter().copied().collect();
        for page in running.chunks(PAGE) {
            let ids: Vec<String> = page.iter().map(|id| format!("buildid={id}")).collect();
            let builds: Vec<Build> = master.list("builds", &format!("builds?{}", ids.join("&"))).await?;
            for id in page.iter().filter(|id| !builds.iter().any(|build| build.id == **id)) {
                feed.position().over(*id); // removed from its database
            }
            self.tell_all(master, builds.into_iter().filter(|build| build.complete).collect()).await?;
        }
        Ok(())
    }
    /// Those that we have not heard of.
    async fn new_builds(&self, master: &Master) -> Result<()> {
        let feed = self.feed(master);
        let mut after = feed.position().floor;
        loop {
            let path = format!("builds?buildid__gt={after}&order=buildid&limit={PAGE}");
            let builds: Vec<Build> = master.list("builds", &path).await?;
            let next = builds.last().filter(|build| builds.len() == PAGE && build.id > after).map(|build| build.id);
            self.tell_all(master, builds).await?;
            match next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }
    async fn look_at_workers(&self, master: &Master) -> Result<()> {
        let workers: Vec<Worker> = master.list("workers", "workers").await?;
        let configured = workers.iter().filter(|worker| !worker.configured_on.is_empty());
        let all: Vec<(String, bool)> = configured.map(|worker| (worker.name.clone(), worker.is_connected())).collect();
        let back = self.feed(master).position().workers.looked(&all, self.host.clock.now().as_second());
        for worker in back {
            self.worker_back(master, &worker).await?;
        }
        Ok(())
    }
    /// What no event may come for: builds that were over when somebody began to watch
    /// them, and workers that went while nobody listened.
    async fn look_after(&self, master: &Master) -> Result<()> {
        let feed = self.feed(master);
        for watch in self.settings.watches(&master.name).await? {
            if feed.position().running.contains(&watch.build) {
                continue;
            }
            let build: Option<Build> = master.one("builds", &format!("builds/{}", watch.build)).await?;
            match build {
                Some(build) if build.complete => self.watched_finished(master, &build).await?,
                Some(_) => {}
                None => drop(self.settings.unwatch(&watch).await?),
            }
        }
        let now = self.host.clock.now().as_second();
        let overdue = feed.position().workers.overdue(now, MISSING_AFTER);
        for worker in overdue {
            feed.position().workers.lost(&worker, now, None);
        }
        self.workers_missing(master).await
    }
}

/// Subscribes to all of [`PATHS`]; gives the events that came before the last answer.
async fn subscribe(socket: &mut WebSocket) -> Result<Vec<Message>> {
    for (id, path) in PATHS.iter().enumerate() {
        socket.send(json!({ "cmd": "startConsuming", "path": path, "_id": id }).to_string()).await?;
    }
    let (mut early, mut answers) = (vec![], 0);
    while answers < PATHS.len() {
        let message = read(&socket.next().await?)?;
        if let Some(error) = message.error {
            return Err(anyhow!("the master refuses to send events: {error}").into());
        }
        if message.k.is_some() {
            early.push(message);
        } else if message.id.is_u64() {
            answers += 1;
        }
    }
    Ok(early)
}

fn read(message: &str) -> Result<Message> {
    Ok(serde_json::from_str(message)
        .map_err(|error| anyhow!("the master's websocket speaks another language: {error}"))?)
}

/// 1, 2, 4 … 60 s, each up to a quarter longer by chance: masters that one network
/// failure cut off are not called all at once.
fn pause(failures: u32) -> Duration {
    let base = Duration::from_secs(1 << failures.min(6));
    base.mul_f64(1.0 + fastrand::f64() / 4.0).min(PAUSE_MAX)
}
