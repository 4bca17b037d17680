//! Posting, changing and removing messages, and answering presses.
use crate::{
    Failed, Telegram,
    address::{Address, GENERAL},
    render::{self, CAPTION_MAX, TEXT_MAX},
};
use factotum_plugin_api::{
    chat::{Attachment, Button, Incoming, Message, PostError, PressAnswer, Sender},
    reqwest::multipart::{Form, Part},
    text::Text,
};
use serde::Deserialize;
use teloxide_core::{
    payloads::{
        AnswerCallbackQuery, AnswerCallbackQuerySetters, DeleteMessage, EditMessageReplyMarkup, EditMessageText,
        EditMessageTextSetters, GetChat, SendMessage, SendMessageSetters,
    },
    types::{
        CallbackQueryId, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageId,
        ParseMode, ReplyMarkup, ReplyParameters, ThreadId, True,
    },
};
use tracing::{info, warn};

/// The longest text of an answer to a press, in characters; answerCallbackQuery.
const PRESS_TEXT_MAX: usize = 200;
/// The longest label of a button, in characters: Telegram names no limit, and phones show
/// fewer.
const LABEL_MAX: usize = 64;

/// So many buttons Telegram takes under a message, and shows in a row; the reference
/// does not say, people found out.
const BUTTONS_MAX: usize = 100;
const ROW_MAX: usize = 8;

/// What we need to know of a message that was posted.
#[derive(Deserialize)]
struct Posted {
    message_id: i32,
}

impl Telegram {
    /// Posts a message; gives its id.
    pub(crate) async fn send(&self, to: &str, message: &Message) -> Result<String, PostError> {
        let to = parse(to)?;
        let mut topic = to.topic.or_else(|| topic(message));
        let mut how = How::whole();
        if let Some(file) = &message.file {
            return self.send_file(&to, topic, message, file).await;
        }
        loop {
            match self.api.call_for::<_, Posted>(&send_message(&to, topic, message, how)).await {
                Ok(posted) => return Ok(posted.message_id.to_string()),
                Err(failed) => self.without_what_was_refused(&to, failed, &mut topic, &mut how).await?,
            }
        }
    }
    /// Changes what a message says and the buttons under it.
    pub(crate) async fn change(&self, at: &str, id: &str, message: &Message) -> Result<(), PostError> {
        let (at, id, mut how) = (parse(at)?, message_id(id)?, How::whole());
        loop {
            let mut edit = EditMessageText::new(at.chat.clone(), id, text_of(message, how, TEXT_MAX))
                .link_preview_options(no_preview());
            if how.html {
                edit = edit.parse_mode(ParseMode::Html);
            }
            if let Some(keyboard) = keyboard(message, how) {
                edit = edit.reply_markup(keyboard);
            }
            match self.api.call_for::<_, serde_json::Value>(&edit).await {
                Ok(_) => return Ok(()),
                Err(Failed::Refused(refused)) if refused.says("message is not modified") => return Ok(()),
                Err(failed) => self.without_what_was_refused(&at, failed, &mut None, &mut how).await?,
            }
        }
    }
    /// Removes a message; one that is gone already is removed.
    pub(crate) async fn remove(&self, at: &str, id: &str) -> Result<(), PostError> {
        let (at, id) = (parse(at)?, message_id(id)?);
        match self.api.call(&DeleteMessage::new(at.chat, id)).await {
            Ok(True) => Ok(()),
            Err(Failed::Refused(refused)) if refused.says("message to delete not found") => Ok(()),
            Err(failed) => Err(self.failed(failed)),
        }
    }
    /// Ends the waiting circle on a pressed button; whether the person will see `answer`.
    pub(crate) async fn end_press(&self, press: &Incoming, answer: PressAnswer<'_>) -> bool {
        let Some(query) = press.press.clone() else { return false };
        let text = match answer {
            PressAnswer::Taken => None,
            PressAnswer::Said(text) | PressAnswer::Stale(text) => {
                Some(text.plain().chars().take(PRESS_TEXT_MAX).collect::<String>())
            }
        };
        if let (PressAnswer::Stale(_), Some(message)) = (answer, &press.pressed) {
            self.take_buttons_away(&press.chat.address, message).await;
        }
        self.answer_query(query, text).await
    }
    /// Answers a press, which Telegram takes for a short while only.
    pub(crate) async fn answer_query(&self, query: String, text: Option<String>) -> bool {
        let mut call = AnswerCallbackQuery::new(CallbackQueryId(query));
        if let Some(text) = text {
            call = call.text(text).show_alert(true);
        }
        match self.api.call(&call).await {
            Ok(True) => true,
            Err(failed) => {
                info!(error = %failed, "a press could not be answered");
                false
            }
        }
    }
    async fn take_buttons_away(&self, at: &str, message: &str) {
        let (Ok(at), Ok(id)) = (parse(at), message_id(message)) else { return };
        let edit = EditMessageReplyMarkup::new(at.chat, id);
        if let Err(failed) = self.api.call_for::<_, serde_json::Value>(&edit).await {
            info!(error = %failed, "dead buttons could not be taken away");
        }
    }
    /// Whether the bot is in a chat.
    pub(crate) async fn look_up(&self, address: &str) -> Result<(), PostError> {
        let address = parse(address)?;
        let found = self.api.call_for::<_, serde_json::Value>(&GetChat::new(address.chat)).await;
        found.map(drop).map_err(|failed| self.failed(failed))
    }
    /// Leaves out the part of a message that Telegram refused, so that the rest arrives.
    ///
    /// # Errors
    /// Where there is no such part.
    async fn without_what_was_refused(
        &self,
        to: &Address,
        failed: Failed,
        topic: &mut Option<ThreadId>,
        how: &mut How,
    ) -> Result<(), PostError> {
        match failed {
            Failed::Refused(refused) if how.html && refused.says("can't parse entities") => {
                warn!(chat = %to, reason = refused.description, "the markup was refused; the text goes without");
                how.html = false;
            }
            Failed::Refused(refused) if how.keyboard && refused.is_of_keyboard() => {
                warn!(chat = %to, reason = refused.description, "the buttons were refused; the text goes without");
                how.keyboard = false;
            }
            Failed::Refused(refused) if topic.is_some() && refused.is_of_topic() => {
                let to = Address { chat: to.chat.clone(), topic: topic.take() };
                warn!(chat = %to, "the topic is gone; the message goes to its group");
                let about = format!("topic {to}");
                let text = format!(
                    "The topic {}:{to} is gone: what is sent there goes to the group itself. Route it elsewhere.",
                    self.name
                );
                if let Err(error) = self.host.outbox.tell_admins(&about, text).await {
                    warn!(error = format!("{:#}", error.into_anyhow()), "the admins could not be told of a topic");
                }
            }
            failed => return Err(self.failed(failed)),
        }
        Ok(())
    }
    /// A file with the text as its caption, which the host keeps short enough.
    async fn send_file(
        &self,
        to: &Address,
        mut topic: Option<ThreadId>,
        message: &Message,
        file: &Attachment,
    ) -> Result<String, PostError> {
        let mut how = How::whole();
        loop {
            let mut form = Form::new().text("chat_id", to.chat.to_string());
            form = form.part("document", Part::bytes(file.content.to_vec()).file_name(file.name.clone()));
            if let Some(topic) = topic {
                form = form.text("message_thread_id", topic.0.0.to_string());
            }
            if message.silent {
                form = form.text("disable_notification", "true");
            }
            if !message.text.is_empty() {
                form = form.text("caption", text_of(message, how, CAPTION_MAX));
                if how.html {
                    form = form.text("parse_mode", "HTML");
                }
            }
            if let Some(keyboard) = keyboard(message, how) {
                form = form.text("reply_markup", serde_json::to_string(&keyboard).expect("it is JSON"));
            }
            match self.api.upload::<Posted>("SendDocument", form).await {
                Ok(posted) => return Ok(posted.message_id.to_string()),
                Err(failed) => self.without_what_was_refused(to, failed, &mut topic, &mut how).await?,
            }
        }
    }
}

/// What of a message goes: what Telegram refuses is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
struct How {
    /// Its markup.
    html: bool,
    /// What stands under it.
    keyboard: bool,
}
impl How {
    fn whole() -> Self {
        How { html: true, keyboard: true }
    }
}

fn send_message(to: &Address, topic: Option<ThreadId>, message: &Message, how: How) -> SendMessage {
    let mut send =
        SendMessage::new(to.chat.clone(), text_of(message, how, TEXT_MAX)).link_preview_options(no_preview());
    if how.html {
        send = send.parse_mode(ParseMode::Html);
    }
    if let Some(topic) = topic {
        send = send.message_thread_id(topic);
    }
    if message.silent {
        send = send.disable_notification(true);
    }
    if let Some(id) = message.replies_to.as_deref().and_then(|id| message_id(id).ok()) {
        send = send.reply_parameters(ReplyParameters::new(id).allow_sending_without_reply());
    }
    match keyboard(message, how) {
        Some(keyboard) => send.reply_markup(keyboard),
        // Only the person asked gets the field opened: who wrote what this replies to, or
        // who is named in it.
        None if message.asks && how.keyboard => {
            send.reply_markup(ReplyMarkup::ForceReply(ForceReply::new().selective()))
        }
        None => send,
    }
}

fn text_of(message: &Message, how: How, max: usize) -> String {
    match how.html {
        true if message.asks && message.replies_to.is_none() => match message.asked.as_ref().and_then(named) {
            Some((mention, length)) => mention + &render::html(&message.text, max.saturating_sub(length)),
            None => render::html(&message.text, max),
        },
        true => render::html(&message.text, max),
        false => render::plain(&message.text, max),
    }
}

/// A person by name, as Telegram points a message out to them, and how long that is; Bot
/// API, "HTML style".
fn named(person: &Sender) -> Option<(String, usize)> {
    let id: u64 = person.account().parse().ok()?;
    let name = person.name.trim();
    let name = if name.is_empty() { person.account() } else { name };
    let shown = Text::from(format!("{name}: "));
    Some((format!("<a href=\"tg://user?id={id}\">{}</a>: ", Text::from(name).html()), render::shown_len(&shown)))
}

/// The buttons that Telegram takes: so many in a row and in all, each with a label and
/// with something that it carries.
fn keyboard(message: &Message, how: How) -> Option<InlineKeyboardMarkup> {
    let buttons =
        |row: &Vec<Button>| -> Vec<_> { row.iter().filter(|button| !button.line.is_empty()).cloned().collect() };
    let rows: Vec<Vec<Button>> = message.buttons.iter().map(buttons).collect();
    let all: usize = rows.iter().map(Vec::len).sum();
    if all > BUTTONS_MAX {
        warn!(left_out = all - BUTTONS_MAX, "more buttons than Telegram takes");
    }
    let mut left = BUTTONS_MAX;
    let mut keyboard = vec![];
    for row in rows.iter().flat_map(|row| row.chunks(ROW_MAX)) {
        let taken = &row[..row.len().min(left)];
        left -= taken.len();
        keyboard
            .push(taken.iter().map(|button| InlineKeyboardButton::callback(label(button), &*button.line)).collect());
    }
    keyboard.retain(|row: &Vec<_>| !row.is_empty());
    (how.keyboard && !keyboard.is_empty()).then(|| InlineKeyboardMarkup::new(keyboard))
}

/// What stands on a button; what it runs where it says nothing, which Telegram refuses.
fn label(button: &Button) -> String {
    let said = if button.label.trim().is_empty() { &button.line } else { &button.label };
    match said.chars().count() <= LABEL_MAX {
        true => said.clone(),
        false => said.chars().take(LABEL_MAX - 1).chain(['…']).collect(),
    }
}

fn no_preview() -> LinkPreviewOptions {
    let (url, prefer_small_media, prefer_large_media, show_above_text) = (None, false, false, false);
    LinkPreviewOptions { is_disabled: true, url, prefer_small_media, prefer_large_media, show_above_text }
}

fn topic(message: &Message) -> Option<ThreadId> {
    let topic = message.thread.as_ref()?.parse().ok().filter(|topic| *topic != GENERAL);
    topic.map(|topic| ThreadId(MessageId(topic)))
}

fn parse(address: &str) -> Result<Address, PostError> {
    Address::parse(address).ok_or_else(|| PostError::Permanent(format!("{address} is no address of Telegram")))
}

fn message_id(id: &str) -> Result<MessageId, PostError> {
    let id = id.parse().map_err(|_| PostError::Permanent(format!("{id} is no message of Telegram")))?;
    Ok(MessageId(id))
}
