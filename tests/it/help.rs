//! `!help` of a bot with many plugins: what is not in use stands at the end, a long
//! list is short, and words that are no command lead to those that were meant.
use factotum_testing::{Bot, Builder};
use plugin_buildbot::Buildbot;
use plugin_ci::Ci;
use plugin_github::GitHub;
use plugin_hipchat::HipChat;
use plugin_travishook::TravisHook;
use plugin_trueconf::TrueConf;

/// As many plugins as a binary has, and ann as the admin.
fn many() -> Builder {
    let many = Bot::with::<Buildbot>().and::<Ci>().and::<GitHub>().and::<HipChat>().and::<TravisHook>();
    many.and::<TrueConf>().admin("ann").buttons()
}
async fn said(bot: &Bot, who: &str, lines: &[&str]) -> String {
    for line in lines {
        bot.say_privately(who, line).await;
    }
    bot.transcript()
}
/// What the network may offer the admin, of these plugins' commands.
fn in_menu(bot: &Bot, word: &str) -> Vec<String> {
    let of_ann = bot.script().menu().people.remove("ann").unwrap();
    of_ann.into_iter().map(|offer| offer.path).filter(|path| path.split(' ').any(|it| it == word)).collect()
}

#[tokio::test]
async fn what_is_not_in_use_is_one_line() {
    let bot = many().start().await;
    insta::assert_snapshot!(said(&bot, "ann", &["!help", "!start"]).await, @"");
    insta::assert_snapshot!(said(&bot, "bob", &["!help", "!start"]).await, @"");
    assert_eq!(in_menu(&bot, "trueconf").len() + in_menu(&bot, "github").len(), 0);
    assert_eq!(in_menu(&bot, "travis").len(), 8);
}

#[tokio::test]
async fn a_plugin_that_is_not_in_use_says_how_it_is_set_up() {
    let bot = many().start().await;
    let asked = ["!help buildbot", "!help hipchat", "!help github", "!help trueconf servers", "!github routes"];
    insta::assert_snapshot!(said(&bot, "ann", &asked).await, @"");
    insta::assert_snapshot!(said(&bot, "bob", &["!help buildbot", "!help github", "!help trueconf"]).await, @"");
    assert!(said(&bot, "ann", &["!apropos online"]).await.contains("!trueconf online"));
}

#[tokio::test]
async fn a_first_route_puts_the_commands_where_they_are_seen() {
    let mut bot = many().start().await;
    let help = |said: String| said.lines().filter(|line| line.contains("github")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(help(said(&bot, "ann", &["!github route o/r console:dev", "!help"]).await), @"");
    assert_eq!(in_menu(&bot, "github").len(), 8);
    bot.restart().await;
    assert_eq!(in_menu(&bot, "github").len(), 8);
    assert!(said(&bot, "ann", &["!start"]).await.contains("[github routes]"));
    bot.say_privately("ann", "!github remove o/r console:dev").await;
    assert_eq!(in_menu(&bot, "github").len(), 0);
}

#[tokio::test]
async fn a_section_of_the_config_is_a_plugin_in_use() {
    let mut bot = many().config("plugins.github = {}").start().await;
    assert_eq!((in_menu(&bot, "github").len(), in_menu(&bot, "trueconf").len()), (8, 0));
    bot.configure("plugins.trueconf = {}");
    bot.say_privately("ann", "!reload").await;
    assert_eq!((in_menu(&bot, "github").len(), in_menu(&bot, "trueconf").len()), (0, 12));
}

#[tokio::test]
async fn in_russian() {
    let bot = many().start().await;
    said(&bot, "ann", &["!lang ru"]).await;
    insta::assert_snapshot!(said(&bot, "ann", &["!help", "!help buildbot", "!help nay", "!help маршрут"]).await, @"");
}

#[tokio::test]
async fn words_that_are_no_command_lead_to_some() {
    let bot = many().start().await;
    let asked = [
        "rout",
        "room",
        "inroom",
        "nay",
        "enabel",
        "list",
        "travis rou",
        "dead letters",
        "token",
        "trueconfs",
        "weather",
        "x",
        "qqqq",
    ];
    let asked: Vec<String> = asked.iter().map(|words| format!("!help {words}")).collect();
    insta::assert_snapshot!(said(&bot, "ann", &asked.iter().map(String::as_str).collect::<Vec<_>>()).await, @"");
    // Nothing that bob may not run.
    insta::assert_snapshot!(said(&bot, "bob", &["!help enabel", "!help outbo", "!help dead letters"]).await, @"");
}
