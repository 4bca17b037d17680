//! What a chat does not want to hear now: silences and quiet hours.
use crate::{hooks::Post, outbox::Mail};
use factotum_plugin_api::prelude::*;
use factotum_testing::Bot;
use http::Method;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A bot whose plugin posts what it is told to, and that shows what comes without a sound.
async fn bot() -> Bot {
    bot_with("").await
}
async fn bot_with(config: &str) -> Bot {
    let bot = Bot::with::<Mail>().admin("ann").edits().config(config).start().await;
    bot.script().show_silent();
    bot
}
/// Says something of which the answer and what it leads to come in any order.
async fn say_and_see(bot: &Bot, line: &str, lines: &[&str]) {
    bot.transcript();
    bot.say("ann", line).await;
    let seen = bot.transcript();
    let mut seen: Vec<&str> = seen.lines().skip(1).collect();
    seen.sort_unstable();
    assert_eq!(seen, lines, "{line}");
}
async fn say_all(bot: &Bot, lines: &[&str]) {
    for line in lines {
        bot.say("ann", line).await;
    }
}

#[tokio::test]
async fn a_silence_keeps_out_what_fits_and_tells_of_it_at_its_end() {
    let bot = bot().await;
    say_all(&bot, &["!silence --chat ops nightly 2h the disk is being changed", "!silence --chat ops"]).await;
    say_all(&bot, &["!send ops Nightly: failed", "!send ops release passed", "!send dev nightly failed"]).await;
    bot.pass(HOUR).await;
    say_all(&bot, &["!send --about mail:nightly ops it failed", "!send --about nightly ops it failed again"]).await;
    say_all(&bot, &["!silence", "!outbox list silenced"]).await;
    bot.clock().advance(HOUR);
    bot.posted("is over").await;
    say_all(&bot, &["!send ops nightly passed", "!silence"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence --chat ops nightly 2h the disk is being changed
    bot     > Silence #1: notices with nightly stay out of console:ops until 2026-11-20 12:00:00Z. !silence end 1 ends it before.
    ann     > !silence --chat ops
    bot     > #1 console:ops nightly until 2026-11-20 12:00:00Z by console:ann, nothing kept out yet: the disk is being changed
    ann     > !send ops Nightly: failed
    ann     > !send ops release passed
    bot@ops > release passed
    ann     > !send dev nightly failed
    bot@dev > nightly failed
    ann     > !send --about mail:nightly ops it failed
    bot@ops > it failed
    ann     > !send --about nightly ops it failed again
    ann     > !silence
    bot     > Nothing is silenced in console:lobby.
    ann     > !outbox list silenced
    bot     > #5 2026-11-20 11:00:00Z mail to console:ops silenced: silenced by #1
              #1 2026-11-20 10:00:00Z mail to console:ops silenced: silenced by #1
    bot@ops > Silence #1 (nightly) is over: 2 notices were not posted. !outbox list silenced #1 shows them, !outbox retry with their numbers posts them.
    ann     > !send ops nightly passed
    bot@ops > nightly passed
    ann     > !silence
    bot     > Nothing is silenced in console:lobby.
    ");
}

#[tokio::test]
async fn a_silence_ends_when_somebody_says_so_and_what_it_kept_out_can_be_posted() {
    let bot = bot().await;
    say_all(&bot, &["!silence nightly build 1d", "!send --about nightly lobby the nightly build failed"]).await;
    say_all(&bot, &["!silence end #1", "!silence end 1", "!silence end two"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence nightly build 1d
    bot     > Silence #1: notices with nightly build stay out of this chat until 2026-11-21 10:00:00Z. !silence end 1 ends it before.
    ann     > !send --about nightly lobby the nightly build failed
    ann     > !silence end #1
    bot     > Silence #1 (nightly build) is over: 1 notice was not posted. !outbox list silenced #1 shows them, !outbox retry with their numbers posts them.
    ann     > !silence end 1
    bot     > There is no silence #1 now; !silence shows those there are.
    ann     > !silence end two
    bot     > ID: two is no whole number.
              Usage: !silence end <ID>
    ");
    let tried = "bot     > 1 notice will be tried again.";
    say_and_see(&bot, "!outbox retry 1", &[tried, "bot     > the nightly build failed"]).await;
    // Asked for by its number, it comes while the silence lasts.
    say_all(&bot, &["!silence * 30m", "!send lobby one"]).await;
    say_and_see(&bot, "!outbox retry 2", &[tried, "bot     > one"]).await;
}

#[tokio::test]
async fn silences_and_what_they_kept_out_stay_over_a_restart() {
    let mut bot = bot().await;
    say_all(&bot, &["!silence --chat ops * 2h", "!send ops one"]).await;
    bot.script().fail_next_in("dev", factotum_testing::Trouble::Transient);
    say_all(&bot, &["!send dev two", "!silence --chat dev * 1h"]).await;
    bot.restart().await;
    bot.pass(MINUTE).await;
    say_all(&bot, &["!send ops three", "!outbox list silenced"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence --chat ops * 2h
    bot     > Silence #1: notices with * stay out of console:ops until 2026-11-20 12:00:00Z. !silence end 1 ends it before.
    ann     > !send ops one
    ann     > !send dev two
    ann     > !silence --chat dev * 1h
    bot     > Silence #2: notices with * stay out of console:dev until 2026-11-20 11:00:00Z. !silence end 2 ends it before.
    ann     > !send ops three
    ann     > !outbox list silenced
    bot     > #3 2026-11-20 10:01:00Z mail to console:ops silenced: silenced by #1
              #2 2026-11-20 10:00:00Z mail to console:dev silenced after 1 try: silenced by #2
              #1 2026-11-20 10:00:00Z mail to console:ops silenced: silenced by #1
    ");
    // Both end while the host is down, and it tells of each once.
    bot.restart_after(2 * HOUR).await;
    bot.posted("Silence #1 (*) is over: 2 notices were not posted.").await;
    bot.posted("Silence #2 (*) is over: 1 notice was not posted.").await;
    assert_eq!(bot.transcript().lines().count(), 2);
    bot.restart().await;
    say_all(&bot, &["!silence --chat ops x 1h", "!send ops four"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence --chat ops x 1h
    bot     > Silence #3: notices with x stay out of console:ops until 2026-11-20 13:01:00Z. !silence end 3 ends it before.
    ann     > !send ops four
    bot@ops > four
    ");
}

#[tokio::test]
async fn answers_and_the_hosts_own_news_are_never_silenced() {
    let bot = bot_with("admin_chat = \"console:ops\"\n[outbox]\njitter = 0.0").await;
    bot.say("ann", "!silence * 1h").await;
    bot.say("ann", "!silence --chat ops * 1h").await;
    bot.say("ann", "!echo heard").await;
    bot.script().fail_next_in("gone", factotum_testing::Trouble::Permanent("chat not found"));
    bot.say("ann", "!send gone one").await;
    bot.say("ann", "!send ops two").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence * 1h
    bot     > Silence #1: notices with * stay out of this chat until 2026-11-20 11:00:00Z. !silence end 1 ends it before.
    ann     > !silence --chat ops * 1h
    bot     > Silence #2: notices with * stay out of console:ops until 2026-11-20 11:00:00Z. !silence end 2 ends it before.
    ann     > !echo heard
    bot     > heard
    ann     > !send gone one
    bot@ops > [host] A notice did not reach console:gone: chat not found. !outbox retry 1 tries again.
    ann     > !send ops two
    ");
}

#[tokio::test]
async fn what_is_no_silence_and_who_may_not() {
    let config = "[[access.rules]]\ncommand = \"silence*\"\nsender = \"console:bob\"\nallow = true";
    let bot = bot_with(config).await;
    say_all(&bot, &["!silence", "!silence nightly", "!silence 2h", "!silence nightly 40d", "!silence --chat ops x 1h"])
        .await;
    bot.say("eve", "!silence x 1h").await;
    bot.say_in("dev", "bob", "!silence x 1h").await;
    bot.say_in("dev", "bob", "!silence --chat ops y 1h").await;
    bot.say_in("dev", "bob", "!silence end 1").await;
    bot.say_in("dev", "bob", "!silence end 2").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence
    bot     > Nothing is silenced in console:lobby.
    ann     > !silence nightly
    bot     > For how long? Please say it after the words, like !silence nightly 2h.
    ann     > !silence 2h
    bot     > For how long? Please say it after the words, like !silence nightly 2h.
    ann     > !silence nightly 40d
    bot     > A silence lasts 30 d at most.
    ann     > !silence --chat ops x 1h
    bot     > Silence #1: notices with x stay out of console:ops until 2026-11-20 11:00:00Z. !silence end 1 ends it before.
    eve     > !silence x 1h
    bot     > !silence is for admins. !whoami shows who you are to me.
    bob@dev > !silence x 1h
    bot@dev > Silence #2: notices with x stay out of this chat until 2026-11-20 11:00:00Z. !silence end 2 ends it before.
    bob@dev > !silence --chat ops y 1h
    bot@dev > Only admins decide about other chats than this one.
    bob@dev > !silence end 1
    bot@dev > Only admins decide about other chats than this one.
    bob@dev > !silence end 2
    bot@dev > Silence #2 (x) is over: it kept nothing out.
    ");
    let audit = bot.host().shared.journal.audit(&factotum_host::journal::Filter::default(), 10).await.unwrap();
    let noted = audit.iter().map(|row| format!("{} {} {}: {}", row.sender, row.path, row.args, row.result));
    insta::assert_snapshot!(noted.collect::<Vec<_>>().join("\n"), @"
    console:bob silence end id=2: done
    console:bob silence end id=1: Only admins decide about other chats than this one.
    console:bob silence words=y,1h chat=console:ops: Only admins decide about other chats than this one.
    console:bob silence words=x,1h: done
    console:ann silence words=x,1h chat=console:ops: done
    console:ann silence words=nightly,40d: A silence lasts 30 d at most.
    console:ann silence words=2h: For how long? Please say it after the words, like !silence nightly 2h.
    console:ann silence words=nightly: For how long? Please say it after the words, like !silence nightly 2h.
    console:ann silence : done
    ");
}

#[tokio::test]
async fn no_phone_rings_in_quiet_hours() {
    let mut bot = bot().await;
    // 10:00 UTC is 11:00 in Berlin.
    say_all(&bot, &["!quiet", "!quiet 12:00-14:00 --zone europe/berlin", "!send lobby one"]).await;
    bot.pass(HOUR).await;
    say_all(&bot, &["!send lobby two", "!send --loud lobby three", "!send dev four"]).await;
    bot.restart().await;
    bot.script().show_silent();
    bot.pass(2 * HOUR - MINUTE).await;
    say_all(&bot, &["!send lobby five"]).await;
    bot.pass(MINUTE).await;
    say_all(&bot, &["!send lobby six", "!quiet 22-7", "!quiet", "!quiet off", "!quiet off"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !quiet
    bot     > There are no quiet hours. !quiet 22:00-07:00 --zone Europe/Berlin would set some.
    ann     > !quiet 12:00-14:00 --zone europe/berlin
    bot     > Quiet hours: 12:00-14:00 (Europe/Berlin). Notices come without a sound then.
    ann     > !send lobby one
    bot     > one
    ann     > !send lobby two
    bot     > (silent) two
    ann     > !send --loud lobby three
    bot     > (silent) three
    ann     > !send dev four
    bot@dev > four
    ann     > !send lobby five
    bot     > (silent) five
    ann     > !send lobby six
    bot     > six
    ann     > !quiet 22-7
    bot     > Quiet hours: 22:00-07:00 (Europe/Berlin). Notices come without a sound then.
    ann     > !quiet
    bot     > Quiet hours: 22:00-07:00 (Europe/Berlin). Notices come without a sound then.
    ann     > !quiet off
    bot     > There are no quiet hours any more.
    ann     > !quiet off
    bot     > There are no quiet hours. !quiet 22:00-07:00 --zone Europe/Berlin would set some.
    ");
}

#[tokio::test]
async fn what_is_not_urgent_waits_for_the_end_of_the_hours_and_comes_in_order() {
    let mut bot = bot_with("[outbox]\njitter = 0.0\ngive_up_after_secs = 3600").await;
    say_all(&bot, &["!quiet --chat ops 10:00-18:00 hold", "!send --about o/r#1 ops o/r#1 runs", "!send ops one"]).await;
    say_all(&bot, &["!send --about o/r#1 ops o/r#1 passed", "!send --loud ops it burns", "!outbox"]).await;
    bot.pass(6 * HOUR).await;
    bot.restart().await;
    bot.script().show_silent();
    bot.say("ann", "!send ops two").await;
    bot.pass(2 * HOUR - MINUTE).await;
    bot.say("ann", "!echo still quiet").await;
    // The network fails just then: nothing is given up, and one phone rings once.
    bot.script().fail_next_in("ops", factotum_testing::Trouble::Transient);
    bot.pass(MINUTE).await;
    bot.pass(Duration::from_secs(1)).await;
    say_all(&bot, &["!send ops three", "!outbox"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !quiet --chat ops 10:00-18:00 hold
    bot     > console:ops: Quiet hours: 10:00-18:00 (UTC). Urgent notices come without a sound, the others at 18:00, in their order; only the first of them makes a sound.
    ann     > !send --about o/r#1 ops o/r#1 runs
    ann     > !send ops one
    ann     > !send --about o/r#1 ops o/r#1 passed
    ann     > !send --loud ops it burns
    bot@ops > (silent) it burns
    ann     > !outbox
    bot     > #3 2026-11-20 10:00:00Z mail to console:ops waiting, next 2026-11-20 18:00:00Z: held by the quiet hours of the chat
              #2 2026-11-20 10:00:00Z mail to console:ops waiting, next 2026-11-20 18:00:00Z: held by the quiet hours of the chat
    ann     > !send ops two
    ann     > !echo still quiet
    bot     > still quiet
    bot@ops > one
    bot@ops > (silent) o/r#1 passed
    bot@ops > (silent) two
    ann     > !send ops three
    bot@ops > three
    ann     > !outbox
    bot     > No notices that wait or were given up.
    ");
}

#[tokio::test]
async fn what_waits_comes_at_once_when_the_hours_go_or_somebody_wants_it() {
    let bot = bot().await;
    let lines = ["!quiet --chat ops 09:00-18:00 hold", "!send ops one", "!send ops two", "!send ops three"];
    say_all(&bot, &lines).await;
    say_and_see(&bot, "!outbox retry 2", &["bot     > 1 notice will be tried again.", "bot@ops > two"]).await;
    say_all(&bot, &["!outbox drop 3", "!outbox"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !outbox drop 3
    bot     > 1 notice dropped.
    ann     > !outbox
    bot     > #1 2026-11-20 10:00:00Z mail to console:ops waiting, next 2026-11-20 18:00:00Z: held by the quiet hours of the chat
    ");
    let off = "bot     > console:ops: There are no quiet hours any more; what waited for their end is posted now.";
    say_and_see(&bot, "!quiet off --chat ops", &[off, "bot@ops > one"]).await;
}

#[tokio::test]
async fn a_night_with_a_clock_change_ends_by_the_clock_on_the_wall() {
    let bot = bot().await;
    // From 2026-11-20 10:00 UTC to the last night of March, when Berlin goes forward.
    let evening: factotum_plugin_api::jiff::Timestamp = "2027-03-27T21:30:00Z".parse().unwrap();
    bot.pass(Duration::try_from(evening.duration_since(bot.clock().now())).unwrap()).await;
    bot.transcript();
    say_all(&bot, &["!quiet --chat ops 22:00-07:00 --zone Europe/Berlin hold", "!send ops one", "!outbox"]).await;
    bot.pass(7 * HOUR + 29 * MINUTE).await;
    bot.say("ann", "!echo 06:59 in Berlin").await;
    bot.pass(MINUTE).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !quiet --chat ops 22:00-07:00 --zone Europe/Berlin hold
    bot     > console:ops: Quiet hours: 22:00-07:00 (Europe/Berlin). Urgent notices come without a sound, the others at 07:00, in their order; only the first of them makes a sound.
    ann     > !send ops one
    ann     > !outbox
    bot     > #1 2027-03-27 21:30:00Z mail to console:ops waiting, next 2027-03-28 05:00:00Z: held by the quiet hours of the chat
    ann     > !echo 06:59 in Berlin
    bot     > 06:59 in Berlin
    bot@ops > one
    ");
}

#[tokio::test]
async fn what_are_no_quiet_hours() {
    let bot = bot().await;
    let lines = [
        "!quiet night",
        "!quiet 22:00-22:00",
        "!quiet 22:00-07:00 --zone Europe/Nowhere",
        "!quiet 22:00-07:00 holt",
        "!quiet --zone Europe/Berlin",
        "!quiet off",
    ];
    say_all(&bot, &lines).await;
    bot.say("eve", "!quiet 22:00-07:00").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !quiet night
    bot     > night is no hours of a day: they are like 22:00-07:00.
    ann     > !quiet 22:00-22:00
    bot     > 22:00-22:00 is no hours of a day: they are like 22:00-07:00.
    ann     > !quiet 22:00-07:00 --zone Europe/Nowhere
    bot     > I know no time zone Europe/Nowhere: one is like Europe/Berlin.
    ann     > !quiet 22:00-07:00 holt
    bot     > After the hours there may be the word hold, and not holt.
    ann     > !quiet --zone Europe/Berlin
    bot     > Europe/Berlin is no hours of a day: they are like 22:00-07:00.
    ann     > !quiet off
    bot     > There are no quiet hours. !quiet 22:00-07:00 --zone Europe/Berlin would set some.
    eve     > !quiet 22:00-07:00
    bot     > !quiet is for admins. !whoami shows who you are to me.
    ");
}

#[tokio::test]
async fn a_russian_chat_is_told_in_russian() {
    let bot = bot_with("language = \"ru\"").await;
    say_all(&bot, &["!silence nightly 30m обед", "!send lobby nightly one", "!silence", "!outbox list silenced"]).await;
    say_all(&bot, &["!silence end 1", "!silence end 1", "!silence nightly", "!quiet 22:00-07:00 hold", "!quiet off"])
        .await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence nightly 30m обед
    bot     > Тишина #1: уведомления, в которых есть nightly, не приходят в этот чат до 2026-11-20 10:30:00Z. Отменить раньше: !silence end 1.
    ann     > !send lobby nightly one
    ann     > !silence
    bot     > #1 console:lobby nightly до 2026-11-20 10:30:00Z, включил console:ann, не отправлено 1 уведомление: обед
    ann     > !outbox list silenced
    bot     > #1 2026-11-20 10:00:00Z mail в console:lobby не отправлено: тишина: silenced by #1
    ann     > !silence end 1
    bot     > Тишина #1 (nightly) закончилась: не отправлено 1 уведомление. Посмотреть их: !outbox list silenced #1; отправить по номерам: !outbox retry.
    ann     > !silence end 1
    bot     > Тишины #1 сейчас нет; какие есть, показывает !silence.
    ann     > !silence nightly
    bot     > На какое время? Напишите его после слов, например: !silence nightly 2h.
    ann     > !quiet 22:00-07:00 hold
    bot     > Тихие часы: 22:00-07:00 (UTC). Срочные уведомления приходят без звука, остальные — в 07:00, по порядку; звучит только первое из них.
    ann     > !quiet off
    bot     > Тихих часов больше нет; то, что ждало их конца, отправляется сейчас.
    ");
}

#[tokio::test]
async fn requests_and_incidents_as_tables() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    bot.say("ann", "!requests --table").await;
    let path = "/letters?branch=main&token=c4nary&secret=c4nary&password=c4nary&api_key=c4nary";
    let json = r#"{"name":"o/r","tags":["a","b"],"size":1.50}"#;
    bot.call("ann", Method::POST, path, |it| {
        it.basic_auth("ann", Some("c4nary")).header("x-stamp-token", "s3cret").body(json)
    })
    .await;
    bot.call("eve", Method::POST, "/letters", |it| it.basic_auth("eve", Some("c4nary")).body("x")).await;
    bot.call("bob", Method::GET, "/letters?who=bob", |it| it.basic_auth("c4nary", None::<&str>)).await;
    bot.call("bob", Method::GET, "/nothing", |it| it).await;
    bot.say("eve", "!requests").await;
    bot.transcript();
    for line in ["!requests --table", "!incidents --table", "!requests show --format 1"] {
        bot.say("ann", line).await;
    }
    let seen = bot.transcript().replace(&bot.host().http().to_string(), "HOST");
    assert!(!seen.contains("c4nary"), "{seen}");
    insta::assert_snapshot!(seen, @r#"
    ann     > !requests --table
    bot     > Received              Messages  User  Remote Address  Method  Details  URI       Query String
              2026-11-20 10:00:00Z  0               127.0.0.1       GET     #3 200   /letters  who=bob
              2026-11-20 10:00:00Z  0         eve   127.0.0.1       POST    #2 401   /letters
              2026-11-20 10:00:00Z  1         ann   127.0.0.1       POST    #1 204   /letters  branch=main&token=***&secret=***&password=***&api_key=***
    ann     > !incidents --table
    bot     > User         Remote Address  Timestamp             Error
              console:eve                  2026-11-20T10:00:00Z  denied command: in console:lobby
                           127.0.0.1       2026-11-20T10:00:00Z  not found: there is no such hook (GET)
              eve          127.0.0.1       2026-11-20T10:00:00Z  no proof: there is no X-Stamp-Token
    ann     > !requests show --format 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 204 accepted: a letter
              user: ann
              query: branch=main token=*** secret=*** password=*** api_key=***
              authorization: Basic ann:***
              x-stamp-token: ***
              accept: */*
              user-agent: factotum/0.1.0
              host: HOST
              content-length: 43
              {
                "name": "o/r",
                "tags": [
                  "a",
                  "b"
                ],
                "size": 1.50
              }
              notice #1 to console:ops sent after 1 try
              • 2026-11-20 10:00:00Z posted: m2 (took 0 ms)
    "#);
    for n in 0..16 {
        bot.call("bob", Method::GET, &format!("/letters?who={n}"), |it| it).await;
    }
    bot.transcript();
    bot.say("ann", "!requests --table letters").await;
    let last = bot.transcript();
    assert!(last.trim_end().ends_with("Older ones: !requests --table letters before 5"), "{last}");
}

#[tokio::test]
async fn what_is_wrong_with_a_time_is_said_and_nothing_grows_without_end() {
    let bot = bot().await;
    let lines = ["!silence nightly 2y", "!silence nightly 0h", "!silence nightly 2ч", "!silence nightly 365d"];
    say_all(&bot, &lines).await;
    bot.say("ann", &format!("!silence {} 2h", "{a,b}".repeat(1000))).await;
    bot.say("ann", &format!("!silence x 2h {}", "why ".repeat(1000))).await;
    let said = bot.transcript();
    let said: Vec<&str> = said.lines().filter(|line| line.starts_with("bot")).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    bot     > 2y is no time that I know: one is like 30m, 2h, 1d or 1w.
    bot     > 0h is no time that I know: one is like 30m, 2h, 1d or 1w.
    bot     > 2ч is no time that I know: one is like 30m, 2h, 1d or 1w.
    bot     > A silence lasts 30 d at most.
    bot     > A silence takes 300 characters of words at most, and as many of a reason.
    bot     > A silence takes 300 characters of words at most, and as many of a reason.
    ");
    for _ in 0..100 {
        bot.say("ann", "!silence --chat ops x 2H").await;
    }
    bot.transcript();
    say_all(&bot, &["!silence --chat ops x 2h", "!silence --chat dev x 2h", "!silence end 7"]).await;
    say_all(&bot, &["!silence --chat ops y 2h"]).await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !silence --chat ops x 2h
    bot     > console:ops has 100 silences, which is the most; !silence end with a number ends one.
    ann     > !silence --chat dev x 2h
    bot     > Silence #101: notices with x stay out of console:dev until 2026-11-20 12:00:00Z. !silence end 101 ends it before.
    ann     > !silence end 7
    bot     > Silence #7 (x) is over: it kept nothing out.
    ann     > !silence --chat ops y 2h
    bot     > Silence #102: notices with y stay out of console:ops until 2026-11-20 12:00:00Z. !silence end 102 ends it before.
    ");
}

#[tokio::test]
async fn the_status_and_the_metrics_know_of_silences() {
    let bot = bot().await;
    bot.say("ann", "!status").await;
    assert!(!bot.transcript().contains("silence"));
    say_all(&bot, &["!silence --chat ops * 2h", "!silence --chat dev one 2h", "!silence two 2h"]).await;
    bot.transcript();
    let line = |said: String| said.lines().filter(|line| line.contains("silence")).collect::<Vec<_>>().join("\n");
    let mut said = vec![];
    bot.say_privately("ann", "!status").await;
    said.push(line(bot.transcript()));
    bot.say("ann", "!status").await;
    said.push(line(bot.transcript()));
    bot.say_in("dev", "eve", "!status").await;
    said.push(line(bot.transcript()));
    bot.say_in("gone", "eve", "!status").await;
    said.push(line(bot.transcript()));
    insta::assert_snapshot!(said.join("\n"), @"
    3 silences now, see !silence
    1 silence now, see !silence
    1 silence now
    ");
    say_all(&bot, &["!send ops one", "!send ops two", "!send dev one", "!send dev two", "!outbox retry 1"]).await;
    let page = bot.call("prom", Method::GET, "/metrics", |it| it).await.body;
    let page = String::from_utf8(page.to_vec()).unwrap();
    let of_mail = |line: &&str| line.starts_with("factotum_notices_total{plugin=\"mail\"");
    let mut counted: Vec<&str> = page.lines().filter(of_mail).collect();
    counted.sort_unstable();
    insta::assert_snapshot!(counted.join("\n"), @r#"
    factotum_notices_total{plugin="mail",outcome="dead"} 0
    factotum_notices_total{plugin="mail",outcome="edited"} 0
    factotum_notices_total{plugin="mail",outcome="enqueued"} 4
    factotum_notices_total{plugin="mail",outcome="posted"} 2
    factotum_notices_total{plugin="mail",outcome="replaced"} 0
    factotum_notices_total{plugin="mail",outcome="silenced"} 3
    "#);
}

#[tokio::test]
async fn the_end_of_a_silence_rings_no_phone_in_quiet_hours() {
    let bot = bot_with("admin_chat = \"console:ops\"\n[outbox]\njitter = 0.0").await;
    say_all(&bot, &["!quiet --chat ops 10:00-12:00 hold", "!silence --chat ops * 1h", "!send --loud ops one"]).await;
    bot.clock().advance(HOUR);
    bot.posted("is over").await;
    bot.script().fail_next_in("gone", factotum_testing::Trouble::Permanent("chat not found"));
    bot.say("ann", "!send gone one").await;
    bot.posted("chat not found").await;
    insta::assert_snapshot!(bot.transcript(), @"
    ann     > !quiet --chat ops 10:00-12:00 hold
    bot     > console:ops: Quiet hours: 10:00-12:00 (UTC). Urgent notices come without a sound, the others at 12:00, in their order; only the first of them makes a sound.
    ann     > !silence --chat ops * 1h
    bot     > Silence #1: notices with * stay out of console:ops until 2026-11-20 11:00:00Z. !silence end 1 ends it before.
    ann     > !send --loud ops one
    bot@ops > (silent) Silence #1 (*) is over: 1 notice was not posted. !outbox list silenced #1 shows them, !outbox retry with their numbers posts them.
    ann     > !send gone one
    bot@ops > (silent) [host] A notice did not reach console:gone: chat not found. !outbox retry 3 tries again.
    ");
}

#[tokio::test]
async fn requests_are_found_by_what_the_table_shows_and_show_no_rows_of_a_stranger() {
    let bot = Bot::with::<Post>().admin("ann").start().await;
    let query = "/letters?a=1%0A%2399+accepted%26b%3D2&c=%E2%80%A8%23100";
    bot.call("eve", Method::POST, query, |it| it.basic_auth("eve", Some("guess")).body("x")).await;
    bot.call("bob", Method::GET, "/letters", |it| it).await;
    let lines = [
        "!requests eve",
        "!requests --table eve",
        "!requests get",
        "!incidents eve",
        "!requests guess",
        "!requests show 1",
    ];
    say_all(&bot, &lines).await;
    insta::assert_snapshot!(bot.transcript().replace(&bot.host().http().to_string(), "HOST"), @"
    eve     > POST /letters?a=1%0A%2399+accepted%26b%3D2&c=%E2%80%A8%23100 401
    bob     > GET /letters 200: no letters for stranger
    ann     > !requests eve
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 401 refused: there is no X-Stamp-Token
    ann     > !requests --table eve
    bot     > Received              Messages  User  Remote Address  Method  Details  URI       Query String
              2026-11-20 10:00:00Z  0         eve   127.0.0.1       POST    #1 401   /letters  a=1 #99 accepted%26b=2&c=�#100
    ann     > !requests get
    bot     > #2 2026-11-20 10:00:00Z GET /letters from 127.0.0.1: 200 accepted
    ann     > !incidents eve
    bot     > #1 2026-11-20 10:00:00Z no proof from 127.0.0.1 at /letters: there is no X-Stamp-Token (!requests show 1)
    ann     > !requests guess
    bot     > Nothing like that.
    ann     > !requests show 1
    bot     > #1 2026-11-20 10:00:00Z POST /letters from 127.0.0.1: 401 refused: there is no X-Stamp-Token
              user: eve
              query: a=1 #99 accepted&b=2 c= #100
              authorization: Basic eve:***
              accept: */*
              user-agent: factotum/0.1.0
              host: HOST
              content-length: 1
              The body was not kept, since its proof did not hold.
              It led to no notice.
    ");
}
