//! The webhook: Telegram posts updates to the host's own listener.
//!
//! A request counts when it has the secret of its header, and the user and password of
//! the configured URL where that has them. It is answered 2xx once its update is on
//! disk; until then Telegram posts it again.
use crate::{Failed, Telegram, backoff::Backoff, poll::ALLOWED, update::Update};
use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};
use factotum_plugin_api::{
    Result,
    chat::Link,
    hook::{Outcome, Refusal, Request},
    reqwest::multipart::{Form, Part},
    secret::Secret,
    user_error,
};
use http::StatusCode;
use serde::Deserialize;
use std::{path::Path, time::Duration};
use teloxide_core::{payloads::GetWebhookInfo, types::AllowedUpdate};
use tracing::{info, warn};
use url::Url;

/// The header that holds the secret; Bot API, setWebhook.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// How often Telegram is asked how its deliveries fare.
const WATCH_EVERY: Duration = Duration::from_secs(60);
/// An error that Telegram met longer ago than this is history, in seconds.
const ERROR_AGE: i64 = 300;
/// The largest certificate; Bot API, setWebhook.
const CERTIFICATE_MAX: usize = 3 << 20;

impl Telegram {
    /// Registers the webhook, and watches for ever how it fares.
    ///
    /// # Errors
    /// When Telegram refuses the URL or the token.
    pub(crate) async fn serve(&self, url: &Url) -> Result<()> {
        let mut backoff = Backoff::new(&self.host.clock, self.config.retry_delay);
        loop {
            match self.register(url).await? {
                Ok(()) => break,
                Err(Failed::Refused(refused)) if refused.code == 400 => {
                    return Err(user_error(format!("Telegram refuses webhook_url: {}", refused.description)));
                }
                Err(failed) => self.lost(&failed, &mut backoff).await?,
            }
        }
        info!(host = url.host_str(), path = url.path(), "the webhook is set");
        loop {
            match self.api.call_for::<_, Info>(&GetWebhookInfo::new()).await {
                Ok(info) => {
                    backoff.reset();
                    let now = self.host.clock.now().as_second();
                    self.set_link(info.standing(url, now));
                    if !info.is_ours(url, now)
                        && let Err(failed) = self.register(url).await?
                    {
                        self.lost(&failed, &mut backoff).await?;
                        continue;
                    }
                    self.host.clock.sleep(WATCH_EVERY).await;
                }
                Err(failed) => self.lost(&failed, &mut backoff).await?,
            }
        }
    }
    async fn register(&self, url: &Url) -> Result<Result<(), Failed>> {
        let secret = self.webhook_secret().await?;
        let mut form = Form::new()
            .text("url", url.to_string())
            .text("secret_token", secret.expose().to_owned())
            .text("max_connections", self.config.max_connections.to_string())
            .text("allowed_updates", serde_json::to_string(&ALLOWED).expect("it is JSON"));
        if let Some(path) = &self.config.certificate {
            form = form.part("certificate", Part::bytes(certificate(path)?).file_name("certificate.pem"));
        }
        Ok(self.api.upload::<bool>("SetWebhook", form).await.map(drop))
    }
    /// The secret of the header: the configured one, or one that was made once and kept,
    /// so that what was on its way during a restart is still believed.
    async fn webhook_secret(&self) -> Result<Secret> {
        if let Some(secret) = &self.config.webhook_secret {
            return Ok(secret.clone());
        }
        let key = "webhook".to_owned();
        if let Some(secret) = self.secrets.get(&key).await? {
            return Ok(secret);
        }
        let made: String = std::iter::repeat_with(fastrand::alphanumeric).take(64).collect();
        match self.secrets.create(&key, &Secret::new(made)).await? {
            Some(_) | None => {}
        }
        let kept = self.secrets.get(&key).await?;
        Ok(kept.context("the webhook's secret was just kept")?)
    }
    /// Whether a request is Telegram's.
    pub(crate) async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let secret = self.webhook_secret().await?;
        let given = request.header(SECRET_HEADER);
        let given = given.ok_or_else(|| Refusal::Unauthorized(format!("the header {SECRET_HEADER} is missing")))?;
        if !secret.matches(given.as_bytes()) {
            return Err(Refusal::Forbidden(format!("the secret in {SECRET_HEADER} is another")));
        }
        let Some(expected) = self.config.webhook_url.as_ref().and_then(credentials) else { return Ok(()) };
        let given = request.header("authorization");
        let given =
            given.ok_or_else(|| Refusal::Unauthorized("the user and password of webhook_url are missing".into()))?;
        match expected.matches(given.as_bytes()) {
            true => Ok(()),
            false => Err(Refusal::Forbidden("the user or password is not that of webhook_url".into())),
        }
    }
    /// Takes an update over.
    pub(crate) async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let taken = |summary: &str| Ok(Outcome::default().answer(StatusCode::OK, "").summary(summary));
        let Some(update) = serde_json::from_slice(&request.body).ok().and_then(Update::read) else {
            // 2xx all the same: posted again it would be no clearer, and hold up the rest.
            warn!(request = request.id, "a webhook request holds no update");
            return taken("no update of Telegram's");
        };
        let heard = self.hear(&update).await.map_err(|error| Refusal::Internal(error.into_anyhow()))?;
        taken(&format!("update {}: {heard}", update.id))
    }
}

/// What `getWebhookInfo` says that matters here.
#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    url: String,
    #[serde(default)]
    pending_update_count: u64,
    /// In seconds since 1970.
    last_error_date: Option<i64>,
    last_error_message: Option<String>,
    allowed_updates: Option<Vec<String>>,
}

impl Info {
    /// How it stands, for `!status`.
    fn standing(&self, ours: &Url, now: i64) -> Link {
        if !self.is_set(ours) {
            return Link::Ailing("somebody else has set another webhook, or none; it is set anew".into());
        }
        match &self.last_error_message {
            Some(error) if self.failed_lately(now) || self.pending_update_count > 0 => {
                let waiting = self.pending_update_count;
                Link::Ailing(format!("Telegram cannot deliver to webhook_url: {error} ({waiting} waiting)"))
            }
            _ => Link::Up,
        }
    }
    /// Whether it is as we have set it, as far as that can be seen: of a secret that
    /// somebody else has set there are only our own refusals.
    fn is_ours(&self, ours: &Url, now: i64) -> bool {
        let error = self.last_error_message.as_deref().filter(|_| self.failed_lately(now)).unwrap_or_default();
        self.is_set(ours) && !["401", "403"].iter().any(|status| error.contains(status))
    }
    fn is_set(&self, ours: &Url) -> bool {
        let wanted = |kind: &AllowedUpdate| serde_json::to_value(kind).ok();
        let allows = |allowed: &Vec<String>| {
            ALLOWED.iter().filter_map(wanted).all(|kind| allowed.iter().any(|allowed| kind == *allowed))
        };
        self.url == ours.as_str() && self.allowed_updates.as_ref().is_none_or(allows)
    }
    fn failed_lately(&self, now: i64) -> bool {
        self.last_error_date.is_some_and(|at| now.saturating_sub(at) < ERROR_AGE)
    }
}

/// What `user:password@` of a URL becomes in a request. Telegram takes both as written in
/// the URL, percent signs and all.
fn credentials(url: &Url) -> Option<Secret> {
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    let given = !user.is_empty() || url.password().is_some();
    given.then(|| Secret::new(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))))
}

/// Reads the certificate that Telegram is to trust.
///
/// # Errors
/// When it cannot be read, or is no certificate.
pub(crate) fn certificate(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let pem = std::fs::read(path).map_err(|error| user_error(format!("certificate: {shown}: {error}")))?;
    let text = String::from_utf8_lossy(&pem);
    if text.contains("PRIVATE KEY-----") {
        return Err(user_error(format!("certificate: {shown} holds a private key, which is not for Telegram")));
    }
    if !text.contains("-----BEGIN CERTIFICATE-----") || pem.len() > CERTIFICATE_MAX {
        return Err(user_error(format!("certificate: {shown} is no certificate in PEM form")));
    }
    Ok(pem)
}
