//! `!trueconf records`: the recordings of a conference.
use super::ConferenceArgs;
use crate::{TrueConf, api::Fault, screens, texts};
use factotum_plugin_api::prelude::*;

/// List the recordings of a conference
#[derive(Args)]
pub(super) struct RecordsArgs {
    #[command(flatten)]
    of: ConferenceArgs,
}

impl TrueConf {
    pub(super) async fn records(&self, call: &Call, args: RecordsArgs) -> Result<Reply> {
        let (server, id) = self.conference_meant(call, args.of).await?;
        let records = self.asked(&server, async {
            match server.api()?.records(&id).await {
                Err(Fault::Missing(_)) => Ok(None),
                answer => answer.map(Some),
            }
        });
        let records = records.await?.ok_or_else(|| user_error(texts::no_such_conference(&server.name, &id)))?;
        let text = match records.len() {
            0 => texts::no_records(&server.name, &id),
            count => texts::records(&server.name, &id, count) + "\n" + list(records.iter().map(texts::record)),
        };
        Ok(screens::back(call, text.into(), &server))
    }
}
