//! `!buildbot status`: what the builders do.
use super::{MasterArg, number_of};
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder, Results, Step},
    reading::{Heard, Now, named, no_such},
};
use factotum_plugin_api::prelude::*;
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};

/// Of so many running builds at most the steps are read: each takes a call.
const STEPS_OF: usize = 10;

/// Say what a builder does, or all that are online
#[derive(Args)]
pub(super) struct StatusArgs {
    /// Builder, or all for those too that are offline
    builder: Option<String>,
    #[command(flatten)]
    master: MasterArg,
}

impl Buildbot {
    pub(super) async fn status_of(&self, _: &Call, args: StatusArgs) -> Result<Reply> {
        let name = args.master.name();
        let which = args.builder.as_deref();
        let all = which.is_some_and(|which| which.eq_ignore_ascii_case("all"));
        let text = match which.filter(|_| !all) {
            None => self.of_masters(name, |master| self.builders(master, all)).await?,
            Some(which) => {
                let said = self.of_masters(name, |master| self.one_builder(master, which)).await?;
                Some(said.ok_or_else(|| no_such("builder", which))?)
            }
        };
        Ok(text.unwrap_or_default().into())
    }
    async fn builders(&self, master: &Master, all: bool) -> Result<Option<Text>> {
        let now = master.known().await?;
        let shown: Vec<&Builder> = now.builders.iter().filter(|builder| all || now.is_online(builder)).collect();
        if shown.is_empty() {
            let none = if all { "There are no builders." } else { "No builder is online." };
            return Ok(Some(none.into()));
        }
        let lines = self.described(master, &now, &shown, true).await?;
        Ok(Some(Text::lines(lines)))
    }
    async fn one_builder(&self, master: &Master, name: &str) -> Result<Option<Text>> {
        let now = master.known().await?;
        let Some(builder) = named(&now.builders, name, |builder| &builder.name) else { return Ok(None) };
        Ok(self.described(master, &now, &[builder], false).await?.pop())
    }
    /// A line for each builder.
    async fn described(&self, master: &Master, now: &Now, builders: &[&Builder], short: bool) -> Result<Vec<Text>> {
        let ids: Vec<i64> = builders.iter().map(|builder| builder.id).collect();
        let online: BTreeSet<i64> =
            builders.iter().filter(|builder| now.is_online(builder)).map(|builder| builder.id).collect();
        let built = master.built(&ids, &online, self.heard(master)).await?;
        let shown = built.running.iter().filter(|build| ids.contains(&build.builder));
        let steps = steps(master, shown.take(STEPS_OF)).await;
        let line = |builder: &&Builder| {
            let running: Vec<&Build> = built.running.iter().filter(|build| build.builder == builder.id).collect();
            let what = if !running.is_empty() {
                let build = |build: &&Build| {
                    let step = steps.get(&build.id).unwrap_or(&build.state_string);
                    Text::from("build ") + number_of(master, build) + " (" + step + ")"
                };
                state(State::Running, "running") + ": " + Text::join(", ", running.iter().map(build))
            } else if now.is_online(builder) {
                Text::from("idle")
                    + built.last.get(&builder.id).map(|build| self.finished(build, short)).unwrap_or_default()
            } else {
                state(State::Bad, "offline")
            };
            code(&builder.name) + ": " + what
        };
        Ok(builders.iter().map(line).collect())
    }
    /// What the stream knows of running builds, where it is up.
    fn heard(&self, master: &Master) -> Option<Heard> {
        let position = self.feed(master).position();
        let current = master.roster.is_current();
        current.then(|| Heard { known_to: position.known_to(), running: position.running.clone() })
    }
    /// `, last build 7 seconds ago, completed successfully`; short with the result's
    /// name alone.
    fn finished(&self, build: &Build, short: bool) -> Text {
        let results = build.results.unwrap_or(Results::Unknown);
        let ago = build.complete_at.map_or_else(|| "??".into(), |at| self.ago(at));
        let text = Text::from(", last build ") + ago + " ago, ";
        if short { text + word(results) } else { text + results.description() + detail(build) }
    }
}

/// The step that each of these builds is at.
async fn steps<'b>(master: &Master, builds: impl Iterator<Item = &'b Build>) -> BTreeMap<i64, String> {
    let step = |build: &Build| {
        let id = build.id;
        async move {
            let path = format!("builds/{id}/steps?complete=false&order=number&limit=1");
            let step = master.one::<Step>("steps", &path).await.ok()?; // the build's own state will do
            Some((id, step.map_or_else(|| "no current step".into(), |step| step.state_string)))
        }
    };
    join_all(builds.map(step)).await.into_iter().flatten().collect()
}

/// `: failed compile` of what was no success.
pub(super) fn detail(build: &Build) -> Text {
    match build.results {
        Some(Results::Success) => Text::default(),
        _ if build.state_string.is_empty() => Text::default(),
        _ => Text::from(": ") + &build.state_string,
    }
}

/// How a build ended, in a word.
fn word(results: Results) -> Text {
    let (how, word) = match results {
        Results::Success => (State::Good, "Success"),
        Results::Warnings => (State::Good, "Warnings"),
        Results::Failure => (State::Bad, "Failure"),
        Results::Skipped => (State::Idle, "Skipped"),
        Results::Exception => (State::Odd, "Exception"),
        Results::Retry => (State::Running, "Retry"),
        Results::Cancelled => (State::Idle, "Cancelled"),
        Results::Unknown => (State::Idle, "Unknown"),
    };
    state(how, word)
}
