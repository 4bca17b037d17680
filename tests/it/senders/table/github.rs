//! GitHub's part of the table.
use super::{Row, Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_github::GitHub;
use serde_json::json;

fn github() -> Sender<GitHub> {
    let sha256 = Scheme::hmac_sha256("X-Hub-Signature-256", "sha256=");
    let sha1 = Scheme::hmac_sha1("X-Hub-Signature", "sha1=");
    Sender::new([sha256, sha1], &["octo-org/octo-repo", "Codertocat/Hello-World"]).config("check_suites = true")
}
const EXAMPLE: &str = "github-workflow_run-completed.json";

#[tokio::test]
async fn messages() {
    let ended = |(n, conclusion): (usize, &str)| {
        let fields = [
            ("/workflow_run/conclusion", json!(conclusion)),
            ("/workflow_run/id", json!(n)),
            ("/workflow_run/run_number", json!(200 + n)),
        ];
        with(EXAMPLE, conclusion, &fields)
    };
    let conclusions = [
        "failure",
        "timed_out",
        "startup_failure",
        "cancelled",
        "neutral",
        "skipped",
        "stale",
        "action_required",
        "of_a_later_year",
    ];
    let mut rows = vec![
        file("github-ping.json"),
        file("github-workflow_run-requested.json"),
        file(EXAMPLE),
        file("github-status.json"),
        file("github-check_suite-completed.json"),
        file("github-workflow_job-failure.json"),
        file("github-workflow_run-completed-pr.json"),
        file("github-check_run-completed.json"),
    ];
    rows.extend(conclusions.into_iter().enumerate().map(ended).collect::<Vec<Row>>());
    let table = github().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    github-ping.json
      204 accepted: ping (secret 2 of 2)
    github-workflow_run-requested.json
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #163 pending: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #163 passed: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-status.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] Codertocat/Hello-World default passed: branch master at 6113728f, "Initial commit" by Codertocat https://github.com/Codertocat/Hello-World/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246
    github-check_suite-completed.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] Codertocat/Hello-World octocoders-linter passed: branch changes at ec26c3e5, "Update README.md" by Codertocat (43s) https://github.com/Codertocat/Hello-World/commit/ec26c3e57ca3a959ca5aad62de7213c562f8c821/checks
    github-workflow_job-failure.json
      204 accepted: a failed job, to be named with its run (secret 2 of 2)
    github-workflow_run-completed-pr.json
      200 duplicate: of request 3
    github-check_run-completed.json
      204 ignored: check_run tells of no build
    github-workflow_run-completed.json, failure
      204 accepted: broken → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #200 broken: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, timed_out
      204 accepted: still failing → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #201 still failing: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, startup_failure
      204 accepted: still failing → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #202 still failing: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, cancelled
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #203 canceled: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, neutral
      204 accepted: neutral → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #204 neutral: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, skipped
      204 accepted: skipped → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #205 skipped: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, stale
      204 accepted: stale → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #206 stale: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, action_required
      204 accepted: action required → 1 chat (secret 2 of 2)
      bot@dev > [GitHub] octo-org/octo-repo test.yml #207 action required: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github-workflow_run-completed.json, of_a_later_year
      204 ignored: the conclusion "of_a_later_year" is no result
    "#);
    check_page("github", &github().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(github().proofs(&file(EXAMPLE)).await, @"
    signature in X-Hub-Signature-256
      absent → 401, incident: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature
      empty → 401, incident: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature
      wrong → 401, incident: the signature in X-Hub-Signature-256 is wrong
      truncated → 401, incident: the signature in X-Hub-Signature-256 is wrong
      twice → 401, incident: the header X-Hub-Signature-256 is there twice
      right, of more than was sent → 401, incident: the signature in X-Hub-Signature-256 is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    signature in X-Hub-Signature
      absent → 401, incident: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature
      empty → 401, incident: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature
      wrong → 401, incident: the signature in X-Hub-Signature is wrong
      truncated → 401, incident: the signature in X-Hub-Signature is wrong
      twice → 401, incident: the header X-Hub-Signature is there twice
      right, of more than was sent → 401, incident: the signature in X-Hub-Signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /github?payload={} 405
    ");
}
