//! Doing wrong on demand.
use super::*;

fn hello() -> Value {
    json!({ "chat_id": 111, "text": "hello" })
}

#[tokio::test]
async fn a_call_is_refused_once_or_always() {
    let telegram = server().await;
    telegram.fail_next("sendmessage", 400, "Bad Request: x", None);
    telegram.fail_next("*", 400, "Bad Request: y", json!({ "migrate_to_chat_id": -5 }));
    assert_eq!(refusal(&telegram, "SendMessage", hello()).await, "400 Bad Request: x");
    let moved = ask(&telegram, "GetMe", &json!({})).await.unwrap();
    assert_eq!(moved["parameters"]["migrate_to_chat_id"], -5);
    call(&telegram, "SendMessage", hello()).await;
    telegram.fail_always("SendMessage", 403, "Forbidden: z", None);
    for _ in 0..2 {
        assert_eq!(refusal(&telegram, "SendMessage", hello()).await, "403 Forbidden: z");
    }
    call(&telegram, "GetMe", json!({})).await;
    telegram.heal();
    call(&telegram, "SendMessage", hello()).await;
    assert_eq!(telegram.messages(111).len(), 2);
    assert_eq!(telegram.count("sendMessage"), 5);
}

#[tokio::test]
async fn a_flood_is_told_for_one_chat() {
    let telegram = server().await;
    telegram.flood_times(111, 7, 2);
    for _ in 0..2 {
        let refused = ask(&telegram, "SendMessage", &hello()).await.unwrap();
        assert_eq!((&refused["error_code"], &refused["parameters"]["retry_after"]), (&json!(429), &json!(7)));
        assert_eq!(refused["description"], "Too Many Requests: retry after 7");
        call(&telegram, "SendMessage", json!({ "chat_id": 222, "text": "hello" })).await;
    }
    call(&telegram, "SendMessage", hello()).await;
    telegram.flood(111, 3);
    assert_eq!(refusal(&telegram, "SendMessage", hello()).await, "429 Too Many Requests: retry after 3");
    telegram.heal();
    call(&telegram, "SendMessage", hello()).await;
}

#[tokio::test]
async fn an_answer_may_never_come() {
    let telegram = server().await;
    telegram.next("SendMessage", Fault::HangUp);
    ask(&telegram, "SendMessage", &hello()).await.unwrap_err();
    assert_eq!(telegram.messages(111), []);
    telegram.next("SendMessage", Fault::Unanswered);
    ask(&telegram, "SendMessage", &hello()).await.unwrap_err();
    assert_eq!(telegram.messages(111).len(), 1);
    telegram.next("SendMessage", Fault::Html(502));
    let url = format!("{}/bot{TOKEN}/SendMessage", telegram.url());
    let answer = client().post(url).json(&hello()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 502);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
    telegram.next("SendMessage", Fault::Delay(Duration::from_millis(1)));
    call(&telegram, "SendMessage", hello()).await;
    assert_eq!(telegram.messages(111).len(), 2);
}

#[tokio::test]
async fn what_hangs_is_executed_when_released_unless_its_caller_has_gone() {
    let telegram = server().await;
    telegram.hold("SendMessage");
    let url = format!("{}/bot{TOKEN}/SendMessage", telegram.url());
    let impatient = client().post(url).json(&hello()).timeout(Duration::from_millis(50)).send().await;
    assert!(impatient.unwrap_err().is_timeout());
    let params = json!({ "chat_id": 111, "text": "patient" });
    let release = async {
        telegram.wait_for_calls("sendMessage", 2).await;
        call(&telegram, "GetMe", json!({})).await;
        assert_eq!(telegram.messages(111), []);
        telegram.release();
    };
    let (answer, ()) = tokio::join!(ask(&telegram, "SendMessage", &params), release);
    assert_eq!(answer.unwrap()["ok"], true);
    let texts: Vec<String> = telegram.messages(111).into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["patient"]);
}

#[tokio::test]
async fn a_server_that_is_down_closes_connections() {
    let telegram = server().await;
    let poll = json!({ "timeout": 50 });
    let falls = async {
        telegram.wait_for_call("getUpdates").await;
        telegram.down();
    };
    let (poll, ()) = tokio::join!(ask(&telegram, "GetUpdates", &poll), falls);
    poll.unwrap_err();
    ask(&telegram, "SendMessage", &hello()).await.unwrap_err();
    telegram.up();
    call(&telegram, "SendMessage", hello()).await;
    let url = telegram.url();
    drop(telegram);
    client().get(url).send().await.unwrap_err();
}
