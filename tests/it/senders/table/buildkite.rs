//! Buildkite's part of the table.
use super::{Row, Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_buildkite::Buildkite;
use serde_json::{Value, json};

fn buildkite() -> Sender<Buildkite> {
    Sender::new([Scheme::stamped("X-Buildkite-Signature"), Scheme::token("X-Buildkite-Token")], &["acme/site"])
}
const EXAMPLE: &str = "derived-buildkite-build-finished.json";

fn build(number: u32, event: &str, state: &str, changes: &[(&str, Value)]) -> Row {
    let fields = [
        ("/event", json!(event)),
        ("/build/state", json!(state)),
        ("/build/number", json!(number)),
        ("/build/id", json!(format!("b{number}"))),
    ];
    with(EXAMPLE, &format!("{event} {state} #{number}"), &[&fields[..], changes].concat())
}

#[tokio::test]
async fn messages() {
    let ping = Row("ping".into(), json!({ "event": "ping", "service": { "id": "s1" } }).to_string().into_bytes());
    let begun = [("/build/finished_at", json!(null))];
    let pull = json!({ "id": "12", "base": "main", "repository": "git@github.com:eve/site.git" });
    let rows = [
        ping,
        file("derived-buildkite-job-finished.json"),
        file(EXAMPLE),
        build(2, "build.scheduled", "scheduled", &[("/build/started_at", json!(null)), begun[0].clone()]),
        build(2, "build.running", "running", &begun),
        build(2, "build.failing", "failing", &begun),
        build(2, "build.finished", "failed", &[]),
        build(3, "build.finished", "passed", &[]),
        build(4, "build.finished", "canceled", &[]),
        build(5, "build.finished", "passed", &[("/build/blocked", json!(true))]),
        build(6, "build.finished", "blocked", &[]),
        build(7, "build.finished", "not_run", &[]),
        build(8, "build.skipped", "skipped", &[]),
        build(9, "build.finished", "passed", &[("/build/pull_request", pull), ("/build/branch", json!("eve:main"))]),
        build(10, "build.finished", "passed", &[("/build/tag", json!("v1/rc"))]),
        build(11, "build.finished", "passed", &[("/build/source", json!("schedule"))]),
        build(12, "agent.connected", "passed", &[]),
    ];
    let table = buildkite().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    ping
      204 accepted: ping (secret 2 of 2)
    derived-buildkite-job-finished.json
      204 accepted: a failed job, to be named with its run (secret 2 of 2)
    derived-buildkite-build-finished.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #1 failed: branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
                failed job: lint (https://buildkite.com/acme/site/builds/1#0193a1c2-7d1e-4c5a-8f0b-2b6a7c9d0e1f)
    derived-buildkite-build-finished.json, build.scheduled scheduled #2
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #2 pending: branch main at a6557255, "Bump" by Dev https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.running running #2
      200 duplicate: of request 4
    derived-buildkite-build-finished.json, build.failing failing #2
      204 accepted: still failing → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #2 still failing: branch main at a6557255, "Bump" by Dev https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished failed #2
      200 duplicate: of request 6
    derived-buildkite-build-finished.json, build.finished passed #3
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #3 fixed: branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished canceled #4
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #4 canceled: branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished passed #5
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #5 pending: branch main at a6557255, "Bump" by Dev https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished blocked #6
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #6 pending: branch main at a6557255, "Bump" by Dev https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished not_run #7
      204 accepted: not run → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #7 not run: branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.skipped skipped #8
      204 accepted: skipped → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #8 skipped: branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished passed #9
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #9 passed: pull request #12 at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished passed #10
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #10 passed: tag v1/rc at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, build.finished passed #11
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [Buildkite] acme/site #11 passed: cron build of branch main at a6557255, "Bump" by Dev (1m) https://buildkite.com/acme/site/builds/1
    derived-buildkite-build-finished.json, agent.connected passed #12
      204 ignored: agent.connected tells of no build
    "#);
    check_page("buildkite", &buildkite().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(buildkite().proofs(&file(EXAMPLE)).await, @"
    signature in X-Buildkite-Signature
      absent → 401, incident: there is no signature in X-Buildkite-Signature and no token in X-Buildkite-Token
      empty → 401, incident: there is no signature in X-Buildkite-Signature and no token in X-Buildkite-Token
      wrong → 401, incident: the signature in X-Buildkite-Signature is wrong
      truncated → 401, incident: the signature in X-Buildkite-Signature is wrong
      twice → 401, incident: the header X-Buildkite-Signature is there twice
      right, of more than was sent → 401, incident: the signature in X-Buildkite-Signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 401, incident: it was signed 301s away from now
      right, by the old secret → 200: seen before, no incident
    token in X-Buildkite-Token
      absent → 401, incident: there is no signature in X-Buildkite-Signature and no token in X-Buildkite-Token
      empty → 401, incident: there is no signature in X-Buildkite-Signature and no token in X-Buildkite-Token
      wrong → 401, incident: the token in X-Buildkite-Token is wrong
      truncated → 401, incident: the token in X-Buildkite-Token is wrong
      twice → 401, incident: the header X-Buildkite-Token is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 42 column 0, incident: the payload is not JSON: EOF while parsing an object at line 42 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /buildkite?payload={} 405
    ");
}
