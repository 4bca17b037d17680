//! API v4.
use super::{
    State,
    answer::Answer,
    api::{Asked, forbidden, no_conference, run, stop},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Answers a call whose token is good.
pub(super) fn answer(state: &mut State, asked: &Asked, path: &[&str], token: &str) -> Answer {
    let method = asked.method.as_str();
    let scopes: &[&str] = match (method, path) {
        ("GET", ["conferences"]) => &["conferences", "conferences:read"],
        ("GET", ["sessions"]) => &["conferences", "conferences.sessions:read"],
        ("GET", ["conferences", _, "participants"]) => {
            &["conferences", "conferences.participants", "conferences.participants:read"]
        }
        ("GET", ["conferences", _, "recordings"]) => {
            &["conferences", "conferences.records", "conferences.records:read"]
        }
        ("POST", ["conferences", _, "recordings", "start" | "pause" | "stop"]) => {
            &["conferences", "conferences.records", "conferences.records:write"]
        }
        ("POST", ["conferences", _, "run" | "stop"]) => &["conferences", "conferences:write"],
        _ => return Answer::no_such_path(),
    };
    if !state.tokens.allows(token, scopes) {
        return forbidden();
    }
    match path {
        ["conferences"] => conferences(state, asked),
        ["sessions"] => sessions(state, asked),
        ["conferences", id, "run"] => run(state, id).err().unwrap_or_else(Answer::done),
        ["conferences", id, "stop"] => stop(state, id).err().unwrap_or_else(Answer::done),
        ["conferences", id, "recordings", what] => record(state, id, what),
        ["conferences", id, _] if state.world.conference(id).is_none() => no_conference(id),
        ["conferences", id, "participants"] => {
            let there = state.world.in_conference(id);
            let page = asked.page("page", 1, 20, state.page_size_max);
            Answer::ok(&json!({ "cnt": there.len(), "list": page.of(there) }))
        }
        ["conferences", id, _] => {
            let records = state.world.records.get(*id).cloned().unwrap_or_default();
            Answer::ok(&json!({ "cnt": records.len(), "list": records }))
        }
        _ => Answer::no_such_path(),
    }
}

fn conferences(state: &State, asked: &Asked) -> Answer {
    let is = |conference: &Value, field: &str| asked.says(field).is_none_or(|wanted| conference[field] == wanted);
    let about = asked.says("topic").map(str::to_lowercase);
    let found = |conference: &&Value| {
        let topic = conference["topic"].as_str().unwrap_or_default().to_lowercase();
        let created = conference["created_at"].as_i64();
        is(conference, "state")
            && is(conference, "owner")
            && about.as_ref().is_none_or(|about| topic.contains(about))
            && asked.number("after").is_none_or(|after| created >= Some(after))
            && asked.number("before").is_none_or(|before| created <= Some(before))
    };
    let mut rows: Vec<Value> = state.world.conferences.iter().filter(found).cloned().collect();
    asked.sort(&mut rows, state.open_calls_last);
    let page = asked.page("page", 1, 20, state.page_size_max);
    Answer::ok(&json!({ "cnt": rows.len(), "conferences": page.of(&rows) }))
}

/// Those of conferences that run.
fn sessions(state: &State, asked: &Asked) -> Answer {
    let time = |at: i64| match state.times_as_text {
        true => json!(Timestamp::from_second(at).expect("a time").to_string()),
        false => json!(at),
    };
    let rows: Vec<Value> = state
        .world
        .sessions
        .iter()
        .filter(|session| session.end.is_none())
        .filter_map(|session| {
            let conference = session.conference()?;
            Some(json!({
                "id": session.id(), "conference_id": conference, "start_time": time(session.start), "end_time": null,
            }))
        })
        .collect();
    let page = asked.page("page", 1, 20, state.page_size_max);
    Answer::ok(&json!({ "cnt": rows.len(), "conference_sessions": page.of(&rows) }))
}

fn record(state: &mut State, id: &str, what: &str) -> Answer {
    let Some(conference) = state.world.conference_mut(id) else { return no_conference(id) };
    conference["recording"] = json!(match what {
        "start" => 1,
        "pause" => 2,
        _ => 0,
    });
    Answer::done()
}
