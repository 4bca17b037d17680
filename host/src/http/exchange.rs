//! One request and its answer: size, path, body, handler, in this order. The
//! connection around it is hyper's; what the path means is [`Answers`]' matter.
//!
//! [`Answers`]: super::Answers
use super::{Answer, Limit, Limited, MetricsFor, Phase, RawCall, Server, forwarded};
use crate::caught::caught;
use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tracing::{debug, error};

/// The connection that a request came on.
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// Whether bytes of a request may still be on their way to us.
    pub(super) unread: AtomicBool,
    /// Held by whatever must finish before the listener ends.
    pub(super) busy: mpsc::Sender<()>,
    pub(super) phase: watch::Receiver<Phase>,
}

/// How soon to come back after 429 and 503: by then a place that a silent
/// connection held is free.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");
const OPEN_METRICS: HeaderValue = HeaderValue::from_static(crate::metrics::CONTENT_TYPE);
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Answer::new(StatusCode::OK, "ok\n") }))
        .route("/readyz", get(ready))
        .route("/metrics", any(metrics))
        .fallback(exchange)
        .with_state(server)
}

async fn ready(State(server): State<Arc<Server>>) -> Answer {
    match server.answers.ready() {
        Ok(()) => Answer::new(StatusCode::OK, "ready\n"),
        Err(reason) => Answer::new(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    }
}

/// The metrics for whoever may read them; for others the path is one that is not there.
async fn metrics(State(server): State<Arc<Server>>, Extension(peer): Extension<Arc<Peer>>, request: Request) -> Answer {
    let allowed = match server.settings.metrics {
        MetricsFor::Off => false,
        MetricsFor::Open => true,
        MetricsFor::Loopback => forwarded::is_local(peer.address, request.headers(), &server.settings.trusted_proxies),
    };
    if allowed && matches!(*request.method(), Method::GET | Method::HEAD) {
        // In a task of its own: a panic in what is looked at costs this page only.
        let of = server.clone();
        if let Ok(Some(page)) = tokio::spawn(async move { of.answers.metrics().await }).await {
            return Answer::new(StatusCode::OK, page).header(header::CONTENT_TYPE, OPEN_METRICS);
        }
    }
    exchange(State(server), Extension(peer), request).await
}

async fn exchange(
    State(server): State<Arc<Server>>,
    Extension(peer): Extension<Arc<Peer>>,
    request: Request,
) -> Answer {
    peer.unread.store(!request.body().is_end_stream(), Ordering::Relaxed);
    let answer = answer(server.clone(), &peer, request).await;
    server.answers.answered(answer.status);
    match peer.unread.load(Ordering::Relaxed) {
        // hyper closes then, without a word to the peer.
        true => answer.header(header::CONNECTION, HeaderValue::from_static("close")),
        false => answer,
    }
}

async fn answer(server: Arc<Server>, peer: &Arc<Peer>, request: Request) -> Answer {
    let received_at = server.clock.now();
    let (Parts { method, uri, headers, .. }, body) = request.into_parts();
    let client = forwarded::client(peer.address, &headers, &server.settings.trusted_proxies);
    let refused = Refused { client, target: (method.clone(), uri.path().to_owned()) };
    if declared_length(&headers) > server.settings.body_max_bytes as u64 {
        return refused.answer(&server, Limit::BodySize);
    }
    if let Err(answer) = server.answers.known(&method, uri.path(), client) {
        return answer;
    }
    let body = match timeout(server.settings.body_timeout, read(body, server.settings.body_max_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(limit)) => return refused.answer(&server, limit),
        Err(_) => return refused.answer(&server, Limit::BodyTime),
    };
    peer.unread.store(false, Ordering::Relaxed);
    let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
    let call = RawCall { method, path, query, headers, body, peer: client, received_at };
    // A task of its own: a peer that hangs up cannot stop what has begun.
    let handled = tokio::spawn(handle(server, peer.clone(), call, refused));
    handled.await.unwrap_or_else(|_| Limit::HandlerPanic.answer())
}

/// Runs the handler within its time, and whatever it does, gives an answer.
async fn handle(server: Arc<Server>, peer: Arc<Peer>, call: RawCall, refused: Refused) -> Answer {
    let _busy = peer.busy.clone();
    let mut phase = peer.phase.clone();
    // The panic is caught here and not at the task's end, where nobody may wait any more.
    let hook = caught(server.answers.hook(call));
    let answer = tokio::select! {
        answer = timeout(server.settings.handler_timeout, hook) => match answer {
            Ok(answer) => answer.ok_or(Limit::HandlerPanic),
            Err(_) => Err(Limit::HandlerTime),
        },
        _ = phase.wait_for(|phase| *phase == Phase::Over) => Err(Limit::HandlerTime),
    };
    answer.unwrap_or_else(|limit| {
        // Without the path, which may carry a secret.
        error!(%limit, peer = %refused.client, "a hook gave no answer");
        refused.answer(&server, limit)
    })
}

/// What an incident says of a request.
struct Refused {
    client: IpAddr,
    target: (Method, String),
}
impl Refused {
    fn answer(self, server: &Server, limit: Limit) -> Answer {
        debug!(%limit, peer = %self.client, "request refused");
        server.answers.limited(Limited { limit, peer: self.client, target: Some(self.target) });
        limit.answer()
    }
}

/// `Content-Length`, which hyper has checked to be a number; 0 without one.
fn declared_length(headers: &HeaderMap) -> u64 {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// The whole body, kept to `max` bytes also where no length was declared.
async fn read(mut body: Body, max: usize) -> Result<Bytes, Limit> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Limit::BodyForm)?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers: nobody signs them, nobody reads them
        };
        if whole.len() + data.len() > max {
            return Err(Limit::BodySize);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

impl Answer {
    /// The headers that are added where missing.
    pub(super) fn completed(mut self) -> Self {
        if matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            self.headers.entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
        }
        if matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
            self.body = Bytes::new(); // they have none; RFC 9110, 15.3.5 and 15.4.5
        } else if !self.body.is_empty() {
            self.headers.entry(header::CONTENT_TYPE).or_insert(TEXT);
        }
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let answer = self.completed();
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}
