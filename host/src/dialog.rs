//! Questions to the person who ran a command, and the way of the answer back.
use crate::{dispatch::say::Say, texts};
use factotum_plugin_api::{
    Error, Result,
    chat::Incoming,
    clock::Clock,
    dialog::{Dialog, Question},
    text::Text,
};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Tells of a command's questions, each with the way for its answer; closes when
/// the command's reply is posted.
pub(crate) type Steps = mpsc::Receiver<oneshot::Sender<String>>;

/// A command that has asked.
pub(crate) struct Asked {
    /// The line that began it; not done before `steps` closes.
    pub(crate) of: Incoming,
    /// Where the answer goes, dropping it leaves the question; `None` while the
    /// command runs on after a question that nobody answered.
    pub(crate) answer: Option<oneshot::Sender<String>>,
    /// What the command does after it.
    pub(crate) steps: Steps,
}
impl Asked {
    /// Whether it waits for an answer.
    pub(crate) fn asks(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| !answer.is_closed())
    }
}

/// The host's end of [`Call::ask`](factotum_plugin_api::command::Call::ask).
pub(crate) struct HostDialog {
    /// Where questions are told of.
    pub(crate) asks: mpsc::Sender<oneshot::Sender<String>>,
    /// When the handler must be done, by the clock's elapsed time; waiting for a
    /// person does not count.
    pub(crate) until: watch::Sender<Duration>,
    /// Where the question is put.
    pub(crate) say: Say,
    /// How long a handler may take.
    pub(crate) limit: Duration,
    /// The time.
    pub(crate) clock: Clock,
}

#[async_trait::async_trait]
impl Dialog for HostDialog {
    async fn ask(&self, question: Question) -> Result<String> {
        let mut text = question.text;
        if !question.choices.is_empty() {
            text = text + "\n" + texts::numbered(&question.choices);
        }
        let left = self.until.borrow().saturating_sub(self.clock.elapsed());
        self.until.send_replace(self.clock.elapsed() + question.within + self.limit);
        self.say.reply(text.into()).await;
        let (answer, line) = oneshot::channel();
        // An answer that came before this line waits in the lane.
        self.asks.send(answer).await.map_err(|_| Error::Left)?;
        let line = self.clock.timeout(question.within, line).await;
        self.until.send_replace(self.clock.elapsed() + left);
        match line {
            Ok(Ok(line)) => {
                let number = line.trim().parse::<usize>().ok();
                let choice = number.and_then(|n| question.choices.get(n.checked_sub(1)?));
                Ok(choice.cloned().unwrap_or(line))
            }
            Ok(Err(_)) => Err(Error::Left),
            Err(_) => {
                self.say.reply(texts::too_late().into()).await;
                Err(Error::Left)
            }
        }
    }
    async fn say(&self, text: Text) -> Result<()> {
        self.say.reply(text.into()).await;
        Ok(())
    }
}
