//! What plugins may ask of the record: whether a request was written down, and which
//! chats did not take what they posted.
use super::{
    Journal,
    rows::{self, ms},
};
use anyhow::Result;
use factotum_plugin_api::outbox::GivenUp;
use jiff::Timestamp;
use rusqlite::params;

/// So many dead letters are looked at, the newest.
const LOOKED_AT: u32 = 500;

impl Journal {
    /// Whether the request `id` that came at this time led to what it was to lead to. A
    /// number alone does not say it: that of a request which was never written is given
    /// again after a start. A replay has the number alone: it is of another time.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn was_kept(&self, id: u64, at: Timestamp) -> Result<bool> {
        self.read(move |db| {
            let sql = "select count(*) from requests
                where id = ? and (at = ? or replay_of is not null) and decision = 'accepted'";
            Ok(db.prepare_cached(sql)?.query_row(params![id, ms(at)], |row| row.get::<_, u64>(0))? > 0)
        })
        .await
    }
    /// The last dead letter of each chat that `plugin` has one for.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn given_up(&self, plugin: &'static str) -> Result<Vec<GivenUp>> {
        self.read(move |db| {
            let sql = "select chat, at, error, max(id) from
                (select * from notices where state = 'dead' order by id desc limit ?) where plugin = ? group by chat";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map(params![LOOKED_AT, plugin], |row| {
                let chat: String = row.get("chat")?;
                let reason = row.get::<_, Option<String>>("error")?.unwrap_or_default();
                Ok(GivenUp { to: rows::chat(&chat), at: rows::time(row, "at")?, reason })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
    }
}
