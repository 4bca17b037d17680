//! The methods, by name. Each is one function on the server's state.
mod change;
mod chat;
mod menu;
mod send;

pub(super) use chat::member;

use super::{
    answer::{Answer, Failure},
    request::Call,
    state::State,
};
use serde_json::json;

/// The methods there are, as the reference spells them.
const METHODS: &[&str] = &[
    "answerCallbackQuery",
    "deleteMessage",
    "deleteMyCommands",
    "deleteWebhook",
    "editMessageReplyMarkup",
    "editMessageText",
    "getChat",
    "getChatMember",
    "getFile",
    "getMe",
    "getMyCommands",
    "getUpdates",
    "getWebhookInfo",
    "sendChatAction",
    "sendDocument",
    "sendMessage",
    "setMyCommands",
    "setWebhook",
];

/// The method as the reference spells it, or as it came when there is no such.
pub(super) fn spelled(method: &str) -> String {
    let known = METHODS.iter().find(|known| known.eq_ignore_ascii_case(method));
    known.map_or_else(|| method.to_owned(), |known| (*known).to_owned())
}

impl State {
    /// Does what is asked; `getUpdates`, which may wait, is not done here.
    pub(super) fn execute(&mut self, call: &Call) -> Answer {
        match call.method.as_str() {
            "answerCallbackQuery" => self.answer_press(call),
            "deleteMessage" => self.delete_message(call),
            "deleteMyCommands" => self.delete_menu(call),
            "deleteWebhook" => self.delete_webhook(call),
            "editMessageReplyMarkup" => self.edit_markup(call),
            "editMessageText" => self.edit_text(call),
            "getChat" => self.get_chat(call),
            "getChatMember" => self.get_member(call),
            "getFile" => self.get_file(call),
            "getMe" => Ok(self.me()),
            "getMyCommands" => self.get_menu(call),
            "getWebhookInfo" => Ok(self.webhook_info()),
            "sendChatAction" => self.send_action(call),
            "sendDocument" => self.send_document(call),
            "sendMessage" => self.send_message(call),
            "setMyCommands" => self.set_menu(call),
            "setWebhook" => self.set_webhook(call),
            _ => Err(Failure::new(404, "Not Found")),
        }
    }
    fn me(&self) -> serde_json::Value {
        let mut me = super::state::bot_json();
        me["can_join_groups"] = json!(true);
        me["can_read_all_group_messages"] = json!(!self.privacy);
        me["supports_inline_queries"] = json!(false);
        me["can_connect_to_business"] = json!(false);
        me["has_main_web_app"] = json!(false);
        me["has_topics_enabled"] = json!(false);
        me
    }
}
