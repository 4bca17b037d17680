//! What the websocket brings, and what is caught up after it was lost.
use super::*;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::json;

const ALL: [&str; 3] = ["started", "finished", "worker"];

#[tokio::test]
async fn a_build_is_told_from_start_to_finish_in_one_message() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &["started", "finished"], "").edits().start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("started").await;
    fake.finished(1, 0, "build successful");
    bot.posted("completed").await;
    fake.started(2, 2);
    fake.finished(2, 2, "failed compile (failure)");
    bot.posted("failed").await;
    fake.tell(2, "finished");
    fake.tell(2, "new");
    settled(&bot, &fake, 3).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev edits m1 > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #1 (http://ci/#/builders/2/builds/1) of broken started.
    bot@dev > Build #1 (http://ci/#/builders/2/builds/1) of broken failed: failed compile (failure)
    bot@dev > (removes m2)
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
              Forced: mark 3
    ");
}

#[tokio::test]
async fn the_next_build_is_asked_about_before_a_slow_answer_and_told_after_it() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &["started"], "").start().await;
    fake.caught_up(1).await;
    fake.holds(Some("api/v2/builds/1?"));
    fake.started(1, 1);
    fake.started(2, 2);
    let asked = tokio::time::timeout(Duration::from_secs(10), fake.asked_for("api/v2/builds/2?")).await;
    assert!(asked.is_ok(), "the first call is not given up before 20 s");
    fake.holds(None);
    settled(&bot, &fake, 3).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev > Build #1 (http://ci/#/builders/2/builds/1) of broken started.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
              Forced: mark 3
    ");
}

#[tokio::test]
async fn a_first_start_tells_nothing_old_but_the_end_of_what_runs() {
    let fake = Fake::start().await;
    for id in 1..=3 {
        fake.begin(id, 1);
    }
    fake.end(1, 2, "failed");
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.finished(2, 0, "build successful");
    fake.tell(1, "finished");
    settled(&bot, &fake, 4).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast completed successfully.
    bot@dev > Build #4 (http://ci/#/builders/1/builds/4) of fast started.
              Forced: mark 4
    ");
}

#[tokio::test]
async fn what_a_gap_hid_is_told_once_after_it() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("#1").await;
    fake.cut();
    fake.end(1, 0, "build successful"); // was running
    fake.begin(2, 1);
    fake.end(2, 2, "failed"); // began and ended
    fake.begin(3, 1); // runs
    until_asked(&bot, &fake, 2).await;
    fake.opened(2).await;
    bot.posted("#3").await;
    for id in 1..=3 {
        fake.tell(id, "new");
    }
    fake.finished(3, 5, "retry lost connection");
    settled(&bot, &fake, 4).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast failed: failed
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast started.
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast has been retried: retry lost connection
    bot@dev > Build #4 (http://ci/#/builders/1/builds/4) of fast started.
              Forced: mark 4
    ");
}

#[tokio::test]
async fn builds_of_a_gap_are_asked_about_side_by_side_and_told_in_order() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    fake.started(2, 2);
    bot.posted("of broken started").await;
    fake.cut();
    for id in [1, 2] {
        fake.end(id, 0, ""); // were running
    }
    for id in [3, 4] {
        fake.begin(id, 1); // are new
    }
    fake.paths();
    for [slow, next] in [["api/v2/builds/1?", "api/v2/builds/2?"], ["api/v2/builds/3?", "api/v2/builds/4?"]] {
        fake.holds(Some(slow));
        until_asked(&bot, &fake, 2).await;
        let asked = tokio::time::timeout(Duration::from_secs(10), fake.asked_for(next)).await;
        assert!(asked.is_ok(), "{next} waits for the answer to {slow}");
    }
    fake.holds(None);
    settled(&bot, &fake, 5).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev > Build #1 (http://ci/#/builders/2/builds/1) of broken started.
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #1 (http://ci/#/builders/2/builds/1) of broken completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast started.
    bot@dev > Build #4 (http://ci/#/builders/1/builds/4) of fast started.
              Forced: mark 5
    ");
}

#[tokio::test]
async fn a_restart_of_the_bot_tells_what_it_slept_through_and_nothing_twice() {
    let fake = Fake::start().await;
    let mut bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("started").await; // else the end may take its place in the queue
    fake.finished(1, 0, "build successful");
    fake.started(2, 1);
    bot.posted("Build #2 (http://ci/#/builders/1/builds/2) of fast started").await;
    bot.restart().await;
    fake.end(2, 4, "exception");
    fake.caught_up(2).await;
    bot.posted("exception").await;
    bot.restart().await;
    fake.caught_up(3).await;
    settled(&bot, &fake, 3).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast stopped with exception: exception
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast started.
              Forced: mark 3
    ");
}

#[tokio::test]
async fn a_master_that_answers_nonsense_is_asked_again() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    let ailments = [
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>Sign in</html>"),
        (200, "{\"builds\": [{\"bui"),
        (500, "{\"error\": \"Traceback\"}"),
        (200, "{\"builds\": []}"),
    ];
    let mut asked = 1;
    for ailing in ailments {
        fake.ails(Some(ailing));
        fake.cut();
        asked += 2;
        until_asked(&bot, &fake, asked).await;
    }
    fake.begin(1, 1);
    fake.ails(None);
    until_asked(&bot, &fake, asked + 1).await;
    bot.posted("#1").await;
    fake.send_text("{\"k\": \"builds/1/finished\", \"m\": {\"buildid\""); // half of it
    fake.end(1, 0, "build successful");
    until_asked(&bot, &fake, asked + 2).await;
    bot.posted("completed").await;
    fake.begin(2, 1);
    fake.send(&json!({ "k": "builds/2/new", "m": { "buildid": 2 } })); // of another version
    bot.posted("#2").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
    ");
}

#[tokio::test]
async fn a_silent_websocket_is_left() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("#1").await;
    bot.pass(Duration::from_secs(30)).await; // the ping, which is answered
    fake.tell(1, "new");
    fake.falls_silent();
    until_asked(&bot, &fake, 2).await;
    assert!(bot.clock().elapsed() > Duration::from_secs(60), "{:?}", bot.clock().elapsed());
}

#[tokio::test]
async fn one_dead_master_delays_no_other() {
    let fake = Fake::start().await;
    let dead = "[plugins.buildbot.masters.dead];url = \"http://127.0.0.1:9/\"";
    let bot = bot(&fake, &ALL, dead).start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("#1").await;
    assert_eq!(fake.asked(), 1);
}

#[tokio::test]
async fn a_database_begun_anew_is_a_first_start() {
    let fake = Fake::start().await;
    (1..=5).for_each(|id| fake.begin(id, 1));
    let bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.forget();
    fake.begin(1, 1);
    fake.begin(2, 1);
    fake.end(1, 0, "build successful");
    fake.cut();
    until_asked(&bot, &fake, 2).await;
    fake.caught_up(2).await;
    fake.finished(2, 0, "build successful");
    bot.posted("#2").await;
    settled(&bot, &fake, 3).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast completed successfully.
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast started.
              Forced: mark 3
    ");
}

#[tokio::test]
async fn workers_are_told_missing_once_and_back_once() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    fake.worker("w2", false);
    let mut bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    fake.worker_event("w1", "disconnected");
    fake.worker_event("w1", "connected"); // for a moment
    fake.worker_event("w1", "missing");
    fake.worker_event("w2", "missing"); // never came
    fake.worker_event("w2", "missing"); // after a restart of the master
    bot.posted("w2").await;
    bot.restart().await;
    fake.opened(2).await;
    fake.caught_up(2).await;
    fake.worker_event("w1", "connected");
    bot.posted("w1 is back").await;
    fake.cut();
    fake.worker("w2", true);
    until_asked(&bot, &fake, 3).await;
    bot.posted("w2 is back").await;
    fake.caught_up(3).await;
    fake.worker_event("w2", "connected");
    settled(&bot, &fake, 1).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Worker w1 is missing. It was seen last on Sun Nov 22 05:37:34 2026.
    bot@dev > Worker w2 is missing. It was seen last on Sun Nov 22 05:37:34 2026.
    bot@dev > Worker w1 is back online.
    bot@dev > Worker w2 is back online.
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
              Forced: mark 1
    ");
}

#[tokio::test]
async fn a_worker_reported_missing_in_a_gap_is_told_after_an_hour() {
    let fake = Fake::start().await;
    fake.worker("w1", true);
    let bot = bot(&fake, &["worker"], "").start().await;
    fake.caught_up(1).await;
    fake.cut();
    fake.worker("w1", false);
    until_asked(&bot, &fake, 2).await;
    fake.caught_up(2).await;
    tokio::select! {
        () = bot.posted("missing") => {}
        () = minutes_pass(&bot) => {}
    }
    assert!(bot.clock().elapsed() > Duration::from_secs(3600), "{:?}", bot.clock().elapsed());
    insta::assert_snapshot!(bot.transcript(), @"bot@dev > Worker w1 is missing.");
}

#[tokio::test]
async fn each_chat_hears_what_it_wants_and_builders_of_other_tags_are_left_out() {
    let fake = Fake::start().await;
    let (url, tags) = (fake.url(), "tags = [\"quick\"]");
    let section = |name: &str, chat: &str, events: &[&str]| {
        format!(
            "[plugins.buildbot.masters.{name}]\nurl = {url:?}\nchats = [{chat:?}]\nnotify_events = {events:?}\n{tags}\n"
        )
    };
    let bot = Bot::with::<Buildbot>().config(&section("main", "console:ops", &["problem", "recovery"])).start().await;
    fake.caught_up(1).await;
    let wanted = [(1, 1, 0), (2, 1, 2), (3, 2, 2), (4, 1, 5), (5, 1, 6), (6, 1, 2), (7, 1, 1), (8, 1, 0)];
    for (id, builder, results) in wanted {
        fake.started(id, builder);
        fake.finished(id, results, "");
    }
    bot.posted("#6").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@ops > Build #2 (http://ci/#/builders/1/builds/2) of fast failed.
    bot@ops > Build #6 (http://ci/#/builders/1/builds/6) of fast completed with warnings.
    ");
}

/// Whatever is lost, doubled or turned around: each start is told at most once, each end
/// exactly once, and none after its end.
#[test]
fn any_order_of_events_tells_each_once() {
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() });
    let event = (1i64..8, 0u8..8);
    runner
        .run(&prop::collection::vec(event, 0..40), |events| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let transcript = runtime.block_on(any_order(&events));
            for id in 1i64..8 {
                let of = |what: &str| {
                    transcript.matches(&format!("#{id} (http://ci/#/builders/1/builds/{id}) of fast {what}")).count()
                };
                let end = transcript.find(&format!("builds/{id}) of fast completed")).unwrap_or(usize::MAX);
                let start = transcript.find(&format!("builds/{id}) of fast started")).unwrap_or(0);
                prop_assert_eq!(of("completed"), 1, "{}: {}", id, transcript);
                prop_assert!(of("started") <= 1 && start < end, "{}: {}", id, transcript);
            }
            Ok(())
        })
        .unwrap();
}

async fn any_order(events: &[(i64, u8)]) -> String {
    let fake = Fake::start().await;
    let mut bot = bot(&fake, &ALL, "").start().await;
    fake.caught_up(1).await;
    (1..8).for_each(|id| fake.begin(id, 1));
    let mut asked = 1;
    for (id, what) in events {
        let over = fake.build(*id)["complete"] == true;
        match what {
            0 | 1 => fake.tell(*id, "new"),
            2 | 3 if over => fake.tell(*id, "finished"),
            4 => fake.end(*id, 0, ""),
            5 => fake.tell(*id, "update"),
            6 => {
                fake.cut();
                asked += 1;
                until_asked(&bot, &fake, asked).await;
            }
            7 => {
                let looked = fake.looked() + 1;
                bot.restart().await;
                fake.caught_up(looked).await;
                asked = fake.asked();
            }
            _ => {}
        }
    }
    for id in 1..8 {
        fake.end(id, 0, "");
        fake.tell(id, "finished"); // some of them a second time
    }
    settled(&bot, &fake, 8).await;
    bot.settled().await;
    bot.transcript()
}
