//! What people write and do on Telegram, and what the bot takes it for.
use super::{
    ANN, BOB, CHANNEL, FORUM, GROUP, Probe, SUPERGROUP, TOPIC, heard, log, on, passing, started, telegram, until,
};
use crate::outbox::Mail;
use factotum_testing::Bot;
use plugin_travishook::TravisHook;
use serde_json::{Value, json};

#[tokio::test]
async fn lines_for_the_bot_and_lines_for_others() {
    let (telegram, bot) = started("").await;
    let lines = [
        "!echo bang",
        "/echo slash",
        "/echo@host_test_bot by name",
        "/ECHO@HOST_TEST_BOT by name, loudly",
        "/echo@other_bot another's",
        "/echo@ nobody's",
        "@host_test_bot echo called",
        "@Host_Test_Bot: echo called politely",
        "@host_test_bot !echo called twice",
        "@other_bot echo another's",
        "@host_test_bot",
        "/",
        "/@host_test_bot",
        "talk of /echo and !echo",
        "/place",
    ];
    for line in lines {
        telegram.say(SUPERGROUP, BOB, line);
        heard(&telegram, &bot).await;
    }
    telegram.caption(SUPERGROUP, BOB, "!echo under a picture");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob@-1001234 > !echo bang
    bot@-1001234 > bang
    bob@-1001234 > /echo slash
    bot@-1001234 > slash
    bob@-1001234 > /echo@host_test_bot by name
    bot@-1001234 > by name
    bob@-1001234 > /ECHO@HOST_TEST_BOT by name, loudly
    bot@-1001234 > by name, loudly
    bob@-1001234 > /echo@other_bot another's
    bob@-1001234 > /echo@ nobody's
    bob@-1001234 > @host_test_bot echo called
    bot@-1001234 > called
    bob@-1001234 > @Host_Test_Bot: echo called politely
    bot@-1001234 > called politely
    bob@-1001234 > @host_test_bot !echo called twice
    bot@-1001234 > called twice
    bob@-1001234 > @other_bot echo another's
    bob@-1001234 > @host_test_bot
    bob@-1001234 > /
    bob@-1001234 > /@host_test_bot
    bob@-1001234 > talk of /echo and !echo
    bob@-1001234 > /place
    bot@-1001234 > telegram:222 (Bob) in telegram:-1001234, speaks en
    bob@-1001234 (photo) > !echo under a picture
    bot@-1001234 > under a picture
    ");
}

#[tokio::test]
async fn topics_are_answered_where_they_are_and_the_general_one_as_the_group() {
    let (telegram, bot) = started("").await;
    telegram.say_in_topic(FORUM, TOPIC, BOB, "!place here");
    heard(&telegram, &bot).await;
    telegram.say(FORUM, BOB, "!place here");
    heard(&telegram, &bot).await;
    // What says that it stands in General, as some clients make it.
    let mut general =
        message(json!({ "id": FORUM, "type": "supergroup", "title": "Builds", "is_forum": true }), "!place here");
    general["message"]["message_thread_id"] = json!(1);
    general["message"]["is_topic_message"] = json!(true);
    telegram.update(general);
    heard(&telegram, &bot).await;
    // In other groups an answer has a thread, which is no topic.
    let first = telegram.say(SUPERGROUP, BOB, "a question");
    telegram.reply(SUPERGROUP, BOB, first, "!place here");
    heard(&telegram, &bot).await;
    for address in
        ["telegram:-1005678/42", "telegram:-1005678/1", "telegram:@News_Of_Dev", "-1005678/42", "telegram:111/4"]
    {
        telegram.say(BOB, BOB, &format!("!place {address}"));
        heard(&telegram, &bot).await;
    }
    insta::assert_snapshot!(telegram.transcript(), @"
    bob@-1005678/42 > !place here
    bot@-1005678/42 > telegram:222 (Bob) in telegram:-1005678, topic 42, speaks en, means telegram:-1005678/42
    bob@-1005678 > !place here
    bot@-1005678 > telegram:222 (Bob) in telegram:-1005678, speaks en, means telegram:-1005678
    bot@-1005678 > telegram:222 (Bob B.) in telegram:-1005678, speaks pt-br, means telegram:-1005678
    bob@-1001234 > a question
    bob@-1001234 (reply to 1) > !place here
    bot@-1001234 > telegram:222 (Bob) in telegram:-1001234, speaks en, means telegram:-1001234
    bob     > !place telegram:-1005678/42
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en, means telegram:-1005678/42
    bob     > !place telegram:-1005678/1
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en, means telegram:-1005678
    bob     > !place telegram:@News_Of_Dev
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en, means telegram:@news_of_dev
    bob     > !place -1005678/42
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en, means telegram:-1005678/42
    bob     > !place telegram:111/4
    bot@bob > <b>CHAT</b>: &quot;111/4&quot; is no chat of telegram: one is like telegram:-1001234, -1001234/42 for a topic, or @channelusername
              Usage: <code>!place [CHAT]</code>
    ");
}

#[tokio::test]
async fn where_no_person_speaks_nobody_is_an_admin() {
    let telegram = telegram().await;
    // Not even where somebody made GroupAnonymousBot one, or the group.
    let admins = |bot: factotum_testing::Builder| bot.admin("telegram:1087968824").admin("telegram:-1001234");
    let bot = admins(on(&telegram, Bot::with::<Probe>(), "")).start().await;
    telegram.as_anonymous_admin(SUPERGROUP, "!safe open");
    heard(&telegram, &bot).await;
    telegram.as_anonymous_admin(SUPERGROUP, "!place");
    heard(&telegram, &bot).await;
    telegram.post_in_channel(CHANNEL, "!place");
    heard(&telegram, &bot).await;
    telegram.post_in_channel(CHANNEL, "!safe open");
    heard(&telegram, &bot).await;
    // The same post, as it appears in the group for its discussion.
    let mut again = message(json!({ "id": SUPERGROUP, "type": "supergroup", "title": "Ops" }), "!place");
    again["message"]["from"] = json!({ "id": 777_000, "is_bot": false, "first_name": "Telegram" });
    again["message"]["sender_chat"] = json!({ "id": CHANNEL, "type": "channel", "title": "News" });
    again["message"]["is_automatic_forward"] = json!(true);
    telegram.update(again);
    // Another bot.
    let mut robot = message(json!({ "id": SUPERGROUP, "type": "supergroup", "title": "Ops" }), "!place");
    robot["message"]["from"] = json!({ "id": 999, "is_bot": true, "first_name": "Robot" });
    telegram.update(robot);
    heard(&telegram, &bot).await;
    telegram.say(SUPERGROUP, ANN, "!safe open");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    anonymous@-1001234 > !safe open
    bot@-1001234 > <code>!safe open</code> is for admins. <code>!whoami</code> shows who you are to me.
    anonymous@-1001234 > !place
    bot@-1001234 > telegram:chat-1001234 (Ops) in telegram:-1001234
    channel@-1009999 > !place
    bot@-1009999 > telegram:chat-1009999 (News) in telegram:-1009999
    channel@-1009999 > !safe open
    bot@-1009999 > <code>!safe open</code> is for admins. <code>!whoami</code> shows who you are to me.
    ann@-1001234 > !safe open
    bot@-1001234 > It is open.
    ");
}

#[tokio::test]
async fn what_somebody_else_said_is_not_run_by_being_forwarded() {
    let (telegram, bot) = started("").await;
    let private = json!({ "id": ANN, "type": "private", "first_name": "Ann" });
    let mut forwarded = message(private, "!safe open");
    forwarded["message"]["from"] = json!({ "id": ANN, "is_bot": false, "first_name": "Ann" });
    forwarded["message"]["forward_origin"] =
        json!({ "type": "user", "date": 1, "sender_user": { "id": BOB, "is_bot": false, "first_name": "Bob" } });
    let mut own = forwarded.clone();
    telegram.update(forwarded);
    heard(&telegram, &bot).await;
    assert_eq!(telegram.transcript(), "");
    own["message"].as_object_mut().unwrap().remove("forward_origin");
    telegram.update(own);
    heard(&telegram, &bot).await;
    assert_eq!(telegram.transcript(), "bot@ann > It is open.\n");
}

#[tokio::test]
async fn what_is_changed_later_is_not_run() {
    let (telegram, bot) = started("").await;
    let run = telegram.say(BOB, BOB, "!echo one");
    let wrong = telegram.say(BOB, BOB, "!ech two");
    heard(&telegram, &bot).await;
    telegram.edit(BOB, run, "!echo changed");
    telegram.edit(BOB, wrong, "!echo two");
    let post = telegram.post_in_channel(CHANNEL, "news");
    telegram.edit(CHANNEL, post, "!echo news");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob     > !echo one
    bob     > !ech two
    bot@bob > one
    bot@bob > There is no command <code>!ech</code>. Did you mean <code>!echo</code>?
    bob edits 1 > !echo changed
    bob edits 2 > !echo two
    channel@-1009999 > news
    channel@-1009999 edits 1 > !echo news
    ");
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_keeps_its_routes() {
    let telegram = telegram().await;
    let builder = Bot::with::<TravisHook>().and::<Mail>().config(crate::travis::NO_KEYS);
    let mut bot = on(&telegram, builder, "").start().await;
    telegram.say(GROUP, ANN, "!travis route o/r here");
    heard(&telegram, &bot).await;
    telegram.upgrade_to(GROUP, -1_007_777);
    heard(&telegram, &bot).await;
    telegram.say(ANN, ANN, "!travis routes");
    heard(&telegram, &bot).await;
    telegram.say(ANN, ANN, "!send telegram:-123 by the old address");
    heard(&telegram, &bot).await;
    bot.restart().await;
    telegram.say(-1_007_777, ANN, "!travis routes");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann@-123 > !travis route o/r here
    bot@-123 > Done. Relaying messages from o/r to telegram:-123 for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    admins@-123 > (upgrade to -1007777)
    ann     > !travis routes
    bot@ann > Routing <b>o/r</b> to:
              • telegram:-1007777 for events: passed, fixed, broken, failed, still_failing
    ann     > !send telegram:-123 by the old address
    bot@-1007777 > by the old address
    ann@-1007777 > !travis routes
    bot@-1007777 > Routing <b>o/r</b> to:
              • telegram:-1007777 for events: passed, fixed, broken, failed, still_failing
    ");
}

#[tokio::test]
async fn the_admins_hear_where_the_bot_comes_and_goes() {
    let (telegram, bot) = started("").await;
    telegram.remove_bot(SUPERGROUP, BOB);
    heard(&telegram, &bot).await;
    telegram.add_bot(SUPERGROUP, BOB);
    heard(&telegram, &bot).await;
    telegram.promote_bot(SUPERGROUP, BOB, true);
    heard(&telegram, &bot).await;
    telegram.block(BOB);
    heard(&telegram, &bot).await;
    let said = telegram.transcript();
    let mut lines: Vec<&str> = said.lines().collect();
    lines.sort_unstable(); // several chats, whose order among each other is open
    insta::assert_snapshot!(lines.join("\n"), @"
    bob     > (blocks the bot)
    bob@-1001234 > (adds the bot)
    bob@-1001234 > (removes the bot)
    bot@-1001234 (silent) > Hello! This chat is <code>telegram:-1001234</code>; <code>!help</code> lists what I can do here.
    bot@ann > I was added to <b>Ops</b> by Bob (telegram:222). Its address is <code>telegram:-1001234</code>.
    bot@ann > I was removed from <b>Ops</b> (<code>telegram:-1001234</code>) by Bob (telegram:222). What is sent there becomes a dead letter.
    ");
}

#[tokio::test]
async fn privacy_mode_is_named_at_the_start() {
    let (log, _guard) = log();
    let telegram = telegram().await;
    telegram.privacy(true);
    let bot = on(&telegram, Bot::with::<Probe>(), "").start().await;
    telegram.say(SUPERGROUP, BOB, "!echo unheard");
    telegram.say(SUPERGROUP, BOB, "/echo heard");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob@-1001234 > !echo unheard
    bob@-1001234 > /echo heard
    bot@-1001234 > heard
    ");
    insta::assert_snapshot!(log.lines("privacy").join("\n"), @r#"WARN privacy mode is on: in groups the bot hears /commands and replies, and no !commands. To change that, send /setprivacy to BotFather and add the bot to its groups again, or make it an admin there bot="host_test_bot""#);
}

/// An update with a message of bob.
fn message(chat: Value, text: &str) -> Value {
    let from = json!({ "id": BOB, "is_bot": false, "first_name": "Bob", "last_name": "B.", "language_code": "pt-br" });
    json!({ "update_id": 0, "message": { "message_id": 500, "date": 1, "chat": chat, "from": from, "text": text } })
}

#[tokio::test]
async fn what_nobody_knows_yet_loses_nothing() {
    let (log, _guard) = log();
    let telegram = telegram().await;
    let private = json!({ "id": BOB, "type": "private", "first_name": "Bob" });
    // Before the first call everything is kept, whatever its kind.
    telegram.update(json!({ "update_id": 0, "some_future_thing": { "x": 1 } }));
    telegram.update(json!({ "update_id": 0 }));
    telegram.update(json!({ "update_id": 0, "message": { "message_id": "five" } }));
    let mut odd = message(private.clone(), "!place");
    odd["message"]["entities"] = json!([{ "type": "some_future_entity", "offset": 0, "length": 3 }]);
    odd["message"]["document"] = json!({ "some_future_file": true });
    odd["message"]["reply_to_message"] = json!({ "some_future_message": true });
    telegram.update(odd);
    let mut old = message(private, "!place");
    old["message"]["from"] = json!({ "id": BOB, "first_name": "Bob" });
    telegram.update(old);
    let bot = on(&telegram, Bot::with::<Probe>(), "").start().await;
    heard(&telegram, &bot).await;
    telegram.wait_for("could not be read").await;
    let mut said: Vec<_> = telegram.transcript().lines().map(str::to_owned).collect();
    said.sort_unstable(); // the admins are told beside the answers
    insta::assert_snapshot!(said.join("\n"), @"
    bot@ann > <b>[chats.telegram]</b> Something that Telegram sent could not be read and was passed over: a message or a press. Whoever waits for an answer should say it again.
    bot@bob > telegram:222 (Bob B.) in telegram:222, in private, speaks pt-br
    bot@bob > telegram:222 (Bob) in telegram:222, in private
    ");
    insta::assert_snapshot!(log.lines("passed over").join("\n"), @"WARN an update could not be read, and is passed over update=3");
}

#[tokio::test]
async fn a_file_comes_with_the_line_below_it() {
    let (telegram, bot) = started("").await;
    telegram.document(BOB, BOB, "hosts.txt", "one two", "!place");
    heard(&telegram, &bot).await;
    telegram.document(SUPERGROUP, BOB, "hosts.txt", "three", "!place");
    heard(&telegram, &bot).await;
    let fetched = telegram.count("getFile");
    telegram.document(SUPERGROUP, BOB, "photos.zip", "four", "from the party");
    telegram.document(BOB, BOB, "large.bin", vec![b'x'; (1 << 20) + 1], "!place");
    heard(&telegram, &bot).await;
    assert_eq!(telegram.count("getFile"), fetched);
    telegram.fail_next("getFile", 400, "Bad Request: file is temporarily unavailable", None);
    telegram.document(BOB, BOB, "lost.txt", "five", "!place");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob (document hosts.txt) > !place
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en, with hosts.txt: one two
    bob@-1001234 (document hosts.txt) > !place
    bot@-1001234 > telegram:222 (Bob) in telegram:-1001234, speaks en, with hosts.txt: three
    bob@-1001234 (document photos.zip) > from the party
    bob (document large.bin) > !place
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en
    bob (document lost.txt) > !place
    bot@bob > telegram:222 (Bob) in telegram:222, in private, speaks en
    ");
}

#[tokio::test]
async fn the_menu_leads_to_commands_and_follows_the_plugins() {
    let telegram = telegram().await;
    telegram.user(333, "Eve"); // never wrote to the bot
    let builder = Bot::with::<TravisHook>().and::<Probe>().config(crate::travis::NO_KEYS).admin("telegram:333");
    let bot = on(&telegram, builder, "").start().await;
    let place = |scope: &str| telegram.menu(scope).iter().any(|line| line.starts_with("/place "));
    until("the menu", || place("chat:111 (ru)")).await;
    let scopes = telegram.menus();
    let shown = scopes.iter().flat_map(|scope| {
        let menu = telegram.menu(scope);
        menu.into_iter()
            .filter(|line| {
                ["/place", "/safe", "/status", "/travis_to", "/travis_routes"].iter().any(|word| line.starts_with(word))
            })
            .map(move |line| format!("{scope}: {line}"))
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    all_group_chats: /place - Show how this line was understood
    all_group_chats: /status - Show how the host, its chats and its plugins stand
    all_group_chats: /travis_routes - List the routes
    all_group_chats (ru): /place - Show how this line was understood
    all_group_chats (ru): /status - Показать, как дела у бота, его чатов и плагинов
    all_group_chats (ru): /travis_routes - Показать маршруты
    all_private_chats: /place - Show how this line was understood
    all_private_chats: /status - Show how the host, its chats and its plugins stand
    all_private_chats: /travis_routes - List the routes
    all_private_chats (ru): /place - Show how this line was understood
    all_private_chats (ru): /status - Показать, как дела у бота, его чатов и плагинов
    all_private_chats (ru): /travis_routes - Показать маршруты
    chat:111: /place - Show how this line was understood
    chat:111: /safe_open - Open the safe
    chat:111: /status - Show how the host, its chats and its plugins stand
    chat:111: /travis_routes - List the routes
    chat:111: /travis_token - Set the token of a repository, or say whether one is set
    chat:111 (ru): /place - Show how this line was understood
    chat:111 (ru): /safe_open - Open the safe
    chat:111 (ru): /status - Показать, как дела у бота, его чатов и плагинов
    chat:111 (ru): /travis_routes - Показать маршруты
    chat:111 (ru): /travis_token - Задать токен репозитория или узнать, задан ли он
    ");
    for line in ["/travis_route o/r here", "/TRAVIS_ROUTES@host_test_bot", "/safe_open", "/travis_nothing"] {
        telegram.say(ANN, ANN, line);
        heard(&telegram, &bot).await;
    }
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > /travis_route o/r here
    bot@ann > Done. Relaying messages from o/r to telegram:111 for events: passed, fixed, broken, failed, still_failing.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann     > /TRAVIS_ROUTES@host_test_bot
    bot@ann > Routing <b>o/r</b> to:
              • telegram:111 for events: passed, fixed, broken, failed, still_failing
    ann     > /safe_open
    bot@ann > It is open.
    ann     > /travis_nothing
    bot@ann > There is no command <code>!travis_nothing</code>. Did you mean <code>!travis</code>?
    ");
    bot.say("admin", "!plugin disable probe").await;
    until("the shorter menu", || !place("chat:111") && !place("all_group_chats")).await;
    bot.say("admin", "!plugin enable probe").await;
    until("the longer menu", || place("chat:111") && place("all_group_chats")).await;
}

#[tokio::test]
async fn a_menu_that_was_refused_is_set_later() {
    let telegram = telegram().await;
    telegram.fail_next("setMyCommands", 500, "Internal Server Error", None);
    telegram.fail_next("setMyCommands", 429, "Too Many Requests: retry after 40", json!({ "retry_after": 40 }));
    let bot = on(&telegram, Bot::with::<Probe>(), "").start().await;
    passing(&bot, until("the menu", || telegram.menus().len() == 6)).await;
    assert!(bot.clock().elapsed() >= std::time::Duration::from_secs(40));
}

#[tokio::test]
async fn a_menu_that_telegram_does_not_take_is_not_sent_for_ever() {
    let (log, _guard) = log();
    let telegram = telegram().await;
    telegram.fail_next("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID", None);
    let bot = on(&telegram, Bot::with::<Probe>(), "").start().await;
    until("the other menus", || telegram.menus().len() == 5).await;
    bot.pass(std::time::Duration::from_secs(600)).await;
    let (in_english, in_russian): (Vec<_>, Vec<_>) =
        telegram.menus().into_iter().partition(|list| !list.ends_with("(ru)"));
    assert_eq!(in_english, ["all_private_chats", "chat:111"]);
    assert_eq!(in_russian, ["all_group_chats (ru)", "all_private_chats (ru)", "chat:111 (ru)"]);
    assert_eq!(telegram.count("setMyCommands"), 6);
    insta::assert_snapshot!(log.lines("menu").join("\n"), @r#"WARN Telegram does not take a menu of commands reason="Bad Request: BOT_COMMAND_INVALID""#);
}

#[tokio::test]
async fn hostile_names_numbers_and_texts_are_answered_as_they_are() {
    let (telegram, bot) = started("").await;
    let private = || json!({ "id": BOB, "type": "private", "first_name": "Bob" });
    let say = |text: &str, name: &str, number: i64| {
        let mut said = message(private(), text);
        said["message"]["from"]["first_name"] = json!(name);
        said["message"]["message_id"] = json!(number);
        telegram.update(said);
    };
    say("!place", "<b>\u{202e}&amp;</b>\n[x](tg://user?id=1)", -7);
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"bot@bob > telegram:222 (&lt;b&gt;&amp;amp;&lt;/b&gt; [x](tg://user?id=1) B.) in telegram:222, in private, speaks pt-br");
    say("!place", &"n".repeat(10_000), i64::MAX);
    heard(&telegram, &bot).await;
    say(&format!("!echo {}", "😀".repeat(4096)), "Bob", i64::MIN);
    heard(&telegram, &bot).await;
    let odd = ["<a href='", "\u{0}", "", "\u{200f}\u{200f}"];
    for name in odd {
        say("!place", name, 0);
        heard(&telegram, &bot).await;
        say(&format!("!ech{name} {name}"), "Bob", 0);
        heard(&telegram, &bot).await;
    }
    let said = telegram.transcript();
    assert!(said.matches(&"n".repeat(160)).count() == 1 && said.matches('😀').count() == 4096, "{said}");
    assert_eq!(said.matches("in telegram:222, in private").count(), 1 + odd.len(), "{said}");
}
