//! What is said while something cannot be written, and of a reload.
use super::*;

/// What a command wanted to keep could not be kept.
pub fn not_stored(unwell: &Unwell) -> Text {
    let text = Text::from("I could not store that: ") + unwell.why.clone() + ". ";
    match unwell.is_full() {
        true => text + "Please make some room, then ask me again.",
        false => {
            text + "I go on trying; please ask me again in a minute. "
                + text::command("status")
                + " says how it stands."
        }
    }
}
/// A part in `!status` that takes no writes, and why, for those who may know.
pub fn part_status(unwell: &Unwell, time: Duration, why: bool) -> Text {
    let text = bold(unwell.part) + " " + state(State::Bad, "cannot be written");
    let text = if why { text + ": " + unwell.why.clone() + "," } else { text };
    text + format!(" for {}", duration(time))
}
/// How many requests got 503 since a part takes no writes, in `!status`.
pub fn turned_away_since(count: u64) -> Text {
    turned_away_requests(count).into()
}
/// Some parts take no writes from now on.
pub fn cannot_write(parts: &[Unwell]) -> Text {
    let text = Text::from(match parts.iter().find(|part| !part.is_full()) {
        None => "The disk is full. Until there is room".to_owned(),
        Some(Unwell { part, why, .. }) => format!("The {part} cannot be written: {why}. Until it can"),
    });
    text + " I answer requests with 503 and refuse commands that change something; then I go on by myself. "
        + text::command("status")
        + " says how it stands."
}
/// Some parts took no writes for a while.
pub fn could_not_write(parts: &[Unwell], from: Timestamp, to: Timestamp, turned_away: u64) -> Text {
    let [from, to] = [from, to].map(|at| at.round(Unit::Second).unwrap_or(at));
    let what = match parts.iter().find(|part| !part.is_full()) {
        None => "the disk was full".to_owned(),
        Some(Unwell { part, why, .. }) => format!("the {part} could not be written ({why})"),
    };
    let text = Text::from(format!("From {from} to {to} {what}; "));
    match turned_away {
        0 => text + "no request was turned away.",
        count => {
            text + turned_away_requests(count)
                + " with 503 and must be sent again, unless the sender does so by itself."
        }
    }
}
fn turned_away_requests(count: u64) -> String {
    match count {
        1 => "1 request was turned away".into(),
        count => format!("{count} requests were turned away"),
    }
}
/// A new config is in force.
pub fn reloaded(done: &Reloaded) -> Text {
    let Reloaded { changes, plugins, after_restart } = done;
    let first = match (changes.is_empty(), after_restart.is_empty()) {
        (true, true) => "I have read the config: nothing in it has changed.",
        (true, false) => "I have read the config: nothing new in it can be taken over now.",
        (false, _) => "The config is in force:",
    };
    let mut text = Text::from(first);
    if !changes.is_empty() {
        text = text + list(changes.iter().map(code));
    }
    let mut lines = vec![text];
    if !plugins.is_empty() {
        lines.push(Text::from("Started anew: ") + plugins.join(", ") + ".");
    }
    if !after_restart.is_empty() {
        lines.push(Text::from("This needs a restart of me:") + list(after_restart.iter().map(code)));
    }
    Text::lines(lines)
}
/// A new config cannot be taken.
pub fn not_reloaded(mistakes: &[String]) -> Text {
    let what = if mistakes.len() == 1 { "a mistake" } else { "mistakes" };
    Text::from(format!("I have changed nothing, since the config has {what}:")) + list(mistakes.iter().map(code))
}
