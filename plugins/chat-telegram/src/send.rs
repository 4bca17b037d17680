//! Posting, changing and removing messages, and answering presses.
use crate::{
    Failed, Telegram,
    address::Address,
    render::{self, CAPTION_MAX, TEXT_MAX},
};
use factotum_plugin_api::{
    chat::{Attachment, Button, Incoming, Message, PostError, PressAnswer},
    reqwest::multipart::{Form, Part},
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
        let mut markup = Markup::Html;
        if let Some(file) = &message.file {
            return self.send_file(&to, topic, message, file).await;
        }
        loop {
            match self.api.call_for::<_, Posted>(&send_message(&to, topic, message, markup)).await {
                Ok(posted) => return Ok(posted.message_id.to_string()),
                Err(failed) => self.without_what_was_refused(&to, failed, &mut topic, &mut markup).await?,
            }
        }
    }
    /// Changes what a message says and the buttons under it.
    pub(crate) async fn change(&self, at: &str, id: &str, message: &Message) -> Result<(), PostError> {
        let (at, id, mut markup) = (parse(at)?, message_id(id)?, Markup::Html);
        loop {
            let mut edit = EditMessageText::new(at.chat.clone(), id, text_of(message, markup, TEXT_MAX))
                .link_preview_options(no_preview());
            if markup == Markup::Html {
                edit = edit.parse_mode(ParseMode::Html);
            }
            if let Some(keyboard) = keyboard(&message.buttons) {
                edit = edit.reply_markup(keyboard);
            }
            match self.api.call_for::<_, serde_json::Value>(&edit).await {
                Ok(_) => return Ok(()),
                Err(Failed::Refused(refused)) if refused.says("message is not modified") => return Ok(()),
                Err(failed) => self.without_what_was_refused(&at, failed, &mut None, &mut markup).await?,
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
        markup: &mut Markup,
    ) -> Result<(), PostError> {
        match failed {
            Failed::Refused(refused) if *markup == Markup::Html && refused.says("can't parse entities") => {
                warn!(chat = %to, reason = refused.description, "the markup was refused; the text goes without");
                *markup = Markup::None;
            }
            Failed::Refused(refused) if topic.is_some() && refused.says("message thread not found") => {
                warn!(chat = %to, "the topic is gone; the message goes to its group");
                *topic = None;
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
    /// A file with the text as its caption, or below the text where that is too long.
    async fn send_file(
        &self,
        to: &Address,
        mut topic: Option<ThreadId>,
        message: &Message,
        file: &Attachment,
    ) -> Result<String, PostError> {
        let mut markup = Markup::Html;
        let long = render::shown_len(&message.text) > CAPTION_MAX;
        if long {
            let alone = Message { file: None, buttons: vec![], ..message.clone() };
            let at = topic.map_or_else(
                || to.to_string(),
                |topic| Address::join(&to.chat.to_string(), Some(&topic.0.0.to_string())),
            );
            Box::pin(self.send(&at, &alone)).await?;
        }
        loop {
            let mut form = Form::new().text("chat_id", to.chat.to_string());
            form = form.part("document", Part::bytes(file.content.to_vec()).file_name(file.name.clone()));
            if let Some(topic) = topic {
                form = form.text("message_thread_id", topic.0.0.to_string());
            }
            if message.silent {
                form = form.text("disable_notification", "true");
            }
            if !long && !message.text.is_empty() {
                form = form.text("caption", text_of(message, markup, CAPTION_MAX));
                if markup == Markup::Html {
                    form = form.text("parse_mode", "HTML");
                }
            }
            if let Some(keyboard) = keyboard(&message.buttons) {
                form = form.text("reply_markup", serde_json::to_string(&keyboard).expect("it is JSON"));
            }
            match self.api.upload::<Posted>("SendDocument", form).await {
                Ok(posted) => return Ok(posted.message_id.to_string()),
                Err(failed) => self.without_what_was_refused(to, failed, &mut topic, &mut markup).await?,
            }
        }
    }
}

/// How a text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    Html,
    None,
}

fn send_message(to: &Address, topic: Option<ThreadId>, message: &Message, markup: Markup) -> SendMessage {
    let mut send =
        SendMessage::new(to.chat.clone(), text_of(message, markup, TEXT_MAX)).link_preview_options(no_preview());
    if markup == Markup::Html {
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
    match keyboard(&message.buttons) {
        Some(keyboard) => send.reply_markup(keyboard),
        // Only the person asked gets the field opened: who wrote what this replies to.
        None if message.asks => send.reply_markup(ReplyMarkup::ForceReply(ForceReply::new().selective())),
        None => send,
    }
}

fn text_of(message: &Message, markup: Markup, max: usize) -> String {
    match markup {
        Markup::Html => render::html(&message.text, max),
        Markup::None => render::plain(&message.text, max),
    }
}

fn keyboard(rows: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let button = |button: &Button| {
        let label: String = button.label.chars().take(LABEL_MAX).collect();
        InlineKeyboardButton::callback(label, button.line.clone())
    };
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

fn no_preview() -> LinkPreviewOptions {
    let (url, prefer_small_media, prefer_large_media, show_above_text) = (None, false, false, false);
    LinkPreviewOptions { is_disabled: true, url, prefer_small_media, prefer_large_media, show_above_text }
}

fn topic(message: &Message) -> Option<ThreadId> {
    message.thread.as_ref()?.parse().ok().map(|topic| ThreadId(MessageId(topic)))
}

fn parse(address: &str) -> Result<Address, PostError> {
    Address::parse(address).ok_or_else(|| PostError::Permanent(format!("{address} is no address of Telegram")))
}

fn message_id(id: &str) -> Result<MessageId, PostError> {
    let id = id.parse().map_err(|_| PostError::Permanent(format!("{id} is no message of Telegram")))?;
    Ok(MessageId(id))
}
