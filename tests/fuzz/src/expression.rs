//! Any text as a filter and as the text of a rule: an expression that prints and parses to
//! the same one, or a mistake with a place in the text; evaluating it ends.
use factotum_plugin_api::jiff::Timestamp;
use plugin_rules::{
    Fuel, Message,
    expression::{Context, Names, eval::eval, parse},
    placeholders::{RENDERED_MAX, Template},
};

/// Reads the bytes both ways.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut message = Message::new("telegram", Timestamp::UNIX_EPOCH);
    message.message = text.clone().into_owned();
    message.tags =
        [("a.b", "1"), ("a-b", "x"), ("list[0]", "")].map(|(name, value)| (name.into(), value.into())).into();
    let context = Context { message: &message, count: 2, more: &[] };
    match parse(&text, Names::OfMessage) {
        Ok(expr) => {
            let printed = expr.to_string();
            // What is printed may be longer than what was read, and then too long.
            match parse(&printed, Names::OfMessage) {
                Ok(again) => assert_eq!(again, expr, "{printed}"),
                Err(mistake) => assert!(mistake.what.contains("longer than"), "{printed}: {}", mistake.what),
            }
            let value = eval(&expr, &context, &mut Fuel::default());
            assert_eq!(value, eval(&expr, &context, &mut Fuel::default()));
        }
        Err(mistake) => {
            assert!(mistake.at <= text.chars().count());
            assert!(mistake.shown(&text).ends_with('^'));
        }
    }
    let template = Template::of(&text);
    let filled = template.fill(&context).0.plain();
    assert!(filled.chars().count() <= RENDERED_MAX + 2);
    if !text.contains("${") && text.chars().count() <= RENDERED_MAX {
        assert_eq!(filled, text);
    }
}
