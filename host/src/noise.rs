//! What a chat does not want to hear now: silences, which keep notices out for a
//! while, quiet hours, in which no phone rings, and good news one by one.
//!
//! All lie in the store and are read from memory. The outbox asks for each notice
//! just before it would post it, so what was put in earlier, or stood in the queue
//! over a restart, is judged like any other. News of the host itself is never kept
//! back, and neither is what a person tries again by its number.
mod hours;
mod pattern;
mod per_chat;
mod quiet;
mod silences;

pub(crate) use hours::{Hours, Zone};
pub(crate) use pattern::Pattern;
pub(crate) use quiet::Quiet;
pub(crate) use silences::{Ended, Silence, is_like_a_span, span_of};

use crate::{journal::Waiting, outbox::Stand, services::Shared};
use factotum_plugin_api::{
    Result,
    chat::ChatId,
    notice::Urgency,
    store::{Store, Tables},
};
use per_chat::PerChat;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The plugin name under which the host tells its own news.
const HOST: &str = "host";
/// So many numbers are remembered of notices that a person tried again by hand.
const LET_THROUGH_MAX: usize = 10_000;

/// The silences, quiet hours and groups of all chats.
pub(crate) struct Noise {
    silences: silences::Silences,
    quiet: PerChat<Quiet>,
    /// From how many on good notices are one message; 0 is never.
    groups: PerChat<u32>,
    /// Notices that a person wants to be posted nevertheless.
    let_through: Mutex<HashSet<u64>>,
}

impl Noise {
    /// What was said before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn read(store: Arc<dyn Store>) -> Result<Self> {
        let tables = Tables::new(store, HOST);
        let silences = silences::Silences::read(&tables).await?;
        let (quiet, groups) = (PerChat::read(&tables, "quiet_hours").await?, PerChat::read(&tables, "groups").await?);
        Ok(Noise { silences, quiet, groups, let_through: Mutex::default() })
    }
    /// These are posted whatever is silenced: somebody asked for each of them.
    pub(crate) fn let_through(&self, ids: &[u64]) {
        let mut all = self.let_through.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() + ids.len() > LET_THROUGH_MAX {
            all.clear();
        }
        all.extend(ids);
    }
    pub(crate) fn is_let_through(&self, id: u64) -> bool {
        self.let_through.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}

impl Shared {
    /// A chat as silences and quiet hours are kept for it: what is said in a topic is
    /// said in its group, and the address is the one of now.
    pub(crate) fn noisy_chat(&self, chat: &ChatId) -> ChatId {
        self.journal.moved().now(&self.networks().whole(chat))
    }
    /// What is to be done with a notice that would be posted now. Cheap.
    pub(crate) fn stand_of(&self, chat: &ChatId, waiting: &Waiting) -> Stand {
        let Noise { silences, quiet, .. } = &self.noise;
        if silences.is_empty() && quiet.is_empty() || self.noise.is_let_through(waiting.id) {
            return Stand::Now;
        }
        let (chat, now) = (self.noisy_chat(chat), self.clock.now());
        // What has begun to arrive arrives, and so does what the host itself has to tell.
        let arrives = waiting.plugin == HOST || !waiting.done.is_empty() || waiting.unanswered.is_some();
        if !arrives && silences.fitting(self, &chat, waiting, now).is_some() {
            return Stand::Silenced;
        }
        match quiet.at(self, &chat, now) {
            Some((until, Quiet { hold: true, .. })) if !arrives && waiting.notice.urgency == Urgency::Normal => {
                Stand::Later(until)
            }
            Some(_) => Stand::Quietly,
            None => Stand::Now,
        }
    }
    /// How many good notices that had to wait are one message in a chat, where it was
    /// said of it; 0 is never.
    pub(crate) fn group_after(&self, chat: &ChatId) -> Option<u32> {
        self.noise.groups.of(self, chat)
    }
    /// Says it, or leaves it to the config again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn set_group_after(&self, chat: &ChatId, after: Option<u32>) -> Result<()> {
        self.noise.groups.set(self, chat, after).await.map(drop)
    }
    /// Whether a chat's name in a table means this chat.
    fn is_chat(&self, kept: &ChatId, chat: &ChatId) -> bool {
        self.journal.moved().is_same(kept, chat)
    }
}
