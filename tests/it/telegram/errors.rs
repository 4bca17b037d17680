//! Every way in which Telegram can say no, and what comes of it: for the notice, and
//! for the admins.
use super::place::{ANN, Desk, GROUP, Place, secs};
use factotum_testing::{Bot, telegram::Fault};

fn refused(code: u16, description: &str) -> Fault {
    Fault::Refused { code, description: description.into(), parameters: None }
}

/// A lost connection without how the library puts it.
fn hidden_way(said: &str) -> String {
    let lines = said.lines().map(|line| match line.split_once(": error sending request") {
        Some((before, _)) => format!("{before}: (the library's words)"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_each_refusal_means() {
    let later = Fault::Refused {
        code: 429,
        description: "Too Many Requests: retry after 7".into(),
        parameters: Some(serde_json::json!({ "retry_after": 7 })),
    };
    let for_good = [
        refused(400, "Bad Request: chat not found"),
        refused(400, "Bad Request: not enough rights to send text messages to the chat"),
        refused(400, "Bad Request: message is too long"),
        refused(403, "Forbidden: bot was blocked by the user"),
        refused(403, "Forbidden: user is deactivated"),
        refused(403, "Forbidden: bot can't initiate conversation with a user"),
        refused(403, "Forbidden: bot was kicked from the supergroup chat"),
        refused(403, "Forbidden: bot is not a member of the channel chat"),
    ];
    let for_now = [
        refused(401, "Unauthorized"),
        refused(404, "Not Found"),
        refused(409, "Conflict: terminated by other getUpdates request"),
        later,
        refused(500, "Internal Server Error"),
        Fault::Html(502),
        Fault::Html(403),
        Fault::HangUp,
        Fault::Unanswered,
    ];
    // The admin is elsewhere, so that nothing but the row's notice is sent here.
    let place = Place::with(Bot::with::<Desk>().admin("ann").config("admin_chat = \"console:ops\"")).await;
    let chats: Vec<i64> = (1000..).take(for_good.len() + for_now.len()).collect();
    for chat in &chats {
        place.telegram.user(*chat, "somebody");
        place.telegram.private(*chat);
    }
    let (first, second) = chats.split_at(for_good.len());
    for (chat, fault) in first.iter().zip(for_good) {
        place.telegram.next("sendMessage", fault);
        place.send(chat, "news").await;
    }
    insta::assert_snapshot!(place.bot.transcript(), @"
    bot@ops > [host] A notice did not reach telegram:1000: Bad Request: chat not found. !outbox retry 1 tries again.
    bot@ops > [host] A notice did not reach telegram:1001: Bad Request: not enough rights to send text messages to the chat. !outbox retry 3 tries again.
    bot@ops > [host] A notice did not reach telegram:1002: Bad Request: message is too long. !outbox retry 5 tries again.
    bot@ops > [host] A notice did not reach telegram:1003: Forbidden: bot was blocked by the user. !outbox retry 7 tries again.
    bot@ops > [host] A notice did not reach telegram:1004: Forbidden: user is deactivated. !outbox retry 9 tries again.
    bot@ops > [host] A notice did not reach telegram:1005: Forbidden: bot can't initiate conversation with a user. !outbox retry 11 tries again.
    bot@ops > [host] A notice did not reach telegram:1006: Forbidden: bot was kicked from the supergroup chat. !outbox retry 13 tries again.
    bot@ops > [host] A notice did not reach telegram:1007: Forbidden: bot is not a member of the channel chat. !outbox retry 15 tries again.
    ");
    place.bot.pass(secs(5)).await;
    for (chat, fault) in second.iter().zip(for_now) {
        place.telegram.next("sendMessage", fault);
        place.send(chat, "news").await;
    }
    for state in ["dead", "waiting"] {
        place.bot.say_privately("ann", &format!("!outbox list {state}")).await;
    }
    let said = place.bot.transcript();
    insta::assert_snapshot!(hidden_way(&said), @"
    ann     > !outbox list dead
    bot     > #15 2026-11-20 10:00:00Z desk to telegram:1007 dead after 1 try: Forbidden: bot is not a member of the channel chat
              #13 2026-11-20 10:00:00Z desk to telegram:1006 dead after 1 try: Forbidden: bot was kicked from the supergroup chat
              #11 2026-11-20 10:00:00Z desk to telegram:1005 dead after 1 try: Forbidden: bot can't initiate conversation with a user
              #9 2026-11-20 10:00:00Z desk to telegram:1004 dead after 1 try: Forbidden: user is deactivated
              #7 2026-11-20 10:00:00Z desk to telegram:1003 dead after 1 try: Forbidden: bot was blocked by the user
              #5 2026-11-20 10:00:00Z desk to telegram:1002 dead after 1 try: Bad Request: message is too long
              #3 2026-11-20 10:00:00Z desk to telegram:1001 dead after 1 try: Bad Request: not enough rights to send text messages to the chat
              #1 2026-11-20 10:00:00Z desk to telegram:1000 dead after 1 try: Bad Request: chat not found
    ann     > !outbox list waiting
    bot     > #25 2026-11-20 10:00:05Z desk to telegram:1016 waiting after 1 try, next 2026-11-20 10:00:06Z: (the library's words)
              #24 2026-11-20 10:00:05Z desk to telegram:1015 waiting after 1 try, next 2026-11-20 10:00:06Z: (the library's words)
              #23 2026-11-20 10:00:05Z desk to telegram:1014 waiting after 1 try, next 2026-11-20 10:00:06Z: the server answered 403 Forbidden
              #22 2026-11-20 10:00:05Z desk to telegram:1013 waiting after 1 try, next 2026-11-20 10:00:06Z: the server answered 502 Bad Gateway
              #21 2026-11-20 10:00:05Z desk to telegram:1012 waiting after 1 try, next 2026-11-20 10:00:06Z: Internal Server Error
              #20 2026-11-20 10:00:05Z desk to telegram:1011 waiting after 1 try, next 2026-11-20 10:00:12Z: asked to wait 7 s
              #19 2026-11-20 10:00:05Z desk to telegram:1010 waiting after 1 try, next 2026-11-20 10:00:06Z: Conflict: terminated by other getUpdates request
              #18 2026-11-20 10:00:05Z desk to telegram:1009 waiting after 1 try, next 2026-11-20 10:00:06Z: Not Found
              #17 2026-11-20 10:00:05Z desk to telegram:1008 waiting after 1 try, next 2026-11-20 10:00:06Z: Unauthorized
    ");
    place.drain().await;
    let came: Vec<String> =
        chats.iter().map(|chat| format!("{chat}: {}", place.said(*chat).replace('\n', " / "))).collect();
    insta::assert_snapshot!(came.join("\n"), @"
    1000: 
    1001: 
    1002: 
    1003: 
    1004: 
    1005: 
    1006: 
    1007: 
    1008: news
    1009: news
    1010: news
    1011: news
    1012: news
    1013: news
    1014: news
    1015: (possible duplicate) news
    1016: news / (possible duplicate) news
    ");
}

#[tokio::test]
async fn admins_are_told_once_of_a_chat_that_is_gone() {
    let place = Place::new().await;
    place.telegram.remove_bot(GROUP, ANN);
    place.heard().await;
    for text in ["one", "two", "three"] {
        place.send(GROUP, text).await;
        place.bot.pass(secs(60)).await;
    }
    insta::assert_snapshot!(place.said(ANN), @"
    I was removed from Dev (telegram:-1001234) by ann (telegram:111). What is sent there becomes a dead letter.
    [host] A notice did not reach telegram:-1001234: Forbidden: bot was kicked from the supergroup chat. !outbox retry 2 tries again.
    ");
    // Let in again, it has them when they are asked for.
    place.telegram.add_bot(GROUP, ANN);
    place.heard().await;
    place.say(ANN, ANN, "!outbox retry all").await;
    place.drain().await;
    insta::assert_snapshot!(place.said(GROUP), @"
    Hello! This chat is telegram:-1001234; !help lists what I can do here.
    one
    two
    three
    ");
}
