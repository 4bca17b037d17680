//! The first five minutes of a user: the demo, then a route and a real payload.
use crate::{
    process::{Place, Process},
    travis::{ROUTE, TOKEN, fixture},
};
use insta::assert_snapshot;
use std::{net::TcpListener, process::Stdio};

#[test]
fn the_demo_is_two_lines() {
    let place = Place::bare();
    assert_snapshot!(place.run(&["demo"]).good(), @r#"
    POST /travis, RSA signature valid: 204
    [ops] [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    "#);
    assert_eq!(place.run(&["demo", "TravisHook"]).good(), place.run(&["demo"]).good());
    assert_snapshot!(place.run(&["demo", "bamboo"]).bad(), @r#"factotum: no plugin "bamboo" has a demo; there is travishook"#);
    // Nothing is left behind.
    assert!(std::fs::read_dir(place.path("")).unwrap().next().is_none());
}

/// Follows the README's first block line by line: what it types is typed, what it
/// shows has to come.
#[test]
fn the_readme_is_true() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let (_, minutes) = readme.split_once("## Five minutes").unwrap();
    let (_, block) = minutes.split_once("```text\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    // The README's port may be in use here.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let block = block.replace("127.0.0.1:3141", &free);
    let place = Place::bare();
    place.write("factotum.toml", &format!("[http]\nlisten = \"{free}\"\n"));
    std::fs::create_dir_all(place.path("tests/fixtures/travis")).unwrap();
    std::fs::copy(fixture("derived-push-failed.json"), place.path("tests/fixtures/travis/derived-push-failed.json"))
        .unwrap();
    let (mut host, mut printed) = (None::<Process>, String::new());
    let mut shown = 0;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ cargo run --release") {
            let command = command.split(" # ").next().unwrap_or_default().trim();
            match command.strip_prefix("-- ") {
                Some(args) => printed = place.run(&args.split(' ').collect::<Vec<_>>()).good(),
                None => host = Some(Process::start(place.command(&[]).stdin(Stdio::piped()).stdout(Stdio::piped()))),
            }
        } else if let Some(typed) = line.strip_prefix("> ") {
            host.as_mut().unwrap().say(typed);
        } else if line.starts_with("# in the first") {
            printed.clear();
        } else if !line.starts_with('#') {
            shown += 1;
            match printed.strip_prefix(line).and_then(|rest| rest.strip_prefix('\n')) {
                Some(rest) => printed = rest.to_owned(),
                None => {
                    assert_eq!(printed, "", "the README shows {line:?}");
                    assert_eq!(host.as_mut().unwrap().out.wait_for("\n").trim_end(), line);
                }
            }
        }
    }
    assert_eq!(shown, 8);
    host.unwrap().stop();
}

#[test]
fn a_route_and_a_token_bring_a_failed_build_to_the_screen() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.ask(ROUTE, "Done");
    host.ask(TOKEN, "Token set");
    let (url, payload) = (host.url(), fixture("derived-push-failed.json"));
    let send = ["hook", "send", "travishook", payload.to_str().unwrap(), "--secret", "s3cret", "--url", &url];
    assert_eq!(place.run(&send).good(), "204\n");
    host.out.wait_for("277713381\n");
    // The same build again is no news.
    assert_eq!(place.run(&send).good(), "200\nseen before\n");
    host.hang_up();
    assert_snapshot!(place.shown(&host.end().good()), @r#"
    factotum 0.1.0: ci, travishook on; hooks at http://127.0.0.1:PORT; you are console:admin; try !help
    Done. Relaying messages from sathwikshetty33/travis-test to console:ops for events: failed.
    Travis CI signs its requests, so no token is needed.
    Token set for sathwikshetty33/travis-test.
    [ops] [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    "#);
}

#[test]
fn hook_send_finds_the_host_of_the_config() {
    let place = Place::new();
    let mut host = place.start(&[]);
    // What is free now is so a moment later too, but for a stranger's luck.
    let listen = host.address();
    host.ask(ROUTE, "Done");
    host.stop();
    place.write("factotum.toml", &format!("[http]\nlisten = \"{listen}\"\n"));
    let payload = fixture("derived-push-failed.json");
    let send = ["hook", "send", "travishook", payload.to_str().unwrap(), "--secret", "wrong"];
    assert_snapshot!(place.shown(&place.run(&send).bad()), @"factotum: nothing answers at http://127.0.0.1:PORT: Connection refused (os error 111); is the host running there? --url names another place");
    let mut host = place.start(&[]);
    host.ask(TOKEN, "Token set");
    let refused = place.run(&send);
    assert_snapshot!(format!("{:?}\n{}{}", refused.code, refused.out, refused.err), @"
    Some(1)
    403
    factotum: the host refused it; there, !incidents and !requests say why
    ");
    let right = ["hook", "send", "travishook", payload.to_str().unwrap(), "--secret", "s3cret"];
    assert_eq!(place.run(&right).good(), "204\n");
    host.out.wait_for("[ops] [Travis CI]");
    host.stop();
}

#[test]
fn hook_send_says_what_it_lacks() {
    let place = Place::new();
    let payload = fixture("derived-push-failed.json");
    let payload = payload.to_str().unwrap();
    place.write("notes.txt", "no payload");
    let rows: [&[&str]; 4] = [
        &["travishook", payload],
        &["bamboo", payload, "--url", "http://127.0.0.1:1"],
        &["travishook", "missing.json", "--url", "http://127.0.0.1:1"],
        &["travishook", "notes.txt", "--url", "http://127.0.0.1:1"],
    ];
    let said = rows.map(|args| place.run(&[&["hook", "send"], args].concat()).bad());
    assert_snapshot!(said.concat(), @r#"
    factotum: http.listen of the config has port 0, which is any free one: --url is needed, with the address that the host's first line tells
    factotum: there is no plugin "bamboo"; there is alertmanager, buildbot, buildkite, ci, circleci, drone, gitea, github, gitlab, grafana, hipchat, jenkins, rules, travishook, trueconf
    factotum: missing.json: No such file or directory (os error 2)
    factotum: notes.txt: the payload is not JSON: expected ident at line 1 column 2
    "#);
}
