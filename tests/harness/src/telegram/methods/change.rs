//! What the bot does with messages that stand, and with presses of their buttons.
use crate::telegram::{
    answer::{Answer, Failure, bad},
    checks::{self, Markup},
    request::Call,
    state::{Kind, Standing, State},
};
use serde_json::{Value, json};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the \
    same as a current content and reply markup of the message";
/// The longest answer to a press, in characters; Bot API, answerCallbackQuery.text.
const PRESS_ANSWER_MAX: usize = 200;

impl State {
    pub(super) fn edit_text(&mut self, call: &Call) -> Answer {
        let written = checks::text(call)?;
        let mut json = self.own_message(call)?;
        json["text"] = json!(written.text);
        let fields = json.as_object_mut().expect("a message");
        fields.remove("entities");
        if !written.entities.is_empty() {
            fields.insert("entities".into(), json!(written.entities));
        }
        self.edit(call, json, Some(written.source))
    }
    pub(super) fn edit_markup(&mut self, call: &Call) -> Answer {
        let json = self.own_message(call)?;
        self.edit(call, json, None)
    }
    /// The message of a call that changes it.
    fn own_message(&mut self, call: &Call) -> Answer {
        let chat = self.reachable(call)?;
        let id = call.int("message_id").unwrap_or_default();
        match self.known(chat).messages.get(&id) {
            None => bad("message to edit not found"),
            Some(message) if !message.by_bot => bad("message can't be edited"),
            Some(message) => Ok(message.json.clone()),
        }
    }
    fn edit(&mut self, call: &Call, mut json: Value, source: Option<String>) -> Answer {
        // A keyboard that is not said again is gone.
        json.as_object_mut().expect("a message").remove("reply_markup");
        match checks::markup(call)? {
            Some(Markup::Inline(keyboard)) => json["reply_markup"] = keyboard,
            Some(_) => return bad("message can't be edited"),
            None => {}
        }
        let chat = self.reachable(call)?;
        let id = json["message_id"].as_i64().unwrap_or_default();
        let unchanged =
            |old: &Value| ["text", "entities", "reply_markup"].iter().all(|field| old.get(*field) == json.get(*field));
        if unchanged(&self.known(chat).messages[&id].json) {
            return bad(NOT_MODIFIED);
        }
        let group = self.known(chat).is_group();
        self.pace.take(chat, group).map_err(Failure::flood)?;
        json["edit_date"] = json!(self.date());
        let message = self.known(chat).messages.get_mut(&id).expect("found above");
        message.json = json.clone();
        message.source = source.unwrap_or_else(|| message.source.clone());
        let (shown, thread) = (message.shown(), message.thread());
        self.transcript.line(&format!("bot{} edits {id}", self.place(chat, thread)), &shown);
        Ok(json)
    }
    pub(super) fn delete_message(&mut self, call: &Call) -> Answer {
        let chat = self.reachable(call)?;
        let id = call.int("message_id").unwrap_or_default();
        let place = self.known(chat);
        let Some(message) = place.messages.get(&id) else { return bad("message to delete not found") };
        let may = message.by_bot || place.kind == Kind::Private || place.bot == Standing::Admin;
        if !may {
            return bad("message can't be deleted");
        }
        let message = place.messages.remove(&id).expect("found above");
        let who = format!("bot{} deletes {id}", self.place(chat, message.thread()));
        self.transcript.line(&who, &message.shown());
        Ok(json!(true))
    }
    pub(super) fn answer_press(&mut self, call: &Call) -> Answer {
        let text = call.text("text").unwrap_or_default();
        if text.chars().count() > PRESS_ANSWER_MAX {
            return bad("MESSAGE_TOO_LONG");
        }
        let id = call.text("callback_query_id").unwrap_or_default();
        let Some(who) = self.presses.remove(&id) else {
            return bad("query is too old and response timeout expired or query ID is invalid");
        };
        let how = if call.flag("show_alert") { "alerts" } else { "answers" };
        self.transcript.line(&format!("bot {how} {who}"), &text);
        Ok(json!(true))
    }
}
