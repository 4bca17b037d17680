//! OPEN, REPEAT and CANCEL over time, with what is said of each.
use super::{rules, send, started};
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;

async fn say(bot: &Bot, text: &str) {
    assert_eq!(send(bot, "telegram?command.message=text", &format!(r#"{{"text": "{text}"}}"#)).await.status, 204);
}
async fn with(rule: &str) -> Bot {
    let bot = started().await;
    bot.say("ann", &format!("!rules add watch console:ops '[${{status}}] ${{message}} (${{repeat_count}})' {rule}"))
        .await;
    bot.transcript();
    bot
}
/// What was posted.
fn posted(bot: &Bot) -> String {
    bot.transcript().lines().filter_map(|line| line.strip_prefix("bot@ops > ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_condition_opens_repeats_and_ends_with_its_own_texts() {
    let bot =
        with("--condition \"message = 'bad'\" --on open,repeat,cancel --cancel-text 'fine again: ${message}'").await;
    for text in ["good", "bad", "bad", "good", "bad"] {
        say(&bot, text).await;
    }
    insta::assert_snapshot!(posted(&bot), @"
    [OPEN] bad (0)
    [REPEAT] bad (1)
    fine again: good
    [OPEN] bad (0)
    ");
}

#[tokio::test]
async fn how_a_rule_stands_outlives_a_restart() {
    let mut bot = with("").await;
    say(&bot, "one").await;
    bot.restart().await;
    say(&bot, "two").await;
    insta::assert_snapshot!(posted(&bot), @"
    [OPEN] one (0)
    [REPEAT] two (1)
    ");
}

#[tokio::test]
async fn a_delayed_opening_is_said_when_it_stays() {
    let bot = with("--condition \"message = 'bad'\" --delay '1 minute' --on open,cancel").await;
    say(&bot, "bad").await;
    bot.pass(Duration::from_secs(30)).await;
    say(&bot, "good").await;
    bot.pass(Duration::from_secs(120)).await;
    assert_eq!(posted(&bot), "", "it ended before anybody was told");
    say(&bot, "bad").await;
    bot.pass(Duration::from_secs(30)).await;
    bot.pass(Duration::from_secs(40)).await;
    bot.posted("[OPEN]").await;
    insta::assert_snapshot!(posted(&bot), @"[OPEN] bad (0)");
}

#[tokio::test]
async fn a_delayed_opening_outlives_a_restart() {
    let mut bot = with("--condition \"message = 'bad'\" --delay '1 minute' --on open").await;
    say(&bot, "bad").await;
    bot.restart_after(Duration::from_secs(30)).await;
    assert_eq!(posted(&bot), "");
    bot.restart_after(Duration::from_secs(40)).await;
    bot.pass(Duration::from_secs(10)).await;
    bot.posted("[OPEN]").await;
    bot.restart_after(Duration::from_secs(90)).await;
    say(&bot, "bad").await;
    insta::assert_snapshot!(posted(&bot), @"[OPEN] bad (0)");
}

#[tokio::test]
async fn a_window_of_time_ends_by_itself() {
    let bot = with("--window 'time(1 minute)' --condition 'count() >= 2' --on open,cancel").await;
    say(&bot, "one").await;
    say(&bot, "two").await;
    for _ in 0..8 {
        bot.pass(Duration::from_secs(10)).await;
    }
    bot.posted("[CANCEL]").await;
    insta::assert_snapshot!(posted(&bot), @"
    [OPEN] two (0)
    [CANCEL] two (0)
    ");
}

#[tokio::test]
async fn rules_of_the_config_post_too() {
    let bot = rules()
        .config("[plugins.rules.rule.talk]\nto = [\"console:ops\", \"console:dev\"]\nentity = \"telegram\"\ntext = \"${message}!\"")
        .start()
        .await;
    bot.say_privately("ann", "!webhook user add telegram telegram 12345678").await;
    bot.transcript();
    say(&bot, "hi").await;
    bot.say("ann", "!rules show talk").await;
    bot.say("ann", "!rules disable talk").await;
    let mut lines: Vec<String> = bot.transcript().lines().map(str::to_owned).collect();
    lines.sort_by_key(|line| !line.starts_with("bot@")); // two chats have no order
    lines[..2].sort();
    insta::assert_snapshot!(lines.join("\n"), @"
    bot@dev > hi!
    bot@ops > hi!
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    ann     > !rules show talk
    bot     > talk (in the config)
              • to: console:ops, console:dev
              • entity: telegram
              • window: length(1)
              • condition: true
              • on: open, repeat
              • repeat_every: all
              • text: ${message}!
    ann     > !rules disable talk
    bot     > the rule talk stands in the config, [plugins.rules.rule.talk]: change it there
    ");
    let wrong =
        rules().config("[plugins.rules.rule.talk]\nto = [\"console:ops\"]\nfilter = \"entity = \"").try_start().await;
    let wrong = wrong.err().unwrap().to_string();
    insta::assert_snapshot!(wrong.split_once("factotum.toml").unwrap().1, @"
    :2: plugins.rules: rule.talk: filter: a value is missing here:
    entity =
            ^
    ");
}
