//! A Buildbot master in this process, as far as a bot needs one: builders and builds,
//! REST over them in the shapes of 4.3.0, and the websocket. It counts the calls and
//! knows how long it was busy with them, so that its time is not counted as the host's.
use crate::{builds::Builds, server::now};
use anyhow::Result;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{broadcast, watch},
};
use tokio_tungstenite::tungstenite::Message;

/// Events that a slow reader may be behind: a master keeps them all.
const BEHIND: usize = 1 << 16;

/// One answer: the path with its query, and when it was worked at.
#[derive(Clone)]
pub(crate) struct Answered {
    pub(crate) path: String,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// The master; it ends with its runtime.
#[derive(Clone)]
pub(crate) struct Master {
    pub(crate) address: SocketAddr,
    kept: Arc<Kept>,
}

struct Kept {
    builds: Mutex<Builds>,
    events: broadcast::Sender<Arc<Event>>,
    answered: Mutex<Vec<Answered>>,
    /// How long each answer takes.
    delay: Mutex<Duration>,
    /// How many times all workers were read: the last of what a bot reads at first.
    looked: watch::Sender<u32>,
}

struct Event {
    key: String,
    text: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic inside")
}

impl Master {
    /// With what was built so far.
    pub(crate) async fn start(builds: Builds) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let kept = Arc::new(Kept {
            builds: Mutex::new(builds),
            events: broadcast::Sender::new(BEHIND),
            answered: Mutex::default(),
            delay: Mutex::default(),
            looked: watch::Sender::default(),
        });
        let master = Master { address: listener.local_addr()?, kept: kept.clone() };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).ok(); // only faster
                tokio::spawn(connection(stream, kept.clone()));
            }
        });
        Ok(master)
    }
    /// Takes so long for each answer from now on.
    pub(crate) fn delays(&self, delay: Duration) {
        *lock(&self.kept.delay) = delay;
    }
    pub(crate) fn builds(&self) -> MutexGuard<'_, Builds> {
        lock(&self.kept.builds)
    }
    /// Sends what happened to a build: `new` or `finished`.
    pub(crate) fn tell(&self, id: i64, event: &str) {
        let key = format!("builds/{id}/{event}");
        let text = json!({ "k": key, "m": self.builds().shown(id) }).to_string();
        self.kept.events.send(Arc::new(Event { key, text })).ok(); // nobody may listen
    }
    /// Returns when a bot listens, and has read what there was.
    pub(crate) async fn caught_up(&self) {
        self.kept.looked.subscribe().wait_for(|looked| *looked > 0).await.expect("the master holds the sender");
    }
    /// The answers since the last call.
    pub(crate) fn answered(&self) -> Vec<Answered> {
        std::mem::take(&mut lock(&self.kept.answered))
    }
}

/// How long at least one of these answers was worked at.
pub(crate) fn busy(answered: &[Answered]) -> Duration {
    let mut spans: Vec<(Instant, Instant)> = answered.iter().map(|answered| (answered.from, answered.to)).collect();
    spans.sort();
    let (mut busy, mut until) = (Duration::ZERO, None);
    for (from, to) in spans {
        let from = until.map_or(from, |until: Instant| from.max(until));
        busy += to.saturating_duration_since(from);
        until = Some(until.map_or(to, |until| until.max(to)));
    }
    busy
}

async fn connection(stream: TcpStream, kept: Arc<Kept>) {
    let mut head = [0; 8];
    let websocket = stream.peek(&mut head).await.is_ok_and(|seen| head[..seen].starts_with(b"GET /ws"));
    if websocket {
        return drop(listen(stream, &kept).await); // the bot has gone
    }
    let service = service_fn(move |request| answer(request, kept.clone()));
    http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok(); // likewise
}

async fn answer(request: Request<Incoming>, kept: Arc<Kept>) -> Result<Response<Full<Bytes>>, Infallible> {
    let from = now();
    let path = request.uri().path_and_query().map_or("", |path| path.as_str()).to_owned();
    let delay = *lock(&kept.delay);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let (status, body) = match lock(&kept.builds).answer(&path) {
        Some(body) => (200, body),
        None => (404, json!({ "error": format!("not found: {path}") })),
    };
    let mut response = Response::new(Full::new(body.to_string().into()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).expect("both are");
    if path.ends_with("/workers") {
        kept.looked.send_modify(|looked| *looked += 1);
    }
    lock(&kept.answered).push(Answered { path, from, to: now() });
    Ok(response)
}

/// One websocket.
async fn listen(stream: TcpStream, kept: &Kept) -> Result<()> {
    let mut events = kept.events.subscribe();
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    let mut subscribed: Vec<String> = vec![];
    loop {
        tokio::select! {
            message = socket.next() => {
                let Some(Message::Text(text)) = message.transpose()? else { return Ok(()) };
                let asked: Value = serde_json::from_str(&text)?;
                subscribed.extend(asked["path"].as_str().map(str::to_owned));
                let said = if asked["cmd"] == "ping" { "pong" } else { "OK" };
                socket.send(Message::text(json!({ "msg": said, "code": 200, "_id": asked["_id"] }).to_string())).await?;
            }
            event = events.recv() => {
                let event = event?;
                if subscribed.iter().any(|path| matches(path, &event.key)) {
                    socket.send(Message::text(event.text.clone())).await?;
                }
            }
        }
    }
}

fn matches(path: &str, key: &str) -> bool {
    let same = |(path, key): (&str, &str)| path == "*" || path == key;
    path.split('/').count() == key.split('/').count() && path.split('/').zip(key.split('/')).all(same)
}
