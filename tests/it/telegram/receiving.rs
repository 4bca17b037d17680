//! Long polling: what was sent is run once, whatever breaks in between, and the admins
//! see how it stands.
use super::{
    ANN, BOB, FORUM, Probe, TOPIC, heard, journal_takes_updates, link, log, on, other_program, passing, started,
    status, telegram, until,
};
use factotum_plugin_api::{chat::Link, prelude::*};
use factotum_testing::{
    Bot,
    telegram::{Fault, Telegram},
};
use serde_json::json;

const STOP: Duration = Duration::from_secs(10);

/// Whether the network is down, or ailing, for a reason with this word.
fn suffers(bot: &Bot, word: &str) -> bool {
    matches!(link(bot), Link::Down(why) | Link::Ailing(why) if why.contains(word))
}

/// Returns when the bot waits for updates.
async fn polling(telegram: &Telegram) {
    telegram.wait_for_calls("getUpdates", 2).await;
}

#[tokio::test]
async fn a_start_clears_the_webhook_and_asks_for_what_it_understands() {
    let (telegram, bot) = started("poll_timeout = 7").await;
    polling(&telegram).await;
    let calls = telegram.calls().into_iter().filter(|(method, _)| method != "setMyCommands");
    let calls: Vec<String> = calls.map(|(method, params)| format!("{method} {params}")).collect();
    insta::assert_snapshot!(calls.join("\n"), @r#"
    getMe {}
    deleteWebhook {}
    getUpdates {"allowed_updates":["message","edited_message","channel_post","edited_channel_post","callback_query","my_chat_member"],"timeout":0}
    getUpdates {"allowed_updates":["message","edited_message","channel_post","edited_channel_post","callback_query","my_chat_member"],"timeout":7}
    "#);
    bot.stop().await;
}

#[tokio::test]
async fn an_update_is_confirmed_once_the_journal_has_it() {
    let (log, _guard) = log();
    let (telegram, mut bot) = started("").await;
    polling(&telegram).await;
    journal_takes_updates(&bot, false);
    telegram.say(ANN, ANN, "!echo once");
    let kept = || log.lines("could not be kept").len();
    until("the failure", || kept() > 0).await;
    passing(&bot, until("a second try", || kept() > 1)).await;
    assert_eq!((telegram.pending(), telegram.count("getUpdates")), (1, 2), "it is not confirmed");
    // The host that never took it ends, and the next one is given it again.
    journal_takes_updates(&bot, true);
    bot.restart().await;
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo once
    bot@ann > once
    ");
}

#[tokio::test]
async fn what_the_journal_takes_later_is_run_then() {
    let (log, _guard) = log();
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    journal_takes_updates(&bot, false);
    telegram.say(ANN, ANN, "!echo late");
    until("the failure", || !log.lines("could not be kept").is_empty()).await;
    journal_takes_updates(&bot, true);
    passing(&bot, heard(&telegram, &bot)).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo late
    bot@ann > late
    ");
    insta::assert_snapshot!(log.lines("could not be kept")[0], @r#"WARN an update could not be kept; it is not confirmed update=1 error="the disk is full: Error code 1811: A RAISE function within a trigger fired""#);
}

#[tokio::test]
async fn an_update_that_cannot_be_read_hides_no_other() {
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    let chat = json!({ "id": BOB, "type": "private", "first_name": "Bob" });
    let deep = (0..200).fold(json!(0), |inner, _| json!([inner]));
    let from = json!({ "id": BOB, "is_bot": false, "first_name": "Bob" });
    let said = json!({ "message_id": 5, "date": 1, "chat": chat, "from": from, "text": "!echo deep", "new": deep });
    telegram.say(ANN, ANN, "!echo before");
    telegram.update(json!({ "message": said }));
    telegram.say(ANN, ANN, "!echo after");
    heard(&telegram, &bot).await;
    telegram.wait_for("could not be read").await;
    let mut said: Vec<_> = telegram.transcript().lines().map(str::to_owned).collect();
    said.sort_unstable(); // the admins are told beside the answers
    insta::assert_snapshot!(said.join("\n"), @"
    ann     > !echo after
    ann     > !echo before
    bot@ann > <b>[chats.telegram]</b> Something that Telegram sent could not be read and was passed over: a message or a press. Whoever waits for an answer should say it again.
    bot@ann > after
    bot@ann > before
    ");
    assert_eq!((telegram.pending(), link(&bot)), (0, Link::Up));
}

#[tokio::test]
async fn what_comes_again_after_a_restart_is_dropped() {
    let (telegram, mut bot) = started("").await;
    polling(&telegram).await;
    // The second poll, which would confirm, never arrives.
    telegram.hold("getUpdates");
    for line in ["!echo one", "!echo two"] {
        telegram.say(ANN, ANN, line);
    }
    telegram.wait_for("bot@ann > two").await;
    bot.restart().await;
    assert_eq!(telegram.pending(), 2);
    telegram.release();
    telegram.say(ANN, ANN, "!echo three");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo one
    ann     > !echo two
    bot@ann > one
    bot@ann > two
    ann     > !echo three
    bot@ann > three
    ");
}

#[tokio::test]
async fn lines_are_taken_in_order_whatever_their_numbers() {
    let (telegram, bot) = started("").await;
    telegram.hold("sendMessage");
    for n in 1..=3 {
        telegram.skip_update_ids(n * 1000);
        telegram.say(BOB, BOB, &format!("!echo {n}"));
    }
    telegram.drained().await;
    telegram.release();
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob     > !echo 1
    bob     > !echo 2
    bob     > !echo 3
    bot@bob > 1
    bot@bob > 2
    bot@bob > 3
    ");
}

#[tokio::test]
async fn a_command_that_had_begun_is_not_run_again_and_its_sender_is_told() {
    let (telegram, mut bot) = started("").await;
    telegram.say_in_topic(FORUM, TOPIC, BOB, "!deploy now");
    telegram.wait_for("> deploying").await;
    telegram.drained().await;
    bot.restart_after(STOP).await;
    bot.restart().await;
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob@-1005678/42 > !deploy now
    bot@-1005678/42 > deploying
    bot@-1005678/42 > I was stopped while I ran your <code>!deploy now</code>. It may have taken effect: please look before you ask again.
    ");
}

#[tokio::test]
async fn a_second_poller_is_named_until_it_ends() {
    let (log, _guard) = log();
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    telegram.fail_next("getUpdates", 409, "Conflict: can't use getUpdates method while webhook is active", None);
    telegram.fail_next("getUpdates", 409, "Conflict: terminated by other getUpdates request", None);
    telegram.say(ANN, ANN, "!echo before");
    until("the conflict", || suffers(&bot, "webhook is active")).await;
    telegram.wait_for("bot@ann > before").await; // it can post all the same
    insta::assert_snapshot!(status(&bot).await, @"telegram connected, but not well since 2026-11-20 10:00:00Z: another program reads this bot's updates: stop it, or give one of them a bot of its own (Conflict: can't use getUpdates method while webhook is active)");
    passing(&bot, until("the second conflict", || suffers(&bot, "other getUpdates"))).await;
    telegram.say(ANN, ANN, "!echo after");
    passing(&bot, heard(&telegram, &bot)).await;
    until("the end", || link(&bot) == Link::Up).await;
    // A real one: the older of two polls is ended.
    other_program(&telegram, "getUpdates", json!({ "timeout": 0 })).await;
    until("the third conflict", || suffers(&bot, "other getUpdates")).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo before
    bot@ann > before
    ann     > !echo after
    bot@ann > after
    ");
    insta::assert_snapshot!(log.lines("reads").join("\n"), @r#"
    ERROR another program reads this bot's updates reason="Conflict: can't use getUpdates method while webhook is active"
    INFO nobody else reads the bot's updates any more
    ERROR another program reads this bot's updates reason="Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    "#);
}

#[tokio::test]
async fn a_wrong_token_ends_the_network_and_nothing_else() {
    let telegram = telegram().await;
    let section = format!("[chats.telegram]\ntoken = \"123456:canary-wrong\"\napi_url = {:?}", telegram.url());
    let bot = Bot::with::<Probe>().admin("telegram:111").admin("admin").config(&section).start().await;
    bot.posted("has given up").await;
    insta::assert_snapshot!(bot.transcript(), @"bot     > [host] The network telegram has given up: Telegram does not know the token (Unauthorized): ask BotFather for it with /token. Nothing is read there any more: mend it in the config and start me again. !status shows what waits for it.");
    insta::assert_snapshot!(status(&bot).await, @"telegram has given up since 2026-11-20 10:00:00Z: Telegram does not know the token (Unauthorized): ask BotFather for it with /token");
    bot.say("bob", "!echo still here").await;
    insta::assert_snapshot!(bot.transcript(), @"
    bob     > !echo still here
    bot     > still here
    ");
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_the_network_too() {
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    telegram.fail_always("getUpdates", 401, "Unauthorized", None);
    telegram.say(ANN, ANN, "!echo the last");
    bot.posted("has given up").await;
    insta::assert_snapshot!(bot.transcript(), @"bot     > [host] The network telegram has given up: Telegram does not know the token (Unauthorized): ask BotFather for it with /token. Nothing is read there any more: mend it in the config and start me again. !status shows what waits for it.");
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_ever_less_often() {
    let (log, _guard) = log();
    let (telegram, bot) = started("retry_delay = 10").await;
    polling(&telegram).await;
    for n in 0..6 {
        telegram.fail_next("getUpdates", 500, &format!("Internal Server Error {n}"), None);
    }
    telegram.say(ANN, ANN, "!echo hello");
    for (n, longest) in [1000, 2000, 4000, 8000, 10_000, 10_000].into_iter().enumerate() {
        until("the failure", || suffers(&bot, &format!("Error {n}"))).await;
        let calls = telegram.count("getUpdates");
        bot.clock().advance(Duration::from_millis(longest * 79 / 100));
        super::breathe().await;
        assert_eq!(telegram.count("getUpdates"), calls, "after failure {n}, too early");
        bot.clock().advance(Duration::from_millis(longest * 21 / 100));
        telegram.wait_for_calls("getUpdates", calls + 1).await;
    }
    until("the end", || link(&bot) == Link::Up).await;
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo hello
    bot@ann > hello
    ");
    insta::assert_snapshot!(log.lines("reached").join("\n"), @"WARN Telegram cannot be reached error=Internal Server Error 0");
}

#[tokio::test]
async fn telegram_says_how_long_to_wait() {
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    let flood = json!({ "retry_after": 17 });
    telegram.fail_next("getUpdates", 429, "Too Many Requests: retry after 17", flood);
    telegram.say(ANN, ANN, "!echo hello");
    until("the flood", || suffers(&bot, "retry after 17")).await;
    let calls = telegram.count("getUpdates");
    bot.clock().advance(Duration::from_millis(16_999));
    super::breathe().await;
    assert_eq!(telegram.count("getUpdates"), calls);
    bot.clock().advance(Duration::from_millis(1));
    telegram.wait_for_calls("getUpdates", calls + 1).await;
}

#[tokio::test]
async fn pages_of_html_hang_ups_and_a_minute_without_server_lose_nothing() {
    let (telegram, bot) = started("").await;
    polling(&telegram).await;
    for fault in [Fault::Html(502), Fault::HangUp, Fault::Unanswered, Fault::Html(404)] {
        telegram.next("getUpdates", fault);
    }
    telegram.say(ANN, ANN, "!echo one");
    until("a failure", || suffers(&bot, "502")).await;
    insta::assert_snapshot!(status(&bot).await, @"telegram not connected since 2026-11-20 10:00:00Z: the server answered 502 Bad Gateway");
    passing(&bot, heard(&telegram, &bot)).await;
    telegram.down();
    until("the loss", || matches!(link(&bot), Link::Down(_))).await;
    telegram.say(ANN, ANN, "!echo two");
    let minute = bot.clock().elapsed() + Duration::from_secs(60);
    passing(&bot, until("a minute", || bot.clock().elapsed() >= minute)).await;
    assert!(matches!(link(&bot), Link::Down(_)));
    telegram.up();
    passing(&bot, heard(&telegram, &bot)).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo one
    bot@ann > one
    ann     > !echo two
    bot@ann > two
    ");
}

#[tokio::test]
async fn a_host_that_starts_before_its_network_waits_for_it() {
    let telegram = telegram().await;
    telegram.down();
    let bot = on(&telegram, Bot::with::<Probe>(), "").start().await;
    until("the failure", || matches!(link(&bot), Link::Down(_))).await;
    telegram.up();
    telegram.say(ANN, ANN, "!echo hello");
    passing(&bot, heard(&telegram, &bot)).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    ann     > !echo hello
    bot@ann > hello
    ");
}

#[tokio::test]
async fn the_bot_goes_by_the_name_that_telegram_says() {
    let (log, _guard) = log();
    let (telegram, bot) = started("bot_username = \"Host_Test_Bot\"").await;
    telegram.say(FORUM, BOB, "/echo@host_test_bot right");
    heard(&telegram, &bot).await;
    bot.stop().await;
    assert_eq!(log.lines("bot_username"), [""; 0]);
    let bot = on(&telegram, Bot::with::<Probe>(), "bot_username = \"@another_bot\"").start().await;
    telegram.say(FORUM, BOB, "/echo@another_bot wrong");
    telegram.say(FORUM, BOB, "/echo@host_test_bot right again");
    heard(&telegram, &bot).await;
    insta::assert_snapshot!(telegram.transcript(), @"
    bob@-1005678 > /echo@host_test_bot right
    bot@-1005678 > right
    bob@-1005678 > /echo@another_bot wrong
    bob@-1005678 > /echo@host_test_bot right again
    bot@-1005678 > right again
    ");
    insta::assert_snapshot!(log.lines("bot_username").join("\n"), @r#"WARN bot_username is not the bot's, and is not used configured="another_bot" real="host_test_bot""#);
}
