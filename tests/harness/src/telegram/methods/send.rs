//! Messages and files of the bot, and where it may not speak.
use crate::telegram::{
    answer::{Answer, Failure, bad, forbidden},
    checks::{self, Markup, Written},
    request::{Call, Upload},
    state::{Kind, Message, Standing, State, Stored, bot_json},
};
use serde_json::{Value, json};

/// The longest caption, in UTF-16 units; Bot API, sendDocument.caption.
const CAPTION_MAX: usize = 1024;

impl State {
    pub(super) fn send_message(&mut self, call: &Call) -> Answer {
        let written = checks::text(call)?;
        let mut json = json!({ "text": written.text });
        if !written.entities.is_empty() {
            json["entities"] = json!(written.entities);
        }
        self.send(call, json, written.source)
    }
    pub(super) fn send_document(&mut self, call: &Call) -> Answer {
        let Written { source, text, entities } = checks::formatted(call, "caption", "caption_entities")?;
        if checks::units(&text) > CAPTION_MAX {
            return bad("message caption is too long");
        }
        let document = match (call.file("document"), call.text("document")) {
            (Some(upload), _) => self.keep_file(&upload.clone()),
            (None, Some(id)) if self.files.contains_key(&id) => self.file_json(&id),
            (None, Some(_)) => return bad("wrong file identifier/HTTP URL specified"),
            (None, None) => return bad("there is no document in the request"),
        };
        let shown = format!("(document {})", document["file_name"].as_str().unwrap_or_default());
        let mut json = json!({ "document": document });
        if !text.is_empty() {
            json["caption"] = json!(text);
        }
        if !entities.is_empty() {
            json["caption_entities"] = json!(entities);
        }
        self.send(call, json, format!("{shown} {source}").trim_end().to_owned())
    }
    pub(super) fn send_action(&mut self, call: &Call) -> Answer {
        let action = call.text("action").unwrap_or_default();
        if !ACTIONS.contains(&action.as_str()) {
            return bad("wrong parameter action in request");
        }
        self.may_speak(call)?;
        Ok(json!(true))
    }
    fn send(&mut self, call: &Call, mut json: Value, source: String) -> Answer {
        let markup = checks::markup(call)?;
        let (chat, thread) = self.may_speak(call)?;
        let group = self.known(chat).is_group();
        self.pace.take(chat, group).map_err(Failure::flood)?;
        let mut flags = String::new();
        if call.flag("disable_notification") {
            flags += " (silent)";
        }
        if let Some(to) = self.reply_to(call, chat)? {
            flags += &format!(" (reply to {to})");
            json["reply_to_message"] = self.known(chat).messages[&to].quoted();
        }
        if let Some(thread) = thread {
            self.put_in_topic(chat, thread, &mut json);
        }
        match markup {
            Some(Markup::Inline(keyboard)) => json["reply_markup"] = keyboard,
            Some(Markup::Asks) => flags += " (asks)",
            Some(Markup::Other) | None => {}
        }
        match self.known(chat).kind {
            Kind::Channel => json["sender_chat"] = self.known(chat).json(),
            _ => json["from"] = bot_json(),
        }
        let message = Message { json, source, author: "bot".into(), by_bot: true };
        let shown = message.shown();
        let sent = self.add(chat, message);
        self.transcript.line(&format!("bot{}{flags}", self.place(chat, thread)), &shown);
        Ok(sent)
    }
    /// The chat and topic of a call that says something there.
    pub(super) fn may_speak(&mut self, call: &Call) -> Result<(i64, Option<i64>), Failure> {
        let id = self.reachable(call)?;
        let chat = self.known(id);
        if chat.kind == Kind::Channel && chat.bot != Standing::Admin {
            return bad("need administrator rights in the channel chat");
        }
        let thread = call.int("message_thread_id").filter(|thread| *thread != 0);
        let there = |thread: &i64| chat.topics.as_ref().is_some_and(|topics| topics.contains_key(thread));
        match thread {
            // General has the id 1, and is where a message without thread goes.
            Some(1) => bad("message thread not found"),
            Some(thread) if !there(&thread) => bad("message thread not found"),
            thread => Ok((id, thread)),
        }
    }
    /// The chat of a call, where the bot is in it.
    pub(super) fn reachable(&self, call: &Call) -> Result<i64, Failure> {
        let Some(word) = call.text("chat_id").filter(|word| !word.is_empty()) else {
            return bad("chat_id is empty");
        };
        let named = |name: &str| {
            let mut chats = self.chats.values();
            chats.find(|chat| chat.username.as_ref().is_some_and(|username| username.eq_ignore_ascii_case(name)))
        };
        let chat = match word.strip_prefix('@') {
            // People have names too, but a name leads to a group or channel only.
            Some(name) => named(name).filter(|chat| chat.kind != Kind::Private),
            None => word.parse().ok().and_then(|id: i64| self.chats.get(&id)),
        };
        let Some(chat) = chat else { return bad("chat not found") };
        if let Some(to) = chat.moved_to {
            return Err(Failure::moved(to));
        }
        let kind = chat.kind.named();
        match (chat.kind, chat.bot) {
            (_, Standing::Member | Standing::Admin) => Ok(chat.id),
            (Kind::Private, Standing::Left) => forbidden("bot can't initiate conversation with a user"),
            (Kind::Private, Standing::Kicked) => forbidden("bot was blocked by the user"),
            (_, Standing::Left) => forbidden(format!("bot is not a member of the {kind}")),
            (_, Standing::Kicked) => forbidden(format!("bot was kicked from the {kind}")),
        }
    }
    /// The message that is answered, if one is.
    fn reply_to(&mut self, call: &Call, chat: i64) -> Result<Option<i64>, Failure> {
        let parameters = call.json("reply_parameters").unwrap_or_default();
        let Some(to) = parameters["message_id"].as_i64().or_else(|| call.int("reply_to_message_id")) else {
            return Ok(None);
        };
        let without = parameters["allow_sending_without_reply"] == true || call.flag("allow_sending_without_reply");
        match self.known(chat).messages.contains_key(&to) {
            true => Ok(Some(to)),
            false if without => Ok(None),
            false => bad("message to be replied not found"),
        }
    }
    /// Keeps a file; gives it as a `Document` of the reference.
    pub(in crate::telegram) fn keep_file(&mut self, Upload { name, bytes }: &Upload) -> Value {
        let n = self.files.len() + 1;
        let stored = Stored { path: format!("documents/file_{n}_{name}"), bytes: bytes.clone() };
        self.files.insert(format!("FILE{n}"), stored);
        let mut document = self.file_json(&format!("FILE{n}"));
        document["file_name"] = json!(name);
        document
    }
    /// What `File` and `Document` have in common.
    pub(super) fn file_json(&self, id: &str) -> Value {
        let size = self.files.get(id).map_or(0, |file| file.bytes.len());
        json!({ "file_id": id, "file_unique_id": format!("unique{id}"), "file_size": size })
    }
}

/// What the bot can be seen doing; Bot API, sendChatAction.
const ACTIONS: &[&str] = &[
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];
