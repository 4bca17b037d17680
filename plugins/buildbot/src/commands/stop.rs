//! `!buildbot stop`: ends builds that run, and says so once they have ended.
use super::{MasterArg, build_of, number, number_of, watch::finished, who};
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder, Results},
    reading::{Now, named, no_such},
};
use factotum_plugin_api::prelude::*;
use serde_json::json;

const NONE: &str = "Sorry, no build is currently running.";

/// Stop a build that runs
#[derive(Args)]
pub(super) struct StopArgs {
    /// Builder; those that build are offered when it is missing
    builder: Option<String>,
    /// Number of the build, where several run, and reason; asked for when they are missing
    #[arg(value_name = "NUMBER REASON")]
    words: Vec<String>,
    #[command(flatten)]
    master: MasterArg,
}

impl Buildbot {
    pub(super) async fn stop(&self, call: &Call, args: StopArgs) -> Result<Reply> {
        let Some(name) = args.builder else {
            let masters = self.meant(args.master.name())?;
            let offers = self.busy(call, &masters, "Select builder to stop...", "stop").await?;
            return Ok(if offers.buttons.is_empty() { NONE.into() } else { offers });
        };
        let master = self.one_master(call, args.master.name()).await?;
        let now = master.now().await?;
        let builder = named(&now.builders, &name, |builder| &builder.name).ok_or_else(|| no_such("builder", &name))?;
        let (builds, reason) = match args.words.split_first() {
            Some((first, reason)) if number(first).is_some() => (numbered(&now, builder, first)?, reason),
            _ => (self.chosen(call, &now, builder).await?, &args.words[..]),
        };
        if builds.is_empty() {
            return Ok(NONE.into());
        }
        let which = || Text::join(", ", builds.iter().map(|build| build_of(master, builder, build)));
        let reason = match reason.join(" ") {
            none if none.is_empty() => {
                let question = Text::from("Ok, now give me the reason to stop ") + which() + "...";
                call.ask(Question::new(question)).await?
            }
            reason => reason,
        };
        let reason = reason.trim();
        self.sure(call, Text::from("Stop ") + which() + " (" + reason + ")?").await?;
        let mut lines = vec![];
        for build in builds {
            lines.push(self.stop_build(call, master, builder, build, reason).await?);
        }
        Ok(Text::lines(lines).into())
    }
    /// Which of the builds of a builder are meant, asked when there are several.
    async fn chosen<'n>(&self, call: &Call, now: &'n Now, builder: &Builder) -> Result<Vec<&'n Build>> {
        let running = now.running_on(builder);
        if running.len() < 2 {
            return Ok(running);
        }
        let choices = running.iter().map(|build| format!("#{}", build.number)).chain(["all".to_owned()]);
        let text = Text::from("Which build of ") + code(&builder.name) + " is to be stopped?";
        let answer = call.ask(Question::new(text).choices(choices)).await?;
        match answer.trim() {
            all if all.eq_ignore_ascii_case("all") => Ok(running),
            word => numbered(now, builder, word),
        }
    }
    async fn stop_build(
        &self,
        call: &Call,
        master: &Master,
        builder: &Builder,
        build: &Build,
        reason: &str,
    ) -> Result<Text> {
        let path = format!("builds/{}", build.id);
        let params = json!({ "reason": format!("stopped: by {}: {reason}", who(call)) });
        let seen = || async {
            let build = master.build(build.id).await?;
            Ok(build.filter(|build| build.complete))
        };
        let event = format!("builds/{}/finished", build.id);
        let ended = self.told(master, (&path, "stop", params), &event, seen).await?;
        let named = Text::from("Build ") + number_of(master, build) + " of " + code(&builder.name);
        Ok(match ended {
            Some(build) if build.results == Some(Results::Cancelled) => named + " interrupted.",
            Some(build) => finished(master, builder, &build) + " It had ended by itself.",
            None => named + " has been told to stop and still runs.",
        })
    }
}

/// The build of this number, which must run.
fn numbered<'n>(now: &'n Now, builder: &Builder, word: &str) -> Result<Vec<&'n Build>> {
    let found = now.running_on(builder).into_iter().find(|build| Some(build.number) == number(word));
    found.map(|build| vec![build]).ok_or_else(|| user_error(format!("Build {word} of {} does not run.", builder.name)))
}
