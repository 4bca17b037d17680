//! Silences and quiet hours over an end without warning: what was confirmed holds, and
//! what was kept out or held back is told or posted once, by whichever process is there.
use crate::{
    process::{Place, Process},
    travis,
};
use std::time::SystemTime;

/// What the list says where nothing waits.
const NONE: &str = "No notices that are waiting.";

/// A host with a route to the chat ops.
fn routed(place: &Place) -> Process {
    let mut host = place.start(&[]);
    host.ask(&format!("{} passed", travis::ROUTE), "Done");
    host.ask(travis::TOKEN, "Token set");
    host
}

/// Asks until the answer has `text`; gives that answer.
fn ask_until(host: &mut Process, line: &str, text: &str) -> String {
    for _ in 0..20_000 {
        let answer = host.ask(&format!("{line}\n!echo asked"), "asked");
        if answer.contains(text) {
            return answer;
        }
    }
    panic!("{line} never says {text:?}");
}

/// Posts a body to a host, which takes it.
fn post(host: &Process, body: &str) {
    assert_eq!(travis::post(&host.address(), body).unwrap(), 204);
}

#[test]
fn a_silence_outlives_a_kill_and_tells_what_it_kept_out() {
    let place = Place::new();
    let mut host = routed(&place);
    host.ask("!silence --chat ops travis* 2h the disk is being changed", "Silence #1");
    post(&host, &travis::failed(1));
    let mut shown = host.kill();
    let mut host = place.start(&[]);
    post(&host, &travis::failed(2));
    let silences = ask_until(&mut host, "!silence --chat ops", "2 notices kept out");
    assert!(silences.contains("2 notices kept out: the disk is being changed"), "{silences}");
    host.ask("!silence end 1", "2 notices were not posted");
    post(&host, &travis::failed(3));
    host.out.wait_for("#3 failed");
    // One that ends while the host is down; its chat is told, and once.
    host.ask("!silence --chat ops * 8s", "Silence #2");
    post(&host, &travis::failed(4));
    ask_until(&mut host, "!silence --chat ops", "1 notice kept out");
    shown += &host.kill();
    let mut host = place.start(&[]);
    host.out.wait_for("[ops] Silence #2 (*) is over: 1 notice was not posted.");
    ask_until(&mut host, "!outbox list waiting", NONE); // else its end could be told again
    shown += &host.kill();
    let mut host = place.start(&[]);
    host.ask("!silence", "No chat is silenced.");
    host.say("!outbox retry 1 2 4");
    for number in [1, 2, 4] {
        host.out.wait_for(&format!("#{number} failed"));
    }
    shown += &host.stop();
    let times = |text: &str| shown.matches(text).count();
    let times = ["#1 failed", "#2 failed", "#3 failed", "#4 failed", "] Silence #2"].map(times);
    assert_eq!(times, [1, 1, 1, 1, 1], "{shown}");
}

#[test]
fn quiet_hours_and_what_they_hold_outlive_a_kill() {
    let place = Place::new();
    let mut host = routed(&place);
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 3600;
    let hours = format!("{:02}:00-{:02}:00", (now + 23) % 24, (now + 2) % 24);
    host.ask(&format!("!quiet --chat ops {hours} hold"), "Quiet hours");
    post(&host, &travis::passed(1));
    let mut shown = host.kill();
    let mut host = place.start(&[]);
    host.ask("!quiet --chat ops", &hours);
    ask_until(&mut host, "!outbox list waiting", "held by the quiet hours of the chat");
    // What is urgent comes.
    post(&host, &travis::failed(2));
    host.out.wait_for("#2 failed");
    ask_until(&mut host, "!outbox list sent", "travishook to console:ops sent");
    shown += &host.kill();
    let mut host = place.start(&[]);
    host.ask("!quiet off --chat ops", "what waited for their end is posted now");
    shown += &host.stop();
    let mut host = place.start(&[]);
    host.ask("!quiet --chat ops", "There are no quiet hours.");
    ask_until(&mut host, "!outbox list waiting", NONE);
    shown += &host.stop();
    let times = ["#1 passed", "#2 failed"].map(|text| shown.matches(text).count());
    assert_eq!(times, [1, 1], "{shown}");
}
