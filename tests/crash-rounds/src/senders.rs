//! Travis CI many times over: connections that stay open, each posting builds of
//! its own repository, the next one when the one before is answered.
use crate::{host, ledger::OWNER};
use anyhow::{Context, Result, bail};
use ring::digest;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// The token of every repository.
pub(crate) const TOKEN: &str = "s3cret";
const PAYLOAD: &str = include_str!("../../fixtures/travis/derived-push-failed.json");

/// What a sender is to do.
pub(crate) struct Order {
    pub(crate) sender: usize,
    /// The last build that was answered.
    pub(crate) accepted: u32,
    /// To post that one again first: the host must know it.
    pub(crate) again: bool,
    /// The next one was posted before, without an answer.
    pub(crate) in_doubt: bool,
    /// To end when that is answered.
    pub(crate) only_doubt: bool,
    /// The longest pause between two requests.
    pub(crate) pause: Duration,
    pub(crate) seed: u64,
}

/// What a sender has done.
pub(crate) struct Done {
    pub(crate) sender: usize,
    /// Builds up to this one were answered 2xx.
    pub(crate) accepted: u32,
    /// Builds up to this one were posted.
    pub(crate) sent: u32,
    /// The build posted again was not known any more.
    pub(crate) forgotten: bool,
    /// An answer that must not be.
    pub(crate) wrong: Option<String>,
}

/// Senders at work.
pub(crate) struct Senders {
    threads: Vec<JoinHandle<Done>>,
    stop: Arc<AtomicBool>,
}

impl Senders {
    pub(crate) fn begin(address: &str, orders: Vec<Order>) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let begin = |order: Order| {
            let (address, stop) = (address.to_owned(), stop.clone());
            thread::spawn(move || run(&address, &order, &stop))
        };
        Senders { threads: orders.into_iter().map(begin).collect(), stop }
    }
    /// No further requests; those under way are waited for.
    pub(crate) fn stop(self) -> Vec<Done> {
        self.stop.store(true, Ordering::Relaxed);
        self.join()
    }
    /// Waits until all have ended: by the end of the host, or of what they were to do.
    pub(crate) fn join(self) -> Vec<Done> {
        self.threads.into_iter().map(|thread| thread.join().expect("a sender does not panic")).collect()
    }
}

fn run(address: &str, order: &Order, stop: &AtomicBool) -> Done {
    let mut done =
        Done { sender: order.sender, accepted: order.accepted, sent: order.accepted, forgotten: false, wrong: None };
    // The host ends in the middle of it: that is what this is about.
    work(address, order, stop, &mut done).ok();
    done
}

fn work(address: &str, order: &Order, stop: &AtomicBool, done: &mut Done) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(order.seed);
    let pause = u64::try_from(order.pause.as_micros())?;
    let mut connection = Connection::open(address, order.sender)?;
    let wrong = |number, status, wanted: &[u16]| {
        let wrong = || format!("{OWNER}/r{} #{number} was answered {status}, not one of {wanted:?}", order.sender);
        (!wanted.contains(&status)).then(wrong)
    };
    if order.again && order.accepted > 0 {
        let status = connection.post(order.accepted)?;
        done.forgotten = status == 204;
        done.wrong = wrong(order.accepted, status, &[200]);
    }
    let mut in_doubt = order.in_doubt;
    while done.wrong.is_none() && !stop.load(Ordering::Relaxed) && (in_doubt || !order.only_doubt) {
        let number = done.accepted + 1;
        done.sent = number;
        match connection.post(number)? {
            // Not taken, and asked to come again.
            429 | 503 => in_doubt = true,
            status => {
                done.wrong = wrong(number, status, if in_doubt { &[200, 204] } else { &[204] });
                if done.wrong.is_none() {
                    (done.accepted, in_doubt) = (number, false);
                }
            }
        }
        host::pause(Duration::from_micros(random.u64(..=pause)));
    }
    Ok(())
}

struct Connection {
    stream: BufReader<TcpStream>,
    repo: String,
    proof: String,
    sender: usize,
}

impl Connection {
    fn open(address: &str, sender: usize) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(host::LIMIT))?;
        stream.set_nodelay(true)?;
        let repo = format!("{OWNER}/r{sender}");
        let proof = digest::digest(&digest::SHA256, format!("{repo}{TOKEN}").as_bytes());
        let proof = proof.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Connection { stream: BufReader::new(stream), repo, proof, sender })
    }
    /// Posts a failed build; gives the status.
    fn post(&mut self, number: u32) -> Result<u16> {
        let mut payload: serde_json::Value = serde_json::from_str(PAYLOAD)?;
        payload["id"] = number.into();
        payload["number"] = number.to_string().into();
        payload["repository"]["owner_name"] = OWNER.into();
        payload["repository"]["name"] = format!("r{}", self.sender).into();
        let body =
            form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
        let Connection { repo, proof, .. } = &self;
        let length = body.len();
        let request = format!(
            "POST /travis HTTP/1.1\r\nHost: localhost\r\nTravis-Repo-Slug: {repo}\r\nAuthorization: {proof}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line)? == 0 {
                bail!("closed");
            }
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once([':', ' ']) {
                None => break,
                Some(("content-length", value)) => length = value.trim().parse()?,
                Some((_, rest)) if status.is_none() => status = rest.split(' ').next().map(str::parse).transpose()?,
                Some(_) => {}
            }
        }
        self.stream.by_ref().take(length).read_to_end(&mut vec![])?;
        status.context("there is no status")
    }
}
