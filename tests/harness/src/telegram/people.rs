//! What people say and press. Each is an update, where the bot may hear it.
use super::{
    BOT_ID, BOT_USERNAME, Telegram, entities,
    request::Upload,
    state::{Kind, Message, Standing, State, anonymous_json},
};
use bytes::Bytes;
use serde_json::{Value, json};

/// Speaking. Each returns the number of the message in its chat; people and chats
/// must have been made.
impl Telegram {
    /// `user` writes in `chat`; the private chat of a person has their id. The first
    /// line there lets the bot answer, and unblocks it.
    pub fn say(&self, chat: i64, user: i64, text: &str) -> i64 {
        self.said(chat, user, None, text, json!({}), "")
    }
    /// As [`say`](Self::say), in a topic of a forum.
    pub fn say_in_topic(&self, chat: i64, topic: i64, user: i64, text: &str) -> i64 {
        self.said(chat, user, Some(topic), text, json!({}), "")
    }
    /// `user` answers a message; in its topic, if it stands in one.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn reply(&self, chat: i64, user: i64, to: i64, text: &str) -> i64 {
        let (quoted, topic, forum) = {
            let mut state = self.core.state();
            let place = state.known(chat);
            let message = place.messages.get(&to).expect("the message that is answered");
            (message.quoted(), message.thread(), place.topics.is_some())
        };
        let mut json = json!({ "reply_to_message": quoted });
        let supergroup = self.core.state().known(chat).kind == Kind::Supergroup;
        if supergroup && !forum {
            // The thread of answers, which is no topic.
            json["message_thread_id"] = json!(quoted["message_thread_id"].as_i64().unwrap_or(to));
        }
        self.said(chat, user, topic, text, json, &format!(" (reply to {to})"))
    }
    /// `user` sends a picture with a text under it.
    pub fn caption(&self, chat: i64, user: i64, text: &str) -> i64 {
        let photo =
            json!([{ "file_id": "PHOTO", "file_unique_id": "photo", "file_size": 10, "width": 1, "height": 1 }]);
        self.said(chat, user, None, text, json!({ "photo": photo }), " (photo)")
    }
    /// `user` sends a file, which `getFile` gives; `caption` may be empty.
    pub fn document(&self, chat: i64, user: i64, name: &str, bytes: impl Into<Bytes>, caption: &str) -> i64 {
        let upload = Upload { name: name.to_owned(), bytes: bytes.into() };
        let document = self.core.state().keep_file(&upload);
        self.said(chat, user, None, caption, json!({ "document": document }), &format!(" (document {name})"))
    }
    /// A message of a person is changed by its author.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn edit(&self, chat: i64, message: i64, text: &str) {
        self.core.change(|state| {
            let date = state.date();
            let place = state.known(chat);
            let (kind, bot) = (place.kind, place.bot);
            let changed = place.messages.get_mut(&message).expect("the message that is changed");
            let field = if changed.json.get("text").is_some() { "text" } else { "caption" };
            changed.json.as_object_mut().expect("a message").retain(|name, _| !name.ends_with("entities"));
            put_text(&mut changed.json, field, text);
            changed.json["edit_date"] = json!(date);
            changed.source = text.to_owned();
            let (json, author, thread) = (changed.json.clone(), changed.author.clone(), changed.thread());
            let place = if kind == Kind::Private { String::new() } else { state.place(chat, thread) };
            state.transcript.line(&format!("{author}{place} edits {message}"), text);
            let kind = if kind == Kind::Channel { "edited_channel_post" } else { "edited_message" };
            if matches!(bot, Standing::Member | Standing::Admin) && state.hears(chat, &json) {
                state.updates.push(chat, kind, json);
            }
        });
    }
    /// An admin who hides behind the group writes: `from` is GroupAnonymousBot.
    pub fn as_anonymous_admin(&self, chat: i64, text: &str) -> i64 {
        self.core.change(|state| {
            let mut json = json!({ "from": anonymous_json(), "sender_chat": state.known(chat).json() });
            put_text(&mut json, "text", text);
            let message = Message { json, source: text.to_owned(), author: "anonymous".into(), by_bot: false };
            state.transcript.line(&format!("anonymous@{chat}"), text);
            state.hear(chat, "message", message)
        })
    }
    /// A post in a channel: `sender_chat`, and no `from`.
    pub fn post_in_channel(&self, chat: i64, text: &str) -> i64 {
        self.core.change(|state| {
            let mut json = json!({ "sender_chat": state.known(chat).json() });
            put_text(&mut json, "text", text);
            let message = Message { json, source: text.to_owned(), author: "channel".into(), by_bot: false };
            state.transcript.line(&format!("channel@{chat}"), text);
            state.hear(chat, "channel_post", message)
        })
    }
    /// `user` presses the button with this label under the newest message in `chat`
    /// that has one; returns the id of the `callback_query`.
    ///
    /// # Panics
    /// When no message there has such a button.
    pub fn press(&self, chat: i64, user: i64, label: &str) -> String {
        let labelled = |message: &Message| message.rows().concat().into_iter().find(|button| button["text"] == label);
        let found = {
            let mut state = self.core.state();
            let mut newest = state.known(chat).messages.values().rev();
            newest.find_map(|message| Some((message.id(), labelled(message)?["callback_data"].clone())))
        };
        let (message, data) = found.unwrap_or_else(|| {
            panic!("no button [{label}] in {chat}; what there was:\n{}", self.transcript());
        });
        self.press_data(chat, user, message, data.as_str().expect("a button with data"), label)
    }
    /// `user` sends what a button of a message would: for buttons that are gone, and
    /// data that never stood on one. Returns the id of the `callback_query`.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn press_data(&self, chat: i64, user: i64, message: i64, data: &str, label: &str) -> String {
        self.core.change(|state| {
            state.pressed += 1;
            let id = format!("press{}", state.pressed);
            let message = &state.known(chat).messages[&message];
            let (json, thread) = (message.json.clone(), message.thread());
            let person = state.users.get(&user).expect("a person: make them first");
            let (from, name) = (person.json(), person.shown());
            state.presses.insert(id.clone(), name);
            let who = state.speaker(chat, user, thread);
            state.transcript.line(&who, &format!("[{label}]"));
            let query = json!({
                "id": id, "from": from, "message": json, "chat_instance": format!("{}", chat.wrapping_mul(31)),
                "data": data,
            });
            state.updates.push(user, "callback_query", query);
            id
        })
    }
    /// From now on the presses so far are too old to be answered.
    pub fn expire_presses(&self) {
        self.core.change(|state| state.presses.clear());
    }
    fn said(&self, chat: i64, user: i64, topic: Option<i64>, text: &str, mut json: Value, flags: &str) -> i64 {
        self.core.change(|state| {
            let person = state.users.get(&user).expect("a person: make them first");
            json["from"] = person.json();
            let author = person.shown();
            let media = json.get("photo").is_some() || json.get("document").is_some();
            put_text(&mut json, if media { "caption" } else { "text" }, text);
            if let Some(topic) = topic {
                let topics = state.known(chat).topics.as_ref();
                assert!(topics.is_some_and(|topics| topics.contains_key(&topic)), "there is no topic {topic}");
                state.put_in_topic(chat, topic, &mut json);
            }
            let who = state.speaker(chat, user, topic);
            state.transcript.line(&format!("{who}{flags}"), text);
            if chat == user && state.known(chat).bot != Standing::Member {
                state.stand(user, user, Standing::Member);
            }
            state.known(chat).members.insert(user);
            state.hear(chat, "message", Message { json, source: text.to_owned(), author, by_bot: false })
        })
    }
}

impl State {
    /// How the transcript calls a person in a chat.
    pub(super) fn speaker(&self, chat: i64, user: i64, thread: Option<i64>) -> String {
        let name = self.users.get(&user).map_or_else(|| user.to_string(), super::state::User::shown);
        if chat == user { name } else { format!("{name}{}", self.place(chat, thread)) }
    }
    /// Adds a message to its chat, and tells the bot of it if it may hear it.
    fn hear(&mut self, chat: i64, kind: &str, message: Message) -> i64 {
        let json = self.add(chat, message);
        let id = json["message_id"].as_i64().unwrap_or_default();
        let there = matches!(self.known(chat).bot, Standing::Member | Standing::Admin);
        if there && self.hears(chat, &json) {
            self.updates.push(chat, kind, json);
        }
        id
    }
    /// Whether privacy mode lets the bot hear a message.
    fn hears(&mut self, chat: i64, json: &Value) -> bool {
        let privacy = self.privacy;
        let chat = self.known(chat);
        if !privacy || !chat.is_group() || chat.bot == Standing::Admin {
            return true;
        }
        let text = json["text"].as_str().or(json["caption"].as_str()).unwrap_or_default();
        let to_bot = json["reply_to_message"]["from"]["id"] == BOT_ID;
        let command = text.strip_prefix('/').map(|rest| rest.split_whitespace().next().unwrap_or_default());
        let for_bot = command.is_some_and(|command| match command.split_once('@') {
            Some((_, bot)) => bot.eq_ignore_ascii_case(BOT_USERNAME),
            None => true,
        });
        to_bot || for_bot
    }
}

/// Puts a text with its commands into a message.
fn put_text(json: &mut Value, field: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    json[field] = json!(text);
    let commands = entities::commands(text);
    if !commands.is_empty() {
        json[if field == "text" { "entities" } else { "caption_entities" }] = json!(commands);
    }
}
