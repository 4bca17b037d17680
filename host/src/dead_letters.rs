//! Tells the admins of notices that were given up.
use crate::{
    outbox::{DeadLetter, Observer},
    services::Shared,
    texts,
};
use std::sync::Weak;
use tracing::error;

/// What the outbox tells of each dead letter. Weak, since the host holds the outbox.
pub(crate) struct TellAdmins(pub(crate) Weak<Shared>);

#[async_trait::async_trait]
impl Observer for TellAdmins {
    async fn dead_letter(&self, letter: DeadLetter) {
        let Some(shared) = self.0.upgrade() else { return };
        // To tell somebody in a dead chat that it is dead would never end.
        if shared.admin_chats().contains(&letter.chat) {
            return error!(chat = %letter.chat, reason = letter.reason, "an admin's chat takes no messages");
        }
        let about = format!("dead letter {}", letter.chat);
        let text = texts::dead_letter(&letter.chat.to_string(), &letter.reason, letter.id);
        if let Err(error) = shared.tell("host", &about, text).await {
            error!(error = format!("{error:#}"), "the admins could not be told of a dead letter");
        }
    }
}
