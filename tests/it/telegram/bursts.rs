//! A burst of builds in a group on Telegram, which takes 5 messages in 20 seconds.
use super::place::{GROUP, Place, notice, secs};
use factotum_plugin_api::{
    notice::Good,
    prelude::*,
    text::{State, state},
};

fn build(n: usize) -> Notice {
    let text = bold("o/r") + format!(" #{n} ") + state(State::Good, "passed") + ": " + "x".repeat(60);
    notice(GROUP, text + " " + link("log", format!("https://ci/{n}"))).about(format!("b{n}")).good(Good::Passed)
}

#[tokio::test]
async fn a_burst_is_few_messages_that_fit_and_keep_their_links() {
    let place = Place::new().await;
    let builds: Vec<Notice> = (1..=100).map(build).collect();
    place.post(&builds).await;
    place.bot.pass(secs(20)).await;
    let texts = place.texts(GROUP);
    let (alone, groups): (Vec<&String>, Vec<&String>) = texts.iter().partition(|text| !text.contains("builds passed"));
    assert_eq!((alone.len(), groups.len()), (3, 1), "{texts:#?}");
    let group = groups[0];
    assert!(group.encode_utf16().count() <= 4096);
    let lines: Vec<&str> = group.lines().collect();
    assert_eq!(lines[0], "97 builds passed");
    assert!(lines[1].starts_with("o/r #4 ✅ passed: xxx") && lines[1].ends_with(" log"), "{}", lines[1]);
    let left_out = 97 - (lines.len() - 2);
    assert_eq!(*lines.last().unwrap(), format!("… and {left_out} more: !outbox list sent"));
    assert!(lines.len() > 30);
    let transcript = place.transcript();
    assert!(transcript.contains("<a href=\"https://ci/4\">log</a>"), "{transcript}");
}
