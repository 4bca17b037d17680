//! How many refusals of an address are kept, and how much of each: enough to
//! explain, too little to fill the disk. What is left out is counted and told with
//! the next one kept. For what strangers can cause only: our own failures, and
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
    /// Takes a refusal of `peer` into account; IPv6 by /64, as the listener does.
    pub(super) fn take(&self, peer: IpAddr) -> Sampled {
        let peer = owner(peer);
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

/// Headers that explain a stranger's request best; kept before all others.
const USEFUL: [&str; 4] = ["user-agent", "content-type", "content-length", "x-forwarded-for"];
/// The longest header or query field that is kept of a stranger, in bytes.
const FIELD_MAX: usize = 256;
/// What is kept of a stranger's headers and query together, in bytes.
const FIELDS_MAX: usize = 2048;

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
        let kept = (0..1000).filter(|n| sampler.take(address(*n)) != Sampled::LeaveOut).count();
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
    fn memory_is_bounded() {
        let sampler = Sampler::new(Clock::manual("2026-11-20T10:00:00Z".parse().unwrap()));
        for n in 0..20_000u32 {
            sampler.take(IpAddr::from(n.to_be_bytes()));
        }
        assert!(sampler.windows().len() <= ADDRESSES_MAX + 1);
    }
}
