//! Doing wrong on demand, and what is told of it.
use super::*;

#[tokio::test]
async fn vsstatus_is_up_fails_hangs_and_closes() {
    let server = TrueConfServer::start().await;
    let ask = || client().get(format!("http://127.0.0.1:{}/vsstatus", server.vsstatus_port()));
    let sample = fixture("vsstatus.json");
    assert_eq!(read(ask()).await, (200, sample["body_text"].clone()));
    server.version("4.3.9.1");
    assert_eq!(read(ask()).await.1, "TrueConf Server 4.3.9.1 running");
    server.vsstatus(VsStatus::Fails(500));
    assert_eq!(read(ask()).await.0, 500);
    server.vsstatus(VsStatus::Hangs);
    assert!(ask().timeout(Duration::from_millis(50)).send().await.unwrap_err().is_timeout());
    server.vsstatus(VsStatus::Closed);
    assert!(ask().send().await.unwrap_err().is_connect());
    server.vsstatus(VsStatus::Up);
    assert_eq!(read(ask()).await.0, 200);
    assert_eq!(server.count("/vsstatus"), 5);
    assert_eq!(Client::of(&server).await.ask("users").await.0, 200, "the API is apart");
}

#[tokio::test]
async fn a_path_answers_what_it_is_told() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    server.answer_with("/api/v3.3/users", 502, "<html>Bad Gateway</html>");
    assert_eq!(client.ask("users?page_id=1").await, (502, json!("<html>Bad Gateway</html>")));
    assert_eq!(client.ask("conferences").await.0, 200);
    server.answer_with("/api/v3.3/*", 403, r#"{"reason":"no"}"#);
    server.next("/api/v3.3/conferences/1000000001/stop", Fault::Answer(500, String::new()));
    assert_eq!(client.post("conferences/1000000001/stop").await, (500, json!("")));
    for path in ["conferences", "users"] {
        assert_eq!(client.ask(path).await, (403, json!({ "reason": "no" })), "{path}: the newest counts");
    }
    server.heal();
    assert_eq!(client.ask("users").await.0, 200);
    assert_eq!(server.state_of("1000000001").as_deref(), Some("running"));
    server.next("*", Fault::Delay(Duration::from_millis(1)));
    server.delay("/api/v3.3/users", Duration::from_secs(3600));
    assert_eq!(client.ask("conferences").await.0, 200);
    let url = format!("{}/api/v3.3/users?access_token={}", server.url(), client.token);
    let slow = super::client().get(url).timeout(Duration::from_millis(50)).send().await;
    assert!(slow.unwrap_err().is_timeout());
}

#[tokio::test]
async fn an_answer_breaks_off_or_never_ends() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    let url = format!("{}/api/v3.3/conferences/1000000001/stop?access_token={}", server.url(), client.token);
    let stop = || super::client().post(&url).timeout(Duration::from_millis(1500)).send();
    server.next("*", Fault::HangUp);
    stop().await.unwrap_err();
    assert_eq!(server.state_of("1000000001").as_deref(), Some("running"));
    server.cut_off("/api/*");
    let mut answer = stop().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.content_length()), (200, Some(19)));
    assert_eq!(answer.chunk().await.unwrap().unwrap(), r#"{"state":"#);
    assert!(!answer.chunk().await.unwrap_err().is_timeout());
    assert_eq!(server.state_of("1000000001").as_deref(), Some("stopped"));
    server.heal();
    server.drip("/api/*");
    let mut answer = stop().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "{");
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "\"");
    assert!(answer.chunk().await.unwrap_err().is_timeout());
    server.heal();
    server.always("/api/*", Fault::Drip(Duration::from_millis(1)));
    assert_eq!(client.post("conferences/1000000001/stop").await, (200, json!({ "state": "stopped" })));
}

#[tokio::test]
async fn what_hangs_goes_on_when_released() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    server.hold("/api/v3.3/users");
    let release = async {
        server.wait_for("/api/v3.3/users", 3).await;
        assert_eq!(client.ask("conferences").await.0, 200);
        server.release();
    };
    let (a, b, c, ()) = tokio::join!(client.ask("users"), client.ask("users"), client.ask("users"), release);
    assert_eq!((a.0, b.0, c.0), (200, 200, 200));
    assert_eq!(server.most_at_once(), 4);
    let falls = async {
        server.hold("*");
        server.wait_for("/api/v3.3/users", 4).await;
        server.down();
    };
    let (cut, ()) = tokio::join!(super::client().get(format!("{}/api/v3.3/users", server.url())).send(), falls);
    cut.unwrap_err();
    assert!(super::client().get(server.url()).send().await.unwrap_err().is_connect());
    server.release();
    server.up();
    assert_eq!(client.ask("users").await.0, 200);
}

#[tokio::test]
async fn requests_are_told_without_their_tokens() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    client.get("users?page_id=2&page_size=10").await;
    client.v4("sessions").await;
    server.next("*", Fault::Answer(502, String::new()));
    client.v4("server").await;
    server.revoke_tokens();
    client.ask("conference-sessions/00000042%40video.example.com%23vcs/participants").await;
    client.post("conferences/1/stop").await;
    let told = server.requests();
    insta::assert_snapshot!(told, @"
    POST /oauth2/v1/token -> 200
    GET /api/v3.3/users?page_id=2&page_size=10&access_token=*** (good token) -> 200
    GET /api/v4/sessions (good token) -> 200
    GET /api/v4/server (good token) -> 502
    GET /api/v3.3/conference-sessions/00000042%40video.example.com%23vcs/participants?access_token=*** (bad token) -> 403
    POST /api/v3.3/conferences/1/stop?access_token=*** (bad token) -> 403
    ");
    assert_eq!(server.requests(), "");
    assert!(server.tokens().iter().all(|token| !told.contains(token)));
    let asked = server.asked();
    assert_eq!(asked[0].headers, ["accept", "content-length", "content-type", "host"]);
    assert_eq!(asked[1].path_only(), "/api/v3.3/users");
    let url = server.url();
    drop(server);
    super::client().get(url).send().await.unwrap_err();
}
