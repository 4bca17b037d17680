//! Roles on servers, checked by the host and nobody else.
use super::bot;
use factotum_testing::trueconf::TrueConfServer;

#[tokio::test]
async fn a_role_opens_the_commands_of_its_level_on_its_server_alone() {
    let (main, branch) = (TrueConfServer::start().await, TrueConfServer::start().await);
    main.v4(false);
    branch.v4(false);
    let mut bot = bot(&[("main", &main), ("branch", &branch)], "").start().await;
    for line in [
        "!trueconf rights",
        "!trueconf allow bob operator main",
        "!trueconf allow console:bob operator main",
        "!trueconf allow console:bob operator main",
        "!trueconf allow console:eve viewer branch",
        "!trueconf rights",
    ] {
        bot.say("ann", line).await;
    }
    for line in ["!trueconf online main", "!trueconf online branch", "!trueconf online", "!trueconf stop main 1000000001", "yes"] {
        bot.say("bob", line).await;
    }
    for line in ["!trueconf online branch", "!trueconf stop branch 1000000001", "!trueconf allow console:eve owner branch"] {
        bot.say("eve", line).await;
    }
    bot.restart().await;
    for line in ["!trueconf online main", "!trueconf watch on", "!trueconf policy dry"] {
        bot.say("bob", line).await;
    }
    bot.say("ann", "!trueconf allow console:bob viewer branch").await;
    bot.say("bob", "!trueconf online").await; // both by now
    bot.say("ann", "!trueconf disallow console:bob main").await;
    for line in ["!trueconf online main", "!trueconf online branch"] {
        bot.say("bob", line).await;
    }
    bot.say("ann", "!trueconf disallow console:bob main").await;
    bot.say("ann", "!acl why console:eve trueconf online branch").await;
    bot.say("ann", "!trueconf audit").await;
    assert_eq!(branch.count("/api/v3.3/conferences/*"), 0);
    insta::assert_snapshot!(super::shown(&bot, &[&main, &branch]), @"");
}

#[tokio::test]
async fn an_owner_gives_roles_on_the_own_server() {
    let (main, branch) = (TrueConfServer::start().await, TrueConfServer::start().await);
    let bot = bot(&[("main", &main), ("branch", &branch)], "").start().await;
    bot.say("ann", "!trueconf allow console:bob owner branch").await;
    for line in [
        "!trueconf allow console:eve viewer branch",
        "!trueconf allow console:eve viewer main",
        "!trueconf allow console:eve viewer all",
        "!trueconf policy branch dry",
        "!trueconf rights branch",
        "!trueconf import",
        "!trueconf report now",
    ] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"");
}
