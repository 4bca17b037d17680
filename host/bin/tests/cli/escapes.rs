//! Hostile words in every place that takes one: what comes out is plain lines, and
//! no file is made that the host does not make anyway.
use crate::{
    process::Place,
    travis::{self, ROUTE, TOKEN, fixture},
};
use regex::Regex;
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

/// What has an effect where it is not expected. No line feeds: a line of the
/// console ends there.
const HOSTILE: &[&str] = &[
    "\x1b[31mred\x1b[2J\x1b[H",
    "\x1b]52;c;ZWNobyBoYWNrZWQ=\x07",
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\u{9b}31m\u{9d}52;c;x\u{9c}",
    "\x1bP+q544e\x1b\\",
    "a\rb",
    "nul\0byte",
    "back\x08\x08\x7fspace",
    "\u{2028}\u{2029}\u{85}lines",
    "\u{202e}txt.exe\u{202c}",
    "\u{2066}isolated\u{2069}\u{200f}",
    "zero\u{200b}\u{200d}\u{feff}width",
    "z\u{0300}\u{0301}\u{0302}\u{0303}\u{0304}\u{0305}\u{0306}\u{0307}\u{0308}",
    "../../../../etc/passwd",
    "..",
    "../..",
    "%2e%2e%2f%00",
    "/dev/null",
    "C:\\..\\..\\x",
    "'; drop table requests; --",
    "\" or 1=1 --",
    "$(touch hacked)",
    "`touch hacked`",
    "| touch hacked ;",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "**bold** _it_ ~~no~~ ```",
    "@everyone @channel <!here> <@U1>",
    "${jndi:ldap://127.0.0.1/x}",
    "{{7*7}} %s%n%x {} {0}",
    "--help",
    "-1",
    "console:ops",
    "console:\u{1b}[31m",
    "\u{fffd}\u{ffff}\u{10ffff}",
];

/// Longer than any name has a reason to be.
fn long() -> String {
    "a\u{1b}[31m".repeat(9_000)
}

/// What there is under a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(files(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        }
        names.insert(name);
    }
    // What the stop adds: a copy of the store, and sled's own note of it.
    names.retain(|name| !name.starts_with("factotum-data/snapshots") && !name.starts_with("factotum-data/store/snap."));
    names
}

/// Whether a text is lines that do nothing to a terminal.
fn assert_plain(what: &str, text: &str) {
    for line in text.split('\n') {
        let bad = |c: char| {
            c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!line.contains(bad), "{what}: {:?}", line.chars().take(500).collect::<String>());
    }
}

/// The body that tells of a failed build whose every word is `word`.
fn payload(number: usize, word: &str) -> String {
    let json = std::fs::read(fixture("derived-push-failed.json")).unwrap();
    let mut payload: serde_json::Value = serde_json::from_slice(&json).unwrap();
    for (name, value) in payload.as_object_mut().unwrap() {
        if value.is_string() && name != "status_message" && name != "state" {
            *value = word.into();
        }
    }
    (payload["id"], payload["number"]) = (number.into(), format!("{number}{word}").into());
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

/// Sends bytes and reads what comes back, if anything does.
pub(crate) fn raw(address: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request).ok(); // it may be cut off in the middle
    stream.shutdown(std::net::Shutdown::Write).ok();
    let mut answer = vec![];
    stream.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn hostile_words_come_out_as_plain_lines() {
    let place = Place::new();
    let mut host = place.start_as(place.command(&[]).env("FACTOTUM_LOG", "debug").stdin(std::process::Stdio::piped()));
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    let all = host.ask("!commands", "whoami");
    let before = files(&place.path(""));
    // Each command of each plugin, with each word in each place.
    let commands: Vec<String> = all
        .trim()
        .split(", ")
        .map(str::to_owned)
        .filter(|path| !path.starts_with("travis re") && path != "plugin disable")
        .collect();
    assert!(commands.len() > 15 && commands.iter().any(|path| path == "travis token"), "{commands:?}");
    let long = long();
    for word in HOSTILE.iter().copied().chain([long.as_str()]) {
        for command in &commands {
            host.say(&format!("!{command} {word}"));
            if word.len() < 1_000 {
                host.say(&format!("!{command} o/r {word} {word}\n!{command} o/r console:ops \"{word}\""));
            }
        }
        host.say(&format!("!{word}\n!inroom {word}\n!inperson\n!asuser {word}\n!asadmin\n{word}"));
    }
    host.ask("!echo said", "said");
    // Payloads, headers and paths.
    let (address, proof) = (host.address(), travis::proof());
    for (n, word) in HOSTILE.iter().enumerate() {
        let body = payload(n + 1, word);
        assert_eq!(travis::send(&address, travis::REPO, &proof, &body).unwrap(), 204, "{word:?}");
        let wrong = travis::send(&address, travis::REPO, "Authorization: 00\r\n", &body).unwrap();
        assert_eq!(wrong, 403);
        let length = body.len();
        let percent: String = word.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for request in [
            format!(
                "POST /travis HTTP/1.1\r\nHost: x\r\nUser-Agent: {word}\r\nX-{word}: x\r\nContent-Length: {length}\r\n\r\n{body}"
            ),
            format!(
                "POST /travis HTTP/1.1\r\nHost: x\r\nUser-Agent: {word}\r\nTravis-Repo-Slug: {word}\r\nContent-Length: 0\r\n\r\n"
            ),
            format!("POST /{word} HTTP/1.1\r\nHost: x\r\n\r\n"),
            format!("POST /{percent}?{percent}={word} HTTP/1.1\r\nHost: {word}\r\n\r\n"),
            format!("{word} /travis HTTP/1.1\r\nHost: x\r\n\r\n"),
        ] {
            let answer = raw(&address, request.as_bytes());
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{request:?}: {answer:?}");
            assert_plain("an answer", &answer.replace("\r\n", "\n"));
        }
    }
    let lone = format!("payload={}", r#"{"id":1,"repository":{"owner_name":"o","name":"\ud800"},"branch":"\udfff"}"#);
    assert_eq!(travis::send(&address, travis::REPO, &proof, &lone).unwrap(), 400);
    host.ask("!echo sent", "sent");
    for id in 1..=2 * HOSTILE.len() {
        host.say(&format!("!requests show {id}"));
    }
    host.say("!requests\n!incidents\n!status\n!outbox list sent\n!travis config\n!config\n!travis routes");
    host.ask("!echo shown", "shown");
    host.hang_up();
    let ran = host.end();
    assert_eq!(ran.code, Some(0));
    assert_plain("the console", &ran.out);
    assert_plain("the log", &ran.err);
    let line = Regex::new(r"^\d{4}-\d\d-\d\dT[\d:.]+Z +(ERROR|WARN|INFO|DEBUG) ").unwrap();
    for event in ran.err.lines() {
        assert!(line.is_match(event), "this is no event of its own: {event:?}");
    }
    assert_plain("an export", &place.run(&["store", "export"]).out);
    assert_eq!(files(&place.path("")).difference(&before).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn ten_thousand_hostile_names_make_no_file() {
    let pieces =
        ["../", "..", "/", "%2e%2e/", "%00", "\0", "~", "a", ".", "-", "\u{202e}", "ü", "store", "\\", "$HOME", "o/r"];
    let mut random = fastrand::Rng::with_seed(7);
    let mut name = || (0..random.usize(1..8)).map(|_| pieces[random.usize(..pieces.len())]).collect::<String>();
    let place = Place::new();
    let mut host = place.start(&[]);
    host.ask("!travis route ../.. console:ops failed", "Done");
    let before = files(&place.path(""));
    // Names that a plugin stores, that are looked up, and that a chat is called.
    for _ in 0..200 {
        let names: Vec<String> = (0..48).map(|_| name()).collect();
        host.say(&format!("!travis routes {}", names.join(" ")));
        host.say(&format!("!travis route {} console:ops\n!travis route {0}/.. console:ops", names[0].replace(' ', "")));
        host.say(&format!("!plugin info {}", names[1]));
    }
    host.ask("!echo done", "done");
    assert_eq!(files(&place.path("")), before);
    host.stop();
    assert_eq!(files(&place.path("")).difference(&before).count(), 0);
    // One copy of the store, with nothing beside it.
    assert_eq!(std::fs::read_dir(place.path("factotum-data/snapshots")).unwrap().count(), 1);
}
