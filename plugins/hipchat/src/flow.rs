//! Running text as HTML means it: white space counts once, lines begin where tags say.
use factotum_plugin_api::text::{Style, Text, bold, code, italic, link};

/// What a flow is the content of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    Item,
    Cell { is_head: bool },
}

/// A piece of running text.
pub(crate) struct Flow {
    pub(crate) kind: Kind,
    text: Text,
    /// Text of one style that goes on.
    run: (Style, String),
    /// White space was read, and nothing after it.
    space: bool,
    /// Line feeds that were read, and nothing after them.
    breaks: usize,
    /// Something stands in the line.
    begun: bool,
    /// Something stands above it.
    any: bool,
    /// Line feeds are what they look like.
    keeps_lines: bool,
    link_is_empty: bool,
}

impl Flow {
    pub(crate) fn new(kind: Kind, keeps_lines: bool) -> Self {
        Flow {
            kind,
            text: Text::default(),
            run: (Style::Plain, String::new()),
            space: false,
            breaks: 0,
            begun: false,
            any: false,
            keeps_lines,
            link_is_empty: false,
        }
    }
    /// Adds text in a style.
    pub(crate) fn text(&mut self, style: &Style, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.keeps_lines => self.line_feed(),
                // A no-break space is one to see.
                c if c.is_whitespace() && c != '\u{a0}' => self.space = true,
                c => self.character(style, c),
            }
        }
    }
    fn character(&mut self, style: &Style, c: char) {
        if self.breaks > 0 {
            if self.any {
                let lines = "\n".repeat(self.breaks.min(2)); // one empty line is enough
                self.add(&Style::Plain, &lines);
            }
            (self.breaks, self.begun) = (0, false);
        }
        if std::mem::take(&mut self.space) && self.begun {
            let style = if self.run.0 == *style { style.clone() } else { Style::Plain };
            self.add(&style, " ");
        }
        self.add(style, c.encode_utf8(&mut [0; 4]));
        (self.begun, self.any, self.link_is_empty) = (true, true, false);
    }
    /// Ends the line, also an empty one.
    pub(crate) fn line_feed(&mut self) {
        self.breaks += 1;
        self.space = false;
    }
    /// Ends the line if anything stands in it.
    pub(crate) fn line_begins(&mut self) {
        if self.breaks == 0 && self.begun {
            self.line_feed();
        }
    }
    /// Adds what stands on lines of its own.
    pub(crate) fn node(&mut self, node: Text) {
        if node.plain().trim().is_empty() {
            return;
        }
        self.end_run();
        let text = std::mem::take(&mut self.text);
        self.text = text + node;
        (self.space, self.breaks, self.begun, self.any) = (false, 1, false, true);
        self.link_is_empty = false;
    }
    /// Adds lines of running text.
    pub(crate) fn lines(&mut self, lines: Text) {
        let before = if self.any { "\n" } else { "" };
        self.node(Text::from(before) + lines);
    }
    pub(crate) fn link_begins(&mut self) {
        self.link_is_empty = true;
    }
    pub(crate) fn link_is_empty(&mut self) -> bool {
        std::mem::take(&mut self.link_is_empty)
    }
    /// All of it.
    pub(crate) fn end(mut self) -> Text {
        self.end_run();
        self.text
    }
    fn add(&mut self, style: &Style, text: &str) {
        if self.run.0 != *style {
            self.end_run();
            self.run.0 = style.clone();
        }
        self.run.1.push_str(text);
    }
    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run.1);
        if run.is_empty() {
            return;
        }
        let span = match &self.run.0 {
            Style::Bold => bold(run),
            Style::Italic => italic(run),
            Style::Code => code(run),
            Style::Link(address) => link(run, address.trim()),
            Style::Plain | Style::State(_) | Style::Block => Text::from(run),
        };
        let text = std::mem::take(&mut self.text);
        self.text = text + span;
    }
}
