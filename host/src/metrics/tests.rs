//! What is counted under which labels; the page itself is tested with a whole host.
use super::*;
use factotum_plugin_api::user_error;
use prometheus_client::encoding::text::encode;

fn page(metrics: &Metrics) -> String {
    let mut text = String::new();
    encode(&mut text, &metrics.0.registry()).unwrap();
    text
}
fn metrics() -> Metrics {
    let metrics = Metrics::default();
    metrics.begin("1.2.3", &["travishook"], &[], "2026-11-20T10:00:00.5Z".parse().unwrap());
    metrics
}
/// The samples of one family that are not 0.
fn counted(metrics: &Metrics, family: &str) -> Vec<String> {
    let page = page(metrics);
    let mut lines: Vec<_> = page.lines().filter(|line| line.starts_with(family) && !line.ends_with(" 0")).collect();
    lines.sort_unstable();
    lines.into_iter().map(str::to_owned).collect()
}

#[test]
fn what_a_command_came_to() {
    let internal = || Err(Error::Internal(anyhow::anyhow!("canary")));
    type Row = (&'static [CommandOutcome], Option<CommandOutcome>, Result<Reply>, CommandOutcome);
    let rows: [Row; 8] = {
        use CommandOutcome::*;
        [
            (&[], None, Ok("there is no such command".into()), Refused),
            (&[Denied], None, Ok("for admins".into()), Denied),
            (&[Denied, Refused], None, Ok("a word is missing".into()), Refused),
            (&[Denied, Refused, Done], None, Ok("done".into()), Done),
            (&[Denied, Refused, Done], None, Err(user_error("no route")), Refused),
            (&[Denied, Refused, Done], None, internal(), Failed),
            (&[Denied, Refused, Done], None, Err(Error::Left), Cancelled),
            (&[Denied, Refused, Done], Some(Panicked), internal(), Panicked),
        ]
    };
    for (steps, ended, result, expected) in rows {
        let tally = Tally::default();
        steps.iter().for_each(|step| tally.answer_means(*step));
        ended.into_iter().for_each(|ended| tally.ended(ended));
        assert_eq!(tally.outcome(&result).1, expected, "{steps:?} {ended:?}");
    }
}

#[test]
fn a_plugin_that_the_binary_does_not_have_is_none() {
    let metrics = metrics();
    metrics.notices("travishook", NoticeStep::Dead, 1);
    metrics.notices("host", NoticeStep::Enqueued, 2);
    metrics.notices("gone-since", NoticeStep::Posted, 3);
    metrics.notices("canary/with a name", NoticeStep::Posted, 4);
    insta::assert_snapshot!(counted(&metrics, "factotum_notices_total").join("\n"), @r#"
    factotum_notices_total{plugin="host",outcome="enqueued"} 2
    factotum_notices_total{plugin="none",outcome="posted"} 7
    factotum_notices_total{plugin="travishook",outcome="dead"} 1
    "#);
}

#[test]
fn networks_that_the_config_does_not_have_are_one() {
    let count = |network: &str, waiting, oldest: Option<&str>| NetworkCount {
        network: network.into(),
        waiting,
        oldest: oldest.map(|at| at.parse().unwrap()),
        ..NetworkCount::default()
    };
    let counts = [
        count("gone", 2, Some("2026-11-20T10:00:00Z")),
        count("typo", 1, Some("2026-11-20T09:59:00Z")),
        count("other", 0, None),
    ];
    let metrics = metrics();
    let now = "2026-11-20T10:01:00Z".parse().unwrap();
    metrics.set_backlog(&Networks::default(), &counts, now);
    metrics.attempted(None, crate::journal::AttemptOutcome::Retry, Duration::ZERO);
    let shown = || counted(&metrics, "factotum_outbox_").join("\n");
    insta::assert_snapshot!(shown(), @r#"
    factotum_outbox_attempts_total{network="none",outcome="retry"} 1
    factotum_outbox_oldest_seconds{network="none"} 120.0
    factotum_outbox_waiting{network="none"} 3
    "#);
    // What is gone is gone from the page too.
    metrics.set_backlog(&Networks::default(), &[], now);
    assert!(!shown().contains("factotum_outbox_waiting{"), "{}", shown());
}

#[test]
fn connections_are_counted_while_they_are_held() {
    let metrics = metrics();
    let held = [metrics.connected(), metrics.connected(), Held::default()];
    assert_eq!(counted(&metrics, "factotum_http_connections"), ["factotum_http_connections 2"]);
    drop(held);
    assert_eq!(counted(&metrics, "factotum_http_connections"), Vec::<String>::new());
}

#[test]
fn nothing_is_counted_twice_by_a_second_begin() {
    let metrics = metrics();
    metrics.begin("9.9.9", &["other"], &[], "2026-11-20T10:00:00Z".parse().unwrap());
    insta::assert_snapshot!(counted(&metrics, "factotum_build").join("\n"), @r#"factotum_build_info{version="1.2.3",plugins="travishook"} 1"#);
    assert_eq!(counted(&metrics, "process_start"), ["process_start_time_seconds 1795168800.5"]);
}
