//! API v3.N, whichever N.
use super::{
    State,
    answer::Answer,
    api::{Asked, forbidden, no_conference, run, stop},
    world::{moscow, read_date},
};
use serde_json::{Value, json};

/// Answers a call whose token is good.
pub(super) fn answer(state: &mut State, asked: &Asked, path: &[&str], token: &str) -> Answer {
    let method = asked.method.as_str();
    let scopes: &[&str] = match (method, path) {
        ("GET", ["users"]) => &["users", "users:read"],
        ("GET", ["logs", "events"]) => return events(state, asked),
        ("GET", ["logs", "calls"] | ["logs", "calls", _]) => &["logs.calls", "logs.calls:read"],
        ("GET", ["logs", "calls", _, "participants"]) => &["logs.calls.participants", "logs.calls.participants:read"],
        ("GET", ["conference-sessions", _, "participants"]) => {
            &["logs.calls.participants", "logs.calls.participants:read", "conferences.sessions.participants:read"]
        }
        ("GET", ["conferences"] | ["conferences", _]) => &["conferences", "conferences:read"],
        ("GET", ["conferences", _, "participants"]) => {
            &["conferences", "conferences.participants", "conferences.participants:read"]
        }
        ("GET", ["conferences", _, "records"]) => &["conferences", "conferences.records", "conferences.records:read"],
        ("POST", ["conferences", _, "run" | "stop"]) => &["conferences", "conferences:write"],
        _ => return Answer::no_such_path(),
    };
    if !state.tokens.allows(token, scopes) {
        return forbidden();
    }
    match path {
        ["users"] => users(state, asked),
        ["logs", "calls"] => calls(state, asked),
        ["logs", "calls", session] => one_call(state, session),
        ["logs", "calls", session, "participants"] => call_participants(state, session),
        ["conference-sessions", session, "participants"] => session_participants(state, session),
        ["conferences"] => conferences(state, asked),
        ["conferences", id] => match state.world.conference(id) {
            None => no_conference(id),
            Some(conference) => Answer::ok(&json!({ "conference": conference })),
        },
        ["conferences", id, "run"] => {
            run(state, id).err().unwrap_or_else(|| Answer::ok(&json!({ "state": "running" })))
        }
        ["conferences", id, "stop"] => {
            stop(state, id).err().unwrap_or_else(|| Answer::ok(&json!({ "state": "stopped" })))
        }
        ["conferences", id, what] => match (state.world.conference(id), *what) {
            (None, _) => no_conference(id),
            (_, "records") => {
                Answer::ok(&json!({ "records": state.world.records.get(*id).cloned().unwrap_or_default() }))
            }
            _ => Answer::ok(&json!({ "participants": state.world.in_conference(id) })),
        },
        _ => Answer::no_such_path(),
    }
}

fn users(state: &State, asked: &Asked) -> Answer {
    let has = |user: &Value, field: &str| {
        asked.says(field).is_none_or(|wanted| {
            let value = user[field].as_str().or(user["id"].as_str()).unwrap_or_default();
            value.to_lowercase().contains(&wanted.to_lowercase())
        })
    };
    let found = |user: &&Value| ["login_name", "display_name", "email"].iter().all(|field| has(user, field));
    let users: Vec<Value> = state.world.users.iter().filter(found).cloned().collect();
    let page = asked.page("page_id", state.users_page_base, state.users_page_size, state.users_page_size);
    let next = if page.is_last(&users) { json!(-1) } else { json!(page.at + state.users_page_base + 1) };
    Answer::ok(&json!({ "next_page_id": next, "users": page.of(&users) }))
}

fn calls(state: &State, asked: &Asked) -> Answer {
    let zone = asked.number("timezone");
    let (from, to) = (date(asked, "date_from", zone), date(asked, "date_to", zone));
    let (Ok(from), Ok(to)) = (from, to) else {
        return Answer::error(400, "invalidValue", "A date is like 2026-11-22 05:40:00.");
    };
    let wanted = asked.says("named_conf_id");
    let now = state.world.now();
    let found = state.world.sessions.iter().filter(|session| {
        from.is_none_or(|from| session.start >= from)
            && to.is_none_or(|to| session.start <= to)
            && wanted.is_none_or(|wanted| session.conference() == Some(wanted))
    });
    let mut rows: Vec<Value> = found.map(|session| session.row(now, state.durations)).collect();
    asked.sort(&mut rows, state.open_calls_last);
    let page = asked.page("page_id", 1, 20, state.page_size_max);
    Answer::ok(&json!({ "cnt": rows.len(), "list": page.of(&rows) }))
}

fn date(asked: &Asked, name: &str, zone: Option<i64>) -> Result<Option<i64>, ()> {
    asked.says(name).map(|date| read_date(date, zone).ok_or(())).transpose()
}

fn no_session(session: &str) -> Answer {
    Answer::not_found("conferenceNotFound", &format!("Conference '{session}' is not found."), "conference_id")
}

fn one_call(state: &State, session: &str) -> Answer {
    match state.world.session(session) {
        None => no_session(session),
        Some(session) => Answer::ok(&session.row(state.world.now(), state.durations)),
    }
}

fn call_participants(state: &State, id: &str) -> Answer {
    let Some(session) = state.world.session(id) else { return no_session(id) };
    let until = session.end.unwrap_or(state.world.now());
    let row = |who: &Value| {
        json!({
            "call_id": who["id"], "display_name": who["display_name"], "join_time": moscow(session.start),
            "leave_time": session.end.map(moscow), "leave_reason": session.end.map(|_| 0),
            "duration": until - session.start, "bitrate_in": 1024, "bitrate_out": 1024, "avg_sent_fps": 30,
            "video_w": 1280, "video_h": 720, "app_id": "TrueConf",
        })
    };
    let list: Vec<Value> = state.world.in_session(id).iter().map(row).collect();
    Answer::ok(&json!({ "cnt": list.len(), "list": list }))
}

fn session_participants(state: &State, id: &str) -> Answer {
    let Some(session) = state.world.session(id) else { return no_session(id) };
    let there = if session.end.is_none() { state.world.in_session(id) } else { &[] };
    Answer::ok(&json!({ "count": there.len(), "participants": there }))
}

fn conferences(state: &State, asked: &Asked) -> Answer {
    let wanted = asked.says("state");
    let found = |conference: &&Value| wanted.is_none_or(|wanted| conference["state"] == wanted);
    let rows: Vec<Value> = state.world.conferences.iter().filter(found).cloned().collect();
    let page = asked.page("page_id", 1, 20, state.page_size_max);
    Answer::ok(&json!({ "cnt": rows.len(), "conferences": page.of(&rows) }))
}

/// Any good token may read them: which scope they need is written nowhere.
fn events(state: &State, asked: &Asked) -> Answer {
    let page = asked.page("page_id", 1, 20, 1000);
    Answer::ok(&json!({ "cnt": state.world.events.len(), "list": page.of(&state.world.events) }))
}
