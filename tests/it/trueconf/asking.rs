//! What is asked of a server, and the numbers of the scenario.
use super::{bot, bot_of, shown};
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn each_question_has_its_answer() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    server.add_record("1000000002", "1000000002_2026-11-22.mkv", 8_487_982);
    for line in [
        "!trueconf servers",
        "!trueconf status",
        "!trueconf online",
        "!trueconf confs",
        "!trueconf forgotten",
        "!trueconf forgotten --over 5h",
        "!trueconf forgotten --over soon",
        "!trueconf show 1000000004",
        "!trueconf show main 1000000008",
        "!trueconf records 1000000002",
        "!trueconf records 1000000001",
        "!trueconf records 77",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
}

#[tokio::test]
async fn the_newer_api_gives_the_same() {
    let server = TrueConfServer::start().await;
    let bot = bot(&[("main", &server)], "").start().await;
    server.follow(bot.clock()); // v4 tells when a conference began, not how long it runs
    server.add_record("1000000002", "a.mkv", 1000);
    for line in
        ["!trueconf online", "!trueconf forgotten", "!trueconf show 1000000004", "!trueconf records 1000000002"]
    {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
    server.v3(false);
    bot.say("ann", "!trueconf online").await;
    insta::assert_snapshot!(shown(&bot, &[&server]), @"");
}

#[tokio::test]
async fn the_numbers_of_the_scenario_come_out() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf confs").await;
    let before = server.asked().len();
    bot.say("ann", "!trueconf forgotten").await;
    // One for the log of calls, and one for each conference of an hour or more.
    assert_eq!(server.asked().len() - before, 6);
    for base in [0, 1] {
        server.users_page_base(base);
        server.users_page_size(200);
        let before = server.count("/api/v3.3/users");
        bot.say("ann", "!trueconf online").await;
        assert_eq!(server.count("/api/v3.3/users") - before, 3);
    }
    let transcript = bot.transcript();
    assert_eq!(transcript.matches("151 of 450 users are online on main.").count(), 2, "{transcript}");
}

#[tokio::test]
async fn an_old_log_and_one_sorted_the_other_way_hide_nothing() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    server.follow(bot.clock());
    server.durations(false);
    server.open_calls_last(true);
    bot.say("ann", "!trueconf confs").await;
    let first = bot.transcript();
    assert!(first.contains("7 conferences run on main"), "{first}");
    // Small pages: the open rows are on several.
    server.open_calls_last(false);
    server.page_size_max(3);
    bot.say("ann", "!trueconf confs").await;
    let second = bot.transcript();
    assert!(second.contains("7 conferences run on main"), "{second}");
    server.open_calls_last(true);
    bot.say("ann", "!trueconf confs").await;
    let third = bot.transcript();
    assert!(third.contains("7 conferences run on main"), "{third}");
}

#[tokio::test]
async fn all_conferences_are_those_that_do_not_run_as_well() {
    let server = TrueConfServer::start().await;
    let bot = bot_of(&server).await;
    bot.say("ann", "!trueconf confs --all").await;
    let transcript = shown(&bot, &[&server]);
    assert!(transcript.contains("8 conferences are on main:"), "{transcript}");
    assert!(transcript.contains("1000000008 (http://tc/c/1000000008) Yesterday\n            ivanov, stopped"), "{transcript}");
}
