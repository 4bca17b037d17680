//! What is known of all secrets that this process has seen: of each its length and
//! a keyed hash, which are enough to find it in a text and too little to tell it.
//!
//! A plugin, or a library below it, may put a token into an error; what is logged
//! and kept of errors goes through [`scrub`], also when the secret is long gone.
//!
//! Anybody may type what a command takes for a secret. That must not push out the
//! secrets of the config and of tables, nor blank out the log: see [`Origin::Typed`].
use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    sync::{LazyLock, PoisonError, RwLock},
};

/// Shorter ones would mask half of the words of a log.
const LENGTH_MIN: usize = 6;
/// How many are known of each origin.
const LIMITS: Limits = Limits { own: 32 << 10, typed: 4 << 10 };

static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

/// Where a secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The config, a table, a plugin's own making. What came first stays: beyond the
    /// limit new ones are not known.
    Own,
    /// The words of a command line. Beyond the limit the oldest are forgotten; one with
    /// white space is not known at all, or `command ran` would be masked in every log.
    /// Once it is in a table and read from there, it is [`Own`](Self::Own).
    Typed,
}

#[derive(Clone, Copy)]
struct Limits {
    own: usize,
    typed: usize,
}

#[derive(Default)]
struct Known {
    key: RandomState,
    seen: RwLock<Seen>,
}
#[derive(Default)]
struct Seen {
    /// By the hash of its first bytes: how a secret goes on.
    by_begin: HashMap<u64, Vec<Print>>,
    prints: HashMap<Print, Origin>,
    own: usize,
    /// Those that were typed, the oldest first; of some it was found later that they
    /// are own.
    typed: VecDeque<(u64, Print)>,
}
/// The length of a secret in bytes, and its hash.
type Print = (usize, u64);

impl Seen {
    /// Whether there is nothing to be changed for this one.
    fn has(&self, print: Print, origin: Origin, limits: Limits) -> bool {
        match (self.prints.get(&print), origin) {
            (Some(Origin::Own), _) | (Some(Origin::Typed), Origin::Typed) => true,
            (_, Origin::Own) => self.own >= limits.own,
            (None, Origin::Typed) => false,
        }
    }
    fn add(&mut self, begin: u64, print: Print, origin: Origin) {
        match self.prints.entry(print) {
            Entry::Vacant(place) => {
                place.insert(origin);
                self.by_begin.entry(begin).or_default().push(print);
            }
            Entry::Occupied(mut place) => drop(place.insert(origin)),
        }
        match origin {
            Origin::Own => self.own += 1,
            Origin::Typed => self.typed.push_back((begin, print)),
        }
    }
    fn forget_typed(&mut self, limit: usize) {
        while self.typed.len() > limit {
            let Some((begin, print)) = self.typed.pop_front() else { return };
            if self.prints.get(&print) != Some(&Origin::Typed) {
                continue; // own by now
            }
            self.prints.remove(&print);
            let same = self.by_begin.entry(begin).or_default();
            same.retain(|other| *other != print);
            if same.is_empty() {
                self.by_begin.remove(&begin);
            }
        }
    }
}

impl Known {
    fn hash(&self, bytes: &[u8]) -> u64 {
        self.key.hash_one(bytes)
    }
    fn remember(&self, secret: &str, origin: Origin, limits: Limits) {
        let Some(begin) = secret.as_bytes().first_chunk::<LENGTH_MIN>() else { return };
        if origin == Origin::Typed && secret.contains(char::is_whitespace) {
            return;
        }
        let print = (secret.len(), self.hash(secret.as_bytes()));
        if self.seen.read().unwrap_or_else(PoisonError::into_inner).has(print, origin, limits) {
            return;
        }
        let seen = &mut *self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if !seen.has(print, origin, limits) {
            seen.add(self.hash(begin), print, origin);
            seen.forget_typed(limits.typed);
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
pub(super) fn remember(secret: &str, origin: Origin) {
    KNOWN.remember(secret, origin, LIMITS);
}

/// `text` with `***` for every [`Secret`](super::Secret) of 6 bytes or more that this
/// process has had, as far as it is spelt as it is: for logs and for what is kept of
/// errors, whose words may come from anywhere. Not for chats: whoever may choose
/// the text could try secrets on it.
///
/// What somebody typed as an argument is found as long as it is one of the last
/// thousands, and not with white space in it, lest anybody mask whole sentences.
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
            known.remember(secret, Origin::Own, LIMITS);
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

    const FEW: Limits = Limits { own: 10, typed: 10 };

    #[test]
    fn of_those_typed_the_oldest_are_forgotten_and_of_the_own_the_newest() {
        let known = Known::default();
        for n in 0..100 {
            known.remember(&format!("config-{n:02}"), Origin::Own, FEW);
            known.remember(&format!("typed-{n:02}"), Origin::Typed, FEW);
        }
        assert_eq!(known.scrub("config-00 config-09 config-10 config-99"), "*** *** config-10 config-99");
        assert_eq!(known.scrub("typed-00 typed-89 typed-90 typed-99"), "typed-00 typed-89 *** ***");
        let seen = known.seen.read().unwrap();
        assert_eq!((seen.prints.len(), seen.typed.len(), seen.own, seen.by_begin.len()), (20, 10, 10, 2));
    }

    #[test]
    fn what_was_typed_and_then_kept_stays() {
        let known = Known::default();
        known.remember("kept-token", Origin::Typed, FEW);
        known.remember("kept-token", Origin::Own, FEW);
        known.remember("lost-token", Origin::Typed, FEW);
        for n in 0..100 {
            known.remember(&format!("typed-{n:02}"), Origin::Typed, FEW);
            known.remember("kept-token", Origin::Typed, FEW);
        }
        assert_eq!(known.scrub("kept-token lost-token"), "*** lost-token");
        assert_eq!(known.seen.read().unwrap().prints.len(), 11);
    }

    #[test]
    fn words_with_white_space_are_known_only_from_where_secrets_are_kept() {
        let known = Known::default();
        known.remember("command ran", Origin::Typed, LIMITS);
        assert_eq!(known.scrub("command ran"), "command ran");
        known.remember("correct horse", Origin::Own, LIMITS);
        assert_eq!(known.scrub("a correct horse"), "a ***");
    }
}
