//! Which notices a silence is about: words as a person remembers them, with `*`
//! for whatever stands between them.
use crate::access::Glob;
use factotum_plugin_api::notice::Notice;

/// Stands around a word and is no part of it.
const AROUND: &[char] = &['.', ',', ':', ';', '!', '?', '(', ')', '[', ']', '"', '\'', '`', '«', '»', '“', '”', '…'];

/// Words that must stand side by side, in any case; `*` is any text.
pub(crate) struct Pattern {
    /// The pattern as a whole.
    whole: Glob,
    /// Its words anywhere, as they are typed, and without the marks around them.
    words: [Option<Glob>; 2],
    /// Its words without the marks around them, where it has no `*`: a repository's
    /// own name is a part of a word of the text.
    part: Option<String>,
}

impl Pattern {
    /// Every text is a pattern.
    pub(crate) fn new(pattern: &str) -> Self {
        // Without a word it would be in every text.
        let inside = |trimmed| {
            let words = spaced(pattern, trimmed);
            (words.trim() != "").then(|| Glob::new(&format!("*{words}*")))
        };
        let part = Some(spaced(pattern, true).trim().to_owned());
        let part = part.filter(|part| !part.is_empty() && !pattern.contains('*'));
        Pattern { whole: Glob::new(&pattern.to_lowercase()), words: [inside(false), inside(true)], part }
    }
    /// Whether the plugin, the key or the text of a notice has it.
    pub(crate) fn fits(&self, plugin: &str, notice: &Notice) -> bool {
        let names = [Some(plugin), notice.key.as_deref()];
        names.into_iter().flatten().any(|name| self.whole.fits(&name.to_lowercase()))
            || self.stands_in(&notice.text.plain())
            || self.is_part_of(&notice.text.plain())
            || notice.key.as_deref().is_some_and(|key| self.stands_in(key))
    }
    /// Whether it stands there with no letter or digit directly before or after it.
    fn is_part_of(&self, text: &str) -> bool {
        let Some(part) = &self.part else { return false };
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let text = spaced(text, true);
        let (mut before, mut rest) = (None, text.chars());
        loop {
            let after = rest.as_str().strip_prefix(part.as_str());
            if after.is_some_and(|after| !joins(before) && !joins(after.chars().next())) {
                return true;
            }
            before = rest.next();
            if before.is_none() {
                return false;
            }
        }
    }
    fn stands_in(&self, text: &str) -> bool {
        let [typed, trimmed] = &self.words;
        let fits =
            |words: &Option<Glob>, trimmed| words.as_ref().is_some_and(|words| words.fits(&spaced(text, trimmed)));
        fits(typed, false) || fits(trimmed, true)
    }
}

/// The words of a text in lower case, each with a space on both sides.
fn spaced(text: &str, trimmed: bool) -> String {
    let mut spaced = String::from(" ");
    for word in text.to_lowercase().split_whitespace() {
        let word = if trimmed { word.trim_matches(AROUND) } else { word };
        if !word.is_empty() {
            spaced.push_str(word);
            spaced.push(' ');
        }
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_plugin_api::{chat::ChatId, text::bold};
    use proptest::prelude::*;

    fn notice(text: &str, key: Option<&str>) -> Notice {
        let notice = Notice { key: key.map(Into::into), ..Notice::new(ChatId::new("irc", "#dev"), "") };
        Notice { text: text.into(), ..notice }
    }

    #[test]
    fn words_in_any_case_with_stars() {
        let text = "[Travis] release/x #18 on main: Failed!";
        let rows = [
            ("*", true),
            ("failed", true),
            ("FAILED", true),
            ("fail", false),
            ("fail*", true),
            ("main failed", true),
            ("main: failed", true),
            ("on failed", false),
            ("release/* * failed", true),
            ("failed * release/*", false),
            ("release/*", true),
            ("elease/*", false),
            ("*elease/*", true),
            ("#18", true),
            ("#1", false),
            ("travis", true),
            ("[travis]", true),
            ("[travis", true),
            ("travishook", true), // the plugin
            ("travis*", true),
            ("hook", false),
            ("travis:release/x#18", true), // the key
            ("travis:release/x*", true),
            ("release/x#18", false),
            ("", false),
            ("!!", false),
        ];
        for (pattern, fits) in rows {
            let notice = notice(text, Some("travis:release/x#18"));
            assert_eq!(Pattern::new(pattern).fits("travishook", &notice), fits, "{pattern:?}");
        }
        let text = "[CI] sathwik/travis-test#18 (my_app:x.y) failed: release/x-a-x-b";
        let rows = [
            ("travis-test", true),
            ("Travis", true),
            ("test", true),
            ("sathwik", true),
            ("travis-test#18", true),
            ("18", true),
            ("#18", false),
            ("my", true),
            ("x.y", true),
            ("x.y failed", true),
            ("x-b", true),
            ("ravis-test", false),
            ("travis-tes", false),
            ("#1", false),
            ("sathwik failed", false),
            ("-test", false),
            ("travis-test*", false), // with a star a word begins where one of the text does
        ];
        for (pattern, fits) in rows {
            assert_eq!(Pattern::new(pattern).fits("x", &notice(text, None)), fits, "{pattern:?}");
        }
        let styled = Notice::new(ChatId::new("irc", "#dev"), bold("o/r") + " passed");
        assert!(Pattern::new("o/r passed").fits("x", &styled));
        assert!(Pattern::new("СБОРКА").fits("x", &notice("сборка 7", None)));
    }

    proptest! {
        #[test]
        fn a_star_is_all_and_a_word_of_the_text_is_found(text in "[a-zA-Zäß]{1,6}( [a-zA-Zäß]{1,6}){0,4}", n in 0..5_usize) {
            let notice = notice(&text, None);
            prop_assert!(Pattern::new("*").fits("plugin", &notice));
            let words: Vec<&str> = text.split(' ').collect();
            prop_assert!(Pattern::new(words[n % words.len()]).fits("plugin", &notice));
        }
    }
}
