//! From a request to a message: what the query tells of its fields, and which tags stay.
//!
//! Reserved parameters stand in the query alone, so that a body cannot say who it is
//! from. A field is what the query says, else what it names in the body, else in the headers.
use crate::{
    date,
    flatten::{self, Tags},
    message::{Message, Severity},
    wildcard::{Burnt, Fuel, like},
};
use factotum_plugin_api::{hook::Request, prelude::Refusal};
use http::{HeaderMap, Method};
use serde_json::Value;

/// The longest text of a message, in characters; the rest is cut off.
const MESSAGE_MAX: usize = flatten::VALUE_MAX;
/// The longest entity, type and source, in characters.
const FIELD_MAX: usize = 256;
/// The fields that a request can say, or say the place of.
const FIELDS: [&str; 6] = ["type", "source", "entity", "date", "message", "severity"];

/// What the query says that is no tag.
#[derive(Debug, Default)]
struct Params<'r> {
    literal: Vec<(&'r str, &'r str)>,
    command: Vec<(&'r str, &'r str)>,
    header: Vec<(&'r str, &'r str)>,
    header_tags: Vec<(&'r str, &'r str)>,
    pattern: &'r str,
    json: Vec<&'r str>,
    exclude: Vec<&'r str>,
    include: Vec<&'r str>,
    exclude_values: Vec<&'r str>,
    include_values: Vec<&'r str>,
    debug: bool,
}

fn get<'r>(list: &[(&str, &'r str)], field: &str) -> Option<&'r str> {
    list.iter().find(|(name, _)| *name == field).map(|(_, value)| *value)
}

impl<'r> Params<'r> {
    /// Takes a parameter, unless it is a tag.
    fn take(&mut self, name: &'r str, value: &'r str) -> bool {
        let patterns = || value.split(';').map(str::trim).filter(|pattern| !pattern.is_empty());
        let field = |name: &str| FIELDS.contains(&name);
        match name {
            "datetimePattern" => self.pattern = value,
            "json.parse" => self.json.push(value),
            "exclude" => self.exclude.extend(patterns()),
            "include" => self.include.extend(patterns()),
            "excludeValues" => self.exclude_values.extend(patterns()),
            "includeValues" => self.include_values.extend(patterns()),
            "debug" => self.debug = value.eq_ignore_ascii_case("true"),
            name if field(name) => self.literal.push((name, value)),
            _ => match (name.strip_prefix("command."), name.strip_prefix("header.")) {
                (Some(name), _) if field(name) => self.command.push((name, value)),
                (_, Some(name)) if field(name) => self.header.push((name, value)),
                (_, Some(tag)) if tag.starts_with("tag.") => {
                    self.header_tags.push((tag.trim_start_matches("tag."), value));
                }
                _ => return false,
            },
        }
        true
    }
    /// Whether a tag is left out.
    fn leaves_out(&self, name: &str, value: &str, fuel: &mut Fuel) -> Result<bool, Burnt> {
        let mut any = |patterns: &[&str], text: &str| {
            for pattern in patterns {
                if like(pattern, text, fuel)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        Ok(any(&self.exclude, name)? && !any(&self.include, name)?
            || any(&self.exclude_values, value)? && !any(&self.include_values, value)?)
    }
}

/// A request, understood.
#[derive(Debug)]
pub struct Understood {
    /// What it says.
    pub message: Message,
    /// Whether its sender wants to see that.
    pub debug: bool,
}

/// What a request says.
///
/// # Errors
/// [`Refusal::BadRequest`] when its body cannot be read or it has no entity;
/// [`Refusal::UnsupportedMediaType`] for a body that is neither JSON nor a form.
pub fn understand(request: &Request) -> Result<Understood, Refusal> {
    let bad = |why: String| Refusal::BadRequest(why);
    let mut params = Params::default();
    let mut tags = Tags::new();
    let mut query = vec![];
    for (name, value) in &request.query {
        if !params.take(name, value) {
            query.push((name.clone(), value.clone()));
        }
    }
    add_form(&mut tags, &query, &params.json).map_err(bad)?;
    match body(request)? {
        Body::None => {}
        Body::Json(mut value) => {
            params.json.iter().try_for_each(|name| lift(&mut value, name)).map_err(bad)?;
            flatten::document(&mut tags, "", &value).map_err(bad)?;
        }
        Body::Form(fields) => add_form(&mut tags, &fields, &params.json).map_err(bad)?,
    }

    // The path may end with /webhook.
    let rest = request.params.iter().find(|(name, _)| name == "rest").map_or("", |(_, rest)| rest);
    let source = rest.trim_matches('/').to_owned();
    let headers = &request.headers;
    let value = |field: &str| {
        let of_body = || tags.get(&flatten::plain_name(get(&params.command, field)?)).cloned();
        let of_header = || header(headers, get(&params.header, field)?);
        get(&params.literal, field).map(str::to_owned).or_else(of_body).or_else(of_header)
    };
    let short = |field: &str, or: &str| -> Result<String, Refusal> {
        let value = value(field).unwrap_or_else(|| or.to_owned());
        match value.chars().count() > FIELD_MAX || value.chars().any(char::is_control) {
            true => Err(bad(format!("{field}: it is longer than {FIELD_MAX} characters, or has control characters"))),
            false => Ok(value.trim().to_owned()),
        }
    };
    let entity = short("entity", &source)?.to_lowercase();
    if entity.is_empty() {
        return Err(bad("there is no entity: put it after /webhook/, or say entity=NAME".into()));
    }
    let mut message = Message::new(flatten::plain_name(&entity), date::to_ms(request.received_at));
    message.kind = short("type", "webhook")?;
    message.source = short("source", &source)?;
    let text = value("message");
    message.lacks_text = text.is_none() && get(&params.command, "message").is_some();
    message.message = text.unwrap_or_default().chars().take(MESSAGE_MAX).collect();
    message.severity = match get(&params.literal, "severity") {
        Some(word) => word.parse().map_err(|why| bad(format!("severity: {why}")))?,
        None => value("severity").and_then(|word| word.parse::<Severity>().ok()).unwrap_or_default(),
    };
    message.date = match get(&params.literal, "date") {
        Some(text) => date::parse("iso", text).ok_or_else(|| bad(format!("date: {text:?} is no date in ISO form")))?,
        None => value("date").and_then(|text| date::parse(params.pattern, &text)).unwrap_or(message.date),
    };
    let (mut fuel, mut burnt) = (Fuel::for_all_tags(), false);
    tags.retain(|name, value| match params.leaves_out(name, value, &mut fuel) {
        Ok(out) => !out,
        Err(Burnt) => {
            burnt = true;
            false
        }
    });
    if burnt {
        // What is to be left out must not come through because there is much of it.
        return Err(bad("the patterns of exclude and its like take too long: send less, or use fewer".into()));
    }
    for (name, from) in &params.header_tags {
        if let Some(value) = header(headers, from) {
            flatten::field(&mut tags, name, &value).map_err(bad)?;
        }
    }
    tags.insert("request_ip".into(), request.peer.to_string());
    message.tags = tags;
    Ok(Understood { message, debug: params.debug })
}

/// Headers that carry proofs are no fields.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let secret = ["authorization", "proxy-authorization", "cookie"].iter().any(|s| name.eq_ignore_ascii_case(s));
    let value = headers.get(name).filter(|_| !secret)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Adds form fields; what is to be parsed as JSON keeps its whole length.
fn add_form(tags: &mut Tags, fields: &[(String, String)], json: &[&str]) -> Result<(), String> {
    for (name, value) in fields {
        let plain = flatten::plain_name(name);
        match json.iter().any(|name| flatten::plain_name(name) == plain) {
            true => flatten::document(tags, &plain, &parsed(&plain, value)?)?,
            false => flatten::field(tags, name, value)?,
        }
    }
    Ok(())
}

/// Puts the document that a field holds as text in the place of the text.
fn lift(value: &mut Value, name: &str) -> Result<(), String> {
    let Value::Object(fields) = value else { return Ok(()) };
    for (key, inner) in fields {
        let same = |name: &str| flatten::plain_name(key) == flatten::plain_name(name);
        match inner {
            Value::String(text) if same(name) => *inner = parsed(name, text)?,
            // A key may have dots of its own: any cut of the path may fit.
            _ => {
                for (at, _) in name.match_indices('.') {
                    let (head, rest) = name.split_at(at);
                    if same(head) {
                        lift(inner, rest.trim_start_matches('.'))?;
                    }
                }
            }
        }
    }
    Ok(())
}

fn parsed(name: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{name}: it is not JSON: {error}"))
}

enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
}

fn body(request: &Request) -> Result<Body, Refusal> {
    if request.method == Method::GET || request.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Body::None);
    }
    let bad = |why: String| Refusal::BadRequest(why);
    let text = str::from_utf8(&request.body).map_err(|_| bad("the body is not UTF-8".into()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text); // some senders mark UTF-8
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let is_json = match request.media_type().as_deref() {
        // curl says that all it sends are forms.
        Some("application/x-www-form-urlencoded") => looks_like_json,
        Some("application/json") => true,
        Some(other) if other.ends_with("+json") => true,
        None | Some("text/plain") if looks_like_json => true,
        _ => {
            let wanted = "send application/json or application/x-www-form-urlencoded";
            return Err(Refusal::UnsupportedMediaType(wanted.into()));
        }
    };
    if !is_json {
        return Ok(Body::Form(form_urlencoded::parse(text.as_bytes()).into_owned().collect()));
    }
    let value: Value = serde_json::from_str(text).map_err(|error| bad(format!("the body is not JSON: {error}")))?;
    match value {
        Value::Object(_) | Value::Array(_) => Ok(Body::Json(value)),
        _ => Err(bad("the body is JSON and has no fields".into())),
    }
}

#[cfg(test)]
mod tests;
