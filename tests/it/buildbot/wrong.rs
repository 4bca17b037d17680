//! Masters that answer as none should: one clear line for each.
use super::Buildbot;
use factotum_testing::{Bot, Peer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn what_is_wrong_with_a_master_is_said_in_one_line() {
    let answers = [
        ("Python text", 500, r#"{"error": "KeyError('builderNames not specified')"}"#),
        ("a page of an error", 502, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
        ("a page", 200, "<!DOCTYPE html>\n<html>sign in</html>"),
        ("half an answer", 200, r#"{"builders": [{"builderid": 1, "na"#),
        ("no list", 200, r#"{"meta": {"total": 0}}"#),
        ("builders without names", 200, r#"{"builders": [{"builderid": 1}]}"#),
        ("nothing", 200, ""),
        ("a refusal", 403, r#"{"error": "you need to have role 'admins'"}"#),
        ("a proxy's login", 401, "<html>401</html>"),
        ("elsewhere", 302, ""),
        ("a parameter it has not", 400, r#"{"error": "unrecognized query parameter 'field'"}"#),
        ("no Buildbot", 404, "<html>404</html>"),
    ];
    let peer = Peer::start().await;
    let config = format!("[plugins.buildbot.masters.main]\nurl = {:?}", peer.url("/ci/"));
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    for (what, status, body) in answers {
        peer.answer("/ci/api/v2/builders", status, body);
        peer.answer("/ci/api/v2/workers", 200, r#"{"workers": []}"#);
        peer.answer("/ci/api/v2/builds", 200, r#"{"builds": []}"#);
        bot.say(what, "!list builders").await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    Python text > !list builders
    bot     > The master main could not do that (it answered 500 Internal Server Error)
    a page of an error > !list builders
    bot     > The master main could not do that (it answered 502 Bad Gateway)
    a page  > !list builders
    bot     > The master main answered what Buildbot does not: a web page; is its url right?
    half an answer > !list builders
    bot     > The master main answered what Buildbot does not: it is no JSON of Buildbot's
    no list > !list builders
    bot     > The master main answered what Buildbot does not: it lists nothing
    builders without names > !list builders
    bot     > The master main answered what Buildbot does not: missing field `name`
    nothing > !list builders
    bot     > The master main answered what Buildbot does not: it is no JSON of Buildbot's
    a refusal > !list builders
    bot     > The master main refuses that: it wants a login: set user and password, or proxy_header, in the config
    a proxy's login > !list builders
    bot     > The master main stands behind a login that is not its own (it answered 401 Unauthorized)
    elsewhere > !list builders
    bot     > There is no Buildbot where the master main should be (it answered 302 Found); is its url right?
    a parameter it has not > !list builders
    bot     > The master main refuses that: unrecognized query parameter 'field'
    no Buildbot > !list builders
    bot     > There is no Buildbot where the master main should be (it answered 404 Not Found); is its url right?
    ");
}

#[tokio::test]
async fn nobody_is_there() {
    let config = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"\n[plugins.buildbot.masters.other]\nurl = \"http://127.0.0.1:2\"";
    let bot = Bot::with::<Buildbot>().config(config).start().await;
    for line in ["!list builders", "!masters", "!buildbot requests --master MAIN", "!buildbot requests --master x"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !list builders
    bot     > main: cannot be reached: Connection refused
              other: cannot be reached: Connection refused
    bob     > !masters
    bot     > main: cannot be reached: Connection refused
              other: cannot be reached: Connection refused
    bob     > !buildbot requests --master MAIN
    bot     > The master main cannot be reached: Connection refused
    bob     > !buildbot requests --master x
    bot     > There is no master x; there are main, other.
    ");
}

#[tokio::test]
async fn the_status_of_many_builders_takes_few_calls() {
    let peer = Peer::start().await;
    let builder = |n: i32| serde_json::json!({ "builderid": n, "name": format!("b{n}"), "tags": [], "masterids": [1] });
    let build = |n: i32| {
        serde_json::json!({
            "buildid": n, "number": 1, "builderid": n, "started_at": 0, "complete": true, "complete_at": 1, "results": 0,
        })
    };
    let on = |n: i32| serde_json::json!({ "builderid": n, "masterid": 1 });
    let all = 1..=250;
    let builders = serde_json::json!({ "builders": all.clone().map(builder).collect::<Vec<_>>() });
    let builds = serde_json::json!({ "builds": all.clone().map(build).collect::<Vec<_>>() });
    let configured: Vec<_> = all.map(on).collect();
    let worker = serde_json::json!({ "workerid": 1, "name": "w", "connected_to": [{ "masterid": 1 }], "configured_on": configured });
    peer.answer("/api/v2/builders", 200, builders.to_string());
    peer.answer("/api/v2/builds", 200, builds.to_string());
    peer.answer("/api/v2/workers", 200, serde_json::json!({ "workers": [worker] }).to_string());
    let config = format!("[plugins.buildbot.masters.main]\nurl = {:?}", peer.url("/"));
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    bot.say("bob", "!buildbot status").await;
    let transcript = bot.transcript();
    assert_eq!(transcript.matches("idle, last build").count(), 250, "{transcript}");
    let mut asked = peer.asked();
    asked.retain(|path| path != "/ws"); // which the peer has not
    asked.sort();
    // Those that run, and the last ones of a hundred builders at a time.
    let builds = vec!["/api/v2/builds"; 1 + 3];
    assert_eq!(asked, [vec!["/api/v2/builders"], builds, vec!["/api/v2/workers", "/config"]].concat());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_said_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 1024];
            assert!(socket.read(&mut request).await.unwrap() > 0, "it asks");
            let half = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"builders\": [";
            socket.write_all(half).await.unwrap(); // and it is closed
        }
    };
    let serve = tokio::spawn(serve);
    let config = format!("[plugins.buildbot.masters.main]\nurl = {url:?}");
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    bot.say("bob", "!list builders").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !list builders
    bot     > The master main cannot be reached: it broke off in the middle of its answer
    ");
    serve.abort();
}
