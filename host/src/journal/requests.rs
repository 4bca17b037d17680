//! Requests: taken in with their notices in one transaction, or kept with the
//! reason why they led to nothing; and incidents.
use super::{
    Journal, chats, mask, notices,
    rows::{self, Decision, Filter, IncidentRow, Replay, RequestDetail, RequestRow, ms},
    sums,
};
use anyhow::Result;
use bytes::Bytes;
use factotum_plugin_api::{
    chat::ChatId,
    hook::{Outcome, Request},
    notice::Notice,
    secret::scrub,
};
use http::StatusCode;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;
use std::time::Duration;

/// For so long a second use of a dedupe key posts nothing.
pub(super) const DEDUPE_DAYS: i64 = 7;

/// What became of a request that its handler took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Accepted {
    /// Its notices are on disk.
    New {
        /// The chats that now have something waiting.
        chats: Vec<ChatId>,
    },
    /// Its dedupe key was seen within 7 days: nothing will be posted.
    Duplicate {
        /// The request that had it first; `None` when it was a job or a command.
        of: Option<u64>,
        /// The chats that still wait for a notice of that request: it may have been
        /// stored though its sender was told that it was not.
        chats: Vec<ChatId>,
    },
}

/// How a request was turned away.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The answer's status; 2xx makes it ignored rather than refused.
    pub status: StatusCode,
    /// Why, for the operator.
    pub reason: &'a str,
    /// Whether its proof held, so that its body may be kept.
    pub keep_body: bool,
    /// The kind of incident that it is, if it is one.
    pub incident: Option<&'a str>,
    /// Whose replay it is, where it is one.
    pub replay: Option<&'a Replay>,
}

/// Something that went against the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incident<'a> {
    /// What kind of thing: `too_many`, `denied`.
    pub kind: &'a str,
    /// Who: an address, or a sender.
    pub peer: Option<&'a str>,
    /// The plugin concerned.
    pub plugin: Option<&'a str>,
    /// The path of the hook or command concerned.
    pub path: Option<&'a str>,
    /// What happened.
    pub reason: &'a str,
}

impl Journal {
    /// Takes a request in: the request, its dedupe key and its notices are on disk
    /// when this returns, or none of them. A duplicate keeps the request alone.
    ///
    /// # Errors
    /// When the journal cannot write: nothing will be posted.
    pub async fn accept(&self, plugin: &str, request: &Request, outcome: &Outcome) -> Result<Accepted> {
        let entry = Entry::new(Some(plugin), request, outcome.status, &outcome.summary, true);
        let entry = Entry { dedupe: outcome.dedupe.clone(), ..entry };
        self.take_in(plugin, entry, outcome).await
    }
    /// As [`accept`](Self::accept), and the body is not written down: it may be what
    /// people said.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub async fn accept_without_body(&self, plugin: &str, request: &Request, outcome: &Outcome) -> Result<Accepted> {
        let entry = Entry::new(Some(plugin), request, outcome.status, &outcome.summary, false);
        let entry = Entry { dedupe: outcome.dedupe.clone(), ..entry };
        self.take_in(plugin, entry, outcome).await
    }
    /// As [`accept`](Self::accept) for a request that is run again: its dedupe key
    /// stops nothing, but is noted, so that its sender's next try is a duplicate.
    ///
    /// # Errors
    /// As [`accept`](Self::accept).
    pub async fn accept_replay(
        &self,
        plugin: &str,
        request: &Request,
        outcome: &Outcome,
        replay: Replay,
    ) -> Result<Vec<ChatId>> {
        let entry = Entry::new(Some(plugin), request, outcome.status, &outcome.summary, true);
        let entry = Entry { dedupe: outcome.dedupe.clone(), replay: Some(replay), ..entry };
        match self.take_in(plugin, entry, outcome).await? {
            Accepted::New { chats } => Ok(chats),
            Accepted::Duplicate { .. } => Ok(vec![]), // never of a replay
        }
    }
    async fn take_in(&self, plugin: &str, entry: Entry, outcome: &Outcome) -> Result<Accepted> {
        let notices = notices::prepare(&outcome.notices)?;
        let incoming = notices::Incoming::of(&notices);
        let (name, replaced) = (plugin, incoming.replaced());
        let (plugin, now, underway) = (plugin.to_owned(), self.now(), self.0.underway.clone());
        self.count_request(entry.bytes());
        let accepted = self.write(move |db| {
            if let Some(key) = &entry.dedupe
                && let Some(of) = seen(db, &plugin, key, now, Some(entry.id))?
                && entry.replay.is_none()
            {
                let reason = of.map_or_else(String::new, |of| format!("of request {of}"));
                // Whatever the handler would have answered, a duplicate is told that it is one.
                let status = StatusCode::OK.as_u16();
                Entry { decision: Decision::Duplicate, status, reason, ..entry }.insert(db)?;
                return Ok(Accepted::Duplicate { of, chats: of.map_or(Ok(vec![]), |of| notices::waiting_of(db, of))? });
            }
            entry.insert(db)?;
            Ok(Accepted::New {
                chats: notices::insert(db, &underway, &plugin, Some(entry.id), now, &notices, &replaced)?,
            })
        });
        let accepted = accepted.await?;
        if let Accepted::New { .. } = accepted {
            self.count(name, &incoming);
        }
        Ok(accepted)
    }
    /// Keeps a request that led to nothing, with the reason; and an incident, when
    /// it is one.
    pub async fn refuse(&self, plugin: Option<&str>, request: &Request, refused: Refused<'_>) -> Result<()> {
        let entry = Entry::new(plugin, request, refused.status, refused.reason, refused.keep_body);
        let decision = if refused.status.is_success() { Decision::Ignored } else { Decision::Refused };
        let entry = Entry { decision, replay: refused.replay.cloned(), ..entry };
        let (incident, now) = (refused.incident.map(str::to_owned), self.now());
        self.count_request(entry.bytes());
        let written = self.write(move |db| {
            if let Some(kind) = incident {
                let (peer, plugin, path) = (Some(&*entry.peer), entry.plugin.as_deref(), Some(&*entry.path));
                let incident = Incident { kind: &kind, peer, plugin, path, reason: &entry.reason };
                insert_incident(db, now, &incident, Some(entry.id))?;
            }
            entry.insert(db)
        });
        written.await?;
        if let (Some(kind), Some(metrics)) = (refused.incident, self.0.metrics.get()) {
            metrics.incident(kind);
        }
        Ok(())
    }
    /// Puts notices that belong to no request into the outbox; gives the chats that
    /// now have something waiting, or `None` when the dedupe key was seen within 7 days.
    ///
    /// # Errors
    /// When the journal cannot write: nothing will be posted.
    pub async fn enqueue(&self, plugin: &str, notices: &[Notice], dedupe: Option<&str>) -> Result<Option<Vec<ChatId>>> {
        let (name, dedupe, now) = (plugin.to_owned(), dedupe.map(str::to_owned), self.now());
        let known = move |db: &Connection| match dedupe {
            Some(key) => Ok(seen(db, &name, &key, now, None)?.is_some()),
            None => Ok(false),
        };
        self.enqueue_unless(plugin, notices, known).await
    }
    /// Notes `key` and puts notices into the outbox in one write, unless the key was
    /// noted within this time: then `None`. For telling the same thing once an hour.
    ///
    /// # Errors
    /// When the journal cannot write: nothing is noted.
    pub async fn enqueue_once_within(
        &self,
        plugin: &str,
        notices: &[Notice],
        key: &str,
        within: Duration,
    ) -> Result<Option<Vec<ChatId>>> {
        let (key, now) = (key.to_owned(), self.now());
        self.enqueue_unless(plugin, notices, move |db| Ok(chats::seen_within(db, &key, now, within)?)).await
    }
    /// Puts notices into the outbox in the write that finds them not known yet.
    async fn enqueue_unless(
        &self,
        plugin: &str,
        notices: &[Notice],
        known: impl FnOnce(&Connection) -> Result<bool> + Send + 'static,
    ) -> Result<Option<Vec<ChatId>>> {
        let notices = notices::prepare(notices)?;
        let incoming = notices::Incoming::of(&notices);
        let (name, replaced) = (plugin, incoming.replaced());
        let (plugin, now, underway) = (plugin.to_owned(), self.now(), self.0.underway.clone());
        let chats = self.write(move |db| {
            if known(db)? {
                return Ok(None);
            }
            notices::insert(db, &underway, &plugin, None, now, &notices, &replaced).map(Some)
        });
        let chats = chats.await?;
        if chats.is_some() {
            self.count(name, &incoming);
        }
        Ok(chats)
    }
    /// Keeps something that went against the rules and has no request: a limit, a
    /// denied command.
    pub async fn incident(&self, incident: Incident<'_>) -> Result<()> {
        let (now, kind, reason) = (self.now(), incident.kind.to_owned(), scrub(incident.reason).into_owned());
        let [peer, plugin, path] = [incident.peer, incident.plugin, incident.path].map(|text| text.map(str::to_owned));
        let written = self.write(move |db| {
            let [peer, plugin, path] = [&peer, &plugin, &path].map(Option::as_deref);
            insert_incident(db, now, &Incident { kind: &kind, peer, plugin, path, reason: &reason }, None)
        });
        written.await?;
        if let Some(metrics) = self.0.metrics.get() {
            metrics.incident(incident.kind);
        }
        Ok(())
    }

    /// The newest requests first; `secret 1` among the words: those that this secret
    /// of several proved.
    pub async fn requests(&self, filter: &Filter, limit: usize) -> Result<Vec<RequestRow>> {
        let columns = "plugin, method, path, params, status, decision, peer, reason, \
            (select group_concat(chat, ' ') from notices where request = requests.id), \
            iif(replay_of is null, null, 'replay'), replay_by";
        let (filter, secret) = rows::secret_of(filter);
        let proven = secret.map_or_else(String::new, |n| format!(" and proven_by like 'secret {n} of %'"));
        let (conditions, words) = rows::conditions(&filter, &format!("{columns}, {USER}"));
        let sql =
            format!("select {REQUEST} from requests where true{proven}{conditions} order by id desc limit {limit}");
        self.read(move |db| {
            let mut query = db.prepare(&sql)?;
            let rows = query.query_map(params_from_iter(words), request_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
    /// A request with its notices and each attempt.
    pub async fn request(&self, id: u64) -> Result<Option<RequestDetail>> {
        self.read(move |db| {
            let sql = format!("select {REQUEST}, body, sum from requests where id = ?");
            let mut query = db.prepare(&sql)?;
            let found = query.query_row([id], |row| {
                let body: Option<Vec<u8>> = row.get("body")?;
                let mut request = request_row(row)?;
                // What cannot be read of it must not hide the rest.
                if let Err(error) = sums::check(row, &["method", "path", "query", "headers", "body", "params"]) {
                    request.reason += &format!(" (its headers and body are {})", rows::reason(error));
                    return Ok(RequestDetail { request, params: vec![], headers: vec![], body: None, notices: vec![] });
                }
                let headers = rows::json(row, "headers").unwrap_or_default();
                let params = rows::json(row, "params").unwrap_or_default();
                Ok(RequestDetail { request, params, headers, body: body.map(Bytes::from), notices: vec![] })
            });
            let Some(mut found) = found.optional()? else { return Ok(None) };
            found.notices = notices::of_request(db, id)?;
            Ok(Some(found))
        })
        .await
    }
    /// The newest incidents first; words are looked for in kind, peer, plugin,
    /// path, reason and user.
    pub async fn incidents(&self, filter: &Filter, limit: usize) -> Result<Vec<IncidentRow>> {
        let named = format!("(select {USER} from requests where requests.id = incidents.request)");
        let (conditions, words) = rows::conditions(filter, &format!("kind, peer, plugin, path, reason, {named}"));
        let headers = "(select headers from requests where requests.id = incidents.request) as headers";
        let sql = format!("select *, {headers} from incidents where true{conditions} order by id desc limit {limit}");
        self.read(move |db| {
            let mut query = db.prepare(&sql)?;
            let rows = query.query_map(params_from_iter(words), |row| {
                Ok(IncidentRow {
                    id: row.get("id")?,
                    at: rows::time(row, "at")?,
                    kind: row.get("kind")?,
                    peer: row.get("peer")?,
                    plugin: row.get("plugin")?,
                    path: row.get("path")?,
                    reason: row.get("reason")?,
                    request: row.get("request")?,
                    user: user(row),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

/// The first number that no request has had.
pub(super) fn first_free_id(db: &Connection) -> rusqlite::Result<u64> {
    let sql = "select 1 + max(
        coalesce((select seq from sqlite_sequence where name = 'requests'), 0),
        coalesce((select max(request) from notices where request is not null), 0))";
    db.query_row(sql, [], |row| row.get(0))
}

/// A row to be, with everything serialised before the writer's thread gets it.
struct Entry {
    id: u64,
    at: Timestamp,
    peer: String,
    method: String,
    path: String,
    query: String,
    plugin: Option<String>,
    status: u16,
    decision: Decision,
    reason: String,
    dedupe: Option<String>,
    headers: String,
    body: Option<Bytes>,
    params: Option<String>,
    replay: Option<Replay>,
    proven_by: Option<String>,
}

impl Entry {
    fn new(plugin: Option<&str>, request: &Request, status: StatusCode, reason: &str, keep_body: bool) -> Self {
        let json = |pairs| serde_json::to_string::<Vec<(String, String)>>(pairs).expect("pairs of texts are JSON");
        Entry {
            id: request.id,
            at: request.received_at,
            peer: request.peer.to_string(),
            method: request.method.to_string(),
            path: request.path.clone(),
            query: json(&mask::query(&request.query)),
            plugin: plugin.map(Into::into),
            status: status.as_u16(),
            decision: Decision::Accepted,
            reason: scrub(reason).into_owned(),
            dedupe: None,
            headers: json(&mask::headers(&request.headers)),
            body: keep_body.then(|| request.body.clone()),
            params: (keep_body && !request.params.is_empty()).then(|| json(&request.params)),
            replay: None,
            proven_by: request.proof(),
        }
    }
    /// About how much it takes in the file.
    fn bytes(&self) -> usize {
        let body = self.body.as_ref().map_or(0, Bytes::len);
        self.path.len() + self.query.len() + self.reason.len() + self.headers.len() + body
    }
    fn insert(&self, db: &Connection) -> Result<()> {
        let sql = "insert into requests (id, at, peer, method, path, query, plugin, status, decision, reason, dedupe,
            headers, body, params, replay_of, replay_by, proven_by, sum)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let (body, params) = (self.body.as_deref().unwrap_or_default(), self.params.as_deref().unwrap_or_default());
        let [method, path, query, headers] =
            [&self.method, &self.path, &self.query, &self.headers].map(String::as_bytes);
        let sum = sums::sum(&[method, path, query, headers, body, params.as_bytes()]);
        db.prepare_cached(sql)?.execute(params![
            self.id,
            ms(self.at),
            self.peer,
            self.method,
            self.path,
            self.query,
            self.plugin,
            self.status,
            self.decision,
            self.reason,
            self.dedupe,
            self.headers,
            self.body.as_deref(),
            self.params,
            self.replay.as_ref().map(|replay| replay.of),
            self.replay.as_ref().map(|replay| &replay.by),
            self.proven_by,
            sum,
        ])?;
        Ok(())
    }
}

/// Notes a dedupe key; `Some` with the request that had it when it was there.
fn seen(
    db: &Connection,
    plugin: &str,
    key: &str,
    now: Timestamp,
    request: Option<u64>,
) -> rusqlite::Result<Option<Option<u64>>> {
    let days = (DEDUPE_DAYS * 24).hours();
    let since = now.saturating_sub(days).unwrap_or(Timestamp::MIN);
    // Later than now when the clock was set back: not for longer either.
    let until = now.saturating_add(days).unwrap_or(Timestamp::MAX);
    let sql = "select request from dedupe where plugin = ? and key = ? and at > ? and at < ?";
    let times = params![plugin, key, ms(since), ms(until)];
    let first = db.prepare_cached(sql)?.query_row(times, |row| row.get(0)).optional()?;
    if first.is_none() {
        let sql = "insert or replace into dedupe (plugin, key, at, request) values (?, ?, ?, ?)";
        db.prepare_cached(sql)?.execute(params![plugin, key, ms(now), request])?;
    }
    Ok(first)
}

fn insert_incident(db: &Connection, at: Timestamp, incident: &Incident<'_>, request: Option<u64>) -> Result<()> {
    let Incident { kind, peer, plugin, path, reason } = incident;
    let sql = "insert into incidents (at, kind, peer, plugin, path, reason, request) values (?, ?, ?, ?, ?, ?, ?)";
    db.prepare_cached(sql)?.execute(params![ms(at), kind, peer, plugin, path, reason, request])?;
    Ok(())
}

/// The columns of [`request_row`].
const REQUEST: &str = "id, at, peer, method, path, query, plugin, status, decision, reason, dedupe, replay_of, replay_by, headers, params, \
    (select count(*) from notices where request = requests.id) as messages, \
    (select json_group_array(distinct chat) from notices where request = requests.id) as chats";

/// [`user`] for a search: what stands in the headers between `Basic ` and the mask.
const USER: &str = r#"iif(instr(headers, '"Basic '), substr(headers, instr(headers, '"Basic ') + 7,
    max(0, instr(substr(headers, instr(headers, '"Basic ') + 7), ':***"') - 1)), null)"#;

/// The user that the headers of a row name.
fn user(row: &Row<'_>) -> Option<String> {
    mask::user(&rows::json::<Vec<(String, String)>>(row, "headers").ok()?)
}

/// A hook's path with what stood in the place of its parameters.
fn uri(path: &str, params: &[(String, String)]) -> String {
    let params = mask::query(params);
    let filled = |part: &str| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let name = name.strip_prefix('*').unwrap_or(name);
        params.iter().find(|(param, _)| param == name).map(|(_, value)| value.clone())
    };
    let parts = path.split('/').map(|part| filled(part).unwrap_or_else(|| part.to_owned()));
    parts.collect::<Vec<_>>().join("/")
}

fn request_row(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    let chats: Vec<String> = rows::json(row, "chats")?;
    let path: String = row.get("path")?;
    let params: Vec<(String, String)> = rows::json(row, "params").unwrap_or_default();
    Ok(RequestRow {
        uri: uri(&path, &params),
        id: row.get("id")?,
        at: rows::time(row, "at")?,
        peer: row.get("peer")?,
        user: user(row),
        method: row.get("method")?,
        path,
        query: rows::json(row, "query").unwrap_or_default(),
        plugin: row.get("plugin")?,
        status: row.get("status")?,
        decision: row.get("decision")?,
        reason: row.get("reason")?,
        dedupe: row.get("dedupe")?,
        replay: row.get::<_, Option<u64>>("replay_of")?.zip(row.get("replay_by")?).map(|(of, by)| Replay { of, by }),
        chats: chats.iter().map(|chat| rows::chat(chat)).collect(),
        messages: row.get("messages")?,
    })
}
