//! Several notices as one message: which of them go together, what it says, and what the
//! result of its call means for each. Pure functions, as those of `post.rs`.
//!
//! The surprise: a message without an answer may stand in the chat, so it is posted again
//! for the same notices, with the mark of a possible duplicate; what came since waits.
use super::post::{Circumstances, MARK, Plan, Verdict, with_id};
use crate::{
    journal::{AttemptOutcome, Step, Waiting},
    texts,
};
use factotum_plugin_api::{
    chat::{Limits, Message, PostError},
    notice::{Good, Notice, Urgency},
    text::{Style, Text},
};
use std::collections::BTreeMap;

/// A notice's line is cut to so many units of the network.
const LINE: usize = 400;
/// The sign of a state and the space behind it, which its text does not have.
const SIGN: usize = 3;
/// What a number of notices that are left out may be longer than another.
const DIGITS: usize = 8;

/// Whether a notice may be one of several in a message.
pub(super) fn may_join(waiting: &Waiting, limits: &Limits) -> bool {
    let Notice { good, urgency, buttons, extra, .. } = &waiting.notice;
    let stands = waiting.posted.as_ref().is_some_and(|posted| !posted.messages.is_empty());
    let edits = stands && (limits.edits || limits.deletes);
    let plain = buttons.is_empty() && extra.is_empty() && *urgency == Urgency::Normal;
    good.is_some() && plain && waiting.done.is_empty() && !edits
}

/// Whether a notice may stand in the same message as an earlier one.
pub(super) fn go_together(first: &Waiting, next: &Waiting, limits: &Limits) -> bool {
    let same_thread = first.notice.thread == next.notice.thread;
    same_thread && first.unanswered.is_some() == next.unanswered.is_some() && may_join(next, limits)
}

/// The call for all of them; `None` where the network has no room for even one line.
pub(super) fn plan(members: &[Waiting], limits: &Limits, prefix: &str) -> Option<Plan> {
    let first = members.first()?;
    let mut text = Text::default();
    if first.unanswered.is_some() {
        text = text + MARK;
    }
    text = text + headline(members);
    let all = members.len();
    let more = |count| texts::burst_more(count).with_prefix(prefix);
    let room_for_more = 1 + units(&more(all), limits) + DIGITS;
    let (mut room, mut shown) = (limits.text.checked_sub(units(&text, limits))?, vec![]);
    let mut lines = members.iter().map(|member| line(&member.notice, limits, prefix));
    let sizes_left = |shown: usize| if shown == all { 0 } else { room_for_more };
    for line in lines.by_ref() {
        let size = 1 + units(&line, limits);
        if size + sizes_left(shown.len() + 1) > room {
            break;
        }
        room -= size;
        shown.push(line);
    }
    if shown.is_empty() {
        return None;
    }
    let left_out = all - shown.len();
    text = Text::lines([text].into_iter().chain(shown));
    if left_out > 0 {
        text = text + "\n" + more(left_out);
    }
    let silent = members.iter().all(|member| member.notice.silent);
    let message = Message { text, thread: first.notice.thread.clone(), silent, ..Message::default() };
    Some(Plan { part: 0, parts: 1, message, edit: None, delete: vec![] })
}

/// `12 builds passed in 1 min`.
fn headline(members: &[Waiting]) -> Text {
    let mut counts: BTreeMap<Good, usize> = BTreeMap::new();
    for good in members.iter().filter_map(|member| member.notice.good) {
        *counts.entry(good).or_default() += 1;
    }
    let times = || members.iter().map(|member| member.at);
    let span = times().max().zip(times().min()).map(|(newest, oldest)| newest.duration_since(oldest));
    texts::burst(&counts, span.map(|span| span.unsigned_abs()).unwrap_or_default())
}

fn line(notice: &Notice, limits: &Limits, prefix: &str) -> Text {
    let line = notice.text.clone().with_prefix(prefix).first_line();
    let mut pieces = line.split(LINE, limits.size);
    if pieces.len() > 1 { pieces.swap_remove(0) + "…" } else { line }
}

/// What a text takes of a message, at most: addresses may be written out.
fn units(text: &Text, limits: &Limits) -> usize {
    let spans = text.spans();
    let units = spans.iter().map(|span| {
        let beside = match &span.style {
            Style::State(_) => SIGN,
            Style::Link(url) if *url != span.text => SIGN + (limits.size)(url),
            _ => 0,
        };
        (limits.size)(&span.text) + beside
    });
    units.sum()
}

impl Circumstances {
    /// What the result of the call for several notices means: for each of them, or for the
    /// first alone, where all that wait follow it to another chat.
    pub(super) fn judge_all(
        &self,
        members: &[Waiting],
        plan: &Plan,
        result: Result<String, PostError>,
    ) -> Vec<Verdict> {
        let count = members.len();
        let verdict = |member: &Waiting| match &result {
            Ok(id) => {
                let (detail, step) = (with_id(id, &format!("in a group of {count}")), Step::Grouped(id.clone()));
                Verdict { outcome: AttemptOutcome::Posted, detail, step, leave_alone: None }
            }
            // Each is posted alone then.
            Err(PostError::Permanent(reason)) => {
                let (detail, step) = (format!("not as a group of {count}: {reason}"), Step::Parts(vec![]));
                Verdict { outcome: AttemptOutcome::Refused, detail, step, leave_alone: None }
            }
            Err(error) => self.judge(member, plan, Err(same(error))),
        };
        let concerned = if matches!(result, Err(PostError::Moved(_))) { 1 } else { count };
        members.iter().take(concerned).map(verdict).collect()
    }
}

fn same(error: &PostError) -> PostError {
    match error {
        PostError::Permanent(reason) => PostError::Permanent(reason.clone()),
        PostError::RetryAfter(pause) => PostError::RetryAfter(*pause),
        PostError::Moved(address) => PostError::Moved(address.clone()),
        PostError::Unanswered(error) => PostError::Unanswered(anyhow::anyhow!("{error:#}")),
        PostError::Transient(error) => PostError::Transient(anyhow::anyhow!("{error:#}")),
    }
}
