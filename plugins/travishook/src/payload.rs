//! What Travis says of a build: the JSON in the form field `payload`.
//!
//! Payloads of all years are read: those of 2012 lack `state` and `type`, ids
//! and numbers come as numbers or texts, and most fields may be null. A field of
//! an odd type counts as absent; only the repository and the build's number or
//! id must be there.
use ci_routes::{Build, Event, Job, Kind, Repo};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};
use serde_json::Value;
use std::sync::Arc;

/// The payload of a request.
#[derive(Debug)]
pub(crate) struct Payload {
    /// Whose build it is about.
    pub(crate) repo: Repo,
    json: Value,
}

/// The form field that holds it; the signature covers its decoded value.
pub(crate) fn field(form: &[(String, String)]) -> Result<&str, Refusal> {
    let field = form.iter().find(|(name, _)| name == "payload");
    let missing = || Refusal::BadRequest("the form has no field payload".into());
    field.map(|(_, value)| value.as_str()).ok_or_else(missing)
}

impl Payload {
    /// Reads the field `payload` of the form, for the proof and for the handler.
    ///
    /// # Errors
    /// [`Refusal::BadRequest`] when it is missing, not JSON, or names no repository;
    /// those of [`Request::form`].
    pub(crate) fn of_request(request: &Request) -> Result<Arc<Self>, Refusal> {
        request.once(|request| Payload::of_json(field(&request.form()?)?).map_err(Refusal::BadRequest))
    }
    /// Reads the JSON.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_json(json: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(json).map_err(|error| format!("the payload is not JSON: {error}"))?;
        let part = |name| word(&json["repository"], name).unwrap_or_default();
        let slug = format!("{}/{}", part("owner_name"), part("name"));
        match slug.parse() {
            Ok(repo) => Ok(Payload { repo, json }),
            Err(_) => Err("the payload names no repository".into()),
        }
    }
    /// The build it tells of.
    ///
    /// # Errors
    /// [`Refusal::Ignored`] when it says nothing of how the build stands, and
    /// [`Refusal::BadRequest`] when it does not say which build.
    pub(crate) fn build(&self) -> Result<Build, Refusal> {
        let word = |name| word(&self.json, name);
        let (number, id) = match (word("number"), word("id")) {
            (Some(number), Some(id)) => (number, id),
            (Some(only), None) | (None, Some(only)) => (only.clone(), only),
            (None, None) => return Err(Refusal::BadRequest("the payload has neither number nor id".into())),
        };
        let Some(status) = word("status_message") else {
            return Err(Refusal::Ignored(format!("build {id} of {} has no status_message", self.repo)));
        };
        let event: Event = status.parse().map_err(|_| {
            Refusal::Ignored(format!("build {id} of {}: status_message {status:?} is no event", self.repo))
        })?;
        let time = |name| word(name)?.parse::<Timestamp>().ok();
        Ok(Build {
            kind: self.kind(),
            branch: word("branch"),
            sha: word("commit"),
            message: word("message"),
            author: word("author_name"),
            author_mail: word("author_email"),
            duration: self.json["duration"].as_f64().and_then(|secs| Duration::try_from_secs_f64(secs).ok()),
            url: word("build_url"),
            jobs: self.json["matrix"].as_array().into_iter().flatten().filter_map(job).collect(),
            started_at: time("started_at"),
            finished_at: time("finished_at"),
            ..Build::new(self.repo.clone(), number, id, event)
        })
    }
    fn kind(&self) -> Kind {
        let word = |name| word(&self.json, name);
        match (word("type").as_deref(), word("tag")) {
            (Some("pull_request"), _) => {
                Kind::PullRequest { number: word("pull_request_number"), title: word("pull_request_title") }
            }
            (_, Some(tag)) => Kind::Tag(tag),
            (Some("cron"), None) => Kind::Cron,
            (Some("api"), None) => Kind::Api,
            _ => Kind::Push,
        }
    }
}

/// A field that is a text or a number, and not empty.
fn word(json: &Value, name: &str) -> Option<String> {
    match json.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn job(json: &Value) -> Option<Job> {
    // Before 2016 a job was "finished", and only the result told how.
    let failed = match word(json, "state").as_deref() {
        Some("failed" | "errored") => true,
        Some("finished") | None => [&json["status"], &json["result"]].into_iter().any(|result| result == 1),
        Some(_) => false,
    };
    Some(Job { name: word(json, "number")?, failed, may_fail: json["allow_failure"] == true, url: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(json: &str) -> String {
        let build = Payload::of_json(json).map_err(Refusal::BadRequest).and_then(|payload| payload.build());
        match build {
            Ok(build) => format!("{}\n  {}", build.text("Travis CI").plain(), build.dedupe_key()),
            Err(refusal) => format!("{} {}", refusal.status().as_u16(), refusal.reason()),
        }
    }

    #[test]
    fn odd_shapes() {
        let with = |fields: serde_json::Value| {
            let mut payload = serde_json::json!({
                "id": 7, "number": "5", "status_message": "Failed", "branch": "main",
                "repository": { "owner_name": "o", "name": "r" },
            });
            payload.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            told(&payload.to_string())
        };
        let job = |number: &str, state: &str, allow| serde_json::json!({ "number": number, "state": state, "allow_failure": allow });
        let told = [
            with(serde_json::json!({})),
            with(serde_json::json!({ "type": "pull_request", "pull_request": false, "pull_request_number": null })),
            with(serde_json::json!({ "type": "pull_request", "pull_request_number": "9" })),
            with(
                serde_json::json!({ "type": 12, "tag": false, "duration": "x", "matrix": {}, "message": [], "commit": null }),
            ),
            with(serde_json::json!({ "duration": -1, "started_at": "yesterday", "finished_at": 3 })),
            with(serde_json::json!({ "number": 5, "id": null })),
            with(serde_json::json!({ "number": null, "id": null })),
            with(serde_json::json!({ "status_message": "Still Failing", "matrix": [
                job("5.1", "passed", false), job("5.2", "failed", false), job("5.3", "errored", true), job("5.4", "canceled", false),
            ] })),
            with(serde_json::json!({ "status_message": "Received" })),
            with(serde_json::json!({ "status_message": null })),
            with(serde_json::json!({ "repository": null })),
            told("{}"),
            told("[]"),
            told("not JSON"),
            told(&"[".repeat(100_000)),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        [Travis CI] o/r #5 failed: branch main
          o/r:7:failed:-
        [Travis CI] o/r #5 failed: pull request into main
          o/r:7:failed:-
        [Travis CI] o/r #5 failed: pull request #9
          o/r:7:failed:-
        [Travis CI] o/r #5 failed: branch main
          o/r:7:failed:-
        [Travis CI] o/r #5 failed: branch main
          o/r:7:failed:-
        [Travis CI] o/r #5 failed: branch main
          o/r:5:failed:-
        400 the payload has neither number nor id
        [Travis CI] o/r #5 still failing: branch main
        failed jobs: 5.2 (allowed to fail: 5.3)
          o/r:7:still_failing:-
        204 build 7 of o/r: status_message "Received" is no event
        204 build 7 of o/r has no status_message
        400 the payload names no repository
        400 the payload names no repository
        400 the payload names no repository
        400 the payload is not JSON: expected ident at line 1 column 2
        400 the payload is not JSON: recursion limit exceeded at line 1 column 128
        "#);
    }

    proptest! {
        #[test]
        fn no_payload_panics(text in "(?s).{0,200}") {
            drop(told(&text));
        }
        #[test]
        fn no_value_panics(name in 0..12usize, value in "(null|true|-?[0-9]{1,20}|[0-9]e[0-9]{1,4}|\"[a-z0-9:TZ-]{0,12}\"|\\[\\]|\\{\\})") {
            let names = [
                "id", "number", "type", "status_message", "duration", "started_at", "finished_at", "matrix", "tag",
                "pull_request_number", "message", "repository",
            ];
            let real = include_str!("../../../tests/fixtures/travis/derived-pull-request-failed.json");
            let mut payload: Value = serde_json::from_str(real).unwrap();
            if let Ok(value) = serde_json::from_str(&value) {
                payload[names[name]] = value;
            }
            drop(told(&payload.to_string()));
        }
    }
}
