//! What CircleCI says of a workflow, and of the jobs in it. Rule: CircleCI docs, "Outbound
//! webhooks". A pipeline has one of two shapes: `vcs` where CircleCI was given access by
//! OAuth (GitHub, Bitbucket), `trigger_parameters` for GitLab and the GitHub App.
use ci_routes::{
    Build, Event, Job, Kind, Repo, Told,
    json::{must, time, word},
};
use factotum_plugin_api::hook::Refusal;
use serde_json::Value;

/// Which project it is of: `github/owner/name`, or `circleci/` and two ids.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let slug = word(json, "/project/slug").and_then(|slug| slug.parse().ok());
    slug.ok_or_else(|| Refusal::BadRequest("the payload names no project".into()))
}

/// Reads a payload. What it tells of is its `type`: the header that says the same is not
/// signed.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// project or the workflow.
pub(crate) fn read(json: &Value) -> Result<Told, Refusal> {
    match must(json, "/type")?.as_str() {
        "ping" => Ok(Told::Ping),
        "workflow-completed" => workflow(json).map(Told::from),
        "job-completed" => job(json),
        other => Err(Refusal::Ignored(format!("{other} tells of no build"))),
    }
}

fn workflow(json: &Value) -> Result<Build, Refusal> {
    let event = match must(json, "/workflow/status")?.as_str() {
        "success" => Event::Passed,
        "failed" => Event::Failed,
        "error" | "unauthorized" => Event::Errored,
        "canceled" => Event::Canceled,
        other => Event::other(other, &["not_run", "on_hold"])
            .ok_or_else(|| Refusal::Ignored(format!("the status {other:?} is no result")))?,
    };
    let vcs = |field: &str| word(json, &format!("/pipeline/vcs/{field}"));
    let git = |field: &str| word(json, &format!("/pipeline/trigger_parameters/git/{field}"));
    let commit = |field: &str| {
        let of = |host: &str| word(json, &format!("/pipeline/trigger_parameters/{host}/commit_{field}"));
        ["gitlab", "github_app"].into_iter().find_map(of)
    };
    let build = Build {
        workflow: word(json, "/workflow/name").or_else(|| Some("workflow".into())),
        sha: vcs("revision").or_else(|| git("checkout_sha")).or_else(|| commit("sha")),
        message: vcs("commit/subject").or_else(|| commit("message")).or_else(|| commit("title")),
        author: vcs("commit/author/name").or_else(|| commit("author_name")),
        author_mail: vcs("commit/author/email").or_else(|| commit("author_email")),
        url: word(json, "/workflow/url"),
        started_at: time(json, "/workflow/created_at"),
        finished_at: time(json, "/workflow/stopped_at").or_else(|| time(json, "/happened_at")),
        ..Build::new(
            repo(json)?,
            word(json, "/pipeline/number").unwrap_or_default(),
            must(json, "/workflow/id")?,
            event,
        )
    };
    let tag = vcs("tag").or_else(|| git("tag")).map(|tag| format!("refs/tags/{tag}"));
    let git_ref = tag.or_else(|| vcs("branch")).or_else(|| git("branch")).or_else(|| git("ref")).unwrap_or_default();
    let build = build.on_ref(&git_ref);
    let kind = match (word(json, "/pipeline/trigger/type").as_deref(), build.kind) {
        (Some("schedule" | "scheduled_pipeline"), Kind::Push) => Kind::Cron,
        (Some("api"), Kind::Push) => Kind::Api,
        (_, kind) => kind,
    };
    Ok(Build { kind, ..build })
}

fn job(json: &Value) -> Result<Told, Refusal> {
    let status = must(json, "/job/status")?;
    if status != "failed" {
        return Err(Refusal::Ignored("a job that did not fail is told of with its workflow".into()));
    }
    let (run, name) = (must(json, "/workflow/id")?, must(json, "/job/name")?);
    let page = word(json, "/workflow/url").zip(word(json, "/job/number"));
    let url = page.map(|(workflow, number)| format!("{workflow}/jobs/{number}"));
    Ok(Told::FailedJob { repo: repo(json)?, run, job: Job { name, failed: true, may_fail: false, url } })
}
