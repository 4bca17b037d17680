//! CircleCI's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use factotum_plugin_api::secret::Secret;
use plugin_circleci::CircleCi;
use serde_json::{Value, json};

fn circleci() -> Sender<CircleCi> {
    let repos = &["github/circleci/webhook-service", "circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt"];
    Sender::new([Scheme::versioned("circleci-signature")], repos)
}
const EXAMPLE: &str = "circleci-workflow-completed-0.json";
const APP: &str = "circleci-workflow-completed-2.json";

#[tokio::test]
async fn messages() {
    let workflow = |what: &str, id: &str, changes: &[(&str, Value)]| {
        with(EXAMPLE, what, &[&[("/workflow/id", json!(id))], changes].concat())
    };
    let status = |word: &str| ("/workflow/status", json!(word));
    let git = |branch: &str, tag: &str| {
        [
            ("/pipeline/trigger_parameters/git/branch", json!(branch)),
            ("/pipeline/trigger_parameters/git/tag", json!(tag)),
            ("/workflow/id", json!(format!("{branch}{tag}"))),
        ]
    };
    let rows = [
        with(EXAMPLE, "ping", &[("/type", json!("ping"))]),
        file("circleci-job-completed-1.json"),
        file(EXAMPLE),
        with(
            "circleci-job-completed-1.json",
            "failed",
            &[("/job/status", json!("failed")), ("/workflow/id", json!("w1"))],
        ),
        workflow("failed", "w1", &[status("failed")]),
        // Delivered again by itself: the same workflow with the same end.
        workflow("failed, again", "w1", &[status("failed"), ("/id", json!("8bd71c28"))]),
        workflow("error", "w2", &[status("error")]),
        workflow("canceled", "w3", &[status("canceled")]),
        workflow("unauthorized", "w4", &[status("unauthorized")]),
        workflow("not_run", "w6", &[status("not_run")]),
        workflow("on_hold", "w7", &[status("on_hold")]),
        workflow("on a timetable", "w5", &[("/pipeline/trigger/type", json!("scheduled_pipeline"))]),
        file(APP),
        with(APP, "of a branch with slashes", &git("release/1/x", "")),
        with(APP, "of a tag", &git("", "v1.2")),
        file("circleci-job-completed-3.json"),
    ];
    let table = circleci().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    circleci-workflow-completed-0.json, ping
      204 accepted: ping (secret 2 of 2)
    circleci-job-completed-1.json
      204 ignored: a job that did not fail is told of with its workflow
    circleci-workflow-completed-0.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 passed: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-job-completed-1.json, failed
      204 accepted: a failed job, to be named with its run (secret 2 of 2)
    circleci-workflow-completed-0.json, failed
      204 accepted: broken → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 broken: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
                failed job: test (https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3/jobs/136)
    circleci-workflow-completed-0.json, failed, again
      200 duplicate: of request 5
    circleci-workflow-completed-0.json, error
      204 accepted: errored → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 errored: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-0.json, canceled
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 canceled: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-0.json, unauthorized
      204 accepted: errored → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 errored: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-0.json, not_run
      204 accepted: not run → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 not run: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-0.json, on_hold
      204 accepted: on hold → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 on hold: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-0.json, on a timetable
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 fixed: cron build of branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    circleci-workflow-completed-2.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt build #1 failed: branch main at 850a1519, "Update README.md" by Commit Author (6s) https://app.circleci.com/pipelines/circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt/1/workflows/c2006ece-778d-49fc-9e6e-b9965f72bee9
    circleci-workflow-completed-2.json, of a branch with slashes
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt build #1 failed: branch release/1/x at 850a1519, "Update README.md" by Commit Author (6s) https://app.circleci.com/pipelines/circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt/1/workflows/c2006ece-778d-49fc-9e6e-b9965f72bee9
    circleci-workflow-completed-2.json, of a tag
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [CircleCI] circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt build #1 failed: tag v1.2 at 850a1519, "Update README.md" by Commit Author (6s) https://app.circleci.com/pipelines/circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt/1/workflows/c2006ece-778d-49fc-9e6e-b9965f72bee9
    circleci-job-completed-3.json
      204 ignored: a job that did not fail is told of with its workflow
    "#);
    check_page("circleci", &circleci().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(circleci().proofs(&file(EXAMPLE)).await, @"
    signature in circleci-signature
      absent → 401, incident: there is no signature in circleci-signature
      empty → 401, incident: there is no signature in circleci-signature
      wrong → 401, incident: the signature in circleci-signature is wrong
      truncated → 401, incident: the signature in circleci-signature is wrong
      twice → 401, incident: the header circleci-signature is there twice
      right, of more than was sent → 401, incident: the signature in circleci-signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /circleci?payload={} 405
    ");
}

#[tokio::test]
async fn only_the_newest_known_version_of_a_signature_counts() {
    let bot = circleci().bot().await;
    let body = file(EXAMPLE).1;
    let right = Scheme::versioned("").sign(&body, &Secret::new("new"), bot.clock().now()).remove(0).1;
    let hex = right.trim_start_matches("v1=").to_owned();
    let rows = [
        format!("v2={hex}"),
        format!("v2={hex},v1=00"),
        hex.clone(),
        format!("v1={hex},v1=00"),
        format!("v2=later,v1={hex}"),
    ];
    for signature in rows {
        let mut sample = bot.sample::<CircleCi>(&body, None);
        sample.headers.push(("circleci-signature".into(), signature.clone()));
        bot.post(&signature.replace(&hex, "RIGHT"), sample).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    v2=RIGHT > POST /circleci 401
    v2=RIGHT,v1=00 > POST /circleci 401
    RIGHT   > POST /circleci 401
    v1=RIGHT,v1=00 > POST /circleci 401
    v2=later,v1=RIGHT > POST /circleci 204
    bot@dev > [CircleCI] github/circleci/webhook-service build-test-deploy #130 passed: branch main at 1dc6aa69, "Description of change" by Author Name (30s) https://app.circleci.com/pipelines/github/circleci/webhook-service/130/workflows/fda08377-fe7e-46b1-8992-3a7aaecac9c3
    "#);
}
