//! `!!` and `!N`: a sender's earlier lines in a chat, run again.
//!
//! A line is kept when its handler begins: it was understood and allowed then, and
//! no word of it is a secret, nor the line of a command that may have one. What is repeated goes the way of a typed line, since
//! rights may have changed.
use super::{Dispatch, people::Lately, say::Say, table::Command};
use crate::{dispatch::help::HOST, texts};
use factotum_plugin_api::{chat::Incoming, text::command};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Lines kept of one sender in one chat.
const LINES: usize = 20;
/// A longer line is not kept, in bytes: nobody would know it by its number. With this
/// many, all that is kept is 6 MB at most.
const LINE_MAX: usize = 300;
/// Commands of the host that are not kept: what `!3` means must be what the list
/// of them has just shown.
const NOT_KEPT: [&str; 3] = ["history", "cancel", "running"];

/// The lines that people may repeat.
#[derive(Default)]
pub(crate) struct History(Mutex<Lately<VecDeque<String>>>);

impl History {
    fn lock(&self) -> MutexGuard<'_, Lately<VecDeque<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Keeps a line, without its prefix. One that was there before moves to the end.
    pub(super) fn keep(&self, command: &Command, incoming: &Incoming, line: &str) {
        let own = command.plugin == HOST && NOT_KEPT.contains(&command.path());
        if command.has_secret || command.takes_line || own || line.len() > LINE_MAX {
            return;
        }
        let line = line.trim();
        let mut history = self.lock();
        let lines = history.of(incoming);
        lines.retain(|kept| kept != line);
        lines.push_back(line.to_owned());
        if lines.len() > LINES {
            lines.pop_front();
        }
    }
    /// The lines of the sender of `incoming` in its chat, the last one first.
    pub(crate) fn lines(&self, incoming: &Incoming) -> Vec<String> {
        self.lock().get(incoming).into_iter().flatten().rev().cloned().collect()
    }
}

/// Whether what follows a prefix was meant to repeat a line, and cannot: a number with
/// a sign, or one with something behind it, or something right behind `!`. Of `!!! !` and
/// `!?` it is not.
fn looks_like_repeating(after: &str) -> bool {
    let number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let mut words = after.split_whitespace();
    let (first, more) = (words.next().unwrap_or_default(), words.next().is_some());
    if !after.starts_with(first) {
        return false; // `! 3`
    }
    let after_bang = |rest: &str| rest.is_empty() && more || rest.starts_with(char::is_alphanumeric);
    let signed = first.strip_prefix(['-', '+', '#']).is_some_and(number);
    first.strip_prefix('!').is_some_and(after_bang) || signed || number(first) && more
}

impl Dispatch {
    /// Which line is to be repeated, 1 being the last one. Only where the prefix is
    /// typed: a bare `3` may be a late answer.
    pub(super) fn repeats(&self, incoming: &Incoming) -> Option<usize> {
        let line = incoming.line.trim();
        let typed = self.shared.config().config.commands.after_prefix(line)?;
        if typed == "!" {
            return Some(1);
        }
        let number = !typed.is_empty() && typed.chars().all(|c| c.is_ascii_digit());
        number.then(|| typed.parse().unwrap_or(usize::MAX))
    }
    /// Says how lines are repeated, to one that looks like that and is not: `!-1`,
    /// `!!foo`, `!3 foo`; whether it did.
    pub(super) async fn cannot_repeat(&self, incoming: &Incoming) -> bool {
        let line = incoming.line.trim();
        let config = self.shared.config();
        let after = config.config.commands.after_prefix(line).filter(|after| looks_like_repeating(after));
        let Some(after) = after.filter(|_| incoming.pressed.is_none()) else { return false };
        // What follows was typed for another command, and may be a secret.
        let first = after.split_whitespace().next().unwrap_or_default();
        let typed = if first.starts_with('!') { "!" } else { first };
        Say::to(&self.shared, incoming).reply(texts::how_to_repeat(typed).into()).await;
        true
    }
    /// The `n`th last line, shown before it is run; `None` when the sender was told
    /// that there is none.
    pub(super) async fn repeated(&self, n: usize, incoming: &Incoming) -> Option<String> {
        let lines = self.shared.people.history.lines(incoming);
        let line = n.checked_sub(1).and_then(|at| lines.get(at)).cloned();
        let text = match &line {
            Some(line) => command(line),
            None if lines.is_empty() => texts::nothing_to_repeat(),
            None => texts::no_such_line(n, lines.len()),
        };
        Say::to(&self.shared, incoming).reply(text.into()).await;
        line
    }
}
