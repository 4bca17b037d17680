//! `!trueconf show`: one conference and who is in it.
use super::ConferenceArgs;
use crate::{TrueConf, screens, texts};
use factotum_plugin_api::prelude::*;

/// The most participants that are named.
const NAMED: usize = 50;

/// Show a conference and who is in it
#[derive(Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    of: ConferenceArgs,
}

impl TrueConf {
    pub(super) async fn show(&self, call: &Call, args: ShowArgs) -> Result<Reply> {
        let (server, id) = self.conference_meant(call, args.of).await?;
        let conference = self.found(&server, &id).await?;
        let api = server.api().map_err(|fault| super::told(&server, &fault))?;
        let mut lines = vec![texts::shown(&conference, api.page(&conference))];
        if !conference.owner.is_empty() {
            lines.push(texts::owner(&conference.owner));
        }
        if conference.running {
            lines.extend(conference.duration.map(texts::runs_for));
            lines.push(match api.participants(&conference).await {
                Ok(participants) => texts::people(&participants, NAMED),
                Err(fault) => texts::not_looked_into(std::slice::from_ref(&conference.id), &fault),
            });
            lines.extend(api.control_page(&conference).map(texts::live_control));
        }
        Ok(screens::conference(call, Text::lines(lines), &server, &conference))
    }
}
