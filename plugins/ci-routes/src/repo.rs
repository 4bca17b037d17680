//! Repositories: `owner/name`, and `group/sub/name` where a sender has groups in groups.
use crate::texts::say;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A repository as `owner/name`: compared regardless of case, since GitHub's
/// are, and shown in the spelling it was given in.
///
/// ```
/// use ci_routes::Repo;
/// let repo: Repo = "Kegsay/flow-jsdoc".parse().unwrap();
/// assert_eq!(repo, "kegsay/Flow-JSDoc".parse().unwrap());
/// assert_eq!((repo.to_string().as_str(), repo.key().as_str()), ("Kegsay/flow-jsdoc", "kegsay/flow-jsdoc"));
/// ```
#[derive(Clone, Debug)]
pub struct Repo(String);

/// Groups in groups and the name; GitLab has 20 levels of groups.
const PARTS_MAX: usize = 21;

impl Repo {
    /// What a sender knows by a name of its own or a path: `jenkins/folder/job`. What
    /// routes cannot be called by becomes `-`, so `My Webhook` is `grafana/My-Webhook`.
    ///
    /// # Errors
    /// When there is no letter or digit of ASCII in it, or too many parts.
    pub fn under(sender: &str, name: &str) -> Result<Self, String> {
        if !name.contains(|c: char| c.is_ascii_alphanumeric()) {
            return Err(format!("no route can be called {name:?}"));
        }
        let fits = |c: char| if c.is_ascii_alphanumeric() || "_./".contains(c) { c } else { '-' };
        let name: String = name.chars().map(fits).collect();
        let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
        format!("{sender}/{}", parts.join("/")).parse()
    }
    /// Whether it is `owner/name`, with no groups in groups.
    pub fn is_flat(&self) -> bool {
        self.0.split('/').count() == 2
    }
    /// The spelling that tables are keyed by.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
    /// The spelling it was given in.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Repo {
    type Err = String;
    /// Takes `^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$`.
    fn from_str(word: &str) -> Result<Self, String> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        };
        match word.split('/').count() {
            2..=PARTS_MAX if word.split('/').all(is_part) => Ok(Repo(word.to_owned())),
            _ => Err(say("repo-like").to_string()),
        }
    }
}
impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl PartialEq for Repo {
    fn eq(&self, other: &Repo) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
impl Eq for Repo {}
impl Hash for Repo {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
impl Serialize for Repo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Repo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for word in ["o/r", "A.b-c_9/x.y", "./..", "o/r.git", "group/sub/r"] {
            assert!(word.parse::<Repo>().is_ok(), "{word}");
        }
        for word in ["", "/", "o", "o/", "/r", "o//r", "o/r/", "o r/x", "o/ü", "o/r\n", "https://x/o/r", "o/r?", "o\\r"]
        {
            assert!(word.parse::<Repo>().is_err(), "{word:?}");
        }
    }

    #[test]
    fn names_of_senders() {
        let rows = [
            ("chat", Ok("am/chat")),
            ("My Super Webhook", Ok("am/My-Super-Webhook")),
            ("/monitoring/main//team_a/", Ok("am/monitoring/main/team_a")),
            ("Grüße", Ok("am/Gr--e")),
            ("чат", Err("no route can be called \"чат\"")),
            ("", Err("no route can be called \"\"")),
        ];
        for (name, repo) in rows {
            let found = Repo::under("am", name).map(|repo| repo.to_string());
            assert_eq!(found, repo.map(str::to_owned).map_err(str::to_owned), "{name}");
        }
    }

    proptest! {
        #[test]
        fn case_changes_nothing_but_the_spelling(word in "[A-Za-z0-9_.-]{1,20}/[A-Za-z0-9_.-]{1,20}") {
            let (repo, upper): (Repo, Repo) = (word.parse().unwrap(), word.to_uppercase().parse().unwrap());
            prop_assert_eq!(&repo, &upper);
            prop_assert_eq!(repo.key(), upper.key());
            prop_assert_eq!(repo.as_str(), word);
        }
        #[test]
        fn what_is_taken_is_printed_as_it_was(word in ".*") {
            if let Ok(repo) = word.parse::<Repo>() {
                prop_assert_eq!(repo.to_string(), word);
            }
        }
    }
}
