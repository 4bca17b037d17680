//! Who may run what, and under which words.
use super::Buildbot;
use factotum_testing::Bot;

const MASTER: &str = "[plugins.buildbot.masters.main]\nurl = \"http://127.0.0.1:1\"\n";

#[tokio::test]
async fn an_authz_table_decides_as_in_buildbot() {
    let table =
        "[plugins.buildbot.authz]\ngetid = true\n\"\" = [\"ann\", \"eve\"]\n\"force,stop\" = [\"console:eve\"]\n";
    let bot = Bot::with::<Buildbot>().admin("ann").config(&format!("{MASTER}{table}")).start().await;
    for (who, line) in [
        ("eve", "!source"),
        ("bob", "!source"),
        ("ann", "!stop slow x"),
        ("eve", "!stop slow x"),
        ("eve", "!pause w1"),
        ("ann", "!acl why eve buildbot stop"),
        ("ann", "!help buildbot"),
    ] {
        bot.say(who, line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    eve     > !source
    bot     > My source can be found at https://github.com/buildbot/buildbot
    bob     > !source
    bot     > !buildbot source is for those whom the config of its plugin lists. !whoami shows who you are to me.
    ann     > !stop slow x
    bot     > !buildbot stop is for those whom the config of its plugin lists. !whoami shows who you are to me.
    eve     > !stop slow x
    bot     > The master main cannot be reached: Connection refused
    eve     > !pause w1
    bot     > !buildbot pause is for those whom the config of its plugin lists. !whoami shows who you are to me.
    ann     > !acl why eve buildbot stop
    bot     > console:eve may run !buildbot stop in console:lobby: the config of its plugin lists them, and no rule says otherwise.
    ann     > !help buildbot
    bot     > buildbot
              • !buildbot hello: Say hello
              • !buildbot last [OPTIONS] [BUILDER]: Say how the last build of a builder went, or of all that are online
              • !buildbot list [OPTIONS] [WHAT]...: List builders, workers or changes
              • !buildbot masters: List the masters and how they are
              • !buildbot notify [OPTIONS] [ACTION] [EVENTS]...: Say which events this chat is told of
              • !buildbot requests [OPTIONS]: List the builds that wait
              • !buildbot source: Say where Buildbot's source is
              • !buildbot status [OPTIONS] [BUILDER]: Say what a builder does, or all that are online
              • !buildbot version [OPTIONS]: Show the version of Buildbot
              • !buildbot watch [OPTIONS] [BUILDER]: Tell this chat when the builds finish that a builder runs now
    ");
}

#[tokio::test]
async fn without_a_table_it_is_everyone_and_admins() {
    let bot = Bot::with::<Buildbot>().admin("ann").config(MASTER).start().await;
    for (who, line) in
        [("bob", "!source"), ("bob", "!rebuild fast 1"), ("ann", "!rebuild fast 1"), ("bob", "!help buildbot")]
    {
        bot.say(who, line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !source
    bot     > My source can be found at https://github.com/buildbot/buildbot
    bob     > !rebuild fast 1
    bot     > !buildbot rebuild is for admins. !whoami shows who you are to me.
    ann     > !rebuild fast 1
    bot     > The master main cannot be reached: Connection refused
    bob     > !help buildbot
    bot     > buildbot
              • !buildbot hello: Say hello
              • !buildbot last [OPTIONS] [BUILDER]: Say how the last build of a builder went, or of all that are online
              • !buildbot list [OPTIONS] [WHAT]...: List builders, workers or changes
              • !buildbot masters: List the masters and how they are
              • !buildbot notify [OPTIONS] [ACTION] [EVENTS]...: Say which events this chat is told of
              • !buildbot requests [OPTIONS]: List the builds that wait
              • !buildbot source: Say where Buildbot's source is
              • !buildbot status [OPTIONS] [BUILDER]: Say what a builder does, or all that are online
              • !buildbot version [OPTIONS]: Show the version of Buildbot
              • !buildbot watch [OPTIONS] [BUILDER]: Tell this chat when the builds finish that a builder runs now
    ");
}

#[tokio::test]
async fn words_of_the_host_are_taken_over_where_the_config_says_so() {
    let config = format!("[plugins.buildbot]\nshort_commands = false\ntake_over = [\"Version\"]\n{MASTER}");
    let bot = Bot::with::<Buildbot>().config(&config).start().await;
    for line in ["!source", "!buildbot source", "!version"] {
        bot.say("bob", line).await;
    }
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !source
    bot     > There is no command !source. Try !help.
    bob     > !buildbot source
    bot     > My source can be found at https://github.com/buildbot/buildbot
    bob     > !version
    bot     > The master main cannot be reached: Connection refused
    ");
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
        let error = format!("{error:#}");
        said.push(error.rsplit("/factotum.toml:").next().unwrap_or_default().to_owned());
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    2: plugins.buildbot: take_over: Buildbot has no command "statsu"; did you mean status?
    2: plugins.buildbot: authz: there is no command "stpo"; did you mean stop?
    2: plugins.buildbot: authz: help is no command of this plugin; limit it by [[access.rules]]
    3: plugins.buildbot.authz.stop: expected a list or true or false or a whole number or a text, found a number with a fraction
    "#);
}
