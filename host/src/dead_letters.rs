//! Tells the admins of notices that were given up.
use crate::{
    outbox::{DeadLetter, Observer},
    services::Shared,
    texts,
};
use factotum_plugin_api::chat::ChatId;
use std::sync::Weak;
use tracing::error;

/// What the outbox tells of each dead letter. Weak, since the host holds the outbox.
pub(crate) struct TellAdmins(pub(crate) Weak<Shared>);

#[async_trait::async_trait]
impl Observer for TellAdmins {
    async fn dead_letter(&self, letter: DeadLetter) {
        let Some(shared) = self.0.upgrade() else { return };
        let admins = shared.admin_chats();
        let others = others(&admins, &letter.chat);
        if others.len() < admins.len() {
            error!(chat = %letter.chat, reason = letter.reason, "an admin's chat takes no messages");
            if others.is_empty() {
                return;
            }
        }
        let about = format!("dead letter {}", letter.chat);
        let text = texts::dead_letter(&letter.chat.to_string(), &letter.reason, letter.id);
        if let Err(error) = shared.tell_in(&others, "host", &about, text).await {
            error!(error = format!("{error:#}"), "the admins could not be told of a dead letter");
        }
    }
}

/// Whom to tell of a dead letter: to tell somebody in a dead chat that it is dead
/// would never end.
fn others(admins: &[ChatId], dead: &ChatId) -> Vec<ChatId> {
    admins.iter().filter(|chat| *chat != dead).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_admins_hear_of_an_admin_who_cannot_be_told() {
        let [ann, bob, ops] = ["ann", "bob", "#ops"].map(|address| ChatId::new("irc", address));
        let admins = [ann.clone(), bob.clone()];
        assert_eq!(others(&admins, &ann), [bob]);
        assert_eq!(others(&admins, &ops), admins);
        assert_eq!(others(std::slice::from_ref(&ann), &ann), []);
    }
}
