//! The HTTP listener: sockets, limits, TLS and the health pages. What a request
//! leads to is decided behind [`Answers`]; nothing here knows a plugin.
//! Surprising: a limit that strikes before there is a request (too many
//! connections, a header that never ends) is answered by hand, beside hyper.
use crate::metrics::Held;
use bytes::Bytes;
use factotum_plugin_api::clock::Clock;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use ipnet::IpNet;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

pub mod hooks;

mod connection;
mod exchange;
mod forwarded;
mod listener;
mod sample;
mod stall;
#[cfg(test)]
mod tests;
mod tls;

pub use listener::Listener;

/// Where to listen, and how much of it. The defaults are those of the design's
/// section on HTTP; each is a setting.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The address and port; loopback unless said otherwise, since every
    /// neighbour that listens on all addresses by default is found by scanners.
    pub listen: SocketAddr,
    /// The longest request line and headers together, in bytes; else 431.
    pub header_max_bytes: usize,
    /// In what time they must be here, the TLS handshake too; else 408. An idle
    /// connection is closed after the same time.
    pub header_timeout: Duration,
    /// The longest body, in bytes; else 413.
    pub body_max_bytes: usize,
    /// In what time after the header the body must be here; else 408. A peer
    /// that takes nothing of an answer for so long is hung up on.
    pub body_timeout: Duration,
    /// Connections at a time; else 503.
    pub connections_max: usize,
    /// Connections at a time from one address (IPv6: from one /64, which is what
    /// one customer gets); else 429. An eighth of it while three quarters of all
    /// places are taken. Trusted proxies are free of both.
    pub connections_per_address: usize,
    /// How long [`Answers::hook`] may take; else it is dropped, with 503.
    pub handler_timeout: Duration,
    /// How long running exchanges may take to finish at the end.
    pub stop_timeout: Duration,
    /// Whose `X-Forwarded-For` is believed; see [`parse_network`].
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate chain and private key, as PEM files; without them plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Who may read `/metrics`; for others there is no such path.
    pub metrics: MetricsFor,
}

/// The files of a TLS listener, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those between it and the root.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for HttpSettings {
    fn default() -> Self {
        HttpSettings {
            listen: SocketAddr::from(([127, 0, 0, 1], 3141)), // Errbot's port, so that its senders find us
            header_max_bytes: 16 << 10,
            // Of five servers given 800 half-sent requests none had closed one
            // after 16 s; hence limits on time here and below.
            header_timeout: Duration::from_secs(10),
            body_max_bytes: 1 << 20,
            body_timeout: Duration::from_secs(30),
            connections_max: 1024,
            connections_per_address: 64,
            handler_timeout: Duration::from_secs(10), // what most senders wait
            stop_timeout: Duration::from_secs(10),
            trusted_proxies: vec![],
            tls: None,
            metrics: MetricsFor::default(),
        }
    }
}

/// Who may read `/metrics`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetricsFor {
    /// Readers on this machine who call it by a loopback name or address (`http://localhost:3141/metrics`), unless a proxy says that the request came from elsewhere.
    #[default]
    Loopback,
    /// Everybody who reaches the listener.
    Open,
    /// Nobody.
    Off,
}

impl HttpSettings {
    /// Whether the TLS files can be read and fit each other, where there are any.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn check_files(&self) -> anyhow::Result<()> {
        self.tls.as_ref().map_or(Ok(()), |files| tls::acceptor(files).map(drop))
    }
}

/// Reads `10.0.0.0/8`, `fd00::/8` or a single address.
///
/// # Errors
/// A sentence that names the text.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<IpAddr>().map(IpNet::from).ok();
    let network = text.parse().ok().or_else(single);
    network.ok_or_else(|| format!("`{text}` is no network; one is like 10.0.0.0/8 or 192.0.2.7"))
}

/// What the listener asks for each request.
#[async_trait::async_trait]
pub trait Answers: Send + Sync + 'static {
    /// Whether the path is served, asked before the body is read. Cheap: it
    /// looks at tables in memory only.
    ///
    /// # Errors
    /// The answer for a path, method or plugin that is not there; `peer` is the
    /// client, for the record.
    #[expect(clippy::result_large_err, reason = "made once for a path that is not there; a box would only spread")]
    fn known(&self, method: &Method, path: &str, peer: IpAddr) -> Result<(), Answer>;
    /// Answers a request that kept all limits. Runs in a task of its own: a peer
    /// that hangs up does not stop it, a panic costs this request only. Dropped
    /// after [`HttpSettings::handler_timeout`].
    async fn hook(&self, call: RawCall) -> Answer;
    /// Whether everything is up, for `/readyz`.
    ///
    /// # Errors
    /// What is not, in a few words.
    fn ready(&self) -> Result<(), String>;
    /// A request was refused by a limit. Called for each; must never block, and
    /// decides itself how many of one kind it keeps.
    fn limited(&self, refused: Limited);
    /// What `/metrics` shows to those who may read it; without anything there is no
    /// such path.
    async fn metrics(&self) -> Option<String> {
        None
    }
    /// A whole request was answered; for metrics.
    fn answered(&self, status: StatusCode) {
        let _ = status;
    }
    /// A connection has its place; it is open until what this gives is dropped.
    fn connected(&self) -> Held {
        Held::default()
    }
}

/// A request as it came.
pub struct RawCall {
    /// The method.
    pub method: Method,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// What followed `?`, still encoded; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came: signatures cover bytes.
    pub body: Bytes,
    /// The client; behind a trusted proxy the address it forwarded.
    pub peer: IpAddr,
    /// When the header was complete.
    pub received_at: Timestamp,
}

/// What goes back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Its headers; `Content-Type: text/plain` and, for 429 and 503,
    /// `Retry-After` are added where missing.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// An answer in plain text.
    pub fn new(status: StatusCode, body: impl Into<Bytes>) -> Self {
        Answer { status, headers: HeaderMap::new(), body: body.into() }
    }
    /// With one more header.
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// A request, or an attempt at one, that a limit refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limited {
    /// Which limit.
    pub limit: Limit,
    /// The client as far as it is known: before there are headers the proxy.
    pub peer: IpAddr,
    /// Method and path as sent, once they are known. The path may carry a secret:
    /// show what the hook's own path says instead.
    pub target: Option<(Method, String)>,
}

/// Why a request was refused before or while it was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// 503: all places are taken.
    Connections,
    /// 429: the address has too many.
    ConnectionsOfAddress,
    /// 408: the header took too long.
    HeaderTime,
    /// 431: the header is too large.
    HeaderSize,
    /// 400: what came is no HTTP/1.
    HeaderForm,
    /// 408: the body took too long.
    BodyTime,
    /// 413: the body is too large.
    BodySize,
    /// 400: the body broke off, or its chunks are wrong.
    BodyForm,
    /// 503: the handler took too long.
    HandlerTime,
    /// 500: the handler panicked.
    HandlerPanic,
}

impl Limit {
    /// The answer's status.
    pub fn status(self) -> StatusCode {
        match self {
            Limit::ConnectionsOfAddress => StatusCode::TOO_MANY_REQUESTS,
            Limit::HeaderTime | Limit::BodyTime => StatusCode::REQUEST_TIMEOUT,
            Limit::HeaderSize => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Limit::HeaderForm | Limit::BodyForm => StatusCode::BAD_REQUEST,
            Limit::BodySize => StatusCode::PAYLOAD_TOO_LARGE,
            Limit::HandlerPanic => StatusCode::INTERNAL_SERVER_ERROR,
            Limit::Connections | Limit::HandlerTime => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
    /// How the metrics call it; what people read may be worded anew, this stays.
    pub fn word(self) -> &'static str {
        match self {
            Limit::Connections => "connections",
            Limit::ConnectionsOfAddress => "connections_of_address",
            Limit::HeaderTime => "header_time",
            Limit::HeaderSize => "header_size",
            Limit::HeaderForm => "header_form",
            Limit::BodyTime => "body_time",
            Limit::BodySize => "body_size",
            Limit::BodyForm => "body_form",
            Limit::HandlerTime => "handler_time",
            Limit::HandlerPanic => "handler_panic",
        }
    }
    fn answer(self) -> Answer {
        Answer::new(self.status(), format!("{self}\n"))
    }
}

/// What the sender is told, and what the incident says.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::Connections => "too many connections",
            Limit::ConnectionsOfAddress => "too many connections from this address",
            Limit::HeaderTime => "the header took too long",
            Limit::HeaderSize => "the header is too large",
            Limit::HeaderForm => "this is no HTTP/1 request",
            Limit::BodyTime => "the body took too long",
            Limit::BodySize => "the body is too large",
            Limit::BodyForm => "the body broke off",
            Limit::HandlerTime => "the handler took too long",
            Limit::HandlerPanic => "the handler failed",
        })
    }
}

/// Opens the listener's socket; nothing is accepted before [`Listener::serve`].
///
/// # Errors
/// When the address cannot be had, or the TLS files cannot be read: names the
/// address or file and what to do.
pub async fn bind(settings: HttpSettings, clock: Clock) -> anyhow::Result<Listener> {
    Listener::bind(settings, clock).await
}

/// What all connections share.
struct Server {
    settings: HttpSettings,
    clock: Clock,
    answers: Arc<dyn Answers>,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Idle connections close, running exchanges finish.
    Draining,
    /// Whatever still runs is dropped.
    Over,
}
