//! The part of Gitea and Forgejo in the table.
use super::{Row, Sender, check_page, file, proven, told_of, with};
use crate::senders::signed;
use ci_routes::Scheme;
use plugin_gitea::Gitea;
use serde_json::{Value, json};

fn gitea() -> Sender<Gitea> {
    let schemes = ["X-Forgejo-Signature", "X-Gitea-Signature"].map(|header| Scheme::hmac_sha256(header, ""));
    Sender::new(schemes, &["o/r", "gogits/hello-world"])
}
const EXAMPLE: &str = "derived-gitea-workflow_run-completed.json";
const FORGEJO: &str = "derived-forgejo-action_run_failure.json";

#[tokio::test]
async fn messages() {
    let run = |what: &str, id: u32, changes: &[(&str, Value)]| {
        let fields = [("/workflow_run/id", json!(id)), ("/workflow_run/run_number", json!(id))];
        with(EXAMPLE, what, &[&fields[..], changes].concat())
    };
    let conclusion = |word: &str| ("/workflow_run/conclusion", json!(word));
    let ended = |what: &str, id: u32, changes: &[(&str, Value)]| {
        let fields = [("/run/id", json!(id)), ("/run/index_in_repo", json!(id)), ("/run/status", json!(what))];
        with(FORGEJO, what, &[&fields[..], changes].concat())
    };
    let pull = [("/workflow_run/event", json!("pull_request")), ("/workflow_run/head_branch", json!("fix"))];
    // Nothing is known of this workflow before.
    let nightly = ("/run/workflow_id", json!("nightly.yml"));
    let mut recovered = ended("success", 15, std::slice::from_ref(&nightly));
    recovered.0 = format!("{FORGEJO}, recovered");
    recovered.1 = {
        let mut payload: Value = serde_json::from_slice(&recovered.1).unwrap();
        payload["last_run"] = json!({ "id": 14, "status": "failure" });
        payload.to_string().into_bytes()
    };
    let rows: Vec<Row> = vec![
        run("requested", 41, &[("/action", json!("requested")), conclusion("")]),
        file("derived-gitea-workflow_job-completed.json"),
        file(EXAMPLE),
        run("passed", 42, &[conclusion("success")]),
        run("pull request", 43, &pull),
        run("cancelled", 44, &[conclusion("cancelled")]),
        run("skipped", 45, &[conclusion("skipped")]),
        run("neutral", 46, &[conclusion("neutral")]),
        run("stale", 47, &[conclusion("stale")]),
        run("action_required", 48, &[conclusion("action_required")]),
        file(FORGEJO),
        ended("success", 13, &[]),
        ended("cancelled", 14, &[]),
        recovered,
        ended("failure", 16, &[("/run/prettyref", json!("#3"))]),
        ended("failure", 17, &[nightly]),
        file("gitea-push.json"),
        file("gitea-pull-request-opened.json"),
    ];
    let table = gitea().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    derived-gitea-workflow_run-completed.json, requested
      204 accepted: pending → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #41 pending: branch main at 3a092c3a, "Fix the parser" by ann https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_job-completed.json
      204 accepted: a failed job, to be named with its run (secret 2 of 2)
    derived-gitea-workflow_run-completed.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #7 failed: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
                failed job: lint (https://gitea.example.org/o/r/actions/runs/7/jobs/1)
    derived-gitea-workflow_run-completed.json, passed
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #42 fixed: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, pull request
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #43 failed: pull request at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, cancelled
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #44 canceled: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, skipped
      204 accepted: skipped → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #45 skipped: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, neutral
      204 accepted: neutral → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #46 neutral: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, stale
      204 accepted: stale → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #47 stale: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-gitea-workflow_run-completed.json, action_required
      204 accepted: action required → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r CI #48 action required: branch main at 3a092c3a, "Fix the parser" by ann (5m) https://gitea.example.org/o/r/actions/runs/7
    derived-forgejo-action_run_failure.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r ci.yml #12 failed: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    derived-forgejo-action_run_failure.json, success
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r ci.yml #13 fixed: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    derived-forgejo-action_run_failure.json, cancelled
      204 accepted: canceled → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r ci.yml #14 canceled: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    derived-forgejo-action_run_failure.json, recovered
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r nightly.yml #15 fixed: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    derived-forgejo-action_run_failure.json, failure
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r ci.yml #16 failed: pull request #3 "Fix the parser" at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    derived-forgejo-action_run_failure.json, failure
      204 accepted: broken → 1 chat (secret 2 of 2)
      bot@dev > [Gitea] o/r nightly.yml #17 broken: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    gitea-push.json
      204 ignored: push tells of no build
    gitea-pull-request-opened.json
      204 ignored: pull_request tells of no build
    "#);
    check_page("gitea", &gitea().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(gitea().proofs(&file(EXAMPLE)).await, @"
    signature in X-Forgejo-Signature
      absent → 401, incident: there is no signature in X-Forgejo-Signature and no signature in X-Gitea-Signature
      empty → 401, incident: there is no signature in X-Forgejo-Signature and no signature in X-Gitea-Signature
      wrong → 401, incident: the signature in X-Forgejo-Signature is wrong
      truncated → 401, incident: the signature in X-Forgejo-Signature is wrong
      twice → 401, incident: the header X-Forgejo-Signature is there twice
      right, of more than was sent → 401, incident: the signature in X-Forgejo-Signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    signature in X-Gitea-Signature
      absent → 401, incident: there is no signature in X-Forgejo-Signature and no signature in X-Gitea-Signature
      empty → 401, incident: there is no signature in X-Forgejo-Signature and no signature in X-Gitea-Signature
      wrong → 401, incident: the signature in X-Gitea-Signature is wrong
      truncated → 401, incident: the signature in X-Gitea-Signature is wrong
      twice → 401, incident: the header X-Gitea-Signature is there twice
      right, of more than was sent → 401, incident: the signature in X-Gitea-Signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /gitea?payload={} 405
    ");
}

#[tokio::test]
async fn the_headers_of_both() {
    let bot = gitea().bot().await;
    let [of_forgejo, of_gitea] = [&gitea().schemes[0], &gitea().schemes[1]].map(Clone::clone);
    let body = file(FORGEJO).1;
    let sample = bot.sample::<Gitea>(&body, None);
    let right = signed(&of_gitea, &bot, &body, "new");
    let empty = vec![("X-Forgejo-Signature".to_owned(), String::new())];
    let mut nameless = proven(&sample, right.clone());
    nameless.headers.retain(|(name, _)| !name.ends_with("-Event"));
    // As Gitea sends a form: what is signed is the JSON, not what is sent.
    let json = String::from_utf8(body.clone()).unwrap();
    let form = format!("payload={}", json.replace('%', "%25").replace('+', "%2B").replace('&', "%26"));
    let mut as_form = proven(&sample, right.clone());
    as_form.body = form.into_bytes().into();
    as_form.headers.retain(|(name, _)| name != "Content-Type");
    as_form.headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
    let rows = [
        ("no event", nameless),
        ("a form", as_form),
        ("Forgejo's wrong", proven(&sample, [right.clone(), signed(&of_forgejo, &bot, &body, "wrong")].concat())),
        ("Forgejo's empty", proven(&sample, [right.clone(), empty].concat())),
        ("both", proven(&sample, [right, signed(&of_forgejo, &bot, &body, "new")].concat())),
    ];
    let mut table = vec![];
    for (name, sample) in rows {
        table.push(told_of(&bot, name, sample).await);
    }
    insta::assert_snapshot!(table.join("\n"), @"
    no event → 400: there is no header X-Gitea-Event and no X-Forgejo-Event, incident: there is no header X-Gitea-Event and no X-Forgejo-Event
    a form → 401, incident: the signature in X-Gitea-Signature is wrong
    Forgejo's wrong → 401, incident: the signature in X-Forgejo-Signature is wrong
    Forgejo's empty → 204, no incident
    both → 200: seen before, no incident
    ");
}

#[tokio::test]
async fn what_forgejo_tells_twice_is_one_message() {
    let bot = gitea().bot().await;
    let recovered = |id: u32| {
        let fields = [("/run/id", json!(id)), ("/run/index_in_repo", json!(id)), ("/run/status", json!("success"))];
        let mut payload: Value = serde_json::from_slice(&with(FORGEJO, "", &fields).1).unwrap();
        payload["last_run"] = json!({ "id": id - 1, "status": "failure" });
        payload.to_string().into_bytes()
    };
    // A recovery is a success as well, and nothing is known of the run before.
    for (id, event) in [(8, "success"), (8, "recover"), (10, "recover"), (10, "success")] {
        let body = recovered(id);
        let mut sample = proven(&bot.sample::<Gitea>(&body, None), signed(&gitea().schemes[0], &bot, &body, "new"));
        let names = sample.headers.iter_mut().filter(|(name, _)| name.ends_with("-Event"));
        names.for_each(|(_, value)| *value = format!("action_run_{event}"));
        bot.post(event, sample).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    success > POST /gitea 204
    bot@dev > [Gitea] o/r ci.yml #8 fixed: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    recover > POST /gitea 200: seen before
    recover > POST /gitea 204
    bot@dev > [Gitea] o/r ci.yml #10 fixed: branch release/1.2 at 3a092c3a, "Fix the parser" by Ann (5m) https://forgejo.example.org/o/r/actions/runs/12
    success > POST /gitea 200: seen before
    "#);
}
