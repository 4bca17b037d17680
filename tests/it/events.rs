//! What happens to a chat as a whole: the bot is added or removed, and a chat moves.
use crate::outbox::Mail;
use factotum_plugin_api::{chat::ChatEvent, prelude::*};
use factotum_testing::{Bot, Trouble};

fn chat(address: &str) -> ChatId {
    ChatId::new("console", address)
}
fn joined(address: &str) -> ChatEvent {
    let by = Some(Sender::new("console", "bob", "Bob"));
    ChatEvent::Joined { chat: chat(address), title: "Build talk".into(), by }
}
fn left(address: &str) -> ChatEvent {
    ChatEvent::Left { chat: chat(address), title: "Build talk".into(), by: None }
}
fn moved(from: &str, to: &str) -> ChatEvent {
    ChatEvent::Moved { from: chat(from), to: chat(to) }
}

/// What was posted to several chats, whose order among each other is open.
fn sorted(bot: &Bot) -> String {
    let transcript = bot.transcript();
    let mut lines: Vec<&str> = transcript.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[tokio::test]
async fn the_admins_hear_once_where_the_bot_comes_and_goes() {
    let mut bot = Bot::bare().admin("ann").start().await;
    bot.event(joined("ops"), "7").await.unwrap();
    bot.event(joined("ops"), "7").await.unwrap();
    bot.restart().await;
    bot.event(joined("ops"), "7").await.unwrap();
    insta::assert_snapshot!(sorted(&bot), @"
    bot     > I was added to Build talk by Bob (console:bob). Its address is console:ops.
    bot@ops > Hello! This chat is console:ops; !help lists what I can do here.
    ");
    bot.event(left("ops"), "8").await.unwrap();
    bot.event(left("ops"), "8").await.unwrap();
    insta::assert_snapshot!(bot.transcript(), @"bot     > I was removed from Build talk (console:ops). What is sent there becomes a dead letter.");
}

#[tokio::test]
async fn the_chat_of_the_admins_is_not_greeted_nor_told_that_it_is_left() {
    let bot = Bot::bare().admin("ann").config("admin_chat = \"console:ops\"").start().await;
    bot.event(joined("ops"), "1").await.unwrap();
    bot.event(left("ops"), "2").await.unwrap();
    insta::assert_snapshot!(bot.transcript(), @"bot@ops > I was added to Build talk by Bob (console:bob). Its address is console:ops.");
    bot.event(joined("dev"), "3").await.unwrap();
    insta::assert_snapshot!(sorted(&bot), @"
    bot@dev > Hello! This chat is console:dev; !help lists what I can do here.
    bot@ops > I was added to Build talk by Bob (console:bob). Its address is console:dev.
    ");
}

#[tokio::test]
async fn what_waits_for_a_chat_that_moved_and_what_comes_later_goes_to_where_it_lives() {
    let bot = Bot::with::<Mail>().admin("ann").edits().start().await;
    bot.say("ann", "!send ops red --about build").await;
    bot.script().hold("ops");
    bot.begin_to_say("ann", "!send ops one");
    bot.begin_to_say("ann", "!send ops two");
    bot.posted("!send ops two").await;
    bot.script().fail_next_in("ops", Trouble::Transient);
    bot.script().release();
    bot.settled().await;
    bot.event(moved("ops", "ops2"), "1").await.unwrap();
    bot.pass(Duration::from_secs(60)).await;
    bot.say("ann", "!send ops green --about build").await;
    // Told a second time, and of a second step.
    bot.event(moved("ops", "ops2"), "1").await.unwrap();
    bot.event(moved("ops2", "ops3"), "2").await.unwrap();
    bot.say("ann", "!send ops yellow --about build").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !send ops red --about build
    bot@ops > red
    ann     > !send ops one
    ann     > !send ops two
    bot@ops2 > one
    bot@ops2 > two
    ann     > !send ops green --about build
    bot@ops2 > green
    ann     > !send ops yellow --about build
    bot@ops3 > yellow
    ");
}

#[tokio::test]
async fn what_the_journal_does_not_take_is_told_again() {
    let bot = Bot::bare().admin("ann").start().await;
    bot.host().shared.journal.close().await;
    for event in [joined("ops"), left("ops"), moved("ops", "ops2")] {
        assert!(bot.event(event.clone(), "1").await.is_err(), "{event:?}");
    }
    assert_eq!(bot.transcript(), "");
}
