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
