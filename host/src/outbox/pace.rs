//! How fast a network and each of its chats may be written to, as its
//! [`Limits`] say.
//!
//! A network's places in time are given out to the chats that wait: each is told
//! to come back at a time of its own, so that a thousand waiting chats do not
//! wake for every message.
use factotum_plugin_api::{
    chat::{ChatId, Limits, Pace},
    clock::Clock,
};
use governor::{
    Quota, RateLimiter,
    clock::Clock as GovernorClock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// So many chats are remembered before those that have been quiet are looked for.
const CHATS: usize = 1024;

/// Our clock as governor reads it.
#[derive(Clone)]
struct Ticks(Clock);
impl GovernorClock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Gate = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;
type Gates = RateLimiter<String, HashMapStateStore<String>, Ticks, NoOpMiddleware<Duration>>;

/// The pace of all networks.
pub(super) struct Paces {
    clock: Ticks,
    networks: Mutex<HashMap<String, NetworkPace>>,
}

#[derive(Default)]
struct NetworkPace {
    network: Option<(Pace, Gate)>,
    chats: Option<(Pace, Gates)>,
    /// How many chats there may be before the quiet ones are forgotten.
    room: usize,
    /// How many chats wait for the network's gate.
    queue: Arc<AtomicU32>,
}

/// What one chat has of the two permissions that one message needs.
#[derive(Default)]
pub(super) struct Turn {
    chat: bool,
    network: bool,
    place: Option<Place>,
}

/// A place in a network's queue; given up when dropped.
struct Place(Arc<AtomicU32>);
impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Paces {
    pub(super) fn new(clock: Clock) -> Self {
        Paces { clock: Ticks(clock), networks: Mutex::default() }
    }
    /// Permission for one message, of which `turn` may have a part already.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub(super) fn take(&self, chat: &ChatId, limits: &Limits, turn: &mut Turn) -> Result<(), Duration> {
        turn.place = None;
        if turn.chat && turn.network || limits.per_chat.is_none() && limits.per_network.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut networks = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = networks.entry(chat.network.clone()).or_default();
        let make_gates = |quota| Gates::hashmap_with_clock(quota, self.clock.clone());
        if let Some(gates) = keep(&mut pace.chats, limits.per_chat, make_gates)
            && !turn.chat
        {
            if gates.len() >= pace.room {
                gates.retain_recent();
                pace.room = CHATS.max(gates.len() * 2);
            }
            gates.check_key(&chat.address).map_err(|until| until.wait_time_from(now))?;
        }
        turn.chat = true;
        let make_gate = |quota| Gate::direct_with_clock(quota, self.clock.clone());
        if let Some(gate) = keep(&mut pace.network, limits.per_network, make_gate)
            && !turn.network
        {
            gate.check().map_err(|until| {
                let ahead = pace.queue.fetch_add(1, Ordering::Relaxed);
                turn.place = Some(Place(pace.queue.clone()));
                let behind = until.quota().replenish_interval().saturating_mul(ahead);
                until.wait_time_from(now).saturating_add(behind)
            })?;
        }
        turn.network = true;
        Ok(())
    }
}

/// The limiter for a pace, made anew when a network changes its mind.
fn keep<T>(kept: &mut Option<(Pace, T)>, pace: Option<Pace>, make: impl Fn(Quota) -> T) -> Option<&T> {
    if kept.as_ref().map(|(pace, _)| *pace) != pace {
        *kept = pace.and_then(|pace| Some((pace, make(quota(pace)?))));
    }
    kept.as_ref().map(|(_, limiter)| limiter)
}

/// `None` for a pace of nothing, or of all at once: no limit.
fn quota(pace: Pace) -> Option<Quota> {
    let messages = NonZeroU32::new(pace.messages)?;
    Some(Quota::with_period(pace.per / messages.get())?.allow_burst(messages))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_chat: Option<(u32, u64)>, per_network: Option<(u32, u64)>) -> Limits {
        let pace = |(messages, secs)| Pace { messages, per: Duration::from_secs(secs) };
        Limits { per_chat: per_chat.map(pace), per_network: per_network.map(pace), ..Limits::default() }
    }
    fn clock() -> Clock {
        Clock::manual("2026-11-20T10:00:00Z".parse().unwrap())
    }
    fn chat(n: usize) -> ChatId {
        ChatId::new("fake", n.to_string())
    }

    #[test]
    fn a_chat_gets_its_burst_and_then_its_pace() {
        let (clock, limits) = (clock(), limits(Some((2, 10)), None));
        let paces = Paces::new(clock.clone());
        let take = |n| paces.take(&chat(n), &limits, &mut Turn::default());
        assert_eq!([take(1), take(1)], [Ok(()), Ok(())]);
        assert_eq!(take(1), Err(Duration::from_secs(5)));
        assert_eq!(take(2), Ok(()), "another chat has a pace of its own");
        clock.advance(Duration::from_secs(5));
        assert_eq!(take(1), Ok(()));
        assert_eq!(take(1), Err(Duration::from_secs(5)));
    }

    #[test]
    fn chats_that_wait_for_their_network_get_times_of_their_own() {
        let (clock, limits) = (clock(), limits(None, Some((1, 1))));
        let paces = Paces::new(clock.clone());
        let mut turns: Vec<Turn> = (0..4).map(|_| Turn::default()).collect();
        let waits: Vec<_> = turns.iter_mut().enumerate().map(|(n, turn)| paces.take(&chat(n), &limits, turn)).collect();
        assert_eq!(
            waits,
            [Ok(()), Err(Duration::from_secs(1)), Err(Duration::from_secs(2)), Err(Duration::from_secs(3))]
        );
        for (n, turn) in turns.iter_mut().enumerate().skip(1) {
            clock.advance(Duration::from_secs(1));
            assert_eq!(paces.take(&chat(n), &limits, turn), Ok(()));
        }
        drop(turns);
        assert_eq!(
            paces.take(&chat(9), &limits, &mut Turn::default()),
            Err(Duration::from_secs(1)),
            "all places are free"
        );
    }

    #[test]
    fn a_permission_of_the_chat_is_kept_while_the_network_is_busy() {
        let (clock, limits) = (clock(), limits(Some((1, 60)), Some((1, 1))));
        let paces = Paces::new(clock.clone());
        paces.take(&chat(1), &limits, &mut Turn::default()).unwrap();
        let mut turn = Turn::default();
        assert_eq!(paces.take(&chat(2), &limits, &mut turn), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(paces.take(&chat(2), &limits, &mut turn), Ok(()));
    }

    #[test]
    fn a_network_may_change_its_pace() {
        let paces = Paces::new(clock());
        let take = |limits| paces.take(&chat(1), &limits, &mut Turn::default());
        take(limits(Some((1, 60)), None)).unwrap();
        assert!(take(limits(Some((1, 60)), None)).is_err());
        assert_eq!(take(limits(Some((0, 60)), Some((3, 0)))), Ok(()), "no pace at all");
        assert_eq!(take(limits(Some((1, 30)), None)), Ok(()));
    }
}
