//! What of a rule cannot be worked out: shown where people look, and no other rule minds.
use super::{rules, send, started};
use factotum_plugin_api::{Services, prelude::*, store::Tables};
use factotum_testing::Trouble;
use plugin_rules::Rule;

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
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > sized ${tags.size > 10}, ${100 - value}, hi
    bot@ops > fine: hi
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > sized ${tags.size > 10}, ${100 - value}, hi
    bot@ops > fine: hi
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > sized false, ${100 - value}, hi
    bot@ops > fine: hi
    ");
    for line in
        ["!rules list", "!rules show c-condition", "!rules alerts", "!rules test telegram?state=broken&size=large"]
    {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules list
    bot     > • a-filter: every message where tags.state → console:ops; rule error: filter: "broken" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 2, 2 times by now
              • b-number: every message where tags.size > 10 → console:ops; rule error: filter: "large" is compared with a number and is none; of telegram at 2026-11-20 10:00:00Z, request 2, 2 times by now
              • c-condition: every message when message || count() > 3 → console:ops; rule error: condition: "hi" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
              • d-text: every message → console:ops; rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
              • e-fine: every message → console:ops
    ann     > !rules show c-condition
    bot     > c-condition
              • to: console:ops
              • window: length(1)
              • condition: message || count() > 3
              • on: open, repeat
              • repeat_every: all
              • text: never
              • rule error: condition: "hi" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
    ann     > !rules alerts
    bot     > Rule    Entity    Status  Repeats  Last message
              d-text  telegram  REPEAT  2        hi
              e-fine  telegram  REPEAT  2        hi
              a-filter: rule error: filter: "broken" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 2, 2 times by now
              b-number: rule error: filter: "large" is compared with a number and is none; of telegram at 2026-11-20 10:00:00Z, request 2, 2 times by now
              c-condition: rule error: condition: "hi" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
              d-text: rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
    ann     > !rules test telegram?state=broken&size=large
    bot     > telegram, type webhook, source telegram, UNDEFINED, 2026-11-20T10:00:00Z
              Message: (empty)
              request_ip = 127.0.0.1
              size = large
              state = broken
              a-filter: nothing, its filter cannot be worked out: "broken" is neither true nor false
              b-number: nothing, its filter cannot be worked out: "large" is compared with a number and is none
              c-condition: nothing, its condition does not hold
              d-text: repeat, to console:ops: sized ${tags.size > 10}, ${100 - value}, ; rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; rule error: ${tags.size > 10} is left standing: "large" is compared with a number and is none
              e-fine: repeat, to console:ops: fine:
    "#);
    bot.say_privately("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !requests
    bot     > #3 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 204 accepted: telegram: c-condition rule error: condition: "hi" is neither true nor false; d-text repeat; d-text rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; e-fine repeat
              #2 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 204 accepted: telegram: a-filter rule error: filter: "broken" is neither true nor false; b-number rule error: filter: "large" is compared with a number and is none; c-condition rule error: condition: "hi" is neither true nor false; d-text repeat; d-text rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; ${tags.size > 10} is left standing: "large" is compared with a number and is none; e-fine repeat
              #1 2026-11-20 10:00:00Z POST /api/v1/messages/webhook/telegram from 127.0.0.1: 204 accepted: telegram: a-filter rule error: filter: "broken" is neither true nor false; b-number rule error: filter: "large" is compared with a number and is none; c-condition rule error: condition: "hi" is neither true nor false; d-text open; d-text rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; ${tags.size > 10} is left standing: "large" is compared with a number and is none; e-fine open
    "#);
    // Kept over a restart; a rule that was changed has none.
    bot.restart().await;
    bot.say("ann", "!rules edit a-filter --filter \"tags.state = 'ok'\"").await;
    bot.say("ann", "!rules disable b-number").await;
    bot.say("ann", "!rules list").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules edit a-filter --filter "tags.state = 'ok'"
    bot     > a-filter posts every message where tags.state = 'ok' to console:ops.
    ann     > !rules disable b-number
    bot     > At rest: b-number
    ann     > !rules list
    bot     > • a-filter: every message where tags.state = 'ok' → console:ops
              • b-number (disabled): every message where tags.size > 10 → console:ops; rule error: filter: "large" is compared with a number and is none; of telegram at 2026-11-20 10:00:00Z, request 1
              • c-condition: every message when message || count() > 3 → console:ops; rule error: condition: "hi" is neither true nor false; of telegram at 2026-11-20 10:00:00Z, request 1
              • d-text: every message → console:ops; rule error: ${100 - value} is left standing: a - stands where the end or an operator should be; of telegram at 2026-11-20 10:00:00Z, request 3, 3 times by now
              • e-fine: every message → console:ops
    "#);
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
    insta::assert_snapshot!(bot.transcript(), @r#"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > hi
    bot     > [host] A notice did not reach console:gone: chat not found. !outbox retry 1 tries again.
    ann     > !rules list
    bot     > • talk: every message → console:gone, console:ops; rule error: console:gone did not take a message of 2026-11-20 10:00:00Z: chat not found
    ann     > !rules show talk
    bot     > talk
              • to: console:gone, console:ops
              • window: length(1)
              • condition: true
              • on: open, repeat
              • repeat_every: all
              • text: ${message}
              • rule error: console:gone did not take a message of 2026-11-20 10:00:00Z: chat not found
    ann     > !rules alerts talk
    bot     > Rule  Entity    Status  Repeats  Last message
              talk  telegram  OPEN    0        hi
              talk: rule error: console:gone did not take a message of 2026-11-20 10:00:00Z: chat not found
    ann     > !rules alerts nothing
    bot     > there is no rule nothing
    "#);
}

#[tokio::test]
async fn a_filter_that_takes_too_long_is_an_error_too() {
    let bot = rules().start().await;
    bot.say_privately("ann", "!webhook user add telegram telegram 12345678").await;
    bot.say("ann", &format!("!rules add slow console:ops never --filter \"message LIKE '*{}b'\"", "a".repeat(900)))
        .await;
    bot.say("ann", "!rules add fine console:ops 'it came'").await;
    bot.transcript();
    let body = format!(r#"{{"text": "{}"}}"#, "a".repeat(30_000));
    assert_eq!(send(&bot, URL, &body).await.status, 204);
    bot.say("ann", "!rules alerts slow").await;
    bot.pass(Duration::from_secs(6)).await;
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > it came
    ann     > !rules alerts slow
    bot     > No rule is open.
              slow: rule error: filter: it takes too long; of telegram at 2026-11-20 10:00:00Z, request 1
    ");
}

#[tokio::test]
async fn a_stored_rule_that_cannot_be_read_is_shown_and_can_be_mended() {
    let mut bot = started().await;
    let filter = "tags.state ~ 'broken'".to_owned();
    let old = Rule { to: vec!["console:ops".parse().unwrap()], filter, ..Rule::default() };
    let stored = Tables::new(bot.host().shared.store(), "rules").table("rules").unwrap();
    stored.put(&"old".to_owned(), &old).await.unwrap();
    drop(stored);
    bot.restart().await;
    for line in ["!rules list", "!rules add fine console:ops 'fine: ${message}'", "!rules list", "!rules show old"] {
        bot.say("ann", line).await;
    }
    assert_eq!(send(&bot, URL, r#"{"text": "hi"}"#).await.status, 204);
    for line in
        ["!rules edit old --filter \"tags.state = 'broken'\"", "!rules list", "!rules remove old", "yes", "!rules list"]
    {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules list
    bot     > • old is at rest: it cannot be read:
              filter: this character means nothing here:
              tags.state ~ 'broken'
                         ^
    ann     > !rules add fine console:ops 'fine: ${message}'
    bot     > fine posts every message to console:ops.
    ann     > !rules list
    bot     > • fine: every message → console:ops
              • old is at rest: it cannot be read:
              filter: this character means nothing here:
              tags.state ~ 'broken'
                         ^
    ann     > !rules show old
    bot     > the rule old is at rest: it cannot be read: filter: this character means nothing here:
              tags.state ~ 'broken'
                         ^
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > fine: hi
    ann     > !rules edit old --filter "tags.state = 'broken'"
    bot     > old posts every message where tags.state = 'broken' to console:ops.
    ann     > !rules list
    bot     > • fine: every message → console:ops
              • old: every message where tags.state = 'broken' → console:ops
    ann     > !rules remove old
    bot     > Remove the rule old, which posts every message where tags.state = 'broken' to console:ops?
              1. yes
              2. no
    ann     > yes
    bot     > The rule old is removed.
    ann     > !rules list
    bot     > • fine: every message → console:ops
    "#);
}
