//! What a method call is answered with, and the refusals in Telegram's own words.
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

/// The result of a method, or why not.
pub(super) type Answer = Result<Value, Failure>;

/// An answer with `"ok":false`.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) code: u16,
    pub(super) description: String,
    pub(super) parameters: Option<Value>,
}

impl Failure {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Failure { code, description: description.into(), parameters: None }
    }
    pub(super) fn flood(retry_after: u64) -> Self {
        let parameters = Some(json!({ "retry_after": retry_after }));
        Failure { code: 429, description: format!("Too Many Requests: retry after {retry_after}"), parameters }
    }
    pub(super) fn moved(to: i64) -> Self {
        let parameters = Some(json!({ "migrate_to_chat_id": to }));
        let description = "Bad Request: group chat was upgraded to a supergroup chat".into();
        Failure { code: 400, description, parameters }
    }
}

/// `400 Bad Request: why`.
pub(super) fn bad<T>(why: impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure::new(400, format!("Bad Request: {why}")))
}
/// `403 Forbidden: why`.
pub(super) fn forbidden<T>(why: impl std::fmt::Display) -> Result<T, Failure> {
    Err(Failure::new(403, format!("Forbidden: {why}")))
}
/// `409 Conflict: why`.
pub(super) fn conflict<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::new(409, format!("Conflict: {why}")))
}

/// The answer as it goes over the wire. A result of the form
/// `{"result":..,"description":..}` comes from [`described`].
pub(super) fn respond(answer: Answer) -> Response<Full<Bytes>> {
    match answer {
        Ok(mut result) => {
            let body = match result.get_mut(DESCRIBED).map(Value::take) {
                Some(description) => json!({ "ok": true, "result": result["result"], "description": description }),
                None => json!({ "ok": true, "result": result }),
            };
            respond_with(200, "application/json", body.to_string())
        }
        Err(Failure { code, description, parameters }) => {
            let mut body = json!({ "ok": false, "error_code": code, "description": description });
            if let Some(parameters) = parameters {
                body["parameters"] = parameters;
            }
            respond_with(code, "application/json", body.to_string())
        }
    }
}

const DESCRIBED: &str = "\0description";

/// A result with a sentence beside it.
pub(super) fn described(result: Value, description: &str) -> Value {
    json!({ "result": result, DESCRIBED: description })
}

pub(super) fn respond_with(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert(header::CONTENT_TYPE, kind.parse().expect("a media type"));
    response
}
