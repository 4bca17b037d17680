//! What is said to somebody who runs commands: refusals, questions, usage.
use super::*;

/// `line` is no command that the sender may run; `near` are some that look like it.
pub fn unknown_command(line: &str, near: &[String]) -> Text {
    let text = Text::from("There is no command ") + text::command(line) + ".";
    match near {
        [] => text + " Try " + text::command("help") + ".",
        near => text + " Did you mean " + any_of(near) + "?",
    }
}
/// A quote was opened and never closed.
pub fn unclosed_quote(opened_by: char) -> Text {
    Text::from("The quote ") + code(opened_by) + " is not closed."
}
/// The command is for admins.
pub fn admins_only(path: &str) -> Text {
    text::command(path) + " is for admins. " + text::command("whoami") + " shows who you are to me."
}
/// The command is for those whom the plugin's config lists.
pub fn listed_only(path: &str) -> Text {
    text::command(path)
        + " is for those whom the config of its plugin lists. "
        + text::command("whoami")
        + " shows who you are to me."
}
/// The command is for a role.
pub fn role_only(path: &str, role: &str) -> Text {
    text::command(path)
        + " is for "
        + bold(role)
        + " and admins. "
        + text::command("whoami")
        + " shows who you are to me."
}
/// A rule of the config refuses it.
pub fn refused_by_rule(path: &str) -> Text {
    Text::from("You may not run ") + text::command(path) + " here: a rule of the config refuses it."
}
/// The command is for a private chat.
pub fn in_private_only(path: &str) -> Text {
    Text::from("Please ask me ") + text::command(path) + " in a private chat."
}
/// A secret was typed where others read it.
pub fn secret_was_seen(path: &str, deleted: bool) -> Text {
    let what = if deleted { "I have deleted your message, but others" } else { "Others" };
    in_private_only(path) + " " + what + " may have read the secret in it: replace it with a new one."
}
/// A reply is for the sender alone, and the network cannot write to people first.
pub fn write_to_me_first() -> Text {
    "My answer is for you alone: please write to me in private first, then ask me there.".into()
}
/// Something failed that is no business of the person.
pub fn went_wrong(reference: &str) -> Text {
    Text::from("Something went wrong (ref ") + code(reference) + "). The log of the host says more."
}
/// The handler took longer than it may.
pub fn took_too_long(path: &str, limit: Duration) -> Text {
    text::command(path) + " took longer than " + duration(limit) + "; I have stopped it."
}
/// The host stopped while a command ran: it may have done its work or not.
pub fn may_have_run(path: &str) -> Text {
    Text::from("I was stopped while I ran your ")
        + text::command(path)
        + ". It may have taken effect: please look before you ask again."
}
/// `!nay` after a question.
pub fn left() -> Text {
    "Never mind.".into()
}
/// `!nay` without one.
pub fn nothing_to_leave() -> Text {
    "I have not asked you anything here.".into()
}
/// The answer to a question did not come in time.
pub fn too_late() -> Text {
    "Too late; please ask me again.".into()
}
/// A line in private that is no command.
pub fn how_commands_begin(prefix: &str) -> Text {
    Text::from("Commands begin with ") + code(prefix) + ": try " + code(format!("{prefix}help")) + "."
}
/// `!!` before any command.
pub fn nothing_to_repeat() -> Text {
    "I have run no command of yours here yet that I could repeat.".into()
}
/// What looks as if it repeated a line, and cannot: `!-1`, `!!foo`, `!3 foo`.
pub fn how_to_repeat(typed: &str) -> Text {
    let signed = typed.starts_with(['-', '+', '#']);
    let text = match signed {
        true => Text::from("There is no line ") + text::command(typed) + ".",
        false => Text::from("Nothing can stand behind ") + text::command(typed) + ".",
    };
    text + " "
        + text::command("!")
        + " repeats your last line here, "
        + text::command("3")
        + " your third last; "
        + text::command("history")
        + " shows their numbers."
}
/// `!N` with a number that no line has.
pub fn no_such_line(n: usize, kept: usize) -> Text {
    let lines = if kept == 1 { "1 line".to_owned() } else { format!("{kept} lines") };
    Text::from("There is no line ")
        + text::command(n)
        + ": I remember "
        + lines
        + " of yours here, as "
        + text::command("history")
        + " shows."
}
/// The lines that can be repeated, the last one first.
pub fn history(lines: &[String]) -> Text {
    let line = |(at, line): (usize, &String)| Text::from(format!("{} ", at + 1)) + text::command(line);
    Text::lines(lines.iter().enumerate().rev().map(line))
}
/// A command was ended before its time, by its sender or an admin.
pub fn was_cancelled(path: &str, by_admin: bool, had_begun: bool) -> Text {
    let by = if by_admin { " by an admin" } else { "" };
    let done = if had_begun { "; it may have had effect." } else { "; nothing was done." };
    text::command(path) + " was cancelled" + by + done
}
/// `!cancel` where nothing runs.
pub fn nothing_to_cancel(elsewhere: bool) -> Text {
    let text = Text::from("Nothing of yours runs here.");
    if elsewhere { text + " Something does in another chat: cancel it there." } else { text }
}
/// `!cancel N` with a number that is none.
pub fn no_such_command(number: &str) -> Text {
    Text::from("Nothing of yours runs with the number ") + code(number) + "."
}
/// `!cancel` with a word that is no number.
pub fn cancel_by_number() -> &'static str {
    "A command that runs is named by its number; or say all."
}
/// `!cancel` where several commands run.
pub fn which_to_cancel(running: Vec<Text>) -> Text {
    Text::lines(running)
        + "\n"
        + text::command("cancel NUMBER")
        + " ends one of them, "
        + text::command("cancel all")
        + " ends all."
}
/// A command that runs, for how long, whether it waits for an answer, and, where that
/// is of interest, whose it is.
pub fn running(id: u64, path: &str, whose: Option<(&str, &str)>, time: Duration, asks: bool) -> Text {
    let mut text = bold(format!("#{id}")) + " " + text::command(path);
    if let Some((sender, chat)) = whose {
        text = text + " of " + code(sender) + " in " + code(chat);
    }
    text + " for " + duration(time) + if asks { ", waits for an answer" } else { "" }
}
/// `!running` while nothing runs.
pub fn nothing_runs() -> Text {
    "No command runs.".into()
}
/// Lines that waited are not run any more.
pub fn lines_dropped(count: usize) -> Text {
    let lines = if count == 1 { "1 line that waited is".to_owned() } else { format!("{count} lines that waited are") };
    (lines + " dropped.").into()
}
/// An admin has ended somebody's command.
pub fn cancelled_of(path: &str, sender: &str) -> Text {
    text::command(path) + " of " + code(sender) + " is cancelled."
}
/// No command that the sender may run has to do with some words.
pub fn nothing_apropos() -> Text {
    Text::from("No command that you may run says anything of that. ") + text::command("help") + " lists them all."
}
/// More lines wait than one sender may have waiting.
pub fn too_many_waiting() -> Text {
    "You are ahead of me: I have dropped this line. Please wait for my answers.".into()
}
/// A choice as a line, where the network has no buttons.
pub fn numbered(choices: &[String]) -> Text {
    Text::lines(choices.iter().enumerate().map(|(n, choice)| format!("{}. {choice}", n + 1)))
}
/// A question for an argument, from its help; the first of a command says how it is left.
pub fn argument_question(name: &str, help: &str, first: bool) -> Text {
    let text = if help.is_empty() { bold(name) } else { help.trim_end_matches(['.', '?']).into() };
    let text = text + "?";
    if first { text + " (" + text::command("nay") + " leaves)" } else { text }
}
/// A question that was answered, with what was answered.
pub fn answered(question: Text, answer: &str) -> Text {
    question + "\n→ " + bold(answer)
}
/// An answer is no value of the argument, and more cannot be said.
pub fn wrong_answer(name: &str) -> Text {
    bold(name) + ": that cannot be it."
}
/// Asks for a yes to a command that cannot be undone; `line` is the command with its arguments.
pub fn really_run(line: &str) -> Text {
    Text::from("Really run ") + typed(line) + "?"
}
/// No to a confirmation.
pub fn nothing_done() -> Text {
    "Nothing was done.".into()
}
/// An answer to a confirmation that is neither yes nor no, or another command.
pub fn taken_as_no() -> Text {
    "I take that as a no: nothing was done.".into()
}
/// `!nay` to a confirmation.
pub fn left_undone() -> Text {
    "Never mind: nothing was done.".into()
}
/// A command in the place of an answer.
pub fn question_dropped(path: &str) -> Text {
    Text::from("This is a new command: I leave my question for ") + text::command(path) + "."
}
/// No answer to a confirmation.
pub fn too_late_to_confirm() -> Text {
    "Too late: nothing was done.".into()
}
/// The command was turned off, or its plugin begun again, while its sender was asked.
pub fn changed_meanwhile(path: &str) -> Text {
    text::command(path) + " was turned off or changed while I asked you: nothing was done."
}
/// Somebody pressed a button of a question to somebody else.
pub fn question_is_for(name: &str) -> Text {
    Text::from("This question is for ") + bold(name) + "."
}
/// Somebody pressed a button of a question that is answered, left or too late.
pub fn question_closed() -> Text {
    "This question is no longer open.".into()
}
/// Somebody pressed a button, and cancelled it while it waited.
pub fn press_dropped() -> Text {
    "That was cancelled before it began.".into()
}
/// Somebody pressed a button whose line is no longer kept.
pub fn button_forgotten() -> Text {
    "I no longer know what this button stands for; please type the command.".into()
}

/// What is wrong with an argument, from the error of its type.
pub fn wrong_argument(name: &str, error: &str) -> Text {
    bold(name) + ": " + error
}
/// An argument that is missing, with its help.
pub fn missing_argument(name: &str, help: &str) -> Text {
    match help {
        "" => bold(name) + " is missing.",
        help => bold(name) + " is missing: " + help + ".",
    }
}
/// A word that is none of those an argument takes.
pub fn none_of(name: &str, word: &str, valid: &[String], near: Option<&str>) -> Text {
    let text = bold(name) + ": " + code(word) + " is none of " + or(valid) + ".";
    match near {
        Some(near) => text + " Did you mean " + code(near) + "?",
        None => text,
    }
}
/// An option was given without its value.
pub fn no_value(name: &str) -> Text {
    bold(name) + " needs a value."
}
/// A word that is no whole number.
pub fn no_number(name: &str, word: &str) -> Text {
    bold(name) + ": " + code(word) + " is no whole number."
}
/// An option that the command does not have; `near` is one that looks like it.
pub fn unknown_option(option: &str, near: Option<&str>) -> Text {
    let text = Text::from("There is no option ") + code(option) + ".";
    match near {
        Some(near) => text + " Did you mean " + code(near) + "?",
        None => text,
    }
}
/// A word more than the command takes.
pub fn surplus_word(word: &str) -> Text {
    code(word) + " is one word too many."
}
/// The line that shows how a command is typed.
pub fn usage(usage: &str) -> Text {
    Text::from("Usage: ") + typed(usage)
}

/// The commands of one group in `!help`: paths and what they do.
pub fn help_group(group: &str, commands: &[(Text, String)]) -> Text {
    let line = |(usage, about): &(Text, String)| match about.as_str() {
        "" => usage.clone(),
        about => usage.clone() + ": " + prose(about),
    };
    bold(group) + list(commands.iter().map(line))
}
/// The end of `!help`.
pub fn help_more() -> Text {
    text::command("help COMMAND") + " says more on one of them."
}
