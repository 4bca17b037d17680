//! Values of arguments that the host knows without looking far: plugins, sections of
//! the config, chats. Tab offers them, and so do questions, as choices.
use super::{help::HOST, table::Command};
use crate::{
    registry::{PluginInfo, State},
    services::Shared,
};
use factotum_plugin_api::{chat::ChatId, clap};
use std::any::TypeId;

/// More of them are no help as choices.
const CHOICES_MAX: usize = 12;

/// What an argument of a command may be, beside what its type lists. For a chat these
/// are beginnings too, such as `irc:`.
pub(crate) fn begun(shared: &Shared, command: &Command, arg: &clap::Arg) -> Vec<String> {
    if arg.get_value_parser().type_id() == TypeId::of::<ChatId>() {
        let networks = shared.networks().0.keys().map(|name| format!("{name}:"));
        return std::iter::once("here".to_owned()).chain(networks).collect();
    }
    whole(shared, command, arg)
}

/// As [`begun`], only what is a value as it stands, and a few of them at most.
pub(super) fn choices(shared: &Shared, command: &Command, arg: &clap::Arg) -> Vec<String> {
    let whole = whole(shared, command, arg);
    if whole.len() > CHOICES_MAX { vec![] } else { whole }
}

fn whole(shared: &Shared, command: &Command, arg: &clap::Arg) -> Vec<String> {
    let plugins = |wanted: fn(&PluginInfo) -> bool| {
        let all = shared.registry().map(|registry| registry.plugins()).unwrap_or_default();
        all.into_iter().filter(wanted).map(|plugin| plugin.name.to_owned()).collect()
    };
    match (command.plugin, command.path(), arg.get_id().as_str()) {
        (HOST, "plugin enable", "plugin") => plugins(|plugin| plugin.state == State::OffByCommand),
        (HOST, "plugin disable", "plugin") => plugins(|plugin| plugin.state == State::On),
        (HOST, _, "plugin") => plugins(|_| true),
        (HOST, "lang" | "lang me" | "lang chat", "language") => {
            let known = shared.language().all().into_iter().map(|language| language.tag());
            known.chain(["auto".to_owned()]).collect()
        }
        (HOST, "config", "section") => shared.config().sections(),
        _ => vec![],
    }
}
