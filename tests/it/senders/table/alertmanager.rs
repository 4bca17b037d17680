//! Alertmanager's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_alertmanager::Alertmanager;
use serde_json::json;

fn alertmanager() -> Sender<Alertmanager> {
    Sender::new([Scheme::Bearer, Scheme::Basic], &["alertmanager/chat"])
}
const EXAMPLE: &str = "derived-alertmanager-v4.json";

#[tokio::test]
async fn messages() {
    let rows = [
        file(EXAMPLE),
        with(EXAMPLE, "again", &[]),
        with(
            EXAMPLE,
            "all resolved",
            &[
                ("/status", json!("resolved")),
                ("/alerts/0/status", json!("resolved")),
                ("/alerts/0/endsAt", json!("2026-11-22T05:07:00Z")),
            ],
        ),
        with(EXAMPLE, "to nobody", &[("/receiver", json!("other"))]),
        with(EXAMPLE, "neither firing nor resolved", &[("/status", json!("odd"))]),
        with(EXAMPLE, "version 3", &[("/version", json!("3"))]),
    ];
    let table = alertmanager().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    derived-alertmanager-v4.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Alertmanager] HighLatency firing: 1 of 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
                firing: p99 above 2s, instance=a:80, since 2026-11-22 05:00Z graph (http://prom.example.org/graph?g0.expr=x)
                resolved: p99 above 2s, instance=b:80, began 2026-11-22 04:50Z, lasted 11m graph (http://prom.example.org/graph?g0.expr=x)
    derived-alertmanager-v4.json, again
      200 duplicate: of request 1
    derived-alertmanager-v4.json, all resolved
      204 accepted: fixed → 1 chat (secret 2 of 2)
      bot@dev > [Alertmanager] HighLatency resolved: 2 alerts, severity page, job=api http://am.example.org:9093/#/alerts?receiver=chat
                resolved: p99 above 2s, instance=a:80, began 2026-11-22 05:00Z, lasted 7m graph (http://prom.example.org/graph?g0.expr=x)
                resolved: p99 above 2s, instance=b:80, began 2026-11-22 04:50Z, lasted 11m graph (http://prom.example.org/graph?g0.expr=x)
    derived-alertmanager-v4.json, to nobody
      204 ignored: alertmanager/other has no route
    derived-alertmanager-v4.json, neither firing nor resolved
      400 refused: the status "odd" is neither firing nor resolved
    derived-alertmanager-v4.json, version 3
      400 refused: the payload's version is 3, and only 4 is known
    "#);
    check_page("alertmanager", &alertmanager().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(alertmanager().proofs(&file(EXAMPLE)).await, @"
    Bearer token in Authorization
      absent → 401, incident: there is no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the Bearer token in Authorization is wrong
      truncated → 401, incident: the Bearer token in Authorization is wrong
      twice → 401, incident: the header authorization is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 53 column 0, incident: the payload is not JSON: EOF while parsing an object at line 53 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    Basic login in Authorization
      absent → 401, incident: there is no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the Basic login in Authorization is wrong
      truncated → 401, incident: the Basic login in Authorization is wrong
      twice → 401, incident: the header authorization is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 53 column 0, incident: the payload is not JSON: EOF while parsing an object at line 53 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /alertmanager?payload={} 405
    ");
}
