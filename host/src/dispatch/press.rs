//! What a pressed button asks for. A press is checked like a typed line, as the
//! person who pressed; only who was asked can answer a question, in its chat and
//! while it stands.
use super::{Dispatch, as_reply};
use crate::{
    buttons::{self, Carried},
    dialog::{Answer, Asked},
    texts,
};
use factotum_plugin_api::{
    chat::{ChatId, Incoming},
    command::Reply,
};

/// What is to be done about a press.
pub(super) enum Press {
    /// This line is run, as if typed.
    Line(String),
    /// The question of the command at this place is answered.
    Answered(usize, Answer),
    /// This is said.
    Said(Reply),
}

impl Dispatch {
    /// What a press means; `open` are the commands of the sender that have asked.
    pub(super) async fn pressed(&self, incoming: &Incoming, open: &[Asked]) -> Press {
        match buttons::read(&incoming.line) {
            Carried::Line(line) => Press::Line(line.to_owned()),
            Carried::Action(token) => match self.action_line(token, &incoming.chat).await {
                Ok(Some(line)) => Press::Line(line),
                Ok(None) => Press::Said(texts::button_forgotten().into()),
                Err(error) => Press::Said(as_reply(Err(error.into()), "journal")),
            },
            Carried::Choice(token, n) => self.choice(token, n, incoming, open).await,
        }
    }
    async fn choice(&self, token: &str, n: usize, incoming: &Incoming, open: &[Asked]) -> Press {
        let closed = || Press::Said(texts::question_closed().into());
        let Some(standing) = self.shared.questions.get(token) else { return closed() };
        match self.is_same_chat(&standing.chat, &incoming.chat).await {
            Ok(true) => {}
            Ok(false) => return closed(),
            Err(error) => return Press::Said(as_reply(Err(error.into()), "journal")),
        }
        if standing.sender.id != incoming.sender.id {
            return Press::Said(texts::question_is_for(&standing.sender.name).into());
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
        Ok(self.is_same_chat(&action.chat, chat).await?.then_some(action.line))
    }
    async fn is_same_chat(&self, then: &ChatId, now: &ChatId) -> anyhow::Result<bool> {
        Ok(then == now || self.shared.journal.moved_to(then).await?.as_ref() == Some(now))
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
