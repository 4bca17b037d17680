//! What Buildkite says of a build, and of the jobs in it. Rule: Buildkite docs, "Build
//! webhook events" and "Job webhook events"; the fields are those of its REST API.
//!
//! A failing build is told of before it ends: that is its failure, and its end is not told
//! as another one.
use ci_routes::{
    Build, Event, Job, Kind, Repo, Told,
    json::{must, time, word},
};
use factotum_plugin_api::hook::Refusal;
use serde_json::Value;
use std::time::Duration;

/// Which pipeline it is of, as `organization/pipeline`; the organization stands in the
/// address of the build alone.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let organization = || {
        let page = word(json, "/build/web_url").or_else(|| word(json, "/pipeline/web_url"))?;
        page.split_once("://")?.1.split('/').nth(1).map(str::to_owned)
    };
    let name = word(json, "/pipeline/slug").zip(organization());
    let repo = name.and_then(|(pipeline, organization)| format!("{organization}/{pipeline}").parse().ok());
    repo.ok_or_else(|| Refusal::BadRequest("the payload names no pipeline".into()))
}

/// Reads a payload. What it tells of is its `event`: the header that says the same is not
/// signed.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// pipeline or the build.
pub(crate) fn read(json: &Value) -> Result<Told, Refusal> {
    match must(json, "/event")?.as_str() {
        "ping" => Ok(Told::Ping),
        "job.finished" => job(json),
        event if event.starts_with("build.") => build(event, json).map(Told::from),
        other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
    }
}

fn flag(json: &Value, pointer: &str) -> bool {
    json.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

fn state(event: &str, json: &Value) -> Result<Event, Refusal> {
    let state = must(json, "/build/state")?;
    match (event, state.as_str()) {
        ("build.failing", _) => Ok(Event::Failed),
        ("build.scheduled" | "build.running", _) => Ok(Event::Pending),
        // It goes on when somebody lets it.
        ("build.finished", "blocked") => Ok(Event::Pending),
        ("build.finished", "passed") if flag(json, "/build/blocked") => Ok(Event::Pending),
        ("build.finished", "passed") => Ok(Event::Passed),
        ("build.finished", "failed") => Ok(Event::Failed),
        ("build.finished", "canceled") => Ok(Event::Canceled),
        ("build.finished" | "build.skipped", other) => Event::other(other, &["skipped", "not_run"])
            .ok_or_else(|| Refusal::Ignored(format!("the state {other:?} is no result"))),
        _ => Err(Refusal::Ignored(format!("the state {state:?} is no result"))),
    }
}

fn build(event: &str, json: &Value) -> Result<Build, Refusal> {
    let of = |field: &str| word(json, &format!("/build/{field}"));
    let at = |field: &str| time(json, &format!("/build/{field}"));
    let event = state(event, json)?;
    let (created, started, finished) = (at("created_at"), at("started_at"), at("finished_at"));
    let (kind, branch) = match (of("pull_request/id"), of("tag"), of("source").as_deref()) {
        (Some(number), ..) => (Kind::PullRequest { number: Some(number), title: None }, of("pull_request/base")),
        (None, Some(tag), _) => (Kind::Tag(tag.clone()), Some(tag)),
        (None, None, Some("schedule")) => (Kind::Cron, of("branch")),
        (None, None, Some("api" | "ui")) => (Kind::Api, of("branch")),
        _ => (Kind::Push, of("branch")),
    };
    let person = |field: &str| of(&format!("author/{field}")).or_else(|| of(&format!("creator/{field}")));
    let ran = started.zip(finished).and_then(|(from, to)| Duration::try_from(to.duration_since(from)).ok());
    Ok(Build {
        kind,
        branch,
        sha: of("commit"),
        message: of("message"),
        author: person("name"),
        author_mail: person("email"),
        duration: ran.filter(|_| event != Event::Pending),
        url: of("web_url"),
        // One message while it is scheduled, runs and waits.
        started_at: if event == Event::Pending { created.or(started) } else { started.or(created) },
        // That it is failing is told without this time: with it the end would be another failure.
        finished_at: finished.filter(|_| !matches!(event, Event::Pending | Event::Failed)),
        ..Build::new(repo(json)?, of("number").unwrap_or_default(), must(json, "/build/id")?, event)
    })
}

fn job(json: &Value) -> Result<Told, Refusal> {
    let exit = word(json, "/job/exit_status").unwrap_or_else(|| "0".into());
    let failed = matches!(word(json, "/job/state").as_deref(), Some("failed" | "timed_out")) || exit != "0";
    if !failed || flag(json, "/job/soft_failed") || flag(json, "/job/retried") {
        return Err(Refusal::Ignored("a job that did not fail is told of with its build".into()));
    }
    let name = word(json, "/job/name").or_else(|| word(json, "/job/step_key")).unwrap_or_else(|| "job".into());
    let job = Job { name, failed: true, may_fail: false, url: word(json, "/job/web_url") };
    Ok(Told::FailedJob { repo: repo(json)?, run: must(json, "/build/id")?, job })
}
