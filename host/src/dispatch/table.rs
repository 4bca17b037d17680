//! The commands that are open, found by the words of a line.
use crate::{access, dispatch::help::HOST, words};
use factotum_plugin_api::{
    Erased, Started,
    chat::{Button, ChatId, Resolver, resolving},
    clap::{self, ArgMatches, parser::ValueSource},
    command::{Access, CommandEntry, Short},
    language,
    secret::Secret,
};
use std::{
    any::TypeId,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, Mutex},
};

/// A command that is open.
pub struct Command {
    /// The plugin that has it; `host` for the host's own.
    pub plugin: &'static str,
    started: Arc<Started>,
    at: usize,
    /// Its name first, then its other names.
    paths: Vec<String>,
    /// Built once, parsed in place: 2.7 µs a line, against 4 for one made anew.
    clap: Mutex<clap::Command>,
    /// Whether one of its arguments is a [`Secret`].
    pub has_secret: bool,
    /// Whether it takes the line of another command, which may hold a secret.
    pub takes_line: bool,
}

/// A word of another command's line, as `!acl why` takes it: it may be a secret of
/// that command, so rules, the audit and the console's history see none of them.
#[derive(Clone, Debug)]
pub struct LineWord(pub String);
impl From<&str> for LineWord {
    fn from(word: &str) -> Self {
        LineWord(word.to_owned())
    }
}

impl Command {
    fn entry(&self) -> &CommandEntry<Erased> {
        &self.started.commands.entries[self.at]
    }
    /// Its name, `travis route`.
    pub fn path(&self) -> &str {
        &self.paths[0]
    }
    /// Whether it is the same command of the same start of its plugin.
    pub fn is(&self, other: &Command) -> bool {
        self.at == other.at && Arc::ptr_eq(&self.started, &other.started)
    }
    /// Its name and its other names.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }
    /// Its other names.
    pub fn aliases(&self) -> &[String] {
        self.paths.get(1..).unwrap_or_default()
    }
    /// Who may run it and where; a command with a secret is private.
    pub fn access(&self) -> Access {
        let access = self.entry().access;
        Access { private: access.private || self.has_secret, ..access }
    }
    /// The command as access rules see it.
    pub fn for_rules(&self) -> access::Command<'_> {
        access::Command { plugin: self.plugin, path: self.path(), access: self.access() }
    }
    /// The names of its arguments and options.
    pub fn arg_names(&self) -> Vec<String> {
        self.lock().get_arguments().map(|arg| arg.get_id().to_string()).collect()
    }
    /// The names of the arguments that access rules see: secrets are not among them.
    pub fn arg_names_for_rules(&self) -> Vec<String> {
        let clap = self.lock();
        clap.get_arguments().filter(|arg| !is_hidden(arg)).map(|arg| arg.get_id().to_string()).collect()
    }
    /// What it does, in a line, in the language of the reader; empty when its args have
    /// no doc comment.
    pub fn about(&self) -> String {
        let about = || self.lock().get_about().map(ToString::to_string).unwrap_or_default();
        language::current().of_key(self.catalogue(), &self.help_key()).unwrap_or_else(about)
    }
    /// What an argument of it is, in the language of the reader.
    pub fn help_of(&self, arg: &clap::Arg) -> String {
        let key = format!("{}.{}", self.help_key(), arg.get_id());
        let help = || arg.get_help().map(ToString::to_string).unwrap_or_default();
        language::current().of_key(self.catalogue(), &key).unwrap_or_else(help)
    }
    /// Whose catalogues have its help: its plugin's, or those of a library.
    pub fn catalogue(&self) -> &'static str {
        self.entry().help.as_ref().map_or(self.plugin, |(library, _)| library)
    }
    /// The key of its help there, whatever the host calls it.
    pub fn help_key(&self) -> String {
        let own = || format!("help-{}", self.entry().paths[0].replace(' ', "-"));
        self.entry().help.as_ref().map_or_else(own, |(_, key)| key.clone())
    }
    /// Its grammar, for showing.
    pub fn with_clap<T>(&self, show: impl FnOnce(&clap::Command) -> T) -> T {
        show(&self.lock())
    }
    /// `!travis route <REPO> <CHAT> [EVENTS]...`
    pub fn usage(&self) -> String {
        let usage = self.lock().render_usage().to_string();
        usage.trim_start_matches("Usage:").trim().to_owned()
    }
    /// Parses the words after the path; `resolve` makes chats of bare addresses.
    ///
    /// # Errors
    /// clap's own, to be said in our words.
    pub fn parse(&self, words: &[String], resolve: Resolver) -> Result<ArgMatches, Box<clap::Error>> {
        let mut clap = self.lock();
        resolving(resolve, || clap.try_get_matches_from_mut(words)).map_err(Box::new)
    }
    /// Its handler, and the plugin to call it on.
    pub fn handler(&self) -> (factotum_plugin_api::command::Run<Erased>, Erased) {
        (self.entry().run.clone(), self.started.plugin.clone())
    }
    /// The arguments by name as rules see them: what was typed or is the default, or
    /// what the plugin makes of it; a chat in its full spelling; one left out without
    /// values; a secret, or a word of another command's line, not at all.
    pub fn named_args(&self, matches: &ArgMatches) -> Vec<(String, Vec<String>)> {
        let clap = self.lock();
        let chat = TypeId::of::<ChatId>();
        let mut named = vec![];
        for arg in clap.get_arguments().filter(|arg| !is_hidden(arg)) {
            let id = arg.get_id().as_str();
            let values: Vec<String> = if arg.get_value_parser().type_id() == chat {
                matches.get_many::<ChatId>(id).into_iter().flatten().map(ToString::to_string).collect()
            } else {
                let raw = matches.get_raw(id).into_iter().flatten();
                raw.map(|value| value.to_string_lossy().into_owned()).collect()
            };
            let seen = self.entry().for_rules.iter().find(|(arg, _)| *arg == id);
            named.push((id.to_owned(), seen.map_or_else(|| values.clone(), |(_, seen)| seen(&values))));
        }
        named
    }
    /// Whether one of the words may be a secret: it stands where one does, or where
    /// anything may stand, or nobody knows where.
    pub fn may_hold_secret(&self, words: &[String]) -> bool {
        let chat = Rc::new(|word: &str| Ok(ChatId::new("any", word)));
        let Ok(matches) = self.parse(words, chat) else { return !words.is_empty() };
        let any_text = |arg: &clap::Arg| arg.get_value_parser().type_id() == TypeId::of::<String>();
        let typed = |arg: &clap::Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
        self.lock().get_arguments().any(|arg| (is_secret(arg) || any_text(arg)) && typed(arg))
    }
    /// What rules see where `value` alone is given as the argument `arg`; none where
    /// they see what is typed.
    pub fn seen_by_rules(&self, arg: &str, value: &str) -> Option<Vec<String>> {
        let (_, seen) = self.entry().for_rules.iter().find(|(of, _)| *of == arg)?;
        Some(seen(&[value.to_owned()]))
    }
    /// The words with every secret as `***`; all of them when they cannot be parsed.
    pub fn masked(&self, words: &[String]) -> Vec<String> {
        let chat = Rc::new(|word: &str| Ok(ChatId::new("any", word)));
        let secrets: Option<Vec<String>> = self.parse(words, chat).ok().map(|matches| {
            let clap = self.lock();
            let of = |arg: &clap::Arg| {
                matches
                    .get_raw(arg.get_id().as_str())
                    .into_iter()
                    .flatten()
                    .map(|raw| raw.to_string_lossy().into_owned())
                    .collect::<Vec<_>>()
            };
            clap.get_arguments().filter(|arg| is_secret(arg)).flat_map(of).collect()
        });
        let hide = |word: &String| match &secrets {
            Some(secrets) if !secrets.contains(word) => word.clone(),
            _ => "***".to_owned(),
        };
        words.iter().map(hide).collect()
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, clap::Command> {
        // A `FromStr` of a plugin that panicked has left the command usable.
        self.clap.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Whether the argument is a [`Secret`]: never repeated to anybody.
pub fn is_secret(arg: &clap::Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<Secret>()
}

pub(super) fn is_line_word(arg: &clap::Arg) -> bool {
    arg.get_value_parser().type_id() == TypeId::of::<LineWord>()
}
/// Whether nobody but the handler may see what the argument is.
pub(super) fn is_hidden(arg: &clap::Arg) -> bool {
    is_secret(arg) || is_line_word(arg)
}

/// All commands that are open.
#[derive(Default)]
pub struct CommandTable {
    commands: Vec<Arc<Command>>,
    paths: HashMap<String, usize>,
    longest: usize,
    /// What the plugins offer on the first screen, for a network that has one.
    pub home: Vec<Button>,
}

impl CommandTable {
    /// Adds the commands of a plugin.
    ///
    /// # Errors
    /// A path that is taken, naming both plugins; a path that nobody could type; an
    /// args struct with subcommands.
    pub fn add(&mut self, plugin: &'static str, started: &Arc<Started>) -> anyhow::Result<()> {
        for (at, entry) in started.commands.entries.iter().enumerate() {
            for path in &entry.paths {
                let typed = words::split(path).is_ok_and(|words| !words.is_empty() && words.join(" ") == *path);
                anyhow::ensure!(typed, "the plugin {plugin} has a command {path:?}, which nobody can type");
                if let Some(&taken) = self.paths.get(path) {
                    let other = self.commands[taken].plugin;
                    anyhow::bail!("the plugins {other} and {plugin} both have a command !{path}");
                }
                self.longest = self.longest.max(path.split(' ').count());
                self.paths.insert(path.clone(), self.commands.len());
            }
            // A Secret inside would not be seen, nor would rules see its arguments.
            let flat = !entry.clap.has_subcommands();
            let path = &entry.paths[0];
            anyhow::ensure!(flat, "the args of !{path} of the plugin {plugin} have subcommands: make each a command");
            let clap = for_chat(&entry.paths[0], entry.clap.clone());
            let has_secret = clap.get_arguments().any(is_secret);
            let takes_line = clap.get_arguments().any(is_line_word);
            let (started, clap) = (started.clone(), Mutex::new(clap));
            let mut paths = entry.paths.clone();
            for short in &entry.shorts {
                if self.give_short(plugin, path, short)? {
                    paths.push(short.path.clone());
                }
            }
            self.commands.push(Arc::new(Command { plugin, started, at, paths, clap, has_secret, takes_line }));
        }
        self.home.extend(started.commands.home.iter().cloned());
        Ok(())
    }
    /// Gives the next command a short form, unless the host has it.
    ///
    /// # Errors
    /// Another plugin has it, named with both long forms.
    fn give_short(&mut self, plugin: &str, long: &str, short: &Short) -> anyhow::Result<bool> {
        let Short { path, over_host } = short;
        if let Some(&taken) = self.paths.get(path) {
            let other = &self.commands[taken];
            anyhow::ensure!(
                other.plugin == HOST,
                "the plugins {} and {plugin} both have the short form !{path}, for !{} and !{long}: turn it off in one of them",
                other.plugin,
                other.path()
            );
            if !over_host {
                return Ok(false);
            }
            self.move_aside(taken, path);
        }
        self.longest = self.longest.max(path.split(' ').count());
        self.paths.insert(path.clone(), self.commands.len());
        Ok(true)
    }
    /// Calls a command of the host's `host WORD`, since a plugin has taken the word.
    fn move_aside(&mut self, at: usize, path: &str) {
        let new = format!("{HOST} {path}");
        let command = Arc::get_mut(&mut self.commands[at]).expect("the table is being made");
        for known in command.paths.iter_mut().filter(|known| *known == path) {
            known.clone_from(&new);
        }
        let clap = command.clap.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        *clap = for_chat(&command.paths[0], std::mem::take(clap));
        self.longest = self.longest.max(new.split(' ').count());
        self.paths.insert(new, at);
    }
    /// The command with the longest path that `words` begin with, and that path's
    /// length in words. Case does not matter.
    pub fn find(&self, words: &[String]) -> Option<(&Arc<Command>, usize)> {
        (1..=self.longest.min(words.len())).rev().find_map(|n| {
            let path = words[..n].join(" ").to_lowercase();
            self.paths.get(&path).map(|&at| (&self.commands[at], n))
        })
    }
    /// All commands, by path.
    pub fn sorted(&self) -> Vec<&Arc<Command>> {
        let mut all: Vec<_> = self.commands.iter().collect();
        all.sort_by(|a, b| a.path().cmp(b.path()));
        all
    }
}

/// clap for a chat; `path` makes the usage line read as it is typed.
fn for_chat(path: &str, clap: clap::Command) -> clap::Command {
    let clap = clap
        .no_binary_name(true)
        .bin_name(format!("!{path}"))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true);
    let options = clap.get_opts().next().is_some();
    // Chats and tokens may begin with a dash (-1001234).
    let mut clap = clap.mut_args(|arg| match (arg.is_positional(), options) {
        (true, false) => arg.allow_hyphen_values(true),
        (true, true) => arg.allow_negative_numbers(true),
        (false, _) => arg,
    });
    clap.build();
    clap
}
