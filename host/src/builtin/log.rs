//! `!log tail`: the last lines of the host's log.
use super::Builtin;
use crate::{recent::RECENT, texts};
use factotum_plugin_api::prelude::*;
use tracing::Level;

/// How many lines are shown when nothing is said, and at most.
const SHOWN: usize = 20;
const SHOWN_MAX: usize = 200;

/// Show the last lines of the host's log
#[derive(Args)]
pub(super) struct TailArgs {
    /// How many lines, else 20; error, warn or info, for that level and above; words that stand in a line
    filter: Vec<String>,
}

impl Builtin {
    pub(super) async fn log_tail(&self, _: &Call, args: TailArgs) -> Result<Reply> {
        let wanted = Wanted::of(&args.filter);
        let lines = RECENT.tail(wanted.lines, wanted.level, wanted.words);
        Ok(match lines.as_slice() {
            [] if args.filter.is_empty() => texts::nothing_found(&texts::listed("log")),
            [] => texts::nothing_like_that(),
            lines => block(lines.join("\n")),
        }
        .into())
    }
}

/// Which lines a person wants.
#[derive(Debug, PartialEq)]
struct Wanted<'a> {
    lines: usize,
    level: Level,
    words: &'a [String],
}

impl<'a> Wanted<'a> {
    /// A number first, then a level; the rest are words.
    fn of(words: &'a [String]) -> Self {
        let mut wanted = Wanted { lines: SHOWN, level: Level::INFO, words };
        if let Some((lines, rest)) = wanted.words.split_first().and_then(|(n, rest)| Some((n.parse().ok()?, rest))) {
            wanted.lines = usize::clamp(lines, 1, SHOWN_MAX);
            wanted.words = rest;
        }
        if let Some((level, rest)) = wanted.words.split_first().and_then(|(word, rest)| Some((level(word)?, rest))) {
            (wanted.level, wanted.words) = (level, rest);
        }
        wanted
    }
}

fn level(word: &str) -> Option<Level> {
    match word.to_lowercase().as_str() {
        "error" | "errors" => Some(Level::ERROR),
        "warn" | "warning" | "warnings" => Some(Level::WARN),
        "info" => Some(Level::INFO),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_level_stand_before_the_words() {
        let rows: &[(&str, usize, Level, &[&str])] = &[
            ("", 20, Level::INFO, &[]),
            ("5", 5, Level::INFO, &[]),
            ("WARN", 20, Level::WARN, &[]),
            ("5 errors travis", 5, Level::ERROR, &["travis"]),
            ("travis 5", 20, Level::INFO, &["travis", "5"]),
            ("info 403", 20, Level::INFO, &["403"]),
            ("0", 1, Level::INFO, &[]),
            ("100000", 200, Level::INFO, &[]),
            ("99999999999999999999", 20, Level::INFO, &["99999999999999999999"]),
            ("-1", 20, Level::INFO, &["-1"]),
        ];
        for (line, lines, level, words) in rows {
            let typed: Vec<String> = line.split_whitespace().map(Into::into).collect();
            let rest: Vec<String> = words.iter().map(ToString::to_string).collect();
            assert_eq!(Wanted::of(&typed), Wanted { lines: *lines, level: *level, words: &rest }, "{line:?}");
        }
    }
}
