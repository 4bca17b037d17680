//! What the host must remember of its networks and their people over a restart:
//! incoming messages until they are handled, chats that moved, buttons, who did
//! what, and what the admins were told lately.
use super::{
    Journal,
    rows::{self, Action, AuditRow, Filter, Unfinished, UpdateState, ms},
    sums,
};
use crate::texts;
use anyhow::Result;
use factotum_plugin_api::{
    chat::{Attachment, ChatId, Incoming, Sender},
    secret::scrub,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde::{Deserialize, Serialize};
use std::{iter, time::Duration};
use tracing::error;

impl Journal {
    /// Keeps an incoming message until it is handled; false when the network gave
    /// one with this number before.
    pub async fn put_update(&self, network: &str, id: &str, incoming: &Incoming) -> Result<bool> {
        let (network, id, now) = (network.to_owned(), id.to_owned(), self.now());
        let line = serde_json::to_string(&Line::from(incoming))?;
        let attachment = incoming.attachment.as_ref().map(|file| file.content.clone());
        let sum = sums::sum(&[line.as_bytes(), attachment.as_deref().unwrap_or_default()]);
        self.write(move |db| {
            let sql = "insert or ignore into updates (network, id, at, state, incoming, attachment, sum)
                values (?, ?, ?, ?, ?, ?, ?)";
            let row = params![network, id, ms(now), UpdateState::Received, line, attachment.as_deref(), sum];
            Ok(db.prepare_cached(sql)?.execute(row)? == 1)
        })
        .await
    }
    /// Notes that the command of an incoming message has begun.
    pub async fn update_started(&self, network: &str, id: &str) -> Result<()> {
        self.set_update(network, id, "update updates set state = 'started' where network = ? and id = ?").await
    }
    /// Notes that an incoming message is handled, and forgets what it said: that
    /// may have been a secret.
    pub async fn update_done(&self, network: &str, id: &str) -> Result<()> {
        let sql = "update updates set state = 'done', incoming = null, attachment = null where network = ? and id = ?";
        self.set_update(network, id, sql).await
    }
    async fn set_update(&self, network: &str, id: &str, sql: &'static str) -> Result<()> {
        let (network, id) = (network.to_owned(), id.to_owned());
        self.write(move |db| Ok(db.prepare_cached(sql)?.execute([network, id]).map(drop)?)).await
    }
    /// What a network heard and the host had not handled when it stopped, in the
    /// order in which it came. One that this version cannot read counts as handled,
    /// so that it does not stop every start.
    pub async fn unfinished(&self, network: &str) -> Result<Vec<Unfinished>> {
        let name = network.to_owned();
        let found = self.read(move |db| {
            let sql = "select id, state, incoming, attachment, sum from updates
                where network = ? and state <> 'done' order by at, length(id), id";
            let mut query = db.prepare(sql)?;
            let rows = query.query_map([&name], |row| {
                let id: String = row.get("id")?;
                Ok(unfinished(row).map_err(|error| (id, rows::reason(error))))
            })?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        });
        let mut readable = vec![];
        for update in found.await? {
            match update {
                Ok(update) => readable.push(update),
                Err((id, reason)) => {
                    error!(network, id, reason, "an incoming message cannot be read and is passed over");
                    self.0.health.tell([texts::command_is_lost(network, &reason)]);
                    if let Err(error) = self.update_done(network, &id).await {
                        error!(error = format!("{error:#}"), network, id, "it comes again at the next start");
                    }
                }
            }
        }
        Ok(readable)
    }

    /// Notes that a chat lives elsewhere now, and takes what waits for it there.
    pub async fn set_moved(&self, old: &ChatId, new: &ChatId) -> Result<()> {
        let (from, to, now) = (old.to_string(), new.to_string(), self.now());
        self.write(move |db| moved(db, now, &from, &to)).await?;
        self.moved().note(old, new);
        Ok(())
    }
    /// Where a chat lives now, if it has moved.
    pub async fn moved_to(&self, old: &ChatId) -> Result<Option<ChatId>> {
        let old = old.to_string();
        self.read(move |db| {
            let mut query = db.prepare("select new from moved where old = ?")?;
            Ok(query.query_row([old], |row| Ok(rows::chat(row.get_ref(0)?.as_str()?))).optional()?)
        })
        .await
    }

    /// Keeps what a button in a chat stands for; gives the short token that finds
    /// it. The same button keeps its token.
    pub async fn put_action(&self, chat: &ChatId, line: &str) -> Result<String> {
        let (chat, line, now) = (chat.to_string(), line.to_owned(), self.now());
        // Random rather than counted: after the loss of a journal an old button
        // must find nothing, and not what another one stands for. Guessing one is
        // no use, since a press is checked like a typed line.
        let token: String = iter::repeat_with(fastrand::alphanumeric).take(12).collect();
        self.write(move |db| {
            let sql = "insert into actions (token, chat, line, at, sum) values (?, ?, ?, ?, ?)
                on conflict (chat, line) do update set at = excluded.at, sum = excluded.sum returning token";
            let sum = sums::sum(&[chat.as_bytes(), line.as_bytes()]);
            Ok(db.prepare_cached(sql)?.query_row(params![token, chat, line, ms(now), sum], |row| row.get(0))?)
        })
        .await
    }
    /// What a button stands for; nothing when that is damaged: it would run another line.
    pub async fn action(&self, token: &str) -> Result<Option<Action>> {
        let token = token.to_owned();
        self.read(move |db| {
            let mut query = db.prepare("select chat, line, at, sum from actions where token = ?")?;
            let found = query.query_row([token], |row| {
                if let Err(error) = sums::check(row, &["chat", "line"]) {
                    error!(reason = rows::reason(error), "a button cannot be read");
                    return Err(rusqlite::Error::QueryReturnedNoRows);
                }
                let (chat, line) = (rows::chat(row.get_ref("chat")?.as_str()?), row.get("line")?);
                Ok(Action { chat, line, at: rows::time(row, "at")? })
            });
            Ok(found.optional()?)
        })
        .await
    }

    /// Notes who did what. `args` comes with its secrets masked.
    pub async fn note_audit(&self, sender: &Sender, chat: &ChatId, path: &str, args: &str, result: &str) -> Result<()> {
        let (now, chat) = (self.now(), chat.to_string());
        let [sender, path, args, result] = [&sender.id, path, args, &*scrub(result)].map(str::to_owned);
        self.write(move |db| {
            let sql = "insert into audit (at, sender, chat, path, args, result) values (?, ?, ?, ?, ?, ?)";
            Ok(db.prepare_cached(sql)?.execute(params![ms(now), sender, chat, path, args, result]).map(drop)?)
        })
        .await
    }
    /// Who did what, the newest first; words are looked for in all columns.
    pub async fn audit(&self, filter: &Filter, limit: usize) -> Result<Vec<AuditRow>> {
        let (conditions, words) = rows::conditions(filter, "sender, chat, path, args, result");
        let sql = format!("select * from audit where true{conditions} order by id desc limit {limit}");
        self.read(move |db| {
            let mut query = db.prepare(&sql)?;
            let rows = query.query_map(params_from_iter(words), audit_row)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}

/// Whether `key` was noted within this time; if not, it is now.
pub(super) fn seen_within(db: &Connection, key: &str, now: Timestamp, within: Duration) -> rusqlite::Result<bool> {
    let within = SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX);
    let since = now.saturating_sub(within).unwrap_or(Timestamp::MIN);
    let sql = "insert into told (key, at) values (?1, ?2)
        on conflict (key) do update set at = excluded.at where at <= ?3 or at > excluded.at";
    Ok(db.prepare_cached(sql)?.execute(params![key, ms(now), ms(since)])? == 0)
}

/// All that have moved: the old address and the new one of each.
pub(super) fn all_moved(db: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut query = db.prepare("select old, new from moved")?;
    query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Whether a chat is known to live at `now`.
pub(super) fn lives_at(db: &Connection, old: &ChatId, now: &str) -> rusqlite::Result<bool> {
    let mut query = db.prepare_cached("select new from moved where old = ?")?;
    let new: Option<String> = query.query_row([old.to_string()], |row| row.get(0)).optional()?;
    Ok(new.is_some_and(|new| new == now))
}

/// Notes a move and takes everything that waits to the new chat.
pub(super) fn moved(db: &Connection, now: Timestamp, old: &str, new: &str) -> Result<()> {
    if old == new {
        return Ok(());
    }
    // The new address lives, whatever was said of it before; and one step leads
    // from every old address to it.
    db.execute("delete from moved where old = ?", [new])?;
    db.execute("update moved set new = ?2 where new = ?1", [old, new])?;
    db.execute("insert or replace into moved (old, new, at) values (?, ?, ?)", params![old, new, ms(now)])?;
    db.execute("update notices set chat = ?2 where state = 'waiting' and chat = ?1", [old, new])?;
    Ok(())
}

fn unfinished(row: &Row<'_>) -> rusqlite::Result<Unfinished> {
    sums::check(row, &["incoming", "attachment"])?;
    let (line, content): (Line, Option<Vec<u8>>) = (rows::json(row, "incoming")?, row.get("attachment")?);
    Ok(Unfinished { incoming: line.into_incoming(row.get("id")?, content), state: row.get("state")? })
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        id: row.get("id")?,
        at: rows::time(row, "at")?,
        sender: row.get("sender")?,
        chat: row.get("chat")?,
        path: row.get("path")?,
        args: row.get("args")?,
        result: row.get("result")?,
    })
}

/// An [`Incoming`] as it stands in the file; the content of a file has a column
/// of its own.
#[derive(Serialize, Deserialize)]
struct Line {
    chat: ChatId,
    sender: Sender,
    private: bool,
    line: String,
    addressed: bool,
    message: Option<String>,
    pressed: Option<String>,
    press: Option<String>,
    thread: Option<String>,
    attachment: Option<String>,
    language: Option<String>,
}

impl From<&Incoming> for Line {
    fn from(incoming: &Incoming) -> Self {
        let Incoming { chat, sender, private, line, addressed, message, pressed, press, .. } = incoming.clone();
        let Incoming { thread, attachment, language, .. } = incoming.clone();
        let attachment = attachment.map(|file| file.name);
        Line { chat, sender, private, line, addressed, message, pressed, press, thread, attachment, language }
    }
}

impl Line {
    fn into_incoming(self, update: String, content: Option<Vec<u8>>) -> Incoming {
        let attachment = self.attachment.zip(content);
        Incoming {
            chat: self.chat,
            sender: self.sender,
            private: self.private,
            line: self.line,
            addressed: self.addressed,
            message: self.message,
            pressed: self.pressed,
            press: self.press,
            thread: self.thread,
            attachment: attachment.map(|(name, content)| Attachment { name, content: content.into() }),
            language: self.language,
            update: Some(update),
        }
    }
}
