//! `!group`: when good notices of a chat come as one message.
use super::{
    Builtin,
    silence::{chat_meant, other_chat},
};
use crate::{outbox::GROUP_MAX, texts};
use factotum_plugin_api::prelude::*;

/// Show when good notices come as one message in this chat, or set it
#[derive(Args)]
pub(super) struct GroupArgs {
    /// off, on, or after and a number: `after 10`
    words: Vec<String>,
    /// Another chat; for admins
    #[arg(long)]
    chat: Option<ChatId>,
}

impl Builtin {
    pub(super) async fn group(&self, call: &Call, args: GroupArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let chat = chat_meant(&shared, call, args.chat.as_ref())?;
        let words: Vec<String> = args.words.iter().map(|word| word.to_lowercase()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let unknown = || user_error(texts::not_grouping(&args.words.join(" ")));
        match words.as_slice() {
            [] => {}
            ["off"] => shared.set_group_after(&chat, Some(0)).await?,
            ["on"] => shared.set_group_after(&chat, None).await?,
            ["after", number] | [number] => {
                let number: Option<u32> = number.parse().ok();
                let number = number.filter(|number| (2..=GROUP_MAX).contains(number)).ok_or_else(unknown)?;
                shared.set_group_after(&chat, Some(number)).await?;
            }
            _ => return Err(unknown()),
        }
        let after = shared.group_after(&chat).unwrap_or(shared.config().config.outbox.group_after);
        Ok(texts::grouping(after, other_chat(&shared, call, &chat)).into())
    }
}
