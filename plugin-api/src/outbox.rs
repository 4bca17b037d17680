//! Posting from jobs and commands: notices that belong to no request.
use crate::{Result, Services, chat::ChatId, notice::Notice, text::Text};
use jiff::Timestamp;
use std::sync::Arc;

/// Takes notices to the networks, and keeps trying until they have arrived.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) plugin: &'static str,
    pub(crate) services: Arc<dyn Services>,
}

/// A notice that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The chat that it was for.
    pub to: ChatId,
    /// When it was made.
    pub at: Timestamp,
    /// Why, in the network's words.
    pub reason: String,
}

impl Outbox {
    /// Returns when the notice is on disk. With `dedupe`, a second call with the
    /// same key within 7 days posts nothing; gives whether this call did.
    ///
    /// # Errors
    /// When the journal cannot write: nothing will be posted.
    pub async fn post(&self, notice: Notice, dedupe: Option<String>) -> Result<bool> {
        self.services.post(self.plugin, notice, dedupe).await
    }
    /// Tells the admins, in `admin_chat` or each in private; once an hour for
    /// the same `about`.
    pub async fn tell_admins(&self, about: &str, text: impl Into<Text> + Send) -> Result<()> {
        self.services.tell_admins(self.plugin, about, text.into()).await
    }
    /// The chats that did not take what this plugin posted: of each the last notice that
    /// was given up, while it is kept as a dead letter.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn given_up(&self) -> Result<Vec<GivenUp>> {
        self.services.given_up(self.plugin).await
    }
}
