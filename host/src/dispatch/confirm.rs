//! Commands that cannot be undone: what is shown before they run, and what is
//! looked at again after time has passed.
use super::{Dispatch, table, table::Command};
use crate::words::quote;
use factotum_plugin_api::clap::{ArgMatches, parser::ValueSource};

impl Dispatch {
    /// Whether the command is what it was when it was found: its plugin may have
    /// been turned off meanwhile, or begun again.
    pub(super) fn is_still_open(&self, command: &Command) -> bool {
        let words: Vec<String> = command.path().split(' ').map(str::to_owned).collect();
        let open = self.shared.open_tables().ok();
        open.is_some_and(|open| open.commands.find(&words).is_some_and(|(found, _)| found.is(command)))
    }
}

/// The command as it would be typed with all its arguments, those that it fills in
/// itself too; `args` are its [`Command::named_args`]. A secret is `***`.
pub(super) fn line_of(command: &Command, matches: &ArgMatches, args: &[(String, Vec<String>)]) -> String {
    let mut line = format!("!{}", command.path());
    command.with_clap(|clap| {
        for arg in clap.get_positionals().chain(clap.get_arguments().filter(|arg| !arg.is_positional())) {
            let id = arg.get_id().as_str();
            let values = match table::is_secret(arg) {
                true => matches.get_raw(id).into_iter().flatten().map(|_| "***".to_owned()).collect(),
                false => args.iter().find(|(name, _)| name == id).map(|(_, values)| values.clone()).unwrap_or_default(),
            };
            if values.is_empty() || !arg.get_action().takes_values() && !was_typed(matches, id) {
                continue;
            }
            let option = arg.get_long().map(|long| format!(" --{long}"));
            line += &option.or_else(|| arg.get_short().map(|short| format!(" -{short}"))).unwrap_or_default();
            if arg.get_action().takes_values() {
                line.extend(values.iter().map(|value| format!(" {}", quote(value))));
            }
        }
    });
    line
}

fn was_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id).is_some_and(|source| source != ValueSource::DefaultValue)
}
