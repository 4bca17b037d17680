//! What changes things, each seen on the master: stop, cancel, rebuild, pause, unpause.
use super::{Master, bot_of, shown};
use serde_json::{Value, json};

/// The state of the newest build of a builder.
async fn state_of(master: &Master, builder: &str) -> Value {
    let builder = builder.replace(' ', "%20").replace('/', "%2F").replace('é', "%C3%A9");
    master.get(&format!("builders/{builder}/builds?order=-number&limit=1")).await["builds"][0]["state_string"].clone()
}
/// Returns once so many builds are in their step.
async fn run(master: &Master, builds: &[i64]) {
    for build in builds {
        let path = format!("builds/{build}/steps?complete=false");
        master.until(&path, |answer| answer["steps"][0]["state_string"] == "wait running").await;
    }
}

#[tokio::test]
async fn builds_are_stopped_cancelled_and_repeated() {
    let master = Master::start(&[("BB_SLOW_SECONDS", "600")]).await;
    let bot = bot_of(&master, "").await;

    // Asked for its reason, and once more before it is done.
    master.force("slow", json!({})).await;
    run(&master, &[1]).await;
    for line in ["!stop slow", "it hangs", "yes"] {
        bot.say("ann", line).await;
    }
    assert_eq!(state_of(&master, "slow").await, "cancelled (stopped: by ann (console:ann) on console:lobby: it hangs) wait (cancelled)");
    for line in ["!stop build slow again", "!stop nope x", "!stop"] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!stop slow why").await; // may not
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // One of two, in private; then the other by its number, and no.
    master.force("slow", json!({})).await;
    run(&master, &[2]).await;
    master.force("slow", json!({})).await;
    run(&master, &[3]).await;
    for line in ["!buildbot stop build slow too many", "#2", "yes", "!stop slow 2 x", "!stop slow #3 enough", "no"] {
        bot.say_privately("ann", line).await;
    }
    bot.say_privately("ann", "!stop slow 3 enough").await;
    bot.say_privately("ann", "yes").await;
    assert_eq!(state_of(&master, "slow").await, "cancelled (stopped: by ann (console:ann): enough) wait (cancelled)");
    insta::assert_snapshot!(shown(&bot, &master), @"");

    // What waits is cancelled, what has run is built again.
    master.force("idle-builder", json!({})).await;
    for line in ["!requests", "!buildbot cancel 4 nobody needs it", "yes", "!buildbot cancel 4", "!buildbot cancel #99", "!buildbot cancel x"] {
        bot.say("ann", line).await;
    }
    master.force("name with spaces/é", json!({})).await;
    master.idle().await;
    for line in ["!rebuild 'name with spaces/é' 1", "!rebuild slow 7", "!rebuild fast x"] {
        bot.say("ann", line).await;
    }
    master.idle().await;
    bot.say("ann", "!last 'Name with spaces/É'").await;
    insta::assert_snapshot!(shown(&bot, &master), @"");
    let second = master.get("builders/name%20with%20spaces%2F%C3%A9/builds/2").await;
    assert_eq!(second["builds"][0]["results"], 0, "it was built again");

    // A worker takes no builds for a while.
    for line in ["!pause", "w1", "!pause w1", "!masters", "!list workers", "!pause nope", "!unpause w1", "!unpause w1"] {
        bot.say("ann", line).await;
        if line == "w1" {
            let reason = master.get("workers/w1").await["workers"][0]["pause_reason"].clone();
            assert_eq!(reason, "paused by ann (console:ann) on console:lobby");
        }
    }
    assert_eq!(master.get("workers/w1").await["workers"][0]["paused"], false);
    insta::assert_snapshot!(shown(&bot, &master), @"");
}

#[tokio::test]
async fn buttons_stop_and_watch_builders_of_any_name() {
    let config = [("BB_SLOW_SECONDS", "600"), ("BB_EXTRA_CFG", concat!(env!("CARGO_MANIFEST_DIR"), "/buildbot/odd_names.py"))];
    let master = Master::start(&config).await;
    let config = format!("[plugins.buildbot.masters.main]\nurl = \"{}\"", master.url());
    let bot = factotum_testing::Bot::with::<super::Buildbot>().buttons().admin("ann").config(&config).start().await;
    for name in ["-x \"quoted\" one", "«two»"] {
        master.force(name, json!({})).await;
    }
    run(&master, &[1, 2]).await;
    bot.say("ann", "!watch").await;
    bot.press("ann", "-x \"quoted\" one").await;
    bot.say("ann", "!stop").await;
    bot.press("ann", "«two»").await;
    bot.say("ann", "it is odd").await;
    bot.press("ann", "yes").await;
    insta::assert_snapshot!(shown(&bot, &master), @"");
    assert!(state_of(&master, "«two»").await.to_string().contains("it is odd"));
}
