//! Who may run what: `authz` tables in Buildbot's own form, as [`Access`] of commands.
//!
//! A command is looked up by its name; else `"!"` stands for the dangerous ones and
//! `""` for the others, and a `"*"` replaces those two. Without any table the harmless
//! ones are for everyone and the dangerous ones for admins.
use factotum_plugin_api::{
    prelude::*,
    schemars::{self, JsonSchema},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Commands that only show things, or settings of a chat.
pub(crate) const HARMLESS: &[&str] =
    &["list", "status", "last", "watch", "notify", "requests", "masters", "version", "source", "hello"];
/// Commands that change what a master does.
pub(crate) const DANGEROUS: &[&str] = &["force", "stop", "shutdown", "cancel", "rebuild", "pause", "unpause"];
/// What Buildbot's bots have and this plugin leaves to the host.
const OF_THE_HOST: &[&str] =
    &["commands", "dance", "destroy", "getid", "help", "hustle", "join", "leave", "mute", "nay", "start", "unmute"];
/// How alike a word and a command must be to be meant (Jaro-Winkler).
const ALIKE: f64 = 0.75;

/// Who may: `true`, `false`, an id, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Allowed {
    /// Everyone, or nobody.
    All(bool),
    /// This one alone.
    One(Id),
    /// These alone.
    These(Vec<Id>),
}

/// A person: the number that Telegram gives, a nick, or `network:account`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Id {
    /// As `/getid` says it on Telegram.
    Number(i64),
    /// A nick, or `network:account`.
    Name(String),
}

/// A table that was checked, or none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights(Option<BTreeMap<String, Allowed>>);

impl Rights {
    /// Checks a table.
    ///
    /// # Errors
    /// Names the key that is no command, that stands twice, or that limits a command
    /// of the host.
    pub(crate) fn new(table: Option<BTreeMap<String, Allowed>>) -> Result<Self> {
        let Some(table) = table else { return Ok(Rights(None)) };
        let mut rights = BTreeMap::new();
        for (key, allowed) in table {
            for name in key.split(',').map(|name| name.trim().to_lowercase()) {
                check(&name, &allowed)?;
                if rights.insert(name.clone(), allowed.clone()).is_some() {
                    return Err(user_error(format!("authz: {name:?} stands there twice")));
                }
            }
        }
        Ok(Rights(Some(rights)))
    }
    /// Who may run `command`, which is one of the lists above.
    pub(crate) fn access(&self, command: &str) -> Access {
        let dangerous = DANGEROUS.contains(&command);
        let Some(table) = &self.0 else {
            return if dangerous { Access::ADMINS } else { Access::EVERYONE };
        };
        let of_its_kind = || match dangerous {
            true => table.get("!").cloned().unwrap_or(Allowed::All(false)),
            false => table.get("").cloned().unwrap_or(Allowed::All(true)),
        };
        let allowed = table.get(command).or_else(|| table.get("*")).cloned();
        match allowed.unwrap_or_else(of_its_kind) {
            Allowed::All(true) => Access::EVERYONE,
            Allowed::All(false) => Access::listed(vec![]),
            Allowed::One(id) => Access::listed(vec![id.text()]),
            Allowed::These(ids) => Access::listed(ids.into_iter().map(Id::text).collect()),
        }
    }
    /// Whether what cannot be undone is confirmed: a table of Buildbot's knows no such
    /// thing, and those whom it names are used to none.
    pub(crate) fn confirm(&self) -> bool {
        self.0.is_none()
    }
}

impl Id {
    fn text(self) -> String {
        match self {
            Id::Number(number) => number.to_string(),
            Id::Name(name) => name,
        }
    }
}

fn check(name: &str, allowed: &Allowed) -> Result<()> {
    if ["", "!", "*"].contains(&name) || HARMLESS.contains(&name) || DANGEROUS.contains(&name) {
        return Ok(());
    }
    if OF_THE_HOST.contains(&name) {
        return match allowed {
            Allowed::All(true) => Ok(()),
            _ => Err(user_error(format!("authz: {name} is no command of this plugin; limit it by [[access.rules]]"))),
        };
    }
    Err(user_error(format!("authz: there is no command {name:?}{}", meant(name, HARMLESS.iter().chain(DANGEROUS)))))
}

/// `; did you mean stop?`, or all that there are.
pub(crate) fn meant<'a>(word: &str, known: impl Iterator<Item = &'a &'a str> + Clone) -> String {
    let near = known.clone().map(|name| (strsim::jaro_winkler(&word.to_lowercase(), name), name));
    let near = near.filter(|(alike, _)| *alike >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b));
    match near {
        Some((_, name)) => format!("; did you mean {name}?"),
        None => format!("; there are {}", known.copied().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::command::Who;

    fn rights(json: serde_json::Value) -> Result<Rights> {
        Rights::new(Some(serde_json::from_value(json).unwrap()))
    }
    fn may(rights: &Rights, sender: &str, command: &str) -> bool {
        match rights.access(command).who {
            Who::Everyone => true,
            Who::Listed(ids) => Who::lists(ids, sender),
            _ => false,
        }
    }

    /// The tables of Buildbot's documentation, and its rules one by one.
    #[test]
    fn it_decides_as_buildbot_does() {
        use serde_json::json;
        let documented = json!({ "getid": true, "": [123_456, 789_012], "force,stop": [123_456] });
        let (ann, bob, eve) = ("telegram:123456", "telegram:789012", "telegram:1");
        let rows = [
            (documented.clone(), ann, "force", true),
            (documented.clone(), ann, "status", true),
            (documented.clone(), bob, "status", true),
            (documented.clone(), bob, "stop", false),
            (documented.clone(), eve, "status", false),
            (documented.clone(), ann, "shutdown", false), // "!" is not there: nobody
            (json!({ "FORCE, Stop": "authorizednick" }), "irc:authorizednick", "stop", true),
            (json!({ "FORCE, Stop": "authorizednick" }), "irc:authorizednick2", "stop", false),
            (json!({ "force": "irc:ann" }), "xmpp:ann", "force", false),
            (json!({}), ann, "list", true),
            (json!({}), ann, "force", false),
            (json!({ "!": true }), eve, "pause", true),
            (json!({ "!": true, "pause": false }), eve, "pause", false),
            (json!({ "!": [1], "": false }), eve, "rebuild", true),
            (json!({ "!": [1], "": false }), eve, "notify", false),
            (json!({ "*": [123_456], "": true, "!": true }), ann, "stop", true), // it replaces both
            (json!({ "*": [123_456], "": true, "!": true }), eve, "stop", false),
            (json!({ "*": [123_456], "": true, "!": true }), eve, "list", false),
            (json!({ "*": false, "list": true }), eve, "list", true),
            (json!({ ",!": [1] }), eve, "cancel", true),
        ];
        for (table, sender, command, expected) in rows {
            let rights = rights(table.clone()).unwrap();
            assert_eq!(may(&rights, sender, command), expected, "{sender} {command} by {table}");
        }
        let none = Rights::new(None).unwrap();
        assert_eq!((none.access("list"), none.access("cancel")), (Access::EVERYONE, Access::ADMINS));
    }

    #[test]
    fn what_is_wrong_with_a_table_is_named() {
        use serde_json::json;
        let said = |table| rights(table).unwrap_err().into_anyhow().to_string();
        assert_eq!(said(json!({ "stpo": true })), r#"authz: there is no command "stpo"; did you mean stop?"#);
        assert_eq!(
            said(json!({ "xyz": true })),
            r#"authz: there is no command "xyz"; there are list, status, last, watch, notify, requests, masters, version, source, hello, force, stop, shutdown, cancel, rebuild, pause, unpause"#
        );
        assert_eq!(said(json!({ "stop": true, "Force,STOP": false })), r#"authz: "stop" stands there twice"#);
        assert_eq!(
            said(json!({ "getid": [1] })),
            "authz: getid is no command of this plugin; limit it by [[access.rules]]"
        );
    }
}
