//! What Jenkins says of a build. Rule: jenkinsci/notification-plugin, Phase.java and the
//! classes of its package model.
use ci_routes::{
    Build, Event, Repo,
    json::{must, word},
};
use factotum_plugin_api::{hook::Refusal, jiff::Timestamp};
use serde_json::Value;
use std::time::Duration;

/// Which job it is of: `jenkins/NAME`, and with the folders that its address tells of
/// `jenkins/FOLDER/NAME`, since jobs in different ones may have one name.
///
/// # Errors
/// [`Refusal::BadRequest`] when it names none that a route could be called by.
pub(crate) fn repo(json: &Value) -> Result<Repo, Refusal> {
    let name = word(json, "/name").ok_or_else(|| Refusal::BadRequest("the payload names no job".into()))?;
    // job/FOLDER/job/NAME/
    let url = word(json, "/url").unwrap_or_default().replace("%20", " ");
    let folders: Vec<&str> = url.split('/').filter(|part| !part.is_empty()).collect();
    let folders: Option<Vec<&str>> =
        folders.chunks(2).map(|pair| (pair.first() == Some(&"job")).then(|| pair.get(1).copied())?).collect();
    let path = match folders.unwrap_or_default().as_slice() {
        [above @ .., _] if !above.is_empty() => format!("{}/{}", above.join("/"), name.replace('/', "-")),
        _ => name,
    };
    Repo::under("jenkins", &path).map_err(Refusal::BadRequest)
}

/// Reads a build.
///
/// # Errors
/// [`Refusal::Ignored`] for what is no result, such as the phase COMPLETED, which says
/// what FINALIZED says again; [`Refusal::BadRequest`] without the job or the build.
pub(crate) fn read(json: &Value) -> Result<Build, Refusal> {
    let phase = must(json, "/build/phase")?;
    let event = match (phase.as_str(), word(json, "/build/status").unwrap_or_default().as_str()) {
        ("QUEUED" | "STARTED", _) => Event::Pending,
        ("FINALIZED", "SUCCESS") => Event::Passed,
        ("FINALIZED", "FAILURE" | "UNSTABLE") => Event::Failed,
        ("FINALIZED", "ABORTED") => Event::Canceled,
        ("FINALIZED", "NOT_BUILT") => Event::Other("not_built"),
        ("FINALIZED", other) => return Err(Refusal::Ignored(format!("the status {other:?} is no result"))),
        (other, _) => return Err(Refusal::Ignored(format!("the phase {other:?} is no result; FINALIZED is"))),
    };
    let (repo, number) = (repo(json)?, must(json, "/build/number")?);
    let build = json.get("build").unwrap_or(&Value::Null);
    let whole = |pointer: &str| build.pointer(pointer).and_then(Value::as_u64).filter(|number| *number > 0);
    let branch = word(build, "/scm/branch").map(|branch| match branch.strip_prefix("origin/") {
        Some(own) => own.to_owned(),
        None => branch,
    });
    let made = Build::new(repo.clone(), number.clone(), format!("{repo}#{number}"), event);
    Ok(Build {
        sha: word(build, "/scm/commit"),
        url: word(build, "/fullUrl"),
        duration: whole("/duration").map(Duration::from_millis).filter(|_| event != Event::Pending),
        started_at: whole("/timestamp").and_then(|at| Timestamp::from_millisecond(at.try_into().ok()?).ok()),
        ..made.on_ref(&branch.unwrap_or_default())
    })
}
