//! What Telegram refuses in a text or under it.
use super::{
    answer::{Failure, bad},
    entities,
    request::Call,
};
use serde_json::{Value, json};

/// The longest text, in UTF-16 units after parsing; Bot API, sendMessage.text.
const TEXT_MAX: usize = 4096;
/// The longest data of a button, in bytes; Bot API, InlineKeyboardButton.callback_data.
const DATA_MAX: usize = 64;

/// A text as it was sent, and as it is read.
pub(super) struct Written {
    pub(super) source: String,
    pub(super) text: String,
    pub(super) entities: Vec<Value>,
}

/// What stands under a message.
pub(super) enum Markup {
    /// The inline keyboard, as `reply_markup` of the message.
    Inline(Value),
    /// The person's client shows an answer to this message as begun.
    Asks,
    /// A keyboard in place of the letters, or none any more.
    Other,
}

/// The length as Telegram counts it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The text of a message, with its limits.
pub(super) fn text(call: &Call) -> Result<Written, Failure> {
    let written = formatted(call, "text", "entities")?;
    match units(&written.text) {
        0 => bad("message text is empty"),
        units if units > TEXT_MAX => bad("message is too long"),
        _ => Ok(written),
    }
}

/// A text after parsing, white space around it taken off.
pub(super) fn formatted(call: &Call, field: &str, given: &str) -> Result<Written, Failure> {
    // Line ends are `\n` alone there.
    let source = call.text(field).unwrap_or_default().replace('\r', "");
    let mode = call.text("parse_mode").unwrap_or_default();
    let (text, entities) = match mode.to_ascii_lowercase().as_str() {
        "" => (source.clone(), explicit(call, given, &source)?),
        "html" => entities::html(&source).or_else(|why| bad(format!("can't parse entities: {why}")))?,
        _ => return bad("unsupported parse_mode"),
    };
    let (text, entities) = entities::trimmed(&text, entities);
    Ok(Written { source, text, entities })
}

/// Entities that came beside the text.
fn explicit(call: &Call, field: &str, text: &str) -> Result<Vec<Value>, Failure> {
    let entities = match call.json(field) {
        None => return Ok(vec![]),
        Some(Value::Array(entities)) => entities,
        Some(_) => return bad("can't parse entities: expected an Array"),
    };
    let length = units(text);
    for entity in &entities {
        let (Some(offset), Some(units)) = (entity["offset"].as_u64(), entity["length"].as_u64()) else {
            return bad("can't parse MessageEntity: Field \"offset\" must be of type Number");
        };
        if usize::try_from(offset + units).map_or(true, |end| end > length) {
            return bad(format!("entity beginning at UTF-16 offset {offset} ends after the end of the text"));
        }
    }
    Ok(entities)
}

/// What stands under the message, checked.
pub(super) fn markup(call: &Call) -> Result<Option<Markup>, Failure> {
    let markup = match call.json("reply_markup") {
        None => return Ok(None),
        Some(markup @ Value::Object(_)) => markup,
        Some(_) => return bad("object expected as reply markup"),
    };
    if markup["force_reply"] == true {
        return Ok(Some(Markup::Asks));
    }
    let Some(keyboard) = markup.get("inline_keyboard") else { return Ok(Some(Markup::Other)) };
    let Some(rows) = keyboard.as_array() else {
        return bad("field \"inline_keyboard\" of the InlineKeyboardMarkup should be an Array of Arrays");
    };
    let mut kept = vec![];
    for row in rows {
        let Some(buttons) = row.as_array() else {
            return bad("field \"inline_keyboard\" of the InlineKeyboardMarkup should be an Array of Arrays");
        };
        for button in buttons {
            check_button(button)?;
        }
        if !buttons.is_empty() {
            kept.push(row.clone());
        }
    }
    Ok((!kept.is_empty()).then(|| Markup::Inline(json!({ "inline_keyboard": kept }))))
}

fn check_button(button: &Value) -> Result<(), Failure> {
    let Some(text) = button["text"].as_str() else {
        return bad("can't parse inline keyboard button: Can't find field \"text\"");
    };
    if text.trim().is_empty() {
        return bad("inline keyboard button text must be non-empty");
    }
    if let Some(data) = button.get("callback_data") {
        let length = data.as_str().map_or(0, str::len);
        return if (1..=DATA_MAX).contains(&length) { Ok(()) } else { bad("BUTTON_DATA_INVALID") };
    }
    match button.as_object().is_some_and(|fields| fields.len() > 1) {
        true => Ok(()),
        false => bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    }
}
