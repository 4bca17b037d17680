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
    for line in [
        "!trueconf online main",
        "!trueconf online branch",
        "!trueconf online",
        "!trueconf stop main 1000000001",
        "yes",
    ] {
        bot.say("bob", line).await;
    }
    for line in
        ["!trueconf online branch", "!trueconf stop branch 1000000001", "!trueconf allow console:eve owner branch"]
    {
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
    insta::assert_snapshot!(super::shown(&bot, &[&main, &branch]), @"
    ann     > !trueconf rights
    bot     > Nobody has a role; the bot's admins may do everything.
    ann     > !trueconf allow bob operator main
    bot     > bob is nobody: a person is like telegram:123456
    ann     > !trueconf allow console:bob operator main
    bot     > console:bob is an operator of main now.
    ann     > !trueconf allow console:bob operator main
    bot     > console:bob is an operator of main already.
    ann     > !trueconf allow console:eve viewer branch
    bot     > console:eve is a viewer of branch now.
    ann     > !trueconf rights
    bot     > • console:bob: operator of main
              • console:eve: viewer of branch
    bob     > !trueconf online main
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    bob     > !trueconf online branch
    bot     > !trueconf online is for admins. !whoami shows who you are to me.
    bob     > !trueconf online
    bot     > !trueconf online is for admins. !whoami shows who you are to me.
    bob     > !trueconf stop main 1000000001
    bot     > Stop Планёрка отдела (1000000001) on main? Owner ivanov@video.example.com, 5 participants, it has run for 0:20:00.
              1. yes
              2. no
    bob     > yes
    bot     > Планёрка отдела (1000000001) on main is stopped.
              « Back: !trueconf servers main
    eve     > !trueconf online branch
    bot     > 151 of 450 users are online on branch.
              « Back: !trueconf servers branch
    eve     > !trueconf stop branch 1000000001
    bot     > !trueconf stop is for admins. !whoami shows who you are to me.
    eve     > !trueconf allow console:eve owner branch
    bot     > !trueconf allow is for admins. !whoami shows who you are to me.
    bob     > !trueconf online main
    bot     > 151 of 450 users are online on main.
              « Back: !trueconf servers main
    bob     > !trueconf watch on
    bot     > !trueconf watch is for admins. !whoami shows who you are to me.
    bob     > !trueconf policy dry
    bot     > !trueconf policy is for admins. !whoami shows who you are to me.
    ann     > !trueconf allow console:bob viewer branch
    bot     > console:bob is a viewer of branch now.
    bob     > !trueconf online
    bot     > 151 of 450 users are online on branch.
              151 of 450 users are online on main.
              branch: !trueconf online branch
              main: !trueconf online main
    ann     > !trueconf disallow console:bob main
    bot     > console:bob has no role on main any more.
    bob     > !trueconf online main
    bot     > !trueconf online is for admins. !whoami shows who you are to me.
    bob     > !trueconf online branch
    bot     > 151 of 450 users are online on branch.
              « Back: !trueconf servers branch
    ann     > !trueconf disallow console:bob main
    bot     > console:bob has no role on main.
    ann     > !acl why console:eve trueconf online branch
    bot     > console:eve may run !trueconf online in console:lobby: the plugin trueconf has granted trueconf status|trueconf confs|trueconf online|trueconf forgotten|trueconf show|trueconf records to console:eve, server branch, and no rule says otherwise.
    ann     > !trueconf audit
    bot     > • 2026-11-20 10:00 disallow main console:bob, ann (console:ann) in console:lobby: done
              • 2026-11-20 10:00 allow branch console:bob viewer, ann (console:ann) in console:lobby: done
              • 2026-11-20 10:00 stop main 1000000001 Планёрка отдела, bob (console:bob) in console:lobby: done
              • 2026-11-20 10:00 allow branch console:eve viewer, ann (console:ann) in console:lobby: done
              • 2026-11-20 10:00 allow main console:bob operator, ann (console:ann) in console:lobby: done
              • 2026-11-20 10:00 allow main console:bob operator, ann (console:ann) in console:lobby: done
    ");
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
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !trueconf allow console:bob owner branch
    bot     > console:bob is an owner of branch now.
    bob     > !trueconf allow console:eve viewer branch
    bot     > console:eve is a viewer of branch now.
    bob     > !trueconf allow console:eve viewer main
    bot     > !trueconf allow is for admins. !whoami shows who you are to me.
    bob     > !trueconf allow console:eve viewer all
    bot     > !trueconf allow is for admins. !whoami shows who you are to me.
    bob     > !trueconf policy branch dry
    bot     > Dry run on branch: console:lobby is told which forgotten conferences of 3:00:00 or longer would be stopped, 10 minutes before. Nothing is stopped.
              « Back: !trueconf servers branch
    bob     > !trueconf rights branch
    bot     > • console:bob: owner of branch
              • console:eve: viewer of branch
    bob     > !trueconf import
    bot     > !trueconf import is for admins. !whoami shows who you are to me.
    bob     > !trueconf report now
    bot     > !trueconf report is for admins. !whoami shows who you are to me.
    ");
}
