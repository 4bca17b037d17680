//! What the body of a request says, as its many senders write it: mostly JSON, by some
//! libraries numbers and truths as texts, by some scripts a form or the bare message.
use crate::html;
use factotum_plugin_api::{prelude::*, text::State};
use serde_json::{Map, Value};

/// The longest message, in characters; HipChat's API v2, "Send room notification". What
/// is longer is cut.
const MESSAGE_MAX: usize = 10_000;

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body {
    fields: Map<String, Value>,
}

impl Body {
    /// Reads it.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] when it is nothing that can be read.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let text = str::from_utf8(&request.body).map_err(|_| Refusal::BadRequest("the body is not UTF-8".into()))?;
        let bare = |format: &str| {
            let fields = [("message", text), ("message_format", format)];
            Body { fields: fields.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect() }
        };
        match request.media_type().as_deref() {
            Some("text/html") => return Ok(bare("html")),
            Some("text/plain") => return Ok(bare("text")),
            // curl says that all it sends are forms.
            Some("application/x-www-form-urlencoded") if !text.trim_start().starts_with('{') => {
                let fields = form_urlencoded::parse(text.as_bytes()).into_owned();
                return Ok(Body { fields: fields.map(|(name, value)| (name, value.into())).collect() });
            }
            _ => {}
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Body { fields }),
            Ok(_) => Err(Refusal::BadRequest("the body is JSON and no object".into())),
            Err(error) => Err(Refusal::BadRequest(format!("the body is not the JSON we expect: {error}"))),
        }
    }
    /// The token that some senders repeat here.
    pub(crate) fn token(&self) -> Option<&str> {
        ["token", "auth_token"].iter().find_map(|name| self.word(name))
    }
    /// Whether it is to come without a sound: the sender says so. Who says nothing leaves
    /// it to the chat.
    pub(crate) fn is_silent(&self) -> bool {
        match self.fields.get("notify") {
            Some(Value::Bool(notify)) => !notify,
            Some(Value::Number(number)) => number.as_f64() == Some(0.0),
            Some(Value::String(word)) => matches!(word.to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off"),
            _ => false,
        }
    }
    /// What is to be posted: the colour, who it is from, and the message or card.
    /// `html` is what the message is where the body does not say.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] when it says nothing.
    pub(crate) fn text(&self, html: bool) -> Result<Text, Refusal> {
        let said = self.card().or_else(|| self.message(html)).filter(|text| !text.is_empty());
        let said = said.ok_or_else(|| Refusal::BadRequest("the body has no message".into()))?;
        let from: Option<String> = self.word("from").map(|from| from.split_whitespace().collect::<Vec<_>>().join(" "));
        let from = from.filter(|from| !from.is_empty()).map(|from| bold(&from));
        let colour = self.state().map(|(how, colour)| state(how, colour));
        let before: Vec<Text> = colour.into_iter().chain(from).collect();
        Ok(match before.is_empty() {
            true => said,
            false => Text::join(" ", before) + ": " + said,
        })
    }
    /// What a colour tells, with its name. Yellow tells nothing, since it is what senders
    /// send who were told no colour; nor does random.
    fn state(&self) -> Option<(State, &'static str)> {
        match self.word("color")?.trim().to_ascii_lowercase().as_str() {
            "green" => Some((State::Good, "green")),
            "red" => Some((State::Bad, "red")),
            "purple" => Some((State::Odd, "purple")),
            "gray" | "grey" => Some((State::Idle, "gray")),
            _ => None,
        }
    }
    fn message(&self, html: bool) -> Option<Text> {
        let format = self.word("message_format").map(str::to_ascii_lowercase);
        let html = match format.as_deref().map(str::trim) {
            Some("text") => false,
            Some("html") => true,
            _ => html,
        };
        match self.fields.get("message")? {
            Value::String(message) => Some(of_markup(message, html)),
            Value::Number(number) => Some(number.to_string().into()),
            Value::Bool(truth) => Some(truth.to_string().into()),
            _ => None,
        }
    }
    /// A card, which HipChat showed in the place of the message: its title, description
    /// and attributes.
    fn card(&self) -> Option<Text> {
        let card = self.fields.get("card")?.as_object()?;
        let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let title = card.get("title").and_then(text)?;
        let mut lines = vec![match card.get("url").and_then(text) {
            Some(url) => link(title, url),
            None => bold(title),
        }];
        lines.extend(card.get("description").and_then(|description| match description {
            Value::Object(markup) => {
                let html = markup.get("format").and_then(Value::as_str) == Some("html");
                Some(of_markup(&markup.get("value").and_then(text)?, html))
            }
            plain => Some(of_markup(&text(plain)?, false)),
        }));
        for attribute in card.get("attributes").and_then(Value::as_array).into_iter().flatten() {
            let (label, value) = (&attribute["label"], &attribute["value"]);
            let Some(shown) = text(&value["label"]).or_else(|| text(value)) else { continue };
            let shown = match text(&value["url"]) {
                Some(url) => link(shown, url),
                None => Text::from(shown),
            };
            lines.push(match text(label) {
                Some(label) => Text::from(label) + ": " + shown,
                None => shown,
            });
        }
        Some(Text::lines(lines))
    }
    fn word(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }
}

/// A text in HTML or none, cut to what HipChat takes.
fn of_markup(text: &str, html: bool) -> Text {
    let cut: String = text.chars().take(MESSAGE_MAX).collect();
    let more = if cut.len() < text.len() { " …" } else { "" };
    let said = if html { html::reduce(&cut) } else { Text::from(cut.trim()) };
    said + more
}

#[cfg(test)]
mod tests;
