//! What `HttpStatusPush` sends, beside the websocket and without it.
use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};
use factotum_plugin_api::hook::Sample;

const SECRET: &str = "push_secret = \"c4n4ry\"";
const DATA: [(&str, &str); 5] = [
    ("new", include_str!("../../data/push_default_new.json")),
    ("finished", include_str!("../../data/push_default_finished.json")),
    ("failure", include_str!("../../data/push_finished_failure_steps_logs_prev.json")),
    ("buildset", include_str!("../../data/push_buildset_combined.json")),
    ("missing", ""),
];

fn pushed(body: &str, headers: &[(&str, &str)]) -> Sample {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Sample { path: Some("/buildbot/main".into()), headers, body: body.to_owned().into() }
}
fn sample(name: &str) -> Sample {
    let (_, body) = DATA.iter().find(|(known, _)| *known == name).unwrap();
    pushed(body, &[("x-factotum-secret", "c4n4ry"), ("content-type", "application/json")])
}

#[tokio::test]
async fn a_push_needs_the_secret() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &["finished"], SECRET).start().await;
    let basic = |both: &str| format!("Basic {}", BASE64_STANDARD.encode(both));
    let (right, wrong) = (basic("any:c4n4ry"), basic("c4n4ry:any"));
    let proofs: [&[(&str, &str)]; 7] = [
        &[],
        &[("x-factotum-secret", "other")],
        &[("authorization", &wrong)],
        &[("authorization", "Basic ?")],
        &[("authorization", "Bearer c4n4ry")],
        &[("authorization", &right)],
        &[("x-factotum-secret", "c4n4ry")],
    ];
    for headers in proofs {
        bot.post("master", pushed("", headers)).await;
    }
    let mut elsewhere = pushed("", &[("x-factotum-secret", "c4n4ry")]);
    elsewhere.path = Some("/buildbot/other".into());
    bot.post("master", elsewhere).await;
    insta::assert_snapshot!(bot.transcript(), @"
    master  > POST /buildbot/main 401
    master  > POST /buildbot/main 401
    master  > POST /buildbot/main 401
    master  > POST /buildbot/main 401
    master  > POST /buildbot/main 401
    master  > POST /buildbot/main 204
    master  > POST /buildbot/main 204
    master  > POST /buildbot/other 401
    ");
}

#[tokio::test]
async fn a_push_tells_without_a_websocket() {
    let fake = Fake::start().await;
    fake.ails(Some((404, "<html>no upgrade</html>")));
    let bot = bot(&fake, &["started", "finished", "problem"], SECRET).edits().start().await;
    for name in ["new", "finished", "new", "finished", "failure", "buildset", "missing"] {
        bot.post(name, sample(name)).await;
    }
    for odd in ["[]", "{}", "{\"buildid\": \"x\"}", "no JSON"] {
        bot.post("odd", pushed(odd, &[("x-factotum-secret", "c4n4ry")])).await;
    }
    insta::assert_snapshot!(bot.transcript().replace(&fake.url(), "http://master/"), @r#"
    new     > POST /buildbot/main 204
    bot@dev > Build #1 (http://master/#/builders/4/builds/1) of flex started.
    finished > POST /buildbot/main 204
    bot@dev edits m1 > Build #1 (http://master/#/builders/4/builds/1) of flex completed successfully.
    new     > POST /buildbot/main 204
    finished > POST /buildbot/main 204
    failure > POST /buildbot/main 204
    bot@dev > Build #1 (http://master/#/builders/3/builds/1) of broken failed: failed compile (failure)
              Forced: force build
    buildset > POST /buildbot/main 204
    missing > POST /buildbot/main 204
    odd     > POST /buildbot/main 204
    odd     > POST /buildbot/main 204
    odd     > POST /buildbot/main 400: not a build as Buildbot tells it: invalid type: string "x", expected i64
    odd     > POST /buildbot/main 400: not the JSON we expect: expected ident at line 1 column 2
    "#);
}

#[tokio::test]
async fn the_two_sources_tell_once_whichever_comes_first() {
    let fake = Fake::start().await;
    let bot = bot(&fake, &["started", "finished"], SECRET).start().await;
    fake.caught_up(1).await;
    let push = |id: i64| pushed(&fake.build(id).to_string(), &[("x-factotum-secret", "c4n4ry")]);
    fake.begin(1, 1);
    bot.post("push", push(1)).await;
    fake.tell(1, "new");
    fake.end(1, 0, "build successful");
    bot.post("push", push(1)).await;
    fake.tell(1, "finished");
    fake.started(2, 1);
    bot.posted("#2").await;
    let late = push(2);
    fake.finished(2, 0, "build successful");
    bot.posted("#2 (http://ci/#/builders/1/builds/2) of fast completed").await;
    bot.post("late", late).await;
    bot.post("push", push(2)).await;
    settled(&bot, &fake, 3).await;
    insta::assert_snapshot!(bot.transcript(), @"
    push    > POST /buildbot/main 204
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast started.
    push    > POST /buildbot/main 204
    bot@dev > Build #1 (http://ci/#/builders/1/builds/1) of fast completed successfully.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast started.
    bot@dev > Build #2 (http://ci/#/builders/1/builds/2) of fast completed successfully.
    late    > POST /buildbot/main 204
    push    > POST /buildbot/main 204
    bot@dev > Build #3 (http://ci/#/builders/1/builds/3) of fast started.
              Forced: mark 3
    ");
}
