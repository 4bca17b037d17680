//! One master: its REST interface, its logins, and control calls.
//!
//! What goes wrong on its side is told in one line of ours: a master answers Python
//! exceptions, HTML pages and, for much that did nothing, success.
use crate::{config::MasterConfig, model::WwwConfig, room_map::Rooms, roster::Roster};
use anyhow::anyhow;
use base64::{Engine, prelude::BASE64_STANDARD};
use factotum_plugin_api::{
    Error, Host, Result,
    http::{Answer, Client, Peer, WebSocket},
    reqwest::RequestBuilder,
    secret::Secret,
    user_error,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use url::Url;

/// For one call of the REST interface.
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// What may stand in a piece of a path as it is.
const PIECE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A master.
pub(crate) struct Master {
    /// Its name in the config.
    pub(crate) name: String,
    pub(crate) config: MasterConfig,
    /// What is posted where of its builds, where the config says so.
    pub(crate) rooms: Option<Rooms>,
    /// Its builders and workers, where its events tell how they are.
    pub(crate) roster: Roster,
    client: Client,
    /// The cookie of the last login: `TWISTED_SESSION=…`.
    session: Mutex<Option<Secret>>,
    /// Where people open it, as the master itself says.
    shown: Mutex<Option<Url>>,
}

/// Why a control call was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Fields and what is wrong with each.
    Fields(BTreeMap<String, String>),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Error(error)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Error(error) => error,
            Refused::Fields(fields) => {
                let faults: Vec<String> = fields.iter().map(|(field, fault)| format!("{field}: {fault}")).collect();
                user_error(faults.join("; "))
            }
        }
    }
}

/// `{"error": {"code": N, "message": text or object}}`, and `{"error": "text"}`.
#[derive(Deserialize)]
struct Failure {
    error: Value,
}

impl Master {
    /// The master `name`; nothing is called yet.
    ///
    /// # Errors
    /// What is wrong with its address or its certificate.
    pub(crate) fn new(name: &str, config: MasterConfig, host: &Host) -> Result<Self> {
        let wrong = |what: String| user_error(format!("masters.{name}.{what}"));
        let mut base = config.url.clone();
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong(format!(
                "url: {base} is no address of a master: one is like https://buildbot.example.org/"
            )));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.set_query(None);
        base.set_fragment(None); // people copy it from the address bar: …/#/builders
        if config.user.is_some() != config.password.is_some() {
            return Err(wrong("user: goes with password, and password with user".into()));
        }
        // Now, not at the first login.
        let sendable = |(name, value): &(&String, &Secret)| {
            HeaderName::from_bytes(name.as_bytes()).is_ok() && HeaderValue::from_str(value.expose()).is_ok()
        };
        if let Some((header, _)) = config.proxy_header.iter().find(|header| !sendable(header)) {
            return Err(wrong(format!(
                "proxy_header: {header:?} cannot be sent as a header: one is like REMOTE_USER = \"factotum@example.org\""
            )));
        }
        let rooms = config.rooms.clone().map(Rooms::new).transpose().map_err(wrong)?;
        let peer = Peer { tls: config.tls.clone(), limit: CALL_LIMIT, redirects: false, ..Peer::new(base.as_str())? };
        let client = host.http.client(peer)?;
        let (name, roster) = (name.to_owned(), Roster::new(&host.clock));
        Ok(Master { name, config, rooms, roster, client, session: Mutex::default(), shown: Mutex::default() })
    }

    /// A list of things: `list("builders", "builders?field=name")`.
    ///
    /// # Errors
    /// For the person, in one line, when the master cannot be asked or answers nonsense.
    pub(crate) async fn list<T: DeserializeOwned>(&self, key: &str, path: &str) -> Result<Vec<T>> {
        let answer = self.get(&format!("api/v2/{path}")).await?;
        let mut all: BTreeMap<String, Value> = self.read(&answer)?;
        let list = all.remove(key).ok_or_else(|| self.nonsense("it lists nothing"))?;
        serde_json::from_value(list).map_err(|error| self.nonsense(&error.to_string()))
    }
    /// The only thing of a list; `None` when there is none, also as 404.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn one<T: DeserializeOwned>(&self, key: &str, path: &str) -> Result<Option<T>> {
        let answer = self.get(&format!("api/v2/{path}")).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut all: BTreeMap<String, Value> = self.read(&answer)?;
        let list = all.remove(key).ok_or_else(|| self.nonsense("it lists nothing"))?;
        let list: Vec<T> = serde_json::from_value(list).map_err(|error| self.nonsense(&error.to_string()))?;
        Ok(list.into_iter().next())
    }
    /// What the master says of itself; remembers where people open it.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn about(&self) -> Result<WwwConfig> {
        let about: WwwConfig = self.read(&self.get("config").await?)?;
        *lock(&self.shown) = about.url.as_deref().and_then(|url| Url::parse(url).ok());
        Ok(about)
    }
    /// A control call: `control("builds/7", "stop", json!({"reason": …}))`. A `null` does
    /// not mean that anything happened: look at the thing again.
    ///
    /// # Errors
    /// [`Refused::Fields`] where the master finds fault with fields; otherwise as
    /// [`list`](Self::list).
    pub(crate) async fn control(&self, path: &str, method: &str, params: Value) -> Result<Value, Refused> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let path = format!("api/v2/{path}");
        self.roster.doubt();
        let mut answer = self.post(&path, &body).await?;
        // Anonymous where a login is wanted, or a session that has expired.
        if answer.status == StatusCode::FORBIDDEN && self.has_login() {
            self.log_in().await?;
            answer = self.post(&path, &body).await?;
        }
        if answer.status.is_success() {
            let mut done: BTreeMap<String, Value> = self.read(&answer)?;
            return Ok(done.remove("result").unwrap_or_default());
        }
        match serde_json::from_slice::<Failure>(&answer.body).ok().and_then(|failure| fields(&failure.error)) {
            Some(fields) => Err(Refused::Fields(fields)),
            None => Err(self.told(&answer).into()),
        }
    }
    /// The stream of events.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub(crate) async fn events(&self) -> Result<WebSocket> {
        let opened = self.client.websocket("ws", |request| self.filled(request)).await;
        match opened {
            Err(_) if self.has_login() => {
                // A session that has expired is refused here.
                self.log_in().await?;
                self.client.websocket("ws", |request| self.filled(request)).await.map_err(|error| self.lost(error))
            }
            opened => opened.map_err(|error| self.lost(error)),
        }
    }
    /// Whether it has said where people open it.
    pub(crate) fn is_shown(&self) -> bool {
        lock(&self.shown).is_some()
    }
    /// The page of a builder's build.
    pub(crate) fn build_page(&self, builder: i64, number: i64) -> String {
        self.page(&format!("builders/{builder}/builds/{number}"))
    }
    /// A page of the web interface: `builders/3`.
    pub(crate) fn page(&self, path: &str) -> String {
        let shown = lock(&self.shown).clone();
        format!("{}#/{path}", shown.as_ref().unwrap_or(&self.config.url))
    }

    async fn get(&self, path: &str) -> Result<Answer> {
        let mut answer = self.call(Method::GET, path, |request| request).await?;
        // Rules may limit reading too.
        if answer.status == StatusCode::FORBIDDEN && self.has_login() {
            self.log_in().await?;
            answer = self.call(Method::GET, path, |request| request).await?;
        }
        Ok(answer)
    }
    async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call(Method::POST, path, |request| request.json(body)).await
    }
    async fn call(
        &self,
        method: Method,
        path: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answer> {
        // Kept alive, a connection now and then holds back the end of an answer of 10 kB
        // until the next call (seen on 4.3.0 with Twisted 26.10).
        let headers = |request: RequestBuilder| {
            request.header(header::ACCEPT, "application/json").header(header::CONNECTION, "close")
        };
        let accept = |request: RequestBuilder| fill(headers(self.filled(request)));
        self.client.send(method, path, accept).await.map_err(|error| self.lost(error))
    }
    fn filled(&self, request: RequestBuilder) -> RequestBuilder {
        match &*lock(&self.session) {
            Some(session) => request.header(header::COOKIE, session.expose()),
            None => request,
        }
    }
    fn has_login(&self) -> bool {
        self.config.user.is_some() || !self.config.proxy_header.is_empty()
    }
    /// Gets a session: by user and password, or from the reverse proxy's header.
    ///
    /// # Errors
    /// For the person: the account is not known, or the master gives no session.
    async fn log_in(&self) -> Result<()> {
        let path = if self.config.user.is_some() { "auth/login" } else { "." };
        let fill = |mut request: RequestBuilder| {
            for (name, value) in &self.config.proxy_header {
                request = request.header(name.as_str(), value.expose());
            }
            if let (Some(user), Some(password)) = (&self.config.user, &self.config.password) {
                let both = BASE64_STANDARD.encode(format!("{user}:{}", password.expose()));
                request = request.header(header::AUTHORIZATION, format!("Basic {both}"));
            }
            request
        };
        let answer = self.client.send(Method::GET, path, fill).await.map_err(|error| self.lost(error))?;
        let refused = || user_error(format!("{} does not know the account in the config", self.begun_name()));
        if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(refused());
        }
        if !answer.status.is_success() && !answer.status.is_redirection() {
            return Err(self.told(&answer));
        }
        // There are two of that name: the first is an anonymous one.
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
        let cookie = cookies.rev().find(|cookie| cookie.starts_with("TWISTED_")).ok_or_else(refused)?;
        let cookie = cookie.split(';').next().unwrap_or_default();
        *lock(&self.session) = Some(Secret::new(cookie));
        Ok(())
    }
    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T> {
        if !answer.status.is_success() {
            return Err(self.told(answer));
        }
        serde_json::from_slice(&answer.body).map_err(|_| match answer.body.trim_ascii_start().first() {
            Some(b'<') => self.nonsense("a web page; is its url right?"),
            _ => self.nonsense("it is no JSON of Buildbot's"),
        })
    }
    /// How the master is called in sentences.
    pub(crate) fn shown_name(&self) -> String {
        format!("the master {}", self.name)
    }
    /// The same where a sentence begins.
    fn begun_name(&self) -> String {
        format!("The master {}", self.name)
    }
    /// A sentence on this master, where its name stands before it already.
    pub(crate) fn of_itself(&self, said: &str) -> String {
        let name = self.begun_name() + " ";
        said.strip_prefix(&name).unwrap_or(said).to_owned()
    }
    fn lost(&self, error: Error) -> Error {
        user_error(format!("{} cannot be reached: {}", self.begun_name(), cause(&error.into_anyhow())))
    }
    fn nonsense(&self, why: &str) -> Error {
        user_error(format!("{} answered what Buildbot does not: {why}", self.begun_name()))
    }
    /// What a refusing answer says, in one line.
    fn told(&self, answer: &Answer) -> Error {
        let (name, status) = (self.begun_name(), answer.status);
        if status == StatusCode::FORBIDDEN {
            let remedy = match self.has_login() {
                true => "its account may not do that",
                false => "it wants a login: set user and password, or proxy_header, in the config",
            };
            return user_error(format!("{name} refuses that: {remedy}"));
        }
        if status == StatusCode::UNAUTHORIZED {
            return user_error(format!("{name} stands behind a login that is not its own (it answered {status})"));
        }
        let said = serde_json::from_slice::<Failure>(&answer.body).ok().map(|failure| said(&failure.error));
        if status.is_redirection() || (status == StatusCode::NOT_FOUND && said.is_none()) {
            return user_error(format!(
                "There is no Buildbot where {} should be (it answered {status}); is its url right?",
                self.shown_name()
            ));
        }
        let said = said.filter(|said| !said.is_empty() && !status.is_server_error());
        if status.is_server_error() {
            tracing::warn!(master = self.name, %status, error = %anyhow!("{}", one_line(&answer.body)), "the master failed");
        }
        match said {
            Some(said) => user_error(format!("{name} refuses that: {said}")),
            None => user_error(format!("{name} could not do that (it answered {status})")),
        }
    }
}

/// Percent-encodes a name for a path: `name with spaces/é`.
pub(crate) fn piece(name: &str) -> String {
    utf8_percent_encode(name, PIECE).to_string()
}

/// Fields that a master finds fault with: a message that is an object.
fn fields(error: &Value) -> Option<BTreeMap<String, String>> {
    let fields = error.get("message")?.as_object()?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(fields.iter().map(|(field, fault)| (field.clone(), text(fault))).collect())
}

/// Why a call failed, without what only programmers tell apart.
fn cause(error: &anyhow::Error) -> String {
    let of_http = error.chain().find_map(|cause| cause.downcast_ref::<factotum_plugin_api::reqwest::Error>());
    let root = error.root_cause().to_string();
    match of_http {
        Some(error) if error.is_timeout() => format!("it does not answer within {} s", CALL_LIMIT.as_secs()),
        Some(error) if error.is_body() || error.is_decode() => "it broke off in the middle of its answer".into(),
        // The system's numbers say nothing more than its words.
        _ => root.split(" (os error").next().unwrap_or_default().to_owned(),
    }
}

fn said(error: &Value) -> String {
    let text = error.as_str().or_else(|| error.get("message").and_then(Value::as_str)).unwrap_or_default();
    one_line(text.as_bytes())
}

/// The first line of an answer, cut: some are pages of HTML.
fn one_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.lines().next().unwrap_or_default().trim().chars().take(200).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
