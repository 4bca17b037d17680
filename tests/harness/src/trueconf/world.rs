//! The people, conferences and sessions of a server, and what starts and ends them.
//! Times are unix seconds here; v3 writes them as the clock of Moscow shows them.
use super::fixture;
use factotum_plugin_api::clock::Clock;
use jiff::{Timestamp, civil::DateTime, tz};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The offset of Europe/Moscow, in which v3 writes times.
const OFFSET_SECS: i32 = 3 * 3600;

/// Somebody in a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// `ivanov@video.example.com`; guests begin with `#guest:`.
    pub id: String,
    /// As people see it.
    pub display_name: String,
    /// 2 is an owner or a moderator, 1 is anybody else.
    pub role: i64,
}

impl Participant {
    /// Somebody with the role of a participant.
    pub fn new(id: &str, display_name: &str) -> Self {
        Participant { id: id.to_owned(), display_name: display_name.to_owned(), role: 1 }
    }
    /// Somebody with the role of an owner or a moderator.
    pub fn moderator(id: &str, display_name: &str) -> Self {
        Participant { role: 2, ..Participant::new(id, display_name) }
    }
    fn json(&self) -> Value {
        json!({ "id": self.id, "display_name": self.display_name, "role": self.role })
    }
}

/// A conference that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// `1000000042`.
    pub id: String,
    /// Nothing for one without a title.
    pub topic: Option<String>,
    /// The owner's name without a server: `ivanov`.
    pub owner: String,
    /// For how long it has been running.
    pub running_for: Duration,
    /// Who is in it.
    pub participants: Vec<Participant>,
}

/// One session of a conference, or a call of two.
pub(super) struct Session {
    /// A row of v3 without its times.
    row: Value,
    pub(super) start: i64,
    pub(super) end: Option<i64>,
}

impl Session {
    pub(super) fn id(&self) -> &str {
        self.row["conference_id"].as_str().unwrap_or_default()
    }
    /// The id of its conference; a call of two has none.
    pub(super) fn conference(&self) -> Option<&str> {
        self.row["named_conf_id"].as_str()
    }
    /// As `logs/calls` of v3 has it.
    pub(super) fn row(&self, now: i64, durations: bool) -> Value {
        let mut row = self.row.clone();
        row["start_time"] = moscow(self.start);
        row["end_time"] = self.end.map_or(Value::Null, moscow);
        row["duration"] = match self.end {
            None if !durations => json!(0),
            end => json!(end.unwrap_or(now) - self.start),
        };
        row
    }
}

/// All of it.
pub(super) struct World {
    now: i64,
    /// The clock, and what it showed when the server began to follow it.
    clock: Option<(Clock, i64)>,
    pub(super) sessions: Vec<Session>,
    /// By session.
    participants: BTreeMap<String, Vec<Value>>,
    pub(super) conferences: Vec<Value>,
    /// By conference.
    pub(super) records: BTreeMap<String, Vec<Value>>,
    pub(super) users: Vec<Value>,
    pub(super) events: Vec<Value>,
    next_session: u64,
}

impl World {
    pub(super) fn of_the_scenario() -> Self {
        let mut scenario = fixture("scenario.json");
        let mut list = |name: &str| serde_json::from_value::<Vec<Value>>(scenario[name].take()).expect("a list");
        let (calls, conferences, users) = (list("calls"), list("conferences"), list("users"));
        let participants = serde_json::from_value(scenario["participants"].take()).expect("lists by session");
        let now = scenario["now_unix"].as_i64().expect("a time");
        let sessions = calls.into_iter().map(|row| {
            let duration = row["duration"].as_i64().expect("seconds");
            // The dates of the file are UTC, whatever zone stands beside them.
            let end = row["end_time"]["date"].as_str().map(|date| read(date).expect("a date"));
            Session { start: end.unwrap_or(now) - duration, end, row }
        });
        let records = fixture("records_v3.json")["body"]["records"].as_array().cloned().unwrap_or_default();
        World {
            now,
            clock: None,
            sessions: sessions.collect(),
            participants,
            conferences,
            records: [("1000000002".to_owned(), records)].into(),
            users,
            events: vec![],
            next_session: 0x100,
        }
    }
    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        let passed = self.clock.as_ref().map_or(0, |(clock, since)| clock.now().as_second() - since);
        self.now + passed
    }
    /// Moves everything so that this moment is the clock's, and goes on with it.
    pub(super) fn follow(&mut self, clock: &Clock) {
        let shown = clock.now().as_second();
        let by = shown - self.now();
        for session in &mut self.sessions {
            session.start += by;
            session.end = session.end.map(|end| end + by);
        }
        for conference in &mut self.conferences {
            conference["created_at"] = json!(conference["created_at"].as_i64().unwrap_or_default() + by);
        }
        for record in self.records.values_mut().flatten() {
            record["created"] = json!(record["created"].as_i64().unwrap_or_default() + by);
        }
        (self.now, self.clock) = (shown, Some((clock.clone(), shown)));
    }
    pub(super) fn conference(&self, id: &str) -> Option<&Value> {
        self.conferences.iter().find(|conference| conference["id"] == id)
    }
    pub(super) fn conference_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.conferences.iter_mut().find(|conference| conference["id"] == id)
    }
    pub(super) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id() == id)
    }
    pub(super) fn in_session(&self, id: &str) -> &[Value] {
        self.participants.get(id).map_or(&[], Vec::as_slice)
    }
    /// Who is in a conference now.
    pub(super) fn in_conference(&self, id: &str) -> &[Value] {
        let open = self.sessions.iter().find(|session| session.end.is_none() && session.conference() == Some(id));
        open.map_or(&[], |session| self.in_session(session.id()))
    }
    pub(super) fn stop(&mut self, id: &str) {
        let now = self.now();
        if let Some(conference) = self.conference_mut(id) {
            conference["state"] = json!("stopped");
        }
        for session in &mut self.sessions {
            if session.end.is_none() && session.conference() == Some(id) {
                session.end = Some(now);
            }
        }
    }
    /// A new session, unless there is one.
    pub(super) fn run(&mut self, id: &str) {
        let Some(conference) = self.conference_mut(id).filter(|conference| conference["state"] != "running") else {
            return;
        };
        conference["state"] = json!("running");
        let (topic, owner) = (conference["topic"].clone(), conference["owner"].as_str().unwrap_or_default().to_owned());
        self.open(id, &topic, &owner, 0, vec![]);
    }
    fn open(&mut self, id: &str, topic: &Value, owner: &str, running_secs: i64, participants: Vec<Value>) {
        let session = format!("{:08x}@video.example.com#vcs", self.next_session);
        self.next_session += 1;
        let row = json!({
            "conference_id": session, "named_conf_id": id, "topic": topic, "class": 10, "type": 5, "subtype": 0,
            "owner": format!("{owner}@video.example.com"), "participant_count": participants.len(),
        });
        self.sessions.push(Session { row, start: self.now() - running_secs, end: None });
        self.participants.insert(session, participants);
    }
    pub(super) fn add(&mut self, conference: Conference) {
        let Conference { id, topic, owner, running_for, participants } = conference;
        let secs = i64::try_from(running_for.as_secs()).expect("less than ages");
        let url = |kind: &str| format!("https://video.example.com/{kind}/{id}");
        self.conferences.push(json!({
            "id": id, "topic": topic.clone().unwrap_or_default(), "owner": owner, "type": 0, "state": "running",
            "schedule": { "type": -1 }, "max_podiums": 36, "max_participants": 36, "allow_guests": false,
            "auto_invite": 0, "recording": 0, "created_at": self.now() - secs - 60, "url": url("c"),
            "webclient_url": url("webrtc"), "tags": [],
        }));
        let topic = topic.map_or(Value::Null, Value::from);
        self.open(&id, &topic, &owner, secs, participants.iter().map(Participant::json).collect());
    }
    /// Other people in a conference that runs; the count in the log follows.
    pub(super) fn fill(&mut self, id: &str, participants: &[Participant]) {
        let open = self.sessions.iter_mut().find(|session| session.end.is_none() && session.conference() == Some(id));
        let session = open.unwrap_or_else(|| panic!("conference {id} does not run"));
        session.row["participant_count"] = json!(participants.len());
        let session = session.id().to_owned();
        self.participants.insert(session, participants.iter().map(Participant::json).collect());
    }
    pub(super) fn clear_conferences(&mut self) {
        self.sessions.clear();
        self.participants.clear();
        self.conferences.clear();
        self.records.clear();
    }
}

/// A time as v3 writes it.
pub(super) fn moscow(at: i64) -> Value {
    let zone = tz::TimeZone::fixed(tz::Offset::from_seconds(OFFSET_SECS).expect("three hours"));
    let shown = Timestamp::from_second(at).expect("a time").to_zoned(zone);
    json!({ "date": shown.strftime("%Y-%m-%d %H:%M:%S.000000").to_string(), "timezone_type": 3, "timezone": "Europe/Moscow" })
}

/// `2026-11-22 05:20:00` as a time of UTC.
fn read(date: &str) -> Option<i64> {
    let date = date.parse::<DateTime>().ok()?;
    Some(date.to_zoned(tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// `2026-11-22 05:20:00` so many minutes east of UTC; of the server when nothing is said.
pub(super) fn read_date(date: &str, minutes: Option<i64>) -> Option<i64> {
    Some(read(date)? - minutes.map_or(i64::from(OFFSET_SECS), |minutes| minutes * 60))
}
