//! The panic hook of the real program, in a process of its own: this binary is a
//! host with one plugin when it is asked to be, and else the test of it.
use factotum_plugin_api::prelude::*;
use std::process::{Command, ExitCode, Output};

/// What asks this binary to be the host.
const ACT: &str = "ACT_AS_HOST";

struct Fuse;

/// Blow
#[derive(Args)]
struct BlowArgs {
    /// What is never to be seen
    word: String,
}

impl Plugin for Fuse {
    const NAME: &'static str = "fuse";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Fuse)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("blow", Access::EVERYONE, Self::blow);
    }
}
impl Fuse {
    async fn blow(&self, _: &Call, args: BlowArgs) -> Result<Reply> {
        panic!("the word was {}", args.word)
    }
}
register!(Fuse);

#[expect(clippy::disallowed_methods, reason = "a test's own switch")]
fn main() -> ExitCode {
    if std::env::var_os(ACT).is_some() {
        return factotum_host::run(&[]);
    }
    a_panic_is_one_line_with_its_place_and_without_its_words();
    println!("ok: a_panic_is_one_line_with_its_place_and_without_its_words");
    ExitCode::SUCCESS
}

fn a_panic_is_one_line_with_its_place_and_without_its_words() {
    let json = blow("json", "info");
    let lines: Vec<serde_json::Value> =
        text(&json.stderr).lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    let line = lines.iter().find(|line| line["fields"]["message"] == "panicked").expect("the panic is logged");
    let place = line["fields"]["location"].as_str().expect("a place");
    assert!(place.contains("host/tests/panic.rs:"), "{place}");
    assert_eq!(line["level"], "ERROR");
    let span = &line["spans"][0];
    let reference = span["ref"].as_str().expect("a reference");
    assert_eq!([&span["name"], &span["path"], &span["sender"]], ["command", "blow", "console:admin"]);
    assert!(span["chat"].as_str().is_some_and(|chat| chat.starts_with("console:")), "{span}");
    assert!(text(&json.stdout).contains(&format!("(ref {reference})")), "{}", text(&json.stdout));
    for line in &lines {
        let at = line["timestamp"].as_str().expect("a time");
        at.parse::<factotum_plugin_api::jiff::Timestamp>().expect("a time of RFC 3339");
        assert!(at.ends_with('Z') && at.contains('T'), "{at}");
    }

    let plain = blow("text", "info");
    let log = text(&plain.stderr);
    let of_panic: Vec<&str> = log.lines().filter(|line| line.contains(": panicked location=")).collect();
    assert!(of_panic.len() == 1 && of_panic[0].contains("command{"), "{log}");
    assert_eq!(of_panic[0].matches("path=").count(), 1, "each field once: {log}");
    // Its line is among the last ones, in text for both.
    for host in [&json, &plain] {
        let out = text(&host.stdout);
        assert!(out.contains("ERROR command{") && out.contains("panicked location="), "{out}");
    }

    // With a backtrace asked for, and before the log shows anything at all.
    for host in [&json, &plain, &blow("text", "off"), &blow("json", "trace")] {
        for stream in [&host.stdout, &host.stderr] {
            assert!(!text(stream).contains("c4nary"), "{}", text(stream));
        }
    }
}

/// A session in which a handler panics.
fn blow(format: &str, level: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("lines"), "!blow c4nary\n!log tail 5\n").expect("written");
    std::fs::write(folder.path().join("factotum.toml"), "[http]\nlisten = \"127.0.0.1:0\"\n").expect("written");
    let lines = std::fs::File::open(folder.path().join("lines")).expect("opened");
    let mut host = Command::new(std::env::current_exe().expect("this binary"));
    host.env_clear().env(ACT, "1").env("RUST_BACKTRACE", "1");
    host.env("FACTOTUM_LOG__FORMAT", format).env("FACTOTUM_LOG__LEVEL", level);
    let ran = host.current_dir(folder.path()).stdin(lines).output().expect("it runs");
    assert!(ran.status.success(), "{}{}", text(&ran.stdout), text(&ran.stderr));
    ran
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
