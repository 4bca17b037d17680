//! `!help` alone: every command on a line of its own while that can be read, else a
//! line for each plugin. Plugins that are not in use are named at the end.
use super::{
    help::{HOST, Helper},
    table::Command,
};
use crate::{registry::Registry, texts};
use factotum_plugin_api::{
    language,
    text::{Text, code, command, list},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// So many lines are read in a chat; a longer list is made short.
const LINES_MAX: usize = 40;

/// The key of what a plugin is about, in a catalogue other than English.
const ABOUT: &str = "plugin-about";

/// What help says of plugins as a whole.
#[derive(Default)]
pub struct Plugins {
    /// What each is about.
    about: BTreeMap<&'static str, String>,
    /// What those that are not in use begin with.
    first_steps: BTreeMap<&'static str, Vec<Text>>,
}

impl Plugins {
    /// Those of now, in the language of the reader.
    pub(crate) async fn of(registry: &Registry) -> Self {
        let about = |name: &'static str, about: &str| {
            language::current().of_key(name, ABOUT).unwrap_or_else(|| about.to_owned())
        };
        let all = registry.plugins().into_iter().map(|plugin| (plugin.name, about(plugin.name, plugin.about)));
        Plugins { about: all.collect(), first_steps: registry.first_steps().await }
    }
    fn about(&self, group: &str) -> String {
        if group == HOST { texts::host_about() } else { self.about.get(group).cloned().unwrap_or_default() }
    }
}

impl Helper<'_> {
    /// `!help`: every command that the sender may run, the host's own first.
    pub fn all(&self, plugins: &Plugins) -> Text {
        let mut groups: BTreeMap<(bool, &'static str), Vec<&Arc<Command>>> = BTreeMap::new();
        for command in self.listed().into_iter().filter(|command| !plugins.first_steps.contains_key(command.plugin)) {
            groups.entry(Self::group(command)).or_default().push(command);
        }
        let (here, own) = (&self.asker.chat.network, self.own_commands());
        let of_network = if own.is_empty() { 0 } else { own.len() + 1 };
        let lines: usize = groups.values().map(|commands| commands.len() + 1).sum::<usize>() + of_network;
        let mut shown = if lines > LINES_MAX {
            let short = |((_, plugin), commands): (&(bool, &'static str), &Vec<&Arc<Command>>)| {
                let (name, words) = words_of(plugin, commands);
                texts::help_short(&name, &words, &plugins.about(plugin))
            };
            let mut lines: Vec<Text> = groups.iter().map(short).collect();
            if !own.is_empty() {
                lines.push(texts::help_short_own(here, own.iter().map(|(line, _)| line.clone())));
            }
            vec![list(lines), texts::help_more_short()]
        } else {
            let of_group = |((_, plugin), commands): (&(bool, &'static str), &Vec<&Arc<Command>>)| {
                let lines: Vec<_> = commands.iter().map(|command| self.line(command)).collect();
                texts::help_group(plugin, &lines)
            };
            let mut groups: Vec<Text> = groups.iter().map(of_group).collect();
            if !own.is_empty() {
                groups.push(texts::help_group(here, &own));
            }
            groups.push(texts::help_more());
            groups
        };
        if self.sets_up() && !plugins.first_steps.is_empty() {
            shown.push(texts::not_set_up(plugins.first_steps.keys().copied()));
        }
        Text::lines(shown)
    }
    /// How the plugin is set up that `asked` names, or whose commands begin with it: its
    /// name, what it is about, and what to begin with. `None` where it is in use, and for
    /// those who cannot set it up.
    pub(super) fn set_up<'p>(&self, asked: &str, plugins: &'p Plugins) -> Option<(&'static str, &'p str, Text)> {
        if !self.sets_up() {
            return None;
        }
        let below = |path: &str| path.split(' ').next() == Some(asked);
        let owner = || self.table.sorted().into_iter().find(|command| below(command.path())).map(|found| found.plugin);
        let (name, steps) =
            plugins.first_steps.get_key_value(asked).or_else(|| plugins.first_steps.get_key_value(owner()?))?;
        let about = plugins.about.get(name).map(String::as_str).unwrap_or_default();
        Some((name, about, texts::first_steps(name, steps)))
    }
    /// Whether plugins are set up by whoever asks.
    fn sets_up(&self) -> bool {
        self.rules.is_admin(self.asker.sender)
    }
    /// What the network of the chat answers itself.
    pub(super) fn own_commands(&self) -> Vec<(Text, String)> {
        let network = self.networks.get(&self.asker.chat.network);
        let own = network.map(|network| network.own_commands()).unwrap_or_default();
        own.iter().map(|(line, about)| (code(line), (*about).to_owned())).collect()
    }
}

/// Under which word a group is asked for, and the words of its commands: those after
/// `travis`, where all commands begin with that, else each one's first word.
fn words_of(plugin: &'static str, commands: &[&Arc<Command>]) -> (String, Vec<Text>) {
    let first = |command: &&Arc<Command>| command.path().split(' ').next().unwrap_or_default().to_owned();
    let firsts: BTreeSet<String> = commands.iter().map(first).collect();
    match firsts.first() {
        Some(root) if firsts.len() == 1 && commands.len() > 1 => {
            let rest = |command: &&Arc<Command>| command.path().strip_prefix(&format!("{root} ")).map(Text::from);
            (root.clone(), commands.iter().filter_map(rest).collect())
        }
        _ => (plugin.to_owned(), firsts.iter().map(command).collect()),
    }
}
