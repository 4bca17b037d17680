//! How many refusals of an address are kept, and how much of each: enough to
//! explain, too little to fill the disk. What is left out is counted and told with
//! the next one kept, or after a minute when none comes. For what strangers can cause only: our own failures, and
//! what a known sender sent, are kept by whoever calls this without asking here.
use super::listener::owner;
use factotum_plugin_api::{clock::Clock, hook::Request};
use http::HeaderMap;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Refusals of one address that are kept in a minute; a CI server that is set up
/// wrongly sends fewer.
pub(super) const KEPT_PER_MINUTE: u32 = 60;
/// Refusals of all addresses that are kept in a minute: behind IPv6, or a provider's
/// pool, one attacker has more addresses than anybody can count.
pub(super) const KEPT_OF_ALL_PER_MINUTE: u32 = 600;
const MINUTE: Duration = Duration::from_secs(60);
/// When what was left out is told though nothing more is kept of its address.
pub(super) const TOLD_AFTER: Duration = Duration::from_secs(65);
/// Addresses that are told of one by one; the rest is told as a sum.
const TOLD_AT_A_TIME: usize = 10;
/// Addresses that are told apart; the rest share one place.
const ADDRESSES_MAX: usize = 4096;

/// Decides for each refusal whether it is kept.
pub(super) struct Sampler {
    clock: Clock,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// `None` is everybody beyond [`ADDRESSES_MAX`].
    windows: HashMap<Option<IpAddr>, Window>,
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

/// What to do with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sampled {
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// The addresses with the most, and how many of each.
    pub(super) most: Vec<(IpAddr, u64)>,
    /// How many others there are.
    pub(super) others: usize,
    /// How many refusals are theirs.
    pub(super) of_others: u64,
}

impl Sampler {
    pub(super) fn new(clock: Clock) -> Self {
        Sampler { clock, seen: Mutex::default() }
    }
    /// Takes a refusal of `peer` into account; IPv6 by /64, as the listener does.
    pub(super) fn take(&self, peer: IpAddr) -> Sampled {
        let peer = owner(peer);
        let now = self.clock.elapsed();
        let Seen { windows, all, asked } = &mut *self.seen();
        if windows.len() >= ADDRESSES_MAX && !windows.contains_key(&Some(peer)) {
            windows.retain(|_, window| now.saturating_sub(window.began) < MINUTE || window.left_out > 0);
        }
        let place = (windows.len() < ADDRESSES_MAX || windows.contains_key(&Some(peer))).then_some(peer);
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
    pub(super) fn left_out(&self) -> LeftOut {
        let Seen { windows, asked, .. } = &mut *self.seen();
        *asked = false;
        let taken = windows.iter_mut().map(|(peer, window)| (*peer, std::mem::take(&mut window.left_out)));
        let mut left_out: Vec<(Option<IpAddr>, u64)> = taken.filter(|(_, count)| *count > 0).collect();
        left_out.sort_by_key(|(peer, count)| (peer.is_none(), std::cmp::Reverse(*count), *peer));
        let others = left_out.split_off(left_out.len().min(TOLD_AT_A_TIME));
        let (named, unnamed): (Vec<_>, Vec<_>) = left_out.into_iter().partition(|(peer, _)| peer.is_some());
        let others = [unnamed, others].concat();
        LeftOut {
            most: named.into_iter().filter_map(|(peer, count)| Some((peer?, count))).collect(),
            others: others.len(),
            of_others: others.iter().map(|(_, count)| count).sum(),
        }
    }
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Headers that explain a stranger's request best; kept before all others.
const USEFUL: [&str; 4] = ["user-agent", "content-type", "content-length", "x-forwarded-for"];
/// The longest header or query field that is kept of a stranger, in bytes.
const FIELD_MAX: usize = 256;
/// What is kept of a stranger's headers and query together, in bytes.
const FIELDS_MAX: usize = 2048;

/// The longest reason that is kept of a stranger's request, in characters: it may
/// repeat what the request says.
const REASON_MAX: usize = 500;

/// A reason as it is kept of a stranger's request.
pub(super) fn reason_of(reason: String) -> String {
    match reason.char_indices().nth(REASON_MAX) {
        None => reason,
        Some(_) => reason.chars().take(REASON_MAX).chain(['…']).collect(),
    }
}

/// The request without what makes it long: its headers and query fields as far as
/// they are short and few, the useful ones before all others.
pub(super) fn short(mut request: Request) -> Request {
    let mut left = FIELDS_MAX;
    let mut fits = |name: &str, value: usize| {
        let size = name.len() + value;
        let fits = size <= FIELD_MAX && size <= left;
        left -= if fits { size } else { 0 };
        fits
    };
    let mut kept: Vec<bool> = request
        .headers
        .iter()
        .map(|(name, value)| USEFUL.contains(&name.as_str()) && fits(name.as_str(), value.len()))
        .collect();
    for (keep, (name, value)) in kept.iter_mut().zip(&request.headers) {
        *keep = *keep || (!USEFUL.contains(&name.as_str()) && fits(name.as_str(), value.len()));
    }
    let kept = kept.into_iter().zip(&request.headers).filter(|(keep, _)| *keep);
    let headers: HeaderMap = kept.map(|(_, (name, value))| (name.clone(), value.clone())).collect();
    request.headers = headers;
    request.query.retain(|(name, value)| fits(name, value.len()));
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue, Method};

    #[test]
    fn a_customer_of_ipv6_is_one_sender() {
        let sampler = Sampler::new(Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()));
        let address = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n]);
        let kept = (0..1000).filter(|n| sampler.take(address(*n)) == Sampled::Keep { left_out: 0 }).count();
        assert_eq!(kept, KEPT_PER_MINUTE as usize);
        let neighbour = IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, 1]);
        assert_eq!(sampler.take(neighbour), Sampled::Keep { left_out: 0 });
    }

    #[test]
    fn of_a_long_request_the_useful_part_is_kept() {
        let mut headers = HeaderMap::new();
        for n in 0..100 {
            let name = HeaderName::try_from(format!("x-{n}")).unwrap();
            headers.insert(name, HeaderValue::from_str(&"a".repeat(100)).unwrap());
        }
        headers.insert("x-long", HeaderValue::from_str(&"a".repeat(257)).unwrap());
        headers.insert("user-agent", HeaderValue::from_static("scanner/1.0"));
        let request = Request {
            id: 1,
            method: Method::POST,
            path: "/letters".into(),
            params: vec![],
            query: vec![("q".into(), "a".repeat(9_000)), ("r".into(), "b".into())],
            headers,
            body: bytes::Bytes::new(),
            peer: IpAddr::from([192, 0, 2, 1]),
            received_at: "2026-11-20T10:00:00Z".parse().unwrap(),
            made: Default::default(),
        };
        let kept = short(request);
        assert_eq!(kept.header("user-agent"), Some("scanner/1.0"));
        assert_eq!(kept.header("x-long"), None);
        assert_eq!(kept.query, [("r".to_owned(), "b".to_owned())]);
        let size: usize = kept.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        assert!((1_900..=FIELDS_MAX).contains(&size), "{size}");
    }

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
        assert!(sampler.seen().windows.len() <= ADDRESSES_MAX + 1);
        clock.advance(TOLD_AFTER);
        let LeftOut { most, others, of_others } = sampler.left_out();
        assert_eq!(most.len(), TOLD_AT_A_TIME);
        let told = most.iter().map(|(_, count)| count).sum::<u64>() + of_others;
        assert_eq!(told + u64::from(kept), 20_000);
        assert_eq!(others, ADDRESSES_MAX + 1 - KEPT_OF_ALL_PER_MINUTE as usize - TOLD_AT_A_TIME);
        // What was told makes room: the next one has a place of its own again.
        assert_eq!(sampler.left_out(), LeftOut::default());
        sampler.take(network(30_000));
        assert_eq!(sampler.seen().windows.len(), 1);
    }
}
