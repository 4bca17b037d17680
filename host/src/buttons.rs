//! What a button carries to a network and back: a command line, the name of a line
//! that is too long for the network, or a choice of a question.
//!
//! The forms of the last two are no command lines: nothing that a person types is
//! taken for them, and what a plugin puts on a button is made a command line first.
use crate::{journal::Journal, texts};
use factotum_plugin_api::{
    chat::{Button, ChatId, Limits},
    text::Text,
};

/// Before the token of a line that the journal keeps.
const ACTION: &str = "action:";
/// Before the token of a question and the number of a choice: `answer:TOKEN:2`.
const ANSWER: &str = "answer:";
/// Letters and digits of a token: too many to be guessed or to come twice.
const TOKEN: usize = 12;

/// What a pressed button says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Carried<'a> {
    /// This command line.
    Line(&'a str),
    /// The line that the journal keeps under this token.
    Action(&'a str),
    /// A choice of the question with this token, counted from 1.
    Choice(&'a str, usize),
}

/// Reads what a network gives back for a pressed button.
pub(crate) fn read(line: &str) -> Carried<'_> {
    let choice = || {
        let (token, n) = line.strip_prefix(ANSWER)?.split_once(':')?;
        Some(Carried::Choice(token, n.parse().ok()?))
    };
    let action = || line.strip_prefix(ACTION).map(Carried::Action);
    choice().or_else(action).unwrap_or(Carried::Line(line))
}

/// A token for something new.
pub(crate) fn token() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(TOKEN).collect()
}

/// The buttons for the choices of a question: short ones beside each other.
pub(crate) fn of_choices(token: &str, choices: &[String]) -> Vec<Vec<Button>> {
    let short = choices.iter().all(|choice| choice.chars().count() <= 10);
    let buttons = choices.iter().zip(1..).map(|(choice, n)| Button::new(choice, format!("{ANSWER}{token}:{n}")));
    let buttons: Vec<Button> = buttons.collect();
    buttons.chunks(if short { 3 } else { 1 }).map(<[Button]>::to_vec).collect()
}

/// The buttons of a plugin: each carries a command line, also where it is written like
/// what the host itself puts there.
pub(crate) fn command_lines(mut rows: Vec<Vec<Button>>) -> Vec<Vec<Button>> {
    for button in rows.iter_mut().flatten() {
        if !matches!(read(&button.line), Carried::Line(_)) {
            button.line.insert(0, '!'); // as plugins write it, whatever the prefix is
        }
    }
    rows
}

/// `text` with the buttons below it, for a network that has none.
pub(crate) fn written_out(text: Text, rows: &[Vec<Button>]) -> Text {
    let lines = rows.iter().flatten().map(|button| Text::from(&button.label) + ": " + texts::typed(&button.line));
    let first = (!text.is_empty()).then_some(text);
    Text::lines(first.into_iter().chain(lines))
}

/// A text in pieces that a network takes with `spare` of its units left over, with the
/// buttons written out where it has none.
pub(crate) fn cut(text: Text, rows: &[Vec<Button>], limits: &Limits, spare: usize) -> Vec<Text> {
    let text = if limits.buttons { text } else { written_out(text, rows) };
    text.split(limits.text.saturating_sub(spare).max(1), limits.size)
}

/// The buttons of a message to `chat` as its network can carry them: where a line
/// is too long, the journal keeps it, and its name stands in its place.
///
/// # Errors
/// When the journal cannot write.
pub(crate) async fn carried(
    journal: &Journal,
    chat: &ChatId,
    limits: &Limits,
    mut rows: Vec<Vec<Button>>,
) -> anyhow::Result<Vec<Vec<Button>>> {
    let longest = limits.button_bytes.unwrap_or(usize::MAX);
    for button in rows.iter_mut().flatten().filter(|button| button.line.len() > longest) {
        button.line = format!("{ACTION}{}", journal.put_action(chat, &button.line).await?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_read_back() {
        let rows = [
            ("!travis routes", Carried::Line("!travis routes")),
            ("action:Ab1", Carried::Action("Ab1")),
            ("answer:Ab1:2", Carried::Choice("Ab1", 2)),
            ("answer:Ab1", Carried::Line("answer:Ab1")),
            ("answer:Ab1:x", Carried::Line("answer:Ab1:x")),
            ("!action:Ab1", Carried::Line("!action:Ab1")),
        ];
        for (line, carried) in rows {
            assert_eq!(read(line), carried, "{line:?}");
        }
        let (token, choices) = (token(), vec!["x".repeat(500); 50]);
        let buttons = of_choices(&token, &choices).concat();
        assert!(buttons.iter().all(|button| button.line.len() <= 32), "{buttons:?}");
        assert_eq!(read(&buttons[49].line), Carried::Choice(&token, 50));
    }

    #[test]
    fn what_a_plugin_writes_is_a_command_line() {
        let lines = ["!travis routes", "action:Ab1", "answer:Ab1:2", "answer:Ab1", "!action:Ab1", ""];
        let buttons = command_lines(vec![lines.map(|line| Button::new("x", line)).to_vec()]).concat();
        let lines: Vec<_> = buttons.iter().map(|button| button.line.as_str()).collect();
        assert_eq!(lines, ["!travis routes", "!action:Ab1", "!answer:Ab1:2", "answer:Ab1", "!action:Ab1", ""]);
        assert!(lines.iter().all(|line| read(line) == Carried::Line(line)), "{lines:?}");
    }

    #[test]
    fn written_out_they_stand_below_the_text() {
        let rows = [vec![Button::new("Show", "!show"), Button::new("Stop", "!stop")], vec![Button::new("Go", "!go")]];
        let shown = |text: &str| written_out(text.into(), &rows).plain();
        assert_eq!(shown("3 routes"), "3 routes\nShow: !show\nStop: !stop\nGo: !go");
        assert_eq!(shown(""), "Show: !show\nStop: !stop\nGo: !go");
        assert_eq!(written_out("alone".into(), &[]).plain(), "alone");
    }

    #[test]
    fn short_choices_stand_beside_each_other() {
        let rows = |choices: &[&str]| {
            let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
            of_choices("t", &choices).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(rows(&["yes", "no"]), [2]);
        assert_eq!(rows(&["a", "b", "c", "d"]), [3, 1]);
        assert_eq!(rows(&["a", "a-longer-choice"]), [1, 1]);
        assert!(rows(&[]).is_empty());
    }
}
