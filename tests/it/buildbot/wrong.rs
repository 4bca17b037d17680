//! Masters that answer as none should: one clear line for each.
use super::Buildbot;
use factotum_testing::{Bot, Peer};

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
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn nobody_is_there() {
    let config = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"\n[plugins.buildbot.masters.other]\nurl = \"http://factotum.invalid\"";
    let bot = Bot::with::<Buildbot>().config(config).start().await;
    for line in ["!list builders", "!masters", "!requests --master MAIN", "!requests --master x"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"");
}
