//! How a call arrives, and what is known about the bot.
use super::*;

#[tokio::test]
async fn parameters_come_in_any_form_and_methods_in_any_case() {
    let telegram = server().await;
    let url = |method: &str| format!("{}/bot{TOKEN}/{method}", telegram.url());
    let query = client().get(format!("{}?chat_id=111&text=a%20b", url("SENDMESSAGE")));
    let form = client().post(url("SendMessage")).form(&[("chat_id", "111"), ("text", "form & more")]);
    let json = client().post(url("sendmessage")).json(&json!({ "chat_id": 111, "text": "json" }));
    let both = client().post(format!("{}?chat_id=111", url("sendMessage"))).json(&json!({ "text": "both" }));
    for request in [query, form, json, both] {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["ok"], true, "{answer}");
    }
    let body =
        parts(&[("chat_id", None, "111"), ("text", None, "two\r\nlines"), ("disable_notification", None, "true")]);
    assert_eq!(post_parts(&telegram, "SendMessage", body).await["ok"], true);
    insta::assert_snapshot!(telegram.transcript(), @"
    bot@ann > a b
    bot@ann > form & more
    bot@ann > json
    bot@ann > both
    bot@ann (silent) > two
              lines
    ");
    assert_eq!(telegram.count("sendmessage"), 5);
    let calls = telegram.calls();
    assert_eq!(calls[2], ("sendMessage".to_owned(), json!({ "chat_id": 111, "text": "json" })));
    assert_eq!(telegram.calls(), []);
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_method_are_refused() {
    let telegram = server().await;
    let rows = [
        ("/bot1:wrong/getMe", 401, "Unauthorized"),
        (&*format!("/bot{TOKEN}/getMoon"), 404, "Not Found"),
        ("/", 404, "Not Found"),
        ("/file/bot1:wrong/documents/x", 401, "Unauthorized"),
        (&*format!("/file/bot{TOKEN}/documents/x"), 404, "Not Found"),
    ];
    for (path, status, description) in rows {
        let answer = client().get(format!("{}{path}", telegram.url())).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer, json!({ "ok": false, "error_code": status, "description": description }), "{path}");
    }
    let broken = client().post(format!("{}/bot{TOKEN}/getMe", telegram.url()));
    let broken = broken.header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(broken.status().as_u16(), 400);
}

#[tokio::test]
async fn get_me_has_every_field_that_clients_want() {
    let telegram = server().await;
    let me = call(&telegram, "GetMe", json!({})).await;
    for field in [
        "id",
        "is_bot",
        "first_name",
        "username",
        "can_join_groups",
        "can_read_all_group_messages",
        "supports_inline_queries",
        "has_main_web_app",
    ] {
        assert!(!me[field].is_null(), "{field}");
    }
    assert_eq!(me["can_read_all_group_messages"], true);
    telegram.privacy(true);
    assert_eq!(call(&telegram, "GetMe", json!({})).await["can_read_all_group_messages"], false);
}

#[tokio::test]
async fn menus_have_scopes_and_limits() {
    let telegram = server().await;
    let one = |name: &str, about: &str| json!({ "commands": [{ "command": name, "description": about }] });
    let many = |n: usize| json!({ "commands": vec![json!({ "command": "a", "description": "b" }); n] });
    let scoped = |scope: Value| json!({ "scope": scope, "commands": [{ "command": "a", "description": "b" }] });
    let rows = [
        (one("travis_2", "Routes"), "ok"),
        (one(&"a".repeat(32), &"ü".repeat(256)), "ok"),
        (one(&"a".repeat(33), "b"), "400 Bad Request: BOT_COMMAND_INVALID"),
        (one("Travis", "b"), "400 Bad Request: BOT_COMMAND_INVALID"),
        (one("travis-route", "b"), "400 Bad Request: BOT_COMMAND_INVALID"),
        (one("", "b"), "400 Bad Request: BOT_COMMAND_INVALID"),
        (one("a", ""), "400 Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        (one("a", &"b".repeat(257)), "400 Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        (many(100), "ok"),
        (many(101), "400 Bad Request: BOT_COMMANDS_TOO_MUCH"),
        (scoped(json!({ "type": "all_private_chats" })), "ok"),
        (scoped(json!({ "type": "all_group_chats" })), "ok"),
        (scoped(json!({ "type": "all_chat_administrators" })), "ok"),
        (scoped(json!({ "type": "chat", "chat_id": 111 })), "ok"),
        (scoped(json!({ "type": "chat_administrators", "chat_id": GROUP })), "ok"),
        (scoped(json!({ "type": "chat_member", "chat_id": GROUP, "user_id": 111 })), "ok"),
        (scoped(json!({ "type": "chat", "chat_id": -9 })), "400 Bad Request: chat not found"),
        (scoped(json!({ "type": "moon" })), "400 Bad Request: can't parse BotCommandScope: unsupported type specified"),
    ];
    table(&telegram, "SetMyCommands", &rows).await;
    let german = json!({ "language_code": "de", "commands": [{ "command": "hilfe", "description": "Hilfe" }] });
    call(&telegram, "SetMyCommands", german).await;
    assert_eq!(telegram.menu("chat_member:-1001234:111"), ["/a - b"]);
    assert_eq!(telegram.menus()[5..], ["chat_member:-1001234:111", "default", "default (de)"]);
    let member = json!({ "scope": { "type": "chat", "chat_id": 111 } });
    assert_eq!(call(&telegram, "GetMyCommands", member.clone()).await, json!([{ "command": "a", "description": "b" }]));
    call(&telegram, "DeleteMyCommands", member.clone()).await;
    assert_eq!(call(&telegram, "GetMyCommands", member).await, json!([]));
}

#[tokio::test]
async fn files_go_both_ways() {
    let telegram = server().await;
    let body = parts(&[("chat_id", None, "111"), ("document", None, "attach://f0"), ("f0", Some("a.txt"), "a\r\nb")]);
    let sent = post_parts(&telegram, "SendDocument", body).await;
    assert_eq!(sent["result"]["document"]["file_name"], "a.txt");
    telegram.document(111, 111, "b.log", "bytes", "!check");
    let updates = call(&telegram, "GetUpdates", json!({})).await;
    let document = &updates[0]["message"]["document"];
    assert_eq!(updates[0]["message"]["caption"], "!check");
    for (id, bytes) in [(&sent["result"]["document"]["file_id"], "a\r\nb"), (&document["file_id"], "bytes")] {
        let file = call(&telegram, "GetFile", json!({ "file_id": id })).await;
        let path = file["file_path"].as_str().unwrap();
        let answer = client().get(format!("{}/file/bot{TOKEN}/{path}", telegram.url())).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), bytes);
    }
    let named = "--XX\r\nContent-Disposition: form-data; name=\"document\"; filename*=utf-8''b%C3%BC.txt\r\n\r\nx\r\n\
        --XX\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n111\r\n--XX--";
    let sent = post_parts(&telegram, "SendDocument", named.into()).await;
    assert_eq!(sent["result"]["document"]["file_name"], "bü.txt");
    let long = parts(&[("chat_id", None, "111"), ("caption", None, &"ü".repeat(1025)), ("document", Some("a"), "b")]);
    let refused = post_parts(&telegram, "SendDocument", long).await;
    assert_eq!(refused["description"], "Bad Request: message caption is too long");
    assert_eq!(refusal(&telegram, "GetFile", json!({ "file_id": "x" })).await, "400 Bad Request: invalid file_id");
    insta::assert_snapshot!(telegram.transcript(), @"
    bot@ann > (document a.txt)
    ann (document b.log) > !check
    bot@ann > (document bü.txt)
    ");
}

#[tokio::test]
async fn chats_and_members_are_told() {
    let telegram = server().await;
    telegram.forum(-1005, "Forum");
    telegram.channel(-100777, "News", Some("thenews"));
    telegram.admin(GROUP, 111);
    telegram.member(GROUP, 222);
    for (id, kind) in [(json!(111), "private"), (json!(GROUP), "supergroup"), (json!("@TheNews"), "channel")] {
        let chat = call(&telegram, "GetChat", json!({ "chat_id": id })).await;
        assert_eq!(chat["type"], kind);
        assert!(chat["accepted_gift_types"].is_object() && chat["max_reaction_count"].is_number(), "{chat}");
    }
    assert_eq!(call(&telegram, "GetChat", json!({ "chat_id": -1005 })).await["is_forum"], true);
    assert_eq!(call(&telegram, "GetChat", json!({ "chat_id": "@thenews" })).await["id"], -100777);
    for (user, status) in [(111, "administrator"), (222, "member"), (333, "left"), (BOT_ID, "member")] {
        let member = call(&telegram, "GetChatMember", json!({ "chat_id": GROUP, "user_id": user })).await;
        assert_eq!(member["status"], status, "{user}");
    }
    let unknown = json!({ "chat_id": GROUP, "user_id": 9 });
    assert_eq!(refusal(&telegram, "GetChatMember", unknown).await, "400 Bad Request: user not found");
    let rows = [
        (json!({ "chat_id": 111, "action": "typing" }), "ok"),
        (json!({ "chat_id": 111, "action": "dancing" }), "400 Bad Request: wrong parameter action in request"),
        (json!({ "chat_id": 9, "action": "typing" }), "400 Bad Request: chat not found"),
    ];
    table(&telegram, "SendChatAction", &rows).await;
}
