//! `!buildbot pause` and `unpause`: workers that take no new builds for a while.
use super::{MasterArg, who};
use crate::{
    Buildbot,
    model::Worker,
    reading::{named, no_such},
};
use factotum_plugin_api::prelude::*;
use serde_json::json;

/// Let a worker take no new builds; those that run go on
#[derive(Args)]
pub(super) struct PauseArgs {
    /// Worker; offered when it is missing
    worker: Option<String>,
    /// Reason
    reason: Vec<String>,
    #[command(flatten)]
    master: MasterArg,
}
/// Let a worker take builds again
#[derive(Args)]
pub(super) struct UnpauseArgs {
    /// Worker; offered when it is missing
    worker: Option<String>,
    #[command(flatten)]
    master: MasterArg,
}

impl Buildbot {
    pub(super) async fn pause(&self, call: &Call, args: PauseArgs) -> Result<Reply> {
        self.set_paused(call, args.worker, &args.reason.join(" "), &args.master, true).await
    }
    pub(super) async fn unpause(&self, call: &Call, args: UnpauseArgs) -> Result<Reply> {
        self.set_paused(call, args.worker, "", &args.master, false).await
    }
    async fn set_paused(
        &self,
        call: &Call,
        worker: Option<String>,
        reason: &str,
        master: &MasterArg,
        paused: bool,
    ) -> Result<Reply> {
        let master = self.one_master(call, master.name()).await?;
        let workers = master.workers().await?;
        let (verb, adjective) = if paused { ("pause", "paused") } else { ("unpause", "at work again") };
        let worker = match worker {
            Some(worker) => worker,
            None => {
                let open = |worker: &&Worker| worker.paused != paused && !worker.configured_on.is_empty();
                let names: Vec<&str> = workers.iter().filter(open).map(|worker| worker.name.as_str()).collect();
                if names.is_empty() {
                    return Ok(format!("There is no worker to {verb}.").into());
                }
                call.ask(Question::new(format!("Which worker is to be {adjective}?")).choices(names)).await?
            }
        };
        let worker = worker.trim();
        let worker = named(&workers, worker, |known| &known.name).ok_or_else(|| no_such("worker", worker))?;
        let text = Text::from("Worker ") + code(&worker.name);
        if worker.paused == paused {
            return Ok((text + if paused { " is paused already." } else { " is not paused." }).into());
        }
        let reason = if reason.is_empty() { reason.to_owned() } else { format!(": {reason}") };
        let params = json!({ "reason": format!("{verb}d by {}{reason}", who(call)) });
        let path = format!("workers/{}", worker.id);
        let seen = || async {
            let now = master.one::<Worker>("workers", &path).await?;
            Ok(now.filter(|now| now.paused == paused))
        };
        let event = format!("workers/{}/state_updated", worker.id);
        Ok(match self.told(master, (&path, verb, params), &event, seen).await? {
            Some(_) if paused => text + " is paused: builds that run go on, others wait.",
            Some(_) => text + " takes builds again.",
            None => text + " has been told so, and nothing has changed yet.",
        }
        .into())
    }
}
