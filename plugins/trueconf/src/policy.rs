//! The policy: conferences that were forgotten are stopped by themselves, where somebody
//! has switched that on.
//!
//! It is off at first, and can be switched on only after a dry run that told what it would
//! stop. Before anything is stopped, the chat is warned, with a button that keeps the
//! conference; no more than so many are stopped in one run.
use crate::{
    TrueConf,
    audit::{Act, Entry, Outcome, outcome},
    commands::{Ended, forgotten},
    config::Policy,
    model::Conference,
    servers::Server,
    texts,
};
use factotum_plugin_api::{prelude::*, store::Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::Mutex;
use tracing::warn;

/// What is done to forgotten conferences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Nothing.
    #[default]
    Off,
    /// It is said what would be stopped.
    Dry,
    /// They are stopped.
    On,
}

/// The policy of one server, by its slug in the table `policies`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OfServer {
    pub(crate) mode: Mode,
    /// The chat that is told, and its thread.
    pub(crate) chat: String,
    #[serde(default)]
    pub(crate) thread: Option<String>,
    /// Whether a dry run has gone through.
    #[serde(default)]
    pub(crate) tried: bool,
    /// When those that were warned of will be stopped, in unix seconds, by their ids.
    #[serde(default)]
    warned: BTreeMap<String, i64>,
    /// Until when those are kept that somebody wants.
    #[serde(default)]
    kept: BTreeMap<String, i64>,
}

/// All of them.
pub(crate) struct Policies {
    table: Table<String, OfServer>,
    /// One at a time: a run reads, calls and writes.
    changing: Mutex<()>,
}

impl Policies {
    pub(crate) fn open(host: &Host) -> Result<Self> {
        Ok(Policies { table: host.store.table("policies")?, changing: Mutex::default() })
    }
    /// The policy of a server.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(&self, slug: &str) -> Result<OfServer> {
        Ok(self.table.get(&slug.to_owned()).await?.unwrap_or_default())
    }
    /// Changes it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn change(&self, slug: &str, change: impl FnOnce(&mut OfServer)) -> Result<()> {
        let _changing = self.changing.lock().await;
        let mut policy = self.of(slug).await?;
        change(&mut policy);
        self.table.put(&slug.to_owned(), &policy).await?;
        Ok(())
    }
    /// Forgets it: the server is gone.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn forget(&self, slug: &str) -> Result<()> {
        let _changing = self.changing.lock().await;
        self.table.remove(&slug.to_owned()).await.map(drop)
    }
    /// Keeps a conference until then, in unix seconds.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn keep(&self, slug: &str, id: &str, until: i64) -> Result<()> {
        self.change(slug, |policy| {
            policy.warned.remove(id);
            policy.kept.insert(id.to_owned(), until);
        })
        .await
    }
}

impl OfServer {
    /// Switches it; a warning of another mode counts no more.
    pub(crate) fn set(&mut self, mode: Mode, chat: &ChatId, thread: Option<String>) {
        if self.mode != mode {
            self.warned.clear();
        }
        (self.mode, self.chat, self.thread) = (mode, chat.to_string(), thread);
    }
    /// What is to be done now about the conferences that were found.
    fn decide<'c>(&mut self, found: &'c [Conference], rules: &Policy, now: i64) -> Decided<'c> {
        self.kept.retain(|_, until| *until > now);
        let due: Vec<&Conference> =
            found.iter().filter(|one| !rules.allows(one) && !self.kept.contains_key(&one.id)).collect();
        // What is looked after again is warned of anew.
        self.warned.retain(|id, _| due.iter().any(|one| one.id == *id));
        let mut decided = Decided::default();
        for conference in due {
            match self.warned.get(&conference.id) {
                None => {
                    let at = now.saturating_add(i64::try_from(rules.warning_secs).unwrap_or(i64::MAX));
                    self.warned.insert(conference.id.clone(), at);
                    decided.warn.push(conference);
                }
                Some(at) if *at <= now && self.mode == Mode::On => match decided.stop.len() < rules.stops_max {
                    true => decided.stop.push(conference),
                    false => decided.left += 1,
                },
                Some(_) => {}
            }
        }
        decided
    }
}

/// What a run has to do.
#[derive(Default)]
struct Decided<'c> {
    warn: Vec<&'c Conference>,
    stop: Vec<&'c Conference>,
    /// How many more were due.
    left: usize,
}

impl Policy {
    /// Whether a conference is never touched.
    fn allows(&self, conference: &Conference) -> bool {
        let named = |words: &[String], value: &str| words.iter().any(|word| word.eq_ignore_ascii_case(value));
        let owner = conference.owner.split('@').next().unwrap_or_default();
        let title = conference.title.as_deref().unwrap_or_default().to_lowercase();
        named(&self.allow_ids, &conference.id)
            || named(&self.allow_owners, &conference.owner)
            || named(&self.allow_owners, owner)
            || self.allow_topics.iter().any(|topic| !topic.is_empty() && title.contains(&topic.to_lowercase()))
    }
}

impl TrueConf {
    /// One run over all servers.
    pub(crate) async fn run_policies(&self, _: &Tick) -> Result<()> {
        self.servers.load().await?;
        for (slug, policy) in self.policies.table.all(&[]).await? {
            let Some(server) = self.servers.get(&slug).filter(|_| policy.mode != Mode::Off) else { continue };
            // One that cannot be asked costs the others nothing but its time.
            if let Err(error) = self.run_policy(&server).await {
                warn!(server = slug, error = format!("{:#}", error.into_anyhow()), "the policy could not look");
            }
        }
        Ok(())
    }
    async fn run_policy(&self, server: &Server) -> Result<()> {
        let rules = &self.config.policy;
        let over = Duration::from_secs(rules.over_secs);
        let found = self.asked(server, async { forgotten(server.api()?, over).await }).await?.found;
        let _changing = self.policies.changing.lock().await;
        let mut policy = self.policies.of(&server.slug).await?;
        if policy.mode == Mode::Off {
            return Ok(());
        }
        let now = self.host.clock.now().as_second();
        let decided = policy.decide(&found, rules, now);
        // One that cannot be stopped is warned of anew.
        for conference in &decided.stop {
            policy.warned.remove(&conference.id);
        }
        policy.tried |= policy.mode == Mode::Dry;
        // Kept before anything is said or done, so that nothing is warned of twice.
        self.policies.table.put(&server.slug, &policy).await?;
        for conference in decided.warn {
            self.warn_of(server, &policy, conference, now).await?;
        }
        for conference in decided.stop {
            let ended = self.end(server, conference).await;
            let of_ended = |ended: &Ended| match ended {
                Ended::Now => Outcome::Done,
                Ended::Before => Outcome::Before,
            };
            let came = outcome(&ended, of_ended);
            self.audit.keep(by_policy(server, conference, came.clone(), now)).await;
            if came != Outcome::Before {
                let text = || texts::watch::policy_stopped(&server.name, conference, &came);
                self.tell_of(&policy, format!("policy:{}:{}:{now}", server.slug, conference.id), text, vec![]).await?;
            }
        }
        if decided.left > 0 {
            let text = || texts::watch::policy_left(&server.name, decided.left);
            self.tell_of(&policy, format!("policy-left:{}:{now}", server.slug), text, vec![]).await?;
        }
        Ok(())
    }
    async fn warn_of(&self, server: &Server, policy: &OfServer, conference: &Conference, now: i64) -> Result<()> {
        let minutes = self.config.policy.warning_secs.div_ceil(60);
        let dry = policy.mode == Mode::Dry;
        let text = || texts::watch::policy_warns(&server.name, conference, minutes, dry);
        let line = format!("!trueconf keep {} {} 1h", server.slug, crate::screens::word(&conference.id));
        let about = format!("policy-warns:{}:{}:{now}", server.slug, conference.id);
        self.tell_of(policy, about, text, if dry { vec![] } else { vec![line] }).await
    }
    /// Posts to the chat of a policy; a line becomes the button that keeps a conference.
    async fn tell_of(
        &self,
        policy: &OfServer,
        about: String,
        say: impl Fn() -> Text,
        lines: Vec<String>,
    ) -> Result<()> {
        let Some((network, address)) = policy.chat.split_once(':') else { return Ok(()) };
        let to = ChatId::new(network, address);
        let (text, label) = self.host.language_of(&to).within(|| (say(), texts::watch::keep_button()));
        let mut notice = Notice { thread: policy.thread.clone(), ..Notice::new(to, text) };
        for line in lines {
            notice = notice.row([Button::new(label.clone(), line)]);
        }
        self.host.outbox.post(notice, Some(about)).await.map(drop)
    }
}

fn by_policy(server: &Server, conference: &Conference, outcome: Outcome, at: i64) -> Entry {
    Entry {
        at,
        act: Act::Stop,
        server: server.slug.clone(),
        what: conference.id.clone(),
        title: conference.title.clone().unwrap_or_default(),
        who: String::new(),
        name: String::new(),
        chat: String::new(),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conference(id: &str) -> Conference {
        Conference {
            id: id.into(),
            owner: "ivanov@example.com".into(),
            title: Some("Planning".into()),
            ..Conference::default()
        }
    }
    fn ids(conferences: &[&Conference]) -> Vec<String> {
        conferences.iter().map(|one| one.id.clone()).collect()
    }

    #[test]
    fn a_conference_is_warned_of_once_and_stopped_when_its_time_has_come() {
        let rules = Policy { warning_secs: 600, stops_max: 2, ..Policy::default() };
        let mut policy = OfServer { mode: Mode::On, ..OfServer::default() };
        let found: Vec<Conference> = ["1", "2", "3"].map(conference).into();
        assert_eq!(ids(&policy.decide(&found, &rules, 0).warn), ["1", "2", "3"]);
        let early = policy.decide(&found, &rules, 599);
        assert!(early.warn.is_empty() && early.stop.is_empty());
        let due = policy.decide(&found, &rules, 600);
        assert_eq!((ids(&due.stop), due.left), (vec!["1".to_owned(), "2".to_owned()], 1));
        // Somebody came back into 3, and left again: it is warned of anew.
        policy.decide(&found[..2], &rules, 700);
        assert_eq!(ids(&policy.decide(&found, &rules, 800).warn), ["3"]);
    }

    #[test]
    fn a_dry_run_stops_nothing_and_what_is_kept_or_allowed_is_not_touched() {
        let rules = Policy { allow_ids: vec!["1".into()], ..Policy::default() };
        let mut policy = OfServer { mode: Mode::Dry, ..OfServer::default() };
        policy.kept.insert("2".into(), 1000);
        let found: Vec<Conference> = ["1", "2", "3"].map(conference).into();
        assert_eq!(ids(&policy.decide(&found, &rules, 0).warn), ["3"]);
        assert!(policy.decide(&found, &rules, 999_999).stop.is_empty());
        let allowed = |rules: Policy| rules.allows(&conference("7"));
        let owner = |owner: &str| Policy { allow_owners: vec![owner.into()], ..Policy::default() };
        let topic = |topic: &str| Policy { allow_topics: vec![topic.into()], ..Policy::default() };
        assert!(allowed(owner("ivanov")) && allowed(owner("IVANOV@example.com")) && !allowed(owner("iva")));
        assert!(allowed(topic("plan")) && !allowed(topic("")) && !allowed(Policy::default()));
    }
}
