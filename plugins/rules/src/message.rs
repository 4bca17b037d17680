//! What a request becomes: the fields of a message.
use factotum_plugin_api::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Whose it is, in lower case; what a webhook user may write.
    pub entity: String,
    /// What it is; `webhook` where nothing is said.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is from; the path where nothing is said.
    pub source: String,
    /// How bad it is.
    pub severity: Severity,
    /// When it was.
    pub date: Timestamp,
    /// What it says; empty where nothing does.
    pub message: String,
    /// The fields of the request.
    pub tags: BTreeMap<String, String>,
    /// The request was told where its text is, and has none there.
    #[serde(default, skip_serializing)]
    pub lacks_text: bool,
}

impl Message {
    /// A message of these fields and nothing else.
    pub fn new(entity: impl Into<String>, date: Timestamp) -> Self {
        Message {
            entity: entity.into(),
            kind: "webhook".into(),
            source: String::new(),
            severity: Severity::Undefined,
            date,
            message: String::new(),
            tags: BTreeMap::new(),
            lacks_text: false,
        }
    }
    /// `[key1: val1, key2: val2]`.
    pub fn all_tags(&self) -> String {
        let pairs: Vec<String> = self.tags.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("[{}]", pairs.join(", "))
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Nothing was said.
    #[default]
    Undefined,
    /// It is not known.
    Unknown,
    /// All is well.
    Normal,
    /// Something is odd.
    Warning,
    /// Something small is broken.
    Minor,
    /// Something is broken.
    Major,
    /// Something must be done.
    Critical,
    /// It is all over.
    Fatal,
}

impl Severity {
    const ALL: [(Severity, &str); 8] = [
        (Severity::Undefined, "UNDEFINED"),
        (Severity::Unknown, "UNKNOWN"),
        (Severity::Normal, "NORMAL"),
        (Severity::Warning, "WARNING"),
        (Severity::Minor, "MINOR"),
        (Severity::Major, "MAJOR"),
        (Severity::Critical, "CRITICAL"),
        (Severity::Fatal, "FATAL"),
    ];
    /// As it is called.
    pub fn name(self) -> &'static str {
        Severity::ALL[usize::from(self.number())].1
    }
    /// Its number, 0 to 7.
    pub fn number(self) -> u8 {
        self as u8
    }
}
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl FromStr for Severity {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let word = word.trim().to_ascii_uppercase();
        let other = match word.as_str() {
            "INFO" => "NORMAL",
            "WARN" => "WARNING",
            "ERROR" => "CRITICAL",
            word => word,
        };
        let found =
            Severity::ALL.into_iter().find(|(severity, name)| *name == other || severity.number().to_string() == other);
        found.map(|(severity, _)| severity).ok_or_else(|| {
            let names: Vec<&str> = Severity::ALL.iter().map(|(_, name)| *name).collect();
            format!("a severity is 0 to 7, or one of {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_by_number_and_by_name() {
        for (word, expected) in [
            ("3", "WARNING"),
            ("warn", "WARNING"),
            ("Error", "CRITICAL"),
            ("info", "NORMAL"),
            ("0", "UNDEFINED"),
            ("7", "FATAL"),
        ] {
            assert_eq!(word.parse::<Severity>().unwrap().to_string(), expected);
        }
        assert!("8".parse::<Severity>().is_err() && "".parse::<Severity>().is_err());
        assert!(Severity::Fatal > Severity::Major);
    }
}
