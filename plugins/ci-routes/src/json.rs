//! What senders' payloads have in common: JSON, as the body or in a form's field, whose
//! fields are found by JSON pointers (`/repository/full_name`). A field of an odd type
//! counts as absent.
use crate::{Build, Kind};
use factotum_plugin_api::{
    Result,
    hook::{Refusal, Request},
    jiff::Timestamp,
    user_error,
};
use serde_json::Value;
use std::sync::Arc;

/// The JSON of a request, read once. A form has it in its field `payload`, as GitHub
/// sends it when a hook is set to that.
///
/// # Errors
/// [`Refusal::BadRequest`] when it is not JSON, or the form has no such field.
pub fn payload(request: &Request) -> Result<Arc<Value>, Refusal> {
    let not_json = |error: serde_json::Error| Refusal::BadRequest(format!("the payload is not JSON: {error}"));
    request.once(|request| match request.media_type().as_deref() {
        Some("application/x-www-form-urlencoded") => {
            let form = request.form()?;
            let field = form.iter().find(|(name, _)| name == "payload");
            let missing = || Refusal::BadRequest("the form has no field payload".into());
            serde_json::from_str(&field.ok_or_else(missing)?.1).map_err(not_json)
        }
        _ => serde_json::from_slice(&request.body).map_err(not_json),
    })
}
/// The JSON of a file that a sample is made of.
///
/// # Errors
/// That it is none.
pub fn of_file(file: &[u8]) -> Result<Value> {
    serde_json::from_slice(file).map_err(|error| user_error(format!("the file is not JSON: {error}")))
}
/// A field that is a text or a number, and not empty.
pub fn word(json: &Value, pointer: &str) -> Option<String> {
    match json.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
/// A field that must be there.
///
/// # Errors
/// [`Refusal::BadRequest`] when it is not.
pub fn must(json: &Value, pointer: &str) -> Result<String, Refusal> {
    word(json, pointer).ok_or_else(|| Refusal::BadRequest(format!("the payload has no {pointer}")))
}
/// A field that is a time as RFC 3339 has it.
pub fn time(json: &Value, pointer: &str) -> Option<Timestamp> {
    json.pointer(pointer)?.as_str()?.parse().ok()
}

impl Build {
    /// The same on the branch or tag of a git ref: all after `refs/heads/` is the
    /// branch, slashes too. What is no ref is a branch.
    pub fn on_ref(mut self, git_ref: &str) -> Self {
        let (kind, branch) = match git_ref.strip_prefix("refs/tags/") {
            Some(tag) => (Kind::Tag(tag.into()), tag),
            None => (Kind::Push, git_ref.strip_prefix("refs/heads/").unwrap_or(git_ref)),
        };
        (self.kind, self.branch) = (kind, (!branch.is_empty()).then(|| branch.to_owned()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Event;

    #[test]
    fn a_ref_is_cut_once() {
        let rows = [
            ("refs/heads/main", Kind::Push, Some("main")),
            ("refs/heads/release/1.2/x", Kind::Push, Some("release/1.2/x")),
            ("refs/heads/refs/heads/x", Kind::Push, Some("refs/heads/x")),
            ("refs/tags/v1/rc", Kind::Tag("v1/rc".into()), Some("v1/rc")),
            ("feature/x", Kind::Push, Some("feature/x")),
            ("refs/heads/", Kind::Push, None),
        ];
        for (git_ref, kind, branch) in rows {
            let build = Build::new("o/r".parse().unwrap(), "1", "1", Event::Passed).on_ref(git_ref);
            assert_eq!((build.kind, build.branch.as_deref()), (kind, branch), "{git_ref}");
        }
    }

    #[test]
    fn odd_fields_are_absent() {
        let json = serde_json::json!({ "a": { "b": 7, "c": "", "d": [], "e": "x" } });
        let words = ["/a/b", "/a/c", "/a/d", "/a/e", "/a/f", "/a"].map(|pointer| word(&json, pointer));
        assert_eq!(words, [Some("7".into()), None, None, Some("x".into()), None, None]);
        assert_eq!(time(&json, "/a/e"), None);
    }
}
