//! Drone: what its builds become, and its three headers of proof.
use super::{changed, told};
use ci_routes::Scheme;
use factotum_plugin_api::{hook::Sample, secret::Secret};
use factotum_testing::{Bot, Builder};
use plugin_drone::Drone;
use serde_json::{Value, json};
use std::time::Duration;

const UPDATED: &str = include_str!("../../fixtures/senders/derived-drone-build-updated.json");

fn drone() -> Builder {
    Bot::with::<Drone>().admin("ann").config("plugins.drone.secrets = [\"s3cret\"]")
}
/// The payload as Drone sends it at `bot`'s time, some seconds ago.
fn signed(bot: &Bot, body: &[u8], secret: &str, ago: u64) -> Sample {
    let at = bot.clock().now() - Duration::from_secs(ago);
    let mut sample = bot.sample::<Drone>(body, None);
    sample.headers.extend(Scheme::HttpSignature.sign(body, &Secret::new(secret), at));
    sample
}
async fn send(bot: &Bot, changes: &[(&str, Value)]) {
    bot.post("drone", signed(bot, &changed(UPDATED, changes), "s3cret", 0)).await;
}

#[tokio::test]
async fn each_status_becomes_a_message_or_none() {
    let bot = drone().edits().start().await;
    told(&bot, &["!drone route octocat/hello-world dev *"]).await;
    for status in ["pending", "waiting_on_dependencies", "running", "failure"] {
        send(&bot, &[("/build/status", json!(status))]).await;
    }
    for (number, status) in
        [(43, "error"), (44, "success"), (45, "killed"), (46, "declined"), (47, "skipped"), (48, "blocked")]
    {
        send(&bot, &[("/build/status", json!(status)), ("/build/number", json!(number))]).await;
    }
    let mut other = signed(&bot, UPDATED.as_bytes(), "s3cret", 0);
    other.headers.iter_mut().filter(|(name, _)| name == "X-Drone-Event").for_each(|(_, value)| *value = "repo".into());
    bot.post("drone", other).await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/42
    drone   > POST /drone 200: seen before
    drone   > POST /drone 200: seen before
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/42
    bot@dev > (removes m2)
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #43 errored: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/43
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #44 fixed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/44
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #45 canceled: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/45
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #46 canceled: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/46
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #47 skipped: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/47
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #48 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/48
    drone   > POST /drone 204
    ann     > !requests
    bot     > #11 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 ignored: repo tells of no build
              #10 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: pending → 1 chat
              #9 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: skipped → 1 chat
              #8 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: canceled → 1 chat
              #7 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: canceled → 1 chat
              #6 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: fixed → 1 chat
              #5 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: errored → 1 chat
              #4 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: failed → 1 chat
              #3 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 200 duplicate: of request 1
              #2 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /drone from 127.0.0.1: 204 accepted: pending → 1 chat
    "#);
}

#[tokio::test]
async fn what_a_build_is_made_for_and_which_step_failed() {
    let bot = drone().start().await;
    told(&bot, &["!drone route octocat/hello-world dev * branch=main,v1,release/*"]).await;
    let mut staged: Value = serde_json::from_str(UPDATED).unwrap();
    staged["build"]["stages"] = json!([
        { "name": "build", "number": 1, "status": "success", "steps": [{ "name": "compile", "number": 2, "status": "success" }] },
        { "name": "test", "number": 2, "status": "failure", "steps": [
            { "name": "clone", "number": 1, "status": "success" }, { "name": "unit", "number": 2, "status": "failure" },
            { "name": "report", "number": 3, "status": "skipped" } ] },
        { "name": "lint", "number": 3, "status": "error", "errignore": true },
    ]);
    bot.post("drone", signed(&bot, staged.to_string().as_bytes(), "s3cret", 0)).await;
    let rows = [
        (50, "tag", "refs/tags/v1", "v1"),
        (51, "pull_request", "refs/pull/7/head", "main"),
        (52, "cron", "refs/heads/main", "main"),
        (53, "promote", "refs/heads/main", "main"),
        (54, "push", "refs/heads/release/1/2", "release/1/2"),
        (55, "push", "refs/heads/main", "main"),
        (56, "push", "refs/heads/dev", "dev"),
    ];
    for (number, event, git_ref, target) in rows {
        let fields = [
            ("/build/number", json!(number)),
            ("/build/event", json!(event)),
            ("/build/ref", json!(git_ref)),
            ("/build/target", json!(target)),
        ];
        send(&bot, &fields).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/42
              failed jobs: test: unit (https://drone.example.org/octocat/hello-world/42/2/2) (allowed to fail: lint (https://drone.example.org/octocat/hello-world/42/3))
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #50 failed: tag v1 at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/50
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #51 failed: pull request #7 at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/51
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #52 still failing: cron build of branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/52
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #53 still failing: API build of branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/53
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #54 failed: branch release/1/2 at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/54
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #55 still failing: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/55
    drone   > POST /drone 204
    "#);
}

#[tokio::test]
async fn a_restart_is_a_build_of_its_own() {
    let bot = drone().edits().start().await;
    told(&bot, &["!drone route octocat/hello-world dev *"]).await;
    let mut story = vec![];
    for (number, created, ends) in [(42, 1000, "failure"), (43, 2000, "success")] {
        for (status, started, finished) in
            [("pending", 0, 0), ("running", created + 10, 0), (ends, created + 10, created + 70)]
        {
            story.push([
                ("/build/number", json!(number)),
                ("/build/created", json!(created)),
                ("/build/status", json!(status)),
                ("/build/started", json!(started)),
                ("/build/finished", json!(finished)),
            ]);
        }
    }
    for changes in &story {
        send(&bot, changes).await;
    }
    // Overtaken by what came of it.
    send(&bot, &story[1].clone().map(|field| if field.0 == "/build/number" { (field.0, json!(43)) } else { field }))
        .await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/42
    drone   > POST /drone 200: seen before
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/42
    bot@dev > (removes m2)
    drone   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #43 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/43
    drone   > POST /drone 200: seen before
    drone   > POST /drone 204
    bot@dev edits m4 > [Drone] octocat/hello-world #43 fixed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/43
    drone   > POST /drone 204
    "#);
}

#[tokio::test]
async fn every_proof() {
    let bot = drone().start().await;
    told(
        &bot,
        &[
            "!drone route octocat/hello-world dev *",
            "!drone route octocat/own dev",
            "!drone token octocat/own of-its-own",
        ],
    )
    .await;
    let body = UPDATED.as_bytes();
    let right = || signed(&bot, body, "s3cret", 0);
    let without = |header: &str| {
        let mut sample = right();
        sample.headers.retain(|(name, _)| name != header);
        sample
    };
    let with = |header: &str, value: &str| {
        let mut sample = without(header);
        sample.headers.push((header.into(), value.into()));
        sample
    };
    let signature = right().headers.into_iter().find(|(name, _)| name == "Signature").unwrap().1;
    let cut: String = signature.chars().take(signature.len() - 6).chain(['"']).collect();
    let own = changed(UPDATED, &[("/repo/slug", json!("octocat/own"))]);
    let other = changed(UPDATED, &[("/build/number", json!(43))]);
    for (name, sample) in [
        ("none", bot.sample::<Drone>(body, None)),
        ("wrong", signed(&bot, body, "wrong", 0)),
        ("truncated", with("Signature", &cut)),
        ("no Signature", without("Signature")),
        ("no Digest", without("Digest")),
        ("no Date", without("Date")),
        ("another Date", with("Date", "Fri, 20 Nov 2026 10:00:01 GMT")),
        ("of another body", Sample { body: other.into(), ..right() }),
        ("Date left out of what is signed", with("Signature", &signature.replace("date digest", "digest"))),
        ("5 minutes old", signed(&bot, body, "s3cret", 301)),
        ("right", right()),
        ("replayed", right()),
        ("its own", signed(&bot, &own, "of-its-own", 0)),
        ("of another repository", signed(&bot, body, "of-its-own", 0)),
    ] {
        bot.post(name, sample).await;
    }
    bot.say_privately("ann", "!incidents").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    none    > POST /drone 401
    wrong   > POST /drone 401
    truncated > POST /drone 401
    no Signature > POST /drone 401
    no Digest > POST /drone 401
    no Date > POST /drone 401
    another Date > POST /drone 401
    of another body > POST /drone 401
    Date left out of what is signed > POST /drone 401
    5 minutes old > POST /drone 401
    right   > POST /drone 204
    bot@dev > [Drone] octocat/hello-world #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/42
    replayed > POST /drone 200: seen before
    its own > POST /drone 204
    bot@dev > [Drone] octocat/own #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/own/42
    of another repository > POST /drone 401
    ann     > !incidents
    bot     > #11 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: the signature in Signature is wrong (!requests show 14)
              #10 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: it was signed 301s away from now (!requests show 10)
              #9 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: Signature does not cover both Date and Digest (!requests show 9)
              #8 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: the Digest is not that of the body (!requests show 8)
              #7 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: the signature in Signature is wrong (!requests show 7)
              #6 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: there is no header date (!requests show 6)
              #5 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: there is no header digest (!requests show 5)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: there is no signature in Signature (!requests show 4)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: the signature in Signature is wrong (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: the signature in Signature is wrong (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /drone: there is no signature in Signature (!requests show 1)
    "#);
}
