//! What senders send, to the byte, and what people read of it.
use super::*;
use factotum_testing::{Bot, conformance};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const CONFIG: &str = r##"
[plugins.hipchat]
token = "private-token"
tokens = { node = "roomtok", private = "tok4", python = "tok1" }
[plugins.hipchat.rooms]
42 = "console:ops"
"all notifications" = ["console:ops", "console:dev"]
"Dev room" = "console:dev"
"Room A" = "console:a"
[plugins.hipchat.users]
"ann@example.org" = "console:ann"
"@Bob" = "console:bob"
7 = []
"##;

async fn hipchat() -> Bot {
    Bot::with::<HipChat>().admin("ann").config(CONFIG).start().await
}

/// The lines of a transcript, message by message in the order of their chats: what is
/// posted to several at once has none.
fn by_chat(transcript: &str) -> Vec<String> {
    let mut messages: Vec<Vec<String>> = vec![];
    for line in transcript.lines() {
        match messages.last_mut().filter(|_| line.starts_with(' ')) {
            Some(message) => message.push(line.to_owned()),
            None => messages.push(vec![line.to_owned()]),
        }
    }
    messages.sort_by_key(|message| message[0].split(" > ").next().unwrap_or_default().to_owned());
    messages.concat()
}

/// Sends requests as they were captured, one after another on one connection, and says
/// what each was answered and what came of it.
async fn replayed(bot: &Bot, captured: &[u8]) -> String {
    let mut socket = TcpStream::connect(bot.host().http()).await.unwrap();
    let (mut rest, mut told) = (captured, String::new());
    while !rest.is_empty() {
        let head = rest.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let text = str::from_utf8(&rest[..head]).unwrap();
        let length: usize =
            text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let (request, more) = rest.split_at(head + length);
        socket.write_all(request).await.unwrap();
        let mut answer = vec![];
        while !answer.ends_with(b"\r\n\r\n{}") {
            assert_ne!(socket.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
        }
        bot.settled().await;
        let status = str::from_utf8(&answer).unwrap().lines().next().unwrap();
        told += &format!("{}\n  {status}\n", text.lines().next().unwrap().replace("token=", "…"));
        for line in by_chat(&bot.transcript()) {
            told += &format!("  {line}\n");
        }
        rest = more;
    }
    told
}

#[tokio::test]
async fn a_real_buildbot_2_10_5() {
    let bot = hipchat().await;
    let told = replayed(&bot, include_bytes!("../../../tests/fixtures/hipchat/buildbot-2.10.5.http")).await;
    insta::assert_snapshot!(told, @"
    POST /v2/room/42/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@ops > Buildbot started build fast here: http://ci.example.org:8010/#builders/2/builds/1
    POST /v2/room/42/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@ops > Buildbot finished build fast with result success here: http://ci.example.org:8010/#builders/2/builds/1
    POST /v2/room/All%20Notifications/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@dev > green: Build finished.
      bot@ops > green: Build finished.
    POST /v2/user/ann@example.org/message?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot     > Buildbot started build broken here: http://ci.example.org:8010/#builders/1/builds/1
    POST /v2/room/Dev%20room/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@dev > Buildbot started build broken here: http://ci.example.org:8010/#builders/1/builds/1
    POST /v2/user/ann@example.org/message?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot     > Buildbot finished build broken with result failure here: http://ci.example.org:8010/#builders/1/builds/1
    POST /v2/room/All%20Notifications/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@dev > red: Build finished.
      bot@ops > red: Build finished.
    POST /v2/room/Dev%20room/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@dev > Buildbot finished build broken with result failure here: http://ci.example.org:8010/#builders/1/builds/1
    POST /v2/room/All%20Notifications/notification?auth_…private-token HTTP/1.1
      HTTP/1.1 200 OK
      bot@dev > green: Build finished.
      bot@ops > green: Build finished.
    ");
}

#[tokio::test]
async fn hipchatter_and_hipnotify() {
    let bot = hipchat().await;
    let told = replayed(&bot, include_bytes!("../../../tests/fixtures/hipchat/others.http")).await;
    insta::assert_snapshot!(told, @"
    POST /v2/room/Room%20A/notification?auth_…roomtok HTTP/1.1
      HTTP/1.1 200 OK
      bot@a   > green: from hipchatter
    POST /v2/user/ann@example.org/message?auth_…tok4 HTTP/1.1
      HTTP/1.1 200 OK
      bot     > pm
    POST /v2/room/42/notification HTTP/1.1
      HTTP/1.1 200 OK
      bot@ops > green: from hipnotify
    ");
}

/// Posts a body to a path, with the token in the query.
async fn post(bot: &Bot, path: &str, body: Value) -> u16 {
    send(bot, &format!("{path}?auth_token=private-token"), &[], &body.to_string()).await
}
async fn send(bot: &Bot, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sample = Sample { path: Some(path.into()), headers, body: body.to_owned().into() };
    bot.post("sender", sample).await.status.as_u16()
}

#[tokio::test]
async fn names_in_every_spelling() {
    let bot = hipchat().await;
    let hello = || json!({ "message": "hello" });
    for room in ["42", "dev%20ROOM", "Dev+room", "Dev%2520room"] {
        assert_eq!(post(&bot, &format!("/v2/room/{room}/notification"), hello()).await, 200, "{room}");
    }
    // As Ansible calls where its `api` ends with a slash.
    assert_eq!(post(&bot, "/v2//room/Dev%20room/notification", hello()).await, 200);
    for user in ["ann@example.org", "Ann%40Example.org", "@bob", "bob", "%40BOB", "7"] {
        assert_eq!(post(&bot, &format!("/v2/user/{user}/message"), hello()).await, 200, "{user}");
    }
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /v2/room/42/notification?auth_token=private-token 200: {}
    bot@ops > hello
    sender  > POST /v2/room/dev%20ROOM/notification?auth_token=private-token 200: {}
    bot@dev > hello
    sender  > POST /v2/room/Dev+room/notification?auth_token=private-token 200: {}
    bot@dev > hello
    sender  > POST /v2/room/Dev%2520room/notification?auth_token=private-token 200: {}
    bot@dev > hello
    sender  > POST /v2//room/Dev%20room/notification?auth_token=private-token 200: {}
    bot@dev > hello
    sender  > POST /v2/user/ann@example.org/message?auth_token=private-token 200: {}
    bot     > hello
    sender  > POST /v2/user/Ann%40Example.org/message?auth_token=private-token 200: {}
    bot     > hello
    sender  > POST /v2/user/@bob/message?auth_token=private-token 200: {}
    bot     > hello
    sender  > POST /v2/user/bob/message?auth_token=private-token 200: {}
    bot     > hello
    sender  > POST /v2/user/%40BOB/message?auth_token=private-token 200: {}
    bot     > hello
    sender  > POST /v2/user/7/message?auth_token=private-token 200: {}
    ");
}

#[tokio::test]
async fn tokens_three_ways_and_none() {
    let bot = hipchat().await;
    let path = "/v2/room/42/notification";
    type Headers = &'static [(&'static str, &'static str)];
    let rows: [(&str, Headers, &str, u16); 9] = [
        ("?auth_token=tok1", &[], r#"{"message":"a"}"#, 200),
        ("", &[("Authorization", "Bearer tok1")], r#"{"message":"b"}"#, 200),
        ("", &[("Authorization", "bearer  tok4 ")], r#"{"message":"c"}"#, 200),
        ("", &[], r#"{"message":"d","token":"roomtok"}"#, 200),
        ("?auth_token=wrong", &[], r#"{"message":"e"}"#, 401),
        ("?auth_token=", &[], r#"{"message":"f"}"#, 401),
        ("", &[("Authorization", "Basic tok1")], r#"{"message":"g"}"#, 401),
        ("", &[], r#"{"message":"h"}"#, 401),
        ("", &[], "no JSON", 401),
    ];
    for (query, headers, body, status) in rows {
        assert_eq!(send(&bot, &format!("{path}{query}"), headers, body).await, status, "{query} {headers:?} {body}");
    }
    bot.transcript();
    bot.say("ann", "!incidents").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !incidents
    bot     > #5 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /v2/room/…/notification: no token: not in auth_token, nor as Authorization: Bearer (!requests show 9)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /v2/room/…/notification: no token: not in auth_token, nor as Authorization: Bearer (!requests show 8)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /v2/room/…/notification: no token: not in auth_token, nor as Authorization: Bearer (!requests show 7)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /v2/room/…/notification: the token is wrong (!requests show 6)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /v2/room/…/notification: the token is wrong (!requests show 5)
    ");
}

#[tokio::test]
async fn a_room_that_nobody_mapped_is_named_with_the_remedy() {
    let bot = hipchat().await;
    post(&bot, "/v2/room/Old%20room/notification", json!({ "message": "hello" })).await;
    post(&bot, "/v2/user/eve@example.org/message", json!({ "message": "hello" })).await;
    bot.say("ann", "!incidents").await;
    bot.say("ann", "!hipchat rooms").await;
    bot.say("bob", "!hipchat rooms").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    sender  > POST /v2/room/Old%20room/notification?auth_token=private-token 404: the room "Old room" has no chat: add "Old room" = "network:address" to [plugins.hipchat.rooms]
    sender  > POST /v2/user/eve@example.org/message?auth_token=private-token 404: the user "eve@example.org" has no chat: add "eve@example.org" = "network:address" to [plugins.hipchat.users]
    ann     > !incidents
    bot     > #2 2026-11-20 10:00:00Z not found from 127.0.0.1 at /v2/user/…/message: the user "eve@example.org" has no chat: add "eve@example.org" = "network:address" to [plugins.hipchat.users] (!requests show 2)
              #1 2026-11-20 10:00:00Z not found from 127.0.0.1 at /v2/room/…/notification: the room "Old room" has no chat: add "Old room" = "network:address" to [plugins.hipchat.rooms] (!requests show 1)
    ann     > !hipchat rooms
    bot     > • room 42: console:ops
              • room Dev room: console:dev
              • room Room A: console:a
              • room all notifications: console:ops, console:dev
              • user 7: no chat
              • user @Bob: console:bob
              • user ann@example.org: console:ann
    bob     > !hipchat rooms
    bot     > !hipchat rooms is for admins. !whoami shows who you are to me.
    "#);
}

#[tokio::test]
async fn bodies_of_every_kind() {
    let bot = hipchat().await;
    let path = "/v2/room/42/notification?auth_token=tok1";
    let rows = [
        ("application/json; charset=utf-8", r#"{"message":"json","color":"purple","from":"Jenkins"}"#),
        ("application/x-www-form-urlencoded", r#"{"message":"curl says that JSON is a form"}"#),
        ("application/x-www-form-urlencoded", "message=a+%3Cb%3Eform%3C%2Fb%3E&color=red&message_format=html&notify=1"),
        ("text/html", "<i>bare</i> HTML"),
        ("text/plain; charset=utf-8", "bare <i>text</i>"),
        ("application/json", r#"{"message":"","color":"red"}"#),
        ("application/json", r#"{"color":"red"}"#),
        ("application/json", r#"{"message":{}}"#),
        ("application/json", r#"["message"]"#),
        ("application/json", "{"),
        ("application/json", ""),
    ];
    for (media_type, body) in rows {
        send(&bot, path, &[("content-type", media_type)], body).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /v2/room/42/notification?auth_token=tok1 200: {}
    bot@ops > purple Jenkins: json
    sender  > POST /v2/room/42/notification?auth_token=tok1 200: {}
    bot@ops > curl says that JSON is a form
    sender  > POST /v2/room/42/notification?auth_token=tok1 200: {}
    bot@ops > red: a form
    sender  > POST /v2/room/42/notification?auth_token=tok1 200: {}
    bot@ops > bare HTML
    sender  > POST /v2/room/42/notification?auth_token=tok1 200: {}
    bot@ops > bare <i>text</i>
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body has no message
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body has no message
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body has no message
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body is JSON and no object
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body is not the JSON we expect: EOF while parsing an object at line 1 column 1
    sender  > POST /v2/room/42/notification?auth_token=tok1 400: the body is not the JSON we expect: EOF while parsing a value at line 1 column 0
    ");
}

#[tokio::test]
async fn markup_and_cards() {
    let bot = hipchat().await;
    let path = "/v2/room/42/notification";
    post(&bot, path, json!({ "color": "red", "message": "<b>o/r</b> failed: <a href=\"https://ci/1\">log</a><ul><li>one<li>two</ul>" })).await;
    post(&bot, path, json!({ "message_format": "text", "message": "a <b> is a tag\nand this a line" })).await;
    post(&bot, "/v2/user/bob/message", json!({ "message": "<b> is text to a user" })).await;
    let attributes =
        json!([{ "label": "branch", "value": { "label": "main", "url": "https://git/main" } }, { "value": "bare" }, 7]);
    let card = json!({ "style": "application", "title": "octocat/hello #7", "url": "https://drone/7", "id": "1",
        "description": { "format": "html", "value": "<i>fix</i> it" }, "attributes": attributes });
    post(&bot, path, json!({ "message": "for old clients", "color": "green", "card": card })).await;
    post(&bot, path, json!({ "message": "the card says nothing", "card": { "title": "" } })).await;
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /v2/room/42/notification?auth_token=private-token 200: {}
    bot@ops > red: o/r failed: log (https://ci/1)
              • one
              • two
    sender  > POST /v2/room/42/notification?auth_token=private-token 200: {}
    bot@ops > a <b> is a tag
              and this a line
    sender  > POST /v2/user/bob/message?auth_token=private-token 200: {}
    bot     > <b> is text to a user
    sender  > POST /v2/room/42/notification?auth_token=private-token 200: {}
    bot@ops > green: octocat/hello #7 (https://drone/7)
              fix it
              branch: main (https://git/main)
              bare
    sender  > POST /v2/room/42/notification?auth_token=private-token 200: {}
    bot@ops > the card says nothing
    ");
}

#[test]
fn what_is_wrong_with_a_config() {
    let told = |config: Value| {
        let config: Config = serde_json::from_value(config).unwrap();
        match config.check() {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.into_anyhow().to_string(),
        }
    };
    let rows = [
        json!({}),
        json!({ "token": "" }),
        json!({ "rooms": { "a": "console:a" } }),
        json!({ "token": "x", "rooms": { "Dev": "console:a", "dev": "console:b" } }),
        json!({ "token": "x", "users": { "@ann": "console:a", "Ann": "console:b" } }),
        json!({ "tokens": { "a": "x" }, "rooms": { "Dev": ["console:a", "console:b"] } }),
    ];
    insta::assert_snapshot!(rows.map(told).join("\n"), @r#"
    fine
    token: it is empty, and anybody could send
    token: set it, as the senders have it; without one nothing is taken
    rooms: "Dev" and "dev" are the same to HipChat
    users: "@ann" and "Ann" are the same to HipChat
    fine
    "#);
}

#[tokio::test]
async fn is_as_every_plugin() {
    conformance::<HipChat>(br#"{"room": "Dev room", "message": "hello"}"#, Some("private-token")).await;
}
