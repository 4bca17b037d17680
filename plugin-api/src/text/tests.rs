//! What no value may do to a text, as properties; how texts look, as snapshots.
use super::*;
use insta::assert_snapshot;
use proptest::prelude::*;

// What the spans are, one a line: `style|text`.
fn shown(text: &Text) -> String {
    let span = |Span { style, text }: Span| match style {
        Style::Link(url) => format!("link {url}|{text:?}"),
        Style::State(state) => format!("{state:?}|{text:?}").to_lowercase(),
        style => format!("{style:?}|{text:?}").to_lowercase(),
    };
    text.spans().into_iter().map(span).collect::<Vec<_>>().join("\n")
}

fn report() -> Text {
    bold("o/r")
        + " #18 "
        + state(State::Bad, "failed")
        + ": "
        + link("log", "https://ci/?a=1&b=\"2\"")
        + list([
            Text::from("lint: ") + code("cargo clippy"),
            "two\nlines".into(),
            Text::from("nested") + list(["x", "y"]),
        ])
        + block("error[E0308]\n  --> a.rs\n")
        + table(["step", "took"], [vec!["build".to_owned(), "1 s".to_owned()], vec!["a\nb".to_owned()]])
        + italic("end")
}

#[test]
fn plain_form() {
    assert_snapshot!(report().plain(), @r#"
    o/r #18 failed: log (https://ci/?a=1&b="2")
    • lint: cargo clippy
    • two
      lines
    • nested
      • x
      • y
    error[E0308]
      --> a.rs
    step   took
    build  1 s
    a b
    end
    "#);
}

#[test]
fn html_form() {
    assert_snapshot!(report().html(), @r#"
    <b>o/r</b> #18 ❌ <b>failed</b>: <a href="https://ci/?a=1&amp;b=&quot;2&quot;">log</a>
    • lint: <code>cargo clippy</code>
    • two
      lines
    • nested
      • x
      • y
    <pre>error[E0308]
      --&gt; a.rs</pre>
    <pre>step   took
    build  1 s
    a b</pre>
    <i>end</i>
    "#);
}

#[test]
fn ansi_form() {
    let text = report() + " \x1b[2J\r\u{202e}gpj.exe\u{9b}31m";
    assert_snapshot!(text.ansi().replace('\x1b', "ESC"), @r#"
    ESC[1mo/rESC[0m #18 ESC[31mfailedESC[0m: log (ESC[4mhttps://ci/?a=1&b="2"ESC[0m)
    • lint: ESC[36mcargo clippyESC[0m
    • two
      lines
    • nested
      • x
      • y
    error[E0308]
      --> a.rs
    step   took
    build  1 s
    a b
    ESC[3mendESC[0m ␛[2J␍�gpj.exe�31m
    "#);
}

#[test]
fn layout_of_lists_blocks_and_tables() {
    let in_between = Text::from("see") + list(["one"]) + "then" + block("code\n\n") + "\nend";
    assert_snapshot!(shown(&in_between), @r#"
    plain|"see\n• one\nthen\n"
    block|"code"
    plain|"\nend"
    "#);
    let styled_items = list([bold("a\nb"), block("x\ny"), list(["deep"])]);
    assert_snapshot!(shown(&styled_items), @r#"
    plain|"• "
    bold|"a\n  b"
    plain|"\n• \n"
    block|"x\ny"
    plain|"\n• \n  • deep"
    "#);
    let neighbours = block("a") + block("b") + table(["h"], [["1".to_owned()]]);
    assert_snapshot!(shown(&neighbours), @r#"
    block|"a"
    plain|"\n"
    block|"b"
    plain|"\n"
    block|"h\n1"
    "#);
    let two_links = link("a", "https://x") + link("b", "https://x");
    assert_snapshot!(shown(&two_links), @r#"
    link https://x|"a"
    link https://x|"b"
    "#);
}

#[test]
fn what_is_empty_leaves_no_trace() {
    let nothing =
        || list(Vec::<Text>::new()) + block("\n") + table(Vec::<String>::new(), Vec::<Vec<String>>::new()) + "";
    assert!(nothing().is_empty());
    assert_eq!((nothing() + "a" + nothing() + "b" + nothing()).plain(), "ab");
    assert_eq!(Text::lines(["a", "", "b"]).plain(), "a\n\nb");
    assert_eq!(Text::lines([list(["a"]), "b".into()]).plain(), "• a\nb");
}

#[test]
fn only_a_web_address_is_a_link() {
    let rows = [
        ("https://ci/1", "x", "x (https://ci/1)"),
        ("HTTP://ci", "x", "x (HTTP://ci)"),
        ("https://ci/1", "https://ci/1", "https://ci/1"),
        ("https://ci/1", "", "https://ci/1"),
        ("javascript:alert(1)", "x", "x"),
        ("https://ci/\nFAKE", "x", "x"),
        ("https://ci/ x", "x", "x"),
        ("https://ci/\x1b[31m", "x", "x"),
        ("//ci", "x", "x"),
        ("éé", "x", "x"),
        ("", "x", "x"),
    ];
    for (url, text, plain) in rows {
        assert_eq!(link(text, url).plain(), plain, "{url:?}");
    }
}

#[test]
fn control_characters_become_visible() {
    let rows = [
        ("a\tb\r\n", "a␉b␍\n"),
        ("\0\x1b\x7f", "␀␛␡"),
        ("\u{85}\u{9b}\u{2028}", "���"),
        ("\u{61c}\u{200f}\u{202e}\u{2066}", "����"),
        ("👩‍💻 é ‑ 日本", "👩‍💻 é ‑ 日本"),
    ];
    for (text, seen) in rows {
        assert_eq!(visible(text), seen);
    }
}

fn pieces(text: &Text, limit: usize) -> Vec<String> {
    text.split(limit, |text| text.chars().count()).iter().map(Text::plain).collect()
}

#[test]
fn split_cuts_at_lines_then_words() {
    let rows: [(Text, usize, &[&str]); 10] = [
        ("one two three".into(), 20, &["one two three"]),
        ("one two three".into(), 8, &["one two", "three"]),
        ("one two\nthree four".into(), 12, &["one two", "three four"]),
        ("unbreakable".into(), 5, &["unbre", "akabl", "e"]),
        // The word is torn between no two spans.
        (Text::from("see o") + bold("/r") + " now", 6, &["see", "o/r", "now"]),
        // Indentation survives a cut at its line.
        ("if x:\n\n    return".into(), 10, &["if x:", "    return"]),
        // Code and links stay whole where they can.
        (Text::from("run ") + code("a b c"), 6, &["run", "a b c"]),
        (Text::from("run(") + code("a b c"), 6, &["run(", "a b c"]),
        (code("a b c"), 3, &["a b", "c"]),
        (Text::from("log:") + block("a\nb") + "end", 6, &["log:", "a\nb", "end"]),
    ];
    for (text, limit, cut) in rows {
        assert_eq!(pieces(&text, limit), cut);
    }
    assert_eq!(pieces(&Text::from(" \n "), 1), [""; 0]);
    // A character larger than the limit goes alone rather than never.
    assert_eq!(Text::from("a👍b").split(1, str::len).iter().map(Text::plain).collect::<Vec<_>>(), ["a", "👍", "b"]);
}

#[test]
fn a_cut_span_keeps_its_style() {
    let cut = (Text::from("x ") + bold("one two")).split(5, str::len);
    let html: Vec<_> = cut.iter().map(Text::html).collect();
    assert_eq!(html, ["x <b>one</b>", "<b>two</b>"]);
}

#[test]
fn a_long_text_is_cut_in_little_time() {
    let long = "a word and another\n".repeat(100_000);
    let pieces = Text::from(long).split(4096, |text| text.encode_utf16().count());
    assert_eq!(pieces.len(), 100_000_usize.div_ceil(4096 / 19));
}

/// Values as hooks bring them: markup, escape codes, wide and joined characters.
fn value() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![
        "<b>",
        "</pre>",
        "&lt;",
        "&",
        "\"",
        "'",
        "<a href=\"x\">",
        "\x1b[31m",
        "\r\n",
        "\n",
        "\t",
        "\u{202e}",
        "\u{9b}",
        "@all",
        "*x*",
        "_",
        "`",
        "👩‍💻",
        "é",
        "日本",
        " ",
        "  ",
        "a",
        "word",
        "\u{2028}",
        "\0",
    ]);
    prop_oneof![
        prop::collection::vec(hostile, 0..12).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[a-z]{0,9}( [a-z]{1,9}){0,6}",
    ]
}

fn text() -> impl Strategy<Value = Text> {
    let states = prop::sample::select(vec![State::Good, State::Bad, State::Odd, State::Running, State::Idle]);
    let url = prop_oneof![value().prop_map(|tail| format!("https://ci/{tail}")), value()];
    let leaf = prop_oneof![
        3 => value().prop_map(Text::from),
        1 => value().prop_map(bold),
        1 => value().prop_map(italic),
        1 => value().prop_map(code),
        1 => value().prop_map(block),
        1 => (value(), url).prop_map(|(text, url)| link(text, url)),
        1 => (states, value()).prop_map(|(state, word)| super::state(state, word)),
        1 => (prop::collection::vec(value(), 0..3), prop::collection::vec(prop::collection::vec(value(), 0..3), 0..3))
            .prop_map(|(head, rows)| table(head, rows)),
    ];
    let joined =
        |inner: BoxedStrategy<Text>| prop::collection::vec(inner, 0..5).prop_map(|parts| Text::join("", parts));
    leaf.boxed().prop_recursive(3, 24, 5, move |inner| {
        prop_oneof![joined(inner.clone()), prop::collection::vec(inner, 0..4).prop_map(list)]
    })
}

/// What HTML says once its tags are gone. Refuses a tag that we do not write.
fn read_html(mut html: &str) -> String {
    let tags = ["<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "<pre>", "</pre>", "</a>"];
    let mut said = String::new();
    while let Some(c) = html.chars().next() {
        if c == '<' {
            let end = html.find('>').unwrap() + 1;
            let (tag, rest) = html.split_at(end);
            let is_link = tag.strip_prefix("<a href=\"").and_then(|tag| tag.strip_suffix("\">"));
            assert!(tags.contains(&tag) || is_link.is_some_and(|url| !url.contains('"')), "{tag:?}");
            html = rest;
        } else if c == '&' {
            let (name, rest) = html.split_once(';').unwrap();
            said.push(match name {
                "&amp" => '&',
                "&lt" => '<',
                "&gt" => '>',
                "&quot" => '"',
                "&#39" => '\'',
                other => panic!("{other:?}"),
            });
            html = rest;
        } else {
            assert!(c != '>' && c != '"' && c != '\'', "{c:?} is not escaped");
            said.push(c);
            html = html.strip_prefix(c).unwrap();
        }
    }
    said
}

/// Every character but white space, with its style.
fn ink(text: &Text) -> Vec<(char, Style)> {
    let inked = |Span { style, text }: Span| {
        text.chars().filter(|c| !c.is_whitespace()).map(|c| (c, style.clone())).collect::<Vec<_>>()
    };
    text.spans().into_iter().flat_map(inked).collect()
}

type Unit = (&'static str, fn(&str) -> usize);
const UNITS: [Unit; 3] =
    [("bytes", str::len), ("UTF-16", |text| text.encode_utf16().count()), ("characters", |text| text.chars().count())];

proptest! {
    #[test]
    fn no_value_becomes_markup(text in text()) {
        let said = text.render(|style, text| match style {
            Style::State(state) => format!("{} {text}", state.emoji()),
            _ => text.to_owned(),
        });
        prop_assert_eq!(read_html(&text.html()), said);
    }

    #[test]
    fn no_value_controls_the_terminal(text in text()) {
        let ours = ["\x1b[0m", "\x1b[1m", "\x1b[3m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m", "\x1b[36m", "\x1b[90m"];
        let ansi = text.ansi();
        let bare = ours.iter().fold(ansi.clone(), |ansi, code| ansi.replace(code, ""));
        prop_assert!(bare.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", bare);
        prop_assert_eq!(visible(&bare), bare.clone());
        // Without our codes it is the plain form made visible.
        prop_assert_eq!(bare, visible(&text.plain()));
        // Each style that begins ends, before the next one begins.
        let codes: Vec<_> = ansi.split('\x1b').skip(1).map(|code| code.starts_with("[0m")).collect();
        prop_assert!(codes.chunks(2).all(|pair| pair == [false, true]));
    }

    #[test]
    fn spans_are_laid_out_once(text in text()) {
        let spans = text.spans();
        prop_assert!(spans.iter().all(|span| !span.text.is_empty()));
        prop_assert_eq!(text.is_empty(), spans.is_empty());
        let again = Text(spans.iter().cloned().map(Node::Span).collect());
        prop_assert_eq!(again.spans(), spans.clone());
        for (before, block) in spans.iter().zip(spans.iter().skip(1)) {
            prop_assert!(block.style != Style::Block || before.text.ends_with('\n'));
            prop_assert!(before.style != Style::Block || block.text.starts_with('\n'));
        }
    }

    #[test]
    fn pieces_fit_and_lose_nothing(text in text(), limit in 4_usize..60, unit in 0_usize..3) {
        let (name, size) = UNITS[unit];
        let pieces = text.split(limit, size);
        let mut kept = vec![];
        for piece in &pieces {
            let said: String = piece.spans().into_iter().map(|span| span.text).collect();
            prop_assert!(size(&said) <= limit, "{} {name} of {limit}: {said:?}", size(&said));
            prop_assert!(!said.trim().is_empty());
            kept.extend(ink(piece));
        }
        prop_assert_eq!(kept, ink(&text));
    }

    #[test]
    fn what_fits_is_one_piece(text in text()) {
        prop_assert!(text.split(usize::MAX, str::len).len() <= 1);
    }

    #[test]
    fn a_stored_text_is_the_same(text in text()) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), text);
    }
}
