//! Watching servers: chats that want to know, and the one loop that looks at all of them.
//!
//! A server is down after two failed looks and up after a good one. The first thing that
//! is known of it is told to nobody. What is known, and what was not told yet, is kept, so
//! that a change is told once, also over a restart.
use crate::{TrueConf, api::Fault, servers::Servers, texts};
use factotum_plugin_api::{prelude::*, store::Table};
use futures_util::{StreamExt, stream::FuturesUnordered};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::{Mutex, Notify, OnceCell};
use tracing::debug;

/// How often a server is looked at when nothing is said.
pub(crate) const USUAL: Duration = Duration::from_secs(15);
/// The least and the most that can be said.
pub(crate) const LEAST: Duration = Duration::from_secs(5);
pub(crate) const MOST: Duration = Duration::from_secs(86400);
/// Failed looks in a row that make a server count as down.
const FAILURES: u32 = 2;
/// Changes within this time make one message.
const TOGETHER: Duration = Duration::from_secs(5);
/// The one key of the table `told`.
const LAST: &str = "last";
/// Looks at a time.
const AT_A_TIME: usize = 16;

/// Who wants to know of one server, and what is known of it; by its slug in the table
/// `watch`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Watched {
    /// By their addresses.
    pub(crate) chats: BTreeMap<String, Follower>,
    /// Nothing before the first look.
    state: Option<Known>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    untold: Vec<Change>,
}

/// A chat that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Follower {
    pub(crate) every_secs: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) thread: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    up: bool,
    /// In unix seconds.
    since: i64,
}

/// A server has gone down or come up.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) up: bool,
    /// In unix seconds.
    pub(crate) at: i64,
    /// How long it had been as it was.
    pub(crate) lasted_secs: u64,
    /// Why it counts as down; not known after a restart.
    #[serde(skip)]
    pub(crate) why: Option<Fault>,
}

impl Watched {
    /// The shortest of what its chats want.
    fn every(&self) -> Duration {
        let shortest = self.chats.values().map(|follower| follower.every_secs).min();
        shortest.map_or(USUAL, Duration::from_secs).clamp(LEAST, MOST)
    }
    /// Takes in that it is so; whether that is news.
    fn note(&mut self, up: bool, at: i64, why: Option<Fault>) -> bool {
        let was = self.state.filter(|known| known.up == up);
        if was.is_some() {
            return false;
        }
        if let Some(before) = self.state {
            let lasted_secs = u64::try_from(at - before.since).unwrap_or(0);
            self.untold.push(Change { up, at, lasted_secs, why });
        }
        self.state = Some(Known { up, since: at });
        true
    }
}

/// All watched servers.
pub(crate) struct Watch {
    table: Table<String, Watched>,
    /// Under [`LAST`] the changes that were told last, each by its server and time:
    /// written at once, while they leave the table one server after another.
    told: Table<String, Vec<(String, i64)>>,
    known: Mutex<BTreeMap<String, Watched>>,
    loaded: OnceCell<()>,
    /// Something was switched on or off.
    switched: Notify,
}

impl Watch {
    pub(crate) fn open(host: &Host) -> Result<Self> {
        let (table, told) = (host.store.table("watch")?, host.store.table("told")?);
        Ok(Watch { table, told, known: Mutex::default(), loaded: OnceCell::new(), switched: Notify::new() })
    }
    async fn load(&self) -> Result<()> {
        let read = async || -> Result<()> {
            let told = self.told.get(&LAST.to_owned()).await?.unwrap_or_default();
            let mut all: BTreeMap<String, Watched> = self.table.all(&[]).await?.into_iter().collect();
            for (slug, watched) in &mut all {
                let before = watched.untold.len();
                watched.untold.retain(|change| !told.contains(&(slug.clone(), change.at)));
                if watched.untold.len() < before {
                    self.table.put(slug, watched).await?;
                }
            }
            *self.known.lock().await = all;
            Ok(())
        };
        self.loaded.get_or_try_init(read).await.copied()
    }
    /// Lets a chat know of a server from now on; whether that is new.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn on(&self, slug: &str, chat: &ChatId, follower: Follower) -> Result<bool> {
        self.load().await?;
        let mut known = self.known.lock().await;
        let mut watched = known.get(slug).cloned().unwrap_or_default();
        if watched.chats.insert(chat.to_string(), follower.clone()).as_ref() == Some(&follower) {
            return Ok(false);
        }
        self.table.put(&slug.to_owned(), &watched).await?;
        known.insert(slug.to_owned(), watched);
        self.switched.notify_one();
        Ok(true)
    }
    /// Tells a chat no more; whether it was told.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn off(&self, slug: &str, chat: &ChatId) -> Result<bool> {
        self.load().await?;
        let mut known = self.known.lock().await;
        let Some(mut watched) = known.get(slug).cloned() else { return Ok(false) };
        if watched.chats.remove(&chat.to_string()).is_none() {
            return Ok(false);
        }
        match watched.chats.is_empty() {
            true => drop(self.table.remove(&slug.to_owned()).await?),
            false => drop(self.table.put(&slug.to_owned(), &watched).await?),
        }
        match watched.chats.is_empty() {
            true => drop(known.remove(slug)),
            false => drop(known.insert(slug.to_owned(), watched)),
        }
        self.switched.notify_one();
        Ok(true)
    }
    /// Watches a server no more: it is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn forget(&self, slug: &str) -> Result<()> {
        self.load().await?;
        self.table.remove(&slug.to_owned()).await?;
        self.known.lock().await.remove(slug);
        self.switched.notify_one();
        Ok(())
    }
    /// What is watched, with its chats.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn all(&self) -> Result<BTreeMap<String, BTreeMap<String, Follower>>> {
        self.load().await?;
        let known = self.known.lock().await;
        Ok(known.iter().map(|(slug, watched)| (slug.clone(), watched.chats.clone())).collect())
    }
    /// How a chat follows a server.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(&self, slug: &str, chat: &ChatId) -> Result<Option<Follower>> {
        self.load().await?;
        let known = self.known.lock().await;
        Ok(known.get(slug).and_then(|watched| watched.chats.get(&chat.to_string()).cloned()))
    }
}

/// A chat and its thread.
type Place = (String, Option<String>);

/// When a server is looked at next, and how the last looks went.
struct Plan {
    next: Duration,
    every: Duration,
    failures: u32,
    /// When the first of them failed, in unix seconds.
    failed_at: i64,
    at_work: bool,
}

impl TrueConf {
    /// The loop: looks at each watched server when it is due, and tells of changes.
    pub(crate) async fn watch_servers(&self, tick: &Tick) -> Result<()> {
        self.servers.load().await?;
        self.watch.load().await?;
        let clock = &tick.clock;
        let mut plans: BTreeMap<String, Plan> = BTreeMap::new();
        let mut looks = FuturesUnordered::new();
        // What a stopped bot had no time to tell.
        let mut tell_at = Some(clock.elapsed());
        loop {
            if tell_at.is_some_and(|at| at <= clock.elapsed()) {
                self.tell_changes().await?;
                tell_at = None;
            }
            let now = clock.elapsed();
            self.plan(&mut plans, now).await;
            let mut wake = tell_at.unwrap_or(now + Duration::from_secs(3600));
            for (slug, plan) in plans.iter_mut().filter(|(_, plan)| !plan.at_work) {
                if plan.next > now {
                    wake = wake.min(plan.next);
                } else if looks.len() < AT_A_TIME {
                    plan.at_work = true;
                    plan.next = now + plan.every;
                    looks.push(look(slug.clone(), self.servers.clone()));
                }
            }
            tokio::select! {
                Some((slug, answer)) = looks.next(), if !looks.is_empty() => {
                    let Some(plan) = plans.get_mut(&slug) else { continue };
                    plan.at_work = false;
                    let Some(answer) = answer else { continue };
                    if self.watch.looked(&slug, plan, answer, clock.now().as_second()).await? && tell_at.is_none() {
                        tell_at = Some(clock.elapsed() + TOGETHER);
                    }
                }
                () = clock.sleep(wake.saturating_sub(now)) => {}
                () = self.watch.switched.notified() => {}
            }
        }
    }
    /// A plan for each server that is watched, none for the others; many new ones at once
    /// begin one after another.
    async fn plan(&self, plans: &mut BTreeMap<String, Plan>, now: Duration) {
        let known = self.watch.known.lock().await;
        plans.retain(|slug, _| known.contains_key(slug));
        let new = known.len().saturating_sub(plans.len()).max(1) as u32;
        let mut at = 0;
        for (slug, watched) in known.iter() {
            let every = watched.every();
            let plan = plans.entry(slug.clone()).or_insert_with(|| {
                at += 1;
                Plan { next: now + every * (at - 1) / new, every, failures: 0, failed_at: 0, at_work: false }
            });
            plan.every = every;
            plan.next = plan.next.min(now + every);
        }
    }
    /// Posts what is untold: to each chat one message of all servers that it watches.
    async fn tell_changes(&self) -> Result<()> {
        let mut known = self.watch.known.lock().await;
        let mut by_chat: BTreeMap<Place, Vec<(String, Change)>> = BTreeMap::new();
        let with_news: Vec<String> =
            known.iter().filter(|(_, watched)| !watched.untold.is_empty()).map(|(slug, _)| slug.clone()).collect();
        for slug in &with_news {
            let watched = &known[slug];
            for (chat, follower) in &watched.chats {
                let of_chat = by_chat.entry((chat.clone(), follower.thread.clone())).or_default();
                of_chat.extend(watched.untold.iter().map(|change| (slug.clone(), change.clone())));
            }
        }
        for ((chat, thread), changes) in by_chat {
            let Some((network, address)) = chat.split_once(':') else { continue };
            let to = ChatId::new(network, address);
            let lines = || {
                let line = |(slug, change): &(String, Change)| {
                    let name = self.servers.get(slug).map_or_else(|| slug.clone(), |server| server.name.clone());
                    texts::watch::changed(&name, change)
                };
                Text::lines(changes.iter().map(line))
            };
            let text = self.host.language_of(&to).within(lines);
            let what: Vec<String> = changes.iter().map(|(slug, change)| format!("{slug}@{}", change.at)).collect();
            let notice = Notice { thread, ..Notice::new(to, text) };
            self.host.outbox.post(notice, Some(format!("watch:{chat}:{}", what.join(",")))).await?;
        }
        // A bot that ends between two servers tells neither again.
        if with_news.len() > 1 {
            let mut told = vec![];
            for slug in &with_news {
                told.extend(known[slug].untold.iter().map(|change| (slug.clone(), change.at)));
            }
            self.watch.told.put(&LAST.to_owned(), &told).await?;
        }
        for slug in with_news {
            let Some(watched) = known.get_mut(&slug) else { continue };
            watched.untold.clear();
            self.watch.table.put(&slug, watched).await?;
        }
        Ok(())
    }
}

impl Watch {
    /// Takes in what a look found; whether it has to be told.
    async fn looked(&self, slug: &str, plan: &mut Plan, answer: Result<(), Fault>, at: i64) -> Result<bool> {
        let mut known = self.known.lock().await;
        let Some(watched) = known.get_mut(slug) else { return Ok(false) };
        let news = match answer {
            Ok(()) => {
                plan.failures = 0;
                watched.note(true, at, None)
            }
            Err(why) => {
                if plan.failures == 0 {
                    plan.failed_at = at;
                }
                plan.failures = plan.failures.saturating_add(1);
                debug!(server = slug, failures = plan.failures, "a look failed");
                plan.failures >= FAILURES && watched.note(false, plan.failed_at, Some(why))
            }
        };
        if news {
            self.table.put(&slug.to_owned(), watched).await?;
        }
        Ok(news && !watched.untold.is_empty())
    }
}

/// One look at a server; nothing for one that nobody knows any more.
async fn look(slug: String, servers: Arc<Servers>) -> (String, Option<Result<(), Fault>>) {
    let Some(server) = servers.get(&slug) else { return (slug, None) };
    let answer = match server.api() {
        Ok(api) => api.up().await.map(drop),
        Err(fault) => Err(fault),
    };
    (slug, Some(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thing_known_is_no_news_to_anybody() {
        for up in [true, false] {
            let mut watched = Watched::default();
            assert!(watched.note(up, 100, None) && watched.untold.is_empty());
            assert!(!watched.note(up, 115, None));
            assert!(watched.note(!up, 160, None));
            let change = &watched.untold[0];
            assert_eq!((change.up, change.at, change.lasted_secs), (!up, 160, 60));
        }
    }

    #[test]
    fn the_shortest_wish_counts() {
        let follower = |every_secs| Follower { every_secs, thread: None };
        let mut watched = Watched::default();
        assert_eq!(watched.every(), USUAL);
        for (every, expected) in [(60, 60), (30, 30), (90, 30), (1, 5)] {
            watched.chats.insert(format!("console:{every}"), follower(every));
            assert_eq!(watched.every(), Duration::from_secs(expected));
        }
    }
}
