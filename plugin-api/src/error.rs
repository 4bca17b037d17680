//! What went wrong, by who reads it: the person in the chat, the operator, or
//! nobody, because the host has said it already.
use std::fmt;

/// Why a handler gave no reply.
///
/// It has no `std::error::Error` impl on purpose: that lets `?` turn every other
/// error into [`Error::Internal`].
#[derive(Debug)]
pub enum Error {
    /// Shown in the chat as it is. Made by [`user_error`].
    User(String),
    /// Logged with its chain of causes under a reference; the chat sees the reference only.
    Internal(anyhow::Error),
    /// The person left the question; the host has answered already.
    Left,
}

/// What handlers and tables give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that is one sentence for the person in the chat.
///
/// ```
/// use factotum_plugin_api::{Error, user_error};
/// assert!(matches!(user_error("no route for o/r"), Error::User(text) if text == "no route for o/r"));
/// ```
pub fn user_error(text: impl fmt::Display) -> Error {
    Error::User(text.to_string())
}

impl<E: Into<anyhow::Error>> From<E> for Error {
    fn from(error: E) -> Self {
        Error::Internal(error.into())
    }
}

impl Error {
    /// The error as one for the log, whoever it was made for.
    pub fn into_anyhow(self) -> anyhow::Error {
        match self {
            Error::User(text) => anyhow::Error::msg(text),
            Error::Internal(error) => error,
            Error::Left => anyhow::anyhow!("the question was left"),
        }
    }
}
