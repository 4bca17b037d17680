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
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    fuel.burn(pattern.len() + text.len())?;
    let (pattern, text) = (lower(pattern), lower(text));
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and the text that it has not taken yet.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        fuel.burn(1)?;
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match &mut star {
                Some((at, taken)) => {
                    *taken += 1;
                    (p, t) = (*at + 1, *taken);
                }
                None => return Ok(false),
            },
        }
    }
    Ok(pattern[p..].iter().all(|&c| c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
