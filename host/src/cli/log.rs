//! Where the log goes: standard error, as text or JSON; and above the prompt where
//! a person is typing on that very terminal.
use crate::{
    config::{LogConfig, LogFormat},
    console::{Console, Input},
    recent::RECENT,
};
use anyhow::Context;
use factotum_plugin_api::{secret::scrub, text::visible};
use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, Mutex, PoisonError},
};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// The log of this process.
pub(super) struct Log(Screen);

/// The console that shows the log, while it does.
type Screen = Arc<Mutex<Option<Arc<Console>>>>;

/// Begins logging. Where a person types, only warnings are shown unless the
/// config says otherwise.
pub(super) fn begin(config: &LogConfig, console: &Arc<Console>) -> anyhow::Result<Log> {
    let quiet = if console.input() == Input::None { "info" } else { "warn" };
    let filter = config.level.as_deref().unwrap_or(quiet);
    let filter = EnvFilter::try_new(filter).with_context(|| format!("log.level: {filter:?}"))?;
    let shared = console.input() == Input::Terminal && io::stderr().is_terminal();
    let screen = Screen::new(Mutex::new(shared.then(|| console.clone())));
    let to = screen.clone();
    let layer = fmt::layer().with_writer(move || Line { screen: to.clone() }).with_ansi(false);
    // A filter each: what `!log tail` shows does not depend on what is shown here.
    let registry = tracing_subscriber::registry().with(RECENT.layer());
    match config.format {
        LogFormat::Text => registry.with(layer.with_filter(filter)).try_init()?,
        LogFormat::Json => registry.with(layer.json().with_filter(filter)).try_init()?,
    }
    Ok(Log(screen))
}

impl Log {
    /// From now on the log goes to standard error, where each line is written when
    /// the call returns: nothing must be lost at the end.
    pub(super) fn leave_the_console(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// One event as one line that can do nothing to a terminal, whatever a request, a
/// plugin or a library put into it; and without the secrets that are known.
fn one_line(event: &str) -> String {
    let event = scrub(event.strip_suffix('\n').unwrap_or(event));
    visible(&event).replace('\n', "␊") + "\n"
}

/// Writes one event: the subscriber gives each in one piece.
struct Line {
    screen: Screen,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = one_line(&text);
        let console = self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match console {
            Some(console) => console.log(&line),
            None => io::stderr().write_all(line.as_bytes())?,
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
