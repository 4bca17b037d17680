//! A rule that speaks on OPEN alone, and a host that ends at a bad moment: its sender
//! comes again, and the message is posted.
use crate::process::{Place, Process};
use rusqlite::Connection;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

/// `ci:12345678`
const BASIC: &str = "Y2k6MTIzNDU2Nzg=";

fn watched() -> Place {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.ask("!webhook user add ci ci 12345678", "webhook/ci");
    host.ask(
        "!rules add watch console:ops '[${status}] ${message}.' --on open --condition \"tags.state = 'bad'\"",
        "watch posts",
    );
    host.stop();
    place
}

fn post(address: &str, state: &str, text: &str) -> io::Result<u16> {
    let body = format!(r#"{{"state": "{state}", "text": "{text}"}}"#);
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST /api/v1/messages/webhook/ci?command.message=text HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {BASIC}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// How often the host has shown the text, once its outbox is empty.
fn shown(mut host: Process, text: &str) -> usize {
    for _ in 0..1_000 {
        host.say("!outbox list waiting\n!echo asked");
        if host.out.wait_for("asked\n").contains("No notices that are waiting.") {
            break;
        }
    }
    host.stop().matches(&format!("[OPEN] {text}.")).count()
}

#[test]
fn an_opening_that_a_kill_came_before_is_said_by_the_next_try() {
    let place = watched();
    let host = place.serve();
    let journal = Connection::open(place.path("factotum-data/journal.db")).unwrap();
    let lost = "create trigger lost before insert on requests when new.decision = 'accepted'
        begin select raise(abort, 'the disk'); end";
    journal.execute_batch(lost).unwrap();
    assert_eq!(post(&host.address(), "bad", "down").unwrap(), 503);
    host.kill(); // the rule's state is written, and the request is not
    journal.execute_batch("drop trigger lost").unwrap();
    drop(journal);
    let host = place.start(&[]);
    assert_eq!(post(&host.address(), "bad", "down").unwrap(), 204);
    assert_eq!(shown(host, "down"), 1);
    // What was taken stays so, though the host ends at once.
    let host = place.serve();
    assert_eq!(post(&host.address(), "good", "up").unwrap(), 204);
    assert_eq!(post(&host.address(), "bad", "down again").unwrap(), 204);
    let before = host.kill().matches("[OPEN] down again.").count();
    let host = place.start(&[]);
    assert_eq!(post(&host.address(), "bad", "down again").unwrap(), 204);
    // A kill between showing it and noting that may show it twice.
    assert!((1..=2).contains(&(before + shown(host, "down again"))));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the moment of a kill is the machine's time")]
fn no_opening_is_lost_by_a_kill_between_the_two_writes() {
    let place = watched();
    for round in 0..3 {
        let text = format!("round {round}");
        let host = place.serve();
        let journal = Connection::open(place.path("factotum-data/journal.db")).unwrap();
        // Nobody else writes to it now: the request waits, and its rule has moved.
        journal.execute_batch("begin immediate").unwrap();
        let (address, sent) = (host.address(), text.clone());
        let sender = thread::spawn(move || post(&address, "bad", &sent));
        thread::sleep(Duration::from_millis(500));
        let before = host.kill().matches(&format!("[OPEN] {text}.")).count();
        assert!(sender.join().unwrap().is_err(), "it was answered");
        drop(journal);
        let host = place.start(&[]);
        assert_eq!(post(&host.address(), "bad", &text).unwrap(), 204);
        assert_eq!(post(&host.address(), "good", "fine").unwrap(), 204);
        assert_eq!(before + shown(host, &text), 1, "{text}");
    }
}
