//! Forms as a real master answers them, and the lines of a dialog.
use super::*;
use crate::words::line;
use factotum_testing::words::split;
use proptest::prelude::*;

/// What Buildbot 4.3 answered.
fn form(name: &str) -> ForceScheduler {
    let all = include_str!("../../../../../tests/fixtures/buildbot/forceschedulers.json");
    let mut all: BTreeMap<String, Value> = serde_json::from_str(all).unwrap();
    let all: Vec<ForceScheduler> = serde_json::from_value(all.remove("forceschedulers").unwrap()).unwrap();
    all.into_iter().find(|scheduler| scheduler.name == name).unwrap()
}
fn field(json: Value) -> Field {
    serde_json::from_value(json).unwrap()
}
fn values(pairs: &[(&str, &str)]) -> Values {
    let mut values = Values::new();
    for (key, value) in pairs {
        values.entry((*key).to_owned()).or_default().push((*value).to_owned());
    }
    values
}
fn keys<'a>(fields: &[&'a Field]) -> Vec<&'a str> {
    fields.iter().map(|field| field.key()).collect()
}

#[test]
fn a_form_shows_what_people_may_fill() {
    let force = form("force");
    assert_eq!(
        keys(&force.shown()),
        ["reason", "priority", "branch", "revision", "note", "outcome", "clean", "jobs", "opts_target", "opts_blob"]
    );
    let given = values(&[("note", "two words"), ("opts_blob", "c\nd"), ("clean", "yes"), ("revision", " ")]);
    insta::assert_snapshot!(force.summary(&given).plain(), @"
    • reason: force build
    • priority: 0
    • Main repo
      • branch: main
      • revision: –
    • A note: two words
    • Outcome: success
    • Clean build: yes
    • Jobs: 2
    • Options
      • Target: all
      • Text: c ⏎ d
    ");
    let needy = form("needy");
    insta::assert_snapshot!(needy.summary(&Values::new()).plain(), @"
    • reason: force build
    • priority: 0
    • Branch: –
    • Project: –
    • Repository: –
    • Revision: –
    • Ticket: required
    ");
    assert_eq!(keys(&needy.missing(&Values::new())), ["ticket"]);
    assert!(needy.missing(&values(&[("ticket", "AB-1")])).is_empty());
}

#[test]
fn fields_of_the_same_label_are_told_apart() {
    let of = |codebase: &str| {
        json!({ "type": "nested", "label": codebase, "fullName": codebase, "fields": [
            { "type": "text", "name": "branch", "fullName": format!("{codebase}_branch"), "label": "Branch:" }] })
    };
    let scheduler: ForceScheduler =
        serde_json::from_value(json!({ "name": "f", "all_fields": [of("lib"), of("app")] })).unwrap();
    let titles: Vec<&str> = scheduler.shown().into_iter().map(|field| scheduler.button_title(field)).collect();
    assert_eq!(titles, ["lib_branch", "app_branch"]);
}

#[test]
fn an_answer_is_read_as_its_field_wants_it() {
    let text = || json!({ "type": "text" });
    let several = || json!({ "type": "list", "multiple": true, "strict": true, "choices": ["x86", "arm", "a, b"] });
    let list = |strict| json!({ "type": "list", "strict": strict, "choices": ["main", "dev"] });
    type Row<'a> = (Value, &'a str, Result<&'a [&'a str], &'a str>);
    let rows: Vec<Row<'_>> = vec![
        (text(), " any = text ", Ok(&[" any = text "])),
        (text(), "  ", Ok(&[])),
        (json!({ "type": "textarea" }), "a\nb", Ok(&["a\nb"])),
        (json!({ "type": "file" }), "its content", Ok(&["its content"])),
        (json!({ "type": "inherit", "strict": true, "choices": [] }), "fast/3", Ok(&["fast/3"])),
        (json!({ "type": "later" }), "x", Ok(&["x"])),
        (json!({ "type": "int" }), " 007 ", Ok(&["7"])),
        (json!({ "type": "int" }), "-3", Ok(&["-3"])),
        (json!({ "type": "int" }), "3.5", Err(r#""3.5" is no whole number"#)),
        (json!({ "type": "bool" }), "On", Ok(&["yes"])),
        (json!({ "type": "bool" }), "0", Ok(&["no"])),
        (json!({ "type": "bool" }), "maybe", Err(r#""maybe" is neither yes nor no"#)),
        (list(true), "MAIN", Ok(&["main"])),
        (list(true), "mian", Err(r#""mian" is none of main, dev"#)),
        (list(false), "feature/x", Ok(&["feature/x"])),
        (several(), "arm, X86", Ok(&["arm", "x86"])),
        (several(), "a, b", Ok(&["a, b"])),
        (several(), "arm,,mips", Err(r#""mips" is none of x86, arm, a, b"#)),
        (json!({ "type": "text", "regex": r"[A-Z]+-\d+$" }), "AB-12", Ok(&["AB-12"])),
        (
            json!({ "type": "text", "regex": r"[A-Z]+-\d+$" }),
            "see AB-12",
            Err(r#""see AB-12" does not match [A-Z]+-\d+$"#),
        ),
        (json!({ "type": "text", "regex": r"(?P=only) Python's" }), "x", Ok(&["x"])),
        (json!({ "type": "text", "maxsize": 3 }), "éàü", Ok(&["éàü"])),
        (json!({ "type": "text", "maxsize": 3 }), "éàüx", Err("it is longer than 3 characters")),
    ];
    for (of, answer, expected) in rows {
        let read = field(of.clone()).read(answer);
        let expected =
            expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect()).map_err(str::to_owned);
        assert_eq!(read, expected, "{answer:?} for {of}");
    }
}

#[test]
fn faults_are_named_by_label() {
    let force = form("force");
    let given =
        values(&[("jobs", "xx"), ("outcome", "zzz"), ("NOTE", "x"), ("clean", "yes"), ("clean", "no"), ("branch", "")]);
    let (good, faults) = force.check(&given).unwrap();
    assert_eq!(good, values(&[("note", "x")]));
    insta::assert_snapshot!(force.faults(&faults).plain(), @r#"
    • Clean build: it takes one value
    • Jobs: "xx" is no whole number
    • Outcome: "zzz" is none of success, warnings, failure, skipped, exception
    "#);
    // As the master says them.
    let samples = include_str!("../../../../../tests/fixtures/buildbot/control_samples.json");
    let samples: BTreeMap<String, Value> = serde_json::from_str(samples).unwrap();
    let refused = samples.values().filter_map(|sample| sample["body"]["error"]["message"].as_object());
    let said: Vec<String> = refused
        .map(|fields| fields.iter().map(|(key, fault)| (key.clone(), fault.as_str().unwrap().to_owned())).collect())
        .map(|faults: BTreeMap<String, String>| {
            form(if faults.contains_key("ticket") { "needy" } else { "force" }).faults(&faults).plain()
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    • Jobs: invalid literal for int() with base 10: 'xx'
    • Outcome: 'zzz' does not belong to list of available choices '['success', 'warnings', 'failure', 'skipped', 'exception']'
    • Your name: username: please fill in email address in the form 'User <email@email.com>'
    • Ticket: 'Ticket' needs to be specified
    ");
    let unknown = force.check(&values(&[("brnach", "dev")])).unwrap_err().into_anyhow().to_string();
    assert_eq!(unknown, r#"force has no field "brnach"; did you mean branch?"#);
    assert!(force.check(&values(&[("project", "other")])).is_err(), "it is fixed");
}

/// One builder, whatever else; types as JSON has them; nothing that was not given, but
/// for what the master wants to be told.
#[test]
fn the_master_is_sent_what_was_given() {
    let who = "ann (console:ann) on console:lobby";
    let none = Values::new();
    assert_eq!(
        form("needy").params("fast", &none, who),
        json!({ "builderNames": ["fast"], "reason": "force build, by ann (console:ann) on console:lobby" })
    );
    let given = values(&[("reason", "why"), ("jobs", "3"), ("clean", "no"), ("opts_blob", "c\nd"), ("note", " ")]);
    assert_eq!(
        form("force").params("é", &given, who),
        json!({ "builderNames": ["é"], "reason": "why, by ann (console:ann) on console:lobby",
            "jobs": 3, "clean": false, "opts_blob": "c\nd" })
    );
    let odd: ForceScheduler = serde_json::from_value(json!({ "name": "odd", "all_fields": [
        { "type": "text", "name": "reason", "fullName": "reason", "default": "", "maxsize": 12 },
        { "type": "list", "name": "on", "fullName": "on", "multiple": true, "choices": ["a", "b"] },
        { "type": "int", "name": "n", "fullName": "n", "required": true, "default": 4 },
        { "type": "fixed", "name": "f", "fullName": "f", "required": true, "default": "x" },
        { "type": "text", "name": "owner", "fullName": "owner", "default": "x" },
    ] }))
    .unwrap();
    assert_eq!(odd.params("b", &none, "ann"), json!({ "builderNames": ["b"], "reason": "by ann", "n": 4 }));
    let given = values(&[("reason", "because"), ("on", "a"), ("f", "y"), ("owner", "eve")]);
    assert_eq!(
        odd.params("b", &given, "ann"),
        json!({ "builderNames": ["b"], "reason": "beca, by ann", "on": ["a"], "n": 4 })
    );
}

#[test]
fn a_line_that_is_none_of_a_dialog_is_left_alone() {
    let read = |line: &str| {
        Progress::read(&split(line).unwrap()).map(|read| read.map_err(|error| error.into_anyhow().to_string()))
    };
    for line in ["", "fast", "fast because", "force ask", "fast note=x"] {
        assert_eq!(read(line), None, "{line}");
    }
    assert_eq!(read("force config fast note"), Some(Err(r#""note" is no FIELD=VALUE."#.into())));
    assert_eq!(read("force CONFIG").unwrap().unwrap().builder, None);
}

fn progress() -> impl Strategy<Value = Progress> {
    let word = "(?s)[-—\"'„“«‘a-zé= #\n\\\\]{1,8}|\\PC{1,12}";
    let value = "(?s)[-—\"'„“«‘a-zé= #\n\\\\]{0,12}|\\PC{0,20}";
    let step = prop_oneof![Just(Step::Config), Just(Step::Build), word.prop_map(Step::Ask)];
    let values = proptest::collection::btree_map("[^=\u{0}]{1,6}", proptest::collection::vec(value, 1..3), 0..4);
    (word, step, proptest::option::of((word, values))).prop_map(|(scheduler, step, builder)| {
        let (builder, values) = builder.map_or((None, Values::new()), |(builder, values)| (Some(builder), values));
        Progress { scheduler, step, builder, values }
    })
}

proptest! {
    #[test]
    fn a_line_brings_its_progress_back(progress in progress()) {
        let words = progress.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let split = split(&line("force", None, &words)).unwrap();
        let typed: Vec<String> = split.into_iter().skip(2).collect();
        let typed = typed.strip_prefix(&["--".to_owned()]).unwrap_or(&typed);
        prop_assert_eq!(Progress::read(typed).unwrap().unwrap(), progress);
    }
}
