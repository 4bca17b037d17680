//! How a rule stands for an entity, and how a message moves it.
//!
//! A record is written before the host writes the request. So it remembers its last
//! requests: one that is decided again gets the same answer, and what one did that was
//! never written down can be taken back.
use super::{Fired, Status, text};
use crate::{
    expression::{
        Context,
        eval::{Failure, eval},
    },
    flatten,
    message::Message,
    rule::{Compiled, Repeats, Trigger, WINDOW_MAX, Window},
    wildcard::Fuel,
};
use factotum_plugin_api::{
    jiff::{SignedDuration, Timestamp},
    text::Text,
};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// How many requests of an entity are remembered: as many as may be at work at once.
const REMEMBERED: usize = 8;

/// A request, by its number and when it came: a number alone may be given again.
pub type Id = (u64, Timestamp);

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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Pending {
    due: Timestamp,
    text: Text,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Seen {
    request: u64,
    at: Timestamp,
    fired: Option<Fired>,
    /// How to take back what it did; nothing once its request is known to be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undo: Option<Undo>,
}

/// What a request did to a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Undo {
    /// It was counted in the window.
    Counted,
    /// It was counted as a repeat too; others may have come after it.
    Repeated,
    /// It moved the rule. So it stood before; nothing moves it on until the request is
    /// known to be written.
    Moved(Before),
}

/// What a move changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Before {
    status: Status,
    repeats: u32,
    told_at: Option<Timestamp>,
    pending: Option<Pending>,
}

impl Seen {
    fn id(&self) -> Id {
        (self.request, self.at)
    }
}

impl State {
    /// What a message does; the same when it is asked again of the same request.
    ///
    /// # Errors
    /// When the condition cannot be worked out: the message counts, and moves nothing.
    pub fn step(
        &mut self,
        rule: &Compiled,
        message: &Message,
        request: u64,
        at: Timestamp,
    ) -> Result<Option<Fired>, Failure> {
        let shape = shape(rule);
        if self.shape != shape {
            *self = State { shape, ..State::default() };
        }
        if let Some(seen) = self.seen.iter().find(|seen| seen.id() == (request, at)) {
            return Ok(seen.fired);
        }
        self.times.push(at.as_millisecond());
        self.forget(rule, at);
        let before =
            Before { status: self.status, repeats: self.repeats, told_at: self.told_at, pending: self.pending.clone() };
        let moved = self.moved(rule, message, at);
        let fired = moved.clone().unwrap_or_default();
        let undo = match fired {
            None => Undo::Counted,
            // Any number of these may be under way: each is taken back for itself.
            Some(Fired { trigger: Trigger::Repeat, says, .. }) if !says || rule.repeats == Repeats::All => {
                Undo::Repeated
            }
            // A text that still waits is there already.
            Some(_) if before.pending == self.pending => Undo::Moved(Before { pending: None, ..before }),
            Some(_) => Undo::Moved(before),
        };
        self.last = Some(shortened(message));
        self.seen.push(Seen { request, at, fired, undo: Some(undo) });
        self.seen.drain(..self.seen.len().saturating_sub(REMEMBERED));
        moved
    }
    /// The requests of which nobody knows yet whether they were written down; and whether
    /// each moved the rule, so that the next must wait for that.
    pub fn unsure(&self) -> impl Iterator<Item = (Id, bool)> {
        let unsure = self.seen.iter().filter_map(|seen| Some((seen.id(), seen.undo.as_ref()?)));
        unsure.map(|(id, undo)| (id, matches!(undo, Undo::Moved(_))))
    }
    /// Notes what became of a request; one that was not written down was never here.
    pub fn settle(&mut self, id: Id, kept: bool) {
        let Some(place) = self.seen.iter().rposition(|seen| seen.id() == id && seen.undo.is_some()) else { return };
        if kept {
            self.seen[place].undo = None;
            return;
        }
        let lost = self.seen.remove(place);
        let moved_on = self
            .seen
            .iter()
            .skip(place)
            .any(|seen| matches!(seen.fired, Some(Fired { trigger: Trigger::Open | Trigger::Cancel, .. })));
        if let Some(counted) = self.times.iter().rposition(|at| *at == id.1.as_millisecond()) {
            self.times.remove(counted);
        }
        match lost.undo {
            Some(Undo::Repeated) if !moved_on => {
                self.repeats = self.repeats.saturating_sub(1);
                self.status = if self.repeats == 0 { Status::Open } else { Status::Repeat };
            }
            Some(Undo::Moved(before)) if !moved_on => {
                let Before { status, repeats, told_at, pending } = before;
                (self.status, self.repeats, self.told_at) = (status, repeats, told_at);
                // What waits is of the opening that is taken back, or stands as it did.
                if pending.is_some() || status == Status::Cancel {
                    self.pending = pending;
                }
            }
            _ => {}
        }
    }
    /// Whether it is a record of the rule as it is now.
    pub(super) fn is_of(&self, rule: &Compiled) -> bool {
        self.shape == shape(rule)
    }
    /// The text of an opening whose delay is over, and when it was due.
    pub(super) fn take_due(&mut self, rule: &Compiled, now: Timestamp) -> Option<(Text, Timestamp)> {
        // Due in more than twice the delay: the clock was set back.
        let is_due = |due: Timestamp| due <= now || passed(now, due) > time_of(rule.delay.saturating_mul(2));
        let Pending { due, text } = self.pending.take_if(|pending| is_due(pending.due))?;
        self.told_at = Some(now);
        Some((text, due))
    }
    /// What it does that messages have left the window: it can only end. Gives the last
    /// message with it.
    pub(super) fn ended(&mut self, rule: &Compiled, now: Timestamp) -> Option<(Fired, Message)> {
        let before = self.times.len();
        self.forget(rule, now);
        let last = self.last.clone().filter(|_| self.times.len() != before && self.status != Status::Cancel)?;
        let mut after = self.clone();
        // Time opens nothing and repeats nothing.
        let fired = after.moved(rule, &last, now).ok()?.filter(|fired| fired.trigger == Trigger::Cancel)?;
        *self = after;
        Some((fired, last))
    }
    /// Drops what has left the window; and what is ahead of it, after the clock was set back.
    fn forget(&mut self, rule: &Compiled, now: Timestamp) {
        match rule.window {
            Window::Length(length) => drop(self.times.drain(..self.times.len().saturating_sub(length))),
            Window::Time(time) => {
                let (now, time) = (now.as_millisecond(), time_of(time).as_millis());
                self.times.retain(|at| i128::from(now.abs_diff(*at)) < time);
            }
        }
        self.times.drain(..self.times.len().saturating_sub(WINDOW_MAX));
    }
    fn moved(&mut self, rule: &Compiled, message: &Message, at: Timestamp) -> Result<Option<Fired>, Failure> {
        let count = self.times.len();
        let context = Context { message, count, more: &[] };
        let holds = eval(&rule.condition, &context, &mut Fuel::default())?.holds()?;
        let on = |trigger| rule.rule.on.contains(&trigger);
        let (trigger, says) = match (self.status, holds) {
            (Status::Cancel, false) => return Ok(None),
            (Status::Cancel, true) => {
                (self.status, self.repeats) = (Status::Open, 0);
                (Trigger::Open, on(Trigger::Open) && rule.delay.is_zero())
            }
            (_, true) => {
                (self.status, self.repeats) = (Status::Repeat, self.repeats.saturating_add(1));
                let due = match rule.repeats {
                    Repeats::All => true,
                    Repeats::Every(count) => self.repeats.is_multiple_of(count),
                    // The clock may have been set back since.
                    Repeats::Pause(time) => self.told_at.is_none_or(|told| passed(told, at).abs() >= time_of(time)),
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
            self.pending = Some(Pending { due, text: text(rule, message, fired, at).0 });
        }
        if says {
            self.told_at = Some(at);
        }
        Ok(Some(fired))
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
    let Message { entity, kind, source, severity, date, message: text, tags: _, lacks_text } = message;
    Message {
        entity: entity.clone(),
        kind: kind.clone(),
        source: source.clone(),
        severity: *severity,
        date: *date,
        message: cut(text),
        tags,
        lacks_text: *lacks_text,
    }
}
