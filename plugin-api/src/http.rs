//! An HTTP client for a plugin's servers: time limits, TLS per peer, addresses
//! checked, and no URL in any error, since URLs carry tokens.
mod pinned;
mod websocket;

use crate::{Result, user_error};
use bytes::Bytes;
use http::StatusCode;
use pinned::Fingerprint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use url::{Host as UrlHost, Url};
pub use websocket::WebSocket;

/// How a peer's certificate is checked. In a config: `tls = "system"`,
/// `tls = { ca_file = "/etc/ssl/company.pem" }`, `tls = { pinned = "ab:cd:…" }`,
/// `tls = "off"`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// By the certificate authorities of the system.
    #[default]
    System,
    /// By the authorities in this PEM file, such as a company's own.
    CaFile(#[schemars(description = "The PEM file of the authorities")] PathBuf),
    /// By this SHA-256 fingerprint of the server's own certificate, as
    /// `openssl x509 -noout -fingerprint -sha256` prints it; whoever signed it,
    /// its name and its dates do not matter.
    Pinned(
        #[schemars(
            description = "The SHA-256 fingerprint of the certificate",
            regex(pattern = r"^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$"), example = &"ab:cd:… (32 bytes in hex)")]
        String,
    ),
    /// Not at all: anybody on the way can read and change everything.
    Off,
}

/// How to talk to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address from the config; its host may be a private address, others may not.
    pub base: Url,
    /// How its certificate is checked.
    pub tls: Tls,
    /// For a whole exchange; 30 s when nothing is said.
    pub limit: Duration,
    /// Whether redirects within the server are followed; they are when nothing is said.
    pub redirects: bool,
}

impl Peer {
    /// The server at `base` with the system's authorities and 30 s.
    ///
    /// # Errors
    /// [`Error::User`](crate::Error::User) when it is no http or https URL.
    pub fn new(base: &str) -> Result<Self> {
        let base = Url::parse(base).map_err(|error| user_error(format!("not a URL: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(user_error("a URL begins with https:// or http://"));
        }
        Ok(Peer { base, tls: Tls::System, limit: Duration::from_secs(30), redirects: true })
    }
}

/// Makes clients.
#[derive(Clone, Debug, Default)]
pub struct Http {
    reads_only: bool,
}

impl Http {
    /// Makes clients that change nothing: they refuse all methods but GET and HEAD.
    /// For dry runs.
    pub fn reading_only() -> Self {
        Http { reads_only: true }
    }
    /// A client for one server. Redirects to other hosts, and from https to http,
    /// are not followed.
    ///
    /// # Errors
    /// When the authorities' file cannot be read, the pinned fingerprint is none,
    /// or one is given for a server without https.
    pub fn client(&self, peer: Peer) -> Result<Client> {
        // Whoever came first has installed a provider already: fine.
        drop(rustls::crypto::ring::default_provider().install_default());
        let base = peer.base.clone();
        let same_host = reqwest::redirect::Policy::custom(move |attempt| {
            let to = attempt.url();
            let as_safe = to.scheme() == base.scheme() || to.scheme() == "https";
            let stays = to.host() == base.host() && as_safe && attempt.previous().len() < 5;
            if stays { attempt.follow() } else { attempt.stop() }
        });
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("factotum/", env!("CARGO_PKG_VERSION")))
            .timeout(peer.limit)
            .connect_timeout(Duration::from_secs(10))
            .redirect(if peer.redirects { same_host } else { reqwest::redirect::Policy::none() })
            .no_proxy();
        match &peer.tls {
            Tls::System => {}
            Tls::CaFile(path) => {
                let pem = std::fs::read(path).map_err(|error| user_error(format!("{}: {error}", path.display())))?;
                let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(redact)?;
                builder = builder.tls_certs_only(certificates);
            }
            Tls::Pinned(_) if peer.base.scheme() != "https" => {
                return Err(user_error("a certificate is pinned, but the address does not begin with https://"));
            }
            Tls::Pinned(fingerprint) => {
                let fingerprint: Fingerprint = fingerprint.parse().map_err(user_error)?;
                builder = builder.tls_backend_preconfigured(pinned::config(fingerprint)?);
            }
            Tls::Off => builder = builder.tls_danger_accept_invalid_certs(true),
        }
        // A name of the config may be anywhere, in a test or a company's own network.
        let named = peer.base.host_str().unwrap_or_default().to_owned();
        builder = builder.dns_resolver(Arc::new(Resolver { named }));
        Ok(Client { inner: builder.build().map_err(redact)?, peer, reads_only: self.reads_only })
    }
}

impl Http {
    /// The SHA-256 of the certificate that a server shows now, as [`Tls::Pinned`] takes
    /// it: for a person to compare before it is pinned. Nothing is checked; the server
    /// is asked for `/` and told nothing else.
    ///
    /// # Errors
    /// When the server has no https or cannot be reached.
    pub async fn fingerprint(&self, peer: &Peer) -> Result<String> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client {
            inner: reqwest::Client::builder()
                .user_agent(concat!("factotum/", env!("CARGO_PKG_VERSION")))
                .timeout(peer.limit)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .tls_danger_accept_invalid_certs(true)
                .tls_info(true)
                .build()
                .map_err(redact)?,
            peer: peer.clone(),
            reads_only: self.reads_only,
        };
        let answer = client.exchange(http::Method::GET, "/", |request| request).await?;
        let shown = answer.extensions().get::<reqwest::tls::TlsInfo>().and_then(|info| info.peer_certificate());
        let shown = shown.ok_or_else(|| user_error("the server shows no certificate: its address is not https"))?;
        Ok(Fingerprint::of(shown).to_string())
    }
}

/// A client for one server.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    peer: Peer,
    reads_only: bool,
}

impl Client {
    /// `GET path`, which is relative to the peer's base or a whole URL.
    ///
    /// # Errors
    /// What went wrong on the way, without the URL; any status is an answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(http::Method::GET, path, |request| request).await
    }
    /// Calls `method path`; `fill` adds headers and body.
    ///
    /// # Errors
    /// As [`get`](Self::get); in a dry run also a method that changes something.
    pub async fn send(
        &self,
        method: http::Method,
        path: &str,
        fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<Answer> {
        const BODY_MAX: usize = 16 << 20; // bytes; what a server of ours answers is far below
        let mut response = self.exchange(method, path, fill).await?;
        let (status, headers, mut body) = (response.status(), response.headers().clone(), vec![]);
        while let Some(chunk) = response.chunk().await.map_err(redact)? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_MAX {
                return Err(anyhow::anyhow!("the answer is longer than 16 MiB").into());
            }
        }
        Ok(Answer { status, headers, body: body.into() })
    }
    /// Sends a request; its answer has begun.
    async fn exchange(
        &self,
        method: http::Method,
        path: &str,
        fill: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Result<reqwest::Response> {
        if self.reads_only && ![http::Method::GET, http::Method::HEAD].contains(&method) {
            return Err(anyhow::anyhow!("a dry run sends no {method} to other servers").into());
        }
        let url = self.peer.base.join(path).map_err(|error| anyhow::anyhow!("not a URL: {error}"))?;
        self.check(&url)?;
        Ok(fill(self.inner.request(method, url)).send().await.map_err(redact)?)
    }
    /// Refuses an address of this network that the config does not name.
    fn check(&self, url: &Url) -> Result<()> {
        let literal = match url.host() {
            Some(UrlHost::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(UrlHost::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        let foreign = url.host() != self.peer.base.host();
        if foreign && literal.is_some_and(is_private) {
            return Err(anyhow::anyhow!("a private address that the config does not name").into());
        }
        Ok(())
    }
}

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status, good or bad.
    pub status: StatusCode,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body, at most 16 MiB.
    pub body: Bytes,
}

impl Answer {
    /// The body of a 2xx answer as JSON.
    ///
    /// # Errors
    /// For another status, and for a body that is not the JSON expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.status.is_success() {
            return Err(anyhow::anyhow!("the server answered {}", self.status).into());
        }
        serde_json::from_slice(&self.body).map_err(|error| anyhow::anyhow!("the server's answer: {error}").into())
    }
}

/// An error without its URL, which may hold a token.
fn redact(error: reqwest::Error) -> anyhow::Error {
    anyhow::Error::new(error.without_url())
}

/// Resolves names; gives private addresses only for the name of the config.
struct Resolver {
    named: String,
}
impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let named = name.as_str() == self.named;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| named || !is_private(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// Whether an address is of this machine or its networks: loopback, private,
/// link-local (169.254.169.254 answers with a cloud's secrets), unique-local,
/// shared (RFC 6598), or one of those as an IPv6 form.
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || ip.is_broadcast()
                || a == 0
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
