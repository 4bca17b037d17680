//! The end by a signal: in time, with what runs finished, and at once when asked twice.
use crate::{
    process::{Place, Process, address},
    travis::{self, ROUTE, TOKEN, fixture},
};
use nix::{
    fcntl::{FcntlArg, fcntl},
    sys::signal::Signal,
};
use std::{
    io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write},
    net::TcpListener,
    process::Stdio,
    thread,
};

#[test]
fn either_signal_ends_it_well_whatever_it_reads() {
    let place = Place::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        for input in ["", "</dev/null", "<&-"] {
            let host = place.start_as(place.shell(&format!("exec $factotum {input}")).stdin(Stdio::piped()));
            host.signal(signal);
            let ran = host.end();
            assert_eq!(ran.code, Some(0), "{signal} {input}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let keys = TcpListener::bind("127.0.0.1:0").unwrap();
    let asked_at = keys.local_addr().unwrap();
    let place = Place::with(&format!("[plugins.travishook]\nconfig_urls = [\"http://{asked_at}/config\"]"));
    let mut host = place.start(&[]);
    host.ask("!travis route Kegsay/flow-jsdoc console:ops *", "Done");
    // Signed, so that the handler waits for the key, which comes after the signal.
    let signature = std::fs::read_to_string(fixture("signed-2016-push-passed.signature.b64")).unwrap();
    let (to, header) = (host.address(), format!("Signature: {}\r\n", signature.trim()));
    let body = std::fs::read_to_string(fixture("signed-2016-push-passed.form")).unwrap();
    let sender = thread::spawn(move || travis::send(&to, "Kegsay/flow-jsdoc", &header, &body).unwrap());
    let (mut question, _) = keys.accept().unwrap();
    host.signal(Signal::SIGTERM);
    // The listener closes first: nobody is let in any more.
    while std::net::TcpStream::connect(host.address()).is_ok() {}
    answer_with_key(&mut question);
    assert_eq!(sender.join().unwrap(), 204);
    let ran = host.end();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // What was accepted that late is shown by the next start, at the latest.
    let message = "[ops] [Travis CI] Kegsay/flow-jsdoc #18 passed";
    if !ran.out.contains(message) {
        let mut host = place.start(&[]);
        // It may come before the line that says that the host is up.
        if !host.out.all().contains(message) {
            host.out.wait_for(message);
        }
        host.stop();
    }
}

fn answer_with_key(question: &mut (impl Read + Write)) {
    let mut lines = BufReader::new(&mut *question).lines();
    while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
    let pem = std::fs::read_to_string(fixture("travis-ci-org-2016.public.pem")).unwrap();
    let json = serde_json::json!({ "config": { "notifications": { "webhook": { "public_key": pem } } } }).to_string();
    let length = json.len();
    write!(question, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{json}").unwrap();
}

/// A service whose output nobody reads and that can write no more, and where it listens.
pub(crate) fn serve_into_a_full_pipe(place: &Place) -> (Process, String, PipeReader) {
    let (reader, mut writer): (PipeReader, PipeWriter) = std::io::pipe().unwrap();
    let mut command = place.command(&[]);
    let host = Process::start(command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()));
    drop(command); // its copy of the writer
    let mut first = String::new();
    let mut lines = BufReader::with_capacity(1, reader);
    lines.read_line(&mut first).unwrap();
    let size = fcntl(&writer, FcntlArg::F_GETPIPE_SZ).unwrap();
    writer.write_all(&vec![b'.'; usize::try_from(size).unwrap()]).unwrap();
    (host, address(&first), lines.into_inner())
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let mut host = place.start(&[]);
    host.say(ROUTE);
    host.ask(TOKEN, "Token set");
    host.stop();
    let (mut host, address, full) = serve_into_a_full_pipe(&place);
    assert_eq!(travis::post(&address, &travis::failed(1)).unwrap(), 204);
    host.signal(Signal::SIGTERM);
    host.err.wait_for("stopping");
    host.signal(Signal::SIGTERM);
    host.err.wait_for("stopped at once");
    assert_eq!(host.end().code, Some(1));
    drop(full);
    let mut host = place.start(&[]);
    // What waited may be shown before the first line of the host.
    let arrived = "[ops] [Travis CI] sathwikshetty33/travis-test #1 failed";
    if !host.out.all().contains(arrived) {
        host.out.wait_for(arrived);
    }
    host.stop();
}
