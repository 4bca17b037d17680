//! The long poll.
use super::*;

async fn ids(telegram: &Telegram, params: Value) -> Vec<i64> {
    let updates = call(telegram, "GetUpdates", params).await;
    updates.as_array().unwrap().iter().map(|update| update["update_id"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn an_offset_confirms_what_is_below() {
    let telegram = server().await;
    for n in 1..=5 {
        telegram.say(111, 111, &n.to_string());
    }
    // Each row follows from the one before.
    let rows = [
        (json!({}), vec![1, 2, 3, 4, 5]),
        (json!({ "limit": 2 }), vec![1, 2]),
        (json!({ "offset": 3, "limit": 1 }), vec![3]),
        (json!({ "offset": 0 }), vec![3, 4, 5]),
        (json!({ "offset": -2 }), vec![4, 5]),
        (json!({}), vec![4, 5]),
        (json!({ "offset": 6 }), vec![]),
        (json!({ "timeout": 0 }), vec![]),
    ];
    for (params, expected) in rows {
        assert_eq!(ids(&telegram, params.clone()).await, expected, "{params}");
    }
    assert_eq!(telegram.pending(), 0);
    telegram.drained().await;
}

#[tokio::test]
async fn a_long_poll_waits_for_the_next_update() {
    let telegram = server().await;
    let params = json!({ "timeout": 50 });
    let poll = ask(&telegram, "GetUpdates", &params);
    let says = async {
        telegram.wait_for_call("getupdates").await;
        telegram.say(111, 111, "at last");
    };
    let (answer, ()) = tokio::join!(poll, says);
    assert_eq!(answer.unwrap()["result"][0]["message"]["text"], "at last");
}

#[tokio::test]
async fn the_older_of_two_polls_ends() {
    let telegram = server().await;
    let (older, newer) = (json!({ "timeout": 50 }), json!({ "timeout": 0 }));
    let ends = async {
        telegram.wait_for_call("getUpdates").await;
        ask(&telegram, "GetUpdates", &newer).await.unwrap()
    };
    let (older, newer) = tokio::join!(ask(&telegram, "GetUpdates", &older), ends);
    let why = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(older.unwrap(), json!({ "ok": false, "error_code": 409, "description": why }));
    assert_eq!(newer["ok"], true);
}

#[tokio::test]
async fn a_webhook_and_a_poll_exclude_each_other() {
    let telegram = server().await;
    let poll = json!({ "timeout": 50 });
    let sets = async {
        telegram.wait_for_call("getUpdates").await;
        call(&telegram, "SetWebhook", json!({ "url": "https://bot.example/telegram" })).await
    };
    let (ended, _) = tokio::join!(ask(&telegram, "GetUpdates", &poll), sets);
    assert_eq!(ended.unwrap()["description"], "Conflict: terminated by setWebhook request");
    let why = "409 Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the \
        webhook first";
    assert_eq!(refusal(&telegram, "GetUpdates", json!({})).await, why);
    call(&telegram, "DeleteWebhook", json!({})).await;
    call(&telegram, "GetUpdates", json!({})).await;
}

#[tokio::test]
async fn only_allowed_kinds_are_kept() {
    let telegram = server().await;
    let sample = |kind: &str| json!({ "update_id": 99, kind: { "chat": { "id": GROUP } } });
    let send_all = || {
        for kind in ["message", "my_chat_member", "chat_member", "some_future_thing"] {
            telegram.update(sample(kind));
        }
    };
    send_all();
    assert_eq!(ids(&telegram, json!({})).await, [1, 2, 4]);
    call(&telegram, "GetUpdates", json!({ "offset": 9, "allowed_updates": ["message", "chat_member"] })).await;
    send_all();
    assert_eq!(ids(&telegram, json!({})).await, [5, 7]);
    call(&telegram, "GetUpdates", json!({ "offset": 9, "allowed_updates": [] })).await;
    send_all();
    assert_eq!(ids(&telegram, json!({ "offset": 9 })).await, [9, 10, 12]);
}
