//! `!buildbot …`: what people can tell a master, in the words of Buildbot's own bots.
//!
//! Here is the table and what all commands share: which master is meant, who asks for
//! it, and how it is seen that a master has done what it was told.
pub(crate) mod about;
mod builds;
mod force;
mod form;
mod last;
mod list;
mod notify;
mod shutdown;
mod status;
mod stop;
mod watch;
mod workers;

use crate::{
    Buildbot,
    authz::{self, DANGEROUS, HARMLESS},
    master::Master,
    model::{Build, Builder},
    words::line,
};
use factotum_plugin_api::{command::CommandHandler, http::WebSocket, prelude::*};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How long it is watched whether a master does what it was told.
const SEEN_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks, where no event tells of it.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which short forms there are.
pub(crate) struct Shorts {
    on: bool,
    taken: BTreeSet<String>,
}

impl Shorts {
    /// Checks the words that are taken over from the host.
    ///
    /// # Errors
    /// Names a word that is no command of this plugin.
    pub(crate) fn new(on: bool, take_over: &[String]) -> Result<Self> {
        let known = || HARMLESS.iter().chain(DANGEROUS);
        let taken: BTreeSet<String> = take_over.iter().map(|word| word.to_lowercase()).collect();
        match taken.iter().find(|word| !known().any(|command| command == word)) {
            Some(word) => {
                let meant = authz::meant(word, known());
                Err(user_error(format!("take_over: Buildbot has no command {word:?}{meant}")))
            }
            None => Ok(Shorts { on, taken }),
        }
    }
}

/// The master that is meant, where there are several.
#[derive(Args)]
struct MasterArg {
    /// Master, by its name in the config
    #[arg(long, value_name = "NAME")]
    master: Option<String>,
}
impl MasterArg {
    fn name(&self) -> Option<&str> {
        self.master.as_deref()
    }
}

/// The table while it is filled.
struct Filled<'a> {
    buildbot: &'a Buildbot,
    commands: &'a mut Commands<Buildbot>,
}

impl Filled<'_> {
    /// Adds `buildbot NAME` for whom the config lets, and its short form.
    fn on<A: Args + Send + 'static>(
        &mut self,
        name: &'static str,
        handler: impl for<'a> CommandHandler<'a, Buildbot, A>,
    ) -> &mut Self {
        let Shorts { on, taken } = &self.buildbot.shorts;
        let entry = self.commands.on(format!("buildbot {name}"), self.buildbot.rights.access(name), handler);
        let over_host = taken.contains(name);
        if *on || over_host {
            entry.short(name, over_host);
        }
        self
    }
    /// Adds a second name, and its short form.
    fn also(&mut self, name: &'static str) -> &mut Self {
        let entry = self.commands.alias(format!("buildbot {name}"));
        if self.buildbot.shorts.on {
            entry.short(name, false);
        }
        self
    }
}

/// Fills the table.
pub(crate) fn register(buildbot: &Buildbot, commands: &mut Commands<Buildbot>) {
    Filled { buildbot, commands: &mut *commands }
        .on("list", Buildbot::list)
        .on("status", Buildbot::status_of)
        .on("last", Buildbot::last)
        .on("watch", Buildbot::watch)
        .on("notify", Buildbot::notify)
        .on("requests", Buildbot::requests)
        .on("masters", Buildbot::masters)
        .on("version", Buildbot::version)
        .on("source", Buildbot::source)
        .on("hello", Buildbot::hello)
        .on("force", Buildbot::force)
        .on("stop", Buildbot::stop)
        .also("stop build") // as Buildbot's bots have it
        .on("shutdown", Buildbot::shutdown)
        .on("cancel", Buildbot::cancel)
        .on("rebuild", Buildbot::rebuild)
        .on("pause", Buildbot::pause)
        .on("unpause", Buildbot::unpause);
    commands
        .home("Status", "!buildbot status")
        .home("Last builds", "!buildbot last")
        .home("Notifications", "!buildbot notify");
}

impl Buildbot {
    /// The master that is meant, where one must be: asks when there are several.
    async fn one_master(&self, call: &Call, name: Option<&str>) -> Result<&Master> {
        if name.is_some() || self.masters.len() < 2 {
            return self.master(name);
        }
        let names = self.masters.iter().map(|master| master.name.as_str());
        let answer = call.ask(Question::new("Which master?").choices(names)).await?;
        self.master(Some(answer.trim()))
    }
    /// The masters that are meant: all without a name.
    fn meant(&self, name: Option<&str>) -> Result<Vec<&Master>> {
        match name {
            None if !self.masters.is_empty() => Ok(self.masters.iter().collect()),
            name => Ok(vec![self.master(name)?]),
        }
    }
    /// What the masters that are meant say, several each under its name; `None` when
    /// none of them has anything to say. That one of several cannot be asked is said
    /// in its place.
    async fn of_masters<'a, F: Future<Output = Result<Option<Text>>> + Send>(
        &'a self,
        name: Option<&str>,
        say: impl Fn(&'a Master) -> F,
    ) -> Result<Option<Text>> {
        let masters = self.meant(name)?;
        if let [only] = masters[..] {
            return say(only).await;
        }
        let said = join_all(masters.iter().map(|master| say(master))).await;
        let mut parts = vec![];
        for (master, said) in masters.iter().zip(said) {
            match said {
                Ok(Some(text)) => parts.push(bold(&master.name) + ":\n" + text),
                Ok(None) => {}
                Err(Error::User(why)) => parts.push(bold(&master.name) + ": " + master.of_itself(&why)),
                Err(other) => return Err(other),
            }
        }
        Ok((!parts.is_empty()).then(|| Text::join("\n", parts)))
    }
    /// The name that buttons repeat: none where there is one master.
    fn button_name<'a>(&self, master: &'a Master) -> Option<&'a str> {
        (self.masters.len() > 1).then_some(master.name.as_str())
    }
    /// A button for `buildbot COMMAND WORDS…` of this master.
    fn button(&self, call: &Call, master: &Master, label: String, command: &str, words: &[&str]) -> Button {
        Button::new(label, call.typed(line(command, self.button_name(master), words)))
    }
    /// How long ago a time of a master is.
    fn ago(&self, at: i64) -> String {
        crate::ago::fuzzy(self.host.clock.now().as_second() - at)
    }
    /// Asks yes or no before what cannot be undone, unless a table of Buildbot's own
    /// form says who may do it.
    async fn sure(&self, call: &Call, text: impl Into<Text>) -> Result<()> {
        if self.rights.confirm() { call.confirm(text).await } else { Ok(()) }
    }
    /// Makes a control call, and looks at what it was to change until `seen` gives
    /// something: at once, at each event below `event`, and every half second. `None`
    /// when nothing was seen within 10 seconds.
    async fn told<T, F: Future<Output = Result<Option<T>>> + Send>(
        &self,
        master: &Master,
        (path, method, params): (&str, &str, Value),
        event: &str,
        seen: impl Fn() -> F,
    ) -> Result<Option<T>> {
        let mut events = subscribed(master, event).await;
        master.control(path, method, params).await?;
        let end = self.host.clock.elapsed() + SEEN_WITHIN;
        loop {
            if let Some(seen) = seen().await? {
                return Ok(Some(seen));
            }
            if self.host.clock.elapsed() >= end {
                return Ok(None);
            }
            let next = async {
                match &mut events {
                    Some(socket) => socket.next().await.is_ok(),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                alive = next => if !alive { events = None },
                () = self.host.clock.sleep(LOOK_EVERY) => {}
            }
        }
    }
}

/// A stream of the events below a path; `None` where the master gives none.
async fn subscribed(master: &Master, path: &str) -> Option<WebSocket> {
    let mut socket = master.events().await.ok()?;
    socket.send(json!({ "cmd": "startConsuming", "path": path, "_id": 1 }).to_string()).await.ok()?;
    socket.next().await.ok()?; // the answer
    Some(socket)
}

/// Who runs a command, and where if others read there: for the reasons that a master keeps.
pub(crate) fn who(call: &Call) -> String {
    let sender = call.sender();
    let place = if call.private() { String::new() } else { format!(" on {}", call.chat()) };
    format!("{} ({}){place}", sender.name, sender.id)
}

/// `build #3 of slow`, with a link.
pub(crate) fn build_of(master: &Master, builder: &Builder, build: &Build) -> Text {
    Text::from("build ") + number_of(master, build) + " of " + code(&builder.name)
}

/// `#3`, with a link.
fn number_of(master: &Master, build: &Build) -> Text {
    link(format_args!("#{}", build.number), master.build_page(build.builder, build.number))
}

/// `#7` or `7`.
fn number(word: &str) -> Option<i64> {
    word.strip_prefix('#').unwrap_or(word).parse().ok().filter(|number| *number > 0)
}
