//! Which rules a message fires, and how each stands: OPEN, REPEAT or CANCEL for an entity.
//!
//! How a rule stands for an entity is one record (`state`), which outlives a restart,
//! unlike ATSD's; `states` keeps them, and takes back what a request did that the host
//! did not write down.
pub mod state;
pub mod states;

use crate::{
    date,
    expression::{
        Context,
        eval::{Failure, eval},
    },
    message::Message,
    rule::{Compiled, Trigger},
    wildcard::{Fuel, like},
};
use factotum_plugin_api::{jiff::Timestamp, prelude::Notice, text::Text};
use serde::{Deserialize, Serialize};
pub use state::State;
pub use states::States;
use std::{borrow::Cow, fmt};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAbout {
    /// It is off.
    Disabled,
    /// Its type, source or entity is another.
    Other,
    /// Its filter says no.
    Filter,
    /// The message has no text, and the filter does not speak of that.
    NoText,
    /// Its filter cannot be worked out of this message.
    Failed(Failure),
}
impl fmt::Display for NotAbout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAbout::Disabled => "it is disabled",
            NotAbout::Other => "its type, source or entity is another",
            NotAbout::Filter => "its filter says no",
            NotAbout::NoText => "the message has no text, and its filter does not ask for such",
            NotAbout::Failed(failure) => return write!(f, "its filter cannot be worked out: {failure}"),
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
    match eval(filter, &Context { message, count: 0, more: &[] }, &mut fuel).and_then(|value| value.holds()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(NotAbout::Filter),
        Err(failure) => Err(NotAbout::Failed(failure)),
    }
}

/// What a rule says of a message, and which of its placeholders were left standing, with
/// the reason.
pub fn text(rule: &Compiled, message: &Message, fired: Fired, at: Timestamp) -> (Text, Vec<String>) {
    let date: Cow<'_, str> = Cow::Owned(message.date.to_string());
    let more = [
        ("status", Cow::Owned(fired.status().to_string())),
        ("rule", Cow::Borrowed(rule.name.as_str())),
        ("window", Cow::Borrowed(rule.rule.window.as_str())),
        ("repeat_count", Cow::Owned(fired.repeats.to_string())),
        ("received_datetime", Cow::Owned(date::to_ms(at).to_string())),
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

#[cfg(test)]
mod tests;
