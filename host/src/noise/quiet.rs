//! Quiet hours: within them a chat's notices ring no phone, and may wait for their end.
use super::{Hours, Zone};
use crate::services::Shared;
use factotum_plugin_api::{
    Result,
    chat::ChatId,
    jiff::Timestamp,
    store::{Table, Tables},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

/// The quiet hours of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quiet {
    /// When.
    pub(crate) hours: Hours,
    /// In which time zone.
    pub(crate) zone: Zone,
    /// Whether what is not urgent waits for their end.
    #[serde(default)]
    pub(crate) hold: bool,
}

pub(super) struct QuietHours {
    table: Table<ChatId, Quiet>,
    by_chat: RwLock<BTreeMap<ChatId, Quiet>>,
    /// Held from the write to the table until memory says the same.
    changing: tokio::sync::Mutex<()>,
}

impl QuietHours {
    pub(super) async fn read(tables: &Tables) -> Result<Self> {
        let table: Table<ChatId, Quiet> = tables.table("quiet_hours")?;
        let by_chat = RwLock::new(table.all(&[]).await?.into_iter().collect());
        Ok(QuietHours { table, by_chat, changing: tokio::sync::Mutex::default() })
    }
    pub(super) fn is_empty(&self) -> bool {
        self.by_chat.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
    fn of(&self, shared: &Shared, chat: &ChatId) -> Option<Quiet> {
        let by_chat = self.by_chat.read().unwrap_or_else(PoisonError::into_inner);
        let before = || by_chat.iter().find(|(kept, _)| shared.is_chat(kept, chat)).map(|(_, quiet)| quiet);
        by_chat.get(chat).or_else(before).cloned()
    }
    /// The quiet hours that a chat is in now, and their end.
    pub(super) fn at(&self, shared: &Shared, chat: &ChatId, now: Timestamp) -> Option<(Timestamp, Quiet)> {
        let quiet = self.of(shared, chat)?;
        quiet.hours.end_at(&quiet.zone, now).map(|until| (until, quiet))
    }
}

impl Shared {
    /// The quiet hours of a chat.
    pub(crate) fn quiet_hours(&self, chat: &ChatId) -> Option<Quiet> {
        self.noise.quiet.of(self, chat)
    }
    /// Gives a chat quiet hours, or takes them away; what waited for their end is
    /// looked at again. Gives those of before.
    ///
    /// # Errors
    /// When the store or the journal cannot be written.
    pub(crate) async fn set_quiet_hours(&self, chat: &ChatId, quiet: Option<Quiet>) -> Result<Option<Quiet>> {
        let hours = &self.noise.quiet;
        let _changing = hours.changing.lock().await;
        let before = hours.of(self, chat);
        let other = |kept: &&ChatId| *kept != chat && self.is_chat(kept, chat);
        let others: Vec<ChatId> =
            hours.by_chat.read().unwrap_or_else(PoisonError::into_inner).keys().filter(other).cloned().collect();
        for old in &others {
            hours.table.remove(old).await?; // an address of before
        }
        match &quiet {
            Some(quiet) => drop(hours.table.put(chat, quiet).await?),
            None => drop(hours.table.remove(chat).await?),
        }
        {
            let mut by_chat = hours.by_chat.write().unwrap_or_else(PoisonError::into_inner);
            by_chat.retain(|kept, _| kept != chat && !others.contains(kept));
            by_chat.extend(quiet.map(|quiet| (chat.clone(), quiet)));
        }
        let released = self.journal.release_held().await?;
        self.outbox()?.look_again_at(&released);
        Ok(before)
    }
}
