//! How senders prove their requests: signatures over the body, tokens in headers,
//! passwords. Not a plugin: a sender plugin has a [`Scheme`] or several and the
//! secrets that its users have set.
//!
//! Everything is checked over the body as it came, before anybody parses it, and in a
//! time that does not depend on where things differ. With several secrets each may be
//! the one, so that an old one can go when the sender has the new one. Whatever is
//! missing or wrong is [`Refusal::Unauthorized`], and so is any request where no
//! secret is set: whether unproven ones are wanted is not decided here.
//!
//! ```
//! use factotum_plugin_api::{clock::Clock, secret::Secret};
//! use hook_proofs::Scheme;
//!
//! let scheme = Scheme::hmac_sha256("X-Hub-Signature-256", "sha256=");
//! let headers = scheme.sign(b"hello world", &Secret::new("secret"), Clock::system().now());
//! let signed = "sha256=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a";
//! assert_eq!(headers, [("X-Hub-Signature-256".to_owned(), signed.to_owned())]);
//! ```
mod digests;
mod draft;
mod header;
#[cfg(test)]
mod tests;

use base64::{Engine, engine::general_purpose::STANDARD};
use digests::{hex, is_hmac, mac, unhex};
use factotum_plugin_api::{
    hook::{Refusal, Request},
    jiff::Timestamp,
    secret::Secret,
};
use header::{age, single};
use ring::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY as SHA1, HMAC_SHA256 as SHA256};
use std::{borrow::Cow, time::Duration};

/// How far a sender's clock may be from ours, and how long a signature with a time in
/// it can be used again: what Stripe, Slack and others allow.
pub const WINDOW: Duration = Duration::from_secs(300);

/// The name of a header.
pub type Header = Cow<'static, str>;

/// One way to prove a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The HMAC-SHA256 of the body in lower-case hex, after `prefix`.
    HmacSha256 {
        /// Where it is.
        header: Header,
        /// What stands before it: `sha256=`, or nothing.
        prefix: &'static str,
    },
    /// The same with SHA-1, as GitHub Enterprise Server sent before 2.23.
    HmacSha1 {
        /// Where it is.
        header: Header,
        /// What stands before it: `sha1=`.
        prefix: &'static str,
    },
    /// The secret itself.
    Token {
        /// Where it is.
        header: Header,
    },
    /// Buildkite's `timestamp=<unix>,signature=<hex>`: the HMAC-SHA256 of the time, a
    /// dot and the body.
    Stamped {
        /// Where both are.
        header: Header,
    },
    /// Grafana's, where a header for the time is set: the HMAC-SHA256 in hex of the
    /// time, a colon and the body.
    StampedApart {
        /// Where the signature is.
        header: Header,
        /// Where the time is, in seconds.
        timestamp: Header,
    },
    /// CircleCI's `v1=<hex>,v2=…`: the HMAC-SHA256 of the body. Only `v1` is known, and
    /// it must be there once.
    Versioned {
        /// Where they are.
        header: Header,
    },
    /// Drone's `Signature` with `Date` and `Digest`: HTTP Signatures, draft 7 of
    /// cavage-http-signatures, with HMAC-SHA256.
    HttpSignature,
    /// `Authorization: Basic`: the secret is `user:password`, or the password of any user.
    Basic,
    /// `Authorization: Bearer`, with the secret.
    Bearer,
}

impl Scheme {
    /// [`Scheme::HmacSha256`].
    pub const fn hmac_sha256(header: &'static str, prefix: &'static str) -> Self {
        Scheme::HmacSha256 { header: Cow::Borrowed(header), prefix }
    }
    /// [`Scheme::HmacSha1`].
    pub const fn hmac_sha1(header: &'static str, prefix: &'static str) -> Self {
        Scheme::HmacSha1 { header: Cow::Borrowed(header), prefix }
    }
    /// [`Scheme::Token`].
    pub const fn token(header: &'static str) -> Self {
        Scheme::Token { header: Cow::Borrowed(header) }
    }
    /// [`Scheme::Stamped`].
    pub const fn stamped(header: &'static str) -> Self {
        Scheme::Stamped { header: Cow::Borrowed(header) }
    }
    /// [`Scheme::StampedApart`].
    pub const fn stamped_apart(header: &'static str, timestamp: &'static str) -> Self {
        Scheme::StampedApart { header: Cow::Borrowed(header), timestamp: Cow::Borrowed(timestamp) }
    }
    /// [`Scheme::Versioned`].
    pub const fn versioned(header: &'static str) -> Self {
        Scheme::Versioned { header: Cow::Borrowed(header) }
    }

    /// Whether the request was made by somebody who has one of the secrets. `now` is
    /// for the schemes with a time in them.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`], with what is missing or wrong, for the operator.
    pub fn prove(&self, request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), Refusal> {
        match self.given(request)? {
            Some(given) => self.check(given, request, secrets, now),
            None => Err(unauthorized(format!("there is no {}", self.name()))),
        }
    }
    /// What the sender gave for this scheme; an empty header is an absent one, and one
    /// that is there twice is refused.
    fn given<'a>(&self, request: &'a Request) -> Result<Option<&'a [u8]>, Refusal> {
        let header = match self {
            Scheme::HmacSha256 { header, .. }
            | Scheme::HmacSha1 { header, .. }
            | Scheme::Token { header }
            | Scheme::Stamped { header }
            | Scheme::StampedApart { header, .. }
            | Scheme::Versioned { header } => header,
            Scheme::HttpSignature => "signature",
            Scheme::Basic | Scheme::Bearer => "authorization",
        };
        let given = single(request, header)?;
        Ok(match self {
            Scheme::Basic => given.and_then(|given| header::after_scheme(given, b"basic")),
            Scheme::Bearer => given.and_then(|given| header::after_scheme(given, b"bearer")),
            _ => given,
        })
    }
    fn check(&self, given: &[u8], request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), Refusal> {
        // An empty key signs whatever anybody wants.
        let secrets: Vec<&Secret> = secrets.iter().filter(|secret| !secret.expose().is_empty()).collect();
        if secrets.is_empty() {
            return Err(unauthorized("no secret is set to check it with"));
        }
        let signed = |algorithm, parts: &[&[u8]], tag: Option<Vec<u8>>| {
            tag.is_some_and(|tag| is_hmac(algorithm, &secrets, parts, &tag))
        };
        let body = &request.body[..];
        let right = match self {
            Scheme::HmacSha256 { prefix, .. } => signed(SHA256, &[body], after(given, prefix)),
            Scheme::HmacSha1 { prefix, .. } => signed(SHA1, &[body], after(given, prefix)),
            Scheme::Token { .. } | Scheme::Bearer => is_one(&secrets, given),
            Scheme::Basic => STANDARD.decode(given).is_ok_and(|given| header::is_login(&secrets, &given)),
            Scheme::Versioned { .. } => signed(SHA256, &[body], header::named(given, "v1").and_then(unhex)),
            Scheme::Stamped { .. } => {
                let time = header::named(given, "timestamp").unwrap_or_default();
                age(header::seconds(time), now)?;
                signed(SHA256, &[time, b".", body], header::named(given, "signature").and_then(unhex))
            }
            Scheme::StampedApart { timestamp, .. } => {
                let time = single(request, timestamp)?;
                let time = time.ok_or_else(|| unauthorized(format!("there is no {timestamp}")))?;
                age(header::seconds(time), now)?;
                signed(SHA256, &[time, b":", body], unhex(given))
            }
            Scheme::HttpSignature => return draft::check(given, request, &secrets, now),
        };
        if right { Ok(()) } else { Err(unauthorized(format!("the {} is wrong", self.name()))) }
    }
    /// The headers that a sender with this secret would put to this body.
    pub fn sign(&self, body: &[u8], secret: &Secret, now: Timestamp) -> Vec<(String, String)> {
        let key = |algorithm| hmac::Key::new(algorithm, secret.expose().as_bytes());
        let hex_of = |algorithm, parts: &[&[u8]]| hex(mac(&key(algorithm), parts).as_ref());
        let time = now.as_second().to_string();
        let basic = || match secret.expose() {
            login if login.contains(':') => STANDARD.encode(login),
            password => STANDARD.encode(format!("factotum:{password}")),
        };
        let header = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Scheme::HmacSha256 { header: name, prefix } => header(name, format!("{prefix}{}", hex_of(SHA256, &[body]))),
            Scheme::HmacSha1 { header: name, prefix } => header(name, format!("{prefix}{}", hex_of(SHA1, &[body]))),
            Scheme::Token { header: name } => header(name, secret.expose().into()),
            Scheme::Versioned { header: name } => header(name, format!("v1={}", hex_of(SHA256, &[body]))),
            Scheme::Stamped { header: name } => {
                let signature = hex_of(SHA256, &[time.as_bytes(), b".", body]);
                header(name, format!("timestamp={time},signature={signature}"))
            }
            Scheme::StampedApart { header: name, timestamp } => {
                let signature = hex_of(SHA256, &[time.as_bytes(), b":", body]);
                vec![(name.to_string(), signature), (timestamp.to_string(), time)]
            }
            Scheme::HttpSignature => draft::sign(body, &key(SHA256), now),
            Scheme::Basic => header("Authorization", format!("Basic {}", basic())),
            Scheme::Bearer => header("Authorization", format!("Bearer {}", secret.expose())),
        }
    }
    /// What the sender has to give, for a sentence.
    pub fn name(&self) -> String {
        match self {
            Scheme::HmacSha256 { header, .. }
            | Scheme::HmacSha1 { header, .. }
            | Scheme::Stamped { header }
            | Scheme::StampedApart { header, .. }
            | Scheme::Versioned { header } => format!("signature in {header}"),
            Scheme::Token { header } => format!("token in {header}"),
            Scheme::HttpSignature => "signature in Signature".into(),
            Scheme::Basic => "Basic login in Authorization".into(),
            Scheme::Bearer => "Bearer token in Authorization".into(),
        }
    }
}

/// Proves a request by the first of `schemes` that the sender gave anything for: the
/// best one is first, and a wrong one is not made good by another after it.
///
/// # Errors
/// As [`Scheme::prove`].
pub fn prove_by(schemes: &[Scheme], request: &Request, secrets: &[Secret], now: Timestamp) -> Result<(), Refusal> {
    for scheme in schemes {
        if let Some(given) = scheme.given(request)? {
            return scheme.check(given, request, secrets, now);
        }
    }
    let wanted: Vec<String> = schemes.iter().map(|scheme| format!("no {}", scheme.name())).collect();
    Err(unauthorized(format!("there is {}", wanted.join(" and "))))
}

pub(crate) fn unauthorized(why: impl Into<String>) -> Refusal {
    Refusal::Unauthorized(why.into())
}

/// The bytes in hex after `prefix`.
fn after(given: &[u8], prefix: &str) -> Option<Vec<u8>> {
    given.strip_prefix(prefix.as_bytes()).and_then(unhex)
}
/// Whether it is one of them; all are looked at.
fn is_one(secrets: &[&Secret], given: &[u8]) -> bool {
    secrets.iter().fold(false, |found, secret| secret.matches(given) | found)
}
