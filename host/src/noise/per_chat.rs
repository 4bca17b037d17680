//! What was said of single chats, in a table and the same in memory.
use crate::services::Shared;
use factotum_plugin_api::{
    Result,
    chat::ChatId,
    store::{Table, Tables},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

/// A value for each chat that has one.
pub(super) struct PerChat<T> {
    table: Table<ChatId, T>,
    by_chat: RwLock<BTreeMap<ChatId, T>>,
    /// Held from the write to the table until memory says the same.
    changing: tokio::sync::Mutex<()>,
}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> PerChat<T> {
    pub(super) async fn read(tables: &Tables, name: &str) -> Result<Self> {
        let table: Table<ChatId, T> = tables.table(name)?;
        let by_chat = RwLock::new(table.all(&[]).await?.into_iter().collect());
        Ok(PerChat { table, by_chat, changing: tokio::sync::Mutex::default() })
    }
    pub(super) fn is_empty(&self) -> bool {
        self.by_chat.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
    pub(super) fn of(&self, shared: &Shared, chat: &ChatId) -> Option<T> {
        let by_chat = self.by_chat.read().unwrap_or_else(PoisonError::into_inner);
        let before = || by_chat.iter().find(|(kept, _)| shared.is_chat(kept, chat)).map(|(_, value)| value);
        by_chat.get(chat).or_else(before).cloned()
    }
    /// Gives a chat a value, or takes it away; gives that of before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(super) async fn set(&self, shared: &Shared, chat: &ChatId, value: Option<T>) -> Result<Option<T>> {
        let _changing = self.changing.lock().await;
        let before = self.of(shared, chat);
        let other = |kept: &&ChatId| *kept != chat && shared.is_chat(kept, chat);
        let others: Vec<ChatId> =
            self.by_chat.read().unwrap_or_else(PoisonError::into_inner).keys().filter(other).cloned().collect();
        for old in &others {
            self.table.remove(old).await?; // an address of before
        }
        match &value {
            Some(value) => drop(self.table.put(chat, value).await?),
            None => drop(self.table.remove(chat).await?),
        }
        let mut by_chat = self.by_chat.write().unwrap_or_else(PoisonError::into_inner);
        by_chat.retain(|kept, _| kept != chat && !others.contains(kept));
        by_chat.extend(value.map(|value| (chat.clone(), value)));
        Ok(before)
    }
}
