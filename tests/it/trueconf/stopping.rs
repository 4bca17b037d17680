//! Stopping and starting conferences.
use super::{bot_of, shown};
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn a_conference_is_stopped_once_its_asker_has_seen_which() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    for line in [
        "!trueconf stop 1000000002",
        "no",
        "!trueconf stop main 1000000002",
        "yes",
        "!trueconf stop 1000000002",
        "!trueconf stop 77",
        "!trueconf run 1000000002",
        "!trueconf run 1000000002",
    ] {
        bot.say("ann", line).await;
    }
    assert_eq!(server.count("/api/v3.3/conferences/1000000002/stop"), 1);
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf stop 1000000002
    bot     > Stop Webinar <Q&A> & demo (1000000002) on main? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !trueconf stop main 1000000002
    bot     > Stop Webinar <Q&A> & demo (1000000002) on main? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              1. yes
              2. no
    ann     > yes
    bot     > Webinar <Q&A> & demo (1000000002) on main is stopped.
              « Back: !trueconf servers main
    ann     > !trueconf stop 1000000002
    bot     > Webinar <Q&A> & demo (1000000002) on main was stopped already.
              « Back: !trueconf servers main
    ann     > !trueconf stop 77
    bot     > There is no conference 77 on main.
    ann     > !trueconf run 1000000002
    bot     > Webinar <Q&A> & demo (1000000002) on main is started.
              « Back: !trueconf servers main
    ann     > !trueconf run 1000000002
    bot     > Webinar <Q&A> & demo (1000000002) on main runs already.
              « Back: !trueconf servers main
    ");
}

#[tokio::test]
async fn one_that_ended_while_it_was_asked_about_is_said_to_have() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf stop 1000000001").await;
    server.stop("1000000001");
    bot.say("bob", "yes").await; // not his question
    assert_eq!(server.count("/api/v3.3/conferences/1000000001/stop"), 0);
    bot.say("ann", "yes").await;
    assert_eq!(server.count("/api/v3.3/conferences/1000000001/stop"), 0);
    let transcript = bot.transcript();
    assert!(transcript.contains("Планёрка отдела (1000000001) on main was stopped already."), "{transcript}");
}

#[tokio::test]
async fn a_server_that_refuses_a_second_stop_is_understood() {
    let server = TrueConfServer::start().await;
    server.second_stop_refused(true);
    let bot = bot_of(&server).await;
    server.answer_with(
        "/api/v3.3/conferences/1000000001/stop",
        404,
        r#"{"error":{"code":404,"errors":[{"reason":"conferenceNotFound"}]}}"#,
    );
    bot.say("ann", "!trueconf stop 1000000001").await;
    bot.say("ann", "yes").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("on main was stopped already."), "{transcript}");
}

#[tokio::test]
async fn what_is_missing_is_asked_for() {
    let server = TrueConfServer::start().await;
    let other = TrueConfServer::start().await;
    let bot = super::bot(&[("main", &server), ("Филиал 2", &other)], "").start().await;
    for line in ["!trueconf stop", "filial-2", "2", "yes"] {
        bot.say("ann", line).await;
    }
    assert_eq!(other.state_of("1000000002").as_deref(), Some("stopped"));
    assert_eq!(server.state_of("1000000002").as_deref(), Some("running"));
    insta::assert_snapshot!(shown(&bot, &[&server, &other]), @"
    ann     > !trueconf stop
    bot     > Which server?
              1. main
              2. filial-2
    ann     > filial-2
    bot     > Which conference? Its id, please.
              1. 1000000001 Планёрка отдела
              2. 1000000002 Webinar <Q&A> & demo
              3. 1000000003
              4. 1000000004 Board meeting
              5. 1000000005 Empty room
              6. 1000000006 Exactly one hour
              7. 1000000007 Just under an hour
    ann     > 2
    bot     > Stop Webinar <Q&A> & demo (1000000002) on Филиал 2? Owner petrova, 1 participant, it has run for 0:00:00.
              1. yes
              2. no
    ann     > yes
    bot     > Webinar <Q&A> & demo (1000000002) on Филиал 2 is stopped.
              « Back: !trueconf servers filial-2
    ");
}
