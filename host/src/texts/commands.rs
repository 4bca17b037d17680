//! What is said to somebody who runs commands: refusals, questions, usage.
use super::*;

/// `line` is no command that the sender may run; `near` are some that look like it.
pub fn unknown_command(line: &str, near: &[String]) -> Text {
    let text = say("unknown-command").with("command", text::command(line)) + " ";
    match near {
        [] => text + say("unknown-command-try").with("help", text::command("help")),
        near => text + did_you_mean(any_of(near)),
    }
}
/// No such command, and many whose help speaks of the word.
pub fn none_but_many_speak_of(line: &str) -> Text {
    let text = say("unknown-command").with("command", text::command(line)) + " ";
    text + say("unknown-command-try").with("help", text::command(format!("apropos {line}")))
}
fn did_you_mean(what: Text) -> Phrase {
    say("did-you-mean").with("what", what)
}
/// A quote was opened and never closed.
pub fn unclosed_quote(opened_by: char) -> Text {
    say("unclosed-quote").with("quote", code(opened_by)).into()
}
/// The command is for admins.
pub fn admins_only(path: &str) -> Text {
    refusal("admins-only", path).into()
}
/// The command is for those whom the plugin's config lists.
pub fn listed_only(path: &str) -> Text {
    refusal("listed-only", path).into()
}
/// The command is for a role.
pub fn role_only(path: &str, role: &str) -> Text {
    refusal("role-only", path).with("role", bold(role)).into()
}
fn refusal(key: &'static str, path: &str) -> Phrase {
    say(key).with("command", text::command(path)).with("whoami", text::command("whoami"))
}
/// A rule of the config refuses it.
pub fn refused_by_rule(path: &str) -> Text {
    say("refused-by-rule").with("command", text::command(path)).into()
}
/// The command is for a private chat.
pub fn in_private_only(path: &str) -> Text {
    say("in-private-only").with("command", text::command(path)).into()
}
/// A secret was typed where others read it.
pub fn secret_was_seen(path: &str, deleted: bool) -> Text {
    in_private_only(path) + " " + say("secret-was-seen").choice("deleted", yes_no(deleted))
}
/// A reply is for the sender alone, and the network cannot write to people first.
pub fn write_to_me_first() -> Text {
    say("write-to-me-first").into()
}
/// Something failed that is no business of the person.
pub fn went_wrong(reference: &str) -> Text {
    say("went-wrong").with("reference", code(reference)).into()
}
/// The handler took longer than it may.
pub fn took_too_long(path: &str, limit: Duration) -> Text {
    say("took-too-long").with("command", text::command(path)).with("limit", duration(limit)).into()
}
/// The host stopped while a command ran: it may have done its work or not.
pub fn may_have_run(path: &str) -> Text {
    say("may-have-run").with("command", text::command(path)).into()
}
/// `!nay` after a question.
pub fn left() -> Text {
    say("left").into()
}
/// `!nay` without one.
pub fn nothing_to_leave() -> Text {
    say("nothing-to-leave").into()
}
/// The answer to a question did not come in time.
pub fn too_late() -> Text {
    say("too-late").into()
}
/// A line in private that is no command.
pub fn how_commands_begin(prefix: &str) -> Text {
    say("how-commands-begin").with("prefix", code(prefix)).with("help", code(format!("{prefix}help"))).into()
}
/// `!!` before any command.
pub fn nothing_to_repeat() -> Text {
    say("nothing-to-repeat").into()
}
/// What looks as if it repeated a line, and cannot: `!-1`, `!!foo`, `!3 foo`.
pub fn how_to_repeat(typed: &str) -> Text {
    let signed = typed.starts_with(['-', '+', '#']);
    say("how-to-repeat")
        .choice("signed", yes_no(signed))
        .with("typed", text::command(typed))
        .with("last", text::command("!"))
        .with("third", text::command("3"))
        .with("history", text::command("history"))
        .into()
}
/// `!N` with a number that no line has.
pub fn no_such_line(n: usize, kept: usize) -> Text {
    let text = say("no-such-line").with("line", text::command(n)).with("kept", kept);
    text.with("history", text::command("history")).into()
}
/// The lines that can be repeated, the last one first.
pub fn history(lines: &[String]) -> Text {
    let line = |(at, line): (usize, &String)| Text::from(format!("{} ", at + 1)) + text::command(line);
    Text::lines(lines.iter().enumerate().rev().map(line))
}
/// A command was ended before its time, by its sender or an admin.
pub fn was_cancelled(path: &str, by_admin: bool, had_begun: bool) -> Text {
    let text = say("was-cancelled").with("command", text::command(path));
    text.choice("by", if by_admin { "admin" } else { "sender" }).choice("begun", yes_no(had_begun)).into()
}
/// `!cancel` where nothing runs.
pub fn nothing_to_cancel(elsewhere: bool) -> Text {
    say("nothing-to-cancel").choice("elsewhere", yes_no(elsewhere)).into()
}
/// `!cancel N` with a number that is none.
pub fn no_such_command(number: &str) -> Text {
    say("no-such-command").with("number", code(number)).into()
}
/// `!cancel` with a word that is no number.
pub fn cancel_by_number() -> String {
    say("cancel-by-number").to_string()
}
/// `!cancel` where several commands run.
pub fn which_to_cancel(running: Vec<Text>) -> Text {
    let how = say("which-to-cancel").with("one", text::command("cancel NUMBER"));
    Text::lines(running) + "\n" + how.with("all", text::command("cancel all"))
}
/// A command that runs, for how long, whether it waits for an answer, and, where that
/// is of interest, whose it is.
pub fn running(id: u64, path: &str, whose: Option<(&str, &str)>, time: Duration, asks: bool) -> Text {
    let text = match whose {
        Some((sender, chat)) => say("running-of").with("sender", code(sender)).with("chat", code(chat)),
        None => say("running"),
    };
    let text = text.with("id", bold(format!("#{id}"))).with("command", text::command(path));
    text.with("time", duration(time)).choice("asks", yes_no(asks)).into()
}
/// `!running` while nothing runs.
pub fn nothing_runs() -> Text {
    say("nothing-runs").into()
}
/// Lines that waited are not run any more.
pub fn lines_dropped(count: usize) -> Text {
    say("lines-dropped").with("count", count).into()
}
/// An admin has ended somebody's command.
pub fn cancelled_of(path: &str, sender: &str) -> Text {
    say("cancelled-of").with("command", text::command(path)).with("sender", code(sender)).into()
}
/// No command that the sender may run has to do with some words.
pub fn nothing_apropos() -> Text {
    say("nothing-apropos").with("help", text::command("help")).into()
}
/// More lines wait than one sender may have waiting.
pub fn too_many_waiting() -> Text {
    say("too-many-waiting").into()
}
/// A choice as a line, where the network has no buttons.
pub fn numbered(choices: &[String]) -> Text {
    Text::lines(choices.iter().enumerate().map(|(n, choice)| format!("{}. {choice}", n + 1)))
}
/// A question for an argument, from its help; the first of a command says how it is left.
pub fn argument_question(name: &str, help: &str, first: bool) -> Text {
    let what = if help.is_empty() { bold(name) } else { help.trim_end_matches(['.', '?']).into() };
    let text = what + "?";
    if first { text + " " + say("how-to-leave").with("nay", text::command("nay")) } else { text }
}
/// A question that was answered, with what was answered.
pub fn answered(question: Text, answer: &str) -> Text {
    question + "\n→ " + bold(answer)
}
/// An answer is no value of the argument, and more cannot be said.
pub fn wrong_answer(name: &str) -> Text {
    say("wrong-answer").with("name", bold(name)).into()
}
/// Asks for a yes to a command that cannot be undone; `line` is the command with its arguments.
pub fn really_run(line: &str) -> Text {
    say("really-run").with("line", typed(line)).into()
}
/// No to a confirmation.
pub fn nothing_done() -> Text {
    say("nothing-done").into()
}
/// An answer to a confirmation that is neither yes nor no, or another command.
pub fn taken_as_no() -> Text {
    say("taken-as-no").into()
}
/// `!nay` to a confirmation.
pub fn left_undone() -> Text {
    say("left-undone").into()
}
/// A command in the place of an answer.
pub fn question_dropped(path: &str) -> Text {
    say("question-dropped").with("command", text::command(path)).into()
}
/// No answer to a confirmation.
pub fn too_late_to_confirm() -> Text {
    say("too-late-to-confirm").into()
}
/// The command was turned off, or its plugin begun again, while its sender was asked.
pub fn changed_meanwhile(path: &str) -> Text {
    say("changed-meanwhile").with("command", text::command(path)).into()
}
/// Somebody pressed a button of a question to somebody else.
pub fn question_is_for(name: &str) -> Text {
    say("question-is-for").with("name", bold(name)).into()
}
/// Somebody pressed a button of a question that is answered, left or too late.
pub fn question_closed() -> Text {
    say("question-closed").into()
}
/// Somebody pressed a button, and cancelled it while it waited.
pub fn press_dropped() -> Text {
    say("press-dropped").into()
}
/// Somebody pressed a button whose line is no longer kept.
pub fn button_forgotten() -> Text {
    say("button-forgotten").into()
}

/// What is wrong with an argument, from the error of its type.
pub fn wrong_argument(name: &str, error: &str) -> Text {
    bold(name) + ": " + error
}
/// An argument that is missing, with its help.
pub fn missing_argument(name: &str, help: &str) -> Text {
    match help {
        "" => say("missing-argument").with("name", bold(name)).into(),
        help => say("missing-argument-with-help").with("name", bold(name)).with("help", help).into(),
    }
}
/// A word that is none of those an argument takes.
pub fn none_of(name: &str, word: &str, valid: &[String], near: Option<&str>) -> Text {
    let text = say("none-of").with("name", bold(name)).with("word", code(word)).with("valid", or(valid)).into();
    with_near(text, near)
}
fn with_near(text: Text, near: Option<&str>) -> Text {
    match near {
        Some(near) => text + " " + did_you_mean(code(near)),
        None => text,
    }
}
/// An option was given without its value.
pub fn no_value(name: &str) -> Text {
    say("no-value").with("name", bold(name)).into()
}
/// A word that is no whole number.
pub fn no_number(name: &str, word: &str) -> Text {
    say("no-number").with("name", bold(name)).with("word", code(word)).into()
}
/// An option that the command does not have; `near` is one that looks like it.
pub fn unknown_option(option: &str, near: Option<&str>) -> Text {
    with_near(say("unknown-option").with("option", code(option)).into(), near)
}
/// A word more than the command takes.
pub fn surplus_word(word: &str) -> Text {
    say("surplus-word").with("word", code(word)).into()
}
/// The line that shows how a command is typed.
pub fn usage(usage: &str) -> Text {
    say("usage").with("usage", typed(usage)).into()
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
    say("help-more").with("command", text::command("help COMMAND")).into()
}
