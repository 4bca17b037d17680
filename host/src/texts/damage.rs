//! What the admins hear of damage to what is kept.
use super::*;
use std::{borrow::Borrow, fmt, ops::Deref};

/// A sentence for the log, which is English as a `str`, and for the admins, whom it is
/// said to later, each in their language.
#[derive(Clone)]
pub struct News {
    english: String,
    phrase: Phrase,
}
impl News {
    /// All of them, in the current language.
    pub(crate) fn all(news: &[News]) -> Text {
        Text::join(" ", news.iter().map(|news| news.phrase.clone()))
    }
}
impl From<Phrase> for News {
    fn from(phrase: Phrase) -> News {
        News { english: Language::default().within(|| phrase.to_string()), phrase }
    }
}
impl Deref for News {
    type Target = str;
    fn deref(&self) -> &str {
        &self.english
    }
}
impl Borrow<str> for News {
    fn borrow(&self) -> &str {
        self
    }
}
impl PartialEq for News {
    fn eq(&self, other: &Self) -> bool {
        self.english == other.english
    }
}
impl PartialEq<&str> for News {
    fn eq(&self, other: &&str) -> bool {
        self.english == *other
    }
}
impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.english.fmt(f)
    }
}
impl fmt::Debug for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.english, f)
    }
}

/// The store was not there, and was made of a snapshot.
pub fn store_was_missing(count: usize, snapshot: &str, time: Timestamp) -> News {
    let time = time.round(Unit::Second).unwrap_or(time).to_string();
    let text = say("store-was-missing").with("count", count).with("time", time);
    text.with("snapshot", snapshot).into()
}
/// The store is an older copy of itself.
pub fn store_is_older(folder: &str, snapshot: &str) -> News {
    let command = format!("factotum store import {snapshot}");
    say("store-is-older").with("folder", folder).with("command", command).into()
}
/// The end of the journal's log was not whole; `aside` is where the log is kept.
pub fn journal_end_was_damaged(pages: impl Display, aside: Option<&str>) -> News {
    let text = say("journal-end-was-damaged").with("pages", pages.to_string());
    match aside {
        Some(aside) => text.choice("kept", "yes").with("file", aside).into(),
        None => text.choice("kept", "no").into(),
    }
}
/// The journal was damaged, and another one was begun.
pub fn journal_was_damaged(journal: &str, why: &str, aside: &str) -> News {
    say("journal-was-damaged").with("journal", journal).with("why", why).with("file", aside).into()
}
/// What of a damaged journal could be saved.
pub fn journal_was_salvaged(saved: impl Display) -> News {
    say("journal-was-salvaged").with("notices", saved.to_string()).into()
}
/// Nothing of a damaged journal could be saved.
pub fn journal_is_unreadable(why: &str) -> News {
    say("journal-is-unreadable").with("why", why).into()
}
/// The store was damaged.
pub fn store_was_damaged(why: &str, aside: &str) -> News {
    say("store-was-damaged").with("why", why).with("file", aside).into()
}
/// The store was mended by leaving out what sled makes anew.
pub fn store_was_repaired(records: usize, revision: impl Display) -> News {
    say("store-was-repaired").with("records", records).with("revision", revision.to_string()).into()
}
/// A record of the store that cannot be read.
pub fn record_is_lost(which: &str) -> News {
    say("record-is-lost").with("which", which).into()
}
/// Records of a damaged store that could be read.
pub fn records_are_kept(saved: usize) -> News {
    say("records-are-kept").with("count", saved).into()
}
/// Records of a snapshot that a damaged store had not, or older.
pub fn records_were_loaded(loaded: usize, snapshot: &str) -> News {
    say("records-were-loaded").with("count", loaded).with("snapshot", snapshot).into()
}
/// There is no snapshot to mend the store from; whether some records are `saved`.
pub fn no_snapshot(saved: bool) -> News {
    say("no-snapshot").choice("saved", yes_no(saved)).into()
}
/// Records of the newest snapshot are not in the store that was mended.
pub fn records_are_missing(count: usize, snapshot: &str, table: &str, key: &str) -> News {
    let text = say("records-are-missing").with("count", count).with("snapshot", snapshot);
    text.with("key", format!("{key:?}")).with("table", format!("{table:?}")).into()
}
/// The host begins a new journal beside a store that had one.
pub fn journal_was_missing() -> News {
    say("journal-was-missing").into()
}
/// A snapshot cannot be read.
pub fn snapshot_is_unusable(snapshot: &str, error: &str) -> News {
    say("snapshot-is-unusable").with("snapshot", snapshot).with("error", error).into()
}
/// A command that was typed before the last stop cannot be read again.
pub fn command_is_lost(network: &str, reason: &str) -> News {
    say("command-is-lost").with("network", network).with("reason", reason).into()
}
