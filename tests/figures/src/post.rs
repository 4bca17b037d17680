//! The clients: connections that stay open, each with one request under way.
use crate::{server::now, travis::Sender};
use anyhow::{Context, Result, ensure};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

/// One answer.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// The build it was about.
    pub(crate) number: u32,
    pub(crate) status: u16,
    /// When it came.
    pub(crate) at: Instant,
    /// How long it took.
    pub(crate) took: Duration,
}

/// What all connections were answered, each connection's answers in order.
pub(crate) struct Answers {
    pub(crate) by_connection: Vec<Vec<Answer>>,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
}

impl Answers {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Answer> {
        self.by_connection.iter().flatten()
    }
    pub(crate) fn count(&self, status: impl Fn(u16) -> bool) -> usize {
        self.all().filter(|answer| status(answer.status)).count()
    }
    /// How many were 2xx.
    pub(crate) fn accepted(&self) -> usize {
        self.count(|status| (200..300).contains(&status))
    }
    /// The time below which `share` of the answers came, in ms.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        quantile(self.all().map(|answer| answer.took).collect(), share)
    }
}

/// The time below which `share` of them lie, in ms.
pub(crate) fn quantile(mut times: Vec<Duration>, share: f64) -> f64 {
    times.sort_unstable();
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

/// What is posted, how, and where.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) to: SocketAddr,
    pub(crate) connections: u32,
    /// How many requests.
    pub(crate) count: u32,
    /// The first build's number.
    pub(crate) first: u32,
    /// How long all of it is to take, when it is not to be as fast as it goes.
    pub(crate) spread: Option<Duration>,
    pub(crate) what: What,
}

/// The requests.
#[derive(Clone)]
pub(crate) enum What {
    /// By turns of these repositories.
    Senders(Arc<Vec<Sender>>),
    /// Ready made.
    Ready(Arc<Vec<Vec<u8>>>),
}

impl What {
    fn request(&self, nth: u32, number: u32) -> Vec<u8> {
        let nth = nth as usize;
        match self {
            What::Senders(senders) => senders[nth % senders.len()].request(number),
            What::Ready(requests) => requests[nth % requests.len()].clone(),
        }
    }
}

impl Load {
    /// Posts all of it. A request that is not answered is an error: none is tried again.
    pub(crate) fn post(&self) -> Result<Answers> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(self.run())
    }
    async fn run(&self) -> Result<Answers> {
        let next = Arc::new(AtomicU32::new(0));
        let began = now();
        let one = |n: u32| {
            let (load, next) = (self.clone(), next.clone());
            tokio::spawn(async move { load.connection(n, &next, began).await })
        };
        let mut by_connection = vec![];
        for connection in (0..self.connections).map(one).collect::<Vec<_>>() {
            by_connection.push(connection.await??);
        }
        Ok(Answers { by_connection, took: began.elapsed() })
    }
    async fn connection(&self, n: u32, next: &AtomicU32, began: Instant) -> Result<Vec<Answer>> {
        let mut stream = self.connect(n).await?;
        let (mut answers, mut buffer) = (vec![], vec![]);
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= self.count {
                return Ok(answers);
            }
            if let Some(spread) = self.spread {
                let due = began + spread * nth / self.count;
                tokio::time::sleep_until(due.into()).await;
            }
            let number = self.first + nth;
            let request = self.what.request(nth, number);
            let sent = now();
            let (status, closes) = loop {
                stream.write_all(&request).await?;
                match answer(&mut stream, &mut buffer).await {
                    Ok(answer) => break answer,
                    // The server may close a connection that has been idle.
                    Err(_) if !answers.is_empty() && buffer.is_empty() => stream = self.connect(n).await?,
                    Err(error) => return Err(error),
                }
            };
            let at = now();
            answers.push(Answer { number, status, at, took: at - sent });
            if closes {
                stream = self.connect(n).await?;
            }
        }
    }
    /// From one of as many addresses as the limit on connections of one asks for.
    async fn connect(&self, n: u32) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        let from = Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 1)) + n / 32);
        socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
        let stream = socket.connect(self.to).await.context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// The status of the next answer, and whether the server closes after it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<(u16, bool)> {
    buffer.clear();
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    };
    let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
    let status = head.split(' ').nth(1).context("an odd answer")?.parse()?;
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let length: usize = field("content-length:").map_or(Ok(0), str::parse)?;
    while buffer.len() < end + length {
        ensure!(stream.read_buf(buffer).await? > 0, "the server closed the connection");
    }
    Ok((status, field("connection:") == Some("close")))
}
