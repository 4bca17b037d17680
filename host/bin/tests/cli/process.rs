//! A folder to run the binary in, and the processes run there: what they print is
//! waited for, up to a limit that only a hanging process reaches.
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use regex::Regex;
use std::{
    fs,
    io::{Read, Write},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A host on a loaded machine takes a few seconds at worst.
const LIMIT: Duration = Duration::from_secs(60);

/// A working folder with a `factotum.toml`.
pub(crate) struct Place(TempDir);

/// What a command that has ended left.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// With the defaults, but for a free port.
    pub(crate) fn new() -> Self {
        Self::with("")
    }
    /// With these sections as well.
    pub(crate) fn with(sections: &str) -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        place.write("factotum.toml", &format!("{sections}\n[http]\nlisten = \"127.0.0.1:0\"\n"));
        place
    }
    /// Without a config file.
    pub(crate) fn bare() -> Self {
        Place(tempfile::tempdir().unwrap())
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
    /// A file for its owner alone.
    pub(crate) fn write_secret(&self, name: &str, text: &str) {
        self.write(name, text);
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
    /// The binary, to be run here in an empty environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.clean(Command::new(env!("CARGO_BIN_EXE_factotum")), args)
    }
    /// A line of a shell, in which `factotum` is the binary.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut shell = self.clean(Command::new("/bin/sh"), &["-c", line]);
        shell.env("factotum", env!("CARGO_BIN_EXE_factotum"));
        shell
    }
    fn clean(&self, mut command: Command, args: &[&str]) -> Command {
        command.args(args).current_dir(self.0.path()).env_clear().env("RUST_BACKTRACE", "0");
        command
    }
    /// Runs the binary to its end, without input.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).stdin(Stdio::null()))
    }
    /// Starts a host that reads lines from a pipe, and waits for its first line.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        self.start_as(self.command(args).stdin(Stdio::piped()))
    }
    /// Starts a host as a service, without input.
    pub(crate) fn serve(&self) -> Process {
        self.start_as(self.command(&[]).stdin(Stdio::null()))
    }
    /// Starts a host with the input that is set.
    pub(crate) fn start_as(&self, command: &mut Command) -> Process {
        let mut host = Process::start(command.stdout(Stdio::piped()));
        host.out.wait_for("hooks at http://");
        host.out.wait_for("\n");
        host
    }
    /// The text without what differs from run to run.
    pub(crate) fn shown(&self, text: &str) -> String {
        let text = text.replace(self.0.path().to_str().unwrap(), "FOLDER");
        let rows = [
            (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
            (r"\(process \d+\)", "(process PID)"),
            (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
            (r"\d{8}T\d{6}Z", "TIME"),
        ];
        rows.iter().fold(text, |text, (pattern, by)| Regex::new(pattern).unwrap().replace_all(&text, *by).into_owned())
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let ran = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: ran.status.code(), out: text(ran.stdout), err: text(ran.stderr) }
    }
    /// What it printed, when it was content.
    pub(crate) fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }
    /// What it complained of, when it was not.
    pub(crate) fn bad(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(1), ""), "{}", self.err);
        self.err
    }
}

/// A process at work; killed when dropped.
pub(crate) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) out: Output,
    pub(crate) err: Output,
}

impl Process {
    /// Starts it; standard error is a pipe, the rest as it is set.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().map_or_else(Output::none, Output::of);
        let err = Output::of(child.stderr.take().unwrap());
        Process { stdin: child.stdin.take(), child, out, err }
    }
    /// Types lines into its pipe.
    pub(crate) fn say(&mut self, lines: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{lines}").unwrap();
    }
    /// Types a line and waits for an answer that has `text` in it; gives what came
    /// up to the end of that line.
    pub(crate) fn ask(&mut self, line: &str, text: &str) -> String {
        self.say(line);
        self.out.wait_for(text) + &self.out.wait_for("\n")
    }
    /// Ends its input.
    pub(crate) fn hang_up(&mut self) {
        self.stdin = None;
    }
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).unwrap();
        signal::kill(Pid::from_raw(pid), signal).unwrap();
    }
    /// Where its hooks listen, from the first line.
    pub(crate) fn address(&self) -> String {
        address(self.out.all())
    }
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }
    /// Waits until it has ended by itself; its whole output.
    pub(crate) fn end(mut self) -> Ran {
        // Its end closes the pipe, which can be waited for with a limit.
        self.err.wait_for_end();
        let status = self.child.wait().unwrap();
        self.out.wait_for_end();
        Ran { code: status.code(), out: self.out.all().to_owned(), err: self.err.all().to_owned() }
    }
    /// Asks it to end; its whole output, when it was content.
    pub(crate) fn stop(self) -> String {
        self.signal(Signal::SIGTERM);
        let ran = self.end();
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        ran.out
    }
    /// Ends it as a power cut would; what it had printed.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        let status: ExitStatus = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended before: {}", self.err.all());
        self.out.wait_for_end();
        self.out.all().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

/// The address in the first line of a host.
pub(crate) fn address(text: &str) -> String {
    let found = Regex::new(r"hooks at https?://(127\.0\.0\.1:\d+)").unwrap().captures(text);
    found.unwrap_or_else(|| panic!("no address in {text:?}"))[1].to_owned()
}

/// What comes out of a process.
pub(crate) struct Output {
    pieces: mpsc::Receiver<Vec<u8>>,
    bytes: Vec<u8>,
    text: String,
    /// Where the next wait begins in `text`.
    at: usize,
}

impl Output {
    pub(crate) fn of(mut from: impl Read + Send + 'static) -> Self {
        let (send, pieces) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A terminal gives an error where a pipe gives its end.
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                send.send(buffer.iter().copied().take(read).collect()).ok();
            }
        });
        Output { pieces, bytes: vec![], text: String::new(), at: 0 }
    }
    fn none() -> Self {
        Self::of(std::io::empty())
    }
    /// All that has come so far.
    pub(crate) fn all(&self) -> &str {
        &self.text
    }
    /// All that has come until now, looked at without waiting.
    pub(crate) fn so_far(&mut self) -> &str {
        while let Ok(piece) = self.pieces.try_recv() {
            self.take(&piece);
        }
        &self.text
    }
    /// Waits for `wanted`; gives what came since the last wait, up to its end.
    pub(crate) fn wait_for(&mut self, wanted: &str) -> String {
        loop {
            let (_, new) = self.text.split_at(self.at);
            if let Some((before, _)) = new.split_once(wanted) {
                let found = format!("{before}{wanted}");
                self.at += found.len();
                return found;
            }
            match self.pieces.recv_timeout(LIMIT) {
                Ok(piece) => self.take(&piece),
                Err(end) => panic!("no {wanted:?} ({end}) in {new:?}"),
            }
        }
    }
    pub(crate) fn wait_for_end(&mut self) {
        loop {
            match self.pieces.recv_timeout(LIMIT) {
                Ok(piece) => self.take(&piece),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it does not end; so far {:?}", self.text),
            }
        }
    }
    fn take(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        // A character may come in two pieces: only whole ones are looked at.
        let whole = match str::from_utf8(&self.bytes) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.bytes.split_off(whole);
        self.text += str::from_utf8(&self.bytes).unwrap();
        self.bytes = rest;
    }
}
