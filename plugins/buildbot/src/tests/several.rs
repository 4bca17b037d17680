//! Two masters: each chat hears of those that it is told to.
use super::fake::Fake;
use crate::Buildbot;
use factotum_testing::Bot;

#[tokio::test]
async fn a_chat_hears_of_the_masters_that_it_wants() {
    let (a, b) = (Fake::start().await, Fake::start().await);
    let section = |name: &str, fake: &Fake, chat: &str| {
        let url = fake.url();
        format!(
            "[plugins.buildbot.masters.{name}]\nurl = {url:?}\nchats = [\"console:{chat}\"]\nnotify_events = [\"finished\"]\n"
        )
    };
    let config = section("a", &a, "dev") + &section("b", &b, "ops");
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    for fake in [&a, &b] {
        fake.caught_up(1).await;
    }
    // The config's chats hear of the master under which they stand.
    a.started(1, 1);
    a.finished(1, 0, "");
    bot.posted("of fast completed").await;
    b.started(1, 2);
    b.finished(1, 2, "");
    bot.posted("of broken failed").await;
    bot.settled().await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > a: Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@ops > b: Build #1 (http://ci/#/builders/2/builds/1) of broken failed.
    ");
    // A chat may want another of all, and less of one.
    for line in [
        "!notify on failure",
        "!notify --master B off",
        "!notify list",
        "!notify --master b list",
        "!notify --master c",
    ] {
        bot.say_in("dev", "bob", line).await;
    }
    bot.say_in("dev", "bob", "!notify").await;
    bot.say_in("dev", "bob", "!notify --master b").await;
    bot.say_in("dev", "bob", "!notify sometimes").await;
    b.started(2, 2);
    b.finished(2, 2, "");
    bot.posted("b: Build #2 (http://ci/#/builders/2/builds/2) of broken").await;
    a.started(2, 2);
    a.finished(2, 2, "");
    bot.posted("a: Build #1 (http://ci/#/builders/2/builds/1) of broken").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob@dev > !notify on failure
    bot@dev > The following events are being notified:
              🔔 failure
              🔔 finished (a)
    bob@dev > !notify --master B off
    bot@dev > 🔕 No events of b are being notified.
    bob@dev > !notify list
    bot@dev > The following events are being notified:
              🔔 failure (a)
              🔔 finished (a)
    bob@dev > !notify --master b list
    bot@dev > 🔕 No events of b are being notified.
    bob@dev > !notify --master c
    bot@dev > There is no master c; there are a, b.
    bob@dev > !notify
    bot@dev > Here are available notifications and their current state. Click to turn them on/off.
              Started 🔕: !buildbot notify on-quiet started
              Finished 🔔 a: !buildbot notify on-quiet finished
              Success 🔕: !buildbot notify on-quiet success
              Failure 🔔 a: !buildbot notify on-quiet failure
              Warnings 🔕: !buildbot notify on-quiet warnings
              Exception 🔕: !buildbot notify on-quiet exception
              Problem 🔕: !buildbot notify on-quiet problem
              Recovery 🔕: !buildbot notify on-quiet recovery
              Worse 🔕: !buildbot notify on-quiet worse
              Better 🔕: !buildbot notify on-quiet better
              Cancelled 🔕: !buildbot notify on-quiet cancelled
              Worker 🔕: !buildbot notify on-quiet worker
              Hide...: !buildbot notify hide
    bob@dev > !notify --master b
    bot@dev > Here are available notifications of b and their current state. Click to turn them on/off.
              Started 🔕: !buildbot notify --master b on-quiet started
              Finished 🔕: !buildbot notify --master b on-quiet finished
              Success 🔕: !buildbot notify --master b on-quiet success
              Failure 🔕: !buildbot notify --master b on-quiet failure
              Warnings 🔕: !buildbot notify --master b on-quiet warnings
              Exception 🔕: !buildbot notify --master b on-quiet exception
              Problem 🔕: !buildbot notify --master b on-quiet problem
              Recovery 🔕: !buildbot notify --master b on-quiet recovery
              Worse 🔕: !buildbot notify --master b on-quiet worse
              Better 🔕: !buildbot notify --master b on-quiet better
              Cancelled 🔕: !buildbot notify --master b on-quiet cancelled
              Worker 🔕: !buildbot notify --master b on-quiet worker
              Hide...: !buildbot notify --master b hide
    bob@dev > !notify sometimes
    bot@dev > ACTION: sometimes is none of on, off or list.
              Usage: !buildbot notify [OPTIONS] [ACTION] [EVENTS]...
    bot@ops > b: Build #2 (http://ci/#/builders/2/builds/2) of broken failed.
    bot@dev > a: Build #1 (http://ci/#/builders/2/builds/1) of broken failed.
    ");
}

/// `watch` reads twice, and an event may come between.
#[tokio::test]
async fn a_watched_build_that_ends_at_once_is_told_once() {
    let fake = Fake::start().await;
    let bot = super::bot(&fake, &["started"], "").start().await;
    fake.caught_up(1).await;
    fake.started(1, 1);
    bot.posted("of fast started").await;
    // The list is older than the build.
    let running = fake.build(1);
    fake.answers_below(
        "api/v2/builders?",
        serde_json::json!({ "builders": [{ "builderid": 1, "name": "fast", "masterids": [1] }] }),
    );
    fake.answers_below("api/v2/builds?complete=false", serde_json::json!({ "builds": [running] }));
    fake.end(1, 0, "");
    bot.say("bob", "!watch fast").await;
    fake.tell(1, "finished");
    super::settled(&bot, &fake, 9).await;
    insta::assert_snapshot!(bot.transcript(), @"
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    bob     > !watch fast
    bot     > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
              Forced: mark 9
    ");
}
