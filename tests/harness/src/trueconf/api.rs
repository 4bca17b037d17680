//! From a request to its answer: paths, tokens and scopes, pages and order.
//! What each generation answers is in `v3` and `v4`.
use super::{State, answer::Answer, v3, v4};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header, request::Parts};
use serde_json::{Value, json};
use std::{cmp::Ordering, collections::HashMap};

/// A request whose body has come.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    query: HashMap<String, String>,
}

impl Asked {
    pub(super) fn new(head: Parts, body: Bytes) -> Self {
        let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        Asked { method: head.method, uri: head.uri, headers: head.headers, body, query }
    }
    /// A parameter of the query.
    pub(super) fn says(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.says(name)?.parse().ok()
    }
    /// The token of the query: v3's.
    pub(super) fn query_token(&self) -> Option<&str> {
        self.query.get("access_token").map(String::as_str)
    }
    /// The token of the header: v4's.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }
    pub(super) fn token(&self) -> Option<&str> {
        self.bearer().or_else(|| self.query_token())
    }
    /// The rows of a page: the parameter names the page, whose first is `base`.
    pub(super) fn page(&self, page: &str, base: usize, size: usize, max: usize) -> Page {
        let size = self.number("page_size").and_then(|size| usize::try_from(size).ok()).unwrap_or(size);
        let asked = self.number(page).and_then(|page| usize::try_from(page).ok()).unwrap_or(base);
        // A page before the first is the first.
        Page { at: asked.saturating_sub(base), size: size.clamp(1, max) }
    }
    /// Puts rows in the order that `sort_field` and `sort_order` (1: descending) name.
    pub(super) fn sort(&self, rows: &mut [Value], open_last: bool) {
        let Some(field) = self.says("sort_field") else { return };
        let descending = self.says("sort_order") == Some("1");
        rows.sort_by(|a, b| {
            let order = match (&a[field], &b[field]) {
                (Value::Null, Value::Null) => Ordering::Equal,
                // No end is later than any.
                (Value::Null, _) => {
                    if open_last {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                }
                (_, Value::Null) => {
                    if open_last {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
                }
                (Value::Number(a), Value::Number(b)) => a.as_i64().cmp(&b.as_i64()),
                (a, b) => text(a).cmp(&text(b)),
            };
            if descending { order.reverse() } else { order }
        });
    }
}

fn text(value: &Value) -> String {
    value["date"].as_str().or(value.as_str()).map_or_else(|| value.to_string(), str::to_owned)
}

/// A page of something.
pub(super) struct Page {
    /// How many pages are before it.
    pub(super) at: usize,
    size: usize,
}

impl Page {
    pub(super) fn of(&self, rows: &[Value]) -> Vec<Value> {
        rows.iter().skip(self.at.saturating_mul(self.size)).take(self.size).cloned().collect()
    }
    pub(super) fn is_last(&self, rows: &[Value]) -> bool {
        self.at.saturating_add(1).saturating_mul(self.size) >= rows.len()
    }
}

/// Answers a request.
pub(super) fn answer(state: &mut State, asked: &Asked, vs_port: u16) -> Answer {
    let now = state.world.now();
    let path = asked.uri.path().strip_prefix('/').unwrap_or_default();
    let decode = |word: &str| percent_encoding::percent_decode_str(word).decode_utf8_lossy().into_owned();
    let words: Vec<String> = path.split('/').map(decode).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match (asked.method.as_str(), words.as_slice()) {
        ("POST", ["oauth2", "v1", "token"]) => state.tokens.answer(&asked.headers, &asked.body, now),
        (method, ["api", "v4", rest @ ..]) if state.v4 => match (method, rest) {
            ("POST", ["oauth2", "token"]) => state.tokens.answer(&asked.headers, &asked.body, now),
            ("GET", ["server"]) => {
                Answer::ok(&json!({ "product": { "display_name": "video.example.com", "version": state.version } }))
            }
            ("GET", ["endpoints", "connects"]) => Answer::ok(&json!({ "connects": [format!("127.0.0.1:{vs_port}")] })),
            _ => match asked.bearer().filter(|token| state.tokens.is_good(token, now)) {
                None => bad_token(401),
                Some(token) => v4::answer(state, asked, rest, token),
            },
        },
        (_, ["api", version, rest @ ..]) if state.v3 && is_v3(version) => {
            match asked.query_token().filter(|token| state.tokens.is_good(token, now)) {
                None => bad_token(403),
                Some(token) => v3::answer(state, asked, rest, token),
            }
        }
        _ => Answer::no_such_path(),
    }
}

fn is_v3(version: &str) -> bool {
    let minor = version.strip_prefix("v3").map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    minor.is_some_and(|minor| minor.chars().all(|c| c.is_ascii_digit()))
}

fn bad_token(status: u16) -> Answer {
    Answer::error(status, "accessTokenInvalid", "Access token is invalid or expired.")
}

/// Why a call is refused whose scope the token has not.
pub(super) fn forbidden() -> Answer {
    Answer::error(403, "forbidden", "Forbidden")
}

/// Nobody has made this conference.
pub(super) fn no_conference(id: &str) -> Answer {
    Answer::not_found("conferenceNotFound", &format!("Conference '{id}' is not found."), "conference_id")
}

/// What stopping makes of a conference; an error is the answer.
pub(super) fn stop(state: &mut State, id: &str) -> Result<(), Answer> {
    match state.world.conference(id) {
        None => Err(no_conference(id)),
        Some(conference) if conference["state"] == "stopped" && state.second_stop_refused => Err(no_conference(id)),
        Some(_) => {
            state.world.stop(id);
            Ok(())
        }
    }
}

/// What running makes of a conference; an error is the answer.
pub(super) fn run(state: &mut State, id: &str) -> Result<(), Answer> {
    state.world.conference(id).ok_or_else(|| no_conference(id))?;
    state.world.run(id);
    Ok(())
}
