//! The message of every sample, and of whatever a stranger may write in a commit.
use super::{FIXTURES, NO_KEYS, failed, post, route, told, travis};
use factotum_host::journal::Filter;
use plugin_travishook::TravisHook;
use serde_json::{Value, json};

#[tokio::test]
async fn every_sample_gives_its_message() {
    let files = std::fs::read_dir(FIXTURES).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "json")).collect();
    files.sort();
    let mut transcript = String::new();
    for file in files {
        let payload = std::fs::read(&file).unwrap();
        let json: Value = serde_json::from_slice(&payload).unwrap();
        let part = |name: &str| json["repository"][name].as_str().unwrap().to_owned();
        let repo = format!("{}/{}", part("owner_name"), part("name"));
        // A bot each: some tell of the same build.
        let bot = travis(NO_KEYS).start().await;
        told(&bot, &[&format!("!travis route {repo} dev *"), &format!("!travis token {repo} s3cret")]).await;
        let name = file.file_stem().unwrap().to_str().unwrap();
        bot.post(name, bot.sample::<TravisHook>(&payload, Some("s3cret"))).await;
        transcript += &bot.transcript();
    }
    insta::assert_snapshot!(transcript, @r#"
    api-started-2026 > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 pending: API build of branch main at 2eab9aaa, "update ci url" by sathwikshetty33 https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    cron-started-2026 > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #11 pending: cron build of branch main at 2eab9aaa, "update ci url" by sathwikshetty33 https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713426
    cron-still-failing-2018 > POST /travis 204
    bot@dev > [Travis CI] lapolinar/docs-travis-ci-com #245 still failing: cron build of branch master at a1012d55, "Merge pull request #1529 from janczer/fixed_typo_public_privet_repo" by Hiro Asari (2m 35s) https://travis-ci.org/lapolinar/docs-travis-ci-com/builds/411619175
    derived-pull-request-failed > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 failed: pull request #42 "Fix <b>tags</b> & *stars* [x](y) 100%25 done" at 2eab9aaa, "100% sure: a+b=c & d %41 + "quotes"" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    derived-push-canceled > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 canceled: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    derived-push-failed > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    derived-tag-passed > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 passed: tag v1.2.0 at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    derived-unknown-state-null-message > POST /travis 204
    push-broken-2012 > POST /travis 204
    bot@dev > [Travis CI] pivotal/projectmonitor #75 broken: branch webhooks at 5bbadf79, "WIP" by Andrew Fader & Mark Gangl (2m 15s) http://travis-ci.org/pivotal/projectmonitor/builds/1885645
    push-errored-2020 > POST /travis 204
    bot@dev > [Travis CI] savageking-io/evelengine #7 errored: branch master at 0421420c, "Added travis notifications" by vozgua (1m) https://travis-ci.org/savageking-io/evelengine/builds/685826671
    push-fixed-2013 > POST /travis 204
    bot@dev > [Travis CI] bkleinen/WebHooksPlayground #11 fixed: branch master at a1e696e8, "restoring travis.yml" by Dr Blinken (1m 3s) https://travis-ci.org/bkleinen/WebHooksPlayground/builds/4291240
    push-passed-2012 > POST /travis 204
    bot@dev > [Travis CI] collectiveidea/buildlight #2 passed: branch master at 05f7a7e3, "map root path properly for posts" by Daniel Morrison (1m 18s) https://travis-ci.org/collectiveidea/buildlight/builds/3329467
    push-passed-plus-signs-2015 > POST /travis 204
    bot@dev > [Travis CI] hl7-fhir/fhir-svn #4601 passed: branch master at 6c457d36, "Debug+build+hooks" by josh_mandel (17m 3s) https://travis-ci.org/hl7-fhir/fhir-svn/builds/92495257
    signed-2016-push-passed.payload > POST /travis 204
    bot@dev > [Travis CI] Kegsay/flow-jsdoc #18 passed: branch master at 3a092c3a, "Test Travis webhook support" by Kegan Dougal (32s) https://travis-ci.org/Kegsay/flow-jsdoc/builds/176075135
    "#);
}

#[tokio::test]
async fn kinds_and_jobs() {
    let job = |number: &str, state: &str, may_fail: bool| json!({ "number": number, "state": state, "allow_failure": may_fail });
    let payloads = [
        ("PR", json!({ "type": "pull_request", "pull_request_number": "42", "pull_request_title": "Fix it" })),
        ("old PR", json!({ "type": "pull_request", "pull_request": false, "pull_request_number": null })),
        ("tag", json!({ "tag": "v1.2.0", "branch": "v1.2.0" })),
        ("cron", json!({ "type": "cron" })),
        ("API", json!({ "type": "api" })),
        ("no time", json!({ "duration": null, "started_at": null })),
        ("times", json!({ "duration": null })),
        ("long", json!({ "message": "word ".repeat(40), "author_name": "A".repeat(100), "branch": "b".repeat(100) })),
        (
            "jobs",
            json!({ "matrix": [job("5.1", "passed", false), job("5.2", "failed", false), job("5.3", "errored", true)] }),
        ),
        ("errored", json!({ "status_message": "Errored" })),
        (
            "canceled",
            json!({ "status_message": "Canceled", "matrix": [job("5.1", "canceled", false), job("5.2", "canceled", false)] }),
        ),
    ];
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    for (n, (name, changes)) in payloads.into_iter().enumerate() {
        let mut changes = changes;
        changes["id"] = json!(n);
        bot.post(name, bot.sample::<TravisHook>(&failed(changes), Some("s3cret"))).await;
    }
    insta::assert_snapshot!(bot.transcript(), @r#"
    PR      > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: pull request #42 "Fix it" at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    old PR  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: pull request into main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    tag     > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: tag v1.2.0 at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    cron    > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: cron build of branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    API     > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: API build of branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    no time > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann https://ci/5
    times   > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    long    > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb… at 2eab9aaa, "word word word word word word word word word word word word word word wo…" by AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA… (5m) https://ci/5
    jobs    > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              failed jobs: 5.2 (allowed to fail: 5.3)
    errored > POST /travis 204
    bot@dev > [Travis CI] o/r #5 errored: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    canceled > POST /travis 204
    bot@dev > [Travis CI] o/r #5 canceled: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn a_commit_message_arrives_as_it_was_typed() {
    let messages = [
        "<b>bold</b> &amp; <script>alert(1)</script> <!-- -->",
        "*bold* _italic_ `code` ~~gone~~ [link](https://evil.example) ![i](x)",
        "<https://evil.example|click> <@U123> <!channel> @all @here @everyone",
        "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7} \u{8}\u{8}\u{8}over",
        "\u{202e}desrever\u{202c} \u{200f}mark \u{85}next \u{2028}line \u{7f}del \0nul",
        "\u{2}bold\u{2} \u{3}04red\u{f} of IRC",
        "one\rPRIVMSG #other :two\nthree",
        "100% sure: a+b=c & d %41 100%25 %zz \"quotes\" 'single' \\n \\u0041",
        "🦀 ü 漢字 e\u{301} \u{feff}bom",
        "{0} %{branch} $HOME `id` $(id) ; rm -rf / | !travis reset confirm",
    ];
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    for (n, message) in messages.iter().enumerate() {
        post(&bot, &failed(json!({ "id": n, "number": n.to_string(), "message": message }))).await;
        let sent = bot.host().shared.journal.notices(None, &Filter::default(), 1).await.unwrap();
        let first = message.split(['\r', '\n']).next().unwrap();
        let text = sent[0].notice.text.plain();
        assert!(text.contains(&format!("\"{first}")), "{text:?}");
        assert_eq!(text.lines().count(), 1, "{text:?}");
        assert!(!sent[0].notice.text.html().contains("<script>"));
    }
    let transcript = bot.transcript();
    assert!(!transcript.contains(|c: char| c.is_control() && c != '\n'), "{transcript:?}");
    insta::assert_snapshot!(transcript.replace("travis  > POST /travis 204\n", ""), @r#"
    bot@dev > [Travis CI] o/r #0 failed: branch main at 2eab9aaa, "<b>bold</b> &amp; <script>alert(1)</script> <!-- -->" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #1 failed: branch main at 2eab9aaa, "*bold* _italic_ `code` ~~gone~~ [link](https://evil.example) ![i](x)" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #2 failed: branch main at 2eab9aaa, "<https://evil.example|click> <@U123> <!channel> @all @here @everyone" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #3 failed: branch main at 2eab9aaa, "␛[31mred␛[0m ␛]0;title␇ ␈␈␈over" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #4 failed: branch main at 2eab9aaa, "�desrever� �mark �next �line ␡del ␀nul" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "␂bold␂ ␃04red␏ of IRC" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #6 failed: branch main at 2eab9aaa, "one PRIVMSG #other :two" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #7 failed: branch main at 2eab9aaa, "100% sure: a+b=c & d %41 100%25 %zz "quotes" 'single' \n \u0041" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #8 failed: branch main at 2eab9aaa, "🦀 ü 漢字 é ﻿bom" by Ann (5m) https://ci/5
    bot@dev > [Travis CI] o/r #9 failed: branch main at 2eab9aaa, "{0} %{branch} $HOME `id` $(id) ; rm -rf / | !travis reset confirm" by Ann (5m) https://ci/5
    "#);
}
