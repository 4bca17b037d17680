use super::*;

/// What a config says of a build as a master pushed it.
fn posted(config: &Value, build: &str, event: Event) -> String {
    let build: Value = serde_json::from_str(build).unwrap();
    let rooms = match Rooms::new(serde_json::from_value(config.clone()).unwrap()) {
        Ok(rooms) => rooms,
        Err(error) => return format!("! {error}"),
    };
    let line = |notice: Notice| {
        let extra = if notice.extra.is_empty() { String::new() } else { format!(" {}", Value::from(notice.extra)) };
        let silent = if notice.silent { " (silent)" } else { "" };
        format!("{}{silent}: {}{extra}", notice.to, notice.text.html())
    };
    let lines: Vec<String> = rooms.messages(&build, event).into_iter().map(line).collect();
    if lines.is_empty() { "nothing".into() } else { lines.join("\n") }
}

const NEW: &str = include_str!("../../../../tests/fixtures/buildbot/push_new_all.json");
const FAILED: &str = include_str!("../../../../tests/fixtures/buildbot/push_finished_failure_steps_logs_prev.json");
const RECOVERED: &str = include_str!("../../../../tests/fixtures/buildbot/push_finished_recovery_prev.json");

/// All of these events, in order.
fn all(config: &Value) -> String {
    let builds = [(NEW, Event::Started), (FAILED, Event::Finished), (RECOVERED, Event::Finished)];
    builds.map(|(build, event)| posted(config, build, event)).join("\n")
}

#[test]
fn the_sentences_of_old_go_where_the_maps_say() {
    let config = json!({
        "builder_room_map": { "fast": "42", "broken": ["Dev room", "telegram:-1001234"], "*": "All Notifications" },
        "builder_user_map": { "broken": ["ann@example.org", "12", "@Bob"], "nobody": "eve@example.org" },
    });
    insta::assert_snapshot!(all(&config), @"
    hipchat:42: Buildbot started build fast here: http://ci.example.org:8010/#/builders/6/builds/1
    hipchat:All Notifications: Buildbot started build fast here: http://ci.example.org:8010/#/builders/6/builds/1
    hipchat:@12: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:@Bob: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:All Notifications: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:Dev room: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:ann@example.org: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    telegram:-1001234: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:All Notifications: Buildbot finished build flex with result success here: http://ci.example.org:8010/#/builders/4/builds/3
    ");
}

#[test]
fn a_builder_in_no_map_and_an_empty_message_post_nothing() {
    let unmapped = json!({ "builder_room_map": { "other": "42" } });
    assert_eq!(all(&unmapped), "nothing\nnothing\nnothing");
    let only_finished = json!({ "builder_room_map": { "*": "42" }, "message": { "started": "" } });
    insta::assert_snapshot!(all(&only_finished), @"
    nothing
    hipchat:42: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:42: Buildbot finished build flex with result success here: http://ci.example.org:8010/#/builders/4/builds/3
    ");
    let failures = "{% if result == 'failure' %}{{ builder }} failed{% endif %}";
    let only_failures =
        json!({ "builder_room_map": { "*": "42" }, "message": { "started": "  ", "finished": failures } });
    insta::assert_snapshot!(all(&only_failures), @"
    nothing
    hipchat:42: broken failed
    nothing
    ");
    assert_eq!(posted(&json!({ "builder_room_map": { "*": "42" } }), NEW, Event::Worker), "nothing");
}

#[test]
fn colour_urgency_and_extra_fields_by_result() {
    let config = json!({
        "builder_room_map": { "*": ["42", "telegram:-1001234"] },
        "color": { "success": "green", "failure": "red", "started": "yellow" },
        "notify": { "success": false, "failure": true },
        "extra": { "message_format": "text", "from": "CI" },
    });
    insta::assert_snapshot!(all(&config), @r#"
    hipchat:42: Buildbot started build fast here: http://ci.example.org:8010/#/builders/6/builds/1 {"color":"yellow","from":"CI","message_format":"text"}
    telegram:-1001234: ⏳ <b>started</b>: Buildbot started build fast here: http://ci.example.org:8010/#/builders/6/builds/1
    hipchat:42: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1 {"color":"red","from":"CI","message_format":"text","notify":true}
    telegram:-1001234: ❌ <b>failure</b>: Buildbot finished build broken with result failure here: http://ci.example.org:8010/#/builders/3/builds/1
    hipchat:42 (silent): Buildbot finished build flex with result success here: http://ci.example.org:8010/#/builders/4/builds/3 {"color":"green","from":"CI","message_format":"text","notify":false}
    telegram:-1001234 (silent): ✅ <b>success</b>: Buildbot finished build flex with result success here: http://ci.example.org:8010/#/builders/4/builds/3
    "#);
}

#[test]
fn templates_see_what_was_wanted() {
    let finished = "{{ build.builder.name }} #{{ number }} {{ event }} {{ build.properties.branch[0] }}: {{ build.state_string }}\
                    {% for step in build.steps %}{% if step.results == 2 %}; {{ step.name }} said {{ step.logs[0].content.content|lines|length }} lines{% endif %}{% endfor %}\
                    {% if build.prev_build %}; before it {{ build.prev_build.results }}{% endif %}";
    let config = json!({ "builder_room_map": { "*": "42" }, "message": { "finished": finished, "started": "{{ build.properties.owner[0] }}" } });
    insta::assert_snapshot!(all(&config), @"
    hipchat:42: Ann &lt;ann@example.org&gt;
    hipchat:42: broken #1 finished main: failed compile (failure); compile said 8 lines
    hipchat:42: flex #3 finished main: build successful; before it 2
    ");
}

#[test]
fn a_template_that_fails_says_the_sentence_of_old() {
    let config = json!({ "builder_room_map": { "*": "42" }, "message": { "started": "{{ 1 / 0 }}" } });
    assert_eq!(
        posted(&config, NEW, Event::Started),
        "hipchat:42: Buildbot started build fast here: http://ci.example.org:8010/#/builders/6/builds/1"
    );
}

#[test]
fn what_is_wrong_with_a_config() {
    let rows = [
        json!({ "message": { "started": "{{ oh" } }),
        json!({ "message": { "finished": "a\n{% for %}" } }),
        json!({ "wantLogs": true }),
    ];
    let told = rows.map(|config| posted(&config, NEW, Event::Started));
    insta::assert_snapshot!(told.join("\n"), @"
    ! rooms.message.started: line 1: unexpected end of input, expected end of variable block
    ! rooms.message.finished: line 2: unexpected end of block, expected in
    ! rooms.wantLogs: needs wantSteps = true
    ");
}

#[test]
fn any_build_is_taken() {
    let config = json!({ "builder_room_map": { "*": "42" } });
    for build in
        ["null", "3", "[]", "{}", r#"{"builder":7,"results":"x"}"#, r#"{"builder":{"name":null},"results":99}"#]
    {
        for event in [Event::Started, Event::Finished] {
            assert!(posted(&config, build, event).starts_with("hipchat:42: Buildbot"), "{build}");
        }
    }
}
