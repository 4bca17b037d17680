//! `!buildbot shutdown`: a master is drained and taken back, or ends for good.
use super::{Buildbot, Master, bot_of, shown};
use factotum_testing::Bot;
use serde_json::{Value, json};

const ENDS: &str = "shutdown_builder = \"ctl-shutdown\"\nshutdown_now_builder = \"ctl-shutdown-now\"";

async fn paused(master: &Master) -> Value {
    let workers = master.get("workers?order=name").await["workers"].clone();
    let of = |worker: &Value| json!([worker["name"], worker["paused"], worker["pause_reason"]]);
    workers.as_array().unwrap().iter().map(of).collect()
}
async fn runs(master: &Master) {
    master.until("builds/1/steps?complete=false", |answer| answer["steps"][0]["state_string"] == "wait running").await;
}
/// Returns once the process of the master has gone.
async fn gone(master: &Master) {
    while factotum_plugin_api::reqwest::get(format!("{}/api/v2/masters", master.url())).await.is_ok() {}
}

#[tokio::test]
async fn a_master_is_drained_and_taken_back() {
    let master = Master::start(&[("BB_SLOW_SECONDS", "600")]).await;
    let bot = bot_of(&master, "").await;
    master.force("slow", json!({})).await;
    runs(&master).await;
    bot.say("bob", "!buildbot shutdown start").await; // may not
    for line in ["!buildbot shutdown", "!buildbot shutdown start", "no", "!buildbot shutdown start", "yes"] {
        bot.say("ann", line).await;
    }
    let reason = "shutdown, by ann (console:ann) on console:lobby";
    assert_eq!(paused(&master).await, json!([["w1", true, reason], ["w2-offline", true, reason]]));
    // What comes meanwhile waits.
    master.force("fast", json!({})).await;
    for line in ["!buildbot shutdown start", "!stop slow 1 enough", "yes", "!buildbot shutdown check"] {
        bot.say("ann", line).await;
    }
    assert_eq!(master.get("buildrequests/2").await["buildrequests"][0]["claimed"], false);
    // Somebody else's pause is not ours to end.
    for line in [
        "!unpause w2-offline",
        "!pause w2-offline it is old",
        "!buildbot shutdown check",
        "!buildbot shutdown stop",
        "yes",
        "!buildbot shutdown stop",
    ] {
        bot.say("ann", line).await;
    }
    assert_eq!(paused(&master).await[0], json!(["w1", false, null]));
    assert_eq!(paused(&master).await[1][1], true);
    master.until("buildrequests/2", |answer| answer["buildrequests"][0]["complete"] == true).await;
    // Nothing ends it that was not set up.
    for line in ["!buildbot shutdown exit", "!buildbot shutdown now", "!buildbot shutdown later", "!shutdown"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &master), @r#"
    bob     > !buildbot shutdown start
    bot     > !buildbot shutdown is for admins. !whoami shows who you are to me.
    ann     > !buildbot shutdown
    bot     > 1 build runs: build #1 (http://ci/#/builders/B/builds/1) of slow.
              No worker is paused for a shutdown.
              Begin: !buildbot shutdown start
    ann     > !buildbot shutdown start
    bot     > Pause the workers of the master main (w1, w2-offline)? Builds that run go on, new ones wait. The master itself is not ended, and !buildbot shutdown stop undoes it.
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !buildbot shutdown start
    bot     > Pause the workers of the master main (w1, w2-offline)? Builds that run go on, new ones wait. The master itself is not ended, and !buildbot shutdown stop undoes it.
              1. yes
              2. no
    ann     > yes
    bot     > 1 build runs: build #1 (http://ci/#/builders/B/builds/1) of slow.
              Paused for a shutdown: w1, w2-offline.
              New builds wait and the master goes on: !buildbot shutdown stop undoes this.
    ann     > !buildbot shutdown start
    bot     > There is no worker to pause.
              1 build runs: build #1 (http://ci/#/builders/B/builds/1) of slow.
              Paused for a shutdown: w1, w2-offline.
    ann     > !stop slow 1 enough
    bot     > Stop build #1 (http://ci/#/builders/B/builds/1) of slow (enough)?
              1. yes
              2. no
    ann     > yes
    bot     > Build #1 (http://ci/#/builders/B/builds/1) of slow interrupted.
    ann     > !buildbot shutdown check
    bot     > No build runs.
              Paused for a shutdown: w1, w2-offline.
    ann     > !unpause w2-offline
    bot     > Worker w2-offline takes builds again.
    ann     > !pause w2-offline it is old
    bot     > Worker w2-offline is paused: builds that run go on, others wait.
    ann     > !buildbot shutdown check
    bot     > No build runs.
              Paused for a shutdown: w1.
              Paused for other reasons: w2-offline.
    ann     > !buildbot shutdown stop
    bot     > Let w1 take builds again? Those that wait start at once.
              1. yes
              2. no
    ann     > yes
    bot     > w1 takes builds again.
    ann     > !buildbot shutdown stop
    bot     > No worker is paused for a shutdown.
    ann     > !buildbot shutdown exit
    bot     > Buildbot has no call that ends a master; a builder of its own can. Add to its master.cfg
              c['builders'].append(util.BuilderConfig(name='shutdown', workernames=['WORKER'], factory=util.BuildFactory([
                  steps.MasterShellCommand(command=['/bin/sh', '-c', 'kill -USR1 $PPID'])])))
              c['schedulers'].append(schedulers.ForceScheduler(name='shutdown', builderNames=['shutdown'], codebases=['']))
              and to [plugins.buildbot.masters.main] in the config: shutdown_builder = "shutdown"
    ann     > !buildbot shutdown now
    bot     > Buildbot has no call that ends a master; a builder of its own can. Add to its master.cfg
              c['builders'].append(util.BuilderConfig(name='shutdown-now', workernames=['WORKER'], factory=util.BuildFactory([
                  steps.MasterShellCommand(command=['/bin/sh', '-c', 'kill -TERM $PPID'])])))
              c['schedulers'].append(schedulers.ForceScheduler(name='shutdown-now', builderNames=['shutdown-now'], codebases=['']))
              and to [plugins.buildbot.masters.main] in the config: shutdown_now_builder = "shutdown-now"
    ann     > !buildbot shutdown later
    bot     > WHAT: later is none of check, start, stop, exit or now.
              Usage: !buildbot shutdown [OPTIONS] [WHAT]
    ann     > !shutdown
    bot     > No build runs.
              No worker is paused for a shutdown.
              Paused for other reasons: w2-offline.
              Begin: !buildbot shutdown start
    "#);
}

#[tokio::test]
async fn a_builder_of_its_own_ends_a_master() {
    let master = Master::start(&[("BB_CTL", "1"), ("BB_SLOW_SECONDS", "3")]).await;
    let config = format!(
        "[plugins.buildbot]\ntake_over = [\"shutdown\"]\n[plugins.buildbot.masters.main]\nurl = \"{}\"\n{ENDS}",
        master.url()
    );
    let bot = Bot::with::<Buildbot>().buttons().admin("ann").config(&config).start().await;
    bot.say("ann", "!shutdown start").await;
    bot.press("ann", "yes").await;
    master.force("slow", json!({})).await;
    // Its only worker is paused for the shutdown, and takes builds again for its end.
    bot.say("ann", "!shutdown").await;
    bot.press("ann", "Exit when done").await;
    bot.press("ann", "yes").await;
    gone(&master).await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !shutdown start
    bot     > Pause the workers of the master main (w1, w2-offline)? Builds that run go on, new ones wait. The master itself is not ended, and !buildbot shutdown stop undoes it.
              [yes] [no]
    ann     > [yes]
    bot     > No build runs.
              Paused for a shutdown: w1, w2-offline.
              New builds wait and the master goes on: !buildbot shutdown stop undoes this; !buildbot shutdown exit ends it.
    ann     > !shutdown
    bot     > No build runs.
              Paused for a shutdown: w1, w2-offline.
              [Stop] [Exit when done] [Now]
    ann     > [Exit when done]
    bot     > Let the master main exit once its builds are done? No build runs. New ones wait until it is started again. This cannot be taken back. First w1 takes builds again: ctl-shutdown needs it.
              [yes] [no]
    ann     > [yes]
    bot     > It is done (request #2 (http://ci/#/buildrequests/2) of ctl-shutdown): the master main ends.
    ");
}

#[tokio::test]
async fn a_master_is_ended_in_the_middle_of_a_build() {
    let master = Master::start(&[("BB_CTL", "1"), ("BB_SLOW_SECONDS", "600")]).await;
    let bot = bot_of(&master, ENDS).await;
    master.force("slow", json!({})).await;
    runs(&master).await;
    for line in ["!pause w1", "!buildbot shutdown now", "!unpause w1", "!buildbot shutdown now", "yes"] {
        bot.say("ann", line).await;
    }
    gone(&master).await;
    bot.say("ann", "!buildbot shutdown check").await;
    insta::assert_snapshot!(shown(&bot, &master), @"
    ann     > !pause w1
    bot     > Worker w1 is paused: builds that run go on, others wait.
    ann     > !buildbot shutdown now
    bot     > ctl-shutdown-now cannot be built now: its workers are paused.
    ann     > !unpause w1
    bot     > Worker w1 takes builds again.
    ann     > !buildbot shutdown now
    bot     > End the master main at once? 1 build runs: build #1 (http://ci/#/builders/B/builds/1) of slow. What runs is broken off, and built again once the master is started again. This cannot be taken back.
              1. yes
              2. no
    ann     > yes
    bot     > It is done (request #2 (http://ci/#/buildrequests/2) of ctl-shutdown-now): the master main ends.
    ann     > !buildbot shutdown check
    bot     > The master main cannot be reached: Connection refused
    ");
}
