//! The last lines of the log, in memory, for `!log tail`.
//!
//! They are text whatever the format of the log on standard error, and hold what is
//! at info and above however much that shows. One ring for the process, since the
//! log is the process's.
use factotum_plugin_api::{secret::scrub, text::visible};
use std::{
    collections::VecDeque,
    fmt::Write as _,
    io,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    field::RecordFields,
    filter::LevelFilter,
    fmt::{
        FormatFields, MakeWriter,
        format::{DefaultFields, Writer},
    },
    registry::LookupSpan,
};

/// How many lines are kept.
const LINES: usize = 1_000;
/// How many bytes they may have together.
const BYTES: usize = 256 << 10;
/// How much of a line is kept, in characters.
const LINE_CHARS: usize = 1_000;

/// The ring of this process.
pub static RECENT: LazyLock<Recent> = LazyLock::new(Recent::default);

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its level.
    pub level: Level,
    /// Time, level, spans, module, message and fields, on one line and harmless to a terminal.
    pub text: String,
}

/// The last lines of a log.
#[derive(Default)]
pub struct Recent(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    lines: VecDeque<Line>,
    bytes: usize,
}

impl Recent {
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn push(&self, level: Level, text: &str) {
        let text = harmless(&scrub(text.trim_end()));
        let mut ring = self.lock();
        ring.bytes += text.len();
        ring.lines.push_back(Line { level, text });
        while ring.lines.len() > LINES || ring.bytes > BYTES {
            let Some(oldest) = ring.lines.pop_front() else { return };
            ring.bytes -= oldest.text.len();
        }
    }
    /// The last `count` lines at `level` and above in which every word stands,
    /// regardless of case; the newest last.
    pub fn tail(&self, count: usize, level: Level, words: &[String]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let ring = self.lock();
        let fits = |line: &&Line| {
            let text = line.text.to_lowercase();
            line.level <= level && words.iter().all(|word| text.contains(word))
        };
        let mut lines: Vec<String> = ring.lines.iter().rev().filter(fits).take(count).map(|l| l.text.clone()).collect();
        lines.reverse();
        lines
    }
    /// What fills it, to be added to a subscriber.
    pub(crate) fn layer<S>(&'static self) -> impl Layer<S>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
    {
        let layer =
            tracing_subscriber::fmt::layer().with_writer(Pen(self)).with_ansi(false).fmt_fields(Fields::default());
        layer.with_filter(LevelFilter::INFO)
    }
}

/// On one line, cut where it is too long, and without what a terminal would obey or
/// what turns the reading direction: as the log on standard error shows it.
fn harmless(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(LINE_CHARS).collect();
    let mut shown = visible(&kept).replace('\n', "␊");
    match chars.count() {
        0 => {}
        more => write!(shown, "… and {more} characters more").expect("a string takes everything"),
    }
    shown
}

/// Makes the writer of each event, which knows its level.
struct Pen(&'static Recent);

impl<'w> MakeWriter<'w> for Pen {
    type Writer = Stroke;
    fn make_writer(&'w self) -> Stroke {
        Stroke { recent: self.0, level: Level::ERROR }
    }
    fn make_writer_for(&'w self, event: &Metadata<'_>) -> Stroke {
        Stroke { recent: self.0, level: *event.level() }
    }
}

/// Writes one event: the subscriber gives each in one piece.
struct Stroke {
    recent: &'static Recent,
    level: Level,
}

impl io::Write for Stroke {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.recent.push(self.level, &String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The default form of fields, under a name of its own: two layers that share one
/// would each add what a span records later.
#[derive(Default)]
struct Fields(DefaultFields);

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tracing_subscriber::prelude::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(Into::into).collect()
    }
    /// A ring of its own: that of the process takes what other tests log.
    fn ring() -> &'static Recent {
        Box::leak(Box::default())
    }

    #[test]
    fn events_come_as_text_with_their_spans_beside_a_log_in_json() {
        let (ring, json) = (ring(), ring());
        let json_layer = tracing_subscriber::fmt::layer().json().with_writer(Pen(json));
        let quiet = json_layer.with_filter(LevelFilter::WARN);
        let subscriber = tracing_subscriber::registry().with(ring.layer()).with(quiet);
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::error_span!("command", path = tracing::field::Empty, chat = "console:ops");
            span.record("path", "travis route");
            let _in_span = span.enter();
            tracing::info!(result = "done", "command ran");
            tracing::debug!("never shown");
            tracing::warn!(error = "a\x1b[31mred\nforged line\u{202e}", "post failed");
        });
        let lines = ring.tail(10, Level::INFO, &[]);
        let shown: Vec<&str> = lines.iter().filter_map(|line| Some(line.split_once("Z ")?.1)).collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        INFO command{chat="console:ops" path="travis route"}: factotum_host::recent::tests: command ran result="done"
        WARN command{chat="console:ops" path="travis route"}: factotum_host::recent::tests: post failed error="a\u{1b}[31mred\nforged line\u{202e}"
        "#);
        assert_eq!(ring.tail(10, Level::WARN, &[]).len(), 1);
        assert_eq!(ring.tail(10, Level::INFO, &words("RAN travis")).len(), 1);
        let json = json.tail(10, Level::INFO, &[]);
        assert!(json.len() == 1 && json[0].contains(r#""path":"travis route""#), "{json:?}");
    }

    #[test]
    fn a_known_secret_is_not_kept() {
        let (ring, secret) = (ring(), factotum_plugin_api::secret::Secret::new("c4nary-of-the-ring"));
        ring.push(Level::ERROR, &format!("no answer of {}\n", secret.expose()));
        assert_eq!(ring.tail(1, Level::INFO, &[]), ["no answer of ***"]);
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let ring = ring();
        for n in 0..LINES + 5 {
            ring.push(Level::INFO, &format!("line {n}\n"));
        }
        assert_eq!(ring.tail(usize::MAX, Level::INFO, &[]).len(), LINES);
        assert_eq!(ring.tail(2, Level::INFO, &[]), ["line 1003", "line 1004"]);
        for n in 0..LINES {
            ring.push(Level::ERROR, &format!("{n} {}", "ü".repeat(4_000)));
        }
        let bytes: usize = ring.tail(usize::MAX, Level::INFO, &[]).iter().map(String::len).sum();
        assert!(bytes <= BYTES && bytes > BYTES / 2, "{bytes}");
        assert!(ring.tail(1, Level::ERROR, &[])[0].ends_with("ü… and 3004 characters more"));
    }

    #[test]
    fn what_could_do_something_is_a_picture() {
        assert_eq!(harmless("a\tb\nc\x1b[2J\u{61c}\u{2028}\u{202e}ü"), "a␉b␊c␛[2J���ü");
    }

    proptest! {
        #[test]
        fn no_line_has_what_a_terminal_obeys(text in any::<String>()) {
            let shown = harmless(&text);
            let obeyed = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
            prop_assert!(!shown.chars().any(obeyed));
            prop_assert!(shown.chars().count() <= LINE_CHARS + 40);
        }
        #[test]
        fn words_without_any_of_it_stay(text in "[a-zA-Z0-9 ü=:{}\"]{0,200}") {
            prop_assert_eq!(harmless(&text), text);
        }
    }
}
