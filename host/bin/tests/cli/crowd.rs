//! Many connections at once, from many addresses: what a crowd of strangers does to
//! a host, and what a healthy sender sees of it.
use crate::{process::Process, travis};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, interval, timeout},
};

/// No connection of a test lives longer, whatever the host does.
const PATIENCE: Duration = Duration::from_secs(90);

/// The 20 addresses of the strangers.
pub(crate) fn stranger(n: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(n % 20).unwrap())
}

/// A connection from one of the addresses of this machine.
pub(crate) async fn connect(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    timeout(PATIENCE, socket.connect(to)).await.unwrap().unwrap()
}

/// How a connection that says nothing useful ended.
pub(crate) struct Ended {
    /// What came back, the first bytes of it.
    pub(crate) answer: String,
    pub(crate) after: Duration,
}

/// Sends `begin`, then `byte` each second, until the host ends it.
pub(crate) async fn dawdle(mut stream: TcpStream, begin: String, byte: Option<u8>) -> Ended {
    let began = Instant::now();
    let mut answer = vec![];
    let talk = async {
        // The host may have said its part before this.
        stream.write_all(begin.as_bytes()).await.ok();
        let mut second = interval(Duration::from_secs(1));
        let mut piece = [0; 1024];
        loop {
            tokio::select! {
                read = stream.read(&mut piece) => match read {
                    Ok(read @ 1..) => answer.extend(piece.iter().copied().take(read)),
                    _ => return,
                },
                _ = second.tick(), if byte.is_some() && answer.is_empty() => {
                    stream.write_all(&[byte.unwrap()]).await.ok();
                }
            }
        }
    };
    timeout(PATIENCE, talk).await.expect("the host ends it");
    Ended { answer: String::from_utf8_lossy(&answer).into_owned(), after: began.elapsed() }
}

/// Posts a body on an open connection that stays open; gives the status.
pub(crate) async fn post(stream: &mut TcpStream, headers: &str, body: &str) -> u16 {
    let (repo, length) = (travis::REPO, body.len());
    let request = format!(
        "POST /travis HTTP/1.1\r\nHost: x\r\nTravis-Repo-Slug: {repo}\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    timeout(PATIENCE, exchange(stream, request.as_bytes())).await.expect("an answer")
}

async fn exchange(stream: &mut TcpStream, request: &[u8]) -> u16 {
    stream.write_all(request).await.unwrap();
    let (mut head, mut piece) = (vec![], [0; 4096]);
    let (head, had) = loop {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&head));
        head.extend(piece.iter().copied().take(read));
        let text = String::from_utf8_lossy(&head).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            break (head.to_ascii_lowercase(), body.len());
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut rest = vec![0; length - had];
    stream.read_exact(&mut rest).await.unwrap();
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Posts accepted builds from `first` on, each on a connection of its own, until
/// `enough`; gives how long each took.
pub(crate) async fn healthy(to: SocketAddr, first: u32, mut enough: impl FnMut(usize) -> bool) -> Latencies {
    let (mut taken, mut pause) = (vec![], interval(Duration::from_millis(25)));
    while !enough(taken.len()) {
        pause.tick().await;
        let body = travis::failed(first + u32::try_from(taken.len()).unwrap());
        let began = Instant::now();
        let mut stream = connect(Ipv4Addr::LOCALHOST, to).await;
        let status = post(&mut stream, &travis::proof(), &body).await;
        taken.push(began.elapsed());
        assert_eq!(status, 204, "request {} of the healthy", taken.len());
    }
    taken.sort();
    Latencies(taken)
}

/// In order.
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    /// So many of a hundred were at least as fast.
    pub(crate) fn percent(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [median, p95, p99, max] = [50, 95, 99, 100].map(|percent| self.percent(percent));
        write!(f, "{} requests: median {median:.1?}, p95 {p95:.1?}, p99 {p99:.1?}, max {max:.1?}", self.0.len())
    }
}

/// A value of the process, such as `VmHWM`, the most memory it had, in MiB.
pub(crate) fn memory(host: &Process, of: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", host.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(of)?.strip_prefix(':'));
    line.unwrap().trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}
