//! What strangers can do to the listener: hold connections open, send rubbish as
//! fast as they can, send again what was accepted. Measured from outside, with a
//! healthy sender at the same time; `--nocapture` shows the figures.
use crate::{
    crowd::{connect, dawdle, healthy, memory, post, stranger},
    process::{Place, Process},
    travis::{self, ROUTE},
};
use std::{fs, net::Ipv4Addr, net::SocketAddr, time::Duration};
use tokio::time::Instant;

/// The most memory that a host may take, whatever strangers do, in MiB.
const MEMORY: u64 = 64;
/// What strangers may add to it where the host takes more by itself: a build for
/// debugging does.
const MEMORY_ADDED: u64 = 40;

/// A host with a route and a token; what is behind `http` goes into its section.
fn routed(http: &str) -> (Place, Process, SocketAddr) {
    let place = Place::new();
    place.write("factotum.toml", &format!("[http]\nlisten = \"127.0.0.1:0\"\n{http}"));
    let mut host = place.start(&["--stay"]);
    host.say(ROUTE);
    host.ask(travis::TOKEN, "Token set");
    let address = host.address().parse().unwrap();
    (place, host, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_connections_open_holds_up_nobody() {
    let (_place, host, address) = routed("");
    let alone = healthy(address, 1, |taken| taken == 200).await;
    let idle = memory(&host, "VmHWM");
    let began = Instant::now();
    let strangers: Vec<_> = (0..1_400)
        .map(|n| async move {
            let length = if n < 400 { "Content-Length: 100000\r\nContent-Type: text/plain\r\n\r\n" } else { "X-" };
            let begin = format!("POST /travis HTTP/1.1\r\nHost: x\r\n{length}");
            let stream = connect(stranger(n), address).await;
            (n < 400, dawdle(stream, begin, (n < 400).then_some(b'x')).await)
        })
        .map(tokio::spawn)
        .collect();
    let crowded = tokio::spawn(healthy(address, 1_000, move |_| began.elapsed() > Duration::from_secs(32)));
    let (mut refused, mut headers, mut bodies) = (0, vec![], vec![]);
    for stranger in strangers {
        let (body, ended) = stranger.await.unwrap();
        match ended.answer.get(..12) {
            Some("HTTP/1.1 429") => refused += 1,
            Some("HTTP/1.1 408") if body => bodies.push(ended.after),
            Some("HTTP/1.1 408") => headers.push(ended.after),
            // Closed while it was still talking: what it was told is lost on the way.
            None if ended.after < Duration::from_secs(5) => refused += 1,
            _ => panic!("after {:?}: {:?}", ended.after, ended.answer),
        }
    }
    let crowded = crowded.await.unwrap();
    let most = memory(&host, "VmHWM");
    let (last_header, last_body) = (*headers.iter().max().unwrap(), *bodies.iter().max().unwrap());
    println!("alone:   {alone}\ncrowded: {crowded}");
    println!("{} half headers, the last closed after {last_header:.1?}", headers.len());
    println!(
        "{} slow bodies, the last closed after {last_body:.1?}; {refused} refused; {most} MiB after {idle}",
        bodies.len()
    );
    assert!(last_header < Duration::from_secs(15), "{last_header:?}");
    assert!(last_body < Duration::from_secs(35), "{last_body:?}");
    // Three quarters of all places, and no more: the rest is left to others.
    assert_eq!((headers.len() + bodies.len(), refused), (768, 632));
    assert!(little(idle, most), "{most} MiB after {idle}");
    // Where the machine itself is slow, it must be no slower than without them.
    let bound = Duration::from_millis(100).max(alone.percent(95) * 3);
    assert!(crowded.percent(95) < bound, "{crowded}; alone {alone}");
    assert_eq!(travis::post(&address.to_string(), &travis::failed(999_999)).unwrap(), 204);
    drop(host);
}

#[tokio::test]
async fn a_proxy_may_have_as_many_connections_as_there_are() {
    let (_place, host, address) = routed("trusted_proxies = [\"127.0.0.9\"]");
    let mut open = vec![];
    for n in 0..200 {
        let mut stream = connect(Ipv4Addr::new(127, 0, 0, 9), address).await;
        let forwarded = format!("X-Forwarded-For: 192.0.2.{n}\r\nAuthorization: 00\r\n");
        assert_eq!(post(&mut stream, &forwarded, &travis::failed(1)).await, 403);
        open.push(stream);
    }
    // Anybody else has 64.
    let mut others = vec![];
    for _ in 0..64 {
        let mut stream = connect(Ipv4Addr::new(127, 0, 0, 10), address).await;
        assert_eq!(post(&mut stream, "Authorization: 00\r\n", &travis::failed(1)).await, 403);
        others.push(stream);
    }
    let mut surplus = connect(Ipv4Addr::new(127, 0, 0, 10), address).await;
    assert_eq!(post(&mut surplus, "", "").await, 429);
    drop(host);
}

/// Whether strangers have cost little memory; `idle` is what it was without them.
fn little(idle: u64, most: u64) -> bool {
    most <= MEMORY.max(idle + MEMORY_ADDED)
}

/// What the journal takes on the disk, in KiB.
fn journal(place: &Place) -> u64 {
    let size = |name: &str| fs::metadata(place.path("factotum-data").join(name)).map_or(0, |file| file.len());
    (size("journal.db") + size("journal.db-wal")) >> 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_signatures_fill_neither_the_disk_nor_the_memory() {
    const WRONG: usize = 4_000;
    const WRONG_BODY: &str = "payload=%7B%22repository%22%3A%7B%22owner_name%22%3A%22sathwikshetty33%22%2C%22name%22%3A%22travis-test%22%7D%7D";
    let (place, host, address) = routed("trusted_proxies = [\"127.0.0.9\"]");
    let alone = healthy(address, 1, |taken| taken == 50).await;
    let (before, idle, began) = (journal(&place), memory(&host, "VmHWM"), Instant::now());
    let floods: Vec<_> = (0..16)
        .map(|flood| async move {
            let mut stream = connect(Ipv4Addr::new(127, 0, 0, 9), address).await;
            for n in 0..WRONG / 16 {
                // As who has a whole provider's network of addresses.
                let address = format!("X-Forwarded-For: 2001:db8:{flood:x}:{n:x}::{n:x}\r\n");
                let long = format!("X-Long: {}\r\n", "x".repeat(2_000));
                let headers = format!("{address}{long}Authorization: {n:064x}\r\n");
                assert_eq!(post(&mut stream, &headers, WRONG_BODY).await, 403);
            }
        })
        .map(tokio::spawn)
        .collect();
    let mut left = floods.iter().map(|flood| flood.abort_handle()).collect::<Vec<_>>();
    let among = healthy(address, 1_000, move |_| {
        left.retain(|flood| !flood.is_finished());
        left.is_empty()
    })
    .await;
    let took = began.elapsed();
    for flood in floods {
        flood.await.unwrap();
    }
    let (grown, most) = (journal(&place).saturating_sub(before), memory(&host, "VmHWM"));
    println!("alone: {alone}\namong: {among}");
    println!(
        "{WRONG} wrong in {took:.1?}, {:.0} a second; journal +{grown} KiB; {most} MiB after {idle}",
        WRONG as f64 / took.as_secs_f64()
    );
    // The healthy ones are in it too, whole, and so is what SQLite writes ahead.
    assert!(grown < 12 << 10, "{grown} KiB");
    assert!(little(idle, most), "{most} MiB after {idle}");
    drop(host);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_is_shown_once() {
    let (place, mut host, address) = routed("");
    let again = |times: usize, to: SocketAddr| async move {
        let one = move || async move {
            let mut stream = connect(Ipv4Addr::LOCALHOST, to).await;
            let mut statuses = vec![];
            for _ in 0..times / 16 {
                statuses.push(post(&mut stream, &travis::proof(), &travis::failed(1)).await);
            }
            statuses
        };
        let all: Vec<_> = (0..16).map(|_| tokio::spawn(one())).collect();
        let mut statuses = vec![];
        for one in all {
            statuses.extend(one.await.unwrap());
        }
        statuses.iter().filter(|status| **status != 200).copied().collect::<Vec<_>>()
    };
    assert_eq!(again(1_008, address).await, [204]);
    host.ask("!echo done", "done");
    let screen = host.stop();
    let mut host = place.start(&[]);
    assert_eq!(again(96, host.address().parse().unwrap()).await, Vec::<u16>::new());
    host.ask("!echo done", "done");
    let screen = screen + &host.stop();
    assert_eq!(screen.matches("[ops] [Travis CI]").count(), 1, "{screen}");
}

#[test]
fn a_proof_is_what_it_is_in_each_spelling() {
    let (_place, host, address) = routed("");
    let proof = travis::proof();
    let hash = proof.trim().strip_prefix("Authorization: ").unwrap();
    let upper = hash.to_ascii_uppercase();
    let rows: &[(String, u16)] = &[
        (format!("authorization: {hash}\r\n"), 204),
        (format!("AUTHORIZATION:{upper}\r\n"), 204),
        (format!("Authorization: \t {hash} \t \r\n"), 204),
        (format!("Authorization: {hash}\r\nAuthorization: 00\r\n"), 204),
        (format!("Authorization: 00\r\nAuthorization: {hash}\r\n"), 403),
        (format!("Authorization: {hash},{hash}\r\n"), 403),
        (format!("Authorization: {hash} {hash}\r\n"), 401),
        (format!("Authorization: Basic {hash}\r\n"), 401),
        (format!("Authorization: {hash}0\r\n"), 403),
        (format!("Authorization: {}\r\n", upper.strip_prefix('F').unwrap()), 403),
        (format!("Authorization: \"{hash}\"\r\n"), 403),
        (format!("Signature:\r\nAuthorization: {hash}\r\n"), 204),
        (format!("Signature: ????\r\nAuthorization: {hash}\r\n"), 204),
        ("Authorization:\r\n".into(), 401),
        ("Authorization: \u{fc}\r\n".into(), 403),
        (format!("X: {hash}\r\n"), 401),
    ];
    for (n, (headers, expected)) in (10..).zip(rows) {
        let status = travis::send(&address.to_string(), travis::REPO, headers, &travis::failed(n)).unwrap();
        assert_eq!(status, *expected, "{headers:?}");
    }
    drop(host);
}

#[tokio::test]
async fn a_flood_of_refusals_is_answered_each() {
    let (_place, host, address) = routed("connections_per_address = 1");
    let first = connect(stranger(0), address).await;
    let refused: Vec<_> = (0..400)
        .map(|_| {
            tokio::spawn(
                async move { dawdle(connect(stranger(0), address).await, "GET / HTTP/1.1\r\n".into(), None).await },
            )
        })
        .collect();
    let mut told = 0;
    for one in refused {
        told += usize::from(one.await.unwrap().answer.starts_with("HTTP/1.1 429"));
    }
    println!("{told} of 400 refused connections have read why");
    assert!(told >= 390, "{told} of 400");
    drop((first, host));
}
