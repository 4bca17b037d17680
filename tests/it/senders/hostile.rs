//! What no sender sends: each field of each sample absent, null, a number, an array or a
//! hostile text. The answer is a refusal that the sender may know, or a message that a
//! chat can have.
use factotum_plugin_api::{
    Host, Plugin,
    hook::{Hooks, Outcome, Refusal, Request},
};
use factotum_testing::Bot;
use http::{HeaderMap, HeaderName, HeaderValue};
use plugin_alertmanager::Alertmanager;
use plugin_buildkite::Buildkite;
use plugin_circleci::CircleCi;
use plugin_drone::Drone;
use plugin_gitea::Gitea;
use plugin_github::GitHub;
use plugin_gitlab::GitLab;
use plugin_grafana::Grafana;
use plugin_jenkins::Jenkins;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

const EVIL: &str = "<b>evil</b>\u{202e}\r\n@all [x](javascript:alert(1)) *_`~|";

/// A second instance of the plugin beside that of the bot, asked without HTTP and journal.
struct Asked<P> {
    bot: Bot,
    plugin: P,
    hooks: Hooks<P>,
}

impl<P: Plugin> Asked<P> {
    async fn start(config: Value, repos: &[&str]) -> Self {
        let bot = Bot::with::<P>().admin("ann").start().await;
        for repo in repos {
            bot.say_privately("ann", &format!("!{} route {repo} dev *", P::NAME)).await;
        }
        let host = Host::new(P::NAME, bot.host().shared.clone(), bot.clock().clone());
        let plugin = P::start(serde_json::from_value(config).unwrap(), host).unwrap();
        let mut hooks = Hooks::default();
        plugin.hooks(&mut hooks);
        Asked { bot, plugin, hooks }
    }
    async fn ask(&self, headers: &[(String, String)], body: &Value) -> Result<Outcome, Refusal> {
        let header = |(name, value): &(String, String)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        };
        let hook = &self.hooks.0[0];
        let request = Request {
            id: 1,
            method: hook.method.clone(),
            path: hook.path.clone(),
            params: vec![],
            query: vec![],
            headers: headers.iter().map(header).collect::<HeaderMap>(),
            body: body.to_string().into(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            received_at: self.bot.clock().now(),
            made: Default::default(),
        };
        (hook.run)(&self.plugin, &request).await
    }
    /// Each field of each sample in each odd shape; gives how many led to a message.
    async fn odd_fields(&self, samples: &[&str]) -> usize {
        let mut messages = 0;
        for name in samples {
            let sample: Value = serde_json::from_str(&super::table::fixture(name)).unwrap();
            let headers = self.bot.sample::<P>(sample.to_string().as_bytes(), None).headers;
            for place in places(&sample) {
                for odd in [None, Some(json!(null)), Some(json!(-7.5)), Some(json!([{}])), Some(json!(EVIL))] {
                    let mut body = sample.clone();
                    put(&mut body, &place, odd.clone());
                    let what = format!("{name} {place} {odd:?}");
                    messages += check(&what, self.ask(&headers, &body).await);
                }
            }
        }
        messages
    }
}

/// All fields, as JSON pointers, and of a list the first two.
fn places(json: &Value) -> Vec<String> {
    let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
    let inner: Vec<(String, &Value)> = match json {
        Value::Object(fields) => fields.iter().map(|(name, value)| (escaped(name), value)).collect(),
        Value::Array(list) => list.iter().take(2).enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => vec![],
    };
    let below = |(name, value): (String, &Value)| {
        let below = places(value).into_iter().map(|place| format!("/{name}{place}")).collect::<Vec<_>>();
        [vec![format!("/{name}")], below].concat()
    };
    inner.into_iter().flat_map(below).collect()
}
fn put(json: &mut Value, place: &str, odd: Option<Value>) {
    let (above, name) = place.rsplit_once('/').unwrap();
    match (odd, json.pointer_mut(above).unwrap()) {
        (Some(odd), Value::Object(fields)) => drop(fields.insert(name.replace("~1", "/").replace("~0", "~"), odd)),
        (None, Value::Object(fields)) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
        (odd, Value::Array(list)) => list[name.parse::<usize>().unwrap()] = odd.unwrap_or_default(),
        (_, other) => unreachable!("{other} has nothing in it"),
    }
}
/// Whether it is a message, which is then one that a chat can have.
fn check(what: &str, told: Result<Outcome, Refusal>) -> usize {
    let outcome = match told {
        Ok(outcome) => outcome,
        Err(Refusal::BadRequest(_) | Refusal::Ignored(_)) => return 0,
        Err(refusal) => panic!("{what}: {refusal:?}"),
    };
    for notice in &outcome.notices {
        let (text, html) = (notice.text.plain(), notice.text.html());
        assert!(!html.contains("<b>evil") && !html.contains("href=\"javascript"), "{what}: {html}");
        assert!(text.starts_with('[') && !text.contains("null") && !text.contains('\r'), "{what}: {text}");
        assert!(text.lines().count() <= 20 && text.chars().count() <= 6_000, "{what}: {text}");
    }
    usize::from(!outcome.notices.is_empty())
}

/// Of this plugin, with these repositories routed, each field of each of these samples.
async fn odd_fields<P: Plugin>(config: Value, repos: &[&str], samples: &[&str]) {
    let messages = Asked::<P>::start(config, repos).await.odd_fields(samples).await;
    assert!(messages > 50, "only {messages} led to a message");
}

#[tokio::test]
async fn odd_fields_of_github() {
    let samples = [
        "github-workflow_run-completed.json",
        "github-workflow_job-failure.json",
        "github-check_suite-completed.json",
        "github-status.json",
        "github-ping.json",
    ];
    let repos = ["octo-org/octo-repo", "Codertocat/Hello-World"];
    odd_fields::<GitHub>(json!({ "check_suites": true }), &repos, &samples).await;
}

#[tokio::test]
async fn odd_fields_of_gitlab() {
    let repos = ["gitlab-org/gitlab-test", "jsmithy2/release-tools-fake"];
    odd_fields::<GitLab>(json!({ "jobs": true }), &repos, &["gitlab-pipeline.json", "gitlab-job.json"]).await;
}

#[tokio::test]
async fn odd_fields_of_gitea_and_forgejo() {
    let samples = [
        "derived-gitea-workflow_run-completed.json",
        "derived-gitea-workflow_job-completed.json",
        "derived-forgejo-action_run_failure.json",
    ];
    odd_fields::<Gitea>(json!({}), &["o/r"], &samples).await;
}

#[tokio::test]
async fn odd_fields_of_circleci() {
    let repos = ["github/circleci/webhook-service", "circleci/DdaVtNusHqi24D4YT3X4eu/6EkDPZoN4ZdMKKZtBkRodt"];
    let samples = [
        "circleci-workflow-completed-0.json",
        "circleci-job-completed-1.json",
        "circleci-workflow-completed-2.json",
        "circleci-job-completed-3.json",
    ];
    odd_fields::<CircleCi>(json!({}), &repos, &samples).await;
}

#[tokio::test]
async fn odd_fields_of_buildkite() {
    let samples = ["derived-buildkite-build-finished.json", "derived-buildkite-job-finished.json"];
    odd_fields::<Buildkite>(json!({}), &["acme/site"], &samples).await;
}

#[tokio::test]
async fn odd_fields_of_drone() {
    odd_fields::<Drone>(json!({}), &["octocat/hello-world"], &["derived-drone-build-updated.json"]).await;
}

#[tokio::test]
async fn odd_fields_of_jenkins() {
    let sample = "derived-jenkins-notification-finalized.json";
    odd_fields::<Jenkins>(json!({}), &["jenkins/asgard"], &[sample]).await;
}

#[tokio::test]
async fn odd_fields_of_alerts() {
    odd_fields::<Alertmanager>(json!({}), &["alertmanager/chat"], &["derived-alertmanager-v4.json"]).await;
    odd_fields::<Grafana>(json!({}), &["grafana/My-Super-Webhook"], &["grafana-firing.json"]).await;
}

#[tokio::test]
async fn ten_thousand_of_everything() {
    let many = |one: Value| Value::Array(vec![one; 10_000]);
    let job = json!({ "id": 1, "name": EVIL.repeat(3), "status": "failed", "allow_failure": false });
    let stage =
        json!({ "name": EVIL, "number": 1, "status": "failure", "steps": many(json!({ "status": "failure" })) });
    let alert = json!({ "status": "firing", "labels": { "alertname": EVIL.repeat(3) }, "fingerprint": "f" });
    let sample = |name: &str, place: &str, value: Value| {
        let mut sample: Value = serde_json::from_str(&super::table::fixture(name)).unwrap();
        put(&mut sample, place, Some(value));
        sample
    };
    let mut pipeline = sample("gitlab-pipeline.json", "/builds", many(job));
    put(&mut pipeline, "/object_attributes/status", Some(json!("failed")));
    let gitlab = Asked::<GitLab>::start(json!({}), &["gitlab-org/gitlab-test"]).await;
    assert_eq!(check("GitLab", gitlab.ask(&[], &pipeline).await), 1);
    let built = sample("derived-drone-build-updated.json", "/build/stages", Value::Array(vec![stage; 100]));
    let drone = Asked::<Drone>::start(json!({}), &["octocat/hello-world"]).await;
    let build = [("X-Drone-Event".to_owned(), "build".to_owned())];
    assert_eq!(check("Drone", drone.ask(&build, &built).await), 1);
    let alerts = sample("derived-alertmanager-v4.json", "/alerts", many(alert));
    let alertmanager = Asked::<Alertmanager>::start(json!({}), &["alertmanager/chat"]).await;
    assert_eq!(check("Alertmanager", alertmanager.ask(&[], &alerts).await), 1);
}
