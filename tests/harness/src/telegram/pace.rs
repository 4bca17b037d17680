//! The real server's limits on how much a bot may say; off until a test wants them.
use super::Telegram;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// What fills while nothing is said.
struct Bucket {
    tokens: f64,
    since: Instant,
}

/// In one chat 1/s with bursts, in one group 20/min, overall 30/s; page "My bot is
/// hitting limits" of Telegram's bot support. How long a burst may be is a guess.
const CHAT: (f64, f64) = (1.0, 5.0);
const GROUP: (f64, f64) = (20.0 / 60.0, 20.0);
const OVERALL: (f64, f64) = (30.0, 30.0);

#[derive(Default)]
pub(super) struct Pace {
    on: bool,
    chats: BTreeMap<i64, Bucket>,
    groups: BTreeMap<i64, Bucket>,
    overall: Option<Bucket>,
}

impl Pace {
    /// Takes one message to a chat; else the seconds to wait.
    pub(super) fn take(&mut self, chat: i64, group: bool) -> Result<(), u64> {
        if self.on { self.take_at(Instant::now(), chat, group) } else { Ok(()) }
    }
    fn take_at(&mut self, now: Instant, chat: i64, group: bool) -> Result<(), u64> {
        let full = |size| Bucket { tokens: size, since: now };
        let mut buckets = vec![
            (self.chats.entry(chat).or_insert_with(|| full(CHAT.1)), CHAT),
            (self.overall.get_or_insert_with(|| full(OVERALL.1)), OVERALL),
        ];
        if group {
            buckets.push((self.groups.entry(chat).or_insert_with(|| full(GROUP.1)), GROUP));
        }
        for (bucket, (rate, size)) in &mut buckets {
            let grown = now.duration_since(bucket.since).as_secs_f64() * *rate;
            bucket.tokens = (bucket.tokens + grown).min(*size);
            bucket.since = now;
        }
        let wait = |(bucket, (rate, _)): &(&mut Bucket, (f64, f64))| (1.0 - bucket.tokens) / rate;
        let longest = buckets.iter().map(wait).fold(0.0, f64::max);
        if longest > 0.0 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a minute at most, and above 0"
            )]
            return Err(longest.ceil() as u64);
        }
        for (bucket, _) in buckets {
            bucket.tokens -= 1.0;
        }
        Ok(())
    }
}

impl Telegram {
    /// Whether the real server's limits are kept: in one chat 1 message a second after
    /// a burst of 5, in one group 20 a minute, 30 a second overall; else 429. Off at
    /// first. Counted in real time, edits too.
    pub fn limits(&self, on: bool) {
        self.core.change(|state| state.pace = Pace { on, ..Pace::default() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_limit_asks_for_the_wait_that_ends_it() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut at = |secs: u64, chat: i64, group: bool| pace.take_at(start + Duration::from_secs(secs), chat, group);
        assert!((0..5).all(|_| at(0, 1, false).is_ok()));
        assert_eq!((at(0, 1, false), at(1, 1, false), at(1, 1, false)), (Err(1), Ok(()), Err(1)));
        // One every second is more than 20 a minute: 20, and what grew meanwhile.
        let passed = (100..160).filter(|secs| at(*secs, -1, true).is_ok()).count();
        assert_eq!(passed, 39);
        assert_eq!((at(160, -1, true), at(163, -1, true)), (Ok(()), Ok(())));
        assert_eq!(at(163, -1, true), Err(3));
        assert!((0..30).all(|chat| at(300, 50 + chat, false).is_ok()));
        assert_eq!((at(300, 99, false), at(301, 99, false)), (Err(1), Ok(())));
    }
}
