//! Jenkins's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_jenkins::Jenkins;
use serde_json::json;

fn jenkins() -> Sender<Jenkins> {
    Sender::new([Scheme::Basic], &["jenkins/asgard"])
}
const EXAMPLE: &str = "derived-jenkins-notification-finalized.json";

#[tokio::test]
async fn messages() {
    let rows = [
        with(EXAMPLE, "STARTED", &[("/build/phase", json!("STARTED"))]),
        with(EXAMPLE, "COMPLETED", &[("/build/phase", json!("COMPLETED"))]),
        file(EXAMPLE),
        with(EXAMPLE, "UNSTABLE", &[("/build/status", json!("UNSTABLE")), ("/build/number", json!(19))]),
        with(EXAMPLE, "SUCCESS", &[("/build/status", json!("SUCCESS")), ("/build/number", json!(20))]),
        with(EXAMPLE, "ABORTED", &[("/build/status", json!("ABORTED")), ("/build/number", json!(21))]),
        with(EXAMPLE, "NOT_BUILT", &[("/build/status", json!("NOT_BUILT")), ("/build/number", json!(22))]),
    ];
    let table = jenkins().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    derived-jenkins-notification-finalized.json, STARTED
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #18 pending: branch main at c6d86dc6 http://jenkins.example.org/job/asgard/18/
    derived-jenkins-notification-finalized.json, COMPLETED
      204 ignored: the phase "COMPLETED" is no result; FINALIZED is
    derived-jenkins-notification-finalized.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    derived-jenkins-notification-finalized.json, UNSTABLE
      204 accepted: still failing → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #19 still failing: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    derived-jenkins-notification-finalized.json, SUCCESS
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #20 fixed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    derived-jenkins-notification-finalized.json, ABORTED
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #21 canceled: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    derived-jenkins-notification-finalized.json, NOT_BUILT
      204 accepted: not built → 1 chat (secret 2 of 2)
      bot@dev > [Jenkins] jenkins/asgard #22 not built: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    "#);
    check_page("jenkins", &jenkins().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(jenkins().proofs(&file(EXAMPLE)).await, @"
    Basic login in Authorization
      absent → 401, incident: there is no Basic login in Authorization
      empty → 401, incident: there is no Basic login in Authorization
      wrong → 401, incident: the Basic login in Authorization is wrong
      truncated → 401, incident: the Basic login in Authorization is wrong
      twice → 401, incident: the header authorization is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 41 column 0, incident: the payload is not JSON: EOF while parsing an object at line 41 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /jenkins?payload={} 405
    ");
}
