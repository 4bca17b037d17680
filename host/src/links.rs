//! How the networks have fared: since when each is up or down, and what went wrong
//! last.
//!
//! A network only says how it stands when it is asked, so it is asked now and then:
//! by a light watcher, by the outbox after each attempt, and by whoever wants to
//! know. "Since" is when the host first saw it, to a few seconds.
use crate::{services::Shared, texts};
use factotum_plugin_api::{
    chat::{ChatId, Link, Network},
    clock::Clock,
    jiff::Timestamp,
    secret::scrub,
};
use std::{
    collections::BTreeMap,
    mem::discriminant,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tracing::error;

/// How often every network is asked.
const EVERY: Duration = Duration::from_secs(5);
/// How much of an error is kept, in characters: one server answers with a page of HTML.
const ERROR_CHARS: usize = 200;

/// How a network stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it says of itself; down when it has given up.
    pub link: Link,
    /// Since when it says so, as far as the host has seen.
    pub since: Timestamp,
    /// It has ended for good: no waiting mends what is wrong.
    pub gave_up: bool,
    /// What went wrong last, and when.
    pub last_error: Option<(Timestamp, String)>,
}

/// How each network stands, by its name.
pub struct Links {
    clock: Clock,
    by_name: Mutex<BTreeMap<String, Standing>>,
}

impl Links {
    pub(crate) fn new(clock: Clock) -> Self {
        Links { clock, by_name: Mutex::default() }
    }
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Standing>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Asks a network how it stands, and remembers when that changed.
    pub fn look(&self, name: &str, network: &dyn Network) -> Standing {
        // Its own code runs under no lock; a panic of it is in the log.
        let link = catch_unwind(AssertUnwindSafe(|| network.link()));
        let link = link.unwrap_or_else(|_| Link::Down("it cannot say how it stands".into()));
        self.note(name, |_| link)
    }
    /// An attempt to post has failed.
    pub(crate) fn failed(&self, name: &str, reason: &str) {
        let now = self.clock.now();
        if let Some(standing) = self.lock().get_mut(name) {
            standing.last_error = Some((now, cut(reason)));
        }
    }
    /// A network has ended for good.
    fn gave_up(&self, name: &str, reason: &str) {
        self.note(name, |gave_up| {
            *gave_up = true;
            Link::Down(reason.into())
        });
    }
    fn note(&self, name: &str, link: impl FnOnce(&mut bool) -> Link) -> Standing {
        let now = self.clock.now();
        let begin = || Standing { link: Link::Connecting, since: now, gave_up: false, last_error: None };
        let mut all = self.lock();
        let standing = all.entry(name.to_owned()).or_insert_with(begin);
        if standing.gave_up {
            return standing.clone();
        }
        let link = match link(&mut standing.gave_up) {
            Link::Down(reason) => Link::Down(cut(&reason)),
            Link::Ailing(reason) => Link::Ailing(cut(&reason)),
            link => link,
        };
        if link != standing.link {
            if let Link::Down(reason) | Link::Ailing(reason) = &link {
                standing.last_error = Some((now, reason.clone()));
            }
            // Another reason to be down is no other state.
            if discriminant(&link) != discriminant(&standing.link) || standing.gave_up {
                standing.since = now;
            }
            standing.link = link;
        }
        standing.clone()
    }
}

/// As it may be kept and shown: without secrets, and not endless.
fn cut(reason: &str) -> String {
    let reason = &*scrub(reason);
    let mut cut: String = reason.chars().take(ERROR_CHARS).collect();
    if cut.len() < reason.len() {
        cut.push('…');
    }
    cut
}

/// Asks every network now and then, for ever.
pub(crate) async fn watch(shared: Arc<Shared>) {
    loop {
        for (name, network) in &shared.networks().0 {
            shared.links.look(name, &**network);
        }
        shared.clock.sleep(EVERY).await;
    }
}

/// A network has ended for good: it is shown as such, and the admins are told where
/// they can still be reached.
pub(crate) async fn gave_up(shared: &Shared, name: &str, reason: &str) {
    error!(error = reason, "the network has given up");
    shared.links.gave_up(name, reason);
    let about = format!("network {name} gave up");
    let to = elsewhere(&shared.admin_chats(), &shared.admins_in_private(), name);
    if let Err(error) = shared.tell_in(&to, "host", &about, || texts::network_gave_up(name, &cut(reason))).await {
        error!(error = format!("{error:#}"), "the admins could not be told of a network");
    }
}

/// The chats on other networks: of those that are told things, else of the admins.
fn elsewhere(told: &[ChatId], admins: &[ChatId], name: &str) -> Vec<ChatId> {
    let others = |chats: &[ChatId]| chats.iter().filter(|chat| chat.network != name).cloned().collect::<Vec<_>>();
    match others(told) {
        chats if chats.is_empty() => others(admins),
        chats => chats,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_when_the_state_changed_and_not_its_reason() {
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let links = Links::new(clock.clone());
        let down = |reason: &str| Link::Down(reason.into());
        let reports = [
            Link::Connecting,
            Link::Up,
            Link::Up,
            down("reset"),
            down("no route"),
            Link::Up,
            Link::Ailing("another bot listens".into()),
            Link::Ailing("hooks fail".into()),
            Link::Up,
        ];
        let seen = reports.map(|link| {
            clock.advance(Duration::from_secs(60));
            let Standing { link, since, last_error, .. } = links.note("irc", |_| link);
            let error = last_error.map(|(at, why)| format!("; {why} at {}", at.strftime("%H:%M")));
            format!("{link:?} since {}{}", since.strftime("%H:%M"), error.unwrap_or_default())
        });
        insta::assert_snapshot!(seen.join("\n"), @r#"
        Connecting since 10:01
        Up since 10:02
        Up since 10:02
        Down("reset") since 10:04; reset at 10:04
        Down("no route") since 10:04; no route at 10:05
        Up since 10:06; no route at 10:05
        Ailing("another bot listens") since 10:07; another bot listens at 10:07
        Ailing("hooks fail") since 10:07; hooks fail at 10:08
        Up since 10:09; hooks fail at 10:08
        "#);
    }

    #[test]
    fn what_has_given_up_stays_so() {
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let links = Links::new(clock.clone());
        links.note("irc", |_| Link::Down("reset".into()));
        clock.advance(Duration::from_secs(60));
        links.gave_up("irc", &format!("wrong token {}", "ü".repeat(300)));
        clock.advance(Duration::from_secs(60));
        let standing = links.note("irc", |_| Link::Up);
        assert!(standing.gave_up);
        assert_eq!(standing.since.to_string(), "2026-11-20T10:01:00Z");
        let Link::Down(reason) = standing.link else { panic!("it is down") };
        assert_eq!(reason.chars().count(), 201);
    }

    #[test]
    fn admins_are_told_where_the_network_is_another() {
        let chat = |text: &str| text.parse::<ChatId>().unwrap();
        let [ops, ann, bob] = ["irc:#ops", "irc:ann", "console:bob"].map(chat);
        let admins = [ann.clone(), bob.clone()];
        assert_eq!(elsewhere(std::slice::from_ref(&ops), &admins, "telegram"), std::slice::from_ref(&ops));
        assert_eq!(elsewhere(std::slice::from_ref(&ops), &admins, "irc"), [bob]);
        assert_eq!(elsewhere(std::slice::from_ref(&ops), &[ann], "irc"), []);
    }
}
