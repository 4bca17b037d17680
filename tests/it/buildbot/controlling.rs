//! What changes things, each seen on the master: stop, cancel, rebuild, pause, unpause.
use super::{Master, bot_of, shown};
use serde_json::{Value, json};

/// Builds that do not end by themselves, builders with odd names, and one with two workers.
const MORE: [(&str, &str); 2] =
    [("BB_SLOW_SECONDS", "600"), ("BB_EXTRA_CFG", concat!(env!("CARGO_MANIFEST_DIR"), "/buildbot/more.py"))];

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
    let master = Master::start(&MORE).await;
    let bot = bot_of(&master, "").await;

    // Asked for its reason, and once more before it is done.
    master.force("slow", json!({})).await;
    run(&master, &[1]).await;
    for line in ["!stop slow", "it hangs", "yes"] {
        bot.say("ann", line).await;
    }
    assert_eq!(
        state_of(&master, "slow").await,
        "cancelled (stopped: by ann (console:ann) on console:lobby: it hangs) wait (cancelled)"
    );
    for line in ["!stop build slow again", "!stop nope x", "!stop"] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!stop slow why").await; // may not
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !stop slow
    bot     > Ok, now give me the reason to stop build #1 (http://ci/#/builders/B/builds/1) of slow...
    ann     > it hangs
    bot     > Stop build #1 (http://ci/#/builders/B/builds/1) of slow (it hangs)?
              1. yes
              2. no
    ann     > yes
    bot     > Build #1 (http://ci/#/builders/B/builds/1) of slow interrupted.
    ann     > !stop build slow again
    bot     > Sorry, no build is currently running.
    ann     > !stop nope x
    bot     > no such builder 'nope'
    ann     > !stop
    bot     > Sorry, no build is currently running.
    bob     > !stop slow why
    bot     > !buildbot stop is for admins. !whoami shows who you are to me.
    ");

    // One of two, in private; then the other by its number, and no.
    master.force("twin", json!({})).await;
    run(&master, &[2]).await;
    master.force("twin", json!({})).await;
    run(&master, &[3]).await;
    for line in ["!buildbot stop build twin too many", "#1", "yes", "!stop twin 1 x", "!stop twin #2 enough", "no"] {
        bot.say_privately("ann", line).await;
    }
    bot.say_privately("ann", "!stop twin 2 enough").await;
    bot.say_privately("ann", "yes").await;
    assert_eq!(state_of(&master, "twin").await, "cancelled (stopped: by ann (console:ann): enough) wait (cancelled)");
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !buildbot stop build twin too many
    bot     > Which build of twin is to be stopped?
              1. #1
              2. #2
              3. all
    ann     > #1
    bot     > Stop build #1 (http://ci/#/builders/B/builds/1) of twin (too many)?
              1. yes
              2. no
    ann     > yes
    bot     > Build #1 (http://ci/#/builders/B/builds/1) of twin interrupted.
    ann     > !stop twin 1 x
    bot     > Build 1 of twin does not run.
    ann     > !stop twin #2 enough
    bot     > Stop build #2 (http://ci/#/builders/B/builds/2) of twin (enough)?
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !stop twin 2 enough
    bot     > Stop build #2 (http://ci/#/builders/B/builds/2) of twin (enough)?
              1. yes
              2. no
    ann     > yes
    bot     > Build #2 (http://ci/#/builders/B/builds/2) of twin interrupted.
    ");

    // What waits is cancelled, what has run is built again.
    master.force("idle-builder", json!({})).await;
    for line in [
        "!buildbot requests",
        "!buildbot cancel 4 nobody needs it",
        "yes",
        "!buildbot cancel 4",
        "!buildbot cancel #99",
        "!buildbot cancel x",
    ] {
        bot.say("ann", line).await;
    }
    master.force("name with spaces/é", json!({})).await;
    master.idle().await;
    for line in ["!rebuild 'name with spaces/é' 1", "!rebuild slow 7", "!rebuild fast x"] {
        bot.say("ann", line).await;
    }
    master.idle().await;
    bot.say("ann", "!last 'Name with spaces/É'").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !buildbot requests
    bot     > Pending build requests:
              • #4 (http://ci/#/buildrequests/4) of idle-builder waits since AGO: a test
    ann     > !buildbot cancel 4 nobody needs it
    bot     > Cancel build request #4 of idle-builder?
              1. yes
              2. no
    ann     > yes
    bot     > Build request #4 (http://ci/#/buildrequests/4) of idle-builder cancelled.
    ann     > !buildbot cancel 4
    bot     > Build request #4 (http://ci/#/buildrequests/4) of idle-builder is complete: there is nothing to cancel.
    ann     > !buildbot cancel #99
    bot     > There is no build request #99.
    ann     > !buildbot cancel x
    bot     > A request is a number, such as 12.
    ann     > !rebuild 'name with spaces/é' 1
    bot     > Rebuild of build #1 (http://ci/#/builders/B/builds/1) of name with spaces/é requested: request #6 (http://ci/#/buildrequests/6).
    ann     > !rebuild slow 7
    bot     > There is no build #7 of slow.
    ann     > !rebuild fast x
    bot     > A build is a number, such as 12.
    ann     > !last 'Name with spaces/É'
    bot     > name with spaces/é: last build completed successfully (AGO ago)
    ");
    let second = master.get("builders/name%20with%20spaces%2F%C3%A9/builds/2").await;
    assert_eq!(second["builds"][0]["results"], 0, "it was built again");

    // A worker takes no builds for a while.
    for line in ["!pause", "w1", "!pause w1", "!masters", "!list workers", "!pause nope", "!unpause w1", "!unpause w1"]
    {
        bot.say("ann", line).await;
        if line == "w1" {
            let reason = master.get("workers/w1").await["workers"][0]["pause_reason"].clone();
            assert_eq!(reason, "paused by ann (console:ann) on console:lobby");
        }
    }
    assert_eq!(master.get("workers/w1").await["workers"][0]["paused"], false);
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !pause
    bot     > Which worker is to be paused?
              1. w1
              2. w2-offline
              3. w3
    ann     > w1
    bot     > Worker w1 is paused: builds that run go on, others wait.
    ann     > !pause w1
    bot     > Worker w1 is paused already.
    ann     > !masters
    bot     > main: buildbot 4.3.0, 0 builds running, 0 pending, offline: w2-offline, paused: w1
    ann     > !list workers
    bot     > I found the following workers:
              • w1 paused: paused by ann (console:ann) on console:lobby
              • w2-offline disconnected
              • w3
    ann     > !pause nope
    bot     > no such worker 'nope'
    ann     > !unpause w1
    bot     > Worker w1 takes builds again.
    ann     > !unpause w1
    bot     > Worker w1 is not paused.
    ");
}

#[tokio::test]
async fn buttons_stop_and_watch_builders_of_any_name() {
    let master = Master::start(&MORE).await;
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
    insta::assert_snapshot!(shown(&bot, &master), @r#"
    ann     > !watch
    bot     > Which builder do you want to watch?
              [-x "quoted" one]
              [«two»]
    ann     > [-x "quoted" one]
    bot     > Watching build #1 (http://ci/#/builders/B/builds/1) of -x "quoted" one until it finishes...
    ann     > !stop
    bot     > Select builder to stop...
              [-x "quoted" one]
              [«two»]
    ann     > [«two»]
    bot     > Ok, now give me the reason to stop build #1 (http://ci/#/builders/B/builds/1) of «two»...
    ann     > it is odd
    bot     > Stop build #1 (http://ci/#/builders/B/builds/1) of «two» (it is odd)?
              [yes] [no]
    ann     > [yes]
    bot     > Build #1 (http://ci/#/builders/B/builds/1) of «two» interrupted.
    "#);
    assert!(state_of(&master, "«two»").await.to_string().contains("it is odd"));
}
