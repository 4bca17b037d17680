//! What is known of all secrets that this process has seen: of each its length and
//! a keyed hash, which are enough to find it in a text and too little to tell it.
//!
//! A plugin, or a library below it, may put a token into an error; what is logged
//! and kept of errors goes through [`scrub`], also when the secret is long gone.
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{LazyLock, PoisonError, RwLock},
};

/// Shorter ones would mask half of the words of a log.
const LENGTH_MIN: usize = 6;
/// Beyond so many the oldest are forgotten.
const KNOWN_MAX: usize = 32 << 10;

static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

#[derive(Default)]
struct Known {
    key: RandomState,
    seen: RwLock<Seen>,
}
#[derive(Default)]
struct Seen {
    /// By the hash of its first bytes: how a secret goes on.
    by_begin: HashMap<u64, Vec<Print>>,
    prints: HashSet<Print>,
    in_order: VecDeque<(u64, Print)>,
}
/// The length of a secret in bytes, and its hash.
type Print = (usize, u64);

impl Known {
    fn hash(&self, bytes: &[u8]) -> u64 {
        self.key.hash_one(bytes)
    }
    fn remember(&self, secret: &str, max: usize) {
        let Some(begin) = secret.as_bytes().first_chunk::<LENGTH_MIN>() else { return };
        let print = (secret.len(), self.hash(secret.as_bytes()));
        if self.seen.read().unwrap_or_else(PoisonError::into_inner).prints.contains(&print) {
            return;
        }
        let seen = &mut *self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if !seen.prints.insert(print) {
            return;
        }
        let begin = self.hash(begin);
        seen.by_begin.entry(begin).or_default().push(print);
        seen.in_order.push_back((begin, print));
        if seen.in_order.len() > max
            && let Some((begin, print)) = seen.in_order.pop_front()
        {
            seen.prints.remove(&print);
            let same = seen.by_begin.entry(begin).or_default();
            same.retain(|other| *other != print);
            if same.is_empty() {
                seen.by_begin.remove(&begin);
            }
        }
    }
    /// The length of the longest secret that `text` begins with.
    fn longest(&self, seen: &Seen, text: &[u8]) -> Option<usize> {
        let prints = seen.by_begin.get(&self.hash(text.first_chunk::<LENGTH_MIN>()?))?;
        let fits = |&&(length, hash): &&Print| text.get(..length).is_some_and(|piece| self.hash(piece) == hash);
        prints.iter().filter(fits).map(|(length, _)| *length).max()
    }
    fn scrub<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if seen.prints.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut out, mut end) = (String::new(), 0);
        for (at, c) in text.char_indices() {
            if at < end {
                continue; // within a secret
            }
            match text.as_bytes().get(at..).and_then(|rest| self.longest(&seen, rest)) {
                Some(length) => {
                    out.push_str("***");
                    end = at + length;
                }
                None => out.push(c),
            }
        }
        if end > 0 { Cow::Owned(out) } else { Cow::Borrowed(text) }
    }
}

/// Notes a secret, so that [`scrub`] finds it.
pub(super) fn remember(secret: &str) {
    KNOWN.remember(secret, KNOWN_MAX);
}

/// `text` with `***` for every [`Secret`](super::Secret) of 6 bytes or more that this
/// process has had, as far as it is spelt as it is: for logs and for what is kept of
/// errors, whose words may come from anywhere. Not for chats: whoever may choose
/// the text could try secrets on it.
///
/// ```
/// use factotum_plugin_api::secret::{Secret, scrub};
/// drop(Secret::new("a-long-token"));
/// assert_eq!(scrub("GET /bot-a-long-token/getMe: refused"), "GET /bot-***/getMe: refused");
/// ```
pub fn scrub(text: &str) -> Cow<'_, str> {
    KNOWN.scrub(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        let known = Known::default();
        for secret in ["c4nary", "c4nary-long", "schlüssel", "short", "aaaaaa"] {
            known.remember(secret, KNOWN_MAX);
        }
        for (text, scrubbed) in [
            ("c4nary", "***"),
            ("xc4naryx", "x***x"),
            ("c4nary-long c4nary-lon", "*** ***-lon"),
            ("üc4nary ein schlüssel!", "ü*** ein ***!"),
            ("aaaaaaa", "***a"),
            ("short c4nar", "short c4nar"),
            ("", ""),
        ] {
            assert_eq!(known.scrub(text), scrubbed);
        }
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let known = Known::default();
        for n in 0..100 {
            known.remember(&format!("secret-{n:02}"), 10);
        }
        assert_eq!(known.scrub("secret-89 secret-90 secret-99"), "secret-89 *** ***");
        let seen = known.seen.read().unwrap();
        assert_eq!((seen.prints.len(), seen.by_begin.len()), (10, 1));
    }
}
