//! A disk without room, a real one: nothing that was acknowledged is lost, whoever
//! asks is told, and when there is room again all goes on by itself.
use crate::{
    process::Place,
    travis::{self, ROUTE},
};
use regex::Regex;
use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

/// What a waiting test asks again after.
const PAUSE: Duration = Duration::from_millis(50);
/// How often: a minute in all.
const TRIES: u32 = 1200;

/// A small file system of its own, unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, size: &str) -> Self {
        fs::create_dir(&at).unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        let mounted = mounted.expect("the command `mount` is there");
        let said = String::from_utf8_lossy(&mounted.stderr);
        assert!(mounted.status.success(), "this test mounts a file system of its own and must run as root: {said}");
        Disk(at)
    }
    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = File::options().append(true).create(true).open(self.0.join("filler")).unwrap();
        let mut piece = vec![0xA5; 1 << 20];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }
    fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// The whole answer to a GET.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[expect(clippy::disallowed_methods, reason = "it waits for another process, whose time is the machine's")]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..TRIES {
        if is_so() {
            return;
        }
        thread::sleep(PAUSE);
    }
    panic!("{what}: not within a minute");
}

/// A sentence without how much room there is, which differs.
fn without_free(sentence: &str) -> String {
    Regex::new(r"\d+ KiB are free").unwrap().replace(sentence, "FREE KiB are free").into_owned()
}

fn number_of_files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

#[test]
fn a_full_disk_loses_nothing_and_is_left_behind_without_a_restart() {
    let place = Place::new();
    let disk = Disk::mount(place.path("disk"), "24m");
    let args = ["--data", "disk/data"];
    let mut host = place.start(&args);
    host.say(ROUTE);
    host.ask(travis::TOKEN, "Token set");
    let address = host.address();
    let mut accepted = vec![];
    let mut post = |number: u32| {
        let status = travis::post(&address, &travis::failed(number)).unwrap();
        if status == 204 {
            accepted.push(number);
        }
        status
    };
    for number in 0..20 {
        assert_eq!(post(number), 204);
    }

    // Under load, so that it strikes in the middle of something.
    disk.fill();
    let mut number = 20;
    wait_until("requests are turned away", || {
        number += 1;
        post(number) == 503
    });
    let turned_away_first = number;
    let told = host.out.wait_for("The disk is full. Until there is room I answer requests with 503");
    assert!(told.contains("[host]"), "{told}");
    for number in 1000..1100 {
        assert_eq!(post(number), 503);
    }
    let payload = travis::fixture("derived-push-failed.json");
    let send = ["hook", "send", "travishook", payload.to_str().unwrap(), "--secret", "s3cret", "--url", &host.url()];
    let sent = place.run(&send);
    assert_eq!(
        sent.err,
        "factotum: the host cannot take it now: try again; there, !status says why, as does /readyz\n"
    );
    let (head, body) = ("HTTP/1.1 503", "could not be written: the disk is full");
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with(head) && ready.contains(body) && ready.contains("retry-after: "), "{ready}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"), "it is alive");
    host.ask(
        "!travis route o/other console:ops",
        "I could not store that: the disk is full. Please make some room, then ask me again.",
    );
    host.ask("!status", "store cannot be written: the disk is full, for ");
    let status = host.ask("!echo asked", "asked");
    assert_eq!(status.matches(" requests were turned away").count(), 1, "of both parts together: {status}");
    host.ask("!asuser bob", "You are console:bob");
    host.ask("!status", "store cannot be written for ");
    let status = host.ask("!echo asked", "asked");
    assert!(!status.contains("the disk"), "reasons are for admins: {status}");
    host.ask("!asadmin", "You are console:admin");
    // Told to its sender as it is in the log: it is to come again.
    assert_eq!(travis::send(&address, travis::REPO, "Authorization: 00\r\n", &travis::failed(1)).unwrap(), 503);
    host.err.wait_for("request refused status=503");
    let routes = host.ask("!travis routes", travis::REPO);
    assert!(routes.contains(travis::REPO), "reads go on: {routes}");
    let logged = host.err.so_far().lines().filter(|line| line.contains("ERROR")).count();
    assert!(logged <= 10, "the log floods:\n{}", host.err.so_far());

    disk.make_room();
    wait_until("it is ready", || get(&address, "/readyz").starts_with("HTTP/1.1 200"));
    assert_eq!(post(2000), 204);
    assert_eq!(post(turned_away_first), 204, "what was turned away may come again");
    host.ask("!travis route o/other console:ops", "o/other");
    let over = host.out.wait_for("the disk was full; ") + &host.out.wait_for("sender does so by itself.");
    assert!(over.contains(" with 503 and must be sent again"), "{over}");
    wait_until("all is posted", || {
        host.say("!outbox list waiting\n!echo asked");
        host.out.wait_for("asked\n").contains("No notices that are waiting.")
    });
    let shown = host.stop();
    for number in accepted {
        assert!(shown.contains(&format!("#{number} failed")), "#{number} is lost");
    }
    // The next start finds all well, and the route made after the trouble.
    let mut host = place.start(&args);
    let routes = host.ask("!travis routes", "o/other");
    assert!(!host.out.all().contains("damaged"), "{routes}");
    host.stop();
}

#[test]
fn a_start_on_a_full_disk_says_so_and_harms_nothing() {
    let place = Place::new();
    let disk = Disk::mount(place.path("disk"), "24m");
    let args = ["--data", "disk/data"];
    let mut host = place.start(&args);
    host.say(ROUTE);
    host.ask(travis::TOKEN, "Token set");
    assert_eq!(travis::post(&host.address(), &travis::failed(1)).unwrap(), 204);
    host.kill();
    let data = place.path("disk/data");
    let before = number_of_files(&data);
    disk.fill();
    for _ in 0..3 {
        let refused = place.run(&args).bad();
        let expected = "factotum: the disk of disk/data is full: 2048 KiB are needed and FREE KiB are free; \
            make some room there, or name a folder on another disk with --data DIR\n";
        assert_eq!(without_free(&refused), expected);
    }
    assert_eq!(number_of_files(&data), before);
    // A new folder cannot be begun either.
    let refused = place.run(&["--data", "disk/new"]).bad();
    assert!(
        without_free(&refused).starts_with("factotum: the disk of disk/new is full: 2048 KiB are needed"),
        "{refused}"
    );
    disk.make_room();
    let mut host = place.start(&args);
    host.ask("!travis token sathwikshetty33/travis-test", "A token is set");
    let shown = host.stop();
    assert!(!shown.contains("damaged"), "{shown}");
}
