//! A lane whose good notices pile up: when it looks for more of them, and the one call
//! that it makes for all.
//!
//! The look costs a read of the journal, so it is made only when the first of them had to
//! wait, and not again where the last one has shown that there is nothing to join.
use super::End;
use crate::{
    journal::{Behind, Posting, Waiting},
    outbox::{GROUP_MAX, Inner, Stand, caught, group, held::HeldBack, post::Plan},
};
use factotum_plugin_api::chat::{Limits, Network, PostError};
use jiff::SignedDuration;
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tracing::debug;

/// A notice of this age had to wait.
const OLD: SignedDuration = SignedDuration::from_secs(2);

/// What a lane knows of the notices that it might join.
#[derive(Default)]
pub(super) struct Burst {
    /// It slept before the notice whose turn it is.
    slept: bool,
    /// Up to this notice each is a message of its own.
    alone: u64,
}

/// Notices that are posted as one message, and how.
pub(super) struct Group {
    members: Vec<Waiting>,
    plan: Plan,
}

impl Burst {
    /// The notice whose turn it is had to wait for it.
    pub(super) fn had_to_wait(&mut self) {
        self.slept = true;
    }
    /// It is the turn of the next notice.
    pub(super) fn goes_on(&mut self) {
        self.slept = false;
    }
    /// Whether it is worth a look what waits behind a notice.
    pub(super) fn may_begin(&self, first: &Waiting, limits: &Limits, outbox: &Inner) -> bool {
        first.id > self.alone
            && group::may_join(first, limits)
            && (self.slept || first.step > 0 || first.unanswered.is_some() || is_old(first, outbox))
    }
}

/// Whether a notice had to wait, for whatever reason: a restart, a slow network.
fn is_old(first: &Waiting, outbox: &Inner) -> bool {
    outbox.started_at.get().is_some_and(|start| first.at < *start) || outbox.clock.now().duration_since(first.at) >= OLD
}

impl End {
    /// The notices that are posted with the first one that waits; `None` where it is
    /// posted alone.
    pub(super) async fn together(
        &self,
        first: &Waiting,
        limits: &Limits,
        posting: &Posting,
        (held, burst): (&mut HeldBack, &mut Burst),
    ) -> Option<Group> {
        let (outbox, observer) = (&*self.outbox, self.outbox.observer.get());
        let of_chat = observer.and_then(|observer| observer.group_after(&self.chat));
        let least = of_chat.unwrap_or_else(|| outbox.settings().group_after) as usize;
        let is_alone = |id| observer.is_some_and(|observer| observer.is_alone(id));
        if least == 0 || is_alone(first.id) {
            return None;
        }
        // What may stand in the chat as one message is not posted there as several.
        let least = if first.unanswered.is_some() { 2 } else { least.max(2) };
        let (like, limits) = (first.clone(), *limits);
        let fits = move |next: &Waiting| group::go_together(&like, next, &limits);
        let Behind { fitting, ends } =
            outbox.journal.waiting_behind(posting, &self.chat, first.id, GROUP_MAX as usize - 1, fits).await;
        let (mut members, mut ends, mut last) = (vec![first.clone()], ends, first.id);
        for mut waiting in fitting {
            if is_alone(waiting.id) {
                ends = true;
                break;
            }
            last = waiting.id;
            match observer.map_or(Stand::Now, |observer| observer.stand(&self.chat, &waiting)) {
                Stand::Now => waiting.notice.silent |= held.follows(waiting.id),
                Stand::Quietly => waiting.notice.silent = true,
                Stand::Later(_) | Stand::Silenced => continue, // in its turn
            }
            members.push(waiting);
        }
        let plan = || {
            let prefix = observer.map_or_else(|| "!".to_owned(), |observer| observer.prefix());
            let language = observer.map(|observer| observer.language(&self.chat)).unwrap_or_default();
            caught(|| language.within(|| group::plan(&members, &limits, &prefix))).ok().flatten()
        };
        let plan = if members.len() < least { None } else { plan() };
        if plan.is_none() {
            posting.hold_at_most(0);
            if ends || members.len() >= least {
                burst.alone = last;
            }
        }
        plan.map(|plan| Group { members, plan })
    }
    /// Makes the call for all notices of a group and records it; gives what
    /// [`attempt`](End::attempt) gives.
    pub(super) async fn attempt_all(
        &self,
        Group { members, plan }: Group,
        network: &Arc<dyn Network>,
        (burst, bell): (&mut Burst, &Notify),
    ) -> (Option<Waiting>, Option<Duration>) {
        let outbox = &*self.outbox;
        let started = outbox.clock.elapsed();
        debug!(notices = members.len(), "posted as one message");
        let result = outbox.post(network.clone(), &self.chat.address, &plan).await;
        let took = outbox.clock.elapsed() - started;
        let first = members.first().map_or(0, |first| first.id);
        let moved = match &result {
            Err(PostError::Moved(_)) => outbox.journal.times_moved(first).await.unwrap_or(u32::MAX),
            _ => 0,
        };
        if let Err(PostError::Permanent(_)) = &result {
            burst.alone = members.last().map_or(0, |last| last.id);
        }
        let verdicts = outbox.circumstances(moved).judge_all(&members, &plan, result);
        let leave_alone = verdicts.first().and_then(|verdict| verdict.leave_alone);
        let tried = members.into_iter().zip(verdicts).collect();
        (self.finish(tried, took, bell).await, leave_alone)
    }
}
