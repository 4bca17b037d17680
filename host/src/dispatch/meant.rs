//! What `!help` says of words that are no command: a part of one, a line that the
//! network answers itself, a word that help lines speak of, or the nearest there is.
use super::help::{Helper, NEAR_MAX};
use crate::texts;
use factotum_plugin_api::text::Text;

/// A shorter piece stands in too many words.
const PART_MIN: usize = 2;
/// As many commands are shown that speak of a word; more would be any.
const SPOKEN_MAX: usize = 10;
/// How much a word looks like the nearest, where nothing is really near.
const LIKENESS_MIN: f64 = 0.8;

impl Helper<'_> {
    /// The nearest to words that are no command that the sender may run.
    pub(super) fn meant(&self, words: &[String]) -> Text {
        let asked = words.join(" ");
        let own: Vec<_> = self
            .own_commands()
            .into_iter()
            .filter(|(line, _)| line.plain().trim_start_matches('!').split(' ').next() == Some(asked.as_str()))
            .collect();
        if !own.is_empty() {
            return texts::help_group(&self.asker.chat.network, &own);
        }
        if asked == "nay" {
            return texts::help_nay();
        }
        let near = self.near(words);
        let near = if near.is_empty() { self.with_parts(words) } else { near };
        if !near.is_empty() {
            return texts::unknown_command(&asked, &near);
        }
        let long = words.iter().all(|word| word.chars().count() > PART_MIN);
        let spoken_of = long.then(|| self.apropos(words)).flatten();
        match (spoken_of, self.likest(words)) {
            (Some(found), _) if found.plain().lines().count() <= SPOKEN_MAX => {
                texts::none_but_spoken_of(&asked) + "\n" + found
            }
            (Some(_), likest) if likest.is_empty() => texts::none_but_many_speak_of(&asked),
            (_, likest) => texts::unknown_command(&asked, &likest),
        }
    }
    /// The commands in whose words the typed ones are pieces: as beginnings, anywhere, or
    /// the other way round.
    fn with_parts(&self, words: &[String]) -> Vec<String> {
        let rank_of = |typed: &String, path: &str| {
            let ranked = path.split(' ').filter_map(|word| {
                let part = typed.chars().count() >= PART_MIN;
                let whole = word.chars().count() > PART_MIN;
                match () {
                    () if part && word.starts_with(typed.as_str()) => Some(0),
                    () if part && word.contains(typed.as_str()) => Some(1),
                    () if whole && typed.contains(word) => Some(2),
                    () => None,
                }
            });
            ranked.min()
        };
        let rank = |path: &str| words.iter().map(|typed| rank_of(typed, path)).collect::<Option<Vec<u8>>>();
        let listed = self.listed();
        let paths = listed.iter().flat_map(|command| command.paths()).map(String::as_str);
        let mut found: Vec<_> = paths.filter_map(|path| Some((rank(path)?, path.len(), path))).collect();
        found.sort();
        found.into_iter().map(|(_, _, path)| path.to_owned()).take(NEAR_MAX).collect()
    }
    /// The commands of which a word looks most like the first that was typed.
    fn likest(&self, words: &[String]) -> Vec<String> {
        let Some(typed) = words.first() else { return vec![] };
        let likeness = |path: &str| path.split(' ').map(|word| strsim::jaro_winkler(typed, word)).fold(0.0, f64::max);
        let listed = self.listed();
        let paths = listed.iter().map(|command| command.path());
        let mut found: Vec<(f64, &str)> = paths.map(|path| (likeness(path), path)).collect();
        found.retain(|(likeness, _)| *likeness >= LIKENESS_MIN);
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        found.into_iter().map(|(_, path)| path.to_owned()).take(NEAR_MAX).collect()
    }
}
