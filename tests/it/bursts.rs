//! Builds that pass faster than a chat takes messages.
use crate::travis::{NO_KEYS, failed, post, route, travis};
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;
use serde_json::json;

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
/// A bot with a chat `dev` that takes a message every 20 seconds and hears of all builds.
async fn bot(config: &str) -> Bot {
    let bot = travis(&format!("{NO_KEYS}\n{config}")).start().await;
    route(&bot, "dev *").await;
    bot.script().pace(1, secs(20));
    bot
}
/// From now on nobody waits for anything.
fn hurry(bot: &Bot) {
    bot.script().pace(1000, secs(1));
}
/// Two minutes, in which the chat takes six messages.
async fn wait(bot: &Bot) {
    for _ in 0..6 {
        bot.pass(secs(20)).await;
    }
}
/// Builds that have come to this, a second from each other.
async fn builds(bot: &Bot, numbers: std::ops::RangeInclusive<u32>, state: &str) {
    for n in numbers {
        let changes = json!({ "number": n.to_string(), "id": n, "status_message": state });
        post(bot, &failed(changes)).await;
        bot.pass(secs(1)).await;
    }
}
/// What the chat was told since the last look, without the requests.
fn told(bot: &Bot) -> String {
    let lines = bot.transcript();
    lines.lines().filter(|line| !line.starts_with("travis  >")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn builds_that_had_to_wait_are_one_message_and_a_failure_is_its_own() {
    let bot = bot("").await;
    builds(&bot, 1..=8, "Passed").await;
    builds(&bot, 9..=9, "Fixed").await;
    builds(&bot, 10..=10, "Failed").await;
    wait(&bot).await;
    insta::assert_snapshot!(told(&bot), @r#"
    bot@dev > [Travis CI] o/r #1 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@dev > 8 builds in 7 s: 7 passed, 1 fixed
              [Travis CI] o/r #2 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #3 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #4 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #5 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #6 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #7 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #8 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #9 fixed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #10 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
    hurry(&bot);
    // A build of the group has a message of its own when something is said of it later.
    post(&bot, &failed(json!({ "number": "5", "id": 5, "finished_at": "2026-03-18T12:00:00Z" }))).await;
    bot.say("ann", "!outbox list sent group before 6").await;
    insta::assert_snapshot!(told(&bot), @r#"
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !outbox list sent group before 6
    bot     > #5 2026-11-20 10:00:04Z travishook to console:dev sent after 1 try: m4, in a group of 8
              #4 2026-11-20 10:00:03Z travishook to console:dev sent after 1 try: m4, in a group of 8
              #3 2026-11-20 10:00:02Z travishook to console:dev sent after 1 try: m4, in a group of 8
              #2 2026-11-20 10:00:01Z travishook to console:dev sent after 1 try: m4, in a group of 8
    "#);
    // A number is no piece of another.
    bot.say("ann", "!outbox list sent m4 before 4").await;
    bot.say("ann", "!outbox list sent 4 before 3").await;
    bot.say("ann", "!outbox list sent 1").await;
    insta::assert_snapshot!(told(&bot), @"
    ann     > !outbox list sent m4 before 4
    bot     > #3 2026-11-20 10:00:02Z travishook to console:dev sent after 1 try: m4, in a group of 8
              #2 2026-11-20 10:00:01Z travishook to console:dev sent after 1 try: m4, in a group of 8
    ann     > !outbox list sent 4 before 3
    bot     > #2 2026-11-20 10:00:01Z travishook to console:dev sent after 1 try: m4, in a group of 8
    ann     > !outbox list sent 1
    bot     > #1 2026-11-20 10:00:00Z travishook to console:dev sent after 1 try
    ");
    bot.say("ann", "!requests show 4").await;
    let shown = told(&bot);
    let (_, notice) = shown.split_once("notice #4").unwrap();
    assert_eq!(notice.lines().last().unwrap().trim(), "• 2026-11-20 10:00:30Z posted: m4, in a group of 8 (took 0 ms)");
}

#[tokio::test]
async fn a_chat_says_whether_and_when() {
    let mut bot = bot("[outbox]\njitter = 0.0\ngroup_after = 4").await;
    hurry(&bot);
    for line in ["!group", "!group after 3", "!group off --chat dev", "!group on", "!group maybe", "!group after 1"] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!group off").await;
    bot.restart().await;
    bot.script().pace(1, secs(20));
    bot.say("ann", "!group --chat dev").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !group
    bot     > When 4 or more notices of good builds have to wait, they come as one message. !group off changes that, !group on goes back to what the config says.
    ann     > !group after 3
    bot     > When 3 or more notices of good builds have to wait, they come as one message. !group off changes that, !group on goes back to what the config says.
    ann     > !group off --chat dev
    bot     > console:dev: Every notice is a message of its own. !group after 5 --chat console:dev changes that, !group on --chat console:dev goes back to what the config says.
    ann     > !group on
    bot     > When 4 or more notices of good builds have to wait, they come as one message. !group off changes that, !group on goes back to what the config says.
    ann     > !group maybe
    bot     > I do not understand maybe: say off, on, or after and a number from 2 to 500.
    ann     > !group after 1
    bot     > I do not understand after 1: say off, on, or after and a number from 2 to 500.
    bob     > !group off
    bot     > !group is for admins. !whoami shows who you are to me.
    ann     > !group --chat dev
    bot     > console:dev: Every notice is a message of its own. !group after 5 --chat console:dev changes that, !group on --chat console:dev goes back to what the config says.
    ");
    builds(&bot, 1..=5, "Passed").await;
    wait(&bot).await;
    assert_eq!(told(&bot).matches("bot@dev >").count(), 5);
    bot.say("ann", "!group on --chat dev").await;
    builds(&bot, 6..=10, "Passed").await;
    wait(&bot).await;
    let told = told(&bot);
    assert!(told.matches("bot@dev >").count() == 2 && told.contains("4 builds passed in 3 s"), "{told}");
}

#[tokio::test]
async fn what_an_outage_and_a_restart_held_up_is_one_message_in_the_language_of_the_chat() {
    let mut bot = bot("language = \"ru\"").await;
    hurry(&bot);
    bot.script().down();
    builds(&bot, 1..=21, "Passed").await;
    bot.restart_after(secs(3600)).await;
    bot.script().up();
    bot.pass(secs(60)).await;
    let told = told(&bot);
    insta::assert_snapshot!(told.lines().take(3).collect::<Vec<_>>().join("\n"), @r#"
    bot@dev > 21 сборка прошла успешно за 20 с
              [Travis CI] o/r #1 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #2 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
    assert_eq!((told.lines().count(), told.matches("bot@dev >").count()), (22, 1), "{told}");
}

#[tokio::test]
async fn the_end_of_quiet_hours_brings_one_message() {
    let bot = bot("").await;
    bot.script().show_silent();
    bot.say("ann", "!quiet --chat dev 10:00-18:00 hold").await;
    builds(&bot, 1..=5, "Passed").await;
    bot.pass(secs(8 * 3600)).await;
    insta::assert_snapshot!(told(&bot), @r#"
    ann     > !quiet --chat dev 10:00-18:00 hold
    bot     > console:dev: Quiet hours: 10:00-18:00 (UTC). Urgent notices come without a sound, the others at 18:00, in their order; only the first of them makes a sound.
    bot@dev > 5 builds passed in 4 s
              [Travis CI] o/r #1 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #2 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #3 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #4 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              [Travis CI] o/r #5 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}
