//! Updates that Telegram posts to the host's own listener.
use super::{
    ANN, Probe, heard, journal_takes_updates, link, on, other_program, passing, started, status, telegram, until,
};
use crate::hooks::noted;
use factotum_host::journal::Filter;
use factotum_plugin_api::{chat::Link, hook::Sample, prelude::*};
use factotum_testing::{Bot, telegram::Telegram};
use serde_json::{Value, json};

const PLAIN: &str = "webhook_url = \"https://bot.example.com/telegram\"\nwebhook_secret = \"s3cret\"";
const WITH_USER: &str =
    "webhook_url = \"https://tg:p%20w@bot.example.com:8443/hooks/telegram\"\nwebhook_secret = \"s3cret\"";
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// Telegram delivers to this bot, and to no other.
fn connect(telegram: &Telegram, bot: &Bot) {
    telegram.redelivery(Duration::from_millis(1));
    telegram.deliver_webhooks_to(&format!("http://{}", bot.host().http()));
}

async fn delivered(more: &str) -> (Telegram, Bot) {
    let (telegram, bot) = started(more).await;
    connect(&telegram, &bot);
    until("the webhook", || link(&bot) == Link::Up).await;
    (telegram, bot)
}

/// A request with these headers.
fn request(path: &str, headers: &[(&str, &str)], body: &str) -> Sample {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sample { path: Some(path.into()), headers, body: body.to_owned().into() }
}

/// What was registered last.
fn registered(telegram: &Telegram) -> Value {
    let calls = telegram.calls().into_iter().rev();
    calls.filter(|(method, _)| method == "setWebhook").map(|(_, params)| params).next().expect("it is set")
}

#[tokio::test]
async fn the_webhook_is_set_with_all_that_guards_it() {
    let telegram = telegram().await;
    let folder = tempfile::tempdir().unwrap();
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    std::fs::write(folder.path().join("bot.pem"), pem).unwrap();
    let certificate = format!("{WITH_USER}\nmax_connections = 7\ncertificate = {:?}", folder.path().join("bot.pem"));
    let bot = on(&telegram, Bot::with::<Probe>(), &certificate).start().await;
    connect(&telegram, &bot);
    until("the webhook", || link(&bot) == Link::Up).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&registered(&telegram)).unwrap(), @r#"
    {
      "allowed_updates": "[\"message\",\"edited_message\",\"channel_post\",\"edited_channel_post\",\"callback_query\",\"my_chat_member\"]",
      "certificate": "(certificate.pem, 59 bytes)",
      "max_connections": "7",
      "secret_token": "s3cret",
      "url": "https://tg:p%20w@bot.example.com:8443/hooks/telegram"
    }
    "#);
    assert_eq!(telegram.certificate().unwrap(), pem.as_bytes());
    telegram.say(ANN, ANN, "!echo by webhook");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo by webhook
    bot@ann > by webhook
    ");
    insta::assert_snapshot!(status(&bot).await, @"telegram connected");
    assert_eq!(telegram.count("getUpdates"), 0);
}

#[tokio::test]
async fn a_secret_that_nobody_configured_is_made_once() {
    let (telegram, mut bot) = delivered("webhook_url = \"https://bot.example.com/telegram\"").await;
    let first = registered(&telegram)["secret_token"].clone();
    bot.restart().await;
    connect(&telegram, &bot);
    telegram.wait_for_calls("setWebhook", 2).await;
    assert_eq!(registered(&telegram)["secret_token"], first);
    assert_eq!(first.as_str().unwrap().len(), 64);
    telegram.say(ANN, ANN, "!echo hello");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo hello
    bot@ann > hello
    ");
}

#[tokio::test]
async fn only_telegram_is_believed_and_nothing_that_was_said_is_kept() {
    let (telegram, bot) = delivered(WITH_USER).await;
    let body = json!({ "update_id": 7, "message": { "message_id": 1, "date": 1,
        "chat": { "id": ANN, "type": "private" }, "from": { "id": ANN, "is_bot": false, "first_name": "Ann" },
        "text": "!echo a canary" } });
    let (right, user, path) = ((SECRET, "s3cret"), ("authorization", "Basic dGc6cCUyMHc="), "/hooks/telegram");
    let rows: [(&str, Vec<(&str, &str)>); 7] = [
        ("nothing", vec![]),
        ("the user alone", vec![user]),
        ("another secret", vec![(SECRET, "guessed"), user]),
        ("no user", vec![right]),
        ("another user", vec![right, ("authorization", "Basic dGc6Z3Vlc3M=")]),
        ("a bearer", vec![right, ("authorization", "Bearer s3cret")]),
        ("both", vec![right, user]),
    ];
    for (who, headers) in &rows {
        bot.post(who, request(path, headers, &body.to_string())).await;
    }
    bot.post("again", request(path, &[right, user], &body.to_string())).await;
    bot.post("no JSON", request(path, &[right, user], "{")).await;
    bot.post("no update", request(path, &[right, user], "[1]")).await;
    noted(&bot, 6).await;
    bot.say_privately("admin", "!incidents").await;
    bot.say_privately("admin", "!requests show 7").await;
    let shown = bot.transcript().replace(&bot.host().http().port().to_string(), "PORT");
    insta::assert_snapshot!(shown, @"
    nothing > POST /hooks/telegram 401
    the user alone > POST /hooks/telegram 401
    another secret > POST /hooks/telegram 403
    no user > POST /hooks/telegram 401
    another user > POST /hooks/telegram 403
    a bearer > POST /hooks/telegram 403
    both    > POST /hooks/telegram 200
    again   > POST /hooks/telegram 200
    no JSON > POST /hooks/telegram 200
    no update > POST /hooks/telegram 200
    admin   > !incidents
    bot     > #6 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /hooks/telegram: the user or password is not that of webhook_url (!requests show 6)
              #5 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /hooks/telegram: the user or password is not that of webhook_url (!requests show 5)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /hooks/telegram: the user and password of webhook_url are missing (!requests show 4)
              #3 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /hooks/telegram: the secret in x-telegram-bot-api-secret-token is another (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /hooks/telegram: the header x-telegram-bot-api-secret-token is missing (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /hooks/telegram: the header x-telegram-bot-api-secret-token is missing (!requests show 1)
    admin   > !requests show 7
    bot     > #7 2026-11-20 10:00:00Z POST /hooks/telegram from 127.0.0.1: 200 accepted: update 7: a line
              user: tg
              x-telegram-bot-api-secret-token: ***
              authorization: Basic tg:***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 162
              The body was not kept: what people say to a chat network is not.
              It led to no notice.
    ");
    insta::assert_snapshot!(telegram.transcript(), @"bot@ann > a canary");
    for file in ["journal.db", "journal.db-wal"] {
        let kept = std::fs::read(bot.folder().join("data").join(file)).unwrap_or_default();
        let kept = String::from_utf8_lossy(&kept).matches("guessed").count();
        assert_eq!(kept, 0, "in {file}");
    }
}

#[tokio::test]
async fn what_the_journal_did_not_take_is_posted_again_and_run_once() {
    let (telegram, bot) = delivered(PLAIN).await;
    journal_takes_updates(&bot, false);
    telegram.say(ANN, ANN, "!echo once");
    telegram.wait_for_deliveries(2).await;
    journal_takes_updates(&bot, true);
    heard(&telegram, &bot).await;
    let mut answers: Vec<_> = telegram.deliveries().iter().map(|delivery| delivery.status).collect();
    answers.dedup();
    assert_eq!(answers, [Some(503), Some(200)]);
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo once
    bot@ann > once
    ");
}

#[tokio::test]
async fn what_telegram_cannot_deliver_is_in_the_status() {
    let (telegram, bot) = delivered(PLAIN).await;
    telegram.deliver_webhooks_to("http://127.0.0.1:1");
    telegram.say(ANN, ANN, "!echo late");
    telegram.wait_for_deliveries(1).await;
    passing(&bot, until("the error", || link(&bot) != Link::Up)).await;
    insta::assert_snapshot!(status(&bot).await, @"telegram connected, but not well since 2026-11-20 10:01:00Z: Telegram cannot deliver to webhook_url: Connection refused (1 waiting)");
    connect(&telegram, &bot);
    heard(&telegram, &bot).await;
    bot.pass(Duration::from_secs(300)).await;
    passing(&bot, until("the end", || link(&bot) == Link::Up)).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo late
    bot@ann > late
    ");
}

#[tokio::test]
async fn a_webhook_that_another_program_changed_is_set_anew() {
    let (telegram, bot) = delivered(PLAIN).await;
    let ours = "https://bot.example.com/telegram";
    let others = [
        json!({ "url": "https://other.example.com/telegram" }),
        json!({ "url": "" }),
        json!({ "url": ours, "secret_token": "s3cret", "allowed_updates": ["poll", "some_future_thing"] }),
    ];
    let mut shown = vec![];
    for other in others {
        let set = telegram.count("setWebhook");
        other_program(&telegram, "setWebhook", other).await;
        passing(&bot, until("the change", || link(&bot) != Link::Up)).await;
        shown.push(status(&bot).await);
        telegram.wait_for_calls("setWebhook", set + 2).await;
        passing(&bot, until("the end", || link(&bot) == Link::Up)).await;
    }
    shown.dedup_by_key(|line| line.split_once(": ").map(|(_, why)| why.to_owned()));
    insta::assert_snapshot!(shown.join("\n"), @"telegram connected, but not well since 2026-11-20 10:01:00Z: somebody else has set another webhook, or none; it is set anew");
    // Another secret is seen by what is refused.
    other_program(&telegram, "setWebhook", json!({ "url": ours, "secret_token": "theirs" })).await;
    telegram.say(ANN, ANN, "!echo at last");
    passing(&bot, telegram.wait_for("bot@ann > at last")).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo at last
    bot@ann > at last
    ");
}

#[tokio::test]
async fn a_url_that_telegram_refuses_ends_the_network() {
    let telegram = telegram().await;
    let url = "webhook_url = \"https://127.0.0.1/telegram\"";
    let bot = on(&telegram, Bot::with::<Probe>(), url).start().await;
    bot.posted("has given up").await;
    insta::assert_snapshot!(bot.transcript(), @"bot     > [host] The network telegram has given up: Telegram refuses webhook_url: Bad Request: bad webhook: IP address 127.0.0.1 is reserved. Nothing is read there any more: mend it in the config and start me again. !status shows what waits for it.");
}

#[tokio::test]
async fn every_sample_and_what_came_of_it() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/telegram");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "json")).collect();
    files.sort();
    let telegram = telegram().await;
    for (id, name) in [(1_111_111, "Testusername"), (5, "Nameless")] {
        telegram.user(id, name);
        telegram.private(id);
    }
    telegram.forum(-1_001_234_567_890, "CI");
    telegram.topic(-1_001_234_567_890, 42, "builds");
    telegram.channel(-1_009_876_543_210, "News", None);
    let bot = on(&telegram, Bot::with::<Probe>(), PLAIN).start().await;
    until("the webhook", || link(&bot) == Link::Up).await;
    let mut table = String::new();
    for (n, file) in files.iter().enumerate() {
        let mut update: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        if let Some(fields) = update.as_object_mut() {
            fields.insert("update_id".into(), json!(n));
        }
        let name = file.file_stem().unwrap().to_str().unwrap();
        let answer = bot.post(name, request("/telegram", &[(SECRET, "s3cret")], &update.to_string())).await;
        bot.pass(Duration::from_secs(20)).await;
        let kept = bot.host().shared.journal.requests(&Filter::default(), 1).await.unwrap();
        let summary = kept[0].reason.as_str();
        table += &format!(
            "{name}: {} {}\n",
            answer.status.as_u16(),
            summary.split_once(": ").map_or(summary, |(_, what)| what)
        );
        let said = telegram.transcript();
        let mut lines: Vec<&str> = said.lines().collect();
        if lines.iter().all(|line| line.starts_with("bot@")) {
            lines.sort_unstable(); // several chats, whose order among each other is open
        }
        for line in lines {
            let line: String = line.chars().take(100).collect();
            table += &format!("    {line}\n");
        }
    }
    insta::assert_snapshot!(table, @"
    derived-anonymous-admin: 200 a line
        bot@-1001234567890 > There is no command <code>!travis</code>. Try <code>!help</code>.
    derived-bot-added-to-group: 200 a change of a chat
        bot@-1001234567890 (silent) > Hello! This chat is <code>telegram:-1001234567890</code>; <code>!help<
        bot@ann > I was added to <b>CI</b> by Ann S (telegram:1111111). Its address is <code>telegram:-10012
    derived-bot-blocked: 200 a person blocked or unblocked the bot
    derived-callback-query: 200 a line
        bot@-1001234567890 > There is no command <code>!confirm:7f3a</code>. Try <code>!help</code>.
    derived-channel-post: 200 a line
        bot@-1009876543210 > <b>factotum</b> 0.1.0, up 1 min 20 s
                  <b>console</b> ✅ <b>connected</b>
                  <b>telegram</b> ✅ <b>connected</b>
                  plugins on: probe
    derived-forum-topic-message: 200 a line
        bot@-1001234567890/42 > <b>factotum</b> 0.1.0, up 1 min 40 s
                  <b>console</b> ✅ <b>connected</b>
                  <b>telegram</b> ✅ <b>connected</b>
                  plugins on: probe
    derived-group-bang-command: 200 a line
        bot@-1001234567890 > There is no command <code>!travis</code>. Try <code>!help</code>.
    derived-group-command-for-other-bot: 200 for another bot
    derived-group-command-for-us: 200 a line
        bot@-1001234567890 > There is no command <code>!travis</code>. Try <code>!help</code>.
    derived-migrate-from: 200 a change of a chat
    derived-migrate-to: 200 a change of a chat
    derived-photo-caption-command: 200 a line
        bot@testusername > <b>factotum</b> 0.1.0, up 3 min 40 s
                  <b>console</b> ✅ <b>connected</b>
                  <b>telegram</b> ✅ <b>connected</b>
                  plugins on: probe
    derived-plain-supergroup-reply-has-thread-id: 200 a line
        bot@-1001234567890 > <b>factotum</b> 0.1.0, up 4 min
                  <b>console</b> ✅ <b>connected</b>
                  <b>telegram</b> ✅ <b>connected</b>
                  plugins on: probe
    derived-private-no-lastname-no-username: 200 a line
        bot@nameless > <b>factotum</b> 0.1.0, up 4 min 20 s
                  <b>console</b> ✅ <b>connected</b>
                  <b>telegram</b> ✅ <b>connected</b>
                  plugins on: probe
    derived-unknown-update-kind: 200 an update of another kind
    errors: 200 no update of Telegram's
    guide-callback-inline: 200 a press of nothing
    guide-document: 200 no text
    guide-edited: 200 an edited message
    guide-entities: 200 a line
        bot@testusername > Commands begin with <code>!</code>: try <code>!help</code>.
    guide-forwarded: 200 a line
        bot@testusername > Hello <b>Test Firstname Test Lastname</b>! <code>!help</code> lists what you may 
    guide-reply: 200 a line
        bot@testusername > Hello <b>Test Firstname Test Lastname</b>! <code>!help</code> lists what you may 
    guide-text: 200 a line
        bot@testusername > Hello <b>Test Firstname Test Lastname</b>! <code>!help</code> lists what you may
    ");
}
