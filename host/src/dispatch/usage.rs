//! Usage errors in our words: what is wrong, what would be right, and the line
//! that shows how the command is typed.
use super::table::Command;
use crate::texts;
use factotum_plugin_api::{
    clap::{
        self,
        error::{ContextKind, ContextValue, ErrorKind},
    },
    text::Text,
};
use std::{error::Error as _, num::ParseIntError};

/// What is wrong with the words of a command. For a command that takes a secret
/// the usage line alone, since the words may hold it.
pub fn explain(command: &Command, error: &clap::Error) -> Text {
    let usage = texts::usage(&command.usage());
    if command.has_secret {
        return usage;
    }
    match what_is_wrong(command, error) {
        Some(text) => text + "\n" + usage,
        None => usage,
    }
}

/// What is wrong with the words of a command, without its usage.
pub(super) fn what_is_wrong(command: &Command, error: &clap::Error) -> Option<Text> {
    let argument = text_of(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            let missing = texts_of(error, ContextKind::InvalidArg);
            let lines = missing.iter().map(|shown| {
                let name = name(shown);
                texts::missing_argument(&name, &help_of(command, &name))
            });
            Some(Text::lines(lines))
        }
        ErrorKind::ValueValidation => {
            let (name, source) = (name(&argument?), error.source()?);
            let word = text_of(error, ContextKind::InvalidValue).unwrap_or_default();
            Some(match source.is::<ParseIntError>() {
                true => texts::no_number(&name, &word),
                false => texts::wrong_argument(&name, &source.to_string()),
            })
        }
        ErrorKind::InvalidValue => {
            let word = text_of(error, ContextKind::InvalidValue).unwrap_or_default();
            let valid = texts_of(error, ContextKind::ValidValue);
            if word.is_empty() {
                return Some(texts::no_value(&name(&argument?)));
            }
            let near = texts_of(error, ContextKind::SuggestedValue);
            Some(texts::none_of(&name(&argument?), &word, &valid, near.first().map(String::as_str)))
        }
        ErrorKind::UnknownArgument | ErrorKind::TooManyValues => {
            let word = argument?;
            let near = texts_of(error, ContextKind::SuggestedArg);
            Some(match is_option(&word) {
                true => texts::unknown_option(&word, near.first().map(String::as_str)),
                false => texts::surplus_word(&word),
            })
        }
        _ => {
            // The rest of clap's kinds (an option given twice, without its value …), in its own first line.
            let said = error.to_string();
            let first = said.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            (!first.is_empty()).then(|| first.into())
        }
    }
}

/// The name in what clap shows: `REPO` of `<REPO>`, `EVENTS` of `[EVENTS]...`, the
/// name alone of an option, and all of a group of which one is needed.
fn name(shown: &str) -> String {
    let group = shown.strip_prefix('<').and_then(|shown| shown.strip_suffix('>')).filter(|all| all.contains('|'));
    let option = shown.starts_with('-').then(|| shown.split(' ').next().unwrap_or_default());
    group.or(option).unwrap_or_else(|| shown.trim_matches(['<', '>', '[', ']', '.'])).to_owned()
}
/// Whether a word is meant as an option: `--dryrun`, `-x`, and not `-1001234`.
fn is_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_alphabetic()))
}
fn text_of(error: &clap::Error, kind: ContextKind) -> Option<String> {
    texts_of(error, kind).into_iter().next()
}
/// What the error says of one kind; nothing, one or several.
pub(super) fn texts_of(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => vec![],
    }
}
/// The help line of the argument that is shown as `name`.
fn help_of(command: &Command, name: &str) -> String {
    command.with_clap(|clap| {
        let shown_as = |arg: &&clap::Arg| {
            let option = name.strip_prefix("--").is_some_and(|long| arg.get_long() == Some(long));
            option || arg.get_id().as_str().eq_ignore_ascii_case(name)
        };
        clap.get_arguments().find(shown_as).map(|arg| command.help_of(arg)).unwrap_or_default()
    })
}
