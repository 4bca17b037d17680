//! What is said of silences and quiet hours, and of notices that come as one message.
use super::*;
use crate::noise::{Quiet, Silence};
use factotum_plugin_api::{chat::ChatId, notice::Good};
use std::collections::BTreeMap;

/// A silence began, until then; `here` where it is about the chat that reads it.
pub(crate) fn silence_begun(silence: &Silence, until: &str, here: bool) -> Text {
    let place = say("silence-place").choice("here", yes_no(here)).with("chat", code(&silence.chat));
    let text =
        say("silence-begun").with("id", bold(format!("#{}", silence.id))).with("pattern", code(&silence.pattern));
    let text = text.with("place", Text::from(place)).with("until", until);
    text.with("end", text::command(format!("silence end {}", silence.id))).into()
}
/// A silence in a list.
pub(crate) fn silence_line(silence: &Silence, until: &str, kept_out: u64) -> Text {
    let text = say("silence-line").with("id", bold(format!("#{}", silence.id))).with("chat", code(&silence.chat));
    let text = text.with("pattern", code(&silence.pattern)).with("until", until).with("by", &silence.by);
    let text = Text::from(text.with("count", kept_out));
    if silence.comment.is_empty() { text } else { text + ": " + &silence.comment }
}
/// A silence has ended; it kept so many notices out.
pub(crate) fn silence_is_over(silence: &Silence, kept_out: u64) -> Text {
    let text = say("silence-is-over").with("id", bold(format!("#{}", silence.id)));
    let text = Text::from(text.with("pattern", code(&silence.pattern)).with("count", kept_out));
    if kept_out == 0 {
        return text;
    }
    let list = text::command(format!("outbox list silenced #{}", silence.id));
    text + " " + say("silence-shows").with("list", list).with("retry", text::command("outbox retry"))
}
/// There are no silences in a chat, or in any.
pub(crate) fn no_silences(chat: &ChatId, anywhere: bool) -> Text {
    say("no-silences").choice("anywhere", yes_no(anywhere)).with("chat", code(chat)).into()
}
/// No silence of now has this number; `list` is the command that shows them.
pub(crate) fn no_such_silence(id: u64, list: &str) -> String {
    say("no-such-silence").with("id", format!("#{id}")).with("list", list).to_string()
}
/// A silence without an end.
pub(crate) fn silence_needs_a_time(typed: &str) -> String {
    say("silence-needs-a-time").with("typed", typed).to_string()
}
/// A word that was meant as the time of a silence, and is none.
pub(crate) fn no_time_of_a_silence(typed: &str) -> String {
    say("no-time-of-a-silence").with("typed", typed).to_string()
}
/// The words of a silence, or why it is, are longer than this.
pub(crate) fn silence_says_too_much(most: usize) -> String {
    say("silence-says-too-much").with("most", most).to_string()
}
/// A chat has so many silences that there cannot be one more; `end` is the command that ends one.
pub(crate) fn too_many_silences(most: usize, chat: &ChatId, end: &str) -> String {
    say("too-many-silences").with("most", most).with("chat", chat.to_string()).with("end", end).to_string()
}
/// So many silences there are now, for `!status`; `listed` where the reader may see them.
pub(crate) fn silences_now(count: usize, listed: bool) -> Text {
    let text = Text::from(say("silences-now").with("count", count));
    if listed { text + say("silences-now-listed").with("list", text::command("silence")) } else { text }
}
/// A silence that would last longer than any may.
pub(crate) fn silence_too_long(longest: Duration) -> String {
    say("silence-too-long").with("longest", duration(longest)).to_string()
}
/// Somebody else than an admin named another chat.
pub(crate) fn other_chats_are_for_admins() -> String {
    say("other-chats-are-for-admins").to_string()
}
/// The quiet hours of a chat.
pub(crate) fn quiet_hours(quiet: &Quiet) -> Text {
    let text = say("quiet-hours").with("hours", bold(quiet.hours)).with("zone", quiet.zone.to_string());
    text.choice("hold", yes_no(quiet.hold)).with("end", quiet.hours.end()).into()
}
/// What is said of another chat than the one that reads it: with its name.
pub(crate) fn of_chat(chat: Option<&ChatId>, text: Text) -> Text {
    match chat {
        Some(chat) => code(chat) + ": " + text,
        None => text,
    }
}
/// A command about another chat than the one that reads it.
fn about(line: &str, chat: Option<&ChatId>) -> Text {
    let chat = chat.map(|chat| format!(" --chat {}", crate::words::quote(&chat.to_string())));
    text::command(line.to_owned() + &chat.unwrap_or_default())
}
/// A chat has no quiet hours; `chat` where it is another.
pub(crate) fn no_quiet_hours(chat: Option<&ChatId>) -> Text {
    let set = about("quiet 22:00-07:00 --zone Europe/Berlin", chat);
    of_chat(chat, say("no-quiet-hours").with("quiet", set).into())
}
/// A chat has no quiet hours any more; `hold` where notices waited for their end.
pub(crate) fn quiet_is_off(hold: bool) -> Text {
    say("quiet-is-off").choice("hold", yes_no(hold)).into()
}
/// A word that is no hours of the day.
pub(crate) fn no_hours(typed: &str) -> String {
    say("no-hours").with("typed", typed).to_string()
}
/// A word after the hours that is none there.
pub(crate) fn not_hold(typed: &str) -> String {
    say("not-hold").with("typed", typed).to_string()
}
/// A name of no time zone.
pub(crate) fn no_zone(typed: &str) -> String {
    say("no-zone").with("typed", typed).to_string()
}
/// How many good notices of which kind are one message: `12 builds passed in 1 min`.
pub(crate) fn burst(counts: &BTreeMap<Good, usize>, span: Duration) -> Text {
    let all: usize = counts.values().sum();
    let one = counts.keys().next().filter(|_| counts.len() == 1);
    let builds = match one {
        Some(Good::Passed) => say("burst-passed"),
        Some(Good::Fixed) => say("burst-fixed"),
        Some(Good::Started) => say("burst-started"),
        None => say("burst-builds"),
    };
    let mut said = builds.with("count", all).to_string();
    if span >= Duration::from_secs(1) {
        // From a minute on nobody counts seconds.
        let secs = span.as_secs();
        let shown = Duration::from_secs(if secs < 60 { secs } else { secs - secs % 60 });
        said = say("burst-in").with("builds", said).with("span", duration(shown)).to_string();
    }
    let kind = |(good, count): (&Good, &usize)| {
        let kind = match good {
            Good::Passed => "passed",
            Good::Fixed => "fixed",
            Good::Started => "started",
        };
        say("burst-kind").choice("kind", kind).with("count", *count).to_string()
    };
    match one {
        Some(_) => bold(said),
        None => bold(said) + ": " + counts.iter().map(kind).collect::<Vec<_>>().join(", "),
    }
}
/// So many notices of a message are not shown in it.
pub(crate) fn burst_more(count: usize) -> Text {
    say("burst-more").with("count", count).with("list", text::command("outbox list sent")).into()
}
/// When good notices are one message in a chat: from so many on, 0 for never; `chat`
/// where it is another.
pub(crate) fn grouping(after: u32, chat: Option<&ChatId>) -> Text {
    let text = Text::from(say("grouping").with("after", after));
    let (change, on) = if after == 0 { ("group after 5", "group on") } else { ("group off", "group on") };
    let how = say("grouping-how").with("change", about(change, chat)).with("on", about(on, chat));
    of_chat(chat, text + " " + how)
}
/// Words that say nothing of groups.
pub(crate) fn not_grouping(typed: &str) -> String {
    say("not-grouping").with("typed", typed).to_string()
}
