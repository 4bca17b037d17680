//! What Gitea (`workflow_run`, `workflow_job`) and Forgejo (`action_run_success`, `_failure`,
//! `_recover`) say of a run of Actions. Rule: their sources, `modules/structs/hook.go` and
//! `repo_actions.go` or `action.go`.
use ci_routes::{
    Build, Event, Job, Kind, Repo, Told,
    json::{must, time, word},
};
use factotum_plugin_api::{hook::Refusal, jiff::Timestamp};
use serde_json::Value;

/// Which repository it is of.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let name = word(json, "/repository/full_name").or_else(|| word(json, "/run/repository/full_name"));
    let missing = || Refusal::BadRequest("the payload names no repository".into());
    name.and_then(|name| name.parse().ok()).ok_or_else(missing)
}

/// Which event a payload is of.
pub(crate) fn event_of(json: &Value) -> &'static str {
    let passed = |run: &str| word(json, run).map(|status| status == "success");
    match (passed("/run/status"), passed("/last_run/status")) {
        (Some(true), Some(false)) => "action_run_recover",
        (Some(true), _) => "action_run_success",
        (Some(false), _) => "action_run_failure",
        _ if json.get("workflow_job").is_some() => "workflow_job",
        _ if json.get("workflow_run").is_some() => "workflow_run",
        _ if json.get("pull_request").is_some() => "pull_request",
        _ => "push",
    }
}

/// Reads a payload.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// repository or the run.
pub(crate) fn read(event: &str, json: &Value) -> Result<Told, Refusal> {
    match event {
        "workflow_run" => workflow_run(json).map(Told::from),
        "workflow_job" => workflow_job(json),
        "action_run_success" => action_run(json, success(json)).map(Told::from),
        "action_run_failure" => action_run(json, failure(json)).map(Told::from),
        "action_run_recover" => action_run(json, Event::Fixed).map(Told::from),
        other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
    }
}

/// A time that has been: what has not is the year 1 or 1970.
fn moment(json: &Value, pointer: &str) -> Option<Timestamp> {
    time(json, pointer).filter(|at| at.as_second() > 0)
}

/// What a run or job has come to, as at GitHub.
fn state(json: &Value, conclusion: &str) -> Result<Event, Refusal> {
    let action = word(json, "/action").unwrap_or_default();
    match (action.as_str(), word(json, conclusion).unwrap_or_default().as_str()) {
        ("requested" | "queued" | "waiting" | "in_progress", _) => Ok(Event::Pending),
        ("completed", "success") => Ok(Event::Passed),
        ("completed", "failure" | "timed_out" | "startup_failure") => Ok(Event::Failed),
        ("completed", "cancelled") => Ok(Event::Canceled),
        ("completed", other) => Event::other(other, &["neutral", "skipped", "stale", "action_required"])
            .ok_or_else(|| Refusal::Ignored(format!("the conclusion {other:?} is no result"))),
        (other, _) => Err(Refusal::Ignored(format!("the action {other:?} is no result"))),
    }
}
/// What `action_run_recover` says, which Forgejo sends beside it: the same is told once.
fn success(json: &Value) -> Event {
    match word(json, "/last_run/status").as_deref() {
        None | Some("success") => Event::Passed,
        Some(_) => Event::Fixed,
    }
}
/// Forgejo tells of everything that did not succeed as a failure.
fn failure(json: &Value) -> Event {
    match word(json, "/run/status").as_deref() {
        Some("cancelled") => Event::Canceled,
        _ => Event::Failed,
    }
}

fn workflow_run(json: &Value) -> Result<Build, Refusal> {
    let of = |field: &str| word(json, &format!("/workflow_run/{field}"));
    let event = state(json, "/workflow_run/conclusion")?;
    let file = of("path").and_then(|path| path.split('@').next()?.rsplit('/').next().map(str::to_owned));
    let branch = of("head_branch");
    let (kind, branch, line) = match of("event").as_deref() {
        Some("pull_request" | "pull_request_target") => {
            let (number, base) = (word(json, "/pull_request/number"), word(json, "/pull_request/base/ref"));
            let line = number.is_none().then(|| format!("pull request of {}", branch.unwrap_or_default()));
            (Kind::PullRequest { number, title: of("display_title") }, base, line)
        }
        Some("schedule") => (Kind::Cron, branch, None),
        Some("workflow_dispatch") => (Kind::Api, branch, None),
        _ => (Kind::Push, branch, None),
    };
    Ok(Build {
        kind,
        branch,
        line,
        workflow: word(json, "/workflow/name").or(file).or_else(|| Some("workflow".into())),
        sha: of("head_sha"),
        message: of("display_title"),
        author: of("actor/login"),
        author_mail: of("actor/email"),
        url: of("html_url"),
        started_at: moment(json, "/workflow_run/started_at"),
        finished_at: moment(json, "/workflow_run/completed_at").filter(|_| event != Event::Pending),
        ..Build::new(repo(json)?, of("run_number").unwrap_or_default(), must(json, "/workflow_run/id")?, event)
    })
}

fn workflow_job(json: &Value) -> Result<Told, Refusal> {
    if state(json, "/workflow_job/conclusion")? != Event::Failed {
        return Err(Refusal::Ignored("a job that did not fail is told of with its run".into()));
    }
    let (run, name) = (must(json, "/workflow_job/run_id")?, must(json, "/workflow_job/name")?);
    let job = Job { name, failed: true, may_fail: false, url: word(json, "/workflow_job/html_url") };
    Ok(Told::FailedJob { repo: repo(json)?, run, job })
}

/// Of Forgejo: the commit is within the event that the run was made for, which is told as a
/// text of JSON.
fn action_run(json: &Value, event: Event) -> Result<Build, Refusal> {
    let of = |field: &str| word(json, &format!("/run/{field}"));
    let cause: Value = of("event_payload").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let build = Build {
        workflow: of("workflow_id").or_else(|| Some("workflow".into())),
        sha: of("commit_sha"),
        message: of("title"),
        author: word(&cause, "/head_commit/author/name").or_else(|| of("trigger_user/login")),
        author_mail: word(&cause, "/head_commit/author/email").or_else(|| of("trigger_user/email")),
        url: of("html_url"),
        started_at: moment(json, "/run/started"),
        finished_at: moment(json, "/run/stopped"),
        ..Build::new(repo(json)?, of("index_in_repo").unwrap_or_default(), must(json, "/run/id")?, event)
    };
    let shown = of("prettyref").unwrap_or_default();
    if let Some(number) = shown.strip_prefix('#') {
        let kind = Kind::PullRequest { number: Some(number.into()), title: of("title") };
        return Ok(Build { kind, branch: word(&cause, "/pull_request/base/ref"), ..build });
    }
    let build = build.on_ref(&word(&cause, "/ref").unwrap_or(shown));
    Ok(match of("event").as_deref() {
        Some("schedule") => Build { kind: Kind::Cron, ..build },
        Some("workflow_dispatch") => Build { kind: Kind::Api, ..build },
        _ => build,
    })
}
