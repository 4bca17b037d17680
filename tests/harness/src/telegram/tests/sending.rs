//! What may be said where.
use super::*;

const EMPTY: &str = "400 Bad Request: message text is empty";
const LONG: &str = "400 Bad Request: message is too long";

#[tokio::test]
async fn a_text_has_1_to_4096_utf_16_units_after_parsing() {
    let telegram = server().await;
    let plain = |text: &str| json!({ "chat_id": 111, "text": text });
    let html = |text: &str| json!({ "chat_id": 111, "text": text, "parse_mode": "HTML" });
    let rows = [
        (plain("a"), "ok"),
        (json!({ "chat_id": 111 }), EMPTY),
        (plain(""), EMPTY),
        (plain(" \n "), EMPTY),
        (html("<b></b>"), EMPTY),
        (html("<b> </b>"), EMPTY),
        (plain(&"ü".repeat(4096)), "ok"),
        (plain(&"ü".repeat(4097)), LONG),
        (plain(&"😀".repeat(2048)), "ok"),
        (plain(&"😀".repeat(2049)), LONG),
        (html(&format!("<b>{}</b>", "&lt;".repeat(4096))), "ok"),
        (html(&format!("<b>{}</b>", "&lt;".repeat(4097))), LONG),
        (json!({ "chat_id": 111, "text": "a", "parse_mode": "Latex" }), "400 Bad Request: unsupported parse_mode"),
    ];
    table(&telegram, "SendMessage", &rows).await;
}

#[tokio::test]
async fn html_becomes_entities() {
    let telegram = server().await;
    let rows = [
        ("<b>ü😀</b> <i>x</i>", "ü😀 x", json!([["bold", 0, 3], ["italic", 4, 1]])),
        (
            "<strong>a</strong><em>b</em><u>c</u><ins>d</ins>",
            "abcd",
            json!([["bold", 0, 1], ["italic", 1, 1], ["underline", 2, 1], ["underline", 3, 1]]),
        ),
        (
            "<s>a</s><strike>b</strike><del>c</del>",
            "abc",
            json!([["strikethrough", 0, 1], ["strikethrough", 1, 1], ["strikethrough", 2, 1]]),
        ),
        (
            "<tg-spoiler>a</tg-spoiler><span class=\"tg-spoiler\">b</span>",
            "ab",
            json!([["spoiler", 0, 1], ["spoiler", 1, 1]]),
        ),
        ("<code>a</code><pre>b</pre>", "ab", json!([["code", 0, 1], ["pre", 1, 1]])),
        (
            "<blockquote>a</blockquote><blockquote expandable>b</blockquote>",
            "ab",
            json!([["blockquote", 0, 1], ["expandable_blockquote", 1, 1]]),
        ),
        ("<B>a<I>b</I></B>", "ab", json!([["bold", 0, 2], ["italic", 1, 1]])),
        ("<a href=\"https://x/?a=1&amp;b=2\">l</a>", "l", json!([["text_link", 0, 1]])),
        ("<a href=\"nowhere\">l</a>", "l", json!([])),
        ("<b>a</>", "a", json!([["bold", 0, 1]])),
        ("&lt;&gt;&amp;&quot;&#65;&#x42;&nbsp;& &foo;", "<>&\"AB&nbsp;& &foo;", json!([])),
        ("  <b> a </b>\n", "a", json!([["bold", 0, 1]])),
        ("<b></b>x", "x", json!([])),
    ];
    for (source, text, entities) in rows {
        let sent =
            call(&telegram, "SendMessage", json!({ "chat_id": 111, "text": source, "parse_mode": "html" })).await;
        let got: Vec<Value> = sent["entities"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entity| json!([entity["type"], entity["offset"], entity["length"]]))
            .collect();
        assert_eq!((&sent["text"], &json!(got)), (&json!(text), &entities), "{source}");
    }
    let link = "<a href='https://x/?a=1&amp;b=2'>l</a>";
    let sent = call(&telegram, "SendMessage", json!({ "chat_id": 111, "text": link, "parse_mode": "HTML" })).await;
    assert_eq!(sent["entities"][0]["url"], "https://x/?a=1&b=2");
    let given = json!({ "chat_id": 111, "text": "ab", "entities": [{ "type": "bold", "offset": 0, "length": 3 }] });
    assert!(refusal(&telegram, "SendMessage", given).await.contains("ends after the end of the text"));
}

#[tokio::test]
async fn markup_that_cannot_be_read_is_refused() {
    let telegram = server().await;
    let rows = [
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("ü <moon>", "Unsupported start tag \"moon\" at byte offset 3"),
        ("a < b", "Unsupported start tag \"\" at byte offset 2"),
        ("1 <2>", "Unsupported start tag \"2\" at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href=\"x>y</a>", "Unclosed start tag \"a\" at byte offset 0"),
        ("<a href>y</a>", "Expected equal sign in declaration of an attribute of the tag \"a\" at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span class=\"x\">a</span>", "Tag \"span\" must have class \"tg-spoiler\" at byte offset 0"),
    ];
    for (text, why) in rows {
        let refused = refusal(&telegram, "SendMessage", json!({ "chat_id": 111, "text": text, "parse_mode": "HTML" }));
        assert_eq!(refused.await, format!("400 Bad Request: can't parse entities: {why}"), "{text}");
    }
    assert_eq!(telegram.messages(111), []);
}

#[tokio::test]
async fn buttons_are_checked() {
    let telegram = server().await;
    let under = |markup: Value| json!({ "chat_id": 111, "text": "a", "reply_markup": markup });
    let one = |button: Value| under(json!({ "inline_keyboard": [[button]] }));
    let data = |data: &str| one(json!({ "text": "go", "callback_data": data }));
    let invalid = "400 Bad Request: BUTTON_DATA_INVALID";
    let rows = [
        (data("x"), "ok"),
        (data(&"x".repeat(64)), "ok"),
        (data(&"x".repeat(65)), invalid),
        (data(&"ü".repeat(32)), "ok"),
        (data(&"ü".repeat(33)), invalid),
        (data(""), invalid),
        (
            one(json!({ "text": " ", "callback_data": "x" })),
            "400 Bad Request: inline keyboard button text must be non-empty",
        ),
        (one(json!({ "text": "x", "url": "https://x" })), "ok"),
        (
            one(json!({ "text": "x" })),
            "400 Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (under(json!({ "force_reply": true, "selective": true })), "ok"),
        (under(json!("x")), "400 Bad Request: object expected as reply markup"),
        (under(json!("{\"force_reply\":true}")), "ok"),
    ];
    table(&telegram, "SendMessage", &rows).await;
}

#[tokio::test]
async fn the_bot_speaks_only_where_it_may() {
    let telegram = server().await;
    telegram.group(-1, "Left");
    telegram.group(-2, "Thrown out");
    telegram.channel(-100777, "News", Some("thenews"));
    telegram.channel(-100778, "Gone", None);
    telegram.forum(-1005, "Forum");
    telegram.topic(-1005, 42, "Builds");
    telegram.remove_bot(-2, 111);
    telegram.remove_bot(GROUP, 111);
    telegram.remove_bot(-100778, 111);
    telegram.block(222);
    let to = |chat: Value| json!({ "chat_id": chat, "text": "a" });
    let topic = |chat: i64, topic: i64| json!({ "chat_id": chat, "text": "a", "message_thread_id": topic });
    let no_topic = "400 Bad Request: message thread not found";
    let rows = [
        (to(json!(111)), "ok"),
        (to(json!("111")), "ok"),
        (to(json!(9)), "400 Bad Request: chat not found"),
        (to(json!("@nobody")), "400 Bad Request: chat not found"),
        (to(json!("@ann")), "400 Bad Request: chat not found"),
        (to(json!("@TheNews")), "ok"),
        (json!({ "text": "a" }), "400 Bad Request: chat_id is empty"),
        (to(json!(222)), "403 Forbidden: bot was blocked by the user"),
        (to(json!(333)), "403 Forbidden: bot can't initiate conversation with a user"),
        (to(json!(-2)), "403 Forbidden: bot was kicked from the group chat"),
        (to(json!(GROUP)), "403 Forbidden: bot was kicked from the supergroup chat"),
        (to(json!(-100778)), "403 Forbidden: bot was kicked from the channel chat"),
        (to(json!(-1005)), "ok"),
        (topic(-1005, 42), "ok"),
        (topic(-1005, 43), no_topic),
        (topic(-1005, 1), no_topic),
        (topic(-1, 42), no_topic),
    ];
    table(&telegram, "SendMessage", &rows).await;
    telegram.promote_bot(-100777, 111, false);
    telegram.delete_topic(-1005, 42);
    let rows = [
        (to(json!(-100777)), "400 Bad Request: need administrator rights in the channel chat"),
        (topic(-1005, 42), no_topic),
    ];
    table(&telegram, "SendMessage", &rows).await;
    let to = telegram.upgrade(-1);
    let moved = ask(&telegram, "SendMessage", &json!({ "chat_id": -1, "text": "a" })).await.unwrap();
    let expected = json!({
        "ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": { "migrate_to_chat_id": to },
    });
    assert_eq!(moved, expected);
    call(&telegram, "SendMessage", json!({ "chat_id": to, "text": "moved" })).await;
}

#[tokio::test]
async fn an_answer_needs_what_it_answers() {
    let telegram = server().await;
    let asked = telegram.say(GROUP, 111, "!status");
    let reply = |parameters: Value| json!({ "chat_id": GROUP, "text": "up", "reply_parameters": parameters });
    let rows = [
        (reply(json!({ "message_id": asked })), "ok"),
        (reply(json!({ "message_id": 99 })), "400 Bad Request: message to be replied not found"),
        (reply(json!({ "message_id": 99, "allow_sending_without_reply": true })), "ok"),
        (
            json!({ "chat_id": GROUP, "text": "up", "reply_to_message_id": 99 }),
            "400 Bad Request: message to be replied not found",
        ),
    ];
    table(&telegram, "SendMessage", &rows).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1001234 > !status
    bot@-1001234 (reply to 1) > up
    bot@-1001234 > up
    ");
    assert_eq!(telegram.messages(GROUP)[1].json["reply_to_message"]["text"], "!status");
}

#[tokio::test]
async fn what_it_says_is_shown_with_its_markup() {
    let telegram = server().await;
    telegram.forum(-1005, "Forum");
    telegram.topic(-1005, 42, "Builds");
    telegram.say_in_topic(-1005, 42, 111, "!status");
    let keyboard = json!({ "inline_keyboard": [
        [{ "text": "again", "callback_data": "1" }, { "text": "stop", "callback_data": "2" }],
        [{ "text": "log", "url": "https://x" }],
    ] });
    let params = json!({
        "chat_id": -1005, "message_thread_id": 42, "text": "<b>up</b>\nsince 1 &lt; 2", "parse_mode": "HTML",
        "disable_notification": true, "reply_parameters": { "message_id": 43 }, "reply_markup": keyboard,
    });
    let sent = call(&telegram, "SendMessage", params).await;
    assert_eq!(sent["is_topic_message"], true);
    assert_eq!(sent["reply_markup"], keyboard);
    call(
        &telegram,
        "SendMessage",
        json!({ "chat_id": 111, "text": "Which?", "reply_markup": { "force_reply": true } }),
    )
    .await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-1005/42 > !status
    bot@-1005/42 (silent) (reply to 43) > <b>up</b>
              since 1 &lt; 2
              [again] [stop]
              [log]
    bot@ann (asks) > Which?
    ");
    let shown = telegram.messages(-1005).pop().unwrap();
    assert_eq!((shown.id, shown.thread, &*shown.author), (44, Some(42), "bot"));
    assert_eq!((&*shown.text, &*shown.source), ("up\nsince 1 < 2", "<b>up</b>\nsince 1 &lt; 2"));
    assert_eq!(shown.buttons, [vec!["again", "stop"], vec!["log"]]);
}

#[tokio::test]
async fn the_limits_are_the_real_ones_when_wanted() {
    let telegram = server().await;
    // Without HTTP, since the limits count in real time.
    let send = |chat: i64| {
        let params = [("chat_id".to_owned(), json!(chat)), ("text".to_owned(), json!("a"))];
        let call =
            request::Call { method: "sendMessage".into(), params: params.into_iter().collect(), ..Default::default() };
        telegram.core.change(|state| state.execute(&call))
    };
    telegram.limits(true);
    assert!((0..5).all(|_| send(111).is_ok()));
    let refused = send(111).unwrap_err();
    assert_eq!((refused.code, &*refused.description), (429, "Too Many Requests: retry after 1"));
    assert_eq!(refused.parameters, Some(json!({ "retry_after": 1 })));
    send(222).unwrap();
    telegram.limits(false);
    assert!((0..40).all(|_| send(111).is_ok()));
}
