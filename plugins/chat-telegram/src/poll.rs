//! Long polling: asking for updates, and confirming them once they are on disk.
//!
//! Telegram forgets an update as soon as it is asked for a later one, so the host
//! asks for a later one only when its journal has this one.
use crate::{Failed, Telegram, backoff::Backoff, update::Update};
use factotum_plugin_api::{Result, chat::Link, user_error};
use teloxide_core::{
    payloads::{DeleteWebhook, GetUpdates, GetUpdatesSetters},
    types::AllowedUpdate,
};
use tracing::{debug, error, info, warn};

/// What is asked for. Never empty: "as set before" may have been another program.
pub(crate) const ALLOWED: [AllowedUpdate; 6] = [
    AllowedUpdate::Message,
    AllowedUpdate::EditedMessage,
    AllowedUpdate::ChannelPost,
    AllowedUpdate::EditedChannelPost,
    AllowedUpdate::CallbackQuery,
    AllowedUpdate::MyChatMember,
];

impl Telegram {
    /// Asks for updates for ever.
    ///
    /// # Errors
    /// When the token is wrong: no waiting mends that.
    pub(crate) async fn poll(&self) -> Result<()> {
        let mut backoff = Backoff::new(&self.host.clock, self.config.retry_delay);
        // Whoever set a webhook wanted it; this config wants to poll.
        while let Err(failed) = self.api.call(&DeleteWebhook::new()).await {
            self.lost(&failed, &mut backoff).await?;
        }
        // The first call after a loss is answered at once, so that `!status` need not wait.
        let (mut next, mut other_told, mut at_once) = (None, false, true);
        loop {
            let timeout = if at_once { 0 } else { self.config.poll_timeout };
            let mut ask = GetUpdates::new().timeout(timeout).allowed_updates(ALLOWED);
            if let Some(next) = next {
                ask = ask.offset(next);
            }
            match self.api.call_for_parts(&ask).await {
                Ok(updates) => {
                    backoff.reset();
                    at_once = false;
                    if std::mem::take(&mut other_told) {
                        info!("nobody else reads the bot's updates any more");
                    }
                    self.set_link(Link::Up);
                    let (before, some) = (next, !updates.is_empty());
                    for update in updates.iter().filter_map(|text| Update::of_text(text)) {
                        next = Some(following(&update));
                        self.take(&update).await;
                    }
                    // What has no number cannot be confirmed, and comes again at once.
                    if some && next == before {
                        backoff.pause().await;
                    }
                }
                Err(Failed::Refused(refused)) if refused.code == 409 => {
                    if !std::mem::replace(&mut other_told, true) {
                        error!(reason = refused.description, "another program reads this bot's updates");
                    }
                    // It can still post.
                    self.set_link(Link::Ailing(format!(
                        "another program reads this bot's updates: stop it, or give one of them a bot of its own ({})",
                        refused.description
                    )));
                    backoff.pause().await;
                }
                Err(failed) => {
                    at_once = true;
                    self.lost(&failed, &mut backoff).await?;
                }
            }
        }
    }
    /// Takes an update over: returns when it is on disk, and tries for ever until it is.
    pub(crate) async fn take(&self, update: &Update) {
        let mut backoff = Backoff::new(&self.host.clock, self.config.retry_delay);
        while let Err(error) = self.hear(update).await {
            let error = format!("{:#}", error.into_anyhow());
            warn!(update = update.id, error, "an update could not be kept; it is not confirmed");
            backoff.pause().await;
        }
        debug!(update = update.id, "update heard");
    }
    /// A call failed that is made until it does not.
    ///
    /// # Errors
    /// When the token is wrong.
    pub(crate) async fn lost(&self, failed: &Failed, backoff: &mut Backoff) -> Result<()> {
        if let Failed::Refused(refused) = failed
            && refused.is_wrong_token()
        {
            return Err(user_error(wrong_token(&refused.description)));
        }
        if backoff.is_first() {
            warn!(error = %failed, "Telegram cannot be reached");
        }
        self.set_link(Link::Down(failed.to_string()));
        backoff.pause_after(failed).await;
        Ok(())
    }
}

/// The offset that confirms an update.
fn following(update: &Update) -> i32 {
    i32::try_from(update.id).unwrap_or(i32::MAX).saturating_add(1)
}

/// What to say of a token that Telegram does not know.
pub(crate) fn wrong_token(said: &str) -> String {
    format!("Telegram does not know the token ({said}): ask BotFather for it with /token")
}
