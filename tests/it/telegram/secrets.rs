//! Secrets that people type on Telegram, and the bot's own.
use super::place::{ANN, BOB, Desk, GROUP, Place, notice, secs};
use crate::logged;
use factotum_plugin_api::prelude::*;
use factotum_testing::{
    Bot,
    telegram::{Fault, TOKEN},
};
use http::Method;
use tracing::level_filters::LevelFilter;

#[tokio::test]
async fn a_secret_in_a_group_is_deleted_where_the_bot_may() {
    let place = Place::new().await;
    place.say(GROUP, BOB, "!keep bob hunter2").await;
    place.telegram.bot_is_admin(GROUP);
    place.say(GROUP, BOB, "/keep bob hunter3").await;
    // Without the secret nothing has been seen, and none is asked for here.
    place.say(GROUP, BOB, "!keep bob").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1001234 > !keep bob hunter2
    bot@-1001234 > Please ask me <code>!keep</code> in a private chat. Others may have read the secret in it: replace it with a new one.
    bob@-1001234 > /keep bob hunter3
    bot@-1001234 deletes 3 > /keep bob hunter3
    bot@-1001234 > Please ask me <code>!keep</code> in a private chat. I have deleted your message, but others may have read the secret in it: replace it with a new one.
    bob@-1001234 > !keep bob
    bot@-1001234 deletes 5 > !keep bob
    bot@-1001234 > Please ask me <code>!keep</code> in a private chat. I have deleted your message, but others may have read the secret in it: replace it with a new one.
    ");
}

#[tokio::test]
async fn a_secret_is_asked_for_in_private_and_taken_out_of_the_chat() {
    let place = Place::new().await;
    place.say(BOB, BOB, "!keep bob").await;
    place.say(BOB, BOB, "!hunter2").await;
    place.say(ANN, ANN, "!keep ann hunter3").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob     > !keep bob
    bot@bob > The key? (<code>!nay</code> leaves)
    bob     > !hunter2
    bot@bob deletes 3 > !hunter2
    bot@bob > bob&#39;s key has 8 letters.
    ann     > !keep ann hunter3
    bot@ann > ann&#39;s key has 7 letters.
    ");
    let texts = [place.texts(ANN), place.texts(BOB)].concat().join("\n");
    assert!(!texts.contains("hunter2"), "{texts}");
}

/// The token is part of every URL: whatever fails, and however it is told, shows none of it.
#[tokio::test]
async fn the_token_is_in_nothing_that_anybody_can_see() {
    let (log, logs) = logged::log(LevelFilter::TRACE);
    let key = TOKEN.split_once(':').unwrap().1;
    let place = Place::with(Bot::with::<Desk>().admin("ann")).await;
    let telling = format!("Bad Request: no such thing as /bot{TOKEN}/sendMessage");
    let refused = |code, description: &str| Fault::Refused { code, description: description.into(), parameters: None };
    let faults = || {
        let described = [(400, &*telling), (401, "Unauthorized"), (403, &telling), (500, &telling)];
        let described = described.map(|(code, description)| refused(code, description));
        described.into_iter().chain([Fault::Html(502), Fault::Html(403), Fault::HangUp, Fault::Unanswered])
    };
    for (n, fault) in (3000..).zip(faults()) {
        // Notices, new ones and changed.
        place.person(n);
        place.send(n, "one").await;
        place.bot.pass(secs(60)).await;
        place.post(&[notice(n, "pending").about("build")]).await;
        for method in ["sendMessage", "editMessageText", "deleteMessage"] {
            place.telegram.next(method, fault.clone());
        }
        place.send(n, "two").await;
        place.post(&[notice(n, "passed").about("build")]).await;
        place.post(&[notice(n, "failed").about("build").loud()]).await;
        place.bot.pass(secs(60)).await;
        // Files that come, and presses.
        place.telegram.next("getFile", fault.clone());
        place.telegram.document(ANN, ANN, "rules.txt", "all", "!again file");
        place.heard().await;
        place.bot.pass(secs(60)).await;
        place.telegram.next("answerCallbackQuery", fault);
        place.post(&[notice(ANN, "Well?").row([Button::new("Go", "!again go")])]).await;
        place.press(ANN, ANN, "Go").await;
        place.telegram.heal();
    }
    // No answer at all, and no connection.
    place.telegram.hold("sendMessage");
    let calls = place.telegram.count("sendMessage");
    place.bot.pass(secs(60)).await;
    let shared = &place.bot.host().shared;
    let chats = shared.journal.enqueue("desk", &[notice(BOB, "held")], None).await.unwrap();
    shared.outbox().unwrap().wake(&chats.unwrap());
    place.telegram.wait_for_calls("sendMessage", calls + 1).await;
    place.bot.pass(secs(60)).await;
    place.telegram.release();
    place.down().await;
    place.send(BOB, "nobody there").await;
    for line in [
        "!status",
        "!config",
        "!config chats.telegram",
        "!outbox list",
        "!outbox list dead",
        "!log tail 1000",
        "!incidents",
    ] {
        place.bot.say_privately("ann", line).await;
    }
    let metrics = place.bot.call("prometheus", Method::GET, "/metrics", |request| request).await;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    drop(logs);
    let (console, telegram, log) = (place.bot.transcript(), place.transcript(), log.text());
    assert!(console.contains("no such thing as /bot***/sendMessage"), "{console}");
    assert!(log.contains("TRACE") && log.contains("502 Bad Gateway") && log.contains("could not be fetched"));
    for (name, text) in [("console", &console), ("telegram", &telegram), ("metrics", &metrics), ("log", &log)] {
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(key)).take(5).collect();
        assert_eq!(lines, Vec::<&str>::new(), "{name}");
    }
    assert_eq!(crate::canary::files_with(&place.bot.folder().join("data"), key), Vec::<String>::new());
}
