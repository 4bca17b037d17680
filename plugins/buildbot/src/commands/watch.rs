//! `!buildbot watch`: the finish of builds that run, told once in this chat whatever its
//! notifications are.
use super::{MasterArg, build_of, status::detail};
use crate::{
    Buildbot,
    master::Master,
    model::{Build, Builder, Results},
    reading::{named, no_such},
    settings::Watch,
};
use factotum_plugin_api::prelude::*;

/// Tell this chat when the builds finish that a builder runs now
#[derive(Args)]
pub(super) struct WatchArgs {
    /// Builder; without one those that build are offered
    builder: Option<String>,
    #[command(flatten)]
    master: MasterArg,
    #[command(flatten)]
    here: Here,
}

/// The chat that a command runs in, with the topic where chats have some: the host
/// knows what `here` is, and no other word is taken.
#[derive(Args)]
pub(super) struct Here {
    #[arg(long = "here", hide = true, default_value = "here", value_parser = here)]
    pub(super) chat: ChatId,
}
fn here(word: &str) -> Result<ChatId, String> {
    if word == "here" { word.parse() } else { Err("only this chat can be meant".into()) }
}

impl Buildbot {
    pub(super) async fn watch(&self, call: &Call, args: WatchArgs) -> Result<Reply> {
        let masters = self.meant(args.master.name())?;
        let Some(which) = args.builder else {
            return self.busy(call, &masters, "Which builder do you want to watch?", "watch").await;
        };
        let chat = &args.here.chat;
        let said = self.of_masters(args.master.name(), |master| self.watch_builder(master, &which, chat)).await?;
        Ok(said.ok_or_else(|| no_such("builder", &which))?.into())
    }
    /// Buttons for the builders that build.
    pub(super) async fn busy(&self, call: &Call, masters: &[&Master], ask: &str, command: &str) -> Result<Reply> {
        let mut reply = Reply::from(ask);
        for master in masters {
            let now = master.now().await?;
            for builder in now.busy() {
                let of = self.button_name(master).map(|name| format!(" ({name})")).unwrap_or_default();
                let label = format!("{}{of}", builder.name);
                reply = reply.row([self.button(call, master, label, command, &[&builder.name])]);
            }
        }
        Ok(if reply.buttons.is_empty() { "There are no currently running builds.".into() } else { reply })
    }
    async fn watch_builder(&self, master: &Master, name: &str, chat: &ChatId) -> Result<Option<Text>> {
        let now = master.now().await?;
        let Some(builder) = named(&now.builders, name, |builder| &builder.name) else { return Ok(None) };
        let mut lines = vec![];
        for build in now.running_on(builder) {
            let watch = Watch { chat: chat.clone(), master: master.name.clone(), build: build.id };
            self.settings.watch(&watch).await?;
            // It may have finished before the watch was there; in its turn, so that the
            // end is told either here or by itself.
            let _turn = self.feed(master).turn(build.id).await;
            match master.build(build.id).await? {
                Some(build) if build.complete && self.settings.unwatch(&watch).await? => {
                    lines.push(finished(master, builder, &build));
                }
                _ => lines.push(Text::from("Watching ") + build_of(master, builder, build) + " until it finishes..."),
            }
        }
        Ok(Some(match lines.is_empty() {
            true => "There are no currently running builds.".into(),
            false => Text::lines(lines),
        }))
    }
}

/// `Build #3 of slow failed: failed compile`.
pub(super) fn finished(master: &Master, builder: &Builder, build: &Build) -> Text {
    let how = build.results.unwrap_or(Results::Unknown).description();
    let number = link(format_args!("#{}", build.number), master.build_page(build.builder, build.number));
    let detail = detail(build);
    let end = if detail.is_empty() { ".".into() } else { detail };
    Text::from("Build ") + number + " of " + code(&builder.name) + " " + how + end
}
