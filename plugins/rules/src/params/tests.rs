//! The walk from a request to a message, by the rows of ATSD's own page.
use super::*;
use bytes_of::request;

/// Requests as they come.
mod bytes_of {
    use super::*;
    use factotum_plugin_api::hook::Made;
    use http::HeaderName;

    /// A request to `/webhook/` and what follows.
    pub(super) fn request(url: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        Request {
            id: 1,
            method: if body.is_empty() { Method::GET } else { Method::POST },
            path: format!("/api/v1/messages/webhook/{path}"),
            params: vec![("rest".into(), path.into())],
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: map,
            body: body.to_owned().into(),
            peer: [192, 0, 2, 7].into(),
            received_at: "2026-11-20T10:00:00Z".parse().unwrap(),
            made: Made::default(),
        }
    }
}

fn json(url: &str, body: &str) -> Message {
    understand(&request(url, &[("content-type", "application/json")], body)).unwrap().message
}
/// The message in lines.
fn shown(message: &Message) -> String {
    let Message { entity, kind, source, severity, date, message: text, tags, .. } = message;
    let tags: String = tags.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("{entity} | {kind} | {source} | {severity} | {date} | {text}\n{tags}")
}

#[test]
fn parameters_become_tags_and_the_path_the_rest() {
    let message = understand(&request("incoming?entity=Test-1&action=started&Repeat=1", &[], "")).unwrap().message;
    insta::assert_snapshot!(shown(&message), @"
    test-1 | webhook | incoming | UNDEFINED | 2026-11-20T10:00:00Z | 
    action = started
    repeat = 1
    request_ip = 192.0.2.7
    ");
}

#[test]
fn each_field_has_three_places_in_an_order() {
    let body = r#"{"server": "test-2", "event": "deploy", "how": "error"}"#;
    let headers =
        [("user-agent", "GitHub-Hookshot"), ("content-type", "application/json"), ("authorization", "Basic x")];
    let rows = [
        ("github?entity=test-1&header.entity=User-Agent&command.entity=server", "test-1", "webhook", "github"),
        ("github?header.entity=User-Agent&command.entity=server", "test-2", "webhook", "github"),
        ("github?header.entity=User-Agent&command.entity=none", "github-hookshot", "webhook", "github"),
        ("github?header.entity=X-None", "github", "webhook", "github"),
        ("?command.entity=SERVER&command.type=Event&source=x", "test-2", "deploy", "x"),
        // What proves who somebody is never becomes a field.
        ("github?header.source=Authorization", "github", "webhook", "github"),
    ];
    for (url, entity, kind, source) in rows {
        let message = understand(&request(url, &headers, body)).unwrap().message;
        assert_eq!(
            (message.entity.as_str(), message.kind.as_str(), message.source.as_str()),
            (entity, kind, source),
            "{url}"
        );
    }
    let severity = |url: &str| json(url, body).severity;
    assert_eq!(severity("a?severity=3"), Severity::Warning);
    assert_eq!(severity("a?command.severity=how"), Severity::Critical);
    assert_eq!(severity("a?command.severity=event"), Severity::Undefined);
}

#[test]
fn a_body_cannot_say_what_only_the_query_can() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let message = understand(&request("a", &form, "entity=b&debug=true&message=hello")).unwrap();
    assert_eq!((message.message.entity.as_str(), message.message.message.as_str(), message.debug), ("a", "", false));
    assert_eq!(message.message.tags["entity"], "b");
}

#[test]
fn the_urls_of_the_documentation() {
    let telegram = json(
        "telegram?command.message=message.text",
        include_str!("../../../../tests/fixtures/telegram/guide-text.json"),
    );
    let travis = include_str!("../../../../tests/fixtures/travis/push-fixed-2013.json");
    let form: String = form_urlencoded::Serializer::new(String::new()).append_pair("payload", travis).finish();
    let travis = "travis-ci?json.parse=payload&exclude=payload.id;payload.number;payload.config*;payload.repository*;payload.matrix*;payload.*commit*;payload.status_message;payload.result&include=payload.repository.name&command.message=payload.result_message";
    let travis =
        understand(&request(travis, &[("content-type", "application/x-www-form-urlencoded")], &form)).unwrap().message;
    let jenkins = r#"{"name":"asgard","url":"job/asgard/","build":{"full_url":"http://ci/job/asgard/18/","number":18,"timestamp":1515400000123,"phase":"COMPLETED","status":"SUCCESS","url":"job/asgard/18/","scm":{"branch":"origin/master"},"artifacts":{"a.jar":{"archive":"http://ci/a.jar"}}}}"#;
    let jenkins = json(
        "jenkins?command.date=build.timestamp&datetimePattern=milliseconds&exclude=build.url;url;build.artifacts*",
        jenkins,
    );
    let github = r#"{"action":"started","repository":{"id":54949530,"name":"atsd","full_name":"axibase/atsd","private":false},"sender":{"login":"ann","id":7,"url":"https://api.github.com/users/ann"}}"#;
    let url = "github?exclude=organization.*;repository.*;*.signature;*.payload;*.sha;*.ref;*_at;*.id&include=repository.name;repository.full_name&header.tag.event=X-GitHub-Event&excludeValues=http*&debug=true";
    let github =
        understand(&request(url, &[("content-type", "application/json"), ("x-github-event", "watch")], github))
            .unwrap();
    assert!(github.debug);
    let slack = r#"{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","team_id":"T061EG9R6","type":"event_callback","event_id":"Ev08","event_time":1515400000,"event":{"type":"message","user":"U061F7AUR","text":"about","ts":"1515400000.000123","channel":"D0PNCRP9N","event_ts":"1515400000.000123"},"authed_users":["U0LAN0Z89"]}"#;
    let slack = json(
        "slack?command.message=event.text&command.date=event.ts&exclude=event.event_ts&exclude=event_time&exclude=event.icons.image*&exclude=*thumb*&exclude=token&exclude=event_id&exclude=event.message.edited.ts&exclude=*.ts",
        slack,
    );
    let all = [telegram, travis, jenkins, github.message, slack];
    insta::assert_snapshot!(all.iter().map(shown).collect::<Vec<_>>().join("\n"), @"
    telegram | webhook | telegram | UNDEFINED | 2026-11-20T10:00:00Z | /start
    message.chat.first_name = Test Firstname
    message.chat.id = 1111111
    message.chat.last_name = Test Lastname
    message.chat.type = private
    message.chat.username = Testusername
    message.date = 1441645532
    message.from.first_name = Test Firstname
    message.from.id = 1111111
    message.from.last_name = Test Lastname
    message.from.username = Testusername
    message.message_id = 1365
    message.text = /start
    request_ip = 192.0.2.7
    update_id = 10000

    travis-ci | webhook | travis-ci | UNDEFINED | 2026-11-20T10:00:00Z | Fixed
    payload.author_email = dev@example.org
    payload.author_name = Dr Blinken
    payload.branch = master
    payload.build_url = https://travis-ci.org/bkleinen/WebHooksPlayground/builds/4291240
    payload.compare_url = https://github.com/bkleinen/WebHooksPlayground/compare/e8ebf6466b39...a1e696e84035
    payload.duration = 63
    payload.finished_at = 2013-01-21T21:15:42Z
    payload.message = restoring travis.yml
    payload.repository.name = WebHooksPlayground
    payload.result_message = Fixed
    payload.started_at = 2013-01-21T21:14:39Z
    payload.status = 0
    request_ip = 192.0.2.7

    jenkins | webhook | jenkins | UNDEFINED | 2018-01-08T08:26:40.123Z | 
    build.full_url = http://ci/job/asgard/18/
    build.number = 18
    build.phase = COMPLETED
    build.scm.branch = origin/master
    build.status = SUCCESS
    build.timestamp = 1515400000123
    name = asgard
    request_ip = 192.0.2.7

    github | webhook | github | UNDEFINED | 2026-11-20T10:00:00Z | 
    action = started
    event = watch
    repository.full_name = axibase/atsd
    repository.name = atsd
    request_ip = 192.0.2.7
    sender.login = ann

    slack | webhook | slack | UNDEFINED | 2018-01-08T08:26:40.000123Z | about
    authed_users[0] = U0LAN0Z89
    event.channel = D0PNCRP9N
    event.text = about
    event.type = message
    event.user = U061F7AUR
    request_ip = 192.0.2.7
    team_id = T061EG9R6
    type = event_callback
    ");
}

#[test]
fn json_in_a_field_is_taken_apart() {
    let body = r#"{"Type": "Notification", "Message": "{\"version\":\"0\",\"source\":\"aws.ec2\"}"}"#;
    insta::assert_snapshot!(shown(&json("aws-cloudwatch?json.parse=Message", body)), @"
    aws-cloudwatch | webhook | aws-cloudwatch | UNDEFINED | 2026-11-20T10:00:00Z | 
    message.source = aws.ec2
    message.version = 0
    request_ip = 192.0.2.7
    type = Notification
    ");
    let long = format!(r#"{{"a": {{"B": "{{\"text\": \"{}\", \"end\": 1}}"}}}}"#, "x".repeat(50_000));
    assert_eq!(json("a?json.parse=a.b", &long).tags["a.b.end"], "1");
}

#[test]
fn what_cannot_be_read_is_said() {
    let rows = [
        ("", "application/json", "{}"),
        ("a", "application/json", "{"),
        ("a", "application/json", "7"),
        ("a", "application/xml", "<a/>"),
        ("a?json.parse=p", "application/x-www-form-urlencoded", "p=%7B"),
        ("a?date=tomorrow", "application/json", "{}"),
        ("a?severity=bad", "application/json", "{}"),
        ("a?entity=%00", "application/json", "{}"),
    ];
    let said = rows.map(|(url, kind, body)| {
        let refusal = understand(&request(url, &[("content-type", kind)], body)).unwrap_err();
        format!("{} {}", refusal.status().as_u16(), refusal.reason())
    });
    insta::assert_snapshot!(said.join("\n"), @r#"
    400 there is no entity: put it after /webhook/, or say entity=NAME
    400 the body is not JSON: EOF while parsing an object at line 1 column 1
    400 the body is JSON and has no fields
    415 send application/json or application/x-www-form-urlencoded
    400 p: it is not JSON: EOF while parsing an object at line 1 column 1
    400 date: "tomorrow" is no date in ISO form
    400 severity: a severity is 0 to 7, or one of UNDEFINED, UNKNOWN, NORMAL, WARNING, MINOR, MAJOR, CRITICAL, FATAL
    400 entity: it is longer than 256 characters, or has control characters
    "#);
}

#[test]
fn an_update_without_its_text_is_known_as_one() {
    let update = r#"{"update_id": 1, "callback_query": {"data": "yes"}}"#;
    assert!(json("telegram?command.message=message.text", update).lacks_text);
    assert!(!json("telegram", update).lacks_text);
}

#[test]
fn a_mark_of_utf_8_is_no_part_of_the_body() {
    assert_eq!(json("a?command.message=m", "\u{feff}{\"m\": \"hi\"}").message, "hi");
}

#[test]
fn what_is_to_be_left_out_never_comes_through_because_it_is_much() {
    let body = format!(
        "{{\"secret\": \"x\", {}}}",
        (0..3_000).map(|n| format!("\"k{n}\": \"{}\"", "a".repeat(250))).collect::<Vec<_>>().join(",")
    );
    let message = json("a?exclude=sec*&excludeValues=*b;*c*d;*e", &body);
    assert_eq!((message.tags.len(), message.tags.get("secret")), (3_001, None));
    let bomb = format!("a?exclude=secret&excludeValues={}", "*aaaaaaaaaaaaaaaaaaaab;".repeat(40));
    match understand(&request(&bomb, &[("content-type", "application/json")], &body)) {
        Err(Refusal::BadRequest(why)) => {
            insta::assert_snapshot!(why, @"the patterns of exclude and its like take too long: send less, or use fewer");
        }
        other => panic!("{other:?}"),
    }
}
