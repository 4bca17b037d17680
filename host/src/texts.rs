//! Every sentence that the host itself says in a chat, as functions: wording is
//! tested in one place, and another language can come without touching callers.
mod access;
mod commands;
mod health;
mod notices;
mod requests;
mod start;
mod status;
pub use {access::*, commands::*, health::*, notices::*, requests::*, start::*, status::*};

use crate::{
    access::{Allow, Because},
    health::Unwell,
    reload::Reloaded,
};
use factotum_plugin_api::{
    chat::{Link, Sender},
    jiff::{Timestamp, Unit},
    secret::scrub,
    text::{self, State, Text, block, bold, code, list, state},
};
use std::{fmt::Display, time::Duration};

/// `2 d 3 h`, `4 min 5 s`, `1 min`: the two largest units, without one that is zero.
pub fn duration(duration: Duration) -> String {
    let secs = duration.as_secs();
    let units = [(secs / 86_400, "d"), (secs / 3_600 % 24, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let shown = units.iter().skip_while(|(n, _)| *n == 0).take(2).filter(|(n, _)| *n > 0);
    let shown: Vec<String> = shown.map(|(n, unit)| format!("{n} {unit}")).collect();
    if shown.is_empty() { "0 s".into() } else { shown.join(" ") }
}

/// `a`, `a or b`, `a, b or c`.
pub fn or(choices: &[String]) -> String {
    match choices {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
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
            Text::join(", ", most) + " or " + text::command(last)
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
pub fn count_of(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        let shown = [0, 59, 60, 3_600, 86_399, 90_061].map(|secs| duration(Duration::from_secs(secs)));
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 h", "23 h 59 min", "1 d 1 h"]);
    }

    #[test]
    fn choices_read_well() {
        let words = ["a", "b", "c"].map(String::from);
        assert_eq!([or(&words[..1]), or(&words[..2]), or(&words)], ["a", "a or b", "a, b or c"]);
    }
}
