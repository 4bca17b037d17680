//! What only shows things: list, status, last, watch, notify and the small ones.
use super::{Buildbot, Master, bot_of, shown};
use factotum_testing::Bot;
use serde_json::json;

#[tokio::test]
async fn what_a_master_has_and_does_is_shown() {
    let master = Master::start(&[("BB_SLOW_SECONDS", "600")]).await;
    let bot = bot_of(&master, "").await;
    for line in ["!list builders", "!buildbot list all builders", "!list workers", "!list nope", "!list 3 builders", "!list changes"] {
        bot.say("bob", line).await;
    }
    for line in ["!buildbot status", "!last", "!watch", "!watch fast", "!watch nope", "!last nope", "!buildbot status nope"] {
        bot.say("bob", line).await;
    }
    for line in ["!version", "!source", "!masters", "!requests", "!stop fast x"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // Builds have run.
    master.force("fast", json!({})).await;
    master.force("broken", json!({})).await;
    master.force("warny", json!({})).await;
    master.force("name with spaces/é", json!({})).await;
    master.idle().await;
    let first = ["--when", "1700000000", "-W", "Zoe <zoe@example.org>", "-b", "stable", "-r", "0123456789abcdef"];
    let rest = ["-R", "https://example.org/repo.git", "-c", "Fix the parser\n\nIt hung.", "--vc", "git", "src/a.c"];
    master.change(&[&first[..], &rest[..]].concat()).await;
    master.until("changes", |answer| answer["changes"][0].is_object()).await;
    for line in ["!buildbot status all", "!buildbot status FAST", "!buildbot status broken", "!last all", "!last 'name with spaces/é'"] {
        bot.say("bob", line).await;
    }
    bot.say("bob", "!list all changes").await;
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // A build runs, and one waits.
    master.force("slow", json!({})).await;
    master.force("idle-builder", json!({ "reason": "why not" })).await;
    master.until("builds/5/steps?complete=false", |answer| answer["steps"][0]["state_string"] == "wait running").await;
    for line in ["!buildbot status slow", "!watch", "!watch slow", "!requests", "!masters", "!stop"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // No worker is there.
    master.end("w1").await;
    master.until("workers/w1", |answer| answer["workers"][0]["connected_to"] == json!([])).await;
    for line in ["!buildbot status", "!list builders", "!list workers", "!last", "!buildbot status fast"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // Nobody is there.
    master.end("master").await;
    for line in ["!list builders", "!buildbot status", "!version", "!masters"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"");
}

#[tokio::test]
async fn tags_of_the_config_limit_what_is_spoken_of() {
    let master = Master::start(&[]).await;
    let bot = bot_of(&master, "tags = [\"nightly\"]").await;
    for line in ["!list all builders", "!buildbot status fast"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"");
}

#[tokio::test]
async fn a_chat_switches_its_events_in_place() {
    let config = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"";
    let mut bot = Bot::with::<Buildbot>().edits().buttons().config(config).start().await;
    bot.say("bob", "!notify").await;
    bot.press("bob", "Failure 🔕").await;
    bot.press("bob", "Worker 🔕").await;
    bot.press("bob", "Failure 🔔").await;
    bot.press("bob", "Hide...").await;
    insta::assert_snapshot!(bot.transcript(), @"");

    let lines = ["!notify on", "!notify off failure", "!notify on better worse", "!notify on nope", "!notify frob"];
    for line in lines {
        bot.say("bob", line).await;
    }
    bot.say_in("dev", "bob", "!notify list").await; // it is the chat's
    insta::assert_snapshot!(bot.transcript(), @"");

    bot.restart().await;
    bot.say("eve", "!notify list").await;
    bot.say("eve", "!notify off").await;
    bot.say("eve", "!notify list --here dev").await; // no other chat's
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn what_can_be_listed_is_offered() {
    let config = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"";
    let bot = Bot::with::<Buildbot>().config(config).start().await;
    bot.say("bob", "!list").await;
    bot.say("bob", "!hello").await;
    insta::assert_snapshot!(bot.transcript(), @"");
}
