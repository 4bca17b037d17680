//! Which chats hear of a build, and how often.
use super::{NO_KEYS, failed, pending, post, route, told, travis};
use factotum_testing::Trouble;
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_replay_posts_nothing_for_a_week() {
    let mut bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    post(&bot, &failed(json!({}))).await;
    post(&bot, &failed(json!({}))).await;
    bot.restart().await;
    bot.pass(7 * DAY - Duration::from_secs(1)).await;
    post(&bot, &failed(json!({}))).await;
    bot.pass(Duration::from_secs(1)).await;
    post(&bot, &failed(json!({}))).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!requests"]).await, @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    travis  > POST /travis 200: seen before
    travis  > POST /travis 200: seen before
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !requests
    bot     > #4 2026-11-27 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed → 1 chat
              #3 2026-11-27 09:59:59Z POST /travis from 127.0.0.1: 200 duplicate: of request 1
              #2 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 200 duplicate: of request 1
              #1 2026-11-20 10:00:00Z POST /travis from 127.0.0.1: 204 accepted: failed → 1 chat
    "#);
}

#[tokio::test]
async fn a_restarted_build_is_told_of_again() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    post(&bot, &failed(json!({}))).await;
    post(&bot, &failed(json!({ "finished_at": "2026-03-18T11:00:00Z", "duration": 60 }))).await;
    post(&bot, &failed(json!({ "status_message": "Passed", "finished_at": "2026-03-18T12:00:00Z" }))).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (1m) https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn a_build_has_one_message_where_it_can_be_edited() {
    let bot = travis(NO_KEYS).edits().start().await;
    route(&bot, "dev *").await;
    let build = |number: &str| json!({ "number": number, "id": number });
    let passed = |number: &str| json!({ "number": number, "id": number, "status_message": "Passed" });
    post(&bot, &pending(build("5"))).await;
    post(&bot, &failed(passed("5"))).await;
    // An edit rings no phone: a bad result is a new message.
    post(&bot, &pending(build("6"))).await;
    post(&bot, &failed(build("6"))).await;
    // Restarted, and well: the message says so now.
    post(
        &bot,
        &failed(json!({ "number": "6", "id": "6", "status_message": "Fixed", "finished_at": "2026-03-18T12:00:00Z" })),
    )
    .await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 pending: branch main at 2eab9aaa, "Fix the parser" by Ann https://ci/5
    travis  > POST /travis 204
    bot@dev edits m3 > [Travis CI] o/r #5 passed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #6 pending: branch main at 2eab9aaa, "Fix the parser" by Ann https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #6 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@dev > (removes m4)
    travis  > POST /travis 204
    bot@dev edits m5 > [Travis CI] o/r #6 fixed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn edit_off_and_networks_that_cannot_get_a_message_each() {
    let edits = travis(NO_KEYS).edits().start().await;
    route(&edits, "dev * edit=off").await;
    let plain = travis(NO_KEYS).start().await;
    route(&plain, "dev *").await;
    for bot in [&edits, &plain] {
        post(bot, &pending(json!({}))).await;
        post(bot, &failed(json!({}))).await;
    }
    let told = edits.transcript();
    assert_eq!(told, plain.transcript());
    insta::assert_snapshot!(told, @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 pending: branch main at 2eab9aaa, "Fix the parser" by Ann https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn a_result_takes_the_place_of_what_still_waits() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    bot.script().down();
    post(&bot, &pending(json!({}))).await;
    post(&bot, &failed(json!({}))).await;
    bot.script().up();
    bot.pass(Duration::from_secs(60)).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn what_was_acknowledged_comes_after_a_restart() {
    let mut bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    bot.script().down();
    post(&bot, &failed(json!({}))).await;
    bot.restart().await;
    bot.script().up();
    bot.pass(Duration::from_secs(60)).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn routes_choose_branches_threads_and_chats() {
    let bot = travis(NO_KEYS).scripted("libera").start().await;
    told(
        &bot,
        &[
            "!travis route o/r main failed branch=main",
            "!travis route o/r releases * branch=release/*,!*-wip",
            "!travis route o/r all *",
            "!travis route o/r threads failed thread=7",
            "!travis route o/r libera:dev broken failed",
            "!travis route o/other elsewhere *",
            "!travis token o/r s3cret",
        ],
    )
    .await;
    let mut transcript = String::new();
    for (id, branch) in ["main", "release/1.2", "release/2-wip", "dev"].into_iter().enumerate() {
        post(&bot, &failed(json!({ "id": id, "branch": branch }))).await;
        // Chats are served side by side: their order is nobody's promise.
        let told = bot.transcript();
        let (answer, chats) = told.split_once('\n').unwrap();
        let mut chats: Vec<&str> = chats.lines().collect();
        chats.sort();
        transcript += &format!("{branch}: {answer}\n{}\n", chats.join("\n"));
    }
    insta::assert_snapshot!(transcript, @r#"
    main: travis  > POST /travis 204
    bot@all > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@libera:dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@main > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@threads/7 > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    release/1.2: travis  > POST /travis 204
    bot@all > [Travis CI] o/r #5 failed: branch release/1.2 at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@libera:dev > [Travis CI] o/r #5 failed: branch release/1.2 at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@releases > [Travis CI] o/r #5 failed: branch release/1.2 at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@threads/7 > [Travis CI] o/r #5 failed: branch release/1.2 at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    release/2-wip: travis  > POST /travis 204
    bot@all > [Travis CI] o/r #5 failed: branch release/2-wip at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@libera:dev > [Travis CI] o/r #5 failed: branch release/2-wip at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@threads/7 > [Travis CI] o/r #5 failed: branch release/2-wip at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    dev: travis  > POST /travis 204
    bot@all > [Travis CI] o/r #5 failed: branch dev at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@libera:dev > [Travis CI] o/r #5 failed: branch dev at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    bot@threads/7 > [Travis CI] o/r #5 failed: branch dev at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}

#[tokio::test]
async fn a_chat_that_is_gone_costs_no_other_chat_anything() {
    let bot = travis(NO_KEYS).start().await;
    route(&bot, "dev *").await;
    told(&bot, &["!travis route o/other ops *", "!travis token o/other s3cret"]).await;
    bot.script().fail_next(Trouble::Permanent("the bot was removed"));
    post(&bot, &failed(json!({}))).await;
    post(&bot, &failed(json!({ "repository": { "owner_name": "o", "name": "other" } }))).await;
    insta::assert_snapshot!(bot.transcript() + &told(&bot, &["!outbox"]).await, @r#"
    travis  > POST /travis 204
    bot     > [host] A notice did not reach console:dev: the bot was removed. !outbox retry 1 tries again.
    travis  > POST /travis 204
    bot@ops > [Travis CI] o/other #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    ann     > !outbox
    bot     > #1 2026-11-20 10:00:00Z travishook to console:dev dead after 1 try: the bot was removed
    "#);
}

#[tokio::test]
async fn a_failure_mentions_its_author() {
    let bot = travis(NO_KEYS).and::<plugin_ci::Ci>().start().await;
    route(&bot, "dev *").await;
    told(&bot, &["!people map dev@example.org @ann"]).await;
    let by = |id, mail, status| failed(json!({ "id": id, "author_email": mail, "status_message": status }));
    post(&bot, &by(5, json!("Dev@Example.org"), "Broken")).await;
    // Nobody is called for somebody else, for no mail, or where all is well.
    post(&bot, &by(6, json!("bob@example.org"), "Failed")).await;
    post(&bot, &by(7, json!(null), "Failed")).await;
    post(&bot, &by(8, json!("dev@example.org"), "Fixed")).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 broken: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
              cc @ann
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 failed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    travis  > POST /travis 204
    bot@dev > [Travis CI] o/r #5 fixed: branch main at 2eab9aaa, "Fix the parser" by Ann (5m) https://ci/5
    "#);
}
