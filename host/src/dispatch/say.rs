//! Replies to the chat that a line came from. A reply is no notice: it is tried
//! a few times and then given up, since the person can ask again.
use crate::services::Shared;
use factotum_plugin_api::{
    chat::{Button, ChatId, Incoming, Message, Network, PostError},
    command::Reply,
    text::{Text, code},
};
use std::{sync::Arc, time::Duration};
use tracing::warn;

/// How long a network may take for a call.
const CALL_MAX: Duration = Duration::from_secs(60);
/// How often a reply is tried.
const TRIES: u32 = 4;
/// The longest pause that a network may ask for before a reply is given up.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where replies to one line go.
#[derive(Clone)]
pub(crate) struct Say {
    shared: Arc<Shared>,
    chat: ChatId,
    sender: String,
    thread: Option<String>,
    pressed: Option<String>,
}

impl Say {
    /// Replies to `incoming`.
    pub(crate) fn to(shared: &Arc<Shared>, incoming: &Incoming) -> Self {
        Say {
            shared: shared.clone(),
            chat: incoming.chat.clone(),
            sender: incoming.sender.id.clone(),
            thread: incoming.thread.clone(),
            pressed: incoming.pressed.clone(),
        }
    }
    /// Posts a reply; an empty one is none.
    pub(crate) async fn reply(&self, reply: Reply) {
        let networks = self.shared.networks();
        let private = reply.privately.then(|| networks.private_chat(&self.sender)).flatten();
        let elsewhere = private.as_ref().is_some_and(|private| *private != self.chat);
        let chat = private.as_ref().unwrap_or(&self.chat);
        let Some(network) = networks.get(&chat.network) else { return };
        let limits = network.limits();
        if reply.deletes_pressed
            && limits.deletes
            && let Some(pressed) = &self.pressed
        {
            self.attempt(|| network.delete(&chat.address, pressed)).await;
        }
        if reply.text.is_empty() && reply.file.is_none() {
            return;
        }
        let thread = self.thread.clone().filter(|_| !elsewhere);
        let mut messages = parts(reply.text, reply.buttons, network.as_ref());
        for message in &mut messages {
            message.thread.clone_from(&thread);
        }
        if let Some(last) = messages.last_mut() {
            last.file = reply.file;
        }
        if let (true, true, Some(pressed), [message]) =
            (reply.edits_pressed, limits.edits, &self.pressed, &messages[..])
            && self.attempt(|| network.edit(&chat.address, pressed, message)).await.is_some()
        {
            return;
        }
        for message in &messages {
            if self.attempt(|| network.post(&chat.address, message)).await.is_none() {
                return; // later parts alone would mislead
            }
        }
    }
    /// Removes what was said, where the network can; whether it did.
    pub(super) async fn delete_what_was_said(&self, incoming: &Incoming) -> bool {
        let Some(network) = self.shared.networks().get(&self.chat.network) else { return false };
        match &incoming.message {
            Some(id) if network.limits().deletes => {
                self.attempt(|| network.delete(&self.chat.address, id)).await.is_some()
            }
            _ => false,
        }
    }
    async fn attempt<T, F: Future<Output = Result<T, PostError>>>(&self, call: impl Fn() -> F) -> Option<T> {
        for attempt in 1..=TRIES {
            let error = match self.shared.clock.timeout(CALL_MAX, call()).await {
                Ok(Ok(done)) => return Some(done),
                Ok(Err(error)) => error,
                Err(elapsed) => PostError::Unanswered(elapsed.into()),
            };
            let pause = match &error {
                PostError::RetryAfter(pause) if *pause <= PAUSE_MAX => Some(*pause),
                PostError::Transient(_) => Some(Duration::from_secs(1 << attempt)),
                _ => None,
            };
            match pause.filter(|_| attempt < TRIES) {
                Some(pause) => self.shared.clock.sleep(pause).await,
                None => {
                    warn!(chat = %self.chat, error = %error, "reply given up");
                    return None;
                }
            }
        }
        None
    }
}

/// A text as the messages that the network can take: cut to its limit, and with
/// buttons written out where it has none.
pub(crate) fn parts(text: Text, buttons: Vec<Vec<Button>>, network: &dyn Network) -> Vec<Message> {
    let limits = network.limits();
    let (text, buttons) = if limits.buttons || buttons.is_empty() {
        (text, buttons)
    } else {
        let lines = buttons.into_iter().flatten().map(|button| Text::from(button.label) + ": " + code(button.line));
        (text + "\n" + Text::lines(lines), vec![])
    };
    let mut messages: Vec<Message> = text.split(limits.text, limits.size).into_iter().map(Message::from).collect();
    if let Some(last) = messages.last_mut() {
        last.buttons = buttons;
    }
    messages
}
