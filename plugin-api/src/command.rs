//! Commands: the table a plugin fills, who may run them, and what a handler gets and gives.
use crate::{
    BoxFuture, Result,
    chat::{Attachment, Button, ChatId, Incoming, Sender},
    dialog::{Dialog, Question},
    text::Text,
};
use clap::ArgMatches;
use std::{future::Future, sync::Arc};

/// Who may run a command and where, as its plugin proposes it. Rules of the
/// config may say otherwise for `who`, never for `private` and `confirmed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Who may run it when no rule of the config speaks of it.
    pub who: Who,
    /// Only in a private chat.
    pub private: bool,
    /// Only after the sender has seen what will happen and said yes.
    pub confirmed: bool,
}

/// Who may run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever can talk to the bot.
    Everyone,
    /// The senders under `admins` in the config.
    Admins,
    /// The senders of a role in `[access.roles]`, and admins.
    Role(&'static str),
    /// These senders and nobody else, admins neither, as a table in the plugin's own
    /// config has it: ids such as `telegram:123`, or accounts alone, on any network.
    Listed(&'static [String]),
}

impl Who {
    /// Whether a list of [`Who::Listed`] has this sender (`network:account`).
    pub fn lists(list: &[String], sender: &str) -> bool {
        let account = sender.split_once(':').map_or(sender, |(_, account)| account);
        list.iter().any(|id| if id.contains(':') { id == sender } else { id == account })
    }
}

impl Access {
    /// Whoever can talk to the bot: for what only shows things.
    pub const EVERYONE: Access = Access::of(Who::Everyone);
    /// Admins: for what changes things.
    pub const ADMINS: Access = Access::of(Who::Admins);
    /// Senders with this role, and admins.
    pub const fn role(name: &'static str) -> Access {
        Access::of(Who::Role(name))
    }
    /// These senders alone: see [`Who::Listed`]. The list is kept for as long as the
    /// process lives: a plugin makes one when it starts.
    pub fn listed(ids: Vec<String>) -> Access {
        Access::of(Who::Listed(Vec::leak(ids)))
    }
    const fn of(who: Who) -> Access {
        Access { who, private: false, confirmed: false }
    }
    /// Only in a private chat; elsewhere the host refuses and says where.
    pub const fn in_private(mut self) -> Access {
        self.private = true;
        self
    }
    /// Shows the command with all its arguments first and runs it only on yes from
    /// the same sender within 60 seconds, who must still be allowed to: for what
    /// cannot be undone.
    pub const fn confirmed(mut self) -> Access {
        self.confirmed = true;
        self
    }
}

/// What a command answers.
///
/// Anything that is [`Text`] becomes one by `.into()`.
///
/// ```
/// use factotum_plugin_api::prelude::*;
/// let reply = Reply::from("3 routes").row([Button::new("Show", "!travis routes")]);
/// assert_eq!(reply.text.plain(), "3 routes");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// What it says.
    pub text: Text,
    /// Rows of buttons; lines of `label: line` where the network has none.
    pub buttons: Vec<Vec<Button>>,
    /// A file that goes with it.
    pub file: Option<Attachment>,
    /// Goes to the sender's private chat instead.
    pub privately: bool,
    /// Changes the message whose button was pressed, where the network can.
    pub edits_pressed: bool,
    /// Removes the message whose button was pressed, where the network can.
    pub deletes_pressed: bool,
    /// Removes the line that was typed, where the network can: for one that holds secrets.
    pub deletes_typed: bool,
}

impl<T: Into<Text>> From<T> for Reply {
    fn from(text: T) -> Self {
        Reply { text: text.into(), ..Reply::default() }
    }
}

impl Reply {
    /// Adds a row of buttons.
    pub fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        self.buttons.push(buttons.into_iter().collect());
        self
    }
    /// Sends a file with it.
    pub fn file(mut self, name: impl Into<String>, content: impl Into<bytes::Bytes>) -> Self {
        self.file = Some(Attachment { name: name.into(), content: content.into() });
        self
    }
    /// Goes to the sender's private chat.
    pub fn privately(mut self) -> Self {
        self.privately = true;
        self
    }
    /// Changes the pressed message rather than post a new one.
    pub fn edits_pressed(mut self) -> Self {
        self.edits_pressed = true;
        self
    }
    /// Removes the line that was typed, where the network can.
    pub fn deletes_typed(mut self) -> Self {
        self.deletes_typed = true;
        self
    }
    /// Removes the pressed message.
    pub fn deletes_pressed(mut self) -> Self {
        self.deletes_pressed = true;
        self
    }
}

/// One run of one command.
#[derive(Clone)]
pub struct Call {
    /// What was said, where and by whom; its line is the whole line as typed.
    pub incoming: Incoming,
    /// The command's path: `travis route`, whichever alias was typed.
    pub path: String,
    /// The host's end of [`Call::ask`].
    pub dialog: Arc<dyn Dialog>,
}

impl Call {
    /// Who runs it.
    pub fn sender(&self) -> &Sender {
        &self.incoming.sender
    }
    /// Where it runs.
    pub fn chat(&self) -> &ChatId {
        &self.incoming.chat
    }
    /// Whether nobody else reads that chat.
    pub fn private(&self) -> bool {
        self.incoming.private
    }
    /// Waits for the sender's next line in this chat; the time does not count
    /// against the command's time limit.
    ///
    /// # Errors
    /// [`Error::Left`](crate::Error::Left) after `!nay`, after the time of the question, or when the
    /// sender runs another command here; `?` passes it on and the host says the
    /// right thing.
    pub async fn ask(&self, question: Question) -> Result<String> {
        self.dialog.ask(question).await
    }
    /// Asks yes or no, for 60 seconds, before anything is done.
    ///
    /// # Errors
    /// [`Error::Left`](crate::Error::Left) for everything but yes; the host has said
    /// then that nothing was done.
    pub async fn confirm(&self, text: impl Into<Text>) -> Result<()> {
        self.dialog.confirm(text.into()).await
    }
    /// A command as it is typed here, for a sentence that is no [`Text`] (there it is
    /// [`command`](crate::text::command)): `travis routes` with the prefix before it.
    pub fn typed(&self, command: impl std::fmt::Display) -> String {
        format!("{}{command}", self.dialog.prefix())
    }
    /// Posts something before the reply.
    pub async fn say(&self, text: impl Into<Text>) -> Result<()> {
        self.dialog.say(text.into()).await
    }
}

/// An `async fn(&self, &Call, Args) -> Result<Reply>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a command handler of `{P}`",
    label = "expected `async fn(&self, &Call, Args) -> Result<Reply>`",
    note = "the args struct derives `clap::Args`; the future must be Send: hold no lock or Rc across an await"
)]
pub trait CommandHandler<'a, P, A>: Send + Sync + 'static {
    /// What the async fn gives.
    type Future: Future<Output = Result<Reply>> + Send + 'a;
    /// Calls it.
    fn handle(&self, plugin: &'a P, call: &'a Call, args: A) -> Self::Future;
}
impl<'a, P: 'a, A, F, Fut> CommandHandler<'a, P, A> for F
where
    F: Fn(&'a P, &'a Call, A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply>> + Send + 'a,
{
    type Future = Fut;
    fn handle(&self, plugin: &'a P, call: &'a Call, args: A) -> Fut {
        self(plugin, call, args)
    }
}

/// A handler whose args type is forgotten.
pub type Run<P> = Arc<dyn for<'a> Fn(&'a P, &'a Call, &ArgMatches) -> BoxFuture<'a, Result<Reply>> + Send + Sync>;
/// Only so that the closure's lifetimes are those of [`Run`].
fn run<P, F>(f: F) -> Run<P>
where
    F: for<'a> Fn(&'a P, &'a Call, &ArgMatches) -> BoxFuture<'a, Result<Reply>> + Send + Sync + 'static,
{
    Arc::new(f)
}

/// What access rules see of an argument, made of its words as they were typed.
pub type ForRules = Arc<dyn Fn(&[String]) -> Vec<String> + Send + Sync>;

/// One line of the table.
pub struct CommandEntry<P> {
    /// Paths in lower case; the first is the command's name, the others are aliases.
    pub paths: Vec<String>,
    /// Short forms, as far as nobody else has them; see [`Commands::short`].
    pub shorts: Vec<Short>,
    /// Who may run it and where.
    pub access: Access,
    /// Its grammar and help.
    pub clap: clap::Command,
    /// The library whose catalogues have its help, and the key; see [`Commands::help_in`].
    pub help: Option<(&'static str, String)>,
    /// Arguments of which rules see something else than the words; see [`Commands::for_rules`].
    pub for_rules: Vec<(&'static str, ForRules)>,
    /// Its handler.
    pub run: Run<P>,
}

/// A short form of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The path, in lower case.
    pub path: String,
    /// Whether it is taken from the host, where the host has it.
    pub over_host: bool,
}

/// A button on a network's first screen, where it has one: label and command line.
pub type HomeEntry = Button;

/// Asks a plugin how it is set up, as long as it is not; see [`Commands::first_steps`].
pub type FirstSteps<P> = Arc<dyn for<'a> Fn(&'a P) -> BoxFuture<'a, Result<Vec<Text>>> + Send + Sync>;
/// Only so that the closure's lifetimes are those of [`FirstSteps`].
fn steps<P, F>(f: F) -> FirstSteps<P>
where
    F: for<'a> Fn(&'a P) -> BoxFuture<'a, Result<Vec<Text>>> + Send + Sync + 'static,
{
    Arc::new(f)
}

/// The commands of a plugin, or of a part of one.
pub struct Commands<P> {
    /// The table, in the order of registration.
    pub entries: Vec<CommandEntry<P>>,
    /// What the plugin offers on a network's first screen: see [`home`](Self::home).
    pub home: Vec<HomeEntry>,
    /// How it is set up, as long as it is not: see [`first_steps`](Self::first_steps).
    pub first_steps: Option<FirstSteps<P>>,
}
impl<P> Default for Commands<P> {
    fn default() -> Self {
        Commands { entries: vec![], home: vec![], first_steps: None }
    }
}

impl<P: Send + Sync + 'static> Commands<P> {
    /// Adds a command. `path` is what the person types after the prefix (`travis
    /// route`); the args struct is its grammar and its help.
    ///
    /// In a private chat, and where the network has buttons, the host asks for each
    /// argument that is required and missing: the field's doc comment is the
    /// question ("Repository, as owner/name?"), the values of a `ValueEnum` are the
    /// choices, and what its `FromStr` says of a wrong answer is shown. The answer
    /// is one value as it was typed, with its spaces and dashes; for a field that takes
    /// several, it is split into words as a line is. A
    /// [`Secret`](crate::secret::Secret) is asked for in private only.
    pub fn on<A: clap::Args + Send + 'static>(
        &mut self,
        path: impl Into<String>,
        access: Access,
        handler: impl for<'a> CommandHandler<'a, P, A>,
    ) -> &mut Self {
        let path = path.into().to_lowercase();
        let name = path.rsplit(' ').next().unwrap_or_default().to_owned();
        let handler = Arc::new(handler);
        self.entries.push(CommandEntry {
            paths: vec![path],
            shorts: vec![],
            access,
            clap: A::augment_args(clap::Command::new(name)),
            help: None,
            for_rules: vec![],
            run: run(move |plugin, call, matches| {
                let (handler, args) = (handler.clone(), A::from_arg_matches(matches));
                Box::pin(async move { handler.handle(plugin, call, args?).await })
            }),
        });
        self
    }
    /// A second path of the command before it; whole (`ls`, `travis ls`).
    ///
    /// # Panics
    /// Without a command before it.
    pub fn alias(&mut self, path: impl Into<String>) -> &mut Self {
        let entry = self.entries.last_mut().expect("alias() follows on()");
        entry.paths.push(path.into().to_lowercase());
        self
    }
    /// A short form of the command before it: `force` for `buildbot force`. Where the
    /// host itself has that word it stays the host's, unless `over_host` takes it; the
    /// host's command is then `host WORD`. Two plugins with the same one are a mistake,
    /// which the start names with both long forms.
    ///
    /// # Panics
    /// Without a command before it.
    pub fn short(&mut self, path: impl Into<String>, over_host: bool) -> &mut Self {
        let entry = self.entries.last_mut().expect("short() follows on()");
        entry.shorts.push(Short { path: path.into().to_lowercase(), over_host });
        self
    }
    /// Says what access rules see of an argument of the command before it, where one
    /// thing can be written in several ways or a word stands for several things: each
    /// thing that the handler will understand, in one spelling. `seen` gets all words
    /// of the argument, none when it was left out.
    ///
    /// ```
    /// use factotum_plugin_api::prelude::*;
    /// # struct Doors;
    /// /// Open doors
    /// #[derive(Args)]
    /// struct OpenArgs {
    ///     /// Doors, with commas between them
    ///     doors: Vec<String>,
    /// }
    /// fn each(words: &[String]) -> Vec<String> {
    ///     words.iter().flat_map(|word| word.split(',')).map(str::to_lowercase).collect()
    /// }
    /// # impl Doors { async fn open(&self, _: &Call, _: OpenArgs) -> Result<Reply> { Ok("".into()) } }
    /// # let mut commands = Commands::<Doors>::default();
    /// // `args = { doors = "vault" }` refuses `!open Hall,Vault` too:
    /// commands.on("open", Access::EVERYONE, Doors::open).for_rules("doors", each);
    /// ```
    ///
    /// # Panics
    /// Without a command before it, or when that has no such argument.
    pub fn for_rules(
        &mut self,
        arg: &'static str,
        seen: impl Fn(&[String]) -> Vec<String> + Send + Sync + 'static,
    ) -> &mut Self {
        let entry = self.entries.last_mut().expect("for_rules() follows on()");
        assert!(entry.clap.get_arguments().any(|known| known.get_id() == arg), "!{} has no {arg}", entry.paths[0]);
        entry.for_rules.push((arg, Arc::new(seen)));
        self
    }
    /// Says that the help of the commands so far, in other languages, lies in the catalogues
    /// of a library and not in those of the plugin, which may be any: under the key that
    /// `key` makes of a command's path, with `help-` before it.
    pub fn help_in(&mut self, library: &'static str, key: impl Fn(&str) -> String) -> &mut Self {
        for entry in &mut self.entries {
            entry.help = Some((library, format!("help-{}", key(&entry.paths[0]))));
        }
        self
    }
    /// Offers a command line for a network's first screen, such as the answer to
    /// `/start`. It is kept for networks that have one; the host itself shows it
    /// nowhere, in `!help` neither.
    pub fn home(&mut self, label: impl Into<String>, line: impl Into<String>) -> &mut Self {
        self.home.push(Button::new(label, line));
        self
    }
    /// Says that the plugin may be built in and not in use: until it is set up, `!help`
    /// names it at its end alone, and networks show neither its home entries nor its
    /// commands in a menu. They can be typed, completed and asked for by name as ever.
    ///
    /// `ask` is called each time something is shown. It gives what a person may begin
    /// with, command lines ([`command`](crate::text::command)) and parts of the config
    /// ([`code`](crate::text::code)), and nothing once the plugin is in use. It is not
    /// asked where the config has a section of the plugin: that is in use.
    ///
    /// ```
    /// use factotum_plugin_api::prelude::*;
    /// # struct Doors { known: Table<String, u32> }
    /// # let mut commands = Commands::<Doors>::default();
    /// commands.first_steps(|doors| {
    ///     Box::pin(async {
    ///         let none = doors.known.all(&[]).await?.is_empty();
    ///         Ok(if none { vec![command("doors add NAME")] } else { vec![] })
    ///     })
    /// });
    /// ```
    pub fn first_steps(&mut self, ask: for<'a> fn(&'a P) -> BoxFuture<'a, Result<Vec<Text>>>) -> &mut Self {
        self.first_steps = Some(steps(ask));
        self
    }
    /// Takes over the commands of a part of the plugin, such as ci-routes.
    pub fn part<Q: Send + Sync + 'static>(&mut self, part: fn(&P) -> &Q, commands: Commands<Q>) -> &mut Self {
        let commands = commands.of_part(part);
        self.entries.extend(commands.entries);
        self.home.extend(commands.home);
        self.first_steps = self.first_steps.take().or(commands.first_steps);
        self
    }
    /// The same commands for the owner `O` of a `P`.
    pub fn of_part<O: Send + Sync + 'static>(self, part: fn(&O) -> &P) -> Commands<O> {
        let of_owner = |entry: CommandEntry<P>| CommandEntry {
            paths: entry.paths,
            shorts: entry.shorts,
            access: entry.access,
            clap: entry.clap,
            help: entry.help,
            for_rules: entry.for_rules,
            run: run(move |owner, call, matches| (entry.run)(part(owner), call, matches)),
        };
        let first_steps = self.first_steps.map(|ask| steps(move |owner: &O| ask(part(owner))));
        Commands { entries: self.entries.into_iter().map(of_owner).collect(), home: self.home, first_steps }
    }
}
