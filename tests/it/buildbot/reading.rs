//! What only shows things: list, status, last, watch, notify and the small ones.
use super::{Buildbot, Master, bot_of, shown};
use factotum_testing::Bot;
use serde_json::json;

#[tokio::test]
async fn what_a_master_has_and_does_is_shown() {
    let master = Master::start(&[("BB_SLOW_SECONDS", "600")]).await;
    let bot = bot_of(&master, "").await;
    for line in [
        "!list builders",
        "!buildbot list all builders",
        "!list workers",
        "!list nope",
        "!list 3 builders",
        "!list changes",
    ] {
        bot.say("bob", line).await;
    }
    for line in
        ["!buildbot status", "!last", "!watch", "!watch fast", "!watch nope", "!last nope", "!buildbot status nope"]
    {
        bot.say("bob", line).await;
    }
    for line in ["!version", "!source", "!masters", "!buildbot requests", "!stop fast x"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @r#"
    bob     > !list builders
    bot     > I found the following builders:
              • broken
              • fast
              • flex
              • name with spaces/é
              • slow
              • warny
    bob     > !buildbot list all builders
    bot     > I found the following builders:
              • broken
              • fast
              • flex
              • idle-builder offline
              • name with spaces/é
              • slow
              • warny
    bob     > !list workers
    bot     > I found the following workers:
              • w1
              • w2-offline disconnected
    bob     > !list nope
    bot     > There is nothing called "nope" to list: builders, workers or changes.
    bob     > !list 3 builders
    bot     > A number is for changes: list 20 changes.
    bob     > !list changes
    bot     > I found no recent changes.
    bob     > !buildbot status
    bot     > broken: idle
              fast: idle
              flex: idle
              name with spaces/é: idle
              slow: idle
              warny: idle
    bob     > !last
    bot     > broken: no builds run since last restart
              fast: no builds run since last restart
              flex: no builds run since last restart
              name with spaces/é: no builds run since last restart
              slow: no builds run since last restart
              warny: no builds run since last restart
    bob     > !watch
    bot     > There are no currently running builds.
    bob     > !watch fast
    bot     > There are no currently running builds.
    bob     > !watch nope
    bot     > no such builder 'nope'
    bob     > !last nope
    bot     > no such builder 'nope'
    bob     > !buildbot status nope
    bot     > no such builder 'nope'
    ann     > !version
    bot     > This is buildbot-4.3.0 at your service
    ann     > !source
    bot     > My source can be found at https://github.com/buildbot/buildbot
    ann     > !masters
    bot     > main: buildbot 4.3.0, 0 builds running, 0 pending, offline: w2-offline
    ann     > !buildbot requests
    bot     > No build request is pending.
    ann     > !stop fast x
    bot     > Sorry, no build is currently running.
    "#);

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
    for line in [
        "!buildbot status all",
        "!buildbot status FAST",
        "!buildbot status broken",
        "!last all",
        "!last 'name with spaces/é'",
    ] {
        bot.say("bob", line).await;
    }
    bot.say("bob", "!list all changes").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    bob     > !buildbot status all
    bot     > broken: idle, last build AGO ago, Failure
              fast: idle, last build AGO ago, Success
              flex: idle
              idle-builder: offline
              name with spaces/é: idle, last build AGO ago, Success
              slow: idle
              warny: idle, last build AGO ago, Warnings
    bob     > !buildbot status FAST
    bot     > fast: idle, last build AGO ago, completed successfully
    bob     > !buildbot status broken
    bot     > broken: idle, last build AGO ago, failed: failed compile (failure)
    bob     > !last all
    bot     > broken: last build failed (AGO ago): failed compile (failure)
              fast: last build completed successfully (AGO ago)
              flex: no builds run since last restart
              idle-builder: no builds run since last restart
              name with spaces/é: last build completed successfully (AGO ago)
              slow: no builds run since last restart
              warny: last build completed with warnings (AGO ago): warnings '/bin/sh -c ...' (warnings)
    bob     > !last 'name with spaces/é'
    bot     > name with spaces/é: last build completed successfully (AGO ago)
    bob     > !list all changes
    bot     > I found the following recent changes:
              • Fix the parser by Zoe <zoe@example.org>, 2023-11-14 22:13 UTC, https://example.org/repo.git stable 0123456
    ");

    // A build runs, and one waits.
    master.force("slow", json!({})).await;
    master.force("idle-builder", json!({ "reason": "why not" })).await;
    master.until("builds/5/steps?complete=false", |answer| answer["steps"][0]["state_string"] == "wait running").await;
    for line in ["!buildbot status slow", "!watch", "!watch slow", "!buildbot requests", "!masters", "!stop"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !buildbot status slow
    bot     > slow: running: build #1 (http://ci/#/builders/B/builds/1) (wait running)
    ann     > !watch
    bot     > Which builder do you want to watch?
              slow: !buildbot watch slow
    ann     > !watch slow
    bot     > Watching build #1 (http://ci/#/builders/B/builds/1) of slow until it finishes...
    ann     > !buildbot requests
    bot     > Pending build requests:
              • #6 (http://ci/#/buildrequests/6) of idle-builder waits since AGO: why not
    ann     > !masters
    bot     > main: buildbot 4.3.0, 1 build running, 1 pending, offline: w2-offline
    ann     > !stop
    bot     > Select builder to stop...
              slow: !buildbot stop slow
    ");

    // No worker is there.
    master.end("w1").await;
    master.until("workers/w1", |answer| answer["workers"][0]["connected_to"] == json!([])).await;
    bot.posted("has been retried").await; // it is watched here
    for line in ["!buildbot status", "!list builders", "!list workers", "!last", "!buildbot status fast"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"
    bot     > Build #1 (http://ci/#/builders/B/builds/1) of slow has been retried: retry lost connection wait (retry)
              Forced: a test
    bob     > !buildbot status
    bot     > No builder is online.
    bob     > !list builders
    bot     > I found no builders that are online.
    bob     > !list workers
    bot     > I found the following workers:
              • w1 disconnected
              • w2-offline disconnected
    bob     > !last
    bot     > No builder is online.
    bob     > !buildbot status fast
    bot     > fast: offline
    ");

    // Nobody is there.
    master.end("master").await;
    for line in ["!list builders", "!buildbot status", "!version", "!masters"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"
    bob     > !list builders
    bot     > The master main cannot be reached: Connection refused
    bob     > !buildbot status
    bot     > The master main cannot be reached: Connection refused
    bob     > !version
    bot     > The master main cannot be reached: Connection refused
    bob     > !masters
    bot     > main: cannot be reached: Connection refused
    ");
}

#[tokio::test]
async fn tags_of_the_config_limit_what_is_spoken_of() {
    let master = Master::start(&[]).await;
    let bot = bot_of(&master, "tags = [\"nightly\"]").await;
    for line in ["!list all builders", "!buildbot status fast"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @"
    bob     > !list all builders
    bot     > I found the following builders:
              • idle-builder offline
              • slow
    bob     > !buildbot status fast
    bot     > no such builder 'fast'
    ");
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
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !notify
    bot     > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔕] [Finished 🔕]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    bob     > [Failure 🔕]
    bot edits m1 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔕] [Finished 🔕]
              [Success 🔕] [Failure 🔔]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔕]
              [Hide...]
    bob     > [Worker 🔕]
    bot edits m1 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔕] [Finished 🔕]
              [Success 🔕] [Failure 🔔]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔔]
              [Hide...]
    bob     > [Failure 🔔]
    bot edits m1 > Here are available notifications and their current state. Click to turn them on/off.
              [Started 🔕] [Finished 🔕]
              [Success 🔕] [Failure 🔕]
              [Warnings 🔕] [Exception 🔕]
              [Problem 🔕] [Recovery 🔕]
              [Worse 🔕] [Better 🔕]
              [Cancelled 🔕] [Worker 🔔]
              [Hide...]
    bob     > [Hide...]
    bot     > (removes m1)
    bot     > The following events are being notified:
              🔔 worker
    ");

    let lines = ["!notify on", "!notify off failure", "!notify on better worse", "!notify on nope", "!notify frob"];
    for line in lines {
        bot.say("bob", line).await;
    }
    bot.say_in("dev", "bob", "!notify list").await; // it is the chat's
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !notify on
    bot     > The following events are being notified:
              🔔 finished
              🔔 started
              🔔 worker
    bob     > !notify off failure
    bot     > The following events are being notified:
              🔔 finished
              🔔 started
              🔔 worker
    bob     > !notify on better worse
    bot     > The following events are being notified:
              🔔 better
              🔔 finished
              🔔 started
              🔔 worker
              🔔 worse
    bob     > !notify on nope
    bot     > EVENTS: nope is none of started, finished, success, warnings, failure, exception, cancelled, problem, recovery, worse, better or worker.
              Usage: !buildbot notify [OPTIONS] [ACTION] [EVENTS]...
    bob     > !notify frob
    bot     > ACTION: frob is none of on, off or list.
              Usage: !buildbot notify [OPTIONS] [ACTION] [EVENTS]...
    bob@dev > !notify list
    bot@dev > 🔕 No events are being notified.
    ");

    bot.restart().await;
    bot.say("eve", "!notify list").await;
    bot.say("eve", "!notify off").await;
    bot.say("eve", "!notify list --here dev").await; // no other chat's
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !notify list
    bot     > The following events are being notified:
              🔔 better
              🔔 finished
              🔔 started
              🔔 worker
              🔔 worse
    eve     > !notify off
    bot     > 🔕 No events are being notified.
    eve     > !notify list --here dev
    bot     > --here: only this chat can be meant
              Usage: !buildbot notify [OPTIONS] [ACTION] [EVENTS]...
    ");
}

#[tokio::test]
async fn what_can_be_listed_is_offered() {
    let config = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"";
    let bot = Bot::with::<Buildbot>().config(config).start().await;
    bot.say("bob", "!list").await;
    bot.say("bob", "!hello").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !list
    bot     > What do you want to list?
              Builders: !buildbot list builders
              Builders (including old ones): !buildbot list all builders
              Workers: !buildbot list workers
              Workers (including old ones): !buildbot list all workers
              Changes (last 10): !buildbot list changes
    bob     > !hello
    bot     > Hello, bob!
    ");
}
