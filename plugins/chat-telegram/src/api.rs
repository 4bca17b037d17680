//! Calls of the Bot API: teloxide's methods and types over the host's HTTP client.
//!
//! Not over teloxide's own: that one puts the token into the text of its errors,
//! drops the error's number, sleeps 10 s by itself on every 5xx, and takes a sent
//! message whose description it cannot read for one that failed.
use crate::config::Config;
use anyhow::anyhow;
use factotum_plugin_api::{
    Host, Result,
    chat::PostError,
    http::{self, Client, Peer},
    reqwest::{self, RequestBuilder, multipart::Form},
    secret::{Secret, scrub},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::time::Duration;
use teloxide_core::requests::Payload;

/// For a whole call, except one that waits for updates.
const CALL_LIMIT: Duration = Duration::from_secs(30);

/// Calls methods as one bot.
pub(crate) struct Api {
    client: Client,
    token: Secret,
}

/// Why a method gave no result.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Telegram said no.
    Refused(Refused),
    /// The call never left: no connection.
    Unsent(anyhow::Error),
    /// It left, and no answer came that can be read.
    Unanswered(anyhow::Error),
}

/// Telegram's no.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refused {
    /// Like a status of HTTP: 400, 403, 429.
    #[serde(rename = "error_code", default)]
    pub(crate) code: u16,
    /// In words: `Bad Request: chat not found`.
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) parameters: Parameters,
}

/// What a refusal says beyond its words.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    /// Seconds.
    pub(crate) retry_after: Option<u64>,
    pub(crate) migrate_to_chat_id: Option<i64>,
}

impl Refused {
    /// Whether the description says so, whatever the case.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.description.to_ascii_lowercase().contains(words)
    }
    /// Whether the topic is what is wrong: deleted, or closed for the bot.
    pub(crate) fn is_of_topic(&self) -> bool {
        ["message thread not found", "topic_deleted", "topic_closed"].iter().any(|words| self.says(words))
    }
    /// Whether what stands under the message is what is wrong.
    pub(crate) fn is_of_keyboard(&self) -> bool {
        let words = ["button", "inline keyboard", "reply markup", "reply_markup"];
        self.code == 400 && words.iter().any(|words| self.says(words))
    }
    /// Whether the token is wrong: 401, or 404 for one that is no token at all.
    pub(crate) fn is_wrong_token(&self) -> bool {
        matches!(self.code, 401 | 404)
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failed::Refused(refused) => f.write_str(&refused.description),
            Failed::Unsent(error) | Failed::Unanswered(error) => write!(f, "{error:#}"),
        }
    }
}

impl From<Failed> for PostError {
    /// What the outbox needs to know; see the table of errors in the tests.
    fn from(failed: Failed) -> Self {
        let refused = match failed {
            Failed::Refused(refused) => refused,
            Failed::Unsent(error) => return PostError::Transient(error),
            Failed::Unanswered(error) => return PostError::Unanswered(error),
        };
        let Parameters { retry_after, migrate_to_chat_id } = refused.parameters;
        if let Some(chat) = migrate_to_chat_id {
            return PostError::Moved(chat.to_string());
        }
        match refused.code {
            429 => PostError::RetryAfter(Duration::from_secs(retry_after.unwrap_or(1).max(1))),
            // A wrong token is mended in the config, and what waits then goes.
            _ if refused.is_wrong_token() => PostError::Transient(anyhow!("{}", refused.description)),
            400..=499 if refused.code != 409 => PostError::Permanent(refused.description),
            _ => PostError::Transient(anyhow!("{}", refused.description)),
        }
    }
}

/// An answer of the Bot API.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer<T> {
    Ok { result: T },
    No(Refused),
}

/// An answer of which each part is read by itself.
#[derive(Deserialize)]
struct Parts {
    result: Vec<Box<RawValue>>,
}

fn read<T: DeserializeOwned>(method: &str, answer: &http::Answer) -> Result<T, Failed> {
    match serde_json::from_slice(&answer.body) {
        Ok(Answer::Ok { result }) if answer.status.is_success() => Ok(result),
        // A proxy of the Bot API may name the path in it.
        Ok(Answer::No(refused)) if refused.code != 0 => {
            let description = scrub(&refused.description).into_owned();
            Err(Failed::Refused(Refused { description, ..refused }))
        }
        // Not of the Bot API: a proxy on the way.
        _ if !answer.status.is_success() => {
            let code = answer.status.as_u16().max(500);
            let description = format!("the server answered {}", answer.status);
            Err(Failed::Refused(Refused { code, description, parameters: Parameters::default() }))
        }
        _ => Err(Failed::Unanswered(anyhow!("the answer to {method} could not be read"))),
    }
}

impl Api {
    /// Calls as the bot of the config.
    ///
    /// # Errors
    /// What is wrong with the server's address or its certificate file.
    pub(crate) fn new(config: &Config, host: &Host) -> Result<Self> {
        let mut base = config.api_url.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let peer = Peer { tls: config.tls.clone(), limit: CALL_LIMIT, ..Peer::new(base.as_str())? };
        Ok(Api { client: host.http.client(peer)?, token: config.token.clone() })
    }
    /// Calls a method and gives what teloxide says it gives.
    pub(crate) async fn call<P>(&self, method: &P) -> Result<P::Output, Failed>
    where
        P: Payload + Serialize,
        P::Output: DeserializeOwned,
    {
        self.call_for(method).await
    }
    /// Calls a method of whose answer only `T` matters: a message that was posted is
    /// posted, whatever else its description holds.
    pub(crate) async fn call_for<P: Payload + Serialize, T: DeserializeOwned>(&self, method: &P) -> Result<T, Failed> {
        let limit = method.timeout_hint().map_or(CALL_LIMIT, |hint| hint + CALL_LIMIT);
        self.send(P::NAME, |request| request.timeout(limit).json(method)).await
    }
    /// Calls a method that takes a file.
    pub(crate) async fn upload<T: DeserializeOwned>(&self, method: &str, form: Form) -> Result<T, Failed> {
        self.send(method, |request| request.multipart(form)).await
    }
    /// Calls a method that gives a list, and gives its parts as they came: one that
    /// cannot be read must not hide the others.
    pub(crate) async fn call_for_parts<P: Payload + Serialize>(
        &self,
        method: &P,
    ) -> Result<Vec<Box<RawValue>>, Failed> {
        let limit = method.timeout_hint().map_or(CALL_LIMIT, |hint| hint + CALL_LIMIT);
        let answer = self.ask(P::NAME, |request| request.timeout(limit).json(method)).await?;
        match serde_json::from_str(&String::from_utf8_lossy(&answer.body)) {
            Ok(Parts { result }) if answer.status.is_success() => Ok(result),
            _ => read(P::NAME, &answer),
        }
    }
    async fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, Failed> {
        read(method, &self.ask(method, fill).await?)
    }
    async fn ask(
        &self,
        method: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<http::Answer, Failed> {
        // Relative, and not taken for a scheme by the colon of the token.
        let path = format!("./bot{}/{method}", self.token.expose());
        let answer = self.client.send(::http::Method::POST, &path, fill).await;
        answer.map_err(|error| {
            let error = error.into_anyhow();
            match error.downcast_ref::<reqwest::Error>() {
                Some(lost) if !lost.is_connect() && !lost.is_builder() => Failed::Unanswered(error),
                _ => Failed::Unsent(error),
            }
        })
    }
    /// The content of a file that somebody sent, at most 16 MiB.
    pub(crate) async fn download(&self, path: &str) -> Result<bytes::Bytes> {
        let path = format!("./file/bot{}/{path}", self.token.expose());
        let answer = self.client.get(&path).await?;
        if !answer.status.is_success() {
            return Err(anyhow!("the server answered {}", answer.status).into());
        }
        Ok(answer.body)
    }
}
