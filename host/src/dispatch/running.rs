//! What runs and what waits to run, for `!running` and `!cancel`.
//!
//! These two overtake: a line that is to end a command must not wait behind it.
//! A few of them at a time for each sender; more wait as every line does.
use super::{Dispatch, help::HOST, supervise::Progress};
use crate::words;
use factotum_plugin_api::chat::{ChatId, Incoming, Sender};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;

/// The commands of the host that overtake, and that are never listed.
const OVERTAKES: [&str; 2] = ["cancel", "running"];
/// How many lines of one sender may overtake at the same time.
const AT_ONCE: usize = 4;

/// Who ended a command before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Whoever began it.
    Sender,
    /// Somebody who may end those of others.
    Admin,
}

/// A command that runs.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its number: the smallest that was free, as a shell counts its jobs.
    pub(crate) id: u64,
    /// Which of all commands that ever had this number it is.
    serial: u64,
    /// Who runs it.
    pub(crate) sender: Sender,
    /// Where.
    pub(crate) chat: ChatId,
    /// What.
    pub(crate) path: String,
    /// Since when, by the clock's elapsed time.
    pub(crate) since: Duration,
    /// Whether it waits for an answer.
    pub(crate) asks: bool,
}

/// The commands that run, and the lines that wait behind them.
#[derive(Clone, Default)]
pub(crate) struct Commands(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    running: BTreeMap<u64, Entry>,
    begun: u64,
    waiting: HashMap<u64, Line>,
    lines: u64,
    overtaking: HashMap<String, usize>,
}

struct Entry {
    serial: u64,
    sender: Sender,
    chat: ChatId,
    progress: Progress,
    since: Duration,
    /// Until it is cancelled.
    cancel: Option<oneshot::Sender<By>>,
}

struct Line {
    sender: String,
    chat: ChatId,
    dropped: Arc<AtomicBool>,
}

/// A command's place among those that run, for as long as it lives.
pub(super) struct Begun {
    commands: Commands,
    id: u64,
    /// Tells that it is to end.
    pub(super) cancelled: oneshot::Receiver<By>,
}

/// A line's place among those that wait, for as long as it lives.
pub(super) struct Waits {
    commands: Commands,
    id: u64,
    dropped: Arc<AtomicBool>,
}
impl Waits {
    /// Whether its sender wants it no more.
    pub(super) fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// The right to overtake, for as long as it lives.
pub(super) struct Turn {
    commands: Commands,
    sender: String,
}

impl Commands {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// A command begins.
    pub(super) fn begin(&self, incoming: &Incoming, progress: Progress, since: Duration) -> Begun {
        let (cancel, cancelled) = oneshot::channel();
        let (sender, chat) = (incoming.sender.clone(), incoming.chat.clone());
        let state = &mut *self.lock();
        state.begun += 1;
        let entry = Entry { serial: state.begun, sender, chat, progress, since, cancel: Some(cancel) };
        let running = &mut state.running;
        let id = (1..).zip(running.keys()).find(|(free, taken)| free != *taken).map(|(free, _)| free);
        let id = id.unwrap_or(running.len() as u64 + 1);
        running.insert(id, entry);
        Begun { commands: self.clone(), id, cancelled }
    }
    /// A line waits behind others.
    pub(super) fn waits(&self, incoming: &Incoming) -> Waits {
        let dropped = Arc::<AtomicBool>::default();
        let line = Line { sender: incoming.sender.id.clone(), chat: incoming.chat.clone(), dropped: dropped.clone() };
        let state = &mut *self.lock();
        state.lines += 1;
        state.waiting.insert(state.lines, line);
        Waits { commands: self.clone(), id: state.lines, dropped }
    }
    /// A turn to overtake, if the sender has one left.
    fn turn(&self, sender: &str) -> Option<Turn> {
        let overtaking = &mut self.lock().overtaking;
        let turns = overtaking.entry(sender.to_owned()).or_default();
        let left = *turns < AT_ONCE;
        if left {
            *turns += 1;
        }
        left.then(|| Turn { commands: self.clone(), sender: sender.to_owned() })
    }
    /// What runs, by number, without what overtakes.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let row = |(id, entry): (&u64, &Entry)| {
            let (sender, chat, path) = (entry.sender.clone(), entry.chat.clone(), entry.progress.path());
            let listed = entry.cancel.is_some() && !path.is_empty() && !OVERTAKES.contains(&path.as_str());
            let (serial, since, asks) = (entry.serial, entry.since, entry.progress.is_asking());
            listed.then_some(Row { id: *id, serial, sender, chat, path, since, asks })
        };
        self.lock().running.iter().filter_map(row).collect()
    }
    /// Ends a command; whether it still ran. One that has its number by now goes on.
    pub(crate) fn cancel(&self, row: &Row, by: By) -> bool {
        let mut state = self.lock();
        let entry = state.running.get_mut(&row.id).filter(|entry| entry.serial == row.serial);
        let cancel = entry.and_then(|entry| entry.cancel.take());
        drop(state);
        cancel.is_some_and(|cancel| cancel.send(by).is_ok())
    }
    /// Drops the lines of the sender that wait in this chat; gives how many.
    pub(crate) fn drop_waiting(&self, incoming: &Incoming) -> usize {
        let state = self.lock();
        let here = |line: &&Line| line.sender == incoming.sender.id && line.chat == incoming.chat;
        state.waiting.values().filter(here).filter(|line| !line.dropped.swap(true, Ordering::Relaxed)).count()
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.commands.lock().running.remove(&self.id);
    }
}
impl Drop for Waits {
    fn drop(&mut self) {
        self.commands.lock().waiting.remove(&self.id);
    }
}
impl Drop for Turn {
    fn drop(&mut self) {
        let overtaking = &mut self.commands.lock().overtaking;
        if let Some(turns) = overtaking.get_mut(&self.sender) {
            *turns -= 1;
            if *turns == 0 {
                overtaking.remove(&self.sender);
            }
        }
    }
}

impl Dispatch {
    /// A turn for a line that does not wait for those before it. A bare `cancel`
    /// does: it may be the answer to a question.
    pub(super) fn overtakes(&self, incoming: &Incoming) -> Option<Turn> {
        let line = self.command_line(incoming, true)?;
        let first = line.split_whitespace().next()?.to_lowercase();
        if !OVERTAKES.contains(&first.as_str()) {
            return None;
        }
        let (open, words) = (self.shared.open_tables().ok()?, words::split(&line).ok()?);
        let (command, _) = open.commands.find(&words)?;
        let own = command.plugin == HOST && OVERTAKES.contains(&command.path());
        own.then(|| self.shared.people.running.turn(&incoming.sender.id)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(commands: &Commands, who: &str) -> Begun {
        let (chat, sender) = (ChatId::new("console", "ops"), Sender::new("console", who, who));
        let progress = Progress::default();
        progress.found("work");
        commands.begin(&Incoming::new(chat, sender, false, "!work"), progress, Duration::ZERO)
    }

    #[test]
    fn a_number_that_another_command_has_by_now_cancels_nothing() {
        let commands = Commands::default();
        let bobs = begun(&commands, "bob");
        let seen = commands.rows().remove(0);
        drop(bobs);
        let mut anns = begun(&commands, "ann");
        let now = commands.rows().remove(0);
        assert_eq!((seen.id, now.id), (1, 1));
        assert!(!commands.cancel(&seen, By::Sender));
        assert!(anns.cancelled.try_recv().is_err());
        assert!(commands.cancel(&now, By::Sender));
        assert_eq!(anns.cancelled.try_recv(), Ok(By::Sender));
    }
}
