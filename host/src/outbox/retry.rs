//! When to try again: pauses that double up to a limit, each a little shorter
//! by chance so that chats which failed together do not come back together.
use super::OutboxSettings;
use std::time::Duration;

/// The pause before the try after `step` failed ones in a row (0 is the first);
/// `random` is from 0 to 1. Never longer than the longest pause of the settings.
pub fn pause(settings: &OutboxSettings, step: u32, random: f64) -> Duration {
    let longest = Duration::from_secs(settings.retry_max_secs);
    let doubled =
        2_u32.checked_pow(step).and_then(|times| Duration::from_secs(settings.retry_first_secs).checked_mul(times));
    let whole = doubled.map_or(longest, |pause| pause.min(longest));
    whole.mul_f64(1.0 - settings.jitter.clamp(0.0, 1.0) * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn settings(first: u64, max: u64, jitter: f64) -> OutboxSettings {
        OutboxSettings { retry_first_secs: first, retry_max_secs: max, jitter, ..OutboxSettings::default() }
    }

    #[test]
    fn the_ladder() {
        let pauses: Vec<u64> = (0..9).map(|step| pause(&OutboxSettings::default(), step, 0.0).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    proptest! {
        #[test]
        fn no_step_is_shorter_than_the_one_before(
            (first, max) in (1..1000_u64, 1..100_000_u64), (jitter, random) in (0.0..=1.0, 0.0..=1.0), step in 0..200_u32
        ) {
            let settings = settings(first, max, jitter);
            prop_assert!(pause(&settings, step, random) <= pause(&settings, step + 1, random));
        }
        #[test]
        fn no_pause_is_longer_than_the_longest(
            first in 0..u64::MAX / 2, max in 0..(1_u64 << 40), step: u32, random: f64
        ) {
            prop_assert!(pause(&settings(first, max, 0.2), step, random) <= Duration::from_secs(max));
        }
        #[test]
        fn jitter_takes_its_share_at_most(jitter in 0.0..=1.0, random in 0.0..=1.0, step in 0..50_u32) {
            let settings = settings(1, 60, jitter);
            let (whole, pause) = (pause(&settings, step, 0.0), pause(&settings, step, random));
            prop_assert!(pause <= whole);
            prop_assert!(pause + Duration::from_millis(1) >= whole.mul_f64(1.0 - jitter));
        }
    }
}
