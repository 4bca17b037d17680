//! What is said of the host, its plugins and its networks.
use super::*;

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
