//! What is said of the host, its plugins and its networks.
use super::*;

/// What this bot is.
pub fn about(version: &str) -> Text {
    let text = say("about").with("name", bold("Factotum")).with("version", version);
    text.with("repos", text::command("repos")).with("help", text::command("help")).into()
}
/// The first line of `!status`.
pub fn up_since(version: &str, uptime: Duration) -> Text {
    let text = say("up-since").with("name", bold("factotum")).with("version", version);
    text.with("time", duration(uptime)).into()
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
        Link::Up => state(State::Good, say("link-up")),
        Link::Connecting => state(State::Running, say("link-connecting")),
        Link::Ailing(_) => state(State::Odd, say("link-ailing")),
        Link::Down(_) if gave_up => state(State::Bad, say("link-gave-up")),
        Link::Down(_) => state(State::Bad, say("link-down")),
    }
}
/// Something waits for a network that the config no longer has.
pub fn not_configured() -> Text {
    state(State::Bad, say("not-configured"))
}
/// A network in `!status`.
pub fn network_status(status: NetworkStatus) -> Text {
    let NetworkStatus { name, word, since, why, waiting, next_try, dead, last_error } = status;
    let mut text = bold(name) + " " + word;
    if let Some(since) = since {
        text = text + " " + say("status-since").with("since", since);
    }
    if let Some(why) = why {
        text = text + ": " + scrub(&why).into_owned();
    }
    if let Some((count, oldest)) = waiting {
        text = text + say("status-waiting").with("count", count).with("oldest", duration(oldest));
    }
    if let Some(next_try) = next_try {
        text = text + say("status-next-try").with("next", next_try);
    }
    if dead > 0 {
        text = text + say("status-dead").with("count", dead).with("list", text::command("outbox list dead"));
    }
    if let Some((at, error)) = last_error {
        text = text + say("status-last-error").with("at", at).with("error", error);
    }
    text
}
/// The plugins that are on, in `!status`.
pub fn plugins_on(names: &[&str]) -> Text {
    match names {
        [] => say("no-plugin-on").into(),
        names => say("plugins-on").with("plugins", names.join(", ")).into(),
    }
}
/// The size of the journal, in `!status`; a small one is no news.
pub fn journal_size(bytes: u64) -> Text {
    match bytes / 1_000_000 {
        ..10 => say("journal-small").into(),
        mb => say("journal-size").with("mb", mb).into(),
    }
}
/// Where hooks are reached, in `!status`.
pub fn hooks_at(url: &str) -> Text {
    say("hooks-at").with("url", code(url)).into()
}
/// A network has ended for good.
pub fn network_gave_up(name: &str, reason: &str) -> Text {
    let text = say("network-gave-up").with("network", bold(name)).with("reason", reason);
    text.with("status", text::command("status")).into()
}
/// For the admins: the bot can post to a chat now.
pub fn joined(chat: &str, title: &str, by: Option<&Sender>) -> Text {
    say("joined").with("title", bold(title)).with("by", by_whom(by)).with("chat", code(chat)).into()
}
/// For the chat that the bot was added to.
pub fn here_i_am(chat: &str) -> Text {
    say("here-i-am").with("chat", code(chat)).with("help", text::command("help")).into()
}
/// For the admins: the bot can no longer post to a chat.
pub fn left_chat(chat: &str, title: &str, by: Option<&Sender>) -> Text {
    say("left-chat").with("title", bold(title)).with("chat", code(chat)).with("by", by_whom(by)).into()
}
fn by_whom(by: Option<&Sender>) -> String {
    let text = |by: &Sender| say("by-whom").with("name", &by.name).with("id", &by.id);
    by.map(|by| text(by).to_string()).unwrap_or_default()
}
/// Who somebody is to the bot.
pub fn whoami(name: &str, id: &str, chat: &str, private: bool, admin: bool, roles: &[String]) -> Text {
    let text = say("whoami").with("name", bold(name)).with("id", code(id));
    let mut text = Text::from(text.with("place", acl_place(chat, private)));
    if admin {
        text = text + " " + say("whoami-admin");
    }
    if !roles.is_empty() {
        text = text + " " + say("whoami-roles").with("roles", roles.join(", "));
    }
    text
}
/// The greeting of `!start`.
pub fn hello(name: &str) -> Text {
    say("hello").with("name", bold(name)).with("help", code("!help")).into()
}
/// `!getid` where nobody else reads it.
pub fn your_id(id: &str) -> Text {
    say("your-id").with("id", code(id)) + "\n" + for_admins(id)
}
/// `!getid` where others read too; `topic` is the address of the part of the chat that it is asked in.
pub fn ids_here(name: &str, id: &str, chat: &str, topic: Option<&str>) -> Text {
    let place = match topic {
        Some(topic) => say("topic-here").with("topic", code(topic)),
        None => say("chat-here"),
    };
    let here = say("here").with("here", code("here"));
    let yours = say("your-id-here").with("name", bold(name)).with("id", code(id));
    yours + "\n" + place.with("chat", code(chat)) + "\n" + for_admins(id) + " " + here
}
fn for_admins(id: &str) -> Phrase {
    say("for-admins").with("line", code(format!("admins = [\"{id}\"]")))
}
/// `!commands botfather`.
pub fn for_botfather(lines: &[String]) -> Text {
    match lines {
        [] => say("for-botfather-none").into(),
        lines => say("for-botfather").with("command", code("/setcommands")) + block(lines.join("\n")),
    }
}
/// A plugin in a list.
pub fn plugin_line(name: &str, version: &str, state: Text, about: &str) -> Text {
    bold(name) + " " + version + ", " + state + ": " + about
}
/// What a plugin has, in `!plugin info`.
pub fn plugin_has(what: &'static str, values: Vec<Text>) -> Text {
    say("plugin-has").choice("what", what).with("values", Text::join(", ", values)).into()
}
/// A plugin that this binary was built without.
pub fn left_out_line(name: &str, feature: &str) -> Text {
    say("left-out-line").with("plugin", bold(name)).with("option", code(format!("--features {feature}"))).into()
}
/// As [`left_out_line`], where it was asked for.
pub fn not_in_this_binary(name: &str, feature: &str) -> String {
    say("left-out-line").with("plugin", name).with("option", format!("--features {feature}")).to_string()
}
/// No plugin has this name.
pub fn unknown_plugin(name: &str, prefix: &str) -> String {
    say("unknown-plugin").with("plugin", name).with("repos", format!("{prefix}repos")).to_string()
}
/// A plugin cannot be on before these keys are set.
pub fn needs_config(name: &str, keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("plugins.{name}.{key}")).collect();
    say("needs-config").with("plugin", name).with("keys", keys.join(", ")).to_string()
}
/// A plugin cannot be turned on from a chat; `source` is where the config says so.
pub fn off_by_config(name: &str, source: Option<&Source>) -> String {
    let place = source.map(|source| format!(", {}", config_source(source))).unwrap_or_default();
    let key = format!("plugins.{name}.enabled = false");
    say("off-by-config").with("plugin", name).with("key", key).with("place", place).to_string()
}
/// A plugin that is on.
pub fn is_on() -> Text {
    state(State::Good, say("is-on"))
}
/// A plugin that was turned off by a command.
pub fn is_off() -> Text {
    state(State::Idle, say("is-off"))
}
/// A plugin that the config turns off.
pub fn is_off_by_config() -> Text {
    state(State::Idle, say("is-off-by-config"))
}
/// A plugin that cannot start before these keys are set.
pub fn is_off_until(keys: &[String]) -> Text {
    state(State::Odd, say("is-off-until").with("keys", folded("and", keys)))
}
/// A plugin has not said how it stands.
pub fn no_status() -> Text {
    say("no-status").with("state", state(State::Odd, say("no-status-state"))).into()
}
/// A plugin was turned on or off, or was so already.
pub fn plugin_now(name: &str, on: bool, changed: bool) -> Text {
    let text = say("plugin-now").with("plugin", bold(name));
    text.choice("changed", yes_no(changed)).choice("on", yes_no(on)).into()
}
/// What a list is of, for [`nothing_found`]: `requests`, `incidents`, `log` or `plugins`.
pub fn listed(what: &'static str) -> String {
    say("listed").choice("what", what).to_string()
}
/// A list has no rows.
pub fn nothing_found(what: &str) -> Text {
    say("nothing-found").with("what", what).into()
}
/// A list has no rows that fit a filter.
pub fn nothing_like_that() -> Text {
    say("nothing-like-that").into()
}
/// There are more rows than are shown.
pub fn more_rows(command: &str, before: u64) -> Text {
    say("more-rows").with("command", text::command(format!("{command} before {before}"))).into()
}
/// The config has no such section.
pub fn no_such_section(section: &str, sections: &[String]) -> String {
    say("no-such-section").with("section", section).with("sections", sections.join(", ")).to_string()
}
/// The head of `!config`.
pub fn config_head() -> [String; 3] {
    ["config-key", "config-value", "config-from"].map(|key| say(key).to_string())
}
/// A key of the config that nobody has set, and that has no default.
pub fn config_not_set() -> String {
    say("config-not-set").to_string()
}
/// Where a value of the config comes from; `late` when it holds from the next start on.
pub fn config_from(source: &Source, late: bool) -> String {
    let source = config_source(source);
    if late { say("config-late").with("source", source).to_string() } else { source }
}
fn config_source(source: &Source) -> String {
    match source {
        Source::Default => say("config-default").to_string(),
        Source::File { line } => say("config-line").with("line", line.to_string()).to_string(),
        Source::SecretFile { path, .. } => say("config-file").with("file", path.display().to_string()).to_string(),
        Source::Env { .. } | Source::Credential => source.to_string(),
    }
}
/// An address that is no chat of its network; `form` is what one looks like there.
pub fn no_chat_of(address: &str, network: &str, form: &str) -> String {
    let text = say("no-chat-of").with("address", format!("{address:?}")).with("network", network);
    text.with("form", format!("{network}:{form}")).to_string()
}
/// A bare address that several networks could mean.
pub fn several_chats(word: &str, chats: &[String]) -> String {
    say("several-chats").with("word", format!("{word:?}")).with("chats", folded("or", chats)).to_string()
}
/// A word that no network takes for a chat.
pub fn no_chat(word: &str, forms: &[String]) -> String {
    match forms {
        [] => say("chat-form").to_string(),
        forms => say("no-chat").with("word", format!("{word:?}")).with("forms", or(forms)).to_string(),
    }
}
