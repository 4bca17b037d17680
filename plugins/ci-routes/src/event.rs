//! What a build has come to, and which of that a route wants.
//!
//! Names are folded when they come in, so that only the canonical ones are
//! stored and shown: `Success`, `still-failing` and `Still Failing` are all taken.
use crate::texts::say;
use factotum_plugin_api::{
    schemars::{JsonSchema, Schema, SchemaGenerator, json_schema},
    text::State,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, collections::BTreeSet, fmt, str::FromStr};

/// What a build has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// It waits or runs.
    Pending,
    /// It is well, and nothing says that it was not before.
    Passed,
    /// It is well again after a failure.
    Fixed,
    /// It failed after having passed.
    Broken,
    /// It failed, and nothing is known of the build before it.
    Failed,
    /// It failed again.
    StillFailing,
    /// It could not be run to its end.
    Errored,
    /// Somebody stopped it.
    Canceled,
    /// It came to something that says neither that it is well nor that it is not, by
    /// the sender's word for it, such as `skipped`. Only a route of all events wants it.
    Other(&'static str),
}

/// What stands for every event.
const ALL: &str = "*";

impl Event {
    /// All events that a route can name, in the order in which they are shown.
    pub const ALL: [Event; 8] = [
        Event::Pending,
        Event::Passed,
        Event::Fixed,
        Event::Broken,
        Event::Failed,
        Event::StillFailing,
        Event::Errored,
        Event::Canceled,
    ];
    /// Its canonical name: `still_failing`.
    pub fn name(self) -> &'static str {
        match self {
            Event::Pending => "pending",
            Event::Passed => "passed",
            Event::Fixed => "fixed",
            Event::Broken => "broken",
            Event::Failed => "failed",
            Event::StillFailing => "still_failing",
            Event::Errored => "errored",
            Event::Canceled => "canceled",
            Event::Other(word) => word,
        }
    }
    /// The sender's word where it is one of `known`, as [`Event::Other`].
    pub fn other(word: &str, known: &[&'static str]) -> Option<Event> {
        known.iter().find(|known| **known == word).map(|known| Event::Other(known))
    }
    /// Its name in a sentence: `still failing`.
    pub fn words(self) -> String {
        self.name().replace('_', " ")
    }
    /// How things stand after it.
    pub fn state(self) -> State {
        match self {
            Event::Pending => State::Running,
            Event::Passed | Event::Fixed => State::Good,
            Event::Broken | Event::Failed | Event::StillFailing => State::Bad,
            Event::Errored => State::Odd,
            Event::Canceled | Event::Other(_) => State::Idle,
        }
    }
    /// Whether somebody should look at it now.
    pub fn is_bad(self) -> bool {
        matches!(self.state(), State::Bad | State::Odd)
    }
    /// The names of all events, and `*`, as a sentence lists them.
    pub fn valid() -> String {
        let names: Vec<&str> = Event::ALL.iter().map(|event| event.name()).collect();
        say("valid-events").with("events", names.join(", ")).to_string()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Event {
    type Err = String;
    /// Takes the canonical names and the other words that CI systems use for
    /// them, whatever their case, with `-` and spaces for `_`.
    fn from_str(word: &str) -> Result<Self, String> {
        let folded = word.trim().to_lowercase().replace(['-', ' '], "_");
        let event = match folded.as_str() {
            "success" | "succeeded" => Some(Event::Passed),
            "failure" | "fail" => Some(Event::Failed),
            "started" | "start" => Some(Event::Pending),
            "error" => Some(Event::Errored),
            "cancelled" => Some(Event::Canceled),
            "recovered" => Some(Event::Fixed),
            name => Event::ALL.into_iter().find(|event| event.name() == name),
        };
        event.ok_or_else(|| format!("unknown event {word}; the events are {}", Event::valid()))
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A set of events that is never empty; written as a list of names, `*` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Events {
    /// Every event, those too that have no name here.
    All,
    /// These.
    Only(BTreeSet<Event>),
}

impl Events {
    /// Sorts words into events and those that are none; no set when no word is
    /// one. Commas part words too, since that is how a set is shown.
    pub fn sort_out(words: &[String]) -> (Option<Events>, Vec<String>) {
        let (mut only, mut all, mut unknown) = (BTreeSet::new(), false, vec![]);
        for word in words.iter().flat_map(|word| word.trim_end_matches(',').split(',')) {
            match word.parse() {
                Ok(event) => drop(only.insert(event)), // named twice is no mistake
                Err(_) if word.trim() == ALL => all = true,
                Err(_) => unknown.push(word.to_owned()),
            }
        }
        let events = match (all, only.is_empty()) {
            (true, _) => Some(Events::All),
            (false, false) => Some(Events::Only(only)),
            (false, true) => None,
        };
        (events, unknown)
    }
    /// What access rules see of the words: each event under its canonical name, all
    /// of them and `*` for `*`, and the words that are none.
    pub(crate) fn for_rules(words: &[String]) -> Vec<String> {
        let (events, unknown) = Events::sort_out(words);
        let names = match events {
            Some(Events::All) => Event::ALL.iter().map(|event| event.name()).chain([ALL]).collect(),
            Some(only) => only.names(),
            None => vec![],
        };
        names.into_iter().map(str::to_owned).chain(unknown).collect()
    }
    /// Whether `event` is one of them.
    pub fn contains(&self, event: Event) -> bool {
        match self {
            Events::All => true,
            Events::Only(events) => events.contains(&event),
        }
    }
    fn names(&self) -> Vec<&'static str> {
        match self {
            Events::All => vec![ALL],
            Events::Only(events) => events.iter().map(|event| event.name()).collect(),
        }
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        Events::Only(events.into_iter().collect())
    }
}
impl fmt::Display for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(", "))
    }
}
impl Serialize for Events {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}
impl<'de> Deserialize<'de> for Events {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        match Events::sort_out(&words) {
            (Some(events), unknown) if unknown.is_empty() => Ok(events),
            (_, unknown) => {
                let unknown = if unknown.is_empty() { "no event".into() } else { unknown.join(", ") };
                Err(D::Error::custom(format!("{unknown}: the events are {}", Event::valid())))
            }
        }
    }
}
impl JsonSchema for Events {
    fn schema_name() -> Cow<'static, str> {
        "Events".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Event::ALL.iter().map(|event| event.name()).chain([ALL]).collect();
        json_schema!({ "type": "array", "minItems": 1, "items": { "type": "string", "enum": names } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_folded() {
        for (word, event) in [
            ("passed", Event::Passed),
            ("Success", Event::Passed),
            ("succeeded", Event::Passed),
            ("FAILURE", Event::Failed),
            ("fail", Event::Failed),
            ("started", Event::Pending),
            ("start", Event::Pending),
            ("error", Event::Errored),
            ("cancelled", Event::Canceled),
            ("canceled", Event::Canceled),
            ("recovered", Event::Fixed),
            ("still-failing", Event::StillFailing),
            ("Still Failing", Event::StillFailing),
            ("STILL_FAILING", Event::StillFailing),
        ] {
            assert_eq!(word.parse(), Ok(event), "{word}");
        }
        for word in ["", "push", "*", "pass ed", "stillfailing"] {
            assert!(word.parse::<Event>().is_err(), "{word}");
        }
    }

    #[test]
    fn sets_collapse() {
        let sets = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
            let (events, unknown) = Events::sort_out(&words);
            (events.map(|events| events.to_string()).unwrap_or_default(), unknown.join(" "))
        };
        let rows: [(&[&str], &str, &str); 7] = [
            (&["failed", "failure", "Failed"], "failed", ""),
            (&["still_failing", "passed"], "passed, still_failing", ""),
            (&["passed", "*", "failed"], "*", ""),
            (&["passed", "push"], "passed", "push"),
            (&["passed,", "fixed,broken,push"], "passed, fixed, broken", "push"),
            (&["push", "issues"], "", "push issues"),
            (&[], "", ""),
        ];
        for (words, events, unknown) in rows {
            assert_eq!(sets(words), (events.into(), unknown.into()), "{words:?}");
        }
    }

    #[test]
    fn a_list_in_the_config_says_what_is_wrong() {
        let read = |json: &str| serde_json::from_str::<Events>(json).map_err(|error| error.to_string());
        assert_eq!(read(r#"["*"]"#), Ok(Events::All));
        insta::assert_snapshot!(read(r#"["passed", "push"]"#).unwrap_err(), @"push: the events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them");
        insta::assert_snapshot!(read("[]").unwrap_err(), @"no event: the events are pending, passed, fixed, broken, failed, still_failing, errored, canceled and * for all of them");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(picked in proptest::collection::btree_set(0..8usize, 1..8)) {
            let events: Events = picked.iter().map(|&n| Event::ALL[n]).collect();
            let json = serde_json::to_string(&events).unwrap();
            prop_assert_eq!(serde_json::from_str::<Events>(&json).unwrap(), events.clone());
            let words: Vec<String> = events.to_string().split(' ').map(str::to_owned).collect();
            prop_assert_eq!(Events::sort_out(&words), (Some(events), vec![]));
        }
        #[test]
        fn no_word_panics(word in ".*") {
            if let Ok(event) = word.parse::<Event>() {
                prop_assert_eq!(event.name().parse(), Ok(event));
            }
        }
    }
}
