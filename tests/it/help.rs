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
    let (_, of_ann) = bot.script().menu().people.into_iter().find(|(who, _)| who == "ann").unwrap();
    of_ann.into_iter().map(|offer| offer.path).filter(|path| path.split(' ').any(|it| it == word)).collect()
}

#[tokio::test]
async fn what_is_not_in_use_is_one_line() {
    let bot = many().start().await;
    insta::assert_snapshot!(said(&bot, "ann", &["!help", "!start"]).await, @"
    ann     > !help
    bot     > • host: !about, !acl, !apropos, !cancel, !commands, !config, !echo, !getid, !group, !help, !history, !incidents, !lang, !log, !outbox, !plugin, !quiet, !reload, !repos, !requests, !running, !silence, !status, !whoami. The bot itself – !help host
              • ci: !people, !route, !routes. under test – !help ci
              • travis: config, defaults, remove, reset, route, routes, token. under test – !help travis
              !help COMMAND explains one command.
              Not set up: buildbot, github, hipchat, trueconf (!help NAME shows how).
    ann     > !start
    bot     > Hello ann! !help lists what you may ask of me.
              [travis routes]
    ");
    insta::assert_snapshot!(said(&bot, "bob", &["!help", "!start"]).await, @"
    bob     > !help
    bot     > host
              • !about: Say what this bot is
              • !apropos <WORDS>...: Find commands by what they are called and what their help says
              • !cancel [WHICH]: End what you run in this chat; your lines that wait behind it are run
              • !commands [FORM]: List the commands you may run, in one line
              • !echo <WORDS>...: Say it back
              • !getid: Show your id and that of this chat, for the config and for routes
              • !help [COMMAND]...: List the commands you may run, or explain one
              • !history: List your last commands in this chat: !! repeats the last one, !3 the third last
              • !lang [LANGUAGE]: Show the language of answers, or choose one: in private for yourself, in a group for all of it
              • !lang me <LANGUAGE>: Choose the language that you are answered in
              • !plugin info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !plugin list: List the plugins of this binary, and those it was built without
              • !repos: List the plugins of this binary, and those it was built without
              • !repos info <PLUGIN>: Show a plugin's version, commands, hooks and jobs
              • !repos search <WORDS>...: Find plugins by name or by what they do
              • !status: Show how the host, its chats and its plugins stand
              • !whoami: Show who you are to the bot
              ci
              • !routes [REPO]...: List the routes of all senders
              travishook
              • !travis: Show the events and options of a route, and where the commands are listed
              • !travis routes [REPO]...: List the routes
              !help COMMAND says more on one of them.
    bob     > !start
    bot     > Hello bob! !help lists what you may ask of me.
              [travis routes]
    ");
    assert_eq!(in_menu(&bot, "trueconf").len() + in_menu(&bot, "github").len(), 0);
    assert_eq!(in_menu(&bot, "travis").len(), 8);
}

#[tokio::test]
async fn a_plugin_that_is_not_in_use_says_how_it_is_set_up() {
    let bot = many().start().await;
    let asked = ["!help buildbot", "!help hipchat", "!help github", "!help trueconf servers", "!github routes"];
    insta::assert_snapshot!(said(&bot, "ann", &asked).await, @"
    ann     > !help buildbot
    bot     > buildbot: under test
              buildbot is not set up yet: begin with [plugins.buildbot.masters.NAME].
    ann     > !help hipchat
    bot     > hipchat: under test
              hipchat is not set up yet: begin with [plugins.hipchat.rooms].
    ann     > !help github
    bot     > !github
              Show the events and options of a route, and where the commands are listed.
              Also: !github help
              It is for everyone, unless a rule of the config says otherwise.
              github
              • !github config: Show all that is set, without the tokens
              • !github defaults [EVENTS]...: Show or set the events that a new route gets when none are named
              • !github remove <REPO> [CHAT]: Remove a route, or all that is known of a repository
              • !github reset: Remove all routes, tokens and default events
              • !github route <REPO> <CHAT> [EVENTS]...: Post the build results of a repository to a chat
              • !github routes [REPO]...: List the routes
              • !github token <REPO> [TOKEN]: Set the token of a repository, or say whether one is set
              github is not set up yet: begin with !github route REPO CHAT or [plugins.github].
    ann     > !help trueconf servers
    bot     > !trueconf servers [SERVER]
              Show the TrueConf servers, or what can be asked of one.
              • SERVER: Server, by its name; shows what can be asked of it
              It is for admins, unless a rule of the config says otherwise.
    ann     > !github routes
    bot     > No repositories configured, nothing to show.
    ");
    insta::assert_snapshot!(said(&bot, "bob", &["!help buildbot", "!help github", "!help trueconf"]).await, @"
    bob     > !help buildbot
    bot     > There is no command !buildbot. Try !help.
    bob     > !help github
    bot     > !github
              Show the events and options of a route, and where the commands are listed.
              Also: !github help
              It is for everyone, unless a rule of the config says otherwise.
              github
              • !github routes [REPO]...: List the routes
    bob     > !help trueconf
    bot     > There is no command !trueconf. Try !help.
    ");
    assert!(said(&bot, "ann", &["!apropos online"]).await.contains("!trueconf online"));
}

#[tokio::test]
async fn a_first_route_puts_the_commands_where_they_are_seen() {
    let mut bot = many().start().await;
    let help = |said: String| said.lines().filter(|line| line.contains("github")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(help(said(&bot, "ann", &["!github route o/r console:dev", "!help"]).await), @"
    ann     > !github route o/r console:dev
              Nothing is posted before its token is set, in a private chat: !github token o/r TOKEN
              • github: config, defaults, remove, reset, route, routes, token. under test – !help github
    ");
    assert_eq!(in_menu(&bot, "github").len(), 8);
    bot.restart().await;
    assert_eq!(in_menu(&bot, "github").len(), 8);
    assert!(said(&bot, "ann", &["!start"]).await.contains("[github routes]"));
    said(&bot, "ann", &["!github remove o/r console:dev", "yes"]).await;
    assert_eq!(in_menu(&bot, "github").len(), 0);
}

#[tokio::test]
async fn a_section_of_the_config_is_a_plugin_in_use() {
    let mut bot = many().config("plugins.github = {}").start().await;
    let status = said(&bot, "ann", &["!status"]).await;
    let on = status.lines().find_map(|line| line.trim().strip_prefix("plugins on: "));
    assert_eq!(on, Some("ci, github, travishook"));
    assert_eq!((in_menu(&bot, "github").len(), in_menu(&bot, "trueconf").len()), (8, 0));
    bot.configure("plugins.trueconf = {}");
    bot.say_privately("ann", "!reload").await;
    assert_eq!((in_menu(&bot, "github").len(), in_menu(&bot, "trueconf").len()), (0, 22));
}

#[tokio::test]
async fn in_russian() {
    let bot = many().start().await;
    said(&bot, "ann", &["!lang ru"]).await;
    insta::assert_snapshot!(said(&bot, "ann", &["!help", "!help buildbot", "!help nay", "!help маршрут", "!help идентификатор"]).await, @"
    ann     > !help
    bot     > • host: !about, !acl, !apropos, !cancel, !commands, !config, !echo, !getid, !group, !help, !history, !incidents, !lang, !log, !outbox, !plugin, !quiet, !reload, !repos, !requests, !running, !silence, !status, !whoami. Сам бот — !help host
              • ci: !people, !route, !routes. under test — !help ci
              • travis: config, defaults, remove, reset, route, routes, token. under test — !help travis
              !help COMMAND — подробнее об одной команде.
              Не настроены: buildbot, github, hipchat, trueconf (!help NAME — с чего начать).
    ann     > !help buildbot
    bot     > buildbot: under test
              Плагин buildbot ещё не настроен: начните с [plugins.buildbot.masters.NAME].
    ann     > !help nay
    bot     > !nay — отказ от ответа на мой вопрос: ничего не будет сделано.
    ann     > !help маршрут
    bot     > Нет команды !маршрут. Попробуйте !apropos маршрут.
    ann     > !help идентификатор
    bot     > Команды !идентификатор нет, но с этим связаны:
              host
              • !getid: Показать ваш идентификатор и идентификатор чата: для конфигурации и для маршрутов
              trueconf
              • !trueconf add [OPTIONS] <NAME> <ADDRESS> <CLIENT_ID> <CLIENT_SECRET>: Добавить сервер TrueConf
              • !trueconf keep <SERVER> <ID> [TIME]: Не останавливать конференцию автоматически
              • !trueconf records [SERVER] [ID]: Показать записи конференции
              • !trueconf run [SERVER] [ID]: Запустить конференцию
              • !trueconf show [SERVER] [ID]: Показать конференцию и её участников
              • !trueconf stop [SERVER] [ID]: Остановить конференцию
    ");
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
        "zebra",
        "x",
        "qqqq",
    ];
    let asked: Vec<String> = asked.iter().map(|words| format!("!help {words}")).collect();
    insta::assert_snapshot!(said(&bot, "ann", &asked.iter().map(String::as_str).collect::<Vec<_>>()).await, @"
    ann     > !help rout
    bot     > There is no command !rout. Did you mean !route or !routes?
    ann     > !help room
    bot     > There is no command !room. Try !help.
    ann     > !help inroom
    bot     > There is no command !inroom. Did you mean !plugin info or !repos info?
    ann     > !help nay
    bot     > !nay leaves a question that I have asked you, so that nothing is done.
    ann     > !help enabel
    bot     > There is no command !enabel. Did you mean !plugin enable?
    ann     > !help list
    bot     > There is no command !list. Did you mean !outbox list or !plugin list?
    ann     > !help travis rou
    bot     > There is no command !travis rou. Did you mean !travis route or !travis routes?
    ann     > !help dead letters
    bot     > There is no command !dead letters; these have to do with it:
              host
              • !outbox retry <NOTICES>...: Try notices again at once: dead letters, or waiting ones before their time
    ann     > !help token
    bot     > There is no command !token. Did you mean !github token or !travis token?
    ann     > !help trueconfs
    bot     > There is no command !trueconfs. Did you mean !trueconf add, !trueconf run or !trueconf keep?
    ann     > !help zebra
    bot     > There is no command !zebra. Try !help.
    ann     > !help x
    bot     > There is no command !x. Try !help.
    ann     > !help qqqq
    bot     > There is no command !qqqq. Try !help.
    ");
    // Nothing that bob may not run.
    insta::assert_snapshot!(said(&bot, "bob", &["!help enabel", "!help outbo", "!help dead letters"]).await, @"
    bob     > !help enabel
    bot     > There is no command !enabel. Try !help.
    bob     > !help outbo
    bot     > There is no command !outbo. Try !help.
    bob     > !help dead letters
    bot     > There is no command !dead letters. Try !help.
    ");
}
