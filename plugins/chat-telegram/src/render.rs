//! A [`Text`] as Telegram takes it.
use factotum_plugin_api::text::{Style, Text};

/// The longest text of a message, in UTF-16 code units after entity parsing; Bot API,
/// sendMessage.
pub(crate) const TEXT_MAX: usize = 4096;
/// The longest caption of a file, counted likewise.
pub(crate) const CAPTION_MAX: usize = 1024;

/// How Telegram counts.
pub(crate) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}

/// How long a text is once Telegram has parsed it, with the sign before each state.
pub(crate) fn shown_len(text: &Text) -> usize {
    utf16(&signed(text))
}

/// HTML of at most `max` units. The host has cut the text so that it fits without the
/// signs before states; where they make it too long, they are left out.
pub(crate) fn html(text: &Text, max: usize) -> String {
    if shown_len(text) <= max { text.html() } else { without_signs(text).html() }
}

/// The same without markup, for when Telegram does not take it.
pub(crate) fn plain(text: &Text, max: usize) -> String {
    let with_addresses = text.plain();
    if utf16(&with_addresses) <= max { with_addresses } else { text.render(|_, text| text.to_owned()) }
}

fn signed(text: &Text) -> String {
    text.render(|style, text| match style {
        Style::State(state) => format!("{} {text}", state.emoji()),
        _ => text.to_owned(),
    })
}

fn without_signs(text: &Text) -> Text {
    use factotum_plugin_api::text::{block, bold, code, italic, link};
    text.spans().into_iter().fold(Text::default(), |all, span| {
        all + match span.style {
            Style::Plain => Text::from(span.text),
            Style::Bold | Style::State(_) => bold(span.text),
            Style::Italic => italic(span.text),
            Style::Code => code(span.text),
            Style::Block => block(span.text),
            Style::Link(url) => link(span.text, url),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::text::{State, block, bold, code, italic, link, list, state, table};
    use factotum_testing::telegram::read_html;
    use proptest::prelude::*;

    /// Any value, most of them with what means something in markup.
    fn value() -> impl Strategy<Value = String> {
        prop_oneof!["[<>&\"';/a-z😀 \n]{0,12}", "&(lt|amp|#39|#x27);", "</?(b|a|pre|code)>", any::<String>()]
    }
    fn piece() -> impl Strategy<Value = Text> {
        let states = prop_oneof![Just(State::Good), Just(State::Bad), Just(State::Idle)];
        prop_oneof![
            value().prop_map(Text::from),
            value().prop_map(bold),
            value().prop_map(italic),
            value().prop_map(code),
            value().prop_map(block),
            (value(), value()).prop_map(|(text, path)| link(text, format!("https://ci/{path}"))),
            (states, value()).prop_map(|(how, word)| state(how, word)),
            prop::collection::vec(value(), 0..3).prop_map(list),
            prop::collection::vec((value(), value()), 0..3)
                .prop_map(|rows| { table(["<A>", "B"], rows.into_iter().map(|(a, b)| vec![a, b])) }),
        ]
    }

    proptest! {
        #[test]
        fn telegram_takes_any_text_and_shows_its_values(pieces in prop::collection::vec(piece(), 0..6)) {
            let text = Text::join(" ", pieces);
            prop_assert_eq!(read_html(&html(&text, TEXT_MAX)), Ok(signed(&text)));
        }
        #[test]
        fn nothing_is_longer_than_telegram_takes(pieces in prop::collection::vec(piece(), 0..6), max in 20_usize..80) {
            for part in Text::join(" ", pieces).split(max, utf16) {
                let shown = read_html(&html(&part, max)).unwrap();
                prop_assert!(utf16(&shown) <= max && utf16(&plain(&part, max)) <= max, "{shown:?}");
            }
        }
    }

    #[test]
    fn signs_are_left_out_where_they_do_not_fit() {
        let text = Text::from("x".repeat(4089)) + " " + state(State::Bad, "failed");
        assert_eq!(utf16(&text.plain()), TEXT_MAX);
        assert!(html(&text, TEXT_MAX).ends_with(" <b>failed</b>"));
        assert!(html(&text, TEXT_MAX + 2).ends_with(" ❌ <b>failed</b>"));
    }
}
