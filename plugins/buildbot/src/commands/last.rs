//! `!buildbot last`: how the last builds went.
use super::{MasterArg, status::detail};
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder, Results},
    reading::no_such,
};
use factotum_plugin_api::prelude::*;

/// Say how the last build of a builder went, or of all that are online
#[derive(Args)]
pub(super) struct LastArgs {
    /// Builder, or all for those too that are offline
    builder: Option<String>,
    #[command(flatten)]
    master: MasterArg,
}

impl Buildbot {
    pub(super) async fn last(&self, _: &Call, args: LastArgs) -> Result<Reply> {
        let name = args.master.name();
        let which = args.builder.as_deref();
        let all = which.is_some_and(|which| which.eq_ignore_ascii_case("all"));
        let text = match which.filter(|_| !all) {
            None => self.of_masters(name, |master| self.last_of_all(master, all)).await?,
            Some(which) => {
                let said = self.of_masters(name, |master| self.last_of(master, which)).await?;
                Some(said.ok_or_else(|| no_such("builder", which))?)
            }
        };
        Ok(text.unwrap_or_default().into())
    }
    async fn last_of_all(&self, master: &Master, all: bool) -> Result<Option<Text>> {
        let now = master.known().await?;
        let shown: Vec<&Builder> = now.builders.iter().filter(|builder| all || now.is_online(builder)).collect();
        if shown.is_empty() {
            let none = if all { "There are no builders." } else { "No builder is online." };
            return Ok(Some(none.into()));
        }
        let ids: Vec<i64> = shown.iter().map(|builder| builder.id).collect();
        let last = master.last_builds(&ids).await?;
        Ok(Some(Text::lines(shown.iter().map(|builder| self.last_line(builder, last.get(&builder.id))))))
    }
    async fn last_of(&self, master: &Master, name: &str) -> Result<Option<Text>> {
        let Some(builder) = master.find_builder(name).await? else { return Ok(None) };
        let last = master.last_builds(&[builder.id]).await?;
        Ok(Some(self.last_line(&builder, last.get(&builder.id))))
    }
    fn last_line(&self, builder: &Builder, build: Option<&Build>) -> Text {
        let text = code(&builder.name) + ": ";
        let Some(build) = build else { return text + "no builds run since last restart" };
        let ago = build.complete_at.map_or_else(|| "??".into(), |at| self.ago(at));
        let how = build.results.unwrap_or(Results::Unknown).description();
        text + "last build " + how + " (" + ago + " ago)" + detail(build)
    }
}
