//! Texts of any spans and blocks: their HTML is well-formed and says nothing but the
//! spans, nothing in them moves a terminal's cursor, and splitting loses nothing.
use crate::input::Input;
use factotum_plugin_api::text::{Span, State, Style, Text, block, bold, code, italic, link, list, state, table};

/// The tags that Telegram and Matrix share.
const TAGS: [&str; 5] = ["b", "i", "code", "pre", "a"];
/// How deep lists stand in each other here.
const DEPTH_MAX: u8 = 5;

/// Makes a text as the bytes say, and looks at all its forms.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let (unit, limit) = (input.byte(), input.below(300));
    let text = make(&mut input, 0);
    check(&text);
    let units: [fn(&str) -> usize; 3] = [str::len, |text| text.chars().count(), |text| text.encode_utf16().count()];
    splits(&text, limit, units[usize::from(unit) % units.len()]);
}

/// What holds of every text.
///
/// # Panics
/// When it does not.
pub fn check(text: &Text) {
    let spans = text.spans();
    assert!(spans.iter().all(|span| !span.text.is_empty()), "no span is empty");
    let json = serde_json::to_string(text).expect("a text is JSON");
    assert_eq!(serde_json::from_str::<Text>(&json).ok().as_ref(), Some(text), "the journal gives it back");
    let links = spans.iter().filter_map(|span| if let Style::Link(url) = &span.style { Some(url) } else { None });
    for url in links {
        let lower = url.to_ascii_lowercase();
        assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{url:?} is no address of the web");
    }
    html(&text.html(), &spans);
    ansi(&text.ansi());
    let all: String = spans.iter().map(|span| span.text.as_str()).collect();
    assert!(text.plain().len() >= all.len(), "plain text leaves nothing out");
    assert_eq!(text.is_empty(), all.is_empty());
}

fn make(input: &mut Input<'_>, depth: u8) -> Text {
    let mut text = Text::default();
    while !input.is_empty() {
        let kind = input.byte() % 12;
        text = match kind {
            0 | 1 => text + input.text(60),
            2 => text + bold(input.text(20)),
            3 => text + italic(input.text(20)),
            4 => text + code(input.text(20)),
            5 => text + block(input.text(60)),
            6 => text + link(input.text(20), input.text(30)),
            7 => text + link(input.text(20), format!("https://{}", input.text(20))),
            8 => {
                let states = [State::Good, State::Bad, State::Odd, State::Running, State::Idle];
                text + state(states[input.below(states.len())], input.text(20))
            }
            9 if depth < DEPTH_MAX => {
                let items: Vec<Text> = (0..input.below(4)).map(|_| make(input, depth + 1)).collect();
                text + list(items)
            }
            10 => {
                let columns = input.below(4);
                let mut row = || (0..columns).map(|_| input.text(12)).collect::<Vec<_>>();
                let (head, rows) = (row(), vec![row(), row()]);
                text + table(head, rows)
            }
            _ if depth > 0 => return text,
            _ => text + "\n",
        };
    }
    text
}

/// Reads HTML as a strict reader does: every tag known and closed, every `&` an
/// entity, and its text that of the spans.
fn html(html: &str, spans: &[Span]) {
    let (mut open, mut said, mut rest) = (vec![], String::new(), html);
    while let Some(c) = rest.chars().next() {
        match c {
            '<' => {
                let (tag, after) = rest.split_once('>').expect("a tag ends");
                let tag = tag.strip_prefix('<').expect("it begins so");
                if let Some(name) = tag.strip_prefix('/') {
                    assert_eq!(open.pop(), Some(name), "tags close in their order: {html}");
                } else {
                    let (name, attribute) = tag.split_once(' ').unwrap_or((tag, ""));
                    assert!(TAGS.contains(&name), "no tag of ours: {html}");
                    let href = attribute.strip_prefix("href=\"").and_then(|href| href.strip_suffix('"'));
                    assert_eq!(href.is_some(), name == "a", "{html}");
                    assert!(href.is_none_or(|href| !href.contains(['"', '<'])), "{html}");
                    open.push(name);
                }
                rest = after;
            }
            '&' => {
                let (entity, after) = rest.split_once(';').expect("an entity ends");
                said.push(match entity {
                    "&amp" => '&',
                    "&lt" => '<',
                    "&gt" => '>',
                    "&quot" => '"',
                    "&#39" => '\'',
                    _ => panic!("no entity of ours: {html}"),
                });
                rest = after;
            }
            _ => {
                assert!(!['>', '"'].contains(&c), "a raw {c:?}: {html}");
                said.push(c);
                rest = rest.split_at(c.len_utf8()).1;
            }
        }
    }
    assert!(open.is_empty(), "never closed: {html}");
    let sign =
        |style: &Style| if let Style::State(state) = style { format!("{} ", state.emoji()) } else { String::new() };
    let meant: String = spans.iter().map(|span| sign(&span.style) + &span.text).collect();
    assert_eq!(said, meant, "HTML says what the spans say");
}

/// Whether a character may stand in what a terminal shows.
fn is_shown(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c == '\n' || !(c.is_control() || turns)
}

/// Takes our own colours out; what is left does nothing to a terminal.
fn ansi(ansi: &str) {
    let mut coloured = false;
    let mut pieces = ansi.split('\x1b');
    assert!(pieces.next().is_some_and(|first| first.chars().all(is_shown)));
    for piece in pieces {
        let (number, shown) = piece.strip_prefix('[').and_then(|rest| rest.split_once('m')).expect("a colour of ours");
        assert!(["0", "1", "3", "4", "31", "32", "33", "35", "36", "90"].contains(&number), "{ansi:?}");
        assert_ne!(number == "0", !coloured, "a colour ends before the next begins: {ansi:?}");
        coloured = number != "0";
        assert!(shown.chars().all(is_shown), "{ansi:?}");
    }
    assert!(!coloured, "the last colour ends: {ansi:?}");
}

/// The characters that are no white space, each with its style.
fn letters(spans: &[Span]) -> Vec<(char, &Style)> {
    let of = |span| {
        let Span { style, text }: &Span = span;
        text.chars().filter(|c| !c.is_whitespace()).map(move |c| (c, style))
    };
    spans.iter().flat_map(of).collect()
}

fn splits(text: &Text, limit: usize, size: fn(&str) -> usize) {
    let pieces: Vec<Vec<Span>> = text.split(limit, size).iter().map(Text::spans).collect();
    for piece in &pieces {
        let said: String = piece.iter().map(|span| span.text.as_str()).collect();
        assert!(size(&said) <= limit || said.chars().count() == 1, "{} of at most {limit}: {said:?}", size(&said));
        assert!(!said.trim().is_empty(), "no piece is blank");
    }
    let parted: Vec<_> = pieces.iter().flat_map(|piece| letters(piece)).collect();
    assert!(parted == letters(&text.spans()), "all that was said is said, in its style:\n{text:?}\n{pieces:?}");
}
