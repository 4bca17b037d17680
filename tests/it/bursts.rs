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
    bot.script().pace(1, secs(20));
    route(&bot, "dev *").await;
    bot
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
    bot.pass(secs(60)).await;
    insta::assert_snapshot!(told(&bot), @"");
    // A build of the group has a message of its own when something is said of it later.
    post(&bot, &failed(json!({ "number": "5", "id": 5, "finished_at": "2026-03-18T12:00:00Z" }))).await;
    for line in ["!outbox list sent", "!requests show 4"] {
        bot.pass(secs(60)).await;
        bot.say("ann", line).await;
    }
    let shown = told(&bot);
    let shown: Vec<&str> = shown.lines().filter(|line| !line.contains("  {") && !line.contains(": ***")).collect();
    insta::assert_snapshot!(shown.join("\n"), @"");
}

#[tokio::test]
async fn a_chat_says_whether_and_when() {
    let mut bot = bot("[outbox]\njitter = 0.0\ngroup_after = 4").await;
    bot.script().pace(100, secs(1));
    for line in ["!group", "!group after 3", "!group off --chat dev", "!group on", "!group maybe", "!group after 1"] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!group off").await;
    bot.restart().await;
    bot.script().pace(1, secs(20));
    bot.say("ann", "!group --chat dev").await;
    insta::assert_snapshot!(bot.transcript(), @"");
    builds(&bot, 1..=5, "Passed").await;
    bot.pass(secs(100)).await;
    assert_eq!(told(&bot).matches("bot@dev >").count(), 5);
    bot.say("ann", "!group on --chat dev").await;
    builds(&bot, 6..=10, "Passed").await;
    bot.pass(secs(100)).await;
    let told = told(&bot);
    assert!(told.matches("bot@dev >").count() == 2 && told.contains("4 builds passed in 3 s"), "{told}");
}

#[tokio::test]
async fn what_an_outage_and_a_restart_held_up_is_one_message_in_the_language_of_the_chat() {
    let mut bot = bot("language = \"ru\"").await;
    bot.script().pace(100, secs(1));
    bot.script().down();
    builds(&bot, 1..=21, "Passed").await;
    bot.restart_after(secs(3600)).await;
    bot.settled().await;
    let told = told(&bot);
    insta::assert_snapshot!(told.lines().take(3).collect::<Vec<_>>().join("\n"), @"");
    assert_eq!((told.lines().count(), told.matches("bot@dev >").count()), (22, 1), "{told}");
}

#[tokio::test]
async fn the_end_of_quiet_hours_brings_one_message() {
    let bot = bot("").await;
    bot.script().show_silent();
    bot.say("ann", "!quiet --chat dev 10:00-18:00 hold").await;
    builds(&bot, 1..=5, "Passed").await;
    bot.pass(secs(8 * 3600)).await;
    insta::assert_snapshot!(told(&bot), @"");
}
