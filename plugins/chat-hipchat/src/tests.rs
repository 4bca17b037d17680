//! What goes over the wire, what each answer means, and one Factotum that posts to another.
use super::*;
use axum::{Router, extract::Request, response::IntoResponse};
use factotum_plugin_api::{clock::Clock, hook::Sample};
use factotum_testing::{Bot, Builder};
use plugin_hipchat::HipChat as Gateway;
use serde_json::json;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A server that answers each post as the list says, and keeps what it was asked.
struct Fake {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}
impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}
type Given = (u16, &'static [(&'static str, &'static str)], &'static str);

async fn fake(answers: Vec<Given>) -> Fake {
    let (asked, answers) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(Mutex::new(answers)));
    let kept = asked.clone();
    let answer = move |request: Request| {
        let (kept, answers) = (kept.clone(), answers.clone());
        async move {
            let (head, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let bearer = head.headers["authorization"].to_str().unwrap().to_owned();
            let body = String::from_utf8_lossy(&body).into_owned();
            kept.lock().unwrap().push(format!("{} {} {bearer} {body}", head.method, head.uri));
            let mut answers = answers.lock().unwrap();
            let (status, headers, body) = if answers.is_empty() { (204, &[][..], "") } else { answers.remove(0) };
            let mut answer = body.into_response();
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                answer.headers_mut().insert(*name, value.parse().unwrap());
            }
            answer
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hip", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await.unwrap() });
    Fake { url, asked, task }
}

async fn network(endpoint: &str) -> HipChat {
    let bot = Bot::bare().start().await;
    let clock = Clock::manual(factotum_testing::START.parse().unwrap());
    let host = Host::new("hipchat", bot.host().shared.clone(), clock);
    let config = json!({ "token": "s3cret-token", "endpoint": endpoint, "from": "Factotum" });
    HipChat::connect("hipchat", serde_json::from_value(config).unwrap(), host).unwrap()
}

#[tokio::test]
async fn what_each_answer_means() {
    let answers: Vec<Given> = vec![
        (204, &[], ""),
        (201, &[], r#"{"id":"abc-1"}"#),
        (200, &[], "{}"),
        (401, &[], r#"{"error":{"message":"Invalid OAuth session"}}"#),
        (403, &[], r#"{"error":{"message":"no scope"}}"#),
        (404, &[], r#"{"error":{"message":"Room not found"}}"#),
        (400, &[], "<html>"),
        (408, &[], ""),
        (429, &[("retry-after", "7")], ""),
        (429, &[("x-ratelimit-reset", "1795168830")], ""),
        (429, &[("retry-after", "soon")], ""),
        (429, &[("retry-after", "999999")], ""),
        (302, &[("location", "/elsewhere")], ""),
        (500, &[], ""),
        (503, &[], ""),
    ];
    let (n, server) = (answers.len(), fake(answers).await);
    let hipchat = network(&server.url).await;
    let mut told = String::new();
    for _ in 0..n {
        let posted = hipchat.post("Dev room", &Message::from("hello")).await;
        told += &match posted {
            Ok(id) => format!("posted {id:?}"),
            Err(PostError::Permanent(why)) => format!("permanent: {why}"),
            Err(PostError::Transient(why)) => format!("transient: {why:#}"),
            Err(other) => other.to_string(),
        };
        told += &format!(" [{:?}]\n", hipchat.link());
    }
    insta::assert_snapshot!(told, @r#"
    posted "" [Up]
    posted "abc-1" [Up]
    posted "" [Up]
    transient: the token is refused: set another (Invalid OAuth session) [Down("the token is refused: set another (Invalid OAuth session)")]
    permanent: the token may not post there (no scope) [Up]
    permanent: there is no such room or user (Room not found) [Up]
    permanent: the server answered 400 Bad Request [Up]
    transient: the server answered 408 Request Timeout [Up]
    asked to wait 7s [Up]
    asked to wait 30s [Up]
    asked to wait 60s [Up]
    asked to wait 900s [Up]
    transient: the endpoint answered 302 Found: set endpoint to where it is now [Down("the endpoint answered 302 Found: set endpoint to where it is now")]
    transient: the server answered 500 Internal Server Error [Down("the endpoint answered 302 Found: set endpoint to where it is now")]
    transient: the server answered 503 Service Unavailable [Down("the endpoint answered 302 Found: set endpoint to where it is now")]
    "#);
    let asked = server.asked.lock().unwrap().clone();
    insta::assert_snapshot!(asked[0], @r#"POST /hip/v2/room/Dev%20room/notification Bearer s3cret-token {"from":"Factotum","message":"hello","message_format":"html","notify":true}"#);
    assert_eq!(asked.len(), n, "no redirect is followed");
}

#[tokio::test]
async fn a_server_that_is_not_there_and_one_that_leaves() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let leaving = tokio::spawn(async move {
        use tokio::io::AsyncReadExt;
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.read_u8().await.unwrap();
    });
    let hipchat = network(&url).await;
    let lost = hipchat.post("42", &Message::from("hello")).await;
    assert!(matches!(lost, Err(PostError::Unanswered(_))), "{lost:?}");
    leaving.await.unwrap();
    let gone = hipchat.post("42", &Message::from("hello")).await;
    assert!(matches!(gone, Err(PostError::Transient(_))), "{gone:?}");
    assert!(matches!(hipchat.link(), Link::Down(_)));
    let nobody = hipchat.post("..", &Message::from("hello")).await;
    assert!(matches!(nobody, Err(PostError::Permanent(_))), "{nobody:?}");
}

/// A bot that hands on what it is sent for any of these to the other server.
fn relay(url: &str, token: &str) -> Builder {
    Bot::with::<Gateway>().admin("ann").admin("hipchat:admin@example.org").config(&format!(
        r#"
        [outbox]
        jitter = 0.0
        [plugins.hipchat]
        token = "near-token"
        rooms = {{ ops = "hipchat:Dev room", gone = "hipchat:Old room" }}
        users = {{ ann = "hipchat:ann@example.org" }}
        [chats.hipchat]
        endpoint = {url:?}
        token = {token:?}
        from = "Near"
        "#
    ))
}
async fn send(bot: &Bot, path: &str, body: Value) {
    let path = Some(format!("{path}?auth_token=near-token"));
    bot.post("sender", Sample { path, headers: vec![], body: body.to_string().into() }).await;
}
/// Another bot that takes it.
async fn far() -> (Bot, String) {
    let config = r#"
        [plugins.hipchat]
        token = "far-token"
        rooms = { "dev room" = "console:dev" }
        users = { "ann@example.org" = "console:ann", "admin@example.org" = "console:admin" }
    "#;
    let bot = Bot::with::<Gateway>().admin("ann").config(config).start().await;
    let url = format!("http://{}", bot.host().http());
    (bot, url)
}

#[tokio::test]
async fn one_factotum_posts_to_another() {
    let (far, url) = far().await;
    let near = relay(&url, "far-token").start().await;
    let failed = json!({ "color": "red", "message": "<b>o/r</b> failed: <a href='https://ci/1'>log</a> 1 &lt; 2<br>second line<pre>x  y</pre>" });
    send(&near, "/v2/room/ops/notification", failed).await;
    send(&near, "/v2/user/ann/message", json!({ "message": "a <b>" })).await;
    send(&near, "/v2/room/gone/notification", json!({ "message": "is anybody there?" })).await;
    near.say("ann", "!outbox dead").await;
    far.settled().await;
    insta::assert_snapshot!(format!("{}--\n{}", near.transcript(), far.transcript()), @"
    sender  > POST /v2/room/ops/notification?auth_token=near-token 200: {}
    sender  > POST /v2/user/ann/message?auth_token=near-token 200: {}
    sender  > POST /v2/room/gone/notification?auth_token=near-token 200: {}
    bot     > [host] A notice did not reach hipchat:Old room: there is no such room or user. !outbox retry 3 tries again.
    ann     > !outbox dead
    bot     > #3 2026-11-20 10:00:00Z hipchat to hipchat:Old room dead after 1 try: there is no such room or user
    --
    bot@dev > red Near: red: o/r failed: log (https://ci/1) 1 < 2
              second line
              x  y
    bot     > a <b>
    bot     > [host] A notice did not reach hipchat:Old room: there is no such room or user. !outbox retry 3 tries again.
    ");
}

#[tokio::test]
async fn what_waits_for_a_right_token_goes_when_it_is_there() {
    let (far, url) = far().await;
    let mut near = relay(&url, "wrong").start().await;
    send(&near, "/v2/room/ops/notification", json!({ "message": "hello" })).await;
    near.say_privately("ann", "!status").await;
    assert_eq!(far.transcript(), "");
    let status = near.transcript();
    let line = status.lines().find(|line| line.contains("hipchat")).unwrap_or_default();
    insta::assert_snapshot!(line, @"          hipchat not connected since 2026-11-20 10:00:00Z: the token is refused: set another; 1 waiting, the oldest for 0 s, next try 2026-11-20 10:00:01Z");
    near.configure(&format!(
        "[plugins.hipchat]\ntoken = \"near-token\"\nrooms = {{ ops = \"hipchat:Dev room\" }}\n\
         [chats.hipchat]\nendpoint = {url:?}\ntoken = \"far-token\""
    ));
    near.restart().await;
    near.pass(Duration::from_secs(60)).await;
    far.settled().await;
    assert_eq!(far.transcript(), "bot@dev > hello\n");
}

#[tokio::test]
async fn what_is_to_make_no_sound_says_so() {
    let server = fake(vec![]).await;
    let near = relay(&server.url, "far-token").start().await;
    for notify in [json!(false), json!("true"), json!(null)] {
        send(&near, "/v2/room/ops/notification", json!({ "message": "hello", "notify": notify })).await;
    }
    let asked = server.asked.lock().unwrap().clone();
    let told = asked.iter().map(|asked| asked.contains(r#""notify":true"#));
    assert_eq!(told.collect::<Vec<_>>(), [false, true, true], "{asked:?}");
}
