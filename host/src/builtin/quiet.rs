//! `!quiet` `!quiet off`: hours in which a chat's notices ring no phone.
use super::{
    Builtin,
    silence::{chat_meant, other_chat},
};
use crate::{
    noise::{Hours, Quiet, Zone},
    texts,
};
use factotum_plugin_api::prelude::*;

/// The word after the hours that lets notices wait for their end.
const HOLD: &str = "hold";

/// Show the quiet hours of this chat, or set them: within them notices ring no phone
#[derive(Args)]
pub(super) struct QuietArgs {
    /// The hours, such as 22:00-07:00
    hours: Option<String>,
    /// The word hold: what is not urgent waits for the end of the hours
    hold: Option<String>,
    /// The time zone, such as Europe/Berlin; that of before, or else UTC, when missing
    #[arg(long)]
    zone: Option<String>,
    /// Another chat; for admins
    #[arg(long)]
    chat: Option<ChatId>,
}
/// Take the quiet hours of this chat away; what waits for their end is posted at once
#[derive(Args)]
pub(super) struct QuietOffArgs {
    /// Another chat; for admins
    #[arg(long)]
    chat: Option<ChatId>,
}

impl Builtin {
    pub(super) async fn quiet(&self, call: &Call, args: QuietArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let chat = chat_meant(&shared, call, args.chat.as_ref())?;
        let other = other_chat(&shared, call, &chat);
        let before = shared.quiet_hours(&chat);
        let Some(hours) = args.hours else {
            if let Some(zone) = args.zone {
                return Err(user_error(texts::no_hours(&zone)));
            }
            return Ok(match before {
                Some(quiet) => texts::of_chat(other, texts::quiet_hours(&quiet)).into(),
                None => texts::no_quiet_hours(other).into(),
            });
        };
        let hours: Hours = hours.parse().map_err(|_| user_error(texts::no_hours(&hours)))?;
        let hold = match args.hold {
            Some(word) if word.eq_ignore_ascii_case(HOLD) => true,
            Some(word) => return Err(user_error(texts::not_hold(&word))),
            None => false,
        };
        let zone = match args.zone {
            Some(name) => Zone::named(&name).ok_or_else(|| user_error(texts::no_zone(&name)))?,
            None => before.map(|quiet| quiet.zone).unwrap_or_default(),
        };
        let quiet = Quiet { hours, zone, hold };
        shared.set_quiet_hours(&chat, Some(quiet.clone())).await?;
        Ok(texts::of_chat(other, texts::quiet_hours(&quiet)).into())
    }
    pub(super) async fn quiet_off(&self, call: &Call, args: QuietOffArgs) -> Result<Reply> {
        let shared = self.shared()?;
        let chat = chat_meant(&shared, call, args.chat.as_ref())?;
        let other = other_chat(&shared, call, &chat);
        Ok(match shared.set_quiet_hours(&chat, None).await? {
            Some(quiet) => texts::of_chat(other, texts::quiet_is_off(quiet.hold)).into(),
            None => texts::no_quiet_hours(other).into(),
        })
    }
}
