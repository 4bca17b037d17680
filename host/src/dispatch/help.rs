//! `!help` and "did you mean": only what the sender may run is ever named.
use super::{
    overview::Plugins,
    possible::possible,
    table::{Command, CommandTable},
};
use crate::{
    access::{Asker, Rules},
    networks::Networks,
    texts,
};
use factotum_plugin_api::{
    clap,
    text::{self, Text, bold, list},
};
use std::sync::Arc;

/// The plugin that the host's own commands belong to.
pub const HOST: &str = "host";
/// At most so many suggestions.
pub(super) const NEAR_MAX: usize = 3;
/// Jaro-Winkler similarity from which a word counts as meant, found by trying
/// the slips of the tests below.
const NEAR_ENOUGH: f64 = 0.85;

/// Help for one sender in one chat.
pub struct Helper<'a> {
    /// The commands that are open.
    pub table: &'a CommandTable,
    /// The rules of now.
    pub rules: &'a Rules,
    /// Who asks, and where.
    pub asker: &'a Asker<'a>,
    /// The networks, for the lines that they answer themselves.
    pub networks: &'a Networks,
}

impl<'a> Helper<'a> {
    /// The commands that this sender may run with some arguments: here, or in
    /// private those that are for private chats.
    pub fn permitted(&self) -> Vec<&'a Arc<Command>> {
        let may = |command: &&Arc<Command>| possible(command, self.asker, self.rules, self.networks);
        self.table.sorted().into_iter().filter(may).collect()
    }
    /// As [`permitted`](Self::permitted), without those that are in no list.
    pub fn listed(&self) -> Vec<&'a Arc<Command>> {
        self.permitted().into_iter().filter(|command| !is_hidden(command)).collect()
    }
    /// Under which plugin a command is listed, the host's own first.
    pub(super) fn group(command: &Command) -> (bool, &'static str) {
        (command.plugin != HOST, command.plugin)
    }
    /// How a command is typed, what it does, and whether that must be in private.
    pub(super) fn line(&self, command: &Command) -> (Text, String) {
        let elsewhere = command.access().private && !self.asker.private;
        (texts::typed(&command.usage()), if elsewhere { texts::in_private(&command.about()) } else { command.about() })
    }
    /// Command paths that look like the beginning of `words`, the likest first. One
    /// that stands there as it is, is named only when there is nothing else.
    pub fn near(&self, words: &[String]) -> Vec<String> {
        let permitted = self.listed();
        let paths = permitted.iter().flat_map(|command| command.paths());
        let mut near: Vec<(f64, &String)> = paths.filter_map(|path| Some((alike(words, path)?, path))).collect();
        if near.iter().any(|(alike, _)| *alike < 1.0) {
            near.retain(|(alike, _)| *alike < 1.0);
        }
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        near.into_iter().map(|(_, path)| path.clone()).take(NEAR_MAX).collect()
    }
    /// `!help travis` or `!help travis route`: one command in full, a group, or both.
    /// Of a plugin that is not in use, also what to begin with.
    pub fn on(&self, words: &[String], plugins: &Plugins) -> Text {
        let asked = words.join(" ").to_lowercase();
        let asked = asked.trim_start_matches('!');
        let steps = self.set_up(asked, plugins);
        match (self.commands_on(asked), steps) {
            (Some(text), None) => text,
            (Some(text), Some((_, _, steps))) => text + "\n" + steps,
            (None, Some((name, about, steps))) => texts::plugin_heading(name, about) + "\n" + steps,
            (None, None) => {
                // Later words may be a secret: no more are repeated than look like a path.
                let words: Vec<String> = asked.split_whitespace().take(2).map(str::to_owned).collect();
                self.meant(&words)
            }
        }
    }
    /// One command in full, a group, or both; `None` when there is no such.
    fn commands_on(&self, asked: &str) -> Option<Text> {
        let permitted = self.permitted();
        let below = |command: &Command| {
            let rest = command.path().strip_prefix(asked);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')) || command.plugin == asked
        };
        let group: Vec<_> = permitted.iter().filter(|command| below(command) && !is_hidden(command)).collect();
        let named = permitted.iter().find(|command| command.paths().iter().any(|path| path == asked));
        let lines = |group: &[&&Arc<Command>]| {
            let lines: Vec<_> = group.iter().map(|command| self.line(command)).collect();
            texts::help_group(asked, &lines)
        };
        match (named, group.as_slice()) {
            (Some(command), [] | [_]) => Some(in_full(command)),
            (Some(command), group) => {
                let below: Vec<_> = group.iter().filter(|other| other.path() != command.path()).copied().collect();
                Some(in_full(command) + "\n" + lines(&below))
            }
            (None, group @ [_, ..]) => Some(lines(group)),
            (None, []) => None,
        }
    }
}

/// Whether a command is in no list, though it can be typed and explained.
pub(crate) fn is_hidden(command: &Command) -> bool {
    command.with_clap(clap::Command::is_hide_set)
}

/// How much `path` looks like as many words as it has; `None` when one of them is
/// another word: who types `travis xyz` does not mean `travis ls`.
fn alike(words: &[String], path: &str) -> Option<f64> {
    let typed = words.get(..path.split(' ').count())?;
    let similar = |typed: &str, path: &str| strsim::jaro_winkler(&typed.to_lowercase(), path);
    let all_near = typed.iter().zip(path.split(' ')).all(|(typed, word)| similar(typed, word) >= NEAR_ENOUGH);
    all_near.then(|| similar(&typed.join(" "), path))
}

/// Everything on one command.
fn in_full(command: &Command) -> Text {
    let access = command.access();
    let mut lines = vec![texts::typed(&command.usage())];
    let about = command.about();
    if !about.is_empty() {
        lines.push(texts::prose(&about) + ".");
    }
    let arguments =
        command.with_clap(|clap| clap.get_arguments().map(|arg| argument(command, arg)).collect::<Vec<_>>());
    if !arguments.is_empty() {
        lines.push(list(arguments));
    }
    if !command.aliases().is_empty() {
        lines.push(texts::also_called(Text::join(" ", command.aliases().iter().map(text::command))));
    }
    // What a rule can change stands apart from what none can.
    let mut who = texts::who_may_run(access.who);
    if access.private {
        who = who + " " + texts::run_in_private_only();
    }
    if access.confirmed {
        who = who + " " + texts::asks_first();
    }
    lines.push(who);
    Text::lines(lines)
}
fn argument(command: &Command, arg: &clap::Arg) -> Text {
    let name = match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg.get_id().as_str().to_uppercase(),
    };
    let help = command.help_of(arg);
    let choices: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    let text = bold(name) + ": " + texts::prose(&help);
    if choices.is_empty() || !arg.get_action().takes_values() { text } else { text + " (" + texts::or(&choices) + ")" }
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let near = |typed: &str, path| {
            let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
            alike(&words, path).is_some()
        };
        for (typed, path) in [
            ("halp", "help"),
            ("travis rout", "travis route"),
            ("trvis route o/r", "travis route"),
            ("Travis remvoe", "travis remove"),
            ("stauts", "status"),
            ("whomai", "whoami"),
        ] {
            assert!(near(typed, path), "{typed} {path}");
        }
        for (typed, path) in [
            ("deploy", "help"),
            ("force", "repos"),
            ("list", "status"),
            ("travis xyz", "travis ls"),
            ("travis tokn", "travis route"),
            ("travis", "travis route"),
        ] {
            assert!(!near(typed, path), "{typed} {path}");
        }
    }
}
