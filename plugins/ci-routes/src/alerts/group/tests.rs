//! What groups are called, their times, and that no value leaves its line.
use super::*;
use proptest::prelude::*;
use serde_json::json;

fn group(alerts: &Value, more: &Value) -> Result<Group, Refusal> {
    let mut json = json!({ "receiver": "chat", "status": "firing", "groupKey": "{}:{}", "alerts": alerts });
    let more = more.as_object().unwrap().clone();
    json.as_object_mut().unwrap().extend(more);
    Group::read(&json, "am", "team", &[("graph", "/generatorURL")])
}
fn named(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "status": "firing", "labels": { "alertname": name } })).collect()
}

#[test]
fn what_a_group_is_called_and_where_it_goes() {
    let grouped = json!({ "groupLabels": { "cluster": "eu", "job": "api" } });
    let rows = [
        (named(&["Down"]), json!({})),
        (named(&["Down", "Slow", "Down", "Full"]), grouped.clone()),
        (named(&["Down", "Slow", "Full", "Hot"]), grouped),
        (named(&["Down", "Slow", "Full", "Hot"]), json!({})),
        (named(&[]), json!({ "truncatedAlerts": 7 })),
        (named(&["Down"]), json!({ "commonLabels": { "team": "a/b c" } })),
        (named(&["Down"]), json!({ "groupLabels": { "team": "blue" }, "commonLabels": { "__uid__": "x" } })),
    ];
    let rows = rows.map(|(alerts, more)| {
        let group = group(&alerts, &more).unwrap();
        format!("{}: {}", group.repo, group.text().plain())
    });
    insta::assert_snapshot!(rows.join("\n"), @"
    am/chat: Down firing
    firing
    am/chat: Down, Slow, Full firing: 4 alerts
    firing Down
    firing Slow
    firing Down
    firing Full
    am/chat: eu api firing: 4 alerts
    firing Down
    firing Slow
    firing Full
    firing Hot
    am/chat: Down and others firing: 4 alerts
    firing Down
    firing Slow
    firing Full
    firing Hot
    am/chat: chat firing: 7 alerts
    and 7 more
    am/a/b-c: Down firing: team=a/b c
    firing
    am/blue: Down firing
    firing
    ");
}

#[test]
fn times_that_are_none() {
    let told = |status: &str, start: &str, end: &str| {
        let alert = json!([{ "status": status, "labels": { "alertname": "Down" }, "startsAt": start, "endsAt": end }]);
        group(&alert, &json!({})).unwrap().text().plain().lines().nth(1).unwrap().to_owned()
    };
    let (none, start, end) = ("0001-01-01T00:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T10:04:30.5Z");
    let rows = [
        told("firing", start, none),
        told("firing", start, end), // when it would end, were it not told of again
        told("firing", none, none),
        told("firing", "yesterday", ""),
        told("resolved", start, end),
        told("resolved", start, none),
        told("resolved", end, start),
    ];
    insta::assert_snapshot!(rows.join("\n"), @"
    firing: since 2026-11-20 10:00Z
    firing: since 2026-11-20 10:00Z
    firing
    firing
    resolved: began 2026-11-20 10:00Z, lasted 4m 30s
    resolved
    resolved
    ");
}

proptest! {
    #[test]
    fn every_value_stays_on_its_line(value in "(?s).{0,400}", other in "(?s).{0,400}", count in 0..30usize) {
        let labels = json!({ "alertname": value, &other: value, "severity": other });
        let alert = json!({
            "status": "firing", "labels": labels, "annotations": { "summary": value }, "startsAt": other,
            "generatorURL": value,
        });
        let more = json!({ "commonLabels": { &value: other }, "groupLabels": { &other: value }, "truncatedAlerts": count });
        let text = group(&vec![alert; count].into(), &more).unwrap().text().plain();
        prop_assert!(text.split('\n').count() <= ALERTS_SHOWN + 2, "{}", text);
        prop_assert!(text.chars().count() < 12_000);
    }
}
