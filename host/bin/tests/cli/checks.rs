//! What is printed without a host: help, `check`, `example`.
use crate::process::{Place, Ran};
use insta::assert_snapshot;
use std::process::Stdio;

#[test]
fn help_needs_no_manual() {
    let place = Place::bare();
    assert_snapshot!(place.run(&["--help"]).good(), @"
    A plugin host for chat bots, a durable gateway for webhooks, a router of build notices

    Without a command it runs. Without a config file it runs with the console and the defaults: commands are typed here, hooks are taken at http://127.0.0.1:3141.

    Usage: factotum [OPTIONS] [COMMAND]

    Commands:
      run      Run the host (the default)
      demo     Show a plugin at work: a real request is posted and its message shown; nothing is kept
      check    Check a config file and try every plugin's config, without side effects
      example  Print an example config with every key, its meaning and its default
      hook     Try a hook
      store    Take the plugins' tables out of the data folder, or put them back; the host must be stopped
      import   Take over what another program exported; the host must be stopped
      help     Print this message or the help of the given subcommand(s)

    Options:
          --config <FILE>
              The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]

          --data <DIR>
              The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]

          --stay
              Go on after the end of piped input

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Try: factotum demo
         factotum check factotum.toml
         factotum example > factotum.toml
    ");
    assert_snapshot!(place.run(&["run", "--help"]).good(), @"
    Run the host (the default)

    Usage: factotum run [OPTIONS]

    Options:
          --stay           Go on after the end of piped input
          --config <FILE>  The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]
          --data <DIR>     The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]
      -h, --help           Print help
      -V, --version        Print version
    ");
    assert_snapshot!(place.run(&["hook", "send", "--help"]).good(), @"
    Post a payload to a running host as its sender would, signed

    Usage: factotum hook send [OPTIONS] <PLUGIN> <FILE>

    Arguments:
      <PLUGIN>  The plugin whose hook it is
      <FILE>    The payload

    Options:
          --secret <SECRET>     The secret that signs it, as it was told to the plugin's token command; others see it in `ps`
          --secret-file <FILE>  A file with the secret, - for standard input [default: $FACTOTUM_SECRET]
          --url <URL>           The host, as http://ADDRESS:PORT [default: where the config says it listens]
          --config <FILE>       The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]
          --data <DIR>          The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]
      -h, --help                Print help
      -V, --version             Print version
    ");
    assert_snapshot!(place.run(&["store", "export", "--help"]).good(), @"
    Write every record as a line of JSON

    Usage: factotum store export [OPTIONS] [FILE]

    Arguments:
      [FILE]  Where to [default: standard output]

    Options:
          --with-secrets   Write tokens and passwords too; without, they are *** and cannot be imported
          --config <FILE>  The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]
          --data <DIR>     The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]
      -h, --help           Print help
      -V, --version        Print version
    ");
    assert_snapshot!(place.run(&["--version"]).good(), @"factotum 0.1.0");
}

#[test]
fn a_command_line_that_makes_no_sense_ends_with_2() {
    let place = Place::bare();
    let rows: [&[&str]; 4] = [&["--colour"], &["chek"], &["hook", "send", "travishook"], &["hook"]];
    let said = rows.map(|args| {
        let ran = place.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{args:?}");
        format!("$ factotum {}\n{}", args.join(" "), ran.err)
    });
    assert_snapshot!(said.concat(), @"
    $ factotum --colour
    error: unexpected argument '--colour' found

    Usage: factotum [OPTIONS] [COMMAND]

    For more information, try '--help'.
    $ factotum chek
    error: unrecognized subcommand 'chek'

      tip: a similar subcommand exists: 'check'

    Usage: factotum [OPTIONS] [COMMAND]

    For more information, try '--help'.
    $ factotum hook send travishook
    error: the following required arguments were not provided:
      <FILE>

    Usage: factotum hook send <PLUGIN> <FILE>

    For more information, try '--help'.
    $ factotum hook
    Try a hook

    Usage: factotum hook [OPTIONS] <COMMAND>

    Commands:
      send  Post a payload to a running host as its sender would, signed
      help  Print this message or the help of the given subcommand(s)

    Options:
          --config <FILE>  The config file [default: $FACTOTUM_CONFIG, else factotum.toml if there is one]
          --data <DIR>     The data folder [default: $FACTOTUM_DATA, $STATE_DIRECTORY, else ./factotum-data]
      -h, --help           Print help
      -V, --version        Print version
    ");
}

#[test]
fn check_tells_every_mistake_at_once() {
    let place = Place::bare();
    assert_snapshot!(place.run(&["check"]).good(), @"no config file, the defaults: good");
    place.write("factotum.toml", "admins = [\"console:ann\"]\n");
    assert_snapshot!(place.run(&["check"]).good(), @"factotum.toml: good");
    place.write(
        "bad.toml",
        "admin = [\"console:ann\"]\n[http]\nbody_max_bytes = 0\n\
         [plugins.travis]\n[plugins.travishook]\ntitel = \"CI\"\n[chats.icq]\ntoken = \"12345:canary\"\n",
    );
    let bad = place.run(&["check", "bad.toml"]).bad();
    assert_snapshot!(bad, @"
    bad.toml:1: admin: unknown field, expected `admins`
    bad.toml:3: http.body_max_bytes: must be at least 1, is 0
    bad.toml:4: plugins.travis: unknown plugin, expected `travishook`
    bad.toml:6: plugins.travishook.titel: unknown field, expected `title`
    bad.toml:7: chats.icq: unknown network, say which kind it is with `network`, expected one of `console`, `hipchat`, `telegram`
    ");
    // A start says the same, and nothing has begun.
    assert_eq!(place.run(&["--config", "bad.toml"]).bad(), bad);
    assert!(!place.path("factotum-data").exists());
}

#[test]
fn a_config_that_cannot_be_read() {
    let place = Place::bare();
    std::fs::create_dir(place.path("folder.toml")).unwrap();
    std::fs::write(place.path("latin1.toml"), b"admins = [\"console:j\xf6rg\"]\n").unwrap();
    place.write("syntax.toml", "[http\nlisten = 1\n");
    let said = ["missing.toml", "folder.toml", "latin1.toml", "syntax.toml"].map(|file| {
        let said = place.run(&["check", file]).bad();
        assert_eq!(place.run(&["--config", file]).bad(), said);
        said
    });
    assert_snapshot!(said.concat(), @"
    factotum: there is no config file missing.toml; `factotum example > missing.toml` writes one to begin with
    folder.toml: Is a directory (os error 21)
    latin1.toml: is no UTF-8 text
    syntax.toml:1:6: unclosed table, expected `]`
    ");
}

#[test]
fn the_example_is_a_good_config() {
    let place = Place::bare();
    let example = place.run(&["example"]).good();
    assert!(example.contains("\n[http]\n") && example.contains("127.0.0.1:3141"), "{example}");
    place.write("factotum.toml", &example);
    assert_snapshot!(place.run(&["check"]).good(), @"factotum.toml: good");
    let table = place.run(&["example", "--markdown"]).good();
    let listen: String = table.lines().filter(|line| line.contains("`http.listen`")).collect();
    assert_snapshot!(format!("{}\n{listen}", table.lines().take(2).collect::<Vec<_>>().join("\n")), @r#"
    | Key | Type | Default | What it is |
    |---|---|---|---|
    | `http.listen` | a text | `"127.0.0.1:3141"` | Address and port to listen on. Leave it local and put a proxy in front. |
    "#);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_trouble() {
    let place = Place::bare();
    for args in [&["example"][..], &["example", "--markdown"], &["demo"], &["check"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert_eq!(Ran::of(place.command(args).stdin(Stdio::null()).stdout(writer)).good(), "");
    }
}
