//! A secret of its own in every place that takes one, everything that the program
//! can print made to be printed, and each byte of it looked through.
use crate::{
    process::{Place, Ran},
    travis::{self, ROUTE, fixture},
};
use nix::sys::signal::Signal;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

/// Begins each of them; what follows names the place.
const CANARY: &str = "c4nary-";

/// The config, with a URL that carries a password and cannot be reached.
const CONFIG: &str = r#"[http]
listen = "127.0.0.1:0"
trusted_proxies = ["127.0.0.1"]
[plugins.travishook]
config_urls = ["http://user:c4nary-url@127.0.0.1:1/config?token=c4nary-query"]
"#;

/// The lines around each canary in a text.
fn leaks(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.lines().filter(|line| line.contains(CANARY)).map(|line| line.chars().take(300).collect()).collect()
}

/// Everything under a folder but the store and its complete copies, which hold
/// tokens by design: a plugin needs them as they are to check what comes.
fn scan(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, mode) = (entry.path(), entry.metadata().unwrap().permissions().mode() & 0o777);
        assert_eq!(mode & 0o077, 0, "{} is for its owner alone", path.display());
        match entry.file_name().to_str().unwrap() {
            "store" => assert_eq!(mode, 0o700),
            "snapshots" => {
                let held = fs::read_dir(&path).unwrap().map(Result::unwrap).filter(|copy| {
                    assert_eq!(copy.metadata().unwrap().permissions().mode() & 0o777, 0o600);
                    !leaks(&fs::read(copy.path()).unwrap()).is_empty()
                });
                assert!(held.count() > 0, "a complete copy is complete");
            }
            _ if path.is_dir() => scan(&path),
            _ => assert_eq!(leaks(&fs::read(&path).unwrap()), Vec::<String>::new(), "{}", path.display()),
        }
    }
}

fn trace(command: &mut Command) -> &mut Command {
    command.env("FACTOTUM_LOG", "trace").env("RUST_BACKTRACE", "1")
}

#[test]
fn no_canary_sings() {
    let place = Place::bare();
    place.write("factotum.toml", CONFIG);
    let mut host = place.start_as(trace(&mut place.command(&[])).stdin(Stdio::piped()));
    host.say(ROUTE);
    let repo = travis::REPO;
    for line in [
        // The argument as it should be, and every mistake that can be made with it.
        &format!("!travis token {repo} c4nary-token surplus"),
        &format!("!travis token {repo} surplus c4nary-token"),
        "!travis token c4nary-repo c4nary-token",
        "!travis token c4nary-alone",
        "!travis token \"c4nary-unclosed",
        &format!("!travis tokne {repo} c4nary-misspelt"),
        &format!("!travistoken {repo} c4nary-misspelt"),
        &format!("!travis token --{repo} --c4nary-option"),
        &format!("!travis token {repo} --token=c4nary-option"),
        "!inroom ops",
        &format!("!travis token {repo} c4nary-in-a-room"),
        "!inperson\n!asuser eve",
        &format!("!travis token {repo} c4nary-not-allowed"),
        "!asadmin\n!plugin disable travishook",
        &format!("!travis token {repo} c4nary-of-a-disabled-plugin"),
        "!plugin enable travishook",
        &format!("!travis token {repo} c4nary-token"),
    ] {
        host.say(line);
    }
    host.ask("!echo planted", "planted");
    // Requests, before and after their proof holds.
    let (url, address, file) = (host.url(), host.address(), fixture("derived-push-failed.json"));
    let mut send = place.command(&["hook", "send", "travishook", file.to_str().unwrap(), "--secret", "c4nary-token"]);
    let sent = Ran::of(trace(send.args(["--url", &url])));
    assert_eq!((sent.code, sent.out.as_str(), leaks(sent.err.as_bytes()).len()), (Some(0), "204\n", 0));
    let headers = "Authorization: Token c4nary-header\r\nCookie: a=c4nary-cookie\r\nX-My-Token: c4nary-x-token\r\n\
        X-Api-Key: c4nary-key\r\nProxy-Authorization: Basic c4nary-proxy\r\nX-Gitlab-Token: c4nary-gitlab\r\n\
        X-Hub-Signature-256: sha256=c4nary-hub\r\n";
    for (extra, body, status) in [
        ("", "payload=c4nary-body", 401),
        ("Signature: c4nary-signature\r\n", &*travis::failed(2), 403),
        ("Signature: YzRuYXJ5\r\n", &*travis::failed(3), 503),
        ("", "c4nary-no-form", 401),
    ] {
        assert_eq!(travis::send(&address, repo, &format!("{headers}{extra}"), body).unwrap(), status, "{extra}{body}");
    }
    for target in ["/travis?token=c4nary-in-query", "/travis/c4nary-below", "/telegram/c4nary-below/c4nary-further"] {
        let request =
            format!("POST {target} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
        assert!(crate::escapes::raw(&address, request.as_bytes()).starts_with("HTTP/1.1 4"));
    }
    // Everything that shows something.
    host.ask("!help", "explains one command");
    let commands = host.ask("!commands", "whoami");
    for path in commands.trim().split(", ").filter(|path| !matches!(*path, "travis remove" | "travis reset")) {
        host.say(&format!("!help {path}\n!{path}"));
    }
    host.say(
        "!requests show 1\n!requests show 2\n!requests show 3\n!requests show 4\n!requests show 5\n!requests show 6",
    );
    host.say("!outbox list sent\n!outbox list dead\n!config plugins.travishook\n!plugin info travishook\n!nay");
    host.ask("!echo shown", "shown");
    host.signal(Signal::SIGTERM);
    let ran = host.end();
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("TRACE") && ran.out.contains("Usage: !travis token"), "{}", ran.out);
    let actions: [&[&str]; 4] = [&["check"], &["example"], &["store", "export"], &["demo"]];
    let said = actions.map(|action| Ran::of(trace(place.command(action).stdin(Stdio::null()))));
    for ran in said.iter().chain([&ran]) {
        assert_eq!(leaks(ran.out.as_bytes()), Vec::<String>::new());
        assert_eq!(leaks(ran.err.as_bytes()), Vec::<String>::new());
    }
    scan(&place.path("factotum-data"));
}
