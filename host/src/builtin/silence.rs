//! `!silence` `!silence end`: notices that a chat does not get for a while.
use super::{
    Builtin,
    requests::{RequestNumber, shown_at},
};
use crate::{
    noise::{Ended, Silence, is_like_a_span, span_of},
    services::Shared,
    texts,
};
use factotum_plugin_api::prelude::*;

/// Characters of its words, and of why.
const WORDS_MAX: usize = 300;
/// Silences of a chat: each is looked at before each of its notices.
const SILENCES_MAX: usize = 100;

/// Keep notices out of this chat for a while, or list the silences of now
#[derive(Args)]
pub(super) struct SilenceArgs {
    /// Words in its text, key or plugin (`*`: any text), how long (30m, 2h, 1d), and why
    words: Vec<String>,
    /// Another chat; for admins
    #[arg(long)]
    chat: Option<ChatId>,
}
/// End a silence before its time
#[derive(Args)]
pub(super) struct SilenceEndArgs {
    /// Its number
    id: RequestNumber,
}

impl Builtin {
    pub(super) async fn silence(&self, call: &Call, args: SilenceArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let chat = chat_meant(&shared, call, args.chat.as_ref())?;
        if args.words.is_empty() {
            // An admin in private sees all of them.
            let all = call.private() && args.chat.is_none() && shared.rules().is_admin(&call.sender().id);
            let silences = shared.silences((!all).then_some(&chat)).await?;
            let line = |(silence, kept_out): &(Silence, u64)| texts::silence_line(silence, &until(silence), *kept_out);
            return Ok(match silences.as_slice() {
                [] => texts::no_silences(&chat, all).into(),
                some => Text::lines(some.iter().map(line)).into(),
            });
        }
        let found = args.words.iter().enumerate().skip(1).find_map(|(n, word)| span_of(word).map(|lasts| (n, lasts)));
        let Some((n, lasts)) = found else {
            let meant = args.words.iter().skip(1).rfind(|word| is_like_a_span(word));
            let needed = || texts::silence_needs_a_time(&call.typed("silence"));
            return Err(user_error(meant.map_or_else(needed, |word| texts::no_time_of_a_silence(word))));
        };
        let lasts = lasts.map_err(|longest| user_error(texts::silence_too_long(longest.unsigned_abs())))?;
        let (pattern, comment) = (args.words[..n].join(" "), args.words[n + 1..].join(" "));
        if [&pattern, &comment].iter().any(|words| words.chars().count() > WORDS_MAX) {
            return Err(user_error(texts::silence_says_too_much(WORDS_MAX)));
        }
        if shared.silences_now(Some(&chat)) >= SILENCES_MAX {
            return Err(user_error(texts::too_many_silences(SILENCES_MAX, &chat, &call.typed("silence end"))));
        }
        let here = shared.noisy_chat(call.chat()) == chat;
        let made = shared.silence(chat, pattern, lasts, (call.sender().id.clone(), comment)).await?;
        Ok(texts::silence_begun(&made, &until(&made), here).into())
    }
    pub(super) async fn silence_end(&self, call: &Call, args: SilenceEndArgs) -> Result<Reply> {
        let (shared, RequestNumber(id)) = (self.shared()?, args.id);
        let unknown = || user_error(texts::no_such_silence(id, &call.typed("silence")));
        let silence = shared.silence_of(id).ok_or_else(unknown)?;
        chat_meant(&shared, call, Some(&silence.chat))?;
        let Ended { silence, kept_out } = shared.end_silence(id).await?.ok_or_else(unknown)?;
        Ok(texts::silence_is_over(&silence, kept_out).into())
    }
}

/// The line of `!status`, where there are silences: those that `!silence` would list there.
pub(super) fn status(shared: &Shared, call: &Call, admin: bool) -> Option<Text> {
    let here = shared.noisy_chat(call.chat());
    let count = shared.silences_now((!(admin && call.private())).then_some(&here));
    (count > 0).then(|| texts::silences_now(count, admin))
}

/// The chat that a command is about: the one that it was typed in, or for an admin another.
///
/// # Errors
/// Another chat, for somebody else.
pub(super) fn chat_meant(shared: &Shared, call: &Call, named: Option<&ChatId>) -> Result<ChatId> {
    let here = shared.noisy_chat(call.chat());
    match named.map(|chat| shared.noisy_chat(chat)) {
        Some(chat) if chat != here && !shared.rules().is_admin(&call.sender().id) => {
            Err(user_error(texts::other_chats_are_for_admins()))
        }
        Some(chat) => Ok(chat),
        None => Ok(here),
    }
}

/// The chat that a command is about, where it is not the one that it was typed in.
pub(super) fn other_chat<'a>(shared: &Shared, call: &Call, chat: &'a ChatId) -> Option<&'a ChatId> {
    Some(chat).filter(|chat| **chat != shared.noisy_chat(call.chat()))
}

fn until(silence: &Silence) -> String {
    shown_at(silence.until)
}
