//! The token: asked for once, kept, renewed in time, and shown to nobody.
use super::{bot, bot_of};
use factotum_testing::trueconf::{CLIENT_SECRET, TrueConfServer};
use std::time::Duration;

const TOKEN: &str = "/oauth2/v1/token";

#[tokio::test]
async fn a_token_is_kept_over_a_restart_and_renewed_in_time() {
    let server = TrueConfServer::start().await;
    let mut bot = bot_of(&server).await;
    server.follow(bot.clock());
    bot.say("ann", "!trueconf online").await;
    bot.restart().await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count(TOKEN), 1);
    // At nine tenths of its seven days, and not before.
    bot.pass(Duration::from_secs(604_800 / 10 * 9 - 60)).await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count(TOKEN), 1);
    bot.pass(Duration::from_secs(120)).await;
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.count(TOKEN), 2);
}

#[tokio::test]
async fn many_calls_that_find_the_token_refused_ask_for_one() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf online").await;
    server.revoke_tokens();
    for _ in 0..5 {
        bot.begin_to_say("ann", "!trueconf forgotten");
        bot.begin_to_say("ann", "!trueconf online");
    }
    bot.settled().await;
    assert_eq!(server.count(TOKEN), 2);
    assert!(server.most_at_once() <= 4, "{}", server.most_at_once());
}

#[tokio::test]
async fn no_token_and_no_secret_is_seen_anywhere() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    for line in ["!trueconf online", "!trueconf forgotten", "!trueconf confs", "!trueconf servers", "!status"] {
        bot.say("ann", line).await;
    }
    let token = server.tokens().pop().unwrap();
    server.answer_with("/api/v3.3/users", 400, &format!(r#"{{"error":{{"message":"no {token}"}}}}"#));
    bot.say("ann", "!trueconf online").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("it refuses that: no *** (400)"), "{transcript}");
    for secret in server.tokens().iter().map(String::as_str).chain([CLIENT_SECRET]) {
        assert!(!transcript.contains(secret), "{transcript}");
    }
}

#[tokio::test]
async fn the_missing_permission_is_named() {
    let server = TrueConfServer::start().await;
    server.scopes(&["conferences", "logs.calls:read"]);
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf online").await;
    bot.say("ann", "!trueconf forgotten").await;
    server.scopes(&[]);
    server.revoke_tokens();
    bot.say("ann", "!trueconf confs").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf online
    bot     > main: its OAuth2 application lacks the permission users:read
              « Back: !trueconf servers main
    ann     > !trueconf forgotten
    bot     > 5 conferences could not be looked into: 1000000002, 1000000003, 1000000004, 1000000005, 1000000006 (its OAuth2 application lacks the permission logs.calls.participants:read)
              No conference of 1:00:00 or longer is forgotten on main.
              « Back: !trueconf servers main
    ann     > !trueconf confs
    bot     > main: its OAuth2 application has no permissions at all
    ");
}

#[tokio::test]
async fn the_secret_key_of_a_server_stands_in_for_an_application() {
    let server = TrueConfServer::start().await;
    server.secret_key("a secret key of the server");
    let bot = bot(&[("main", &server)], "secret_key = \"a secret key of the server\"").start().await;
    bot.say("ann", "!trueconf confs --all").await;
    assert_eq!(server.count("/api/v4/oauth2/token") + server.count(TOKEN), 0);
    server.revoke_tokens();
    bot.say("ann", "!trueconf confs").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("8 conferences are on main"), "{transcript}");
    assert!(
        transcript.contains("main: it refuses a token that it has just given; check the OAuth2 application"),
        "{transcript}"
    );
}
