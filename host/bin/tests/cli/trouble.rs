//! What an operator is told when something is not as it should be: stores that are
//! gone or damaged, every mistake of a config, and what a command of the shell cannot do.
use crate::{
    process::{Place, Ran},
    travis::{self, ROUTE, TOKEN},
};
use insta::assert_snapshot;
use std::{
    fs,
    process::{Command, Stdio},
};

/// A host that has kept a route and a token, and was stopped.
fn with_records() -> Place {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!travis route o/r console:ops failed\n!travis token o/r c4nary");
    host.hang_up();
    host.end().good();
    place
}

/// What it tells its admins at a start, before its first line or after it.
fn told_at_start(place: &Place, line: &str, answer: &str) -> String {
    let mut host = place.start(&[]);
    host.ask(line, answer);
    if !host.out.all().contains("[host] ") {
        host.out.wait_for("[host] ");
    }
    let all = host.stop();
    let told: Vec<&str> = all.lines().filter(|line| line.starts_with("[host] ")).collect();
    place.shown(&told.join("\n"))
}

#[test]
fn a_store_that_is_gone_is_taken_from_its_snapshot_and_each_damage_is_told() {
    let place = with_records();
    fs::remove_dir_all(place.path("factotum-data/store")).unwrap();
    assert_snapshot!(told_at_start(&place, "!travis routes", "console:ops"), @"[host] The store was missing; I took 2 records from the snapshot of TIME (factotum-data/snapshots/store-000001-TIME.jsonl). What was changed after it is lost.");
    // Within the same hour another one: it is other news.
    fs::write(place.path("factotum-data/store/db"), "not a database").unwrap();
    let told = told_at_start(&place, "!travis routes", "console:ops");
    assert!(told.contains("The store was damaged ("), "{told}");
}

#[test]
fn an_older_store_is_told_with_its_remedy() {
    let place = with_records();
    let (store, old) = (place.path("factotum-data/store"), place.path("old"));
    fs::rename(&store, &old).unwrap();
    place.start(&["--data", "other"]).stop();
    fs::rename(place.path("other/store"), &store).unwrap();
    let told = told_at_start(&place, "!travis routes", "No repositories");
    assert_snapshot!(told, @"[host] The store in factotum-data/store is an older one: it lacks what its newest snapshot has. If that is not meant, stop me, run `factotum store import factotum-data/snapshots/store-000001-TIME.jsonl`, and start me again.");
}

#[test]
fn every_mistake_is_told_at_once_by_whoever_reads_the_config() {
    let place = Place::bare();
    let good = "[http]\nlisten = \"127.0.0.1:0\"\n";
    place.write("factotum.toml", good);
    let mut host = place.start(&[]);
    let bad = "[http]\nlisten = \"127.0.0.1:0\"\nlisen = 1\n\
        [http.tls]\ncertificate_file = \"missing.pem\"\nkey_file = \"missing.key\"\n\
        [plugins.travishook]\npublic_keys = [\"nonsense\"]\n\
        [[access.rules]]\ncommand = \"bogus\"\nallow = true\n\
        [[access.rules]]\nrole = \"nobody\"\nallow = true\n\
        [[access.rules]]\ncommand = \"status\"\nargs = { colour = \"red\" }\nallow = true\n\
        [[access.rules]]\nsender = \"ann\"\nallow = true\n";
    place.write("factotum.toml", bad);
    let told = place.run(&["check"]).bad();
    assert_snapshot!(told, @"
    factotum.toml:3: http.lisen: unknown field, expected `listen`
    factotum.toml:4: http.tls: reading the TLS certificate missing.pem: I/O error: No such file or directory (os error 2)
    factotum.toml:7: plugins.travishook: public_keys[0]: there is no -----BEGIN PUBLIC KEY----- in it
    factotum.toml:10: access.rules[0].command: `bogus` fits no command; of a plugin that is not started, name the plugin too: `plugin:command`
    factotum.toml:13: access.rules[1].role: `nobody` is not under [access.roles], which is empty
    factotum.toml:17: access.rules[2].args: no such command has an argument `colour`
    factotum.toml:20: access.rules[3].sender: `ann` fits no sender; one is like telegram:123456
    ");
    assert_eq!(place.run(&[]).bad(), told);
    let answer = host.ask("!reload", "access.rules[3].sender");
    for line in told.lines() {
        assert!(answer.contains(line), "{line:?} is missing in {answer}");
    }
    host.signal(nix::sys::signal::Signal::SIGTERM);
    let ran = host.end();
    assert!(!ran.err.contains("access.rules"), "who has the answer needs no second one: {}", ran.err);
}

#[test]
fn a_config_without_an_admin_is_warned_of() {
    let place = Place::with("admins = []");
    assert_snapshot!(place.run(&["check"]).err, @r#"warning: admins: nobody is an admin on a chat that is on, so nobody can run what is for admins in a chat, !reload among it; name somebody, as in admins = ["console:admin"], and start the host again or send it a SIGHUP"#);
    place.write("factotum.toml", "admins = [\"console:admin\"]\n[http]\nlisten = \"127.0.0.1:0\"\n");
    let mut host = place.start(&[]);
    place.write("factotum.toml", "admins = []\n[http]\nlisten = \"127.0.0.1:0\"\n");
    assert_snapshot!(host.ask("!reload", "admins: "), @r#"
    The config is in force:
    • admins: ["console:admin"] → []: nobody can run what is for admins in a chat now, !reload among it
    "#);
    host.err.wait_for("nobody is an admin");
    host.stop();
}

#[test]
fn what_a_command_of_the_shell_cannot_do() {
    let place = Place::new();
    place.write("payload", "{}");
    let host = place.serve();
    let tls = format!("https://{}", host.address());
    let rows: [&[&str]; 4] = [
        &["--config", "nofile.toml"],
        &["check", "nofile.toml"],
        &["hook", "send", "travishook", "payload", "--url", "bogus"],
        &["hook", "send", "travishook", "payload", "--url", &tls],
    ];
    let said = rows.map(|args| place.shown(&place.run(args).bad()));
    assert_snapshot!(said.concat(), @"
    factotum: there is no config file nofile.toml; `factotum example > nofile.toml` writes one to begin with
    factotum: there is no config file nofile.toml; `factotum example > nofile.toml` writes one to begin with
    factotum: --url bogus is no URL: one is like http://127.0.0.1:PORT
    factotum: payload: the payload names no repository
    ");
    host.stop();
}

#[test]
fn a_secret_need_not_stand_on_the_command_line() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    host.stop();
    fs::copy(travis::fixture("derived-push-failed.json"), place.path("payload")).unwrap();
    place.write("secret", "s3cret\n");
    place.write("empty", "\n");
    let host = place.serve();
    let url = host.url();
    let send = |args: &[&str]| {
        let args = [&["hook", "send", "travishook", "payload", "--url", &url], args].concat();
        place.command(&args)
    };
    let sent = |mut command: Command| Ran::of(command.stdin(Stdio::null()));
    let answers = [
        sent(send(&["--secret", "s3cret"])),
        sent(send(&["--secret-file", "secret"])),
        {
            let mut command = send(&["--secret-file", "-"]);
            command.stdin(fs::File::open(place.path("secret")).unwrap());
            Ran::of(&mut command)
        },
        {
            let mut command = send(&[]);
            command.env("FACTOTUM_SECRET", "s3cret");
            sent(command)
        },
    ];
    for (n, answer) in answers.into_iter().enumerate() {
        let expected = if n == 0 { "204\n" } else { "200\nseen before\n" };
        assert_eq!((answer.code, answer.out.as_str()), (Some(0), expected), "{n}: {}", answer.err);
    }
    assert_snapshot!(sent(send(&["--secret-file", "empty"])).bad(), @"factotum: --secret-file empty: there is no secret in it");
    let wrong = sent(send(&[]));
    assert_eq!(wrong.code, Some(1), "{}", wrong.out);
    host.stop();
}

#[test]
fn a_line_that_is_too_long_is_answered() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(&format!("!echo {}\n!echo after", "x".repeat(64 << 10)));
    host.hang_up();
    let ran = host.end();
    let answers: Vec<&str> = ran.out.lines().skip(1).collect();
    assert_snapshot!(answers.join("\n"), @"
    That line is longer than the 64 KiB that I take: I have left it out.
    after
    ");
}

#[test]
fn a_script_that_ends_in_a_question_is_told_so() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!travis route\no/r");
    host.hang_up();
    let out = host.end().good();
    let answers: Vec<&str> = out.lines().skip(1).collect();
    assert_snapshot!(answers.join("\n"), @"
    Repository, as owner/name? (!nay leaves)
    Chat to post to, as network:address?
    The input has ended, and my question has no answer: its command is left. Put the answer on a line of its own, or all words on the command's line.
    ");
}

#[test]
fn a_service_that_stays_logs_like_one() {
    let place = Place::new();
    let script = Ran::of(place.shell("echo '!echo one' | $factotum").stdin(Stdio::null()));
    assert_eq!(script.err, "", "a script is quiet");
    let mut host = place.start(&["--stay"]);
    host.err.wait_for("host started");
    host.stop();
}
