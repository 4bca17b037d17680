//! GitLab's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_gitlab::GitLab;
use serde_json::json;

fn gitlab(config: &'static str) -> Sender<GitLab> {
    let repos = &["gitlab-org/gitlab-test", "jsmithy2/release-tools-fake"];
    Sender::new([Scheme::token("X-Gitlab-Token")], repos).config(config)
}
const EXAMPLE: &str = "gitlab-pipeline.json";

#[tokio::test]
async fn messages() {
    let pushed = |id: u32, status: &str, changes: &[(&str, serde_json::Value)]| {
        let fields = [
            ("/object_attributes/id", json!(id)),
            ("/object_attributes/status", json!(status)),
            ("/object_attributes/source", json!("push")),
            ("/object_attributes/ref", json!("feature/x")),
            ("/merge_request", json!(null)),
        ];
        with(EXAMPLE, &format!("{status} #{id}"), &[&fields[..], changes].concat())
    };
    let failed = json!([
        { "id": 380, "name": "production", "status": "failed", "allow_failure": true },
        { "id": 377, "name": "test-image", "status": "success", "allow_failure": false },
        { "id": 378, "name": "test-build", "status": "failed", "allow_failure": false },
    ]);
    let again = json!("2016-08-12 16:00:00 UTC");
    let rows = [
        file(EXAMPLE),
        pushed(32, "created", &[]),
        pushed(32, "running", &[]),
        pushed(32, "failed", &[("/builds", failed)]),
        pushed(32, "success", &[("/object_attributes/finished_at", again)]),
        pushed(33, "canceled", &[]),
        pushed(34, "skipped", &[]),
        pushed(35, "manual", &[]),
        pushed(39, "scheduled", &[]),
        pushed(40, "canceling", &[]),
        pushed(36, "success", &[("/object_attributes/tag", json!(true)), ("/object_attributes/ref", json!("v1/rc"))]),
        pushed(37, "success", &[("/object_attributes/source", json!("schedule"))]),
        pushed(38, "failed", &[("/object_attributes/source", json!("parent_pipeline"))]),
        file("gitlab-job.json"),
        file("gitlab-push.json"),
        file("gitlab-tag-push.json"),
        file("gitlab-merge-request.json"),
    ];
    let table = gitlab("").messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    gitlab-pipeline.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #31 passed: merge request !1 "Test" at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/31
    gitlab-pipeline.json, created #32
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #32 pending: branch feature/x at bcbb5ec3, "test" by User http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/32
    gitlab-pipeline.json, running #32
      200 duplicate: of request 2
    gitlab-pipeline.json, failed #32
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #32 failed: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/32
                failed jobs: test-build (http://192.168.64.1:3005/gitlab-org/gitlab-test/-/jobs/378) (allowed to fail: production (http://192.168.64.1:3005/gitlab-org/gitlab-test/-/jobs/380))
    gitlab-pipeline.json, success #32
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #32 fixed: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/32
    gitlab-pipeline.json, canceled #33
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #33 canceled: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/33
    gitlab-pipeline.json, skipped #34
      204 accepted: skipped → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #34 skipped: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/34
    gitlab-pipeline.json, manual #35
      204 accepted: manual → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #35 manual: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/35
    gitlab-pipeline.json, scheduled #39
      204 accepted: scheduled → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #39 scheduled: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/39
    gitlab-pipeline.json, canceling #40
      204 ignored: the status "canceling" is no result
    gitlab-pipeline.json, success #36
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #36 passed: tag v1/rc at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/36
    gitlab-pipeline.json, success #37
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test #37 passed: cron build of branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/37
    gitlab-pipeline.json, failed #38
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] gitlab-org/gitlab-test child pipeline #38 failed: branch feature/x at bcbb5ec3, "test" by User (1m 3s) http://192.168.64.1:3005/gitlab-org/gitlab-test/-/pipelines/38
    gitlab-job.json
      204 ignored: jobs are not posted; jobs in the config turns them on
    gitlab-push.json
      204 ignored: push tells of no build
    gitlab-tag-push.json
      204 ignored: tag_push tells of no build
    gitlab-merge-request.json
      204 ignored: merge_request tells of no build
    "#);
    check_page("gitlab", &gitlab("").schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn jobs() {
    let rows = [
        file("gitlab-job.json"),
        with("gitlab-job.json", "failed", &[("/build_status", json!("failed")), ("/build_id", json!(3))]),
        with(
            "gitlab-job.json",
            "allowed to fail",
            &[("/build_status", json!("failed")), ("/build_allow_failure", json!(true))],
        ),
    ];
    insta::assert_snapshot!(gitlab("jobs = true").messages(&rows).await, @r#"
    gitlab-job.json
      204 accepted: passed → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] jsmithy2/release-tools-fake auto_deploy:start #743121198 passed: branch main at 95d49d1e, "Remove test jobs and add back other jobs" by John Smith (49s) https://gitlab.com/jsmithy2/release-tools-fake/-/jobs/3580121225
    gitlab-job.json, failed
      204 accepted: broken → 1 chat (secret 2 of 2)
      bot@dev > [GitLab] jsmithy2/release-tools-fake auto_deploy:start #743121198 broken: branch main at 95d49d1e, "Remove test jobs and add back other jobs" by John Smith (49s) https://gitlab.com/jsmithy2/release-tools-fake/-/jobs/3
    gitlab-job.json, allowed to fail
      204 ignored: the job may fail
    "#);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(gitlab("").proofs(&file(EXAMPLE)).await, @"
    token in X-Gitlab-Token
      absent → 401, incident: there is no token in X-Gitlab-Token
      empty → 401, incident: there is no token in X-Gitlab-Token
      wrong → 401, incident: the token in X-Gitlab-Token is wrong
      truncated → 401, incident: the token in X-Gitlab-Token is wrong
      twice → 401, incident: the header X-Gitlab-Token is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 244 column 0, incident: the payload is not JSON: EOF while parsing an object at line 244 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /gitlab?payload={} 405
    ");
}
