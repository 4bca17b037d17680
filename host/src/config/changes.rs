//! What differs between two configs, value by value, and what of it a running host
//! takes over. Secrets are compared in clear and shown masked.
use super::{Loaded, Shown};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// A value that another config has otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its key path, such as `http.listen`.
    pub path: String,
    /// It before, as `!config` shows it.
    pub old: String,
    /// It after.
    pub new: String,
}

/// Sections that a running host takes over whole.
const LIVE_SECTIONS: [&str; 9] =
    ["admins", "admin_chat", "language", "texts", "access", "commands", "outbox", "journal", "plugins"];
/// What else it takes over.
const LIVE_KEYS: [&str; 2] = ["log.level", "http.public_url"];

impl Change {
    /// Whether a running host takes it over; else it comes with the next start.
    pub fn is_live(&self) -> bool {
        let section = self.path.split('.').next().unwrap_or_default();
        LIVE_SECTIONS.contains(&section) || LIVE_KEYS.contains(&self.path.as_str())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { path, old, new } = self;
        if path == "admins" && new == "[]" {
            return write!(
                f,
                "{path}: {old} → {new}: nobody can run what is for admins in a chat now, !reload among it"
            );
        }
        match old == new {
            true => write!(f, "{path}: {new}, another one"),
            false => write!(f, "{path}: {old} → {new}"),
        }
    }
}

impl Loaded {
    /// What `new` has otherwise, by key.
    pub fn changes(&self, new: &Loaded) -> Vec<Change> {
        let by_path = |shown: Vec<Shown>| shown.into_iter().map(|shown| (shown.path, shown.value)).collect();
        let (mut olds, news): (BTreeMap<String, String>, BTreeMap<String, String>) =
            (by_path(self.show(None)), by_path(new.show(None)));
        for path in news.keys() {
            olds.entry(path.clone()).or_insert_with(|| NOT_SET.into());
        }
        let change = |(path, old): (String, String)| {
            let value = news.get(&path).map_or(NOT_SET, String::as_str);
            // An empty table that has keys now is told by its keys.
            let table = [old.as_str(), value].contains(&EMPTY) && [old.as_str(), value].contains(&NOT_SET);
            let secret = value.contains(MASK) && self.clear(&path) != new.clear(&path);
            let shown = |value: &str| if value == NOT_SET { "not set".to_owned() } else { value.to_owned() };
            (old != value && !table || secret).then(|| Change { old: shown(&old), new: shown(value), path })
        };
        olds.into_iter().filter_map(change).collect()
    }
    /// A value, secrets in clear.
    fn clear(&self, path: &str) -> Option<Value> {
        let steps: Vec<&str> = path.split('.').collect();
        let (section, steps) = match steps.as_slice() {
            ["plugins", name, steps @ ..] => (self.plugin(name)?.value.clone(), steps),
            ["chats", name, steps @ ..] => (self.chat(name)?.value.clone(), steps),
            // Of the host's own a URL is masked that carries a password.
            steps => (serde_json::to_value(&self.config).ok()?, steps),
        };
        // A key with a dot in it is not found in parts: then the section as a whole counts.
        let value = steps.iter().try_fold(&section, |value, step| value.get(step)).cloned();
        Some(value.unwrap_or(section))
    }
}

/// What `show` has for a table of any keys that has none.
const EMPTY: &str = "{}";
/// What `show` has for a secret.
const MASK: &str = "***";
/// What `show` has for a value that nobody set and that has no default.
const NOT_SET: &str = "null";
