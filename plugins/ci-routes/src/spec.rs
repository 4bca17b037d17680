//! The words after `route REPO CHAT`: events, then `branch=… edit=… thread=…`.
use crate::{
    Branches, Event, Events, Route,
    texts::{say, unchanged},
};

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
            "branch" => branches.replace(Branches::parse(value).map_err(unchanged)?).is_some(),
            "edit" => edit.replace(on_or_off(value)?).is_some(),
            "thread" if value.trim().is_empty() => return Err(unchanged(say("no-thread"))),
            "thread" => thread.replace(value.to_owned()).is_some(),
            other => return Err(unknown_option(other)),
        };
        if given_before {
            return Err(unchanged(say("given-twice").with("option", name.to_lowercase())));
        }
    }
    let (events, unknown) = Events::sort_out(&names);
    if events.is_none() && !unknown.is_empty() {
        return Err(none_known(&unknown));
    }
    Ok(Spec { events, unknown, branches: branches.unwrap_or_default(), edit: edit.unwrap_or(true), thread })
}

/// What access rules see of the words: events by their canonical names, options one
/// by one. Where no event is named it may be any, since a command sets the defaults.
pub(crate) fn for_rules(words: &[String]) -> Vec<String> {
    let (options, names): (Vec<_>, Vec<_>) = words.iter().cloned().partition(|word| word.contains('='));
    let names = if names.is_empty() { vec!["*".to_owned()] } else { names };
    let options = options.iter().flat_map(|option| {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        match (name.to_lowercase().as_str(), Branches::parse(value)) {
            ("branch", Ok(branches)) => branches.patterns().iter().map(|one| format!("branch={one}")).collect(),
            ("edit", _) => vec![format!("edit={}", value.to_lowercase())],
            (name, _) => vec![format!("{name}={value}")],
        }
    });
    Events::for_rules(&names).into_iter().chain(options).collect()
}

/// Reads the words of `defaults`, which are events alone; those that are none are kept apart.
///
/// # Errors
/// An option, or that no word is an event.
pub(crate) fn events_only(words: &[String]) -> Result<(Events, Vec<String>), String> {
    if let Some(option) = words.iter().find(|word| word.contains('=')) {
        return Err(unchanged(say("option-of-a-route").with("option", option)));
    }
    match Events::sort_out(words) {
        (Some(events), unknown) => Ok((events, unknown)),
        (None, unknown) => Err(none_known(&unknown)),
    }
}

/// What to say when no word is an event.
fn none_known(unknown: &[String]) -> String {
    let mut meant: Vec<&str> = unknown.iter().filter_map(|word| near_event(word)).collect();
    meant.dedup();
    let words = unknown.join(", ");
    let mut said = vec![say("unknown-events").with("count", unknown.len()).with("words", words).to_string()];
    if !meant.is_empty() {
        said.push(say("did-you-mean").with("word", meant.join(&say("or").to_string())).to_string());
    }
    said.push(say("the-events-are").with("events", Event::valid()).to_string());
    said.join(" ")
}

/// What to say of a word that is no event, beside others that are.
pub(crate) fn skipping(word: &str) -> String {
    let meant = near_event(word).map(|near| say("did-you-mean").with("word", near).to_string());
    let said = say("skipping").with("word", word).to_string();
    [Some(said), meant].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn near_event(word: &str) -> Option<&'static str> {
    near(word, &Event::ALL.map(Event::name))
}

fn on_or_off(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(unchanged(say("on-or-off").with("word", value))),
    }
}

fn unknown_option(name: &str) -> String {
    let wrong = say("unknown-option").with("option", name);
    match near(name, &OPTIONS) {
        Some(near) => format!("{wrong} {}", say("meant-option").with("option", near)),
        None => format!("{wrong} {}", say("the-options-are")),
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
        options => {
            let typed: Vec<String> = options.iter().map(|option| typed(option)).collect();
            format!("{} ({})", route.events, typed.join(" "))
        }
    }
}

/// An option as one word of a line: in quotes when it has white space.
fn typed(option: &str) -> String {
    match option.contains(char::is_whitespace) {
        true => format!("\"{}\"", option.replace('"', "\"\"")),
        false => option.to_owned(),
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
        (brnach=main) Unknown option brnach=; nothing was changed. Did you mean branch= ?
        (foo=bar) Unknown option foo=; nothing was changed. The options are branch=PATTERN[,…], edit=on|off and thread=ID.
        (=x) Unknown option =; nothing was changed. The options are branch=PATTERN[,…], edit=on|off and thread=ID.
        (edit=maybe) edit= is on or off, not maybe; nothing was changed.
        (thread=) thread= wants the id of a thread; nothing was changed.
        (branch=) A branch pattern is empty; nothing was changed.
        (branch=[a) The branch pattern [a is wrong (unclosed character class; missing ']'); nothing was changed.
        (branch=a branch=b) branch= is given twice; nothing was changed.
        ");
    }

    /// Words as people try them: every spelling, lists, options, and garbage.
    fn word() -> impl Strategy<Value = String> {
        let names = "passed|Failed|FAILURE|cancelled|canceled|start|Still-Failing|still failing|\\*|push| fixed |";
        let list = proptest::collection::vec(names, 1..4).prop_map(|names| names.join(","));
        prop_oneof![list, "(branch|BRANCH|edit|thread|x)=[a-z*!,{}]{0,8}", "EDIT=O[NF]F?", ".{0,8}"]
    }

    proptest! {
        #[test]
        fn rules_see_whatever_a_route_gets(words in proptest::collection::vec(word(), 0..5)) {
            if let Ok(route) = parse(&words) {
                let seen = for_rules(&words);
                let sees = |thing: &str| seen.iter().any(|seen| seen == thing);
                let events = route.events.unwrap_or(Events::All); // the defaults may be any
                prop_assert!(Event::ALL.iter().all(|event| !events.contains(*event) || sees(event.name())), "{seen:?}");
                prop_assert!(route.branches.patterns().iter().all(|one| sees(&format!("branch={one}"))), "{seen:?}");
                prop_assert!(route.edit || sees("edit=off"), "{seen:?}");
                prop_assert!(route.thread.is_none_or(|thread| sees(&format!("thread={thread}"))), "{seen:?}");
            }
            if let Ok((events, _)) = events_only(&words) {
                let seen = Events::for_rules(&words);
                let sees = |event: &Event| seen.iter().any(|seen| seen == event.name());
                prop_assert!(Event::ALL.iter().all(|event| !events.contains(*event) || sees(event)), "{seen:?}");
            }
        }
        #[test]
        fn no_words_panic(words in proptest::collection::vec(".{0,20}", 0..5)) {
            drop((parse(&words), for_rules(&words), events_only(&words))); // must only return
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
