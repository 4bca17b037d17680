//! Requests as Travis CI sends them, each a build of its own.
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::digest;
use rsa::{
    RsaPrivateKey, RsaPublicKey,
    pkcs1::EncodeRsaPublicKey,
    pkcs1v15::SigningKey,
    pkcs8::{EncodePublicKey, LineEnding},
    signature::{SignatureEncoding, Signer},
};
use std::fmt::Write;

/// The payload of a real push build, made a failed one.
const PAYLOAD: &str = include_str!("../../fixtures/travis/derived-push-failed.json");
/// What proves a request the old way.
pub(crate) const TOKEN: &str = "s3cret";
/// Builds have numbers of as many digits, so that all requests have one length.
pub(crate) const FIRST: u32 = 10_000_000;

/// Makes the requests of one repository.
#[derive(Clone)]
pub(crate) struct Sender {
    repo: String,
    head: String,
    body: Vec<u8>,
    /// Where the build's number stands in the body.
    places: Vec<usize>,
}

/// The hex SHA-256 that stands in `Authorization`.
pub(crate) fn hash_of(repo: &str, token: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{repo}{token}").as_bytes());
    hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes it");
        hex
    })
}

fn payload(repo: &str, number: u32) -> Result<String> {
    let (owner, name) = repo.split_once('/').context("a repository is owner/name")?;
    let mut payload: serde_json::Value = serde_json::from_str(PAYLOAD)?;
    payload["id"] = number.into();
    payload["number"] = number.to_string().into();
    payload["repository"]["owner_name"] = owner.into();
    payload["repository"]["name"] = name.into();
    Ok(payload.to_string())
}
fn form(payload: &str) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", payload).finish().into_bytes()
}
fn head(repo: &str, proof: &str, length: usize) -> String {
    format!(
        "POST /travis HTTP/1.1\r\nHost: 127.0.0.1\r\nTravis-Repo-Slug: {repo}\r\n{proof}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    )
}

impl Sender {
    /// The sender for `repo`, proven by [`TOKEN`].
    pub(crate) fn new(repo: &str) -> Result<Self> {
        let body = form(&payload(repo, FIRST)?);
        let head = head(repo, &format!("Authorization: {}", hash_of(repo, TOKEN)), body.len());
        Ok(Self::of(repo, head, body))
    }
    /// A sender of requests with this head and body, in which [`FIRST`] stands for the number.
    pub(crate) fn of(repo: &str, head: String, body: Vec<u8>) -> Self {
        let number = FIRST.to_string();
        let found = body.windows(number.len()).enumerate().filter(|(_, at)| *at == number.as_bytes());
        let places = found.map(|(at, _)| at).collect();
        Sender { repo: repo.into(), head, body, places }
    }
    /// The whole request that tells of the failed build `number`.
    pub(crate) fn request(&self, number: u32) -> Vec<u8> {
        let mut body = self.body.clone();
        for &place in &self.places {
            for (at, digit) in body[place..].iter_mut().zip(number.to_string().bytes()) {
                *at = digit;
            }
        }
        [self.head.as_bytes(), &body].concat()
    }
    /// As [`request`](Self::request), proven by a signature.
    pub(crate) fn signed(&self, number: u32, key: &Key) -> Result<Vec<u8>> {
        let payload = payload(&self.repo, number)?;
        let signature = key.0.sign(payload.as_bytes()).to_vec();
        let body = form(&payload);
        let head = head(&self.repo, &format!("Signature: {}", STANDARD.encode(signature)), body.len());
        Ok([head.as_bytes(), &body].concat())
    }
}

/// A key that signs as Travis CI's does: RSA PKCS#1 v1.5 with SHA-1.
pub(crate) struct Key(SigningKey<sha1::Sha1>);

impl Key {
    /// A new key of 2,048 bits, Travis CI's size.
    pub(crate) fn new() -> Result<Self> {
        Ok(Key(SigningKey::new(RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)?)))
    }
    fn public(&self) -> RsaPublicKey {
        let private: &RsaPrivateKey = self.0.as_ref();
        private.to_public_key()
    }
    /// The public key as the config takes it.
    pub(crate) fn pem(&self) -> Result<String> {
        Ok(self.public().to_public_key_pem(LineEnding::LF)?)
    }
    /// The public key as ring takes it, in base64.
    pub(crate) fn pkcs1(&self) -> Result<String> {
        Ok(STANDARD.encode(self.public().to_pkcs1_der()?.as_bytes()))
    }
}
