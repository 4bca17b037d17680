//! What a test may look at afterwards: calls, and the messages as a reader sees them.
use super::{
    Telegram,
    state::{Message, State},
};
use serde_json::Value;

/// A message as it stands in a chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// Its number in the chat.
    pub id: i64,
    /// The topic that it stands in.
    pub thread: Option<i64>,
    /// Who wrote it, as the transcript calls them: `bot`, `ann`.
    pub author: String,
    /// The text, or the caption, as it is read: without tags.
    pub text: String,
    /// The text as it was sent: with tags; a file is `(document NAME)`.
    pub source: String,
    /// The labels of the buttons under it, row by row.
    pub buttons: Vec<Vec<String>>,
    /// All of it, as a `Message` of the reference.
    pub json: Value,
}

impl Posted {
    fn of(message: &Message) -> Self {
        let label = |button: &Value| button["text"].as_str().unwrap_or_default().to_owned();
        let text = message.json["text"].as_str().or(message.json["caption"].as_str());
        Posted {
            id: message.id(),
            thread: message.thread(),
            author: message.author.clone(),
            text: text.unwrap_or_default().to_owned(),
            source: message.source.clone(),
            buttons: message.rows().iter().map(|row| row.iter().map(label).collect()).collect(),
            json: message.json.clone(),
        }
    }
}

impl Telegram {
    /// The messages that stand in a chat now, oldest first; none of an unknown chat.
    pub fn messages(&self, chat: i64) -> Vec<Posted> {
        let state = self.core.state();
        state.chats.get(&chat).into_iter().flat_map(|chat| chat.messages.values()).map(Posted::of).collect()
    }
    /// Returns when so many messages stand in a chat.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn wait_for_messages(&self, chat: i64, count: usize) {
        let there = |state: &State| state.chats.get(&chat).is_some_and(|chat| chat.messages.len() >= count);
        self.wait_until(&format!("{count} messages in {chat}"), |state| there(state).then_some(())).await;
    }
    /// What was called since the last look, with its parameters: methods as the
    /// reference spells them. A file is `(NAME, N bytes)`.
    pub fn calls(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.core.state().calls)
    }
    /// How often a method was called, ever; a refused call counts too.
    pub fn count(&self, method: &str) -> u64 {
        count(&self.core.state(), method)
    }
    /// Returns the parameters of the first call of `method` since the last look at
    /// [`calls`](Self::calls), once there is one; it may not have been executed yet.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn wait_for_call(&self, method: &str) -> Value {
        let found = |state: &State| {
            let mut calls = state.calls.iter();
            calls.find(|(called, _)| called.eq_ignore_ascii_case(method)).map(|(_, params)| params.clone())
        };
        self.wait_until(method, found).await
    }
    /// Returns when `method` was called so often, ever.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn wait_for_calls(&self, method: &str, times: u64) {
        let what = format!("{method}, {times} times");
        self.wait_until(&what, |state| (count(state, method) >= times).then_some(())).await;
    }
}

fn count(state: &State, method: &str) -> u64 {
    let counts = state.counts.iter().filter(|(called, _)| called.eq_ignore_ascii_case(method));
    counts.map(|(_, count)| count).sum()
}
