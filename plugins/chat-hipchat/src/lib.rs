//! Posts to rooms and users of a HipChat server, or of whatever takes its API v2: another
//! Factotum does, with its plugin hipchat. It hears nothing.
//!
//! ```toml
//! [chats.hipchat]
//! endpoint = "https://chat.example.com"
//! token_file = "/etc/factotum/hipchat-token"
//! ```
mod address;
mod config;
mod render;

use anyhow::anyhow;
use async_trait::async_trait;
pub use config::Config;
use factotum_plugin_api::{
    Host, Result,
    chat::{Inbox, Limits, Link, Message, Network, NetworkKind, Pace, PostError},
    http::{Answer, Client, Peer, Tls},
    jiff::Timestamp,
    register_network, reqwest,
    secret::scrub,
};
use http::{Method, StatusCode};
use serde_json::Value;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tracing::warn;

/// How long a pause may be that a server asks for.
const PAUSE_MAX: Duration = Duration::from_secs(15 * 60);

/// One HipChat server.
pub struct HipChat {
    name: String,
    config: Config,
    host: Host,
    client: Client,
    link: Mutex<Link>,
}

impl HipChat {
    fn set_link(&self, link: Link) {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = link;
    }
    /// What an answer means. A wrong token and a server that has moved are mended in the
    /// config, and what waits then goes.
    fn judge(&self, answer: &Answer) -> Result<String, PostError> {
        let status = answer.status;
        if status.is_success() {
            self.set_link(Link::Up);
            let posted: Option<Value> = serde_json::from_slice(&answer.body).ok();
            return Ok(posted.and_then(|posted| Some(posted["id"].as_str()?.to_owned())).unwrap_or_default());
        }
        let said = said(answer);
        let down = |why: String| {
            self.set_link(Link::Down(why.clone()));
            Err(PostError::Transient(anyhow!(why)))
        };
        if status.is_client_error() {
            self.set_link(Link::Up); // it answers, and knows the token
        }
        match status {
            StatusCode::UNAUTHORIZED => down(format!("the token is refused: set another{said}")),
            _ if status.is_redirection() => {
                down(format!("the endpoint answered {status}: set endpoint to where it is now"))
            }
            StatusCode::TOO_MANY_REQUESTS => Err(PostError::RetryAfter(self.pause(answer))),
            StatusCode::NOT_FOUND => Err(PostError::Permanent(format!("there is no such room or user{said}"))),
            StatusCode::FORBIDDEN => Err(PostError::Permanent(format!("the token may not post there{said}"))),
            StatusCode::REQUEST_TIMEOUT => Err(PostError::Transient(anyhow!("the server answered {status}"))),
            _ if status.is_client_error() => Err(PostError::Permanent(format!("the server answered {status}{said}"))),
            _ => Err(PostError::Transient(anyhow!("the server answered {status}"))),
        }
    }
    /// How long to wait: as `Retry-After` says, or until the time stamp of HipChat's own
    /// header.
    fn pause(&self, answer: &Answer) -> Duration {
        let number = |name| answer.headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        let until = || Timestamp::from_second(number("x-ratelimit-reset")?).ok();
        let seconds = number("retry-after")
            .or_else(|| Some(until()?.duration_since(self.host.clock.now()).as_secs()))
            .unwrap_or(60);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(1)).clamp(Duration::from_secs(1), PAUSE_MAX)
    }
}

/// What the server says of it: `{"error": {"message": …}}`.
fn said(answer: &Answer) -> String {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let said = body.and_then(|body| Some(body["error"]["message"].as_str()?.to_owned())).unwrap_or_default();
    let said: String = scrub(&said).lines().next().unwrap_or_default().chars().take(200).collect();
    if said.is_empty() { said } else { format!(" ({said})") }
}

#[async_trait]
impl Network for HipChat {
    async fn run(&self, _: Inbox) -> Result<()> {
        if self.config.tls == Tls::Off {
            warn!(
                network = self.name,
                "tls is off: the certificate is not checked, and anybody on the way can read the token"
            );
        }
        std::future::pending().await
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        let refused = || PostError::Permanent(format!("{address:?} is no room or user of HipChat"));
        let to = address::parse(address).ok_or_else(refused)?;
        let body = render::body(to, message, self.config.from.as_deref());
        let fill = |request: reqwest::RequestBuilder| request.bearer_auth(self.config.token.expose()).json(&body);
        match self.client.send(Method::POST, &address::path(to), fill).await {
            Ok(answer) => self.judge(&answer),
            Err(error) => {
                let error = error.into_anyhow();
                let lost =
                    error.downcast_ref::<reqwest::Error>().is_some_and(|lost| !lost.is_connect() && !lost.is_builder());
                if lost {
                    return Err(PostError::Unanswered(error));
                }
                self.set_link(Link::Down(format!("{error:#}")));
                Err(PostError::Transient(error))
            }
        }
    }
    fn limits(&self) -> Limits {
        Limits {
            text: render::MESSAGE_MAX,
            size: render::size,
            // 500 calls in 5 minutes; HipChat's API v2, "Rate limiting".
            per_network: Some(Pace { messages: 100, per: Duration::from_secs(60) }),
            ..Limits::default()
        }
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        address::parse(word).map(str::to_owned)
    }
    fn address_form(&self) -> &'static str {
        address::FORM
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        let user = if address::is_user(account) { account.to_owned() } else { format!("@{account}") };
        address::parse(&user).map(str::to_owned)
    }
    fn link(&self) -> Link {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl NetworkKind for HipChat {
    const KIND: &'static str = "hipchat";
    const HEARS: bool = false; // it posts, and that is all
    type Config = Config;
    fn connect(name: &str, config: Config, host: Host) -> Result<Self> {
        let base = config.base()?;
        // A redirected POST would become a GET, which posts nothing and is answered 200.
        let peer = Peer { tls: config.tls.clone(), redirects: false, ..Peer::new(base.as_str())? };
        let client = host.http.client(peer)?;
        Ok(HipChat { name: name.to_owned(), config, client, host, link: Mutex::new(Link::Up) })
    }
}

register_network!(HipChat);

#[cfg(test)]
mod tests;
