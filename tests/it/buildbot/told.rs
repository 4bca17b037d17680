//! What chats hear of a real master by its websocket.
use super::*;
use serde_json::json;
use std::time::Duration;

/// A bot that tells `dev`, once it hears the master: what was built before is old.
async fn hearing(master: &Master) -> Bot {
    let notify = "chats = [\"console:dev\"]\nnotify_events = [\"started\", \"finished\"]\nlog_lines = 3\n";
    let bot = bot_of(master, notify).await;
    let build = async {
        loop {
            master.force("fast", json!({})).await;
            master.idle().await;
        }
    };
    tokio::select! {
        () = bot.posted("of fast completed successfully.") => {}
        () = build => {}
    }
    master.idle().await;
    // What was built since it heard the first is no news of the story's.
    let built = master.get("builders/fast/builds?order=-number&limit=1").await;
    let last = &built["builds"][0]["number"];
    bot.posted(&format!("/builds/{last}) of fast completed")).await;
    bot
}

#[tokio::test]
async fn a_failed_build_is_told_with_who_forced_it_and_its_last_lines() {
    let master = Master::start(&[]).await;
    let bot = hearing(&master).await;
    bot.settled().await;
    bot.transcript();
    master.force("broken", json!({ "username": "Ann <ann@example.org>", "reason": "try it" })).await;
    bot.posted("error: boom").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    bot@dev > Build #1 (http://ci/#/builders/B/builds/1) of broken started.
              Forced by Ann: try it
    bot@dev > Build #1 (http://ci/#/builders/B/builds/1) of broken failed: failed compile (failure)
              Forced by Ann: try it
              Last lines of compile:
              compiling
              error: boom
    ");
}

#[tokio::test]
async fn a_master_that_restarts_in_mid_build_tells_of_the_retry_and_the_next_try() {
    let master = Master::start(&[("BB_SLOW_SECONDS", "3")]).await;
    let bot = hearing(&master).await;
    bot.settled().await;
    bot.transcript();
    master.force("slow", json!({ "reason": "long" })).await;
    bot.posted("of slow started").await;
    master.end("master").await;
    master.end("w1").await;
    master.start_again().await;
    let time = async {
        loop {
            master.get("masters").await;
            bot.clock().advance(Duration::from_millis(500));
        }
    };
    tokio::select! {
        () = bot.posted("of slow completed successfully") => {}
        () = time => {}
    }
    insta::assert_snapshot!(shown(&bot, &master), @"
    bot@dev > Build #1 (http://ci/#/builders/B/builds/1) of slow started.
              Forced: long
    bot@dev > Build #1 (http://ci/#/builders/B/builds/1) of slow has been retried: retry (Master Shutdown)
              Forced: long
    bot@dev > Build #2 (http://ci/#/builders/B/builds/2) of slow started.
              Forced: long
    bot@dev > Build #2 (http://ci/#/builders/B/builds/2) of slow completed successfully.
              Forced: long
    ");
}

#[tokio::test]
async fn a_worker_is_told_missing_and_back() {
    let master = Master::start(&[("BB_MISSING_TIMEOUT", "2")]).await;
    let bot = hearing(&master).await;
    bot.say_in("ops", "ann", "!buildbot notify on worker").await;
    master.end("w1").await;
    bot.posted("Worker w1 is missing. It was seen last on ").await;
    master.start_worker().await;
    bot.posted("Worker w1 is back online.").await;
    let transcript = bot.transcript();
    assert!(!transcript.contains("bot@dev > Worker"), "{transcript}");
}
