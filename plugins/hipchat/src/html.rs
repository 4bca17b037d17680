//! From HipChat's HTML to [`Text`]: the tags that it knew (a b strong i em br img pre code
//! lists tables) become styles, every other tag is dropped and what is in it stays.
//!
//! The tags are found by a tokenizer as browsers have one, so that anything is HTML and
//! nothing fails. What it finds goes into spans: no value becomes markup.
use crate::flow::{Flow, Kind};
use factotum_plugin_api::text::{Style, Text, block, list, table};
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};
use std::collections::BTreeMap;

/// More lists in lists are bullets of the innermost: a notice is kept as JSON, whose
/// readers end at 128 levels.
const LISTS_MAX: usize = 6;
/// Tags whose content is nothing to read.
const UNREAD: &[&str] = &["head", "iframe", "noscript", "script", "style", "template", "title"];
/// Tags that HipChat did not know and that begin a line all the same.
const LINES: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "div",
    "dd",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "p",
    "section",
];

/// What `html` says.
pub(crate) fn reduce(html: &str) -> Text {
    // Who writes no tag has not thought of HTML: the lines stay.
    let keeps_lines = !html.contains('<');
    let mut reducer = Reducer { stack: vec![Frame::Flow(Flow::new(Kind::Root, keeps_lines))], ..Reducer::default() };
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => reducer.open(&tag),
            Token::EndTag(tag) => reducer.close(&name(&tag.name)),
            Token::String(text) => reducer.text(&String::from_utf8_lossy(&text.value)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reducer.finish()
}

/// A table that is being read.
#[derive(Default)]
struct Rows {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    row: Vec<String>,
    /// Whether all cells of the row are `th`.
    is_head: bool,
}
impl Rows {
    fn cell(&mut self, text: &Text, is_head: bool) {
        self.is_head = is_head && (self.row.is_empty() || self.is_head);
        self.row.push(text.plain());
    }
    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        match self.is_head && self.head.is_empty() && self.rows.is_empty() {
            true => self.head = row,
            false if row.is_empty() => {}
            false => self.rows.push(row),
        }
        self.is_head = false;
    }
}

enum Frame {
    Flow(Flow),
    List { numbered: bool, items: Vec<Text> },
    Table(Rows),
}

#[derive(Default)]
struct Reducer {
    /// What is open, the innermost last; the first is the root's flow.
    stack: Vec<Frame>,
    bold: usize,
    italic: usize,
    code: usize,
    /// The address of each open link.
    links: Vec<String>,
    /// What stands in the open `pre`.
    pre: Option<String>,
    /// The tag whose content is dropped.
    unread: Option<String>,
}

impl Reducer {
    fn open(&mut self, tag: &StartTag<()>) {
        let name = name(&tag.name);
        if self.unread.is_some() {
            return;
        }
        if let Some(pre) = &mut self.pre {
            if name == "br" {
                pre.push('\n');
            }
            return;
        }
        match name.as_str() {
            "a" => {
                self.end_link(); // a link in a link ends it
                self.links.push(attribute(&tag.attributes, "href"));
                self.flow().link_begins();
            }
            "b" | "strong" => self.bold += 1,
            "i" | "em" => self.italic += 1,
            "code" => self.code += 1,
            "br" => self.flow().line_feed(),
            "img" => self.image(&tag.attributes),
            "pre" => self.pre = Some(String::new()),
            "ul" | "ol" if self.lists() < LISTS_MAX => {
                self.flow();
                self.stack.push(Frame::List { numbered: name == "ol", items: vec![] });
            }
            "li" => self.item(),
            "table" if !self.in_table() => {
                self.flow();
                self.stack.push(Frame::Table(Rows::default()));
            }
            "tr" => self.end_row(),
            "td" | "th" => self.cell(name == "th"),
            unread if UNREAD.contains(&unread) && !tag.self_closing => self.unread = Some(name),
            line if LINES.contains(&line) => self.flow().line_begins(),
            _ => {}
        }
    }
    fn close(&mut self, name: &str) {
        if let Some(unread) = &self.unread {
            if unread == name {
                self.unread = None;
            }
            return;
        }
        if self.pre.is_some() {
            if name == "pre" {
                self.end_pre();
            }
            return;
        }
        match name {
            "a" => self.end_link(),
            "b" | "strong" => self.bold = self.bold.saturating_sub(1),
            "i" | "em" => self.italic = self.italic.saturating_sub(1),
            "code" => self.code = self.code.saturating_sub(1),
            "br" => self.flow().line_feed(), // as browsers read it
            "li" if self.in_item() => self.pop(),
            "ul" | "ol" => self.close_to(|frame| matches!(frame, Frame::List { .. })),
            "tr" => self.end_row(),
            "td" | "th" => self.end_cell(),
            "table" => {
                self.end_row();
                self.close_to(|frame| matches!(frame, Frame::Table(_)));
            }
            line if LINES.contains(&line) => self.flow().line_begins(),
            _ => {}
        }
    }
    fn text(&mut self, text: &str) {
        if self.unread.is_some() {
            return;
        }
        if let Some(pre) = &mut self.pre {
            // The line feed right after the tag is none.
            let text = if pre.is_empty() { text.strip_prefix('\n').unwrap_or(text) } else { text };
            pre.push_str(text);
            return;
        }
        let between = !matches!(self.stack.last(), Some(Frame::Flow(_)));
        if between && text.chars().all(char::is_whitespace) {
            return;
        }
        let style = self.style();
        self.flow().text(&style, text);
    }
    fn finish(mut self) -> Text {
        self.end_link();
        if self.pre.is_some() {
            self.end_pre();
        }
        self.end_row();
        while self.stack.len() > 1 {
            self.pop();
        }
        self.pop_flow().end()
    }

    /// How text looks now: a span has one style.
    fn style(&self) -> Style {
        match self.links.last() {
            _ if self.code > 0 => Style::Code,
            Some(address) => Style::Link(address.clone()),
            None if self.bold > 0 => Style::Bold,
            None if self.italic > 0 => Style::Italic,
            None => Style::Plain,
        }
    }
    fn image(&mut self, attributes: &Attributes) {
        let (alt, address) = (attribute(attributes, "alt"), attribute(attributes, "src"));
        let alt = if alt.trim().is_empty() { "image".to_owned() } else { alt };
        let style = if self.links.is_empty() { Style::Link(address) } else { self.style() };
        self.flow().text(&style, &alt);
    }
    fn end_link(&mut self) {
        if let Some(address) = self.links.pop() {
            let flow = self.flow();
            if flow.link_is_empty() {
                flow.text(&Style::Link(address.clone()), &address);
            }
        }
    }
    fn end_pre(&mut self) {
        let text = self.pre.take().unwrap_or_default();
        self.flow().node(block(text));
    }
    fn item(&mut self) {
        if self.in_item() {
            self.pop();
        }
        match self.stack.last() {
            Some(Frame::List { .. }) => self.stack.push(Frame::Flow(Flow::new(Kind::Item, false))),
            _ => {
                let flow = self.flow();
                flow.line_begins();
                flow.text(&Style::Plain, "• ");
            }
        }
    }
    fn cell(&mut self, is_head: bool) {
        self.end_cell();
        match self.in_table() {
            true => {
                self.close_above(|frame| matches!(frame, Frame::Table(_)));
                self.stack.push(Frame::Flow(Flow::new(Kind::Cell { is_head }, false)));
            }
            false => self.flow().text(&Style::Plain, " "),
        }
    }
    fn end_cell(&mut self) {
        self.close_to(|frame| matches!(frame, Frame::Flow(Flow { kind: Kind::Cell { .. }, .. })));
    }
    fn end_row(&mut self) {
        self.end_cell();
        match self.in_table() {
            true => {
                if let Some(Frame::Table(rows)) = self.stack.last_mut() {
                    rows.end_row();
                }
            }
            false => self.flow().line_begins(),
        }
    }

    fn lists(&self) -> usize {
        self.stack.iter().filter(|frame| matches!(frame, Frame::List { .. })).count()
    }
    fn in_item(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Flow(Flow { kind: Kind::Item, .. })))
    }
    fn in_table(&self) -> bool {
        self.stack.iter().any(|frame| matches!(frame, Frame::Table(_)))
    }
    /// Where text goes now; what stands between items or cells is one of its own.
    fn flow(&mut self) -> &mut Flow {
        let own = match self.stack.last() {
            Some(Frame::List { .. }) => Some(Kind::Item),
            Some(Frame::Table(_)) => Some(Kind::Cell { is_head: false }),
            _ => None,
        };
        self.stack.extend(own.map(|kind| Frame::Flow(Flow::new(kind, false))));
        match self.stack.last_mut() {
            Some(Frame::Flow(flow)) => flow,
            _ => unreachable!("the innermost is a flow now"),
        }
    }
    /// Closes the innermost frame like this, with what is open in it; nothing when there
    /// is none.
    fn close_to(&mut self, wanted: impl Fn(&Frame) -> bool) {
        if let Some(at) = self.stack.iter().rposition(wanted) {
            while self.stack.len() > at.max(1) {
                self.pop();
            }
        }
    }
    /// Closes what is open in the innermost frame like this.
    fn close_above(&mut self, wanted: impl Fn(&Frame) -> bool) {
        if let Some(at) = self.stack.iter().rposition(wanted) {
            while self.stack.len() > at + 1 {
                self.pop();
            }
        }
    }
    /// Ends the innermost frame, which is not the root, and gives what it holds to the one
    /// around it.
    fn pop(&mut self) {
        match self.stack.pop() {
            Some(Frame::Flow(flow)) => {
                let kind = flow.kind;
                let text = flow.end();
                match (kind, self.stack.last_mut()) {
                    (Kind::Cell { is_head }, Some(Frame::Table(rows))) => rows.cell(&text, is_head),
                    (_, Some(Frame::List { items, .. })) if !text.is_empty() => items.push(text),
                    _ => {}
                }
            }
            Some(Frame::List { numbered: false, items }) => self.flow().node(list(items)),
            Some(Frame::List { items, .. }) => {
                let numbered = items.into_iter().enumerate().map(|(n, item)| Text::from(n + 1) + ". " + item);
                self.flow().lines(Text::lines(numbered));
            }
            Some(Frame::Table(mut rows)) => {
                rows.end_row();
                self.flow().node(table(rows.head, rows.rows));
            }
            None => {}
        }
    }
    fn pop_flow(&mut self) -> Flow {
        match self.stack.pop() {
            Some(Frame::Flow(flow)) => flow,
            _ => unreachable!("the root is a flow"),
        }
    }
}

type Attributes = BTreeMap<HtmlString, html5gum::Spanned<HtmlString, ()>>;

fn attribute(attributes: &Attributes, name: &str) -> String {
    attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(&value.value).into_owned()).unwrap_or_default()
}

/// The name of a tag; the tokenizer makes it lower case.
fn name(name: &HtmlString) -> String {
    String::from_utf8_lossy(name).into_owned()
}

#[cfg(test)]
mod tests;
