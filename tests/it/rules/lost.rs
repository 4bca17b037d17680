//! A request that moved a rule and was never written down: its sender's next try is
//! decided as the first one was.
use super::{send, started};
use factotum_testing::Bot;
use rusqlite::Connection;

const URL: &str = "telegram?command.message=text";

async fn watched(options: &str) -> Bot {
    let bot = started().await;
    bot.say("ann", &format!("!rules add watch console:ops '[${{status}}] ${{message}} ${{repeat_count}}' {options}"))
        .await;
    bot.transcript();
    bot
}
async fn say(bot: &Bot, text: &str) -> u16 {
    send(bot, URL, &format!(r#"{{"text": "{text}"}}"#)).await.status.as_u16()
}
/// A journal that takes no request from here on, until the connection is given back.
fn broken(bot: &Bot) -> Connection {
    let journal = Connection::open(bot.folder().join("data/journal.db")).unwrap();
    let sql = "create trigger lost before insert on requests when new.decision = 'accepted'
        begin select raise(abort, 'the disk'); end";
    journal.execute_batch(sql).unwrap();
    journal
}
fn mend(journal: Connection) {
    journal.execute_batch("drop trigger lost").unwrap();
}
/// What was posted.
fn posted(bot: &Bot) -> String {
    bot.transcript().lines().filter_map(|line| line.strip_prefix("bot@ops > ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_opening_that_was_not_written_down_is_said_by_the_next_try() {
    let bot = watched("--on open").await;
    let journal = broken(&bot);
    assert_eq!((say(&bot, "up").await, say(&bot, "up").await), (503, 503));
    bot.say("ann", "!rules alerts").await;
    mend(journal);
    assert_eq!((say(&bot, "up").await, say(&bot, "more").await), (204, 204));
    insta::assert_snapshot!(bot.transcript(), @"
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 503: try again
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 503: try again
    ann     > !rules alerts
    bot     > No rule is open.
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    bot@ops > [OPEN] up 0
    sender  > POST /api/v1/messages/webhook/telegram?command.message=text 204
    ");
}

#[tokio::test]
async fn a_start_of_the_host_takes_back_what_was_not_written_down_and_nothing_else() {
    let mut bot = watched("--on open,cancel --condition \"message = 'bad'\"").await;
    let journal = broken(&bot);
    assert_eq!(say(&bot, "bad").await, 503);
    mend(journal);
    bot.restart().await;
    assert_eq!(say(&bot, "bad").await, 204);
    bot.restart().await;
    assert_eq!(say(&bot, "bad").await, 204);
    let journal = broken(&bot);
    assert_eq!(say(&bot, "good").await, 503);
    mend(journal);
    bot.restart().await;
    assert_eq!(say(&bot, "good").await, 204);
    bot.restart().await;
    assert_eq!(say(&bot, "good").await, 204);
    insta::assert_snapshot!(posted(&bot), @"
    [OPEN] bad 0
    [CANCEL] good 1
    ");
}

#[tokio::test]
async fn a_lost_request_counts_in_no_window_and_is_no_repeat() {
    let bot = watched("--window 'time(10 minutes)' --condition 'count() >= 3' --repeat-every 2").await;
    for (text, lost) in [
        ("a", false),
        ("b", true),
        ("b", false),
        ("c", true),
        ("c", false),
        ("d", true),
        ("d", false),
        ("e", true),
        ("e", false),
    ] {
        let journal = lost.then(|| broken(&bot));
        assert_eq!(say(&bot, text).await, if lost { 503 } else { 204 });
        if let Some(journal) = journal {
            mend(journal);
        }
    }
    insta::assert_snapshot!(posted(&bot), @"
    [OPEN] c 0
    [REPEAT] e 2
    ");
}

#[tokio::test]
async fn what_became_of_a_request_outlives_the_record_of_it() {
    let mut bot = watched("--on open").await;
    assert_eq!(say(&bot, "up").await, 204);
    // It is noted that the request was kept, while other things are written.
    for n in 0..8 {
        bot.pass(std::time::Duration::from_secs(10)).await;
        bot.say("ann", &format!("!rules add r{n} console:dev x --entity none")).await;
    }
    Connection::open(bot.folder().join("data/journal.db")).unwrap().execute_batch("delete from requests").unwrap();
    bot.restart().await;
    assert_eq!(say(&bot, "up").await, 204);
    insta::assert_snapshot!(posted(&bot), @"[OPEN] up 0");
}
