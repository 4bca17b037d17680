//! The end without warning, between what somebody asked on Telegram and the answer.
//! A command that had begun is not run again, and its sender is told; one that waited
//! is run once; what was answered 2xx reaches its chat.
use super::{ANN, listening, place, said, server};
use crate::{process::Place, travis};
use factotum_testing::telegram::Telegram;
use insta::assert_snapshot;
use regex::Regex;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

/// People of the second story; each asks once, so that what they are told is of that.
const PEOPLE: i64 = 50;
/// Builds of the second story, and the chats that they go to.
const BUILDS: u32 = 50;
const CHATS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_had_begun_is_told_of_and_one_that_waited_is_run() {
    let telegram = server().await;
    let place = place(&telegram);
    let host = listening(&telegram, &place).await;
    telegram.hold("sendMessage");
    telegram.say(ANN, ANN, "!echo one");
    telegram.wait_for_call("sendMessage").await;
    telegram.say(ANN, ANN, "!echo two");
    // Confirmed, so Telegram has forgotten both.
    telegram.drained().await;
    host.kill();
    let host = listening(&telegram, &place).await;
    telegram.release();
    telegram.wait_for("I was stopped").await;
    telegram.wait_for("> two").await;
    host.stop();
    // Nothing is left for a third one.
    let host = listening(&telegram, &place).await;
    telegram.say(ANN, ANN, "!echo three");
    telegram.wait_for("> three").await;
    host.stop();
    let mut lines: Vec<_> = said(&place, &telegram).lines().map(str::to_owned).collect();
    lines.sort_unstable(); // the notice and the answer go their own ways
    assert_snapshot!(lines.join("\n"), @"
    ann     > !echo one
    ann     > !echo three
    ann     > !echo two
    bot@ann > I was stopped while I ran your <code>!echo</code>. It may have taken effect: please look before you ask again.
    bot@ann > three
    bot@ann > two
    ");
}

fn person(n: i64) -> i64 {
    1000 + n
}
fn chat(n: u32) -> i64 {
    2000 + i64::from(n)
}

/// A folder in which each person may make a route, and each chat gets the builds of a
/// repository.
fn prepared(telegram: &Telegram) -> Place {
    let url = telegram.url();
    let place = Place::with(&format!(
        "admins = [\"telegram:111\", \"console:admin\"]\n\
         [chats.telegram]\ntoken_file = \"token\"\napi_url = \"{url}\"\n\
         [[access.rules]]\ncommand = \"travis route\"\nallow = true\n"
    ));
    place.write_secret("token", telegram.token());
    let mut host = place.start(&[]);
    for n in 0..CHATS {
        host.say(&format!("!travis route load/r{n} telegram:{} failed\n!travis token load/r{n} s3cret", chat(n)));
    }
    host.hang_up();
    assert_eq!(host.end().out.matches("Token set").count(), CHATS as usize);
    place
}

/// Posts every build that was not accepted yet; gives those that were now.
fn post(address: &str, left: &HashSet<u32>) -> HashSet<u32> {
    let left: Vec<u32> = left.iter().copied().collect();
    let (next, accepted) = (AtomicU32::new(0), Mutex::new(HashSet::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&number) = left.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    let repo = format!("load/r{}", number % CHATS);
                    let body = travis::failed_in(&repo, number);
                    let sent = travis::send(address, &repo, &travis::proof_of(&repo), &body);
                    if sent.is_ok_and(|status| status / 100 == 2) {
                        accepted.lock().unwrap().insert(number);
                    }
                }
            });
        }
    });
    accepted.into_inner().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_nothing_and_runs_nothing_twice() {
    let telegram = Telegram::start().await;
    for id in (0..PEOPLE).map(person).chain((0..CHATS).map(chat)) {
        telegram.user(id, &format!("P{id}"));
        telegram.private(id);
    }
    let place = prepared(&telegram);
    let all: HashSet<u32> = (100..100 + BUILDS).collect();
    let host = listening(&telegram, &place).await;
    for n in 0..PEOPLE {
        telegram.say(person(n), person(n), &format!("!travis route own/r{n} console:ops failed"));
    }
    let (address, sent) = (host.address(), telegram.count("sendMessage"));
    let builds = all.clone();
    let posting = tokio::task::spawn_blocking(move || post(&address, &builds));
    // Some are answered, some have begun, some wait.
    telegram.wait_for_calls("sendMessage", sent + 20).await;
    host.kill();
    let before = posting.await.unwrap();
    let host = listening(&telegram, &place).await;
    let left: HashSet<u32> = all.difference(&before).copied().collect();
    let after = post(&host.address(), &left);
    assert_eq!(after, left);
    for number in &all {
        telegram.wait_for(&format!(" #{number} ")).await;
    }
    for n in 0..PEOPLE {
        telegram.wait_for_messages(person(n), 2).await;
    }
    host.stop();
    told_once(&telegram);
    shown_once(&telegram);
}

/// Each person was answered, or told that it is not known: never answered twice.
fn told_once(telegram: &Telegram) {
    let mut kinds = HashMap::<Vec<&str>, usize>::new();
    for n in 0..PEOPLE {
        let messages = telegram.messages(person(n));
        let bots = messages.iter().filter(|message| message.author == "bot");
        let told = bots.map(|message| match message.text.as_str() {
            // A second run would say "Updated".
            text if text.starts_with(&format!("Done. Relaying messages from own/r{n} ")) => "answer",
            text if text.starts_with("I was stopped while I ran your !travis route") => "told",
            text => panic!("{n} was told {text:?}"),
        });
        *kinds.entry(told.collect()).or_default() += 1;
    }
    for told in kinds.keys() {
        // The answer may have come without the host's knowing.
        assert!([&["answer"][..], &["told"], &["answer", "told"]].contains(&told.as_slice()), "{kinds:?}");
    }
}

/// Each build stands in its chat, and at most one of each chat twice.
fn shown_once(telegram: &Telegram) {
    let build = Regex::new(r" #(\d+) ").unwrap();
    for n in 0..CHATS {
        let messages = telegram.messages(chat(n));
        let shown: Vec<u32> =
            messages.iter().map(|message| build.captures(&message.text).unwrap()[1].parse().unwrap()).collect();
        let mut expected: Vec<u32> = (100..100 + BUILDS).filter(|number| number % CHATS == n).collect();
        let twice = shown.len().saturating_sub(expected.len());
        assert!(twice <= 1, "chat {n}: {shown:?}");
        let mut seen = shown.clone();
        seen.sort_unstable();
        seen.dedup();
        expected.sort_unstable();
        assert_eq!(seen, expected, "chat {n}: {shown:?}");
    }
}
