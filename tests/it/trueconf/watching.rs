//! Servers that are watched: what a chat is told, and when.
use super::{bot, bot_of, shown};
use factotum_testing::{
    Bot,
    trueconf::{TrueConfServer, VsStatus},
};
use std::time::Duration;

/// What is asked to know how a server is.
const LOOK: &str = "/vsstatus";

/// So many looks, 15 seconds apart; what was said meanwhile.
async fn looks(bot: &Bot, many: usize) -> String {
    super::steps(bot, Duration::from_secs(15), many).await
}
/// Looks until a text is posted; what was said meanwhile.
async fn looks_until(bot: &Bot, text: &str) -> String {
    super::steps_until(bot, Duration::from_secs(15), text).await
}

#[tokio::test]
async fn a_change_is_told_once_and_how_long_it_lasted() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    for line in ["!trueconf watch", "!trueconf watch main on", "!trueconf watch"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf watch
    bot     > This chat watches no server.
    ann     > !trueconf watch main on
    bot     > main is watched every 15 seconds; this chat is told when it goes down or comes up.
              « Back: !trueconf servers main
    ann     > !trueconf watch
    bot     > main is watched every 15 seconds; this chat is told when it goes down or comes up.
    ");
    server.wait_for(LOOK, 1).await;
    assert_eq!(looks(&bot, 3).await, "");
    server.vsstatus(VsStatus::Fails(500));
    let down = looks_until(&bot, "is down").await;
    assert_eq!(looks(&bot, 4).await, "");
    server.vsstatus(VsStatus::Up);
    let up = looks_until(&bot, "is running again").await;
    assert_eq!(looks(&bot, 4).await, "");
    assert_eq!(down.trim(), "bot     > Down: main is down: it could not do that (it answered 500).");
    assert!(up.contains("bot     > Up: main is running again. It was down for 0:0"), "{up}");
    assert_eq!(up.matches("Up:").count(), 1, "{up}");
}

#[tokio::test]
async fn one_failed_look_is_no_news() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf watch on").await;
    server.wait_for(LOOK, 1).await;
    looks(&bot, 1).await;
    bot.transcript();
    for _ in 0..3 {
        server.vsstatus(VsStatus::Fails(503));
        assert_eq!(looks(&bot, 1).await, "");
        server.vsstatus(VsStatus::Up);
        assert_eq!(looks(&bot, 2).await, "");
    }
}

#[tokio::test]
async fn fault_2_switching_the_watch_off_ends_it_and_on_twice_is_one_watch() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf watch main on every 30s").await;
    bot.say("ann", "!trueconf watch main on every 30s").await;
    server.wait_for(LOOK, 1).await;
    let mut said = bot.transcript();
    // A second watch would look between these.
    for n in 1..=4 {
        super::steps(&bot, Duration::from_secs(29), 1).await;
        assert_eq!(server.count(LOOK), n);
        bot.pass(Duration::from_secs(1)).await;
        server.wait_for(LOOK, n + 1).await;
        assert_eq!(server.count(LOOK), n + 1);
    }
    bot.say("ann", "!trueconf watch main off").await;
    bot.say("ann", "!trueconf watch main off").await;
    let before = server.count(LOOK);
    server.vsstatus(VsStatus::Fails(500));
    said += &bot.transcript();
    assert_eq!(super::steps(&bot, Duration::from_secs(30), 10).await, "");
    assert_eq!(server.count(LOOK), before);
    insta::assert_snapshot!(said, @"
    ann     > !trueconf watch main on every 30s
    bot     > main is watched every 30 seconds; this chat is told when it goes down or comes up.
              « Back: !trueconf servers main
    ann     > !trueconf watch main on every 30s
    bot     > main is watched every 30 seconds; this chat is told when it goes down or comes up.
              « Back: !trueconf servers main
    ann     > !trueconf watch main off
    bot     > main is watched for this chat no more.
              « Back: !trueconf servers main
    ann     > !trueconf watch main off
    bot     > main was not watched for this chat.
              « Back: !trueconf servers main
    ");
}

#[tokio::test]
async fn fault_3_a_failed_look_never_ends_the_watch() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf watch main on").await;
    server.wait_for(LOOK, 1).await;
    looks(&bot, 1).await;
    bot.transcript();
    for trouble in [VsStatus::Fails(500), VsStatus::Hangs, VsStatus::Fails(404)] {
        server.vsstatus(trouble);
        let down = looks_until(&bot, "Down: main").await;
        assert_eq!(down.matches("Down: main").count(), 1, "{trouble:?} {down}");
        server.vsstatus(VsStatus::Up);
        looks_until(&bot, "Up: main").await;
    }
    // A closed port is seen by nobody but the bot.
    server.vsstatus(VsStatus::Closed);
    looks_until(&bot, "Down: main").await;
    assert_eq!(looks(&bot, 10).await, "");
    server.vsstatus(VsStatus::Up);
    looks_until(&bot, "Up: main").await;
}

#[tokio::test]
async fn several_servers_make_one_message() {
    let (one, two) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let mut bot = bot(&[("one", &one), ("two", &two)], "").start().await;
    bot.say("ann", "!trueconf watch all on every 5s").await;
    bot.say_in("ops", "ann", "!trueconf watch two on every 5s").await;
    let second = Duration::from_secs(1);
    super::steps(&bot, second, 30).await; // the second server's looks begin half a turn later
    for server in [&one, &two] {
        server.vsstatus(VsStatus::Fails(502));
    }
    let said = super::steps(&bot, second, 60).await;
    // Their looks are close together: one message here, and one in the other chat.
    assert_eq!((said.matches("bot").count(), said.matches("is down").count()), (2, 3), "{said}");
    for server in [&one, &two] {
        server.vsstatus(VsStatus::Up);
    }
    // A stopped bot sees both changes at once.
    bot.restart().await;
    let said = super::steps_until(&bot, second, "two is running again").await;
    assert_eq!(said.matches("bot").count(), 2, "{said}");
}

#[tokio::test]
async fn a_change_while_the_bot_was_off_is_told_once() {
    let server = TrueConfServer::start().await;
    let mut bot = bot_of(&server).await;
    bot.say("ann", "!trueconf watch main on").await;
    server.wait_for(LOOK, 1).await;
    looks(&bot, 2).await;
    server.vsstatus(VsStatus::Fails(500));
    bot.restart().await;
    bot.transcript();
    let down = looks_until(&bot, "main is down").await;
    assert_eq!(down.matches("main is down").count(), 1, "{down}");
    bot.restart().await;
    assert_eq!(looks(&bot, 4).await, "");
    server.vsstatus(VsStatus::Up);
    bot.restart().await;
    let up = looks_until(&bot, "is running again").await;
    assert_eq!(up.matches("is running again").count(), 1, "{up}");
}

#[tokio::test]
async fn each_chat_is_told_in_its_language() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    let russian: factotum_plugin_api::language::Language = "ru".parse().unwrap();
    let change = russian
        .within(|| factotum_plugin_api::language::Phrase::new("trueconf", "is-down").with("name", "main").to_string());
    assert_eq!(change, "main не работает.");
    bot.say("ann", "!trueconf watch main on every 1s").await;
    bot.say("ann", "!trueconf watch main on every soon").await;
    bot.say("ann", "!trueconf watch main").await;
    bot.say("ann", "!trueconf watch main maybe").await;
    bot.say("ann", "!trueconf watch other on").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf watch main on every 1s
    bot     > A server can be looked at every 5s at most, and every 1d at least.
    ann     > !trueconf watch main on every soon
    bot     > soon is no length of time: one is like 30m, 2h or 1d
    ann     > !trueconf watch main
    bot     > Say which server, on or off, and how often: main on every 30s
    ann     > !trueconf watch main maybe
    bot     > Say which server, on or off, and how often: main on every 30s
    ann     > !trueconf watch other on
    bot     > There is no server other; there are main.
    ");
}

#[tokio::test]
async fn a_threshold_is_told_once_for_each_crossing() {
    let server = TrueConfServer::start().await;
    server.v4(false);
    let limits =
        "[plugins.trueconf.thresholds]\nonline_users = 150\nrunning_conferences = 6\nconference_secs = 80000\n";
    let bot = bot(&[("main", &server)], "").config(limits).start().await;
    bot.say("ann", "!trueconf watch main on every 1d").await;
    bot.transcript();
    let minute = Duration::from_secs(60);
    let mut said = super::steps_until(&bot, minute, "has run for").await;
    said += &super::steps(&bot, minute, 4).await;
    // How long it has run depends on the time of the day.
    let said: Vec<&str> = said.split(" has run for").map(|part| part.trim()).collect();
    insta::assert_snapshot!(said[0], @"
    bot     > Over the limit: main: 151 users are online; the limit is 150.
              Over the limit: main: 7 conferences run; the limit is 6.
              Over the limit: main: Empty room (1000000005)
    ");
    assert_eq!(said.len(), 2, "{said:?}");
    // Below, and above again.
    server.stop("1000000001");
    super::steps(&bot, minute, 3).await;
    server.add_conference(factotum_testing::trueconf::Conference {
        id: "1000000077".into(),
        topic: None,
        owner: "ivanov".into(),
        running_for: Duration::from_secs(5),
        participants: vec![],
    });
    let mut again = super::steps_until(&bot, minute, "conferences run").await;
    again += &super::steps(&bot, minute, 3).await;
    assert_eq!(again.matches("7 conferences run").count(), 1, "{again}");
}
