//! A person at a pseudo-terminal: the line editor, posts and log above the line
//! being typed, the history, colours, and the keys and signals that end it.
use crate::{
    process::{Output, Place, address},
    travis::{self, ROUTE, TOKEN},
};
use nix::{
    pty::openpty,
    sys::{
        signal::{self, Signal},
        termios::{LocalFlags, tcgetattr},
    },
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    process::{Child, Command},
};

struct Terminal {
    keys: File,
    screen: Output,
    child: Child,
}

impl Terminal {
    fn start(place: &Place) -> Self {
        let mut terminal = Self::of(place.command(&[]).env("TERM", "xterm"));
        terminal.screen.wait_for("hooks at http://");
        terminal.screen.wait_for("\r\n");
        terminal
    }
    fn of(command: &mut Command) -> Self {
        let pty = openpty(None, None).unwrap();
        let slave = || pty.slave.try_clone().unwrap();
        let child = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        // The command's copies of the slave, which would hide the end of the process.
        command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        command.stderr(std::process::Stdio::null());
        let (keys, output) = (File::from(pty.master.try_clone().unwrap()), File::from(pty.master));
        Terminal { keys, screen: Output::of(output), child }
    }
    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }
    /// Types a line at the prompt and waits for an answer with `text` in it.
    fn ask(&mut self, line: &str, text: &str) {
        self.screen.wait_for("> ");
        self.press(&format!("{line}\r"));
        self.screen.wait_for(text);
    }
    /// Presses a key at the prompt: between two prompts the terminal is not the
    /// editor's, and Ctrl-D means nothing.
    fn press_at_prompt(&mut self, key: &str) {
        self.screen.wait_for("> ");
        self.press(key);
    }
    fn address(&self) -> String {
        address(self.screen.all())
    }
    /// Waits until it has ended; all that was on the screen.
    fn end(mut self) -> String {
        self.screen.wait_for_end();
        let status = self.child.wait().unwrap();
        let mode = tcgetattr(&self.keys).unwrap();
        assert!(mode.local_flags.contains(LocalFlags::ECHO | LocalFlags::ICANON), "the terminal is as it was");
        assert_eq!(status.code(), Some(0), "{}", self.screen.all());
        self.screen.all().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended
        self.child.wait().ok();
    }
}

#[test]
fn posts_and_the_log_do_not_garble_the_line_being_typed() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place);
    terminal.ask(ROUTE, "Done");
    terminal.ask(TOKEN, "Token set");
    terminal.screen.wait_for("> ");
    terminal.press("!echo par");
    terminal.screen.wait_for("par");
    assert_eq!(travis::post(&terminal.address(), &travis::failed(1)).unwrap(), 204);
    terminal.screen.wait_for("[ops] ");
    terminal.screen.wait_for("builds/277713381\x1b");
    terminal.screen.wait_for("> !echo par");
    assert_eq!(
        travis::send(&terminal.address(), travis::REPO, "Authorization: 00\r\n", &travis::failed(2)).unwrap(),
        403
    );
    terminal.screen.wait_for("request refused");
    terminal.screen.wait_for("\r\n");
    terminal.screen.wait_for("> !echo par");
    terminal.press("tial\r");
    terminal.screen.wait_for("partial\r\n");
    // Ctrl-V takes the key after it as it is; neither it nor U+202E is echoed raw.
    terminal.screen.wait_for("> ");
    terminal.press("!echo a\x16\x1b[2Jb\u{202e}c\r");
    let echo = terminal.screen.wait_for("a␛[2Jb�c\r\n");
    assert!(!echo.contains("\x1b[2J") && !echo.contains('\u{202e}'), "{echo:?}");
    terminal.press_at_prompt("\x04");
    let screen = terminal.end();
    assert!(
        !screen.split("hooks at").next().unwrap().contains("> "),
        "the prompt comes after the first line: {screen:?}"
    );
}

#[test]
fn the_history_keeps_lines_and_no_secret() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place);
    terminal.ask(ROUTE, "Done");
    terminal.ask("!echo a token is no secret", "a token is no secret\r\n");
    terminal.ask(TOKEN, "Token set");
    terminal.ask("!travis tokne o/r c4nary", "There is no command");
    terminal.ask("!Travis Token o/r \"c4nary", "is not closed");
    terminal.ask("!inroom ops", "in the room");
    terminal.ask("!travis token o/r c4nary", "in a private chat");
    terminal.press_at_prompt("\x04");
    terminal.end();
    let file = place.path("factotum-data/history");
    let kept = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = kept.lines().skip(1).collect(); // the first names the format
    assert_eq!(lines, [ROUTE, "!echo a token is no secret", "!inroom ops"]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // The next session has it: up, up, enter.
    let mut terminal = Terminal::start(&place);
    terminal.screen.wait_for("> ");
    terminal.press("\x1b[A\x1b[A\r");
    terminal.screen.wait_for("a token is no secret\r\n");
    terminal.press_at_prompt("\x03");
    terminal.end();
}

#[test]
fn keys_and_signals_end_the_session_and_give_the_terminal_back() {
    let place = Place::new();
    for key in ["\x04", "\x03"] {
        let mut terminal = Terminal::start(&place);
        terminal.press_at_prompt(key);
        terminal.end();
    }
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut terminal = Terminal::start(&place);
        terminal.screen.wait_for("> ");
        terminal.press("!echo half");
        terminal.screen.wait_for("half");
        signal::kill(Pid::from_raw(i32::try_from(terminal.child.id()).unwrap()), signal).unwrap();
        terminal.end();
    }
}

#[test]
fn ctrl_c_leaves_a_line_that_is_begun() {
    const LEFT: &str = "That line is left. Ctrl-C or Ctrl-D on an empty line stops me.\r\n";
    let place = Place::new();
    let mut terminal = Terminal::start(&place);
    for begun in ["!plugin disable trav", "!plugin disable ", " "] {
        terminal.screen.wait_for("> ");
        terminal.press(begun);
        terminal.press("\x03");
        terminal.screen.wait_for(LEFT);
    }
    terminal.ask("!whoami", "in private (");
    // A line that was begun and taken back is an empty one.
    terminal.screen.wait_for("> ");
    terminal.press("!who\x15\x03");
    let screen = terminal.end();
    assert_eq!(screen.matches(LEFT).count(), 3, "{screen:?}");
    let mut terminal = Terminal::start(&place);
    terminal.screen.wait_for("> ");
    terminal.press("!who\x03");
    terminal.press_at_prompt("\x03");
    terminal.end();
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let place = Place::new();
    let mut coloured = Terminal::start(&place);
    coloured.ask("!help", "\x1b[36m!help COMMAND\x1b[0m");
    coloured.press_at_prompt("\x04");
    coloured.end();
    let mut plain = Terminal::of(place.command(&[]).env("TERM", "xterm").env("NO_COLOR", "1"));
    plain.screen.wait_for("try !help\r\n");
    plain.ask("!help", "!help COMMAND explains");
    plain.press_at_prompt("\x04");
    let screen = plain.end();
    assert!(!screen.contains("\x1b[36m") && !screen.contains("\x1b[1m"), "{screen:?}");
    // Without an editor there is a terminal still.
    let mut dumb = Terminal::of(place.command(&[]).env("TERM", "dumb"));
    dumb.screen.wait_for("!help");
    dumb.press("!echo plain\n");
    dumb.screen.wait_for("\nplain\r\n");
    dumb.press("\x04");
    dumb.end();
}

#[test]
fn a_start_that_fails_leaves_the_terminal_alone() {
    let place = Place::new();
    let host = place.serve();
    let mut terminal = Terminal::of(place.command(&[]).env("TERM", "xterm"));
    terminal.screen.wait_for("is in use by another factotum");
    terminal.screen.wait_for_end();
    assert_eq!(terminal.child.wait().unwrap().code(), Some(1));
    let mode = tcgetattr(&terminal.keys).unwrap();
    assert!(mode.local_flags.contains(LocalFlags::ECHO | LocalFlags::ICANON));
    assert!(!terminal.screen.all().contains("> "), "{:?}", terminal.screen.all());
    host.stop();
}

#[test]
fn tab_completes_what_the_speaker_may_run() {
    let place = Place::new();
    let mut terminal = Terminal::start(&place);
    terminal.screen.wait_for("> ");
    terminal.press("!trav\tro\t");
    let offered = terminal.screen.wait_for("routes");
    assert!(offered.contains("!travis route"), "{offered:?}");
    terminal.press("s\r");
    terminal.screen.wait_for("No repositories");
    terminal.screen.wait_for("> ");
    terminal.press("!plugin disable tr\t");
    terminal.screen.wait_for("travishook ");
    terminal.press("\x15!config plugins.tr\t");
    terminal.screen.wait_for("plugins.travishook ");
    terminal.press("\x15!travis route o/r con\tops failed\r");
    terminal.screen.wait_for("o/r to console:ops");
    terminal.screen.wait_for("> ");
    terminal.press("!in\t");
    terminal.screen.wait_for("!inroom");
    terminal.press("\x15!asu\tbob\r");
    terminal.screen.wait_for("You are console:bob");
    terminal.screen.wait_for("> ");
    // Two words and more begin so; to bob all others would be refused.
    terminal.press("!travis \t");
    let offered = terminal.screen.wait_for("routes");
    terminal.press("\x15!echo done\r");
    let offered = format!("{offered}{}", terminal.screen.wait_for("done\r\n"));
    assert!(!offered.contains("token") && !offered.contains("remove"), "{offered:?}");
    terminal.press_at_prompt("\x04");
    terminal.end();
}
