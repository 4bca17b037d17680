//! What `!acl` says. Keys of the config, and what rules are written of, stay as they are.
use super::*;

/// Titles of `!acl`.
pub fn acl_roles() -> Text {
    bold(say("acl-roles"))
}
/// As [`acl_roles`].
pub fn acl_rules() -> Text {
    bold(say("acl-rules"))
}
/// As [`acl_roles`].
pub fn acl_grants() -> Text {
    bold(say("acl-grants"))
}
/// A rule without conditions but its command.
pub fn acl_whoever() -> String {
    say("acl-whoever").to_string()
}
/// A rule without any condition.
pub fn acl_every_call() -> String {
    say("acl-every-call").to_string()
}
/// Why a grant opens nothing: there is no such plugin now.
pub fn acl_not_on() -> String {
    say("acl-not-on").to_string()
}
/// Why a grant opens nothing: the plugin has no such command.
pub fn acl_fits_nothing() -> String {
    say("acl-fits-nothing").to_string()
}
/// The roles, rules or grants of `!acl`, or that there are none.
pub fn acl_group(title: Text, rows: Vec<Text>) -> Text {
    match rows.is_empty() {
        true => say("acl-none").with("title", title).into(),
        false => title + list(rows),
    }
}
/// Who has a role, or is an admin.
pub fn acl_members(role: &str, members: &[String]) -> Text {
    bold(role) + ": " + if members.is_empty() { say("acl-nobody").to_string() } else { members.join(", ") }
}
/// A rule in `!acl`, and what it says of the calls that fit.
pub fn acl_rule(n: usize, place: Option<&str>, conditions: &str, allow: Allow) -> Text {
    let verdict = say("acl-verdict").choice("allow", variant(allow));
    bold(n) + in_brackets(place) + ": " + conditions + ": " + verdict
}
fn variant(allow: Allow) -> &'static str {
    match allow {
        Allow::Yes => "yes",
        Allow::No => "no",
        Allow::Default => "default",
    }
}
fn in_brackets(words: Option<&str>) -> String {
    words.map(|words| format!(" ({words})")).unwrap_or_default()
}
/// A right that a plugin gave; `odd` says why it reaches nothing now.
pub fn acl_grant(plugin: &str, grant: &str, odd: Option<&str>) -> Text {
    bold(plugin) + ": " + grant + in_brackets(odd)
}
/// Where a decision is asked for.
pub fn acl_place(chat: &str, private: bool) -> Text {
    say("place").choice("private", yes_no(private)).with("chat", code(chat)).into()
}
/// Whether a sender may run a command, and why.
pub fn acl_may(sender: &str, path: &str, place: Text, may: bool, why: Text) -> Text {
    let text = say("acl-may").choice("may", yes_no(may)).with("sender", code(sender));
    text.with("command", text::command(path)).with("place", place).with("why", why).into()
}
/// The arguments decide; `ways` say how, in order.
pub fn acl_depends(sender: &str, path: &str, place: Text, ways: Vec<Text>) -> Text {
    let text = say("acl-depends").with("sender", code(sender)).with("command", text::command(path));
    text.with("place", place) + list(ways)
}
/// The arguments cannot be read, so no decision comes of them.
pub fn acl_no_such_call(path: &str) -> Text {
    say("acl-no-such-call").with("command", text::command(path)).into()
}
/// The command is for private chats: what holds elsewhere.
pub fn acl_private_only(path: &str, place: Text) -> Text {
    say("acl-private-only").with("command", text::command(path)).with("place", place).into()
}
/// The command asks before it runs.
pub fn acl_confirmed() -> Text {
    say("acl-confirmed").into()
}
/// What a decision rests on, where it is no rule and no grant.
pub fn acl_because(because: &Because, sender: &str) -> String {
    let text = match because {
        Because::Admin => say("acl-because-admin").with("sender", sender),
        Because::Role(role) => say("acl-because-role").with("role", *role),
        Because::Listed => say("acl-because-listed"),
        Because::NotListed => say("acl-because-not-listed"),
        Because::NotAdmin => say("acl-because-not-admin"),
        Because::NoRole(role) => say("acl-because-no-role").with("role", *role),
        Because::Everyone => say("acl-because-everyone"),
        Because::Rule(_) | Because::Grant(_) | Because::Arguments => say("acl-because-arguments"),
    };
    text.to_string()
}
/// A reason, and the rule that left the decision to it.
pub fn acl_reason(what: &str, left_by: Option<Text>) -> Text {
    match left_by {
        None => say("acl-reason").with("what", what).into(),
        Some(rule) => say("acl-reason-and").with("what", what).with("rule", rule).into(),
    }
}
/// What decides when none of the arguments do.
pub fn acl_else(reason: Text) -> Text {
    say("acl-else").with("reason", reason).into()
}
/// A right that a plugin gave decides.
pub fn acl_by_grant(plugin: &str, grant: &str) -> String {
    say("acl-by-grant").with("plugin", plugin).with("grant", grant).to_string()
}
/// A right: `travis * to console:bob, repo release/*`.
pub fn acl_granted(command: &str, sender: &str, args: &str) -> String {
    say("acl-granted").with("command", command).with("sender", sender).with("args", args).to_string()
}
/// A condition on where a command is run.
pub fn acl_only(private: bool) -> String {
    say("acl-only").choice("private", yes_no(private)).to_string()
}
/// The argument that a condition is about; none stands for all of them. `also_key` is
/// one that a rule has a key of the same name for.
pub fn acl_argument(name: Option<&str>, also_key: bool) -> String {
    match name {
        None => say("acl-arguments").to_string(),
        Some(name) if also_key => say("acl-argument").with("name", name).to_string(),
        Some(name) => name.to_owned(),
    }
}
/// What was given, where a condition fits it in another spelling.
pub fn acl_given(values: &[String]) -> String {
    format!(" {}", say("acl-given").with("values", values.join(" ")))
}
/// A rule decides.
pub fn acl_by_rule(n: usize, place: Option<&str>, allow: Allow, conditions: &str) -> Text {
    let text = say("acl-by-rule").with("rule", n.to_string()).with("place", in_brackets(place));
    text.choice("allow", variant(allow)).with("conditions", conditions).into()
}
/// A word that is no sender of the networks there are.
pub fn acl_no_sender(word: &str, networks: &[String]) -> String {
    let forms: Vec<String> = networks.iter().map(|network| format!("{network}:ACCOUNT")).collect();
    say("acl-no-sender").with("word", word).with("forms", or(&forms)).to_string()
}
