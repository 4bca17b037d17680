//! A message that must arrive.
use crate::{
    chat::{Button, ChatId},
    text::Text,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How much a notice wants to be noticed, where a message about the same
/// [`key`](Notice::about) stands in the chat already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// The earlier message is edited: no phone rings.
    #[default]
    Normal,
    /// A new message is posted and the earlier one removed, since an edit rings
    /// no phone: for a bad result after a pending one.
    Loud,
}

/// Good news about a build, of which many at a time say as much in one message: where
/// such notices had to wait for their chat, the host may post "12 builds passed in 1 min"
/// and a line for each. Later versions may know more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Good {
    /// It passed.
    Passed,
    /// It is well again after a failure.
    Fixed,
    /// It runs, or will soon.
    Started,
}

/// A message that must arrive: kept in the journal until its network has taken
/// it, the chat has refused it for good, or it was given up after a day.
///
/// ```
/// use factotum_plugin_api::prelude::*;
/// let chat = ChatId::new("telegram", "-1001234");
/// let notice = Notice::new(chat, bold("o/r") + " #18 passed").about("travis:o/r#18");
/// assert_eq!(notice.text.plain(), "o/r #18 passed");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The chat it is for.
    pub to: ChatId,
    /// What it says.
    pub text: Text,
    /// What it is about, such as `travis:o/r#18`: a later notice with the same
    /// key edits the earlier message where the network can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The thread or topic in the chat, as the network names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Whether it comes without a sound, where the network can do that.
    #[serde(default)]
    pub silent: bool,
    /// Whether it must be seen even where an edit would do.
    #[serde(default)]
    pub urgency: Urgency,
    /// Good news that may be told together with others, by its first line alone; see
    /// [`Good`]. Never so: what is [`Loud`](Urgency::Loud), has buttons or fields of the
    /// network's own, or edits a message that stands in the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<Good>,
    /// Rows of buttons under it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<Button>>,
    /// Fields of the network's own; see [`Message::extra`](crate::chat::Message::extra).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Notice {
    /// A notice without key, thread and buttons.
    pub fn new(to: ChatId, text: impl Into<Text>) -> Self {
        let (text, silent, urgency, extra) = (text.into(), false, Urgency::Normal, Map::new());
        Notice { to, text, key: None, thread: None, silent, urgency, good: None, buttons: vec![], extra }
    }
    /// Says what it is about; see [`Notice::key`].
    pub fn about(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
    /// Posts it in a thread of the chat.
    pub fn in_thread(mut self, thread: impl Into<String>) -> Self {
        self.thread = Some(thread.into());
        self
    }
    /// Makes no sound.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
    /// Posts anew rather than edit; see [`Urgency::Loud`].
    pub fn loud(mut self) -> Self {
        self.urgency = Urgency::Loud;
        self
    }
    /// Says that it is good news and no more; see [`Notice::good`].
    pub fn good(mut self, good: Good) -> Self {
        self.good = Some(good);
        self
    }
    /// Adds fields of the network's own; see [`Message::extra`](crate::chat::Message::extra).
    pub fn with_extra(mut self, fields: Map<String, Value>) -> Self {
        self.extra.extend(fields);
        self
    }
    /// Adds a row of buttons.
    pub fn row(mut self, buttons: impl IntoIterator<Item = Button>) -> Self {
        self.buttons.push(buttons.into_iter().collect());
        self
    }
}
