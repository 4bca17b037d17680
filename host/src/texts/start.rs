//! What is said to whoever starts the host: at its console, on its command line and in
//! its log. It is English whatever is spoken in the chats, as the other lines there are.
use super::*;

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
/// The disk has no room to start on.
pub fn no_room(folder: &str, free: u64, needed: u64) -> String {
    let (free, needed) = (free >> 10, needed.div_ceil(1024));
    format!(
        "the disk of {folder} is full: {needed} KiB are needed and {free} KiB are free; make some room there, or name a folder on another disk with --data DIR"
    )
}
/// Nobody can run what is for admins.
pub fn nobody_is_admin() -> String {
    "admins: nobody is an admin on a chat that is on, so nobody can run what is for admins in a chat, !reload among it; \
     name somebody, as in admins = [\"console:admin\"], and start the host again or send it a SIGHUP"
        .into()
}
/// A plugin panicked while it started.
pub fn panicked_at_start() -> &'static str {
    "it panicked at its start"
}
/// A plugin did not start in time.
pub fn not_ready_within(limit: Duration) -> String {
    format!("it was not ready within {}", duration(limit))
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
/// The admins' chat can be none of its network; `form` is what an address looks like there.
pub fn no_admin_chat(chat: &str, network: &str, form: &str) -> String {
    format!("`{chat}` is no chat of {network}: an address is like {form}; !getid says it")
}
/// The config wants a network that this binary does not have.
pub fn unknown_network_kind(network: &str, kind: &str) -> String {
    format!("chats.{network}: there is no network {kind:?} in this binary")
}
/// A chat of `--set` is on a network that the config does not have.
pub fn no_network_to_import_to(key: &str, chat: &str, network: &str) -> String {
    format!("--set {key}={chat}: the config has no network {network}: name one that it has, or write [chats.{network}]")
}
/// Another process works on the data folder.
pub fn data_in_use(folder: &str, process: &str) -> String {
    format!(
        "the data folder {folder} is in use by another factotum (process {process}): stop it, or give this one a folder of its own with --data DIR"
    )
}
