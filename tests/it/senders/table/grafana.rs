//! Grafana's part of the table.
use super::{Sender, check_page, file, with};
use ci_routes::Scheme;
use plugin_grafana::Grafana;
use serde_json::json;

fn grafana() -> Sender<Grafana> {
    let signature = Scheme::hmac_sha256("X-Grafana-Alerting-Signature", "");
    Sender::new([signature, Scheme::Bearer, Scheme::Basic], &["grafana/My-Super-Webhook"])
}
const EXAMPLE: &str = "grafana-firing.json";

#[tokio::test]
async fn messages() {
    let rows = [
        file(EXAMPLE),
        with(EXAMPLE, "again", &[]),
        with(
            EXAMPLE,
            "one resolved",
            &[("/alerts/0/status", json!("resolved")), ("/alerts/0/endsAt", json!("2021-10-12T08:00:00Z"))],
        ),
        with(EXAMPLE, "to nobody", &[("/receiver", json!("other"))]),
        with(EXAMPLE, "neither firing nor resolved", &[("/status", json!("odd"))]),
    ];
    let table = grafana().messages(&rows).await;
    insta::assert_snapshot!(table, @r#"
    grafana-firing.json
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Grafana] High memory usage, High CPU usage firing: 2 alerts, team=blue
                firing High memory usage: This alert was triggered for zone us-1, zone=us-1, B = 44.24, C = 1, since 2021-10-12 07:51Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1) rule (https://play.grafana.org/alerting/1afz29v7z/edit)
                firing High CPU usage: This alert was triggered for zone eu-1, zone=eu-1, B = 44.24, C = 1, since 2021-10-12 07:56Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT1%2Cteam%3Dblue%2Czone%3Deu-1) rule (https://play.grafana.org/alerting/d1rdpdv7k/edit)
    grafana-firing.json, again
      200 duplicate: of request 1
    grafana-firing.json, one resolved
      204 accepted: failed → 1 chat (secret 2 of 2)
      bot@dev > [Grafana] High memory usage, High CPU usage firing: 1 of 2 alerts, team=blue
                firing High CPU usage: This alert was triggered for zone eu-1, zone=eu-1, B = 44.24, C = 1, since 2021-10-12 07:56Z runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT1%2Cteam%3Dblue%2Czone%3Deu-1) rule (https://play.grafana.org/alerting/d1rdpdv7k/edit)
                resolved High memory usage: This alert was triggered for zone us-1, zone=us-1, B = 44.24, C = 1, began 2021-10-12 07:51Z, lasted 8m 56s runbook (https://myrunbook.com/runbook/1234) silence (https://play.grafana.org/alerting/silence/new?alertmanager=grafana&matchers=alertname%3DT2%2Cteam%3Dblue%2Czone%3Dus-1) rule (https://play.grafana.org/alerting/1afz29v7z/edit)
    grafana-firing.json, to nobody
      204 ignored: grafana/other has no route
    grafana-firing.json, neither firing nor resolved
      400 refused: the status "odd" is neither firing nor resolved
    "#);
    check_page("grafana", &grafana().schemes, &table, EXAMPLE);
}

#[tokio::test]
async fn proofs() {
    insta::assert_snapshot!(grafana().proofs(&file(EXAMPLE)).await, @"
    signature in X-Grafana-Alerting-Signature
      absent → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the signature in X-Grafana-Alerting-Signature is wrong
      truncated → 401, incident: the signature in X-Grafana-Alerting-Signature is wrong
      twice → 401, incident: the header X-Grafana-Alerting-Signature is there twice
      right, of more than was sent → 401, incident: the signature in X-Grafana-Alerting-Signature is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    Bearer token in Authorization
      absent → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the Bearer token in Authorization is wrong
      truncated → 401, incident: the Bearer token in Authorization is wrong
      twice → 401, incident: the header authorization is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 67 column 0, incident: the payload is not JSON: EOF while parsing an object at line 67 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    Basic login in Authorization
      absent → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no signature in X-Grafana-Alerting-Signature and no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the Basic login in Authorization is wrong
      truncated → 401, incident: the Basic login in Authorization is wrong
      twice → 401, incident: the header authorization is there twice
      right, of more than was sent → 400: the payload is not JSON: EOF while parsing an object at line 67 column 0, incident: the payload is not JSON: EOF while parsing an object at line 67 column 0
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 200: seen before, no incident
      right, by the old secret → 200: seen before, no incident
    GET
      GET /grafana?payload={} 405
    ");
}

#[tokio::test]
async fn proofs_with_a_time() {
    let signature = Scheme::stamped_apart("X-Signed", "X-Signed-At");
    let sender = Sender::<Grafana>::new([signature], &["grafana/My-Super-Webhook"])
        .config("signature_header = \"X-Signed\"\ntimestamp_header = \"X-Signed-At\"");
    insta::assert_snapshot!(sender.proofs(&file(EXAMPLE)).await, @"
    signature in X-Signed
      absent → 401, incident: there is no signature in X-Signed and no Bearer token in Authorization and no Basic login in Authorization
      empty → 401, incident: there is no signature in X-Signed and no Bearer token in Authorization and no Basic login in Authorization
      wrong → 401, incident: the signature in X-Signed is wrong
      truncated → 401, incident: it was signed 1615652164s away from now
      twice → 401, incident: the header X-Signed is there twice
      right, of more than was sent → 401, incident: the signature in X-Signed is wrong
      right → 204, no incident
      right, replayed → 200: seen before, no incident
      right, replayed after 5 min → 401, incident: it was signed 301s away from now
      right, by the old secret → 200: seen before, no incident
    GET
      GET /grafana?payload={} 405
    ");
}
