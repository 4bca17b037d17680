//! What is said of notices: those that wait and those that were given up.
use super::*;
use crate::journal::NoticeState;

/// What `!outbox list` lists, for [`nothing_found`].
pub fn notices_that_are(state: Option<NoticeState>) -> String {
    say("notices-that-are").choice("state", state.map_or("any", NoticeState::as_str)).to_string()
}
/// The word for how a notice stands; the filters of `!outbox list` have their own.
pub fn notice_state(state: NoticeState) -> String {
    say("notice-state").choice("state", state.as_str()).to_string()
}
/// How a notice stands: `waiting after 2 tries, next …: no answer`.
pub fn standing(state: Text, tries: u64, next: Option<String>, error: Option<&str>) -> Text {
    let text = say("standing").with("state", state).with("tries", tries).into();
    let text = match next {
        Some(next) => text + say("standing-next").with("next", next),
        None => text,
    };
    match error {
        Some(error) => text + ": " + error,
        None => text,
    }
}
/// A notice in a list.
pub fn notice_line(id: u64, at: &str, plugin: &str, chat: &str, standing: Text) -> Text {
    let text = say("notice-line").with("id", bold(format!("#{id}"))).with("at", at).with("plugin", plugin);
    text.with("chat", code(chat)).with("standing", standing).into()
}
/// A word that is no number of a notice; `list` is the command that shows them.
pub fn notices_by_number(list: &str) -> String {
    say("notices-by-number").with("list", list).to_string()
}
/// `all` where there are no dead letters.
pub fn no_dead_letters() -> String {
    say("no-dead-letters").to_string()
}
/// `before` without the number of a row.
pub fn before_a_number(word: &str) -> String {
    say("before-a-number").with("word", word).to_string()
}
/// Notices were put back into the queue; those with the numbers `missing` are neither
/// waiting nor dead letters.
pub fn tried_again(count: usize, missing: &[String]) -> Text {
    outbox_changed(say("tried-again"), count, missing)
}
/// As [`tried_again`], of notices that were taken out of the queue.
pub fn dropped(count: usize, missing: &[String]) -> Text {
    outbox_changed(say("dropped"), count, missing)
}
fn outbox_changed(done: Phrase, count: usize, missing: &[String]) -> Text {
    let done = if count == 0 { Text::default() } else { done.with("count", count).into() };
    match missing {
        [] => done,
        missing => {
            let gap = if count == 0 { "" } else { " " };
            done + gap + say("no-such-notice").with("numbers", or(missing))
        }
    }
}

/// Notices are not tried again, since later ones about the same were sent or wait.
pub fn notices_left_out(ids: &[u64]) -> Text {
    let ids: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
    say("notices-left-out").with("notices", ids.join(", ")).into()
}
/// A notice was given up.
pub fn dead_letter(chat: &str, reason: &str, id: u64) -> Text {
    let text = say("dead-letter").with("chat", code(chat)).with("reason", scrub(reason).into_owned());
    text.with("retry", text::command(format!("outbox retry {id}"))).into()
}
