//! The globs of an access rule: what they look like in the config, and what
//! they match.
//!
//! `*` also matches `/` and spaces, since neither separates anything here.
use globset::{GlobBuilder, GlobMatcher};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A glob or a list of them, as written in the config; `*` when nothing is said.
///
/// One that begins with `!` excludes. With nothing but such, everything else fits.
///
/// ```
/// use factotum_host::config::{Case, Globs};
/// let globs = Globs(vec!["travis *".into(), "!travis token".into()]).compile(Case::Ignored).unwrap();
/// assert!(globs.fits("Travis route", |_| false));
/// assert!(!globs.fits("travis token", |_| false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Globs(pub Vec<String>);

/// Whether upper and lower case matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// They do: accounts.
    Matters,
    /// They do not: command paths.
    Ignored,
}

/// [`Globs`] ready to match.
#[derive(Clone, Debug)]
pub struct Matcher {
    fits: Vec<Word>,
    excludes: Vec<Word>,
}

#[derive(Clone, Debug)]
enum Word {
    Glob(GlobMatcher),
    Role(String),
}

impl Globs {
    /// Makes them ready to match.
    ///
    /// # Errors
    /// Which one is no glob, and why.
    pub fn compile(&self, case: Case) -> Result<Matcher, String> {
        let (mut fits, mut excludes) = (vec![], vec![]);
        for word in &self.0 {
            let (list, glob) = match word.strip_prefix('!') {
                Some(rest) => (&mut excludes, rest),
                None => (&mut fits, word.as_str()),
            };
            list.push(match glob.strip_prefix('@') {
                Some(role) => Word::Role(role.to_owned()),
                None => Word::Glob(compile_glob(glob, case)?),
            });
        }
        Ok(Matcher { fits, excludes })
    }
    /// The roles that they name as `@ROLE`, without the `@`.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|word| word.strip_prefix('!').unwrap_or(word).strip_prefix('@'))
    }
    /// Whether everything fits, so that nobody need look.
    pub fn is_any(&self) -> bool {
        matches!(self.0.as_slice(), [one] if one == "*")
    }
}

impl Matcher {
    /// Whether `text` fits; `has_role` says whether it is a sender with that role.
    pub fn fits(&self, text: &str, has_role: impl Fn(&str) -> bool) -> bool {
        let one_of = |words: &[Word]| {
            words.iter().any(|word| match word {
                Word::Glob(glob) => glob.is_match(text),
                Word::Role(role) => has_role(role),
            })
        };
        (self.fits.is_empty() || one_of(&self.fits)) && !one_of(&self.excludes)
    }
}

/// One glob, ready to match.
///
/// # Errors
/// Why it is none.
pub fn compile_glob(glob: &str, case: Case) -> Result<GlobMatcher, String> {
    let mut builder = GlobBuilder::new(glob);
    builder.case_insensitive(case == Case::Ignored);
    builder.build().map(|glob| glob.compile_matcher()).map_err(|error| format!("`{glob}` is no glob: {}", error.kind()))
}

impl Default for Globs {
    fn default() -> Self {
        Globs(vec!["*".into()])
    }
}
impl Serialize for Globs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            many => many.serialize(serializer),
        }
    }
}
impl<'de> Deserialize<'de> for Globs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a glob or a list of globs")]
        enum Form {
            One(String),
            Many(Vec<String>),
        }
        Ok(match Form::deserialize(deserializer)? {
            Form::One(glob) => Globs(vec![glob]),
            Form::Many(globs) => Globs(globs),
        })
    }
}
impl JsonSchema for Globs {
    fn schema_name() -> Cow<'static, str> {
        "Globs".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_fit() {
        let rows: &[(&[&str], &str, bool)] = &[
            (&["*"], "anything / at all", true),
            (&["travis *"], "TRAVIS route", true),
            (&["travis *"], "travis", false),
            (&["travis *", "deploy"], "deploy", true),
            (&["!deploy"], "travis route", true),
            (&["!deploy"], "deploy", false),
            (&["*", "!irc:#dev*"], "irc:#dev-ops", false),
            (&["@release"], "console:ann", true),
            (&["@other"], "console:ann", false),
            (&["!@release"], "console:ann", false),
        ];
        for (globs, text, expected) in rows {
            let globs = Globs(globs.iter().map(|glob| (*glob).to_owned()).collect());
            let matcher = globs.compile(Case::Ignored).unwrap();
            assert_eq!(matcher.fits(text, |role| role == "release"), *expected, "{globs:?} on {text}");
        }
    }

    #[test]
    fn case_matters_where_it_is_told_to() {
        let globs = Globs(vec!["irc:Ann".into()]);
        assert!(!globs.compile(Case::Matters).unwrap().fits("irc:ann", |_| false));
    }

    #[test]
    fn a_broken_glob_says_why() {
        let error = Globs(vec!["ok".into(), "[a".into()]).compile(Case::Matters).unwrap_err();
        insta::assert_snapshot!(error, @"`[a` is no glob: unclosed character class; missing ']'");
    }
}
