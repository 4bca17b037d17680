//! What a pressed button asks for. A press is checked like a typed line, as the
//! person who pressed; only who was asked can answer a question, in its chat and
//! while it stands. Where the network wants an answer to the press itself, each press
//! is given one.
use super::{Dispatch, as_reply, say::Say};
use crate::{
    buttons::{self, Carried},
    dialog::{Answer, Asked},
    services::Shared,
    texts,
};
use factotum_plugin_api::{
    chat::{ChatId, Incoming, PressAnswer},
    text::Text,
};
use std::{sync::Arc, time::Duration};

/// How long a network may take to answer a press: nobody looks at it for longer, and
/// what is not shown by then is posted.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// What is to be done about a press.
pub(super) enum Press {
    /// This line is run, as if typed.
    Line(String),
    /// The question of the command at this place is answered.
    Answered(usize, Answer),
    /// This is for the person who pressed.
    Said(Text),
    /// As `Said`, and the button can do nothing any more.
    Stale(Text),
}

impl Dispatch {
    /// What a press means; `open` are the commands of the sender that have asked.
    pub(super) async fn pressed(&self, incoming: &Incoming, open: &[Asked]) -> Press {
        match buttons::read(&incoming.line) {
            Carried::Line(line) => Press::Line(line.to_owned()),
            Carried::Action(token) => match self.action_line(token, &incoming.chat).await {
                Ok(Some(line)) => Press::Line(line),
                Ok(None) => Press::Stale(texts::button_forgotten()),
                Err(error) => Press::Said(as_reply(Err(error.into()), "journal").text),
            },
            Carried::Choice(token, n) => self.choice(token, n, incoming, open),
        }
    }
    fn choice(&self, token: &str, n: usize, incoming: &Incoming, open: &[Asked]) -> Press {
        let closed = || Press::Stale(texts::question_closed());
        let Some(standing) = self.shared.questions.get(token) else { return closed() };
        if !self.shared.journal.moved().is_same(&standing.chat, &incoming.chat) {
            return closed();
        }
        if standing.sender.id != incoming.sender.id {
            return Press::Said(texts::question_is_for(&standing.sender.name));
        }
        let asks_it = |asked: &Asked| {
            asked.asks()
                && asked.answer.as_ref().is_some_and(|asking| std::sync::Arc::ptr_eq(&asking.standing, &standing))
        };
        let choice = n.checked_sub(1).and_then(|n| standing.choices.get(n));
        match (open.iter().position(asks_it), choice) {
            (Some(at), Some(choice)) => Press::Answered(at, Answer { line: choice.clone(), message: None }),
            _ => closed(),
        }
    }
    /// The line that a button of this chat stands for.
    async fn action_line(&self, token: &str, chat: &ChatId) -> anyhow::Result<Option<String>> {
        let Some(action) = self.shared.journal.action(token).await? else { return Ok(None) };
        Ok(self.shared.journal.moved().is_same(&action.chat, chat).then_some(action.line))
    }
    /// Tells the network that what was pressed is being done, before it is.
    pub(super) async fn press_taken(&self, incoming: &Incoming) {
        answer_press(&self.shared, incoming, PressAnswer::Taken).await;
    }
    /// Tells the person who pressed why nothing follows: as the answer to the press
    /// where the network shows one, else as a message.
    pub(super) async fn press_refused(&self, incoming: &Incoming, answer: PressAnswer<'_>) {
        if !answer_press(&self.shared, incoming, answer).await
            && let PressAnswer::Said(text) | PressAnswer::Stale(text) = answer
        {
            Say::to(&self.shared, incoming).reply(text.clone().into()).await;
        }
    }
    /// The message with the line that its button stands for, for telling of it.
    pub(super) async fn with_action_line(&self, mut incoming: Incoming) -> Incoming {
        if let (Some(_), Carried::Action(token)) = (&incoming.pressed, buttons::read(&incoming.line))
            && let Ok(Some(line)) = self.action_line(token, &incoming.chat).await
        {
            incoming.line = line;
        }
        incoming
    }
}

/// Answers a press that wants it; whether the person will see what is said.
pub(super) async fn answer_press(shared: &Arc<Shared>, incoming: &Incoming, answer: PressAnswer<'_>) -> bool {
    let network = shared.networks().get(&incoming.chat.network).filter(|_| incoming.press.is_some());
    let Some(network) = network else { return false };
    shared.clock.timeout(ANSWER_MAX, network.answer_press(incoming, answer)).await.unwrap_or(false)
}
