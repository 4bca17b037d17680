//! `!buildbot requests`, `cancel` and `rebuild`: builds that wait, and builds once more.
use super::{MasterArg, force::requested, number, who};
use crate::{
    Buildbot,
    master::Master,
    model::{BuildRequest, Results},
    words::line,
};
use factotum_plugin_api::prelude::*;
use serde_json::{Value, json};

/// So many requests are listed at most.
const MOST: usize = 50;

/// List the builds that wait
#[derive(Args)]
pub(super) struct RequestsArgs {
    #[command(flatten)]
    master: MasterArg,
}
/// Cancel a build that waits
#[derive(Args)]
pub(super) struct CancelArgs {
    /// Number of the request, as requests lists it
    request: String,
    /// Reason
    reason: Vec<String>,
    #[command(flatten)]
    master: MasterArg,
}
/// Build the same once more
#[derive(Args)]
pub(super) struct RebuildArgs {
    /// Builder
    builder: String,
    /// Number of the build
    number: String,
    #[command(flatten)]
    master: MasterArg,
}

impl Buildbot {
    pub(super) async fn requests(&self, _: &Call, args: RequestsArgs) -> Result<Reply> {
        let text = self.of_masters(args.master.name(), |master| self.pending(master)).await?;
        Ok(text.unwrap_or_default().into())
    }
    async fn pending(&self, master: &Master) -> Result<Option<Text>> {
        let path = format!(
            "buildrequests?complete=false&claimed=false&order=buildrequestid&limit={}&property=reason",
            MOST + 1
        );
        let (builders, requests) =
            tokio::try_join!(master.builders(), master.list::<BuildRequest>("buildrequests", &path))?;
        let mut lines = vec![];
        for request in &requests {
            let Some(builder) = builders.iter().find(|builder| builder.id == request.builder) else { continue };
            let text = link(format_args!("#{}", request.id), master.page(&format!("buildrequests/{}", request.id)));
            let text = text + " of " + code(&builder.name) + " waits since " + self.ago(request.submitted_at);
            lines.push(match reason(request) {
                Some(reason) => text + ": " + reason,
                None => text,
            });
        }
        if lines.is_empty() {
            return Ok(Some("No build request is pending.".into()));
        }
        let more = lines.len() > MOST;
        lines.truncate(MOST);
        let text = Text::from("Pending build requests:\n") + list(lines);
        Ok(Some(if more { text + "\nThere are more." } else { text }))
    }

    pub(super) async fn cancel(&self, call: &Call, args: CancelArgs) -> Result<Reply> {
        let id = number(&args.request).ok_or_else(|| user_error("A request is a number, such as 12."))?;
        let master = self.one_master(call, args.master.name()).await?;
        let path = format!("buildrequests/{id}");
        let read = || master.one::<BuildRequest>("buildrequests", &path);
        let (request, builders) = tokio::try_join!(read(), master.builders())?;
        let request = request.ok_or_else(|| user_error(format!("There is no build request #{id}.")))?;
        let builder = builders.iter().find(|builder| builder.id == request.builder);
        let builder = builder.ok_or_else(|| user_error(format!("There is no build request #{id}.")))?;
        let named = || {
            Text::from("Build request ")
                + link(format_args!("#{id}"), master.page(&path))
                + " of "
                + code(&builder.name)
        };
        if request.complete {
            return Ok((named() + " is complete: there is nothing to cancel.").into());
        }
        if request.claimed {
            let stop = line("stop", self.button_name(master), &[&builder.name]);
            return Ok((named() + " is being built already: " + command(stop) + " stops that.").into());
        }
        self.sure(call, Text::from("Cancel build request #") + id + " of " + code(&builder.name) + "?").await?;
        let reason = args.reason.join(" ");
        let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
        let params = json!({ "reason": format!("cancelled: by {}{reason}", who(call)) });
        // It is claimed on its way out, as it is by a build: only complete says anything.
        let seen = || async { Ok(read().await?.filter(|request| request.complete)) };
        let event = format!("buildrequests/{id}/complete");
        Ok(match self.told(master, (&path, "cancel", params), &event, seen).await? {
            Some(request) if request.results == Some(Results::Cancelled) => named() + " cancelled.",
            Some(_) => named() + " had ended by itself.",
            None => named() + " has been told to go and has not gone: it may be built already.",
        }
        .into())
    }

    pub(super) async fn rebuild(&self, call: &Call, args: RebuildArgs) -> Result<Reply> {
        let wanted = number(&args.number).ok_or_else(|| user_error("A build is a number, such as 12."))?;
        let master = self.one_master(call, args.master.name()).await?;
        let builder = master.builder(&args.builder).await?;
        if master.config.ends_it(&builder.name) {
            let shutdown = line("shutdown", self.button_name(master), &[]);
            let text = code(&builder.name) + " ends " + master.shown_name() + ": ";
            return Ok((text + command(shutdown) + " is for that.").into());
        }
        let none = || user_error(format!("There is no build #{wanted} of {}.", builder.name));
        let build = master.build_of(&builder, wanted).await?.ok_or_else(none)?;
        if !build.complete {
            return Ok((super::build_of(master, &builder, &build) + " still runs.").into());
        }
        let answer = master.control(&format!("builds/{}", build.id), "rebuild", json!({})).await?;
        let request = match named_request(&answer) {
            Some(id) => master.one::<BuildRequest>("buildrequests", &format!("buildrequests/{id}")).await?,
            None => None,
        };
        let none =
            || user_error(format!("The master took it, and there is no request for a build of {}.", builder.name));
        let request = request.filter(|request| request.builder == builder.id).ok_or_else(none)?;
        let text = Text::from("Rebuild of ") + super::build_of(master, &builder, &build) + " requested: ";
        Ok((text + requested(master, &request) + ".").into())
    }
}

/// The request in `[buildset, {"builder": request}]`.
fn named_request(answer: &Value) -> Option<i64> {
    answer.get(1)?.as_object()?.values().next()?.as_i64()
}

/// Why it was asked for, where that is known.
fn reason(request: &BuildRequest) -> Option<String> {
    let (value, _) = request.properties.as_ref()?.get("reason")?;
    value.as_str().filter(|reason| !reason.is_empty()).map(str::to_owned)
}
