//! What is said of notices: those that wait and those that were given up.
use super::*;

/// What `!outbox list` lists.
pub fn notices_that_are(state: Option<impl Display>) -> String {
    match state {
        Some(state) => format!("notices that are {state}"),
        None => "notices that wait or were given up".into(),
    }
}
/// How a notice stands: `waiting after 2 tries, next …: no answer`.
pub fn standing(state: Text, tries: u64, next: Option<String>, error: Option<&str>) -> Text {
    let text = match tries {
        0 => state,
        1 => state + " after 1 try",
        tries => state + format!(" after {tries} tries"),
    };
    let text = match next {
        Some(next) => text + ", next " + next,
        None => text,
    };
    match error {
        Some(error) => text + ": " + error,
        None => text,
    }
}
/// A word that is no number of a notice; `list` is the command that shows them.
pub fn notices_by_number(list: &str) -> String {
    format!("A notice is named by its number, as {list} shows it; or say all.")
}
/// `all` where there are no dead letters.
pub fn no_dead_letters() -> &'static str {
    "There are no dead letters."
}
/// `before` without the number of a row.
pub fn before_a_number(word: &str) -> String {
    format!("before {word}: a row is named by its number, like before 120")
}
/// What is done to notices by `!outbox retry`.
pub const TRIED_AGAIN: &str = "will be tried again";
/// As [`TRIED_AGAIN`], by `!outbox drop`.
pub const DROPPED: &str = "dropped";
/// Notices were put back into the queue, or taken out of it; those with the
/// numbers `missing` are neither waiting nor dead letters.
pub fn outbox_changed(count: usize, what: &str, missing: &[String]) -> Text {
    let done = match count {
        0 => Text::default(),
        1 => Text::from("1 notice ") + what + ".",
        count => Text::from(format!("{count} notices ")) + what + ".",
    };
    match missing {
        [] => done,
        missing => {
            let gap = if count == 0 { "" } else { " " };
            done + gap + "No notice with the number " + or(missing) + " waits or was given up."
        }
    }
}

/// Notices are not tried again, since later ones about the same were sent or wait.
pub fn notices_left_out(ids: &[u64]) -> Text {
    let ids: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
    Text::from("Left out: ") + ids.join(", ") + ". A later notice about the same says what is so now."
}
/// A notice was given up.
pub fn dead_letter(chat: &str, reason: &str, id: u64) -> Text {
    Text::from("A notice did not reach ")
        + code(chat)
        + ": "
        + scrub(reason).into_owned()
        + ". "
        + text::command(format!("outbox retry {id}"))
        + " tries again."
}
