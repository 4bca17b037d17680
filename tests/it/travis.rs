//! Travis CI from a command to a message, through the real host.
use factotum_testing::Bot;
use plugin_travishook::TravisHook;

const PUSH_FAILED: &[u8] = include_bytes!("../fixtures/travis/derived-push-failed.json");

#[tokio::test]
async fn a_route_brings_the_next_failure_to_its_chat() {
    let bot = Bot::with::<TravisHook>().admin("ann").start().await;
    bot.say("ann", "!travis route sathwikshetty33/travis-test console:dev failed").await;
    bot.say_privately("ann", "!travis token sathwikshetty33/travis-test s3cret").await;
    bot.send::<TravisHook>(PUSH_FAILED, Some("s3cret")).await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    ann     > !travis route sathwikshetty33/travis-test console:dev failed
    bot     > Done. Relaying messages from sathwikshetty33/travis-test to console:dev for events: failed.
              No token is set for sathwikshetty33/travis-test. If its requests are not signed, set one in a private chat: !travis token sathwikshetty33/travis-test TOKEN
    ann     > !travis token sathwikshetty33/travis-test ***
    bot     > Token set for sathwikshetty33/travis-test.
    travishook > POST /travis 204
    bot@dev > [Travis CI] sathwikshetty33/travis-test #5 failed: branch main at 2eab9aaa, "update ci url" by sathwikshetty33 (5m) https://app.travis-ci.com/sathwikshetty33/travis-test/builds/277713381
    "#);
}
