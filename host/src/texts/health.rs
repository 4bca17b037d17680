//! What is said while something cannot be written, and of a reload.
use super::*;

/// What a command wanted to keep could not be kept.
pub fn not_stored(unwell: &Unwell) -> Text {
    let text = say("not-stored").with("why", why(unwell)).choice("full", yes_no(unwell.is_full()));
    text.with("status", text::command("status")).into()
}
fn why(unwell: &Unwell) -> String {
    if unwell.is_full() { say("disk-is-full").to_string() } else { unwell.why.clone() }
}
/// A part in `!status` that takes no writes, and why, for those who may know.
pub fn part_status(unwell: &Unwell, time: Duration, with_why: bool) -> Text {
    let text = match with_why {
        true => say("part-status-why").with("why", why(unwell)),
        false => say("part-status"),
    };
    let part = bold(say("part-name").choice("part", unwell.part));
    let state = state(State::Bad, say("cannot-be-written"));
    text.with("part", part).with("state", state).with("time", duration(time)).into()
}
/// How many requests got 503 since a part takes no writes, in `!status`.
pub fn turned_away_since(count: u64) -> Text {
    say("turned-away").with("count", count).into()
}
/// Some parts take no writes from now on.
pub fn cannot_write(parts: &[Unwell]) -> Text {
    trouble("cannot-write", parts).with("status", text::command("status")).into()
}
/// Some parts took no writes for a while.
pub fn could_not_write(parts: &[Unwell], from: Timestamp, to: Timestamp, turned_away: u64) -> Text {
    let [from, to] = [from, to].map(|at| at.round(Unit::Second).unwrap_or(at).to_string());
    let text = trouble("could-not-write", parts).with("from", from).with("to", to);
    text.with("turned-away", turned_away).into()
}
/// The part that wants more than room on the disk, if there is one.
fn trouble(key: &'static str, parts: &[Unwell]) -> Phrase {
    match parts.iter().find(|part| !part.is_full()) {
        None => say(key).choice("full", "yes"),
        Some(unwell) => say(key).choice("full", "no").choice("part", unwell.part).with("why", &unwell.why),
    }
}
/// A new config is in force.
pub fn reloaded(done: &Reloaded) -> Text {
    let Reloaded { changes, plugins, after_restart } = done;
    let mut text = Text::from(match (changes.is_empty(), after_restart.is_empty()) {
        (true, true) => say("reloaded-nothing"),
        (true, false) => say("reloaded-nothing-now"),
        (false, _) => say("reloaded"),
    });
    if !changes.is_empty() {
        text = text + list(changes.iter().map(code));
    }
    let mut lines = vec![text];
    if !plugins.is_empty() {
        lines.push(say("started-anew").with("plugins", plugins.join(", ")).into());
    }
    if !after_restart.is_empty() {
        lines.push(say("needs-restart") + list(after_restart.iter().map(code)));
    }
    Text::lines(lines)
}
/// A new config cannot be taken.
pub fn not_reloaded(mistakes: &[String]) -> Text {
    say("not-reloaded").with("count", mistakes.len()) + list(mistakes.iter().map(code))
}
