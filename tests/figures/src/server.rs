//! A server process: its start, what it uses, and what it prints.
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Clock ticks in a second; Linux has told programs of 100 on every machine since 2.4.
const TICKS: f64 = 100.0;

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    shown: Arc<Shown>,
    input: Option<ChildStdin>,
    reader: Option<JoinHandle<()>>,
}

/// What it has printed: the numbers of the builds shown, with when.
#[derive(Default)]
struct Shown {
    lines: Mutex<Vec<(u32, String, Instant)>>,
    /// Each line as it is, of a server that is typed to.
    whole: Mutex<Vec<(String, Instant)>>,
    more: Condvar,
}

impl Server {
    /// Starts `command`, whose first line ends in its address.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        Self::start_with(command.stdin(Stdio::null()), log)
    }
    /// As [`start`](Self::start); lines can be typed to it, and what it prints is kept.
    pub(crate) fn start_typed(command: &mut Command, log: &Path) -> Result<Self> {
        Self::start_with(command.stdin(Stdio::piped()), log)
    }
    fn start_with(command: &mut Command, log: &Path) -> Result<Self> {
        let log = fs::File::create(log)?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let input = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().context("its output is a pipe")?);
        let mut first = String::new();
        lines.read_line(&mut first)?;
        let address = first.split("http://").nth(1).and_then(|rest| rest.split([';', '\n', ' ']).next());
        let Some(address) = address.and_then(|address| address.parse().ok()) else {
            child.kill()?;
            bail!("the server did not start: {first:?}");
        };
        let shown = Arc::<Shown>::default();
        let (keep, typed) = (shown.clone(), input.is_some());
        let reader = std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some((chat, number)) = build_of(&line) {
                    keep.lines.lock().expect("no panic inside").push((number, chat, now()));
                    keep.more.notify_all();
                }
                if typed {
                    keep.whole.lock().expect("no panic inside").push((line.trim_end().to_owned(), now()));
                    keep.more.notify_all();
                }
                line.clear();
            }
        });
        Ok(Server { child, address, shown, input, reader: Some(reader) })
    }
    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.input.as_mut().context("nobody can type to it")?, "{line}")?)
    }
    /// Waits until `seen` finds something in what a server that is typed to has
    /// printed, at most `limit`.
    pub(crate) fn until<T>(&self, limit: Duration, seen: impl Fn(&[(String, Instant)]) -> Option<T>) -> Option<T> {
        let began = now();
        let mut lines = self.shown.whole.lock().expect("no panic inside");
        loop {
            let left = limit.saturating_sub(began.elapsed());
            match seen(&lines) {
                None if !left.is_zero() => {
                    lines = self.shown.more.wait_timeout(lines, left).expect("no panic inside").0;
                }
                found => return found,
            }
        }
    }
    /// Waits until `count` builds were shown since the start, at most `limit`;
    /// gives how many were.
    pub(crate) fn shows(&self, count: usize, limit: Duration) -> usize {
        let lines = self.shown.lines.lock().expect("no panic inside");
        let waited = self.shown.more.wait_timeout_while(lines, limit, |lines| lines.len() < count);
        waited.expect("no panic inside").0.len()
    }
    /// The builds that were shown: number, chat and when.
    pub(crate) fn shown(&self) -> Vec<(u32, String, Instant)> {
        self.shown.lines.lock().expect("no panic inside").clone()
    }
    /// CPU seconds that it has used, its kernel work included.
    pub(crate) fn cpu(&self) -> Result<f64> {
        cpu_of(&self.child.id().to_string())
    }
    /// A value of its memory in MB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory(&self, which: &str) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
        let kib: f64 = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no such value")?.parse()?;
        Ok(kib / 1024.0)
    }
    /// Stops it as an operator does.
    pub(crate) fn stop(mut self) -> Result<()> {
        signal::kill(Pid::from_raw(self.child.id().try_into()?), Signal::SIGTERM)?;
        self.child.wait()?;
        if let Some(reader) = self.reader.take() {
            reader.join().ok();
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok(); // mostly it has ended
        self.child.wait().ok();
    }
}

/// The time; a benchmark is what a clock is for.
#[expect(clippy::disallowed_methods, reason = "what is measured is another process, on no clock of ours")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// CPU seconds of a process, `self` for this one.
pub(crate) fn cpu_of(process: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("an odd stat")?.1.split_whitespace().collect();
    let ticks = |n: usize| -> Result<f64> { Ok(fields.get(n).context("an odd stat")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / TICKS) // utime and stime, proc(5)
}

/// The chat and number in `[ops] [Travis CI] owner/name #18 failed: …`.
fn build_of(line: &str) -> Option<(String, u32)> {
    let chat = line.strip_prefix('[')?.split_once(']')?.0;
    let number = line.split_once(" #")?.1.split(' ').next()?;
    Some((chat.to_owned(), number.parse().ok()?))
}
