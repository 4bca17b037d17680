//! One chat's lane: it reads one notice at a time, waits for its turn, makes the next
//! call for it and records what came of that.
//!
//! When which lane runs is the outbox's business, what a call is and what its result
//! means is `post.rs`'s. The surprise: the record of one notice gives the next one, so
//! that a chat's backlog costs one access to the journal for each.
mod burst;

use super::{
    Attempted, Caught, DeadLetter, Inner, JOURNAL_PAUSE, Lane, Stand, caught,
    held::HeldBack,
    pace::Turn,
    paced,
    post::{self, Verdict},
    retry,
};
use crate::{
    buttons,
    journal::{AttemptOutcome, Step, Tried, Unreadable, Waiting},
};
use anyhow::Result;
use burst::Burst;
use factotum_plugin_api::chat::{ChatId, Limits, Network, PostError};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tracing::{Instrument, debug, error, info_span, warn};

/// A lane from its inside; takes itself off the list when it ends, by a panic too.
pub(super) struct End {
    pub(super) outbox: Arc<Inner>,
    pub(super) chat: ChatId,
    pub(super) id: u64,
}

impl Drop for End {
    fn drop(&mut self) {
        let mut lanes = self.outbox.lanes();
        if lanes.by_chat.get(&self.chat).is_some_and(|lane| lane.id == self.id) {
            lanes.by_chat.remove(&self.chat);
        }
        drop(lanes);
        self.outbox.changes.send_replace(());
    }
}

impl End {
    /// Posts what waits for the chat, one after the other, until nothing does.
    pub(super) async fn run(self, bell: Arc<Notify>) {
        let outbox = &*self.outbox;
        let mut turn = Turn::default();
        let (mut next, mut first_read) = (None, ((0, None), Duration::ZERO));
        let (mut held, mut burst) = (HeldBack::default(), Burst::default());
        while !outbox.is_stopping() {
            if self.with_lane(|lane| {
                lane.woken = false;
                std::mem::take(&mut lane.look_again)
            }) {
                held.look_again();
            }
            // The record of the last one told of the next.
            let (posting, read) = match next.take() {
                Some((posting, waiting)) => (posting, Ok(Some(Ok(waiting)))),
                None => {
                    let posting = outbox.journal.begin_posting(&self.chat).await;
                    (posting, outbox.journal.next_waiting_after(&self.chat, held.after()).await)
                }
            };
            let mut waiting = match read {
                // The record of the last one did not know what is held back.
                Ok(Some(Ok(waiting))) if waiting.id <= held.after() => continue,
                Ok(Some(Ok(waiting))) => waiting,
                Ok(Some(Err(unreadable))) => {
                    self.tell_unreadable(unreadable).await;
                    continue;
                }
                Ok(None) if let Some(wait) = held.wait(outbox.clock.now()) => {
                    drop(posting);
                    self.sleep(wait, &bell).await;
                    continue;
                }
                Ok(None) if self.leave() => return,
                Ok(None) => continue,
                Err(error) => {
                    error!(%error, chat = %self.chat, "the journal could not be read");
                    drop(posting);
                    self.sleep(JOURNAL_PAUSE, &bell).await;
                    continue;
                }
            };
            match outbox.observer.get().map_or(Stand::Now, |observer| observer.stand(&self.chat, &waiting)) {
                Stand::Now => waiting.notice.silent |= held.follows(waiting.id),
                Stand::Quietly => waiting.notice.silent = true,
                stand => {
                    if let Err(error) = self.put_off(&waiting, stand, &mut held).await {
                        error!(%error, chat = %self.chat, "a notice could not be put off");
                        drop(posting);
                        self.sleep(JOURNAL_PAUSE, &bell).await;
                    }
                    continue;
                }
            }
            let network = outbox.networks.get(&self.chat.network);
            let limits = network.map(|network| caught(|| network.limits()));
            let due = waiting.not_before.map(|at| at.duration_since(outbox.clock.now()));
            let due = due.and_then(|due| Duration::try_from(due).ok()).unwrap_or_default();
            let due = due.min(outbox.still_held(&waiting, &mut first_read));
            let known = limits.as_ref().and_then(|limits| limits.as_ref().ok());
            let mut pace = || {
                let Some((limits, network)) = known.zip(network) else { return Ok(()) };
                outbox.paces.take(&self.chat.network, paced(network, &self.chat), limits, &mut turn)
            };
            let wait = if due.is_zero() { pace().err().unwrap_or_default() } else { due };
            if !wait.is_zero() {
                drop(posting); // what waits may be replaced
                burst.had_to_wait();
                self.sleep(wait, &bell).await;
                continue;
            }
            turn = Turn::default();
            let span = info_span!("attempt", chat = %self.chat, notice = waiting.id);
            let together = match known {
                Some(limits) if burst.may_begin(&waiting, limits, outbox) => {
                    self.together(&waiting, limits, &posting, (&mut held, &mut burst)).await
                }
                _ => None,
            };
            burst.goes_on();
            let (waiting, pause) = match together.zip(network) {
                Some((group, network)) => self.attempt_all(group, network, (&mut burst, &bell)).instrument(span).await,
                None => self.attempt(waiting, network.zip(limits), &bell).instrument(span).await,
            };
            next = waiting.map(|waiting| (posting, waiting));
            if let Some((network, pause)) = network.zip(pause) {
                outbox.paces.leave_alone(&self.chat.network, paced(network, &self.chat), pause);
            }
        }
    }
    /// Does what was said of a notice that is not posted now.
    async fn put_off(&self, waiting: &Waiting, stand: Stand, held: &mut HeldBack) -> Result<()> {
        match (stand, self.outbox.observer.get()) {
            (Stand::Later(until), _) => {
                if !held.has(waiting, until) {
                    self.outbox.journal.hold(waiting.id, until).await?;
                }
                held.put(waiting.id, until);
                Ok(())
            }
            (Stand::Silenced, Some(observer)) => observer.keep_out(&self.chat, waiting).await,
            _ => Ok(()),
        }
    }
    async fn tell_unreadable(&self, Unreadable { id, plugin, reason }: Unreadable) {
        if let Some(observer) = self.outbox.observer.get() {
            observer.dead_letter(DeadLetter { id, chat: self.chat.clone(), plugin, key: None, reason }).await;
        }
    }
    /// Makes the next call for a notice and records it; gives the notice after it, if
    /// that is known, and how long the chat wants to be left alone.
    async fn attempt(
        &self,
        waiting: Waiting,
        network: Option<(&Arc<dyn Network>, Caught<Limits>)>,
        bell: &Notify,
    ) -> (Option<Waiting>, Option<Duration>) {
        let outbox = &*self.outbox;
        let started = outbox.clock.elapsed();
        let Some((network, limits)) = network else {
            let reason = format!("no network {:?} is loaded", self.chat.network);
            let verdict = outbox.circumstances(0).again(&waiting, AttemptOutcome::Retry, reason, None);
            return (self.finish(vec![(waiting, verdict)], Duration::ZERO, bell).await, None);
        };
        let known = limits.as_ref().copied().unwrap_or_default();
        let mut waiting = waiting;
        if let Some(observer) = outbox.observer.get() {
            let factotum_plugin_api::notice::Notice { text, buttons, .. } = &mut waiting.notice;
            let all = std::mem::take(text);
            // Where there are no buttons their lines are typed, so they need the prefix too.
            let all = if known.buttons { all } else { buttons::written_out(all, &std::mem::take(buttons)) };
            *text = all.with_prefix(&observer.prefix());
        }
        let plan = limits.and_then(|limits| caught(|| post::plan(&waiting, &limits)));
        let Ok(plan) = plan else {
            // The same notice would do it again, and the next one need not.
            let detail = "the network panicked when the message was planned".into();
            let verdict = Verdict { outcome: AttemptOutcome::Refused, detail, step: Step::Dead, leave_alone: None };
            return (self.finish(vec![(waiting, verdict)], Duration::ZERO, bell).await, None);
        };
        let Some(mut plan) = plan else {
            // The network takes longer texts than it did when the parts were posted.
            let (detail, step) = ("all parts were posted".into(), Step::Sent(waiting.done.clone()));
            let verdict = Verdict { outcome: AttemptOutcome::Posted, detail, step, leave_alone: None };
            return (self.finish(vec![(waiting, verdict)], Duration::ZERO, bell).await, None);
        };
        let result = match buttons::carried(&outbox.journal, &self.chat, &known, plan.message.buttons.clone()).await {
            Ok(carried) => {
                plan.message.buttons = carried;
                outbox.post(network.clone(), &self.chat.address, &plan).await
            }
            Err(error) => Err(PostError::Transient(error.context("keeping what a button stands for"))),
        };
        let took = outbox.clock.elapsed() - started;
        let moved = match &result {
            Err(PostError::Moved(_)) => outbox.journal.times_moved(waiting.id).await.unwrap_or(u32::MAX),
            _ => 0,
        };
        let verdict = outbox.circumstances(moved).judge(&waiting, &plan, result);
        let (leave_alone, sent) = (verdict.leave_alone, matches!(verdict.step, Step::Sent(_)));
        let next = self.finish(vec![(waiting, verdict)], took, bell).await;
        if sent && !plan.delete.is_empty() {
            return (next, outbox.delete(network, &self.chat.address, plan.delete).await);
        }
        (next, leave_alone)
    }
    /// Records what came of an attempt for each of its notices, and tells whom it concerns;
    /// gives the notice after them, if that is known.
    async fn finish(&self, tried: Vec<(Waiting, Verdict)>, took: Duration, bell: &Notify) -> Option<Waiting> {
        let outbox = &*self.outbox;
        for (waiting, Verdict { outcome, detail, step, .. }) in &tried {
            let notice = waiting.id;
            match step {
                Step::Dead => warn!(notice, %outcome, detail, "given up"),
                Step::Again { .. } => warn!(notice, %outcome, detail, "not posted yet"),
                _ => debug!(notice, %outcome, "tried"),
            }
        }
        if let Some((observer, (_, first))) = outbox.observer.get().zip(tried.first()) {
            let plugins: Vec<&str> = tried.iter().map(|(waiting, _)| waiting.plugin.as_str()).collect();
            let whole = matches!(first.step, Step::Sent(_) | Step::Grouped(_));
            let (plugins, outcome, detail) = (plugins.as_slice(), first.outcome, first.detail.as_str());
            observer.attempted(Attempted { chat: &self.chat, plugins, outcome, detail, whole, took });
        }
        let each = tried.iter().map(|(waiting, verdict)| {
            let Verdict { outcome, detail, step, .. } = verdict;
            Tried { id: waiting.id, outcome: *outcome, detail: detail.clone(), took, step: step.clone() }
        });
        let next = self.record(each.collect(), bell).await?;
        for (waiting, verdict) in tried {
            match verdict.step {
                Step::Moved { to, .. } => self.outbox.wake(&to),
                Step::Dead => {
                    let (chat, key) = (self.chat.clone(), waiting.notice.key);
                    let letter =
                        DeadLetter { id: waiting.id, chat, plugin: waiting.plugin, key, reason: verdict.detail };
                    if let Some(observer) = outbox.observer.get() {
                        observer.dead_letter(letter).await;
                    }
                }
                _ => {}
            }
        }
        next
    }
    /// Records an attempt, and goes on trying until the journal can: the message is
    /// posted, and must not be posted again. `None` when the host stopped before it could.
    async fn record(&self, tried: Vec<Tried>, bell: &Notify) -> Option<Option<Waiting>> {
        let outbox = &*self.outbox;
        for step in 0.. {
            let error = match outbox.journal.record_all(&self.chat, tried.clone()).await {
                Ok(next) => return Some(next),
                Err(error) => error,
            };
            let notices: Vec<u64> = tried.iter().map(|tried| tried.id).collect();
            error!(%error, ?notices, "an attempt could not be recorded");
            if outbox.is_stopping() {
                break;
            }
            self.sleep(retry::pause(&outbox.settings(), step, fastrand::f64()), bell).await;
        }
        None
    }

    fn with_lane<T>(&self, f: impl FnOnce(&mut Lane) -> T) -> T {
        let mut lanes = self.outbox.lanes();
        f(lanes.by_chat.get_mut(&self.chat).expect("a lane is listed while it runs"))
    }
    /// Takes the lane off the list, unless something came in the meantime.
    fn leave(&self) -> bool {
        let mut lanes = self.outbox.lanes();
        let woken = lanes.by_chat.get(&self.chat).is_some_and(|lane| lane.woken);
        if !woken {
            lanes.by_chat.remove(&self.chat);
        }
        !woken
    }
    /// Sleeps until the time has come, something new is there, or the host stops.
    async fn sleep(&self, wait: Duration, bell: &Notify) {
        let outbox = &*self.outbox;
        let time = outbox.clock.sleep(wait);
        let until = outbox.clock.elapsed().saturating_add(wait);
        let woken = self.with_lane(|lane| {
            lane.asleep_until = (!lane.woken).then_some(until);
            std::mem::take(&mut lane.woken)
        });
        if woken {
            return;
        }
        outbox.changes.send_replace(());
        let mut stopping = outbox.stopping.subscribe();
        tokio::select! {
            () = time => {}
            () = bell.notified() => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        self.with_lane(|lane| lane.asleep_until = None);
        outbox.changes.send_replace(());
    }
}
