//! Two masters: what shows things shows both, what changes things asks.
use super::{Buildbot, timeless};
use factotum_testing::{Bot, Peer};

/// A master with one builder and one worker, which does nothing it is told.
async fn master(builder: &str) -> Peer {
    let peer = Peer::start().await;
    let builders =
        format!(r#"{{"builders": [{{"builderid": 1, "name": {builder:?}, "tags": [], "masterids": [1]}}]}}"#);
    peer.answer("/api/v2/builders", 200, builders);
    let worker = r#"{"workers": [{"workerid": 1, "name": "w", "connected_to": [{"masterid": 1}], "configured_on": [{"builderid": 1, "masterid": 1}], "paused": true}]}"#;
    peer.answer("/api/v2/workers", 200, worker);
    peer.answer("/api/v2/builds", 200, r#"{"builds": []}"#);
    peer.answer("/api/v2/buildrequests", 200, r#"{"buildrequests": []}"#);
    peer.answer("/config", 200, r#"{"versions": [["Buildbot", "4.3.0"]], "buildbotURL": "https://ci.example.org/"}"#);
    peer
}

#[tokio::test]
async fn all_are_shown_and_one_is_asked_for() {
    let (a, b) = (master("lib").await, master("app").await);
    let (a, b) = (a.url("/"), b.url("/"));
    let config = format!("[plugins.buildbot.masters]\na = {{ url = {a:?} }}\nb = {{ url = {b:?} }}");
    let bot = Bot::with::<Buildbot>().admin("ann").config(&config).start().await;
    let lines = [
        "!list builders",
        "!buildbot status",
        "!buildbot status app",
        "!buildbot status nope",
        "!version",
        "!masters",
        "!list --master b builders",
        "!pause w",
        "b",
        "!stop lib --master c",
    ];
    for line in lines {
        bot.say("ann", line).await;
    }
    let all: Vec<String> = bot.transcript().lines().map(timeless).collect();
    insta::assert_snapshot!(all.join("\n"), @"
    ann     > !list builders
    bot     > a:
              I found the following builders:
              • lib
              b:
              I found the following builders:
              • app
    ann     > !buildbot status
    bot     > a:
              lib: idle
              b:
              app: idle
    ann     > !buildbot status app
    bot     > b:
              app: idle
    ann     > !buildbot status nope
    bot     > no such builder 'nope'
    ann     > !version
    bot     > a:
              This is buildbot-4.3.0 at your service
              b:
              This is buildbot-4.3.0 at your service
    ann     > !masters
    bot     > a: buildbot 4.3.0, 0 builds running, 0 pending, paused: w
              b: buildbot 4.3.0, 0 builds running, 0 pending, paused: w
    ann     > !list --master b builders
    bot     > I found the following builders:
              • app
    ann     > !pause w
    bot     > Which master?
              1. a
              2. b
    ann     > b
    bot     > Worker w is paused already.
    ann     > !stop lib --master c
    bot     > There is no master c; there are a, b.
    ");
    bot.say("ann", "!status").await;
    let status = bot.transcript();
    assert!(status.contains("buildbot a: buildbot 4.3.0, 0 builds running"), "{status}");
}
