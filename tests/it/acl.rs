//! `!acl` and `!acl why`: what they say is what dispatch does.
use factotum_plugin_api::{Services, access::Grant};
use factotum_testing::{Bot, Builder};
use plugin_travishook::TravisHook;

const RULES: &str = r#"[access.roles]
release = ["console:ann"]

[[access.rules]]
command = "travis route"
role = "release"
args = { repo = "release/*" }
allow = true

[[access.rules]]
command = "travis remove"
args = { chat = "console:ops" }
allow = false

[[access.rules]]
command = ["travis routes", "echo"]
chat = "console:public"
private = false
allow = false

[[access.rules]]
command = "travis defaults"
sender = "console:bob"
allow = "default"

[[access.rules]]
command = "about"
allow = true
"#;

fn bot() -> Builder {
    Bot::with::<TravisHook>().admin("admin").config(RULES)
}

#[tokio::test]
async fn acl_lists_roles_rules_and_grants() {
    let bot = bot().start().await;
    let grant = |command: &str, args: &[(&str, &str)]| Grant {
        command: command.into(),
        sender: "console:bob".into(),
        args: args.iter().map(|(name, glob)| ((*name).to_owned(), (*glob).to_owned())).collect(),
    };
    for (plugin, grant) in [
        ("travishook", grant("travis r*", &[("repo", "bob/*")])),
        ("travishook", grant("travis rout", &[])),
        ("vault", grant("vault open", &[])),
    ] {
        Services::grant(&*bot.host().shared, plugin, grant).await.unwrap();
    }
    bot.say_privately("admin", "!acl").await;
    bot.say_privately("admin", "!acl why bob travis remove bob/x").await;
    bot.say_privately("admin", "!acl why bob travis remove").await;
    insta::assert_snapshot!(bot.transcript(), @"
    admin   > !acl
    bot     > admins: console:admin
              roles
              • release: console:ann
              rules, of which the first that fits decides
              • 1 (factotum.toml:5): command travis route, role release, repo release/*: allowed
              • 2 (factotum.toml:11): command travis remove, argument chat console:ops: refused
              • 3 (factotum.toml:16): command travis routes or echo, chat console:public, not in private: refused
              • 4 (factotum.toml:22): command travis defaults, sender console:bob: left to the command
              • 5 (factotum.toml:27): command about: allowed
              granted by plugins
              • travishook: travis r* to console:bob, repo bob/*
              • travishook: travis rout to console:bob (fits no command)
              • vault: vault open to console:bob (the plugin is not on)
    admin   > !acl why bob travis remove bob/x
    bot     > console:bob may run !travis remove in private (console:bob): the plugin travishook has granted travis r* to console:bob, repo bob/*, and no rule says otherwise.
    admin   > !acl why bob travis remove
    bot     > Whether console:bob may run !travis remove in private (console:bob) depends on its arguments:
              • rule 2 of access.rules (factotum.toml:11) refuses it: argument chat console:ops
              • the plugin travishook has granted travis r* to console:bob, repo bob/*
              • else it is for admins, and no rule says otherwise
    ");
}

#[tokio::test]
async fn acl_why_tells_the_rule_or_the_default_that_decides() {
    let bot = bot().start().await;
    for line in [
        "!acl why console:bob travis route o/r here",
        "!acl why console:ann in console:ops travis route release/x here",
        "!acl why ann in ops !travis route release/x here",
        "!acl why ann travis route other/x here",
        "!acl why ann travis route",
        "!acl why ann travis route release/x",
        "!acl why ann travis route release/x nowhere!",
        "!acl why admin travis remove o/r OPS",
        "!acl why admin in ops travis remove o/r here",
        "!acl why admin travis remove o/r",
        "!acl why bob in public travis ls",
        "!acl why bob travis ls",
        "!acl why bob travis defaults",
        "!acl why bob about",
        "!acl why admin in ops travis token o/r c4n4ry",
        "!acl why bob in ops travis token o/r c4n4ry",
        "!acl why bob travis tokne o/r c4n4ry",
        "!acl why bob trvis routes c4n4ry",
        "!acl why irc:bob echo x",
        "!acl why bob",
        "!acl why",
        "!acl why CONSOLE:bob ! acl",
    ] {
        bot.say_privately("admin", line).await;
    }
    let audit = bot.host().shared.journal.audit(&factotum_host::journal::Filter::words(""), 99).await.unwrap();
    assert!(audit.len() > 9 && !audit.iter().any(|row| row.args.contains("c4n4ry")), "{audit:?}");
    bot.say("admin", "!acl why bob acl").await;
    bot.say("bob", "!acl why bob acl").await;
    insta::assert_snapshot!(bot.transcript(), @r#"
    admin   > !acl why console:bob travis route o/r here
    bot     > console:bob may not run !travis route in private (console:bob): it is for admins, and no rule says otherwise.
    admin   > !acl why console:ann in console:ops travis route release/x here
    bot     > console:ann may run !travis route in console:ops: rule 1 of access.rules (factotum.toml:5) allows it: role release, repo release/*.
    admin   > !acl why ann in ops !travis route release/x here
    bot     > console:ann may run !travis route in console:ops: rule 1 of access.rules (factotum.toml:5) allows it: role release, repo release/*.
    admin   > !acl why ann travis route other/x here
    bot     > console:ann may not run !travis route in private (console:ann): it is for admins, and no rule says otherwise.
    admin   > !acl why ann travis route
    bot     > Whether console:ann may run !travis route in private (console:ann) depends on its arguments:
              • rule 1 of access.rules (factotum.toml:5) allows it: role release, repo release/*
              • else it is for admins, and no rule says otherwise
    admin   > !acl why ann travis route release/x
    bot     > Whether console:ann may run !travis route in private (console:ann) depends on its arguments:
              • rule 1 of access.rules (factotum.toml:5) allows it: role release, repo release/*
              • else it is for admins, and no rule says otherwise
    admin   > !acl why ann travis route release/x nowhere!
    bot     > !travis route does not run with these arguments, whoever says it.
              CHAT: "nowhere!" is no chat of a loaded network: one is like console:ops
              Usage: !travis route <REPO> <CHAT> [EVENTS]...
    admin   > !acl why admin travis remove o/r OPS
    bot     > console:admin may not run !travis remove in private (console:admin): rule 2 of access.rules (factotum.toml:11) refuses it: argument chat console:ops.
    admin   > !acl why admin in ops travis remove o/r here
    bot     > console:admin may not run !travis remove in console:ops: rule 2 of access.rules (factotum.toml:11) refuses it: argument chat console:ops.
    admin   > !acl why admin travis remove o/r
    bot     > console:admin may run !travis remove in private (console:admin): console:admin is an admin, and no rule says otherwise.
    admin   > !acl why bob in public travis ls
    bot     > console:bob may not run !travis routes in console:public: rule 3 of access.rules (factotum.toml:16) refuses it: command travis routes or echo, chat console:public, not in private.
    admin   > !acl why bob travis ls
    bot     > console:bob may run !travis routes in private (console:bob): it is for everyone, and no rule says otherwise.
    admin   > !acl why bob travis defaults
    bot     > console:bob may not run !travis defaults in private (console:bob): it is for admins, and rule 4 of access.rules (factotum.toml:22) leaves it to the command: sender console:bob.
    admin   > !acl why bob about
    bot     > console:bob may run !about in private (console:bob): rule 5 of access.rules (factotum.toml:27) allows it: whoever runs it.
    admin   > !acl why admin in ops travis token o/r c4n4ry
    bot     > !travis token is run in private only, and is refused in console:ops.
              console:admin may run !travis token in private (console:admin): console:admin is an admin, and no rule says otherwise.
    admin   > !acl why bob in ops travis token o/r c4n4ry
    bot     > !travis token is run in private only, and is refused in console:ops.
              console:bob may not run !travis token in private (console:bob): it is for admins, and no rule says otherwise.
    admin   > !acl why bob travis tokne o/r c4n4ry
    bot     > There is no command !travis tokne. Did you mean !travis token?
    admin   > !acl why bob trvis routes c4n4ry
    bot     > There is no command !trvis. Did you mean !travis routes, !travis or !travis route?
    admin   > !acl why irc:bob echo x
    bot     > irc:bob is no sender; one is like console:ACCOUNT.
    admin   > !acl why bob
    bot     > COMMAND is missing: The command with its arguments; before it `in CHAT` for another chat.
              Usage: !acl why <SENDER> <COMMAND>...
    admin   > !acl why
    bot     > SENDER is missing: The sender, as network:account.
              COMMAND is missing: The command with its arguments; before it `in CHAT` for another chat.
              Usage: !acl why <SENDER> <COMMAND>...
    admin   > !acl why CONSOLE:bob ! acl
    bot     > console:bob may not run !acl in private (console:bob): it is for admins, and no rule says otherwise.
    admin   > !acl why bob acl
    bot     > console:bob may not run !acl in console:lobby: it is for admins, and no rule says otherwise.
    bob     > !acl why bob acl
    bot     > !acl why is for admins. !whoami shows who you are to me.
    "#);
}

/// The line of another command may hold a secret wherever it is cut into words.
#[tokio::test]
async fn acl_why_repeats_no_more_than_a_path_however_the_line_is_typed() {
    let bot = bot().start().await;
    for line in [
        "!acl why bob",
        "travis token o/r c4n4ry",
        "!acl why bob \"travis token o/r c4n4ry\"",
        "!acl why bob \"in ops !travis token o/r c4n4ry\"",
        "!acl why bob \"trvis tokne o/r c4n4ry\"",
        "!acl why bob travis \"tokne o/r c4n4ry\"",
        "!acl why bob “acme o/r \"c4n4ry”",
        "!acl why bob travis route \"two words\" here",
        "!travis \"tokne o/r c4n4ry\"",
        "!acl why bob travis token o/r c4n4ry",
        "!about",
        "!history",
    ] {
        bot.say_privately("admin", line).await;
    }
    let transcript = bot.transcript();
    let said: Vec<_> = transcript.lines().filter(|line| !line.starts_with("admin")).collect();
    assert!(!said.iter().any(|line| line.contains("c4n4ry")), "{transcript}");
    insta::assert_snapshot!(said.join("\n"), @"
    bot     > COMMAND is missing: The command with its arguments; before it `in CHAT` for another chat.
              Usage: !acl why <SENDER> <COMMAND>...
    bot     > Commands begin with !: try !help.
    bot     > console:bob may not run !travis token in private (console:bob): it is for admins, and no rule says otherwise.
    bot     > !travis token is run in private only, and is refused in console:ops.
              console:bob may not run !travis token in private (console:bob): it is for admins, and no rule says otherwise.
    bot     > There is no command !trvis. Did you mean !travis or !travis token?
    bot     > There is no command !travis tokne. Did you mean !travis token?
    bot     > There is no command !acme. Try !help.
    bot     > console:bob may not run !travis route in private (console:bob): it is for admins, and no rule says otherwise.
    bot     > There is no command !travis tokne. Did you mean !travis?
    bot     > console:bob may not run !travis token in private (console:bob): it is for admins, and no rule says otherwise.
    bot     > Factotum 0.1.0: I am a bot that tells chats what happens on your servers, such as how a build went, and that runs commands for you. What I can do comes from plugins: !repos lists them, !help lists what you may ask of me.
    bot     > 1 !about
    ");
}

#[tokio::test]
async fn help_in_a_room_names_no_private_command_that_is_refused_in_private() {
    let rules = r#"
        [[access.rules]]
        command = "travis config"
        private = false
        allow = true
        [[access.rules]]
        command = "travis token"
        sender = "console:bob"
        private = true
        allow = true
        [[access.rules]]
        command = "travis routes"
        args = { repo = "*" }
        allow = false
        [[access.rules]]
        command = "travis defaults"
        allow = false
        args = { events = "*" }
        [[access.rules]]
        command = "travis route"
        args = { repo = "*" }
        allow = false
    "#;
    let bot = Bot::with::<TravisHook>().admin("admin").config(rules).start().await;
    bot.say("bob", "!help travis").await;
    bot.say("bob", "!travis confgi").await;
    bot.say("admin", "!travis rotue o/r here").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !help travis
    bot     > !travis
              Show the events and options of a route, and where the commands are listed.
              Also: !travis help
              It is for everyone, unless a rule of the config says otherwise.
              travis
              • !travis routes [REPO]...: List the routes
              • !travis token <REPO> [TOKEN]: Set the token of a repository, or say whether one is set (in private)
    bob     > !travis confgi
    bot     > There is no command !travis confgi. Did you mean !travis?
    admin   > !travis rotue o/r here
    bot     > There is no command !travis rotue. Did you mean !travis routes?
    ");
}

/// A rule that names a plugin of which nothing can be seen is no mistake, and a
/// secret is seen by no rule.
#[tokio::test]
async fn a_rule_is_checked_as_far_as_plugins_can_be_seen() {
    let with = |rule: &str| {
        let config = format!("[[access.rules]]\n{rule}\nallow = false\n");
        Bot::with::<TravisHook>().left_out("buildbot", "buildbot").admin("admin").config(&config)
    };
    with("command = 'buildbot:*'\nargs = { builder = 'x' }").start().await.stop().await;
    let mut told = vec![];
    for rule in ["command = 'buildbot force'", "command = 'travis token'\nargs = { token = 'x' }"] {
        let error = with(rule).try_start().await.err().expect("it does not start");
        let error = format!("{error:#}");
        told.push(error.split_once("factotum.toml").expect("a place").1.to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @"
    :3: access.rules[0].command: `buildbot force` fits no command; of a plugin that is not started, name the plugin too: `plugin:command`
    :4: access.rules[0].args: no such command has an argument `token`
    ");
}
