//! What happened to a chat as a whole: it moved, or the bot came or went.
use super::Dispatch;
use crate::{dispatch::help::HOST, texts};
use factotum_plugin_api::{Result, chat::ChatEvent, notice::Notice, text::Text};
use tracing::info;

impl Dispatch {
    /// Keeps what follows from an event; returns when it is on disk.
    ///
    /// # Errors
    /// When the journal cannot write.
    pub(super) async fn chat_event(&self, event: ChatEvent, update: &str) -> Result<()> {
        let shared = &self.shared;
        let (network, notices) = match event {
            ChatEvent::Moved { from, to } => {
                info!(%from, %to, "a chat has moved");
                shared.journal.set_moved(&from, &to).await?;
                shared.outbox()?.wake(&[to]);
                return Ok(());
            }
            ChatEvent::Joined { chat, title, by } => {
                info!(%chat, "the bot may post to a chat");
                let told = || texts::joined(&chat.to_string(), &title, by.as_ref());
                let mut notices = self.to_admins(&told);
                if !shared.admin_chats().contains(&chat) {
                    let here_i_am = || texts::here_i_am(&chat.to_string());
                    let greeting = shared.language_of_chat(&chat).within(here_i_am);
                    notices.push(Notice::new(chat.clone(), greeting).silent());
                }
                (chat.network, notices)
            }
            ChatEvent::Left { chat, title, by } => {
                info!(%chat, "the bot may no longer post to a chat");
                let told = || texts::left_chat(&chat.to_string(), &title, by.as_ref());
                let notices = self.to_admins(&told).into_iter().filter(|notice| notice.to != chat).collect();
                (chat.network, notices)
            }
        };
        let once = format!("event:{network}:{update}");
        if let Some(chats) = shared.journal.enqueue(HOST, &notices, Some(&once)).await? {
            shared.outbox()?.wake(&chats);
        }
        Ok(())
    }
    /// A notice to each admin chat, in its language.
    fn to_admins(&self, text: &dyn Fn() -> Text) -> Vec<Notice> {
        let notice = |chat| {
            let text = self.shared.language_of_chat(&chat).within(text);
            Notice::new(chat, text)
        };
        self.shared.admin_chats().into_iter().map(notice).collect()
    }
}
