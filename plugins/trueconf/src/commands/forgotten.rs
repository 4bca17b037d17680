//! `!trueconf forgotten`: the conferences that ran long and nobody looks after.
use super::{Length, ServerArg, confs::listed};
use crate::{
    TrueConf,
    api::{Client, Fault},
    model::Conference,
    reach,
    screens::{self, List},
    servers::Server,
    texts,
};
use factotum_plugin_api::prelude::*;
use futures_util::future::join_all;

/// List conferences that run long with no moderator, or with nobody but one
#[derive(Args)]
pub(super) struct ForgottenArgs {
    #[command(flatten)]
    of: ServerArg,
    /// How long they have run at least, such as 30m or 2h
    #[arg(long)]
    over: Option<Length>,
    /// Page of a long list
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    page: usize,
}

/// What was found out of one server.
#[derive(Default)]
pub(crate) struct Forgotten {
    pub(crate) found: Vec<Conference>,
    /// Those of which nobody knows, with why: they are not listed.
    pub(crate) unknown: Option<(Vec<String>, Fault)>,
}

impl TrueConf {
    pub(super) async fn forgotten(&self, call: &Call, args: ForgottenArgs) -> Result<Reply> {
        let servers = self.meant(args.of.server.as_deref()).await?;
        let over = args.over.map_or(self.forgotten_after, |Length(over)| over);
        if let [server] = &servers[..] {
            return self.forgotten_of(call, server, over, args.page).await;
        }
        let answers =
            reach::all(&self.host, &servers, move |server| async move { forgotten(server.api()?, over).await }).await;
        let parts = answers.iter().map(|(server, answer)| match answer {
            Ok(answer) => {
                let head = head(server, answer, over);
                let line = |conference: &Conference| {
                    let api = server.api().ok();
                    let pages = api.map(|api| (api.page(conference), api.control_page(conference)));
                    let (page, control) = pages.unwrap_or_default();
                    texts::conference(conference, page, control)
                };
                let all =
                    if answer.found.is_empty() { head } else { head + "\n" + list(answer.found.iter().map(line)) };
                with_unknown(all, answer)
            }
            Err(fault) => texts::trouble(server, fault),
        });
        Ok(screens::of_several(call, Text::join("\n\n", parts), "forgotten", &servers))
    }
    /// The screen of one server's forgotten conferences.
    pub(super) async fn forgotten_of(
        &self,
        call: &Call,
        server: &Server,
        over: Duration,
        page: usize,
    ) -> Result<Reply> {
        let answer = self.asked(server, async { forgotten(server.api()?, over).await }).await?;
        let head = with_unknown(head(server, &answer, over), &answer);
        if answer.found.is_empty() {
            return Ok(screens::back(call, head.into(), server));
        }
        let words = format!(" --over {}s", over.as_secs());
        listed(call, head, server, (List::Forgotten, &words), &answer.found, page)
    }
}

/// Running conferences of this length at least that nobody looks after. How many are in
/// one is what the list of its participants says, not the log.
///
/// # Errors
/// Why the running conferences are not known.
pub(crate) async fn forgotten(api: &Client, over: Duration) -> Result<Forgotten, Fault> {
    let long = |conference: &Conference| conference.duration.is_some_and(|duration| duration >= over);
    let candidates: Vec<Conference> = api.running().await?.into_iter().filter(long).collect();
    let mut asked = vec![];
    for conference in &candidates {
        asked.push(api.participants(conference));
    }
    let asked = join_all(asked).await;
    let mut all = Forgotten::default();
    for (conference, answer) in candidates.into_iter().zip(asked) {
        match answer {
            Ok(participants) if participants.forgotten() => {
                all.found.push(Conference { participants: Some(participants.count), ..conference });
            }
            Ok(_) => {}
            // It has ended meanwhile.
            Err(Fault::Missing(_)) => {}
            Err(fault) => all.unknown.get_or_insert_with(|| (vec![], fault)).0.push(conference.id),
        }
    }
    Ok(all)
}

fn head(server: &Server, answer: &Forgotten, over: Duration) -> Text {
    match answer.found.len() {
        0 => texts::none_forgotten(&server.name, over),
        count => texts::forgotten(&server.name, count),
    }
}
fn with_unknown(text: Text, answer: &Forgotten) -> Text {
    match &answer.unknown {
        Some((ids, why)) => texts::not_looked_into(ids, why) + "\n" + text,
        None => text,
    }
}
