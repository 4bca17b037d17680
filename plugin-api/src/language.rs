//! What is said in the reader's language: texts by key, from Fluent catalogues that
//! lie beside the code.
//!
//! A plugin that writes its sentences in English alone needs nothing from here. One
//! that speaks more languages keeps each sentence under a key:
//!
//! ```
//! use factotum_plugin_api::{language::Phrase, prelude::*};
//! factotum_plugin_api::register_texts! {
//!     "cinema",
//!     "en" => "seats = { $count ->
//!         [one] One seat is left for { $film }.
//!        *[other] { $count } seats are left for { $film }.
//!     }",
//!     "ru" => "seats = { $count ->
//!         [one] На { $film } осталось { $count } место.
//!         [few] На { $film } осталось { $count } места.
//!        *[many] На { $film } осталось { $count } мест.
//!     }",
//! }
//! fn seats(count: u64, film: &str) -> Text {
//!     Phrase::new("cinema", "seats").with("count", count).with("film", bold(film)).into()
//! }
//! assert_eq!(seats(1, "Solaris").plain(), "One seat is left for Solaris.");
//! let russian: factotum_plugin_api::language::Language = "ru".parse().unwrap();
//! assert_eq!(russian.within(|| seats(3, "<b>")).html(), "На <b>&lt;b&gt;</b> осталось 3 места.");
//! ```
//!
//! In a crate the catalogues are files: `"en" => include_str!("texts/en.ftl")`.
//!
//! Who reads is known to the host: it runs every command, question and press in the
//! [`Language`] of the person and the chat. A job that writes to chats asks for
//! theirs, by [`Host::language_of`](crate::Host::language_of). A text is made once,
//! when the phrase becomes one; it does not change afterwards.
use crate::text::Text;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    ops::Add,
    str::FromStr,
    sync::{Arc, LazyLock},
};
use unic_langid::LanguageIdentifier;

mod catalogues;
mod messages;
mod unsaid;
pub use catalogues::{Broken, Catalogues};
pub use messages::messages;
pub use unsaid::unsaid;

/// A language, and the texts that are said in it.
///
/// Two are equal when their tags are, whatever texts they bring.
#[derive(Clone)]
pub struct Language {
    tag: LanguageIdentifier,
    texts: Arc<Catalogues>,
}

/// The catalogues of all crates in the binary.
static BUILT_IN: LazyLock<Arc<Catalogues>> = LazyLock::new(|| Arc::new(Catalogues::built_in()));
/// The language that every catalogue has.
static ENGLISH: LazyLock<LanguageIdentifier> = LazyLock::new(|| "en".parse().expect("en is a tag"));

tokio::task_local! {
    static READS: Language;
}

/// The language of whoever reads what is being said: English outside of commands and
/// jobs.
pub fn current() -> Language {
    READS.try_with(Language::clone).unwrap_or_default()
}

impl Language {
    /// Runs `say` with this as the [`current`] language.
    pub fn within<T>(self, say: impl FnOnce() -> T) -> T {
        READS.sync_scope(self, say)
    }
    /// Runs `work` with this as the [`current`] language; a task that it spawns has
    /// none.
    pub async fn during<F: Future>(self, work: F) -> F::Output {
        READS.scope(self, work).await
    }
    /// The same language with texts of one's own: for the host, whose operator may
    /// have overridden some.
    pub fn with_texts(self, texts: Arc<Catalogues>) -> Language {
        Language { texts, ..self }
    }
    /// The same language with the texts that another has.
    pub fn with_texts_of(self, other: &Language) -> Language {
        self.with_texts(other.texts.clone())
    }
    /// The tag, as `ru` or `pt-BR`.
    pub fn tag(&self) -> String {
        self.tag.to_string()
    }
    /// The first of the catalogues' languages that a reader of this one reads:
    /// `ru` for `ru-RU`. `None` when there is none.
    pub fn known(&self) -> Option<Language> {
        let tag = self.chain().find(|tag| self.texts.has_language(tag))?;
        Some(Language { tag, texts: self.texts.clone() })
    }
    /// The languages that have catalogues.
    pub fn all(&self) -> Vec<Language> {
        let with_texts = |tag: &LanguageIdentifier| Language { tag: tag.clone(), texts: self.texts.clone() };
        self.texts.languages().map(with_texts).collect()
    }
    /// Whether a plugin has a text under this key in this very language, English aside.
    pub fn has(&self, plugin: &str, key: &str) -> bool {
        self.chain().any(|tag| self.texts.has(plugin, &tag, key))
    }
    /// What a catalogue says of a key without variables, in this language alone: help
    /// lines, of which the English stands in the code. `key.attribute` is one of its
    /// attributes.
    pub fn of_key(&self, plugin: &str, key: &str) -> Option<String> {
        self.chain().find_map(|tag| self.texts.format(plugin, &tag, key, None))
    }
    /// This tag, then without its region and script.
    fn chain(&self) -> impl Iterator<Item = LanguageIdentifier> {
        let alone = LanguageIdentifier::from_parts(self.tag.language, None, None, &[]);
        let general = (alone != self.tag).then_some(alone);
        [self.tag.clone()].into_iter().chain(general)
    }
}

impl Default for Language {
    /// English, with the texts of the binary.
    fn default() -> Self {
        Language { tag: ENGLISH.clone(), texts: BUILT_IN.clone() }
    }
}
impl FromStr for Language {
    type Err = String;
    /// A BCP 47 tag, such as `ru` or `pt-BR`, with the texts of the binary.
    fn from_str(tag: &str) -> Result<Self, String> {
        let tag = tag.parse().map_err(|_| format!("a language is like en or pt-BR, not {tag}"))?;
        Ok(Language { tag, texts: BUILT_IN.clone() })
    }
}
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tag.fmt(f)
    }
}
impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.tag)
    }
}
impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}
impl Eq for Language {}
impl Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.tag)
    }
}
impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The texts of one plugin in one language, as [`register_texts!`](crate::register_texts)
/// leaves them for the host.
pub struct Texts {
    /// Whose texts they are.
    pub plugin: &'static str,
    /// The language's tag.
    pub language: &'static str,
    /// The catalogue, as a Fluent resource.
    pub ftl: &'static str,
}
inventory::collect!(Texts);

/// Makes a plugin's catalogues known: its name, then each language with its texts.
#[macro_export]
macro_rules! register_texts {
    ($plugin:expr, $($language:literal => $ftl:expr),+ $(,)?) => {$(
        $crate::inventory::submit! {
            $crate::language::Texts { plugin: $plugin, language: $language, ftl: $ftl }
        }
    )+};
}

/// A sentence by its key, with what it says it about.
///
/// It becomes a [`Text`] or a `String` in the [`current`] language. What the language
/// has not is said in English; a key that no catalogue has is shown as
/// `[plugin.key]`.
#[derive(Clone, Debug)]
pub struct Phrase {
    plugin: &'static str,
    key: &'static str,
    values: BTreeMap<&'static str, Value>,
}

/// What stands at a variable of a catalogue's text.
#[derive(Clone, Debug)]
pub enum Value {
    /// A count: chooses the plural form, and is shown in digits.
    Count(f64),
    /// A word of the code that chooses a variant, as `[on]`.
    Variant(&'static str),
    /// Text with its styles. Nothing in it is read as a catalogue's syntax.
    Text(Text),
}
macro_rules! counts { ($($t:ty)*) => {$(
    impl From<$t> for Value {
        fn from(count: $t) -> Value { Value::Count(count as f64) }
    }
)*} }
counts! { u8 u16 u32 u64 usize i32 i64 }
macro_rules! texts { ($($t:ty)*) => {$(
    impl From<$t> for Value {
        fn from(text: $t) -> Value { Value::Text(text.into()) }
    }
)*} }
texts! { &str String &String char Text Phrase }

impl Phrase {
    /// The text of `plugin` under `key`.
    pub fn new(plugin: &'static str, key: &'static str) -> Phrase {
        Phrase { plugin, key, values: BTreeMap::new() }
    }
    /// Gives a variable its value.
    pub fn with(mut self, variable: &'static str, value: impl Into<Value>) -> Phrase {
        self.values.insert(variable, value.into());
        self
    }
    /// Gives a variable a word that chooses a variant: `{ $state -> [on] … *[off] … }`.
    pub fn choice(self, variable: &'static str, variant: &'static str) -> Phrase {
        self.with(variable, Value::Variant(variant))
    }
    /// In this language, else in English, else as the bare key.
    fn said_in(&self, language: &Language) -> Text {
        let mut args = FluentArgs::new();
        let mut texts = vec![];
        for (variable, value) in &self.values {
            let value = match value {
                Value::Count(count) => FluentValue::from(*count),
                Value::Variant(word) => FluentValue::from(*word),
                Value::Text(text) => {
                    texts.push(text);
                    FluentValue::from(place(texts.len() - 1))
                }
            };
            args.set(*variable, value);
        }
        let said = |tag: &LanguageIdentifier| language.texts.format(self.plugin, tag, self.key, Some(&args));
        match language.chain().chain([ENGLISH.clone()]).find_map(|tag| said(&tag)) {
            Some(said) => filled(&said, &texts),
            None => {
                unsaid::note(self.plugin, self.key);
                format!("[{}.{}]", self.plugin, self.key).into()
            }
        }
    }
}
impl From<Phrase> for Text {
    fn from(phrase: Phrase) -> Text {
        phrase.said_in(&current())
    }
}
impl<T: Into<Text>> Add<T> for Phrase {
    type Output = Text;
    fn add(self, more: T) -> Text {
        Text::from(self) + more
    }
}
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said_in(&current()).plain())
    }
}

/// Marks the place of a text: private characters around its number, which no
/// catalogue has (checked when it is read).
const OPENS: char = '\u{e000}';
const CLOSES: char = '\u{e001}';
fn place(number: usize) -> String {
    format!("{OPENS}{number}{CLOSES}")
}
/// The sentence with each text at its place.
fn filled(said: &str, texts: &[&Text]) -> Text {
    let mut parts = said.split(OPENS);
    let mut whole = Text::from(parts.next().unwrap_or_default());
    for part in parts {
        let (number, after) = part.split_once(CLOSES).unwrap_or((part, ""));
        let text = number.parse().ok().and_then(|number: usize| texts.get(number).copied());
        whole = whole + text.cloned().unwrap_or_default() + after;
    }
    whole
}

#[cfg(test)]
mod tests;
