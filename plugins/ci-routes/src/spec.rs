//! The words after `route REPO CHAT`: events, then `branch=… edit=… thread=…`.
use crate::{Branches, Event, Events, Route};

const OPTIONS: [&str; 3] = ["branch", "edit", "thread"];

/// What the words ask for.
#[derive(Debug, PartialEq)]
pub(crate) struct Spec {
    /// The events named; none when no word names one, and the defaults are meant.
    pub(crate) events: Option<Events>,
    /// Words that stand where events do and are none.
    pub(crate) unknown: Vec<String>,
    pub(crate) branches: Branches,
    pub(crate) edit: bool,
    pub(crate) thread: Option<String>,
}

/// Reads the words. Unknown events are kept apart, since others beside them count.
///
/// # Errors
/// What is wrong with an option, or that no word names an event.
pub(crate) fn parse(words: &[String]) -> Result<Spec, String> {
    let (options, names): (Vec<_>, Vec<_>) = words.iter().cloned().partition(|word| word.contains('='));
    let (mut branches, mut edit, mut thread) = (None, None, None);
    for option in &options {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        let given_before = match name.to_lowercase().as_str() {
            "branch" => branches.replace(Branches::parse(value)?).is_some(),
            "edit" => edit.replace(on_or_off(value)?).is_some(),
            "thread" if value.trim().is_empty() => return Err("thread= wants the id of a thread".into()),
            "thread" => thread.replace(value.to_owned()).is_some(),
            other => return Err(unknown_option(other)),
        };
        if given_before {
            return Err(format!("{name}= is given twice"));
        }
    }
    let (events, unknown) = Events::sort_out(&names);
    if events.is_none() && !unknown.is_empty() {
        return Err(none_known(&unknown));
    }
    Ok(Spec { events, unknown, branches: branches.unwrap_or_default(), edit: edit.unwrap_or(true), thread })
}

/// What to say when no word is an event.
pub(crate) fn none_known(unknown: &[String]) -> String {
    let noun = if unknown.len() == 1 { "event" } else { "events" };
    format!("Unknown {noun} {}; nothing was changed. The events are {}.", unknown.join(", "), Event::valid())
}

fn on_or_off(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("edit={value}: say edit=on or edit=off")),
    }
}

fn unknown_option(name: &str) -> String {
    match near(name, &OPTIONS) {
        Some(near) => format!("Unknown option {name}=, did you mean {near}= ?"),
        None => format!("Unknown option {name}=; the options are branch=PATTERN[,…], edit=on|off and thread=ID."),
    }
}

/// The candidate that `word` was probably meant to be.
pub(crate) fn near<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    const NEAR_ENOUGH: f64 = 0.75; // where clap's own suggestions begin too, more or less
    let word = word.to_lowercase();
    let rated = candidates.iter().map(|candidate| (strsim::jaro_winkler(&word, candidate), *candidate));
    rated.filter(|(rate, _)| *rate > NEAR_ENOUGH).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}

/// A route as the words that make it, options in brackets: what is shown can be typed.
pub(crate) fn shown(route: &Route) -> String {
    let mut options = vec![];
    if !route.branches.is_any() {
        options.push(format!("branch={}", route.branches.patterns().join(",")));
    }
    if !route.edit {
        options.push("edit=off".into());
    }
    options.extend(route.thread.iter().map(|thread| format!("thread={thread}")));
    match options.as_slice() {
        [] => route.events.to_string(),
        options => format!("{} ({})", route.events, options.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(line: &str) -> Result<Spec, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn words() {
        let shown = |line: &str| match read(line) {
            Ok(Spec { events, unknown, branches, edit, thread }) => {
                let route = Route {
                    repo: "o/r".parse().unwrap(),
                    events: events.unwrap_or(Events::All),
                    branches,
                    edit,
                    thread,
                };
                let unknown: String = unknown.iter().map(|word| format!(" ?{word}")).collect();
                format!("({line}) {}{unknown}", super::shown(&route))
            }
            Err(error) => format!("({line}) {error}"),
        };
        let lines = [
            "",
            "failed success",
            "failed push",
            "push issues",
            "push branch=main",
            "failed branch=main,!wip/* edit=off thread=12",
            "edit=ON",
            "Branch=main failed",
            "brnach=main",
            "foo=bar",
            "=x",
            "edit=maybe",
            "thread=",
            "branch=",
            "branch=[a",
            "branch=a branch=b",
        ];
        insta::assert_snapshot!(lines.map(shown).join("\n"), @"
        () *
        (failed success) passed, failed
        (failed push) failed ?push
        (push issues) Unknown events push, issues; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
        (push branch=main) Unknown event push; nothing was changed. The events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them.
        (failed branch=main,!wip/* edit=off thread=12) failed (branch=main,!wip/* edit=off thread=12)
        (edit=ON) *
        (Branch=main failed) failed (branch=main)
        (brnach=main) Unknown option brnach=, did you mean branch= ?
        (foo=bar) Unknown option foo=; the options are branch=PATTERN[,…], edit=on|off and thread=ID.
        (=x) Unknown option =; the options are branch=PATTERN[,…], edit=on|off and thread=ID.
        (edit=maybe) edit=maybe: say edit=on or edit=off
        (thread=) thread= wants the id of a thread
        (branch=) a branch pattern is empty
        (branch=[a) branch pattern [a: unclosed character class; missing ']'
        (branch=a branch=b) branch= is given twice
        ");
    }

    proptest! {
        #[test]
        fn no_words_panic(words in proptest::collection::vec(".{0,20}", 0..5)) {
            drop(parse(&words)); // must only return
        }
        #[test]
        fn what_is_shown_is_read_back(
            picked in proptest::collection::btree_set(0..8usize, 1..8),
            branches in proptest::collection::vec("!?[a-z*/.-]{1,8}", 0..3),
            edit: bool,
            thread in proptest::option::of("[0-9a-z]{1,6}"),
        ) {
            let events: Events = picked.iter().map(|&n| Event::ALL[n]).collect();
            let branches = Branches::try_from(branches).unwrap();
            let route = Route { repo: "o/r".parse().unwrap(), events: events.clone(), branches: branches.clone(), edit, thread: thread.clone() };
            let line = shown(&route).replace(['(', ')'], "");
            prop_assert_eq!(read(&line), Ok(Spec { events: Some(events), unknown: vec![], branches, edit, thread }));
        }
    }
}
