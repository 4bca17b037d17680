//! What of a rule cannot be worked out: shown where people look, and no other rule minds.
use super::{rules, send, started};
use factotum_plugin_api::prelude::*;
use factotum_testing::Trouble;

const URL: &str = "telegram?command.message=text";

#[tokio::test]
async fn a_rule_that_fails_is_shown_and_stops_no_other() {
    let mut bot = started().await;
    for line in [
        "!rules add a-filter console:ops never --filter \"tags.state\"",
        "!rules add b-number console:ops never --filter 'tags.size > 10'",
        "!rules add c-condition console:ops never --condition 'message || count() > 3'",
        "!rules add d-text console:ops 'sized ${tags.size > 10}, ${100 - value}, ${message}'",
        "!rules add e-fine console:ops 'fine: ${message}'",
    ] {
        bot.say("ann", line).await;
    }
    bot.transcript();
    for _ in 0..2 {
        assert_eq!(send(&bot, URL, r#"{"text": "hi", "state": "broken", "size": "large"}"#).await.status, 204);
    }
    assert_eq!(send(&bot, URL, r#"{"text": "hi"}"#).await.status, 204);
    insta::assert_snapshot!(bot.transcript(), @"");
    for line in ["!rules list", "!rules show c-condition", "!rules alerts", "!rules test telegram?state=broken&size=large"] {
        bot.say("ann", line).await;
    }
    bot.say_privately("ann", "!requests show 1").await;
    insta::assert_snapshot!(bot.transcript(), @"");
    // Kept over a restart; a rule that was changed has none.
    bot.restart().await;
    bot.say("ann", "!rules edit a-filter --filter \"tags.state = 'ok'\"").await;
    bot.say("ann", "!rules disable b-number").await;
    bot.say("ann", "!rules list").await;
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn a_chat_that_takes_nothing_is_shown_with_its_rule() {
    let bot = started().await;
    bot.script().fail_next_in("gone", Trouble::Permanent("chat not found"));
    bot.say("ann", "!rules add talk console:gone '${message}' --to console:ops").await;
    bot.transcript();
    send(&bot, URL, r#"{"text": "hi"}"#).await;
    bot.settled().await;
    for line in ["!rules list", "!rules show talk", "!rules alerts talk", "!rules alerts nothing"] {
        bot.say("ann", line).await;
    }
    bot.say_privately("ann", "!requests show 1").await;
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn a_filter_that_takes_too_long_is_an_error_too() {
    let bot = rules().start().await;
    bot.say_privately("ann", "!webhook user add telegram telegram 12345678").await;
    bot.say("ann", &format!("!rules add slow console:ops never --filter \"message LIKE '*{}b'\"", "a".repeat(900))).await;
    bot.say("ann", "!rules add fine console:ops 'it came'").await;
    bot.transcript();
    let body = format!(r#"{{"text": "{}"}}"#, "a".repeat(30_000));
    assert_eq!(send(&bot, URL, &body).await.status, 204);
    bot.say("ann", "!rules alerts slow").await;
    bot.pass(Duration::from_secs(6)).await;
    insta::assert_snapshot!(bot.transcript(), @"");
}
