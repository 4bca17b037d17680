//! Which rules a message fires, and how each stands: OPEN, REPEAT or CANCEL for an entity.
//!
//! How a rule stands for an entity is one record, which remembers its last requests: a
//! request that is decided again gets the same answer. Unlike ATSD's, the records outlive
//! a restart.
use crate::{
    expression::{Context, Field, eval::eval},
    flatten,
    message::Message,
    rule::{Compiled, Repeats, Trigger, Window},
    wildcard::{Burnt, Fuel, like},
};
use factotum_plugin_api::{
    Result,
    jiff::{SignedDuration, Timestamp},
    prelude::{Notice, Table},
    text::Text,
};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

/// How many requests of an entity are remembered: as many as may be at work at once.
const REMEMBERED: usize = 8;

/// How a rule stands for an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Its condition does not hold.
    #[default]
    Cancel,
    /// It holds since the last message.
    Open,
    /// It held before.
    Repeat,
}
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Cancel => "CANCEL",
            Status::Open => "OPEN",
            Status::Repeat => "REPEAT",
        })
    }
}

/// A rule and an entity: how they stand.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// What the rule looked like; another shape begins anew.
    shape: String,
    /// How it stands.
    pub status: Status,
    /// How often the condition held again since it opened.
    pub repeats: u32,
    /// When the messages of the window came, in milliseconds since 1970: there may be many.
    times: Vec<i64>,
    /// When something was said last.
    told_at: Option<Timestamp>,
    /// What is said if it stays open until then.
    pending: Option<Pending>,
    /// The last message, cut.
    pub last: Option<Message>,
    seen: Vec<Seen>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Pending {
    due: Timestamp,
    text: Text,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Seen {
    request: u64,
    at: Timestamp,
    fired: Option<Fired>,
}

/// What a message did to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// What it was.
    pub trigger: Trigger,
    /// How many repeats there were.
    pub repeats: u32,
    /// How many messages were in the window.
    pub count: usize,
    /// Whether it is said.
    pub says: bool,
}

impl Fired {
    fn status(self) -> Status {
        match self.trigger {
            Trigger::Open => Status::Open,
            Trigger::Repeat => Status::Repeat,
            Trigger::Cancel => Status::Cancel,
        }
    }
}

/// Why a rule is not about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAbout {
    /// It is off.
    Disabled,
    /// Its type, source or entity is another.
    Other,
    /// Its filter says no.
    Filter,
    /// The message has no text, and the filter does not speak of that.
    NoText,
    /// Its filter took too long.
    TooLong,
}
impl fmt::Display for NotAbout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAbout::Disabled => "it is disabled",
            NotAbout::Other => "its type, source or entity is another",
            NotAbout::Filter => "its filter says no",
            NotAbout::NoText => "the message has no text, and its filter does not ask for such",
            NotAbout::TooLong => "its filter took too long",
        })
    }
}

/// Whether a rule is about a message.
///
/// # Errors
/// Why it is not.
pub fn is_about(rule: &Compiled, message: &Message) -> Result<(), NotAbout> {
    if !rule.rule.enabled {
        return Err(NotAbout::Disabled);
    }
    let mut fuel = Fuel::default();
    let fields =
        [(&rule.rule.kind, &message.kind), (&rule.rule.source, &message.source), (&rule.rule.entity, &message.entity)];
    for (pattern, value) in fields {
        if !pattern.is_empty() && like(pattern, value, &mut fuel) != Ok(true) {
            return Err(NotAbout::Other);
        }
    }
    if message.lacks_text && !rule.wants_what_has_no_text() {
        return Err(NotAbout::NoText);
    }
    let Some(filter) = &rule.filter else { return Ok(()) };
    match eval(filter, &Context { message, count: 0, more: &[] }, &mut fuel) {
        Ok(value) if value.holds() => Ok(()),
        Ok(_) => Err(NotAbout::Filter),
        Err(Burnt) => Err(NotAbout::TooLong),
    }
}

impl State {
    /// What a message does; the same when it is asked again of the same request.
    pub fn step(&mut self, rule: &Compiled, message: &Message, request: u64, at: Timestamp) -> Option<Fired> {
        let shape = shape(rule);
        if self.shape != shape {
            *self = State { shape, ..State::default() };
        }
        if let Some(seen) = self.seen.iter().find(|seen| (seen.request, seen.at) == (request, at)) {
            return seen.fired;
        }
        self.times.push(at.as_millisecond());
        self.forget(rule, at);
        let fired = self.moved(rule, message, at);
        self.last = Some(shortened(message));
        self.seen.push(Seen { request, at, fired });
        self.seen.drain(..self.seen.len().saturating_sub(REMEMBERED));
        fired
    }
    /// Drops what has left the window.
    fn forget(&mut self, rule: &Compiled, now: Timestamp) {
        match rule.window {
            Window::Length(length) => drop(self.times.drain(..self.times.len().saturating_sub(length))),
            Window::Time(time) => {
                let (now, time) = (now.as_millisecond(), time_of(time).as_millis());
                self.times.retain(|at| i128::from(now - at) < time);
            }
        }
        let most = crate::rule::WINDOW_MAX;
        self.times.drain(..self.times.len().saturating_sub(most));
    }
    fn moved(&mut self, rule: &Compiled, message: &Message, at: Timestamp) -> Option<Fired> {
        let count = self.times.len();
        let held = eval(&rule.condition, &Context { message, count, more: &[] }, &mut Fuel::default());
        let holds = match held {
            Ok(value) => value.holds(),
            Err(Burnt) => {
                tracing::warn!(rule = rule.name, "a rule's condition took too long");
                return None;
            }
        };
        let on = |trigger| rule.rule.on.contains(&trigger);
        let (trigger, says) = match (self.status, holds) {
            (Status::Cancel, false) => return None,
            (Status::Cancel, true) => {
                (self.status, self.repeats) = (Status::Open, 0);
                (Trigger::Open, on(Trigger::Open) && rule.delay.is_zero())
            }
            (_, true) => {
                (self.status, self.repeats) = (Status::Repeat, self.repeats.saturating_add(1));
                let due = match rule.repeats {
                    Repeats::All => true,
                    Repeats::Every(count) => self.repeats.is_multiple_of(count),
                    Repeats::Pause(time) => self.told_at.is_none_or(|told| passed(told, at) >= time_of(time)),
                };
                (Trigger::Repeat, on(Trigger::Repeat) && due && self.pending.is_none())
            }
            (_, false) => {
                self.status = Status::Cancel;
                // Nobody was told that it opened.
                let untold = self.pending.take().is_some();
                (Trigger::Cancel, on(Trigger::Cancel) && !untold)
            }
        };
        let fired = Fired { trigger, repeats: self.repeats, count, says };
        if trigger == Trigger::Open && !rule.delay.is_zero() {
            let due = at.checked_add(time_of(rule.delay)).unwrap_or(at);
            self.pending = Some(Pending { due, text: text(rule, message, fired, at) });
        }
        if says {
            self.told_at = Some(at);
        }
        Some(fired)
    }
}

fn time_of(time: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)
}
fn passed(from: Timestamp, to: Timestamp) -> SignedDuration {
    to.duration_since(from)
}
/// What of a rule makes another window, in a few bytes.
fn shape(rule: &Compiled) -> String {
    digest(&SHA256, rule.shape().as_bytes()).as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}
/// A message as it is kept: with as much as a record can hold.
fn shortened(message: &Message) -> Message {
    const TEXT: usize = 1_000;
    const TAGS: usize = 2_000;
    let cut = |text: &str| text.chars().take(TEXT).collect::<String>();
    let (mut room, mut tags) = (TAGS, flatten::Tags::new());
    for (name, value) in &message.tags {
        let value = cut(value);
        let Some(left) = room.checked_sub(name.len() + value.len()) else { break };
        room = left;
        tags.insert(name.clone(), value);
    }
    Message { message: cut(&message.message), tags, ..message.clone() }
}

/// What a rule says of a message.
pub fn text(rule: &Compiled, message: &Message, fired: Fired, at: Timestamp) -> Text {
    let date: Cow<'_, str> = Cow::Owned(message.date.to_string());
    let more = [
        ("status", Cow::Owned(fired.status().to_string())),
        ("rule", Cow::Borrowed(rule.name.as_str())),
        ("window", Cow::Borrowed(rule.rule.window.as_str())),
        ("repeat_count", Cow::Owned(fired.repeats.to_string())),
        ("received_datetime", Cow::Owned(at.to_string())),
        ("datetime", date.clone()),
        ("date", date),
    ];
    let [open, repeat, cancel] = &rule.texts;
    let template = match fired.trigger {
        Trigger::Open => open,
        Trigger::Repeat => repeat,
        Trigger::Cancel => cancel,
    };
    template.fill(&Context { message, count: fired.count, more: &more })
}

/// The notices of a rule that says something; none when its text comes out empty.
pub fn notices(rule: &Compiled, text: &Text) -> Vec<Notice> {
    if text.plain().trim().is_empty() {
        return vec![];
    }
    rule.rule.to.iter().map(|chat| Notice::new(chat.clone(), text.clone())).collect()
}

/// How rules stand, by rule and entity.
#[derive(Clone)]
pub struct States(pub Table<(String, String), State>);

impl States {
    /// Takes a message in; gives what it did to the rule.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(&self, rule: &Compiled, message: &Message, request: u64, at: Timestamp) -> Result<Option<Fired>> {
        let key = (rule.name.clone(), message.entity.clone());
        loop {
            let (mut state, revision) = match self.0.get_at(&key).await? {
                Some((state, revision)) => (state, Some(revision)),
                None => (State::default(), None),
            };
            let fired = state.step(rule, message, request, at);
            let written = match revision {
                Some(revision) => self.0.compare_and_swap(&key, revision, &state).await?,
                None => self.0.create(&key, &state).await?,
            };
            if written.is_some() {
                return Ok(fired);
            }
        }
    }
    /// What time alone does to a rule: an opening whose delay is over, and a window that
    /// messages have left. Each is said before it is noted, with a key that lets it be
    /// said once.
    ///
    /// # Errors
    /// When the store fails, or `post` does.
    pub async fn pass<F: Future<Output = Result<()>>>(
        &self,
        rule: &Compiled,
        now: Timestamp,
        post: impl Fn(Text, String) -> F,
    ) -> Result<()> {
        let counts = rule.condition.speaks_of(&|field| *field == Field::Count);
        let leaves = counts && matches!(rule.window, Window::Time(_));
        if rule.delay.is_zero() && !leaves {
            return Ok(());
        }
        for (key, _) in self.0.all(&[&rule.name]).await? {
            let Some((mut state, revision)) = self.0.get_at(&key).await? else { continue };
            if state.shape != shape(rule) {
                continue; // the next message begins anew
            }
            let (entity, before) = (&key.1, state.times.len());
            if let Some(Pending { due, text }) = state.pending.take_if(|pending| pending.due <= now) {
                if rule.rule.on.contains(&Trigger::Open) {
                    post(text, format!("{} {entity} open {due}", rule.name)).await?;
                }
                state.told_at = Some(now);
            } else if leaves && state.status != Status::Cancel {
                state.forget(rule, now);
                let Some(last) = state.last.clone().filter(|_| state.times.len() != before) else { continue };
                // Time opens nothing and repeats nothing: it can only end.
                let mut after = state.clone();
                if let Some(fired) = after.moved(rule, &last, now)
                    && fired.trigger == Trigger::Cancel
                {
                    if fired.says {
                        post(text(rule, &last, fired, now), format!("{} {entity} cancel {revision}", rule.name))
                            .await?;
                    }
                    state = after;
                }
            } else {
                continue;
            }
            self.0.compare_and_swap(&key, revision, &state).await?; // a message in between is looked at next time
        }
        Ok(())
    }
    /// Forgets how a rule stands.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn remove(&self, rule: &str) -> Result<()> {
        for (key, _) in self.0.all(&[rule]).await? {
            self.0.remove(&key).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
