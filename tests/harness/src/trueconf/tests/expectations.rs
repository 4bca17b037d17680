//! The answers of `expectations.json`, reckoned from what the server says.
use super::*;

/// The statuses of all users, each once, page after page as `next_page_id` says.
async fn statuses(client: &Client<'_>) -> (Vec<i64>, u32) {
    let (mut seen, mut pages, mut next) = (std::collections::BTreeMap::new(), 0, String::new());
    loop {
        let page = client.get(&format!("users{next}")).await;
        pages += 1;
        assert!(pages < 10, "pages without an end");
        for user in page["users"].as_array().unwrap() {
            seen.insert(user["id"].as_str().unwrap().to_owned(), user["status"].as_i64().unwrap());
        }
        match page["next_page_id"].as_i64().unwrap() {
            -1 => return (seen.into_values().collect(), pages),
            id => next = format!("?page_id={id}"),
        }
    }
}

fn online(statuses: &[i64]) -> usize {
    statuses.iter().filter(|status| [1, 2, 5].contains(status)).count()
}

#[tokio::test]
async fn users_are_online_wherever_pages_begin() {
    let (server, expected) = (TrueConfServer::start().await, fixture("expectations.json"));
    let client = Client::of(&server).await;
    for base in [0, 1] {
        server.users_page_base(base);
        let (statuses, pages) = statuses(&client).await;
        assert_eq!((json!(statuses.len()), pages), (expected["users_total"].clone(), 3), "base {base}");
        assert_eq!(json!(online(&statuses)), expected["online_users"], "base {base}");
        for (status, count) in expected["status_counts"].as_object().unwrap() {
            let counted = statuses.iter().filter(|known| known.to_string() == *status).count();
            assert_eq!(&json!(counted), count, "status {status}");
        }
    }
    // A client that counts pages itself asks for the first twice where it is 1.
    let mut twice = 0;
    for page in 0..=3 {
        let page = client.get(&format!("users?page_id={page}")).await;
        let statuses: Vec<i64> =
            page["users"].as_array().unwrap().iter().map(|u| u["status"].as_i64().unwrap()).collect();
        twice += online(&statuses);
    }
    assert_eq!(json!(twice), expected["double_count_if_first_page_is_asked_twice"]);
}

/// The sessions that run, in the order of the server.
async fn running(client: &Client<'_>) -> Vec<Value> {
    let calls = client.get("logs/calls?sort_field=end_time&sort_order=1&page_size=500").await;
    assert_eq!(calls["cnt"], 10);
    let is_running = |row: &&Value| row["end_time"].is_null() && row["class"].as_i64() > Some(1);
    calls["list"].as_array().unwrap().iter().filter(is_running).cloned().collect()
}

async fn people(client: &Client<'_>, session: &Value) -> Vec<Value> {
    let session = session["conference_id"].as_str().unwrap().replace('@', "%40").replace('#', "%23");
    let answer = client.get(&format!("conference-sessions/{session}/participants")).await;
    let people = answer["participants"].as_array().unwrap().clone();
    assert_eq!(answer["count"], people.len());
    people
}

#[tokio::test]
async fn conferences_run_and_are_forgotten() {
    let (server, expected) = (TrueConfServer::start().await, fixture("expectations.json"));
    let client = Client::of(&server).await;
    server.requests();
    let running = running(&client).await;
    assert_eq!(json!(each(&json!(running), "named_conf_id")), expected["running_ids_in_order"]);
    let (mut forgotten, mut low) = (vec![], vec![]);
    for row in running.iter().filter(|row| row["duration"].as_i64() >= Some(3600)) {
        let people = people(&client, row).await;
        let moderators = people.iter().filter(|person| person["role"] == 2).count();
        let guests = people.iter().filter(|person| person["id"].as_str().unwrap().starts_with("#guest:")).count();
        if moderators == 0 || (moderators, people.len()) == (1, 1) {
            forgotten.push(row["named_conf_id"].clone());
        }
        if people.len() - guests <= 1 && guests == 0 && row["duration"].as_i64() > Some(3600) {
            low.push(row["named_conf_id"].clone());
        }
    }
    assert_eq!(json!(forgotten), expected["forgotten_default_ids"]);
    assert_eq!(json!(low), expected["low_attendance_rule"]["ids"]);
    assert_eq!(json!(server.count("/api/*")), expected["forgotten_requests"]);
    assert_eq!(server.most_at_once(), 1);
}

#[tokio::test]
async fn the_samples_are_what_it_answers() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    for (path, sample) in [
        ("conferences?page_id=1&page_size=300", "conferences_v3.json"),
        ("conferences/1000000002/records", "records_v3.json"),
        (
            "conference-sessions/00000042%40video.example.com%23vcs/participants",
            "session_participants_owner_alone.json",
        ),
        (
            "conference-sessions/00000043%40video.example.com%23vcs/participants",
            "session_participants_no_moderator.json",
        ),
        ("conference-sessions/00000045%40video.example.com%23vcs/participants", "session_participants_empty.json"),
    ] {
        assert_eq!(client.get(path).await, fixture(sample)["body"], "{path}");
    }
    for (path, sample) in [
        ("conferences?state=running", "conferences_v4_running.json"),
        ("sessions", "sessions_v4.json"),
        ("conferences/1000000003/participants", "participants_v4.json"),
        ("server", "server_v4.json"),
    ] {
        assert_eq!(client.v4(path).await, (200, fixture(sample)["body"].clone()), "{path}");
    }
    for (path, sample) in [
        ("conferences/1000000001/stop", "conference_stop_ok.json"),
        ("conferences/1000000001/run", "conference_run_ok.json"),
        ("conferences/999/stop", "error_conference_not_found.json"),
    ] {
        let sample = fixture(sample);
        assert_eq!(json!(client.post(path).await), json!([sample["status"], sample["body"]]), "{path}");
    }
    // Calls have the same rows, save that their dates are what a clock in Moscow shows.
    let calls = client.get("logs/calls").await;
    assert_eq!(calls["list"][0]["start_time"]["date"], "2026-11-22 08:20:00.000000");
    let connects = client.v4("endpoints/connects").await.1;
    assert_eq!(connects, json!({ "connects": [format!("127.0.0.1:{}", server.vsstatus_port())] }));
}
