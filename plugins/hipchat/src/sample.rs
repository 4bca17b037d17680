//! Requests as senders make them: for `factotum hook send` and tests.
use factotum_plugin_api::prelude::*;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Makes a request of a body as JSON, with the token as Buildbot gives it. Which room it
/// is for stands in the file, as `room`.
///
/// # Errors
/// [`factotum_plugin_api::Error::User`] when the file is no JSON object with a room.
pub(crate) fn make(file: &[u8], token: Option<&Secret>) -> Result<Sample> {
    let mut body: Value = serde_json::from_slice(file).map_err(|error| user_error(format!("not JSON: {error}")))?;
    let room = body.as_object_mut().and_then(|fields| fields.remove("room"));
    let Some(Value::String(room)) = room else {
        return Err(user_error(r#"the file names no room: it is like {"room": "Dev room", "message": "hello"}"#));
    };
    let room = utf8_percent_encode(&room, NON_ALPHANUMERIC);
    let mut path = format!("/v2/room/{room}/notification");
    if let Some(token) = token {
        let token = utf8_percent_encode(token.expose(), NON_ALPHANUMERIC);
        path = format!("{path}?auth_token={token}");
    }
    let headers = vec![("Content-Type".into(), "application/json".into())];
    Ok(Sample { path: Some(path), headers, body: body.to_string().into() })
}
