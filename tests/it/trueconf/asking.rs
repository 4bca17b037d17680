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
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf servers
    bot     > Choose a server:
              • main (main): Its certificate is not checked: anybody on the way can read and change everything.
              main: !trueconf servers main
    ann     > !trueconf status
    bot     > main: running, TrueConf Server 5.5.6.1000. Its certificate is not checked: anybody on the way can read and change everything.
              The watch is off: this chat is not told when main stops or comes up.
              Watch on: !trueconf watch main on
              « Back: !trueconf servers main
    ann     > !trueconf online
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    ann     > !trueconf confs
    bot     > 7 conferences run on main:
              • 1000000001 (http://tc/c/1000000001) Планёрка отдела
                ivanov@video.example.com, 5 participants, 0:20:00, live control (http://tc/tools/real-time/00000041%40video.example.com%23vcs?a=cookies)
              • 1000000002 (http://tc/c/1000000002) Webinar <Q&A> & demo
                petrova@video.example.com, 1 participant, 4:40:00, live control (http://tc/tools/real-time/00000042%40video.example.com%23vcs?a=cookies)
              • 1000000003 (http://tc/c/1000000003) untitled
                sidorov@video.example.com, 3 participants, 2:40:00, live control (http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies)
              • 1000000004 (http://tc/c/1000000004) Board meeting
                ivanov@video.example.com, 2 participants, 1:40:00, live control (http://tc/tools/real-time/00000044%40video.example.com%23vcs?a=cookies)
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova@video.example.com, nobody in it, 24:00:00, live control (http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies)
              • 1000000006 (http://tc/c/1000000006) Exactly one hour
                sidorov@video.example.com, 1 participant, 1:00:00, live control (http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies)
              • 1000000007 (http://tc/c/1000000007) Just under an hour
                sidorov@video.example.com, 1 participant, 0:59:59, live control (http://tc/tools/real-time/00000047%40video.example.com%23vcs?a=cookies)
              Press an id to stop its conference.
              1000000001: !trueconf stop main 1000000001 --list confs
              1000000002: !trueconf stop main 1000000002 --list confs
              1000000003: !trueconf stop main 1000000003 --list confs
              1000000004: !trueconf stop main 1000000004 --list confs
              1000000005: !trueconf stop main 1000000005 --list confs
              1000000006: !trueconf stop main 1000000006 --list confs
              1000000007: !trueconf stop main 1000000007 --list confs
              « Back: !trueconf servers main
    ann     > !trueconf forgotten
    bot     > 4 conferences on main seem to be forgotten:
              • 1000000002 (http://tc/c/1000000002) Webinar <Q&A> & demo
                petrova@video.example.com, 1 participant, 4:40:00, live control (http://tc/tools/real-time/00000042%40video.example.com%23vcs?a=cookies)
              • 1000000003 (http://tc/c/1000000003) untitled
                sidorov@video.example.com, 3 participants, 2:40:00, live control (http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies)
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova@video.example.com, nobody in it, 24:00:00, live control (http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies)
              • 1000000006 (http://tc/c/1000000006) Exactly one hour
                sidorov@video.example.com, 1 participant, 1:00:00, live control (http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies)
              Press an id to stop its conference.
              1000000002: !trueconf stop main 1000000002 --list forgotten
              1000000003: !trueconf stop main 1000000003 --list forgotten
              1000000005: !trueconf stop main 1000000005 --list forgotten
              1000000006: !trueconf stop main 1000000006 --list forgotten
              « Back: !trueconf servers main
    ann     > !trueconf forgotten --over 5h
    bot     > One conference on main seems to be forgotten:
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova@video.example.com, nobody in it, 24:00:00, live control (http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies)
              Press an id to stop its conference.
              1000000005: !trueconf stop main 1000000005 --list forgotten
              « Back: !trueconf servers main
    ann     > !trueconf forgotten --over soon
    bot     > --over: soon is no length of time: one is like 30m, 2h or 1d
              Usage: !trueconf forgotten [OPTIONS] [SERVER]
    ann     > !trueconf show 1000000004
    bot     > 1000000004 (http://tc/c/1000000004) Board meeting: running
              Owner: ivanov@video.example.com
              It has run for 1:40:00.
              2 participants: Иванов (moderator), User 3
              live control (http://tc/tools/real-time/00000044%40video.example.com%23vcs?a=cookies)
              Stop: !trueconf stop main 1000000004
              Recordings: !trueconf records main 1000000004
              « Back: !trueconf servers main
    ann     > !trueconf show main 1000000008
    bot     > 1000000008 (http://tc/c/1000000008) Yesterday: stopped
              Owner: ivanov
              Start: !trueconf run main 1000000008
              Recordings: !trueconf records main 1000000008
              « Back: !trueconf servers main
    ann     > !trueconf records 1000000002
    bot     > 2 recordings of 1000000002 on main:
              • 1000000002_2026-11-22.mkv (https://video.example.com/api/v3/conferences/1000000002/records/1000000002_2026-11-22.mkv/download), 8.1 MiB, 2026-11-22 04:00 UTC
              • 1000000002_2026-11-22.mkv (https://video.example.com/api/v3/conferences/1000000002/records/1000000002_2026-11-22.mkv/download), 8.1 MiB, 2026-11-22 05:40 UTC
              « Back: !trueconf servers main
    ann     > !trueconf records 1000000001
    bot     > There are no recordings of 1000000001 on main.
              « Back: !trueconf servers main
    ann     > !trueconf records 77
    bot     > There is no conference 77 on main.
    ");
}

#[tokio::test]
async fn the_newer_api_gives_the_same() {
    let server = TrueConfServer::start().await;
    let bot = bot(&[("main", &server)], "").start().await;
    server.follow(bot.clock()); // v4 tells when a conference began, not how long it runs
    server.add_record("1000000002", "a.mkv", 1000);
    for line in ["!trueconf online", "!trueconf forgotten", "!trueconf show 1000000004", "!trueconf records 1000000002"]
    {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf online
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    ann     > !trueconf forgotten
    bot     > 4 conferences on main seem to be forgotten:
              • 1000000002 (http://tc/c/1000000002) Webinar <Q&A> & demo
                petrova, 1 participant, 4:40:00
              • 1000000003 (http://tc/c/1000000003) untitled
                sidorov, 3 participants, 2:40:00
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova, nobody in it, 24:00:00
              • 1000000006 (http://tc/c/1000000006) Exactly one hour
                sidorov, 1 participant, 1:00:00
              Press an id to stop its conference.
              1000000002: !trueconf stop main 1000000002 --list forgotten
              1000000003: !trueconf stop main 1000000003 --list forgotten
              1000000005: !trueconf stop main 1000000005 --list forgotten
              1000000006: !trueconf stop main 1000000006 --list forgotten
              « Back: !trueconf servers main
    ann     > !trueconf show 1000000004
    bot     > 1000000004 (http://tc/c/1000000004) Board meeting: running
              Owner: ivanov
              It has run for 1:40:00.
              2 participants: Иванов (moderator), User 3
              Stop: !trueconf stop main 1000000004
              Recordings: !trueconf records main 1000000004
              « Back: !trueconf servers main
    ann     > !trueconf records 1000000002
    bot     > 2 recordings of 1000000002 on main:
              • 1000000002_2026-11-22.mkv (https://video.example.com/api/v3/conferences/1000000002/records/1000000002_2026-11-22.mkv/download), 8.1 MiB, 2026-11-20 08:20 UTC
              • a.mkv (https://video.example.com/api/v3/conferences/1000000002/records/a.mkv/download), 1000 B, 2026-11-20 10:00 UTC
              « Back: !trueconf servers main
    ");
    server.v3(false);
    bot.say("ann", "!trueconf online").await;
    insta::assert_snapshot!(shown(&bot, &[&server]), @"
    ann     > !trueconf online
    bot     > main: its API does not tell that
              « Back: !trueconf servers main
    ");
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
    assert!(
        transcript.contains("1000000008 (http://tc/c/1000000008) Yesterday\n            ivanov, stopped"),
        "{transcript}"
    );
}
