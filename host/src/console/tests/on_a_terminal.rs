//! The test binary runs itself on a pseudo-terminal, since a line editor takes
//! the process's own input and output.
use super::*;
use nix::{
    pty::openpty,
    sys::termios::{LocalFlags, tcgetattr},
};
use std::{
    fs::File,
    io::{BufRead, BufReader},
    os::unix::net::{UnixListener, UnixStream},
    process::{Child, Command},
    sync::mpsc,
    time::Duration,
};

/// What runs on the terminal: repeats what it hears, posts to `ops` what comes
/// from the socket `post`, and closes the console at its end.
#[test]
#[ignore = "the other tests run it, on a pseudo-terminal"]
fn session() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let remember = Arc::new(|line: &str| !line.contains("s3cret"));
        let setup = Setup { history: "history".into(), remember, no_color: false };
        let console = Arc::new(Console::open(Config::default(), setup).unwrap());
        assert_eq!(console.input(), Input::Terminal);
        let (heard, mut lines) = unbounded_channel();
        let (running, inbox) = (console.clone(), Inbox::new(Arc::new(Heard(heard))));
        tokio::spawn(async move { running.run(inbox).await });
        let (posts, mut posted) = unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(UnixStream::connect("post").unwrap()).lines() {
                posts.send(line.unwrap()).unwrap();
            }
        });
        loop {
            tokio::select! {
                Some(incoming) = lines.recv() => console.say(bold("heard ") + incoming.line).await,
                post = posted.recv() => match post {
                    Some(post) => drop(console.post("ops", &post.into()).await.unwrap()),
                    None => break,
                },
                ended = console.ended() => {
                    console.say(format!("ended by {ended:?}")).await;
                    break;
                }
            }
        }
        console.close();
    });
}

struct Terminal {
    folder: tempfile::TempDir,
    slave: std::os::fd::OwnedFd,
    keys: File,
    screen: mpsc::Receiver<Vec<u8>>,
    seen: String,
    posts: Option<UnixStream>,
    child: Child,
}

impl Terminal {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixListener::bind(folder.path().join("post")).unwrap();
        let pty = openpty(None, None).unwrap();
        let test = "console::tests::on_a_terminal::session";
        let child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture"])
            .current_dir(folder.path())
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(pty.slave.try_clone().unwrap())
            .stdout(pty.slave.try_clone().unwrap())
            .spawn()
            .unwrap();
        let (keys, mut output) = (File::from(pty.master.try_clone().unwrap()), File::from(pty.master));
        let (sender, screen) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                sender.send(buffer.iter().copied().take(read).collect()).ok();
            }
        });
        let posts = Some(socket.accept().unwrap().0);
        Terminal { folder, slave: pty.slave, keys, screen, seen: String::new(), posts, child }
    }
    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
    fn post(&mut self, line: &str) {
        writeln!(self.posts.as_mut().unwrap(), "{line}").unwrap();
    }
    /// Waits for `text` on the screen; gives what came up to its end.
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let Ok(more) = self.screen.recv_timeout(Duration::from_secs(30)) else {
                panic!("no {text:?} in {:?}", self.seen);
            };
            self.seen += &String::from_utf8_lossy(&more);
        }
    }
    fn end(mut self) -> String {
        self.posts = None;
        assert!(self.child.wait().unwrap().success());
        let mode = tcgetattr(&self.slave).unwrap();
        assert!(mode.local_flags.contains(LocalFlags::ECHO | LocalFlags::ICANON), "the terminal is as it was");
        std::fs::read_to_string(self.folder.path().join("history")).unwrap_or_default()
    }
}

#[test]
fn posts_do_not_garble_the_line_being_typed() {
    let mut terminal = Terminal::start();
    terminal.wait_for("> ");
    terminal.press("!par");
    terminal.wait_for("!par");
    terminal.post("a notice");
    terminal.wait_for("[ops] a notice\r\n");
    terminal.wait_for("> !par");
    terminal.press("tial\r");
    terminal.wait_for("\x1b[1mheard \x1b[0m!partial\r\n");
    terminal.wait_for("> ");
    terminal.press("!token s3cret\r");
    terminal.wait_for("heard \x1b[0m!token s3cret\r\n");
    // Ctrl-V takes the key after it as it is; neither it nor U+202E is echoed raw.
    terminal.wait_for("> ");
    terminal.press("a\x16\x1b[2Jb\u{202e}c\r");
    let echo = terminal.wait_for("heard \x1b[0ma␛[2Jb�c\r\n");
    assert!(!echo.contains("\x1b[2J") && !echo.contains('\u{202e}'), "{echo:?}");
    terminal.wait_for("> ");
    // The end of the posts stops the host while a line is waited for.
    let history = terminal.end();
    assert!(history.contains("!partial") && !history.contains("s3cret"), "{history:?}");
}

#[test]
fn keys_that_end_the_session() {
    for (key, why) in [("\x04", "EndOfInput"), ("\x03", "Interrupt")] {
        let mut terminal = Terminal::start();
        terminal.wait_for("> ");
        terminal.press(key);
        terminal.wait_for(&format!("ended by {why}\r\n"));
        terminal.end();
    }
}
