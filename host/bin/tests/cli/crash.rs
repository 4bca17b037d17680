//! A process that ends without warning: what was answered 2xx is shown, once where
//! that can be known, and nothing is lost.
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
    sync::mpsc,
    thread,
    time::Duration,
};

/// Rounds of the random test; a long run has a command of its own.
const ROUNDS: u32 = 20;
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
    // Each question takes some milliseconds; a backlog of these rounds is gone long before the last.
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
fn nothing_that_was_accepted_is_lost_by_kills_at_random() {
    let place = routed();
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut accepted, mut counts): (Vec<u32>, HashMap<(String, u32), usize>) = Default::default();
    let mut next = 1;
    for round in 1..=ROUNDS {
        let host = place.serve();
        let (address, (tell, told)) = (host.address(), mpsc::channel());
        // A sender that goes on until nobody answers, and begins with what it is not sure of.
        let sender = thread::spawn(move || {
            let mut number = next;
            while let Ok(status) = travis::post(&address, &travis::failed(number)) {
                assert!(matches!(status, 200 | 204), "{status}");
                tell.send(number).ok();
                number += 1;
            }
            number
        });
        let mut taken: Vec<u32> = told.iter().take(random.usize(0..12)).collect();
        // Not right after an answer, but anywhere in the next request.
        let pause = Duration::from_micros(random.u64(0..20_000));
        taken.extend(told.recv_timeout(pause));
        let mut screens = vec![host.kill()];
        next = sender.join().unwrap();
        taken.extend(told.try_iter());
        accepted.extend(taken);
        // Mostly the rest is left to wait for a later round.
        if random.u8(0..4) == 0 || round == ROUNDS {
            screens.push(drained(&place));
        }
        for screen in screens {
            let mut again = HashMap::new();
            for ((chat, number), count) in shown(&screen) {
                let before = counts.entry((chat.clone(), number)).or_default();
                *again.entry(chat).or_insert(0) += if *before == 0 { count - 1 } else { count };
                *before += count;
            }
            // A kill can come between one post to a chat and the note that it was made.
            assert!(again.values().all(|times| *times <= 1), "seed {seed}, round {round}: {again:?} shown again");
        }
    }
    for number in &accepted {
        for chat in CHATS {
            assert!(counts.contains_key(&(chat.to_owned(), *number)), "seed {seed}: #{number} is lost to {chat}");
        }
    }
    assert!(accepted.len() >= ROUNDS as usize, "only {} requests in {ROUNDS} rounds", accepted.len());
}
