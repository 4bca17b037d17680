//! What GitLab says of a pipeline or a job. Rule: GitLab docs, "Webhook events". What it
//! tells of is `object_kind` in the payload and, in other words, the header
//! `X-Gitlab-Event`.
use ci_routes::{
    Build, Event, Job, Kind, Repo,
    json::{must, time, word},
};
use factotum_plugin_api::{hook::Refusal, jiff::Timestamp};
use serde_json::Value;
use std::time::Duration;

/// What a request tells.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    /// A pipeline has come to something.
    Pipeline(Box<Build>),
    /// A job has.
    Job(Box<Build>),
}

/// Which project it is of. Older versions name it to a job by its address alone.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let of_address = || {
        let address = word(json, "/repository/homepage")?;
        address.split_once("://")?.1.split_once('/').map(|(_, path)| path.to_owned())
    };
    let path = word(json, "/project/path_with_namespace").or_else(of_address);
    let missing = || Refusal::BadRequest("the payload names no project".into());
    path.and_then(|path| path.parse().ok()).ok_or_else(missing)
}

/// What `X-Gitlab-Event` says of a payload: `Pipeline Hook`.
pub(crate) fn event_of(json: &Value) -> String {
    match word(json, "/object_kind").as_deref() {
        Some("pipeline") => "Pipeline Hook".into(),
        Some("build") => "Job Hook".into(),
        other => format!("{} Hook", other.unwrap_or("System")),
    }
}

/// Reads a payload.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// project or the pipeline.
pub(crate) fn read(json: &Value) -> Result<Told, Refusal> {
    match must(json, "/object_kind")?.as_str() {
        "pipeline" => pipeline(json).map(|build| Told::Pipeline(Box::new(build))),
        "build" => job(json).map(|build| Told::Job(Box::new(build))),
        other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
    }
}

fn state(status: &str) -> Result<Event, Refusal> {
    match status {
        "created" | "waiting_for_resource" | "preparing" | "pending" | "running" => Ok(Event::Pending),
        "success" => Ok(Event::Passed),
        "failed" => Ok(Event::Failed),
        "canceled" => Ok(Event::Canceled),
        // It was left out, or goes on when somebody lets it, or later.
        other => Event::other(other, &["skipped", "manual", "scheduled"])
            .ok_or_else(|| Refusal::Ignored(format!("the status {other:?} is no result"))),
    }
}

/// A time, also in the form `2016-08-12 15:23:28 UTC`.
fn moment(json: &Value, pointer: &str) -> Option<Timestamp> {
    let spelled = || format!("{}Z", word(json, pointer)?.strip_suffix(" UTC")?).parse().ok();
    time(json, pointer).or_else(spelled)
}
/// Seconds, which may be a fraction.
fn seconds(json: &Value, pointer: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(json.pointer(pointer)?.as_f64()?).ok()
}
fn flag(json: &Value, pointer: &str) -> bool {
    json.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

fn pipeline(json: &Value) -> Result<Build, Refusal> {
    let of = |field: &str| word(json, &format!("/object_attributes/{field}"));
    let (repo, id) = (repo(json)?, must(json, "/object_attributes/id")?);
    let event = state(&must(json, "/object_attributes/status")?)?;
    let (source, git_ref, page) = (of("source").unwrap_or_default(), of("ref"), word(json, "/project/web_url"));
    let merge = json.get("merge_request").filter(|merge| merge.is_object());
    let (kind, branch) = match (merge, source.as_str(), &git_ref) {
        (Some(merge), ..) => {
            let (number, title) = (word(merge, "/iid"), word(merge, "/title"));
            (Kind::MergeRequest { number, title }, word(merge, "/target_branch"))
        }
        (None, _, Some(tag)) if flag(json, "/object_attributes/tag") => (Kind::Tag(tag.clone()), git_ref),
        (None, "schedule", _) => (Kind::Cron, git_ref),
        (None, "api" | "trigger" | "web" | "chat", _) => (Kind::Api, git_ref),
        _ => (Kind::Push, git_ref),
    };
    let builds = json.get("builds").and_then(Value::as_array).into_iter().flatten();
    let jobs = builds.filter_map(|build| {
        let url = word(build, "/id").zip(page.as_ref()).map(|(id, page)| format!("{page}/-/jobs/{id}"));
        let failed = word(build, "/status").as_deref() == Some("failed");
        Some(Job { name: word(build, "/name")?, failed, may_fail: flag(build, "/allow_failure"), url })
    });
    let ended = event != Event::Pending;
    Ok(Build {
        kind,
        branch,
        // What a pipeline has started has results of its own.
        workflow: (source == "parent_pipeline").then(|| "child pipeline".into()),
        sha: of("sha"),
        message: word(json, "/commit/message"),
        author: word(json, "/commit/author/name"),
        author_mail: word(json, "/commit/author/email"),
        duration: seconds(json, "/object_attributes/duration").filter(|_| ended),
        url: of("url").or_else(|| page.as_ref().map(|page| format!("{page}/-/pipelines/{id}"))),
        jobs: jobs.collect(),
        started_at: moment(json, "/object_attributes/created_at"),
        finished_at: moment(json, "/object_attributes/finished_at").filter(|_| ended),
        ..Build::new(repo, id.clone(), id, event)
    })
}

fn job(json: &Value) -> Result<Build, Refusal> {
    let event = state(&must(json, "/build_status")?)?;
    if event == Event::Failed && flag(json, "/build_allow_failure") {
        return Err(Refusal::Ignored("the job may fail".into()));
    }
    let (id, git_ref) = (must(json, "/build_id")?, word(json, "/ref"));
    let kind = git_ref.clone().filter(|_| flag(json, "/tag")).map_or(Kind::Push, Kind::Tag);
    let ended = event != Event::Pending;
    Ok(Build {
        kind,
        branch: git_ref,
        workflow: word(json, "/build_name").or_else(|| Some("job".into())),
        sha: word(json, "/sha"),
        message: word(json, "/commit/message"),
        author: word(json, "/commit/author_name"),
        author_mail: word(json, "/commit/author_email"),
        duration: seconds(json, "/build_duration").filter(|_| ended),
        url: word(json, "/repository/homepage").map(|page| format!("{page}/-/jobs/{id}")),
        started_at: moment(json, "/build_created_at"),
        finished_at: moment(json, "/build_finished_at").filter(|_| ended),
        ..Build::new(repo(json)?, word(json, "/pipeline_id").unwrap_or_default(), format!("job.{id}"), event)
    })
}
