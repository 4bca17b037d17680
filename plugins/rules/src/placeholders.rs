//! Texts with `${…}`: what a rule says of a message.
//!
//! What stands between the braces is an expression; a name that nobody knows gives an
//! empty text. What is no expression is left standing. Values are data: they become plain
//! spans, whatever characters they have.
use crate::{
    expression::{Context, Expr, Mistake, Names, eval::eval, parse},
    wildcard::Fuel,
};
use factotum_plugin_api::text::Text;

/// The longest text of a rule, in characters.
pub const TEMPLATE_MAX: usize = 8_000;
/// The longest message that comes of it, in characters; the rest is cut off.
pub const RENDERED_MAX: usize = 4_000;

/// A text with its placeholders, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pieces: Vec<Piece>,
    /// What stands between `${` and `}` and is no expression.
    pub mistakes: Vec<(String, Mistake)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Plain(String),
    /// What stands between the braces, read and as it is written.
    Value(Expr, String),
}

impl Template {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let (mut pieces, mut mistakes) = (vec![], vec![]);
        let (mut plain, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("${") {
            plain += before;
            let Some((inner, more)) = until_brace(after) else {
                plain += "${";
                rest = after;
                continue;
            };
            match parse(inner, Names::Any) {
                Ok(expr) => {
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    pieces.push(Piece::Value(expr, inner.to_owned()));
                }
                Err(mistake) => {
                    plain += &format!("${{{inner}}}");
                    mistakes.push((inner.to_owned(), mistake));
                }
            }
            rest = more;
        }
        plain += rest;
        pieces.push(Piece::Plain(plain));
        pieces.retain(|piece| !matches!(piece, Piece::Plain(plain) if plain.is_empty()));
        Template { pieces, mistakes }
    }
    /// The text with the values of a message; and which placeholders cannot be filled, and
    /// why: they are left standing.
    pub fn fill(&self, context: &Context<'_>) -> (Text, Vec<String>) {
        let failed = |inner: &str, why: &str| format!("${{{inner}}} is left standing: {why}");
        let mut failures: Vec<String> =
            self.mistakes.iter().map(|(inner, mistake)| failed(inner, &mistake.what)).collect();
        let (mut text, mut room, mut fuel) = (Text::default(), RENDERED_MAX, Fuel::default());
        for piece in &self.pieces {
            let value = match piece {
                Piece::Plain(plain) => plain.clone(),
                Piece::Value(expr, inner) => match eval(expr, context, &mut fuel) {
                    Ok(value) => value.text().to_owned(),
                    Err(failure) => {
                        failures.push(failed(inner, &failure.to_string()));
                        format!("${{{inner}}}")
                    }
                },
            };
            let length = value.chars().count();
            if length > room {
                return (text + value.chars().take(room).collect::<String>() + " …", failures);
            }
            room -= length;
            if !value.is_empty() {
                text = text + value;
            }
        }
        (text, failures)
    }
}

/// What stands before the closing brace, and after it; quotes may hold one.
fn until_brace(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '}') => {
                let (inner, rest) = text.split_at_checked(at)?;
                return Some((inner, rest.strip_prefix('}')?));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn filled(text: &str) -> String {
        let mut message = Message::new("telegram", "2026-11-20T10:00:00Z".parse().unwrap());
        message.message = "<b>hi</b> ${entity}".into();
        message.tags = [("x-y", "1"), ("message.from.first_name", "Ann")].map(|(n, v)| (n.into(), v.into())).into();
        let more = [("status", Cow::Borrowed("OPEN"))];
        Template::of(text).fill(&Context { message: &message, count: 1, more: &more }).0.plain()
    }

    #[test]
    fn values_stand_where_their_names_stood() {
        let rows = [
            ("no values", "no values"),
            ("${entity}: ${message}", "telegram: <b>hi</b> ${entity}"),
            ("[${status}] ${tags}", "[OPEN] [message.from.first_name: Ann, x-y: 1]"),
            ("${tags['x-y']}${tags.x-y}", "1${tags.x-y}"),
            (
                "User ${tags.message.from.first_name} ${tags.message.from.last_name}/${tags.message.from.username}",
                "User Ann /",
            ),
            ("${ruleLink}${entity.displayName}${alert_duration_interval}", "telegram"),
            ("${tags['x-y'] = 1 ? 'a}' : 'b'}", "a}"),
            ("${open", "${open"),
            ("${}${ }", "${}${ }"),
            ("$${entity}$", "$telegram$"),
            ("${100 - value}", "${100 - value}"),
        ];
        for (text, expected) in rows {
            assert_eq!(filled(text), expected, "{text}");
        }
        assert_eq!(Template::of("${a b} ${c}").mistakes.len(), 1);
        assert_eq!(filled(&"${tags}".repeat(1_000)).chars().count(), RENDERED_MAX + 2);
    }

    proptest! {
        #[test]
        fn any_text_can_be_filled(text in "(\\$\\{|\\}|'|\"|\\\\|entity|tags|[.]|\\PC){0,40}") {
            let shown = filled(&text);
            if !text.contains("${") {
                prop_assert_eq!(shown, Text::from(text).plain());
            }
        }
    }
}
