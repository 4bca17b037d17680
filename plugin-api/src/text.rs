//! Rich text, escaped by construction: values go in as spans, never as markup.
//!
//! A network renders a [`Text`] from its [`spans`](Text::spans); [`plain`](Text::plain),
//! [`ansi`](Text::ansi) and [`html`](Text::html) are the forms that several need.
use serde::{Deserialize, Serialize};
use std::{fmt, ops::Add};

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
    List(Vec<Text>),
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
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
/// A code block, on lines of its own.
pub fn block(text: impl fmt::Display) -> Text {
    span(Style::Block, text)
}
/// A link. An address that is not http or https is no link: the text alone stays.
pub fn link(text: impl fmt::Display, url: impl Into<String>) -> Text {
    let url = url.into();
    let web = url.starts_with("https://") || url.starts_with("http://");
    span(if web { Style::Link(url) } else { Style::Plain }, text)
}
/// A word for how something stands.
pub fn state(state: State, word: impl fmt::Display) -> Text {
    span(Style::State(state), word)
}
/// A list, a line for each item.
pub fn list(items: impl IntoIterator<Item = impl Into<Text>>) -> Text {
    Text(vec![Node::List(items.into_iter().map(Into::into).collect())])
}
/// A table with a head; shown with aligned columns.
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
    /// stands on lines of its own has its line feeds around it.
    pub fn spans(&self) -> Vec<Span> {
        let mut layout = Layout::default();
        layout.nodes(&self.0);
        layout.spans
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
    /// Pieces of at most `limit` units each, cut at block, line, then word limits.
    /// A span that is cut keeps its style on both sides, so no markup is ever cut.
    /// `size` counts in the network's own unit and grows with the text: UTF-16
    /// units for Telegram, bytes for IRC. What a rendered form adds, such as a
    /// link's address where links are written out, is not counted.
    pub fn split(&self, limit: usize, size: fn(&str) -> usize) -> Vec<Text> {
        split(&self.spans(), limit, size)
    }
}

/// Lays nodes out as spans.
#[derive(Default)]
struct Layout {
    spans: Vec<Span>,
    /// What comes next must begin a line.
    break_due: bool,
}
impl Layout {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Span(Span { style: Style::Block, text }) => self.block(text),
                Node::Span(span) => self.push(span.style.clone(), &span.text),
                Node::List(items) => {
                    for item in items {
                        self.fresh_line();
                        self.push(Style::Plain, "• ");
                        self.nodes(&item.0);
                    }
                    self.break_due = true;
                }
                Node::Table { head, rows } => self.block(&aligned(head, rows)),
            }
        }
    }
    fn push(&mut self, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.break_due) && !text.starts_with('\n') {
            self.spans.push(Span { style: Style::Plain, text: "\n".into() });
        }
        self.spans.push(Span { style, text: text.to_owned() });
    }
    fn fresh_line(&mut self) {
        self.break_due |= self.spans.last().is_some_and(|last| !last.text.ends_with('\n'));
    }
    fn block(&mut self, text: &str) {
        self.fresh_line();
        self.push(Style::Block, text);
        self.break_due = true;
    }
}

/// A table as lines with aligned columns.
fn aligned(head: &[String], rows: &[Vec<String>]) -> String {
    let one_line = |cell: &String| cell.replace(['\n', '\r'], " ");
    let lines: Vec<Vec<String>> = std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| row.iter().map(one_line).collect())
        .collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| Some(line.get(column)?.chars().count())).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |cells: &Vec<String>| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `text` with each control character but the line feed as a picture of it.
pub fn visible(text: &str) -> String {
    let picture = |c: char| match c {
        '\n' => c,
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('�'),
        '\x7f' => '␡',
        // C1 controls, and the characters that turn the direction of what follows.
        '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '�',
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

fn split(spans: &[Span], limit: usize, size: fn(&str) -> usize) -> Vec<Text> {
    let node = |style: &Style, text: &str| Node::Span(Span { style: style.clone(), text: text.to_owned() });
    let (mut pieces, mut piece, mut used) = (vec![], Text::default(), 0);
    for Span { style, text } in spans {
        let mut rest = text.as_str();
        while used + size(rest) > limit {
            // Code, links and blocks are cut only when they fill a piece alone.
            let whole = matches!(style, Style::Code | Style::Link(_) | Style::Block);
            let cut = match cut(rest, limit.saturating_sub(used), size) {
                _ if used > 0 && whole && size(rest) <= limit => 0,
                Cut::InWord(_) if used > 0 => 0,
                Cut::AtSpace(at) => at,
                Cut::InWord(at) => at.max(rest.chars().next().map_or(0, char::len_utf8)),
            };
            let (head, tail) = rest.split_at(cut);
            if !head.is_empty() {
                piece.0.push(node(style, head.trim_end()));
            }
            pieces.push(std::mem::take(&mut piece));
            (rest, used) = (tail.trim_start(), 0);
        }
        used += size(rest);
        if !rest.is_empty() {
            piece.0.push(node(style, rest));
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

enum Cut {
    AtSpace(usize),
    InWord(usize),
}
/// The best place to cut `text` so that the head fits: line, then word.
fn cut(text: &str, room: usize, size: fn(&str) -> usize) -> Cut {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| text.get(..end).is_some_and(|head| size(head) <= room)).last().unwrap_or(0);
    let (head, tail) = text.split_at(end);
    match head.rfind('\n').or_else(|| head.rfind(char::is_whitespace)) {
        Some(at) if at > 0 => Cut::AtSpace(at),
        _ if tail.starts_with(char::is_whitespace) && end > 0 => Cut::AtSpace(end),
        _ => Cut::InWord(end),
    }
}

#[cfg(test)]
mod tests;
