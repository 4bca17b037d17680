//! Signed requests: the real one of 2016 with its real keys, and keys that an
//! API server tells.
use super::{FIXTURES, told, travis, with};
use factotum_plugin_api::{Plugin, hook::Sample};
use factotum_testing::{Bot, Peer};
use plugin_travishook::TravisHook;
use serde_json::json;
use std::time::Duration;

const ORG: &str = include_str!("../../fixtures/travis/travis-ci-org-2016.public.pem");
const COM: &str = include_str!("../../fixtures/travis/travis-ci-com-2016.public.pem");
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// The real request, byte for byte.
fn signed() -> Sample {
    let body = include_bytes!("../../fixtures/travis/signed-2016-push-passed.form");
    let signature = include_str!("../../fixtures/travis/signed-2016-push-passed.signature.b64").trim();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Travis-Repo-Slug", "Kegsay/flow-jsdoc"),
        ("Signature", signature),
    ];
    Sample {
        path: Some("/travis".into()),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: body.as_slice().into(),
    }
}
/// A bot that knows the key in this file.
async fn pinned(file: &str) -> Bot {
    let config = format!("plugins.travishook = {{ config_urls = [], public_key_files = [\"{FIXTURES}/{file}\"] }}");
    routed(&config).await
}
async fn routed(config: &str) -> Bot {
    let bot = travis(config).start().await;
    told(&bot, &["!travis route Kegsay/flow-jsdoc dev *", "!travis route o/r dev *"]).await;
    bot
}
async fn asking(server: &Peer) -> Bot {
    routed(&format!("plugins.travishook.config_urls = [\"{}\"]", server.url("/config"))).await
}
/// What an API server says of itself.
fn config(pem: &str) -> String {
    json!({ "config": { "host": "travis-ci.org", "notifications": { "webhook": { "public_key": pem } } } }).to_string()
}

#[tokio::test]
async fn the_real_request_is_posted_once() {
    let bot = pinned("travis-ci-org-2016.public.pem").await;
    bot.post("travis", signed()).await;
    bot.post("travis", signed()).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!requests"]).await, @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    travis  > POST /travis 200: seen before
    ann     > !requests
    bot     > #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: passed → 1 chat
    "#);
}

#[tokio::test]
async fn a_request_that_was_changed_or_signed_by_another_is_refused() {
    let bot = pinned("travis-ci-com-2016.public.pem").await;
    bot.post("com key", signed()).await;
    insta::assert_snapshot!(bot.transcript(), @"com key > POST /travis 403");
    let bot = pinned("travis-ci-org-2016.public.pem").await;
    let body = String::from_utf8(signed().body.to_vec()).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(body.contains(from));
        Sample { body: body.replacen(from, to, 1).into(), ..signed() }
    };
    bot.post("a byte", changed("176075135", "176075136")).await;
    bot.post("encoded otherwise", changed("+", "%20")).await; // the same payload: what is signed is the decoded one
    bot.post("a space", changed("%22id%22", "+%22id%22")).await;
    bot.post("slug", with(signed(), "Travis-Repo-Slug", "o/r")).await;
    bot.post("no route", with(signed(), "Travis-Repo-Slug", "o/unknown")).await;
    bot.post("a text", with(signed(), "Signature", "none")).await;
    bot.post("another", with(signed(), "Signature", "AAAA")).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!incidents"]).await, @r#"
    a byte  > POST /travis 403
    encoded otherwise > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    a space > POST /travis 403
    slug    > POST /travis 403
    no route > POST /travis 204
    a text  > POST /travis 403
    another > POST /travis 403
    ann     > !incidents
    bot     > #5 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the signature is wrong (!requests show 7)
              #4 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the signature is wrong (!requests show 6)
              #3 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: Travis-Repo-Slug is o/r, the payload is of Kegsay/flow-jsdoc (!requests show 4)
              #2 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the signature is wrong (!requests show 3)
              #1 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the signature is wrong (!requests show 1)
    "#);
}

#[tokio::test]
async fn a_key_is_fetched_when_it_is_needed_and_kept() {
    let server = Peer::start().await;
    server.answer("/config", 200, config(ORG));
    let mut bot = asking(&server).await;
    assert!(server.asked().is_empty(), "nothing to check yet");
    bot.post("travis", signed()).await;
    assert_eq!(server.asked(), ["/config"]);
    server.answer("/config", 404, "");
    bot.restart().await;
    bot.pass(WEEK).await;
    bot.post("travis", signed()).await;
    assert!(server.asked().is_empty(), "the key was kept over the restart");
    let transcript = bot.transcript() + &told(&bot, &["!status"]).await;
    insta::assert_snapshot!(transcript.replace(&bot.host().http().to_string(), "127.0.0.1:PORT"), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    travis  > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    ann     > !status
    bot     > factotum 0.1.0, up 7 d
              console connected
              plugins on: travishook
              travishook 2 routes of 2 repositories; public key of 127.0.0.1 fetched on 2026-11-20
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    "#);
}

#[tokio::test]
async fn a_key_that_was_changed_is_fetched_again_at_most_once_a_minute() {
    let server = Peer::start().await;
    server.answer("/config", 200, config(COM));
    let bot = asking(&server).await;
    bot.post("old key", signed()).await;
    server.answer("/config", 200, config(ORG));
    bot.post("at once", signed()).await;
    bot.pass(Duration::from_secs(59)).await;
    bot.post("59 s later", signed()).await;
    assert_eq!(server.asked().len(), 1, "asked a moment ago");
    bot.pass(Duration::from_secs(1)).await;
    bot.post("60 s later", signed()).await;
    assert_eq!(server.asked().len(), 1);
    for _ in 0..5 {
        bot.post("forged", with(signed(), "Signature", "AAAA")).await;
    }
    assert!(server.asked().is_empty(), "wrong signatures make no traffic");
    insta::assert_snapshot!(bot.transcript(), @r#"
    old key > POST /travis 403
    at once > POST /travis 403
    59 s later > POST /travis 403
    60 s later > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    forged  > POST /travis 403
    forged  > POST /travis 403
    forged  > POST /travis 403
    forged  > POST /travis 403
    forged  > POST /travis 403
    "#);
}

#[tokio::test]
async fn a_server_that_tells_no_key_is_our_matter_and_the_admins_hear_of_it() {
    let answers = [
        (404, String::new()),
        (500, config(ORG)),
        (200, "<!DOCTYPE html><title>Travis CI</title>".into()),
        (200, json!({ "config": {} }).to_string()),
        (200, config("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")),
    ];
    let server = Peer::start().await;
    let bot = asking(&server).await;
    for (status, body) in answers {
        server.answer("/config", status, body);
        bot.post("travis", signed()).await;
        bot.pass(Duration::from_secs(60)).await;
    }
    assert_eq!(server.asked().len(), 5);
    bot.say_privately("ann", "!status").await;
    server.answer("/config", 200, config(ORG));
    bot.post("travis", signed()).await;
    // Now that there is a key, a server out of order changes nothing.
    server.answer("/config", 200, "<html>");
    bot.pass(Duration::from_secs(60)).await;
    bot.post("forged", with(signed(), "Signature", "AAAA")).await;
    bot.pass(WEEK).await;
    bot.post("travis", signed()).await;
    let transcript = bot.transcript().replace(&bot.host().http().to_string(), "127.0.0.1:PORT");
    insta::assert_snapshot!(transcript, @r#"
    travis  > POST /travis 503: try again
    bot     > [travishook] Results are turned away, since the public key of 127.0.0.1 could not be fetched. If this host cannot reach it, set public_key_files in the config.
    travis  > POST /travis 503: try again
    travis  > POST /travis 503: try again
    travis  > POST /travis 503: try again
    travis  > POST /travis 503: try again
    ann     > !status
    bot     > factotum 0.1.0, up 5 min
              console connected
              plugins on: travishook
              travishook 2 routes of 2 repositories; public key of 127.0.0.1 could not be fetched
              journal under 10 MB
              hooks at http://127.0.0.1:PORT
    travis  > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    forged  > POST /travis 403
    travis  > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    "#);
}

#[tokio::test]
async fn a_token_serves_while_the_key_cannot_be_had() {
    let server = Peer::start().await;
    let bot = asking(&server).await;
    super::route(&bot, "dev *").await;
    super::post(&bot, &super::failed(json!({}))).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn keys_of_the_config_are_checked_at_start() {
    let mistakes = [
        "public_key_files = [\"/nowhere/key.pem\"]",
        "public_key_files = [\"/dev/null\"]",
        "public_keys = [\"x\"]",
        "config_urls = [\"https://api.example.org/config\", \"ftp://x\"]",
        "config_urls = [\"nonsense\"]",
        "config_url = []",
        "routes.default_events = [\"push\"]",
    ];
    let mut said = vec![];
    for mistake in mistakes {
        let started = travis(&format!("[plugins.travishook]\n{mistake}")).try_start().await;
        let error = format!("{:#}", started.err().expect("a mistake"));
        let file = error.find("factotum.toml").unwrap_or(0); // before it is a folder of this run
        said.push(error.get(file..).unwrap().to_owned());
    }
    insta::assert_snapshot!(said.join("\n"), @"
    factotum.toml:2: plugins.travishook: public_key_files: /nowhere/key.pem: No such file or directory (os error 2)
    factotum.toml:2: plugins.travishook: public_key_files: /dev/null: there is no -----BEGIN PUBLIC KEY----- in it
    factotum.toml:2: plugins.travishook: public_keys[0]: there is no -----BEGIN PUBLIC KEY----- in it
    factotum.toml:2: plugins.travishook: config_urls[1]: a URL begins with https:// or http://
    factotum.toml:2: plugins.travishook: config_urls[0]: not a URL: relative URL without a base
    factotum.toml:3: plugins.travishook.config_url: unknown field, expected `config_urls`
    factotum.toml:3: plugins.travishook.routes.default_events[0]: unknown value, expected one of `pending`, `passed`, `fixed`, `broken`, `failed`, `still_failing`, `errored`, `canceled`, `*`
    ");
}

#[tokio::test]
async fn the_demo_is_the_real_request() {
    let demo = TravisHook::demo().unwrap();
    assert_eq!((demo.request.headers.len(), &demo.request.body), (3, &signed().body));
}
