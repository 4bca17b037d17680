//! Patterns with `*` and `?`, without case: of LIKE, of rules, of tags to leave out.

/// How much one evaluation may still do; see [`Fuel::burn`].
#[derive(Debug)]
pub struct Fuel(u32);

/// The steps of an evaluation; some ten milliseconds.
const STEPS_MAX: u32 = 1_000_000;

impl Default for Fuel {
    fn default() -> Self {
        Fuel(STEPS_MAX)
    }
}

impl Fuel {
    /// For the patterns of a request upon all its tags: a body of a megabyte and twenty of
    /// them, some hundred milliseconds.
    pub fn for_all_tags() -> Self {
        Fuel(20 * STEPS_MAX)
    }
    /// Takes so many steps.
    ///
    /// # Errors
    /// [`Burnt`] when there are not that many left.
    pub fn burn(&mut self, steps: usize) -> Result<(), Burnt> {
        let steps = u32::try_from(steps).map_err(|_| Burnt)?;
        self.0 = self.0.checked_sub(steps).ok_or(Burnt)?;
        Ok(())
    }
}

/// An evaluation took too long and was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burnt;

/// Whether `text` is like `pattern`, in which `*` stands for any characters and `?` for one.
///
/// # Errors
/// [`Burnt`] when it takes more steps than are left.
pub fn like(pattern: &str, text: &str, fuel: &mut Fuel) -> Result<bool, Burnt> {
    fuel.burn(pattern.len() + text.len())?;
    // Nearly all are ASCII, and a request asks for thousands.
    if pattern.is_ascii() && text.is_ascii() {
        let small = |byte: u8| char::from(byte.to_ascii_lowercase());
        return fits(pattern.bytes().map(small), text.bytes().map(small), fuel);
    }
    fits(lower(pattern).chars(), lower(text).chars(), fuel)
}

/// Each character in lower case, wherever in a word it stands.
fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii() {
            true => lower.push(c.to_ascii_lowercase()),
            false => lower.extend(c.to_lowercase()),
        }
    }
    lower
}

/// [`like`], of characters in lower case.
fn fits<P, T>(mut pattern: P, mut text: T, fuel: &mut Fuel) -> Result<bool, Burnt>
where
    P: Iterator<Item = char> + Clone,
    T: Iterator<Item = char> + Clone,
{
    // What follows the last star, and the text that it has not taken yet.
    let mut star: Option<(P, T)> = None;
    loop {
        let here = text.clone();
        let Some(c) = text.next() else { return Ok(pattern.all(|c| c == '*')) };
        fuel.burn(1)?;
        match pattern.next() {
            Some('*') => {
                if pattern.clone().next().is_none() {
                    return Ok(true); // it takes the rest
                }
                star = Some((pattern.clone(), here.clone()));
                text = here;
            }
            Some(wanted) if wanted == '?' || wanted == c => {}
            _ => match &mut star {
                Some((after, left)) => {
                    left.next();
                    fuel.burn(skip_to(after.clone().next(), left))?;
                    (pattern, text) = (after.clone(), left.clone());
                }
                None => return Ok(false),
            },
        }
    }
}

/// Goes on to the first place where `wanted` of a pattern fits, and tells how far that was.
fn skip_to(wanted: Option<char>, text: &mut (impl Iterator<Item = char> + Clone)) -> usize {
    let Some(wanted) = wanted.filter(|c| !matches!(c, '*' | '?')) else { return 0 };
    let mut skipped = 0;
    while text.clone().next().is_some_and(|c| c != wanted) {
        text.next();
        skipped += 1;
    }
    skipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stars_and_question_marks() {
        let rows = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("A?C", "abc", true),
            ("a?c", "ac", false),
            ("*.id", "sender.ID", true),
            ("*a*b", "xaxxb", true),
            ("payload.*commit*", "payload.base_commit", true),
            ("straße", "STRASSE", false),
            ("Ü*", "über", true),
            ("a.c", "abc", false),
            ("a*b*", "xab", false),
            ("*?b", "ab", true),
            ("\u{212a}?*", "kelvin", true),
            ("İ*", "i\u{307}", true),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(like(pattern, text, &mut Fuel::default()), Ok(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn a_nasty_pattern_ends() {
        let (pattern, text) = (format!("*{}b", "a".repeat(1_000)), "a".repeat(100_000));
        assert_eq!(like(&pattern, &text, &mut Fuel::default()), Err(Burnt));
    }

    /// The same in the plainest way.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => plainly(rest, text),
            (Some(('*', rest)), Some((_, left))) => plainly(rest, text) || plainly(pattern, left),
            (Some((p, rest)), Some((t, left))) => (*p == '?' || p == t) && plainly(rest, left),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_mean_what_they_say(pattern in "[abAB*?üÜ]{0,8}", text in "[abABüÜ*?]{0,12}") {
            let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
            let expected = plainly(&lower(&pattern), &lower(&text));
            prop_assert_eq!(like(&pattern, &text, &mut Fuel::default()), Ok(expected));
        }
        #[test]
        fn so_do_those_of_ascii(pattern in "[abAB*?]{0,8}", text in "[abAB*?]{0,12}") {
            let lower = |text: &str| text.to_lowercase().chars().collect::<Vec<char>>();
            let expected = plainly(&lower(&pattern), &lower(&text));
            prop_assert_eq!(like(&pattern, &text, &mut Fuel::default()), Ok(expected));
        }
    }
}
