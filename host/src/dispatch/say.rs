//! Replies to the chat that a line came from. A reply is no notice: it is tried
//! a few times and then given up, since the person can ask again.
use crate::{buttons, services::Shared, texts};
use factotum_plugin_api::{
    chat::{Button, ChatId, Incoming, Message, Network, PostError, Sender},
    command::Reply,
    text::Text,
};
use std::{sync::Arc, time::Duration};
use tracing::{debug, error, warn};

/// How long a network may take for a call.
const CALL_MAX: Duration = Duration::from_secs(60);
/// How often a reply is tried.
const TRIES: u32 = 4;
/// How long a network may take to take the buttons of a question away: its command waits.
const CLOSE_MAX: Duration = Duration::from_secs(5);
/// The longest pause that a network may ask for before a reply is given up.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where replies to one line go.
#[derive(Clone)]
pub(crate) struct Say {
    shared: Arc<Shared>,
    chat: ChatId,
    sender: Sender,
    /// Whether nobody else reads `chat`.
    private: bool,
    thread: Option<String>,
    /// The message that says the line.
    message: Option<String>,
    pressed: Option<String>,
}

/// A message that was posted.
pub(crate) struct Posted {
    /// Where.
    chat: ChatId,
    /// The network's id of it.
    id: String,
    /// What it says.
    message: Message,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// By one of its buttons, or typed.
    Pressed,
    /// Typed: it has no buttons.
    Typed,
}

impl Say {
    /// Replies to `incoming`.
    pub(crate) fn to(shared: &Arc<Shared>, incoming: &Incoming) -> Self {
        Say {
            shared: shared.clone(),
            chat: incoming.chat.clone(),
            sender: incoming.sender.clone(),
            private: incoming.private,
            thread: incoming.thread.clone(),
            message: incoming.message.clone(),
            pressed: incoming.pressed.clone(),
        }
    }
    /// The chat that the line came from.
    pub(crate) fn chat(&self) -> &ChatId {
        &self.chat
    }
    /// Whether messages there can have buttons.
    pub(crate) fn has_buttons(&self) -> bool {
        self.shared.networks().get(&self.chat.network).is_some_and(|network| network.limits().buttons)
    }
    /// The prefix that texts name.
    pub(crate) fn prefix(&self) -> String {
        self.shared.config().config.commands.prefix().to_owned()
    }
    /// Posts a reply; an empty one is none.
    pub(crate) async fn reply(&self, reply: Reply) {
        self.send(reply, None).await;
    }
    /// Posts a question to the person who said the line. Where others read too, it
    /// answers that line, so that the network can point it out to that person. Gives
    /// what stands in the chat, for [`close`](Self::close).
    pub(crate) async fn ask(&self, question: Reply, answered: Answered) -> Option<Posted> {
        self.send(question, Some(answered).filter(|_| !self.private)).await
    }
    /// A question is over: takes its buttons away where the network can, so that nobody
    /// presses them, and shows what was answered in their place. Tried once: a button
    /// that stays says that its question is closed.
    pub(crate) async fn close(&self, posted: Posted, answer: Option<&str>) {
        let Posted { chat, id, mut message } = posted;
        let Some(network) = self.shared.networks().get(&chat.network) else { return };
        let limits = network.limits();
        if !limits.edits || message.buttons.is_empty() {
            return;
        }
        (message.buttons, message.replies_to) = (vec![], None);
        if let Some(answer) = answer {
            let with_answer = texts::answered(message.text.clone(), answer);
            if (limits.size)(&with_answer.plain()) <= limits.text {
                message.text = with_answer;
            }
        }
        match self.shared.clock.timeout(CLOSE_MAX, network.edit(&chat.address, &id, &message)).await {
            Ok(Err(PostError::RetryAfter(pause))) => {
                if let Ok(outbox) = self.shared.outbox() {
                    outbox.leave_alone(&chat, network, pause);
                }
            }
            Ok(Err(error)) => debug!(%chat, %error, "the buttons of a question stay"),
            Ok(Ok(())) | Err(_) => {}
        }
    }
    /// Gives the last message, when all of them were posted.
    async fn send(&self, reply: Reply, question: Option<Answered>) -> Option<Posted> {
        let networks = self.shared.networks();
        if reply.deletes_pressed
            && let Some(pressed) = &self.pressed
        {
            self.delete(pressed).await;
        }
        if reply.deletes_typed
            && let Some(typed) = &self.message
        {
            self.delete(typed).await;
        }
        if reply.text.is_empty() && reply.file.is_none() && reply.buttons.is_empty() {
            return None;
        }
        let private = (reply.privately && !self.private).then(|| networks.private_chat(&self.sender.id));
        let (reply, mut chat) = match private {
            None => (reply, self.chat.clone()),
            Some(Some(private)) => (reply, private),
            // What is for one person is not said where others read.
            Some(None) => (texts::write_to_me_first().into(), self.chat.clone()),
        };
        let elsewhere = chat != self.chat;
        let network = networks.get(&chat.network).map(AsRef::as_ref)?;
        let limits = network.limits();
        let thread = self.thread.clone().filter(|_| !elsewhere);
        let mut messages = parts(reply.text, reply.buttons, network, &self.prefix());
        if messages.is_empty() {
            messages.push(Message::default()); // for the file alone
        }
        if let (Some(_), Some(longest), Some(last)) = (&reply.file, limits.caption, messages.last_mut())
            && (limits.size)(&last.text.render(|_, text| text.to_owned())) > longest
        {
            // The file by itself: what of it failed is tried again, and the text is not.
            let buttons = std::mem::take(&mut last.buttons);
            messages.push(Message { buttons, ..Message::default() });
        }
        for message in &mut messages {
            message.thread.clone_from(&thread);
        }
        if let Some(last) = messages.last_mut() {
            last.file = reply.file;
            last.replies_to = question.and_then(|_| self.message.clone());
            last.asks = question == Some(Answered::Typed);
            last.asked = Some(self.sender.clone()).filter(|_| last.asks && last.replies_to.is_none());
            let buttons = std::mem::take(&mut last.buttons);
            last.buttons =
                buttons::carried(&self.shared.journal, &chat, &limits, buttons).await.unwrap_or_else(|error| {
                    error!(error = format!("{error:#}"), "buttons were left out of a reply");
                    vec![]
                });
        }
        if let (true, true, Some(pressed), [message]) =
            (reply.edits_pressed && !elsewhere, limits.edits, &self.pressed, &messages[..])
            && self
                .attempt(&mut chat, true, |at| async move { network.edit(&at, pressed, message).await })
                .await
                .is_some()
        {
            return None;
        }
        let mut last = None;
        for message in &messages {
            let post = |at: String| async move { network.post(&at, message).await };
            // Later parts alone would mislead.
            last = Some(self.attempt(&mut chat, true, post).await?);
        }
        last.zip(messages.pop()).map(|(id, message)| Posted { chat, id, message })
    }
    /// Removes what was said, where the network can; whether it did.
    pub(super) async fn delete_what_was_said(&self, incoming: &Incoming) -> bool {
        match &incoming.message {
            Some(id) => self.delete(id).await,
            None => false,
        }
    }
    /// Removes a message of the chat that the line came from, where the network can.
    pub(crate) async fn delete(&self, id: &str) -> bool {
        let network = self.shared.networks().get(&self.chat.network).map(AsRef::as_ref);
        let Some(network) = network.filter(|network| network.limits().deletes) else { return false };
        let delete = |at: String| async move { network.delete(&at, id).await };
        self.attempt(&mut self.chat.clone(), false, delete).await.is_some()
    }
    /// Keeps that a chat lives elsewhere, for its buttons and for what waits for it.
    async fn note_moved(&self, old: &ChatId, new: &ChatId) {
        match (self.shared.journal.set_moved(old, new).await, self.shared.outbox()) {
            (Ok(()), Ok(outbox)) => outbox.wake(std::slice::from_ref(new)),
            (Ok(()), Err(_)) => {}
            (Err(error), _) => error!(error = format!("{error:#}"), "the journal did not take that a chat has moved"),
        }
    }
    /// Waits for the turn of a call at `chat`; whether there is one in time.
    async fn turn(&self, chat: &ChatId) -> bool {
        let (Ok(outbox), Some(network)) = (self.shared.outbox(), self.shared.networks().get(&chat.network)) else {
            return true;
        };
        let turn = outbox.reply_turn(chat, network, PAUSE_MAX).await;
        if let Err(wait) = turn {
            warn!(%chat, ?wait, "reply given up: its chat is to be left alone");
        }
        turn.is_ok()
    }
    /// Calls until it is done, at the address of `chat` and where it lives on; `paced`
    /// unless it posts nothing.
    async fn attempt<T, F: Future<Output = Result<T, PostError>>>(
        &self,
        chat: &mut ChatId,
        paced: bool,
        call: impl Fn(String) -> F,
    ) -> Option<T> {
        for attempt in 1..=TRIES {
            if paced && !self.turn(chat).await {
                return None;
            }
            let error = match self.shared.clock.timeout(CALL_MAX, call(chat.address.clone())).await {
                Ok(Ok(done)) => return Some(done),
                Ok(Err(error)) => error,
                Err(elapsed) => PostError::Unanswered(elapsed.into()),
            };
            let pause = match &error {
                PostError::Moved(to) => {
                    let new = ChatId::new(chat.network.as_str(), to);
                    self.note_moved(chat, &new).await;
                    *chat = new;
                    Some(Duration::ZERO)
                }
                PostError::RetryAfter(pause) => {
                    if let (Ok(outbox), Some(network)) =
                        (self.shared.outbox(), self.shared.networks().get(&chat.network))
                    {
                        outbox.leave_alone(chat, network, *pause);
                    }
                    // What is paced waits for its turn anyway.
                    (*pause <= PAUSE_MAX).then_some(if paced { Duration::ZERO } else { *pause })
                }
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
pub(crate) fn parts(text: Text, buttons: Vec<Vec<Button>>, network: &dyn Network, prefix: &str) -> Vec<Message> {
    let limits = network.limits();
    // The prefix stands in the buttons that are written out as well.
    let text = if limits.buttons { text } else { buttons::written_out(text, &buttons) };
    let texts = buttons::cut(text.with_prefix(prefix), &[], &limits, 0);
    let buttons = if limits.buttons { buttons } else { vec![] };
    let mut messages: Vec<Message> = texts.into_iter().map(Message::from).collect();
    if messages.is_empty() && !buttons.is_empty() {
        messages.push(Message::default());
    }
    if let Some(last) = messages.last_mut() {
        last.buttons = buttons;
    }
    messages
}
