//! Which branches a route wants: glob patterns, of which `!` excludes.
use crate::texts::say;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

/// Patterns for branches, as in `branch=main,release/*,!*-wip`.
///
/// A branch is wanted when a pattern without `!` fits it, or there is none, and
/// no pattern with `!` does; their order does not matter. `*` also takes `/`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Branches {
    patterns: Vec<String>,
    wanted: GlobSet,
    excluded: GlobSet,
}

impl Branches {
    /// Reads a list separated by commas; those within `{}` belong to a pattern.
    ///
    /// # Errors
    /// Which pattern is wrong, and how, to go on with `; nothing was changed`.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut depth = 0_usize;
        let patterns = list.split(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        });
        Branches::try_from(patterns.map(str::to_owned).collect::<Vec<_>>())
    }
    /// Whether every branch is wanted.
    pub fn is_any(&self) -> bool {
        self.patterns.is_empty()
    }
    /// The patterns as they were given.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
    /// Whether a build of `branch` is wanted. One that belongs to no branch is
    /// wanted when no pattern asks for one.
    pub fn contain(&self, branch: Option<&str>) -> bool {
        match branch {
            Some(branch) => (self.wanted.is_empty() || self.wanted.is_match(branch)) && !self.excluded.is_match(branch),
            None => self.wanted.is_empty(),
        }
    }
}

impl TryFrom<Vec<String>> for Branches {
    type Error = String;
    fn try_from(patterns: Vec<String>) -> Result<Self, String> {
        if patterns.len() > PATTERNS_MAX {
            return Err(say("too-many-patterns").with("max", PATTERNS_MAX).to_string());
        }
        let (mut wanted, mut excluded) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in &patterns {
            let (set, glob) = match pattern.strip_prefix('!') {
                Some(glob) => (&mut excluded, glob),
                None => (&mut wanted, pattern.as_str()),
            };
            if glob.is_empty() {
                return Err(say("empty-pattern").to_string());
            }
            check_size(glob)?;
            let glob = GlobBuilder::new(glob).backslash_escape(true).build();
            let bad = |error: globset::Error| {
                say("bad-pattern").with("pattern", pattern).with("why", error.kind().to_string()).to_string()
            };
            set.add(glob.map_err(bad)?);
        }
        let built = |set: GlobSetBuilder| {
            set.build().map_err(|error| say("bad-patterns").with("why", error.kind().to_string()).to_string())
        };
        Ok(Branches { wanted: built(wanted)?, excluded: built(excluded)?, patterns })
    }
}
/// Branch patterns of one route.
const PATTERNS_MAX: usize = 50;
/// The longest pattern, in characters; git's own names end at 255 bytes a part.
const PATTERN_MAX: usize = 255;
/// How deep braces may stand in each other: globset's parser calls itself for each,
/// and some thousands end the process.
const BRACES_MAX: usize = 8;

fn check_size(glob: &str) -> Result<(), String> {
    if glob.chars().count() > PATTERN_MAX {
        return Err(say("long-pattern").with("max", PATTERN_MAX).to_string());
    }
    let mut depth = 0_usize;
    for c in glob.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > BRACES_MAX {
            return Err(say("deep-pattern").with("max", BRACES_MAX).to_string());
        }
    }
    Ok(())
}

impl From<Branches> for Vec<String> {
    fn from(branches: Branches) -> Self {
        branches.patterns
    }
}
impl PartialEq for Branches {
    fn eq(&self, other: &Branches) -> bool {
        self.patterns == other.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_cannot_be_so_large_that_reading_it_ends_the_process() {
        let nested = "{".repeat(4000) + "a" + &"}".repeat(4000);
        let told = |list: &str| Branches::parse(list).unwrap_err();
        assert_eq!(told(&nested), "A branch pattern has at most 255 characters");
        let nested = "{".repeat(9) + "a" + &"}".repeat(9);
        assert_eq!(told(&nested), "A branch pattern has at most 8 braces in each other");
        assert_eq!(told(&vec!["a"; 51].join(",")), "A route has at most 50 branch patterns");
    }

    #[test]
    fn patterns() {
        let rows: [(&str, &[&str], &[&str]); 7] = [
            ("main", &["main"], &["Main", "main2", "x/main"]),
            ("release/*", &["release/1.2", "release/1/x"], &["release"]),
            ("main,stable", &["main", "stable"], &["dev"]),
            ("!wip", &["main", "dev"], &["wip"]),
            ("*,!*-wip", &["main", "a/b"], &["x-wip"]),
            ("!old/*,*", &["new/1"], &["old/1"]),
            ("v{1,2}.x,[ab]?", &["v1.x", "v2.x", "a1"], &["v3.x", "c1"]),
        ];
        for (list, yes, no) in rows {
            let branches = Branches::parse(list).unwrap();
            assert!(yes.iter().all(|branch| branches.contain(Some(branch))), "{list} takes {yes:?}");
            assert!(!no.iter().any(|branch| branches.contain(Some(branch))), "{list} leaves {no:?}");
        }
        assert!(Branches::default().contain(None) && Branches::default().contain(Some("x")));
        assert!(Branches::parse("!x").unwrap().contain(None));
        assert!(!Branches::parse("x").unwrap().contain(None));
    }

    #[test]
    fn mistakes() {
        let mistakes = ["", "a,,b", "!", "[a", "{a", "a}"].map(|list| Branches::parse(list).unwrap_err());
        insta::assert_snapshot!(mistakes.join("\n"), @"
        A branch pattern is empty
        A branch pattern is empty
        A branch pattern is empty
        The branch pattern [a is wrong (unclosed character class; missing ']')
        The branch pattern {a is wrong (unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?))
        The branch pattern a} is wrong (unopened alternate group; missing '{' (maybe escape '}' with '[}]'?))
        ");
    }

    proptest! {
        #[test]
        fn no_list_panics_and_a_good_one_is_kept(list in ".{0,40}", branch in ".{0,20}") {
            if let Ok(branches) = Branches::parse(&list) {
                branches.contain(Some(&branch));
                prop_assert_eq!(branches.patterns().join(","), list);
                let json = serde_json::to_string(&branches).unwrap();
                prop_assert_eq!(serde_json::from_str::<Branches>(&json).unwrap(), branches);
            }
        }
    }
}
