//! `!trueconf stop`: ends a conference, once its asker has seen which one it is.
use super::ConferenceArgs;
use crate::{
    TrueConf,
    api::Fault,
    audit::{Act, Outcome, outcome},
    model::Conference,
    screens::{self, List},
    servers::Server,
    texts,
};
use factotum_plugin_api::prelude::*;

/// Stop a conference
#[derive(Args)]
pub(super) struct StopArgs {
    #[command(flatten)]
    of: ConferenceArgs,
    /// List to show again afterwards
    #[arg(long, hide = true)]
    list: Option<List>,
}

/// What came of it.
pub(crate) enum Ended {
    /// It has been stopped now.
    Now,
    /// It did not run any more.
    Before,
}

impl TrueConf {
    pub(super) async fn stop(&self, call: &Call, args: StopArgs) -> Result<Reply> {
        let (mut server, id) = self.conference_meant(call, args.of).await?;
        let mut conference = self.found(&server, &id).await?;
        let said = if conference.running {
            if conference.participants.is_none() {
                let participants = self.asked(&server, async { server.api()?.participants(&conference).await }).await;
                conference.participants = participants.ok().map(|participants| participants.count);
            }
            call.confirm(texts::sure_to_stop(&server.name, &conference)).await?;
            server = self.still(&server)?;
            let ended = self.end(&server, &conference).await;
            let came = outcome(&ended, |ended| match ended {
                Ended::Now => Outcome::Done,
                Ended::Before => Outcome::Before,
            });
            let title = conference.title.as_deref().unwrap_or_default();
            self.audit.by(call, Act::Stop, &server, (&conference.id, title), came).await;
            match ended? {
                Ended::Now => texts::stopped(&server.name, &conference),
                Ended::Before => texts::already_stopped(&server.name, &conference),
            }
        } else {
            texts::already_stopped(&server.name, &conference)
        };
        let again = match args.list {
            None => return Ok(screens::back(call, said.into(), &server)),
            Some(List::Confs) => self.confs_of(call, &server, false, 1).await,
            Some(List::Forgotten) => self.forgotten_of(call, &server, self.forgotten_after, 1).await,
        };
        // It is done, whatever the list says.
        Ok(match again {
            Ok(reply) => Reply { text: said + "\n\n" + reply.text, ..reply },
            Err(_) => screens::back(call, said.into(), &server),
        })
    }
    /// Stops a conference, if it still runs.
    pub(crate) async fn end(&self, server: &Server, conference: &Conference) -> Result<Ended> {
        self.asked(server, async {
            let api = server.api()?;
            if !api.running().await?.iter().any(|running| running.id == conference.id) {
                return Ok(Ended::Before);
            }
            match api.stop(&conference.id).await {
                Ok(()) => Ok(Ended::Now),
                // Some servers answer so for one that has ended this moment.
                Err(Fault::Missing(_)) => Ok(Ended::Before),
                Err(other) => Err(other),
            }
        })
        .await
    }
}
