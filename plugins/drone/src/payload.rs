//! What Drone says of a build. Rule: harness/drone, core/webhook.go, core/build.go and
//! core/stage.go.
use ci_routes::{
    Build, Event, Job, Kind, Repo,
    json::{must, word},
};
use factotum_plugin_api::{hook::Refusal, jiff::Timestamp};
use serde_json::Value;

/// Which repository it is of.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let name = word(json, "/repo/slug").and_then(|name| name.parse().ok());
    name.ok_or_else(|| Refusal::BadRequest("the payload names no repository".into()))
}

/// Reads a build.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result; [`Refusal::BadRequest`] without the
/// repository or the build.
pub(crate) fn read(json: &Value) -> Result<Build, Refusal> {
    let event = match must(json, "/build/status")?.as_str() {
        "pending" | "running" | "waiting_on_dependencies" | "blocked" => Event::Pending,
        "success" => Event::Passed,
        "failure" => Event::Failed,
        "error" => Event::Errored,
        "killed" | "declined" => Event::Canceled,
        other => Event::other(other, &["skipped"])
            .ok_or_else(|| Refusal::Ignored(format!("the status {other:?} is no result")))?,
    };
    let build = json.get("build").unwrap_or(&Value::Null);
    let (repo, number) = (repo(json)?, must(json, "/build/number")?);
    // `build.link` compares commits; the build's own page is Drone's.
    let page = word(json, "/system/link").map(|link| format!("{}/{repo}/{number}", link.trim_end_matches('/')));
    let git_ref = word(build, "/ref").unwrap_or_default();
    let target = word(build, "/target");
    let id = format!("{repo}#{number}");
    let made = Build {
        sha: word(build, "/after"),
        message: word(build, "/message"),
        author: word(build, "/author_name").or_else(|| word(build, "/author_login")),
        author_mail: word(build, "/author_email"),
        jobs: stages(build, page.as_deref()),
        url: page,
        // One message while it waits and runs, whenever it begins to.
        started_at: unix(build, if event == Event::Pending { "/created" } else { "/started" }),
        finished_at: unix(build, "/finished").filter(|_| event != Event::Pending),
        ..Build::new(repo, number, id, event)
    };
    Ok(match word(build, "/event").as_deref() {
        Some("pull_request") => {
            let number = git_ref.strip_prefix("refs/pull/").or_else(|| git_ref.strip_prefix("refs/merge-requests/"));
            let number = number.and_then(|rest| rest.split('/').next()).map(str::to_owned);
            // That of a fork whose number is not told is no push to the branch it goes into.
            let line = number.is_none().then(|| git_ref.clone());
            Build { kind: Kind::PullRequest { number, title: word(build, "/title") }, branch: target, line, ..made }
        }
        Some("tag") => made.on_ref(&git_ref),
        Some("cron") => Build { kind: Kind::Cron, branch: target, ..made },
        Some("custom" | "promote" | "rollback") => Build { kind: Kind::Api, branch: target, ..made },
        _ => made.on_ref(if git_ref.is_empty() { target.as_deref().unwrap_or_default() } else { &git_ref }),
    })
}

/// The stages, and in one that failed its first step that did; their pages are known by
/// number.
fn stages(build: &Value, page: Option<&str>) -> Vec<Job> {
    let list = |json: &Value, name: &str| json.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_bad = |json: &Value| word(json, "/status").is_some_and(|status| ["failure", "error"].contains(&&*status));
    let stage = |stage: &Value| {
        let step = list(stage, "steps").into_iter().find(is_bad).unwrap_or_default();
        let names = [word(stage, "/name"), word(&step, "/name")];
        let number = word(stage, "/number").zip(page).map(|(number, page)| format!("{page}/{number}"));
        Some(Job {
            name: names.into_iter().flatten().reduce(|stage, step| format!("{stage}: {step}"))?,
            failed: is_bad(stage),
            may_fail: stage.get("errignore").and_then(Value::as_bool).unwrap_or_default(),
            url: number.map(|page| word(&step, "/number").map_or(page.clone(), |step| format!("{page}/{step}"))),
        })
    };
    list(build, "stages").iter().filter_map(stage).collect()
}

/// Seconds since 1970; 0 is none.
fn unix(json: &Value, pointer: &str) -> Option<Timestamp> {
    Timestamp::from_second(json.pointer(pointer)?.as_i64().filter(|at| *at > 0)?).ok()
}
