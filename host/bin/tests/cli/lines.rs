//! The console without a terminal: scripts through a pipe, and services without input.
use crate::{
    process::{Place, Process},
    travis::{self, ROUTE, TOKEN},
};
use insta::assert_snapshot;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    process::Stdio,
};

#[test]
fn a_script_is_answered_in_its_order_before_the_end() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.say("!asuser eve\n!travis remove o/r\n!inroom #ops\n!whoami\n!travis token o/r s3cret\nhello");
    host.say("!asadmin\n!whoami\n!inperson\n!travis routes\n!asuser a b\n!nonsense\n\n!echo “the last”");
    host.hang_up();
    assert_snapshot!(place.shown(&host.end().good()), @"
    factotum 0.1.0: ci, travishook on; hooks at http://127.0.0.1:PORT; you are console:admin; try !help
    Done. Relaying messages from sathwikshetty33/travis-test to console:ops for events: failed.
    Travis CI signs its requests, so no token is needed.
    You are console:eve in private
    !travis remove is for admins. !whoami shows who you are to me.
    You are console:eve in the room console:ops
    [ops] You are eve, console:eve, in console:ops.
    [ops] Please ask me !travis token in a private chat. Others may have read the secret in it: replace it with a new one.
    You are console:admin in the room console:ops
    [ops] You are admin, console:admin, in console:ops. You are an admin.
    You are console:admin in private
    Routing sathwikshetty33/travis-test to:
    • console:ops for events: failed
    Usage: !asuser [NAME]
    There is no command !nonsense. Try !help.
    the last
    ");
}

#[test]
fn help_lists_what_the_console_answers_itself() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!asuser\n!help");
    host.hang_up();
    assert_snapshot!(place.shown(&host.end().good()), @"
    factotum 0.1.0: ci, travishook on; hooks at http://127.0.0.1:PORT; you are console:admin; try !help
    You are console:user in private
    host
    • !about: Say what this bot is
    • !apropos <WORDS>...: Find commands by what they are called and what their help says
    • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
    • !commands [FORM]: List the commands you may run, in one line
    • !echo <WORDS>...: Say it back
    • !getid: Show your id and that of this chat, for the config and for routes
    • !help [COMMAND]...: List the commands you may run, or explain one
    • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
    • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
    • !lang me <LANGUAGE>: Choose the language that you are answered in
    • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
    • !plugin list: List the plugins of this binary, and those it was built without
    • !repos: List the plugins of this binary, and those it was built without
    • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
    • !repos search <WORDS>...: Find plugins by name or by what they do
    • !status: Show how the host, its chats and its plugins stand
    • !whoami: Show who you are to the bot
    ci
    • !routes [REPO]...: List the routes of all senders
    travishook
    • !travis: Show the events and options of a route, and where the commands are listed
    • !travis routes [REPO]...: List the routes
    console
    • !inroom NAME: Speak in a room
    • !inperson: Speak in private
    • !asuser [NAME]: Speak as somebody
    • !asadmin: Speak as yourself
    !help COMMAND says more on one of them.
    ");
}

#[test]
fn no_line_of_a_long_script_is_dropped() {
    let place = Place::new();
    let mut host = place.start(&[]);
    for n in 0..300 {
        host.say(&format!("!echo {n}"));
    }
    host.hang_up();
    let out = host.end().good();
    let answers: Vec<&str> = out.lines().skip(1).collect();
    assert_eq!(answers, (0..300).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_file_is_a_script_and_its_end_is_the_end() {
    let place = Place::new();
    place.write("script", "!echo one\r\n!echo two");
    let script = File::open(place.path("script")).unwrap();
    let host = place.start_as(place.command(&[]).stdin(script));
    let out = host.end().good();
    assert!(out.ends_with("one\ntwo\n"), "{out}");
}

#[test]
fn with_stay_the_end_of_the_pipe_is_not_the_end() {
    for args in [&["--stay"][..], &["run", "--stay"]] {
        let place = Place::new();
        let mut host = place.start(args);
        host.say(ROUTE);
        host.ask(TOKEN, "Token set");
        host.hang_up();
        assert_eq!(travis::post(&host.address(), &travis::failed(1)).unwrap(), 204);
        host.out.wait_for("[ops] [Travis CI] sathwikshetty33/travis-test #1 failed");
        host.stop();
    }
}

#[test]
fn without_input_it_serves() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    host.stop();
    for (n, redirection) in [(1, "</dev/null"), (2, "<&-")] {
        let mut host = place.start_as(place.shell(&format!("exec $factotum {redirection}")).stdin(Stdio::piped()));
        assert!(!host.out.all().contains("!help"), "nobody can type: {}", host.out.all());
        assert_eq!(travis::post(&host.address(), &travis::failed(n)).unwrap(), 204);
        host.out.wait_for(&format!("[ops] [Travis CI] sathwikshetty33/travis-test #{n} failed"));
        host.stop();
    }
}

#[test]
fn what_is_no_script_does_not_fill_the_memory() {
    let place = Place::new();
    let zero = File::open("/dev/zero").unwrap();
    let mut host = place.start_as(place.command(&[]).stdin(zero));
    host.err.wait_for("a line that is too long was left out");
    host.out.wait_for("left it out.\n");
    let out = host.stop();
    assert_eq!(out.lines().count(), 2, "{out}");
    assert!(out.ends_with("That line is longer than the 64 KiB that I take: I have left it out.\n"), "{out}");
}

#[test]
fn there_are_no_colours_in_a_pipe() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say("!help\n!status\n!plugin list");
    host.hang_up();
    let out = host.end().good();
    assert!(out.contains("travishook") && !out.contains('\x1b'), "{out}");
}

#[test]
fn a_script_whose_answers_nobody_reads_ends() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut host = Process::start(place.command(&[]).stdin(Stdio::piped()).stdout(writer));
    BufReader::new(reader).read_line(&mut String::new()).unwrap();
    // Its input stays open: what ends it is that the answer cannot be written.
    host.say("!help");
    assert_eq!(host.end().code, Some(0));
}
