//! The one wildcard of access rules. Not globset's language: there `irc:bob[m]`
//! would mean `irc:bobm`, and such nicks exist.

/// A pattern in which `*` stands for any text, also none, and every other
/// character for itself, so that `#dev`, `c++` and `irc:bob[m]` need no care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// The text between the stars; one more than there are stars.
    parts: Vec<String>,
}

impl Glob {
    /// Every text is a pattern.
    pub fn new(pattern: &str) -> Self {
        Glob { parts: pattern.split('*').map(str::to_owned).collect() }
    }

    /// Whether the whole text fits. Takes time in proportion to both lengths.
    pub fn fits(&self, text: &str) -> bool {
        let (first, rest) = self.parts.split_first().expect("split gives at least one part");
        let Some((last, middle)) = rest.split_last() else {
            return text == first;
        };
        let Some(mut text) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            // The earliest place leaves the most text for the parts to come.
            match text.split_once(part.as_str()) {
                Some((_, tail)) => text = tail,
                None => return false,
            }
        }
        text.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_anything_and_all_else_for_itself() {
        let rows = [
            ("*", "", true),
            ("*", "a:b/c d", true),
            ("", "", true),
            ("", "a", false),
            ("travis *", "travis route", true),
            ("travis *", "travis", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*b*", "abcb", true),
            ("*b*b*", "abc", false),
            ("irc:bob[m]", "irc:bob[m]", true),
            ("irc:bob[m]", "irc:bobm", false),
            ("what?", "what?", true),
            ("what?", "whats", false),
            ("ü*ö", "üaö", true),
            ("Ü", "ü", false),
        ];
        for (pattern, text, fits) in rows {
            assert_eq!(Glob::new(pattern).fits(text), fits, "{pattern:?} on {text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_globset_where_all_but_the_star_is_escaped(pattern in "[ab*?\\[]{0,8}", text in "[ab?\\[]{0,10}") {
            let escaped: Vec<_> = pattern.split('*').map(globset::escape).collect();
            // Two stars in a row are one; globset gives them a meaning of their own.
            let joined = escaped.join("*").replace("**", "*").replace("**", "*").replace("**", "*");
            let other = globset::GlobBuilder::new(&joined).literal_separator(false).build().unwrap().compile_matcher();
            prop_assert_eq!(Glob::new(&pattern).fits(&text), other.is_match(&text));
        }
    }
}
