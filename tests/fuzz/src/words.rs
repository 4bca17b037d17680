//! The splitter of chat lines: it never panics, what is quoted splits back, and
//! splitting what was split and quoted changes nothing.
use factotum_host::words::{quote, split};

/// Splits the bytes as a line.
pub fn run(data: &[u8]) {
    let line = String::from_utf8_lossy(data);
    assert_eq!(split(&quote(&line)).as_deref(), Ok(&[line.clone().into_owned()][..]), "one word, whatever it holds");
    match split(&line) {
        Ok(words) => {
            let again: Vec<String> = words.iter().map(|word| quote(word)).collect();
            assert_eq!(split(&again.join(" ")).as_ref(), Ok(&words), "splitting is stable");
            assert!(words.len() <= line.chars().count(), "a word takes a character at least");
            assert_eq!(words.is_empty(), line.trim().is_empty());
        }
        Err(error) => assert!(line.contains(error.opened_by), "the quote is in the line"),
    }
}
