//! What a sender of alerts is made of: groups of them, as Alertmanager and Grafana tell of
//! them, with one message for each, edited as alerts come and go.
//!
//! A sender repeats what has not changed; a group's record says what was told last, so
//! that only a new alert rings, an end edits, and a repetition does nothing. What they
//! tell and how it reads is in `alerts/group.rs`.
mod group;

use crate::{Build, Endpoint, EndpointConfig, Event, Said, Scheme, json, shared::Of};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};
pub use group::{Alert, Group};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeSet, time::Duration};

/// How long a repetition of what is told already may be a retry, whose message is not
/// posted yet; the senders retry for minutes.
const RETRIED: Duration = Duration::from_secs(24 * 3600);
/// How long a group is remembered that nobody tells of. Alertmanager repeats after 4 hours
/// unless it is set otherwise.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);
/// Alerts of a group that are remembered. A record has 64 KiB; this is 31 KiB at worst.
const ALERTS_MAX: usize = 1_500;

/// An [`Endpoint`] for groups of alerts.
pub struct Alerts {
    endpoint: Endpoint,
    /// The label whose value names the route.
    label: String,
    /// By the route's name and the group's.
    known: Of<(String, String), Known>,
}

/// What was told of a group last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    /// When the first of its alerts began to fire: messages of different times differ.
    episode: Timestamp,
    /// When something changed, and when it was told of last.
    changed: Timestamp,
    seen: Timestamp,
    /// The alerts that fire.
    firing: BTreeSet<u64>,
    left_out: u64,
    /// All that the message says.
    content: u64,
    rings: bool,
}

impl Alerts {
    /// As [`Endpoint::open`]. The value of `label` names the route of a group whose alerts
    /// have it in common, and the receiver names those of others.
    ///
    /// # Errors
    /// As [`Endpoint::open`].
    pub fn open(config: EndpointConfig, label: String, host: &Host, title: &str, schemes: Vec<Scheme>) -> Result<Self> {
        let endpoint = Endpoint::open(config, host, title, schemes)?;
        Ok(Alerts { endpoint, label, known: Of::sender(host, "alerts")? })
    }
    /// The commands of its routes; `root` is the plugin's name.
    pub fn commands(root: &str) -> Commands<Self> {
        Endpoint::commands(root).of_part(|alerts| &alerts.endpoint)
    }
    /// What is to be done at start, and every day: forgetting groups that nobody tells of.
    pub fn jobs() -> Jobs<Self> {
        let mut jobs = Endpoint::jobs().of_part(|alerts: &Self| &alerts.endpoint);
        jobs.every("forget alerts", Duration::from_secs(24 * 3600), Self::forget);
        jobs
    }
    /// As [`Endpoint::status`].
    ///
    /// # Errors
    /// When the store fails.
    pub async fn status(&self) -> Result<Text> {
        self.endpoint.status().await
    }
    /// As [`Endpoint::prove`], with the token of the route that the group follows.
    ///
    /// # Errors
    /// As [`Endpoint::prove`].
    pub async fn prove(&self, request: &Request) -> Result<(), Refusal> {
        let sender = self.endpoint.host.plugin;
        self.endpoint.prove(request, |request| Group::repo(&*json::payload(request)?, sender, &self.label)).await
    }
    /// What the group of a proven request leads to, which `read` finds in its payload, given
    /// the label that names routes. Routes know a group that fires as failed, and one that
    /// is resolved as fixed.
    ///
    /// # Errors
    /// Those of `read`; [`Refusal::Ignored`] without a route, and where nothing has changed;
    /// when the store fails.
    pub async fn outcome(
        &self,
        request: &Request,
        read: fn(&Value, &str) -> Result<Group, Refusal>,
    ) -> Result<Outcome, Refusal> {
        let group = read(&*json::payload(request)?, &self.label)?;
        if !self.endpoint.routes.knows(&group.repo).await? {
            return Err(Refusal::Ignored(format!("{} has no route", group.repo)));
        }
        let text = group.text();
        let name = format!("{:016x}", hash(&group.key));
        // Of two Alertmanagers that run side by side each may tell of it, with its own page.
        let content = hash(&Group { url: None, ..group.clone() }.text().html());
        let known = self.remember(&group, &name, content, request.received_at).await?;
        let about = format!("{}#{name}.{}", group.repo, known.episode.as_second());
        let said = Said {
            text,
            dedupe: format!("{}:{name}:{}:{:x}", group.repo.key(), known.changed, known.content),
            about: about.clone(),
            rings: known.rings,
        };
        let event = if group.firing { Event::Failed } else { Event::Fixed };
        let build = Build { said: Some(said), ..Build::new(group.repo, "", about, event) };
        self.endpoint.routes.outcome(build).await
    }
    /// Writes down what is told now, and says what that is after what was told before.
    async fn remember(&self, group: &Group, name: &str, content: u64, now: Timestamp) -> Result<Known, Refusal> {
        let key = (group.repo.key(), name.to_owned());
        let firing = || group.alerts.iter().filter(|alert| alert.firing);
        let firing: BTreeSet<u64> = firing().map(|alert| hash(&alert.key())).take(ALERTS_MAX).collect();
        let fires = group.firing;
        loop {
            let old = self.known.get_at(&key).await?;
            let known = match old.as_ref().map(|(known, _)| known) {
                Some(known) if now < known.seen => {
                    return Err(Refusal::Ignored("a later request has told of these alerts".into()));
                }
                Some(known) if known.content == content && known.firing == firing => {
                    if now.duration_since(known.changed).unsigned_abs() <= RETRIED {
                        return Ok(known.clone()); // a retry after a crash has the same key
                    }
                    Known { seen: now, ..known.clone() }
                }
                Some(known) => {
                    let began = fires && known.firing.is_empty() && known.left_out == 0;
                    Known {
                        episode: if began { now } else { known.episode },
                        rings: fires
                            && (firing.difference(&known.firing).next().is_some() || group.left_out > known.left_out),
                        changed: now,
                        seen: now,
                        left_out: if fires { group.left_out } else { 0 },
                        firing: firing.clone(),
                        content,
                    }
                }
                None => Known {
                    episode: now,
                    changed: now,
                    seen: now,
                    left_out: if fires { group.left_out } else { 0 },
                    firing: firing.clone(),
                    content,
                    rings: fires,
                },
            };
            let written = match old {
                Some((_, revision)) => self.known.compare_and_swap(&key, revision, &known).await?,
                None => self.known.create(&key, &known).await?,
            };
            match written {
                None => {}
                Some(_) if known.changed == now => return Ok(known),
                Some(_) => {
                    return Err(Refusal::Ignored(format!("nothing has changed since {}", group::at(known.changed))));
                }
            }
        }
    }
    async fn forget(&self, tick: &Tick) -> Result<()> {
        for (key, known) in self.known.all(&[]).await? {
            if tick.at.duration_since(known.seen).unsigned_abs() > REMEMBERED {
                self.known.remove(&key).await?;
            }
        }
        Ok(())
    }
}

/// FNV-1a, which stays the same from version to version, unlike the hashes of std. Only
/// proven senders are told apart by it.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
