//! Notices: how they come into the queue, what the outbox reads and records, and
//! what people do with those that are stuck.
use super::{
    Journal, chats,
    replace::{self, Underway},
    rows::{self, AttemptOutcome, AttemptRow, Filter, NoticeDetail, NoticeRow, NoticeState, ms},
    sums,
};
use crate::metrics::NoticeStep;
use anyhow::{Context, Result, ensure};
use factotum_plugin_api::{chat::ChatId, notice::Notice, secret::scrub};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tracing::error;

/// A longer reason is cut: one server answers an error with a page of HTML.
const DETAIL_CHARS: usize = 500;
/// Why a notice is given up whose row is not what the index says.
const WRONG_INDEX: &str = "damaged on the disk: an index says what its table does not";

/// A notice that its chat does not have yet, as the outbox needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
    /// When it was put into the outbox.
    pub at: Timestamp,
    /// When its time to be given up began to run.
    pub since: Timestamp,
    /// The plugin that it comes from.
    pub plugin: String,
    /// The notice; its chat is where that lives now.
    pub notice: Notice,
    /// How far it is up the ladder of pauses.
    pub step: u32,
    /// When it may be tried; at once when that is `None`.
    pub not_before: Option<Timestamp>,
    /// The message ids of the parts that are posted.
    pub done: Vec<String>,
    /// The part that was sent without an answer, counted from 0.
    pub unanswered: Option<usize>,
    /// The message in this chat about the same key.
    pub posted: Option<Posted>,
}

/// A notice that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its number.
    pub id: u64,
    /// The plugin that it comes from.
    pub plugin: String,
    /// Why.
    pub reason: String,
}

/// The message that stands in a chat about some key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Posted {
    /// Its id; more than one when the text was long, none when it was told among others.
    pub messages: Vec<String>,
    /// The thread that it is in.
    pub thread: Option<String>,
}

/// One attempt, and what it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The notice.
    pub id: u64,
    /// How the attempt ended.
    pub outcome: AttemptOutcome,
    /// The message's id, or what went wrong.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
    /// What it means for the notice.
    pub step: Step,
}

/// What an attempt means for its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The chat has all of it: the ids of its messages.
    Sent(Vec<String>),
    /// The chat has it in this message, which tells of others too: no message is its own.
    Grouped(String),
    /// The chat has these parts and wants the next.
    Parts(Vec<String>),
    /// It is tried again.
    Again {
        /// Not before this.
        at: Timestamp,
        /// So far up the ladder.
        step: u32,
        /// The part that may have arrived.
        unanswered: Option<usize>,
    },
    /// The earlier message cannot be edited: a new one is posted instead.
    Anew,
    /// It is a dead letter.
    Dead,
    /// Its chat and all that waits for it is now there; tried not before `at`.
    Moved {
        /// Where the chat lives now.
        to: ChatId,
        /// Not before this.
        at: Option<Timestamp>,
    },
}

/// Which stuck notices a person means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those with these numbers.
    Ids(Vec<u64>),
    /// All dead letters.
    AllDead,
}

/// What [`Journal::retry`] and [`Journal::drop_notices`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The notices that they changed.
    pub ids: Vec<u64>,
    /// Their chats, which the outbox should look at.
    pub chats: Vec<ChatId>,
    /// Those that are not tried again, since a later notice says what is so now.
    pub replaced: Vec<u64>,
}

/// How the outbox of one network stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NetworkCount {
    /// The network's name.
    pub network: String,
    /// How many notices wait.
    pub waiting: u64,
    /// Since when the oldest of them does.
    pub oldest: Option<Timestamp>,
    /// When the first of them may be tried, where none may be tried before.
    pub next_try: Option<Timestamp>,
    /// How many dead letters there are.
    pub dead: u64,
}

pub(super) fn waiting_chats(db: &Connection) -> rusqlite::Result<Vec<ChatId>> {
    let mut query = db.prepare("select distinct chat from notices where state = 'waiting'")?;
    let chats = query.query_map([], |row| Ok(rows::chat(row.get_ref(0)?.as_str()?)))?;
    chats.collect()
}

impl Journal {
    /// The chats that have something waiting.
    pub async fn waiting_chats(&self) -> Result<Vec<ChatId>> {
        self.read(|db| Ok(waiting_chats(db)?)).await
    }
    /// The first notice that waits for this chat. One that cannot be read, since it
    /// is damaged or of another version, is a dead letter from here on, so that it
    /// does not block those behind it.
    pub async fn next_waiting(&self, chat: &ChatId) -> Result<Option<Result<Waiting, Unreadable>>> {
        self.next_waiting_after(chat, 0).await
    }
    /// As [`next_waiting`](Self::next_waiting), of those that come after the notice `after`.
    pub(crate) async fn next_waiting_after(
        &self,
        chat: &ChatId,
        after: u64,
    ) -> Result<Option<Result<Waiting, Unreadable>>> {
        let name = chat.clone();
        let found = self.read(move |db| next_waiting(db, &name, after)).await?;
        let Some(Err(Unreadable { id, reason, .. })) = &found else { return Ok(found) };
        error!(%chat, notice = id, reason, "given up");
        let (id, reason) = (*id, reason.clone());
        self.write(move |db| {
            let sql = "update notices set state = 'dead', error = ?, not_before = null
                where id = ? and state not in ('sent', 'dropped', 'replaced', 'silenced')";
            db.prepare_cached(sql)?.execute(params![reason, id])?;
            if reason == WRONG_INDEX {
                // SQLite's own check believes it; made anew it fits.
                db.execute_batch("reindex notices")?;
            }
            Ok(())
        })
        .await?;
        Ok(found)
    }
    /// The message that stands in a chat about some key.
    pub async fn posted(&self, chat: &ChatId, key: &str) -> Result<Option<Posted>> {
        let (chat, key) = (chat.to_string(), key.to_owned());
        self.read(move |db| posted(db, &chat, &key)).await
    }
    /// Records an attempt and what it changes in one write. A notice that somebody
    /// dropped meanwhile stays dropped, unless the chat has it now. When the chat has
    /// all of it, gives the notice that waits for it next, if that can be read.
    ///
    /// That something was posted survives the end of the process when this returns,
    /// and a power cut a little later: see `write_soon`.
    pub async fn record(&self, chat: &ChatId, tried: Tried) -> Result<Option<Waiting>> {
        self.record_all(chat, vec![tried]).await
    }
    /// As [`record`](Self::record), for all notices that one call was made for.
    pub async fn record_all(&self, chat: &ChatId, tried: Vec<Tried>) -> Result<Option<Waiting>> {
        let (now, chat) = (self.now(), chat.clone());
        let sent = tried.iter().all(|tried| matches!(tried.step, Step::Sent(_) | Step::Grouped(_)));
        let moved = tried.iter().find_map(|tried| match &tried.step {
            Step::Moved { to, .. } => Some((chat.clone(), to.clone())),
            _ => None,
        });
        let work = move |db: &Connection| {
            let mut replaced = vec![];
            for tried in &tried {
                replaced.extend(record(db, now, tried)?);
            }
            Ok((if sent { next_waiting(db, &chat, 0)?.and_then(Result::ok) } else { None }, replaced))
        };
        let (next, replaced) = if sent { self.write_soon(work).await? } else { self.write(work).await? };
        self.count_replaced(replaced);
        if let Some((old, new)) = moved {
            self.moved().note(&old, &new);
        }
        Ok(next)
    }
    /// How often this notice was told that its chat lives elsewhere.
    pub async fn times_moved(&self, id: u64) -> Result<u32> {
        self.read(move |db| {
            let sql = "select count(*) from attempts where notice = ? and outcome = 'moved'";
            Ok(db.query_row(sql, [id], |row| row.get(0))?)
        })
        .await
    }

    /// The newest notices first, of one state or of all; words are looked for in
    /// plugin, chat, key, state and error. A number among those that were sent is
    /// that of a notice or of its message.
    pub async fn notices(&self, state: Option<NoticeState>, filter: &Filter, limit: usize) -> Result<Vec<NoticeRow>> {
        let mut filter = filter.clone();
        let mut exactly = String::new();
        if state == Some(NoticeState::Sent) {
            for word in filter.words.extract_if(.., |word| number_of(word).is_some()) {
                exactly += &number_of(&word).map(is_number).unwrap_or_default();
            }
        }
        let (mut conditions, words) = rows::conditions(&filter, "plugin, chat, key, state, error");
        conditions += &exactly;
        if let Some(state) = state {
            conditions += &format!(" and state = '{state}'"); // literal, so that the partial indexes serve
        }
        let sql = format!("select * from notices where true{conditions} order by id desc limit {limit}");
        self.read(move |db| {
            let mut query = db.prepare(&sql)?;
            let rows = query.query_map(params_from_iter(words), notice_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
    /// A notice with each attempt.
    pub async fn notice(&self, id: u64) -> Result<Option<NoticeDetail>> {
        self.read(move |db| {
            let found = db.query_row("select * from notices where id = ?", [id], notice_row).optional()?;
            found.map(|notice| detail(db, notice)).transpose()
        })
        .await
    }
    /// How the outbox stands, for each network that has something in it.
    pub async fn counts(&self) -> Result<Vec<NetworkCount>> {
        self.read(|db| {
            let sql = "select substr(chat, 1, instr(chat, ':') - 1) as network, sum(waiting) as waiting,
                    min(oldest) as oldest, min(next_try) as next_try, sum(dead) as dead
                from (select queue.chat, waiting, at as oldest, coalesce(not_before, 0) as next_try, 0 as dead
                        from (select chat, count(*) as waiting, min(id) as first
                            from notices where state = 'waiting' group by chat) as queue
                        join notices on id = first
                    union all select chat, 0, null, null, count(*) from notices where state = 'dead' group by chat)
                group by 1 order by 1"; // of a chat's backlog only the first row is read, the rest is in the index
            let mut query = db.prepare(sql)?;
            let rows = query.query_map([], |row| {
                let oldest: Option<i64> = row.get("oldest")?;
                let next_try: Option<i64> = row.get("next_try")?;
                Ok(NetworkCount {
                    network: row.get("network")?,
                    waiting: row.get("waiting")?,
                    oldest: oldest.map(rows::from_ms),
                    next_try: next_try.filter(|at| *at > 0).map(rows::from_ms),
                    dead: row.get("dead")?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
    /// Puts dead letters back into the queue, at their old place and with a new
    /// day to arrive; a waiting one is tried at once. One is left out when a later
    /// notice about the same was sent or waits. Wake the outbox with the chats.
    pub async fn retry(&self, which: Which) -> Result<Changed> {
        let now = ms(self.now());
        let set = format!("state = 'waiting', since = {now}, step = 0, not_before = null");
        let underway = self.0.underway.clone();
        let retried = self.write(move |db| {
            let dead: Vec<u64> = match &which {
                Which::Ids(ids) => ids.clone(),
                Which::AllDead => {
                    let mut query = db.prepare("select id from notices where state = 'dead' and key is not null")?;
                    query.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
                }
            };
            let mut replaced = vec![];
            for id in dead {
                if replace::superseded(db, id)? {
                    replaced.push(id);
                }
            }
            let mut changed = change(db, which, &set)?;
            for id in &changed.ids {
                let found = db.query_row("select chat, key from notices where id = ?", [id], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
                })?;
                if let (chat, Some(key)) = found {
                    replaced.extend(replace::waiting_before(db, &underway, &chat, &key, *id)?);
                }
            }
            changed.ids.retain(|id| !replaced.contains(id));
            changed.replaced = replaced;
            let plugins: Result<Vec<String>, _> = changed.replaced.iter().map(|id| replace::plugin(db, *id)).collect();
            Ok((changed, plugins?))
        });
        let (changed, plugins) = retried.await?;
        self.count_replaced(plugins);
        Ok(changed)
    }
    /// Takes notices out of the queue for good; [`Which::AllDead`] leaves what still
    /// waits. Wake the outbox with the chats.
    pub async fn drop_notices(&self, which: Which) -> Result<Changed> {
        self.write(move |db| change(db, which, "state = 'dropped', not_before = null")).await
    }
}

fn change(db: &Connection, which: Which, set: &str) -> Result<Changed> {
    let mut changed = Changed::default();
    let mut chats = BTreeSet::new();
    let mut change = |sql: &str, id: Option<u64>| -> Result<()> {
        let mut query = db.prepare(&format!("update notices set {set} where {sql} returning id, chat"))?;
        let mut rows = query.query(params_from_iter(id))?;
        while let Some(row) = rows.next()? {
            changed.ids.push(row.get(0)?);
            chats.insert(rows::chat(row.get_ref(1)?.as_str()?));
        }
        Ok(())
    };
    match which {
        Which::AllDead => change("state = 'dead'", None)?,
        Which::Ids(ids) => {
            for id in ids {
                change("id = ? and state in ('waiting', 'dead', 'silenced')", Some(id))?;
            }
        }
    }
    changed.ids.sort_unstable();
    changed.chats = chats.into_iter().collect();
    Ok(changed)
}

/// A notice as it goes into the file.
pub(super) struct Prepared {
    chat: String,
    key: Option<String>,
    json: String,
}

pub(super) fn prepare(notices: &[Notice]) -> Result<Vec<Prepared>> {
    let prepare = |notice: &Notice| {
        let json = serde_json::to_string(notice).context("a notice that is no JSON")?;
        // What goes in must come out again: else its chat would wait for it in vain.
        let back = serde_json::from_str(&json).map(|back: Notice| back.to);
        let back = back.with_context(|| format!("a notice for {:?} that cannot be read again", notice.to))?;
        ensure!(back == notice.to, "a notice for {:?} that would come out for {back:?}", notice.to);
        Ok(Prepared { chat: notice.to.to_string(), key: notice.key.clone(), json })
    };
    notices.iter().map(prepare).collect()
}

/// Counts notices that come in, once they are on disk.
pub(super) struct Incoming {
    notices: u64,
    replaced: Arc<AtomicU64>,
}

impl Incoming {
    pub(super) fn of(notices: &[Prepared]) -> Self {
        Incoming { notices: notices.len() as u64, replaced: Arc::default() }
    }
    /// What [`insert`] adds to.
    pub(super) fn replaced(&self) -> Arc<AtomicU64> {
        self.replaced.clone()
    }
}

impl Journal {
    pub(super) fn count(&self, plugin: &str, incoming: &Incoming) {
        if let Some(metrics) = self.0.metrics.get() {
            metrics.notices(plugin, NoticeStep::Enqueued, incoming.notices);
            metrics.notices(plugin, NoticeStep::Replaced, incoming.replaced.load(Ordering::Relaxed));
        }
    }
    /// Counts notices that were replaced later on, each by its plugin.
    fn count_replaced(&self, plugins: impl IntoIterator<Item = String>) {
        if let Some(metrics) = self.0.metrics.get() {
            plugins.into_iter().for_each(|plugin| metrics.notices(&plugin, NoticeStep::Replaced, 1));
        }
    }
}

/// Puts notices into the queue, each where its chat lives now; gives those chats.
pub(super) fn insert(
    db: &Connection,
    underway: &Underway,
    plugin: &str,
    request: Option<u64>,
    now: Timestamp,
    notices: &[Prepared],
    replaced: &AtomicU64,
) -> Result<Vec<ChatId>> {
    let mut chats = BTreeSet::new();
    for Prepared { chat, key, json } in notices {
        let mut moved = db.prepare_cached("select new from moved where old = ?")?;
        let moved: Option<String> = moved.query_row([chat], |row| row.get(0)).optional()?;
        let chat = moved.as_ref().unwrap_or(chat);
        let sql = "insert into notices (at, since, plugin, request, chat, key, notice, sum)
            values (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7) returning id";
        let row = params![ms(now), plugin, request, chat, key, json, sums::sum(&[json.as_bytes()])];
        let id: u64 = db.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
        if let Some(key) = key {
            let count = replace::waiting_before(db, underway, chat, key, id)?.len();
            replaced.fetch_add(count as u64, Ordering::Relaxed);
        }
        chats.insert(rows::chat(chat));
    }
    Ok(chats.into_iter().collect())
}

/// The chats that wait for a notice of a request.
pub(super) fn waiting_of(db: &Connection, request: u64) -> Result<Vec<ChatId>> {
    let sql = "select distinct chat from notices where request = ? and state = 'waiting'";
    let mut query = db.prepare_cached(sql)?;
    let chats = query.query_map([request], |row| Ok(rows::chat(row.get_ref(0)?.as_str()?)))?;
    Ok(chats.collect::<rusqlite::Result<_>>()?)
}

/// The notices of a request with their attempts.
pub(super) fn of_request(db: &Connection, request: u64) -> Result<Vec<NoticeDetail>> {
    let mut query = db.prepare("select * from notices where request = ? order by id")?;
    let notices: Vec<NoticeRow> = query.query_map([request], notice_row)?.collect::<rusqlite::Result<_>>()?;
    notices.into_iter().map(|notice| detail(db, notice)).collect()
}

fn detail(db: &Connection, notice: NoticeRow) -> Result<NoticeDetail> {
    let mut query = db.prepare("select at, outcome, detail, took_ms from attempts where notice = ? order by n")?;
    let tries = query.query_map([notice.id], |row| {
        let (outcome, detail) = (row.get("outcome")?, row.get("detail")?);
        Ok(AttemptRow { at: rows::time(row, "at")?, outcome, detail, took_ms: row.get("took_ms")? })
    })?;
    let tries = tries.collect::<rusqlite::Result<_>>()?;
    Ok(NoticeDetail { notice, tries })
}

/// A notice as people see it; one that this version cannot read shows what stands
/// in the file as its text.
fn notice_row(row: &Row<'_>) -> rusqlite::Result<NoticeRow> {
    let not_before: Option<i64> = row.get("not_before")?;
    let done: Vec<String> = rows::json(row, "done").unwrap_or_default();
    let chat = rows::chat(row.get_ref("chat")?.as_str()?);
    let notice = match rows::json(row, "notice") {
        Ok(notice) => notice,
        Err(_) => Notice::new(chat.clone(), row.get::<_, String>("notice")?),
    };
    Ok(NoticeRow {
        id: row.get("id")?,
        at: rows::time(row, "at")?,
        plugin: row.get("plugin")?,
        request: row.get("request")?,
        chat,
        key: row.get("key")?,
        notice,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        parts_done: done.len(),
        not_before: not_before.map(rows::from_ms),
        error: row.get("error")?,
    })
}

/// The first one that waits, or why it cannot be read.
pub(super) fn next_waiting(db: &Connection, chat: &ChatId, after: u64) -> Result<Option<Result<Waiting, Unreadable>>> {
    let name = chat.to_string();
    let first = "select id from notices where state = 'waiting' and chat = ? and id > ? order by id limit 1";
    let Some(id) = db.prepare_cached(first)?.query_row(params![name, after], |row| row.get::<_, u64>(0)).optional()?
    else {
        return Ok(None);
    };
    // By its number: of one found by the index SQLite shows what the index says, and
    // the row itself may say another thing when either is damaged.
    let sql = "select id, at, since, plugin, key, notice, step, not_before, done, unanswered, sum, state, chat
        from notices where id = ?";
    let mut query = db.prepare_cached(sql)?;
    // An error of the step is one of the file; one of a column concerns this row alone.
    let mut found = query.query([id])?;
    let row = found.next()?;
    let unreadable = |reason: String| -> Result<_> {
        let plugin = row.and_then(|row| row.get("plugin").ok()).unwrap_or_default();
        Ok(Some(Err(Unreadable { id, plugin, reason })))
    };
    let waits = |row: &&Row<'_>| says(row, "state", NoticeState::Waiting.as_str()) && says(row, "chat", &name);
    let Some(row) = row.filter(waits) else { return unreadable(WRONG_INDEX.into()) };
    let mut waiting = match waiting(row, chat) {
        Ok((waiting, to)) if to == *chat || chats::lives_at(db, &to, &name)? => waiting,
        Ok(_) => return unreadable("damaged on the disk: it was for another chat".into()),
        Err(error) => return unreadable(format!("unreadable: {}", rows::reason(error))),
    };
    if let Some(key) = &waiting.notice.key {
        waiting.posted = posted(db, &name, key)?;
    }
    Ok(Some(Ok(waiting)))
}

fn says(row: &Row<'_>, column: &str, text: &str) -> bool {
    row.get_ref(column).is_ok_and(|value| value.as_bytes().is_ok_and(|bytes| bytes == text.as_bytes()))
}

/// A notice, and the chat that it was put in for.
fn waiting(row: &Row<'_>, chat: &ChatId) -> rusqlite::Result<(Waiting, ChatId)> {
    sums::check(row, &["notice"])?;
    let not_before: Option<i64> = row.get("not_before")?;
    let mut notice: Notice = rows::json(row, "notice")?;
    let to = std::mem::replace(&mut notice.to, chat.clone());
    let waiting = Waiting {
        id: row.get("id")?,
        at: rows::time(row, "at")?,
        since: rows::time(row, "since")?,
        plugin: row.get("plugin")?,
        notice,
        step: row.get("step")?,
        not_before: not_before.map(rows::from_ms),
        done: rows::json(row, "done")?,
        unanswered: row.get("unanswered")?,
        posted: None,
    };
    Ok((waiting, to))
}

/// A message whose ids cannot be read is as one that is not there.
fn posted(db: &Connection, chat: &str, key: &str) -> Result<Option<Posted>> {
    let mut query = db.prepare_cached("select messages, thread from posted where chat = ? and key = ?")?;
    let found = query.query_row([chat, key], |row| {
        let thread = row.get("thread")?;
        Ok(rows::json(row, "messages").ok().map(|messages| Posted { messages, thread }))
    });
    Ok(found.optional()?.flatten())
}

/// A notice's number or a message's, or with `m` a message's alone: `403`, `m403`.
fn number_of(word: &str) -> Option<(bool, u64)> {
    let digits = word.strip_prefix(['m', 'M']);
    let number = digits.unwrap_or(word);
    // No sign: parse would take one.
    let number = number.starts_with(|c: char| c.is_ascii_digit()).then(|| number.parse().ok())??;
    Some((digits.is_some(), number))
}
/// The condition for that, beside others.
fn is_number((of_message, number): (bool, u64)) -> String {
    let own = if of_message { String::new() } else { format!("id = {number} or ") };
    format!(" and ({own}exists (select 1 from json_each(done) where value in ('{number}', 'm{number}')))")
}

/// The chat has all of a notice, among `others` or not; gives how often it was tried. What
/// comes later about the same edits no message that tells of others too.
fn sent(db: &Connection, now: Timestamp, id: u64, messages: &[String], others: Option<&str>) -> Result<Option<u64>> {
    let own = if others.is_some() { &[] } else { messages };
    let (messages, own) = (serde_json::to_string(messages)?, serde_json::to_string(own)?);
    let sql = "update notices set attempts = attempts + 1, state = 'sent', done = ?, error = ?, not_before = null
        where id = ? returning attempts, chat, key, json_extract(notice, '$.thread')";
    type Row = (u64, String, Option<String>, Option<String>);
    let row = |row: &rusqlite::Row<'_>| Ok::<Row, _>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let found = db.prepare_cached(sql)?.query_row(params![messages, others, id], row).optional()?;
    let Some((attempts, chat, key, thread)) = found else { return Ok(None) };
    if let Some(key) = key {
        let sql = "insert or replace into posted (chat, key, messages, thread, at) values (?, ?, ?, ?, ?)";
        db.prepare_cached(sql)?.execute(params![chat, key, own, thread, ms(now)])?;
    }
    Ok(Some(attempts))
}

/// Records an attempt; gives the notice's plugin when a later one replaces it now.
fn record(db: &Connection, now: Timestamp, tried: &Tried) -> Result<Option<String>> {
    let id = tried.id;
    let n: Option<u64> = match &tried.step {
        Step::Sent(messages) => sent(db, now, id, messages, None)?,
        Step::Grouped(message) => sent(db, now, id, std::slice::from_ref(message), Some(&tried.detail))?,
        _ => {
            let sql = "update notices set attempts = attempts + 1 where id = ? returning attempts";
            db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?
        }
    };
    // Dropped by a person and swept since: nobody asks any more.
    let Some(n) = n else { return Ok(None) };
    let detail: String = scrub(&tried.detail).chars().take(DETAIL_CHARS).collect();
    let took_ms = u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX >> 1);
    db.prepare_cached("insert into attempts (notice, n, at, outcome, detail, took_ms) values (?, ?, ?, ?, ?, ?)")?
        .execute(params![id, n, ms(now), tried.outcome, detail, took_ms])?;
    match &tried.step {
        Step::Sent(_) | Step::Grouped(_) => {} // above, in one go: most attempts end so
        Step::Parts(messages) => {
            let sql = "update notices set done = ?, step = 0, error = null, not_before = null where id = ?";
            db.prepare_cached(sql)?.execute(params![serde_json::to_string(messages)?, id])?;
        }
        Step::Again { at, step, unanswered } => {
            let sql = "update notices set not_before = ?, step = ?, unanswered = coalesce(?, unanswered), error = ?
                where id = ? and state = 'waiting'";
            db.prepare_cached(sql)?.execute(params![ms(*at), step, unanswered, detail, id])?;
            return Ok(replace::failed(db, id)?);
        }
        Step::Anew => {
            let sql = "delete from posted where (chat, key) = (select chat, key from notices where id = ?)";
            db.prepare_cached(sql)?.execute([id])?;
            db.prepare_cached("update notices set done = '[]', not_before = null where id = ?")?.execute([id])?;
        }
        Step::Dead => {
            let sql = "update notices set state = 'dead', error = ?, not_before = null
                where id = ? and state = 'waiting'";
            db.prepare_cached(sql)?.execute(params![detail, id])?;
        }
        Step::Moved { to, at } => {
            let sql = "update notices set not_before = ? where id = ? and state = 'waiting'";
            db.prepare_cached(sql)?.execute(params![at.map(ms), id])?;
            let old: String = db.query_row("select chat from notices where id = ?", [id], |row| row.get(0))?;
            super::chats::moved(db, now, &old, &to.to_string())?;
        }
    }
    Ok(None)
}
