//! What is said at the console, at the start and of damage to what is kept.
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
