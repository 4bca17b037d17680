//! Quiet hours: within them a chat's notices ring no phone, and may wait for their end.
use super::{Hours, Zone, per_chat::PerChat};
use crate::services::Shared;
use factotum_plugin_api::{Result, chat::ChatId, jiff::Timestamp};
use serde::{Deserialize, Serialize};

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

impl PerChat<Quiet> {
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
        let before = self.noise.quiet.set(self, chat, quiet).await?;
        let released = self.journal.release_held().await?;
        self.outbox()?.look_again_at(&released);
        Ok(before)
    }
}
