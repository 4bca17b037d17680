//! Splits a chat line into words, and quotes a word so that it splits back.
//! What the words mean is no matter here. A chat is not a shell: `#`, `\`, `$`
//! and a quote inside a word mean themselves.

/// A quote was opened and never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{opened_by} is opened and never closed")]
pub struct UnclosedQuote {
    /// The quote that opened the word.
    pub opened_by: char,
}

/// Each opening quote with those that close it. Phones and languages differ:
/// “English”, „Polski”, „Deutsch“, «français», ‘single’.
const QUOTES: [(char, &[char]); 7] = [
    ('"', &['"']),
    ('\'', &['\'']),
    ('“', &['”']),
    ('«', &['»']),
    ('‘', &['’']),
    ('„', &['”', '“']),
    ('‚', &['’', '‘']),
];

/// What phones put in for a typed `--`.
const LONG_DASH: char = '—';

/// Splits `line` at white space; a quote at the start of a word keeps the white
/// space up to its closing partner, and a doubled partner inside is that
/// character itself (`"say ""hi"""`).
///
/// The curly quotes and the long dash that phones put in for `"` and `--` count
/// as what was typed.
///
/// ```
/// use factotum_host::words::split;
/// assert_eq!(split("say “two words” #dev").unwrap(), ["say", "two words", "#dev"]);
/// ```
///
/// # Errors
/// [`UnclosedQuote`] when the line ends inside a quoted word.
pub fn split(line: &str) -> Result<Vec<String>, UnclosedQuote> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, tail) = match closers(first) {
            Some(closers) => quoted(rest, first, closers)?,
            None => plain(rest),
        };
        words.push(word);
        rest = tail.trim_start();
    }
    Ok(words)
}

/// `word` as it must be typed to be one word of a line: unchanged where it can
/// be, else in quotes. [`split`] gives it back, whatever it holds.
///
/// ```
/// use factotum_host::words::quote;
/// assert_eq!(quote("o/r"), "o/r");
/// assert_eq!(quote("two words"), r#""two words""#);
/// assert_eq!(quote(r#"a "b""#), r#"'a "b"'"#);
/// ```
pub fn quote(word: &str) -> String {
    if stands_alone(word) {
        return word.to_owned();
    }
    let usable = QUOTES.iter().find(|(_, closers)| !word.contains(*closers));
    match usable {
        Some((open, closers)) => format!("{open}{word}{}", closers[0]),
        None => format!("\"{}\"", word.replace('"', "\"\"")),
    }
}

fn stands_alone(word: &str) -> bool {
    let first = word.chars().next();
    first.is_some_and(|first| closers(first).is_none())
        && !word.contains(char::is_whitespace)
        && plain(word) == (word.to_owned(), "")
}

fn closers(open: char) -> Option<&'static [char]> {
    QUOTES.iter().find(|(quote, _)| *quote == open).map(|(_, closers)| *closers)
}

/// The word that the quote at the start of `text` keeps together, and the rest.
fn quoted<'a>(text: &'a str, open: char, closers: &[char]) -> Result<(String, &'a str), UnclosedQuote> {
    let mut word = String::new();
    let mut chars = text.chars();
    chars.next();
    while let Some(c) = chars.next() {
        if closers.contains(&c) {
            match chars.as_str().strip_prefix(c) {
                Some(after_second) => chars = after_second.chars(),
                None => return Ok((word, chars.as_str())),
            }
        }
        word.push(c);
    }
    Err(UnclosedQuote { opened_by: open })
}

/// The word up to the next white space, and the rest.
fn plain(text: &str) -> (String, &str) {
    let (word, tail) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    let word = match word.strip_prefix(LONG_DASH) {
        Some(name) if !name.is_empty() => format!("--{name}"),
        _ => word.to_owned(),
    };
    (word, tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_splits_as_a_person_means_it() {
        let rows: &[(&str, &[&str])] = &[
            ("", &[]),
            (" \t\n ", &[]),
            ("travis route o/r #dev", &["travis", "route", "o/r", "#dev"]),
            ("  a   b\nc\u{a0}d ", &["a", "b", "c", "d"]),
            ("say don't", &["say", "don't"]),
            (r"show C:\logs", &["show", r"C:\logs"]),
            ("say “two words”", &["say", "two words"]),
            ("say „zwei Wörter“ «deux mots» 'it is'", &["say", "zwei Wörter", "deux mots", "it is"]),
            ("list —all", &["list", "--all"]),
            ("a — b", &["a", "—", "b"]),
            ("list —all —", &["list", "--all", "—"]),
            (r#"say "" x"#, &["say", "", "x"]),
            (r#"say "—all""#, &["say", "—all"]),
            (r#"say "a""b""#, &["say", r#"a"b"#]),
            (r#"say "say ""hi""""#, &["say", r#"say "hi""#]),
            (r#"a"b c"d "e"f"#, &["a\"b", "c\"d", "e", "f"]),
            ("$HOME `x` ~ a;b|c>&1", &["$HOME", "`x`", "~", "a;b|c>&1"]),
            ("-1001234 --all", &["-1001234", "--all"]),
        ];
        for (line, words) in rows {
            assert_eq!(split(line).unwrap(), *words, "{line:?}");
        }
    }

    #[test]
    fn an_open_quote_is_named() {
        for (line, opened_by) in [("say \"two words", '"'), ("'tis", '\''), ("a “b\"", '“'), ("\"a\"\"", '"')] {
            assert_eq!(split(line), Err(UnclosedQuote { opened_by }), "{line:?}");
        }
        assert_eq!(UnclosedQuote { opened_by: '“' }.to_string(), "“ is opened and never closed");
    }

    #[test]
    fn a_word_is_quoted_only_where_it_must_be() {
        let rows = [
            ("o/r", "o/r"),
            ("don't", "don't"),
            ("--all", "--all"),
            ("—", "—"),
            ("", r#""""#),
            ("two words", r#""two words""#),
            ("—all", r#""—all""#),
            ("'tis", r#""'tis""#),
            (r#""a""#, r#"'"a"'"#),
            ("\"it's\" x", "“\"it's\" x”"),
            ("\"'”’» x", "\"\"\"'”’» x\""),
        ];
        for (word, typed) in rows {
            assert_eq!(quote(word), typed, "{word:?}");
            assert_eq!(split(typed).unwrap(), [word], "{typed:?}");
        }
    }

    /// Words rich in what the splitter looks at.
    fn word() -> impl Strategy<Value = String> {
        let telling = prop::sample::select("\"'“”„‘’‚«»—- \t\n\u{a0}ü#\\a".chars().collect::<Vec<_>>());
        prop_oneof![".{0,12}", prop::collection::vec(telling, 0..12).prop_map(String::from_iter)]
    }

    proptest! {
        #[test]
        fn splitting_never_panics(line in any::<String>(), more in word()) {
            drop(split(&line));
            drop(split(&more));
        }

        #[test]
        fn quote_then_split_gives_back_every_word(words in prop::collection::vec(word(), 0..5)) {
            let line = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(split(&line), Ok(words));
        }

        #[test]
        fn words_without_quotes_and_dashes_stay_as_they_are(words in prop::collection::vec("[^\\s\"'“„‘‚«—]\\S{0,8}", 0..5)) {
            prop_assert_eq!(split(&words.join(" ")), Ok(words.clone()));
            for word in words {
                prop_assert_eq!(quote(&word), word);
            }
        }
    }
}
