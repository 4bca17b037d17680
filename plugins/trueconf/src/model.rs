//! What servers answer, as both generations of the API give it. Nothing is called here.
//!
//! Servers differ in what they leave out and in whether a number is a text, so that
//! every field is read by itself and none is insisted on but ids.
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;
use std::time::Duration;

/// The role of owners and moderators.
const MODERATOR: i64 = 2;
/// The class of a call between two people, which is no conference.
const CALL_OF_TWO: i64 = 1;

/// A conference, running or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Conference {
    /// What people type: `1000000001`.
    pub(crate) id: String,
    /// Its running session: `0000001b@video.example.com#vcs`; v3 only.
    pub(crate) session: Option<String>,
    /// `None` where it has none.
    pub(crate) title: Option<String>,
    pub(crate) owner: String,
    /// Who is in it; `None` where the list does not say.
    pub(crate) participants: Option<u64>,
    /// How long it has run; `None` when it does not run, or the list does not say.
    pub(crate) duration: Option<Duration>,
    pub(crate) running: bool,
}

impl Conference {
    /// A row of the log of calls; `None` for a call of two, one that has ended, and one
    /// without an id.
    pub(crate) fn of_call(row: &Value, now: Timestamp) -> Option<Self> {
        let class = number(row, "class");
        if !is_open(row) || class.is_some_and(|class| class <= CALL_OF_TWO) {
            return None;
        }
        let session = text(row, "conference_id");
        let id = text(row, "named_conf_id").or_else(|| session.clone())?;
        let live =
            number(row, "duration").filter(|seconds| *seconds > 0).and_then(|seconds| u64::try_from(seconds).ok());
        let since = || Some(since(time(row.get("start_time")?)?, now));
        Some(Conference {
            id,
            session,
            title: text(row, "topic"),
            owner: text(row, "owner").unwrap_or_default(),
            participants: number(row, "participant_count").and_then(|count| u64::try_from(count).ok()),
            duration: live.map(Duration::from_secs).or_else(since),
            running: true,
        })
    }
    /// A conference of the list of conferences, or one asked for by its id.
    pub(crate) fn of_list(row: &Value) -> Option<Self> {
        Some(Conference {
            id: text(row, "id")?,
            title: text(row, "topic"),
            owner: text(row, "owner").unwrap_or_default(),
            running: text(row, "state").as_deref() == Some("running"),
            ..Conference::default()
        })
    }
    /// With what its session says of it, in v4.
    pub(crate) fn with_session(mut self, session: &Value, now: Timestamp) -> Self {
        let started = session.get("start_time").and_then(time);
        self.duration = started.map(|started| since(started, now));
        self
    }
}

/// Whether a row of the log of calls is of one that goes on.
pub(crate) fn is_open(row: &Value) -> bool {
    row.get("end_time").is_none_or(Value::is_null)
}

/// Who is in a conference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Participants {
    /// How many; may be more than are listed.
    pub(crate) count: u64,
    pub(crate) listed: Vec<Participant>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) moderates: bool,
}

impl Participants {
    /// Reads an answer of any generation.
    pub(crate) fn read(answer: &Value) -> Option<Self> {
        let listed: Vec<Participant> = rows(answer)?.iter().map(Participant::read).collect();
        let count = count(answer).unwrap_or(0).max(listed.len() as u64);
        Some(Participants { count, listed })
    }
    /// Whether nobody looks after it: no owner or moderator is there, or one and nobody
    /// else. The rule is that of the bot that TrueConf published.
    pub(crate) fn forgotten(&self) -> bool {
        let moderators = self.listed.iter().filter(|one| one.moderates).count();
        moderators == 0 || (self.count <= 1 && moderators == 1)
    }
    /// Those without an account.
    #[cfg_attr(not(test), expect(dead_code, reason = "rules on guests ask for it"))]
    pub(crate) fn guests(&self) -> usize {
        self.listed.iter().filter(|one| one.is_guest()).count()
    }
}
impl Participant {
    fn read(row: &Value) -> Self {
        let id = text(row, "id").or_else(|| text(row, "call_id")).unwrap_or_default();
        let name = text(row, "display_name").unwrap_or_else(|| id.clone());
        Participant { id, name, moderates: number(row, "role") == Some(MODERATOR) }
    }
    /// Whether they have no account.
    pub(crate) fn is_guest(&self) -> bool {
        self.id.starts_with("#guest:")
    }
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: Option<u64>,
    pub(crate) created: Option<Timestamp>,
    /// Without anything that could be a token.
    pub(crate) url: Option<String>,
}
impl Record {
    pub(crate) fn read(row: &Value) -> Self {
        let url = text(row, "download_url").map(|url| match url.split_once('?') {
            Some((path, _)) => path.to_owned(),
            None => url,
        });
        Record {
            name: text(row, "name").unwrap_or_default(),
            size: number(row, "size").and_then(|size| u64::try_from(size).ok()),
            created: row.get("created").and_then(time),
            url,
        }
    }
}

/// The rows of a list, under whichever key the call has, or bare.
pub(crate) fn rows(answer: &Value) -> Option<&Vec<Value>> {
    const KEYS: [&str; 7] =
        ["list", "participants", "conferences", "conference_sessions", "users", "records", "recordings"];
    answer.as_array().or_else(|| KEYS.iter().find_map(|key| answer.get(key)?.as_array()))
}
/// How many rows there are in all, where the answer says.
pub(crate) fn count(answer: &Value) -> Option<u64> {
    ["cnt", "count"].iter().find_map(|key| number(answer, key)).and_then(|count| u64::try_from(count).ok())
}
/// A text that says something; a number counts as one.
pub(crate) fn text(row: &Value, key: &str) -> Option<String> {
    let text = match row.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
/// A whole number; a text of digits counts as one.
pub(crate) fn number(row: &Value, key: &str) -> Option<i64> {
    let value = row.get(key)?;
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
/// A time: unix seconds, ISO 8601, or `{"date": …, "timezone": …}`.
fn time(value: &Value) -> Option<Timestamp> {
    if let Some(seconds) = value.as_i64() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Some(text) = value.as_str() {
        return text.parse().ok().or_else(|| Timestamp::from_second(text.parse().ok()?).ok());
    }
    let date: DateTime = text(value, "date")?.replacen(' ', "T", 1).parse().ok()?;
    let zone = TimeZone::get(text(value, "timezone").as_deref().unwrap_or("UTC")).ok()?;
    Some(date.to_zoned(zone).ok()?.timestamp())
}
fn since(started: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(started)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
