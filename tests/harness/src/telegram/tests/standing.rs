//! Changing and removing what stands, and answering presses.
use super::*;

#[tokio::test]
async fn only_own_messages_are_changed() {
    let telegram = server().await;
    let hers = telegram.say(GROUP, 111, "hello");
    let keyboard = |data: &str| json!({ "inline_keyboard": [[{ "text": "go", "callback_data": data }]] });
    let sent = json!({ "chat_id": GROUP, "text": "<b>a</b>", "parse_mode": "HTML", "reply_markup": keyboard("1") });
    let own = call(&telegram, "SendMessage", sent).await["message_id"].as_i64().unwrap();
    let same = "400 Bad Request: message is not modified: specified new message content and reply markup are exactly \
        the same as a current content and reply markup of the message";
    let edit = |id: i64, text: &str, keyboard: Value| json!({ "chat_id": GROUP, "message_id": id, "text": text, "parse_mode": "HTML", "reply_markup": keyboard });
    let rows = [
        (edit(own, "<b>a</b>", keyboard("1")), same),
        (edit(own, "<strong>a</strong>", keyboard("1")), same),
        (edit(own, "<b>a</b>", keyboard("2")), "ok"),
        (edit(own, "a", keyboard("2")), "ok"),
        (edit(own, "a", Value::Null), "ok"),
        (edit(own, "a", Value::Null), same),
        (
            edit(own, "<b>a", Value::Null),
            "400 Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\"",
        ),
        (edit(own, "", Value::Null), "400 Bad Request: message text is empty"),
        (edit(99, "a", Value::Null), "400 Bad Request: message to edit not found"),
        (edit(hers, "a", Value::Null), "400 Bad Request: message can't be edited"),
    ];
    table(&telegram, "EditMessageText", &rows).await;
    let markup = |keyboard: Value| json!({ "chat_id": GROUP, "message_id": own, "reply_markup": keyboard });
    let rows = [(markup(keyboard("3")), "ok"), (markup(keyboard("3")), same), (markup(Value::Null), "ok")];
    table(&telegram, "EditMessageReplyMarkup", &rows).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1001234 > hello
    bot@-1001234 > <b>a</b>
              [go]
    bot@-1001234 edits 2 > <b>a</b>
              [go]
    bot@-1001234 edits 2 > a
              [go]
    bot@-1001234 edits 2 > a
    bot@-1001234 edits 2 > a
              [go]
    bot@-1001234 edits 2 > a
    ");
}

#[tokio::test]
async fn messages_of_others_are_removed_by_admins_only() {
    let telegram = server().await;
    let hers = telegram.say(GROUP, 111, "!travis token o/r s3cret");
    let private = telegram.say(111, 111, "hello");
    let own = call(&telegram, "SendMessage", json!({ "chat_id": GROUP, "text": "a" })).await["message_id"].clone();
    let delete = |chat: i64, id: Value| json!({ "chat_id": chat, "message_id": id });
    let rows = [
        (delete(GROUP, json!(hers)), "400 Bad Request: message can't be deleted"),
        (delete(GROUP, json!(99)), "400 Bad Request: message to delete not found"),
        (delete(GROUP, own.clone()), "ok"),
        (delete(GROUP, own), "400 Bad Request: message to delete not found"),
        (delete(111, json!(private)), "ok"),
    ];
    table(&telegram, "DeleteMessage", &rows).await;
    telegram.bot_is_admin(GROUP);
    table(&telegram, "DeleteMessage", &[(delete(GROUP, json!(hers)), "ok")]).await;
    assert_eq!(telegram.messages(GROUP), []);
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1001234 > !travis token o/r s3cret
    ann     > hello
    bot@-1001234 > a
    bot@-1001234 deletes 2 > a
    bot@ann deletes 1 > hello
    bot@-1001234 deletes 1 > !travis token o/r s3cret
    ");
}

#[tokio::test]
async fn a_press_is_answered_once_and_soon() {
    let telegram = server().await;
    for data in ["old", "new"] {
        let keyboard = json!({ "inline_keyboard": [[{ "text": "go", "callback_data": data }]] });
        call(&telegram, "SendMessage", json!({ "chat_id": GROUP, "text": data, "reply_markup": keyboard })).await;
    }
    let id = telegram.press(GROUP, 222, "go");
    let query = call(&telegram, "GetUpdates", json!({})).await[0]["callback_query"].clone();
    assert_eq!((&query["data"], &query["from"]["id"]), (&json!("new"), &json!(222)));
    assert_eq!((&query["id"], &query["message"]["message_id"]), (&json!(id), &json!(2)));
    let late = "400 Bad Request: query is too old and response timeout expired or query ID is invalid";
    let answer = |id: &str, text: &str| json!({ "callback_query_id": id, "text": text });
    let another = telegram.press(GROUP, 111, "go");
    let quiet = telegram.press(GROUP, 111, "go");
    let old = telegram.press(GROUP, 111, "go");
    let rows = [
        (answer(&id, &"x".repeat(201)), "400 Bad Request: MESSAGE_TOO_LONG"),
        (answer(&id, "on its way"), "ok"),
        (answer(&id, "again"), late),
        (answer("nothing", ""), late),
        (json!({ "callback_query_id": another, "text": "Not yours", "show_alert": true }), "ok"),
        (json!({ "callback_query_id": quiet }), "ok"),
    ];
    table(&telegram, "AnswerCallbackQuery", &rows).await;
    telegram.expire_presses();
    table(&telegram, "AnswerCallbackQuery", &[(answer(&old, ""), late)]).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bot@-1001234 > old
              [go]
    bot@-1001234 > new
              [go]
    bob@-1001234 > [go]
    ann@-1001234 > [go]
    ann@-1001234 > [go]
    ann@-1001234 > [go]
    bot answers bob > on its way
    bot alerts ann > Not yours
    bot answers ann >
    ");
}
