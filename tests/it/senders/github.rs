//! GitHub: what each of its payloads becomes, one message per run, and every proof.
use super::{changed, github, in_order, proven, signed, told};
use ci_routes::Scheme;
use factotum_plugin_api::hook::Sample;
use factotum_testing::Bot;
use plugin_github::GitHub;
use serde_json::{Value, json};

const COMPLETED: &str = include_str!("../../fixtures/senders/github-workflow_run-completed.json");
const JOB_FAILED: &str = include_str!("../../fixtures/senders/github-workflow_job-failure.json");
const SHA256: Scheme = Scheme::hmac_sha256("X-Hub-Signature-256", "sha256=");

/// A run of the workflow CI of `o/r` on main.
fn run(number: u32, conclusion: &str, changes: &[(&str, Value)]) -> Vec<u8> {
    let (action, conclusion) = match conclusion {
        "requested" | "in_progress" => (conclusion, Value::Null),
        conclusion => ("completed", json!(conclusion)),
    };
    let url = format!("https://github.com/o/r/actions/runs/{number}");
    let fields = [
        ("/action", json!(action)),
        ("/repository/full_name", json!("o/r")),
        ("/workflow_run/conclusion", conclusion),
        ("/workflow_run/id", json!(1000 + number)),
        ("/workflow_run/run_number", json!(number)),
        ("/workflow_run/name", json!("CI")),
        ("/workflow_run/event", json!("push")),
        ("/workflow_run/head_branch", json!("main")),
        ("/workflow_run/html_url", json!(url)),
        ("/workflow_run/head_commit/message", json!("Fix the parser")),
        ("/workflow_run/head_commit/author", json!({ "name": "Ann", "email": "Ann@Example.org" })),
        ("/workflow_run/updated_at", json!("2020-10-05T16:35:00Z")),
    ];
    let fields: Vec<_> =
        fields.into_iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name)).collect();
    changed(COMPLETED, &[&fields[..], changes].concat())
}
async fn send(bot: &Bot, payload: &[u8]) {
    bot.send::<GitHub>(payload, Some("s3cret")).await;
}

#[tokio::test]
async fn each_sample_becomes_a_message_or_none() {
    let bot = github("plugins.github.secrets = [\"s3cret\"]").start().await;
    told(&bot, &["!github route octo-org/octo-repo dev *", "!github route Codertocat/Hello-World dev *"]).await;
    for name in [
        "ping",
        "workflow_run-requested",
        "workflow_run-completed",
        "workflow_run-completed-pr",
        "status",
        "check_suite-completed",
        "workflow_job-failure",
    ] {
        let path = format!("{}/../fixtures/senders/github-{name}.json", env!("CARGO_MANIFEST_DIR"));
        send(&bot, &std::fs::read(path).unwrap()).await;
    }
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    github  > POST /github 204
    bot@dev > [GitHub] octo-org/octo-repo test.yml #163 pending: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax https://github.com/octo-org/octo-repo/actions/runs/289782451
    github  > POST /github 204
    bot@dev > [GitHub] octo-org/octo-repo test.yml #163 passed: API build of branch master at 3484a3fb, "build(test): check workflow run event payload" by Matthias Fax (0s) https://github.com/octo-org/octo-repo/actions/runs/289782451
    github  > POST /github 200: seen before
    github  > POST /github 204
    bot@dev > [GitHub] Codertocat/Hello-World default passed: branch master at 6113728f, "Initial commit" by Codertocat https://github.com/Codertocat/Hello-World/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246
    github  > POST /github 204
    github  > POST /github 204
    ann     > !requests
    bot     > #7 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, to be named with its run
              #6 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 ignored: check suites are not posted; check_suites in the config turns them on
              #5 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: passed → 1 chat
              #4 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 200 duplicate: of request 3
              #3 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: passed → 1 chat
              #2 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: pending → 1 chat
              #1 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: ping
    "#);
}

#[tokio::test]
async fn check_suites_are_for_those_who_ask() {
    let bot = github("[plugins.github]\nsecrets = [\"s3cret\"]\ncheck_suites = true").start().await;
    told(&bot, &["!github route Codertocat/Hello-World dev *"]).await;
    send(&bot, include_bytes!("../../fixtures/senders/github-check_suite-completed.json")).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] Codertocat/Hello-World octocoders-linter passed: branch changes at ec26c3e5, "Update README.md" by Codertocat (43s) https://github.com/Codertocat/Hello-World/commit/ec26c3e57ca3a959ca5aad62de7213c562f8c821/checks
    "#);
}

#[tokio::test]
async fn a_run_has_one_message_and_what_it_came_to_follows_the_run_before() {
    let bot = github("").edits().start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret"]).await;
    send(&bot, &run(1, "requested", &[])).await;
    send(&bot, &run(1, "in_progress", &[])).await;
    let job = [
        ("/repository/full_name", json!("o/r")),
        ("/workflow_job/run_id", json!(1001)),
        ("/workflow_job/html_url", json!("https://github.com/o/r/job/7")),
    ];
    send(&bot, &changed(JOB_FAILED, &job)).await;
    send(&bot, &run(1, "failure", &[])).await;
    send(&bot, &run(1, "failure", &[])).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/1
    github  > POST /github 200: seen before
    github  > POST /github 204
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
              failed job: linters (https://github.com/o/r/job/7)
    bot@dev > (removes m3)
    github  > POST /github 200: seen before
    "#);
    send(&bot, &run(2, "timed_out", &[])).await;
    send(&bot, &run(3, "success", &[("/workflow_run/head_branch", json!("feature/x"))])).await;
    send(&bot, &run(4, "success", &[])).await;
    send(&bot, &run(5, "cancelled", &[])).await;
    send(&bot, &run(6, "skipped", &[])).await;
    send(&bot, &run(7, "startup_failure", &[])).await;
    // The same run again, by hand.
    send(&bot, &run(7, "success", &[("/workflow_run/run_attempt", json!(2))])).await;
    send(&bot, &run(8, "failure", &[("/workflow_run/name", json!("Deploy"))])).await;
    // A good end edits, as told by another delivery too.
    send(&bot, &run(9, "in_progress", &[])).await;
    send(&bot, &run(9, "success", &[])).await;
    let mut again = bot.sample::<GitHub>(&run(9, "success", &[]), Some("s3cret"));
    again.headers.retain(|(name, _)| name != "X-GitHub-Delivery");
    bot.post("github", again).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #2 still failing: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #3 passed: branch feature/x at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #4 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/4
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #5 canceled: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/5
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #6 skipped: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/6
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #7 broken: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/7
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #7 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/7
    github  > POST /github 204
    bot@dev > [GitHub] o/r Deploy #8 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/8
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #9 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/9
    github  > POST /github 204
    bot@dev edits m13 > [GitHub] o/r CI #9 passed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/9
    github  > POST /github 200: seen before
    "#);
}

/// A job of the run that failed.
fn failed_job(run: u32, name: &str) -> Vec<u8> {
    let fields = [
        ("/repository/full_name", json!("o/r")),
        ("/workflow_job/run_id", json!(1000 + run)),
        ("/workflow_job/name", json!(name)),
        ("/workflow_job/html_url", json!(format!("https://github.com/o/r/job/{name}"))),
    ];
    changed(JOB_FAILED, &fields)
}

#[tokio::test]
async fn a_job_that_is_told_of_late_is_added_to_the_message_of_its_run() {
    let bot = github("").edits().start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret", "!github route o/r once failed edit=off"])
        .await;
    send(&bot, &failed_job(1, "lint")).await;
    send(&bot, &run(1, "failure", &[])).await;
    send(&bot, &failed_job(1, "test")).await;
    send(&bot, &failed_job(1, "test")).await;
    // The run was made again meanwhile, and is well.
    send(&bot, &run(2, "failure", &[])).await;
    send(&bot, &run(2, "success", &[("/workflow_run/updated_at", json!("2020-10-05T17:00:00Z"))])).await;
    send(&bot, &failed_job(2, "late")).await;
    send(&bot, &run(3, "cancelled", &[])).await;
    send(&bot, &failed_job(3, "stopped")).await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(in_order(&bot.transcript()), @r#"
    github  > POST /github 204
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
              failed job: lint (https://github.com/o/r/job/lint)
    bot@once > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
              failed job: lint (https://github.com/o/r/job/lint)
    github  > POST /github 204
    bot@dev edits m4 > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
              failed jobs: lint (https://github.com/o/r/job/lint), test (https://github.com/o/r/job/test)
    github  > POST /github 200: seen before
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #2 still failing: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev edits m6 > [GitHub] o/r CI #2 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (26m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #3 canceled: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    ann     > !requests
    bot     > #9 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, to be named with its run
              #8 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: canceled → 1 chat
              #7 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, to be named with its run
              #6 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: fixed → 1 chat
              #5 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: still failing → 1 chat
              #4 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 200 duplicate: of request 3
              #3 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, added to the message of its run
              #2 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: failed → 2 chats
              #1 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, to be named with its run
    "#);
}

#[tokio::test]
async fn a_chat_that_cannot_edit_is_not_told_twice() {
    let bot = github("").start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret"]).await;
    send(&bot, &run(1, "failure", &[])).await;
    send(&bot, &failed_job(1, "test")).await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    ann     > !requests
    bot     > #2 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: a failed job, which no message can name now
              #1 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 accepted: failed → 1 chat
    "#);
}

#[tokio::test]
async fn requests_that_overtake_each_other() {
    let bot = github("").edits().start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret"]).await;
    let at = |time: &str| ("/workflow_run/run_started_at", json!(format!("2020-10-05T{time}:00Z")));
    // Its end comes first.
    send(&bot, &run(1, "success", &[at("10:00")])).await;
    send(&bot, &run(1, "in_progress", &[at("10:00")])).await;
    // The newer run ends first; what came of the older one says nothing of now.
    send(&bot, &run(3, "failure", &[at("12:00")])).await;
    send(&bot, &run(2, "success", &[at("11:00")])).await;
    send(&bot, &run(4, "success", &[at("13:00")])).await;
    // A second attempt is a run of its own.
    let second = [at("14:00"), ("/workflow_run/run_attempt", json!(2))];
    send(&bot, &run(4, "in_progress", &second)).await;
    send(&bot, &run(4, "failure", &second)).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 passed: branch main at 3484a3fb, "Fix the parser" by Ann (6h 35m) https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #3 broken: branch main at 3484a3fb, "Fix the parser" by Ann (4h 35m) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #2 passed: branch main at 3484a3fb, "Fix the parser" by Ann (5h 35m) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #4 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (3h 35m) https://github.com/o/r/actions/runs/4
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #4 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/4
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #4 broken: branch main at 3484a3fb, "Fix the parser" by Ann (2h 35m) https://github.com/o/r/actions/runs/4
    bot@dev > (removes m7)
    "#);
}

#[tokio::test]
async fn what_a_run_follows_is_known_after_a_restart() {
    let mut bot = github("").start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret"]).await;
    let of_dev = |number, end| run(number, end, &[("/workflow_run/head_branch", json!("dev"))]);
    send(&bot, &run(1, "failure", &[])).await;
    send(&bot, &of_dev(2, "success")).await;
    bot.restart().await;
    send(&bot, &run(3, "failure", &[])).await;
    send(&bot, &of_dev(4, "failure")).await;
    bot.restart().await;
    send(&bot, &run(5, "success", &[])).await;
    send(&bot, &of_dev(6, "success")).await;
    // Told of before the last restart.
    send(&bot, &run(3, "failure", &[])).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #2 passed: branch dev at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #3 still failing: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #4 broken: branch dev at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/4
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #5 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/5
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #6 fixed: branch dev at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/6
    github  > POST /github 200: seen before
    "#);
}

#[tokio::test]
async fn every_end_is_told_where_all_are_wanted() {
    let bot = github("").edits().start().await;
    let lines = ["!github route o/r dev *", "!github route o/r ops", "!github token o/r s3cret"];
    told(&bot, &lines).await;
    for (number, end) in ["neutral", "skipped", "stale", "action_required"].into_iter().enumerate() {
        send(&bot, &run(u32::try_from(number).unwrap(), "in_progress", &[])).await;
        send(&bot, &run(u32::try_from(number).unwrap(), end, &[])).await;
    }
    // They say nothing of how things are.
    send(&bot, &run(8, "failure", &[])).await;
    send(&bot, &run(9, "skipped", &[])).await;
    send(&bot, &run(10, "success", &[])).await;
    insta::assert_snapshot!(in_order(&bot.transcript()), @r#"
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #0 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/0
    github  > POST /github 204
    bot@dev edits m4 > [GitHub] o/r CI #0 neutral: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/0
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #1 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    bot@dev edits m5 > [GitHub] o/r CI #1 skipped: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #2 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev edits m6 > [GitHub] o/r CI #2 stale: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #3 pending: branch main at 3484a3fb, "Fix the parser" by Ann https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@dev edits m7 > [GitHub] o/r CI #3 action required: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #8 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/8
    bot@ops > [GitHub] o/r CI #8 failed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/8
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #9 skipped: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/9
    github  > POST /github 204
    bot@dev > [GitHub] o/r CI #10 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/10
    bot@ops > [GitHub] o/r CI #10 fixed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/10
    "#);
}

#[tokio::test]
async fn a_pull_request_is_no_push_to_its_branch() {
    let bot = github("plugins.github.secrets = [\"s3cret\"]").start().await;
    told(&bot, &["!github route o/r dev passed failed broken branch=main", "!github route o/r all *"]).await;
    let pull = json!([{ "number": 2, "base": { "ref": "main" } }]);
    let of_ours = [
        ("/workflow_run/event", json!("pull_request")),
        ("/workflow_run/pull_requests", pull),
        ("/workflow_run/head_branch", json!("fix")),
    ];
    let of_a_fork =
        [("/workflow_run/event", json!("pull_request")), ("/workflow_run/head_repository/full_name", json!("eve/r"))];
    send(&bot, &run(1, "success", &[])).await;
    send(&bot, &run(2, "failure", &of_ours)).await;
    // Its branch is called main too: no route for main wants it, and main is not broken by it.
    send(&bot, &run(3, "failure", &of_a_fork)).await;
    send(&bot, &run(4, "success", &[("/workflow_run/event", json!("schedule"))])).await;
    insta::assert_snapshot!(in_order(&bot.transcript()), @r#"
    github  > POST /github 204
    bot@all > [GitHub] o/r CI #1 passed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    bot@dev > [GitHub] o/r CI #1 passed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    github  > POST /github 204
    bot@all > [GitHub] o/r CI #2 failed: pull request #2 "ci(action): update actions/setup-node digest to 8c91899" at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    bot@dev > [GitHub] o/r CI #2 failed: pull request #2 "ci(action): update actions/setup-node digest to 8c91899" at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/2
    github  > POST /github 204
    bot@all > [GitHub] o/r CI #3 failed: pull request at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/3
    github  > POST /github 204
    bot@all > [GitHub] o/r CI #4 passed: cron build of branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/4
    bot@dev > [GitHub] o/r CI #4 passed: cron build of branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/4
    "#);
}

#[tokio::test]
async fn every_proof() {
    let bot = github("[plugins.github]\nsecrets = [\"old-one\", \"new-one\"]").start().await;
    told(&bot, &["!github route o/r dev *", "!github token o/r s3cret", "!github route o/other dev *"]).await;
    let body = run(1, "success", &[]);
    let other = run(1, "success", &[("/repository/full_name", json!("o/other"))]);
    let sample = bot.sample::<GitHub>(&body, None);
    let with = |body: &[u8], proofs| proven(Sample { body: body.to_vec().into(), ..sample.clone() }, proofs);
    let right = signed(&SHA256, &bot, &body, "s3cret");
    let sha1 = signed(&Scheme::hmac_sha1("X-Hub-Signature", "sha1="), &bot, &body, "s3cret");
    let mut cut = right.clone();
    cut[0].1.pop();
    let empty = vec![("X-Hub-Signature-256".to_owned(), String::new())];
    let form = format!(
        "payload={}",
        String::from_utf8(body.clone()).unwrap().replace('%', "%25").replace('+', "%2B").replace('&', "%26")
    );
    let mut as_form = with(form.as_bytes(), signed(&SHA256, &bot, form.as_bytes(), "s3cret"));
    as_form.headers.retain(|(name, _)| name != "Content-Type");
    as_form.headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
    let mut json_signed = as_form.clone();
    json_signed = proven(json_signed, right.clone());
    let mut nameless = with(&body, right.clone());
    nameless.headers.retain(|(name, _)| name != "X-GitHub-Event");
    let rows = [
        ("none", with(&body, vec![])),
        ("empty", with(&body, empty)),
        ("wrong", with(&body, signed(&SHA256, &bot, &body, "wrong"))),
        ("truncated", with(&body, cut)),
        ("of another body", with(&other, right.clone())),
        ("twice", with(&body, [right.clone(), right.clone()].concat())),
        ("token of another repository", with(&other, signed(&SHA256, &bot, &other, "s3cret"))),
        ("sha1 with a wrong sha256", with(&body, [sha1.clone(), signed(&SHA256, &bot, &body, "wrong")].concat())),
        ("the JSON signed, the form sent", json_signed),
        ("no event", nameless),
        ("no repository, unproven", with(b"{}", vec![])),
        ("token", with(&body, right)),
        ("sha1", with(&body, sha1)),
        ("form", as_form),
        ("old secret", with(&other, signed(&SHA256, &bot, &other, "old-one"))),
        ("new secret", with(&other, signed(&SHA256, &bot, &other, "new-one"))),
    ];
    for (name, sample) in rows {
        bot.post(name, sample).await;
    }
    bot.say_privately("ann", "!incidents").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    none    > POST /github 401
    empty   > POST /github 401
    wrong   > POST /github 401
    truncated > POST /github 401
    of another body > POST /github 401
    twice   > POST /github 401
    token of another repository > POST /github 401
    sha1 with a wrong sha256 > POST /github 401
    the JSON signed, the form sent > POST /github 401
    no event > POST /github 400: there is no header X-GitHub-Event
    no repository, unproven > POST /github 401
    token   > POST /github 204
    bot@dev > [GitHub] o/r CI #1 passed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    sha1    > POST /github 200: seen before
    form    > POST /github 200: seen before
    old secret > POST /github 204
    bot@dev > [GitHub] o/other CI #1 passed: branch main at 3484a3fb, "Fix the parser" by Ann (1m 11s) https://github.com/o/r/actions/runs/1
    new secret > POST /github 200: seen before
    ann     > !incidents
    bot     > #11 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature (!requests show 11)
              #10 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /github: there is no header X-GitHub-Event (!requests show 10)
              #9 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 9)
              #8 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 8)
              #7 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 7)
              #6 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the header X-Hub-Signature-256 is there twice (!requests show 6)
              #5 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 5)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 4)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: the signature in X-Hub-Signature-256 is wrong (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /github: there is no signature in X-Hub-Signature-256 and no signature in X-Hub-Signature (!requests show 1)
    "#);
}

#[tokio::test]
async fn without_any_secret_nothing_is_posted_and_the_admins_are_told() {
    let bot = github("").start().await;
    told(&bot, &["!github route o/r dev *"]).await;
    bot.send::<GitHub>(&run(1, "failure", &[]), None).await;
    bot.send::<GitHub>(&run(2, "failure", &[("/repository/full_name", json!("o/unknown"))]), None).await;
    bot.say_privately("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @"
    github  > POST /github 204
    bot     > [github] Results of o/r are dropped, since nothing can prove them. Either set secrets in the config, or the repository's token in a private chat: !github token o/r TOKEN
    github  > POST /github 204
    ann     > !requests
    bot     > #2 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 ignored: o/unknown has no route
              #1 2026-11-20 10:00:00Z POST /github from 127.0.0.1: 204 ignored: o/r has no token, and no secret is configured
    ");
    let refused = github("plugins.github.secrets = [\" \"]").try_start().await;
    insta::assert_snapshot!(format!("{:#}", refused.err().unwrap()).split('/').next_back().unwrap(), @"factotum.toml:2: plugins.github: secrets[0]: a secret cannot be empty");
}
