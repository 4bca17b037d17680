//! Rich text, escaped by construction: values go in as spans, never as markup.
//!
//! A network renders a [`Text`] from its [`spans`](Text::spans); [`plain`](Text::plain),
//! [`ansi`](Text::ansi) and [`html`](Text::html) are the forms that several need.
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Add};

mod layout;
mod split;

/// How something stands; shown as a word with its colour and emoji, never as colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is well: passed, fixed, up.
    Good,
    /// It is not: failed, broken, down.
    Bad,
    /// It could not be told: errored, exception.
    Odd,
    /// It goes on: pending, running.
    Running,
    /// It does not matter: canceled, skipped, unknown.
    Idle,
}

impl State {
    /// The sign that goes before the word where colours cannot be shown.
    pub fn emoji(self) -> char {
        match self {
            State::Good => '✅',
            State::Bad => '❌',
            State::Odd => '💥',
            State::Running => '⏳',
            State::Idle => '⚪',
        }
    }
    /// The ANSI colour of the word, as an SGR number.
    fn sgr(self) -> u8 {
        match self {
            State::Good => 32,
            State::Bad => 31,
            State::Odd => 35,
            State::Running => 33,
            State::Idle => 90,
        }
    }
}

/// How a span looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// As the text around it.
    Plain,
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// A word to type or copy.
    Code,
    /// A link to this address, which is http or https.
    Link(String),
    /// A word for how something stands.
    State(State),
    /// A code block; stands on lines of its own.
    Block,
}

/// A piece of text in one style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// How it looks.
    pub style: Style,
    /// What it says: a value, whatever characters it has.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Node {
    Span(Span),
    /// A command without its prefix, which the host puts before it.
    Command(String),
    List(Vec<Text>),
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

/// Text with its styles; joined with `+`, which takes whatever is text.
///
/// ```
/// use factotum_plugin_api::text::{Text, bold, link, state, State};
/// let text = bold("o/r") + " #" + 18 + " " + state(State::Bad, "failed") + ": " + link("log", "https://ci/18");
/// assert_eq!(text.plain(), "o/r #18 failed: log (https://ci/18)");
/// assert_eq!(text.html(), "<b>o/r</b> #18 ❌ <b>failed</b>: <a href=\"https://ci/18\">log</a>");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text(Vec<Node>);

fn span(style: Style, text: impl fmt::Display) -> Text {
    Text(vec![Node::Span(Span { style, text: text.to_string() })])
}
/// Bold text.
pub fn bold(text: impl fmt::Display) -> Text {
    span(Style::Bold, text)
}
/// Italic text.
pub fn italic(text: impl fmt::Display) -> Text {
    span(Style::Italic, text)
}
/// A word to type or copy.
pub fn code(text: impl fmt::Display) -> Text {
    span(Style::Code, text)
}
/// A command to type, as `travis routes`: the host puts the prefix before it that
/// commands have by its config, `!` when it says nothing.
///
/// ```
/// use factotum_plugin_api::text::{Text, command};
/// let text = Text::from("Try ") + command("travis routes") + ".";
/// assert_eq!(text.plain(), "Try !travis routes.");
/// assert_eq!(text.with_prefix("/").plain(), "Try /travis routes.");
/// ```
pub fn command(line: impl fmt::Display) -> Text {
    Text(vec![Node::Command(line.to_string())])
}
/// A code block, on lines of its own; line feeds at its end are dropped.
pub fn block(text: impl fmt::Display) -> Text {
    span(Style::Block, text)
}
/// A link. An address that is not http or https, or has white space or control
/// characters, is no link: the text alone stays. Without a text the address is shown.
pub fn link(text: impl fmt::Display, url: impl Into<String>) -> Text {
    let (mut text, url) = (text.to_string(), url.into());
    if text.is_empty() {
        text.clone_from(&url);
    }
    span(if is_web_address(&url) { Style::Link(url) } else { Style::Plain }, text)
}
fn is_web_address(url: &str) -> bool {
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    (begins("https://") || begins("http://")) && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}
/// A word for how something stands.
pub fn state(state: State, word: impl fmt::Display) -> Text {
    span(Style::State(state), word)
}
/// A list: a line for each item, and what follows an item's first line indented
/// under it, a list in it too.
pub fn list(items: impl IntoIterator<Item = impl Into<Text>>) -> Text {
    Text(vec![Node::List(items.into_iter().map(Into::into).collect())])
}
/// A table with a head; shown as a code block with aligned columns, each row one
/// line whatever its cells contain.
pub fn table<C: Into<String>>(
    head: impl IntoIterator<Item = C>,
    rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>,
) -> Text {
    let head = head.into_iter().map(Into::into).collect();
    Text(vec![Node::Table { head, rows: rows.into_iter().map(|row| row.into_iter().collect()).collect() }])
}

impl<T: Into<Text>> Add<T> for Text {
    type Output = Text;
    fn add(mut self, more: T) -> Text {
        self.0.extend(more.into().0);
        self
    }
}
macro_rules! plain { ($($t:ty)*) => {$(
    impl From<$t> for Text {
        fn from(value: $t) -> Text { span(Style::Plain, value) }
    }
)*} }
plain! { &str String &String char u8 u16 u32 u64 usize i32 i64 fmt::Arguments<'_> }

impl Text {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.spans().iter().all(|span| span.text.is_empty())
    }
    /// The same with this prefix before each [`command`]: for the host.
    pub fn with_prefix(self, prefix: &str) -> Text {
        let node = |node| match node {
            Node::Command(line) => Node::Span(Span { style: Style::Code, text: format!("{prefix}{line}") }),
            Node::List(items) => Node::List(items.into_iter().map(|item| item.with_prefix(prefix)).collect()),
            other => other,
        };
        Text(self.0.into_iter().map(node).collect())
    }
    /// Joins parts, with a line feed before each but the first.
    pub fn lines(lines: impl IntoIterator<Item = impl Into<Text>>) -> Text {
        Text::join("\n", lines)
    }
    /// Joins parts with `separator` between them.
    pub fn join(separator: &str, parts: impl IntoIterator<Item = impl Into<Text>>) -> Text {
        let mut all = Text::default();
        for (n, part) in parts.into_iter().enumerate() {
            if n > 0 {
                all = all + separator;
            }
            all = all + part.into();
        }
        all
    }
    /// The text as spans in their order: lists and tables are laid out, and what
    /// stands on lines of its own has its line feeds around it. No span is empty.
    pub fn spans(&self) -> Vec<Span> {
        layout::spans(&self.0)
    }
    /// Its first line that says something, with its styles.
    ///
    /// ```
    /// use factotum_plugin_api::text::{Text, bold, code};
    /// let text = Text::from("\n") + bold("o/r") + " passed\nby " + code("Ann");
    /// assert_eq!(text.first_line(), bold("o/r") + " passed");
    /// ```
    pub fn first_line(&self) -> Text {
        let mut line = vec![];
        for Span { style, text } in self.spans() {
            let mut text = text.as_str();
            if line.is_empty() {
                text = text.trim_start();
            }
            let (before, ends) = text.split_once('\n').map_or((text, false), |(before, _)| (before, true));
            if !before.is_empty() {
                line.push(Node::Span(Span { style, text: before.to_owned() }));
            }
            if ends && !line.is_empty() {
                break;
            }
        }
        Text(line)
    }
    /// Each span rendered and all joined: how a network makes its own form.
    pub fn render(&self, mut span: impl FnMut(&Style, &str) -> String) -> String {
        self.spans().iter().map(|Span { style, text }| span(style, text)).collect()
    }
    /// Without styles; a link has its address in brackets.
    pub fn plain(&self) -> String {
        self.render(|style, text| match style {
            Style::Link(url) if url != text => format!("{text} ({url})"),
            _ => text.to_owned(),
        })
    }
    /// For a terminal: styles as escape codes, and every control character of a
    /// value as its picture (`␛`), so that no value moves the cursor or colours
    /// what follows.
    pub fn ansi(&self) -> String {
        self.render(|style, text| {
            let text = visible(text);
            match style {
                Style::Bold => format!("\x1b[1m{text}\x1b[0m"),
                Style::Italic => format!("\x1b[3m{text}\x1b[0m"),
                Style::Code => format!("\x1b[36m{text}\x1b[0m"),
                Style::State(state) => format!("\x1b[{}m{text}\x1b[0m", state.sgr()),
                Style::Link(url) if visible(url) == text => format!("\x1b[4m{text}\x1b[0m"),
                Style::Link(url) => format!("{text} (\x1b[4m{}\x1b[0m)", visible(url)),
                Style::Plain | Style::Block => text,
            }
        })
    }
    /// HTML with the tags that Telegram and Matrix share.
    pub fn html(&self) -> String {
        self.render(|style, text| {
            let text = escape_html(text);
            match style {
                Style::Plain => text,
                Style::Bold => format!("<b>{text}</b>"),
                Style::Italic => format!("<i>{text}</i>"),
                Style::Code => format!("<code>{text}</code>"),
                Style::Block => format!("<pre>{text}</pre>"),
                Style::Link(url) => format!("<a href=\"{}\">{text}</a>", escape_html(url)),
                Style::State(state) => format!("{} <b>{text}</b>", state.emoji()),
            }
        })
    }
    /// Pieces of at most `limit` units each, cut at line limits, else between words,
    /// else inside a word. A span that is cut keeps its style on both sides, so no
    /// markup is ever cut; code, links and blocks that fit in one piece stay whole.
    /// White space at a cut is dropped, and so is a piece of nothing else.
    ///
    /// `size` counts in the network's own unit (UTF-16 for Telegram, bytes for IRC)
    /// and is asked for one character at a time. A `limit` below the size of a
    /// character gives that character alone. What a rendered form adds is not
    /// counted: the sign before a state, an address where links are written out.
    pub fn split(&self, limit: usize, size: fn(&str) -> usize) -> Vec<Text> {
        split::split(&self.spans(), limit, size)
    }
}

/// `text` with each control character but the line feed as a picture of it (`␛`,
/// `␍`), and `�` for what has none, such as marks that turn the writing direction.
pub fn visible(text: &str) -> String {
    let picture = |c: char| match c {
        '\n' => c,
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        '\x7f' => '␡',
        // C1 controls, other line ends, and what turns the direction of the text
        // around it (Unicode TR 9, section 2).
        '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => '�',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '�',
        _ => c,
    };
    text.chars().map(picture).collect()
}

/// `text` as it may stand in HTML, in an attribute too.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
