//! Whether there are arguments with which a sender may run a command: what no
//! arguments help is named by no help and no suggestion.
//!
//! For each argument that a rule speaks of, a few values stand for all: a value
//! that a glob fits and hardly any other does, one that fits none, its default,
//! none at all. The rules decide on every combination as they do on a call.
use super::{resolved, table::Command};
use crate::{
    access::{ALL_ARGS, Asker, Decision, Glob, Globs, Met, Rules},
    networks::Networks,
};
use factotum_plugin_api::{chat::ChatId, clap};
use std::{any::TypeId, collections::BTreeMap};

/// Stands where a glob has a star: no rule writes it, so that only a star fits it.
const ANYTHING: &str = "\u{e000}";
/// Combinations that are tried; beyond it, there may be arguments that help. Anybody's
/// `!help` tries them for every command.
const TRIED_MAX: usize = 4096;

/// Whether the sender may run it with some arguments: here, or in private if it is
/// for private chats.
pub(crate) fn possible(command: &Command, asker: &Asker, rules: &Rules, networks: &Networks) -> bool {
    let own;
    let mut asker = *asker;
    if command.access().private && !asker.private {
        own = networks.private_chat_of(asker.sender);
        asker = Asker { chat: &own, private: true, ..asker };
    }
    let explained = rules.explain(&command.for_rules(), &asker, None);
    match explained.verdict.decision {
        Decision::Allowed => return true,
        Decision::Refused | Decision::PrivateOnly => return false,
        Decision::OnArguments => {}
    }
    let mut globs: Vec<(String, String)> = vec![];
    for met in explained.met {
        match met {
            Met::Rule { rule, .. } => {
                let args = rules.specs().nth(rule - 1).into_iter().flat_map(|spec| &spec.args);
                let of = |(name, all): (&String, &Globs)| {
                    all.all().iter().map(|glob| (name.clone(), glob.clone())).collect::<Vec<_>>()
                };
                globs.extend(args.flat_map(of));
            }
            Met::Grant(grant) => {
                let each = |(name, globs): (String, String)| {
                    globs.split('|').map(|glob| (name.clone(), glob.to_owned())).collect::<Vec<_>>()
                };
                globs.extend(grant.args.into_iter().flat_map(each));
            }
        }
    }
    if globs.iter().any(|(name, _)| name == ALL_ARGS) {
        return true; // too many texts to try
    }
    let candidates = command.with_clap(|clap| candidates(clap, &globs, networks));
    let all: usize = candidates.values().map(Vec::len).fold(1, usize::saturating_mul);
    all > TRIED_MAX || (0..all).any(|n| may(command, &asker, rules, networks, &candidates, n))
}

/// The decision on the combination `n` of all.
fn may(
    command: &Command,
    asker: &Asker,
    rules: &Rules,
    networks: &Networks,
    candidates: &BTreeMap<String, Vec<Vec<String>>>,
    mut n: usize,
) -> bool {
    let mut args = vec![];
    for (name, values) in candidates {
        args.push((name.clone(), values[n % values.len()].clone()));
        n /= values.len();
    }
    let also = resolved(&args, networks, asker.chat);
    rules.check_args(&command.for_rules(), asker, &args, &also).decision == Decision::Allowed
}

/// The values to try, by argument.
fn candidates(
    clap: &clap::Command,
    globs: &[(String, String)],
    networks: &Networks,
) -> BTreeMap<String, Vec<Vec<String>>> {
    let plain = |name: &str| name.to_lowercase().replace('-', "_");
    let mut candidates = BTreeMap::new();
    for arg in clap.get_arguments() {
        let id = arg.get_id().as_str();
        let spoken_of: Vec<&String> =
            globs.iter().filter(|(name, _)| plain(name) == plain(id)).map(|(_, glob)| glob).collect();
        if spoken_of.is_empty() || super::table::is_hidden(arg) {
            continue;
        }
        let choices: Vec<String> = match arg.get_action().takes_values() {
            true => arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
            false => vec!["true".into(), "false".into()],
        };
        let chat = arg.get_value_parser().type_id() == TypeId::of::<ChatId>();
        let mut values: Vec<Vec<String>> = match choices.is_empty() {
            false => choices.into_iter().map(|choice| vec![choice]).collect(),
            true => spoken_of
                .iter()
                .map(|glob| glob.as_str())
                .chain(["*"])
                .flat_map(|glob| likely(glob, chat, networks))
                .collect(),
        };
        let default: Vec<String> =
            arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        if !default.is_empty() || !arg.is_required_set() {
            values.push(default);
        }
        values.sort();
        values.dedup();
        candidates.insert(id.to_owned(), values);
    }
    candidates
}

/// Values that the glob fits and that as few others as possible do. A chat is of a
/// network that there is, and one without a star is spelled as its network does.
fn likely(glob: &str, chat: bool, networks: &Networks) -> Vec<Vec<String>> {
    let word = glob.replace('*', ANYTHING);
    if !chat {
        return vec![vec![word]];
    }
    if !glob.contains('*') {
        let spelled = networks.resolve(&word, &ChatId::new("", "")).is_ok_and(|chat| chat.to_string() == word);
        return if spelled { vec![vec![word]] } else { vec![] };
    }
    let of_network = |network: &String| match glob.split_once(':') {
        Some((name, address)) => {
            Glob::new(name).fits(network).then(|| format!("{network}:{}", address.replace('*', ANYTHING)))
        }
        None => {
            let (_, end) = glob.split_once('*').expect("it has a star");
            let chat = format!("{network}:{ANYTHING}{}", end.replace('*', ANYTHING));
            Glob::new(glob).fits(&chat).then_some(chat)
        }
    };
    networks.0.keys().filter_map(of_network).map(|chat| vec![chat]).collect()
}
