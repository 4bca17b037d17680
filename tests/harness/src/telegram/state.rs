//! What the server knows: people, chats with their messages, updates to come, and
//! what it was asked. Everything here happens at once, under one lock.
use super::{
    BOT_ID, BOT_USERNAME, faults::Faults, pace::Pace, push::Push, request::Call, updates::Updates, webhook::Webhook,
};
use crate::network::Transcript;
use bytes::Bytes;
use factotum_plugin_api::clock::Clock;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) transcript: Transcript,
    pub(super) users: BTreeMap<i64, User>,
    pub(super) chats: BTreeMap<i64, Chat>,
    /// Whether the bot sees in groups only what is meant for it.
    pub(super) privacy: bool,
    pub(super) updates: Updates,
    pub(super) webhook: Webhook,
    /// Presses that wait for their answer: who pressed.
    pub(super) presses: BTreeMap<String, String>,
    pub(super) pressed: u64,
    pub(super) files: BTreeMap<String, Stored>,
    /// The lists of commands by scope and language.
    pub(super) menus: BTreeMap<(String, String), Value>,
    /// The calls since the test last looked, and how many of each there ever were.
    pub(super) calls: Vec<(String, Value)>,
    pub(super) counts: BTreeMap<String, u64>,
    pub(super) faults: Faults,
    pub(super) pace: Pace,
    pub(super) push: Push,
}

pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) username: Option<String>,
    /// Of their client: `en`.
    pub(super) language: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Private,
    Group,
    Supergroup,
    Channel,
}

/// What the bot, or a person, is in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Member,
    Admin,
    Left,
    Kicked,
}

pub(super) struct Chat {
    pub(super) id: i64,
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) username: Option<String>,
    /// The topics by id, where it has some.
    pub(super) topics: Option<BTreeMap<i64, String>>,
    /// In a private chat `Left` is: the person never wrote; `Kicked`: blocked the bot.
    pub(super) bot: Standing,
    pub(super) members: BTreeSet<i64>,
    pub(super) admins: BTreeSet<i64>,
    pub(super) moved_to: Option<i64>,
    pub(super) messages: BTreeMap<i64, Message>,
    pub(super) last: i64,
}

pub(super) struct Message {
    /// As a `Message` of the reference.
    pub(super) json: Value,
    /// The text as its author wrote it, tags included.
    pub(super) source: String,
    /// How the transcript calls its author.
    pub(super) author: String,
    pub(super) by_bot: bool,
}

pub(super) struct Stored {
    pub(super) path: String,
    pub(super) bytes: Bytes,
}

impl User {
    /// As a `User` of the reference.
    pub(super) fn json(&self) -> Value {
        let (first, last) = self.name.split_once(' ').unwrap_or((&self.name, ""));
        let mut user = json!({ "id": self.id, "is_bot": false, "first_name": first, "language_code": self.language });
        if !last.is_empty() {
            user["last_name"] = json!(last);
        }
        if let Some(username) = &self.username {
            user["username"] = json!(username);
        }
        user
    }
    /// How the transcript calls them.
    pub(super) fn shown(&self) -> String {
        self.name.to_lowercase()
    }
}

/// The bot as a `User` of the reference.
pub(super) fn bot_json() -> Value {
    json!({ "id": BOT_ID, "is_bot": true, "first_name": "Host", "username": BOT_USERNAME })
}

/// What anonymous admins of groups speak as.
pub(super) fn anonymous_json() -> Value {
    json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" })
}

impl Kind {
    /// How a refusal calls it.
    pub(super) fn named(self) -> &'static str {
        match self {
            Kind::Private => "private chat",
            Kind::Group => "group chat",
            Kind::Supergroup => "supergroup chat",
            Kind::Channel => "channel chat",
        }
    }
}

impl Chat {
    pub(super) fn new(id: i64, kind: Kind, title: &str) -> Self {
        Chat {
            id,
            kind,
            title: title.to_owned(),
            username: None,
            topics: None,
            bot: Standing::Member,
            members: BTreeSet::new(),
            admins: BTreeSet::new(),
            moved_to: None,
            messages: BTreeMap::new(),
            last: 0,
        }
    }
    /// As a `Chat` of the reference.
    pub(super) fn json(&self) -> Value {
        let mut chat = match self.kind {
            Kind::Private => json!({ "id": self.id, "type": "private", "first_name": self.title }),
            Kind::Group => {
                json!({ "id": self.id, "type": "group", "title": self.title, "all_members_are_administrators": false })
            }
            Kind::Supergroup => json!({ "id": self.id, "type": "supergroup", "title": self.title }),
            Kind::Channel => json!({ "id": self.id, "type": "channel", "title": self.title }),
        };
        if let Some(username) = &self.username {
            chat["username"] = json!(username);
        }
        if self.topics.is_some() {
            chat["is_forum"] = json!(true);
        }
        chat
    }
    pub(super) fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Group | Kind::Supergroup)
    }
}

impl Message {
    pub(super) fn id(&self) -> i64 {
        self.json["message_id"].as_i64().unwrap_or_default()
    }
    pub(super) fn thread(&self) -> Option<i64> {
        self.json["message_thread_id"].as_i64().filter(|_| self.json["is_topic_message"] == true)
    }
    /// The inline keyboard's rows.
    pub(super) fn rows(&self) -> Vec<Vec<Value>> {
        let rows = self.json["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row.as_array().cloned().unwrap_or_default()).collect()
    }
    /// The text and under it the buttons, as the transcript shows them.
    pub(super) fn shown(&self) -> String {
        let mut lines = vec![self.source.clone()];
        for row in self.rows() {
            let row: Vec<String> =
                row.iter().map(|button| format!("[{}]", button["text"].as_str().unwrap_or_default())).collect();
            lines.push(row.join(" "));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }
    /// As another message shows what it answers: without what that answers itself.
    pub(super) fn quoted(&self) -> Value {
        let mut quoted = self.json.clone();
        if let Some(fields) = quoted.as_object_mut() {
            fields.remove("reply_to_message");
        }
        quoted
    }
}

impl State {
    pub(super) fn new(transcript: Transcript, clock: Clock) -> Self {
        State {
            clock,
            transcript,
            users: BTreeMap::new(),
            chats: BTreeMap::new(),
            privacy: false,
            updates: Updates::default(),
            webhook: Webhook::default(),
            presses: BTreeMap::new(),
            pressed: 0,
            files: BTreeMap::new(),
            menus: BTreeMap::new(),
            calls: vec![],
            counts: BTreeMap::new(),
            faults: Faults::default(),
            pace: Pace::default(),
            push: Push::default(),
        }
    }
    /// Keeps what was asked.
    pub(super) fn note(&mut self, call: &Call) {
        self.calls.push((call.method.clone(), call.shown()));
        *self.counts.entry(call.method.clone()).or_default() += 1;
    }
    /// The date of what happens now.
    pub(super) fn date(&self) -> i64 {
        self.clock.now().as_second()
    }
    /// Where something stands, for the transcript: `@-1001234/42`; `@ann` in private.
    pub(super) fn place(&self, chat: i64, thread: Option<i64>) -> String {
        let thread = thread.map(|thread| format!("/{thread}")).unwrap_or_default();
        match self.users.get(&chat) {
            Some(user) => format!("@{}", user.shown()),
            None => format!("@{chat}{thread}"),
        }
    }
    /// A chat that a test speaks of.
    pub(super) fn known(&mut self, chat: i64) -> &mut Chat {
        self.chats.get_mut(&chat).unwrap_or_else(|| panic!("there is no chat {chat}: make it first"))
    }
    /// Adds a message to a chat, and gives it its number.
    pub(super) fn add(&mut self, chat: i64, mut message: Message) -> Value {
        let date = self.date();
        let chat = self.known(chat);
        chat.last += 1;
        message.json["message_id"] = json!(chat.last);
        message.json["date"] = json!(date);
        message.json["chat"] = chat.json();
        let json = message.json.clone();
        chat.messages.insert(chat.last, message);
        json
    }
    /// What a message in a topic has, beside its text.
    pub(super) fn put_in_topic(&mut self, chat: i64, thread: i64, json: &mut Value) {
        json["message_thread_id"] = json!(thread);
        json["is_topic_message"] = json!(true);
        if json.get("reply_to_message").is_none()
            && let Some(root) = self.known(chat).messages.get(&thread)
        {
            json["reply_to_message"] = root.quoted();
        }
    }
}
