//! Jenkins: FINALIZED alone is a result, and a job is not believed without a password.
use super::{changed, told};
use ci_routes::Scheme;
use factotum_plugin_api::{hook::Sample, secret::Secret};
use factotum_testing::{Bot, Builder};
use plugin_jenkins::Jenkins;
use serde_json::{Value, json};

const FINALIZED: &str = include_str!("../../fixtures/senders/derived-jenkins-notification-finalized.json");

fn jenkins(config: &str) -> Builder {
    Bot::with::<Jenkins>().admin("ann").config(&format!("[plugins.jenkins]\n{config}"))
}
async fn send(bot: &Bot, changes: &[(&str, Value)]) {
    bot.send::<Jenkins>(&changed(FINALIZED, changes), Some("s3cret")).await;
}

#[tokio::test]
async fn each_phase_becomes_a_message_or_none() {
    let bot = jenkins("secrets = [\"s3cret\"]").edits().start().await;
    told(&bot, &["!jenkins route jenkins/asgard dev *"]).await;
    for (phase, status) in [("QUEUED", json!(null)), ("STARTED", json!(null)), ("COMPLETED", json!("FAILURE"))] {
        send(&bot, &[("/build/phase", json!(phase)), ("/build/status", status), ("/build/duration", json!(0))]).await;
    }
    send(&bot, &[]).await;
    for (number, status) in [(19, "UNSTABLE"), (20, "SUCCESS"), (21, "ABORTED"), (22, "NOT_BUILT"), (23, "SUCCESS")] {
        send(&bot, &[("/build/status", json!(status)), ("/build/number", json!(number))]).await;
    }
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #18 pending: branch main at c6d86dc6 http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 200: seen before
    jenkins > POST /jenkins 204
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    bot@dev > (removes m2)
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #19 still failing: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #20 fixed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #21 canceled: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #22 not built: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #23 passed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    ann     > !requests
    bot     > #9 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: passed → 1 chat
              #8 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: not built → 1 chat
              #7 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: canceled → 1 chat
              #6 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: fixed → 1 chat
              #5 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: still failing → 1 chat
              #4 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: failed → 1 chat
              #3 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 ignored: the phase "COMPLETED" is no result; FINALIZED is
              #2 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /jenkins from 127.0.0.1: 204 accepted: pending → 1 chat
    "#);
}

#[tokio::test]
async fn jobs_in_folders_and_without_a_repository() {
    let bot = jenkins("secrets = [\"s3cret\"]").start().await;
    told(&bot, &["!jenkins route jenkins/my-team/asgard/main dev *", "!jenkins route jenkins/Nightly-Build dev *"])
        .await;
    send(&bot, &[("/name", json!("main")), ("/url", json!("job/my%20team/job/asgard/job/main/"))]).await;
    send(
        &bot,
        &[("/name", json!("Nightly Build")), ("/url", json!("job/Nightly%20Build/")), ("/build/scm", json!({}))],
    )
    .await;
    // Another job of that name.
    send(&bot, &[("/name", json!("main")), ("/url", json!("job/other/job/main/"))]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/my-team/asgard/main #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/Nightly-Build #18 failed (1m 1s) http://jenkins.example.org/job/asgard/18/
    jenkins > POST /jenkins 204
    ");
}

/// Each proof, and what is answered.
async fn proofs(bot: &Bot) -> String {
    told(
        bot,
        &[
            "!jenkins route jenkins/asgard dev *",
            "!jenkins route jenkins/own dev *",
            "!jenkins token jenkins/own of-its-own",
        ],
    )
    .await;
    let with = |name: &str, secret: Option<&str>| {
        let body = changed(FINALIZED, &[("/name", json!(name)), ("/url", json!(format!("job/{name}/")))]);
        let headers = secret.map(|secret| Scheme::Basic.sign(b"", &Secret::new(secret), bot.clock().now()));
        Sample { headers: headers.unwrap_or_default(), ..bot.sample::<Jenkins>(&body, None) }
    };
    let mut cut = with("asgard", Some("s3cret"));
    let value = cut.headers[0].1.trim_end_matches('=').len() - 2;
    cut.headers[0].1.truncate(value);
    for (name, sample) in [
        ("none", with("asgard", None)),
        ("wrong", with("asgard", Some("jenkins:wrong"))),
        ("truncated", cut),
        ("of another job", with("asgard", Some("of-its-own"))),
        ("none, own", with("own", None)),
        ("own", with("own", Some("jenkins:of-its-own"))),
        ("right", with("asgard", Some("jenkins:s3cret"))),
    ] {
        bot.post(name, sample).await;
    }
    bot.say_privately("ann", "!incidents").await;
    bot.transcript()
}

#[tokio::test]
async fn every_proof() {
    insta::assert_snapshot!(proofs(&jenkins("secrets = [\"s3cret\"]").start().await).await, @"
    none    > POST /jenkins 401
    wrong   > POST /jenkins 401
    truncated > POST /jenkins 401
    of another job > POST /jenkins 401
    none, own > POST /jenkins 401
    own     > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/own #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    right   > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    ann     > !incidents
    bot     > #5 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: there is no Basic login in Authorization (!requests show 5)
              #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: the Basic login in Authorization is wrong (!requests show 4)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: the Basic login in Authorization is wrong (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: the Basic login in Authorization is wrong (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: there is no Basic login in Authorization (!requests show 1)
    ");
}

#[tokio::test]
async fn nothing_is_believed_where_nothing_is_set() {
    insta::assert_snapshot!(proofs(&jenkins("").start().await).await, @"
    none    > POST /jenkins 204
    bot     > [jenkins] Results of jenkins/asgard are dropped, since nothing can prove them. Either set secrets in the config, or the repository's token in a private chat: !jenkins token jenkins/asgard TOKEN
    wrong   > POST /jenkins 204
    truncated > POST /jenkins 204
    of another job > POST /jenkins 204
    none, own > POST /jenkins 401
    own     > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/own #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    right   > POST /jenkins 204
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: there is no Basic login in Authorization (!requests show 5)
    ");
}

#[tokio::test]
async fn addresses_that_need_no_proof() {
    insta::assert_snapshot!(proofs(&jenkins("unproven_from = [\"127.0.0.0/8\"]").start().await).await, @"
    none    > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/asgard #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    wrong   > POST /jenkins 204
    bot     > [jenkins] Results of jenkins/asgard are dropped, since nothing can prove them. Either set secrets in the config, or the repository's token in a private chat: !jenkins token jenkins/asgard TOKEN
    truncated > POST /jenkins 204
    of another job > POST /jenkins 204
    none, own > POST /jenkins 401
    own     > POST /jenkins 204
    bot@dev > [Jenkins] jenkins/own #18 failed: branch main at c6d86dc6 (1m 1s) http://jenkins.example.org/job/asgard/18/
    right   > POST /jenkins 204
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /jenkins: there is no Basic login in Authorization (!requests show 5)
    ");
}

#[tokio::test]
async fn addresses_elsewhere_prove_nothing() {
    let bot = jenkins("unproven_from = [\"10.1.2.3\", \"fd00::/8\"]").start().await;
    told(&bot, &["!jenkins route jenkins/asgard dev *"]).await;
    bot.send::<Jenkins>(FINALIZED.as_bytes(), None).await;
    insta::assert_snapshot!(bot.transcript(), @"
    jenkins > POST /jenkins 204
    bot     > [jenkins] Results of jenkins/asgard are dropped, since nothing can prove them. Either set secrets in the config, or the repository's token in a private chat: !jenkins token jenkins/asgard TOKEN
    ");
}
