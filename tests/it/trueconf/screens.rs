//! The screens: buttons, and a message that changes as they are pressed.
use super::{bot, shown};
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn a_walk_through_the_screens_changes_one_message() {
    let (server, other) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let bot = bot(&[("main", &server), ("Видеосервер филиал 1", &other)], "api = \"v3.3\"").buttons().edits().start().await;
    bot.say("ann", "!trueconf servers").await;
    for label in ["main", "Status", "« Back", "Users online", "« Back", "Forgotten conferences", "1000000002"] {
        bot.press("ann", label).await;
    }
    bot.press("ann", "yes").await;
    assert_eq!(server.state_of("1000000002").as_deref(), Some("stopped"));
    insta::assert_snapshot!(shown(&bot, &[&server, &other]), @"");
}

#[tokio::test]
async fn the_section_of_status_and_the_first_screen() {
    let server = TrueConfServer::start().await;
    let bot = bot(&[("main", &server)], "").buttons().start().await;
    bot.say("ann", "!status").await;
    let transcript = bot.transcript();
    assert!(transcript.contains("main: running, TrueConf Server 5.5.6.1000."), "{transcript}");
}
