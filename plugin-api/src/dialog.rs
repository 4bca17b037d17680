//! Questions to the person who ran a command.
use crate::{Result, text::Text};
use std::time::Duration;

/// A question and how it may be answered.
///
/// ```
/// use factotum_plugin_api::prelude::*;
/// let question = Question::new("Which branch?").choices(["main", "stable"]);
/// assert_eq!(question.choices, ["main", "stable"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub text: Text,
    /// Answers offered as a numbered list; the number stands for the answer.
    pub choices: Vec<String>,
    /// How long the answer may take; 5 minutes when nothing is said.
    pub within: Duration,
}

impl Question {
    /// A question with 5 minutes for its answer.
    pub fn new(text: impl Into<Text>) -> Self {
        Question { text: text.into(), choices: vec![], within: Duration::from_secs(300) }
    }
    /// Offers answers; any other answer is still taken.
    pub fn choices(mut self, choices: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }
    /// Sets how long the answer may take.
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }
}

/// The host's end of a dialog; object safe, so that [`Call`](crate::command::Call) names no host type.
#[async_trait::async_trait]
pub trait Dialog: Send + Sync {
    /// Posts the question and waits for the sender's answer in the same chat.
    async fn ask(&self, question: Question) -> Result<String>;
    /// Posts a message before the reply, such as "working on it".
    async fn say(&self, text: Text) -> Result<()>;
}
