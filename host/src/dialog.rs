//! Questions to the person who ran a command, and the way of the answer back.
//!
//! A question stands from when it is posted until it is answered, left, or too
//! late. The lane of the person asked hands it the answer; presses of its buttons
//! find it by its token, whoever presses them.
use crate::{
    buttons,
    dispatch::{
        say::{Answered, Say},
        supervise::Progress,
    },
    texts,
};
use factotum_plugin_api::{
    Error, Result,
    chat::{ChatId, Incoming, Sender},
    clock::Clock,
    command::Reply,
    dialog::{Dialog, Question},
    language,
    text::Text,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot, watch};

/// For so long a confirmation waits for its yes.
const CONFIRM_WITHIN: Duration = Duration::from_secs(60);
/// No question waits longer: what asks holds its person's lane.
const WITHIN_MAX: Duration = Duration::from_secs(86_400);
/// More choices are a numbered list, since networks limit their buttons.
const BUTTONS_MAX: usize = 50;

/// Tells of a command's questions; closes when the command's reply is posted.
pub(crate) type Steps = mpsc::Receiver<Asking>;

/// A question as the lane of the person asked has it.
pub(crate) struct Asking {
    /// Where the answer goes; dropping it leaves the question.
    pub(crate) answer: oneshot::Sender<Answer>,
    /// The question.
    pub(crate) standing: Arc<Standing>,
}

/// What was answered.
pub(crate) struct Answer {
    /// The line as typed, or the choice that was pressed.
    pub(crate) line: String,
    /// The message that says it.
    pub(crate) message: Option<String>,
}

/// A command that has asked.
pub(crate) struct Asked {
    /// The line that began it; not done before `steps` closes.
    pub(crate) of: Incoming,
    /// What it asks; `None` while the command runs on after a question that nobody
    /// answered.
    pub(crate) answer: Option<Asking>,
    /// What the command does after it.
    pub(crate) steps: Steps,
}
impl Asked {
    /// Whether it waits for an answer.
    pub(crate) fn asks(&self) -> bool {
        self.answer.as_ref().is_some_and(|asking| !asking.answer.is_closed())
    }
    /// Whether it waits for an answer to a question of this kind.
    pub(crate) fn asks_for(&self, kind: Kind) -> bool {
        self.asks() && self.answer.as_ref().is_some_and(|asking| asking.standing.kind == kind)
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any answer.
    Open,
    /// A secret: nobody repeats the answer, and its message is removed.
    Secret,
    /// Yes, or nothing is done.
    Confirm,
}

/// A question that stands.
pub(crate) struct Standing {
    token: String,
    /// Who was asked.
    pub(crate) sender: Sender,
    /// Where.
    pub(crate) chat: ChatId,
    /// By which command.
    pub(crate) path: String,
    /// For what.
    pub(crate) kind: Kind,
    /// The answers offered.
    pub(crate) choices: Vec<String>,
}

/// All questions that stand.
#[derive(Clone, Default)]
pub struct Questions(Arc<Mutex<HashMap<String, Arc<Standing>>>>);

impl Questions {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Standing>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The question that a button names.
    pub(crate) fn get(&self, token: &str) -> Option<Arc<Standing>> {
        self.lock().get(token).cloned()
    }
    /// Whether the next line of this sender in this chat may be a secret.
    pub fn await_secret(&self, sender: &str, chat: &ChatId) -> bool {
        let fits = |standing: &Standing| standing.sender.id == sender && standing.chat == *chat;
        self.lock().values().any(|standing| standing.kind == Kind::Secret && fits(standing))
    }
    /// Whether anybody on a network is asked anything.
    pub(crate) fn stand_on(&self, network: &str) -> bool {
        self.lock().values().any(|standing| standing.chat.network == network)
    }
    /// Whether the next line on a network may be a secret.
    pub(crate) fn await_secret_on(&self, network: &str) -> bool {
        self.lock().values().any(|standing| standing.kind == Kind::Secret && standing.chat.network == network)
    }
}

/// Ends a question when it is dropped: when its command is aborted, too.
struct Stands<'a>(&'a Questions, Arc<Standing>);
impl<'a> Stands<'a> {
    fn begin(questions: &'a Questions, standing: Standing) -> Self {
        let standing = Arc::new(standing);
        questions.lock().insert(standing.token.clone(), standing.clone());
        Stands(questions, standing)
    }
}
impl Drop for Stands<'_> {
    fn drop(&mut self) {
        self.0.lock().remove(&self.1.token);
    }
}

/// The host's end of [`Call::ask`](factotum_plugin_api::command::Call::ask).
pub(crate) struct HostDialog {
    /// Where questions are told of.
    pub(crate) asks: mpsc::Sender<Asking>,
    /// When the handler must be done, by the clock's elapsed time; waiting for a
    /// person does not count.
    pub(crate) until: watch::Sender<Duration>,
    /// Where the question is put.
    pub(crate) say: Say,
    /// Who is asked.
    pub(crate) sender: Sender,
    /// All questions of the host.
    pub(crate) questions: Questions,
    /// How long a handler may take.
    pub(crate) limit: Duration,
    /// The time.
    pub(crate) clock: Clock,
    /// The command that asks.
    pub(crate) progress: Progress,
}

impl HostDialog {
    /// Whether choices are buttons here.
    pub(crate) fn has_buttons(&self) -> bool {
        self.say.has_buttons()
    }
    /// Posts a question and waits for its answer.
    pub(crate) async fn put(&self, question: Question, kind: Kind) -> Result<String> {
        let Question { mut text, choices, within } = question;
        let within = within.min(WITHIN_MAX);
        let token = buttons::token();
        let with_buttons = choices.len() <= BUTTONS_MAX && self.has_buttons();
        let buttons = if with_buttons { buttons::of_choices(&token, &choices) } else { vec![] };
        if !choices.is_empty() && !with_buttons {
            text = text + "\n" + texts::numbered(&choices);
        }
        let (sender, chat) = (self.sender.clone(), self.say.chat().clone());
        // Before it is posted: somebody may press at once.
        let path = self.progress.path();
        let stands = Stands::begin(&self.questions, Standing { token, sender, chat, path, kind, choices });
        let asks = self.progress.asks();
        let left = self.until.borrow().saturating_sub(self.clock.elapsed());
        self.until.send_replace((self.clock.elapsed() + within).saturating_add(self.limit));
        let answered = if buttons.is_empty() { Answered::Typed } else { Answered::Pressed };
        let posted = self.say.ask(Reply { text, buttons, ..Reply::default() }, answered).await;
        let (answer, answered) = oneshot::channel();
        // An answer that came before this line waits in the lane.
        let asking = Asking { answer, standing: stands.1.clone() };
        self.asks.send(asking).await.map_err(|_| Error::Left)?;
        let answered = self.clock.timeout(within, answered).await;
        drop(asks);
        if let (Kind::Secret, Ok(Ok(Answer { message: Some(message), .. }))) = (kind, &answered) {
            self.say.delete(message).await;
        }
        let answered =
            answered.map(|answer| answer.map(|Answer { line, .. }| chosen(&stands.1.choices, &line).unwrap_or(line)));
        if let Some(posted) = posted {
            let shown = answered.as_ref().ok().and_then(|answer| answer.as_deref().ok());
            self.say.close(posted, shown.filter(|_| kind != Kind::Secret)).await;
        }
        self.until.send_replace(self.clock.elapsed().saturating_add(left));
        match answered {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(Error::Left),
            Err(_) => {
                let late = if kind == Kind::Confirm { texts::too_late_to_confirm() } else { texts::too_late() };
                self.say.reply(late.into()).await;
                Err(Error::Left)
            }
        }
    }
}

/// The choice that a line means: by its words, by its number, or in another case.
fn chosen(choices: &[String], line: &str) -> Option<String> {
    let line = line.trim();
    let same = choices.iter().find(|choice| *choice == line);
    let numbered = || choices.get(line.trim_end_matches('.').parse::<usize>().ok()?.checked_sub(1)?);
    let alike = || choices.iter().find(|choice| choice.to_lowercase() == line.to_lowercase());
    same.or_else(numbered).or_else(alike).cloned()
}

/// Whether an answer in lower case is this word in any language that the host speaks:
/// not everybody answers in the one they read. A first letter is enough.
fn is(answer: &str, word: fn() -> String) -> bool {
    language::current().all().into_iter().any(|language| {
        let word = language.within(word);
        answer == word || answer.chars().eq(word.chars().take(1))
    })
}

#[async_trait::async_trait]
impl Dialog for HostDialog {
    async fn ask(&self, question: Question) -> Result<String> {
        self.put(question, Kind::Open).await
    }
    async fn confirm(&self, text: Text) -> Result<()> {
        let question = Question::new(text).choices([texts::yes(), texts::no()]).within(CONFIRM_WITHIN);
        let answer = self.put(question, Kind::Confirm).await?.trim().to_lowercase();
        let said = match () {
            () if is(&answer, texts::yes) => return Ok(()),
            () if is(&answer, texts::no) => texts::nothing_done(),
            () => texts::taken_as_no(),
        };
        self.say.reply(said.into()).await;
        Err(Error::Left)
    }
    async fn say(&self, text: Text) -> Result<()> {
        self.say.reply(text.into()).await;
        Ok(())
    }
    fn prefix(&self) -> String {
        self.say.prefix()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_awaited_while_its_question_stands() {
        let (questions, ops) = (Questions::default(), ChatId::new("console", "ops"));
        let begin = |token: &str, kind| {
            let sender = Sender::new("console", "bob", "bob");
            let token = token.to_owned();
            let (chat, path) = (ops.clone(), "ask".to_owned());
            Stands::begin(&questions, Standing { token, sender, chat, path, kind, choices: vec![] })
        };
        let open = begin("a", Kind::Open);
        assert!(!questions.await_secret("console:bob", &ops) && !questions.await_secret_on("console"));
        let secret = begin("b", Kind::Secret);
        assert!(questions.await_secret("console:bob", &ops) && questions.await_secret_on("console"));
        assert!(!questions.await_secret("console:eve", &ops) && !questions.await_secret_on("irc"));
        assert!(!questions.await_secret("console:bob", &ChatId::new("console", "dev")));
        drop(secret);
        assert!(!questions.await_secret("console:bob", &ops) && questions.get("a").is_some());
        drop(open);
        assert!(questions.get("a").is_none());
    }

    #[test]
    fn yes_is_understood_in_every_language() {
        for language in ["en", "ru"] {
            let language: language::Language = language.parse().unwrap();
            let is = |answer, word| language.clone().within(|| is(answer, word));
            for answer in ["yes", "y", "да", "д"] {
                assert!(is(answer, texts::yes) && !is(answer, texts::no), "{answer}");
            }
            for answer in ["no", "n", "нет", "н"] {
                assert!(is(answer, texts::no) && !is(answer, texts::yes), "{answer}");
            }
            for answer in ["", "ye", "yes please", "oui"] {
                assert!(!is(answer, texts::no) && !is(answer, texts::yes), "{answer}");
            }
        }
    }

    #[test]
    fn a_line_means_a_choice() {
        let branches = ["main", "stable", "3", "Main"].map(String::from);
        let rows = [
            ("main", Some("main")),
            (" stable ", Some("stable")),
            ("STABLE", Some("stable")),
            ("2", Some("stable")),
            ("2.", Some("stable")),
            ("3", Some("3")), // its words go before its number
            ("Main", Some("Main")),
            ("MAIN", Some("main")),
            ("0", None),
            ("5", None),
            ("-1", None),
            ("", None),
            ("feature", None),
        ];
        for (line, choice) in rows {
            assert_eq!(chosen(&branches, line).as_deref(), choice, "{line:?}");
        }
    }
}
