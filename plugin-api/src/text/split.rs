//! Cutting a text that is too long for one message. Works on all spans as one
//! string, so that a word made of several spans is a word here too.
use super::{Node, Span, Style, Text};
use std::ops::Range;

pub(super) fn split(spans: &[Span], limit: usize, size: fn(&str) -> usize) -> Vec<Text> {
    let whole = Whole::of(spans, limit, size);
    let (mut pieces, mut from) = (vec![], 0);
    while from < whole.text.len() {
        let cut = whole.cut(from, limit, size);
        pieces.push(whole.piece(from..cut.end));
        from = cut.next;
    }
    pieces.retain(|piece| piece.0.iter().any(|node| !matches!(node, Node::Span(span) if span.text.trim().is_empty())));
    pieces
}

/// All spans as one string. Positions are bytes of it.
struct Whole<'a> {
    text: String,
    spans: Vec<(Range<usize>, &'a Style)>,
    /// The spans that must not be cut.
    uncut: Vec<Range<usize>>,
}

/// Where a piece ends, and where the next begins.
struct Cut {
    end: usize,
    next: usize,
}

impl<'a> Whole<'a> {
    fn of(spans: &'a [Span], limit: usize, size: fn(&str) -> usize) -> Self {
        let mut whole = Whole { text: String::new(), spans: vec![], uncut: vec![] };
        for Span { style, text } in spans {
            let start = whole.text.len();
            whole.text.push_str(text);
            let range = start..whole.text.len();
            let fits = matches!(style, Style::Code | Style::Link(_) | Style::Block) && units(text, size) <= limit;
            whole.uncut.extend(fits.then(|| range.clone()));
            whole.spans.push((range, style));
        }
        whole
    }
    /// The best place to end the piece that begins at `from`.
    fn cut(&self, from: usize, limit: usize, size: fn(&str) -> usize) -> Cut {
        let (_, rest) = self.text.split_at(from);
        let Some(room) = room(rest, limit, size) else {
            return Cut { end: self.text.len(), next: self.text.len() };
        };
        // White space right behind the room is a place to cut as well.
        let window = rest.char_indices().take_while(|(at, _)| *at <= room);
        let may_cut = |at: usize| !self.uncut.iter().any(|span| span.contains(&(from + at)));
        let (mut line, mut word) = (None, None);
        for (at, c) in window.filter(|&(at, c)| c.is_whitespace() && may_cut(at)) {
            word = Some(at);
            line = if c == '\n' { word } else { line };
        }
        if let Some(at) = line.or(word) {
            return Cut { end: from + at, next: from + at + gap(rest.split_at(at).1) };
        }
        let torn = self.uncut.iter().find(|span| span.start > from && span.contains(&(from + room)));
        let end = torn.map_or(from + room, |span| span.start);
        Cut { end, next: end }
    }
    /// The spans within `range`, without white space at the end.
    fn piece(&self, range: Range<usize>) -> Text {
        let held = self.text.get(range.clone()).expect("cuts are at character limits").trim_end().len();
        let range = range.start..range.start + held;
        let clip = |(span, style): &(Range<usize>, &Style)| {
            let clipped = span.start.max(range.start)..span.end.min(range.end);
            let text = self.text.get(clipped).filter(|text| !text.is_empty())?.to_owned();
            Some(Node::Span(Span { style: (*style).clone(), text }))
        };
        Text(self.spans.iter().filter_map(clip).collect())
    }
}

fn units(text: &str, size: fn(&str) -> usize) -> usize {
    text.char_indices().map(|(at, c)| unit(text, at, c, size)).sum()
}
fn unit(text: &str, at: usize, c: char, size: fn(&str) -> usize) -> usize {
    text.get(at..at + c.len_utf8()).map_or(0, size)
}

/// The bytes of `text` that fit in `limit`, at least one character; `None` when all do.
fn room(text: &str, limit: usize, size: fn(&str) -> usize) -> Option<usize> {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += unit(text, at, c, size);
        if used > limit {
            return Some(if at == 0 { c.len_utf8() } else { at }).filter(|&room| room < text.len());
        }
    }
    None
}

/// The bytes of white space that a cut drops: up to the end of the line and the
/// empty lines after it, but not the indentation of the next line.
fn gap(text: &str) -> usize {
    let next = text.trim_start_matches(|c: char| c != '\n' && c.is_whitespace()).trim_start_matches('\n');
    text.len() - next.len()
}
