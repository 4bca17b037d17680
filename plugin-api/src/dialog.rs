//! Questions to the person who ran a command.
//!
//! Most commands ask nothing themselves: the host asks for an argument that is
//! missing, and a command with [`Access::confirmed`](crate::command::Access::confirmed)
//! has been confirmed before its handler runs. A handler asks for what it can know
//! only while it runs, by [`Call::ask`](crate::command::Call::ask):
//!
//! ```
//! use factotum_plugin_api::prelude::*;
//! struct Builds;
//! /// Build a branch
//! #[derive(Args)]
//! struct BuildArgs {
//!     /// Repository, as owner/name
//!     repo: String, // asked for when it is missing: "Repository, as owner/name?"
//! }
//! impl Builds {
//!     async fn build(&self, call: &Call, args: BuildArgs) -> Result<Reply> {
//!         let question = Question::new("Which branch?").choices(["main", "stable"]);
//!         let branch = call.ask(question).await?; // `?` ends the command after `!nay`
//!         call.confirm(format!("Build {branch} of {}?", args.repo)).await?;
//!         Ok(format!("Building {branch} of {}", args.repo).into())
//!     }
//! }
//! ```
//!
//! A question belongs to one person in one chat. Choices are buttons where the
//! network has them and a numbered list elsewhere; the choice itself may be typed
//! as well. A line that is a command is no answer: it leaves the question, as
//! `!nay` does.
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
    /// Answers offered as buttons or as a numbered list; the number stands for the answer.
    pub choices: Vec<String>,
    /// How long the answer may take: 5 minutes when nothing is said, a day at most.
    pub within: Duration,
}

impl Question {
    /// A question with 5 minutes for its answer.
    pub fn new(text: impl Into<Text>) -> Self {
        Question { text: text.into(), choices: vec![], within: Duration::from_secs(300) }
    }
    /// Offers answers, which come back as they are written here whatever case they
    /// are typed in; any other answer is still taken.
    pub fn choices(mut self, choices: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }
    /// Sets how long the answer may take; more than a day counts as a day.
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
    /// Asks yes or no for 60 seconds; says that nothing was done, and fails, unless
    /// the answer is yes.
    async fn confirm(&self, text: Text) -> Result<()>;
    /// Posts a message before the reply, such as "working on it".
    async fn say(&self, text: Text) -> Result<()>;
    /// What a command line begins with.
    fn prefix(&self) -> String {
        "!".to_owned()
    }
}
