//! Requests with two readings: what a proxy before us may take for one request and
//! we for two. Each row is what a stranger writes on one connection, byte by byte;
//! no handler may ever see what stood inside of another request.
use super::*;

/// A request that must not be seen, hidden in another.
const HIDDEN: &str = "POST /echo/%C3%BC?hidden HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";

/// The statuses of everything that comes back.
fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).map(|answer| answer.split(' ').next().unwrap_or_default()).collect()
}

/// Writes `bytes`, ends the sending side, and gives what came back.
async fn wire(site: &Site, bytes: &[u8]) -> String {
    let mut stream = site.connect().await;
    // Cut off in the middle of it, it has still said what it says.
    stream.write_all(bytes).await.ok();
    stream.shutdown().await.ok();
    let mut back = vec![];
    // What was answered before a reset stands in it all the same.
    within(stream.read_to_end(&mut back)).await.ok();
    String::from_utf8_lossy(&back).into_owned()
}

#[tokio::test]
async fn one_request_is_one_request_in_every_reading() {
    let site = Site::start(|settings| settings.body_timeout = SHORT).await;
    let inside = HIDDEN.len();
    let post = |headers: &str, rest: &str| format!("POST /echo HTTP/1.1\r\nHost: x\r\n{headers}\r\n{rest}");
    // What it says, the answers to it, and how many requests a handler has seen.
    let rows: Vec<(&str, String, &[&str], usize)> = vec![
        ("a length", post(&format!("Content-Length: {inside}\r\n"), HIDDEN), &["200"], 1),
        (
            "the same length twice",
            post(&format!("Content-Length: {inside}\r\nContent-Length: {inside}\r\n"), HIDDEN),
            &["200"],
            1,
        ),
        ("two lengths", post(&format!("Content-Length: 0\r\nContent-Length: {inside}\r\n"), HIDDEN), &["400"], 0),
        (
            "two lengths, turned",
            post(&format!("Content-Length: {inside}\r\nContent-Length: 0\r\n"), HIDDEN),
            &["400"],
            0,
        ),
        ("a list of lengths", post(&format!("Content-Length: 0, {inside}\r\n"), HIDDEN), &["400"], 0),
        ("a negative length", post("Content-Length: -1\r\n", HIDDEN), &["400"], 0),
        ("a plus", post("Content-Length: +1\r\n", HIDDEN), &["400"], 0),
        ("a hexadecimal length", post("Content-Length: 0x10\r\n", HIDDEN), &["400"], 0),
        ("a space in it", post("Content-Length: 1 0\r\n", HIDDEN), &["400"], 0),
        ("a length beyond u64", post("Content-Length: 99999999999999999999\r\n", HIDDEN), &["400"], 0),
        ("an empty length", post("Content-Length:\r\n", HIDDEN), &["400"], 0),
        ("a space before the colon", post("Content-Length : 3\r\n", "abc"), &["400"], 0),
        ("a folded header", post("Content-Length: 0\r\n 3\r\n", "abc"), &["400"], 0),
        ("a bare CR", post("X: a\rContent-Length: 9\r\n", ""), &["400"], 0),
        ("a NUL in a header", post("X: a\0b\r\n", ""), &["400"], 0),
        ("an unknown coding", post("Transfer-Encoding: gzip\r\n", HIDDEN), &["400"], 0),
        ("chunked and not the last", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), &["400"], 0),
        ("chunked, misspelt", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), &["400"], 0),
        ("chunked, with a tab", post("Transfer-Encoding:\tchunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), &["200"], 1),
        (
            "chunked for HTTP/1.0",
            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".into(),
            &["400"],
            0,
        ),
        // RFC 9112, 6.1: the chunks count, and the connection ends; what a proxy
        // that counts by the length takes for the body is never a request.
        (
            "length and chunks",
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{HIDDEN}")),
            &["200"],
            1,
        ),
        (
            "chunks and length",
            post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", &format!("0\r\n\r\n{HIDDEN}")),
            &["200"],
            1,
        ),
        (
            "a chunk that is longer than it says",
            post("Transfer-Encoding: chunked\r\n", &format!("3\r\nabcd\r\n0\r\n\r\n{HIDDEN}")),
            &["400"],
            0,
        ),
        ("a chunk that is shorter", post("Transfer-Encoding: chunked\r\n", "ff\r\nabc\r\n0\r\n\r\n"), &["400"], 0),
        (
            "a chunk beyond u64",
            post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff0\r\nabc\r\n0\r\n\r\n"),
            &["400"],
            0,
        ),
        (
            "a chunk of almost u64",
            post("Transfer-Encoding: chunked\r\n", "fffffffffffffffe\r\nabc\r\n0\r\n\r\n"),
            &["400"],
            0,
        ),
        ("a chunk below zero", post("Transfer-Encoding: chunked\r\n", "-1\r\nabc\r\n0\r\n\r\n"), &["400"], 0),
        ("a chunk that is no number", post("Transfer-Encoding: chunked\r\n", "zz\r\nabc\r\n0\r\n\r\n"), &["400"], 0),
        ("a chunk's extension", post("Transfer-Encoding: chunked\r\n", "3;x=\"y\"\r\nabc\r\n0\r\n\r\n"), &["200"], 1),
        (
            "a flood of extensions",
            post("Transfer-Encoding: chunked\r\n", &format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(64 << 10))),
            &["400"],
            0,
        ),
        ("trailers", post("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 9\r\nHost: y\r\n\r\n"), &["200"], 1),
        (
            "a flood of trailers",
            post("Transfer-Encoding: chunked\r\n", &format!("0\r\n{}\r\n", "X: y\r\n".repeat(20_000))),
            &["400"],
            0,
        ),
        ("chunks without an end", post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"), &["400"], 0),
        ("a body that breaks off", post("Content-Length: 9\r\n", "abc"), &["400"], 0),
        (
            "two requests",
            format!("{}{}", post("Content-Length: 1\r\n", "a"), post("Content-Length: 1\r\n", "b")),
            &["200", "200"],
            2,
        ),
        (
            "a request and rubbish",
            format!("{}\x01\x02rubbish\r\n\r\n", post("Content-Length: 1\r\n", "a")),
            &["200", "400"],
            1,
        ),
        ("a second body nobody announced", post("", HIDDEN), &["200", "200"], 2),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), &[], 0),
        ("HTTP/0.9", "GET /echo\r\n\r\n".into(), &["400"], 0),
        ("HTTP/3.7", "POST /echo HTTP/3.7\r\n\r\n".into(), &["400"], 0),
        ("a proxy's request", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n".into(), &["404"], 0),
        ("an upgrade", post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n", ""), &["200"], 1),
        ("a long address", format!("POST /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(100_000)), &["431"], 0),
        ("a long header", post(&format!("X: {}\r\n", "x".repeat(100_000)), ""), &["431"], 0),
        ("a long name of a header", post(&format!("{}: x\r\n", "x".repeat(100_000)), ""), &["431"], 0),
        ("a flood of headers", post(&"X: y\r\n".repeat(1_000), ""), &["431"], 0),
        ("a long method", format!("{} /echo HTTP/1.1\r\nHost: x\r\n\r\n", "X".repeat(10_000)), &["405"], 0),
        ("rubbish", "\0\u{1}\u{2}\u{3}\r\n\r\n".into(), &["400"], 0),
        ("nothing but line ends", "\r\n".repeat(50_000), &["431"], 0),
        ("silence", String::new(), &[], 0),
    ];
    let mut wrong = vec![];
    for (what, bytes, expected, handled) in rows {
        let before = site.fake.handled.load(Ordering::SeqCst);
        let back = wire(&site, bytes.as_bytes()).await;
        let handled_now = site.fake.handled.load(Ordering::SeqCst) - before;
        if statuses(&back) != expected || handled_now != handled {
            wrong.push(format!(
                "{what}: {:?} and {handled_now} handled, not {expected:?} and {handled}",
                statuses(&back)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(status(&wire(&site, post("Content-Length: 0\r\n", "").as_bytes()).await), "200");
}

#[tokio::test]
async fn who_has_said_all_still_hears_the_answer() {
    let site = Site::start(|_| {}).await;
    let mut stream = site.connect().await;
    stream.write_all(super::post("/slow", "abc").as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    within(site.fake.entered.notified()).await;
    site.fake.go.notify_one();
    assert!(all(&mut stream).await.ends_with("\n\ndone"));
    // And who has said half of it is not waited for.
    let half = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Le";
    assert_eq!(wire(&site, half.as_bytes()).await, "");
}
