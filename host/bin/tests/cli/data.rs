//! Where the data and the config are, who may read them, and who may use them at
//! the same time.
use crate::process::{Place, Ran};
use insta::assert_snapshot;
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

/// Every file and folder in `folder`, itself too.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = inside.flat_map(|path| if path.is_dir() { all_in(&path) } else { vec![path] });
    std::iter::once(folder.to_owned()).chain(below).collect()
}

#[test]
fn the_data_are_for_their_owner_alone() {
    let place = Place::new();
    let mut host = place.start_as(place.shell("umask 0; exec $factotum").stdin(Stdio::piped()));
    host.say("!travis route o/r console:ops");
    host.ask("!travis token o/r s3cret", "Token set");
    let modes = |place: &Place| {
        for path in all_in(&place.path("factotum-data")) {
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        }
    };
    modes(&place);
    host.stop();
    modes(&place);
    // SQLite folds its log into the file when the last of the host has let go of it.
    assert!(!place.path("factotum-data/journal.db-wal").exists(), "the journal was not closed");
    assert!(all_in(&place.path("factotum-data/snapshots")).len() > 1, "a stop leaves a snapshot");
}

#[test]
fn a_folder_has_one_host() {
    let place = Place::new();
    let host = place.serve();
    let refused = place.run(&[]).bad();
    assert!(refused.contains(&format!("(process {})", host.pid())), "{refused}");
    assert_snapshot!(place.shown(&refused), @"factotum: the data folder factotum-data is in use by another factotum (process PID): stop it, or give this one a folder of its own with --data DIR");
    // Elsewhere a second one may run.
    let other = place.start(&["--data", "other"]);
    other.stop();
    host.stop();
    // A lock whose owner has gone is none, however it went.
    place.serve().kill();
    place.serve().stop();
}

#[test]
fn a_folder_that_cannot_be_used() {
    let place = Place::new();
    place.write("file", "");
    let said = ["file", "file/below"].map(|data| place.shown(&place.run(&["--data", data]).bad()));
    assert_snapshot!(said.concat(), @"
    factotum: making the data folder file: File exists (os error 17)
    factotum: making the data folder file/below: Not a directory (os error 20)
    ");
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = Place::bare();
    let (address, port) = (taken.local_addr().unwrap().to_string(), taken.local_addr().unwrap().port().to_string());
    let refused = Ran::of(place.command(&[]).stdin(Stdio::null()).env("FACTOTUM_HTTP__LISTEN", &address));
    let said = refused.err.replace(&port, "PORT");
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert_snapshot!(place.shown(&said), @"factotum: cannot listen on 127.0.0.1:PORT: port PORT is taken; stop what has it, or set another `listen` in [http]: Address already in use (os error 98)");
}

#[test]
fn an_unknown_network_stops_the_start() {
    let place = Place::with("[chats.icq]\ntoken = \"12345:canary\"\n[chats.ops]\nnetwork = \"irk\"\n");
    assert_snapshot!(place.run(&[]).bad(), @"
    factotum.toml:1: chats.icq: unknown network, say which kind it is with `network`, expected one of `console`, `hipchat`, `telegram`
    factotum.toml:4: chats.ops.network: unknown network, expected one of `console`, `hipchat`, `telegram`
    ");
}

/// The environment, the command line, who sits at the console, and where the data are.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str, &'a str);

#[test]
fn the_environment_says_where_things_are() {
    let place = Place::new();
    place.write("other.toml", "[chats.console]\nsender = \"ann\"\n[http]\nlisten = \"127.0.0.1:0\"\n");
    let rows: [Row; 7] = [
        (&[], &[], "console:admin", "factotum-data"),
        (&[("FACTOTUM_CONFIG", "other.toml")], &[], "console:ann", "factotum-data"),
        (&[("FACTOTUM_CONFIG", "other.toml")], &["--config", "factotum.toml"], "console:admin", "factotum-data"),
        (&[("STATE_DIRECTORY", "state")], &[], "console:admin", "state"),
        (
            &[("STATE_DIRECTORY", "first:second"), ("FACTOTUM_CHATS__CONSOLE__SENDER", "bob")],
            &[],
            "console:bob",
            "first",
        ),
        (&[("STATE_DIRECTORY", "state"), ("FACTOTUM_DATA", "mine")], &[], "console:admin", "mine"),
        (&[("FACTOTUM_DATA", "state")], &["--data", "mine"], "console:admin", "mine"),
    ];
    let folders = ["factotum-data", "state", "first", "second", "mine"].map(|name| place.path(name));
    for (env, args, person, data) in rows {
        let mut host = place.start_as(place.command(args).envs(env.iter().copied()).stdin(Stdio::piped()));
        assert!(host.out.all().contains(&format!("you are {person};")), "{env:?}: {}", host.out.all());
        host.hang_up();
        host.end().good();
        assert!(place.path(data).join("journal.db").exists(), "{env:?}");
        fs::remove_dir_all(place.path(data)).unwrap();
        assert!(folders.iter().all(|folder| !folder.exists()), "{env:?}");
    }
}

#[test]
fn credentials_and_variables_that_nobody_knows_are_named() {
    let place = Place::new();
    fs::create_dir(place.path("credentials")).unwrap();
    place.write("credentials/plugins.travishook.tokn", "canary");
    place.write("credentials/tls.key", "not ours");
    let env = [("CREDENTIALS_DIRECTORY", "credentials"), ("FACTOTUM_HTTP__LISTN", "canary")];
    let said = Ran::of(place.command(&[]).stdin(Stdio::null()).envs(env)).bad();
    assert_snapshot!(said, @"
    FACTOTUM_HTTP__LISTN: unknown variable, expected `FACTOTUM_HTTP__LISTEN`
    credential: plugins.travishook.tokn: no secret has this name
    ");
    let env = [("CREDENTIALS_DIRECTORY", "missing")];
    assert_snapshot!(Ran::of(place.command(&["check"]).envs(env)).bad(), @"CREDENTIALS_DIRECTORY: missing: No such file or directory (os error 2)");
}
