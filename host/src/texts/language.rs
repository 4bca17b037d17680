//! What is said of languages, and what surrounds help lines.
use super::*;
use crate::languages::Why;
use factotum_plugin_api::{command::Who, language::Language};

factotum_plugin_api::register_texts! {
    "host",
    "ru" => include_str!("help.ru.ftl"),
}

/// A language as its own people call it, with its tag: `русский (ru)`.
fn named(language: &Language) -> Text {
    let tag = code(language.tag());
    match language.of_key("host", "language-name") {
        Some(name) => Text::from(name) + " (" + tag + ")",
        None => tag,
    }
}
/// What stands on the button of a language.
pub(crate) fn language_button(language: &Language) -> String {
    language.of_key("host", "language-name").unwrap_or_else(|| language.tag())
}
/// The languages that can be chosen.
fn all_named(known: &[Language]) -> Text {
    Text::join(", ", known.iter().map(named))
}
/// Which language is used, and why.
pub(crate) fn language_used(language: &Language, why: Why) -> Text {
    let why = match why {
        Why::Chat => "chat",
        Why::Person => "person",
        Why::Client => "client",
        Why::Default => "default",
    };
    say("language-used").choice("why", why).with("language", named(language)).into()
}
/// The languages that are known, and how one is chosen.
pub(crate) fn languages_known(known: &[Language], private: bool) -> Text {
    let example = known.last().map_or_else(|| "en".to_owned(), Language::tag);
    say("languages-known")
        .choice("place", if private { "private" } else { "group" })
        .with("known", all_named(known))
        .with("mine", text::command(if private { format!("lang {example}") } else { format!("lang me {example}") }))
        .with("chat", text::command(format!("lang {example}")))
        .with("auto", text::command(if private { "lang auto" } else { "lang me auto" }))
        .into()
}
/// A language was chosen.
pub(crate) fn language_chosen(language: &Language, for_chat: bool) -> Text {
    say("language-chosen").choice("whose", whose(for_chat)).with("language", named(language)).into()
}
/// A person has chosen, and the chat has a language of its own.
pub(crate) fn language_stays(used: &Language) -> Text {
    say("language-stays").with("language", named(used)).into()
}
/// A choice was taken back; this is used now.
pub(crate) fn language_let_go(used: &Language, for_chat: bool) -> Text {
    say("language-let-go").choice("whose", whose(for_chat)).with("language", named(used)).into()
}
fn whose(for_chat: bool) -> &'static str {
    if for_chat { "chat" } else { "person" }
}
/// There are no texts in that language.
pub(crate) fn no_such_language(typed: &str, known: &[Language]) -> Text {
    say("no-such-language").with("typed", code(typed)).with("known", all_named(known)).into()
}
/// Somebody who may not has chosen the language of a chat.
pub(crate) fn language_of_chat_refused(typed: &str) -> Text {
    say("language-of-chat-refused").with("mine", text::command(format!("lang me {typed}"))).into()
}
/// Some of the operator's own texts cannot be used.
pub(crate) fn own_texts_broken(broken: &[String]) -> Text {
    Text::from(say("own-texts-broken").with("count", broken.len())) + list(broken.iter().map(String::as_str))
}

/// The answer that lets a command run, in lower case.
pub(crate) fn yes() -> String {
    say("answer-yes").to_string().to_lowercase()
}
/// The answer that does not.
pub(crate) fn no() -> String {
    say("answer-no").to_string().to_lowercase()
}
/// The help line of a command that is run elsewhere.
pub(crate) fn in_private(about: &str) -> String {
    say("in-private").with("about", about).to_string()
}
/// The other names of a command.
pub(crate) fn also_called(aliases: Text) -> Text {
    say("also-called").with("aliases", aliases).into()
}
/// Who may run a command.
pub(crate) fn who_may_run(who: Who) -> Text {
    let (who, role) = match who {
        Who::Everyone => ("everyone", ""),
        Who::Admins => ("admins", ""),
        Who::Role(role) => ("role", role),
        Who::Listed(_) => ("listed", ""),
    };
    say("who-may-run").choice("who", who).with("role", role).into()
}
/// A command has its place in private chats.
pub(crate) fn run_in_private_only() -> Text {
    say("run-in-private-only").into()
}
/// A command wants a yes.
pub(crate) fn asks_first() -> Text {
    say("asks-first").into()
}
