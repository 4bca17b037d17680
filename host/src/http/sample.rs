//! How many refusals of an address are kept: enough to explain, too few to fill
//! the disk. What is left out is counted and told with the next one kept.
use factotum_plugin_api::clock::Clock;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Refusals of one address that are kept in a minute; a CI server that is set up
/// wrongly sends fewer.
pub(super) const KEPT_PER_MINUTE: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);
/// Addresses that are told apart; the rest share one place.
const ADDRESSES_MAX: usize = 4096;

/// Decides for each refusal whether it is kept.
pub(super) struct Sampler {
    clock: Clock,
    windows: Mutex<HashMap<Option<IpAddr>, Window>>,
}

#[derive(Default)]
struct Window {
    began: Duration,
    kept: u32,
    left_out: u64,
}

/// What to do with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampled {
    /// Keep it, and say that so many before it were left out.
    Keep {
        /// How many.
        left_out: u64,
    },
    /// Count it only.
    LeaveOut,
}

impl Sampler {
    pub(super) fn new(clock: Clock) -> Self {
        Sampler { clock, windows: Mutex::default() }
    }
    /// Takes a refusal of `peer` into account.
    pub(super) fn take(&self, peer: IpAddr) -> Sampled {
        let now = self.clock.elapsed();
        let mut windows = self.windows();
        if windows.len() >= ADDRESSES_MAX && !windows.contains_key(&Some(peer)) {
            windows.retain(|_, window| now.saturating_sub(window.began) < MINUTE || window.left_out > 0);
        }
        let place = (windows.len() < ADDRESSES_MAX || windows.contains_key(&Some(peer))).then_some(peer);
        let window = windows.entry(place).or_insert(Window { began: now, ..Window::default() });
        let fresh = now.saturating_sub(window.began) >= MINUTE;
        if fresh {
            (window.began, window.kept) = (now, 0);
        }
        if window.kept >= KEPT_PER_MINUTE {
            window.left_out += 1;
            return Sampled::LeaveOut;
        }
        window.kept += 1;
        Sampled::Keep { left_out: std::mem::take(&mut window.left_out) }
    }
    fn windows(&self) -> MutexGuard<'_, HashMap<Option<IpAddr>, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_once() {
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let sampler = Sampler::new(clock.clone());
        let (flood, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let kept = (0..1000).filter(|_| sampler.take(flood) == Sampled::Keep { left_out: 0 }).count();
        assert_eq!(kept, KEPT_PER_MINUTE as usize);
        assert_eq!(sampler.take(other), Sampled::Keep { left_out: 0 });
        clock.advance(MINUTE);
        assert_eq!(sampler.take(flood), Sampled::Keep { left_out: 940 });
        assert_eq!(sampler.take(flood), Sampled::Keep { left_out: 0 });
    }

    #[test]
    fn memory_is_bounded() {
        let sampler = Sampler::new(Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()));
        for n in 0..20_000u32 {
            sampler.take(IpAddr::from(n.to_be_bytes()));
        }
        assert!(sampler.windows().len() <= ADDRESSES_MAX + 1);
    }
}
