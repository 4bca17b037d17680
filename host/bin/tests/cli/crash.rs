//! A process that ends without warning: what was stored and not shown is shown by
//! the next start, once. Ends at random moments under load are `tests/crash`.
use crate::{
    process::{Place, Process, address},
    signals::serve_into_a_full_pipe,
    travis::{self, ROUTE},
};
use regex::Regex;
use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    process::Stdio,
};

/// Chats that the repository is routed to.
const CHATS: [&str; 2] = ["ops", "dev"];

fn routed() -> Place {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.say("!travis route sathwikshetty33/travis-test console:dev failed");
    host.ask(travis::TOKEN, "Token set");
    host.stop();
    place
}

/// How often each passed build is told on a line of its own or of a group, by number.
fn passed(screen: &str) -> Vec<u32> {
    let line = Regex::new(r"travis-test #(\d+) passed").unwrap();
    let mut numbers: Vec<u32> = line.captures_iter(screen).map(|found| found[1].parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// A service whose output has lost its reader, and where it listens.
fn serve_into_a_closed_pipe(place: &Place) -> (Process, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    let host = Process::start(place.command(&[]).stdin(Stdio::null()).stdout(writer));
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).unwrap();
    (host, address(&first))
}

/// Waits until the outbox is empty, then ends the host; what it has shown.
fn drained(place: &Place) -> String {
    let mut host = place.start(&[]);
    // Each question takes some milliseconds: the backlog is gone long before the last.
    for _ in 0..20_000 {
        host.say("!outbox list waiting\n!echo asked");
        if host.out.wait_for("asked\n").contains("No notices that are waiting.") {
            return host.stop();
        }
    }
    panic!("the outbox does not become empty");
}

/// How often each build stands on the screen, by chat and number.
fn shown(screen: &str) -> HashMap<(String, u32), usize> {
    let line = Regex::new(r"(?m)^\[(ops|dev)\] .*travis-test #(\d+) failed").unwrap();
    let mut counts = HashMap::new();
    for found in line.captures_iter(screen) {
        *counts.entry((found[1].to_owned(), found[2].parse().unwrap())).or_default() += 1;
    }
    counts
}

#[test]
fn what_was_stored_and_not_shown_is_shown_once_after_a_kill() {
    let place = routed();
    let once = |number| CHATS.map(|chat| ((chat.to_owned(), number), 1)).into();
    let (host, address) = serve_into_a_closed_pipe(&place);
    assert_eq!(travis::post(&address, &travis::failed(1)).unwrap(), 204);
    host.kill();
    assert_eq!(shown(&drained(&place)), once(1));
    let (host, address, full) = serve_into_a_full_pipe(&place);
    assert_eq!(travis::post(&address, &travis::failed(2)).unwrap(), 204);
    host.kill();
    drop(full);
    assert_eq!(shown(&drained(&place)), once(2));
    assert_eq!(shown(&drained(&place)), HashMap::new());
    // A sender that asks again is told that it was seen.
    let host = place.serve();
    assert_eq!(travis::post(&host.address(), &travis::failed(1)).unwrap(), 200);
    assert_eq!(shown(&host.stop()), HashMap::new());
}

#[test]
fn good_news_that_a_kill_held_up_is_one_message_and_is_told_once() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!travis route sathwikshetty33/travis-test console:ops passed");
    host.ask(travis::TOKEN, "Token set");
    host.stop();
    let (host, address, full) = serve_into_a_full_pipe(&place);
    for number in 1..=7 {
        assert_eq!(travis::post(&address, &travis::passed(number)).unwrap(), 204);
    }
    host.kill();
    drop(full);
    let screen = drained(&place);
    assert_eq!(screen.matches("[ops] 7 builds passed").count(), 1, "{screen}");
    assert_eq!(passed(&screen), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(passed(&drained(&place)), [0; 0]);
}
