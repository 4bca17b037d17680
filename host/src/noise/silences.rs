//! Silences: notices that fit a pattern are kept out of a chat until a time.
use super::{HOST, Pattern};
use crate::{journal::Waiting, metrics::NoticeStep, services::Shared, texts};
use anyhow::Context;
use factotum_plugin_api::{
    Result,
    chat::ChatId,
    jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp},
    notice::Notice,
    store::{Table, Tables},
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::{RwLock as Gate, watch};
use tracing::error;

/// No silence is longer: a chat that says nothing for good is one without a route.
const LONGEST: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The clock of the machine may be set meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(600);
/// How long after a failure of the journal or the store.
const PAUSE: Duration = Duration::from_secs(10);

/// A silence as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Silence {
    /// Its number; none is used twice.
    pub(crate) id: u64,
    /// Where.
    pub(crate) chat: ChatId,
    /// What is kept out.
    pub(crate) pattern: String,
    /// Not any more from then on.
    pub(crate) until: Timestamp,
    /// Who wanted it, as `network:account`.
    pub(crate) by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) comment: String,
    /// The first notice that it may keep out: where to count from.
    pub(crate) first: u64,
}

impl Silence {
    /// What the journal says of a notice that was kept out.
    pub(crate) fn reason(&self) -> String {
        format!("silenced by #{}", self.id)
    }
}

/// What became of a silence that was ended.
pub(crate) struct Ended {
    pub(crate) silence: Silence,
    /// How many notices it kept out.
    pub(crate) kept_out: u64,
}

pub(super) struct Silences {
    table: Table<String, Silence>,
    last: Table<String, u64>,
    current: RwLock<Vec<Silence>>,
    /// Read by whoever keeps a notice out, written by whoever ends a silence: what was
    /// kept out is counted when nothing is being kept out any more.
    gate: Gate<()>,
    /// Changes with the list.
    changed: watch::Sender<()>,
}

impl Silences {
    pub(super) async fn read(tables: &Tables) -> Result<Self> {
        let table: Table<String, Silence> = tables.table("silences")?;
        let mut current: Vec<Silence> = table.all(&[]).await?.into_iter().map(|(_, silence)| silence).collect();
        current.sort_by_key(|silence| silence.id);
        let (current, gate, changed) = (RwLock::new(current), Gate::new(()), watch::Sender::new(()));
        Ok(Silences { table, last: tables.table("silence_numbers")?, current, gate, changed })
    }
    pub(super) fn is_empty(&self) -> bool {
        self.current.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
    fn all(&self) -> Vec<Silence> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// The first silence that keeps a notice out.
    pub(super) fn fitting(&self, shared: &Shared, chat: &ChatId, waiting: &Waiting, now: Timestamp) -> Option<Silence> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |silence: &&Silence| {
            silence.until > now
                && shared.is_chat(&silence.chat, chat)
                && Pattern::new(&silence.pattern).fits(&waiting.plugin, &waiting.notice)
        };
        current.iter().find(fits).cloned()
    }
    /// A number that no silence had. On disk before it is used.
    async fn next_number(&self) -> Result<u64> {
        loop {
            let key = "last".to_owned();
            let (next, written) = match self.last.get_at(&key).await? {
                Some((last, revision)) => (last + 1, self.last.compare_and_swap(&key, revision, &(last + 1)).await?),
                None => (1, self.last.create(&key, &1).await?),
            };
            if written.is_some() {
                return Ok(next);
            }
        }
    }
}

/// How long a word such as `2h`, `90m` or `1d12h` says; nothing else is a time here.
pub(crate) fn span_of(word: &str) -> Option<std::result::Result<SignedDuration, SignedDuration>> {
    if !word.starts_with(|c: char| c.is_ascii_digit()) || !word.ends_with(char::is_alphabetic) {
        return None;
    }
    let span: Span = word.to_lowercase().parse().ok()?; // a month would be too long anyway
    let days_are_24_hours = SpanRelativeTo::days_are_24_hours();
    let lasts = span.to_duration(days_are_24_hours).ok().filter(|lasts| *lasts > SignedDuration::ZERO)?;
    Some(if lasts > LONGEST { Err(LONGEST) } else { Ok(lasts) })
}
/// Whether a word was meant as a time: a number with letters after it.
pub(crate) fn is_like_a_span(word: &str) -> bool {
    let number = word.trim_start_matches(['-', '+', '−', '–', '—']);
    let letters = number.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    number.starts_with(|c: char| c.is_ascii_digit()) && letters.starts_with(char::is_alphabetic)
}

impl Shared {
    /// The silences of now, in the order of their numbers, each with how many notices
    /// it has kept out; those of one chat, or all.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub(crate) async fn silences(&self, of: Option<&ChatId>) -> anyhow::Result<Vec<(Silence, u64)>> {
        let now = self.clock.now();
        let mut found = vec![];
        for silence in self.noise.silences.all() {
            if silence.until > now && of.is_none_or(|chat| self.is_chat(&silence.chat, chat)) {
                let kept_out = self.journal.kept_out(silence.first, silence.reason()).await?;
                found.push((silence, kept_out));
            }
        }
        Ok(found)
    }
    /// How many silences there are now, in one chat or in all. Cheap.
    pub(crate) fn silences_now(&self, of: Option<&ChatId>) -> usize {
        let (now, all) = (self.clock.now(), self.noise.silences.all());
        all.iter()
            .filter(|silence| silence.until > now && of.is_none_or(|chat| self.is_chat(&silence.chat, chat)))
            .count()
    }
    /// Keeps notices that fit `pattern` out of a chat for so long.
    ///
    /// # Errors
    /// When the store or the journal cannot be written.
    pub(crate) async fn silence(
        &self,
        chat: ChatId,
        pattern: String,
        lasts: SignedDuration,
        (by, comment): (String, String),
    ) -> Result<Silence> {
        let until = self.clock.now().saturating_add(lasts).context("a time that far")?;
        let first = self.journal.first_waiting(&chat).await?;
        let silences = &self.noise.silences;
        let id = silences.next_number().await?;
        let silence = Silence { id, chat, pattern, until, by, comment, first };
        silences.table.put(&id.to_string(), &silence).await?;
        silences.current.write().unwrap_or_else(PoisonError::into_inner).push(silence.clone());
        silences.changed.send_replace(());
        Ok(silence)
    }
    /// A silence of now.
    pub(crate) fn silence_of(&self, id: u64) -> Option<Silence> {
        self.noise.silences.all().into_iter().find(|silence| silence.id == id)
    }
    /// Ends a silence before its time; `None` when it has ended.
    ///
    /// # Errors
    /// When the store cannot be written, or the journal not read.
    pub(crate) async fn end_silence(&self, id: u64) -> Result<Option<Ended>> {
        let Some(silence) = self.silence_of(id) else { return Ok(None) };
        let silences = &self.noise.silences;
        let gate = silences.gate.write().await;
        let was_there = silences.table.remove(&id.to_string()).await?;
        silences.forget(id);
        drop(gate);
        if !was_there {
            return Ok(None);
        }
        let kept_out = self.journal.kept_out(silence.first, silence.reason()).await?;
        Ok(Some(Ended { silence, kept_out }))
    }
    /// Keeps a notice out of its chat, and records by which silence; nothing when none
    /// fits any more.
    ///
    /// # Errors
    /// When the journal cannot write.
    pub(crate) async fn keep_out(&self, chat: &ChatId, waiting: &Waiting) -> anyhow::Result<()> {
        let silences = &self.noise.silences;
        let _gate = silences.gate.read().await;
        let chat = self.noisy_chat(chat);
        match silences.fitting(self, &chat, waiting, self.clock.now()) {
            Some(silence) => {
                if self.journal.keep_out(waiting.id, silence.reason()).await? {
                    self.metrics.notices(&waiting.plugin, NoticeStep::Silenced, 1);
                }
                Ok(())
            }
            None => Ok(()),
        }
    }
    /// Ends the silences whose time has come, and tells their chats; never returns.
    pub(crate) async fn end_silences(&self) {
        let silences = &self.noise.silences;
        let mut changed = silences.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let next = silences.all().into_iter().min_by_key(|silence| silence.until);
            let Some(next) = next else {
                changed.changed().await.ok(); // the sender is ours
                continue;
            };
            let wait = Duration::try_from(next.until.duration_since(self.clock.now())).unwrap_or_default();
            if wait.is_zero() {
                if let Err(error) = self.expire(&next).await {
                    error!(error = format!("{error:#}"), silence = next.id, "the end of a silence could not be told");
                    self.clock.sleep(PAUSE).await;
                }
                continue;
            }
            tokio::select! {
                () = self.clock.sleep(wait.min(LOOK_AGAIN)) => {}
                _ = changed.changed() => {}
            }
        }
    }
    /// Tells a chat what was kept out. Told once, also when the host is killed between
    /// the message and the table.
    async fn expire(&self, silence: &Silence) -> anyhow::Result<()> {
        let gate = self.noise.silences.gate.write().await; // its time has passed: nothing more is kept out
        drop(gate);
        let kept_out = self.journal.kept_out(silence.first, silence.reason()).await?;
        let language = self.language_of_chat(&silence.chat);
        let text = language.within(|| texts::silence_is_over(silence, kept_out));
        let notice = Notice::new(self.journal.moved().now(&silence.chat), text);
        let notice = if kept_out == 0 { notice.silent() } else { notice };
        let told = self.journal.enqueue(HOST, &[notice], Some(&format!("silence {}", silence.id))).await?;
        let silences = &self.noise.silences;
        silences.table.remove(&silence.id.to_string()).await.map_err(factotum_plugin_api::Error::into_anyhow)?;
        silences.forget(silence.id);
        self.outbox()?.wake(&told.unwrap_or_default());
        Ok(())
    }
}

impl Silences {
    fn forget(&self, id: u64) {
        self.current.write().unwrap_or_else(PoisonError::into_inner).retain(|silence| silence.id != id);
        self.changed.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_time() {
        let rows = [
            ("2h", Some(Ok(120))),
            ("90m", Some(Ok(90))),
            ("90min", Some(Ok(90))),
            ("1h30m", Some(Ok(90))),
            ("1d", Some(Ok(1440))),
            ("1w", Some(Ok(7 * 1440))),
            ("31d", Some(Err(30 * 1440))),
            ("0h", None),
            ("-2h", None),
            ("2", None),
            ("h", None),
            ("2x", None),
            ("18", None),
            ("o/r", None),
            ("PT2H", None),
            ("2h.", None),
            ("2H", Some(Ok(120))),
            ("2y", None),
        ];
        for (word, minutes) in rows {
            let found = span_of(word).map(|lasts| match lasts {
                Ok(lasts) => Ok(lasts.as_mins()),
                Err(longest) => Err(longest.as_mins()),
            });
            assert_eq!(found, minutes, "{word:?}");
        }
    }

    #[test]
    fn what_was_meant_as_a_time() {
        for word in ["2y", "2mo", "0h", "-2h", "−2h", "2ч", "1h30", "2h.", "1,5std", "3rd", "2x"] {
            assert!(is_like_a_span(word), "{word:?}");
        }
        for word in ["2", "18", "h", "v2", "-x2", "o/r", "PT2H", "2026-11-20", "#18", "2/3", "", "-"] {
            assert!(!is_like_a_span(word), "{word:?}");
        }
    }
}
