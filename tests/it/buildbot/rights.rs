//! Who may run what, and under which words.
use super::Buildbot;
use factotum_testing::Bot;

const MASTER: &str = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"\n";

#[tokio::test]
async fn an_authz_table_decides_as_in_buildbot() {
    let table = "[plugins.buildbot.authz]\ngetid = true\n\"\" = [\"ann\", \"eve\"]\n\"force,stop\" = [\"console:eve\"]\n";
    let bot = Bot::with::<Buildbot>().admin("ann").config(&format!("{MASTER}{table}")).start().await;
    for (who, line) in [
        ("eve", "!source"), ("bob", "!source"), ("ann", "!stop slow x"), ("eve", "!stop slow x"), ("eve", "!pause w1"),
        ("ann", "!acl why eve buildbot stop"), ("ann", "!help buildbot"),
    ] {
        bot.say(who, line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn without_a_table_it_is_everyone_and_admins() {
    let bot = Bot::with::<Buildbot>().admin("ann").config(MASTER).start().await;
    for (who, line) in [("bob", "!source"), ("bob", "!rebuild fast 1"), ("ann", "!rebuild fast 1"), ("bob", "!help buildbot")] {
        bot.say(who, line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn words_of_the_host_are_taken_over_where_the_config_says_so() {
    let config = format!("[plugins.buildbot]\nshort_commands = false\ntake_over = [\"Version\"]\n{MASTER}");
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    for line in ["!source", "!buildbot source", "!version"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"");
}

#[tokio::test]
async fn mistakes_in_the_config_are_named() {
    let mut said = vec![];
    for config in [
        "[plugins.buildbot]\ntake_over = [\"statsu\"]",
        "[plugins.buildbot.authz]\nstpo = true",
        "[plugins.buildbot.authz]\nhelp = [1]",
        "[plugins.buildbot.authz]\nstop = 1.5",
    ] {
        let error = Bot::with::<Buildbot>().config(config).try_start().await.err().expect("it is a mistake");
        said.push(format!("{error:#}"));
    }
    insta::assert_snapshot!(said.join("\n"), @"");
}
