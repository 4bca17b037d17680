//! `!travis` and what is below it, as people type it.
use super::{NO_KEYS, told, travis};
use factotum_plugin_api::{Services, chat::ChatId, secret::Secret, store::Tables};

#[tokio::test]
async fn the_root_says_where_the_commands_are_listed() {
    let bot = travis(NO_KEYS).start().await;
    bot.say("bob", "!travis").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !travis
    bot     > !help travis lists the commands that you may run.
              Events: pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them. Options of a route, after the events: branch=PATTERN[,…] (* and ? are wild, ! excludes), edit=on|off, thread=ID.
    ");
    bot.say("bob", "!Travis HELP").await;
    let help = bot.transcript();
    assert!(help.contains("!help travis"), "{help}");
    // Nobody is shown what is not for them.
    bot.say("bob", "!help travis").await;
    let help = bot.transcript();
    assert!(help.contains("!travis routes") && !help.contains("!travis reset"), "{help}");
}

#[tokio::test]
async fn a_slip_is_seen() {
    let bot = travis(NO_KEYS).start().await;
    for line in ["!travis rout o/r", "!travis tokne", "!trvis route o/r x", "!travis xyz", "!travis remvoe"] {
        bot.say("ann", line).await;
    }
    bot.say("bob", "!travis rout o/r").await; // may not run it
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis rout o/r
    bot     > There is no command !travis rout. Did you mean !travis route or !travis routes?
    ann     > !travis tokne
    bot     > There is no command !travis tokne. Did you mean !travis token?
    ann     > !trvis route o/r x
    bot     > There is no command !trvis. Did you mean !travis route, !travis routes or !travis?
    ann     > !travis xyz
    bot     > There is no command !travis xyz. Did you mean !travis?
    ann     > !travis remvoe
    bot     > There is no command !travis remvoe. Did you mean !travis remove?
    bob     > !travis rout o/r
    bot     > There is no command !travis rout. Did you mean !travis routes?
    ");
}

#[tokio::test]
async fn routes_are_made_changed_and_listed() {
    let bot = travis(NO_KEYS).start().await;
    let lines = [
        "!travis routes",
        "!travis route o/r console:dev",
        "!travis route O/R console:dev failure Still-Failing FAILED",
        "!travis route o/r dev passed push issues",
        "!travis route o/r new push issues",
        "!travis route o/r all * failed",
        "!travis route o/r here",
        "!travis route o/r dev",
        "!travis route a/a dev Success succeeded fail started START error cancelled recovered",
        "!travis route a/a dev passed,failed",
        "!travis routes",
        "!travis ls A/a b/b",
        "!travis routes o/r nonsense",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !travis routes
    bot     > No repositories configured, nothing to show.
    ann     > !travis route o/r console:dev
    bot     > Done. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route O/R console:dev failure Still-Failing FAILED
    bot     > Updated. Relaying messages from O/R to console:dev for events: failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token O/R TOKEN
    ann     > !travis route o/r dev passed push issues
    bot     > Unknown event push, skipping.
              Unknown event issues, skipping.
              Updated. Relaying messages from o/r to console:dev for events: passed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r new push issues
    bot     > Unknown events push, issues; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
    ann     > !travis route o/r all * failed
    bot     > Done. Relaying messages from o/r to console:all for events: *.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r here
    bot     > Done. Relaying messages from o/r to console:ann for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r dev
    bot     > Updated. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route a/a dev Success succeeded fail started START error cancelled recovered
    bot     > Done. Relaying messages from a/a to console:dev for events: pending, passed, fixed, failed, errored, canceled.
              Nothing is posted before its token is set, in a private chat: !travis token a/a TOKEN
    ann     > !travis route a/a dev passed,failed
    bot     > Updated. Relaying messages from a/a to console:dev for events: passed, failed.
              Nothing is posted before its token is set, in a private chat: !travis token a/a TOKEN
    ann     > !travis routes
    bot     > Routing a/a to:
              • console:dev for events: passed, failed
              Routing o/r to:
              • console:all for events: *
              • console:ann for events: passed, fixed, broken, failed, still_failing
              • console:dev for events: passed, fixed, broken, failed, still_failing
    ann     > !travis ls A/a b/b
    bot     > Routing a/a to:
              • console:dev for events: passed, failed
              The repository b/b is unknown to me; !travis routes lists those that I know.
    ann     > !travis routes o/r nonsense
    bot     > REPO: a repository is like owner/name, of letters, digits and . _ -
              Usage: !travis routes [REPO]...
    ");
}

#[tokio::test]
async fn the_reminder_is_for_those_who_need_it() {
    let mut transcripts = vec![];
    for config in [NO_KEYS, ""] {
        let bot = travis(config).start().await;
        let lines = [
            "!travis route o/r dev failed",
            "!travis route o/r ops failed",
            "!travis token o/r s3cret",
            "!travis route o/r dev",
        ];
        transcripts.push(told(&bot, &lines).await);
    }
    insta::assert_snapshot!(transcripts.join("\nby default:\n"), @"
    ann     > !travis route o/r dev failed
    bot     > Done. Relaying messages from o/r to console:dev for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r ops failed
    bot     > Done. Relaying messages from o/r to console:ops for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !travis route o/r dev
    bot     > Updated. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.

    by default:
    ann     > !travis route o/r dev failed
    bot     > Done. Relaying messages from o/r to console:dev for events: failed.
              Travis CI signs its requests, so no token is needed.
    ann     > !travis route o/r ops failed
    bot     > Done. Relaying messages from o/r to console:ops for events: failed.
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !travis route o/r dev
    bot     > Updated. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
    ");
}

#[tokio::test]
async fn options_follow_the_events() {
    let bot = travis(NO_KEYS).start().await;
    let lines = [
        "!travis route o/r dev failed branch=main,release/*,!*-wip edit=off thread=7",
        "!travis route o/r ops brnach=main",
        "!travis route o/r ops colour=red",
        "!travis route o/r ops branch=[a",
        "!travis route o/r ops edit=maybe",
        "!travis route o/r ops thread=",
        "!travis route o/r ops edit=on edit=off",
        "!travis route o/r ops branch=",
        "!travis route o/r ops faild",
        "!travis route o/r ops \"branch=a b\" \"thread=the \"\"first\"\" one\"",
        "!travis routes",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    ann     > !travis route o/r dev failed branch=main,release/*,!*-wip edit=off thread=7
    bot     > Done. Relaying messages from o/r to console:dev for events: failed (branch=main,release/*,!*-wip edit=off thread=7).
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r ops brnach=main
    bot     > Unknown option brnach=; nothing was changed. Did you mean branch= ?
    ann     > !travis route o/r ops colour=red
    bot     > Unknown option colour=; nothing was changed. The options are branch=PATTERN[,…], edit=on|off and thread=ID.
    ann     > !travis route o/r ops branch=[a
    bot     > The branch pattern [a is wrong (unclosed character class; missing ']'); nothing was changed.
    ann     > !travis route o/r ops edit=maybe
    bot     > edit= is on or off, not maybe; nothing was changed.
    ann     > !travis route o/r ops thread=
    bot     > thread= wants the id of a thread; nothing was changed.
    ann     > !travis route o/r ops edit=on edit=off
    bot     > edit= is given twice; nothing was changed.
    ann     > !travis route o/r ops branch=
    bot     > A branch pattern is empty; nothing was changed.
    ann     > !travis route o/r ops faild
    bot     > Unknown event faild; nothing was changed. Did you mean failed? The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
    ann     > !travis route o/r ops "branch=a b" "thread=the ""first"" one"
    bot     > Done. Relaying messages from o/r to console:ops for events: passed, fixed, broken, failed, still_failing ("branch=a b" "thread=the ""first"" one").
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:dev for events: failed (branch=main,release/*,!*-wip edit=off thread=7)
              • console:ops for events: passed, fixed, broken, failed, still_failing ("branch=a b" "thread=the ""first"" one")
    "#);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named() {
    let bot = travis(NO_KEYS).scripted("libera").start().await;
    let lines = [
        "!travis route",
        "!travis route o/r",
        "!travis route nonsense dev",
        "!travis route https://github.com/o/r dev",
        "!travis route example/example example@example.com",
        "!travis route o/r libera:",
        "!travis route o/r telegram:-1001234",
        "!travis remove",
        "!travis routes o",
        "!travis reset yes",
        "!travis config all",
        "!travis token",
        "!travis token canary",
        "!travis token o/r canary canary",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    ann     > !travis route
    bot     > Repository, as owner/name? (!nay leaves)
    ann     > !travis route o/r
    bot     > This is a new command: I leave my question for !travis route.
    bot     > Chat to post to, as network:address? (!nay leaves)
    ann     > !travis route nonsense dev
    bot     > This is a new command: I leave my question for !travis route.
    bot     > REPO: a repository is like owner/name, of letters, digits and . _ -
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    ann     > !travis route https://github.com/o/r dev
    bot     > REPO: a repository is like owner/name, of letters, digits and . _ -
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    ann     > !travis route example/example example@example.com
    bot     > CHAT: "example@example.com" is no chat of a loaded network: one is like console:ops or libera:ops
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    ann     > !travis route o/r libera:
    bot     > CHAT: "" is no chat of libera: one is like libera:ops
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    ann     > !travis route o/r telegram:-1001234
    bot     > CHAT: "telegram:-1001234" is no chat of a loaded network: one is like console:ops or libera:ops
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    ann     > !travis remove
    bot     > Repository, as owner/name? (!nay leaves)
    ann     > !travis routes o
    bot     > This is a new command: I leave my question for !travis remove.
    bot     > REPO: a repository is like owner/name, of letters, digits and . _ -
              Usage: !travis routes [REPO]...
    ann     > !travis reset yes
    bot     > yes is one word too many.
              Usage: !travis reset
    ann     > !travis config all
    bot     > all is one word too many.
              Usage: !travis config
    ann     > !travis token
    bot     > Repository, as owner/name? (!nay leaves)
    ann     > !travis token ***
    bot     > This is a new command: I leave my question for !travis token.
    bot     > Usage: !travis token <REPO> [TOKEN]
    ann     > !travis token *** *** ***
    bot     > Usage: !travis token <REPO> [TOKEN]
    "#);
}

#[tokio::test]
async fn defaults_are_for_new_routes() {
    let bot = travis(NO_KEYS).start().await;
    let lines = [
        "!travis defaults",
        "!travis route o/r a",
        "!travis defaults push commit issues pull_request",
        "!travis defaults push Failure",
        "!travis defaults faild",
        "!travis defaults failed fixd",
        "!travis defaults failed branch=main",
        "!travis defaults",
        "!travis route o/r b",
        "!travis routes o/r",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !travis defaults
    bot     > Events routed by default: passed, fixed, broken, failed, still_failing.
    ann     > !travis route o/r a
    bot     > Done. Relaying messages from o/r to console:a for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis defaults push commit issues pull_request
    bot     > Unknown events push, commit, issues, pull_request; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
    ann     > !travis defaults push Failure
    bot     > Unknown event push, skipping.
              Done. Newly created routes will default to receiving: failed.
    ann     > !travis defaults faild
    bot     > Unknown event faild; nothing was changed. Did you mean failed? The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
    ann     > !travis defaults failed fixd
    bot     > Unknown event fixd, skipping. Did you mean fixed?
              Done. Newly created routes will default to receiving: failed.
    ann     > !travis defaults failed branch=main
    bot     > branch=main is no event, and only a route has options; nothing was changed.
    ann     > !travis defaults
    bot     > Events routed by default: failed.
    ann     > !travis route o/r b
    bot     > Done. Relaying messages from o/r to console:b for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis routes o/r
    bot     > Routing o/r to:
              • console:a for events: passed, fixed, broken, failed, still_failing
              • console:b for events: failed
    ");
}

#[tokio::test]
async fn defaults_of_the_config_are_those_until_a_command_says_otherwise() {
    let mut bot = travis("plugins.travishook.routes.default_events = [\"broken\", \"fixed\"]").start().await;
    let lines = ["!travis defaults", "!travis defaults *"];
    let before = told(&bot, &lines).await;
    bot.restart().await;
    insta::assert_snapshot!(before + &told(&bot, &["!travis defaults"]).await, @"
    ann     > !travis defaults
    bot     > Events routed by default: fixed, broken.
    ann     > !travis defaults *
    bot     > Done. Newly created routes will default to receiving: *.
    ann     > !travis defaults
    bot     > Events routed by default: *.
    ");
}

#[tokio::test]
async fn a_token_is_set_and_never_shown() {
    let bot = travis(NO_KEYS).edits().start().await;
    let lines = [
        "!travis token o/r canary",
        "!travis route o/r dev failed",
        "!travis token o/r",
        "!travis token O/R canary",
        "!travis token o/r",
        "!travis token o/r \" \"",
        "!travis token o/r --help",
        "!travis token o/r —help",
        "!travis token o/r -h",
        "!travis routes",
        "!travis config",
        "!config plugins.travishook",
        "!status",
    ];
    let mut transcript = told(&bot, &lines).await;
    // In a group it has been read; the answer cannot mend that, only say so.
    bot.say("ann", "!travis token o/r canary").await;
    bot.say("bob", "!travis token o/r canary").await;
    bot.say("ann", "!travis config").await;
    transcript += &bot.transcript();
    let transcript = transcript.replace(&bot.host().http().to_string(), "127.0.0.1:PORT");
    assert!(!transcript.contains("canary"), "{transcript}");
    insta::assert_snapshot!(transcript, @r#"
    ann     > !travis token o/r ***
    bot     > The repository o/r is unknown to me; a route makes it known: !travis route o/r CHAT
    ann     > !travis route o/r dev failed
    bot     > Done. Relaying messages from o/r to console:dev for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r
    bot     > No token is set for o/r. To set it: !travis token o/r TOKEN
    ann     > !travis token O/R ***
    bot     > Token set for O/R.
    ann     > !travis token o/r
    bot     > A token is set for o/r.
    ann     > !travis token o/r ***
    bot     > A token cannot be empty; nothing was changed.
    ann     > !travis token o/r ***
    bot     > That is an option and no token; nothing was changed. !help travis token says how to set one.
    ann     > !travis token o/r ***
    bot     > That is an option and no token; nothing was changed. !help travis token says how to set one.
    ann     > !travis token o/r ***
    bot     > That is an option and no token; nothing was changed. !help travis token says how to set one.
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:dev for events: failed
    ann     > !travis config
    bot     > {
                "default_events": [
                  "passed",
                  "fixed",
                  "broken",
                  "failed",
                  "still_failing"
                ],
                "repositories": {
                  "o/r": {
                    "routes": {
                      "console:dev": {
                        "branch": [],
                        "edit": true,
                        "events": [
                          "failed"
                        ],
                        "thread": null
                      }
                    },
                    "token": "set"
                  }
                }
              }
    ann     > !config plugins.travishook
    bot     > key                                       value                                                 from
              plugins.travishook.config_urls            []                                                    line 2
              plugins.travishook.enabled                true                                                  default
              plugins.travishook.public_key_files       []                                                    default
              plugins.travishook.public_keys            []                                                    default
              plugins.travishook.routes.default_events  ["passed","fixed","broken","failed","still_failing"]  default
              plugins.travishook.title                  "Travis CI"                                           default
    ann     > !status
    bot     > factotum 0.1.0, up 0 s
              console connected
              plugins on: travishook
              travishook 1 route of 1 repository
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    ann     > !travis token o/r ***
    bot     > (removes typed)
    bot     > Please ask me !travis token in a private chat. I have deleted your message, but others may have read the secret in it: replace it with a new one.
    bob     > !travis token o/r ***
    bot     > (removes typed)
    bot     > Please ask me !travis token in a private chat. I have deleted your message, but others may have read the secret in it: replace it with a new one.
    ann     > !travis config
    bot     > Please ask me !travis config in a private chat.
    "#);
}

#[tokio::test]
async fn removing_says_what_is_gone() {
    let bot = travis(NO_KEYS).start().await;
    let lines = [
        "!travis remove o/r",
        "!travis remove o/r a",
        "!travis route o/r a failed",
        "!travis token o/r s3cret",
        "!travis route o/r b failed",
        "!travis remove o/r c",
        "!travis remove o/r a",
        "!travis token o/r",
        "!travis remove O/R b",
        "yes",
        "!travis token o/r",
        "!travis route o/r a failed",
        "!travis token o/r",
        "!travis remove o/r",
        "no",
        "!travis remove o/r",
        "yes",
        "!travis routes",
        "!travis route o/r a failed",
        "!travis route o/r b failed",
        "!travis token o/r s3cret",
        "!travis remove o/r",
        "yes",
        "!travis remove o/r telegram:-1001234",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !travis remove o/r
    bot     > The repository o/r is unknown to me; !travis routes lists those that I know.
    ann     > !travis remove o/r a
    bot     > The repository o/r is unknown to me; !travis routes lists those that I know.
    ann     > !travis route o/r a failed
    bot     > Done. Relaying messages from o/r to console:a for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !travis route o/r b failed
    bot     > Done. Relaying messages from o/r to console:b for events: failed.
    ann     > !travis remove o/r c
    bot     > There is no route for o/r to console:c.
    ann     > !travis remove o/r a
    bot     > Removed route for o/r to console:a.
    ann     > !travis token o/r
    bot     > A token is set for o/r.
    ann     > !travis remove O/R b
    bot     > Remove the route of O/R to console:b and the token of O/R?
              1. yes
              2. no
    ann     > yes
    bot     > Removed route for O/R to console:b.
              No more routes for O/R, removing remaining configuration.
    ann     > !travis token o/r
    bot     > The repository o/r is unknown to me; a route makes it known: !travis route o/r CHAT
    ann     > !travis route o/r a failed
    bot     > Done. Relaying messages from o/r to console:a for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r
    bot     > No token is set for o/r. To set it: !travis token o/r TOKEN
    ann     > !travis remove o/r
    bot     > Remove the route of o/r to console:a?
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !travis remove o/r
    bot     > Remove the route of o/r to console:a?
              1. yes
              2. no
    ann     > yes
    bot     > Removed all configuration for o/r.
    ann     > !travis routes
    bot     > No repositories configured, nothing to show.
    ann     > !travis route o/r a failed
    bot     > Done. Relaying messages from o/r to console:a for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r b failed
    bot     > Done. Relaying messages from o/r to console:b for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !travis remove o/r
    bot     > Remove 2 routes of o/r and the token of o/r?
              1. yes
              2. no
    ann     > yes
    bot     > Removed all configuration for o/r.
    ann     > !travis remove o/r telegram:-1001234
    bot     > The repository o/r is unknown to me; !travis routes lists those that I know.
    ");
}

#[tokio::test]
async fn a_route_to_a_network_that_is_gone_can_be_removed() {
    let bot = travis(NO_KEYS).start().await;
    told(&bot, &["!travis route o/r dev failed"]).await;
    let routes = tables(&bot).table::<Key, serde_json::Value>("routes").unwrap();
    let key = |chat| (TRAVIS.to_owned(), ("o/r".to_owned(), chat));
    let route = routes.get(&key(ChatId::new("console", "dev"))).await.unwrap().unwrap();
    routes.put(&key(ChatId::new("irc", "#Dev")), &route).await.unwrap();
    let lines = ["!travis remove o/r irc:#Other", "!travis remove o/r irc:#Dev", "!travis routes"];
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    ann     > !travis remove o/r irc:#Other
    bot     > There is no route for o/r to irc:#Other.
    ann     > !travis remove o/r irc:#Dev
    bot     > Removed route for o/r to irc:#Dev.
    ann     > !travis routes
    bot     > Routing o/r to:
              • console:dev for events: failed
    "#);
}

#[tokio::test]
async fn a_token_left_behind_by_a_crash_counts_as_none() {
    let mut bot = travis(NO_KEYS).start().await;
    told(&bot, &["!travis route o/r dev failed", "!travis token o/r old"]).await;
    // What a crash between the two writes of `remove` leaves.
    let key = (TRAVIS.to_owned(), ("o/r".to_owned(), ChatId::new("console", "dev")));
    tables(&bot).table::<Key, serde_json::Value>("routes").unwrap().remove(&key).await.unwrap();
    let lines = ["!travis token o/r", "!travis config", "!travis route o/r dev failed", "!travis token o/r"];
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    ann     > !travis token o/r
    bot     > The repository o/r is unknown to me; a route makes it known: !travis route o/r CHAT
    ann     > !travis config
    bot     > {
                "default_events": [
                  "passed",
                  "fixed",
                  "broken",
                  "failed",
                  "still_failing"
                ],
                "repositories": {}
              }
    ann     > !travis route o/r dev failed
    bot     > Done. Relaying messages from o/r to console:dev for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r
    bot     > No token is set for o/r. To set it: !travis token o/r TOKEN
    "#);

    let tokens = tables(&bot).table::<(String, String), Secret>("tokens").unwrap();
    tokens.put(&(TRAVIS.into(), "o/gone".into()), &Secret::new("old")).await.unwrap();
    drop(tokens);
    bot.restart().await;
    let tokens = tables(&bot).table::<(String, String), Secret>("tokens").unwrap();
    let mut changes = tokens.watch(&[]);
    while tokens.get(&(TRAVIS.into(), "o/gone".into())).await.unwrap().is_some() {
        changes.next().await.unwrap(); // the sweep is a job: it runs beside us
    }
}
/// How all senders' tables say whose a record is.
const TRAVIS: &str = "travishook";
/// Of a route: whose, of which repository, to which chat.
type Key = (String, (String, ChatId));
fn tables(bot: &factotum_testing::Bot) -> Tables {
    Tables::new(bot.host().shared.store(), "travishook").shared("ci-routes")
}

#[tokio::test]
async fn a_reset_is_confirmed() {
    let bot = travis(NO_KEYS).start().await;
    let lines = [
        "!travis route o/r a failed",
        "!travis route o/r b failed",
        "!travis token o/r s3cret",
        "!travis defaults failed",
        "!travis reset",
        "!travis routes",
        "!travis reset confirm",
        "!travis reset",
        "yes",
        "!travis routes",
        "!travis defaults",
        "!travis config",
        "!travis reset",
        "!travis defaults failed",
        "!travis reset",
        "yes",
    ];
    let mut transcript = told(&bot, &lines).await;
    bot.say("ann", "!travis reset").await;
    transcript += &bot.transcript();
    insta::assert_snapshot!(transcript, @r#"
    ann     > !travis route o/r a failed
    bot     > Done. Relaying messages from o/r to console:a for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis route o/r b failed
    bot     > Done. Relaying messages from o/r to console:b for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !travis defaults failed
    bot     > Done. Newly created routes will default to receiving: failed.
    ann     > !travis reset
    bot     > Remove 2 routes of 1 repository, 1 token and the default events?
              1. yes
              2. no
    ann     > !travis routes
    bot     > I take that as a no: nothing was done.
    bot     > Routing o/r to:
              • console:a for events: failed
              • console:b for events: failed
    ann     > !travis reset confirm
    bot     > confirm is one word too many.
              Usage: !travis reset
    ann     > !travis reset
    bot     > Remove 2 routes of 1 repository, 1 token and the default events?
              1. yes
              2. no
    ann     > yes
    bot     > Removed 2 routes of 1 repository, all tokens and the default events.
    ann     > !travis routes
    bot     > No repositories configured, nothing to show.
    ann     > !travis defaults
    bot     > Events routed by default: passed, fixed, broken, failed, still_failing.
    ann     > !travis config
    bot     > {
                "default_events": [
                  "passed",
                  "fixed",
                  "broken",
                  "failed",
                  "still_failing"
                ],
                "repositories": {}
              }
    ann     > !travis reset
    bot     > There is nothing to remove: no routes, no tokens, and no default events are set.
    ann     > !travis defaults failed
    bot     > Done. Newly created routes will default to receiving: failed.
    ann     > !travis reset
    bot     > Remove the default events?
              1. yes
              2. no
    ann     > yes
    bot     > Removed the default events.
    ann     > !travis reset
    bot     > Please ask me !travis reset in a private chat.
    "#);
}

#[tokio::test]
async fn what_changes_things_is_for_admins_unless_the_config_says_otherwise() {
    let bot = travis(NO_KEYS)
        .config(
            r#"
            [[access.rules]]
            command = "travis route"
            args = { repo = "eve/*" }
            allow = true
            "#,
        )
        .start()
        .await;
    for line in ["route o/r dev", "routes", "defaults", "defaults *", "token o/r x", "remove o/r", "config", "reset"] {
        bot.say_privately("eve", &format!("!travis {line}")).await;
    }
    bot.say_privately("eve", "!travis route eve/r dev failed").await;
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !travis route o/r dev
    bot     > !travis route is for admins. !whoami shows who you are to me.
    eve     > !travis routes
    bot     > No repositories configured, nothing to show.
    eve     > !travis defaults
    bot     > !travis defaults is for admins. !whoami shows who you are to me.
    eve     > !travis defaults *
    bot     > !travis defaults is for admins. !whoami shows who you are to me.
    eve     > !travis token o/r ***
    bot     > !travis token is for admins. !whoami shows who you are to me.
    eve     > !travis remove o/r
    bot     > !travis remove is for admins. !whoami shows who you are to me.
    eve     > !travis config
    bot     > !travis config is for admins. !whoami shows who you are to me.
    eve     > !travis reset
    bot     > !travis reset is for admins. !whoami shows who you are to me.
    eve     > !travis route eve/r dev failed
    bot     > Done. Relaying messages from eve/r to console:dev for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token eve/r TOKEN
    ");
}

/// A rule is compared with what will be stored, not with how it is spelled.
#[tokio::test]
async fn no_spelling_of_an_event_gets_past_a_rule() {
    let rules = r#"
        [[access.rules]]
        command = ["travis route", "travis defaults"]
        args = { events = ["failed", "canceled", "branch=main"] }
        allow = false
        [[access.rules]]
        command = "travis route"
        sender = "console:bob"
        args = { events = ["passed", "fixed"] }
        allow = true
    "#;
    let bot = travis(NO_KEYS).config(rules).start().await;
    let events = [
        "failed",
        "passed,failed",
        "failed,",
        "FAILURE",
        "passed fail",
        "cancelled",
        "*",
        "passed,*",
        "",
        "edit=on",
        "passed branch=x,main",
        "passed Branch=main",
    ];
    for event in events {
        bot.say("ann", &format!("!travis route o/r ops {event}")).await;
    }
    for line in ["defaults passed,failed", "defaults *", "routes", "defaults"] {
        bot.say("ann", &format!("!travis {line}")).await;
    }
    bot.say("ann", "!acl why ann in dev travis route o/r ops passed,cancelled").await;
    for event in ["passed,broken", "passed,*", "Success,fixed", "passed"] {
        bot.say("bob", &format!("!travis route o/r ops {event}")).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis route o/r ops failed
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops passed,failed
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops failed,
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops FAILURE
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops passed fail
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops cancelled
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops *
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops passed,*
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops edit=on
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops passed branch=x,main
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis route o/r ops passed Branch=main
    bot     > You may not run !travis route here: a rule of the config refuses it.
    ann     > !travis defaults passed,failed
    bot     > You may not run !travis defaults here: a rule of the config refuses it.
    ann     > !travis defaults *
    bot     > You may not run !travis defaults here: a rule of the config refuses it.
    ann     > !travis routes
    bot     > No repositories configured, nothing to show.
    ann     > !travis defaults
    bot     > Events routed by default: passed, fixed, broken, failed, still_failing.
    ann     > !acl why ann in dev travis route o/r ops passed,cancelled
    bot     > console:ann may not run !travis route in console:dev: rule 1 of access.rules (factotum.toml:4) refuses it: command travis route or travis defaults, events failed, canceled or branch=main (canceled given).
    bob     > !travis route o/r ops passed,broken
    bot     > !travis route is for admins. !whoami shows who you are to me.
    bob     > !travis route o/r ops passed,*
    bot     > You may not run !travis route here: a rule of the config refuses it.
    bob     > !travis route o/r ops Success,fixed
    bot     > Done. Relaying messages from o/r to console:ops for events: passed, fixed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    bob     > !travis route o/r ops passed
    bot     > Updated. Relaying messages from o/r to console:ops for events: passed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ");
}

#[tokio::test]
async fn a_rule_on_another_spelling_of_an_event_stops_the_start() {
    let rules = r#"
        [[access.rules]]
        command = "travis *"
        args = { events = ["cancelled", "failed", "FAILED", "fail*", "success,fixed", "push", "branch=main"] }
        allow = false
        [[access.rules]]
        command = "travis route"
        args = { events = ["Failed", "still-failing"], repo = "O/r" }
        allow = true
    "#;
    let error = travis(NO_KEYS).config(rules).try_start().await.err().expect("it does not start");
    let told = error.to_string();
    let told: Vec<_> =
        told.lines().filter_map(|line| line.split_once("access.rules")).map(|(_, wrong)| wrong).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    [0].args: rules never see `cancelled` as `events`; write `canceled`
    [0].args: rules never see `success,fixed` as `events`; write `passed`, `fixed`
    [1].args: rules never see `Failed` as `events`; write `failed`
    [1].args: rules never see `still-failing` as `events`; write `still_failing`
    ");
}

#[tokio::test]
async fn what_changed_while_it_was_asked_is_not_removed() {
    let bot = travis(NO_KEYS).admin("eve").start().await;
    told(&bot, &["!travis route o/r a failed"]).await;
    for command in ["!travis remove o/r", "!travis reset"] {
        bot.say_privately("ann", command).await;
        bot.say_privately("eve", &format!("!travis route o/r c{} failed", command.len())).await;
        bot.say_privately("ann", "yes").await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !travis remove o/r
    bot     > Remove the route of o/r to console:a?
              1. yes
              2. no
    eve     > !travis route o/r c18 failed
    bot     > Done. Relaying messages from o/r to console:c18 for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > yes
    bot     > The routes of o/r have changed meanwhile; nothing was removed.
    ann     > !travis reset
    bot     > Remove 2 routes of 1 repository?
              1. yes
              2. no
    eve     > !travis route o/r c13 failed
    bot     > Done. Relaying messages from o/r to console:c13 for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > yes
    bot     > What is set has changed meanwhile; nothing was removed.
    ");
}

/// Whatever follows a command, it is answered, and by no failure of ours.
#[tokio::test]
async fn no_words_break_a_command() {
    let bot = travis(NO_KEYS).start().await;
    let long = "x".repeat(20_000);
    let words = [
        "",
        "o/r",
        "o/r dev",
        "o/r dev dev",
        "-h",
        "--help",
        "--",
        "-1",
        "o/r -1001234",
        "o/r dev --branch=main",
        "o/r dev branch=** edit=off,on",
        "o/r dev branch={,} ",
        "o/r dev branch=\\",
        "o/r dev = == =x",
        "o/r dev thread=\u{202e}\u{1b}[31m",
        "../.. ..",
        "o/r $(id) `id` ; rm -rf /",
        "<b>o</b>/r <script>",
        "o/\u{0} \u{7f}",
        "ö/ü 🦀 \u{202e}",
        "o/r console::::",
        "o/r :",
        "o/r console:dev:dev",
        "\"o/r dev\" \"",
        "o/r \"\" \"\"",
        "“o/r” dev —all",
        "confirm confirm",
        "* * * *",
        &format!("o/{long} dev"),
        &format!("o/r {long}"),
        &format!("o/r dev {long}"),
        &format!("o/r dev thread={long}"),
        &format!("o/r dev branch={long}"),
        &format!("o/r dev thread={}", "y".repeat(70_000)),
        &format!("o/r dev {}", "failed ".repeat(5_000)),
    ];
    for command in ["", "help", "route", "routes", "ls", "defaults", "token", "remove", "config", "reset", "xyz"] {
        for words in &words {
            let line = format!("!travis {command} {words}");
            let answer = told(&bot, &[&line]).await;
            let answer = answer.split_once("bot     > ").map(|(_, answer)| answer.to_owned()).unwrap_or_default();
            let shown: String = line.chars().take(60).collect();
            assert!(!answer.trim().is_empty(), "{shown}: no answer");
            assert!(!answer.contains("Something went wrong") && !answer.contains("error:"), "{shown}: {answer}");
            assert!(!answer.contains("RUST") && !answer.contains("panicked"), "{shown}: {answer}");
        }
    }
    insta::assert_snapshot!(told(&bot, &["!echo still here"]).await, @"
    ann     > !echo still here
    bot     > still here
    ");
}
