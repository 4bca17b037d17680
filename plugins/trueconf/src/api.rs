//! The one place that calls a server.
//!
//! A call goes out at most four at a time and has 5 seconds; it bears the server's token,
//! which is asked for again when it is refused, once. `token` keeps that token, `probe`
//! finds out which API a server speaks, `v3` and `v4` are what the two have of their own.
mod errors;
mod probe;
mod token;
mod v3;
mod v4;

pub(crate) use errors::Fault;
pub(crate) use token::{StoredToken, scopes_of};

use crate::{
    config::ServerConfig,
    model::{Conference, Participants, Record, count, number, rows, text},
};
use factotum_plugin_api::{
    Error, Host, Result,
    clock::Clock,
    http::{Answer, Client as Http, Http as Maker, Peer, Tls},
    jiff::Timestamp,
    reqwest::RequestBuilder,
    secret::Secret,
    store::Table,
    user_error,
};
use http::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use probe::Generation;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, OnceLock, PoisonError},
    time::Duration,
};
use token::Tokens;
use tokio::sync::Semaphore;
use url::{Url, form_urlencoded};

/// For one call.
pub(crate) const CALL_LIMIT: Duration = Duration::from_secs(5);
/// Calls of one server at a time.
const AT_A_TIME: usize = 4;
/// Pages of one list; a server that always names another one ends here.
const PAGES_MAX: usize = 200;
/// Rows asked for in a page.
const PAGE_SIZE: usize = 200;
/// What may stand in a piece of a path as it is.
const PIECE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a call is for: its place in the URL, its words, and the permissions one of which
/// it needs.
pub(crate) struct Ask<'a> {
    path: String,
    query: &'a [(&'a str, String)],
    /// One of these must be held.
    needs: &'a [&'a str],
}

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    /// `5.5.6.1000`.
    pub(crate) version: Option<String>,
}

/// How many users there are, by their state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Users {
    pub(crate) by_status: BTreeMap<i64, u64>,
}
impl Users {
    /// How many are in one of these states.
    pub(crate) fn count(&self, statuses: &[i64]) -> u64 {
        self.by_status.iter().filter(|(status, _)| statuses.contains(status)).map(|(_, count)| count).sum()
    }
    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.by_status.values().sum()
    }
}

/// Calls one server.
pub(crate) struct Client {
    /// Made for the first call: each knows all the authorities of the system, and many
    /// servers are never asked more than whether they are up.
    http: OnceLock<Http>,
    make: (Maker, Peer),
    /// Of the port that tells its state.
    status: Http,
    clock: Clock,
    gate: Semaphore,
    tokens: Tokens,
    /// As the config says, or found out.
    generation: Mutex<Option<Generation>>,
    about: Mutex<About>,
    base: Url,
}

impl Client {
    /// A client of the server `slug`; nothing is called yet.
    ///
    /// # Errors
    /// What is wrong with its address, its certificate or its API.
    pub(crate) fn new(
        slug: &str,
        config: &ServerConfig,
        host: &Host,
        tokens: &Table<String, StoredToken>,
    ) -> Result<Self> {
        let base = address(&config.address)?;
        // Above the limit of a call, which the clock keeps.
        let limit = CALL_LIMIT * 2;
        let peer = Peer { tls: config.tls.clone(), limit, redirects: false, ..Peer::new(base.as_str())? };
        let of_host = base.host_str().unwrap_or_default();
        // Plain http, without redirects: there is no certificate to check, and no authority
        // to know.
        let plain = Peer::new(&format!("http://{of_host}:{}/", config.status_port))?;
        let status = Peer { limit, redirects: false, tls: Tls::Off, ..plain };
        let generation = Generation::read(&config.api)?;
        let http = OnceLock::new();
        // What stands in the config may be wrong, and is told at once.
        if matches!(config.tls, Tls::CaFile(_) | Tls::Pinned(_)) {
            let made = host.http.client(peer.clone())?;
            http.get_or_init(|| made);
        }
        Ok(Client {
            http,
            make: (host.http.clone(), peer),
            status: host.http.client(status)?,
            clock: host.clock.clone(),
            gate: Semaphore::new(AT_A_TIME),
            tokens: Tokens::new(slug, config, &base, tokens.clone()),
            generation: Mutex::new(generation),
            about: Mutex::default(),
            base,
        })
    }
    /// What calls its API.
    fn http(&self) -> Result<&Http, Fault> {
        if let Some(made) = self.http.get() {
            return Ok(made);
        }
        let (maker, peer) = &self.make;
        let made = maker.client(peer.clone()).map_err(|error| match error {
            Error::User(why) => Fault::Setup(why),
            other => Fault::Setup(format!("{:#}", other.into_anyhow())),
        })?;
        Ok(self.http.get_or_init(|| made))
    }
    /// Whether it is up: its version, where it says.
    ///
    /// # Errors
    /// Why it counts as down.
    pub(crate) async fn up(&self) -> Result<About, Fault> {
        let answer = self.timed(self.status.send(Method::GET, "vsstatus", once)).await?;
        if answer.status != StatusCode::OK {
            return Err(Fault::Answered(answer.status.as_u16(), String::new()));
        }
        let body = String::from_utf8_lossy(&answer.body);
        let after = body.split_once("TrueConf Server ").map(|(_, after)| after).unwrap_or_default();
        let version: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        Ok(About { version: (!version.is_empty()).then_some(version) })
    }
    /// The conferences that run.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn running(&self) -> Result<Vec<Conference>, Fault> {
        match self.generation().await? {
            Generation::V3(_) => self.running_v3().await,
            Generation::V4 => self.running_v4().await,
        }
    }
    /// Every conference, running or not.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn conferences(&self) -> Result<Vec<Conference>, Fault> {
        match self.generation().await? {
            Generation::V3(_) => self.conferences_v3().await,
            Generation::V4 => self.conferences_v4(None).await,
        }
    }
    /// One conference, as the server keeps it.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn conference(&self, id: &str) -> Result<Conference, Fault> {
        if self.generation().await? == Generation::V4 {
            return self.conference_v4(id).await;
        }
        let ask = Ask { path: format!("conferences/{}", piece(id)), query: &[], needs: &READ };
        let answer = self.ask(ask).await?;
        let row = answer.get("conference").unwrap_or(&answer);
        Conference::of_list(row).ok_or(Fault::Nonsense)
    }
    /// Who is in a running conference.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn participants(&self, conference: &Conference) -> Result<Participants, Fault> {
        if self.generation().await? == Generation::V4 {
            return self.participants_v4(&conference.id).await;
        }
        let (path, needs) = match &conference.session {
            Some(session) => (format!("conference-sessions/{}/participants", piece(session)), &OF_SESSION[..]),
            None => (
                format!("conferences/{}/participants", piece(&conference.id)),
                &["conferences.participants:read", "conferences"][..],
            ),
        };
        let answer = self.ask(Ask { path, query: &[], needs }).await?;
        Participants::read(&answer).ok_or(Fault::Nonsense)
    }
    /// Starts a conference.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn run(&self, id: &str) -> Result<(), Fault> {
        self.order(id, "run").await
    }
    /// Ends a conference.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn stop(&self, id: &str) -> Result<(), Fault> {
        self.order(id, "stop").await
    }
    async fn order(&self, id: &str, what: &str) -> Result<(), Fault> {
        let path = format!("conferences/{}/{what}", piece(id));
        let needs = ["conferences", "conferences:write"];
        let generation = self.generation().await?;
        self.call(&generation, &Method::POST, &Ask { path, query: &[], needs: &needs }).await.map(drop)
    }
    /// The recordings of a conference.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn records(&self, id: &str) -> Result<Vec<Record>, Fault> {
        let kept = match self.generation().await? {
            Generation::V3(_) => "records",
            Generation::V4 => "recordings",
        };
        let path = format!("conferences/{}/{kept}", piece(id));
        let needs = ["conferences.records:read", "conferences.records", "conferences"];
        let answer = self.ask(Ask { path, query: &[], needs: &needs }).await?;
        Ok(rows(&answer).ok_or(Fault::Nonsense)?.iter().map(Record::read).collect())
    }
    /// All users, each once.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) async fn users(&self) -> Result<Users, Fault> {
        let mut seen = BTreeSet::new();
        let (mut users, mut asked, mut page) = (Users::default(), vec![], None);
        for _ in 0..PAGES_MAX {
            let query: Vec<(&str, String)> = page.iter().map(|page: &i64| ("page_id", page.to_string())).collect();
            let ask = Ask { path: "users".into(), query: &query, needs: &["users:read", "users"] };
            let answer = self.ask_older(ask).await?;
            for user in rows(&answer).ok_or(Fault::Nonsense)? {
                let id = text(user, "id").unwrap_or_default();
                if seen.insert(id) {
                    *users.by_status.entry(number(user, "status").unwrap_or_default()).or_default() += 1;
                }
            }
            // Whether the first page is 0 or 1 is for the server to know: it names the next one.
            match number(&answer, "next_page_id") {
                Some(next) if next >= 0 && !asked.contains(&next) => {
                    asked.push(next);
                    page = Some(next);
                }
                _ => break,
            }
        }
        Ok(users)
    }
    /// The page of a conference for people.
    pub(crate) fn page(&self, conference: &Conference) -> String {
        self.shown(&format!("c/{}", piece(&conference.id)))
    }
    /// The live control of a running conference, where there is a page for it.
    pub(crate) fn control_page(&self, conference: &Conference) -> Option<String> {
        let session = conference.session.as_deref()?;
        Some(self.shown(&format!("tools/real-time/{}?a=cookies", piece(session))))
    }
    fn shown(&self, path: &str) -> String {
        self.base.join(path).map_or_else(|_| String::new(), Into::into)
    }
    /// The permissions of its token, when one was given.
    ///
    /// # Errors
    /// Why no token is given.
    pub(crate) async fn scope(&self) -> Result<Option<String>, Fault> {
        Ok(self.token(None).await?.scope)
    }

    /// A list page by page from 1, until all rows are there or no new one comes: each
    /// once.
    async fn paged(
        &self,
        path: &str,
        key: &'static str,
        filter: &[(&str, String)],
        needs: &[&str],
    ) -> Result<Vec<Value>, Fault> {
        let (mut all, mut seen) = (vec![], BTreeSet::new());
        for page in 1..=PAGES_MAX {
            let mut query = filter.to_vec();
            query.extend([(key, page.to_string()), ("page_size", PAGE_SIZE.to_string())]);
            let answer = self.ask(Ask { path: path.to_owned(), query: &query, needs }).await?;
            let rows = rows(&answer).ok_or(Fault::Nonsense)?;
            let before = seen.len();
            for row in rows {
                if seen.insert(text(row, "id").unwrap_or_default()) {
                    all.push(row.clone());
                }
            }
            let more = count(&answer).map_or(rows.len() >= PAGE_SIZE, |all| (seen.len() as u64) < all);
            if !more || seen.len() == before {
                break;
            }
        }
        Ok(all)
    }
    /// What only the older API has; a server of the newer one may still speak it.
    async fn ask_older(&self, ask: Ask<'_>) -> Result<Value, Fault> {
        let generation = match self.generation().await? {
            Generation::V4 => Generation::V3(probe::OLDER.into()),
            older => return self.read(&self.call(&older, &Method::GET, &ask).await?),
        };
        match self.call(&generation, &Method::GET, &ask).await {
            Err(Fault::NotTrueConf(_) | Fault::Missing(_)) => Err(Fault::NotTold),
            answer => self.read(&answer?),
        }
    }
    /// `GET` below the prefix of the API, as JSON.
    ///
    /// # Errors
    /// What is wrong with the server, the application or the question.
    async fn ask(&self, ask: Ask<'_>) -> Result<Value, Fault> {
        let generation = self.generation().await?;
        self.read(&self.call(&generation, &Method::GET, &ask).await?)
    }
    fn read(&self, answer: &Answer) -> Result<Value, Fault> {
        serde_json::from_slice(&answer.body).map_err(|_| match answer.body.trim_ascii_start().first() {
            Some(b'<') => Fault::NotTrueConf(answer.status.as_u16()),
            _ => Fault::Nonsense,
        })
    }
    /// A call with the server's token; refused, it is made once more with a new one.
    async fn call(&self, generation: &Generation, method: &Method, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let mut token = self.token(None).await?;
        let mut answer = self.sent(generation, method, ask, &token).await?;
        if errors::token_refused(&answer) {
            token = self.token(Some(&token)).await?;
            answer = self.sent(generation, method, ask, &token).await?;
        }
        if answer.status.is_success() {
            return Ok(answer);
        }
        if errors::token_refused(&answer) {
            return Err(Fault::Refused);
        }
        Err(match Fault::of_answer(&answer) {
            Fault::Forbidden => match &token.scope {
                Some(scope) if !ask.needs.iter().any(|need| scopes_of(scope).any(|held| held == *need)) => {
                    Fault::Scope(vec![ask.needs[0].to_owned()])
                }
                _ => Fault::Forbidden,
            },
            other => other,
        })
    }
    async fn sent(
        &self,
        generation: &Generation,
        method: &Method,
        ask: &Ask<'_>,
        token: &token::Token,
    ) -> Result<Answer, Fault> {
        let older = matches!(generation, Generation::V3(_));
        let path = path(generation, ask, older.then_some(&token.value));
        let fill = |request: RequestBuilder| if older { request } else { request.bearer_auth(token.value.expose()) };
        let _turn = self.gate.acquire().await.expect("it is never closed");
        self.timed(self.http()?.send(method.clone(), &path, fill)).await
    }
    async fn token(&self, refused: Option<&token::Token>) -> Result<token::Token, Fault> {
        let generation = self.generation().await?;
        let path = match generation {
            Generation::V3(_) => "oauth2/v1/token",
            Generation::V4 => "api/v4/oauth2/token",
        };
        let fetch = |form: Vec<(&'static str, String)>| async move {
            let _turn = self.gate.acquire().await.expect("it is never closed");
            self.timed(self.http()?.send(Method::POST, path, |request| request.form(&form))).await
        };
        self.tokens.get(refused, self.clock.now(), fetch).await
    }
    /// A call within its time.
    async fn timed(&self, call: impl Future<Output = Result<Answer>>) -> Result<Answer, Fault> {
        match self.clock.timeout(CALL_LIMIT, call).await {
            Ok(answer) => answer.map_err(Fault::of_call),
            Err(_) => Err(Fault::Silent),
        }
    }
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What the list of a running session needs.
const OF_SESSION: [&str; 2] = ["logs.calls.participants:read", "conferences.sessions.participants:read"];
/// What listing conferences needs.
const READ: [&str; 2] = ["conferences", "conferences:read"];

/// An address as people write it: `video.example.com`, `https://10.0.0.1:8443`.
///
/// # Errors
/// Says what one is like.
pub(crate) fn address(address: &str) -> Result<Url> {
    let address = address.trim();
    let whole = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let url =
        Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some());
    let mut url = url
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .ok_or_else(|| user_error(crate::texts::bad_address(address)))?;
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

/// No connection is kept for what is asked of hundreds of servers a few times a minute.
fn once(request: RequestBuilder) -> RequestBuilder {
    request.header("connection", "close")
}

/// The path and query of a call; the older API takes the token there and nowhere else.
fn path(generation: &Generation, ask: &Ask<'_>, token: Option<&Secret>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ask.query);
    query.extend_pairs(token.map(|token| ("access_token", token.expose())));
    let path = format!("{}/{}?{}", generation.prefix(), ask.path, query.finish());
    path.trim_end_matches('?').to_owned()
}

/// Percent-encodes a name for a path: `0000001b@domain#vcs`.
fn piece(name: &str) -> String {
    match name {
        // Else they would lead to another path.
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        name => utf8_percent_encode(name, PIECE).to_string(),
    }
}

/// The first line of what a server says, cut: some are pages of HTML.
fn one_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().trim().chars().take(200).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
