//! The console on a terminal: a line editor with history, and posts shown above
//! the prompt while a line is being typed.
//!
//! The editor puts the terminal into raw mode while it waits for a line, and
//! nothing can call it back; a stop by signal goes through [`SavedMode`].
use super::{
    completion::Completion,
    io::{Ended, Input, Stdio},
};
use crate::texts;
use factotum_plugin_api::text::visible;
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use rustyline::{
    ColorMode, CompletionType, Config, Context, Editor, ExternalPrinter, Helper,
    completion::Completer,
    error::ReadlineError,
    highlight::{CmdKind, Highlighter},
    hint::Hinter,
    history::DefaultHistory,
    validate::Validator,
};
use std::{
    borrow::Cow,
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

const PROMPT: &str = "> ";
/// Lines kept in the history.
const HISTORY_LINES: usize = 1000;

/// Takes the terminal over.
///
/// # Errors
/// A terminal that cannot move its cursor (`TERM=dumb`) has no line editor.
pub(super) fn open(
    history: &Path,
    remember: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    completion: Completion,
) -> io::Result<Stdio> {
    // Colours forced: only then is the line shown through `Editing`, which colours nothing.
    let config = Config::builder().max_history_size(HISTORY_LINES).map_err(io::Error::other)?;
    let config = config.history_ignore_space(true).color_mode(ColorMode::Forced);
    let config = config.completion_type(CompletionType::List).completion_show_all_if_ambiguous(true).build();
    let mut editor = Editor::<Editing, DefaultHistory>::with_config(config).map_err(io::Error::other)?;
    let begun = Arc::<AtomicBool>::default();
    editor.set_helper(Some(Editing { completion, begun: begun.clone() }));
    let mut printer = editor.create_external_printer().map_err(io::Error::other)?;
    let saved = SavedMode::take()?;
    let history = history.to_owned();
    match editor.load_history(&history) {
        Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(%error, "the console's history cannot be read"),
        Ok(()) => {}
    }

    let at_prompt = saved.at_prompt.clone();
    let read = move || {
        at_prompt.store(true, Ordering::SeqCst);
        let line = loop {
            let line = editor.readline(PROMPT);
            // The key, as a signal goes past the editor.
            if !matches!(line, Err(ReadlineError::Interrupted)) || !begun.swap(false, Ordering::Relaxed) {
                break line;
            }
            if let Err(error) = writeln!(io::stdout(), "{}", texts::line_left()) {
                break Err(error.into());
            }
        };
        at_prompt.store(false, Ordering::SeqCst);
        if let Some(line) = line.as_ref().ok().filter(|line| remember(line)) {
            let kept = editor.add_history_entry(line).and_then(|_| editor.append_history(&history));
            kept.unwrap_or_else(|error| tracing::warn!(%error, "the console's history cannot be kept"));
        }
        line.map_err(|error| match error {
            ReadlineError::Interrupted => Ended::Interrupt,
            ReadlineError::Eof => Ended::EndOfInput,
            error => {
                tracing::warn!(%error, "the terminal cannot be read");
                Ended::EndOfInput
            }
        })
    };
    let write = move |text: &str| printer.print(text.to_owned()).map_err(io::Error::other);
    Stdio::start(Input::Terminal, Some(read), write, None, Some(saved))
}

/// What the editor asks about the line being typed.
struct Editing {
    completion: Completion,
    /// Whether anything stands on the line.
    begun: Arc<AtomicBool>,
}

impl Completer for Editing {
    type Candidate = String;
    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completion.words(line.get(..at).unwrap_or(line)))
    }
}
impl Hinter for Editing {
    type Hint = String;
    /// Asked after each change of the line, which Ctrl-C does not tell.
    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        self.begun.store(!line.is_empty(), Ordering::Relaxed);
        None
    }
}
impl Validator for Editing {}
impl Helper for Editing {}

impl Highlighter for Editing {
    /// A pasted escape code stays a picture of itself.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(visible(line))
    }
    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        visible(line) != line
    }
}

/// How the terminal was before the editor took it.
pub(super) struct SavedMode {
    mode: Mutex<Termios>,
    at_prompt: Arc<AtomicBool>,
}

impl SavedMode {
    fn take() -> io::Result<Self> {
        Ok(SavedMode { mode: Mutex::new(tcgetattr(io::stdin())?), at_prompt: Arc::default() })
    }
    /// Puts the terminal back if the editor holds it, and ends the prompt's line.
    pub(super) fn restore(&self) {
        const BRACKETED_PASTE_OFF: &str = "\x1b[?2004l"; // rustyline switches it on with the raw mode
        if !self.at_prompt.swap(false, Ordering::SeqCst) {
            return;
        }
        let mode = self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        let restored = tcsetattr(io::stdin(), SetArg::TCSANOW, &mode).map_err(io::Error::from);
        let mut screen = io::stdout();
        let restored = restored.and_then(|()| writeln!(screen, "{BRACKETED_PASTE_OFF}")).and_then(|()| screen.flush());
        restored.unwrap_or_else(|error| tracing::debug!(%error, "the terminal could not be put back"));
    }
}
