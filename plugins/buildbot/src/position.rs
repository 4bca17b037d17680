//! Where the bot stands with a master: which builds it has told of, and which workers
//! are missing. Pure, and small enough to be kept as one record.
//!
//! Ids are not trusted to come in order, nor without gaps: below `floor` every build is
//! over unless it is known as running, above it each one is listed.
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// So many ids below the highest one are kept one by one: builds of several masters over
/// one database can be seen later than builds with a higher id.
const KEPT: i64 = 256;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Position {
    /// Whether the master's state was ever read; before that nothing of it is known.
    pub(crate) synced: bool,
    /// The highest id that was seen.
    pub(crate) last: i64,
    /// See the module.
    pub(crate) floor: i64,
    /// Builds that have started, as far as we know.
    pub(crate) running: BTreeSet<i64>,
    /// Builds above `floor` that are over and told of.
    done: BTreeSet<i64>,
    /// The state of workers.
    pub(crate) workers: Workers,
}

impl Position {
    /// A position at a master that nothing was told of: what is there is old.
    pub(crate) fn first(newest: i64, running: impl IntoIterator<Item = i64>, workers: Workers) -> Self {
        let running = running.into_iter().filter(|id| *id <= newest).collect();
        Position { synced: true, last: newest, floor: newest, running, done: BTreeSet::new(), workers }
    }
    /// Whether the end of a build was told of, or is too old for that.
    pub(crate) fn is_over(&self, id: i64) -> bool {
        self.done.contains(&id) || (id <= self.floor && !self.running.contains(&id))
    }
    /// Whether a build's start is no news.
    pub(crate) fn is_known(&self, id: i64) -> bool {
        self.running.contains(&id) || self.is_over(id)
    }
    /// Up to this id each build that is not running is over.
    pub(crate) fn known_to(&self) -> i64 {
        (self.floor + 1..).take_while(|id| self.is_known(*id)).last().unwrap_or(self.floor)
    }
    /// A build has started; its end stays its end.
    pub(crate) fn started(&mut self, id: i64) {
        if !self.is_known(id) {
            self.running.insert(id);
            self.seen(id);
        }
    }
    /// A build is over, or is no longer there.
    pub(crate) fn over(&mut self, id: i64) {
        self.running.remove(&id);
        if id > self.floor {
            self.done.insert(id);
            self.seen(id);
        }
    }
    fn seen(&mut self, id: i64) {
        self.last = self.last.max(id);
        let floor = self.last - KEPT;
        if self.synced && floor > self.floor {
            self.floor = floor;
            self.done = self.done.split_off(&(floor + 1));
        }
    }
}

/// What is known of a master's workers, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Workers {
    /// Those that are missing, and whether that was told.
    pub(crate) missing: BTreeMap<String, Missing>,
    /// Those that were connected when we last looked.
    connected: BTreeSet<String>,
    /// Those that have gone and may yet be reported missing.
    gone: BTreeMap<String, Gone>,
}

/// A worker that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Missing {
    /// When we heard of it, in seconds since 1970.
    pub(crate) at: i64,
    /// When the master saw it last, in its own words.
    pub(crate) seen: Option<String>,
    /// Whether the chats were told.
    pub(crate) told: bool,
}

/// A worker whose connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Gone {
    /// When we noticed, in seconds since 1970.
    since: i64,
    /// Whether the master may have reported it while we did not listen.
    unheard: bool,
}

impl Workers {
    /// The master reports a worker missing; whether that is news.
    pub(crate) fn lost(&mut self, name: &str, at: i64, seen: Option<String>) -> bool {
        self.connected.remove(name);
        self.gone.remove(name);
        let news = !self.missing.contains_key(name);
        if news {
            self.missing.insert(name.to_owned(), Missing { at, seen, told: false });
        }
        news
    }
    /// A worker is there; whether it was missing. It is so until [`found`](Self::found).
    pub(crate) fn came(&mut self, name: &str) -> bool {
        self.connected.insert(name.to_owned());
        self.gone.remove(name);
        self.missing.contains_key(name)
    }
    /// That it is back was told.
    pub(crate) fn found(&mut self, name: &str) {
        self.missing.remove(name);
    }
    /// A worker's connection ended.
    pub(crate) fn went(&mut self, name: &str, now: i64) {
        if self.connected.remove(name) {
            self.gone.entry(name.to_owned()).or_insert(Gone { since: now, unheard: false });
        }
    }
    /// A look at all configured workers after a time in which we did not listen; gives
    /// those that were missing and are there.
    pub(crate) fn looked(&mut self, all: &[(String, bool)], now: i64) -> Vec<String> {
        let known = |name: &String| all.iter().any(|(other, _)| other == name);
        self.missing.retain(|name, _| known(name));
        self.connected.retain(known);
        self.gone.retain(|name, _| known(name));
        let mut back = vec![];
        for (name, connected) in all {
            if !connected {
                self.went(name, now);
            } else if self.came(name) {
                back.push(name.clone());
            }
        }
        for gone in self.gone.values_mut() {
            gone.unheard = true;
        }
        back
    }
    /// Workers that have gone so long ago, and whose report we may not have heard.
    pub(crate) fn overdue(&self, now: i64, limit: i64) -> Vec<String> {
        let overdue = self.gone.iter().filter(|(_, gone)| gone.unheard && now - gone.since >= limit);
        overdue.map(|(name, _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(workers: &[(&str, bool)]) -> Vec<(String, bool)> {
        workers.iter().map(|(name, connected)| ((*name).to_owned(), *connected)).collect()
    }

    #[test]
    fn what_was_there_first_is_old_but_for_what_runs() {
        let mut position = Position::first(9, [8, 10], Workers::default());
        assert_eq!([7, 8, 9, 10].map(|id| position.is_over(id)), [true, false, true, false]);
        assert_eq!([7, 8, 9, 10].map(|id| position.is_known(id)), [true, true, true, false]);
        position.over(8);
        assert!(position.is_over(8));
    }

    #[test]
    fn what_is_not_heard_of_is_not_known_to_be_over() {
        let mut position = Position::first(9, [8], Workers::default());
        assert_eq!(position.known_to(), 9);
        for id in [10, 11, 13] {
            position.started(id);
        }
        position.over(11);
        assert_eq!(position.known_to(), 11, "12 may run");
    }

    #[test]
    fn a_position_stays_small() {
        let mut position = Position::first(0, [], Workers::default());
        for id in 1..5000 {
            position.started(id);
            if id != 7 {
                position.over(id);
            }
        }
        assert!(position.done.len() <= 256, "{}", position.done.len());
        assert_eq!([6, 7, 8, 4999, 5000].map(|id| position.is_over(id)), [true, false, true, true, false]);
    }

    #[test]
    fn a_worker_is_back_only_where_it_was_missing() {
        let mut workers = Workers::default();
        assert!(!workers.came("w1"));
        workers.went("w1", 0);
        assert!(!workers.came("w1"), "it was gone for a moment");
        assert!(workers.lost("w2", 5, None), "it never came");
        assert!(!workers.lost("w2", 6, None), "the master says so at each start");
        assert!(workers.came("w2"));
        workers.found("w2");
        assert!(!workers.came("w2"));
    }

    #[test]
    fn a_worker_reported_while_nobody_listened_is_overdue_after_a_while() {
        let mut workers = Workers::default();
        workers.looked(&all(&[("w1", true), ("w2", true), ("w3", false)]), 0);
        workers.went("w1", 10);
        assert_eq!(workers.overdue(9_999, 3600), [""; 0], "the master will say it");
        workers.looked(&all(&[("w1", false), ("w2", false), ("w3", false)]), 20);
        assert_eq!(workers.overdue(3_610, 3600), ["w1"]);
        assert_eq!(workers.overdue(3_620, 3600), ["w1", "w2"]);
        workers.looked(&all(&[("w2", true)]), 30);
        assert_eq!(workers.overdue(9_999, 3600), [""; 0], "one is no longer configured, one is there");
    }

    proptest! {
        /// Whatever the order and however often, an end is an end.
        #[test]
        fn each_start_and_each_end_is_news_once(events in prop::collection::vec((1i64..40, any::<bool>()), 0..200)) {
            let mut position = Position::first(0, [], Workers::default());
            let mut told = BTreeSet::new();
            let mut ended = BTreeSet::new();
            for (id, end) in events {
                if end && !position.is_over(id) {
                    position.over(id);
                    prop_assert!(told.insert((id, "end")));
                    ended.insert(id);
                } else if !end && !position.is_known(id) {
                    position.started(id);
                    prop_assert!(told.insert((id, "start")) && !ended.contains(&id));
                }
                prop_assert_eq!(position.is_over(id), ended.contains(&id));
            }
        }
    }
}
