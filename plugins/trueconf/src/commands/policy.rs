//! `!trueconf policy` and `!trueconf keep`: what becomes of forgotten conferences.
use super::{ConferenceArgs, Length};
use crate::{
    TrueConf,
    audit::{Act, Outcome},
    policy::Mode,
    screens, texts,
};
use factotum_plugin_api::prelude::*;

/// Show or switch what is done to forgotten conferences by itself
#[derive(Args)]
pub(super) struct PolicyArgs {
    /// Server, by its name; may be left out where there is one
    server: Option<String>,
    /// Off, dry to be told what would be stopped, or on; shows it when nothing is named
    mode: Option<Mode>,
}

/// Keep a conference from being stopped by the policy
#[derive(Args)]
pub(super) struct KeepArgs {
    /// Server, by its name
    server: String,
    /// Conference, by its id
    id: String,
    /// For how long, such as 1h
    #[arg(default_value = "1h")]
    time: Length,
}

/// The longest that a conference is kept at once.
const KEPT_MAX: Duration = Duration::from_secs(7 * 86400);

impl TrueConf {
    pub(super) async fn policy(&self, call: &Call, args: PolicyArgs) -> Result<Reply> {
        // With one server, a single word is the mode.
        let alone = args.server.as_deref().filter(|_| args.mode.is_none());
        let mode = alone.and_then(|word| Mode::from_str(word, true).ok());
        let (word, mode) = match mode {
            Some(mode) => (None, Some(mode)),
            None => (args.server.as_deref(), args.mode),
        };
        let server = self.one(call, word).await?;
        let known = self.policies.of(&server.slug).await?;
        let Some(mode) = mode else {
            let text = texts::watch::policy(&server.name, known.mode, &known.chat, &self.config.policy);
            return Ok(screens::back(call, text.into(), &server));
        };
        if mode == Mode::On {
            if !known.tried {
                return Err(user_error(texts::watch::policy_dry_first(&server.slug)));
            }
            call.confirm(texts::watch::sure_of_policy(&server.name, &self.config.policy)).await?;
            self.still(&server)?;
        }
        let thread = call.incoming.thread.clone();
        self.policies.change(&server.slug, |policy| policy.set(mode, call.chat(), thread)).await?;
        self.audit.by(call, Act::Policy, &server, ("", texts::watch::mode_word(mode)), Outcome::Done).await;
        let chat = call.chat().to_string();
        let text = texts::watch::policy(&server.name, mode, &chat, &self.config.policy);
        Ok(screens::back(call, text.into(), &server))
    }
    pub(super) async fn keep(&self, call: &Call, args: KeepArgs) -> Result<Reply> {
        let words = ConferenceArgs { server: Some(args.server), id: Some(args.id) };
        let (server, id) = self.conference_meant(call, words).await?;
        let Length(time) = args.time;
        let time = time.min(KEPT_MAX);
        let until = self.host.clock.now() + time;
        self.policies.keep(&server.slug, &id, until.as_second()).await?;
        self.audit.by(call, Act::Keep, &server, (&id, ""), Outcome::Done).await;
        Ok(texts::watch::kept(&server.name, &id, time).into())
    }
}
