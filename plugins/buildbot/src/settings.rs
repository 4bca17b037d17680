//! What chats want to hear: events that they turned on, and builds that somebody
//! watches there. It belongs to the chat, not to who said it, and survives restarts.
use crate::events::Event;
use factotum_plugin_api::{chat::ChatId, prelude::*};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What one chat has turned on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    events: BTreeSet<Event>,
}

/// A build that a chat waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// Where the finish is told.
    pub(crate) chat: ChatId,
    /// The master's name.
    pub(crate) master: String,
    /// The build's id on that master.
    pub(crate) build: i64,
}

/// The settings of all chats.
pub(crate) struct Settings {
    chats: Table<ChatId, Wanted>,
    watches: Table<((String, String), ChatId), Watch>,
}

impl Settings {
    /// Opens the tables.
    ///
    /// # Errors
    /// When the store refuses.
    pub(crate) fn open(host: &Host) -> Result<Self> {
        Ok(Settings { chats: host.store.table("chats")?, watches: host.store.table("watches")? })
    }
    /// What a chat has turned on.
    pub(crate) async fn events(&self, chat: &ChatId) -> Result<BTreeSet<Event>> {
        Ok(self.chats.get(chat).await?.unwrap_or_default().events)
    }
    /// Turns events on; gives what is on then.
    pub(crate) async fn turn_on(&self, chat: &ChatId, events: &[Event]) -> Result<BTreeSet<Event>> {
        self.change(chat, |wanted| wanted.extend(events)).await
    }
    /// Turns events off, also those that are not on; gives what is on then.
    pub(crate) async fn turn_off(&self, chat: &ChatId, events: &[Event]) -> Result<BTreeSet<Event>> {
        self.change(chat, |wanted| wanted.retain(|event| !events.contains(event))).await
    }
    async fn change(&self, chat: &ChatId, change: impl Fn(&mut BTreeSet<Event>)) -> Result<BTreeSet<Event>> {
        let key = chat.clone();
        loop {
            let old = self.chats.get_at(&key).await?;
            let mut wanted = old.as_ref().map(|(wanted, _)| wanted.clone()).unwrap_or_default();
            change(&mut wanted.events);
            let written = match &old {
                Some((_, revision)) => self.chats.compare_and_swap(&key, *revision, &wanted).await?,
                None => self.chats.create(&key, &wanted).await?,
            };
            if written.is_some() {
                return Ok(wanted.events);
            }
        }
    }
    /// Every chat that has something on.
    pub(crate) async fn chats(&self) -> Result<Vec<(ChatId, BTreeSet<Event>)>> {
        let chat = |(chat, wanted): (ChatId, Wanted)| (chat, wanted.events);
        let all = self.chats.all(&[]).await?.into_iter().map(chat);
        Ok(all.filter(|(_, events): &(ChatId, BTreeSet<Event>)| !events.is_empty()).collect())
    }
    /// Tells a chat of the finish of a build, once.
    pub(crate) async fn watch(&self, watch: &Watch) -> Result<()> {
        self.watches.put(&key_of(watch), watch).await.map(drop)
    }
    /// The chats that watch a build of a master.
    pub(crate) async fn watchers(&self, master: &str, build: i64) -> Result<Vec<Watch>> {
        let found = self.watches.all(&[master, &build.to_string()]).await?;
        Ok(found.into_iter().map(|(_, watch)| watch).collect())
    }
    /// Every watch on builds of a master.
    pub(crate) async fn watches(&self, master: &str) -> Result<Vec<Watch>> {
        let found = self.watches.all(&[master]).await?;
        Ok(found.into_iter().map(|(_, watch)| watch).collect())
    }
    /// The finish has been told.
    pub(crate) async fn unwatch(&self, watch: &Watch) -> Result<()> {
        self.watches.remove(&key_of(watch)).await.map(drop)
    }
}

fn key_of(watch: &Watch) -> ((String, String), ChatId) {
    ((watch.master.clone(), watch.build.to_string()), watch.chat.clone())
}
