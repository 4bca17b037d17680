//! What is read of an update: the fields that mean something to a host, and no others.
//!
//! teloxide's types refuse a whole message for one entity, medium or person in a form
//! that they do not know, and Telegram adds some with every version: what somebody said
//! would be lost without a word.
use serde::{
    Deserialize,
    de::{DeserializeOwned, Deserializer},
};
use serde_json::{Value, value::RawValue};
use teloxide_core::types::FileId;

/// An update.
#[derive(Debug)]
pub(crate) struct Update {
    /// Its number.
    pub(crate) id: i64,
    pub(crate) what: What,
}

/// What an update holds.
#[derive(Debug)]
pub(crate) enum What {
    /// A message, or a post in a channel.
    Message(Box<Message>),
    /// One of them was changed.
    Edited,
    Press(Box<Press>),
    /// The bot was added to a chat, removed, let in or shut out.
    Member(Box<MemberChange>),
    /// One of the above in a form that nobody knows.
    Unreadable,
    /// Of a kind that is none of ours.
    Other,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    #[serde(rename = "message_id")]
    pub(crate) id: i64,
    pub(crate) chat: Chat,
    pub(crate) from: Option<User>,
    /// The chat that speaks, where no person does.
    pub(crate) sender_chat: Option<Chat>,
    pub(crate) text: Option<String>,
    pub(crate) caption: Option<String>,
    #[serde(default, deserialize_with = "if_readable")]
    pub(crate) document: Option<Document>,
    pub(crate) message_thread_id: Option<i64>,
    #[serde(default)]
    pub(crate) is_topic_message: bool,
    /// Where it was said first, of a message that somebody forwards.
    pub(crate) forward_origin: Option<Value>,
    pub(crate) migrate_to_chat_id: Option<i64>,
    pub(crate) migrate_from_chat_id: Option<i64>,
    /// A channel's post, as it appears by itself in the group for its discussion.
    #[serde(default)]
    pub(crate) is_automatic_forward: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    #[serde(default)]
    pub(crate) is_bot: bool,
    #[serde(default)]
    first_name: String,
    last_name: Option<String>,
    pub(crate) language_code: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    #[serde(rename = "type")]
    kind: String,
    title: Option<String>,
    username: Option<String>,
}

/// A file that came with a message.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    pub(crate) file_id: FileId,
    pub(crate) file_name: Option<String>,
    /// Bytes.
    #[serde(default)]
    pub(crate) file_size: u64,
}

/// A pressed button.
#[derive(Debug, Deserialize)]
pub(crate) struct Press {
    pub(crate) id: String,
    pub(crate) from: User,
    /// The message under which it stands; one of which little is known has no more than
    /// its number and its chat.
    #[serde(default, deserialize_with = "if_readable")]
    pub(crate) message: Option<Message>,
    pub(crate) data: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MemberChange {
    pub(crate) chat: Chat,
    pub(crate) from: User,
    #[serde(rename = "old_chat_member")]
    pub(crate) old: Member,
    #[serde(rename = "new_chat_member")]
    pub(crate) new: Member,
}

/// What the bot is in a chat.
#[derive(Debug, Deserialize)]
pub(crate) struct Member {
    status: String,
    #[serde(default)]
    is_member: bool,
}

impl Update {
    /// Reads the text of an update; `None` when it has no number. Text that is no Unicode,
    /// numbers that nothing holds, and what lies too deep make one that cannot be read.
    pub(crate) fn of_text(text: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Number {
            update_id: i64,
        }
        if let Ok(json) = serde_json::from_str(text.get()) {
            return Self::read(json);
        }
        let Number { update_id: id } = serde_json::from_str(text.get()).ok()?;
        Some(Update { id, what: What::Unreadable })
    }
    /// Reads an update; `None` when it is none.
    pub(crate) fn read(json: Value) -> Option<Self> {
        let Value::Object(fields) = json else { return None };
        let id = fields.get("update_id")?.as_i64()?;
        let what = fields.into_iter().find_map(|(kind, value)| What::read(&kind, value));
        Some(Update { id, what: what.unwrap_or(What::Other) })
    }
}

impl What {
    fn read(kind: &str, value: Value) -> Option<Self> {
        fn of<T: DeserializeOwned>(value: Value, what: fn(Box<T>) -> What) -> Option<What> {
            Some(serde_json::from_value(value).map_or(What::Unreadable, what))
        }
        match kind {
            "message" | "channel_post" => of(value, What::Message),
            "edited_message" | "edited_channel_post" => Some(What::Edited),
            "callback_query" => of(value, What::Press),
            "my_chat_member" => of(value, What::Member),
            _ => None,
        }
    }
}

impl User {
    /// Both names.
    pub(crate) fn full_name(&self) -> String {
        let last = self.last_name.as_deref().unwrap_or_default();
        on_one_line(&format!("{} {last}", self.first_name))
    }
}

impl Chat {
    /// Whether nobody but one person is there.
    pub(crate) fn is_private(&self) -> bool {
        self.kind == "private"
    }
    /// What people call it.
    pub(crate) fn title(&self) -> String {
        let username = || self.username.as_ref().map(|name| format!("@{name}"));
        on_one_line(&self.title.clone().or_else(username).unwrap_or_else(|| self.id.to_string()))
    }
}

impl Member {
    /// Whether the bot is there.
    pub(crate) fn is_present(&self) -> bool {
        match self.status.as_str() {
            "creator" | "administrator" | "member" => true,
            "restricted" => self.is_member,
            _ => false,
        }
    }
}

/// Longer than the names of people (two of 64 characters) and chats on Telegram.
const NAME_MAX: usize = 160;

/// A name as it may stand within a sentence: it begins no line, and turns around no text
/// that follows it.
fn on_one_line(name: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name = name.chars().filter(|c| !turns(c)).take(NAME_MAX);
    name.map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A part that the rest does without when it cannot be read.
fn if_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).ok())
}
