//! Transcripts of a scripted console, and lines through real pipes. Whole sessions
//! of the process, on a terminal too, are tests of the binary.
use super::{io::Stdio, *};
use bytes::Bytes;
use factotum_plugin_api::{
    chat::{Attachment, ChatEvent, Receive},
    text::{State, block, bold, list, state},
};
use insta::assert_snapshot;
use std::io::{Read, Write};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The host's end: gives on what it was told.
struct Heard(UnboundedSender<Incoming>);

#[async_trait::async_trait]
impl Receive for Heard {
    async fn event(&self, _: ChatEvent, _: &str) -> Result<()> {
        unreachable!("nothing happens to a console")
    }
    async fn receive(&self, incoming: Incoming) -> Result<()> {
        if incoming.line == "refuse me" {
            return Err(user_error("the disk is full"));
        }
        self.0.send(incoming).ok();
        Ok(())
    }
}

/// A running console and everything that was said, heard and shown.
struct Session {
    console: Arc<Console>,
    script: Arc<Script>,
    heard: UnboundedReceiver<Incoming>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Session {
    fn start() -> Self {
        let log = Arc::<Mutex<Vec<String>>>::default();
        let shown = log.clone();
        let script = Arc::new(Script::new(move |what| shown.lock().unwrap().push(what.text.clone())));
        let console = Arc::new(Console::scripted(Config::default(), script.clone()).unwrap());
        Self::run(console, script, log)
    }
    fn run(console: Arc<Console>, script: Arc<Script>, log: Arc<Mutex<Vec<String>>>) -> Self {
        let (heard, inbox) = (unbounded_channel(), console.clone());
        let receive = Inbox::new(Arc::new(Heard(heard.0)));
        tokio::spawn(async move { inbox.run(receive).await });
        Session { console, script, heard: heard.1, log }
    }
    async fn say(&mut self, line: &str) {
        self.note(format!("> {line}"));
        self.script.say(line).await;
        while let Ok(Incoming { chat, sender, private, line, .. }) = self.heard.try_recv() {
            let place = if private { "in private" } else { "in a room" };
            self.note(format!("  host: {line:?} from {} {place}, chat {chat}", sender.id));
        }
    }
    async fn post(&self, address: &str, message: impl Into<Message>) {
        if let Err(error) = self.console.post(address, &message.into()).await {
            self.note(format!("  {error}"));
        }
    }
    fn note(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }
    fn transcript(&self) -> String {
        std::mem::take(&mut *self.log.lock().unwrap()).join("\n")
    }
}

#[tokio::test]
async fn who_speaks_and_where() {
    let mut session = Session::start();
    for line in [
        "!travis routes",
        "!inroom ops",
        "hello",
        "!AsUser",
        "!help",
        "!inperson",
        "!help",
        "!asuser console:ann",
        "  !inroom #dev ",
        "!whoami",
        "!asadmin",
        "!whoami",
        "   ",
        "!inrooms",
        "refuse me",
    ] {
        session.say(line).await;
    }
    assert_snapshot!(session.transcript(), @r#"
    > !travis routes
      host: "!travis routes" from console:admin in private, chat console:admin
    > !inroom ops
    You are console:admin in the room console:ops
    > hello
      host: "hello" from console:admin in a room, chat console:ops
    > !AsUser
    You are console:user in the room console:ops
    > !help
      host: "!help" from console:user in a room, chat console:ops
    > !inperson
    You are console:user in private
    > !help
      host: "!help" from console:user in private, chat console:user
    > !asuser console:ann
    You are console:ann in private
    >   !inroom #dev 
    You are console:ann in the room console:dev
    > !whoami
      host: "!whoami" from console:ann in a room, chat console:dev
    > !asadmin
    You are console:admin in the room console:dev
    > !whoami
      host: "!whoami" from console:admin in a room, chat console:dev
    >    
    > !inrooms
      host: "!inrooms" from console:admin in a room, chat console:dev
    > refuse me
    That line could not be taken; the log says why.
    "#);
}

#[tokio::test]
async fn own_commands_with_wrong_arguments() {
    let mut session = Session::start();
    for line in [
        "!inroom",
        "!inroom a b",
        "!inroom -1001234",
        "!inroom \x1b[31m",
        "!inroom admin",
        "!inperson now",
        "!asuser a b",
        "!asuser @ann",
        "!asadmin ann",
        "!inroom ops",
        "!asuser ops",
    ] {
        session.say(line).await;
    }
    assert_snapshot!(session.transcript().replace('\x1b', "ESC"), @r"
    > !inroom
    Usage: !inroom NAME
    > !inroom a b
    Usage: !inroom NAME
    > !inroom -1001234
    Usage: !inroom NAME; a NAME is like ops
    > !inroom ESC[31m
    Usage: !inroom NAME; a NAME is like ops
    > !inroom admin
    admin is a person here; a room needs another name
    > !inperson now
    Usage: !inperson
    > !asuser a b
    Usage: !asuser [NAME]
    > !asuser @ann
    Usage: !asuser [NAME]; a NAME is like ann
    > !asadmin ann
    Usage: !asadmin
    > !inroom ops
    You are console:admin in the room console:ops
    > !asuser ops
    ops is the room you are in; !inperson leaves it
    ");
    let listed: Vec<_> = OWN_COMMANDS.iter().map(|(line, _)| *line).collect();
    assert_eq!(listed, ["!inroom NAME", "!inperson", "!asuser [NAME]", "!asadmin"]);
}

fn failed() -> Text {
    bold("[Travis CI]") + " o/r #5 " + state(State::Bad, "failed") + list(["lint", "two\nlines"])
}

#[tokio::test]
async fn posts_show_their_room() {
    let mut session = Session::start();
    session.post("admin", failed()).await;
    session.post("ops", failed()).await;
    session.post("ops", Message { thread: Some("7".into()), ..Message::from("in a thread") }).await;
    session.post("ops", Text::from("a\n\n[dev] fake\r\x1b[2J\u{202e}")).await;
    session.post("o\x1b\nps", block("x\n  y")).await;
    let file = Some(Attachment { name: "log\n.txt".into(), content: Bytes::from_static(b"12345") });
    session.post("admin", Message { file, ..Message::from("the log:") }).await;
    session.say("!asuser").await;
    session.post("admin", "for another").await;
    session.post("user", "for me").await;
    assert_snapshot!(session.transcript(), @r"
    [Travis CI] o/r #5 failed
    • lint
    • two
      lines
    [ops] [Travis CI] o/r #5 failed
          • lint
          • two
            lines
    [ops/7] in a thread
    [ops] a

          [dev] fake␍␛[2J�
    [o␛ ps] x
              y
    the log:
    (file log .txt, 5 bytes)
    > !asuser
    You are console:user in private
    [admin] for another
    for me
    ");
}

#[tokio::test]
async fn colours_are_for_terminals() {
    let shown = Arc::<Mutex<Vec<String>>>::default();
    let log = shown.clone();
    let script = Arc::new(Script::new(move |what| log.lock().unwrap().push(what.text.clone())));
    let console = Console::with_io(Config::default(), script, true).unwrap();
    console.post("ops", &failed().into()).await.unwrap();
    console.say(Text::from("up ") + state(State::Good, "well") + "\x07").await;
    assert_snapshot!(shown.lock().unwrap().join("\n").replace('\x1b', "ESC"), @r"
    [ops] ESC[1m[Travis CI]ESC[0m o/r #5 ESC[31mfailedESC[0m
          • lint
          • two
            lines
    up ESC[32mwellESC[0m␇
    ");
}

#[test]
fn what_may_be_a_room() {
    let console = idle(Config::default()).unwrap();
    let long = "a".repeat(64);
    let rows = [
        ("ops", Some("ops")),
        ("#ops", Some("ops")),
        ("Ops_2.x-y", Some("Ops_2.x-y")),
        (long.as_str(), Some(long.as_str())),
        ("", None),
        ("#", None),
        ("##ops", None),
        ("example@example.com", None),
        ("o/r", None),
        ("console:ops", None),
        ("-1001234", None),
        ("1ops", None),
        ("ops!", None),
        ("öps", None),
        ("a b", None),
    ];
    for (word, address) in rows {
        assert_eq!(console.parse_chat(word).as_deref(), address, "{word:?}");
    }
    assert_eq!(console.parse_chat(&"a".repeat(65)), None);
    assert_eq!(console.private_chat("admin").as_deref(), Some("admin"));
    assert_eq!(console.parse_chat(console.address_form()).as_deref(), Some("ops"));
}

/// A console that nobody runs.
fn idle(config: Config) -> Result<Console> {
    Console::scripted(config, Arc::new(Script::new(|_| ())))
}

#[test]
fn the_config_names_the_person() {
    let ann: Config = toml::from_str("sender = \"ann\"").unwrap();
    let expected = Sender { id: "console:ann".into(), name: "ann".into() };
    assert_eq!(idle(ann).unwrap().person(), expected);
    assert_eq!(idle(Config::default()).unwrap().person().id, "console:admin");
    assert!(toml::from_str::<Config>("sander = \"ann\"").is_err());
    let refused = idle(Config { sender: "a b".into() }).err().unwrap().into_anyhow();
    assert_snapshot!(refused, @r#"chats.console.sender: "a b" is no name: one is like admin"#);
}

#[tokio::test]
async fn a_script_stands_for_a_network_in_trouble() {
    let session = Session::start();
    let (script, console) = (&session.script, &session.console);
    script.fail_next(PostError::Permanent("no such chat".into()));
    script.fail_next(PostError::Unanswered(anyhow::anyhow!("reset")));
    session.post("ops", "refused").await;
    session.post("ops", "arrives without an answer").await;
    script.down();
    assert_eq!(console.link(), Link::Down("the console is down".into()));
    session.post("ops", "while down").await;
    console.say("the console itself is heard").await;
    script.up();
    assert_eq!(console.link(), Link::Up);
    script.hold_chat("ops");
    let others = async {
        session.post("dev", "dev is not held").await;
        script.release();
    };
    tokio::join!(session.post("ops", "ops was held"), others);
    script.hold();
    let release = async { script.release() };
    tokio::join!(session.post("dev", "all were held"), release);
    assert_snapshot!(session.transcript(), @r"
      the chat refused the message: no such chat
    [ops] arrives without an answer
      sent, but the answer never came: reset
      the console is down
    the console itself is heard
    [dev] dev is not held
    [ops] ops was held
    [dev] all were held
    ");
}

#[tokio::test]
async fn a_script_ends_its_input() {
    let mut session = Session::start();
    session.say("!help").await;
    session.script.end(Ended::Interrupt);
    assert_eq!(session.console.ended().await, Ended::Interrupt);
    // Who asks later is told as well, and posts still come.
    assert_eq!(session.console.ended().await, Ended::Interrupt);
    session.post("ops", "late").await;
    assert!(session.transcript().ends_with("[ops] late"));
}

/// A console on pipes; gives what it heard, what it wrote, and why it ended.
async fn piped(input: &'static [u8]) -> (Vec<String>, String, Ended) {
    let ((theirs, mut ours), (mut output, screen)) = (std::io::pipe().unwrap(), std::io::pipe().unwrap());
    let io = Stdio::start(Input::Lines, Some(lines::reader(theirs)), lines::writer(screen), None, None).unwrap();
    let console = Arc::new(Console::with_io(Config::default(), Arc::new(io), false).unwrap());
    let (heard, mut lines) = unbounded_channel();
    let (running, inbox) = (console.clone(), Inbox::new(Arc::new(Heard(heard))));
    let run = tokio::spawn(async move { running.run(inbox).await });
    tokio::task::spawn_blocking(move || ours.write_all(input).unwrap()).await.unwrap();
    let ended = console.ended().await;
    console.post("ops", &"after the end".into()).await.unwrap();
    assert_eq!(console.link(), Link::Up);
    let mut said = vec![];
    while let Ok(incoming) = lines.try_recv() {
        said.push(incoming.line);
    }
    // Aborted and awaited, so that the console and its end of the pipe are gone.
    run.abort();
    assert!(run.await.unwrap_err().is_cancelled());
    drop(console);
    let mut written = String::new();
    tokio::task::spawn_blocking(move || output.read_to_string(&mut written).map(|_| written))
        .await
        .unwrap()
        .map_or_else(|error| panic!("{error}"), |written| (said, written, ended))
}

#[tokio::test]
async fn a_pipe_is_read_line_by_line_without_echo() {
    let (said, written, ended) = piped(b"!help\r\n\n!inroom ops\nno prefix\xff\nlast without a line feed").await;
    assert_eq!(said, ["!help", "no prefix\u{fffd}", "last without a line feed"]);
    assert_eq!(written, "You are console:admin in the room console:ops\n[ops] after the end\n");
    assert_eq!(ended, Ended::EndOfInput);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_left_out() {
    let mut input = vec![b'x'; 70_000];
    input.extend(b"\n!help\n");
    input.extend([b'y'; 65_537]);
    let (said, _, ended) = piped(input.leak()).await;
    assert_eq!((said, ended), (vec!["!help".to_owned()], Ended::EndOfInput));
}

#[tokio::test]
async fn lines_wait_for_the_host_and_for_the_answer_before() {
    let script = Arc::new(Script::new(|_| ()));
    let console = Arc::new(Console::make(Config::default(), script.clone(), false, None).unwrap());
    let (heard, mut lines) = unbounded_channel();
    let (running, inbox) = (console.clone(), Inbox::new(Arc::new(Heard(heard))));
    tokio::spawn(async move { running.run(inbox).await });
    let (answer, answers) = tokio::sync::watch::channel(0);
    for line in ["one", "two"] {
        let script = script.clone();
        tokio::spawn(async move { script.say(line).await });
    }
    tokio::task::yield_now().await;
    assert!(lines.try_recv().is_err(), "the host has not begun");
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    console.begin(Arc::new(move || {
        let (mut answers, n) = (answers.clone(), count.fetch_add(1, Ordering::SeqCst) + 1);
        Box::pin(async move { drop(answers.wait_for(|answered| *answered >= n).await) })
    }));
    assert_eq!(lines.recv().await.unwrap().line, "one");
    tokio::task::yield_now().await;
    assert!(lines.try_recv().is_err(), "the first line is not answered");
    answer.send_replace(1);
    assert_eq!(lines.recv().await.unwrap().line, "two");
}

#[tokio::test]
async fn an_empty_pipe_ends_at_once() {
    let (said, written, ended) = piped(b"").await;
    assert_eq!((said.len(), written.as_str(), ended), (0, "[ops] after the end\n", Ended::EndOfInput));
}

#[tokio::test]
async fn output_that_nobody_reads_is_an_error_that_may_pass() {
    let (reader, screen) = std::io::pipe().unwrap();
    drop(reader);
    let read: Option<fn() -> Result<String, Ended>> = None;
    let io = Stdio::start(Input::None, read, lines::writer(screen), None, None).unwrap();
    let console = Console::with_io(Config::default(), Arc::new(io), false).unwrap();
    assert_eq!((console.input(), console.link()), (Input::None, Link::Up));
    let error = console.post("ops", &"lost?".into()).await.unwrap_err();
    assert_snapshot!(error, @"writing to the console: Broken pipe (os error 32)");
    assert!(matches!(error, PostError::Transient(_)));
    assert!(matches!(console.link(), Link::Down(_)));
}

#[tokio::test]
async fn what_there_is_room_for_needs_no_thread() {
    let threads = Arc::<Mutex<Vec<Option<String>>>>::default();
    let seen = threads.clone();
    let write = move |_: &str| {
        seen.lock().unwrap().push(std::thread::current().name().map(str::to_owned));
        Ok(())
    };
    let room = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let asked = room.clone();
    let room_now: super::io::Room = Box::new(move || asked.load(std::sync::atomic::Ordering::Relaxed));
    let read: Option<fn() -> Result<String, Ended>> = None;
    let io = Stdio::start(Input::None, read, write, Some(room_now), None).unwrap();
    let console = Console::with_io(Config::default(), Arc::new(io), false).unwrap();
    console.post("ops", &Message::from("short")).await.unwrap();
    console.post("ops", &Message::from("long ".repeat(1000))).await.unwrap();
    room.store(false, std::sync::atomic::Ordering::Relaxed);
    console.post("ops", &Message::from("short")).await.unwrap();
    let threads: Vec<bool> =
        threads.lock().unwrap().iter().map(|name| name.as_deref() == Some("console-out")).collect();
    assert_eq!(threads, [false, true, true]);
}

#[tokio::test]
async fn a_post_that_was_given_up_is_not_printed_later() {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let printed = Arc::<Mutex<Vec<String>>>::default();
    let log = printed.clone();
    let write = move |text: &str| {
        wait.recv().ok();
        log.lock().unwrap().push(text.to_owned());
        Ok(())
    };
    let read: Option<fn() -> Result<String, Ended>> = None;
    let io = Stdio::start(Input::None, read, write, None, None).unwrap();
    let console = Console::with_io(Config::default(), Arc::new(io), false).unwrap();
    let message = Message::from("x");
    let given_up = async {
        tokio::select! { biased; _ = console.post("b", &message) => unreachable!("the screen waits"), () = async {} => {} }
        go.send(()).unwrap();
    };
    let (first, ()) = tokio::join!(console.post("a", &message), given_up);
    first.unwrap();
    go.send(()).unwrap();
    console.post("c", &message).await.unwrap();
    assert_eq!(*printed.lock().unwrap(), ["[a] x\n", "[c] x\n"]);
}

#[test]
fn null_is_known_by_its_device() {
    let null = std::fs::metadata("/dev/null").unwrap();
    let opened = std::fs::File::open("/dev/null").unwrap().metadata().unwrap();
    assert!(lines::is_null(&opened, &null));
    let file = tempfile::tempfile().unwrap().metadata().unwrap();
    let zero = std::fs::metadata("/dev/zero").unwrap();
    for other in [&file, &zero, &std::fs::metadata("/").unwrap()] {
        assert!(!lines::is_null(other, &null));
        // Where /dev/null is no device, nothing is it.
        assert!(!lines::is_null(&null, other));
    }
    assert!(!lines::is_null(&file, &file));
}
