//! Rules made, changed, tried and looked at in a chat.
use super::{rules, send, started};

#[tokio::test]
async fn a_rule_from_its_making_to_its_end() {
    let bot = rules().start().await;
    for line in [
        "!rules",
        "!rules add Deploy console:ops 'deploy of ${tags.app}' --filter \"tags.app != ''\" --entity telegram",
        "!rules add deploy console:ops again",
        "!rules list",
        "!rules edit deploy --to console:dev --to console:ops --on open,cancel --repeat-every '5 minutes'",
        "!rules show deploy",
        "!rules disable deploy",
        "!rules list",
        "!rules enable deploy",
        "!rules remove deploy",
        "!nay",
        "!rules remove deploy",
        "yes",
        "!rules remove deploy",
        "!rules alerts",
    ] {
        bot.say("ann", line).await;
    }
    bot.say("eve", "!rules list").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules
    bot     > There is no rule: !rules add NAME CHAT TEXT makes one.
    ann     > !rules add Deploy console:ops 'deploy of ${tags.app}' --filter "tags.app != ''" --entity telegram
    bot     > deploy posts messages of entity telegram where tags.app != '' to console:ops.
    ann     > !rules add deploy console:ops again
    bot     > there is a rule deploy already: edit or remove it
    ann     > !rules list
    bot     > • deploy: messages of entity telegram where tags.app != '' → console:ops
    ann     > !rules edit deploy --to console:dev --to console:ops --on open,cancel --repeat-every '5 minutes'
    bot     > deploy posts messages of entity telegram where tags.app != '' to console:dev, console:ops.
    ann     > !rules show deploy
    bot     > deploy
              • to: console:dev, console:ops
              • entity: telegram
              • filter: tags.app != ''
              • window: length(1)
              • condition: true
              • on: open, cancel
              • repeat_every: 5 minutes
              • text: deploy of ${tags.app}
    ann     > !rules disable deploy
    bot     > At rest: deploy
    ann     > !rules list
    bot     > • deploy (disabled): messages of entity telegram where tags.app != '' → console:dev, console:ops
    ann     > !rules enable deploy
    bot     > At work: deploy
    ann     > !rules remove deploy
    bot     > Remove the rule deploy, which posts messages of entity telegram where tags.app != '' to console:dev, console:ops?
              1. yes
              2. no
    ann     > !nay
    bot     > Never mind: nothing was done.
    ann     > !rules remove deploy
    bot     > Remove the rule deploy, which posts messages of entity telegram where tags.app != '' to console:dev, console:ops?
              1. yes
              2. no
    ann     > yes
    bot     > The rule deploy is removed.
    ann     > !rules remove deploy
    bot     > there is no rule deploy
    ann     > !rules alerts
    bot     > No rule is open.
    eve     > !rules list
    bot     > !rules list is for admins. !whoami shows who you are to me.
    "#);
}

#[tokio::test]
async fn what_a_rule_is_about_is_said_whole() {
    let config = "[plugins.rules.rule.gone]\nto = [\"irc:#x\", \"console:ops\"]";
    let bot = rules().config(config).start().await;
    for line in [
        "!rules add r4 console:a x --to console:b,console:c --condition 'count() >= 3' --window 'length(5)'",
        "!rules add r5 console:a x --entity e --filter \"tags.a != ''\" --condition \"message = 'b'\"",
        "!rules list",
        "!rules show gone",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules add r4 console:a x --to console:b,console:c --condition 'count() >= 3' --window 'length(5)'
    bot     > r4 posts every message when count() >= 3 to console:a, console:b, console:c.
    ann     > !rules add r5 console:a x --entity e --filter "tags.a != ''" --condition "message = 'b'"
    bot     > r5 posts messages of entity e where tags.a != '' when message = 'b' to console:a.
    ann     > !rules list
    bot     > • gone: every message → irc:#x, console:ops; rule error: irc:#x: there is no network irc; a section [chats.irc] makes it
              • r4: every message when count() >= 3 → console:a, console:b, console:c
              • r5: messages of entity e where tags.a != '' when message = 'b' → console:a
    ann     > !rules show gone
    bot     > gone (in the config)
              • to: irc:#x, console:ops
              • window: length(1)
              • condition: true
              • on: open, repeat
              • repeat_every: all
              • text: ${message}
              • rule error: irc:#x: there is no network irc; a section [chats.irc] makes it
    "#);
}

#[tokio::test]
async fn a_mistake_is_shown_with_its_place() {
    let bot = rules().start().await;
    for line in [
        "!rules add a console:ops x --filter \"entity = 'a' && tags. = 1\"",
        "!rules add a console:ops x --condition 'count() > '",
        "!rules add a console:ops x --window 5",
        "!rules add 'a b' console:ops x",
        "!rules add a console:ops x --on opening",
        "!rules add a console:ops '${100 - value} and ${message}'",
        "!rules edit b --text x",
        "!rules edit a",
        "!rules edit a --text ''",
    ] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules add a console:ops x --filter "entity = 'a' && tags. = 1"
    bot     > filter: a name is missing after the dot:
              entity = 'a' && tags. = 1
                                    ^
    ann     > !rules add a console:ops x --condition 'count() > '
    bot     > condition: a value is missing here:
              count() >
                       ^
    ann     > !rules add a console:ops x --window 5
    bot     > window: a window is like length(1), at most length(1000), or time(10 minutes)
    ann     > !rules add 'a b' console:ops x
    bot     > NAME: a name has letters, digits, - _ and ., at most 64
              Usage: !rules add [OPTIONS] <NAME> <CHAT> <TEXT>
    ann     > !rules add a console:ops x --on opening
    bot     > --on: there is open, repeat and cancel
              Usage: !rules add [OPTIONS] <NAME> <CHAT> <TEXT>
    ann     > !rules add a console:ops '${100 - value} and ${message}'
    bot     > a posts every message to console:ops.
              This is left standing, since it is no expression:
              a - stands where the end or an operator should be:
              100 - value
                  ^
    ann     > !rules edit b --text x
    bot     > there is no rule b
    ann     > !rules edit a
    bot     > nothing of it changes: name what is to, such as --text, --filter or --to
    ann     > !rules edit a --text ''
    bot     > text: it is empty, and nothing would be posted
    "#);
}

#[tokio::test]
async fn a_text_with_quotes_is_asked_for_and_taken_as_it_is() {
    let bot = started().await;
    bot.say_privately("ann", "!rules add talk console:ops").await;
    bot.say_privately("ann", r#"It's ${entity}: "${message}""#).await;
    bot.transcript();
    send(&bot, "telegram?command.message=text", r#"{"text": "hi"}"#).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > It's telegram: "hi"
    "#);
}

#[tokio::test]
async fn what_a_pasted_request_would_do() {
    let bot = started().await;
    bot.say("ann", "!rules add talk console:ops '${message}' --filter \"message LIKE 'h*'\"").await;
    bot.say("ann", "!rules add other console:ops '${message}' --entity slack").await;
    bot.say("ann", "!rules add off console:ops '${message}'").await;
    bot.say("ann", "!rules disable off").await;
    bot.transcript();
    bot.say(
        "ann",
        r#"!rules test telegram?command.message=message.text {"message": {"text": "hi  there", "n": 1.50}}"#,
    )
    .await;
    bot.say("ann", "!rules test https://u:p@atsd_host:8443/api/v1/messages/webhook/slack?severity=3&a=b").await;
    bot.say("ann", "!rules test telegram {").await;
    bot.say("ann", "!rules alerts").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !rules test telegram?command.message=message.text {"message": {"text": "hi  there", "n": 1.50}}
    bot     > telegram, type webhook, source telegram, UNDEFINED, 2026-11-20T10:00:00Z
              Message: hi  there
              message.n = 1.5
              message.text = hi  there
              request_ip = 127.0.0.1
              off: nothing, it is disabled
              other: nothing, its type, source or entity is another
              talk: open, to console:ops: hi  there
    ann     > !rules test https://u:p@atsd_host:8443/api/v1/messages/webhook/slack?severity=3&a=b
    bot     > slack, type webhook, source slack, WARNING, 2026-11-20T10:00:00Z
              Message: (empty)
              a = b
              request_ip = 127.0.0.1
              off: nothing, it is disabled
              other: open, to console:ops:
              talk: nothing, its filter says no
    ann     > !rules test telegram {
    bot     > the body is not JSON: EOF while parsing an object at line 1 column 1
    ann     > !rules alerts
    bot     > No rule is open.
    "#);
}
