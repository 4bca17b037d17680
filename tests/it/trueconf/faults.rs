//! What the bot that TrueConf published does wrong, each shown done right; the numbers
//! are those of its list of faults.
use super::{bot, bot_of, shown};
use factotum_testing::trueconf::{CLIENT_ID, CLIENT_SECRET, Certificate, Conference, TrueConfServer, VsStatus};
use std::time::Duration;

#[tokio::test]
async fn fault_1_a_press_of_somebody_without_rights_does_nothing() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let bot = bot(&[("main", &server)], "").buttons().start().await;
    bot.say("ann", "!trueconf confs").await;
    bot.press("eve", "1000000001").await;
    bot.say("eve", "!trueconf online").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("!trueconf stop is for admins"), "{transcript}");
    assert!(transcript.contains("!trueconf online is for admins"), "{transcript}");
    assert_eq!(server.count("/api/v3.3/conferences/*"), 0);
}

#[tokio::test]
async fn fault_4_every_call_checks_the_certificate_in_the_same_way() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let certificate = server.tls(Certificate::SelfSigned);
    let strict = bot(&[("main", &server)], "").start().await;
    strict.say("ann", "!trueconf stop 1000000001").await;
    let transcript = shown(&strict, &[&server]);
    assert!(transcript.contains("main: its certificate is not trusted"), "{transcript}");
    assert!(transcript.contains("!trueconf trust main"), "{transcript}");
    let pinned = format!("tls = {{ pinned = {:?} }}", certificate.fingerprint);
    for more in ["tls = \"off\"", &pinned] {
        let bot = bot(&[("main", &server)], more).start().await;
        for line in ["!trueconf stop 1000000001", "yes", "!trueconf run 1000000001"] {
            bot.say("ann", line).await;
        }
        let transcript = bot.transcript();
        assert!(transcript.contains("(1000000001) on main is stopped."), "{transcript}");
    }
}

#[tokio::test]
async fn fault_5_stopping_renews_the_token_and_knows_an_unknown_id() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf stop 1000000001").await;
    server.revoke_tokens();
    bot.say("ann", "yes").await;
    bot.say("ann", "!trueconf stop 999").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("(1000000001) on main is stopped."), "{transcript}");
    assert!(transcript.contains("There is no conference 999 on main."), "{transcript}");
}

#[tokio::test]
async fn fault_6_a_name_that_is_no_address_is_called_all_the_same() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let bot = bot(&[("server #2", &server)], "").start().await;
    for line in ["!trueconf status", "!trueconf online server-2", "!trueconf online SERVER"] {
        bot.say("ann", line).await;
    }
    server.revoke_tokens();
    bot.say("ann", "!trueconf online 'Server #2'").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("server #2: running, TrueConf Server 5.5.6.1000"), "{transcript}");
    assert_eq!(transcript.matches("users are online on server #2.").count(), 3, "{transcript}");
}

#[tokio::test]
async fn fault_7_a_slow_server_and_a_closed_one_are_said_to_be() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    server.hold("/api/v3.3/users");
    bot.begin_to_say("ann", "!trueconf online");
    server.wait_for("/api/v3.3/users", 1).await;
    bot.pass(Duration::from_secs(5)).await;
    server.vsstatus(VsStatus::Closed);
    bot.say("ann", "!trueconf status").await;
    server.down();
    bot.say("ann", "!trueconf confs").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf online
    bot     > main: it does not answer within 5 s
              « Back: !trueconf servers main
    ann     > !trueconf status
    bot     > main: stopped: it cannot be reached: Connection refused. Its certificate is not checked: anybody on the way can read and change everything.
              The watch is off: this chat is not told when main stops or comes up.
              Watch on: !trueconf watch main on
              « Back: !trueconf servers main
    ann     > !trueconf confs
    bot     > main: it cannot be reached: Connection refused
    ");
}

#[tokio::test]
async fn fault_8_a_404_is_no_number_of_users() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    server.answer_with("/api/v3.3/users", 404, "<html><h1>Not Found</h1>");
    bot.say("ann", "!trueconf online").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf online
    bot     > main: there is no TrueConf Server at its address, or something stands before it (it answered 404)
              « Back: !trueconf servers main
    ");
}

#[tokio::test]
async fn fault_9_a_title_is_never_markup() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    server.add_conference(Conference {
        id: "1000000042".into(),
        topic: Some("<b>bold</b> & *star* {$x} [a](http://b)".into()),
        owner: "ivanov".into(),
        running_for: Duration::from_secs(60),
        participants: vec![],
    });
    bot.say("ann", "!trueconf show 1000000042").await;
    bot.say("ann", "!trueconf show 1000000002").await;
    let transcript = bot.transcript();
    assert!(transcript.contains(" <b>bold</b> & *star* {$x} [a](http://b): running"), "{transcript}");
    assert!(transcript.contains(" Webinar <Q&A> & demo: running"), "{transcript}");
}

#[tokio::test]
async fn fault_10_a_long_list_comes_out_whole() {
    let server = TrueConfServer::start().await;
    server.with_conferences(2000);
    server.v4(false);
    let bot = bot(&[("main", &server)], "").buttons().start().await;
    bot.say("ann", "!trueconf confs").await;
    bot.say("ann", "!trueconf confs --page 40").await;
    bot.say("ann", "!trueconf confs --page 41").await;
    server.with_conferences(120);
    bot.say("ann", "!trueconf confs").await;
    for _ in 0..2 {
        bot.press("ann", "Next ›").await;
    }
    let transcript = bot.transcript();
    for id in 2_000_000_001..=2_000_000_120_u64 {
        assert!(transcript.contains(&format!("/c/{id})")), "{id} is nowhere");
    }
    assert!(transcript.contains("2000 conferences run on main:") && transcript.contains("There are 40 pages."));
    assert!(transcript.contains("Page 3 of 3."));
}

#[tokio::test]
async fn fault_11_a_button_of_a_long_name_works() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let bot = bot(&[("Видеосервер филиал 1, этаж 2, комната 3", &server)], "").buttons().start().await;
    bot.say("ann", "!trueconf confs").await;
    bot.press("ann", "1000000002").await;
    bot.press("ann", "yes").await;
    assert_eq!(server.state_of("1000000002").as_deref(), Some("stopped"));
}

#[tokio::test]
async fn fault_12_the_server_says_which_page_is_next() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    for base in [1, 0] {
        server.users_page_base(base);
        bot.say("ann", "!trueconf online").await;
    }
    let transcript = bot.transcript();
    assert_eq!(transcript.matches("151 of 450 users are online on main.").count(), 2, "{transcript}");
    // One that goes round in circles comes to an end too.
    server.answer_with("/api/v3.3/users", 200, r#"{"next_page_id":1,"users":[{"id":"a","status":1}]}"#);
    bot.say("ann", "!trueconf online").await;
    assert!(bot.transcript().contains("One of 1 users is online on main."), "{}", bot.transcript());
}

#[tokio::test]
async fn fault_13_a_second_refusal_is_told_and_not_repeated() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf online").await;
    let refusal = r#"{"error":{"code":403,"errors":[{"reason":"accessTokenInvalid"}]}}"#;
    server.answer_with("/api/v3.3/users", 403, refusal);
    let before = server.asked().len();
    bot.say("ann", "!trueconf online").await;
    assert_eq!(server.asked().len() - before, 3); // refused, a new token, refused
    let transcript = bot.transcript();
    assert!(
        transcript.contains("main: it refuses a token that it has just given; check the OAuth2 application"),
        "{transcript}"
    );
}

#[tokio::test]
async fn fault_14_a_certificate_file_counts_and_tokens_are_asked_for_over_checked_tls() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let certificate = server.tls(Certificate::OwnAuthority);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &certificate.ca_pem).unwrap();
    let trusting = bot(&[("main", &server)], &format!("tls = {{ ca_file = {file:?} }}")).start().await;
    trusting.say("ann", "!trueconf online").await;
    assert!(trusting.transcript().contains("151 of 450 users are online on main."), "{}", trusting.transcript());
    // Another server behind the same file is not believed, and told no secret.
    let other = TrueConfServer::start().await;
    other.tls(Certificate::SelfSigned);
    let strict = bot(&[("main", &other)], &format!("tls = {{ ca_file = {file:?} }}")).start().await;
    strict.say("ann", "!trueconf online").await;
    assert!(strict.transcript().contains("its certificate is not trusted"), "{}", strict.transcript());
    assert!(other.asked().is_empty() && !CLIENT_ID.is_empty() && !CLIENT_SECRET.is_empty());
}
