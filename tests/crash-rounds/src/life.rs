//! One data folder from its first start to its last: rounds of load that end
//! without warning, and a last one that shows what has become of it all.
use crate::{
    disk::Disks,
    host::{Host, Keyboard, LIMIT, Place, now, pause},
    ledger::{Ended, Ledger, OWNER},
    routes::Routes,
    senders::{Order, Senders, TOKEN},
};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Connections at once; each has a repository of its own.
const SENDERS: usize = 8;
/// How long a round goes on at most, once the host is up.
const ROUND: Duration = Duration::from_millis(1000);
/// The longest pause of a sender: without one the outbox would fall behind for minutes.
const SENDER_PAUSE: Duration = Duration::from_millis(30);
/// Nothing shown for so long, and what is missing is lost.
const SILENCE: Duration = Duration::from_secs(20);

/// What all rounds of a kind came to.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) rounds: u32,
    /// Requests answered 2xx.
    pub(crate) requests: u32,
    /// Commands that were confirmed.
    pub(crate) commands: u32,
    /// Of either, what was not there in the end.
    pub(crate) lost: u32,
    /// Messages shown twice.
    pub(crate) repeated: u32,
    /// Stores or journals that the host had to repair.
    pub(crate) repaired: u32,
    pub(crate) worst_start: Duration,
}

/// When the end comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// While the host starts.
    Start,
    /// At any time under load.
    Load,
    /// At any time while the console alone is at work.
    Quiet,
    /// When the journal has just begun to fold its log into the file.
    Checkpoint,
    /// While it stops.
    Stop,
    /// While it stops, when the snapshot of the store has just begun.
    Snapshot,
}

/// A data folder, and what was promised about it.
pub(crate) struct Life {
    place: Place,
    disks: Disks,
    random: fastrand::Rng,
    ledger: Ledger,
    routes: Routes,
    set_up: bool,
    before: Ended,
    damaged: usize,
    start_took: Duration,
    stop_took: Duration,
    worst_start: Duration,
    rounds: u32,
}

/// Senders and a person at the console, at work.
struct Load {
    senders: Senders,
    person: JoinHandle<Routes>,
    stop: Arc<AtomicBool>,
}

fn chats(sender: usize) -> Vec<&'static str> {
    vec!["ops", if sender.is_multiple_of(2) { "dev" } else { "qa" }]
}

impl Life {
    /// Begins with nothing; with disks their power is cut, else the host is killed.
    pub(crate) fn new(place: Place, disks: Disks, random: fastrand::Rng) -> Self {
        let ledger = Ledger::new(&(0..SENDERS).map(chats).collect::<Vec<_>>());
        let some = Duration::from_millis(300);
        Life {
            place,
            disks,
            random,
            ledger,
            routes: Routes::new(),
            set_up: false,
            before: Ended::Well,
            damaged: 0,
            start_took: some,
            stop_took: some,
            worst_start: Duration::ZERO,
            rounds: 0,
        }
    }
    /// Adds what has come of it to `figures`.
    pub(crate) fn count(&self, figures: &mut Figures) {
        figures.rounds += self.rounds;
        figures.requests += self.ledger.acknowledged();
        figures.commands += self.routes.acknowledged;
        figures.lost += self.ledger.lost + self.routes.lost;
        figures.repeated += self.ledger.repeated;
        figures.repaired += u32::try_from(self.damaged).unwrap_or(u32::MAX);
        figures.worst_start = figures.worst_start.max(self.worst_start);
    }
    /// What must not be, so far.
    pub(crate) fn wrong(&self) -> &[String] {
        &self.ledger.wrong
    }

    /// One start of the host, and its end without warning.
    ///
    /// # Errors
    /// When the host does not start or does not answer, or a tool of the test fails.
    pub(crate) fn round(&mut self) -> Result<()> {
        self.rounds += 1;
        let moment = self.choose();
        let mut host = self.start()?;
        if moment == Moment::Start {
            let longest = self.start_took * 6 / 5;
            self.pause_up_to(longest);
            return self.cut(host, None).with_context(|| format!("{moment:?}"));
        }
        let address = self.ready(&mut host)?;
        let load = self.load(&host, &address, moment != Moment::Quiet);
        self.wait_for(moment, &mut host)?;
        self.cut(host, Some(load)).with_context(|| format!("{moment:?}"))
    }
    fn choose(&mut self) -> Moment {
        use Moment::{Checkpoint, Load, Quiet, Snapshot, Start, Stop};
        let moments = [Load, Load, Load, Quiet, Quiet, Start, Start, Checkpoint, Checkpoint, Stop, Snapshot];
        // The first start makes everything: it is cut short as often as it goes well.
        let moments = match (self.set_up, self.rounds) {
            (true, _) => &moments[..],
            (false, 1) => &[Start, Load],
            (false, _) => &[Load],
        };
        self.random.choice(moments).copied().unwrap_or(Load)
    }
    fn pause_up_to(&mut self, longest: Duration) {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(0);
        pause(Duration::from_micros(self.random.u64(..=micros)));
    }
    /// Waits until the end shall come.
    fn wait_for(&mut self, moment: Moment, host: &mut Host) -> Result<()> {
        if moment == Moment::Checkpoint {
            let journal = self.place.data.join("journal.db");
            let changed = || journal.metadata().and_then(|file| file.modified()).ok();
            let (before, since) = (changed(), now());
            while changed() == before && now() - since < 3 * ROUND {
                pause(Duration::from_micros(100));
            }
            self.pause_up_to(Duration::from_millis(4));
            return Ok(());
        }
        self.pause_up_to(ROUND);
        if matches!(moment, Moment::Stop | Moment::Snapshot) {
            host.signal(Signal::SIGTERM)?;
        }
        if moment == Moment::Stop {
            let longest = self.stop_took * 6 / 5;
            self.pause_up_to(longest);
        }
        if moment == Moment::Snapshot {
            let unfinished = self.place.data.join("snapshots/store.unfinished");
            let since = now();
            while !unfinished.exists() && !host.has_ended()? && now() - since < LIMIT {
                pause(Duration::from_micros(50));
            }
            self.pause_up_to(Duration::from_millis(2));
        }
        Ok(())
    }
    /// Ends the host without warning, and takes down what it had promised and shown.
    fn cut(&mut self, host: Host, load: Option<Load>) -> Result<()> {
        let ended = if self.disks.is_empty() {
            host.kill()
        } else {
            host.signal(Signal::SIGSTOP)?;
            let copies = self.disks.copy()?;
            let ended = host.kill();
            self.disks.replace(copies)?;
            ended
        };
        if let Some(load) = load {
            self.take_back(load);
        }
        let (lines, well) = ended.map_err(|error| self.place.error(&format!("{error:#}")))?;
        self.ledger.take(lines.iter().map(String::as_str));
        self.before = match well {
            true => Ended::Well,
            false if self.disks.is_empty() => Ended::Cut,
            false => Ended::PowerCut,
        };
        Ok(())
    }

    /// Starts the host, and lets it show what is still to come.
    ///
    /// # Errors
    /// As [`round`](Self::round), and when the host does not stop well.
    pub(crate) fn last_round(&mut self) -> Result<()> {
        let mut host = self.start()?;
        let address = self.ready(&mut host)?;
        // What was never answered is asked again, until it is.
        let senders = Senders::begin(&address, self.orders(true));
        self.posted(senders.join());
        let mut from = 0;
        loop {
            let lines = host.screen.lines();
            self.ledger.take(lines.iter().skip(from).map(String::as_str));
            from = lines.len();
            if self.ledger.outstanding() == 0 || host.screen.wait_for(from, SILENCE, |_| true).is_none() {
                break;
            }
        }
        self.stop(host, from)?;
        self.ledger.close();
        // After an end in order nothing is shown again.
        let mut host = self.start()?;
        self.ready(&mut host)?;
        self.stop(host, 0)
    }
    /// Ends the host in order; `from` lines of it are known.
    fn stop(&mut self, host: Host, from: usize) -> Result<()> {
        let since = now();
        host.signal(Signal::SIGTERM)?;
        let lines = host.end().map_err(|error| self.place.error(&format!("{error:#}")))?;
        self.stop_took = now() - since;
        self.ledger.take(lines.iter().skip(from).map(String::as_str));
        self.before = Ended::Well;
        Ok(())
    }

    fn start(&mut self) -> Result<Host> {
        self.ledger.begin_run(self.before);
        self.place.start()
    }
    /// Waits until the host is up, and looks at what it found of its data.
    fn ready(&mut self, host: &mut Host) -> Result<String> {
        let (address, took) = host.ready().map_err(|error| self.place.error(&format!("{error:#}")))?;
        (self.start_took, self.worst_start) = (took, self.worst_start.max(took));
        let damaged = self.place.damaged();
        if damaged.len() > self.damaged && self.disks.is_empty() {
            self.ledger.wrong.push(format!("a kill damaged the data: {damaged:?}"));
        }
        self.damaged = self.damaged.max(damaged.len());
        let keyboard = host.keyboard();
        let listed = keyboard.ask_all("!travis routes").context("the host does not answer")?;
        self.ledger.wrong.extend(self.routes.compare(&listed));
        if !self.set_up {
            set_up(&keyboard).map_err(|error| self.place.error(&format!("{error:#}")))?;
            self.set_up = true;
        }
        Ok(address)
    }
    fn load(&mut self, host: &Host, address: &str, with_senders: bool) -> Load {
        let orders = if with_senders { self.orders(false) } else { vec![] };
        let senders = Senders::begin(address, orders);
        let (stop, keyboard) = (Arc::<AtomicBool>::default(), host.keyboard());
        let mut routes = std::mem::replace(&mut self.routes, Routes::new());
        let (mut random, stopped) = (self.random.fork(), stop.clone());
        let person = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let command = routes.next(&mut random);
                let mut line = command.line();
                if let Some(question) = command.question() {
                    if keyboard.ask(&line, |line| line == question).is_none() {
                        break;
                    }
                    line = "yes".to_owned();
                }
                if keyboard.ask(&line, |line| command.is_confirmed_by(line)).is_none() {
                    break;
                }
                routes.confirm(command);
                pause(Duration::from_micros(random.u64(..10_000)));
            }
            routes
        });
        Load { senders, person, stop }
    }
    fn orders(&mut self, only_doubt: bool) -> Vec<Order> {
        let order = |sender| {
            let (accepted, in_doubt) = (self.ledger.accepted(sender), self.ledger.in_doubt(sender));
            let (seed, again) = (self.random.u64(..), self.random.bool());
            Order { sender, accepted, again, in_doubt, only_doubt, pause: SENDER_PAUSE, seed }
        };
        (0..SENDERS).map(order).collect()
    }
    fn take_back(&mut self, load: Load) {
        load.stop.store(true, Ordering::Relaxed);
        self.posted(load.senders.stop());
        self.routes = load.person.join().expect("the person does not panic");
    }
    fn posted(&mut self, done: Vec<crate::senders::Done>) {
        for done in done {
            self.ledger.posted(done.sender, done.sent, done.accepted);
            self.ledger.lost += u32::from(done.forgotten);
            self.ledger.wrong.extend(done.wrong);
        }
    }
}

/// Routes the senders' repositories to their chats.
fn set_up(keyboard: &Keyboard) -> Result<()> {
    for sender in 0..SENDERS {
        let repo = format!("{OWNER}/r{sender}");
        for chat in chats(sender) {
            let line = format!("!travis route {repo} console:{chat} failed");
            keyboard.ask(&line, |line| line.contains(&format!("{repo} to console:{chat} "))).context(line)?;
        }
        let line = format!("!travis token {repo} {TOKEN}");
        keyboard.ask(&line, |line| line == format!("Token set for {repo}.")).context(line)?;
    }
    Ok(())
}
