//! What a status asks the master for, and what it knows by the stream.
use super::*;
use serde_json::json;

/// A bot whose stream is up, and that has read what it keeps. Build 10000 runs on `fast`.
async fn listening(fake: &Fake) -> Bot {
    let bot = bot(fake, &["started"], "").start().await;
    fake.asked_for("api/v2/builders?").await;
    fake.asked_for("api/v2/workers?").await;
    settled(&bot, fake, 10_000).await;
    status(&bot, fake).await; // else what is read may be on its way
    bot
}

/// The calls that a status takes, and its answer.
async fn status(bot: &Bot, fake: &Fake) -> (String, String) {
    fake.paths();
    bot.say("bob", "!buildbot status").await;
    let said = bot.transcript();
    let said = said.rsplit_once("!buildbot status\n").map_or("", |(_, said)| said.trim_start_matches("bot")).to_owned();
    (fake.paths().join(" "), said)
}

/// Lets the bot see what has happened to its socket.
async fn a_moment() {
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_status_takes_one_call_for_each_hundred_builders() {
    let fake = Fake::start().await;
    fake.builders(201); // all but `broken` have a worker
    fake.worker("w1", true);
    for id in 1..=6 * 201 {
        fake.begin(id, (id - 1) % 201 + 1);
        fake.end(id, 0, "");
    }
    let bot = listening(&fake).await;
    // A step has no list of several builds.
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!(calls, "builds/10000/steps?complete builds?order builds?order");
    assert!(said.contains("fast: running: build #7"), "{said}");
    fake.finished(10_000, 0, "");
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!(calls, "builds?order builds?order");
    assert_eq!(said.matches(": idle, last build").count(), 200, "{said}");
}

#[tokio::test]
async fn a_worker_that_goes_and_comes_is_known_by_its_events() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.worker_event("w1", "disconnected");
    settled(&bot, &fake, 10_001).await;
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!((calls.as_str(), said.trim()), ("", NONE));
    fake.worker_event("w1", "connected");
    settled(&bot, &fake, 10_002).await;
    let (calls, said) = status(&bot, &fake).await;
    assert!(!calls.contains("workers") && said.contains("fast: running"), "{calls}: {said}");
}

/// The answer where no worker is there.
const NONE: &str = "> No builder is online.";
/// The calls for the lists.
const ANEW: [&str; 2] = ["builders?field", "workers?field"];

/// Whether the lists were read for it, and no builder was found to be online.
async fn reads_anew(bot: &Bot, fake: &Fake) {
    let (calls, said) = status(bot, fake).await;
    assert_eq!((calls, said.trim()), (ANEW.join(" "), NONE));
}

#[tokio::test]
async fn without_the_stream_nothing_kept_is_told() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.worker("w1", false);
    fake.cut();
    a_moment().await;
    reads_anew(&bot, &fake).await;
}

#[tokio::test]
async fn a_stream_that_may_have_ended_is_not_trusted() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.worker("w1", false);
    fake.falls_silent();
    bot.clock().advance(Duration::from_secs(41));
    reads_anew(&bot, &fake).await;
}

#[tokio::test]
async fn lists_are_read_again_within_a_minute() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.worker("w1", false); // for other builders: no event tells of that
    fake.paths();
    bot.clock().advance(Duration::from_secs(60));
    let read = tokio::time::timeout(Duration::from_secs(10), fake.asked_for("api/v2/workers?")).await;
    assert_eq!((read.is_ok(), fake.asked()), (true, 1), "by the same stream");
    a_moment().await;
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!((calls.as_str(), said.trim()), ("", NONE));
}

#[tokio::test]
async fn a_new_config_has_the_lists_read_until_it_is_in_place() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.send(&json!({ "k": "builders/3/started", "m": { "builderid": 3, "masterid": 1, "name": "b3" } }));
    settled(&bot, &fake, 10_001).await;
    fake.worker("w1", false); // a worker's builders come last
    for _ in 0..2 {
        reads_anew(&bot, &fake).await;
    }
}

#[tokio::test]
async fn a_control_call_has_the_lists_read() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = listening(&fake).await;
    fake.answers("api/v2/workers/1", json!({ "workers": [{ "workerid": 1, "name": "w1", "paused": true }] }));
    fake.worker("w1", false);
    bot.say("ann", "!pause w1").await;
    reads_anew(&bot, &fake).await;
}

#[tokio::test]
async fn a_build_that_runs_for_long_is_not_hidden_by_newer_ones() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    fake.begin(1, 1);
    for id in 2..40 {
        fake.begin(id, 1);
        fake.end(id, 0, "");
    }
    let bot = listening(&fake).await;
    fake.finished(10_000, 0, "");
    settled(&bot, &fake, 10_001).await;
    fake.finished(10_001, 0, "");
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!(calls, "builds/1/steps?complete builds?complete builds?order");
    assert!(said.contains("fast: running: build #1 "), "{said}");
    fake.finished(1, 0, "");
    settled(&bot, &fake, 10_002).await;
    let (calls, said) = status(&bot, &fake).await;
    assert_eq!(calls, "builds/10002/steps?complete builds?order");
    assert!(said.contains("fast: running: build #42 "), "{said}");
}
