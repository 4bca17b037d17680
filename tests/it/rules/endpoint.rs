//! What senders are answered: proof, rights, bodies.
use super::{rules, send, send_as, started};
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::prelude::*;
use http::Method;

const HI: &str = r#"{"message": {"text": "hi"}}"#;
const URL: &str = "telegram?command.message=message.text";

#[tokio::test]
async fn nothing_gets_in_without_the_right_user() {
    let bot = started().await;
    bot.say("ann", "!rules add all console:ops ${message}").await;
    let bare = bot.call("sender", Method::GET, "/api/v1/messages/webhook/telegram?a=1", |request| request).await;
    assert_eq!(bare.headers["www-authenticate"], "Basic realm=\"factotum\", charset=\"UTF-8\"");
    for user in ["telegram:wrong", "nobody:12345678", "telegram:"] {
        send_as(&bot, user, URL, HI).await;
    }
    send(&bot, "slack", HI).await;
    send(&bot, "telegram?entity=slack", HI).await;
    send(&bot, URL, HI).await;
    send(&bot, "Telegram/sub?command.message=message.text&entity=TELEGRAM", HI).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !rules add all console:ops ${message}
    bot     > all posts every message to console:ops.
    sender  > GET /api/v1/messages/webhook/telegram?a=1 401
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 401
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 401
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 401
    sender  > POST /api/v1/messages/webhook/slack 403
    sender  > POST /api/v1/messages/webhook/telegram?entity=slack 403
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 204
    bot@ops > hi
    sender  > POST /api/v1/messages/webhook/Telegram/sub?command.message=message.text&entity=TELEGRAM 204
    bot@ops > hi
    ");
    bot.say_privately("ann", "!incidents").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !incidents
    bot     > #6 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /api/v1/messages/webhook/…: the user may write telegram, and not slack (!requests show 6)
              #5 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /api/v1/messages/webhook/…: the user may write telegram, and not slack (!requests show 5)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /api/v1/messages/webhook/…: Bad credentials (!requests show 4)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /api/v1/messages/webhook/…: Bad credentials (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /api/v1/messages/webhook/…: Bad credentials (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /api/v1/messages/webhook/…: no credentials: the URL is like https://NAME:PASSWORD@HOST/… (!requests show 1)
    ");
}

#[tokio::test]
async fn who_guesses_too_often_waits_a_minute() {
    let bot = started().await;
    for _ in 0..10 {
        assert_eq!(send_as(&bot, "telegram:guess", URL, HI).await.status, 401);
    }
    // Also with the right password: an address cannot try on.
    assert_eq!(send(&bot, URL, HI).await.status, 429);
    bot.pass(Duration::from_secs(61)).await;
    assert_eq!(send(&bot, URL, HI).await.status, 204);
}

#[tokio::test]
async fn who_was_right_before_is_not_kept_out_by_a_neighbour_who_guesses() {
    let bot = started().await;
    assert_eq!(send(&bot, URL, HI).await.status, 204);
    bot.say_privately("ann", "!webhook user add ci travis-ci a-password").await;
    for nth in 0..10 {
        assert_eq!(send_as(&bot, &format!("eve:guess{nth}"), URL, HI).await.status, 401);
    }
    assert_eq!(send_as(&bot, "eve:guess", URL, HI).await.status, 429);
    bot.transcript();
    bot.say_privately("ann", "!requests --table webhook before 4").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests --table webhook before 4
    bot     > Received              Messages  User      Remote Address  Method  Details  URI                                Query String
              2026-11-20 10:00:00Z  0         eve       127.0.0.1       POST    #3 401   /api/v1/messages/webhook/…         command.message=message.text
              2026-11-20 10:00:00Z  0         eve       127.0.0.1       POST    #2 401   /api/v1/messages/webhook/…         command.message=message.text
              2026-11-20 10:00:00Z  0         telegram  127.0.0.1       POST    #1 204   /api/v1/messages/webhook/telegram  command.message=message.text
    ");
    assert_eq!(send(&bot, URL, HI).await.status, 204);
    // Nobody new, nor a name that somebody guesses at: one wrong password, and it is kept out too.
    assert_eq!(send_as(&bot, "ci:a-password", "travis-ci", HI).await.status, 429);
    assert_eq!(send_as(&bot, "telegram:guess", URL, HI).await.status, 429);
    assert_eq!(send(&bot, URL, HI).await.status, 429);
    bot.pass(Duration::from_secs(61)).await;
    assert_eq!(send(&bot, URL, HI).await.status, 204);
    assert_eq!(send_as(&bot, "ci:a-password", "travis-ci", HI).await.status, 204);
}

#[tokio::test]
async fn who_guesses_many_at_once_gets_no_more_tries() {
    let bot = started().await;
    let guess = |n: u32| {
        let basic = format!("Basic {}", STANDARD.encode(format!("telegram:guess{n}")));
        let headers = vec![("authorization".to_owned(), basic), ("content-type".into(), "application/json".into())];
        let path = Some(format!("/api/v1/messages/webhook/{URL}"));
        bot.begin_to_post("guesser", Sample { path, headers, body: HI.into() })
    };
    let mut answers = vec![];
    for answer in (0..40).map(guess).collect::<Vec<_>>() {
        answers.push(answer.await.unwrap().status.as_u16());
    }
    let (tried, stopped): (Vec<u16>, Vec<u16>) = answers.into_iter().partition(|status| *status == 401);
    // Two are worked out at a time.
    assert!((10..=11).contains(&tried.len()), "{}", tried.len());
    assert!(stopped.iter().all(|status| *status == 429), "{stopped:?}");
}

#[tokio::test]
async fn a_removed_user_and_an_old_password_are_forgotten_at_once() {
    let bot = started().await;
    assert_eq!(send(&bot, URL, HI).await.status, 204);
    bot.transcript();
    for line in ["!webhook user add telegram telegram another-password", "!nay"] {
        bot.say_privately("ann", line).await;
    }
    assert_eq!(send(&bot, URL, HI).await.status, 204);
    for line in ["!webhook user add telegram telegram another-password", "yes"] {
        bot.say_privately("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !webhook user add telegram telegram ***
    bot     > There is a webhook user telegram. Give it a new password? The URL that is registered with its sender stops working.
              1. yes
              2. no
    ann     > !nay
    bot     > Never mind: nothing was done.
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 204
    ann     > !webhook user add telegram telegram ***
    bot     > There is a webhook user telegram. Give it a new password? The URL that is registered with its sender stops working.
              1. yes
              2. no
    ann     > yes
    bot     > Webhook user telegram has a new password, and may send messages of telegram.
              Its URL, with the password that you gave:
              https://telegram:PASSWORD@YOUR_HOST/api/v1/messages/webhook/telegram
              Put your host in its place, or set public_url in [plugins.rules].
    ");
    assert_eq!(send(&bot, URL, HI).await.status, 401);
    assert_eq!(send_as(&bot, "telegram:another-password", URL, HI).await.status, 204);
    bot.say_privately("ann", "!webhook user remove telegram").await;
    assert_eq!(send_as(&bot, "telegram:another-password", URL, HI).await.status, 401);
}

#[tokio::test]
async fn a_made_password_is_shown_once_and_works() {
    let bot = rules().config("[plugins.rules]\npublic_url = \"https://bot.example.com:8443\"").start().await;
    bot.say_privately("ann", "!webhook user add ci travis-ci").await;
    let said = bot.transcript();
    let (_, rest) = said.split_once("https://ci:").unwrap();
    let (password, rest) = rest.split_once('@').unwrap();
    assert_eq!((password.len(), rest.trim()), (24, "bot.example.com:8443/api/v1/messages/webhook/travis-ci"));
    assert_eq!(send_as(&bot, &format!("ci:{password}"), "travis-ci", HI).await.status, 204);
    bot.transcript();
    bot.say("ann", "!webhook user add ci").await;
    bot.say("ann", "!webhook users").await;
    bot.say("eve", "!webhook user list").await;
    bot.say_privately("ann", "!webhook user add ci ci short").await;
    bot.say_privately("ann", "!webhook user remove ci").await;
    bot.say_privately("ann", "!webhook user list").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !webhook user add ci
    bot     > Please ask me !webhook user add in a private chat. Others may have read the secret in it: replace it with a new one.
    ann     > !webhook users
    bot     > User  Entity
              ci    travis-ci
    eve     > !webhook user list
    bot     > !webhook user list is for admins. !whoami shows who you are to me.
    ann     > !webhook user add ci ci ***
    bot     > a password has 8 to 64 letters, digits and - . _ ~, since it stands in a URL
    ann     > !webhook user remove ci
    bot     > Webhook user ci is removed, and sends nothing any more.
    ann     > !webhook user list
    bot     > There is no webhook user: !webhook user add NAME ENTITY makes one.
    ");
}

#[tokio::test]
async fn debug_shows_the_message_and_bad_bodies_get_a_reason() {
    let bot = started().await;
    send(&bot, "telegram?command.message=message.text&debug=true&severity=warn", HI).await;
    for (url, body) in [("telegram", "{"), ("telegram", "7"), ("", HI), ("telegram?date=soon", HI)] {
        send(&bot, url, body).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text&debug=true&severity=warn 200: {
                "entity": "telegram",
                "type": "webhook",
                "source": "telegram",
                "severity": "WARNING",
                "date": "2026-11-20T10:00:00Z",
                "message": "hi",
                "tags": {
                  "message.text": "hi",
                  "request_ip": "127.0.0.1"
                }
              }
    sender  > POST /api/v1/messages/webhook/telegram 400: the body is not JSON: EOF while parsing an object at line 1 column 1
    sender  > POST /api/v1/messages/webhook/telegram 400: the body is JSON and has no fields
    sender  > POST /api/v1/messages/webhook/ 400: there is no entity: put it after /webhook/, or say entity=NAME
    sender  > POST /api/v1/messages/webhook/telegram?date=soon 400: date: "soon" is no date in ISO form
    "#);
    // What was refused after its proof is kept whole.
    bot.say_privately("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !requests
    bot     > #5 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 400 refused: date: "soon" is no date in ISO form
              #4 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/ from 127.0.0.1: 400 refused: there is no entity: put it after /webhook/, or say entity=NAME
              #3 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 400 refused: the body is JSON and has no fields
              #2 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 400 refused: the body is not JSON: EOF while parsing an object at line 1 column 1
              #1 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 200 accepted: telegram: no rule fired
    "#);
}

#[tokio::test]
async fn an_update_without_text_is_taken_and_fires_what_asks_for_it() {
    let bot = started().await;
    bot.say("ann", "!rules add texts console:ops 'text: ${message}'").await;
    bot.say("ann", "!rules add presses console:ops 'pressed: ${tags.callback_query.data}' --filter \"tags.callback_query.data != ''\"").await;
    bot.transcript();
    send(&bot, URL, r#"{"update_id": 1, "callback_query": {"data": "yes"}}"#).await;
    send(&bot, URL, r#"{"update_id": 2, "edited_message": {"text": "x"}}"#).await;
    send(&bot, URL, r#"{"update_id": 3, "message": {"text": "hello"}}"#).await;
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 204
    bot@ops > pressed: yes
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 204
    sender  > POST /api/v1/messages/webhook/telegram?command.message=message.text 204
    bot@ops > text: hello
    ");
}

#[tokio::test]
async fn a_get_is_a_message_too() {
    let bot = started().await;
    bot.say("ann", "!rules add all console:ops '${tags.action} ${tags.repeat}'").await;
    bot.transcript();
    let basic =
        |request: factotum_plugin_api::reqwest::RequestBuilder| request.basic_auth("telegram", Some("12345678"));
    bot.call("sender", Method::GET, "/api/v1/messages/webhook/?entity=telegram&action=started&Repeat=1", basic).await;
    bot.call("sender", Method::GET, "/api/v1/messages/webhook?entity=telegram&action=done", basic).await;
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > GET /api/v1/messages/webhook/?entity=telegram&action=started&Repeat=1 204
    bot@ops > started 1
    sender  > GET /api/v1/messages/webhook?entity=telegram&action=done 204
    bot@ops > done
    ");
}
