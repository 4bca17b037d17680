//! Every sentence that the host itself says in a chat, as functions: wording is
//! tested in one place, and another language can come without touching callers.
use crate::{
    access::{Allow, Because},
    health::Unwell,
    reload::Reloaded,
};
use factotum_plugin_api::{
    chat::{Link, Sender},
    jiff::{Timestamp, Unit},
    secret::scrub,
    text::{self, State, Text, block, bold, code, list, state},
};
use std::{fmt::Display, time::Duration};

/// `2 d 3 h`, `4 min 5 s`, `1 min`: the two largest units, without one that is zero.
pub fn duration(duration: Duration) -> String {
    let secs = duration.as_secs();
    let units = [(secs / 86_400, "d"), (secs / 3_600 % 24, "h"), (secs / 60 % 60, "min"), (secs % 60, "s")];
    let shown = units.iter().skip_while(|(n, _)| *n == 0).take(2).filter(|(n, _)| *n > 0);
    let shown: Vec<String> = shown.map(|(n, unit)| format!("{n} {unit}")).collect();
    if shown.is_empty() { "0 s".into() } else { shown.join(" ") }
}

/// `a`, `a or b`, `a, b or c`.
pub fn or(choices: &[String]) -> String {
    match choices {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// A command line as it is kept: with `!`, which stands for whatever the prefix is here.
pub fn typed(line: &str) -> Text {
    text::command(line.strip_prefix('!').unwrap_or(line))
}
/// Some commands: `!a`, `!a or !b`, `!a, !b or !c`.
fn any_of(paths: &[String]) -> Text {
    match paths {
        [most @ .., before, last] => {
            let most = most.iter().chain([before]).map(text::command);
            Text::join(", ", most) + " or " + text::command(last)
        }
        few => Text::join(", ", few.iter().map(text::command)),
    }
}
/// What a help line says; in it, a word that begins with `!` is a command.
pub fn prose(help: &str) -> Text {
    let mut said = Text::default();
    for (n, word) in help.split(' ').enumerate() {
        let end = word.trim_end_matches(['.', ',', ';', ':', ')', '?']);
        let begins = |rest: &&str| rest.starts_with(|c: char| c == '!' || c.is_alphanumeric());
        said = said + if n == 0 { "" } else { " " };
        said = match end.strip_prefix('!').filter(begins) {
            Some(line) => said + text::command(line) + word.strip_prefix(end).unwrap_or_default(),
            None => said + word,
        };
    }
    said
}
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
/// What this bot is.
pub fn about(version: &str) -> Text {
    bold("Factotum")
        + " "
        + version
        + ": I am a bot that tells chats what happens on your servers, such as how a build went, and that runs commands for you. What I can do comes from plugins: "
        + text::command("repos")
        + " lists them, "
        + text::command("help")
        + " lists what you may ask of me."
}
/// The first line of `!status`.
pub fn up_since(version: &str, uptime: Duration) -> Text {
    bold("factotum") + " " + version + ", up " + duration(uptime)
}
/// What `!status` says of a network.
#[derive(Default)]
pub struct NetworkStatus {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub word: Text,
    /// Since when, where that matters.
    pub since: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// Its backlog: how many notices, and how old the oldest is.
    pub waiting: Option<(u64, Duration)>,
    /// When the first of them is tried, if not now.
    pub next_try: Option<String>,
    /// How many dead letters there are.
    pub dead: u64,
    /// When something went wrong last, and what.
    pub last_error: Option<(String, String)>,
}
/// How a network stands, in `!status`.
pub fn link(link: &Link, gave_up: bool) -> Text {
    match link {
        Link::Up => state(State::Good, "connected"),
        Link::Connecting => state(State::Running, "connecting"),
        Link::Ailing(_) => state(State::Odd, "connected, but not well"),
        Link::Down(_) if gave_up => state(State::Bad, "has given up"),
        Link::Down(_) => state(State::Bad, "not connected"),
    }
}
/// Something waits for a network that the config no longer has.
pub fn not_configured() -> Text {
    state(State::Bad, "not configured")
}
/// A network in `!status`.
pub fn network_status(status: NetworkStatus) -> Text {
    let NetworkStatus { name, word, since, why, waiting, next_try, dead, last_error } = status;
    let mut text = bold(name) + " " + word;
    if let Some(since) = since {
        text = text + " since " + since;
    }
    if let Some(why) = why {
        text = text + ": " + scrub(&why).into_owned();
    }
    if let Some((count, oldest)) = waiting {
        text = text + format!("; {count} waiting, the oldest for {}", duration(oldest));
    }
    if let Some(next_try) = next_try {
        text = text + ", next try " + next_try;
    }
    if dead > 0 {
        text = text + format!("; {dead} given up: ") + text::command("outbox list dead");
    }
    if let Some((at, error)) = last_error {
        text = text + "; last error " + at + ": " + error;
    }
    text
}
/// The plugins that are on, in `!status`.
pub fn plugins_on(names: &[&str]) -> Text {
    match names {
        [] => "no plugin is on".into(),
        names => Text::from("plugins on: ") + names.join(", "),
    }
}
/// The size of the journal, in `!status`; a small one is no news.
pub fn journal_size(bytes: u64) -> Text {
    match bytes / 1_000_000 {
        ..10 => "journal under 10 MB".into(),
        mb => format!("journal {mb} MB").into(),
    }
}
/// A network has ended for good.
pub fn network_gave_up(name: &str, reason: &str) -> Text {
    Text::from("The network ")
        + bold(name)
        + " has given up: "
        + reason
        + ". Nothing is read there any more: mend it in the config and start me again. "
        + text::command("status")
        + " shows what waits for it."
}
/// For the admins: the bot can post to a chat now.
pub fn joined(chat: &str, title: &str, by: Option<&Sender>) -> Text {
    Text::from("I was added to ") + bold(title) + by_whom(by) + ". Its address is " + code(chat) + "."
}
/// For the chat that the bot was added to.
pub fn here_i_am(chat: &str) -> Text {
    Text::from("Hello! This chat is ") + code(chat) + "; " + text::command("help") + " lists what I can do here."
}
/// For the admins: the bot can no longer post to a chat.
pub fn left_chat(chat: &str, title: &str, by: Option<&Sender>) -> Text {
    let gone = Text::from("I was removed from ") + bold(title) + " (" + code(chat) + ")" + by_whom(by);
    gone + ". What is sent there becomes a dead letter."
}
fn by_whom(by: Option<&Sender>) -> String {
    by.map(|by| format!(" by {} ({})", by.name, by.id)).unwrap_or_default()
}
/// Who somebody is to the bot.
pub fn whoami(name: &str, id: &str, chat: &str, private: bool, admin: bool, roles: &[String]) -> Text {
    let place = if private { Text::from("in private (") + code(chat) + ")" } else { Text::from("in ") + code(chat) };
    let mut text = Text::from("You are ") + bold(name) + ", " + code(id) + ", " + place + ".";
    if admin {
        text = text + " You are an admin.";
    }
    if !roles.is_empty() {
        text = text + " Roles: " + roles.join(", ") + ".";
    }
    text
}
/// The greeting of `!start`.
pub fn hello(name: &str) -> Text {
    Text::from("Hello ") + bold(name) + "! " + code("!help") + " lists what you may ask of me."
}
/// `!getid` where nobody else reads it.
pub fn your_id(id: &str) -> Text {
    Text::from("Your id is ") + code(id) + ".\n" + for_admins(id)
}
/// `!getid` where others read too; `topic` is the address of the part of the chat that it is asked in.
pub fn ids_here(name: &str, id: &str, chat: &str, topic: Option<&str>) -> Text {
    let chat = Text::from("This chat is ") + code(chat);
    let chat = match topic {
        Some(topic) => chat + "; this topic is " + code(topic) + ".",
        None => chat + ".",
    };
    let here = code("here") + " stands for this place wherever a command asks for a chat.";
    bold(name) + ", your id is " + code(id) + ".\n" + chat + "\n" + for_admins(id) + " " + here
}
fn for_admins(id: &str) -> Text {
    Text::from("In the config, ") + code(format!("admins = [\"{id}\"]")) + " makes you an admin."
}
/// `!commands botfather`.
pub fn for_botfather(lines: &[String]) -> Text {
    match lines {
        [] => "There is no command that everybody may run.".into(),
        lines => {
            Text::from("Send ")
                + code("/setcommands")
                + " to @BotFather, choose this bot, and send:"
                + block(lines.join("\n"))
        }
    }
}
/// A plugin in a list.
pub fn plugin_line(name: &str, version: &str, state: Text, about: &str) -> Text {
    bold(name) + " " + version + ", " + state + ": " + about
}
/// A plugin that this binary was built without.
pub fn left_out_line(name: &str, feature: &str) -> Text {
    bold(name) + " is not in this binary: build it with " + code(format!("--features {feature}"))
}
/// A plugin cannot be turned on from a chat; `place` is where the config says so, after a comma.
pub fn off_by_config(name: &str, place: &str) -> String {
    format!("{name} is off by the config (plugins.{name}.enabled = false{place}): change it there, then run !reload.")
}
/// A plugin that is on.
pub fn is_on() -> Text {
    state(State::Good, "on")
}
/// A plugin that was turned off by a command.
pub fn is_off() -> Text {
    state(State::Idle, "off")
}
/// A plugin that the config turns off.
pub fn is_off_by_config() -> Text {
    state(State::Idle, "off by the config")
}
/// A plugin that cannot start before these keys are set.
pub fn is_off_until(keys: &[String]) -> Text {
    state(State::Odd, format!("off until the config has {}", keys.join(" and ")))
}
/// What a list of plugins has none of.
pub const SUCH_PLUGIN: &str = "such plugin";
/// A plugin has not said how it stands.
pub fn no_status() -> Text {
    state(State::Odd, "did not say how it stands") + "; the log of the host says why"
}
/// A plugin was turned on or off, or was so already.
pub fn plugin_now(name: &str, on: bool, changed: bool) -> Text {
    let already = if changed { "now" } else { "already" };
    bold(name) + " is " + already + if on { " on." } else { " off." }
}
/// A list has no rows.
pub fn nothing_found(what: &str) -> Text {
    Text::from("No ") + what + "."
}
/// A list has no rows that fit a filter.
pub fn nothing_like_that() -> Text {
    "Nothing like that.".into()
}
/// There are more rows than are shown.
pub fn more_rows(command: &str, before: u64) -> Text {
    Text::from("Older ones: ") + text::command(format!("{command} before {before}"))
}
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
/// Titles of `!acl`.
pub const ACL_ROLES: &str = "roles";
/// As [`ACL_ROLES`].
pub const ACL_RULES: &str = "rules, of which the first that fits decides";
/// As [`ACL_ROLES`].
pub const ACL_GRANTS: &str = "granted by plugins";
/// A rule without conditions but its command.
pub const ACL_WHOEVER: &str = "whoever runs it";
/// A rule without any condition.
pub const ACL_EVERY_CALL: &str = "every call";
/// Why a grant opens nothing: there is no such plugin now.
pub const ACL_NOT_ON: &str = "the plugin is not on";
/// Why a grant opens nothing: the plugin has no such command.
pub const ACL_FITS_NOTHING: &str = "fits no command";
/// The roles, rules or grants of `!acl`, or that there are none.
pub fn acl_group(title: &str, rows: Vec<Text>) -> Text {
    match rows.is_empty() {
        true => bold(title) + ": none",
        false => bold(title) + list(rows),
    }
}
/// Who has a role, or is an admin.
pub fn acl_members(role: &str, members: &[String]) -> Text {
    bold(role) + ": " + if members.is_empty() { "nobody".to_owned() } else { members.join(", ") }
}
/// A rule in `!acl`, and what it says of the calls that fit.
pub fn acl_rule(n: usize, place: Option<&str>, conditions: &str, allow: Allow) -> Text {
    let verdict = match allow {
        Allow::Yes => "allowed",
        Allow::No => "refused",
        Allow::Default => "left to the command",
    };
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    bold(n) + place + ": " + conditions + ": " + verdict
}
/// A right that a plugin gave; `odd` says why it reaches nothing now.
pub fn acl_grant(plugin: &str, grant: &str, odd: Option<&str>) -> Text {
    bold(plugin) + ": " + grant + odd.map(|odd| format!(" ({odd})")).unwrap_or_default()
}
/// Where a decision is asked for.
pub fn acl_place(chat: &str, private: bool) -> Text {
    if private { Text::from("in private (") + code(chat) + ")" } else { Text::from("in ") + code(chat) }
}
/// Whether a sender may run a command, and why.
pub fn acl_may(sender: &str, path: &str, place: Text, may: bool, why: Text) -> Text {
    let may = if may { " may run " } else { " may not run " };
    code(sender) + may + text::command(path) + " " + place + ": " + why + "."
}
/// The arguments decide; `ways` say how, in order.
pub fn acl_depends(sender: &str, path: &str, place: Text, ways: Vec<Text>) -> Text {
    let first = Text::from("Whether ") + code(sender) + " may run " + text::command(path) + " " + place;
    first + " depends on its arguments:" + list(ways)
}
/// The arguments cannot be read, so no decision comes of them.
pub fn acl_no_such_call(path: &str) -> Text {
    text::command(path) + " does not run with these arguments, whoever says it."
}
/// The command is for private chats: what holds elsewhere.
pub fn acl_private_only(path: &str, place: Text) -> Text {
    text::command(path) + " is run in private only, and is refused " + place + "."
}
/// The command asks before it runs.
pub fn acl_confirmed() -> Text {
    "It asks for a yes before it does anything.".into()
}
/// What a decision rests on, where it is no rule and no grant.
pub fn acl_because(because: &Because, sender: &str) -> String {
    match because {
        Because::Admin => format!("{sender} is an admin"),
        Because::Role(role) => format!("it is for {role}, which they are"),
        Because::Listed => "the config of its plugin lists them".to_owned(),
        Because::NotListed => "the config of its plugin lists others for it".to_owned(),
        Because::NotAdmin => "it is for admins".to_owned(),
        Because::NoRole(role) => format!("it is for {role} and admins"),
        Because::Everyone => "it is for everyone".to_owned(),
        Because::Rule(_) | Because::Grant(_) | Because::Arguments => "its arguments decide".to_owned(),
    }
}
/// A reason, and the rule that left the decision to it.
pub fn acl_reason(what: &str, left_by: Option<Text>) -> Text {
    match left_by {
        None => format!("{what}, and no rule says otherwise").into(),
        Some(rule) => Text::from(what) + ", and " + rule,
    }
}
/// What decides when none of the arguments do.
pub fn acl_else(reason: Text) -> Text {
    Text::from("else ") + reason
}
/// A right that a plugin gave decides.
pub fn acl_by_grant(plugin: &str, grant: &str) -> String {
    format!("the plugin {plugin} has granted {grant}")
}
/// A right: `travis * to console:bob, repo release/*`.
pub fn acl_granted(command: &str, sender: &str, args: &str) -> String {
    format!("{command} to {sender}{args}")
}
/// A condition on where a command is run.
pub fn acl_only(private: bool) -> &'static str {
    if private { "in private" } else { "not in private" }
}
/// The argument that a condition is about; none stands for all of them. `also_key` is
/// one that a rule has a key of the same name for.
pub fn acl_argument(name: Option<&str>, also_key: bool) -> String {
    match name {
        None => "arguments".to_owned(),
        Some(name) if also_key => format!("argument {name}"),
        Some(name) => name.to_owned(),
    }
}
/// What was given, where a condition fits it in another spelling.
pub fn acl_given(values: &[String]) -> String {
    format!(" ({} given)", values.join(" "))
}
/// A rule decides.
pub fn acl_by_rule(n: usize, place: Option<&str>, allow: Allow, conditions: &str) -> Text {
    let verb = match allow {
        Allow::Yes => "allows it",
        Allow::No => "refuses it",
        Allow::Default => "leaves it to the command",
    };
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    Text::from(format!("rule {n} of access.rules{place} {verb}: {conditions}"))
}
/// A word that is no sender of the networks there are.
pub fn acl_no_sender(word: &str, networks: &[String]) -> String {
    let forms: Vec<String> = networks.iter().map(|network| format!("{network}:ACCOUNT")).collect();
    format!("{word} is no sender; one is like {}.", or(&forms))
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
/// A request in a list is one that was run again.
pub fn replay_of(of: u64, by: &str) -> String {
    format!(" (replay of #{of} by {by})")
}
/// The body of a request that nobody vouched for.
pub fn body_not_kept() -> Text {
    "The body was not kept, since its proof did not hold.".into()
}
/// The body of a request that came to a chat network.
pub fn body_of_network() -> Text {
    "The body was not kept: what people say to a chat network is not.".into()
}
/// The body of a request; `more` characters of it are not shown.
pub fn body(shown: &str, more: usize) -> Text {
    let more = if more == 0 { String::new() } else { format!("… and {more} characters more") };
    if shown.is_empty() { "The body is empty.".into() } else { block(shown) + more }
}
/// The parameters of a request's path, or its query.
pub fn request_part(name: &str, fields: &str) -> Text {
    Text::from(format!("{name}: {fields}"))
}
/// Nothing was posted for a request.
pub fn no_notice() -> Text {
    "It led to no notice.".into()
}
/// One try to post a notice.
pub fn attempt(at: &str, outcome: &str, detail: &str, took_ms: impl Display) -> String {
    format!("{at} {outcome}: {detail} (took {took_ms} ms)")
}
/// A notice that a request led to; `standing` says what became of it.
pub fn notice_of_request(id: u64, chat: &str, standing: Text, tries: Vec<String>) -> Text {
    Text::from("notice ") + bold(format!("#{id}")) + " to " + code(chat) + " " + standing + list(tries)
}
/// The first half of a request in a list.
pub fn request_call(method: &str, path: &str, peer: &str, status: impl Display) -> String {
    format!(" {method} {path} from {peer}: {status} ")
}
/// Where an incident came from, as far as that is known.
pub fn incident_source(peer: Option<&str>, path: Option<&str>) -> String {
    let peer = peer.map(|peer| format!(" from {peer}")).unwrap_or_default();
    let path = path.map(|path| format!(" at {path}")).unwrap_or_default();
    peer + &path
}
/// No request has this number.
pub fn unknown_request(id: u64) -> String {
    format!("I know no request {id}: none had that number, or it is too old.")
}
/// A request cannot be run again, and why.
pub fn cannot_replay(id: u64, why: &str) -> Text {
    bold(format!("#{id}")) + " cannot be run again: " + why + "."
}
/// A request was run again, as `again`, or would be where that is none; `posts` are
/// whom it writes to, and what.
pub fn replayed(id: u64, again: Option<u64>, answer: &str, posts: Vec<(String, Text)>) -> Text {
    let text = bold(format!("#{id}"));
    let text = match again {
        Some(again) => text + ", run again as " + bold(format!("#{again}")) + ": " + answer,
        None => text + " would be " + answer,
    };
    match (posts.is_empty(), again) {
        (true, Some(_)) => text + ". Nothing follows.",
        (true, None) => text + ". Nothing would follow.",
        (false, _) => {
            let line = |(to, what): (String, Text)| Text::from("to ") + code(to) + ": " + what;
            text + if again.is_some() { ". It posts:" } else { ". It would post:" } + list(posts.into_iter().map(line))
        }
    }
}
/// What the handler of a request that was run again could not see.
pub fn masked_in_replay(names: &[String]) -> Text {
    Text::from("Its handler saw *** for ") + names.join(", ") + ", which is not kept."
}
/// A line at the console is longer than any may be.
pub fn line_too_long(max_bytes: usize) -> Text {
    format!("That line is longer than the {} KiB that I take: I have left it out.", max_bytes >> 10).into()
}
/// Ctrl-C at the console on a line that was begun.
pub fn line_left() -> &'static str {
    "That line is left. Ctrl-C or Ctrl-D on an empty line stops me."
}
/// The input of a script has ended while a command waited for an answer.
pub fn question_left() -> Text {
    "The input has ended, and my question has no answer: its command is left. Put the answer on a line of its own, or all words on the command's line.".into()
}
/// Lines of the log could not be shown in time.
pub fn log_lines_dropped(count: u64) -> String {
    match count {
        1 => "1 line of the log was left out here: the screen was not read.".into(),
        count => format!("{count} lines of the log were left out here: the screen was not read."),
    }
}
/// The store was not there, and was made of a snapshot.
pub fn store_was_missing(records: usize, snapshot: &str, time: Timestamp) -> String {
    let (records, time) = (count_of(records as u64, "record"), time.round(Unit::Second).unwrap_or(time));
    format!(
        "The store was missing; I took {records} from the snapshot of {time} ({snapshot}). What was changed after it is lost."
    )
}
/// The store is an older copy of itself.
pub fn store_is_older(folder: &str, snapshot: &str) -> String {
    format!(
        "The store in {folder} is an older one: it lacks what its newest snapshot has. If that is not meant, stop me, \
         run `factotum store import {snapshot}`, and start me again."
    )
}
/// The disk has no room to start on.
pub fn no_room(folder: &str, free: u64, needed: u64) -> String {
    let (free, needed) = (free >> 10, needed.div_ceil(1024));
    format!(
        "the disk of {folder} is full: {needed} KiB are needed and {free} KiB are free; make some room there, or name a folder on another disk with --data DIR"
    )
}
/// `1 record`, `2 records`.
pub fn count_of(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
/// Nobody can run what is for admins.
pub fn nobody_is_admin() -> String {
    "admins: nobody is an admin on a chat that is on, so nobody can run what is for admins in a chat, !reload among it; \
     name somebody, as in admins = [\"console:admin\"], and start the host again or send it a SIGHUP"
        .into()
}
/// A plugin that this binary was built without.
pub fn not_in_this_binary(name: &str, feature: &str) -> String {
    format!("{name} is not in this binary: build it with --features {feature}")
}
/// No plugin has this name.
pub fn unknown_plugin(name: &str, prefix: &str) -> String {
    format!("There is no plugin {name}. {prefix}repos lists those that there are.")
}
/// A plugin cannot be on before these keys are set.
pub fn needs_config(name: &str, keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("plugins.{name}.{key}")).collect();
    format!("{name} needs in the config: {}", keys.join(", "))
}
/// A plugin panicked while it started.
pub fn panicked_at_start() -> &'static str {
    "it panicked at its start"
}
/// A plugin did not start in time.
pub fn not_ready_within(limit: Duration) -> String {
    format!("it was not ready within {}", duration(limit))
}
/// A request cannot be run again: it was refused by its proof.
pub fn replay_without_body() -> &'static str {
    "its body was not kept, since its proof did not hold"
}
/// A request cannot be run again: it told a chat network what people said.
pub fn replay_of_network() -> &'static str {
    "it came to a chat network: what people say is not kept"
}
/// A request cannot be run again: its path is not known.
pub fn replay_without_param(param: &str) -> String {
    format!("what stood for {{{param}}} in its path may be a secret and was not kept")
}
/// A request cannot be run again: nothing serves it now.
pub fn replay_without_hook(method: &str, path: &str) -> String {
    format!("no plugin that is on serves {method} {path}")
}
/// A request cannot be rehearsed.
pub fn no_second_instance(plugin: &str, error: &str) -> String {
    format!("a second instance of {plugin} does not start: {error}")
}
/// Why there is no hook for a request: its plugin is off.
pub fn hook_of_a_plugin_that_is_off(plugin: &str, method: &str) -> String {
    format!("it is a hook of the plugin {plugin}, which is off ({method})")
}
/// Why there is no hook for a request.
pub fn no_such_hook(method: &str) -> String {
    format!("there is no such hook ({method})")
}
/// Why the metrics are not shown to anybody.
pub fn metrics_are_off() -> String {
    "http.metrics is \"off\"".into()
}
/// Why the metrics are not shown to this reader.
pub fn metrics_are_local() -> String {
    "http.metrics is \"loopback\": only readers on this machine who call it by a loopback name get them".into()
}
/// More requests were named than are run again at a time.
pub fn too_many_replays(max: usize) -> String {
    format!("I run at most {max} requests again at a time: please name fewer.")
}
/// The end of the journal's log was not whole; `aside` is where the log is kept.
pub fn journal_end_was_damaged(pages: impl Display, aside: Option<&str>) -> String {
    let kept = aside.map(|aside| format!(" It is kept as {aside}.")).unwrap_or_default();
    format!(
        "The end of the journal's log was damaged, and {pages} pages were left out. If the machine lost its power, \
         nobody was told that they were stored; else what was taken in last is lost.{kept}"
    )
}
/// The journal was damaged, and another one was begun.
pub fn journal_was_damaged(journal: &str, why: &str, aside: &str) -> String {
    format!("The journal {journal} was damaged ({why}); it is kept as {aside}, and a new one has begun.")
}
/// What of a damaged journal could be saved.
pub fn journal_was_salvaged(saved: impl Display) -> String {
    format!(
        "Of the damaged journal {saved} notices were saved that are not posted yet. \
         Others may be lost; what was posted or answered before is in the old file only."
    )
}
/// Nothing of a damaged journal could be saved.
pub fn journal_is_unreadable(why: &str) -> String {
    format!("Nothing could be read of the damaged journal: {why}.")
}
/// The store was damaged.
pub fn store_was_damaged(why: &str, aside: &str) -> String {
    format!("The store was damaged ({why}). It is kept as it was in {aside}.")
}
/// The store was mended by leaving out what sled makes anew.
pub fn store_was_repaired(records: usize, revision: impl Display) -> String {
    format!(
        "It was repaired by making its index files (snap.*) anew; it has {records} records, the newest revision \
         is {revision}. If the damage reached the records too, what was written last is missing."
    )
}
/// A record of the store that cannot be read.
pub fn record_is_lost(which: &str) -> String {
    format!("Lost: {which}.")
}
/// Records of a damaged store that could be read.
pub fn records_are_kept(saved: usize) -> String {
    format!("{saved} of its records could be read and are kept.")
}
/// Records of a snapshot that a damaged store had not, or older.
pub fn records_were_loaded(loaded: usize, snapshot: &str) -> String {
    format!("{loaded} records were loaded from the newest snapshot, {snapshot}: what was changed after it may be lost.")
}
/// There is no snapshot to mend the store from; whether some records are `saved`.
pub fn no_snapshot(saved: bool) -> &'static str {
    match saved {
        true => "There is no snapshot to take the others from.",
        false => "There is no snapshot to load: the store begins empty.",
    }
}
/// Records of the newest snapshot are not in the store that was mended.
pub fn records_are_missing(count: usize, snapshot: &str, table: &str, key: &str) -> String {
    format!(
        "{count} records of the newest snapshot, {snapshot}, are not in it (the first is {key:?} of {table:?}): removed since, or lost."
    )
}
/// The host begins a new journal beside a store that had one.
pub fn journal_was_missing() -> String {
    "The journal was missing, and a new one was begun: what waited to be posted is lost.".into()
}
/// A network ended by a panic.
pub fn network_panicked() -> &'static str {
    "it panicked, and was begun again"
}
/// A chat network does not start, or an admin cannot go.
pub fn no_admin(network: &str) -> String {
    format!("chats.{network}: {}", needs_admin(network))
}
/// The same, of a mistake whose key is told.
pub fn needs_admin(network: &str) -> String {
    format!(
        "a chat network does not start while no admin is configured: set admins = [\"{network}:YOUR-ID\"] at the top of the config"
    )
}
/// An admin who can be no person of the network; `account` is how one looks there.
pub fn no_person(admin: &str, network: &str, account: &str) -> String {
    format!("`{admin}` is no person: one is like {network}:{account}, and !getid says it")
}
/// The config wants a network that this binary does not have.
pub fn unknown_network_kind(network: &str, kind: &str) -> String {
    format!("chats.{network}: there is no network {kind:?} in this binary")
}
/// Another process works on the data folder.
pub fn data_in_use(folder: &str, process: &str) -> String {
    format!(
        "the data folder {folder} is in use by another factotum (process {process}): stop it, or give this one a folder of its own with --data DIR"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units() {
        let shown = [0, 59, 60, 3_600, 86_399, 90_061].map(|secs| duration(Duration::from_secs(secs)));
        assert_eq!(shown, ["0 s", "59 s", "1 min", "1 h", "23 h 59 min", "1 d 1 h"]);
    }

    #[test]
    fn choices_read_well() {
        let words = ["a", "b", "c"].map(String::from);
        assert_eq!([or(&words[..1]), or(&words[..2]), or(&words)], ["a", "a or b", "a, b or c"]);
    }
}
