//! How fast a network and each of its chats may be written to, as its
//! [`Limits`] say, and which chats want to be left alone. Notices and replies share it.
//!
//! A network's places in time are given out to the chats that wait: each is told
//! to come back at a time of its own, so that a thousand waiting chats do not
//! wake for every message. A notice whose turn it is lets a reply that waits for the
//! same slot go first, once.
use factotum_plugin_api::{
    chat::{Limits, Pace, Paced},
    clock::Clock,
};
use governor::{
    NotUntil, Quota, RateLimiter,
    clock::Clock as GovernorClock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
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
    networks: Networks,
}

#[derive(Clone, Default)]
struct Networks(Arc<Mutex<HashMap<String, NetworkPace>>>);
impl Networks {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, NetworkPace>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct NetworkPace {
    network: Option<(Pace, Gate)>,
    chats: Keyed,
    groups: Keyed,
    /// How many chats wait for the network's gate.
    queue: Arc<AtomicU32>,
    /// The chats that are left alone, and until when.
    alone: HashMap<String, Duration>,
    /// The replies that wait for a slot.
    ahead: HashMap<Slot, Ahead>,
}

/// A limiter for each chat.
#[derive(Default)]
struct Keyed {
    gates: Option<(Pace, Gates)>,
    /// How many chats there may be before the quiet ones are forgotten.
    room: usize,
}

/// What a message has to wait for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Slot {
    Chat(String),
    Group(String),
    Network,
}

/// The replies that wait for a slot, and how many of them were let go first.
#[derive(Default)]
struct Ahead {
    waiting: u32,
    let_go: u32,
}

/// What a message has of the permissions that it needs.
#[derive(Default)]
pub(super) struct Turn {
    chat: bool,
    group: bool,
    network: bool,
    is_reply: bool,
    /// It has let a reply go first already.
    gave_way: bool,
    place: Option<Place>,
    waits: Option<Waits>,
}

/// A place in a network's queue; given up when dropped.
struct Place(Arc<AtomicU32>);
impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A reply among those that wait for a slot, until dropped.
struct Waits {
    networks: Networks,
    network: String,
    slot: Slot,
}
impl Waits {
    /// Whether a notice has left it its slot.
    fn was_let_go(&self) -> bool {
        let mut networks = self.networks.lock();
        let ahead = networks.get_mut(&self.network).and_then(|pace| pace.ahead.get_mut(&self.slot));
        let Some(ahead) = ahead.filter(|ahead| ahead.let_go > 0) else { return false };
        ahead.let_go -= 1;
        true
    }
}
impl Drop for Waits {
    fn drop(&mut self) {
        let mut networks = self.networks.lock();
        let Some(pace) = networks.get_mut(&self.network) else { return };
        let Some(ahead) = pace.ahead.get_mut(&self.slot) else { return };
        ahead.waiting -= 1;
        ahead.let_go = ahead.let_go.min(ahead.waiting);
        if ahead.waiting == 0 {
            pace.ahead.remove(&self.slot);
        }
    }
}

impl Turn {
    /// The turn of a reply, for which a person waits.
    pub(super) fn of_reply() -> Self {
        Turn { is_reply: true, ..Turn::default() }
    }
    fn got(&mut self, slot: &Slot) -> &mut bool {
        match slot {
            Slot::Chat(_) => &mut self.chat,
            Slot::Group(_) => &mut self.group,
            Slot::Network => &mut self.network,
        }
    }
    /// Takes a slot by `check`. A reply that has to wait for it is among `ahead` then.
    fn pass(
        &mut self,
        slot: &Slot,
        ahead: &mut HashMap<Slot, Ahead>,
        check: impl Fn() -> Result<(), NotUntil<Duration>>,
    ) -> Result<(), NotUntil<Duration>> {
        let mut passed = check();
        if passed.is_ok()
            && !self.is_reply
            && !self.gave_way
            && let Some(ahead) = ahead.get_mut(slot).filter(|ahead| ahead.let_go < ahead.waiting)
        {
            ahead.let_go += 1;
            self.gave_way = true;
            passed = check();
        }
        if passed.is_err() && self.is_reply {
            ahead.entry(slot.clone()).or_default().waiting += 1;
        }
        passed
    }
}

impl Paces {
    pub(super) fn new(clock: Clock) -> Self {
        Paces { clock: Ticks(clock), networks: Networks::default() }
    }
    /// How many replies wait for a slot of a network.
    #[cfg(test)]
    pub(super) fn replies_waiting(&self, network: &str) -> u32 {
        self.networks.lock().get(network).map_or(0, |pace| pace.ahead.values().map(|ahead| ahead.waiting).sum())
    }
    /// A chat is to be left alone for so long, by notices and replies.
    pub(super) fn leave_alone(&self, network: &str, paced: Paced<'_>, pause: Duration) {
        let now = self.clock.now();
        let mut networks = self.networks.lock();
        let alone = &mut networks.entry(network.to_owned()).or_default().alone;
        alone.retain(|_, until| *until > now);
        let until = alone.entry(paced.chat.to_owned()).or_default();
        *until = now.saturating_add(pause).max(*until);
    }
    /// Permission for one message, of which `turn` may have a part already.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub(super) fn take(
        &self,
        network: &str,
        paced: Paced<'_>,
        limits: &Limits,
        turn: &mut Turn,
    ) -> Result<(), Duration> {
        turn.place = None;
        if let Some(waits) = turn.waits.take()
            && waits.was_let_go()
        {
            *turn.got(&waits.slot) = true;
        }
        let now = self.clock.now();
        let mut networks = self.networks.lock();
        let pace = networks.entry(network.to_owned()).or_default();
        if let Some(until) = pace.alone.get(paced.chat).filter(|until| **until > now) {
            return Err(until.saturating_sub(now));
        }
        let per_group = limits.per_group.filter(|_| paced.group);
        let slots = [
            (Slot::Chat(paced.chat.to_owned()), limits.per_chat, &mut pace.chats),
            (Slot::Group(paced.chat.to_owned()), per_group, &mut pace.groups),
        ];
        let waits = |slot| Some(Waits { networks: self.networks.clone(), network: network.to_owned(), slot });
        for (slot, limit, keyed) in slots {
            if *turn.got(&slot) {
                continue;
            }
            if let Some(gates) = limit.and_then(|limit| keyed.gates(limit, &self.clock)) {
                let key = paced.chat.to_owned();
                if let Err(until) = turn.pass(&slot, &mut pace.ahead, || gates.check_key(&key)) {
                    turn.waits = turn.is_reply.then(|| waits(slot)).flatten();
                    return Err(until.wait_time_from(now));
                }
            }
            *turn.got(&slot) = true;
        }
        let make_gate = |quota| Gate::direct_with_clock(quota, self.clock.clone());
        if let Some(gate) = keep(&mut pace.network, limits.per_network, make_gate)
            && !turn.network
            && let Err(until) = turn.pass(&Slot::Network, &mut pace.ahead, || gate.check())
        {
            let wait = until.wait_time_from(now);
            if turn.is_reply {
                turn.waits = waits(Slot::Network);
                return Err(wait);
            }
            let ahead = pace.queue.fetch_add(1, Ordering::Relaxed);
            turn.place = Some(Place(pace.queue.clone()));
            return Err(wait.saturating_add(until.quota().replenish_interval().saturating_mul(ahead)));
        }
        turn.network = true;
        Ok(())
    }
}

impl Keyed {
    fn gates(&mut self, limit: Pace, clock: &Ticks) -> Option<&Gates> {
        let make = |quota| Gates::hashmap_with_clock(quota, clock.clone());
        let gates = keep(&mut self.gates, Some(limit), make)?;
        if gates.len() >= self.room {
            gates.retain_recent();
            self.room = CHATS.max(gates.len() * 2);
        }
        Some(gates)
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
    fn chat(n: usize) -> String {
        n.to_string()
    }
    fn take(paces: &Paces, chat: &str, limits: &Limits, turn: &mut Turn) -> Result<(), Duration> {
        paces.take("fake", Paced { chat, group: false }, limits, turn)
    }

    #[test]
    fn a_chat_gets_its_burst_and_then_its_pace() {
        let (clock, limits) = (clock(), limits(Some((2, 10)), None));
        let paces = Paces::new(clock.clone());
        let take = |n| take(&paces, &chat(n), &limits, &mut Turn::default());
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
        let waits: Vec<_> =
            turns.iter_mut().enumerate().map(|(n, turn)| take(&paces, &chat(n), &limits, turn)).collect();
        assert_eq!(
            waits,
            [Ok(()), Err(Duration::from_secs(1)), Err(Duration::from_secs(2)), Err(Duration::from_secs(3))]
        );
        for (n, turn) in turns.iter_mut().enumerate().skip(1) {
            clock.advance(Duration::from_secs(1));
            assert_eq!(take(&paces, &chat(n), &limits, turn), Ok(()));
        }
        drop(turns);
        assert_eq!(
            take(&paces, &chat(9), &limits, &mut Turn::default()),
            Err(Duration::from_secs(1)),
            "all places are free"
        );
    }

    #[test]
    fn a_permission_of_the_chat_is_kept_while_the_network_is_busy() {
        let (clock, limits) = (clock(), limits(Some((1, 60)), Some((1, 1))));
        let paces = Paces::new(clock.clone());
        take(&paces, &chat(1), &limits, &mut Turn::default()).unwrap();
        let mut turn = Turn::default();
        assert_eq!(take(&paces, &chat(2), &limits, &mut turn), Err(Duration::from_secs(1)));
        clock.advance(Duration::from_secs(1));
        assert_eq!(take(&paces, &chat(2), &limits, &mut turn), Ok(()));
    }

    #[test]
    fn a_network_may_change_its_pace() {
        let paces = Paces::new(clock());
        let take = |limits| take(&paces, "1", &limits, &mut Turn::default());
        take(limits(Some((1, 60)), None)).unwrap();
        assert!(take(limits(Some((1, 60)), None)).is_err());
        assert_eq!(take(limits(Some((0, 60)), Some((3, 0)))), Ok(()), "no pace at all");
        assert_eq!(take(limits(Some((1, 30)), None)), Ok(()));
    }

    #[test]
    fn the_topics_of_a_group_share_its_pace() {
        let (clock, secs) = (clock(), Duration::from_secs);
        let limits = Limits { per_group: Some(Pace { messages: 2, per: secs(6) }), ..limits(Some((1, 1)), None) };
        let paces = Paces::new(clock.clone());
        // After so many seconds, to a chat that is a group or not: how long it has to wait.
        let rows = [
            (0, "group", true, 0),
            (0, "group", true, 1), // its pace as a chat
            (1, "group", true, 0),
            (0, "ann", false, 0),  // alone, she has but that of a chat
            (1, "group", true, 1), // two are gone: the third is due 3 s after the first
            (0, "ann", false, 0),
            (1, "group", true, 0),
        ];
        for (n, (passed, chat, group, wait)) in rows.into_iter().enumerate() {
            clock.advance(secs(passed));
            let taken = paces.take("fake", Paced { chat, group }, &limits, &mut Turn::default());
            assert_eq!(taken.err().unwrap_or_default(), secs(wait), "row {n}");
        }
    }

    #[test]
    fn a_chat_is_left_alone_to_the_second() {
        let (clock, secs) = (clock(), Duration::from_secs);
        let (paces, limits) = (Paces::new(clock.clone()), Limits::default());
        let alone = |chat, pause| paces.leave_alone("fake", Paced { chat, group: true }, secs(pause));
        alone("1", 30);
        alone("1", 20); // an answer that came late
        assert_eq!(take(&paces, "1", &limits, &mut Turn::default()), Err(secs(30)));
        assert_eq!(take(&paces, "1", &limits, &mut Turn::of_reply()), Err(secs(30)));
        assert_eq!(take(&paces, "2", &limits, &mut Turn::default()), Ok(()));
        clock.advance(secs(29));
        assert_eq!(take(&paces, "1", &limits, &mut Turn::default()), Err(secs(1)));
        clock.advance(secs(1));
        assert_eq!(take(&paces, "1", &limits, &mut Turn::default()), Ok(()));
        alone("3", 1);
        assert_eq!(paces.networks.lock()["fake"].alone.len(), 1, "what is over is forgotten");
    }

    #[test]
    fn a_notice_lets_a_reply_go_first_and_only_once() {
        for limits in [limits(Some((1, 1)), None), limits(None, Some((1, 1)))] {
            let (clock, second) = (clock(), Duration::from_secs(1));
            let paces = Paces::new(clock.clone());
            let take = |turn: &mut Turn| take(&paces, "1", &limits, turn);
            take(&mut Turn::default()).unwrap();
            let (mut notice, mut replies) = (Turn::default(), [Turn::of_reply(), Turn::of_reply()]);
            assert_eq!(take(&mut notice), Err(second));
            for reply in &mut replies {
                assert_eq!(take(reply), Err(second));
            }
            clock.advance(second);
            assert_eq!(take(&mut notice), Err(second), "a reply waits for this slot");
            assert_eq!(take(&mut replies[0]), Ok(()));
            assert_eq!(take(&mut replies[1]), Err(second));
            clock.advance(second);
            assert_eq!(take(&mut notice), Ok(()), "it gave way once");
            assert_eq!(take(&mut replies[1]), Err(second));
            clock.advance(second);
            let mut next = Turn::default();
            assert_eq!(take(&mut next), Err(second));
            drop(replies); // given up with a slot that was left to it
            assert!(paces.networks.lock()["fake"].ahead.is_empty());
            clock.advance(second);
            assert_eq!(take(&mut next), Ok(()));
        }
    }
}
