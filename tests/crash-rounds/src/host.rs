//! The host as a process: started, typed to, read, signalled.
use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What only a host that hangs takes.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The time, of the machine: processes do not wait for a clock of ours.
#[expect(clippy::disallowed_methods, reason = "a process of its own is watched, in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "the moment of the kill is a matter of real time")]
pub(crate) fn pause(duration: Duration) {
    thread::sleep(duration);
}

/// The binary, and the folder that it runs in.
pub(crate) struct Place {
    pub(crate) binary: PathBuf,
    /// Config and log; the data too, unless they are on a disk of their own.
    pub(crate) folder: PathBuf,
    pub(crate) data: PathBuf,
}

impl Place {
    /// Writes the config into `folder`.
    pub(crate) fn new(binary: &Path, folder: &Path, data: &Path) -> Result<Self> {
        let config =
            "[http]\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"warn\"\n[plugins.travishook]\nconfig_urls = []\n";
        fs::write(folder.join("factotum.toml"), config)?;
        Ok(Place { binary: binary.into(), folder: folder.into(), data: data.into() })
    }
    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
    /// The end of the host's log.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
    /// Starts the host. Call it from the main thread: the host ends with the thread.
    pub(crate) fn start(&self) -> Result<Host> {
        let log = fs::OpenOptions::new().append(true).create(true).open(self.log())?;
        let started = now();
        // Else a tool that is killed while its host is stopped would leave it behind.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).arg(&self.binary).arg("--data").arg(&self.data);
        command.current_dir(&self.folder).env_clear().env("RUST_BACKTRACE", "0").env("PATH", "/usr/bin:/bin");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().context("setpriv")?;
        let screen = Arc::<Screen>::default();
        let (out, to) = (child.stdout.take().context("it is piped")?, screen.clone());
        let reader = thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                to.shown().lines.push(line);
                to.news.notify_all();
            }
            to.shown().ended = true;
            to.news.notify_all();
        });
        let input = Arc::new(Mutex::new(child.stdin.take().context("it is piped")?));
        Ok(Host { child, input, screen, reader: Some(reader), started })
    }
    /// What stands in the data folder under a name that tells of damage.
    pub(crate) fn damaged(&self) -> Vec<String> {
        let names = fs::read_dir(&self.data).into_iter().flatten().flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains("damaged")).collect()
    }
    /// An error with the end of the log.
    pub(crate) fn error(&self, what: &str) -> anyhow::Error {
        anyhow::anyhow!("{what}; the log ends with\n{}", self.last_words())
    }
}

/// A running host; killed when dropped.
pub(crate) struct Host {
    child: Child,
    input: Arc<Mutex<ChildStdin>>,
    pub(crate) screen: Arc<Screen>,
    reader: Option<JoinHandle<()>>,
    started: Instant,
}

/// What the host has shown.
#[derive(Default)]
pub(crate) struct Screen {
    shown: Mutex<Shown>,
    news: Condvar,
}
#[derive(Default)]
struct Shown {
    lines: Vec<String>,
    ended: bool,
}

impl Screen {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.shown().lines.len()
    }
    pub(crate) fn lines(&self) -> Vec<String> {
        self.shown().lines.clone()
    }
    /// Waits for a line that `fits` from line `from` on, and gives its number;
    /// `None` when the host ended first, or nothing at all was shown for so long.
    pub(crate) fn wait_for(&self, mut from: usize, limit: Duration, fits: impl Fn(&str) -> bool) -> Option<usize> {
        let mut shown = self.shown();
        loop {
            while let Some(line) = shown.lines.get(from) {
                if fits(line) {
                    return Some(from);
                }
                from += 1;
            }
            if shown.ended {
                return None;
            }
            let (woken, timed_out) = match self.news.wait_timeout(shown, limit) {
                Ok((woken, waited)) => (woken, waited.timed_out()),
                Err(poisoned) => (poisoned.into_inner().0, false),
            };
            shown = woken;
            if timed_out && shown.lines.len() <= from {
                return None;
            }
        }
    }
}

/// Types lines to a host.
#[derive(Clone)]
pub(crate) struct Keyboard {
    input: Arc<Mutex<ChildStdin>>,
    screen: Arc<Screen>,
}

impl Keyboard {
    /// Types a line and waits for an answer that fits; its number, or `None` when the host ended.
    pub(crate) fn ask(&self, line: &str, fits: impl Fn(&str) -> bool) -> Option<usize> {
        let from = self.screen.len();
        let typed = writeln!(self.input.lock().unwrap_or_else(PoisonError::into_inner), "{line}");
        typed.ok()?;
        self.screen.wait_for(from, LIMIT, fits)
    }
    /// Types a line and gives all that is shown until the next one is answered.
    pub(crate) fn ask_all(&self, line: &str) -> Option<Vec<String>> {
        const END: &str = "that-is-all";
        let from = self.screen.len();
        let end = self.ask(&format!("{line}\n!echo {END}"), |line| line == END)?;
        Some(self.screen.shown().lines[from..end].to_vec())
    }
}

impl Host {
    pub(crate) fn keyboard(&self) -> Keyboard {
        Keyboard { input: self.input.clone(), screen: self.screen.clone() }
    }
    /// Waits for the first line; where it listens, and how long that took.
    pub(crate) fn ready(&self) -> Result<(String, Duration)> {
        let line = self.screen.wait_for(0, LIMIT, |line| line.contains("hooks at http://"));
        let line = line.context("the host does not start")?;
        let took = now() - self.started;
        let first = self.screen.shown().lines[line].clone();
        let (_, address) = first.split_once("http://").context("it was there")?;
        let address = address.split(';').next().unwrap_or_default();
        Ok((address.to_owned(), took))
    }
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id())?;
        match signal::kill(Pid::from_raw(pid), signal) {
            Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
            Err(error) => bail!("{signal}: {error}"),
        }
    }
    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }
    /// Ends it without warning; all that it showed, and whether it had ended well before.
    pub(crate) fn kill(mut self) -> Result<(Vec<String>, bool)> {
        self.child.kill()?;
        let status = self.child.wait()?;
        ensure!(status.signal() == Some(9) || status.success(), "the host ended by itself: {status}");
        Ok((self.read_all(), status.success()))
    }
    /// Waits until it has ended; all that it showed.
    pub(crate) fn end(mut self) -> Result<Vec<String>> {
        let since = now();
        while self.child.try_wait()?.is_none() {
            ensure!(now() - since < LIMIT, "the host does not end");
            pause(Duration::from_millis(1));
        }
        let status = self.child.wait()?;
        ensure!(status.success(), "the host ended with {status}");
        Ok(self.read_all())
    }
    fn read_all(&mut self) -> Vec<String> {
        if let Some(reader) = self.reader.take() {
            reader.join().ok(); // it cannot panic
        }
        self.screen.lines()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}
