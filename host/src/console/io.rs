//! Where the console's lines come from and where its output goes.
//!
//! [`Stdio`] does the process's own input and output on threads of their own,
//! since neither can be waited for without blocking: a read that nobody answers
//! holds up neither the host nor its stop. What surely does not block is written
//! at once: handing a line to a thread costs more than writing it.
use super::terminal::SavedMode;
use crate::texts;
use anyhow::Context;
use factotum_plugin_api::chat::{Link, Message, PostError};
use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};
use tokio::sync::oneshot;

/// Why no more lines will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The end of the pipe or file, or Ctrl-D.
    EndOfInput,
    /// Ctrl-C on an empty line.
    Interrupt,
}

/// What the console reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A terminal, with a line editor.
    Terminal,
    /// A pipe, a file, or a terminal whose output goes elsewhere: line by line.
    Lines,
    /// Nothing: standard input is closed or `/dev/null`.
    None,
}

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The chat it was posted to; `None` for what the console says itself.
    pub address: Option<String>,
    /// What was posted.
    pub message: Message,
    /// How it stands on the screen, without a line feed at the end.
    pub text: String,
}

/// Where the console's lines come from and where its output goes.
#[async_trait::async_trait]
pub trait ConsoleIo: Send + Sync + 'static {
    /// The next line, without its line feed. Called again only when the host has
    /// taken over the line before; never after an error. Never ready without input.
    ///
    /// # Errors
    /// Why no more lines will come.
    async fn line(&self) -> Result<String, Ended>;
    /// Shows something; returns when it is written.
    ///
    /// # Errors
    /// As [`Network::post`](factotum_plugin_api::chat::Network::post).
    async fn show(&self, shown: Shown) -> Result<(), PostError>;
    /// What it reads from.
    fn input(&self) -> Input;
    /// Whether it can be written to.
    fn link(&self) -> Link {
        Link::Up
    }
    /// Shows lines of the log, each with its line feed, and waits for nothing.
    fn log(&self, lines: String) {
        eprint!("{lines}");
    }
    /// Gives a terminal back as it was.
    fn close(&self) {}
}

type Line = Result<String, Ended>;

/// Standard input and output, or what stands for them.
pub(super) struct Stdio {
    input: Input,
    lines: Option<mpsc::Sender<oneshot::Sender<Line>>>,
    screen: mpsc::Sender<Print>,
    /// Prints that the thread has not done yet.
    queued: Arc<AtomicUsize>,
    /// Lines of the log that were left out since the last one that was not.
    dropped: AtomicU64,
    write: Arc<Mutex<Write>>,
    room: Option<Room>,
    link: Mutex<Link>,
    saved: Option<SavedMode>,
}

type Write = Box<dyn FnMut(&str) -> io::Result<()> + Send>;

/// Whether [`ROOM`] bytes can be written without blocking.
pub(super) type Room = Box<dyn Fn() -> bool + Send + Sync>;

/// What a pipe that can be written to takes at least: `PIPE_BUF` of Linux, pipe(7).
pub(super) const ROOM: usize = 4096;

/// How many prints may wait for a screen that nobody reads.
pub(super) const QUEUED_MAX: usize = 1000;
/// What is said of such a screen.
const UNREAD: &str = "nobody reads the console's output";

struct Print {
    text: String,
    /// Who waits for it to be written; nobody does for a line of the log.
    done: Option<oneshot::Sender<io::Result<()>>>,
}

impl Stdio {
    /// `read` and `write` may block: each gets a thread. `write` is called without it
    /// for what there is `room` for.
    pub(super) fn start(
        input: Input,
        read: Option<impl FnMut() -> Line + Send + 'static>,
        write: impl FnMut(&str) -> io::Result<()> + Send + 'static,
        room: Option<Room>,
        saved: Option<SavedMode>,
    ) -> io::Result<Self> {
        let (screen, prints) = mpsc::channel();
        let write: Arc<Mutex<Write>> = Arc::new(Mutex::new(Box::new(write)));
        let queued = Arc::<AtomicUsize>::default();
        let (to, done) = (write.clone(), queued.clone());
        thread::Builder::new().name("console-out".into()).spawn(move || print_all(&prints, &to, &done))?;
        let lines = read.map(|read| {
            let (lines, wanted) = mpsc::channel();
            thread::Builder::new().name("console-in".into()).spawn(move || read_wanted(&wanted, read))?;
            io::Result::Ok(lines)
        });
        let (lines, dropped, link) = (lines.transpose()?, AtomicU64::default(), Mutex::default());
        Ok(Stdio { input, lines, screen, queued, dropped, write, room, link, saved })
    }
    /// Whether so much waits to be printed that nobody seems to read it.
    fn is_stuck(&self) -> bool {
        self.queued.load(Ordering::Acquire) >= QUEUED_MAX
    }
    fn queue(&self, print: Print) {
        self.queued.fetch_add(1, Ordering::AcqRel);
        // The thread lives as long as `self`; when it has panicked, `done` tells.
        self.screen.send(print).ok();
    }
    /// Writes it here, if that surely blocks nobody and nothing comes before it.
    fn written_at_once(&self, text: &str) -> Option<io::Result<()>> {
        let room = self.room.as_ref().filter(|_| text.len() <= ROOM)?;
        let mut write = self.write.try_lock().ok()?;
        (self.queued.load(Ordering::Acquire) == 0 && room()).then(|| write(text))
    }
    fn set_link(&self, link: Link) {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = link;
    }
}

/// Reads a line each time one is wanted, so that a terminal shows its prompt only
/// when the line before is done with, and a fast pipe cannot fill the memory.
fn read_wanted(wanted: &mpsc::Receiver<oneshot::Sender<Line>>, mut read: impl FnMut() -> Line) {
    let mut unclaimed = None;
    for want in wanted {
        let line = unclaimed.take().unwrap_or_else(&mut read);
        let last = line.is_err();
        // Whoever waited may be gone; the next one gets the line.
        unclaimed = want.send(line).err();
        if last && unclaimed.is_none() {
            return;
        }
    }
}

fn print_all(prints: &mpsc::Receiver<Print>, write: &Mutex<Write>, queued: &AtomicUsize) {
    for Print { text, done } in prints {
        let mut write = write.lock().unwrap_or_else(PoisonError::into_inner);
        // A post that was given up will come again: printed now, it would come twice.
        let unwanted = done.as_ref().is_some_and(oneshot::Sender::is_closed);
        let written = if unwanted { Ok(()) } else { write(&text) };
        queued.fetch_sub(1, Ordering::AcqRel);
        drop(write);
        if let Some(done) = done {
            // The answer may have become unwanted meanwhile, which is no matter.
            done.send(written).ok();
        }
    }
}

#[async_trait::async_trait]
impl ConsoleIo for Stdio {
    async fn line(&self) -> Line {
        let Some(lines) = &self.lines else { return std::future::pending().await };
        let (want, line) = oneshot::channel();
        if lines.send(want).is_err() {
            return Err(Ended::EndOfInput);
        }
        line.await.unwrap_or(Err(Ended::EndOfInput))
    }
    async fn show(&self, shown: Shown) -> Result<(), PostError> {
        let text = shown.text + "\n";
        let written = match self.written_at_once(&text) {
            Some(written) => Ok(written),
            // Those given up still lie in the queue: it must not grow by every new try.
            None if self.is_stuck() => {
                self.set_link(Link::Down(UNREAD.into()));
                return Err(PostError::Transient(anyhow::anyhow!(UNREAD)));
            }
            None => {
                let (done, answer) = oneshot::channel();
                self.queue(Print { text, done: Some(done) });
                answer.await
            }
        };
        let written = written.context("the console's thread has ended").and_then(|written| Ok(written?));
        self.set_link(written.as_ref().map_or_else(|error| Link::Down(format!("{error:#}")), |()| Link::Up));
        Ok(written.context("writing to the console")?)
    }
    fn input(&self) -> Input {
        self.input
    }
    fn link(&self) -> Link {
        match &*self.link.lock().unwrap_or_else(PoisonError::into_inner) {
            Link::Connecting => Link::Up,
            link => link.clone(),
        }
    }
    fn log(&self, lines: String) {
        if self.is_stuck() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let text = match self.dropped.swap(0, Ordering::Relaxed) {
            0 => lines,
            dropped => format!("{}\n{lines}", texts::log_lines_dropped(dropped)),
        };
        self.queue(Print { text, done: None });
    }
    fn close(&self) {
        if let Some(saved) = &self.saved {
            saved.restore();
        }
    }
}

impl Drop for Stdio {
    fn drop(&mut self) {
        self.close();
    }
}
