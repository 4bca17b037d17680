use super::*;
use crate::events::Event::{
    Better, Cancelled, Exception, Failure, Finished, Problem, Recovery, Success, Warnings, Worse,
};
use serde_json::json;

const ALL: [Results; 7] = [
    Results::Success,
    Results::Warnings,
    Results::Failure,
    Results::Skipped,
    Results::Exception,
    Results::Retry,
    Results::Cancelled,
];

fn build(more: Value) -> Build {
    let mut build = json!({ "buildid": 18, "number": 3, "builderid": 1, "started_at": 0, "complete": true });
    build.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(build).unwrap()
}
fn page() -> Details {
    Details { page: "http://ci/#/builders/1/builds/3".into(), ..Details::default() }
}

#[test]
fn each_result_has_its_events() {
    let rows: [(Results, &[Event]); 8] = [
        (Results::Success, &[Finished, Success]),
        (Results::Warnings, &[Finished, Warnings]),
        (Results::Failure, &[Finished, Failure]),
        (Results::Skipped, &[Finished]),
        (Results::Exception, &[Finished, Exception]),
        (Results::Retry, &[Finished]),
        (Results::Cancelled, &[Finished, Cancelled]),
        (Results::Unknown, &[Finished]),
    ];
    for (results, events) in rows {
        assert_eq!(events_of(results), events.iter().copied().collect(), "{results:?}");
    }
}

#[test]
fn only_starts_and_successes_are_told_with_others() {
    assert_eq!(good_news(None), Some(Good::Started));
    let good: Vec<_> = ALL.into_iter().filter(|results| good_news(Some(*results)).is_some()).collect();
    assert_eq!(good, [Results::Success]);
}

/// A row for each result, a column for each result before it: what the two are together.
#[test]
fn each_pair_of_results_has_its_events() {
    let letters = [(Problem, 'P'), (Recovery, 'R'), (Worse, 'w'), (Better, 'b')];
    let cell = |before, now| {
        let events = events_beside(before, now);
        let shown: String = letters.iter().filter(|(event, _)| events.contains(event)).map(|(_, c)| *c).collect();
        format!("{:<3}", if shown.is_empty() { "." } else { &shown })
    };
    let row = |now: Results| format!("{:<9} {}", format!("{now:?}"), ALL.map(|before| cell(before, now)).concat());
    insta::assert_snapshot!(ALL.map(|now| row(now).trim_end().to_owned()).join("\n"), @"
    Success   .  b  Rb w  Rb .  b
    Warnings  w  .  Rb w  Rb .  b
    Failure   Pw Pw .  w  b  .  b
    Skipped   b  b  b  .  b  .  b
    Exception Pw Pw w  w  .  .  w
    Retry     .  .  .  .  .  .  .
    Cancelled w  w  w  w  b  .  .
    ");
}

#[test]
fn a_finished_build_is_told_with_its_state_unless_it_is_good() {
    let shown = |results| {
        finished(&build(json!({ "state_string": "failed compile (failure)" })), "name with spaces/é", results, &page())
            .plain()
    };
    insta::assert_snapshot!(ALL.map(shown).join("\n"), @"
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é completed successfully.
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é completed with warnings: failed compile (failure)
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é failed: failed compile (failure)
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é was skipped: failed compile (failure)
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é stopped with exception: failed compile (failure)
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é has been retried: failed compile (failure)
    Build #3 (http://ci/#/builders/1/builds/3) of name with spaces/é was cancelled: failed compile (failure)
    ");
}

#[test]
fn what_is_known_beyond_the_result_follows_it() {
    let details = Details {
        revisions: vec!["0123456".into(), "r18".into()],
        forced: Some(Forced { by: "Ann".into(), reason: "try  again\nplease".into() }),
        authors: (0..12).map(|n| format!("author {n}")).collect(),
        tail: Some(("compile".into(), "compiling\nerror: boom".into())),
        ..page()
    };
    let mut told = vec![
        started(&build(json!({})), "fast", &page()).plain(),
        started(&build(json!({})), "fast", &details).plain(),
        finished(&build(json!({ "state_string": "failed compile" })), "fast", Results::Failure, &details).plain(),
    ];
    let nobody = Forced { by: String::new(), reason: String::new() };
    let details = Details { forced: Some(nobody), revisions: vec!["0123456".into()], ..page() };
    told.push(finished(&build(json!({})), "fast", Results::Cancelled, &details).plain());
    let seen = Missing { at: 0, seen: Some("Sun Nov 22 05:37:34 2026".into()), told: false };
    told.push(missing("w1", &seen).plain());
    told.push(missing("w1", &Missing { seen: None, ..seen }).plain());
    told.push(back("w1").plain());
    insta::assert_snapshot!(told.join("\n--\n"), @"
    Build #3 (http://ci/#/builders/1/builds/3) of fast started.
    --
    Build containing revisions 0123456, r18 (http://ci/#/builders/1/builds/3) of fast started.
    Forced by Ann: try again please
    --
    Build containing revisions 0123456, r18 (http://ci/#/builders/1/builds/3) of fast failed: failed compile
    Forced by Ann: try again please
    Changes by author 0, author 1, author 2, author 3, author 4, author 5, author 6, author 7, author 8, author 9, 2 more.
    Last lines of compile:
    compiling
    error: boom
    --
    Build containing revision 0123456 (http://ci/#/builders/1/builds/3) of fast was cancelled.
    Forced.
    --
    Worker w1 is missing. It was seen last on Sun Nov 22 05:37:34 2026.
    --
    Worker w1 is missing.
    --
    Worker w1 is back online.
    ");
}

#[test]
fn who_forced_a_build_is_in_its_properties() {
    let property = |owner: &str, source: &str| {
        build(json!({ "properties": { "owner": [owner, source], "reason": ["try", source] } }))
    };
    let form = "Force Build Form";
    let by = |owner| forced_of(&property(owner, form)).map(|forced| forced.by);
    let rows = [("Ann <ann@example.org>", "Ann"), ("<ann@example.org>", "ann@example.org"), ("ann", "ann"), ("", "")];
    for (owner, shown) in rows {
        assert_eq!(by(owner).as_deref(), Some(shown), "{owner:?}");
    }
    assert_eq!(forced_of(&property("Ann", "Change")), None);
    assert_eq!(forced_of(&build(json!({}))), None);
}

#[test]
fn revisions_are_those_that_were_got_or_asked_for() {
    let sha = "3a092c3a6032ebb50384c99b6f20f8c8a2c8a2c8";
    let asked: Vec<SourceStamp> = serde_json::from_value(
        json!([{ "revision": sha }, { "revision": "" }, { "revision": null }, { "revision": sha }]),
    )
    .unwrap();
    let got = |value: Value| build(json!({ "properties": { "got_revision": [value, "Git"] } }));
    let rows: [(Build, &[&str]); 5] = [
        (build(json!({})), &["3a092c3"]),
        (got(json!("18405")), &["18405"]),
        (got(json!("0123456789abcdef0123")), &["0123456"]),
        (got(json!({ "lib": sha, "app": "12345" })), &["12345", "3a092c3"]),
        (got(json!(7)), &["3a092c3"]),
    ];
    for (build, shown) in rows {
        assert_eq!(revisions_of(&build, &asked), shown);
    }
    let authors = ["Zoë Doe <zoe@example.org>", "bob", "Zoë Doe <other@example.org>", " "];
    assert_eq!(authors_of(authors), ["Zoë Doe", "bob"]);
}
