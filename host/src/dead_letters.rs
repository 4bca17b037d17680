//! Tells the admins of notices that were given up, whoever counts of each attempt, and
//! the outbox of what a chat does not want to hear now.
use crate::{
    journal::{AttemptOutcome, Waiting},
    metrics::NoticeStep,
    outbox::{Attempted, DeadLetter, Observer, Stand},
    services::Shared,
    texts,
};
use factotum_plugin_api::{chat::ChatId, language::Language};
use std::sync::Weak;
use tracing::error;

/// What the outbox tells of each dead letter. Weak, since the host holds the outbox.
pub(crate) struct TellAdmins(pub(crate) Weak<Shared>);

#[async_trait::async_trait]
impl Observer for TellAdmins {
    async fn dead_letter(&self, letter: DeadLetter) {
        let Some(shared) = self.0.upgrade() else { return };
        shared.metrics.notices(&letter.plugin, NoticeStep::Dead, 1);
        let admins = shared.admin_chats();
        let others = others(&admins, &letter.chat);
        if others.len() < admins.len() {
            error!(chat = %letter.chat, reason = letter.reason, "an admin's chat takes no messages");
            if others.is_empty() {
                return;
            }
        }
        let about = format!("dead letter {}", letter.chat);
        let text = || texts::dead_letter(&letter.chat.to_string(), &letter.reason, letter.id);
        if let Err(error) = shared.tell_in(&others, "host", &about, text).await {
            error!(error = format!("{error:#}"), "the admins could not be told of a dead letter");
        }
    }
    fn prefix(&self) -> String {
        self.0.upgrade().map_or_else(|| "!".to_owned(), |shared| shared.config().config.commands.prefix().to_owned())
    }
    fn stand(&self, chat: &ChatId, waiting: &Waiting) -> Stand {
        self.0.upgrade().map_or(Stand::Now, |shared| shared.stand_of(chat, waiting))
    }
    fn group_after(&self, chat: &ChatId) -> Option<u32> {
        self.0.upgrade().and_then(|shared| shared.group_after(&shared.noisy_chat(chat)))
    }
    fn is_alone(&self, id: u64) -> bool {
        self.0.upgrade().is_some_and(|shared| shared.noise.is_let_through(id))
    }
    fn language(&self, chat: &ChatId) -> Language {
        self.0.upgrade().map(|shared| shared.language_of_chat(chat)).unwrap_or_default()
    }
    async fn keep_out(&self, chat: &ChatId, waiting: &Waiting) -> anyhow::Result<()> {
        match self.0.upgrade() {
            Some(shared) => shared.keep_out(chat, waiting).await,
            None => Ok(()), // the host is going down, and so is the outbox
        }
    }
    fn attempted(&self, attempt: Attempted<'_>) {
        let Some(shared) = self.0.upgrade() else { return };
        let Attempted { chat, plugins, outcome, detail, whole, took } = attempt;
        let network = shared.networks().0.get_key_value(&chat.network);
        shared.metrics.attempted(network.map(|(name, _)| name.as_str()), outcome, took);
        let step = match outcome {
            AttemptOutcome::Posted => Some(NoticeStep::Posted),
            AttemptOutcome::Edited => Some(NoticeStep::Edited),
            _ => None,
        };
        if let Some(step) = step.filter(|_| whole) {
            plugins.iter().for_each(|plugin| shared.metrics.notices(plugin, step, 1));
        }
        if let Some((name, network)) = network {
            shared.links.look(name, &**network);
            if let AttemptOutcome::Retry | AttemptOutcome::Refused | AttemptOutcome::Unknown = outcome {
                shared.links.failed(name, detail);
            }
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
