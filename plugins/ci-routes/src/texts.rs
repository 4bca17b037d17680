//! What is said of routes, tokens and people, in the language of whoever reads it: the
//! sentences lie in `texts/en.ftl` and `texts/ru.ftl`. A sender plugin has none of its own.
//!
//! Messages about builds are English, as senders' own words are; so is what the journal
//! keeps.
use factotum_plugin_api::{language::Phrase, register_texts};

register_texts!(
    "ci-routes",
    "en" => include_str!("texts/en.ftl"),
    "ru" => include_str!("texts/ru.ftl"),
);

/// The sentence under a key.
pub(crate) fn say(key: &'static str) -> Phrase {
    Phrase::new("ci-routes", key)
}
/// A word that chooses a variant.
pub(crate) fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
/// What stands before a refusal, as it ends: `…; nothing was changed.`
pub(crate) fn unchanged(wrong: impl std::fmt::Display) -> String {
    say("unchanged").with("wrong", wrong.to_string()).to_string()
}
