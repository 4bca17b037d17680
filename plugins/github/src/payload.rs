//! What GitHub says of a run: the events `workflow_run`, `check_suite`, `status`, and
//! `workflow_job`, which alone names a job. Rule: GitHub docs, "Webhook events and
//! payloads".
use ci_routes::{
    Build, Event, Job, Kind, Repo, Told,
    json::{must, time, word},
};
use factotum_plugin_api::hook::Refusal;
use serde_json::Value;

/// Which repository it is of.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let name = word(json, "/repository/full_name").and_then(|name| name.parse().ok());
    name.ok_or_else(|| Refusal::BadRequest("the payload names no repository".into()))
}

/// Which event a payload is of.
pub(crate) fn event_of(json: &Value) -> Option<&'static str> {
    let has = |name: &str| json.get(name).is_some();
    let events = ["workflow_run", "workflow_job", "check_suite", "check_run"].into_iter();
    let named = events.into_iter().find(|event| has(event));
    named.or((has("state") && has("context")).then_some("status")).or(has("zen").then_some("ping"))
}

/// Reads a payload.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// repository or the run.
pub(crate) fn read(event: &str, json: &Value) -> Result<Told, Refusal> {
    match event {
        "ping" => Ok(Told::Ping),
        "workflow_run" => workflow_run(json).map(Told::from),
        "check_suite" => check_suite(json).map(Told::from),
        "status" => status(json).map(Told::from),
        "workflow_job" => workflow_job(json),
        other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
    }
}

/// Ends that are neither good nor bad.
const OTHER: [&str; 4] = ["neutral", "skipped", "stale", "action_required"];

/// What a run or suite has come to, of `action` and `conclusion`.
fn state(json: &Value, conclusion: &str) -> Result<Event, Refusal> {
    let action = word(json, "/action").unwrap_or_default();
    match (action.as_str(), word(json, conclusion).unwrap_or_default().as_str()) {
        ("requested" | "in_progress" | "rerequested", _) => Ok(Event::Pending),
        ("completed", "success") => Ok(Event::Passed),
        ("completed", "failure" | "timed_out" | "startup_failure") => Ok(Event::Failed),
        ("completed", "cancelled") => Ok(Event::Canceled),
        ("completed", other) => Event::other(other, &OTHER)
            .ok_or_else(|| Refusal::Ignored(format!("the conclusion {other:?} is no result"))),
        (other, _) => Err(Refusal::Ignored(format!("the action {other:?} is no result"))),
    }
}

fn workflow_run(json: &Value) -> Result<Build, Refusal> {
    let run = json.get("workflow_run").unwrap_or(&Value::Null);
    let event = state(json, "/workflow_run/conclusion")?;
    let attempt = word(run, "/run_attempt").unwrap_or_else(|| "1".into());
    let id = format!("{}.{attempt}", must(json, "/workflow_run/id")?);
    let file = word(run, "/path").and_then(|path| path.rsplit('/').next().map(str::to_owned));
    let branch = word(run, "/head_branch");
    let (kind, branch, line) = match word(run, "/event").as_deref() {
        Some("pull_request" | "pull_request_target") => {
            // That of a fork names neither the pull request nor where it shall go.
            let (number, base) = (word(run, "/pull_requests/0/number"), word(run, "/pull_requests/0/base/ref"));
            let fork = word(run, "/head_repository/full_name").unwrap_or_default();
            let line = number.is_none().then(|| format!("{fork}:{}", branch.unwrap_or_default()));
            (Kind::PullRequest { number, title: word(run, "/display_title") }, base, line)
        }
        Some("schedule") => (Kind::Cron, branch, None),
        Some("workflow_dispatch" | "repository_dispatch") => (Kind::Api, branch, None),
        _ => (Kind::Push, branch, None),
    };
    let ended = event != Event::Pending;
    Ok(Build {
        kind,
        branch,
        line,
        workflow: word(run, "/name").or(file).or_else(|| Some("workflow".into())),
        sha: word(run, "/head_sha"),
        message: word(run, "/head_commit/message"),
        author: word(run, "/head_commit/author/name"),
        author_mail: word(run, "/head_commit/author/email"),
        url: word(run, "/html_url"),
        started_at: time(run, "/run_started_at").or_else(|| time(run, "/created_at")),
        finished_at: time(run, "/updated_at").filter(|_| ended),
        ..Build::new(repo(json)?, word(run, "/run_number").unwrap_or_default(), id, event)
    })
}

fn check_suite(json: &Value) -> Result<Build, Refusal> {
    let suite = json.get("check_suite").unwrap_or(&Value::Null);
    let event = state(json, "/check_suite/conclusion")?;
    let id = format!("suite.{}", must(json, "/check_suite/id")?);
    let sha = word(suite, "/head_sha");
    let page = word(json, "/repository/html_url").zip(sha.as_ref());
    Ok(Build {
        branch: word(suite, "/head_branch"),
        workflow: word(suite, "/app/name").or_else(|| Some("checks".into())),
        url: page.map(|(repo, sha)| format!("{repo}/commit/{sha}/checks")),
        sha,
        message: word(suite, "/head_commit/message"),
        author: word(suite, "/head_commit/author/name"),
        author_mail: word(suite, "/head_commit/author/email"),
        started_at: time(suite, "/created_at"),
        finished_at: time(suite, "/updated_at").filter(|_| event != Event::Pending),
        ..Build::new(repo(json)?, "", id, event)
    })
}

/// What another CI says of a commit.
fn status(json: &Value) -> Result<Build, Refusal> {
    let (sha, context) = (must(json, "/sha")?, must(json, "/context")?);
    let event = match must(json, "/state")?.as_str() {
        "pending" => Event::Pending,
        "success" => Event::Passed,
        "failure" => Event::Failed,
        "error" => Event::Errored,
        other => return Err(Refusal::Ignored(format!("the state {other:?} is no result"))),
    };
    // All branches that the commit is the head of: the repository's own is meant, if it is one.
    let branches = json.get("branches").and_then(Value::as_array).into_iter().flatten();
    let branches: Vec<String> = branches.filter_map(|branch| word(branch, "/name")).collect();
    let default = word(json, "/repository/default_branch").filter(|default| branches.contains(default));
    // A status can be set again and again: when it was is what tells them apart.
    let when = time(json, "/updated_at").or_else(|| time(json, "/created_at"));
    let author = |field: &str| word(json, &format!("/commit/commit/author/{field}"));
    Ok(Build {
        branch: default.or_else(|| branches.into_iter().next()),
        message: word(json, "/commit/commit/message"),
        author: author("name"),
        author_mail: author("email"),
        url: word(json, "/target_url").or_else(|| word(json, "/commit/html_url")),
        finished_at: when,
        workflow: Some(context.clone()),
        ..Build { sha: Some(sha.clone()), ..Build::new(repo(json)?, "", format!("{sha}.{context}"), event) }
    })
}

fn workflow_job(json: &Value) -> Result<Told, Refusal> {
    if state(json, "/workflow_job/conclusion")? != Event::Failed {
        return Err(Refusal::Ignored("a job that did not fail is told of with its run".into()));
    }
    let attempt = word(json, "/workflow_job/run_attempt").unwrap_or_else(|| "1".into());
    let run = format!("{}.{attempt}", must(json, "/workflow_job/run_id")?);
    let name = must(json, "/workflow_job/name")?;
    let job = Job { name, failed: true, may_fail: false, url: word(json, "/workflow_job/html_url") };
    Ok(Told::FailedJob { repo: repo(json)?, run, job })
}
