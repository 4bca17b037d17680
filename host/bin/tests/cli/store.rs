//! `factotum store export` and `factotum store import`.
use crate::process::Place;
use insta::assert_snapshot;
use std::{fs, os::unix::fs::PermissionsExt};

const LINES: &str = "!travis route o/r console:ops failed\n!travis token o/r c4nary\n!travis defaults passed";

fn with_records() -> Place {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(LINES);
    host.hang_up();
    host.end().good();
    place
}

/// What the host says of its routes and tokens.
fn told(place: &Place) -> String {
    let mut host = place.start(&[]);
    host.say("!travis config\n!travis token o/r\n!travis defaults");
    host.hang_up();
    let out = host.end().good();
    out.lines().skip(1).map(|line| format!("{line}\n")).collect()
}

#[test]
fn an_export_with_secrets_makes_the_store_anew() {
    let place = with_records();
    let said = place.run(&["store", "export", "all.jsonl", "--with-secrets"]);
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""));
    assert_snapshot!(said.err, @"3 records");
    assert_eq!(fs::metadata(place.path("all.jsonl")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(place.read("all.jsonl").contains("c4nary"));
    // To standard output it writes the same, but for the time.
    let piped = place.run(&["store", "export", "--with-secrets"]).out;
    let records = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(records(&piped), records(&place.read("all.jsonl")));

    let before = told(&place);
    assert_snapshot!(before, @r#"
    {
      "default_events": [
        "passed"
      ],
      "repositories": {
        "o/r": {
          "routes": {
            "console:ops": {
              "branch": [],
              "edit": true,
              "events": [
                "failed"
              ],
              "thread": null
            }
          },
          "token": "set"
        }
      }
    }
    A token is set for o/r.
    Events routed by default: passed.
    "#);
    place.start(&["--data", "new"]).stop();
    let imported = place.run(&["--data", "new", "store", "import", "all.jsonl"]);
    assert_eq!((imported.code, imported.err.as_str()), (Some(0), "3 records\n"));
    fs::remove_dir_all(place.path("factotum-data")).unwrap();
    fs::rename(place.path("new"), place.path("factotum-data")).unwrap();
    assert_eq!(told(&place), before);
}

#[test]
fn an_export_has_no_secrets_unless_they_are_asked_for() {
    let place = with_records();
    let said = place.run(&["store", "export"]);
    assert_snapshot!(place.shown(&said.out), @r#"
    {"format":"factotum-store","version":1,"time":"TIME","revision":3,"masked":true}
    {"table":"shared:ci-routes.defaults","key":"travishook.events","revision":3,"schema":1,"value":["passed"]}
    {"table":"shared:ci-routes.routes","key":"travishook.o%2Fr.console%3Aops","revision":1,"schema":1,"value":{"repo":"o/r","events":["failed"],"edit":true}}
    {"table":"shared:ci-routes.tokens","key":"travishook.o%2Fr","revision":2,"schema":1,"value":{"$secret":"***"}}
    {"records":3,"unreadable":0}
    "#);
    assert_snapshot!(said.err, @"3 records, secrets masked");
    place.run(&["store", "export", "masked.jsonl"]);
    let cut: Vec<_> = said.out.lines().take(2).map(str::to_owned).collect();
    place.write("cut.jsonl", &cut.join("\n"));
    place.write("notes.txt", "nothing of ours");
    let rows: [&[&str]; 5] = [
        &["import", "masked.jsonl"],
        &["import", "cut.jsonl"],
        &["import", "notes.txt"],
        &["import", "missing.jsonl"],
        // An export overwrites nothing.
        &["export", "notes.txt"],
    ];
    let refused = rows.map(|args| place.shown(&place.run(&[&["store"], args].concat()).bad()));
    assert_snapshot!(refused.concat(), @r#"
    factotum: masked.jsonl: the file was exported without secrets: that of key "travishook.o%2Fr" in table "shared:ci-routes.tokens" is missing
    factotum: cut.jsonl: the file is cut short: it ends after 1 records without its last line
    factotum: notes.txt: the first line is not that of a store's export: expected ident at line 1 column 2
    factotum: missing.jsonl: No such file or directory (os error 2)
    factotum: notes.txt is there already, and an export overwrites nothing: name another file
    "#);
    assert_snapshot!(place.run(&["--data", "nowhere", "store", "export"]).bad(), @"factotum: nowhere is no data folder: name it with --data DIR");
    assert!(!place.path("nowhere").exists());
}

#[test]
fn the_store_of_a_running_host_is_left_alone() {
    let place = with_records();
    place.run(&["store", "export", "all.jsonl", "--with-secrets"]);
    let host = place.serve();
    for args in [&["store", "export"][..], &["store", "export", "new.jsonl"], &["store", "import", "all.jsonl"]] {
        let refused = place.run(args).bad();
        assert!(refused.contains(&format!("is in use by another factotum (process {})", host.pid())), "{refused}");
    }
    assert!(!place.path("new.jsonl").exists());
    host.stop();
}
