//! From nodes to spans: where lines begin, how lists are indented, how the columns
//! of a table line up. Knows no network; the styles stay as they are.
use super::{Node, Span, Style, Text};

/// A longer cell of a table is cut: nobody reads a column that is wider.
const CELL_CHARS: usize = 200;

pub(super) fn spans(nodes: &[Node]) -> Vec<Span> {
    let mut layout = Layout::default();
    layout.nodes(nodes);
    layout.spans
}

#[derive(Default)]
struct Layout {
    spans: Vec<Span>,
    /// What comes next must begin a line.
    break_due: bool,
    /// How many spaces each line but a block's begins with: two for each list around it.
    indent: usize,
}

impl Layout {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Span(Span { style: Style::Block, text }) => self.block(text),
                Node::Span(span) => self.inline(&span.style, &span.text),
                Node::Command(line) => self.inline(&Style::Code, &format!("!{line}")),
                Node::List(items) => self.list(items),
                Node::Table { head, rows } => self.block(&aligned(head, rows)),
            }
        }
    }
    fn list(&mut self, items: &[Text]) {
        for item in items {
            self.fresh_line();
            self.inline(&Style::Plain, "• ");
            self.indent += 2;
            self.nodes(&item.0);
            self.indent -= 2;
        }
        if !items.is_empty() {
            self.fresh_line();
        }
    }
    fn block(&mut self, text: &str) {
        let text = text.trim_end_matches('\n');
        if text.is_empty() {
            return;
        }
        self.fresh_line();
        if std::mem::take(&mut self.break_due) {
            self.push(&Style::Plain, "\n");
        }
        self.push(&Style::Block, text);
        self.fresh_line();
    }
    fn inline(&mut self, style: &Style, text: &str) {
        if text.is_empty() {
            return;
        }
        // A line feed of the author's own is the one that is due.
        let breaks_itself = *style == Style::Plain && text.starts_with('\n');
        if std::mem::take(&mut self.break_due) && !breaks_itself {
            self.push(&Style::Plain, "\n");
        }
        if self.indent == 0 {
            return self.push(style, text);
        }
        let margin = " ".repeat(self.indent);
        let (first, more) = text.split_once('\n').map_or((text, None), |(first, more)| (first, Some(more)));
        if !first.is_empty() && self.at_line_start() {
            self.push(&Style::Plain, &margin);
        }
        let mut indented = first.to_owned();
        for line in more.into_iter().flat_map(|more| more.split('\n')) {
            indented.push('\n');
            if !line.is_empty() {
                indented += &margin;
                indented += line;
            }
        }
        self.push(style, &indented);
    }
    /// Plain spans become one; any other ends where its author ended it.
    fn push(&mut self, style: &Style, text: &str) {
        match self.spans.last_mut() {
            Some(last) if *style == Style::Plain && last.style == Style::Plain => last.text.push_str(text),
            _ => self.spans.push(Span { style: style.clone(), text: text.to_owned() }),
        }
    }
    fn at_line_start(&self) -> bool {
        self.spans.last().is_none_or(|last| last.style != Style::Block && last.text.ends_with('\n'))
    }
    fn fresh_line(&mut self) {
        self.break_due = !self.at_line_start();
    }
}

/// A cell as one line that is not too long.
fn one_line(cell: &str) -> String {
    let mut rest = cell.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut line: String = rest.by_ref().take(CELL_CHARS).collect();
    if rest.next().is_some() {
        line.pop();
        line.push('…');
    }
    line
}

/// A table as lines with aligned columns, counted in characters.
fn aligned(head: &[String], rows: &[Vec<String>]) -> String {
    let lines: Vec<Vec<String>> = std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| row.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| lines.iter().filter_map(|line| Some(line.get(column)?.chars().count())).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |cells: &Vec<String>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| {
            let missing = width.saturating_sub(cell.chars().count());
            cell.clone() + &" ".repeat(missing)
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_any_length_is_cut_and_its_column_stays_aligned() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let long = "ä".repeat(70_000);
        let lines = aligned(&row(["name", "took"]), &[row([&long, "1 s"]), row(["b\nc", "2 s"])]);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines[0], format!("name{}took", " ".repeat(198)));
        assert_eq!(lines[1], format!("{}…  1 s", "ä".repeat(199)));
        assert_eq!(lines[2], format!("b c{}2 s", " ".repeat(199)));
        let whole = "x".repeat(CELL_CHARS);
        assert_eq!(aligned(&[], &[vec![whole.clone()]]), whole, "one that just fits stays as it is");
    }
}
