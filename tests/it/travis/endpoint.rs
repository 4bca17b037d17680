//! `POST /travis`: what each request is answered, and what is said of it afterwards.
use super::{FIXTURES, NO_KEYS, failed, pending, post, route, told, travis, with};
use factotum_plugin_api::hook::Sample;
use factotum_testing::Bot;
use plugin_travishook::TravisHook;
use serde_json::json;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What a right request carries beside its body.
fn right(bot: &Bot) -> Sample {
    bot.sample::<TravisHook>(&failed(json!({})), Some("s3cret"))
}
/// The transcript without what differs from run to run.
fn steady(bot: &Bot) -> String {
    bot.transcript().replace(&bot.host().http().to_string(), "127.0.0.1:PORT")
}

#[tokio::test]
async fn each_mistake_has_its_answer_and_is_explained() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    let right = || right(&bot);
    let body = |body: &str| Sample { body: body.to_owned().into(), ..right() };
    let mistakes = [
        ("JSON", with(right(), "Content-Type", "application/json")),
        ("no type", with(right(), "Content-Type", "")),
        ("no slug", with(right(), "Travis-Repo-Slug", "")),
        ("bad slug", with(right(), "Travis-Repo-Slug", "o/r/x")),
        ("unproven", with(right(), "Authorization", "")),
        ("Basic", with(right(), "Authorization", "Basic dTpw")),
        ("no field", body("other=1")),
        ("no JSON", body("payload=%7B%22")),
        ("no repo", body("payload=%7B%7D")),
        ("empty", body("")),
        ("no route", with(right(), "Travis-Repo-Slug", "o/unknown")),
        ("bad hash", with(right(), "Authorization", &"0".repeat(64))),
        ("no ASCII", with(right(), "Authorization", "ü")),
        ("signed", with(with(right(), "Authorization", ""), "Signature", "AAAA")),
        ("no state", bot.sample::<TravisHook>(&failed(json!({ "status_message": null })), Some("s3cret"))),
        ("strange", bot.sample::<TravisHook>(&failed(json!({ "status_message": "Received" })), Some("s3cret"))),
    ];
    for (name, sample) in mistakes {
        bot.post(name, sample).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    JSON    > POST /travis 415: send application/x-www-form-urlencoded
    no type > POST /travis 415: send application/x-www-form-urlencoded
    no slug > POST /travis 400: there is no header Travis-Repo-Slug
    bad slug > POST /travis 400: Travis-Repo-Slug is not owner/name
    unproven > POST /travis 401
    Basic   > POST /travis 401
    no field > POST /travis 400: the form has no field payload
    no JSON > POST /travis 400: the payload is not JSON: EOF while parsing a string at line 1 column 2
    no repo > POST /travis 400: the payload names no repository
    empty   > POST /travis 400: the form has no field payload
    no route > POST /travis 204
    bad hash > POST /travis 403
    no ASCII > POST /travis 403
    signed  > POST /travis 403
    no state > POST /travis 204
    strange > POST /travis 204
    ");
    insta::assert_snapshot!(told(&bot, &["!requests"]).await, @r#"
    ann     > !requests
    bot     > #16 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 ignored: build 277713381 of o/r: status_message "Received" is no event
              #15 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 ignored: build 277713381 of o/r has no status_message
              #14 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 403 refused: it is signed, and no public key is configured
              #13 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 403 refused: the hash in Authorization is wrong
              #12 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 403 refused: the hash in Authorization is wrong
              #11 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 ignored: o/unknown has no route
              #10 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: the form has no field payload
              #9 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: the payload names no repository
              #8 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: the payload is not JSON: EOF while parsing a string at line 1 column 2
              #7 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: the form has no field payload
              #6 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 401 refused: neither Signature nor a hash in Authorization
              #5 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 401 refused: neither Signature nor a hash in Authorization
              #4 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: Travis-Repo-Slug is not owner/name
              #3 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 400 refused: there is no header Travis-Repo-Slug
              #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 415 refused: send application/x-www-form-urlencoded
              Older ones: !requests before 2
    "#);
    insta::assert_snapshot!(told(&bot, &["!requests before 2", "!incidents"]).await, @"
    ann     > !requests before 2
    bot     > #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 415 refused: send application/x-www-form-urlencoded
    ann     > !incidents
    bot     > #13 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: it is signed, and no public key is configured (!requests show 14)
              #12 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the hash in Authorization is wrong (!requests show 13)
              #11 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: the hash in Authorization is wrong (!requests show 12)
              #10 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: the form has no field payload (!requests show 10)
              #9 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: the payload names no repository (!requests show 9)
              #8 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: the payload is not JSON: EOF while parsing a string at line 1 column 2 (!requests show 8)
              #7 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: the form has no field payload (!requests show 7)
              #6 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /travis: neither Signature nor a hash in Authorization (!requests show 6)
              #5 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /travis: neither Signature nor a hash in Authorization (!requests show 5)
              #4 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: Travis-Repo-Slug is not owner/name (!requests show 4)
              #3 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: there is no header Travis-Repo-Slug (!requests show 3)
              #2 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: send application/x-www-form-urlencoded (!requests show 2)
              #1 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: send application/x-www-form-urlencoded (!requests show 1)
    ");
}

#[tokio::test]
async fn small_differences_do_not_matter() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    let at = |second: u32| {
        let payload = failed(json!({ "finished_at": format!("2026-03-18T10:33:{second}Z") }));
        bot.sample::<TravisHook>(&payload, Some("s3cret"))
    };
    let hash = |sample: &Sample| sample.headers.iter().find(|(name, _)| name == "Authorization").unwrap().1.clone();
    let type_ = "Application/X-WWW-form-urlencoded; charset=utf-8";
    bot.post("charset", with(at(10), "Content-Type", type_)).await;
    let upper = hash(&at(11)).to_uppercase();
    bot.post("upper", with(at(11), "Authorization", &upper)).await;
    bot.post("unsigned", with(at(12), "Signature", "not ours to check")).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    charset > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    upper   > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    unsigned > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn another_repository_cannot_speak_for_this_one() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    told(&bot, &["!travis route eve/r eve failed", "!travis token eve/r s3cret"]).await;
    // Proven by the token of eve/r, and tells of a build of o/r.
    let of_eve = failed(json!({ "repository": { "owner_name": "eve", "name": "r" } }));
    let headers = bot.sample::<TravisHook>(&of_eve, Some("s3cret")).headers;
    bot.post("travis", Sample { headers, ..right(&bot) }).await;
    // Spelled otherwise it is the same repository.
    let spelled = failed(json!({ "repository": { "owner_name": "O", "name": "R" } }));
    post(&bot, &spelled).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!incidents"]).await, @r#"
    travis  > POST /travis 403
    travis  > POST /travis 204
    bot@dev > [Travis CI] O/R #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: Travis-Repo-Slug is eve/r, the payload is of o/r (!requests show 1)
    "#);
}

#[tokio::test]
async fn a_request_is_shown_with_what_became_of_it() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    post(&bot, &failed(json!({ "matrix": [], "config": {} }))).await;
    bot.post("travis", with(right(&bot), "Authorization", &"0".repeat(64))).await;
    told(&bot, &["!travis route o/r dev passed"]).await;
    post(&bot, &failed(json!({ "number": "6" }))).await;
    for line in ["!requests", "!requests show 1", "!requests show 2", "!requests show 9"] {
        bot.say("ann", line).await;
    }
    insta::assert_snapshot!(steady(&bot), @r#"
    travis  > POST /travis 204
    ann     > !requests
    bot     > #3 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed, which no route wants
              #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 403 refused: the hash in Authorization is wrong
              #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed → 1 chat
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed → 1 chat
              content-type: application/x-www-form-urlencoded
              travis-repo-slug: o/r
              authorization: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 1272
              payload: {"author_email":"dev@example.org","author_name":"Ann","base_commit":null,"branch":"main","build_url":"https://ci/5","commit":"2eab9aaa002563c4b8db90a77eac9a1ba4e24643","commit_id":1277801499,"committed_at":"2026-03-18T10:26:24Z","committer_email":"dev@example.org","committer_name":"sathwikshetty33","compare_url":"https://github.com/sathwikshetty33/travis-test/compare/193da1b723460e185115a27554dfddab7ae0ec6e...2eab9aaa002563c4b8db90a77eac9a1ba4e24643","config":{},"duration":300,"finished_at":"2026-03-18T10:33:09Z","head_commit":null,"id":277713381,"matrix":[],"message":"Fix the parser","number":"5","pull_request":false,"pull_request_number":null,"pull_request_title":null,"repository":{"name":"r","owner_name":"o"},"result":1,"result_message":"Failed","started_at":"2026-03-18T10:28:09Z","state":"failed","status":1,"status_message":"Failed","tag":null,"type":"push"}
              notice #1 to console:dev sent after 1 try
              • 2026-11-20 10:00:00Z posted: m3 (took 0 ms)
    ann     > !requests show 2
    bot     > #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 403 refused: the hash in Authorization is wrong
              content-type: application/x-www-form-urlencoded
              travis-repo-slug: o/r
              authorization: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: 127.0.0.1:PORT
              content-length: 2613
              The body was not kept, since its proof did not hold.
              It led to no notice.
    ann     > !requests show 9
    bot     > I know no request 9: none had that number, or it is too old.
    "#);
}

#[tokio::test]
async fn nothing_proves_a_repository_without_a_token() {
    let bot = travis(NO_KEYS).start().await;
    told(&bot, &["!travis route o/r dev *", "!travis route o/other dev *"]).await;
    let of = |name: &str| failed(json!({ "repository": { "owner_name": "o", "name": name } }));
    post(&bot, &of("r")).await;
    post(&bot, &of("r")).await;
    post(&bot, &of("other")).await;
    bot.pass(Duration::from_secs(3599)).await;
    post(&bot, &of("r")).await;
    bot.pass(Duration::from_secs(1)).await;
    post(&bot, &of("r")).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!requests before 2", "!incidents"]).await, @"
    travis  > POST /travis 204
    bot     > [travishook] Results of o/r are dropped, since nothing can prove them. Either set config_urls or public_key_files in the config, or the repository's token in a private chat: !travis token o/r TOKEN
    travis  > POST /travis 204
    travis  > POST /travis 204
    bot     > [travishook] Results of o/other are dropped, since nothing can prove them. Either set config_urls or public_key_files in the config, or the repository's token in a private chat: !travis token o/other TOKEN
    travis  > POST /travis 204
    travis  > POST /travis 204
    bot     > [travishook] Results of o/r are dropped, since nothing can prove them. Either set config_urls or public_key_files in the config, or the repository's token in a private chat: !travis token o/r TOKEN
    ann     > !requests before 2
    bot     > #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 ignored: o/r has no token, and no public key is configured
    ann     > !incidents
    bot     > No incidents.
    ");
}

#[tokio::test]
async fn a_hash_needs_a_token_even_where_keys_are_known() {
    let bot = travis(&format!(
        "plugins.travishook = {{ config_urls = [], public_key_files = [\"{FIXTURES}/travis-ci-org-2016.public.pem\"] }}"
    ))
    .start()
    .await;
    told(&bot, &["!travis route o/r dev *"]).await;
    post(&bot, &failed(json!({}))).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!incidents"]).await, @"
    travis  > POST /travis 403
    ann     > !incidents
    bot     > #1 2026-11-20 10:00:00Z wrong proof from 127.0.0.1 at /travis: a hash in Authorization, but o/r has no token (!requests show 1)
    ");
}

#[tokio::test]
async fn what_no_route_wants_is_taken_and_posted_nowhere() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev passed branch=main").await;
    post(&bot, &failed(json!({}))).await;
    post(&bot, &failed(json!({ "status_message": "Passed", "branch": "dev" }))).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!requests"]).await, @"
    travis  > POST /travis 204
    travis  > POST /travis 204
    ann     > !requests
    bot     > #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: passed, which no route wants
              #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed, which no route wants
    ");
}

/// What a plain socket is answered, without the date.
async fn raw(bot: &Bot, request: String) -> String {
    let mut socket = TcpStream::connect(bot.host().http()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    bot.settled().await;
    let kept = answer.lines().filter(|line| !line.to_lowercase().starts_with("date:"));
    kept.map(|line| line.trim_end().to_owned() + "\n").collect::<String>().trim_end().to_owned()
}

#[tokio::test]
async fn other_methods_and_bodies_too_large_are_refused_before_anything_is_read() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    let mut answers = vec![];
    for method in ["GET", "PUT", "DELETE"] {
        let request = format!("{method} /travis HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answers.push(raw(&bot, request).await);
    }
    let declared = format!("POST /travis HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 2 << 20);
    answers.push(raw(&bot, declared).await);
    insta::assert_snapshot!(answers.join("\n--\n"), @"
    HTTP/1.1 405 Method Not Allowed
    allow: POST
    connection: close
    content-length: 0
    --
    HTTP/1.1 405 Method Not Allowed
    allow: POST
    connection: close
    content-length: 0
    --
    HTTP/1.1 405 Method Not Allowed
    allow: POST
    connection: close
    content-length: 0
    --
    HTTP/1.1 413 Payload Too Large
    connection: close
    content-type: text/plain; charset=utf-8
    content-length: 22

    the body is too large
    ");

    let large = failed(json!({ "message": "x".repeat(2 << 20) }));
    post(&bot, &large).await;
    let below = failed(json!({ "message": "x".repeat(900 << 10) }));
    post(&bot, &below).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!incidents"]).await, @r#"
    travis  > POST /travis 413: the body is too large
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…" by Ann (5m) https://ci/5
    ann     > !incidents
    bot     > #5 2026-11-20 10:00:00Z limit from 127.0.0.1 at /travis: the body is too large
              #4 2026-11-20 10:00:00Z limit from 127.0.0.1 at /travis: the body is too large
              #3 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: DELETE, where POST is answered
              #2 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: PUT, where POST is answered
              #1 2026-11-20 10:00:00Z bad request from 127.0.0.1 at /travis: GET, where POST is answered
    "#);
}

#[tokio::test]
async fn what_the_journal_does_not_take_is_not_acknowledged() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    let journal = rusqlite::Connection::open(bot.folder().join("data/journal.db")).unwrap();
    let full = "create trigger full before insert on notices begin select raise(abort, 'no room'); end";
    journal.execute_batch(full).unwrap();
    let Sample { headers, body, .. } = right(&bot);
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let request = format!(
        "POST /travis HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let refused = raw(&bot, request.clone()).await;
    journal.execute_batch("drop trigger full").unwrap();
    let taken = raw(&bot, request).await;
    insta::assert_snapshot!(format!("{refused}\n--\n{taken}\n--\n{}", bot.transcript()), @r#"
    HTTP/1.1 503 Service Unavailable
    retry-after: 10
    content-type: text/plain; charset=utf-8
    content-length: 10
    connection: close

    try again
    --
    HTTP/1.1 204 No Content
    connection: close
    --
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn only_a_trusted_proxy_says_whose_request_it_is() {
    for (proxies, client) in [("[]", "127.0.0.1"), ("[\"127.0.0.1\"]", "192.0.2.7")] {
        let http = format!("[http]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = {proxies}\n");
        let bot = travis(&format!("{http}[plugins.travishook]\nconfig_urls = []")).start().await;
        route(&bot, "dev *").await;
        let wrong = with(with(right(&bot), "Authorization", "00"), "X-Forwarded-For", "192.0.2.7");
        bot.post("travis", with(wrong, "X-Real-IP", "192.0.2.8")).await;
        let incidents = told(&bot, &["!incidents"]).await;
        assert!(incidents.contains(&format!(" from {client} at /travis: ")), "{incidents}");
    }
}

#[tokio::test]
async fn a_token_is_in_no_answer_and_in_no_record() {
    let mut bot = travis(NO_KEYS).edits().start().await;
    told(&bot, &["!travis route o/r dev *", "!travis token o/r canary"]).await;
    let samples = [
        bot.sample::<TravisHook>(&failed(json!({})), Some("canary")),
        with(bot.sample::<TravisHook>(&pending(json!({})), None), "Authorization", "canary"),
        with(bot.sample::<TravisHook>(&pending(json!({})), None), "Signature", "canary"),
        Sample { path: Some("/travis?token=canary".into()), ..right(&bot) },
    ];
    for sample in samples {
        let path = sample.path.clone().unwrap();
        let answer = bot.post("travis", sample).await;
        assert!(!answer.body.windows(6).any(|bytes| bytes == b"canary"), "{path}");
    }
    bot.transcript(); // the last path is what we typed ourselves
    let lines = [
        "!requests",
        "!requests show 1",
        "!requests show 2",
        "!requests show 3",
        "!requests show 4",
        "!incidents",
        "!outbox list sent",
        "!travis",
        "!travis routes",
        "!travis token o/r",
        "!travis config",
        "!travis reset",
        "!config",
        "!status",
        "!help travis token",
        "!travis token o/r canary canary",
        "!travis token canary",
        "!travis remove o/r",
    ];
    let transcript = told(&bot, &lines).await;
    assert!(transcript.contains("\"token\": \"set\"") && !transcript.contains("canary"), "{transcript}");
    let journal = bot.folder().join("data/journal.db");
    bot.restart().await; // folds the journal's log into its file
    let journal = std::fs::read(journal).unwrap();
    assert!(!journal.windows(6).any(|bytes| bytes == b"canary"), "the journal has the token");
}
