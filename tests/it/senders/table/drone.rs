//! Drone's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_drone::Drone;
use serde_json::json;

fn drone() -> Sender<Drone> {
    Sender::new([Scheme::HttpSignature], &["octocat/hello-world"])
}
const EXAMPLE: &str = "derived-drone-build-updated.json";

#[tokio::test]
async fn messages() {
    let rows = [
        with(EXAMPLE, "running", &[("/build/status", json!("running"))]),
        file(EXAMPLE),
        with(EXAMPLE, "error", &[("/build/status", json!("error")), ("/build/number", json!(43))]),
        with(EXAMPLE, "success", &[("/build/status", json!("success")), ("/build/number", json!(44))]),
        with(EXAMPLE, "killed", &[("/build/status", json!("killed")), ("/build/number", json!(45))]),
        with(EXAMPLE, "declined", &[("/build/status", json!("declined")), ("/build/number", json!(46))]),
        with(EXAMPLE, "skipped", &[("/build/status", json!("skipped")), ("/build/number", json!(47))]),
        with(EXAMPLE, "blocked", &[("/build/status", json!("blocked")), ("/build/number", json!(48))]),
    ];
    let table = drone().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    derived-drone-build-updated.json, running
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #42 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/42
    derived-drone-build-updated.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #42 failed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/42
    derived-drone-build-updated.json, error
      204 accepted: errored → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #43 errored: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/43
    derived-drone-build-updated.json, success
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #44 fixed: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/44
    derived-drone-build-updated.json, killed
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #45 canceled: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/45
    derived-drone-build-updated.json, declined
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #46 canceled: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/46
    derived-drone-build-updated.json, skipped
      204 accepted: skipped → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #47 skipped: branch main at 9fc1ad6e, "updated README" by Octo Cat (1m) https://drone.example.org/octocat/hello-world/47
    derived-drone-build-updated.json, blocked
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Drone] octocat/hello-world #48 pending: branch main at 9fc1ad6e, "updated README" by Octo Cat https://drone.example.org/octocat/hello-world/48
    "#);
    check_page("drone", &drone().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(drone().proofs(&file(EXAMPLE)).await, @"
    signature in Signature
      absent → 401, incident: there is no signature in Signature
      empty → 401, incident: there is no signature in Signature
      wrong → 401, incident: the signature in Signature is wrong
      truncated → 401, incident: the signature in Signature is wrong
      twice → 401, incident: the header signature is there twice
      right, of more than was sent → 401, incident: the Digest is not that of the body
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 401, incident: it was signed 301s away from now
      right, by the old secret → 200: seen before, no incident
    GET
      GET /drone?payload={} 405
    ");
}
