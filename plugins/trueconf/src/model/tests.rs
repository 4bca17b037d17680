use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn times_come_in_several_forms() {
    let rows = [
        (json!(1_795_324_800), Some("2026-11-22T05:20:00Z")),
        (json!("2026-11-22T05:20:00Z"), Some("2026-11-22T05:20:00Z")),
        (json!("2026-11-22T08:20:00+03:00"), Some("2026-11-22T05:20:00Z")),
        (json!("1795324800"), Some("2026-11-22T05:20:00Z")),
        (
            json!({ "date": "2026-11-22 05:20:00.000000", "timezone_type": 3, "timezone": "Europe/Moscow" }),
            Some("2026-11-22T02:20:00Z"),
        ),
        (json!({ "date": "2026-11-22 05:20:00", "timezone": "No/Where" }), None),
        (json!("soon"), None),
        (json!(null), None),
        (json!({}), None),
    ];
    for (value, expected) in rows {
        assert_eq!(time(&value), expected.map(|time| time.parse().unwrap()), "{value}");
    }
}

#[test]
fn a_running_call_without_a_duration_is_as_old_as_its_start() {
    let now = "2026-11-22T06:00:00Z".parse().unwrap();
    let mut row = json!({
        "conference_id": "1b@x#vcs", "named_conf_id": "7", "class": 10, "end_time": null, "topic": "  ",
        "start_time": { "date": "2026-11-22 05:20:00.000000", "timezone": "UTC" }, "duration": 0,
    });
    let of = |row: &Value| Conference::of_call(row, now);
    assert_eq!(of(&row).unwrap().duration, Some(Duration::from_secs(2400)));
    assert_eq!(of(&row).unwrap().title, None);
    row["duration"] = json!(60);
    assert_eq!(of(&row).unwrap().duration, Some(Duration::from_secs(60)));
    row["class"] = json!(1);
    assert_eq!(of(&row), None);
    row["class"] = json!(10);
    row["end_time"] = json!({ "date": "2026-11-22 05:30:00" });
    assert_eq!(of(&row), None);
}

#[test]
fn forgotten_is_without_a_moderator_or_with_one_alone() {
    let rows: [(&[i64], bool); 6] =
        [(&[], true), (&[2], true), (&[1], true), (&[1, 1], true), (&[2, 1], false), (&[2, 2], false)];
    for (roles, expected) in rows {
        let list: Vec<Value> = roles.iter().map(|role| json!({ "id": "u", "role": role })).collect();
        let read = Participants::read(&json!({ "count": list.len(), "participants": list })).unwrap();
        assert_eq!(read.forgotten(), expected, "{roles:?}");
    }
}

#[test]
fn guests_are_known_by_their_ids() {
    let read = Participants::read(&json!([{ "id": "#guest:7f@x" }, { "id": "u1@x" }])).unwrap();
    assert_eq!((read.count, read.guests()), (2, 1));
}

#[test]
fn a_download_address_loses_what_may_be_a_token() {
    let record =
        Record::read(&json!({ "name": "a.mkv", "size": "8487982", "download_url": "https://v/a?access_token=x" }));
    assert_eq!((record.url.as_deref(), record.size), (Some("https://v/a"), Some(8_487_982)));
}

proptest! {
    #[test]
    fn reading_any_row_does_not_panic(key in "[a-z_]{1,12}", value in any::<String>(), number in any::<i64>()) {
        let now = Timestamp::UNIX_EPOCH;
        for value in [json!(value), json!(number), json!([value]), json!({ "date": value })] {
            let row = json!({ "id": "1", "named_conf_id": "1", (key.as_str()): value, "start_time": value, "duration": value });
            drop((Conference::of_call(&row, now), Conference::of_list(&row), Participants::read(&row), Record::read(&row)));
        }
    }
}
