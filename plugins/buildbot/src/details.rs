//! Asks a master for what the sentences on a build need, and for the build before it.
//! What it does not tell is left out: a notice without its log is better than none.
use crate::{
    config::{MasterConfig, Recovery},
    master::Master,
    model::{Build, BuildRequest, BuildSet, Change, Log, LogChunk, Results, Step},
    report::{self, Details},
    tail::tail,
};
use factotum_plugin_api::prelude::*;

/// The properties that sentences need.
const PROPERTIES: &str = "property=owner&property=reason&property=got_revision";
/// A log ends with the worker's own lines, which are not shown: so many more are read.
const OWN_LINES: i64 = 10;
/// For all calls that the sentences on one build need.
const LIMIT: Duration = Duration::from_secs(6);

/// What the sentences on a build need.
pub(crate) async fn details(master: &Master, build: &Build, clock: &Clock) -> Details {
    let mut details = Details { page: master.build_page(build.builder, build.number), ..Details::default() };
    if clock.timeout(LIMIT, fill(master, build, &mut details)).await.is_err() {
        tracing::warn!(master = master.name, build = build.id, "the master takes too long to tell of a build");
    }
    details
}

async fn fill(master: &Master, build: &Build, details: &mut Details) {
    let MasterConfig { use_revisions, show_blame_list, log_lines, .. } = master.config;
    let bad = build.results.is_some_and(Results::is_bad);
    if let Some(build) = told(master, build, with_properties(master, build).await) {
        details.forced = report::forced_of(&build);
        if use_revisions {
            details.revisions = told(master, &build, revisions(master, &build).await).unwrap_or_default();
        }
    }
    if bad && show_blame_list {
        details.authors = told(master, build, authors(master, build).await).unwrap_or_default();
    }
    if bad && log_lines > 0 {
        details.tail = told(master, build, failing_lines(master, build, log_lines).await).flatten();
    }
}

/// What was told; the log has the reason for what was not.
fn told<T>(master: &Master, build: &Build, answer: Result<T>) -> Option<T> {
    answer
        .map_err(|error| {
            let error = format!("{:#}", error.into_anyhow());
            tracing::info!(master = master.name, build = build.id, error, "a notice has less in it");
        })
        .ok()
}

async fn with_properties(master: &Master, build: &Build) -> Result<Build> {
    if !build.properties.is_empty() {
        return Ok(build.clone()); // a push brings them
    }
    let read = master.one("builds", &format!("builds/{}?{PROPERTIES}", build.id)).await?;
    Ok(read.unwrap_or_else(|| build.clone()))
}

async fn revisions(master: &Master, build: &Build) -> Result<Vec<String>> {
    let got = report::revisions_of(build, &[]);
    let Some(request) = build.request.filter(|_| got.is_empty()) else { return Ok(got) };
    let request: Option<BuildRequest> = master.one("buildrequests", &format!("buildrequests/{request}")).await?;
    let Some(request) = request else { return Ok(got) };
    let set: Option<BuildSet> = master.one("buildsets", &format!("buildsets/{}", request.buildset)).await?;
    Ok(report::revisions_of(build, &set.map(|set| set.sourcestamps).unwrap_or_default()))
}

async fn authors(master: &Master, build: &Build) -> Result<Vec<String>> {
    let changes: Vec<Change> = master.list("changes", &format!("builds/{}/changes", build.id)).await?;
    Ok(report::authors_of(changes.iter().map(|change| change.author.as_str())))
}

/// The name of the failing step and the last lines that it printed.
async fn failing_lines(master: &Master, build: &Build, count: u32) -> Result<Option<(String, String)>> {
    let steps: Vec<Step> = master.list("steps", &format!("builds/{}/steps", build.id)).await?;
    // One that made the build what it is; a step may fail and the build go on.
    let bad = |step: &&Step| step.results.is_some_and(Results::is_bad);
    let same = steps.iter().filter(bad).find(|step| step.results == build.results);
    let Some(step) = same.or_else(|| steps.iter().find(bad)) else { return Ok(None) };
    let logs: Vec<Log> = master.list("logs", &format!("steps/{}/logs", step.id)).await?;
    // An exception is in a log of its own.
    let last = ["err.text", "stdio"].iter().find_map(|name| logs.iter().find(|log| log.name == *name));
    let last = last.or_else(|| logs.iter().find(|log| log.kind != "h")).filter(|log| log.num_lines > 0);
    let Some(log) = last else { return Ok(None) };
    let wanted = i64::from(count) + OWN_LINES;
    let from = (log.num_lines - wanted).max(0);
    let path = format!("logs/{}/contents?offset={from}&limit={wanted}", log.id);
    let chunk: Option<LogChunk> = master.one("logchunks", &path).await?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let lines = tail(&chunk.map(|chunk| chunk.content).unwrap_or_default(), log.kind == "s", count);
    Ok(Some((step.name.clone(), lines)).filter(|(_, lines)| !lines.is_empty()))
}

/// How the build before it ended, as the config has it; `None` where there is none.
pub(crate) async fn before(master: &Master, build: &Build) -> Result<Option<Results>> {
    let (builder, number) = (build.builder, build.number);
    let before: Option<Build> = match master.config.recovery {
        Recovery::Decisive => {
            let decisive = "results=0&results=1&results=2&results=4";
            let of = format!("builderid={builder}&complete=true&number__lt={number}&{decisive}");
            master.one("builds", &format!("builds?{of}&order=-number&limit=1")).await?
        }
        Recovery::Previous if number > 1 => {
            master.one("builds", &format!("builders/{builder}/builds/{}", number - 1)).await?
        }
        Recovery::Previous => None,
    };
    Ok(before.filter(|build| build.complete).and_then(|build| build.results))
}
