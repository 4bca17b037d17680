//! What chats want to hear: events that they turned on, of all masters or of one, and
//! builds that somebody watches there. It belongs to the chat, not to who said it, and
//! survives restarts.
use crate::events::Event;
use factotum_plugin_api::{chat::ChatId, prelude::*};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one chat has turned on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Of every master, also of those that the config gets later.
    events: BTreeSet<Event>,
    /// Of one master beside these, by its name.
    #[serde(default)]
    of: BTreeMap<String, BTreeSet<Event>>,
}

impl Wanted {
    /// What is on of a master.
    pub(crate) fn of(&self, master: &str) -> BTreeSet<Event> {
        self.events.iter().chain(self.of.get(master).into_iter().flatten()).copied().collect()
    }
    fn turn_on(&mut self, master: Option<&str>, events: &[Event]) {
        match master {
            Some(master) => self.of.entry(master.to_owned()).or_default().extend(events),
            None => self.events.extend(events),
        }
    }
    fn turn_off(&mut self, master: Option<(&str, &[&str])>, events: &[Event]) {
        let Some((master, all)) = master else {
            self.events.retain(|event| !events.contains(event));
            self.of.values_mut().for_each(|of| of.retain(|event| !events.contains(event)));
            return;
        };
        // What was on of all stays on of the others.
        let of_all: Vec<Event> = events.iter().filter(|event| self.events.remove(event)).copied().collect();
        for other in all.iter().filter(|other| **other != master) {
            self.turn_on(Some(other), &of_all);
        }
        if let Some(of) = self.of.get_mut(master) {
            of.retain(|event| !events.contains(event));
        }
    }
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
    pub(crate) async fn wanted(&self, chat: &ChatId) -> Result<Wanted> {
        Ok(self.chats.get(chat).await?.unwrap_or_default())
    }
    /// Turns events on, of one master or of all; gives what is on then.
    pub(crate) async fn turn_on(&self, chat: &ChatId, master: Option<&str>, events: &[Event]) -> Result<Wanted> {
        self.change(chat, |wanted| wanted.turn_on(master, events)).await
    }
    /// Turns events off, also those that are not on, of all masters or of one among all
    /// that there are; gives what is on then.
    pub(crate) async fn turn_off(
        &self,
        chat: &ChatId,
        master: Option<(&str, &[&str])>,
        events: &[Event],
    ) -> Result<Wanted> {
        self.change(chat, |wanted| wanted.turn_off(master, events)).await
    }
    async fn change(&self, chat: &ChatId, change: impl Fn(&mut Wanted)) -> Result<Wanted> {
        let key = chat.clone();
        loop {
            let old = self.chats.get_at(&key).await?;
            let mut wanted = old.as_ref().map(|(wanted, _)| wanted.clone()).unwrap_or_default();
            change(&mut wanted);
            let written = match &old {
                Some((_, revision)) => self.chats.compare_and_swap(&key, *revision, &wanted).await?,
                None => self.chats.create(&key, &wanted).await?,
            };
            if written.is_some() {
                return Ok(wanted);
            }
        }
    }
    /// Every chat that has something of a master on.
    pub(crate) async fn chats(&self, master: &str) -> Result<Vec<(ChatId, BTreeSet<Event>)>> {
        let chat = |(chat, wanted): (ChatId, Wanted)| (chat, wanted.of(master));
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
    /// The finish has been told; whether that was still to be done.
    pub(crate) async fn unwatch(&self, watch: &Watch) -> Result<bool> {
        self.watches.remove(&key_of(watch)).await
    }
}

fn key_of(watch: &Watch) -> ((String, String), ChatId) {
    ((watch.master.clone(), watch.build.to_string()), watch.chat.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_of_all_can_be_off_of_one() {
        let mut wanted = Wanted::default();
        let on = |wanted: &Wanted| ["a", "b", "new"].map(|master| wanted.of(master).into_iter().collect::<Vec<_>>());
        wanted.turn_on(None, &[Event::Failure, Event::Worker]);
        wanted.turn_on(Some("b"), &[Event::Started]);
        let both = vec![Event::Failure, Event::Worker];
        assert_eq!(on(&wanted), [both.clone(), vec![Event::Started, Event::Failure, Event::Worker], both]);
        wanted.turn_off(Some(("a", &["a", "b"])), &[Event::Failure, Event::Better]);
        let (worker, all) = (vec![Event::Worker], vec![Event::Started, Event::Failure, Event::Worker]);
        assert_eq!(on(&wanted), [worker.clone(), all, worker.clone()]);
        wanted.turn_off(None, &[Event::Started, Event::Failure]);
        assert_eq!(on(&wanted), [worker.clone(), worker.clone(), worker]);
    }
}
