//! What `!help` says beside the help of commands.
use super::*;

/// What the host's own commands are about.
pub(crate) fn host_about() -> String {
    say("host-about").to_string()
}
/// A plugin on one line: the words of its commands, what it is about, and how to read more.
pub(crate) fn help_short(group: &str, words: &[Text], about: &str) -> Text {
    let help = text::command(format!("help {group}"));
    let words = Text::join(", ", words.iter().cloned());
    let text = if about.is_empty() { say("help-short-bare") } else { say("help-short").with("about", about) };
    text.with("group", bold(group)).with("words", words).with("help", help).into()
}
/// What a network answers itself, on one line.
pub(crate) fn help_short_own(network: &str, lines: impl Iterator<Item = Text>) -> Text {
    bold(network) + ": " + Text::join(", ", lines)
}
/// The end of `!help` where plugins have a line each.
pub(crate) fn help_more_short() -> Text {
    say("help-more-short").with("command", text::command("help COMMAND")).into()
}
/// The plugins that are built in and not in use.
pub(crate) fn not_set_up(plugins: impl Iterator<Item = &'static str>) -> Text {
    let plugins = Text::join(", ", plugins.map(bold));
    say("not-set-up").with("plugins", plugins).with("help", text::command("help NAME")).into()
}
/// A plugin without commands, and what it is about.
pub(crate) fn plugin_heading(plugin: &str, about: &str) -> Text {
    if about.is_empty() { bold(plugin) } else { bold(plugin) + ": " + about }
}
/// What to begin with, of a plugin that is not in use.
pub(crate) fn first_steps(plugin: &str, steps: &[Text]) -> Text {
    let said = |all: Text, step: &Text| say("or").with("most", all).with("last", step.clone()).into();
    let mut steps = steps.iter();
    let first = steps.next().cloned().unwrap_or_default();
    say("first-steps").with("plugin", bold(plugin)).with("steps", steps.fold(first, said)).into()
}
/// What `!nay` is.
pub(crate) fn help_nay() -> Text {
    say("help-nay").with("nay", text::command("nay")).into()
}
/// There is no such command, and there follow some whose help has the words.
pub(crate) fn none_but_spoken_of(asked: &str) -> Text {
    say("none-but-spoken-of").with("command", text::command(asked)).into()
}
