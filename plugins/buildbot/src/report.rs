//! What is told of a build: which events it is, and the sentences. Pure: what they need
//! of the master is in [`Details`].
use crate::{
    events::Event,
    model::{Build, Results, SourceStamp},
    position::Missing,
};
use factotum_plugin_api::{
    notice::Good,
    text::{Text, block, code, link},
};
use serde_json::Value;
use std::collections::BTreeSet;

/// Names are cut to so many characters, and lists to so many entries.
const NAME_MAX: usize = 100;
const LIST_MAX: usize = 10;

/// The events that a finished build is whatever was before it.
pub(crate) fn events_of(results: Results) -> BTreeSet<Event> {
    let named = match results {
        Results::Success => Some(Event::Success),
        Results::Warnings => Some(Event::Warnings),
        Results::Failure => Some(Event::Failure),
        Results::Exception => Some(Event::Exception),
        Results::Cancelled => Some(Event::Cancelled),
        Results::Skipped | Results::Retry | Results::Unknown => None,
    };
    [Some(Event::Finished), named].into_iter().flatten().collect()
}

/// What a build is among others that are told at the same time; a result that somebody
/// should look at is told alone.
pub(crate) fn good_news(results: Option<Results>) -> Option<Good> {
    match results {
        None => Some(Good::Started),
        Some(Results::Success) => Some(Good::Passed),
        Some(_) => None,
    }
}

/// The events that it is beside the build before it.
pub(crate) fn events_beside(before: Results, now: Results) -> BTreeSet<Event> {
    let mut events = BTreeSet::new();
    let (Some(old), Some(new)) = (before.severity(), now.severity()) else { return events };
    if new < old {
        events.insert(Event::Better);
    }
    if new > old {
        events.insert(Event::Worse);
    }
    if before.is_good() && now.is_bad() {
        events.insert(Event::Problem);
    }
    if before.is_bad() && now.is_good() {
        events.insert(Event::Recovery);
    }
    events
}

/// Those that can be told only beside an earlier build.
pub(crate) const COMPARED: [Event; 4] = [Event::Problem, Event::Recovery, Event::Worse, Event::Better];

/// What is said of a build beyond its number and result; empty where the master did not
/// tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    /// Where people see it.
    pub(crate) page: String,
    /// The revisions that are in it, where builds are named by them.
    pub(crate) revisions: Vec<String>,
    /// Who forced it and why, where somebody did.
    pub(crate) forced: Option<Forced>,
    /// The authors of the changes in it.
    pub(crate) authors: Vec<String>,
    /// The failing step and its last lines.
    pub(crate) tail: Option<(String, String)>,
}

/// A build that a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forced {
    /// Who; empty where the master does not know.
    pub(crate) by: String,
    /// The reason that was given.
    pub(crate) reason: String,
}

/// A build has started.
pub(crate) fn started(build: &Build, builder: &str, details: &Details) -> Text {
    named(build, builder, details) + " started." + forced(details)
}

/// A build has finished.
pub(crate) fn finished(build: &Build, builder: &str, results: Results, details: &Details) -> Text {
    let mut text = named(build, builder, details) + " " + results.description();
    let state = build.state_string.trim();
    text = if results == Results::Success || state.is_empty() { text + "." } else { text + ": " + cut(state, 300) };
    text = text + forced(details);
    if !details.authors.is_empty() {
        text = text + "\nChanges by " + listed(&details.authors) + ".";
    }
    if let Some((step, lines)) = &details.tail {
        text = text + "\nLast lines of " + code(cut(step, NAME_MAX)) + ":\n" + block(lines);
    }
    text
}

/// A worker is missing.
pub(crate) fn missing(worker: &str, missing: &Missing) -> Text {
    let text = Text::from("Worker ") + code(cut(worker, NAME_MAX)) + " is missing.";
    match &missing.seen {
        Some(seen) => text + " It was seen last on " + cut(seen, 60) + ".",
        None => text,
    }
}

/// A worker is back.
pub(crate) fn back(worker: &str) -> Text {
    Text::from("Worker ") + code(cut(worker, NAME_MAX)) + " is back online."
}

fn named(build: &Build, builder: &str, details: &Details) -> Text {
    let page = details.page.clone();
    let named = match &*details.revisions {
        [] => Text::from("Build ") + link(format!("#{}", build.number), page),
        [one] => Text::from("Build containing revision ") + link(one, page),
        several => Text::from("Build containing revisions ") + link(listed(several), page),
    };
    named + " of " + code(cut(builder, NAME_MAX))
}

fn forced(details: &Details) -> Text {
    let Some(Forced { by, reason }) = &details.forced else { return Text::default() };
    let (by, reason) = (cut(by, NAME_MAX), cut(reason, 300));
    let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let reason = if reason.is_empty() { ".".to_owned() } else { format!(": {reason}") };
    format!("\nForced{by}{reason}").into()
}

fn listed(all: &[String]) -> String {
    let mut shown: Vec<String> = all.iter().take(LIST_MAX).map(|one| cut(one, NAME_MAX)).collect();
    if all.len() > LIST_MAX {
        shown.push(format!("{} more", all.len() - LIST_MAX));
    }
    shown.join(", ")
}

/// One line of at most so many characters.
fn cut(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max - 1).chain(['…']).collect()
}

/// Who forced a build and why, of its properties.
pub(crate) fn forced_of(build: &Build) -> Option<Forced> {
    let property = |name: &str| build.properties.get(name).filter(|(_, source)| source == "Force Build Form");
    let text = |name: &str| property(name).and_then(|(value, _)| value.as_str()).unwrap_or_default();
    property("reason").map(|_| Forced { by: person(text("owner")), reason: text("reason").to_owned() })
}

/// The revisions of a build: those that its steps got, or that it was asked for; each of
/// them once.
pub(crate) fn revisions_of(build: &Build, sources: &[SourceStamp]) -> Vec<String> {
    let got = match build.properties.get("got_revision") {
        Some((Value::String(revision), _)) => vec![revision.as_str()],
        // One for each codebase.
        Some((Value::Object(all), _)) => all.values().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let asked = sources.iter().filter_map(|source| source.revision.as_deref());
    let got: Vec<&str> = if got.is_empty() { asked.collect() } else { got };
    once(got.into_iter().filter(|revision| !revision.is_empty()).map(short))
}

/// The authors of a build's changes, without their addresses; each of them once.
pub(crate) fn authors_of<'a>(authors: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    once(authors.into_iter().map(person).filter(|name| !name.is_empty()))
}

fn once(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = vec![];
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// 7 characters of a hash; other revisions whole.
fn short(revision: &str) -> String {
    let is_hash = revision.len() >= 20 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { revision.chars().take(7).collect() } else { revision.to_owned() }
}

/// `Ann <ann@example.org>` without the address, where there is a name.
fn person(text: &str) -> String {
    let name = text.split_once('<').map_or(text, |(name, _)| name).trim();
    let name = if name.is_empty() { text.trim().trim_start_matches('<').trim_end_matches('>') } else { name };
    name.to_owned()
}

#[cfg(test)]
mod tests;
