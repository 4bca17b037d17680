//! Questions on Telegram: who answers them, how, and what becomes of their buttons.
use super::place::{ANN, BOB, BUILDS, FORUM, GROUP, Place, notice, secs};
use factotum_plugin_api::prelude::*;

#[tokio::test]
async fn what_is_missing_is_asked_and_answered_by_a_button() {
    let place = Place::new().await;
    place.say(ANN, ANN, "!paint hall").await;
    place.press(ANN, ANN, "blue").await;
    // Typed in the place of a press: the buttons go as well.
    place.say(ANN, ANN, "!paint hall").await;
    place.say(ANN, ANN, "RED").await;
    place.say(GROUP, BOB, "!paint shed").await;
    place.press(GROUP, BOB, "red").await;
    insta::assert_snapshot!(place.transcript(), @"
    ann     > !paint hall
    bot@ann > Its colour? (<code>!nay</code> leaves)
              [red] [blue]
    ann     > [blue]
    bot answers ann >
    bot@ann edits 2 > Its colour? (<code>!nay</code> leaves)
              → <b>blue</b>
    bot@ann > hall is Blue.
    ann     > !paint hall
    bot@ann > Its colour? (<code>!nay</code> leaves)
              [red] [blue]
    ann     > RED
    bot@ann edits 5 > Its colour? (<code>!nay</code> leaves)
              → <b>red</b>
    bot@ann > hall is Red.
    bob@-1001234 > !paint shed
    bot@-1001234 (reply to 1) > Its colour? (<code>!nay</code> leaves)
              [red] [blue]
    bob@-1001234 > [red]
    bot answers bob >
    bot@-1001234 edits 2 > Its colour? (<code>!nay</code> leaves)
              → <b>red</b>
    bot@-1001234 > shed is Red.
    ");
    let left = |chat| place.telegram.messages(chat).into_iter().filter(|message| !message.buttons.is_empty()).count();
    assert_eq!((left(ANN), left(GROUP)), (0, 0), "nothing is left to press");
}

#[tokio::test]
async fn in_a_group_a_typed_answer_is_asked_for_as_a_reply() {
    let place = Place::new().await;
    place.say(GROUP, BOB, "!paint").await;
    let question = place.telegram.messages(GROUP).last().unwrap().id;
    // What others say is talk.
    place.say(GROUP, ANN, "the hall!").await;
    place.bot.pass(secs(1)).await;
    place.telegram.reply(GROUP, BOB, question, "shed");
    place.heard().await;
    place.press(GROUP, BOB, "red").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1001234 > !paint
    bot@-1001234 (reply to 1) (asks) > Wall to paint? (<code>!nay</code> leaves)
    ann@-1001234 > the hall!
    bob@-1001234 (reply to 2) > shed
    bot@-1001234 (reply to 1) > Its colour?
              [red] [blue]
    bob@-1001234 > [red]
    bot answers bob >
    bot@-1001234 edits 5 > Its colour?
              → <b>red</b>
    bot@-1001234 > shed is Red.
    ");
}

#[tokio::test]
async fn in_a_topic_everything_stays_in_the_topic() {
    let place = Place::new().await;
    place.telegram.say_in_topic(FORUM, BUILDS, BOB, "!paint");
    place.heard().await;
    place.telegram.say_in_topic(FORUM, BUILDS, BOB, "shed");
    place.heard().await;
    place.press(FORUM, BOB, "red").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1005678/42 > !paint
    bot@-1005678/42 (reply to 43) (asks) > Wall to paint? (<code>!nay</code> leaves)
    bob@-1005678/42 > shed
    bot@-1005678/42 (reply to 43) > Its colour?
              [red] [blue]
    bob@-1005678/42 > [red]
    bot answers bob >
    bot@-1005678/42 edits 46 > Its colour?
              → <b>red</b>
    bot@-1005678/42 > shed is Red.
    ");
}

#[tokio::test]
async fn only_who_was_asked_can_answer() {
    let place = Place::new().await;
    place.say(GROUP, BOB, "!paint shed").await;
    place.press(GROUP, ANN, "red").await;
    // Telegram takes no answer to a press that is old: it is posted.
    place.bot.pass(secs(20)).await;
    place.telegram.hold("answerCallbackQuery");
    place.telegram.press(GROUP, ANN, "red");
    place.telegram.wait_for_calls("answerCallbackQuery", 2).await;
    place.telegram.expire_presses();
    place.telegram.release();
    place.heard().await;
    place.press(GROUP, BOB, "blue").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1001234 > !paint shed
    bot@-1001234 (reply to 1) > Its colour? (<code>!nay</code> leaves)
              [red] [blue]
    ann@-1001234 > [red]
    bot alerts ann > This question is for bob.
    ann@-1001234 > [red]
    bot@-1001234 > This question is for <b>bob</b>.
    bob@-1001234 > [blue]
    bot answers bob >
    bot@-1001234 edits 2 > Its colour? (<code>!nay</code> leaves)
              → <b>blue</b>
    bot@-1001234 > shed is Blue.
    ");
}

#[tokio::test]
async fn a_question_is_left_or_too_late_and_its_buttons_go() {
    let place = Place::new().await;
    place.say(GROUP, BOB, "!paint shed").await;
    let question = place.telegram.messages(GROUP).last().unwrap().clone();
    let data = question.json["reply_markup"]["inline_keyboard"][0][0]["callback_data"].as_str().unwrap().to_owned();
    place.say(GROUP, BOB, "/nay").await;
    place.say(GROUP, BOB, "!strip shed").await;
    place.bot.pass(secs(61)).await;
    place.telegram.wait_for("Too late").await;
    // A client that shows an old state still has the button.
    place.telegram.press_data(GROUP, BOB, question.id, &data, "red");
    place.heard().await;
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1001234 > !paint shed
    bot@-1001234 (reply to 1) > Its colour? (<code>!nay</code> leaves)
              [red] [blue]
    bob@-1001234 > /nay
    bot@-1001234 > Never mind.
    bot@-1001234 edits 2 > Its colour? (<code>!nay</code> leaves)
    bob@-1001234 > !strip shed
    bot@-1001234 (reply to 5) > Really run <code>!strip shed</code>?
              [yes] [no]
    bot@-1001234 edits 6 > Really run <code>!strip shed</code>?
    bot@-1001234 > Too late: nothing was done.
    bob@-1001234 > [red]
    bot alerts bob > This question is no longer open.
    ");
}

#[tokio::test]
async fn a_command_that_cannot_be_undone_asks_first() {
    let place = Place::new().await;
    for answer in ["yes", "no"] {
        place.say(GROUP, BOB, "!strip shed").await;
        place.press(GROUP, BOB, answer).await;
    }
    insta::assert_snapshot!(place.transcript(), @"
    bob@-1001234 > !strip shed
    bot@-1001234 (reply to 1) > Really run <code>!strip shed</code>?
              [yes] [no]
    bob@-1001234 > [yes]
    bot answers bob >
    bot@-1001234 edits 2 > Really run <code>!strip shed</code>?
              → <b>yes</b>
    bot@-1001234 > shed is bare.
    bob@-1001234 > !strip shed
    bot@-1001234 (reply to 4) > Really run <code>!strip shed</code>?
              [yes] [no]
    bob@-1001234 > [no]
    bot answers bob >
    bot@-1001234 edits 5 > Really run <code>!strip shed</code>?
              → <b>no</b>
    bot@-1001234 > Nothing was done.
    ");
}

#[tokio::test]
async fn buttons_that_cannot_be_taken_away_hold_up_nothing() {
    let place = Place::new().await;
    place.say(BOB, BOB, "!strip shed").await;
    place.telegram.hold("editMessageText");
    place.bot.pass(secs(20)).await;
    place.telegram.press(BOB, BOB, "yes");
    place.telegram.wait_for_calls("editMessageText", 1).await;
    place.bot.clock().advance(secs(5));
    place.heard().await;
    // The buttons that stayed are dead, and go when they are pressed.
    place.press(BOB, BOB, "yes").await;
    insta::assert_snapshot!(place.transcript(), @"
    bob     > !strip shed
    bot@bob > Really run <code>!strip shed</code>?
              [yes] [no]
    bob     > [yes]
    bot answers bob >
    bot@bob > shed is bare.
    bob     > [yes]
    bot@bob edits 2 > Really run <code>!strip shed</code>?
    bot alerts bob > This question is no longer open.
    ");
}

#[tokio::test]
async fn who_pressed_a_button_in_a_group_is_named_in_what_is_to_be_typed() {
    let place = Place::new().await;
    place.telegram.user(BOB, "Bob <b>");
    place.post(&[notice(GROUP, "Look:").row([Button::new("Paint", "!paint")])]).await;
    place.press(GROUP, BOB, "Paint").await;
    let question = place.telegram.messages(GROUP).last().unwrap().id;
    place.telegram.reply(GROUP, BOB, question, "shed");
    place.heard().await;
    place.press(GROUP, BOB, "red").await;
    // In private nobody else could be meant.
    place.post(&[notice(ANN, "Look:").row([Button::new("Paint", "!paint")])]).await;
    place.press(ANN, ANN, "Paint").await;
    insta::assert_snapshot!(place.transcript(), @r#"
    bot@-1001234 > Look:
              [Paint]
    bob <b>@-1001234 > [Paint]
    bot answers bob <b> >
    bot@-1001234 (asks) > <a href="tg://user?id=222">Bob &lt;b&gt;</a>: Wall to paint? (<code>!nay</code> leaves)
    bob <b>@-1001234 (reply to 2) > shed
    bot@-1001234 > Its colour?
              [red] [blue]
    bob <b>@-1001234 > [red]
    bot answers bob <b> >
    bot@-1001234 edits 4 > Its colour?
              → <b>red</b>
    bot@-1001234 > shed is Red.
    bot@ann > Look:
              [Paint]
    ann     > [Paint]
    bot answers ann >
    bot@ann > Wall to paint? (<code>!nay</code> leaves)
    "#);
}

#[tokio::test]
async fn a_button_that_nobody_knows_is_answered_and_goes() {
    let place = Place::new().await;
    place.post(&[notice(GROUP, "Look:").row([Button::new("Routes", "!nosuchcommand")])]).await;
    place.press(GROUP, BOB, "Routes").await;
    let message = place.telegram.messages(GROUP)[0].id;
    for data in ["action:nosuchtoken1", "answer:nosuchtoken1:1"] {
        place.bot.pass(secs(20)).await;
        place.telegram.press_data(GROUP, BOB, message, data, "Old");
        place.heard().await;
    }
    assert_eq!(place.telegram.messages(GROUP)[0].buttons.len(), 0);
    insta::assert_snapshot!(place.transcript(), @"
    bot@-1001234 > Look:
              [Routes]
    bob@-1001234 > [Routes]
    bot answers bob >
    bot@-1001234 > There is no command <code>!nosuchcommand</code>. Try <code>!help</code>.
    bob@-1001234 > [Old]
    bot@-1001234 edits 1 > Look:
    bot alerts bob > I no longer know what this button stands for; please type the command.
    bob@-1001234 > [Old]
    bot alerts bob > This question is no longer open.
    ");
}
