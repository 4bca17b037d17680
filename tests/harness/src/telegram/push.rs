//! Updates to the webhook: one request each, in order per chat, again until taken.
use super::{Core, Telegram, request::Call, state::State};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use factotum_plugin_api::http::{Http, Peer};
use http::header;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;
use url::Url;

/// One try to deliver an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of the update.
    pub update_id: i64,
    /// What the webhook answered; none when the connection failed.
    pub status: Option<u16>,
    /// The wait that its `Retry-After` asked for.
    pub retry_after_secs: Option<u64>,
}

/// How and where it is delivered; a test says so.
#[derive(Clone)]
pub(super) struct Push {
    /// The base that stands in for the scheme and authority of the webhook's URL.
    to: Option<(Client, String)>,
    /// The second wait after failures; all waits are in proportion to it.
    base: Duration,
    tries: Vec<Delivery>,
}

impl Default for Push {
    fn default() -> Self {
        Push { to: None, base: BASE, tries: vec![] }
    }
}

/// The wait after the second failure; the first is tried again at once. Doubles up to
/// [`LONGEST`]; tdlib/telegram-bot-api, WebhookActor.cpp.
const BASE: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// The longest `Retry-After` that is honoured.
const RETRY_AFTER_MAX: u64 = 3600;
/// How long an answer is awaited; a maintainer in tdlib/telegram-bot-api, issue 211.
const PATIENCE: Duration = Duration::from_secs(60);

/// Delivers as long as the server runs.
pub(super) async fn run(core: Arc<Core>) {
    let mut changed = core.changed.subscribe();
    let mut deliveries = JoinSet::new();
    let busy = Arc::new(Mutex::new(BTreeSet::new()));
    loop {
        changed.mark_unchanged();
        let due = due(&core.state(), &busy.lock().expect("no panic inside"));
        for (key, id) in due {
            busy.lock().expect("no panic inside").insert(key);
            let (core, busy) = (core.clone(), busy.clone());
            deliveries.spawn(async move {
                deliver(&core, id).await;
                busy.lock().expect("no panic inside").remove(&key);
                core.touch();
            });
        }
        while deliveries.try_join_next().is_some() {}
        changed.changed().await.expect("the core holds the sender");
    }
}

/// The oldest update of every chat that has none under way, as many as may be at a time.
fn due(state: &State, busy: &BTreeSet<i64>) -> Vec<(i64, i64)> {
    if !state.webhook.is_set() || state.push.to.is_none() {
        return vec![];
    }
    let mut seen = busy.clone();
    let first = state.updates.pending.iter().filter(|update| seen.insert(update.key));
    let room = usize::try_from(state.webhook.max_connections).unwrap_or(1).saturating_sub(busy.len());
    first.map(|update| (update.key, update.id)).take(room).collect()
}

/// Tries until the update is taken, or the webhook or the update is gone.
async fn deliver(core: &Core, id: i64) {
    let mut failures = 0;
    let mut changed = core.changed.subscribe();
    let begun = core.state().updates.settings;
    while let Some(request) = prepared(core, id, begun) {
        let answer = answer(request).await;
        let taken = answer.as_ref().is_some_and(|answer| answer.status.is_success());
        let retry_after = core.change(|state| state.delivered(id, answer));
        if taken {
            return;
        }
        failures += 1;
        let base = core.state().push.base;
        let wait = match retry_after {
            Some(secs) => base.mul_f64(Duration::from_secs(secs).div_duration_f64(BASE)),
            None if failures == 1 => Duration::ZERO,
            None => (base * 2u32.saturating_pow(failures - 2)).min(LONGEST),
        };
        let other = async {
            while core.state().updates.settings == begun {
                changed.changed().await.expect("the core holds the sender");
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = other => return,
        }
    }
}

/// What a webhook answered.
struct Answered {
    status: reqwest::StatusCode,
    retry_after: Option<u64>,
    body: Bytes,
}

/// What came back, if anything did.
async fn answer(request: RequestBuilder) -> Option<Answered> {
    let response = request.send().await.ok()?;
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|secs| secs.to_str().ok()?.parse().ok());
    Some(Answered { status: response.status(), retry_after, body: response.bytes().await.ok()? })
}

/// The request that delivers an update, while it waits and the webhook is the same.
fn prepared(core: &Core, id: i64, begun: u64) -> Option<RequestBuilder> {
    let state = core.state();
    let (client, to) = state.push.to.clone()?;
    let update = state.updates.pending.iter().find(|update| update.id == id)?;
    let url = Url::parse(&state.webhook.url).ok().filter(|_| state.updates.settings == begun)?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = client.post(format!("{to}{}{query}", url.path()));
    request = request.header(header::CONTENT_TYPE, "application/json").body(update.json.to_string());
    if let Some(secret) = &state.webhook.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    // Taken as written in the URL, not decoded.
    if !url.username().is_empty() || url.password().is_some() {
        let credentials = format!("{}:{}", url.username(), url.password().unwrap_or_default());
        request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)));
    }
    Some(request)
}

impl State {
    /// Notes what became of a delivery; gives the wait that the webhook asked for.
    fn delivered(&mut self, id: i64, answer: Option<Answered>) -> Option<u64> {
        let status = answer.as_ref().map(|answer| answer.status.as_u16());
        let asked = answer.as_ref().and_then(|answer| answer.retry_after);
        let retry_after = asked.map(|secs| secs.min(RETRY_AFTER_MAX));
        self.push.tries.push(Delivery { update_id: id, status, retry_after_secs: retry_after });
        let error = match answer {
            Some(answer) if answer.status.is_success() => {
                self.updates.pending.retain(|update| update.id != id);
                self.execute_answer(&answer.body);
                return None;
            }
            Some(answer) => format!("Wrong response from the webhook: {}", answer.status),
            None => "Connection refused".to_owned(),
        };
        self.webhook.last_error = Some((self.date(), error));
        retry_after
    }
    /// The answer to an update may itself be a call; what it leads to is told to nobody.
    fn execute_answer(&mut self, body: &[u8]) {
        let Ok(Value::Object(mut params)) = serde_json::from_slice(body) else { return };
        let Some(Value::String(method)) = params.remove("method") else { return };
        let method = super::methods::spelled(&method);
        let ignored = ["setwebhook", "deletewebhook", "close", "logout"];
        let lower = method.to_ascii_lowercase();
        if lower.starts_with("get") || ignored.contains(&lower.as_str()) {
            return;
        }
        let call = Call { method, params, ..Call::default() };
        self.note(&call);
        drop(self.execute(&call));
    }
}

impl Telegram {
    /// Where the webhook listens in truth: `base`, as `http://127.0.0.1:PORT`, in the
    /// place of the scheme, host and port of the URL that the bot sets. Path, query and
    /// credentials stay.
    ///
    /// # Panics
    /// When `base` is no URL.
    pub fn deliver_webhooks_to(&self, base: &str) {
        // This checks the base, and installs the TLS provider that any client wants.
        Http::default().client(Peer::new(base).expect("a base like http://127.0.0.1:8443")).expect("a client");
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let base = base.trim_end_matches('/').to_owned();
        self.core.change(|state| state.push.to = Some((client, base)));
    }
    /// Shortens the waits after a failed delivery: `base` stands for 2 s, and
    /// `Retry-After` is shortened alike.
    pub fn redelivery(&self, base: Duration) {
        self.core.change(|state| state.push.base = base);
    }
    /// The tries to deliver since the last look.
    pub fn deliveries(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.core.state().push.tries)
    }
    /// Returns when so many deliveries were tried since the last look at
    /// [`deliveries`](Self::deliveries).
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn wait_for_deliveries(&self, tries: usize) {
        let what = format!("{tries} tries to deliver");
        self.wait_until(&what, |state| (state.push.tries.len() >= tries).then_some(())).await;
    }
    /// The certificate that the bot uploaded with its webhook, as PEM.
    pub fn certificate(&self) -> Option<Vec<u8>> {
        self.core.state().webhook.certificate.clone()
    }
}
