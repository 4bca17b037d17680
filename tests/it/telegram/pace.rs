//! How fast the bot speaks, and what it does when Telegram wants it slower, is away, or
//! does not answer.
use super::place::{ANN, BUILDS, FORUM, GROUP, Place, notice, secs};
use factotum_plugin_api::prelude::*;
use factotum_testing::telegram::Fault;

/// The texts of a chat without the mark of a possible duplicate, and how many had it.
fn unmarked(texts: Vec<String>) -> (Vec<String>, usize) {
    let marked = texts.iter().filter(|text| text.starts_with("(possible duplicate) ")).count();
    (texts.iter().map(|text| text.replace("(possible duplicate) ", "")).collect(), marked)
}

/// So many notices to each chat, one chat after the other.
fn many(chats: &[i64], each: usize) -> Vec<Notice> {
    (0..each).flat_map(|n| chats.iter().map(move |chat| notice(chat, n.to_string()))).collect()
}
fn numbers(each: usize) -> Vec<String> {
    (0..each).map(|n| n.to_string()).collect()
}

#[tokio::test]
async fn no_chat_no_group_and_no_second_gets_too_much() {
    let place = Place::new().await;
    let people: Vec<i64> = (1000..1040).map(|id| place.person(id)).collect();
    place.post(&many(&[ANN, GROUP], 70)).await;
    place.post(&many(&people, 2)).await;
    let mut counts = vec![];
    for _ in 0..61 {
        let people = people.iter().map(|id| place.texts(*id).len()).sum::<usize>();
        counts.push([place.texts(ANN).len(), place.texts(GROUP).len(), people]);
        place.bot.pass(secs(1)).await;
    }
    let [mut alone, mut group, mut overall] = [0; 3];
    for (second, now) in counts.iter().enumerate() {
        let before = second.checked_sub(1).map_or([0; 3], |before| counts[before]);
        alone = alone.max(now[0] - before[0]);
        overall = overall.max(now.iter().sum::<usize>() - before.iter().sum::<usize>());
        group = group.max(now[1]);
    }
    // Short bursts, and else Telegram's limits: 1 a second in a chat, 20 a minute in a
    // group, 30 a second overall. A chat that waited for the others may say one more.
    assert!(alone <= 4 && group == 20 && overall <= 30, "{alone} {group} {overall}");
    let all = counts[60];
    assert!((60..=63).contains(&all[0]) && all[2] == 80, "{all:?}");
    place.drain().await;
    for chat in [ANN, GROUP] {
        assert_eq!(place.texts(chat), numbers(70));
    }
}

#[tokio::test]
async fn a_chat_that_wants_a_pause_has_it_to_the_second_with_all_its_topics() {
    let place = Place::new().await;
    place.telegram.flood(FORUM, 7);
    let topic = format!("{FORUM}/{BUILDS}");
    place.post(&[notice(&topic, "one"), notice(&topic, "two")]).await;
    let calls = place.telegram.count("sendMessage");
    place.post(&[notice(FORUM, "in General"), notice(ANN, "elsewhere")]).await;
    assert_eq!(place.telegram.count("sendMessage"), calls + 1, "only ann's");
    place.telegram.heal();
    place.bot.pass(Duration::from_millis(6999)).await;
    assert_eq!(place.transcript(), "bot@ann > elsewhere\n");
    place.bot.pass(Duration::from_millis(1)).await;
    let mut said: Vec<String> = place.transcript().lines().map(str::to_owned).collect();
    said.sort();
    let expected = ["bot@-1005678 > in General", "bot@-1005678/42 > one", "bot@-1005678/42 > two"];
    assert_eq!(said, expected);
    let texts = place.texts(FORUM);
    let at = |text: &str| texts.iter().position(|found| found == text);
    assert!(at("one") < at("two"), "{texts:?}");
}

#[tokio::test]
async fn a_storm_of_pauses_loses_nothing_and_keeps_the_order() {
    let place = Place::new().await;
    for (chat, pause) in [(ANN, 3), (GROUP, 11), (FORUM, 5)] {
        place.telegram.flood_times(chat, pause, 6);
    }
    let chats = [ANN, GROUP, FORUM];
    place.post(&many(&chats, 10)).await;
    place.drain().await;
    for chat in [ANN, GROUP] {
        assert_eq!(unmarked(place.texts(chat)), (numbers(10), 0), "{chat}");
    }
    assert_eq!(place.said(FORUM), numbers(10).join("\n"));
}

#[tokio::test]
async fn what_waits_while_the_network_is_down_comes_once_and_in_order() {
    let place = Place::new().await;
    let mut chats: Vec<i64> = (1000..1023).map(|id| place.person(id)).collect();
    chats.extend([GROUP, -100_777]);
    place.telegram.supergroup(-100_777, "Ops");
    place.down().await;
    place.post(&many(&chats, 20)).await;
    for _ in 0..60 {
        place.bot.pass(secs(1)).await;
    }
    assert_eq!(place.transcript(), "");
    place.telegram.up();
    place.drain().await;
    for chat in chats {
        // Nothing had left: no doubt about any of them.
        assert_eq!(unmarked(place.texts(chat)), (numbers(20), 0), "{chat}");
    }
    assert!(place.bot.host().shared.journal.waiting_chats().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_got_no_answer_is_marked_when_it_comes_again() {
    let place = Place::new().await;
    place.telegram.next("sendMessage", Fault::Unanswered);
    place.post(&[notice(ANN, bold("one")), notice(ANN, "two")]).await;
    place.drain().await;
    // An edit that is made twice is the same edit.
    place.bot.pass(secs(9)).await;
    place.post(&[notice(ANN, "pending").about("build")]).await;
    place.telegram.next("editMessageText", Fault::Unanswered);
    place.post(&[notice(ANN, "passed").about("build")]).await;
    place.drain().await;
    insta::assert_snapshot!(place.transcript(), @"
    bot@ann > <b>one</b>
    bot@ann > (possible duplicate) <b>one</b>
    bot@ann > two
    bot@ann > pending
    bot@ann edits 4 > passed
    ");
}

#[tokio::test]
async fn a_group_that_moved_gets_its_notices_in_the_new_place() {
    let mut place = Place::new().await;
    place.telegram.group(-77, "Team");
    place.post(&[notice(-77, "pending").about("build")]).await;
    // The bot does not hear of it before it posts.
    place.telegram.fail_always("getUpdates", 500, "Internal Server Error", None);
    let new = place.telegram.upgrade(-77);
    place.post(&[notice(-77, "passed").about("build"), notice(-77, "two")]).await;
    place.bot.restart().await;
    place.telegram.calls();
    place.send(-77, "three").await;
    let (method, params) = place.telegram.calls().into_iter().find(|(method, _)| method == "sendMessage").unwrap();
    assert_eq!((method.as_str(), &params["chat_id"]), ("sendMessage", &new.into()), "at once");
    place.drain().await;
    insta::assert_snapshot!(place.transcript(), @"
    bot@-77 > pending
    admins@-77 > (upgrade to -1000000000077)
    bot@-1000000000077 > passed
    bot@-1000000000077 > two
    bot@-1000000000077 > three
    ");
}
