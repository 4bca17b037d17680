//! Routes of all senders, whom failures mention, and what travishook had of its own.
use super::{github, in_order, told};
use crate::travis::{NO_KEYS, failed};
use ci_routes::Route;
use factotum_plugin_api::{Host, chat::ChatId, secret::Secret, store::Table};
use plugin_github::GitHub;
use plugin_travishook::TravisHook;
use serde_json::json;

const COMPLETED: &str = include_str!("../../fixtures/senders/github-workflow_run-completed.json");

fn github_failed(mail: &str) -> Vec<u8> {
    super::changed(
        COMPLETED,
        &[
            ("/repository/full_name", json!("o/r")),
            ("/workflow_run/name", json!("CI")),
            ("/workflow_run/event", json!("push")),
            ("/workflow_run/conclusion", json!("failure")),
            ("/workflow_run/head_commit/author", json!({ "name": "Ann", "email": mail })),
            ("/workflow_run/head_commit/message", json!("Fix it")),
        ],
    )
}

#[tokio::test]
async fn a_route_of_all_is_followed_by_each_sender() {
    let config = format!("{NO_KEYS}\nplugins.github.secrets = [\"s3cret\"]");
    let bot = github(&config).and::<TravisHook>().start().await;
    let lines = [
        "!routes",
        "!route o/r ops failed",
        "!route o/r ops failed errored",
        "!github route o/r dev *",
        "!travis route o/r ops passed edit=off",
        "!travis token o/r s3cret",
        "!route faild",
        "!route o/x ops faild",
        "!routes",
        "!routes O/R",
        "!routes o/unknown",
        "!github routes",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !routes
    bot     > There are no such routes. !route REPO CHAT makes one that all senders follow.
    ann     > !route o/r ops failed
    bot     > Done. Relaying messages of all senders from o/r to console:ops for events: failed.
    ann     > !route o/r ops failed errored
    bot     > Updated. Relaying messages of all senders from o/r to console:ops for events: failed, errored.
    ann     > !github route o/r dev *
    bot     > Done. Relaying messages from o/r to console:dev for events: *.
    ann     > !travis route o/r ops passed edit=off
    bot     > Done. Relaying messages from o/r to console:ops for events: passed (edit=off).
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > !travis token o/r ***
    bot     > Token set for o/r.
    ann     > !route faild
    bot     > REPO: a repository is like owner/name, of letters, digits and . _ -
              Usage: !route <REPO> <CHAT> [EVENTS]...
    ann     > !route o/x ops faild
    bot     > Unknown event faild; nothing was changed. Did you mean failed? The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
    ann     > !routes
    bot     > Routing o/r to:
              • console:dev for events: *, of github
              • console:ops for events: failed, errored, of all senders
              • console:ops for events: passed (edit=off), of travishook
    ann     > !routes O/R
    bot     > Routing o/r to:
              • console:dev for events: *, of github
              • console:ops for events: failed, errored, of all senders
              • console:ops for events: passed (edit=off), of travishook
    ann     > !routes o/unknown
    bot     > There are no such routes. !route REPO CHAT makes one that all senders follow.
    ann     > !github routes
    bot     > Routing o/r to:
              • console:dev for events: *
    ");
    bot.send::<GitHub>(&github_failed("ann@example.org"), Some("s3cret")).await;
    // Travis has a route of its own to ops, which does not want failures.
    bot.send::<TravisHook>(&failed(json!({})), Some("s3cret")).await;
    bot.say_privately("ann", "!travis remove o/r ops").await;
    bot.say_privately("ann", "yes").await;
    insta::assert_snapshot!(in_order(&bot.transcript()), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #163 failed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    bot@ops > [GitHub] o/r CI #163 failed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    travishook > POST /travis 204
    ann     > !travis remove o/r ops
    bot     > Remove the route of o/r to console:ops?
              1. yes
              2. no
    ann     > yes
    bot     > Removed route for o/r to console:ops.
              The token of o/r stays: routes of all senders need it.
    "#);
    let lines = ["!route remove o/r dev", "!route remove o/r ops", "!routes", "!travis token o/r"];
    bot.send::<TravisHook>(&failed(json!({ "id": 9, "number": "9" })), Some("s3cret")).await;
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    travishook > POST /travis 204
    bot@ops > [Travis CI] o/r #9 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !route remove o/r dev
    bot     > There is no route of all senders for o/r to console:dev; !routes lists those there are.
    ann     > !route remove o/r ops
    bot     > Removed the route of all senders for o/r to console:ops.
    ann     > !routes
    bot     > Routing o/r to:
              • console:dev for events: *, of github
    ann     > !travis token o/r
    bot     > The repository o/r is unknown to me; a route makes it known: !travis route o/r CHAT
    "#);
    // A token that was left over is not that of a repository routed anew.
    insta::assert_snapshot!(told(&bot, &["!route o/r ops", "!travis token o/r"]).await, @"
    ann     > !route o/r ops
    bot     > Done. Relaying messages of all senders from o/r to console:ops for events: passed, fixed, broken, failed, still_failing.
    ann     > !travis token o/r
    bot     > No token is set for o/r. To set it: !travis token o/r TOKEN
    ");
}

#[tokio::test]
async fn several_routes_go_only_after_a_question() {
    let bot = github("").start().await;
    let lines = [
        "!route o/r ops",
        "!route o/r dev failed",
        "!route remove o/r",
        "no",
        "!routes",
        "!route remove o/r",
        "yes",
        "!routes",
        "!route o/r ops",
        "!route remove o/r",
        "!github route o/r ops",
        "!github route o/r dev",
        "!github remove o/r",
        "no",
        "!github token o/r s3cret",
        "!route o/r team",
        "!github remove o/r",
        "yes",
        "!github token o/r",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @"
    ann     > !route o/r ops
    bot     > Done. Relaying messages of all senders from o/r to console:ops for events: passed, fixed, broken, failed, still_failing.
    ann     > !route o/r dev failed
    bot     > Done. Relaying messages of all senders from o/r to console:dev for events: failed.
    ann     > !route remove o/r
    bot     > Remove the routes of all senders for o/r to console:dev, console:ops?
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !routes
    bot     > Routing o/r to:
              • console:dev for events: failed, of all senders
              • console:ops for events: passed, fixed, broken, failed, still_failing, of all senders
    ann     > !route remove o/r
    bot     > Remove the routes of all senders for o/r to console:dev, console:ops?
              1. yes
              2. no
    ann     > yes
    bot     > Removed the routes of all senders for o/r to console:dev, console:ops.
    ann     > !routes
    bot     > There are no such routes. !route REPO CHAT makes one that all senders follow.
    ann     > !route o/r ops
    bot     > Done. Relaying messages of all senders from o/r to console:ops for events: passed, fixed, broken, failed, still_failing.
    ann     > !route remove o/r
    bot     > Removed the route of all senders for o/r to console:ops.
    ann     > !github route o/r ops
    bot     > Done. Relaying messages from o/r to console:ops for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !github token o/r TOKEN
    ann     > !github route o/r dev
    bot     > Done. Relaying messages from o/r to console:dev for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !github token o/r TOKEN
    ann     > !github remove o/r
    bot     > Remove 2 routes of o/r?
              1. yes
              2. no
    ann     > no
    bot     > Nothing was done.
    ann     > !github token o/r ***
    bot     > Token set for o/r.
    ann     > !route o/r team
    bot     > Done. Relaying messages of all senders from o/r to console:team for events: passed, fixed, broken, failed, still_failing.
    ann     > !github remove o/r
    bot     > Remove 2 routes of o/r?
              1. yes
              2. no
    ann     > yes
    bot     > Removed the routes of this sender for o/r.
              The token of o/r stays: routes of all senders need it.
    ann     > !github token o/r
    bot     > A token is set for o/r.
    ");
}

#[tokio::test]
async fn rights_are_those_of_the_senders_commands() {
    let bot = github("").start().await;
    for line in ["!route o/r ops", "!route remove o/r", "!people map a@b @c", "!routes"] {
        bot.say("bob", line).await;
    }
    bot.say("ann", "!people").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !route o/r ops
    bot     > !route is for admins. !whoami shows who you are to me.
    bob     > !route remove o/r
    bot     > !route remove is for admins. !whoami shows who you are to me.
    bob     > !people map a@b @c
    bot     > !people map is for admins. !whoami shows who you are to me.
    bob     > !routes
    bot     > There are no such routes. !route REPO CHAT makes one that all senders follow.
    ann     > !people
    bot     > Please ask me !people in a private chat.
    ");
}

#[tokio::test]
async fn a_failure_mentions_whom_people_says() {
    let bot = github("plugins.github.secrets = [\"s3cret\"]").scripted("libera").start().await;
    let lines = [
        "!people",
        "!people map Ann@Example.org @ann",
        "!people map ann@example.org libera:ann_irc",
        "!people map ann@example.org console:@ann.b",
        "!people map bob @bob",
        "!people map bob@example.org @all",
        "!people map bob@example.org liberra:bob",
        "!people map bob@example.org \"@bob @ann\"",
        "!people map bob@example.org @bob:example.org",
        "!people",
        "!people remove bob@example.org",
        "!people remove bob@example.org",
        "!github route o/r dev *",
        "!github route o/r libera:dev *",
    ];
    insta::assert_snapshot!(told(&bot, &lines).await, @r#"
    ann     > !people
    bot     > Nobody is mentioned. !people map MAIL CHATUSER adds somebody.
    ann     > !people map Ann@Example.org @ann
    bot     > Failures of commits by ann@example.org mention @ann.
    ann     > !people map ann@example.org libera:ann_irc
    bot     > Failures of commits by ann@example.org mention libera:ann_irc.
    ann     > !people map ann@example.org console:@ann.b
    bot     > Failures of commits by ann@example.org mention console:@ann.b.
    ann     > !people map bob @bob
    bot     > A mail address is like ann@example.org.
    ann     > !people map bob@example.org @all
    bot     > @all is everybody; a failure mentions one person.
    ann     > !people map bob@example.org liberra:bob
    bot     > There is no network liberra; the networks are console, libera.
    ann     > !people map bob@example.org "@bob @ann"
    bot     > What somebody is called is one word of at most 64 characters, as @name or network:@name.
    ann     > !people map bob@example.org @bob:example.org
    bot     > Failures of commits by bob@example.org mention @bob:example.org.
    ann     > !people
    bot     > Mentioned in the failures of their commits:
              • ann@example.org: @ann, libera:ann_irc, console:@ann.b
              • bob@example.org: @bob:example.org
    ann     > !people remove bob@example.org
    bot     > Failures of commits by bob@example.org mention nobody now.
    ann     > !people remove bob@example.org
    bot     > Nobody is mentioned for bob@example.org.
    ann     > !github route o/r dev *
    bot     > Done. Relaying messages from o/r to console:dev for events: *.
              Requests are proven by a secret of the config, so no token is needed.
    ann     > !github route o/r libera:dev *
    bot     > Done. Relaying messages from o/r to libera:dev for events: *.
    "#);
    bot.send::<GitHub>(&github_failed("ANN@example.org"), Some("s3cret")).await;
    // A name in a payload calls nobody, and neither does a result that is well.
    let stranger =
        super::changed(&String::from_utf8(github_failed("@ann")).unwrap(), &[("/workflow_run/id", json!(8))]);
    bot.send::<GitHub>(&stranger, Some("s3cret")).await;
    let well = super::changed(
        &String::from_utf8(github_failed("ann@example.org")).unwrap(),
        &[("/workflow_run/id", json!(9)), ("/workflow_run/conclusion", json!("success"))],
    );
    bot.send::<GitHub>(&well, Some("s3cret")).await;
    insta::assert_snapshot!(in_order(&bot.transcript()), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #163 failed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
              cc @ann.b
    bot@libera:dev > [GitHub] o/r CI #163 failed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
              cc ann_irc
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #163 still failing: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    bot@libera:dev > [GitHub] o/r CI #163 still failing: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #163 fixed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    bot@libera:dev > [GitHub] o/r CI #163 fixed: branch master at 3484a3fb, "Fix it" by Ann (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    "#);
}

#[tokio::test]
async fn what_travishook_kept_by_itself_is_taken_over() {
    let mut bot = github(NO_KEYS).and::<TravisHook>().start().await;
    let host = Host::new("travishook", bot.host().shared.clone(), bot.clock().clone());
    let routes: Table<(String, ChatId), Route> = host.store.table("routes").unwrap();
    let route = json!({ "repo": "O/R", "events": ["failed"], "edit": true });
    let key = ("o/r".to_owned(), ChatId::new("console", "dev"));
    routes.put(&key, &serde_json::from_value(route).unwrap()).await.unwrap();
    let tokens: Table<String, Secret> = host.store.table("tokens").unwrap();
    tokens.put(&"o/r".to_owned(), &Secret::new("s3cret")).await.unwrap();
    let defaults: Table<String, ci_routes::Events> = host.store.table("defaults").unwrap();
    defaults.put(&"events".to_owned(), &serde_json::from_value(json!(["broken"])).unwrap()).await.unwrap();
    drop((routes, tokens, defaults, host));
    bot.restart().await;
    bot.send::<TravisHook>(&failed(json!({})), Some("s3cret")).await;
    insta::assert_snapshot!(told(&bot, &["!routes", "!travis token o/r", "!travis defaults"]).await, @r#"
    travishook > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !routes
    bot     > Routing O/R to:
              • console:dev for events: failed, of travishook
    ann     > !travis token o/r
    bot     > A token is set for o/r.
    ann     > !travis defaults
    bot     > Events routed by default: broken.
    "#);
    let host = Host::new("travishook", bot.host().shared.clone(), bot.clock().clone());
    let routes: Table<(String, ChatId), Route> = host.store.table("routes").unwrap();
    assert!(routes.all(&[]).await.unwrap().is_empty());
}
