//! A later notice about the same replaces one that is not sent yet.
//!
//! Nothing is lost by it: the earlier one is kept as `replaced` and names the
//! later, which takes over what the earlier had to say by its urgency and how long
//! its chat wants to be left alone. The surprise: the first one that waits for a
//! chat may be under way to it just now, which only the outbox knows. So the
//! outbox announces each chat before it reads there, and the first one is then
//! left alone; and it waits for a replacement that is not on disk yet.
use super::{Journal, rows, sums};
use factotum_plugin_api::{
    chat::ChatId,
    notice::{Notice, Urgency},
};
use rusqlite::{Connection, OptionalExtension, Result, params};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Which chats are being posted to, and in which of them something is being replaced.
#[derive(Clone, Default)]
pub(super) struct Underway(Arc<State>);

#[derive(Default)]
struct State {
    chats: Mutex<Chats>,
    committed: watch::Sender<()>,
}

#[derive(Default)]
struct Chats {
    posting: HashMap<String, UnderWay>,
    /// Until the writes of now are on disk.
    replacing: HashSet<String>,
}

/// What may be under way to a chat, beside the first notice that waits for it.
#[derive(Default)]
struct UnderWay {
    /// How many [`Posting`]s there are: a lane may begin before the one before it has
    /// quite ended.
    count: usize,
    /// What waits there up to this notice.
    up_to: u64,
}

/// For as long as it lives, the first notice that waits for its chat is not
/// replaced: it may be under way.
pub struct Posting {
    chat: String,
    underway: Underway,
}

impl Drop for Posting {
    fn drop(&mut self) {
        if let Entry::Occupied(mut posting) = self.underway.chats().posting.entry(std::mem::take(&mut self.chat)) {
            posting.get_mut().count -= 1;
            if posting.get().count == 0 {
                posting.remove();
            }
        }
    }
}

impl Posting {
    /// From here on no notice that waits for the chat up to this one is replaced.
    pub(super) async fn hold(&self, up_to: u64) {
        let mut committed = self.underway.0.committed.subscribe();
        self.hold_at_most(up_to);
        self.settled(&mut committed).await;
    }
    /// As [`hold`](Self::hold), where fewer are held from here on.
    pub(crate) fn hold_at_most(&self, up_to: u64) {
        if let Some(posting) = self.underway.chats().posting.get_mut(&self.chat) {
            posting.up_to = up_to;
        }
    }
    /// Waits until what is being replaced in the chat is on disk.
    async fn settled(&self, committed: &mut watch::Receiver<()>) {
        while self.underway.chats().replacing.contains(&self.chat) {
            committed.changed().await.expect("the journal holds the sender");
        }
    }
}

impl Underway {
    fn chats(&self) -> MutexGuard<'_, Chats> {
        self.0.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Something is about to be replaced in the chat, other than what may be under way:
    /// nothing is where that is `None`, else the first one that waits and those up to a
    /// notice.
    fn replacing(&self, chat: &str) -> Option<u64> {
        let chats = &mut *self.chats();
        chats.replacing.insert(chat.to_owned());
        chats.posting.get(chat).map(|posting| posting.up_to)
    }
    /// What was written is on disk, or undone.
    pub(super) fn committed(&self) {
        let replacing = std::mem::take(&mut self.chats().replacing);
        if !replacing.is_empty() {
            self.0.committed.send_replace(());
        }
    }
}

impl Journal {
    /// Announces that the first notice that waits for this chat is about to be
    /// read and posted.
    pub async fn begin_posting(&self, chat: &ChatId) -> Posting {
        let (chat, underway) = (chat.to_string(), self.0.underway.clone());
        let mut committed = underway.0.committed.subscribe();
        // From here on nothing more is replaced; what is being, is soon on disk.
        underway.chats().posting.entry(chat.clone()).or_default().count += 1;
        let posting = Posting { chat, underway };
        posting.settled(&mut committed).await;
        posting
    }
}

/// Lets the notice `by` replace those that wait before it in its chat about the
/// same key; gives their numbers. One that has begun to arrive stays, and so does
/// one that may be under way.
pub(super) fn waiting_before(db: &Connection, underway: &Underway, chat: &str, key: &str, by: u64) -> Result<Vec<u64>> {
    let sql = "select id from notices where state = 'waiting' and key is not null and chat = ? and key = ?
        and done = '[]' and id < ? order by id";
    let mut query = db.prepare_cached(sql)?;
    let earlier: Vec<u64> = query.query_map(params![chat, key, by], |row| row.get(0))?.collect::<Result<_>>()?;
    if earlier.is_empty() {
        return Ok(earlier); // mostly
    }
    let mut replaced = earlier;
    if let Some(up_to) = underway.replacing(chat) {
        let sql = "select id from notices where state = 'waiting' and chat = ? order by id limit 1";
        let first: Option<u64> = db.prepare_cached(sql)?.query_row([chat], |row| row.get(0)).optional()?;
        replaced.retain(|id| Some(*id) != first && *id > up_to);
    }
    for id in &replaced {
        replace(db, *id, by)?;
    }
    Ok(replaced)
}

/// As [`waiting_before`], for a notice whose call has just failed: what came while
/// it was under way replaces it now; then gives its plugin.
pub(super) fn failed(db: &Connection, id: u64) -> Result<Option<String>> {
    let sql = "select max(later.id) from notices as failed join notices as later
        on later.state = 'waiting' and later.key is not null and later.chat = failed.chat and later.key = failed.key
        and later.id > failed.id where failed.id = ? and failed.state = 'waiting' and failed.done = '[]'";
    let by: Option<u64> = db.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
    let Some(by) = by else { return Ok(None) };
    replace(db, id, by)?;
    plugin(db, id).map(Some)
}

/// The plugin that a notice comes from.
pub(super) fn plugin(db: &Connection, id: u64) -> Result<String> {
    db.prepare_cached("select plugin from notices where id = ?")?.query_row([id], |row| row.get(0))
}

/// A dead letter, about whose key the chat has heard something later or will:
/// posted now, it would say what is so no more.
pub(super) fn superseded(db: &Connection, dead: u64) -> Result<bool> {
    // `posted` first, since it is found by its key: the look through all later
    // notices is only for those that probably find one.
    let sent = "select later.id from notices as dead
        join posted on posted.chat = dead.chat and posted.key = dead.key and posted.at >= dead.at
        join notices as later on later.id > dead.id and later.chat = dead.chat and later.key = dead.key
            and later.state = 'sent'
        where dead.id = ? and dead.state = 'dead' order by later.id desc limit 1";
    let waiting = "select later.id from notices as dead join notices as later
        on later.state = 'waiting' and later.key is not null and later.chat = dead.chat and later.key = dead.key
            and later.id > dead.id
        where dead.id = ? and dead.state = 'dead' order by later.id desc limit 1";
    for sql in [waiting, sent] {
        let by: Option<u64> = db.prepare(sql)?.query_row([dead], |row| row.get(0)).optional()?;
        if let Some(by) = by {
            mark(db, dead, by)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn replace(db: &Connection, id: u64, by: u64) -> Result<()> {
    // The chat wants to be left alone for as long as it said.
    let sql = "update notices set step = max(notices.step, old.step),
            not_before = nullif(max(coalesce(notices.not_before, 0), coalesce(old.not_before, 0)), 0)
        from (select step, not_before from notices where id = ?1) as old where notices.id = ?2";
    db.prepare_cached(sql)?.execute([id, by])?;
    // Nobody has seen the earlier one: what had to be seen or heard of it still has to.
    if let (Some(earlier), Some(later)) = (readable(db, id)?, readable(db, by)?) {
        let urgency = if earlier.urgency == Urgency::Loud { Urgency::Loud } else { later.urgency };
        let silent = later.silent && earlier.silent;
        if (urgency, silent) != (later.urgency, later.silent) {
            let json = serde_json::to_string(&Notice { urgency, silent, ..later });
            let json = json.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            let sql = "update notices set notice = ?, sum = ? where id = ?";
            db.prepare_cached(sql)?.execute(params![json, sums::sum(&[json.as_bytes()]), by])?;
        }
    }
    mark(db, id, by)
}

/// A notice that is what was written, and that this version can read.
fn readable(db: &Connection, id: u64) -> rusqlite::Result<Option<Notice>> {
    let mut query = db.prepare_cached("select notice, sum from notices where id = ?")?;
    query.query_row([id], |row| Ok(sums::check(row, &["notice"]).and_then(|()| rows::json(row, "notice")).ok()))
}

fn mark(db: &Connection, id: u64, by: u64) -> Result<()> {
    let sql = "update notices set state = 'replaced', error = ?, not_before = null where id = ?";
    db.prepare_cached(sql)?.execute(params![format!("#{by} says what is so now"), id]).map(drop)
}
