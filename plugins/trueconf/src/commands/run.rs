//! `!trueconf run`: starts a conference.
use super::ConferenceArgs;
use crate::{
    TrueConf,
    audit::{Act, Outcome, outcome},
    screens, texts,
};
use factotum_plugin_api::prelude::*;

/// Start a conference
#[derive(Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    of: ConferenceArgs,
}

impl TrueConf {
    pub(super) async fn run(&self, call: &Call, args: RunArgs) -> Result<Reply> {
        let (server, id) = self.conference_meant(call, args.of).await?;
        let conference = self.found(&server, &id).await?;
        let said = if conference.running {
            texts::already_runs(&server.name, &conference)
        } else {
            let started = self.asked(&server, async { server.api()?.run(&conference.id).await }).await;
            let title = conference.title.as_deref().unwrap_or_default();
            let came = outcome(&started, |()| Outcome::Done);
            self.audit.by(call, Act::Run, &server, (&conference.id, title), came).await;
            started?;
            texts::started(&server.name, &conference)
        };
        Ok(screens::back(call, said.into(), &server))
    }
}
