//! What `!acl` says.
use super::*;

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
