//! What somebody is told who talks to the bot in private and does not know how:
//! once an hour, so that no two bots answer each other for ever.
use super::{Dispatch, people::Lately, say::Say};
use crate::texts;
use factotum_plugin_api::chat::Incoming;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long nobody is given the hint again.
const AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// When each sender was given the hint in each chat, by the clock's elapsed time.
#[derive(Default)]
pub(super) struct Hints(Mutex<Lately<Option<Duration>>>);

impl Hints {
    fn is_due(&self, incoming: &Incoming, now: Duration) -> bool {
        let mut hints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = hints.of(incoming);
        let due = last.is_none_or(|last| now.saturating_sub(last) >= AGAIN_AFTER);
        if due {
            *last = Some(now);
        }
        due
    }
}

impl Dispatch {
    /// Says how commands begin, to a line that nothing takes. Not where people talk
    /// to each other, and not to `/cmd` or `!?`, which is meant for somebody else or
    /// for nobody.
    pub(super) async fn hint(&self, incoming: &Incoming) {
        let begins = incoming.line.trim_start().starts_with(char::is_alphanumeric);
        let config = self.shared.config();
        let prefix = config.config.commands.prefixes.first();
        if let (true, true, Some(prefix)) = (incoming.private, begins, prefix)
            && self.shared.people.hints.is_due(incoming, self.shared.clock.elapsed())
        {
            Say::to(&self.shared, incoming).reply(texts::how_commands_begin(prefix).into()).await;
        }
    }
}
