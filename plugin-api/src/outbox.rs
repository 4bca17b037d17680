//! Posting from jobs and commands: notices that belong to no request.
use crate::{Result, Services, notice::Notice, text::Text};
use std::sync::Arc;

/// Takes notices to the networks, and keeps trying until they have arrived.
#[derive(Clone)]
pub struct Outbox {
    pub(crate) plugin: &'static str,
    pub(crate) services: Arc<dyn Services>,
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
}
