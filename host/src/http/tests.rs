//! The listener over real sockets. Times are short and real: each test waits
//! for what must happen, never for time to pass.
use super::*;
use std::{
    net::Ipv4Addr,
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    task::JoinHandle,
};

mod smuggling;

const SHORT: Duration = Duration::from_millis(250);
/// No test should come near it; a listener that hangs must fail, not hang the run.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves `/echo`, `/slow` (ends when told), `/panic` and `/json`.
#[derive(Default)]
struct Fake {
    limited: Mutex<Vec<Limited>>,
    entered: Notify,
    go: Notify,
    /// Requests that a handler has seen.
    handled: AtomicUsize,
    done: AtomicUsize,
    finished: Notify,
    not_ready: Option<String>,
}

#[async_trait::async_trait]
impl Answers for Fake {
    fn known(&self, method: &Method, path: &str, _: IpAddr) -> Result<(), Answer> {
        match (method.as_str(), path) {
            ("POST", "/echo/%C3%BC" | "/echo" | "/slow" | "/panic" | "/none") => Ok(()),
            (_, "/echo") => Err(Answer::new(StatusCode::METHOD_NOT_ALLOWED, "")),
            _ => Err(Answer::new(StatusCode::NOT_FOUND, "no such hook\n")),
        }
    }
    async fn hook(&self, call: RawCall) -> Answer {
        self.handled.fetch_add(1, Ordering::SeqCst);
        match call.path.as_str() {
            "/slow" => {
                self.entered.notify_one();
                self.go.notified().await;
                self.done.fetch_add(1, Ordering::SeqCst);
                self.finished.notify_one();
                Answer::new(StatusCode::OK, "done")
            }
            "/panic" => panic!("a plugin's bug"),
            "/none" => Answer::new(StatusCode::NO_CONTENT, "not sent"),
            _ => {
                let RawCall { method, path, query, headers, body, peer, received_at } = call;
                let agent = headers.get("user-agent").map_or("", |agent| agent.to_str().unwrap());
                let size = body.len();
                Answer::new(StatusCode::OK, format!("{method} {path} {query} {agent} {size} {peer} {received_at}"))
            }
        }
    }
    fn ready(&self) -> Result<(), String> {
        self.not_ready.clone().map_or(Ok(()), Err)
    }
    fn limited(&self, refused: Limited) {
        self.limited.lock().unwrap().push(refused);
    }
}

/// A running listener.
struct Site {
    fake: Arc<Fake>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Site {
    async fn start(change: impl FnOnce(&mut HttpSettings)) -> Site {
        Site::with(Fake::default(), change).await
    }
    async fn with(fake: Fake, change: impl FnOnce(&mut HttpSettings)) -> Site {
        let mut settings = HttpSettings { listen: (Ipv4Addr::LOCALHOST, 0).into(), ..HttpSettings::default() };
        change(&mut settings);
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let listener = bind(settings, clock).await.unwrap();
        let address = listener.local_addr().unwrap();
        let fake = Arc::new(fake);
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let serving = tokio::spawn(listener.serve(fake.clone(), shutdown));
        Site { fake, address, stop: Some(stop), serving }
    }
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
    /// Sends `request` on a new connection; gives everything that comes back.
    async fn send(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_ref()).await.unwrap();
        all(&mut stream).await
    }
    fn limits(&self) -> Vec<Limit> {
        self.fake.limited.lock().unwrap().iter().map(|refused| refused.limit).collect()
    }
    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
    async fn stopped(self) {
        within(self.serving).await.unwrap();
    }
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("it hangs")
}

/// What the peer sends until it closes.
async fn all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    within(stream.read_to_end(&mut bytes)).await.unwrap();
    without_date(&bytes)
}

/// One answer with its body, on a connection that stays open.
async fn one(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(within(stream.read_u8()).await.unwrap());
    }
    let head = without_date(&bytes);
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    within(stream.read_exact(&mut body)).await.unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// As text with plain line ends, and without what changes every second.
fn without_date(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("date: "));
    lines.map(|line| line.replace("\r\n", "\n")).collect()
}

fn status(answer: &str) -> &str {
    answer.lines().next().and_then(|line| line.split(' ').nth(1)).unwrap_or(answer)
}

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn posted(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), path: &str, body: &str) -> String {
    stream.write_all(post(path, body).as_bytes()).await.unwrap();
    one(stream).await
}

#[tokio::test]
async fn a_request_arrives_whole_and_connections_stay_open() {
    let site = Site::start(|settings| settings.trusted_proxies = vec![parse_network("127.0.0.0/8").unwrap()]).await;
    let mut stream = site.connect().await;
    let request = "POST /echo/%C3%BC?a=%20&b HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\n\
        X-Forwarded-For: 1.2.3.4, 203.0.113.9\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    insta::assert_snapshot!(one(&mut stream).await, @r"
    HTTP/1.1 200 OK
    content-type: text/plain; charset=utf-8
    content-length: 63

    POST /echo/%C3%BC a=%20&b me 5 203.0.113.9 2026-11-20T10:00:00Z
    ");
    insta::assert_snapshot!(posted(&mut stream, "/none", "").await, @"HTTP/1.1 204 No Content");
    insta::assert_snapshot!(posted(&mut stream, "/nowhere", "").await, @"
    HTTP/1.1 404 Not Found
    content-type: text/plain; charset=utf-8
    content-length: 13

    no such hook
    ");
    assert_eq!(site.limits(), []);
}

#[tokio::test]
async fn health_is_told_without_the_hooks() {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let site = Site::start(|_| {}).await;
    assert!(site.send(get("/healthz")).await.ends_with("\n\nok\n"));
    assert!(site.send(get("/readyz")).await.ends_with("\n\nready\n"));
    let fake = Fake { not_ready: Some("the journal is not open".into()), ..Fake::default() };
    let site = Site::with(fake, |_| {}).await;
    assert_eq!(status(&site.send(get("/healthz")).await), "200");
    insta::assert_snapshot!(site.send(get("/readyz")).await, @"
    HTTP/1.1 503 Service Unavailable
    retry-after: 10
    content-type: text/plain; charset=utf-8
    content-length: 24
    connection: close

    the journal is not open
    ");
}

#[tokio::test]
async fn what_is_refused_is_refused_before_its_body() {
    let site = Site::start(|settings| settings.body_max_bytes = 1000).await;
    // None of these bodies is ever sent.
    for (path, length, expected) in [("/echo", 1001, "413"), ("/nowhere", 1001, "413"), ("/nowhere", 1000, "404")] {
        let mut stream = site.connect().await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_eq!(status(&one(&mut stream).await), expected, "{path} {length}");
    }
    assert_eq!(site.limits(), [Limit::BodySize, Limit::BodySize]);
    let target = Some((Method::POST, "/echo".to_owned()));
    let refused = Limited { limit: Limit::BodySize, peer: Ipv4Addr::LOCALHOST.into(), target };
    assert_eq!(site.fake.limited.lock().unwrap()[0], refused);
    assert_eq!(status(&site.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await), "405");
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let site = Site::start(|settings| settings.body_max_bytes = 1000).await;
    let mut stream = site.connect().await;
    assert!(posted(&mut stream, "/echo", &"x".repeat(1000)).await.contains(" 1000 127.0.0.1 "));
    let chunk = format!("1f4\r\n{}\r\n", "x".repeat(500));
    let chunked =
        format!("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}1\r\nx\r\n");
    insta::assert_snapshot!(site.send(chunked).await, @"
    HTTP/1.1 413 Payload Too Large
    connection: close
    content-type: text/plain; charset=utf-8
    content-length: 22

    the body is too large
    ");
}

#[tokio::test]
async fn who_sends_everything_first_still_hears_the_refusal() {
    let site = Site::start(|_| {}).await;
    let mut stream = site.connect().await;
    let request = post("/echo", &"x".repeat(3 << 20));
    let (begin, rest) = request.as_bytes().split_at(100_000);
    stream.write_all(begin).await.unwrap();
    // The answer is there, and nobody looks before all is sent.
    within(stream.readable()).await.unwrap();
    for part in rest.chunks(100_000) {
        within(stream.write_all(part)).await.unwrap();
    }
    assert_eq!(status(&all(&mut stream).await), "413");
}

#[tokio::test]
async fn a_slow_body_is_answered_408() {
    let site = Site::start(|settings| settings.body_timeout = SHORT).await;
    insta::assert_snapshot!(site.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc").await, @"
    HTTP/1.1 408 Request Timeout
    connection: close
    content-type: text/plain; charset=utf-8
    content-length: 23

    the body took too long
    ");
    assert_eq!(site.limits(), [Limit::BodyTime]);
}

#[tokio::test]
async fn a_slow_header_is_answered_408_and_silence_is_closed() {
    let site = Site::start(|settings| settings.header_timeout = SHORT).await;
    insta::assert_snapshot!(site.send("POST /echo HTTP/1.1\r\nHost: x\r\nX-").await, @"
    HTTP/1.1 408 Request Timeout
    content-type: text/plain; charset=utf-8
    content-length: 25
    connection: close

    the header took too long
    ");
    let peer = Ipv4Addr::LOCALHOST.into();
    assert_eq!(*site.fake.limited.lock().unwrap(), [Limited { limit: Limit::HeaderTime, peer, target: None }]);
    assert_eq!(site.send("").await, "");
    // After an exchange, too.
    let mut stream = site.connect().await;
    assert_eq!(status(&posted(&mut stream, "/echo", "").await), "200");
    assert_eq!(all(&mut stream).await, "");
    assert_eq!(site.limits(), [Limit::HeaderTime]);
}

#[tokio::test]
async fn a_header_beyond_reason_is_refused() {
    let site = Site::start(|_| {}).await;
    let with = |bytes: usize| format!("POST /echo HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(bytes));
    let mut stream = site.connect().await;
    stream.write_all(with((16 << 10) - 100).as_bytes()).await.unwrap();
    assert_eq!(status(&one(&mut stream).await), "200");
    assert_eq!(status(&site.send(with(16 << 10)).await), "431");
    assert_eq!(status(&site.send(with(1 << 20)).await), "431");
    let many = (0..200).map(|n| format!("X-{n}: x\r\n")).collect::<String>();
    assert_eq!(status(&site.send(format!("POST /echo HTTP/1.1\r\n{many}\r\n")).await), "431");
    assert_eq!(status(&site.send("\x16\x03\x01 this is TLS\r\n\r\n").await), "400");
    assert_eq!(site.limits(), [Limit::HeaderSize, Limit::HeaderSize, Limit::HeaderSize, Limit::HeaderForm]);
}

#[tokio::test]
async fn one_address_has_its_share_of_places() {
    let site = Site::start(|settings| settings.connections_per_address = 2).await;
    let mut first = site.connect().await;
    let mut second = site.connect().await;
    posted(&mut first, "/echo", "").await;
    posted(&mut second, "/echo", "").await;
    insta::assert_snapshot!(site.send(post("/echo", "")).await, @"
    HTTP/1.1 429 Too Many Requests
    retry-after: 10
    content-type: text/plain; charset=utf-8
    content-length: 39
    connection: close

    too many connections from this address
    ");
    drop(first);
    let mut again = "429".to_owned();
    while again == "429" {
        let mut stream = site.connect().await;
        again = status(&posted(&mut stream, "/echo", "").await).to_owned();
    }
    assert_eq!(again, "200");
    assert!(site.limits().iter().all(|limit| *limit == Limit::ConnectionsOfAddress));
}

#[tokio::test]
async fn a_proxy_has_all_places_and_the_last_is_followed_by_503() {
    let site = Site::start(|settings| {
        (settings.connections_max, settings.connections_per_address) = (3, 1);
        settings.trusted_proxies = vec![parse_network("127.0.0.1").unwrap()];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut stream = site.connect().await;
        assert_eq!(status(&posted(&mut stream, "/echo", "").await), "200");
        open.push(stream);
    }
    let refused = site.send(post("/echo", "")).await;
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\nretry-after: 10\n"), "{refused}");
    assert_eq!(site.limits(), [Limit::Connections]);
}

#[tokio::test]
async fn a_handler_that_fails_costs_its_request_only() {
    let site = Site::start(|settings| settings.handler_timeout = SHORT).await;
    let mut stream = site.connect().await;
    assert!(posted(&mut stream, "/panic", "").await.ends_with("\n\nthe handler failed\n"));
    let slow = posted(&mut stream, "/slow", "").await;
    assert!(slow.starts_with("HTTP/1.1 503 Service Unavailable\nretry-after: 10\n"), "{slow}");
    assert_eq!(status(&posted(&mut stream, "/echo", "").await), "200");
    assert_eq!(site.limits(), [Limit::HandlerPanic, Limit::HandlerTime]);
    assert_eq!(site.fake.done.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_peer_that_hangs_up_stops_no_handler() {
    let mut site = Site::start(|_| {}).await;
    let mut stream = site.connect().await;
    stream.write_all(post("/slow", "").as_bytes()).await.unwrap();
    within(site.fake.entered.notified()).await;
    drop(stream);
    site.stop();
    site.fake.go.notify_one();
    let fake = site.fake.clone();
    site.stopped().await;
    assert_eq!(fake.done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_end_waits_for_what_runs_and_takes_nothing_new() {
    let mut site = Site::start(|_| {}).await;
    let mut silent = site.connect().await;
    let mut idle = site.connect().await;
    posted(&mut idle, "/echo", "").await;
    let mut running = site.connect().await;
    running.write_all(post("/slow", "").as_bytes()).await.unwrap();
    within(site.fake.entered.notified()).await;
    site.stop();
    assert_eq!(all(&mut idle).await, "");
    assert_eq!(all(&mut silent).await, "");
    assert!(TcpStream::connect(site.address).await.is_err());
    site.fake.go.notify_one();
    assert!(all(&mut running).await.ends_with("\n\ndone"));
    site.stopped().await;
}

#[tokio::test]
async fn the_end_comes_in_time_whatever_runs() {
    let mut site = Site::start(|settings| settings.stop_timeout = SHORT).await;
    let mut running = site.connect().await;
    running.write_all(post("/slow", "").as_bytes()).await.unwrap();
    within(site.fake.entered.notified()).await;
    site.stop();
    let fake = site.fake.clone();
    site.stopped().await;
    // The listener let go of everything it held.
    assert_eq!(Arc::strong_count(&fake), 1);
}

#[tokio::test]
async fn a_taken_port_is_named_with_what_to_do() {
    let site = Site::start(|_| {}).await;
    let settings = HttpSettings { listen: site.address, ..HttpSettings::default() };
    let error = bind(settings, Clock::system()).await.err().unwrap();
    let (address, port) = (site.address, site.address.port());
    let expected = format!(
        "cannot listen on {address}: port {port} is taken; stop what has it, or set another `listen` in [http]"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn tls_comes_from_two_files() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.path().join("chain.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let site = Site::start(|settings| settings.tls = Some(files.clone())).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut stream = within(connector.connect(name, site.connect().await)).await.unwrap();
    assert_eq!(status(&posted(&mut stream, "/echo", "hello").await), "200");
    // A handshake that never comes is not waited for.
    let site = Site::start(|settings| (settings.tls, settings.header_timeout) = (Some(files.clone()), SHORT)).await;
    assert_eq!(site.send("").await, "");

    let wrong = |certificate: &PathBuf, key: &PathBuf| {
        let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
        tls::acceptor(&files).err().unwrap().to_string().replace(folder.path().to_str().unwrap(), "")
    };
    let missing = folder.path().join("none.pem");
    assert_eq!(wrong(&missing, &files.key), "reading the TLS certificate /none.pem");
    assert_eq!(wrong(&files.certificate, &missing), "reading the TLS key /none.pem");
    assert_eq!(wrong(&files.key, &files.key), "the TLS certificate /key.pem holds no PEM certificate");
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(&missing, other).unwrap();
    assert_eq!(wrong(&files.certificate, &missing), "using the TLS certificate /chain.pem with the key /none.pem");
}
