//! The log on standard error: how much of it, in which form, and what is never in it.
use crate::{
    process::{Place, Process, Ran},
    travis::{self, ROUTE, TOKEN, fixture},
};
use insta::assert_snapshot;
use nix::sys::signal::Signal;
use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
};

/// One session with a refused request and an admin's command.
fn session(place: &Place, mut host: Process) -> (String, String) {
    let forged = travis::send(&host.address(), travis::REPO, "Authorization: 00\r\n", &travis::failed(1));
    assert_eq!(forged.unwrap(), 403);
    host.err.wait_for("request refused");
    host.signal(Signal::SIGTERM);
    let ran = host.end();
    assert_eq!(ran.code, Some(0));
    (place.shown(&ran.out), place.shown(&ran.err))
}

fn routed(sections: &str) -> Place {
    let place = Place::with(sections);
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    host.stop();
    place
}

#[test]
fn a_person_sees_warnings_and_a_service_logs_what_it_does() {
    let place = routed("");
    let (_, log) = session(&place, place.start(&[]));
    assert_snapshot!(log, @r#"TIME  WARN request{plugin="travishook" id=1}: factotum_host::http::hooks: request refused status=403 reason="the hash in Authorization is wrong" peer=127.0.0.1"#);
    let (_, log) = session(&place, place.serve());
    assert_snapshot!(log, @r#"
    TIME  INFO factotum_host::running: host started version="0.1.0" listen=127.0.0.1:PORT
    TIME  WARN request{plugin="travishook" id=2}: factotum_host::http::hooks: request refused status=403 reason="the hash in Authorization is wrong" peer=127.0.0.1
    TIME  INFO factotum_host::cli::run: stopping signal="SIGTERM"
    TIME  INFO factotum_host::store::snapshots: snapshot of the store written path=factotum-data/snapshots/store-000003-TIME.jsonl records=2
    TIME  INFO factotum_host::running: host stopped
    "#);
    let quiet = place.start_as(place.command(&[]).stdin(Stdio::null()).env("FACTOTUM_LOG", "error"));
    quiet.signal(Signal::SIGTERM);
    assert_eq!(quiet.end().good().lines().count(), 1);
}

#[test]
fn the_log_can_be_json() {
    let place = routed("[log]\nformat = \"json\"\nlevel = \"debug,sled=warn\"");
    let (_, log) = session(&place, place.serve());
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let refused = lines.iter().find(|line| line["fields"]["message"] == "request refused").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(refused).unwrap(), @r#"
    {
      "fields": {
        "message": "request refused",
        "peer": "127.0.0.1",
        "reason": "the hash in Authorization is wrong",
        "status": 403
      },
      "level": "WARN",
      "span": {
        "id": 1,
        "name": "request",
        "plugin": "travishook"
      },
      "spans": [
        {
          "id": 1,
          "name": "request",
          "plugin": "travishook"
        }
      ],
      "target": "factotum_host::http::hooks",
      "timestamp": "TIME"
    }
    "#);
}

/// What the host answers to a reader of its metrics.
fn metrics(host: &Process) -> String {
    let mut peer = TcpStream::connect(host.address()).unwrap();
    peer.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_last_lines_are_shown_as_text_whatever_the_log_is() {
    let place = routed("[log]\nformat = \"json\"\nlevel = \"error\"");
    let mut host = place.start(&[]);
    let forged = travis::send(&host.address(), travis::REPO, "Authorization: 00\r\n", &travis::failed(1));
    assert_eq!(forged.unwrap(), 403);
    host.say("!log tail");
    host.hang_up();
    let ran = host.end();
    assert_eq!(ran.err, "", "the log itself shows errors alone");
    let shown = place.shown(&ran.out);
    let (_, shown) = shown.split_once("!help\n").unwrap();
    assert_snapshot!(shown, @r#"
    TIME  INFO factotum_host::running: host started version="0.1.0" listen=127.0.0.1:PORT
    TIME  WARN request{plugin="travishook" id=1}: factotum_host::http::hooks: request refused status=403 reason="the hash in Authorization is wrong" peer=127.0.0.1
    "#);
}

#[test]
fn prometheus_is_told_what_it_reads() {
    let place = Place::new();
    let host = place.serve();
    let answer = metrics(&host);
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"), "{head}");
    assert!(page.contains("factotum_build_info{") && page.ends_with("# EOF\n"), "{page}");
    host.stop();
}

#[test]
fn no_secret_gets_out() {
    let place = Place::new();
    // Everything that the program can say, of itself and of its libraries.
    let mut loud = place.command(&[]);
    loud.env("FACTOTUM_LOG", "trace").env("RUST_BACKTRACE", "1");
    let mut host = place.start_as(loud.stdin(Stdio::piped()));
    host.say(ROUTE);
    for line in [
        "!travis token sathwikshetty33/travis-test c4nary",
        "!travis token sathwikshetty33/travis-test c4nary surplus",
        "!travis token \"c4nary",
        "!travis token c4nary",
        "!travis tokne sathwikshetty33/travis-test c4nary",
        "!travis token sathwikshetty33/travis-test",
        "!travis config",
        "!inroom ops",
        "!travis token sathwikshetty33/travis-test c4nary",
        "!inperson",
        "!asuser eve",
        "!travis token sathwikshetty33/travis-test c4nary",
        "!asadmin",
    ] {
        host.say(line);
    }
    let (url, payload) = (host.url(), fixture("derived-push-failed.json"));
    let mut send = place.command(&["hook", "send", "travishook", payload.to_str().unwrap()]);
    let sent = Ran::of(send.args(["--secret", "c4nary", "--url", &url]).env("FACTOTUM_LOG", "trace"));
    assert_eq!(sent.good(), "204\n");
    host.out.wait_for("[ops] [Travis CI]");
    let canary_as_token = "Authorization: Token c4nary\r\n";
    assert_eq!(travis::send(&host.address(), travis::REPO, canary_as_token, &travis::failed(2)).unwrap(), 401);
    host.say("!requests\n!requests show 2\n!incidents\n!outbox list sent\n!status\n!plugin disable travishook");
    host.say("!travis token sathwikshetty33/travis-test c4nary\n!plugin enable travishook\n!log tail 200");
    let page = metrics(&host);
    assert!(page.contains("factotum_") && !page.contains("c4nary"), "{page}");
    host.hang_up();
    let ran = host.end();
    assert_eq!(ran.code, Some(0));
    assert!(ran.err.contains("DEBUG") && ran.out.contains("Usage: !travis token"), "{}", ran.out);
    for text in [&ran.out, &ran.err] {
        let leaks: Vec<&str> = text.lines().filter(|line| line.contains("c4nary")).collect();
        assert!(leaks.is_empty(), "{leaks:#?}");
    }
}
