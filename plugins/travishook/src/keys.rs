//! The public keys that requests may be signed with: pinned ones of the config,
//! and those that API servers tell, which are kept in a table.
//!
//! A server is asked when a signature fits no known key, at most once a minute
//! and for a few seconds, since a request waits for the answer.
use crate::{config::Config, der::PublicKey};
use factotum_plugin_api::{
    http::{Http, Peer},
    jiff::Timestamp,
    prelude::*,
    reqwest::Method,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, task::JoinSet};
use tracing::{info, warn};

/// For one server's answer. Travis waits 60 s for ours, the host 10 s for the handler.
const FETCH_LIMIT: Duration = Duration::from_secs(3);
/// Between two rounds of asking, so that wrong signatures make no traffic.
const FETCH_PAUSE: Duration = Duration::from_secs(60);

/// What a signature is worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A known key made it.
    Right,
    /// None of the keys made it.
    Wrong,
    /// It fits none of the keys known, and the one it needs may be one that this
    /// server has never told.
    Unknown(String),
}

pub(crate) struct Keys {
    pinned: Vec<PublicKey>,
    servers: Vec<Server>,
    /// What each server told last, by its URL.
    told: Table<String, Told>,
    clock: Clock,
    /// When servers were asked last; held while they are asked, so that requests
    /// that come meanwhile wait for the same answer.
    asked: Mutex<Option<Duration>>,
}

#[derive(Clone)]
struct Server {
    url: String,
    /// What is shown of it: the rest of a URL may hold a secret.
    name: String,
    peer: Peer,
    http: Http,
}

#[derive(Debug, Serialize, Deserialize)]
struct Told {
    pem: String,
    at: Timestamp,
}

impl Keys {
    /// Reads the pinned keys.
    ///
    /// # Errors
    /// [`Error::User`] for a file or key that cannot be read, and for a wrong URL.
    pub(crate) fn open(config: &Config, host: &Host) -> Result<Self> {
        let mut pinned = vec![];
        for path in &config.public_key_files {
            let wrong = |why: String| user_error(format!("public_key_files: {}: {why}", path.display()));
            let pem = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            pinned.extend(PublicKey::of_pem(&pem).map_err(|why| wrong(why.into()))?);
        }
        for (n, pem) in config.public_keys.iter().enumerate() {
            pinned.extend(PublicKey::of_pem(pem).map_err(|why| user_error(format!("public_keys[{n}]: {why}")))?);
        }
        let mut servers = vec![];
        for (n, url) in config.config_urls.iter().enumerate() {
            let wrong = |why| user_error(format!("config_urls[{n}]: {}", Error::into_anyhow(why)));
            let peer = Peer { limit: FETCH_LIMIT, ..Peer::new(url).map_err(wrong)? };
            let name = peer.base.host_str().unwrap_or_default().to_owned();
            servers.push(Server { url: url.clone(), name, peer, http: host.http.clone() });
        }
        let (told, clock) = (host.store.table("keys")?, host.clock.clone());
        Ok(Keys { pinned, servers, told, clock, asked: Mutex::new(None) })
    }

    /// Whether there can be a key at all: a pinned one, or a server to ask.
    pub(crate) fn can_be(&self) -> bool {
        !self.pinned.is_empty() || !self.servers.is_empty()
    }
    /// Whether `signature` is that of a known key over `message`; asks the
    /// servers when it is not.
    pub(crate) async fn check(&self, message: &[u8], signature: &[u8]) -> Result<Verdict> {
        if self.verifies(message, signature).await? {
            return Ok(Verdict::Right);
        }
        self.fetch().await?;
        if self.verifies(message, signature).await? {
            return Ok(Verdict::Right);
        }
        // A pinned key says that the operator knows what requests are signed
        // with. Else one that is not known must not turn a right signature away
        // as a wrong one: the operator would look for the mistake at Travis.
        for server in self.servers.iter().filter(|_| self.pinned.is_empty()) {
            if self.told.get(&server.url).await?.is_none() {
                return Ok(Verdict::Unknown(server.name.clone()));
            }
        }
        Ok(Verdict::Wrong)
    }
    /// Which keys there are, for `!status`; a server that was never asked is no news.
    pub(crate) async fn status(&self) -> Result<Vec<String>> {
        let mut parts = vec![];
        if !self.pinned.is_empty() {
            parts.push(format!("public keys in the config: {}", self.pinned.len()));
        }
        let asked = self.asked.lock().await.is_some();
        for server in &self.servers {
            let name = &server.name;
            match self.told.get(&server.url).await? {
                Some(told) => parts.push(format!("public key of {name} fetched on {}", told.at.strftime("%F"))),
                None if asked => parts.push(format!("public key of {name} could not be fetched")),
                None => {}
            }
        }
        Ok(parts)
    }

    /// Asks every server for its key, unless that was done a moment ago. A
    /// server that gives none keeps its last one.
    ///
    /// # Errors
    /// When the store fails.
    async fn fetch(&self) -> Result<()> {
        let mut asked = self.asked.lock().await;
        let now = self.clock.elapsed();
        if asked.is_some_and(|asked| now.saturating_sub(asked) < FETCH_PAUSE) {
            return Ok(());
        }
        *asked = Some(now);
        let mut answers = JoinSet::new();
        for server in self.servers.clone() {
            answers.spawn(async move { (server.ask().await, server) });
        }
        while let Some(answer) = answers.join_next().await {
            match answer? {
                (Ok(pem), server) => self.keep(&server, pem).await?,
                (Err(error), server) => {
                    let error = format!("{:#}", error.into_anyhow());
                    warn!(server = server.name, error, "public key not fetched");
                }
            }
        }
        Ok(())
    }
    async fn keep(&self, server: &Server, pem: String) -> Result<()> {
        if self.told.get(&server.url).await?.is_none_or(|told| told.pem != pem) {
            self.told.put(&server.url, &Told { pem, at: self.clock.now() }).await?;
            info!(server = server.name, "public key fetched");
        }
        Ok(())
    }
    async fn verifies(&self, message: &[u8], signature: &[u8]) -> Result<bool> {
        if self.pinned.iter().any(|key| key.verifies(message, signature)) {
            return Ok(true);
        }
        for server in &self.servers {
            let Some(told) = self.told.get(&server.url).await? else { continue };
            let keys = PublicKey::of_pem(&told.pem).map_err(anyhow::Error::msg)?;
            if keys.iter().any(|key| key.verifies(message, signature)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Server {
    /// The key it tells, as PEM that was looked at.
    async fn ask(&self) -> Result<String> {
        let json = |request: factotum_plugin_api::reqwest::RequestBuilder| request.header("accept", "application/json");
        // Made here and not at start, which must not fail where there are no
        // certificate authorities and nobody is ever asked.
        let client = self.http.client(self.peer.clone())?;
        let config: serde_json::Value = client.send(Method::GET, "", json).await?.json()?;
        let pem = config.pointer("/config/notifications/webhook/public_key").and_then(|pem| pem.as_str());
        let pem = pem.ok_or_else(|| anyhow::anyhow!("no config.notifications.webhook.public_key in the answer"))?;
        PublicKey::of_pem(pem).map_err(anyhow::Error::msg)?;
        Ok(pem.to_owned())
    }
}
