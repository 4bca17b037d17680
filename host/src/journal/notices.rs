//! Notices: how they come into the queue, what the outbox reads and records, and
//! what people do with those that are stuck.
use super::{
    Journal,
    replace::{self, Underway},
    rows::{self, AttemptOutcome, AttemptRow, Filter, NoticeDetail, NoticeRow, NoticeState, ms},
};
use anyhow::{Context, Result, ensure};
use factotum_plugin_api::{chat::ChatId, notice::Notice, secret::scrub};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::Serialize;
use std::{collections::BTreeSet, time::Duration};
use tracing::error;

/// A longer reason is cut: one server answers an error with a page of HTML.
const DETAIL_CHARS: usize = 500;

/// A notice that its chat does not have yet, as the outbox needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
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

/// The message that stands in a chat about some key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Posted {
    /// Its id; more than one when the text was long.
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
    /// How many dead letters there are.
    pub dead: u64,
}

impl Journal {
    /// The chats that have something waiting.
    pub async fn waiting_chats(&self) -> Result<Vec<ChatId>> {
        self.read(|db| {
            let mut query = db.prepare("select distinct chat from notices where state = 'waiting'")?;
            let chats = query.query_map([], |row| Ok(rows::chat(row.get_ref(0)?.as_str()?)))?;
            Ok(chats.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
    /// The first notice that waits for this chat. One that this version cannot read
    /// becomes a dead letter here, so that it does not block those behind it.
    pub async fn next_waiting(&self, chat: &ChatId) -> Result<Option<Waiting>> {
        loop {
            let name = chat.clone();
            let (id, reason) = match self.read(move |db| next_waiting(db, &name)).await? {
                None => return Ok(None),
                Some(Ok(waiting)) => return Ok(Some(waiting)),
                Some(Err(unreadable)) => unreadable,
            };
            error!(%chat, notice = id, reason, "given up");
            self.write(move |db| {
                let sql = "update notices set state = 'dead', error = ?, not_before = null
                    where id = ? and state = 'waiting'";
                Ok(db.prepare_cached(sql)?.execute(params![reason, id]).map(drop)?)
            })
            .await?;
        }
    }
    /// The message that stands in a chat about some key.
    pub async fn posted(&self, chat: &ChatId, key: &str) -> Result<Option<Posted>> {
        let (chat, key) = (chat.to_string(), key.to_owned());
        self.read(move |db| posted(db, &chat, &key)).await
    }
    /// Records an attempt and what it changes in one write. A notice that somebody
    /// dropped meanwhile stays dropped, unless the chat has it now.
    pub async fn record(&self, tried: Tried) -> Result<()> {
        let now = self.now();
        self.write(move |db| record(db, now, &tried)).await
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
    /// plugin, chat, key, state and error.
    pub async fn notices(&self, state: Option<NoticeState>, filter: &Filter, limit: usize) -> Result<Vec<NoticeRow>> {
        let (mut conditions, words) = rows::conditions(filter, "plugin, chat, key, state, error");
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
                    min(oldest) as oldest, sum(dead) as dead
                from (select chat, count(*) as waiting, min(at) as oldest, 0 as dead
                        from notices where state = 'waiting' group by chat
                    union all select chat, 0, null, count(*) from notices where state = 'dead' group by chat)
                group by 1 order by 1";
            let mut query = db.prepare(sql)?;
            let rows = query.query_map([], |row| {
                let oldest: Option<i64> = row.get("oldest")?;
                Ok(NetworkCount {
                    network: row.get("network")?,
                    waiting: row.get("waiting")?,
                    oldest: oldest.map(rows::from_ms),
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
        self.write(move |db| {
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
            Ok(changed)
        })
        .await
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
                change("id = ? and state in ('waiting', 'dead')", Some(id))?;
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

/// Puts notices into the queue, each where its chat lives now; gives those chats.
pub(super) fn insert(
    db: &Connection,
    underway: &Underway,
    plugin: &str,
    request: Option<u64>,
    now: Timestamp,
    notices: &[Prepared],
) -> Result<Vec<ChatId>> {
    let mut chats = BTreeSet::new();
    for Prepared { chat, key, json } in notices {
        let mut moved = db.prepare_cached("select new from moved where old = ?")?;
        let moved: Option<String> = moved.query_row([chat], |row| row.get(0)).optional()?;
        let chat = moved.as_ref().unwrap_or(chat);
        let sql = "insert into notices (at, since, plugin, request, chat, key, notice)
            values (?1, ?1, ?2, ?3, ?4, ?5, ?6) returning id";
        let row = params![ms(now), plugin, request, chat, key, json];
        let id: u64 = db.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
        if let Some(key) = key {
            replace::waiting_before(db, underway, chat, key, id)?;
        }
        chats.insert(rows::chat(chat));
    }
    Ok(chats.into_iter().collect())
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

/// The first one that waits, or its number and why it cannot be read.
fn next_waiting(db: &Connection, chat: &ChatId) -> Result<Option<Result<Waiting, (u64, String)>>> {
    let name = chat.to_string();
    let sql = "select id, since, plugin, key, notice, step, not_before, done, unanswered
        from notices where state = 'waiting' and chat = ? order by id limit 1";
    let mut query = db.prepare_cached(sql)?;
    // An error of the step is one of the file; one of a column concerns this row alone.
    let mut found = query.query([&name])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let mut waiting = match waiting(row, chat) {
        Ok(waiting) => waiting,
        Err(error) => return Ok(Some(Err((row.get("id")?, format!("unreadable: {}", rows::reason(error)))))),
    };
    if let Some(key) = &waiting.notice.key {
        waiting.posted = posted(db, &name, key)?;
    }
    Ok(Some(Ok(waiting)))
}

fn waiting(row: &Row<'_>, chat: &ChatId) -> rusqlite::Result<Waiting> {
    let not_before: Option<i64> = row.get("not_before")?;
    Ok(Waiting {
        id: row.get("id")?,
        since: rows::time(row, "since")?,
        plugin: row.get("plugin")?,
        notice: Notice { to: chat.clone(), ..rows::json(row, "notice")? },
        step: row.get("step")?,
        not_before: not_before.map(rows::from_ms),
        done: rows::json(row, "done")?,
        unanswered: row.get("unanswered")?,
        posted: None,
    })
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

fn record(db: &Connection, now: Timestamp, tried: &Tried) -> Result<()> {
    let id = tried.id;
    let mut count = db.prepare_cached("update notices set attempts = attempts + 1 where id = ? returning attempts")?;
    let n: Option<u64> = count.query_row([id], |row| row.get(0)).optional()?;
    // Dropped by a person and swept since: nobody asks any more.
    let Some(n) = n else { return Ok(()) };
    let detail: String = scrub(&tried.detail).chars().take(DETAIL_CHARS).collect();
    let took_ms = u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX >> 1);
    db.prepare_cached("insert into attempts (notice, n, at, outcome, detail, took_ms) values (?, ?, ?, ?, ?, ?)")?
        .execute(params![id, n, ms(now), tried.outcome, detail, took_ms])?;
    match &tried.step {
        Step::Sent(messages) => {
            let messages = serde_json::to_string(messages)?;
            let sql = "update notices set state = 'sent', done = ?, error = null, not_before = null where id = ?";
            db.prepare_cached(sql)?.execute(params![messages, id])?;
            let sql = "insert or replace into posted (chat, key, messages, thread, at)
                select chat, key, ?1, json_extract(notice, '$.thread'), ?2 from notices where id = ?3 and key is not null";
            db.prepare_cached(sql)?.execute(params![messages, ms(now), id])?;
        }
        Step::Parts(messages) => {
            let sql = "update notices set done = ?, step = 0, error = null, not_before = null where id = ?";
            db.prepare_cached(sql)?.execute(params![serde_json::to_string(messages)?, id])?;
        }
        Step::Again { at, step, unanswered } => {
            let sql = "update notices set not_before = ?, step = ?, unanswered = coalesce(?, unanswered), error = ?
                where id = ? and state = 'waiting'";
            db.prepare_cached(sql)?.execute(params![ms(*at), step, unanswered, detail, id])?;
            replace::failed(db, id)?;
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
    Ok(())
}
