//! Notices that are not posted though nothing failed: a silence keeps them out of
//! their chat for good, or quiet hours until their end.
use super::{
    Journal,
    rows::{self, ms},
};
use anyhow::Result;
use factotum_plugin_api::chat::ChatId;
use jiff::Timestamp;
use rusqlite::params;

/// Why a notice waits that quiet hours hold.
const HELD: &str = "held by the quiet hours of the chat";

impl Journal {
    /// A silence keeps a notice out of its chat; one that was sent or dropped
    /// meanwhile stays so. Gives whether it was kept out.
    pub(crate) async fn keep_out(&self, id: u64, reason: String) -> Result<bool> {
        self.write(move |db| {
            let sql = "update notices set state = 'silenced', error = ?, not_before = null
                where id = ? and state = 'waiting'";
            Ok(db.prepare_cached(sql)?.execute(params![reason, id])? > 0)
        })
        .await
    }
    /// How many notices were kept out for this reason, from the notice `first` on.
    pub(crate) async fn kept_out(&self, first: u64, reason: String) -> Result<u64> {
        self.read(move |db| {
            let sql = "select count(*) from notices where id >= ? and state = 'silenced' and error = ?";
            Ok(db.query_row(sql, params![first, reason], |row| row.get(0))?)
        })
        .await
    }
    /// The first notice that waits for a chat, or else the one that comes next.
    pub(crate) async fn first_waiting(&self, chat: &ChatId) -> Result<u64> {
        let chat = chat.to_string();
        self.read(move |db| {
            let sql = "select coalesce(
                (select min(id) from notices where state = 'waiting' and chat = ?),
                (select seq + 1 from sqlite_sequence where name = 'notices'), 1)";
            Ok(db.query_row(sql, [chat], |row| row.get(0))?)
        })
        .await
    }
    /// A notice waits until then, and its time to be given up begins then.
    pub(crate) async fn hold(&self, id: u64, until: Timestamp) -> Result<()> {
        self.write(move |db| {
            let sql = "update notices set not_before = ?1, since = ?1, step = 0, error = ?2
                where id = ?3 and state = 'waiting'";
            Ok(db.prepare_cached(sql)?.execute(params![ms(until), HELD, id]).map(drop)?)
        })
        .await
    }
    /// No notice waits for the end of quiet hours any more, until somebody holds it
    /// again; gives the chats of those that did.
    pub(crate) async fn release_held(&self) -> Result<Vec<ChatId>> {
        let now = ms(self.now());
        self.write(move |db| {
            let sql = "update notices set not_before = null, since = ?, error = null
                where state = 'waiting' and error = ? returning chat";
            let mut query = db.prepare(sql)?;
            let chats = query.query_map(params![now, HELD], |row| Ok(rows::chat(row.get_ref(0)?.as_str()?)))?;
            let mut chats: Vec<ChatId> = chats.collect::<rusqlite::Result<_>>()?;
            chats.sort();
            chats.dedup();
            Ok(chats)
        })
        .await
    }
}
