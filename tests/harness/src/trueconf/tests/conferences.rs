//! What conferences do, and how lists are cut, sorted and chosen from.
use super::*;
use factotum_plugin_api::clock::Clock;

#[tokio::test]
async fn stopping_ends_the_session_and_running_begins_another() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    let open = async || {
        let calls = client.get("logs/calls?named_conf_id=1000000004").await;
        let open: Vec<Value> =
            calls["list"].as_array().unwrap().iter().filter(|row| row["end_time"].is_null()).cloned().collect();
        (open.len(), open.first().map(|row| row["participant_count"].clone()))
    };
    assert_eq!(open().await, (1, Some(json!(2))));
    assert_eq!(client.post("conferences/1000000004/stop").await.0, 200);
    assert_eq!(open().await, (0, None));
    assert_eq!(client.get("conferences/1000000004").await["conference"]["state"], "stopped");
    assert_eq!(client.get("conferences/1000000004/participants").await, json!({ "participants": [] }));
    assert_eq!(client.post("conferences/1000000004/stop").await, (200, json!({ "state": "stopped" })));
    server.second_stop_refused(true);
    let (status, answer) = client.post("conferences/1000000004/stop").await;
    assert_eq!((status, reason(&answer)), (404, "conferenceNotFound"));
    for _ in 0..2 {
        assert_eq!(client.post_v4("conferences/1000000004/run").await.0, 204);
        assert_eq!(open().await, (1, Some(json!(0))), "it runs once");
    }
    server.stop("1000000004");
    assert_eq!(server.state_of("1000000004").as_deref(), Some("stopped"));
    assert_eq!(client.post_v4("conferences/1000000004/stop").await.0, 404);
    assert_eq!(server.state_of("no"), None);
}

#[tokio::test]
async fn many_conferences_come_page_by_page() {
    let server = TrueConfServer::start().await;
    server.with_conferences(2000);
    let client = Client::of(&server).await;
    let mut ids = vec![];
    for page in 1.. {
        let answer = client.get(&format!("conferences?state=running&page_size=1000&page_id={page}")).await;
        assert_eq!(answer["cnt"], 2000);
        let rows = each(&answer["conferences"], "id");
        if rows.is_empty() {
            break;
        }
        assert_eq!(rows.len(), 500, "more are not to be had at once");
        ids.extend(rows.into_iter().map(str::to_owned));
    }
    ids.dedup();
    assert_eq!((ids.len(), ids[0].as_str()), (2000, "2000000001"));
    let calls = client.get("logs/calls?page_size=3").await;
    assert_eq!((calls["cnt"].as_i64(), calls["list"].as_array().unwrap().len()), (Some(2000), 3));
    assert_eq!(each(&calls["list"], "topic")[1], "<b>Q&A</b> & </i>demo 2");
    assert_eq!(
        client.v4("sessions?page=7&page_size=300").await.1["conference_sessions"].as_array().unwrap().len(),
        200
    );
    server.page_size_max(10);
    assert_eq!(client.get("logs/calls?page_size=500").await["list"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn calls_are_sorted_and_chosen() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    let ids = async |query: &str| {
        let calls = client.get(&format!("logs/calls?{query}")).await;
        each(&calls["list"], "conference_id")
            .iter()
            .map(|id| id.split_once('@').unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    let by_end = "sort_field=end_time&page_size=3";
    assert_eq!(ids(&format!("{by_end}&sort_order=1")).await, ["00000041", "00000042", "00000043"]);
    assert_eq!(ids(&format!("{by_end}&sort_order=0")).await, ["00000030", "00000031", "00000041"]);
    server.open_calls_last(true);
    assert_eq!(ids(&format!("{by_end}&sort_order=1")).await, ["00000031", "00000030", "00000041"]);
    assert_eq!(ids("sort_field=duration&sort_order=1&page_size=1").await, ["00000045"]);
    assert_eq!(ids("named_conf_id=1000000001").await, ["00000041", "00000030"]);
    // 05:20 of UTC is 08:20 in Moscow, which is the server's own zone.
    for (from, zone, found) in [
        ("08:20:00", "", true),
        ("08:20:01", "", false),
        ("05:20:00", "&timezone=0", true),
        ("05:20:01", "&timezone=0", false),
    ] {
        let found_ids = ids(&format!("date_from=2026-11-22%20{from}{zone}&date_to=2026-11-23%2000:00:00")).await;
        assert_eq!(found_ids == ["00000041"], found, "{from} {zone}: {found_ids:?}");
    }
    assert_eq!(client.ask("logs/calls?date_from=yesterday").await.0, 400);
}

#[tokio::test]
async fn time_goes_on_with_the_clock_that_it_follows() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    let first = async || client.get("logs/calls").await["list"][0].clone();
    assert_eq!(first().await["duration"], 1200);
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    server.follow(&clock);
    let client = Client::of(&server).await;
    let first = async || client.get("logs/calls").await["list"][0].clone();
    assert_eq!(
        (first().await["duration"].as_i64(), first().await["start_time"]["date"].as_str()),
        (Some(1200), Some("2026-11-20 12:40:00.000000"))
    );
    clock.advance(Duration::from_secs(60));
    assert_eq!(first().await["duration"], 1260);
    server.times_as_text(true);
    assert_eq!(client.v4("sessions").await.1["conference_sessions"][0]["start_time"], "2026-11-20T09:40:00Z");
    server.durations(false);
    assert_eq!(first().await["duration"], 0);
}

#[tokio::test]
async fn a_test_brings_its_own_people() {
    let server = TrueConfServer::start().await;
    let client = Client::of(&server).await;
    server.with_users(5, 2);
    server.status_of("u004", 5);
    server.users_page_size(2);
    let page = client.get("users?page_size=200").await;
    assert_eq!((each(&page["users"], "id"), page["next_page_id"].as_i64()), (vec!["u000", "u001"], Some(2)));
    let last = client.get("users?page_id=3").await;
    assert_eq!((last["users"][0]["status"].as_i64(), last["next_page_id"].as_i64()), (Some(5), Some(-1)));
    let found = client.get("users?login_name=U003").await;
    assert_eq!((each(&found["users"], "id"), found["next_page_id"].as_i64()), (vec!["u003"], Some(-1)));
    server.with_conferences(0);
    let bob = [Participant::new("bob@video.example.com", "Bob")];
    server.add_conference(Conference {
        id: "7".into(),
        topic: None,
        owner: "bob".into(),
        running_for: Duration::from_secs(90),
        participants: bob.to_vec(),
    });
    let call = client.get("logs/calls").await["list"][0].clone();
    assert_eq!((&call["topic"], &call["duration"], &call["participant_count"]), (&Value::Null, &json!(90), &json!(1)));
    let session = call["conference_id"].as_str().unwrap().replace('#', "%23");
    assert_eq!(client.get(&format!("logs/calls/{session}")).await, call);
    let people = client.get(&format!("logs/calls/{session}/participants")).await;
    assert_eq!(
        (each(&people["list"], "call_id"), &people["list"][0]["duration"]),
        (vec!["bob@video.example.com"], &json!(90))
    );
    server.participants("7", &[]);
    assert_eq!(client.get("logs/calls").await["list"][0]["participant_count"], 0);
    server.add_record("7", "7.mkv", 12);
    assert_eq!(client.get("conferences/7/records").await["records"][0]["size"], "12");
    assert_eq!(client.v4("conferences/7/recordings").await.1["cnt"], 1);
    assert_eq!(client.post_v4("conferences/7/recordings/start").await.0, 204);
    assert_eq!(client.get("conferences/7").await["conference"]["recording"], 1);
    server.add_event(json!({ "event_type": "login", "object_type": "admin", "payload": { "result": false } }));
    assert_eq!(client.get("logs/events?page_size=1000").await["cnt"], 1);
    for nothing in
        ["conferences/8", "conferences/8/records", "conference-sessions/8/participants", "logs/calls/8", "nowhere"]
    {
        assert_eq!(client.ask(nothing).await.0, 404, "{nothing}");
    }
}
