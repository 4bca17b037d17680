//! How much is kept of what strangers can cause in any number: so many of each a
//! minute, and of all; enough to explain, too little to fill the disk. What is left
//! out is counted and told with the next one kept, or after a minute when none comes.
//! Our own failures, and what a known sender did, are kept by whoever calls this
//! without asking here.
use factotum_plugin_api::clock::Clock;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What is kept of one sender in a minute; a CI server that is set up wrongly sends
/// fewer.
pub(crate) const KEPT_PER_MINUTE: u32 = 60;
/// What is kept of all senders in a minute: behind IPv6, or a provider's
/// pool, one attacker has more addresses than anybody can count.
pub(crate) const KEPT_OF_ALL_PER_MINUTE: u32 = 600;
const MINUTE: Duration = Duration::from_secs(60);
/// When what was left out is told though nothing more is kept of its sender.
pub(crate) const TOLD_AFTER: Duration = Duration::from_secs(65);
/// Senders that are told of one by one; the rest is told as a sum.
const TOLD_AT_A_TIME: usize = 10;
/// Senders that are told apart; the rest share one place.
const SENDERS_MAX: usize = 4096;

/// Decides for each incident of a sender, an address or a person, whether it is kept.
pub(crate) struct Sampler<K> {
    clock: Clock,
    seen: Mutex<Seen<K>>,
}

struct Seen<K> {
    /// `None` is everybody beyond [`SENDERS_MAX`].
    windows: HashMap<Option<K>, Window>,
    all: Window,
    /// Whether somebody will ask what was left out.
    asked: bool,
}

#[derive(Default)]
struct Window {
    began: Duration,
    kept: u32,
    left_out: u64,
}
impl Window {
    fn renew(&mut self, now: Duration) {
        if now.saturating_sub(self.began) >= MINUTE {
            (self.began, self.kept) = (now, 0);
        }
    }
}

/// What to do with an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sampled {
    /// Keep it, and say that so many before it were left out.
    Keep {
        /// How many.
        left_out: u64,
    },
    /// Count it only.
    LeaveOut {
        /// Whether nobody has been asked to look at [`Sampler::left_out`] yet: the
        /// caller does, after [`TOLD_AFTER`].
        first: bool,
    },
}

/// What was left out and not told yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LeftOut<K> {
    /// The senders with the most, and how many of each.
    pub(crate) most: Vec<(K, u64)>,
    /// How many others there are.
    pub(crate) others: usize,
    /// How much is theirs.
    pub(crate) of_others: u64,
}

impl<K: Clone + Hash + Ord> Sampler<K> {
    pub(crate) fn new(clock: Clock) -> Self {
        let seen = Seen { windows: HashMap::new(), all: Window::default(), asked: false };
        Sampler { clock, seen: Mutex::new(seen) }
    }
    /// Takes an incident of `sender` into account.
    pub(crate) fn take(&self, sender: K) -> Sampled {
        let now = self.clock.elapsed();
        let Seen { windows, all, asked } = &mut *self.seen();
        let place = Some(sender);
        if windows.len() >= SENDERS_MAX && !windows.contains_key(&place) {
            windows.retain(|_, window| now.saturating_sub(window.began) < MINUTE || window.left_out > 0);
        }
        let told_apart = windows.len() < SENDERS_MAX || windows.contains_key(&place);
        let place = place.filter(|_| told_apart);
        let window = windows.entry(place).or_insert(Window { began: now, ..Window::default() });
        window.renew(now);
        all.renew(now);
        if window.kept >= KEPT_PER_MINUTE || all.kept >= KEPT_OF_ALL_PER_MINUTE {
            window.left_out += 1;
            return Sampled::LeaveOut { first: !std::mem::replace(asked, true) };
        }
        window.kept += 1;
        all.kept += 1;
        Sampled::Keep { left_out: std::mem::take(&mut window.left_out) }
    }
    /// What was left out since it was last told; it counts as told now.
    pub(crate) fn left_out(&self) -> LeftOut<K> {
        let Seen { windows, asked, .. } = &mut *self.seen();
        *asked = false;
        let taken = windows.iter_mut().map(|(sender, window)| (sender.clone(), std::mem::take(&mut window.left_out)));
        let mut left_out: Vec<(Option<K>, u64)> = taken.filter(|(_, count)| *count > 0).collect();
        left_out.sort_by_cached_key(|(sender, count)| (sender.is_none(), std::cmp::Reverse(*count), sender.clone()));
        let others = left_out.split_off(left_out.len().min(TOLD_AT_A_TIME));
        let (named, unnamed): (Vec<_>, Vec<_>) = left_out.into_iter().partition(|(peer, _)| peer.is_some());
        let others = [unnamed, others].concat();
        LeftOut {
            most: named.into_iter().filter_map(|(peer, count)| Some((peer?, count))).collect(),
            others: others.len(),
            of_others: others.iter().map(|(_, count)| count).sum(),
        }
    }
    fn seen(&self) -> MutexGuard<'_, Seen<K>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

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
    fn endless_addresses_are_bounded_and_told() {
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let sampler = Sampler::new(clock.clone());
        let network = |n: u16| IpAddr::from([0x2001, 0xdb8, n, 0, 0, 0, 0, 1]);
        let (mut kept, mut first) = (0, 0);
        for n in 0..20_000 {
            match sampler.take(network(n)) {
                Sampled::Keep { .. } => kept += 1,
                Sampled::LeaveOut { first: begins } => first += u32::from(begins),
            }
        }
        assert_eq!((kept, first), (KEPT_OF_ALL_PER_MINUTE, 1));
        assert!(sampler.seen().windows.len() <= SENDERS_MAX + 1);
        clock.advance(TOLD_AFTER);
        let LeftOut { most, others, of_others } = sampler.left_out();
        assert_eq!(most.len(), TOLD_AT_A_TIME);
        let told = most.iter().map(|(_, count)| count).sum::<u64>() + of_others;
        assert_eq!(told + u64::from(kept), 20_000);
        assert_eq!(others, SENDERS_MAX + 1 - KEPT_OF_ALL_PER_MINUTE as usize - TOLD_AT_A_TIME);
        // What was told makes room: the next one has a place of its own again.
        assert_eq!(sampler.left_out(), LeftOut { most: vec![], others: 0, of_others: 0 });
        sampler.take(network(30_000));
        assert_eq!(sampler.seen().windows.len(), 1);
    }
}
