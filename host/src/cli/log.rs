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
use tracing::error;
use tracing_subscriber::{EnvFilter, Registry, fmt, prelude::*, reload};

/// The log of this process.
pub(super) struct Log {
    screen: Screen,
    /// What it shows when the config does not say.
    quiet: &'static str,
    level: Level,
}

/// Changes what the log shows.
type Level = reload::Handle<EnvFilter, Registry>;

/// The console that shows the log, while it does.
type Screen = Arc<Mutex<Option<Arc<Console>>>>;

/// Begins logging. Where a person types or a script is run, only warnings are shown
/// unless the config says otherwise; one that stays after its script is a service.
pub(super) fn begin(config: &LogConfig, console: &Arc<Console>, stay: bool) -> anyhow::Result<Log> {
    let service = match console.input() {
        Input::Terminal => false,
        Input::Lines => stay,
        Input::None => true,
    };
    let quiet = if service { "info" } else { "warn" };
    let (filter, level) = reload::Layer::new(filter(config, quiet)?);
    let shared = console.input() == Input::Terminal && io::stderr().is_terminal();
    let screen = Screen::new(Mutex::new(shared.then(|| console.clone())));
    let to = screen.clone();
    let layer = fmt::layer().with_writer(move || Line { screen: to.clone() }).with_ansi(false);
    // A filter each: what `!log tail` shows does not depend on what is shown here.
    let registry = tracing_subscriber::registry();
    match config.format {
        LogFormat::Text => registry.with(layer.with_filter(filter)).with(RECENT.layer()).try_init()?,
        LogFormat::Json => registry.with(layer.json().with_filter(filter)).with(RECENT.layer()).try_init()?,
    }
    Ok(Log { screen, quiet, level })
}

fn filter(config: &LogConfig, quiet: &str) -> anyhow::Result<EnvFilter> {
    let filter = config.level.as_deref().unwrap_or(quiet);
    EnvFilter::try_new(filter).with_context(|| format!("log.level: {filter:?}"))
}

impl Log {
    /// Shows what the config now says. How a line is written stays.
    pub(super) fn set_level(&self, config: &LogConfig) {
        let set = filter(config, self.quiet).and_then(|filter| Ok(self.level.reload(filter)?));
        if let Err(error) = set {
            error!(error = format!("{error:#}"), "the level of the log stays");
        }
    }
    /// From now on the log goes to standard error, where each line is written when
    /// the call returns: nothing must be lost at the end.
    pub(super) fn leave_the_console(&self) {
        *self.screen.lock().unwrap_or_else(PoisonError::into_inner) = None;
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
