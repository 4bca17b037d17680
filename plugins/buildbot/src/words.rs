//! Command lines that buttons carry: words quoted so that the host splits them back,
//! whatever a builder is called.

/// A line of `buildbot COMMAND`: its options, then `words`, each one word again when
/// the host splits it.
pub(crate) fn line(command: &str, master: Option<&str>, words: &[&str]) -> String {
    let mut all = vec!["buildbot".to_owned(), command.to_owned()];
    if let Some(master) = master {
        all.extend(["--master".to_owned(), quote(master)]);
    }
    if needs_dashes(words) {
        all.push("--".to_owned());
    }
    all.extend(words.iter().map(|word| quote(word)));
    all.join(" ")
}

/// A name that looks like an option is none; nor is one the word of `stop build`.
fn needs_dashes(words: &[&str]) -> bool {
    let build = words.first().is_some_and(|first| first.eq_ignore_ascii_case("build"));
    build || words.iter().any(|word| word.starts_with(['-', '—']))
}

/// `word` as it is typed to be one word of a line.
pub(crate) fn quote(word: &str) -> String {
    let plain = word.chars().next().is_some_and(|first| first.is_alphanumeric() || "_-#.@+/*:".contains(first));
    if plain && !word.contains(char::is_whitespace) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use factotum_testing::words::split;
    use proptest::prelude::*;

    #[test]
    fn a_line_reads_as_one_types_it() {
        assert_eq!(line("watch", None, &["slow"]), "buildbot watch slow");
        assert_eq!(
            line("stop", Some("main"), &["name with spaces/é"]),
            r#"buildbot stop --master main "name with spaces/é""#
        );
        assert_eq!(line("stop", None, &["-x"]), "buildbot stop -- -x");
        assert_eq!(line("stop", None, &["Build"]), "buildbot stop -- Build");
        assert_eq!(quote(r#"a "b" c"#), r#""a ""b"" c""#);
    }

    proptest! {
        #[test]
        fn the_host_gives_the_words_back(words in proptest::collection::vec("(?s)[-—\"'„“«‘a-zé #\n\\\\]{0,8}|\\PC{0,12}", 0..4)) {
            let shown: Vec<&str> = words.iter().map(String::as_str).collect();
            let split = split(&line("stop", None, &shown)).unwrap();
            let mut expected = vec!["buildbot", "stop"];
            if needs_dashes(&shown) {
                expected.push("--");
            }
            expected.extend(shown);
            prop_assert_eq!(split, expected);
        }
    }
}
