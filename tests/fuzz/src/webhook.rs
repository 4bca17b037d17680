//! A whole request of the generic endpoint, query and body: a message within its limits
//! whose entity no body can choose, the same when asked twice, which a rule then takes;
//! or a documented refusal.
//!
//! The first line is the end of the URL, the rest the body; what begins with a brace is JSON.
use factotum_plugin_api::{hook::Request, jiff::Timestamp};
use http::{HeaderMap, HeaderValue, Method};
use plugin_rules::{
    Compiled, Rule, Trigger,
    engine::{self, State},
    flatten::{TAGS_MAX, VALUE_MAX},
    params::understand,
    placeholders::RENDERED_MAX,
};

/// Sends the bytes.
pub fn run(data: &[u8]) {
    let (url, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (data.get(..end).unwrap_or_default(), data.get(end + 1..).unwrap_or_default()),
        None => (data, &[] as &[u8]),
    };
    let request = request(&String::from_utf8_lossy(url), body);
    let understood = understand(&request);
    let message = match (understood, understand(&request)) {
        (Ok(one), Ok(again)) => {
            assert_eq!(one.message, again.message);
            one.message
        }
        (Err(refusal), Err(_)) => {
            assert!(matches!(refusal.status().as_u16(), 400 | 415), "{refusal:?}");
            assert!(!refusal.reason().is_empty());
            return;
        }
        (one, again) => panic!("{one:?}, then {again:?}"),
    };
    assert!(!message.entity.is_empty() && !message.entity.chars().any(char::is_control));
    assert!(message.tags.len() <= TAGS_MAX + 2 && message.message.chars().count() <= VALUE_MAX + 1);
    let rule = Rule {
        filter: "message LIKE '*a*' || tags.a.b > 1 || severity >= 0".into(),
        condition: "count() >= 1 && message != null".into(),
        on: vec![Trigger::Open, Trigger::Repeat],
        text: "${message} ${tags} ${tags.a.b > 1}".into(),
        ..Rule::default()
    };
    let rule = Compiled::of("fuzz", rule).expect("it is right");
    if engine::is_about(&rule, &message).is_err() {
        return;
    }
    let mut state = State::default();
    let (id, at) = (request.id, request.received_at);
    let first = state.step(&rule, &message, id, at);
    assert_eq!(state.step(&rule, &message, id, at).ok(), first.clone().ok());
    // Of a lost request nothing stays, and the next try does the same.
    state.settle((id, at), false);
    assert_eq!(state.unsure().count(), 0);
    assert_eq!(state.step(&rule, &message, id + 1, at), first);
    if let Ok(Some(fired)) = first {
        let (text, _) = engine::text(&rule, &message, fired, at);
        assert!(text.plain().chars().count() <= RENDERED_MAX + 2);
    }
}

fn request(url: &str, body: &[u8]) -> Request {
    let (rest, query) = url.split_once('?').unwrap_or((url, ""));
    let json = body.trim_ascii_start().first().is_some_and(|byte| b"{[".contains(byte));
    let media_type = if json { "application/json" } else { "application/x-www-form-urlencoded" };
    Request {
        id: 1,
        method: if body.is_empty() { Method::GET } else { Method::POST },
        path: format!("/api/v1/messages/webhook/{rest}"),
        params: vec![("rest".into(), rest.into())],
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(media_type))]),
        body: body.to_vec().into(),
        peer: [127, 0, 0, 1].into(),
        received_at: Timestamp::UNIX_EPOCH,
        made: Default::default(),
    }
}
