//! Masters that are none, do nothing, or have more than a chat can show.
use super::Buildbot;
use factotum_testing::{Bot, Peer};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{io::AsyncReadExt, net::TcpListener, sync::watch};

fn config(url: &str, more: &str) -> String {
    format!("[plugins.buildbot.masters.main]\nurl = {url:?}\n{more}")
}

/// A master of so many builders that `all` forces.
async fn master_of(builders: impl Iterator<Item = String>) -> Peer {
    let names: Vec<String> = builders.collect();
    let builder = |(id, name): (usize, &String)| json!({ "builderid": id + 1, "name": name, "masterids": [1] });
    let builders: Vec<Value> = names.iter().enumerate().map(builder).collect();
    let peer = Peer::start().await;
    peer.answer("/api/v2/builders", 200, json!({ "builders": builders }).to_string());
    let all = json!({ "name": "all", "label": "All", "builder_names": names, "all_fields": [] });
    peer.answer("/api/v2/forceschedulers", 200, json!({ "forceschedulers": [all] }).to_string());
    peer.answer("/config", 200, r#"{"buildbotURL": "http://ci/"}"#);
    peer
}

#[tokio::test]
async fn many_builders_are_offered_in_parts() {
    let peer = master_of((1..=123).map(|n| format!("b{n:03}"))).await;
    let bot = Bot::with::<Buildbot>().buttons().edits().admin("ann").config(&config(&peer.url("/"), "")).start().await;
    bot.say("ann", "!force").await;
    for button in ["More...", "More...", "More...", "b060"] {
        bot.press("ann", button).await;
    }
    let shown = bot.transcript();
    assert_eq!([1, 60, 61, 120, 121, 123].map(|n| shown.matches(&format!("[b{n:03}]\n")).count()), [2, 3, 1, 1, 1, 1]);
    let few: Vec<&str> = shown.lines().filter(|line| !line.trim_start().starts_with("[b")).collect();
    insta::assert_snapshot!(few.join("\n"), @"
    ann     > !force
    bot     > Which builder do you want to start? These are 1 to 60 of 123.
              [More...]
    ann     > [More...]
    bot edits m1 > Which builder do you want to start? These are 61 to 120 of 123.
              [More...]
    ann     > [More...]
    bot edits m1 > Which builder do you want to start? These are 121 to 123 of 123.
              [More...]
    ann     > [More...]
    bot edits m1 > Which builder do you want to start? These are 1 to 60 of 123.
              [More...]
    ann     > [b060]
    bot edits m1 > ann, you are about to start a new build on b060!
              [Start Build]
    ");
}

#[tokio::test]
async fn what_ends_a_master_is_not_built_again() {
    let peer = master_of(["fast", "ctl"].map(str::to_owned).into_iter()).await;
    let build = |id: i64| json!({ "builds": [{ "buildid": id, "number": 1, "builderid": id, "started_at": 0, "complete": true, "results": 0 }] });
    for id in [1, 2] {
        peer.answer(&format!("/api/v2/builders/{id}/builds/1"), 200, build(id).to_string());
        peer.answer(&format!("/api/v2/builds/{id}"), 200, json!({ "result": [7, { "1": 7 }] }).to_string());
    }
    let bot = Bot::with::<Buildbot>().admin("ann");
    let bot = bot.config(&config(&peer.url("/"), "shutdown_now_builder = \"ctl\"")).start().await;
    bot.say("ann", "!rebuild CTL 1").await;
    assert!(!peer.asked().contains(&"/api/v2/builds/2".to_owned()), "nothing was asked for");
    bot.say("ann", "!rebuild fast 1").await; // there is no request 7
    let request = json!({ "buildrequests": [{ "buildrequestid": 7, "builderid": 1, "buildsetid": 7 }] });
    peer.answer("/api/v2/buildrequests/7", 200, request.to_string());
    bot.say("ann", "!rebuild fast 1").await;
    peer.answer("/api/v2/builds/1", 200, r#"{"result": null}"#);
    bot.say("ann", "!rebuild fast 1").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !rebuild CTL 1
    bot     > ctl ends the master main: !buildbot shutdown is for that.
    ann     > !rebuild fast 1
    bot     > The master took it, and there is no request for a build of fast.
    ann     > !rebuild fast 1
    bot     > Rebuild of build #1 (http://ci/#/builders/1/builds/1) of fast requested: request #7 (http://ci/#/buildrequests/7).
    ann     > !rebuild fast 1
    bot     > The master took it, and there is no request for a build of fast.
    ");
}

#[tokio::test]
async fn a_master_that_hangs_is_said_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, mut seen) = watch::channel(0);
    // It takes every call and says nothing.
    let silent = tokio::spawn(async move {
        let mut kept = vec![];
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = [0; 1024];
            let read = socket.read(&mut head).await.unwrap();
            let calls = String::from_utf8_lossy(&head[..read]).starts_with("GET /api/v2/builders");
            asked.send_modify(|asked| *asked += u32::from(calls));
            kept.push(socket);
        }
    });
    let bot = Bot::with::<Buildbot>().config(&config(&url, "")).start().await;
    for (calls, line, seconds) in [(1, "!masters", 6), (2, "!list builders", 61)] {
        bot.begin_to_say("bob", line);
        seen.wait_for(|seen| *seen == calls).await.unwrap();
        bot.pass(Duration::from_secs(seconds)).await;
        bot.settled().await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !masters
    bot     > main: it has not answered within 5 seconds
    bob     > !list builders
    bot     > !buildbot list took longer than 1 min; I have stopped it.
    ");
    silent.abort();
}

#[tokio::test]
async fn addresses_that_are_none_are_named_at_start() {
    let mut said = vec![];
    for url in
        ["", "ci.example.org", "ftp://ci.example.org/", "localhost:8010", "http://", "https://ci.example.org:99999/"]
    {
        let error = Bot::with::<Buildbot>().config(&config(url, "")).try_start().await.err().expect("it is a mistake");
        let error = format!("{error:#}");
        said.push(format!("{url:?}: {}", error.rsplit("/factotum.toml:").next().unwrap_or_default()));
    }
    for more in [
        "proxy_header = { \"REMOTE USER\" = \"alice@corp\" }",
        "user = \"alice\"",
        "password = \"c4n4ry\"",
        "tsl = \"off\"",
        "chats = [\"dev\"]",
        "notify_events = [\"faliure\"]",
    ] {
        let start = Bot::with::<Buildbot>().config(&config("http://ci/", more)).try_start().await;
        let error = format!("{:#}", start.err().expect("it is a mistake"));
        said.push(format!("{more}: {}", error.rsplit("/factotum.toml:").next().unwrap_or_default()));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    "": 2: plugins.buildbot: url: "" is no address of a master (relative URL without a base): one is like https://buildbot.example.org/
    "ci.example.org": 2: plugins.buildbot: url: "ci.example.org" is no address of a master (relative URL without a base): one is like https://buildbot.example.org/
    "ftp://ci.example.org/": 2: plugins.buildbot: masters.main.url: ftp://ci.example.org/ is no address of a master: one is like https://buildbot.example.org/
    "localhost:8010": 2: plugins.buildbot: masters.main.url: localhost:8010 is no address of a master: one is like https://buildbot.example.org/
    "http://": 2: plugins.buildbot: url: "http://" is no address of a master (empty host): one is like https://buildbot.example.org/
    "https://ci.example.org:99999/": 2: plugins.buildbot: url: "https://ci.example.org:99999/" is no address of a master (invalid port number): one is like https://buildbot.example.org/
    proxy_header = { "REMOTE USER" = "alice@corp" }: 2: plugins.buildbot: masters.main.proxy_header: "REMOTE USER" cannot be sent as a header: one is like REMOTE_USER = "factotum@example.org"
    user = "alice": 2: plugins.buildbot: masters.main.user: goes with password, and password with user
    password = "c4n4ry": 2: plugins.buildbot: masters.main.user: goes with password, and password with user
    tsl = "off": 4: plugins.buildbot.masters.main.tsl: unknown field, expected one of `chats`, `log_lines`, `notify_events`, `password`, `proxy_header`, `push_secret`, `recovery`, `rooms`, `show_blame_list`, `shutdown_builder`, `shutdown_now_builder`, `tags`, `tls`, `url`, `use_revisions`, `user`, `password_file`, `push_secret_file`
    chats = ["dev"]: 4: plugins.buildbot.masters.main.chats[0]: a chat is like telegram:-1001234 or irc:#dev
    notify_events = ["faliure"]: 4: plugins.buildbot.masters.main.notify_events[0]: unknown value, expected `failure`
    "#);
}
