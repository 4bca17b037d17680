//! Every sentence that the host itself says in a chat, as functions: callers say what
//! is so, the wording lies in `texts/en.ftl` and `texts/ru.ftl`. A sentence is made in
//! the language of whoever reads it; what code compares, or a log tells, stays here.
mod access;
mod commands;
mod damage;
mod health;
mod help;
mod language;
mod noise;
mod notices;
mod requests;
mod start;
mod status;
pub use {access::*, commands::*, damage::*, health::*, notices::*, requests::*, start::*, status::*};
pub(crate) use {help::*, language::*, noise::*};

use crate::{
    access::{Allow, Because},
    config::Source,
    health::Unwell,
    reload::Reloaded,
};
use factotum_plugin_api::{
    chat::{Link, Sender},
    jiff::{Timestamp, Unit},
    language::{Language, Phrase},
    secret::scrub,
    text::{self, State, Text, block, bold, code, list, state},
};
use std::{fmt::Display, time::Duration};

factotum_plugin_api::register_texts! {
    "host",
    "en" => include_str!("texts/en.ftl"),
    "ru" => include_str!("texts/ru.ftl"),
}
/// A sentence of the host's own catalogue.
pub(crate) fn say(key: &'static str) -> Phrase {
    Phrase::new("host", key)
}

/// For a choice between two variants.
fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// `2 d 3 h`, `4 min 5 s`, `1 min`: the two largest units, without one that is zero.
pub fn duration(duration: Duration) -> String {
    let secs = duration.as_secs();
    let units = [(secs / 86_400, "d"), (secs / 3_600 % 24, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let shown = units.iter().skip_while(|(n, _)| *n == 0).take(2).filter(|(n, _)| *n > 0);
    let said = |(n, unit): &(u64, &'static str)| say("duration").choice("unit", unit).with("n", *n).to_string();
    let shown: Vec<String> = shown.map(said).collect();
    if shown.is_empty() { said(&(0, "s")) } else { shown.join(" ") }
}

/// `a`, `a or b`, `a, b or c`.
pub fn or(choices: &[String]) -> String {
    match choices {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => say("or").with("most", most.join(", ")).with("last", last).to_string(),
    }
}
/// `a`, `a and b`, `a and b and c`; with `or` as the key, `a or b or c`.
fn folded(key: &'static str, all: &[String]) -> String {
    let joined = |most: String, last: &String| say(key).with("most", most).with("last", last).to_string();
    all.iter().skip(1).fold(all.first().cloned().unwrap_or_default(), joined)
}

/// A command line as it is kept: with `!`, which stands for whatever the prefix is here.
pub fn typed(line: &str) -> Text {
    text::command(line.strip_prefix('!').unwrap_or(line))
}
/// Some commands: `!a`, `!a or !b`, `!a, !b or !c`.
fn any_of(paths: &[String]) -> Text {
    match paths {
        [most @ .., before, last] => {
            let most = most.iter().chain([before]).map(text::command);
            say("or").with("most", Text::join(", ", most)).with("last", text::command(last)).into()
        }
        few => Text::join(", ", few.iter().map(text::command)),
    }
}
/// What a help line says; in it, a word that begins with `!` is a command.
pub fn prose(help: &str) -> Text {
    let mut said = Text::default();
    for (n, word) in help.split(' ').enumerate() {
        let end = word.trim_end_matches(['.', ',', ';', ':', ')', '?']);
        let begins = |rest: &&str| rest.starts_with(|c: char| c == '!' || c.is_alphanumeric());
        said = said + if n == 0 { "" } else { " " };
        said = match end.strip_prefix('!').filter(begins) {
            Some(line) => said + text::command(line) + word.strip_prefix(end).unwrap_or_default(),
            None => said + word,
        };
    }
    said
}
/// `1 record`, `2 records`.
pub fn records(count: u64) -> String {
    say("records").with("count", count).to_string()
}
#[cfg(test)]
mod tests;
