//! The push of updates, to a listener of the test.
use super::*;
use axum::{Router, extract::State, http::HeaderMap, http::Uri};
use http::StatusCode;
use tokio::net::TcpListener;

/// What the listener was asked, and what it answers next; then 200.
#[derive(Default)]
struct Listener {
    asked: Mutex<Vec<(Uri, HeaderMap, Value)>>,
    answers: Mutex<Vec<(u16, Option<&'static str>, String)>>,
}

async fn take(
    State(listener): State<Arc<Listener>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, HeaderMap, String) {
    let update = serde_json::from_str(&body).unwrap();
    listener.asked.lock().unwrap().push((uri, headers, update));
    let mut answers = listener.answers.lock().unwrap();
    let (status, retry_after, body) = if answers.is_empty() { (200, None, String::new()) } else { answers.remove(0) };
    let mut headers = HeaderMap::new();
    if let Some(secs) = retry_after {
        headers.insert("retry-after", secs.parse().unwrap());
    }
    (StatusCode::from_u16(status).unwrap(), headers, body)
}

impl Listener {
    async fn start() -> (Arc<Self>, String) {
        let listener = Arc::<Self>::default();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", socket.local_addr().unwrap());
        let router = Router::new().fallback(take).with_state(listener.clone());
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        (listener, base)
    }
    fn answers(&self, status: u16, retry_after: Option<&'static str>, body: &Value) {
        self.answers.lock().unwrap().push((status, retry_after, body.to_string()));
    }
    /// The texts of the updates in the order of arrival.
    fn texts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(_, _, update)| update["message"]["text"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn a_webhook_is_checked_and_told() {
    let telegram = server().await;
    let url = |url: &str| json!({ "url": url });
    let secret = |secret: &str| json!({ "url": "https://bot.example/t", "secret_token": secret });
    let bad = "400 Bad Request: bad webhook:";
    let ports = &*format!("{bad} Webhook can be set up only on ports 80, 88, 443 or 8443");
    let rows = [
        (url("http://bot.example/t"), &*format!("{bad} An HTTPS URL must be provided for webhook")),
        (url("https://bot.example:8080/t"), ports),
        (url("https://bot.example:8443/t"), "ok"),
        (url("https://bot.example:88/t"), "ok"),
        (url("https://bot.example:80/t"), "ok"),
        (url("https://u:p@bot.example/t"), "ok"),
        (url("https://127.0.0.1/t"), &*format!("{bad} IP address 127.0.0.1 is reserved")),
        (url("https://[2001:db8::1]/t"), &*format!("{bad} IPv6-only addresses are not allowed")),
        (secret(&"x".repeat(256)), "ok"),
        (secret(&"x".repeat(257)), "400 Bad Request: secret token is too long"),
        (secret("a b"), "400 Bad Request: secret token contains unallowed characters"),
    ];
    table(&telegram, "SetWebhook", &rows).await;
    let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let body = parts(&[
        ("url", None, "https://bot.example/t"),
        ("certificate", None, "attach://c"),
        ("c", Some("cert.pem"), pem),
        ("max_connections", None, "7"),
        ("allowed_updates", None, "[\"message\"]"),
        ("secret_token", None, "s-_1"),
    ]);
    let set = post_parts(&telegram, "SetWebhook", body.clone()).await;
    assert_eq!((&set["result"], &set["description"]), (&json!(true), &json!("Webhook was set")));
    assert_eq!(post_parts(&telegram, "SetWebhook", body).await["description"], "Webhook is already set");
    assert_eq!(telegram.certificate().unwrap(), pem.as_bytes());
    telegram.say(111, 111, "waits");
    let expected = json!({
        "url": "https://bot.example/t", "has_custom_certificate": true, "pending_update_count": 1,
        "max_connections": 7, "ip_address": "203.0.113.7", "allowed_updates": ["message"],
    });
    assert_eq!(call(&telegram, "GetWebhookInfo", json!({})).await, expected);
    call(&telegram, "DeleteWebhook", json!({ "drop_pending_updates": true })).await;
    let none = call(&telegram, "GetWebhookInfo", json!({})).await;
    assert_eq!((&none["url"], &none["pending_update_count"]), (&json!(""), &json!(0)));
}

#[tokio::test]
async fn an_update_is_pushed_with_its_proofs() {
    let telegram = server().await;
    let (listener, base) = Listener::start().await;
    telegram.deliver_webhooks_to(&base);
    let webhook = json!({ "url": "https://tg:s%20cret@bot.example:8443/hooks/t?a=1", "secret_token": "proof" });
    call(&telegram, "SetWebhook", webhook).await;
    telegram.say(111, 111, "pushed");
    telegram.drained().await;
    let asked = listener.asked.lock().unwrap();
    let (uri, headers, update) = &asked[0];
    assert_eq!(uri.to_string(), "/hooks/t?a=1");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["x-telegram-bot-api-secret-token"], "proof");
    assert_eq!(headers["authorization"], "Basic dGc6cyUyMGNyZXQ=", "as written in the URL");
    assert_eq!((&update["update_id"], &update["message"]["text"]), (&json!(1), &json!("pushed")));
}

#[tokio::test]
async fn an_update_comes_again_until_it_is_taken_and_holds_up_its_chat_alone() {
    let telegram = server().await;
    let (listener, base) = Listener::start().await;
    telegram.deliver_webhooks_to(&base);
    telegram.redelivery(Duration::from_millis(1));
    for (status, retry_after) in [(403, None), (500, Some("3")), (503, None)] {
        listener.answers(status, retry_after, &Value::Null);
    }
    telegram.say(111, 111, "first");
    telegram.say(111, 111, "second");
    call(&telegram, "SetWebhook", json!({ "url": "https://bot.example/t" })).await;
    telegram.drained().await;
    assert_eq!(listener.texts(), ["first", "first", "first", "first", "second"]);
    let tries: Vec<_> =
        telegram.deliveries().into_iter().map(|one| (one.update_id, one.status, one.retry_after_secs)).collect();
    let (ok, first) = (Some(200), 1);
    let expected = [
        (first, Some(403), None),
        (first, Some(500), Some(3)),
        (first, Some(503), None),
        (first, ok, None),
        (2, ok, None),
    ];
    assert_eq!(tries, expected);
    let info = call(&telegram, "GetWebhookInfo", json!({})).await;
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 503 Service Unavailable");
    assert!(info["last_error_date"].is_number());
}

#[tokio::test]
async fn a_chat_that_fails_does_not_hold_up_another() {
    let telegram = server().await;
    let (listener, base) = Listener::start().await;
    telegram.deliver_webhooks_to(&base);
    // A wait that the test would not survive.
    listener.answers(503, Some("3600"), &Value::Null);
    call(&telegram, "SetWebhook", json!({ "url": "https://bot.example/t" })).await;
    telegram.say(111, 111, "stuck");
    telegram.wait_for_deliveries(1).await;
    telegram.say(222, 222, "passes");
    telegram.wait_for_deliveries(2).await;
    assert_eq!(listener.texts(), ["stuck", "passes"]);
    assert_eq!(telegram.pending(), 1);
    call(&telegram, "DeleteWebhook", json!({})).await;
    assert_eq!(call(&telegram, "GetUpdates", json!({})).await[0]["message"]["text"], "stuck");
}

#[tokio::test]
async fn the_answer_to_an_update_may_be_a_call() {
    let telegram = server().await;
    let (listener, base) = Listener::start().await;
    telegram.deliver_webhooks_to(&base);
    listener.answers(200, None, &json!({ "method": "sendMessage", "chat_id": 111, "text": "from the answer" }));
    listener.answers(200, None, &json!({ "method": "deleteWebhook" }));
    call(&telegram, "SetWebhook", json!({ "url": "https://bot.example/t" })).await;
    telegram.say(111, 111, "one");
    telegram.say(111, 111, "two");
    telegram.drained().await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > one
    ann     > two
    bot@ann > from the answer
    ");
    assert_eq!(call(&telegram, "GetWebhookInfo", json!({})).await["url"], "https://bot.example/t");
}

#[tokio::test]
async fn a_webhook_that_refuses_connections_is_tried_again() {
    let telegram = server().await;
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    telegram.deliver_webhooks_to(&format!("http://{}", dead.local_addr().unwrap()));
    drop(dead);
    telegram.redelivery(Duration::from_millis(1));
    call(&telegram, "SetWebhook", json!({ "url": "https://bot.example/t" })).await;
    telegram.say(111, 111, "kept");
    telegram.wait_for_deliveries(3).await;
    let info = call(&telegram, "GetWebhookInfo", json!({})).await;
    assert_eq!((&info["last_error_message"], &info["pending_update_count"]), (&json!("Connection refused"), &json!(1)));
    let (listener, base) = Listener::start().await;
    telegram.deliver_webhooks_to(&base);
    telegram.drained().await;
    assert_eq!(listener.texts(), ["kept"]);
}
