//! What the host logs on the thread of one test.
//!
//! One subscriber serves all tests of the binary: those of single tests, set and
//! dropped while others run, lose lines of each other.
use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::dynamic_filter_fn, fmt, prelude::*};

thread_local! {
    static HERE: RefCell<Option<(LevelFilter, Log)>> = const { RefCell::new(None) };
}

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

/// Keeps the log while it lives.
pub(crate) struct Keeps;
impl Drop for Keeps {
    fn drop(&mut self) {
        HERE.set(None);
    }
}

/// What is logged on this thread, up to a level, while the guard lives.
pub(crate) fn log(level: LevelFilter) -> (Log, Keeps) {
    static SET: Once = Once::new();
    SET.call_once(|| {
        let wanted = dynamic_filter_fn(|metadata, _| {
            HERE.with_borrow(|here| here.as_ref().is_some_and(|(level, _)| metadata.level() <= level))
        });
        let lines = fmt::layer().with_ansi(false).without_time().with_target(false).with_writer(|| Writer);
        let all = tracing_subscriber::registry().with(lines.with_filter(wanted));
        tracing::subscriber::set_global_default(all).expect("nobody else sets one");
    });
    let log = Log::default();
    HERE.set(Some((level, log.clone())));
    (log, Keeps)
}

impl Log {
    /// All of it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
    /// The lines in which a word stands, from their level on; without the spans.
    pub(crate) fn lines(&self, word: &str) -> Vec<String> {
        let all = self.text();
        let lines = all.lines().filter(|line| line.contains(word));
        lines.map(|line| line.trim().replace("network{name=\"telegram\"}: ", "")).collect()
    }
}

/// To the log of the thread.
struct Writer;
impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        HERE.with_borrow(|here| {
            if let Some((_, log)) = here {
                log.0.lock().unwrap().extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
