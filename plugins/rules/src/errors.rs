//! Rule errors: what of a rule could not be worked out of a message, the last of each
//! rule, with how often. It is kept over a restart, and gone when the rule is changed.
use crate::{Compiled, Rule};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The longest text of an error, in characters.
const WHAT_MAX: usize = 300;

/// What went wrong with a rule last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuleError {
    /// What the rule looked like: of another it is no error.
    of: String,
    /// What could not be done, and why.
    what: String,
    /// Whose message it was.
    entity: String,
    /// The request.
    request: u64,
    /// When.
    at: Timestamp,
    /// How often this rule has failed.
    times: u64,
}

/// The errors by rule.
pub(crate) struct Errors {
    table: Table<String, RuleError>,
    /// As they were read, and what came since.
    known: Mutex<Option<BTreeMap<String, RuleError>>>,
    /// Those that the table has with an older count.
    dirty: Mutex<BTreeSet<String>>,
}

impl Errors {
    pub(crate) fn new(table: Table<String, RuleError>) -> Self {
        Errors { table, known: Mutex::default(), dirty: Mutex::default() }
    }
    /// Notes and logs an error. A new one is on disk when this returns; how often an old
    /// one has happened is written now and then.
    pub(crate) async fn note(&self, rule: &Compiled, entity: &str, request: u64, at: Timestamp, what: &str) {
        let what: String = what.chars().take(WHAT_MAX).collect();
        if let Err(error) = self.read().await {
            warn(&rule.name, error);
        }
        let (error, new) = {
            let mut known = lock(&self.known);
            let known = known.get_or_insert_default();
            let before = known.get(&rule.name).filter(|before| before.of == looks(&rule.rule));
            let new = before.is_none_or(|before| before.what != what);
            let times = before.map_or(0, |before| before.times) + 1;
            let error = RuleError { of: looks(&rule.rule), what, entity: entity.into(), request, at, times };
            known.insert(rule.name.clone(), error.clone());
            (error, new)
        };
        if !new {
            tracing::debug!(rule = rule.name, entity, request, error = error.what, "rule error");
            lock(&self.dirty).insert(rule.name.clone());
            return;
        }
        tracing::warn!(rule = rule.name, entity, request, error = error.what, "rule error");
        if let Err(error) = self.table.put(&rule.name, &error).await {
            warn(&rule.name, error);
        }
    }
    /// The last error of a rule as it is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn of(&self, rule: &Compiled) -> Result<Option<RuleError>> {
        self.read().await?;
        let error = lock(&self.known).as_ref().and_then(|known| known.get(&rule.name).cloned());
        Ok(error.filter(|error| error.of == looks(&rule.rule)))
    }
    /// Writes the counts, and forgets errors of rules that are gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn write(&self, is_there: impl Fn(&str) -> bool) -> Result<()> {
        self.read().await?;
        let gone: Vec<String> = lock(&self.known).iter().flatten().map(|(name, _)| name.clone()).collect();
        for name in gone.into_iter().filter(|name| !is_there(name)) {
            self.table.remove(&name).await?;
            lock(&self.known).iter_mut().for_each(|known| drop(known.remove(&name)));
        }
        let dirty = std::mem::take(&mut *lock(&self.dirty));
        for name in dirty {
            let error = lock(&self.known).as_ref().and_then(|known| known.get(&name).cloned());
            if let Some(error) = error
                && let Err(error) = self.table.put(&name, &error).await
            {
                lock(&self.dirty).insert(name);
                return Err(error);
            }
        }
        Ok(())
    }
    async fn read(&self) -> Result<()> {
        if lock(&self.known).is_none() {
            let stored: BTreeMap<_, _> = self.table.all(&[]).await?.into_iter().collect();
            lock(&self.known).get_or_insert(stored);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
fn warn(rule: &str, error: Error) {
    tracing::warn!(rule, error = format!("{:#}", error.into_anyhow()), "a rule error cannot be kept");
}
/// A rule in a few bytes, whether it is enabled or not.
fn looks(rule: &Rule) -> String {
    let rule = serde_json::to_vec(&Rule { enabled: true, ..rule.clone() }).expect("texts are JSON");
    digest(&SHA256, &rule).as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

impl RuleError {
    /// As people read it.
    pub(crate) fn shown(&self) -> Text {
        let RuleError { what, entity, request, at, times, .. } = self;
        let often = if *times == 1 { String::new() } else { format!(", {times} times by now") };
        bold("rule error") + format!(": {what}; of {entity} at {}, request {request}{often}", second(*at))
    }
}

/// A time, to the second.
pub(crate) fn second(at: Timestamp) -> String {
    at.strftime("%F %TZ").to_string()
}

/// The chats of a rule that are on no network that there is.
fn nowhere<'a>(rule: &'a Rule, networks: &'a [(String, &str)]) -> impl Iterator<Item = &'a ChatId> {
    rule.to.iter().filter(|chat| !networks.iter().any(|(known, _)| *known == chat.network))
}
/// Logs which rules post to no network that there is. While a config is only tried
/// there are none at all, and nothing is said.
pub(crate) fn warn_of_nowhere<'a>(rules: impl IntoIterator<Item = &'a Compiled>, host: &Host) {
    let networks = host.networks();
    for rule in rules.into_iter().filter(|_| !networks.is_empty()) {
        for chat in nowhere(&rule.rule, &networks) {
            tracing::warn!(rule = rule.name, %chat, "a rule of the config posts to a network that is not there");
        }
    }
}

impl crate::Rules {
    /// What is wrong with a rule at work: what it could not work out, and which of its
    /// chats are on no network, or did not take its messages.
    pub(crate) async fn troubles(&self, rule: &Compiled) -> Result<Vec<Text>> {
        let mut troubles: Vec<Text> = self.errors.of(rule).await?.iter().map(RuleError::shown).collect();
        let networks = self.host.networks();
        for chat in nowhere(&rule.rule, &networks) {
            let why = format!(": there is no network {}; a section [chats.{0}] makes it", chat.network);
            troubles.push(bold("rule error") + ": " + code(chat) + why);
        }
        let given_up = self.host.outbox.given_up().await?;
        let chats: Vec<_> = rule.rule.to.iter().map(|chat| (chat, self.host.chat_now(chat))).collect();
        for lost in given_up {
            let Some((chat, _)) = chats.iter().find(|(chat, now)| **chat == lost.to || *now == lost.to) else {
                continue;
            };
            let lines =
                bold("rule error") + ": " + code(chat) + format!(" did not take a message of {}: ", second(lost.at));
            troubles.push(lines + lost.reason);
        }
        Ok(troubles)
    }
}
