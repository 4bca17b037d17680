//! What people do, and how the bot hears of it.
use super::*;

async fn heard(telegram: &Telegram) -> Vec<Value> {
    let updates = call(telegram, "GetUpdates", json!({})).await.as_array().unwrap().clone();
    if let Some(last) = updates.last() {
        let next = last["update_id"].as_i64().unwrap() + 1;
        call(telegram, "GetUpdates", json!({ "offset": next })).await;
    }
    updates
}

async fn texts(telegram: &Telegram) -> Vec<String> {
    let text = |update: &Value| update["message"]["text"].as_str().unwrap_or("(service)").to_owned();
    heard(telegram).await.iter().map(text).collect()
}

#[tokio::test]
async fn commands_are_entities() {
    let telegram = server().await;
    let rows = [
        ("/travis routes", json!([[0, 7]])),
        ("/travis@host_test_bot routes", json!([[0, 21]])),
        ("😀 /a /b", json!([[3, 2], [6, 2]])),
        ("a/b !c", json!([])),
        ("/", json!([])),
    ];
    for (text, expected) in rows {
        telegram.say(111, 111, text);
        let message = &heard(&telegram).await[0]["message"];
        let entities = message["entities"].as_array().cloned().unwrap_or_default();
        let got: Vec<Value> = entities.iter().map(|entity| json!([entity["offset"], entity["length"]])).collect();
        assert_eq!(json!(got), expected, "{text}");
    }
}

#[tokio::test]
async fn messages_are_shaped_as_the_samples() {
    let telegram = server().await;
    telegram.forum(-1005, "Forum");
    telegram.topic(-1005, 42, "Builds");
    telegram.channel(-100777, "News", Some("thenews"));
    let asked = telegram.say(GROUP, 111, "!status");
    telegram.reply(GROUP, 222, asked, "what?");
    telegram.say_in_topic(-1005, 42, 111, "!status");
    telegram.caption(111, 111, "!caption");
    telegram.as_anonymous_admin(GROUP, "!config");
    telegram.post_in_channel(-100777, "!post");
    telegram.edit(GROUP, asked, "!start us");
    let [said, reply, topic, caption, anonymous, post, edited] = heard(&telegram).await.try_into().unwrap();
    assert_eq!(said["message"]["chat"], json!({ "id": GROUP, "type": "supergroup", "title": "Dev" }));
    assert_eq!(said["message"]["from"]["username"], "ann");
    assert_eq!(reply["message"]["reply_to_message"]["message_id"], asked);
    assert_eq!(
        (&reply["message"]["message_thread_id"], &reply["message"]["is_topic_message"]),
        (&json!(asked), &Value::Null)
    );
    assert_eq!(
        (&topic["message"]["message_thread_id"], &topic["message"]["is_topic_message"]),
        (&json!(42), &json!(true))
    );
    assert_eq!(topic["message"]["reply_to_message"]["forum_topic_created"]["name"], "Builds");
    assert_eq!(topic["message"]["chat"]["is_forum"], true);
    assert_eq!((&caption["message"]["caption"], &caption["message"]["text"]), (&json!("!caption"), &Value::Null));
    assert_eq!(anonymous["message"]["from"]["id"], 1_087_968_824);
    assert_eq!(anonymous["message"]["sender_chat"]["id"], GROUP);
    assert_eq!(
        (&post["channel_post"]["from"], &post["channel_post"]["sender_chat"]["id"]),
        (&Value::Null, &json!(-100777))
    );
    assert_eq!(edited["edited_message"]["text"], "!start us");
    assert!(edited["edited_message"]["edit_date"].is_number());
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1001234 > !status
    bob@-1001234 (reply to 1) > what?
    ann@-1005/42 > !status
    ann (photo) > !caption
    anonymous@-1001234 > !config
    channel@-100777 > !post
    ann@-1001234 edits 1 > !start us
    ");
}

#[tokio::test]
async fn privacy_mode_hides_what_is_not_for_the_bot() {
    let telegram = server().await;
    telegram.privacy(true);
    let own = call(&telegram, "SendMessage", json!({ "chat_id": GROUP, "text": "Which?" })).await;
    let lines = ["!status", "/status", "/status@host_test_bot x", "/status@other_bot", "hello"];
    for line in lines {
        telegram.say(GROUP, 111, line);
    }
    telegram.reply(GROUP, 111, own["message_id"].as_i64().unwrap(), "this one");
    telegram.say(111, 111, "in private");
    assert_eq!(texts(&telegram).await, ["/status", "/status@host_test_bot x", "this one", "in private"]);
    telegram.bot_is_admin(GROUP);
    telegram.say(GROUP, 111, "!status");
    assert_eq!(texts(&telegram).await, ["!status"]);
    telegram.privacy(false);
    for line in lines {
        telegram.say(GROUP, 111, line);
    }
    assert_eq!(texts(&telegram).await, lines);
}

#[tokio::test]
async fn the_bot_hears_where_it_may_be() {
    let telegram = server().await;
    telegram.remove_bot(GROUP, 111);
    telegram.say(GROUP, 111, "unheard");
    telegram.add_bot(GROUP, 222);
    telegram.block(111);
    telegram.say(111, 111, "back again");
    let updates = heard(&telegram).await;
    let standing = |update: &Value| {
        let member = &update["my_chat_member"];
        (member["old_chat_member"]["status"].clone(), member["new_chat_member"]["status"].clone())
    };
    let changes: Vec<_> = updates.iter().map(standing).filter(|(_, new)| !new.is_null()).collect();
    let expected = [("member", "kicked"), ("kicked", "member"), ("member", "kicked"), ("kicked", "member")];
    assert_eq!(changes, expected.map(|(old, new)| (json!(old), json!(new))));
    assert!(updates.iter().all(|update| update["message"]["text"] != "unheard"));
    assert_eq!(updates.last().unwrap()["message"]["text"], "back again");
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1001234 > (removes the bot)
    ann@-1001234 > unheard
    bob@-1001234 > (adds the bot)
    ann     > (blocks the bot)
    ann     > back again
    ");
}

#[tokio::test]
async fn a_first_line_lets_the_bot_answer() {
    let telegram = server().await;
    let hello = json!({ "chat_id": 333, "text": "hello" });
    assert!(refusal(&telegram, "SendMessage", hello.clone()).await.contains("can't initiate conversation"));
    telegram.say(333, 333, "/start");
    call(&telegram, "SendMessage", hello).await;
    telegram.wait_for("bot@eve > hello").await;
}

#[tokio::test]
async fn an_upgrade_is_told_in_both_chats() {
    let telegram = server().await;
    telegram.group(-123, "Dev");
    telegram.say(-123, 111, "before");
    let to = telegram.upgrade(-123);
    assert_eq!(to, -1_000_000_000_123);
    let [_, old, new] = heard(&telegram).await.try_into().unwrap();
    assert_eq!((&old["message"]["chat"]["id"], &old["message"]["migrate_to_chat_id"]), (&json!(-123), &json!(to)));
    assert_eq!((&new["message"]["chat"]["id"], &new["message"]["migrate_from_chat_id"]), (&json!(to), &json!(-123)));
    telegram.say(to, 111, "after");
    assert_eq!(texts(&telegram).await, ["after"]);
}

#[tokio::test]
async fn dates_follow_the_clock_of_the_test() {
    let telegram = server().await;
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    telegram.follow(&clock);
    clock.advance(Duration::from_secs(5));
    let sent = call(&telegram, "SendMessage", json!({ "chat_id": 111, "text": "a" })).await;
    assert_eq!(sent["date"], clock.now().as_second());
}
