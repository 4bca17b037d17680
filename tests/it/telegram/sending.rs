//! What a notice or a reply is on Telegram: markup, parts, edits, topics, files, buttons.
use super::place::{ANN, BUILDS, FORUM, GROUP, Place, notice, secs};
use crate::travis::NO_KEYS;
use factotum_plugin_api::{
    prelude::*,
    text::{self, State, block, code, italic, list, state},
};
use factotum_testing::Bot;
use plugin_travishook::TravisHook;

/// How Telegram counts.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[tokio::test]
async fn values_are_shown_as_they_are() {
    let place = Place::new().await;
    let nasty = "<b>&amp; \"it's\" </pre> _*[x](y)`";
    let text = bold(nasty) + " " + italic("a < b") + " " + code(nasty) + " " + link("<log>", "https://ci/?a=1&b=\"2\"");
    let text = text + block(nasty) + list([state(State::Bad, "<failed>"), state(State::Good, "passed")]);
    place.send(GROUP, text).await;
    insta::assert_snapshot!(place.said(GROUP), @r#"
    <b>&amp; "it's" </pre> _*[x](y)` a < b <b>&amp; "it's" </pre> _*[x](y)` <log>
    <b>&amp; "it's" </pre> _*[x](y)`
    • ❌ <failed>
    • ✅ passed
    "#);
    insta::assert_snapshot!(place.transcript(), @r#"
    bot@-1001234 > <b>&lt;b&gt;&amp;amp; &quot;it&#39;s&quot; &lt;/pre&gt; _*[x](y)`</b> <i>a &lt; b</i> <code>&lt;b&gt;&amp;amp; &quot;it&#39;s&quot; &lt;/pre&gt; _*[x](y)`</code> <a href="https://ci/?a=1&amp;b=&quot;2&quot;">&lt;log&gt;</a>
              <pre>&lt;b&gt;&amp;amp; &quot;it&#39;s&quot; &lt;/pre&gt; _*[x](y)`</pre>
              • ❌ <b>&lt;failed&gt;</b>
              • ✅ <b>passed</b>
    "#);
}

#[tokio::test]
async fn markup_that_telegram_refuses_goes_without() {
    let place = Place::new().await;
    for _ in 0..2 {
        let why = "Bad Request: can't parse entities: Unsupported start tag \"moon\" at byte offset 3";
        place.telegram.fail_next("sendMessage", 400, why, None);
        place.send(GROUP, bold("o/r") + " failed: " + link("log", "https://ci/5")).await;
    }
    let why = "Bad Request: can't parse entities: Unclosed start tag";
    place.telegram.fail_next("editMessageText", 400, why, None);
    place.post(&[notice(ANN, bold("running")).about("o/r")]).await;
    place.post(&[notice(ANN, bold("done")).about("o/r")]).await;
    insta::assert_snapshot!(place.transcript(), @"
    bot@-1001234 > o/r failed: log (https://ci/5)
    bot@-1001234 > o/r failed: log (https://ci/5)
    bot@ann > <b>running</b>
    bot@ann edits 1 > done
    ");
}

#[tokio::test]
async fn what_is_too_long_comes_in_parts_with_the_buttons_on_the_last() {
    let place = Place::new().await;
    let rows = (0..120).map(|n| vec![format!("server {n}"), "<up> & \"well\"".into(), "since yesterday".into()]);
    let table = text::table(["Name", "State", "Since"], rows);
    let smiles = "😀".repeat(3000);
    // So many that the signs before them make it longer than a message may be.
    let states = Text::join(" ", (0..300).map(|_| state(State::Bad, "failed in main")));
    let fits = Text::from("x".repeat(4089)) + " " + state(State::Bad, "failed");
    for text in [table.clone(), bold(&smiles), states.clone(), fits] {
        place.post(&[notice(GROUP, text).row([Button::new("Again", "!again x")])]).await;
        place.bot.pass(secs(60)).await;
    }
    let messages = place.telegram.messages(GROUP);
    let shown: Vec<_> = messages.iter().map(|message| (units(&message.text), message.buttons.len())).collect();
    // Each but the last has room for the mark of a possible duplicate.
    let parts = [(4074, 0), (1117, 1), (4074, 0), (1926, 1), (4074, 0), (482, 1), (4096, 1)];
    assert_eq!(shown, parts);
    assert!(shown.iter().all(|(units, _)| *units <= 4096));
    let said = |range: std::ops::Range<usize>| -> String {
        let texts: Vec<_> = messages[range].iter().map(|message| message.text.as_str()).collect();
        texts.join("\n")
    };
    assert_eq!(said(0..2), table.plain().trim_end());
    assert_eq!(said(2..4).replace('\n', ""), smiles);
    assert_eq!(messages[6].text.matches("❌").count(), 0, "no room for the sign");
}

#[tokio::test]
async fn a_message_about_the_same_is_edited() {
    let place = Place::new().await;
    let about = |text: &str| notice(ANN, text).about("o/r#5");
    place.post(&[about("#5 pending").row([Button::new("Log", "!again log")])]).await;
    // The same text once more is no error.
    for text in ["#5 passed", "#5 passed"] {
        place.post(&[about(text)]).await;
    }
    // A bad result rings: a new message, and the old one goes.
    place.bot.pass(secs(9)).await;
    place.post(&[about("#5 failed").loud()]).await;
    // It was deleted by somebody: posted anew.
    place.telegram.fail_next("editMessageText", 400, "Bad Request: message to edit not found", None);
    place.post(&[about("#5 fixed")]).await;
    place.bot.pass(secs(9)).await;
    place.telegram.fail_next("editMessageText", 400, "Bad Request: message can't be edited", None);
    place.post(&[about("#5 canceled")]).await;
    insta::assert_snapshot!(place.transcript(), @"
    bot@ann > #5 pending
              [Log]
    bot@ann edits 1 > #5 passed
    bot@ann > #5 failed
    bot@ann deletes 1 > #5 passed
    bot@ann > #5 fixed
    bot@ann > #5 canceled
    ");
    assert!(place.bot.host().shared.journal.waiting_chats().await.unwrap().is_empty());
}

#[tokio::test]
async fn topics_silence_and_previews() {
    let place = Place::new().await;
    place.telegram.calls();
    place.send(format!("{FORUM}/{BUILDS}"), "in a topic").await;
    place.send(format!("{FORUM}/1"), "in General").await;
    place.bot.pass(secs(20)).await;
    place.post(&[notice(FORUM, "in its thread").in_thread("1")]).await;
    place.post(&[notice(FORUM, "in a thread").in_thread(BUILDS.to_string()).silent()]).await;
    let calls = place.telegram.calls();
    let sent: Vec<_> = calls.iter().filter(|(method, _)| method == "sendMessage").collect();
    assert!(sent.iter().all(|(_, call)| call["link_preview_options"]["is_disabled"] == true), "{sent:?}");
    assert_eq!(sent.len(), 4);
    insta::assert_snapshot!(place.transcript(), @"
    bot@-1005678/42 > in a topic
    bot@-1005678 > in General
    bot@-1005678 > in its thread
    bot@-1005678/42 (silent) > in a thread
    ");
}

#[tokio::test]
async fn what_is_for_a_topic_that_is_gone_goes_to_its_group() {
    let place = Place::new().await;
    place.telegram.delete_topic(FORUM, BUILDS);
    let to = format!("{FORUM}/{BUILDS}");
    place.send(&to, "one").await;
    place.send(&to, "two").await;
    place.telegram.topic(FORUM, 77, "Closed");
    place.telegram.fail_next("sendMessage", 400, "Bad Request: TOPIC_CLOSED", None);
    place.post(&[notice(FORUM, "three").in_thread("77")]).await;
    insta::assert_snapshot!(place.said(FORUM), @"
    one
    two
    three
    ");
    insta::assert_snapshot!(place.said(ANN), @"
    [chats.telegram] The topic telegram:-1005678/42 is gone: what is sent there goes to the group itself. Route it elsewhere.
    [chats.telegram] The topic telegram:-1005678/77 is gone: what is sent there goes to the group itself. Route it elsewhere.
    ");
}

#[tokio::test]
async fn a_travis_request_comes_in_the_topic_that_it_is_routed_to() {
    let place = Place::with(Bot::with::<TravisHook>().config(NO_KEYS)).await;
    place.say(ANN, ANN, &format!("!travis route o/r telegram:{FORUM}/{BUILDS} *")).await;
    place.telegram.say_in_topic(FORUM, BUILDS, ANN, "!travis route o/other here failed");
    place.heard().await;
    place.say(ANN, ANN, "!travis token o/r s3cret").await;
    let payload = |changes| crate::travis::failed(changes);
    let pending = crate::travis::pending(serde_json::json!({}));
    for payload in [pending, payload(serde_json::json!({ "status_message": "Passed" })), payload(serde_json::json!({}))]
    {
        place.bot.post("travis", place.bot.sample::<TravisHook>(&payload, Some("s3cret"))).await;
    }
    place.say(ANN, ANN, "!travis routes").await;
    insta::assert_snapshot!(place.transcript(), @r#"
    ann     > !travis route o/r telegram:-1005678/42 *
    bot@ann > Done. Relaying messages from o/r to telegram:-1005678/42 for events: *.
              Nothing is posted before its token is set, in a private chat: !travis token o/r TOKEN
    ann@-1005678/42 > !travis route o/other here failed
    bot@-1005678/42 > Done. Relaying messages from o/other to telegram:-1005678/42 for events: failed.
              Nothing is posted before its token is set, in a private chat: !travis token o/other TOKEN
    ann     > !travis token o/r s3cret
    bot@ann > Token set for o/r.
    bot@-1005678/42 > [Travis CI] <b>o/r</b> #5 ⏳ <b>pending</b>: branch main at <code>2eab9aaa</code>, &quot;Fix the parser&quot; by Ann <a href="https://ci/5">https://ci/5</a>
    bot@-1005678/42 edits 45 > [Travis CI] <b>o/r</b> #5 ✅ <b>passed</b>: branch main at <code>2eab9aaa</code>, &quot;Fix the parser&quot; by Ann (5m) <a href="https://ci/5">https://ci/5</a>
    bot@-1005678/42 > [Travis CI] <b>o/r</b> #5 ❌ <b>failed</b>: branch main at <code>2eab9aaa</code>, &quot;Fix the parser&quot; by Ann (5m) <a href="https://ci/5">https://ci/5</a>
    bot@-1005678/42 deletes 45 > [Travis CI] <b>o/r</b> #5 ✅ <b>passed</b>: branch main at <code>2eab9aaa</code>, &quot;Fix the parser&quot; by Ann (5m) <a href="https://ci/5">https://ci/5</a>
    ann     > !travis routes
    bot@ann > Routing <b>o/other</b> to:
              • telegram:-1005678/42 for events: failed
              Routing <b>o/r</b> to:
              • telegram:-1005678/42 for events: *
    "#);
}

#[tokio::test]
async fn files_have_their_text_as_caption_or_before_them() {
    let place = Place::new().await;
    for length in [0, 3, 1024, 1025] {
        place.say(ANN, ANN, &format!("!file {length}")).await;
        place.bot.pass(secs(10)).await;
    }
    let short = |message: &factotum_testing::telegram::Posted| {
        let file = message.json["document"]["file_name"].as_str().map(|name| format!(" ({name})")).unwrap_or_default();
        format!("{} letters{file} {:?}", message.text.chars().count(), message.buttons)
    };
    let by_bot = |place: &Place| {
        let messages = place.telegram.messages(ANN);
        messages.iter().filter(|message| message.author == "bot").map(short).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(by_bot(&place), @r#"
    0 letters (rules.txt) [["Again"]]
    3 letters (rules.txt) [["Again"]]
    1024 letters (rules.txt) [["Again"]]
    1025 letters []
    0 letters (rules.txt) [["Again"]]
    "#);
    // What is tried again is the file alone.
    place.telegram.fail_next("sendDocument", 500, "Internal Server Error", None);
    place.telegram.say(ANN, ANN, "!file 1500");
    place.telegram.wait_for("üü").await;
    place.telegram.wait_for_calls("sendDocument", 5).await;
    let again = async {
        while place.telegram.count("sendDocument") < 6 {
            place.bot.clock().advance(secs(1));
            tokio::task::yield_now().await;
        }
    };
    again.await;
    place.heard().await;
    assert_eq!(by_bot(&place).matches("1500 letters").count(), 1);
}

#[tokio::test]
async fn buttons_are_what_telegram_takes() {
    let place = Place::new().await;
    place.telegram.wait_for_calls("setMyCommands", 1).await;
    let long = "a label that is so long that no phone shows all of it, and then some more";
    let odd = [Button::new("", "!again one"), Button::new(" ", "!again two"), Button::new(long, "!again three")];
    let text = "Choose:";
    place.post(&[notice(ANN, text).row(odd).row([Button::new("nothing", "")]).row([])]).await;
    place.say(ANN, ANN, "!board 20").await;
    place.say(ANN, ANN, "!board 120").await;
    place.telegram.fail_next("sendMessage", 400, "Bad Request: REPLY_MARKUP_TOO_LONG", None);
    place.say(ANN, ANN, "!board 3").await;
    let messages = place.telegram.messages(ANN);
    let rows = messages.iter().filter(|message| message.author == "bot").map(|message| {
        let rows: Vec<_> = message.buttons.iter().map(Vec::len).collect();
        format!("{} {rows:?}", message.text)
    });
    insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @"
    Choose: [3]
    Choose: [8, 8, 4]
    Choose: [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 4]
    Choose: []
    ");
    insta::assert_snapshot!(messages[0].buttons[0].join(" | "), @"!again one | !again two | a label that is so long that no phone shows all of it, and then…");
    place.press(ANN, ANN, "!again two").await;
    assert!(place.transcript().ends_with("bot@ann > two\n"));
}

#[tokio::test]
async fn a_button_with_a_long_command_works_after_a_restart() {
    let mut place = Place::new().await;
    let words = "word ".repeat(40);
    let long = Button::new("Say it", format!("!again {}", words.trim()));
    place.post(&[notice(GROUP, "Shall I?").row([long])]).await;
    place.bot.restart().await;
    place.press(GROUP, ANN, "Say it").await;
    // Pressed in another chat, or never made: nothing is run.
    place.send(ANN, "Other").await;
    let other = place.telegram.messages(ANN)[0].id;
    place.telegram.press_data(ANN, ANN, other, "action:nosuchtoken1", "Old");
    place.heard().await;
    insta::assert_snapshot!(place.transcript().replace(words.trim(), "(40 words)"), @"
    bot@-1001234 > Shall I?
              [Say it]
    ann@-1001234 > [Say it]
    bot answers ann >
    bot@-1001234 > (40 words)
    bot@ann > Other
    ann     > [Old]
    bot alerts ann > I no longer know what this button stands for; please type the command.
    ");
}
