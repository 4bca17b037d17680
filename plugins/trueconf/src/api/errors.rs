//! What can go wrong between here and a server, and what a refusing answer says.
use super::one_line;
use factotum_plugin_api::{http::Answer, reqwest, secret::scrub};
use http::StatusCode;
use serde_json::Value;

/// Why a server gave no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No answer within the time of a call.
    Silent,
    /// The others had answered, and it was not waited for any longer.
    Late,
    /// It cannot be reached, with the cause.
    Lost(String),
    /// Its certificate is not one that is trusted, with the cause.
    Certificate(String),
    /// It broke off in the middle of an answer.
    BrokeOff,
    /// It does not know the application's id or secret.
    Credentials,
    /// There is neither an application nor a key.
    NoCredentials,
    /// Its application has no permission at all.
    NoScope,
    /// It refused a token that it had just given, or the key.
    Refused,
    /// The application lacks these permissions.
    Scope(Vec<String>),
    /// It refuses that, with no word of why.
    Forbidden,
    /// There is no such thing there; the reason as the server gives it.
    Missing(String),
    /// The API that it speaks has no such call.
    NotTold,
    /// A web page or a 404 of no TrueConf Server.
    NotTrueConf(u16),
    /// Any other refusal: the status and what it said.
    Answered(u16, String),
    /// An answer that cannot be understood.
    Nonsense,
    /// What is wrong with what is known of it here: its address, its certificate file.
    Setup(String),
    /// The store failed; the log has the cause.
    Store,
}

impl Fault {
    /// Why a call was not answered.
    pub(crate) fn of_call(error: factotum_plugin_api::Error) -> Self {
        let error = error.into_anyhow();
        let of_http = error.chain().find_map(|cause| cause.downcast_ref::<reqwest::Error>());
        match of_http {
            Some(error) if error.is_timeout() => return Fault::Silent,
            Some(error) if error.is_body() || error.is_decode() => return Fault::BrokeOff,
            _ => {}
        }
        let all = format!("{error:#}");
        let root = error.root_cause().to_string();
        // The system's numbers say nothing more than its words.
        let cause = scrub(root.split(" (os error").next().unwrap_or_default()).into_owned();
        if all.contains("certificate") {
            return Fault::Certificate(cause);
        }
        // The connection was there, and it ended without an answer.
        if all.contains("connection closed before message completed")
            || all.contains("unexpected EOF")
            || all.contains("close_notify")
        {
            return Fault::BrokeOff;
        }
        Fault::Lost(cause)
    }
    /// What an answer that is no success says.
    pub(super) fn of_answer(answer: &Answer) -> Self {
        let status = answer.status.as_u16();
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            return match answer.status {
                StatusCode::FORBIDDEN => Fault::Forbidden,
                status if status.is_server_error() => Fault::Answered(status.as_u16(), String::new()),
                _ => Fault::NotTrueConf(status),
            };
        };
        let reason = reason(&body);
        match (answer.status, reason.as_deref()) {
            (StatusCode::FORBIDDEN, _) => Fault::Forbidden,
            (_, Some("invalidScope" | "invalid_scope")) => Fault::NoScope,
            (_, Some("InvalidCredentials" | "invalid_client" | "unauthorized_client")) => Fault::Credentials,
            (StatusCode::NOT_FOUND, Some(reason)) => Fault::Missing(reason.to_owned()),
            (StatusCode::NOT_FOUND, None) => Fault::NotTrueConf(status),
            _ => Fault::Answered(status, said(&body).or(reason).unwrap_or_default()),
        }
    }
}

/// Whether an answer says that the token is not, or no longer, good.
pub(super) fn token_refused(answer: &Answer) -> bool {
    match answer.status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            reason(&body).as_deref() == Some("accessTokenInvalid")
        }
        _ => false,
    }
}

/// `{"error":{"errors":[{"reason":…}]}}`, `{"reason":…}` or `{"error":…}`.
fn reason(body: &Value) -> Option<String> {
    let of_list = body.pointer("/error/errors/0/reason").and_then(Value::as_str);
    let found = of_list.or_else(|| body.get("reason")?.as_str()).or_else(|| body.get("error")?.as_str())?;
    Some(one_line(found))
}
fn said(body: &Value) -> Option<String> {
    let of_list = ["/error/errors/0/message", "/error/message", "/error_description", "/message"];
    let found = of_list.iter().find_map(|at| body.pointer(at)?.as_str()).filter(|said| !said.trim().is_empty())?;
    Some(scrub(&one_line(found)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderMap;

    fn answer(status: u16, body: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec().into() }
    }

    #[test]
    fn refusals_are_told_apart() {
        let v3 = |reason: &str| format!(r#"{{"error":{{"code":1,"message":"m","errors":[{{"reason":"{reason}"}}]}}}}"#);
        let rows = [
            (404, v3("conferenceNotFound"), Fault::Missing("conferenceNotFound".into())),
            (404, "<html>nginx".into(), Fault::NotTrueConf(404)),
            (404, "{}".into(), Fault::NotTrueConf(404)),
            (403, v3("forbidden"), Fault::Forbidden),
            (403, "<html>".into(), Fault::Forbidden),
            (400, v3("invalidScope"), Fault::NoScope),
            (400, r#"{"reason":"InvalidCredentials"}"#.into(), Fault::Credentials),
            (400, r#"{"error":"invalid_client","error_description":"x"}"#.into(), Fault::Credentials),
            (400, v3("uniqueValueAlreadyInUse"), Fault::Answered(400, "m".into())),
            (502, "<html>\n<b>Bad gateway".into(), Fault::Answered(502, String::new())),
            (200, "<html>".into(), Fault::NotTrueConf(200)),
        ];
        for (status, body, expected) in rows {
            assert_eq!(Fault::of_answer(&answer(status, &body)), expected, "{status} {body}");
        }
        let (invalid, forbidden) = (v3("accessTokenInvalid"), v3("forbidden"));
        let rows = [(403, &*invalid, true), (403, &*forbidden, false), (401, "<html>", true), (500, &*invalid, false)];
        for (status, body, expected) in rows {
            assert_eq!(token_refused(&answer(status, body)), expected, "{status} {body}");
        }
    }
}
