//! What the bot has yet to hear, and how it asks for it.
use super::{
    Core, Telegram,
    answer::{Answer, conflict},
    request::Call,
    state::State,
};
use serde_json::{Value, json};
use std::{collections::VecDeque, time::Duration};
use tokio::time::{Instant, timeout_at};

/// What is not sent unless a bot asks for it by name; Bot API, getUpdates.
const ONLY_BY_NAME: &[&str] = &["chat_member", "message_reaction", "message_reaction_count"];

/// The updates that nobody has confirmed.
#[derive(Default)]
pub(super) struct Updates {
    pub(super) pending: VecDeque<Update>,
    last_id: i64,
    /// The kinds that are kept; all but [`ONLY_BY_NAME`] when empty.
    pub(super) allowed: Vec<String>,
    /// Counts the polls: the newest one is answered.
    poll: u64,
    /// Counts the settings of a webhook, which end every poll.
    pub(super) settings: u64,
}

pub(super) struct Update {
    pub(super) id: i64,
    /// Updates with the same key keep their order: the chat, or the person.
    pub(super) key: i64,
    pub(super) json: Value,
}

impl Updates {
    /// Keeps an update, if the bot wants its kind.
    pub(super) fn push(&mut self, key: i64, kind: &str, what: Value) -> i64 {
        let mut json = json!({ "update_id": 0 });
        json[kind] = what;
        self.push_raw(key, json)
    }
    /// Keeps an update that is a sample; its number is ours.
    pub(super) fn push_raw(&mut self, key: i64, mut json: Value) -> i64 {
        let kinds = json.as_object().into_iter().flatten().map(|(field, _)| field.as_str());
        let wanted = kinds.filter(|field| *field != "update_id").any(|kind| match self.allowed.is_empty() {
            true => !ONLY_BY_NAME.contains(&kind),
            false => self.allowed.iter().any(|allowed| allowed == kind),
        });
        self.last_id += 1;
        json["update_id"] = json!(self.last_id);
        if wanted {
            self.pending.push_back(Update { id: self.last_id, key, json });
        }
        self.last_id
    }
    /// Takes over what a bot says that it wants; nothing said is as before.
    pub(super) fn allow(&mut self, call: &Call) {
        if let Some(Value::Array(kinds)) = call.json("allowed_updates") {
            self.allowed = kinds.iter().filter_map(|kind| Some(kind.as_str()?.to_owned())).collect();
        }
    }
    /// Forgets what an offset confirms.
    fn confirm(&mut self, offset: i64) {
        match usize::try_from(offset.unsigned_abs()) {
            Ok(keep) if offset < 0 => {
                let gone = self.pending.len().saturating_sub(keep);
                self.pending.drain(..gone);
            }
            _ => self.pending.retain(|update| update.id >= offset),
        }
    }
}

/// `getUpdates`: waits until there is something, the time is over, or somebody else asks.
pub(super) async fn poll(core: &Core, call: &Call) -> Answer {
    let limit = call.int("limit").filter(|limit| (1..=100).contains(limit)).unwrap_or(100);
    let limit = usize::try_from(limit).expect("100 at most");
    let timeout = call.int("timeout").unwrap_or(0).clamp(0, 50).unsigned_abs();
    let until = Instant::now() + Duration::from_secs(timeout);
    let mut changed = core.changed.subscribe();
    let begin = |state: &mut State| {
        if state.webhook.is_set() {
            return conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            );
        }
        state.updates.allow(call);
        state.updates.confirm(call.int("offset").unwrap_or(0));
        state.updates.poll += 1;
        Ok((state.updates.poll, state.updates.settings))
    };
    let (poll, settings) = core.change(begin)?;
    loop {
        changed.mark_unchanged();
        {
            let state = core.state();
            if state.updates.settings != settings {
                return conflict("terminated by setWebhook request");
            }
            if state.updates.poll != poll {
                return conflict(
                    "terminated by other getUpdates request; make sure that only one bot instance is running",
                );
            }
            let updates: Vec<Value> =
                state.updates.pending.iter().take(limit).map(|update| update.json.clone()).collect();
            if !updates.is_empty() || Instant::now() >= until {
                return Ok(json!(updates));
            }
        }
        if timeout_at(until, changed.changed()).await.is_err() {
            continue; // the time is over: the next look answers
        }
    }
}

impl Telegram {
    /// The number of updates that the bot has not confirmed, or not taken at its webhook.
    pub fn pending(&self) -> usize {
        self.core.state().updates.pending.len()
    }
    /// Returns when the bot has confirmed every update.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn drained(&self) {
        self.wait_until("the confirmation of every update", |state| state.updates.pending.is_empty().then_some(()))
            .await;
    }
    /// Sends an update as it is, such as a recorded one; its `update_id` is replaced by
    /// the next, which is returned. Nothing of it becomes a chat or a message here.
    pub fn update(&self, mut update: Value) -> i64 {
        let message = update.as_object_mut().into_iter().flatten().find(|(field, _)| *field != "update_id");
        let key = message.and_then(|(_, message)| message["chat"]["id"].as_i64()).unwrap_or_default();
        self.core.change(|state| state.updates.push_raw(key, update))
    }
    /// The next update gets a number `by` higher than the next one: updates in between
    /// were lost, or never for this bot.
    pub fn skip_update_ids(&self, by: i64) {
        self.core.change(|state| state.updates.last_id += by);
    }
}
