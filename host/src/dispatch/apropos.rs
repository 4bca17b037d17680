//! `!apropos`: the commands that have to do with some words, of those that the
//! sender may run.
use super::{help::Helper, table::Command};
use crate::texts;
use factotum_plugin_api::text::Text;
use std::collections::BTreeMap;

impl Helper<'_> {
    /// The commands whose paths or help hold each of the words, by plugin; `None`
    /// when there are none.
    pub fn apropos(&self, words: &[String]) -> Option<Text> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let mut groups: BTreeMap<(bool, &str), Vec<(Text, String)>> = BTreeMap::new();
        for command in self.listed() {
            let said = said_of(command);
            if words.iter().all(|word| said.contains(word.trim_start_matches('!'))) {
                groups.entry(Self::group(command)).or_default().push(self.line(command));
            }
        }
        let shown = groups.iter().map(|((_, plugin), lines)| texts::help_group(plugin, lines));
        (!groups.is_empty()).then(|| Text::lines(shown))
    }
}

/// All that help says of a command, in lower case.
fn said_of(command: &Command) -> String {
    let mut said = command.paths().to_vec();
    said.push(command.about());
    command.with_clap(|clap| {
        said.extend(clap.get_about().map(ToString::to_string));
        for arg in clap.get_arguments() {
            said.push(arg.get_id().to_string());
            said.extend(arg.get_help().map(ToString::to_string));
            said.push(command.help_of(arg));
            said.extend(arg.get_possible_values().iter().map(|value| value.get_name().to_owned()));
        }
    });
    said.join("\n").to_lowercase()
}
