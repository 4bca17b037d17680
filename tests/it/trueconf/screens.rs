//! The screens: buttons, and a message that changes as they are pressed.
use super::{bot, shown};
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn a_walk_through_the_screens_changes_one_message() {
    let (server, other) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let bot =
        bot(&[("main", &server), ("Видеосервер филиал 1", &other)], "api = \"v3.3\"").buttons().edits().start().await;
    bot.say("ann", "!trueconf servers").await;
    for label in ["main", "Status", "« Back", "Users online", "« Back", "Forgotten conferences", "1000000002"] {
        bot.press("ann", label).await;
    }
    bot.press("ann", "yes").await;
    assert_eq!(server.state_of("1000000002").as_deref(), Some("stopped"));
    insta::assert_snapshot!(shown(&bot, &[&server, &other]), @"
    ann     > !trueconf servers
    bot     > Choose a server:
              • main (main): Its certificate is not checked: anybody on the way can read and change everything.
              • Видеосервер филиал 1 (videoserver-filial-1): Its certificate is not checked: anybody on the way can read and change everything.
              [main] [Видеосервер филиал 1]
    ann     > [main]
    bot edits m1 > main is chosen. What is to be done?
              [Status] [Running conferences]
              [Users online] [Forgotten conferences]
              [« Back]
    ann     > [Status]
    bot edits m1 > main: running, TrueConf Server 5.5.6.1000. Its certificate is not checked: anybody on the way can read and change everything.
              The watch is off: this chat is not told when main stops or comes up.
              [Watch on]
              [« Back]
    ann     > [« Back]
    bot edits m1 > main is chosen. What is to be done?
              [Status] [Running conferences]
              [Users online] [Forgotten conferences]
              [« Back]
    ann     > [Users online]
    bot edits m1 > 151 of 450 users are online on main.
              [« Back]
    ann     > [« Back]
    bot edits m1 > main is chosen. What is to be done?
              [Status] [Running conferences]
              [Users online] [Forgotten conferences]
              [« Back]
    ann     > [Forgotten conferences]
    bot edits m1 > 4 conferences on main seem to be forgotten:
              • 1000000002 (http://tc/c/1000000002) Webinar <Q&A> & demo
                petrova@video.example.com, 1 participant, 4:40:00, live control (http://tc/tools/real-time/00000042%40video.example.com%23vcs?a=cookies)
              • 1000000003 (http://tc/c/1000000003) untitled
                sidorov@video.example.com, 3 participants, 2:40:00, live control (http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies)
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova@video.example.com, nobody in it, 24:00:00, live control (http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies)
              • 1000000006 (http://tc/c/1000000006) Exactly one hour
                sidorov@video.example.com, 1 participant, 1:00:00, live control (http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies)
              Press an id to stop its conference.
              [1000000002] [1000000003]
              [1000000005] [1000000006]
              [« Back]
    ann     > [1000000002]
    bot     > Stop Webinar <Q&A> & demo (1000000002) on main? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              [yes] [no]
    ann     > [yes]
    bot edits m2 > Stop Webinar <Q&A> & demo (1000000002) on main? Owner petrova@video.example.com, 1 participant, it has run for 4:40:00.
              → yes
    bot edits m1 > Webinar <Q&A> & demo (1000000002) on main is stopped.

              3 conferences on main seem to be forgotten:
              • 1000000003 (http://tc/c/1000000003) untitled
                sidorov@video.example.com, 3 participants, 2:40:00, live control (http://tc/tools/real-time/00000043%40video.example.com%23vcs?a=cookies)
              • 1000000005 (http://tc/c/1000000005) Empty room
                petrova@video.example.com, nobody in it, 24:00:00, live control (http://tc/tools/real-time/00000045%40video.example.com%23vcs?a=cookies)
              • 1000000006 (http://tc/c/1000000006) Exactly one hour
                sidorov@video.example.com, 1 participant, 1:00:00, live control (http://tc/tools/real-time/00000046%40video.example.com%23vcs?a=cookies)
              Press an id to stop its conference.
              [1000000003] [1000000005]
              [1000000006]
              [« Back]
    ");
}

#[tokio::test]
async fn the_section_of_status_and_the_first_screen() {
    let server = TrueConfServer::start().await;
    let bot = bot(&[("main", &server)], "").buttons().start().await;
    bot.say("ann", "!status").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("main: running, TrueConf Server 5.5.6.1000."), "{transcript}");
}

#[test]
fn russian_has_its_plural_forms() {
    let russian: factotum_plugin_api::language::Language = "ru".parse().unwrap();
    let plural = |count: u64| {
        let phrase = factotum_plugin_api::language::Phrase::new("trueconf", "participants").with("count", count);
        russian.clone().within(|| phrase.to_string())
    };
    let plurals = [0, 1, 2, 5, 11, 21].map(plural);
    assert_eq!(plurals, ["никого нет", "1 участник", "2 участника", "5 участников", "11 участников", "21 участник"]);
}
