//! Alertmanager and Grafana: a group of alerts has one message, which rings when there is
//! something new, and every proof.
use super::{changed, told};
use ci_routes::Scheme;
use factotum_plugin_api::{
    Host,
    chat::ChatId,
    hook::Sample,
    secret::Secret,
    store::{Schema, Table},
};
use factotum_testing::{Bot, Builder};
use plugin_alertmanager::Alertmanager;
use plugin_grafana::Grafana;
use serde_json::{Value, json};
use std::time::Duration;

const ALERTMANAGER: &str = include_str!("../../fixtures/senders/derived-alertmanager-v4.json");
const GRAFANA: &str = include_str!("../../fixtures/senders/grafana-firing.json");
const HOUR: Duration = Duration::from_secs(3600);

fn alertmanager(config: &str) -> Builder {
    Bot::with::<Alertmanager>()
        .admin("ann")
        .config(&format!("[plugins.alertmanager]\nsecrets = [\"s3cret\"]\n{config}"))
}
fn grafana(config: &str) -> Builder {
    Bot::with::<Grafana>().admin("ann").config(&format!("[plugins.grafana]\nsecrets = [\"s3cret\"]\n{config}"))
}
/// A group of the sample's alerts, as `(instance, minute of its start, minute of its end)`.
fn group(alerts: &[(&str, u32, Option<u32>)], changes: &[(&str, Value)]) -> Vec<u8> {
    let alert = |(instance, start, end): &(&str, u32, Option<u32>)| {
        json!({
            "status": if end.is_some() { "resolved" } else { "firing" },
            "labels": { "alertname": "HighLatency", "instance": instance, "job": "api", "severity": "page" },
            "annotations": { "summary": "p99 above 2s" },
            "startsAt": format!("2026-11-20T10:{start:02}:00Z"),
            "endsAt": end.map_or("0001-01-01T00:00:00Z".into(), |end| format!("2026-11-20T10:{end:02}:00Z")),
            "generatorURL": format!("http://prom.example.org/graph?{instance}"),
            "fingerprint": format!("fingerprint of {instance}"),
        })
    };
    let status = if alerts.iter().any(|alert| alert.2.is_none()) { "firing" } else { "resolved" };
    let fields = [("/status", json!(status)), ("/alerts", alerts.iter().map(alert).collect())];
    changed(ALERTMANAGER, &[&fields[..], changes].concat())
}
async fn send(bot: &Bot, payload: &[u8]) {
    bot.send::<Alertmanager>(payload, Some("s3cret")).await;
}

#[tokio::test]
async fn each_sample_becomes_a_message() {
    let bot = alertmanager("").start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev"]).await;
    send(&bot, ALERTMANAGER.as_bytes()).await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: 1 of 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a:80, since 2026-11-22 05:00Z graph (http://prom.example.org/graph?g0.expr=x)
              resolved: p99 above 2s, instance=b:80, began 2026-11-22 04:50Z, lasted 11m graph (http://prom.example.org/graph?g0.expr=x)
    ");
    let bot = grafana("").start().await;
    told(&bot, &["!grafana route grafana/My-Super-Webhook dev"]).await;
    bot.send::<Grafana>(GRAFANA.as_bytes(), Some("s3cret")).await;
    insta::assert_snapshot!(bot.transcript(), @"
    grafana > POST /grafana 204
    bot@dev > [Grafana] High memory usage, High CPU usage firing: 2 alerts, team=blue
              firing High memory usage: This alert was triggered for zone us-1, zone=us-1, B = 44.24, C = 1, since 2021-10-12 07:51Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1) rule (https://play.grafana.org/alerting/1afz29v7z/edit)
              firing High CPU usage: This alert was triggered for zone eu-1, zone=eu-1, B = 44.24, C = 1, since 2021-10-12 07:56Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT1%2Cteam%3Dblue%2Czone%3Deu-1) rule (https://play.grafana.org/alerting/d1rdpdv7k/edit)
    ");
}

#[tokio::test]
async fn a_group_has_one_message_which_rings_when_something_is_new() {
    let bot = alertmanager("").edits().start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev"]).await;
    send(&bot, &group(&[("a", 0, None)], &[])).await;
    bot.pass(HOUR).await;
    // By its repeat_interval.
    send(&bot, &group(&[("a", 0, None)], &[])).await;
    send(&bot, &group(&[("a", 0, None), ("b", 1, None)], &[])).await;
    bot.pass(HOUR).await;
    send(&bot, &group(&[("a", 0, None), ("b", 1, Some(9))], &[])).await;
    bot.pass(HOUR).await;
    send(&bot, &group(&[("a", 0, None)], &[])).await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?a)
    alertmanager > POST /alertmanager 200: seen before
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?a)
              firing: p99 above 2s, instance=b, since 2026-11-20 10:01Z graph (http://prom.example.org/graph?b)
    bot@dev > (removes m2)
    alertmanager > POST /alertmanager 204
    bot@dev edits m3 > [Alertmanager] HighLatency firing: 1 of 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?a)
              resolved: p99 above 2s, instance=b, began 2026-11-20 10:01Z, lasted 8m graph (http://prom.example.org/graph?b)
    alertmanager > POST /alertmanager 204
    bot@dev edits m3 > [Alertmanager] HighLatency firing: severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?a)
    ");
    bot.pass(HOUR).await;
    send(&bot, &group(&[("a", 0, Some(20))], &[])).await;
    send(&bot, &group(&[("a", 0, Some(20))], &[])).await;
    bot.pass(HOUR).await;
    // It fires again: that is another message, and what was stays to be read.
    send(&bot, &group(&[("a", 30, None)], &[])).await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 204
    bot@dev edits m3 > [Alertmanager] HighLatency resolved: severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              resolved: p99 above 2s, instance=a, began 2026-11-20 10:00Z, lasted 20m graph (http://prom.example.org/graph?a)
    alertmanager > POST /alertmanager 200: seen before
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:30Z graph (http://prom.example.org/graph?a)
    ");
    // What was told earlier is not so any more.
    bot.say_privately("ann", "!requests replay 3").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !requests replay 3
    bot     > #3, run again as #9: ignored with 204: a later request has told of these alerts. Nothing follows.
    ");
    // Weeks of repetitions are no reason to ring.
    for _ in 0..40 {
        bot.pass(24 * HOUR).await;
        send(&bot, &group(&[("a", 30, None)], &[])).await;
    }
    let told = bot.transcript();
    assert_eq!((told.matches("POST /alertmanager 20").count(), told.matches("bot@dev").count()), (40, 0), "{told}");
}

#[tokio::test]
async fn many_alerts_are_counted() {
    let bot = alertmanager("").start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev"]).await;
    let names: Vec<String> = (0..13).map(|n| format!("host-{n}")).collect();
    let alerts: Vec<_> = names.iter().map(|name| (name.as_str(), 0, None)).collect();
    send(
        &bot,
        &group(&alerts, &[("/truncatedAlerts", json!(7)), ("/commonLabels", json!({})), ("/externalURL", json!(""))]),
    )
    .await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: 20 alerts
              firing: p99 above 2s, severity page, instance=host-0, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-0)
              firing: p99 above 2s, severity page, instance=host-1, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-1)
              firing: p99 above 2s, severity page, instance=host-2, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-2)
              firing: p99 above 2s, severity page, instance=host-3, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-3)
              firing: p99 above 2s, severity page, instance=host-4, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-4)
              firing: p99 above 2s, severity page, instance=host-5, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-5)
              firing: p99 above 2s, severity page, instance=host-6, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-6)
              firing: p99 above 2s, severity page, instance=host-7, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-7)
              firing: p99 above 2s, severity page, instance=host-8, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-8)
              firing: p99 above 2s, severity page, instance=host-9, job=api, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?host-9)
              and 10 more
    ");
}

#[tokio::test]
async fn a_label_can_name_the_route() {
    let bot = alertmanager("route_label = \"severity\"").start().await;
    told(&bot, &["!alertmanager route alertmanager/page dev failed", "!alertmanager route alertmanager/chat all"])
        .await;
    send(&bot, &group(&[("a", 0, None)], &[])).await;
    send(&bot, &group(&[("a", 0, Some(5))], &[])).await;
    send(&bot, &group(&[("a", 6, None)], &[("/commonLabels", json!({})), ("/groupKey", json!("other"))])).await;
    send(&bot, &group(&[("a", 7, None)], &[("/commonLabels/severity", json!("ticket"))])).await;
    bot.say("ann", "!requests").await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a, since 2026-11-20 10:00Z graph (http://prom.example.org/graph?a)
    alertmanager > POST /alertmanager 204
    alertmanager > POST /alertmanager 204
    bot@all > [Alertmanager] HighLatency firing http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, severity page, instance=a, job=api, since 2026-11-20 10:06Z graph (http://prom.example.org/graph?a)
    alertmanager > POST /alertmanager 204
    ann     > !requests
    bot     > #4 2026-11-20 10:00:00Z POST /alertmanager from 127.0.0.1: 204 ignored: alertmanager/ticket has no route
              #3 2026-11-20 10:00:00Z POST /alertmanager from 127.0.0.1: 204 accepted: failed → 1 chat
              #2 2026-11-20 10:00:00Z POST /alertmanager from 127.0.0.1: 204 accepted: fixed, which no route wants
              #1 2026-11-20 10:00:00Z POST /alertmanager from 127.0.0.1: 204 accepted: failed → 1 chat
    ");
}

#[tokio::test]
async fn what_alertmanager_is_answered() {
    // It tries again after 5xx, so what will never be right is answered 4xx.
    let bot = alertmanager("").start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev"]).await;
    let fields = [
        ("/version", json!("3")),
        ("/status", json!("odd")),
        ("/receiver", json!("")),
        ("/receiver", json!("чат")),
        ("/groupKey", json!(null)),
        ("/alerts", json!("none")),
        ("/alerts", json!([{}, 7])),
    ];
    for (pointer, value) in fields {
        let body = group(&[("a", 0, None)], &[(pointer, value)]);
        send(&bot, &body).await;
    }
    send(&bot, b"{").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    alertmanager > POST /alertmanager 400: the payload's version is 3, and only 4 is known
    alertmanager > POST /alertmanager 400: the status "odd" is neither firing nor resolved
    alertmanager > POST /alertmanager 400: the payload has no /receiver
    alertmanager > POST /alertmanager 400: no route can be called "чат"
    alertmanager > POST /alertmanager 400: the payload has no /groupKey
    alertmanager > POST /alertmanager 400: the payload has no alerts
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] alert firing: 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing
              firing
    alertmanager > POST /alertmanager 400: the payload is not JSON: EOF while parsing an object at line 1 column 1
    "#);
}

#[tokio::test]
async fn what_our_store_cannot_tell_now_is_sent_again() {
    let bot = alertmanager("").start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev"]).await;
    // A record that cannot be read, as after a step back to this version.
    let host = Host::new("alertmanager", bot.host().shared.clone(), bot.clock().clone());
    let newer = Schema { number: 9, upgrade: |_, value| Ok(value) };
    type Key = (String, (String, ChatId));
    let routes: Table<Key, Value> = host.store.shared("ci-routes").table_of("routes", newer).unwrap();
    let key = ("alertmanager".to_owned(), ("alertmanager/chat".to_owned(), ChatId::new("console", "all")));
    routes.put(&key, &json!({})).await.unwrap();
    send(&bot, ALERTMANAGER.as_bytes()).await;
    bot.say_privately("ann", "!requests").await;
    routes.remove(&key).await.unwrap();
    send(&bot, ALERTMANAGER.as_bytes()).await;
    send(&bot, ALERTMANAGER.as_bytes()).await;
    insta::assert_snapshot!(bot.transcript(), @"
    alertmanager > POST /alertmanager 503: try again
    ann     > !requests
    bot     > #1 2026-11-20 10:00:00Z POST /alertmanager from 127.0.0.1: 503 refused: shared:ci-routes.routes has schema 9; this version knows 1
    alertmanager > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: 1 of 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a:80, since 2026-11-22 05:00Z graph (http://prom.example.org/graph?g0.expr=x)
              resolved: p99 above 2s, instance=b:80, began 2026-11-22 04:50Z, lasted 11m graph (http://prom.example.org/graph?g0.expr=x)
    alertmanager > POST /alertmanager 200: seen before
    ");
}

#[tokio::test]
async fn every_proof_of_alertmanager() {
    let bot = alertmanager("").start().await;
    told(&bot, &["!alertmanager route alertmanager/chat dev", "!alertmanager token alertmanager/chat of-its-own"])
        .await;
    let with = |scheme: &Scheme, secret: &str| {
        let headers = scheme.sign(b"", &Secret::new(secret), bot.clock().now());
        Sample { headers, ..bot.sample::<Alertmanager>(ALERTMANAGER.as_bytes(), None) }
    };
    let mut cut = with(&Scheme::Bearer, "s3cret");
    cut.headers[0].1.pop();
    for (name, sample) in [
        ("none", bot.sample::<Alertmanager>(ALERTMANAGER.as_bytes(), None)),
        ("wrong", with(&Scheme::Bearer, "wrong")),
        ("wrong Basic", with(&Scheme::Basic, "s3cret:wrong")),
        ("truncated", cut),
        ("Bearer", with(&Scheme::Bearer, "s3cret")),
        ("Basic", with(&Scheme::Basic, "am:s3cret")),
        ("its own", with(&Scheme::Basic, "of-its-own")),
    ] {
        bot.post(name, sample).await;
    }
    bot.say_privately("ann", "!incidents").await;
    insta::assert_snapshot!(bot.transcript(), @"
    none    > POST /alertmanager 401
    wrong   > POST /alertmanager 401
    wrong Basic > POST /alertmanager 401
    truncated > POST /alertmanager 401
    Bearer  > POST /alertmanager 204
    bot@dev > [Alertmanager] HighLatency firing: 1 of 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
              firing: p99 above 2s, instance=a:80, since 2026-11-22 05:00Z graph (http://prom.example.org/graph?g0.expr=x)
              resolved: p99 above 2s, instance=b:80, began 2026-11-22 04:50Z, lasted 11m graph (http://prom.example.org/graph?g0.expr=x)
    Basic   > POST /alertmanager 200: seen before
    its own > POST /alertmanager 200: seen before
    ann     > !incidents
    bot     > #4 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /alertmanager: the Bearer token in Authorization is wrong (!requests show 4)
              #3 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /alertmanager: the Basic login in Authorization is wrong (!requests show 3)
              #2 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /alertmanager: the Bearer token in Authorization is wrong (!requests show 2)
              #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /alertmanager: there is no Bearer token in Authorization and no Basic login in Authorization (!requests show 1)
    ");
}

#[tokio::test]
async fn what_grafana_tells_at_night() {
    let bot = grafana("").start().await;
    told(&bot, &["!grafana route grafana/My-Super-Webhook dev"]).await;
    let pages = [
        ("/alerts/0/dashboardURL", json!("https://play.grafana.org/d/abc")),
        ("/alerts/0/panelURL", json!("https://play.grafana.org/d/abc?viewPanel=2")),
        ("/alerts/0/values", json!({ "B": 0.00421, "C": 1200.5, "D": null })),
        ("/alerts/1/values", Value::Null),
        ("/alerts/1/silenceURL", json!("javascript:alert(1)")),
        ("/title", json!("Trouble in zone us-1")),
        ("/message", json!("Call bob\nand then ann.")),
    ];
    bot.send::<Grafana>(&changed(GRAFANA, &pages), Some("s3cret")).await;
    let mut older: Value = serde_json::from_str(GRAFANA).unwrap();
    for alert in older["alerts"].as_array_mut().unwrap() {
        alert.as_object_mut().unwrap().remove("values");
        alert["valueString"] =
            json!("[ var='B0' metric='m' labels={zone=us-1} value=44.2 ], [ var='B1' labels={} value=1 ]");
    }
    older["groupKey"] = json!("older");
    bot.send::<Grafana>(older.to_string().as_bytes(), Some("s3cret")).await;
    insta::assert_snapshot!(bot.transcript(), @"
    grafana > POST /grafana 204
    bot@dev > [Grafana] Trouble in zone us-1 firing: 2 alerts, team=blue
              Call bob and then ann.
              firing High memory usage: This alert was triggered for zone us-1, zone=us-1, B = 0.0042, C = 1200.5, since 2021-10-12 07:51Z dashboard (https://play.grafana.org/d/abc) panel (https://play.grafana.org/d/abc?viewPanel=2) runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1) rule (https://play.grafana.org/alerting/1afz29v7z/edit)
              firing High CPU usage: This alert was triggered for zone eu-1, zone=eu-1, since 2021-10-12 07:56Z runbook (https://myrunbook.com/runbook/1234) rule (https://play.grafana.org/alerting/d1rdpdv7k/edit)
    grafana > POST /grafana 204
    bot@dev > [Grafana] High memory usage, High CPU usage firing: 2 alerts, team=blue
              firing High memory usage: This alert was triggered for zone us-1, zone=us-1, B0 = 44.2, B1 = 1, since 2021-10-12 07:51Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1) rule (https://play.grafana.org/alerting/1afz29v7z/edit)
              firing High CPU usage: This alert was triggered for zone eu-1, zone=eu-1, B0 = 44.2, B1 = 1, since 2021-10-12 07:56Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT1%2Cteam%3Dblue%2Czone%3Deu-1) rule (https://play.grafana.org/alerting/d1rdpdv7k/edit)
    ");
}

#[tokio::test]
async fn every_proof_of_grafana() {
    let plain = grafana("").start().await;
    let stamped = grafana("signature_header = \"X-Signed\"\ntimestamp_header = \"X-At\"").start().await;
    for bot in [&plain, &stamped] {
        told(bot, &["!grafana route grafana/My-Super-Webhook dev"]).await;
    }
    let body = GRAFANA.as_bytes();
    let rows = async |bot: &Bot, scheme: &Scheme| {
        let now = bot.clock().now();
        let with = |at, secret: &str, scheme: &Scheme| {
            let headers = scheme.sign(body, &Secret::new(secret), at);
            Sample { headers, ..bot.sample::<Grafana>(body, None) }
        };
        let mut cut = with(now, "s3cret", scheme);
        cut.headers[0].1.pop();
        let mut other = with(now, "s3cret", scheme);
        other.body = changed(GRAFANA, &[("/orgId", json!(2))]).into();
        let mut timeless = with(now, "s3cret", scheme);
        timeless.headers.truncate(1);
        for (name, sample) in [
            ("none", bot.sample::<Grafana>(body, None)),
            ("wrong", with(now, "wrong", scheme)),
            ("truncated", cut),
            ("of another body", other),
            ("without its time", timeless),
            ("old", with(now - 301 * SECOND, "s3cret", scheme)),
            ("right", with(now, "s3cret", scheme)),
            ("Bearer", with(now, "s3cret", &Scheme::Bearer)),
            ("Basic", with(now, "s3cret", &Scheme::Basic)),
        ] {
            bot.post(name, sample).await;
        }
        let lines = bot.transcript();
        lines.lines().filter(|line| line.contains("POST")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = [
        rows(&plain, &Scheme::hmac_sha256("X-Grafana-Alerting-Signature", "")).await,
        rows(&stamped, &Scheme::stamped_apart("X-Signed", "X-At")).await,
    ];
    insta::assert_snapshot!(told.join("with a time\n"), @"
    none    > POST /grafana 401
    wrong   > POST /grafana 401
    truncated > POST /grafana 401
    of another body > POST /grafana 401
    without its time > POST /grafana 204
    old     > POST /grafana 200: seen before
    right   > POST /grafana 200: seen before
    Bearer  > POST /grafana 200: seen before
    Basic   > POST /grafana 200: seen before
    with a time
    none    > POST /grafana 401
    wrong   > POST /grafana 401
    truncated > POST /grafana 401
    of another body > POST /grafana 401
    without its time > POST /grafana 401
    old     > POST /grafana 401
    right   > POST /grafana 204
    Bearer  > POST /grafana 200: seen before
    Basic   > POST /grafana 200: seen before
    ");
}
const SECOND: Duration = Duration::from_secs(1);
