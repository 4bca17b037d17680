//! What the next call for a notice is, and what its result means: pure
//! functions, so that every case can be tried without a network.
use super::{OutboxSettings, retry};
use crate::{
    buttons,
    journal::{AttemptOutcome, Step, Waiting},
};
use factotum_plugin_api::{
    chat::{ChatId, Limits, Message, PostError},
    notice::{Notice, Urgency},
    text::Text,
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Stands before a message that may have been posted already.
pub(super) const MARK: &str = "(possible duplicate) ";
/// A chat that says it moved more often than this for one notice is tried like
/// one that fails: two addresses may point at each other.
const MOVES: u32 = 3;

/// The next call to the network.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    /// Which part of the text, counted from 0, and of how many.
    pub(super) part: usize,
    pub(super) parts: usize,
    /// What to post.
    pub(super) message: Message,
    /// The message to change instead of posting a new one.
    pub(super) edit: Option<String>,
    /// Messages to remove when all parts are posted.
    pub(super) delete: Vec<String>,
}

/// What to call the network with; `None` when every part is posted.
pub(super) fn plan(waiting: &Waiting, limits: &Limits) -> Option<Plan> {
    let Waiting { notice, done, .. } = waiting;
    let mut texts = parts(notice, limits, waiting.unanswered.is_some());
    let (part, parts) = (done.len(), texts.len());
    if part >= parts {
        return None;
    }
    let (loud, mut edit, mut delete) = (notice.urgency == Urgency::Loud, None, vec![]);
    if let Some(earlier) = &waiting.posted {
        let here = earlier.thread == notice.thread;
        let fits = earlier.messages.len() == parts && earlier.messages.starts_with(done);
        if limits.edits && here && fits && !loud {
            edit = Some(earlier.messages[part].clone());
        } else if limits.deletes && (loud || limits.edits && here) {
            delete = earlier.messages.iter().filter(|id| !done.contains(id)).cloned().collect();
        }
    }
    let mut text = texts.swap_remove(part);
    if waiting.unanswered == Some(part) && edit.is_none() {
        text = Text::from(MARK) + text;
    }
    let buttons = if limits.buttons && part + 1 == parts { notice.buttons.clone() } else { vec![] };
    let buttons = buttons::command_lines(buttons);
    let (thread, extra) = (notice.thread.clone(), notice.extra.clone());
    let message = Message { text, buttons, thread, silent: notice.silent, extra, ..Message::default() };
    Some(Plan { part, parts, message, edit, delete })
}

/// The text in pieces that the network takes; the same ones on every try, since
/// the first of them may be posted. Each has room for the mark when there are
/// several, or when the only one needs it.
fn parts(notice: &Notice, limits: &Limits, marked: bool) -> Vec<Text> {
    let cut = |spare| buttons::cut(notice.text.clone(), &notice.buttons, limits, spare);
    let mut parts = cut(0);
    if parts.len() > 1 || marked {
        parts = cut((limits.size)(MARK));
    }
    if parts.is_empty() {
        parts.push(notice.text.clone()); // the network says what it thinks of a message that says nothing
    }
    parts
}

/// What came of a call.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) outcome: AttemptOutcome,
    pub(super) detail: String,
    pub(super) step: Step,
    /// The network wants the chat to be left alone for so long.
    pub(super) leave_alone: Option<Duration>,
}

/// What is known when a call has ended.
pub(super) struct Circumstances {
    pub(super) settings: OutboxSettings,
    pub(super) now: Timestamp,
    /// From 0 to 1.
    pub(super) random: f64,
    /// How often this notice was told that its chat moved.
    pub(super) moved: u32,
}

/// What is kept of a message that was posted: not all networks say an id.
pub(crate) fn with_id(id: &str, how: &str) -> String {
    if id.is_empty() { how.to_owned() } else { format!("{id}, {how}") }
}

impl Circumstances {
    /// What the result of a planned call means.
    pub(super) fn judge(&self, waiting: &Waiting, plan: &Plan, result: Result<String, PostError>) -> Verdict {
        let editing = plan.edit.is_some();
        match result {
            Ok(id) => {
                let mut done = waiting.done.clone();
                done.push(id.clone());
                let detail = match plan.parts {
                    1 => id,
                    parts => with_id(&id, &format!("part {} of {parts}", plan.part + 1)),
                };
                let step = if done.len() == plan.parts { Step::Sent(done) } else { Step::Parts(done) };
                let outcome = if editing { AttemptOutcome::Edited } else { AttemptOutcome::Posted };
                Verdict { outcome, detail, step, leave_alone: None }
            }
            Err(PostError::Permanent(reason)) => {
                let (detail, step) = match editing {
                    true => (format!("not edited: {reason}"), Step::Anew),
                    false => (reason, Step::Dead),
                };
                Verdict { outcome: AttemptOutcome::Refused, detail, step, leave_alone: None }
            }
            Err(PostError::RetryAfter(pause)) => {
                // The network is well and asks for patience: age is no reason to give up.
                let at = after(self.now, pause);
                let step = Step::Again { at, step: waiting.step, unanswered: None };
                let detail = format!("asked to wait {} s", pause.as_secs_f64().ceil());
                Verdict { outcome: AttemptOutcome::Retry, detail, step, leave_alone: Some(pause) }
            }
            Err(PostError::Moved(address)) => {
                let to = ChatId::new(waiting.notice.to.network.as_str(), address);
                let at = (self.moved >= MOVES).then(|| after(self.now, self.pause(self.moved)));
                let detail = format!("moved to {to}");
                let given_up = at.is_some() && self.is_too_old(waiting);
                let step = if given_up { Step::Dead } else { Step::Moved { to, at } };
                Verdict { outcome: AttemptOutcome::Moved, detail, step, leave_alone: None }
            }
            Err(PostError::Unanswered(error)) => {
                // An edit made twice is the same edit.
                let unanswered = (!editing).then_some(plan.part);
                self.again(waiting, AttemptOutcome::Unknown, format!("{error:#}"), unanswered)
            }
            Err(PostError::Transient(error)) => self.again(waiting, AttemptOutcome::Retry, format!("{error:#}"), None),
        }
    }
    /// One step up the ladder, or given up.
    pub(super) fn again(
        &self,
        waiting: &Waiting,
        outcome: AttemptOutcome,
        detail: String,
        unanswered: Option<usize>,
    ) -> Verdict {
        if self.is_too_old(waiting) {
            let hours = Duration::from_secs(self.settings.give_up_after_secs).as_secs_f64() / 3600.0;
            let detail = format!("given up after {hours} h: {detail}");
            return Verdict { outcome, detail, step: Step::Dead, leave_alone: None };
        }
        let step = Step::Again { at: after(self.now, self.pause(waiting.step)), step: waiting.step + 1, unanswered };
        Verdict { outcome, detail, step, leave_alone: None }
    }
    fn pause(&self, step: u32) -> Duration {
        retry::pause(&self.settings, step, self.random)
    }
    fn is_too_old(&self, waiting: &Waiting) -> bool {
        let age = self.now.duration_since(waiting.since);
        age >= SignedDuration::try_from(Duration::from_secs(self.settings.give_up_after_secs))
            .unwrap_or(SignedDuration::MAX)
    }
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.saturating_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Posted;
    use factotum_plugin_api::chat::Button;

    fn waiting(text: &str) -> Waiting {
        let chat = ChatId::new("fake", "dev");
        Waiting {
            id: 1,
            at: Timestamp::UNIX_EPOCH,
            since: Timestamp::UNIX_EPOCH,
            plugin: "test".into(),
            notice: Notice::new(chat, text).about("k"),
            step: 0,
            not_before: None,
            done: vec![],
            unanswered: None,
            posted: None,
        }
    }
    fn posted(messages: &[&str]) -> Option<Posted> {
        Some(Posted { messages: messages.iter().map(ToString::to_string).collect(), thread: None })
    }
    fn can_all() -> Limits {
        Limits { edits: true, deletes: true, buttons: true, ..Limits::default() }
    }

    #[test]
    fn edit_post_and_delete() {
        let all = can_all();
        let (no_edits, no_deletes) = (Limits { edits: false, ..all }, Limits { deletes: false, ..all });
        let loud = |waiting: Waiting| Waiting { notice: waiting.notice.loud(), ..waiting };
        let earlier = |ids: &[&str]| Waiting { posted: posted(ids), ..waiting("new") };
        let threaded = Waiting { notice: waiting("new").notice.in_thread("7"), ..earlier(&["1"]) };
        let rows = [
            ("nothing earlier", waiting("new"), all, (None, vec![])),
            ("an edit", earlier(&["1"]), all, (Some("1"), vec![])),
            ("loud", loud(earlier(&["1"])), all, (None, vec!["1"])),
            ("loud, no deletes", loud(earlier(&["1"])), no_deletes, (None, vec![])),
            ("loud, no edits", loud(earlier(&["1"])), no_edits, (None, vec!["1"])),
            ("no edits", earlier(&["1"]), no_edits, (None, vec![])),
            ("it was longer", earlier(&["1", "2"]), all, (None, vec!["1", "2"])),
            ("another thread", threaded, all, (None, vec![])),
        ];
        for (name, waiting, limits, (edit, delete)) in rows {
            let plan = plan(&waiting, &limits).unwrap();
            assert_eq!(
                (plan.edit.as_deref(), plan.delete),
                (edit, delete.iter().map(ToString::to_string).collect()),
                "{name}"
            );
        }
    }

    #[test]
    fn a_long_text_goes_in_parts_with_the_buttons_on_the_last() {
        let limits = Limits { text: 31, ..can_all() }; // 10 beside the mark
        let mut long = waiting("one two three four five six seven eight");
        long.notice = long.notice.row([Button::new("Show", "!show")]);
        let mut seen = vec![];
        while let Some(plan) = plan(&long, &limits) {
            seen.push((plan.message.text.plain(), plan.message.buttons.len()));
            long.done.push(plan.part.to_string());
        }
        let seen: Vec<_> = seen.iter().map(|(text, buttons)| (text.as_str(), *buttons)).collect();
        assert_eq!(seen, [("one two", 0), ("three four", 0), ("five six", 0), ("seven", 0), ("eight", 1)]);
    }

    #[test]
    fn the_part_without_an_answer_is_marked_and_still_fits() {
        let limits = Limits { text: 31, ..can_all() };
        let text = "one two three four five six"; // 27: one part, but not with the mark
        assert_eq!(plan(&waiting(text), &limits).unwrap().parts, 1);
        let mut marked = Waiting { unanswered: Some(0), ..waiting(text) };
        let mut seen = vec![];
        while let Some(plan) = plan(&marked, &limits) {
            let text = plan.message.text.plain();
            assert!(text.chars().count() <= limits.text);
            marked.done.push(plan.part.to_string());
            seen.push(text);
        }
        assert_eq!(seen, ["(possible duplicate) one two", "three four", "five six"]);
    }

    #[test]
    fn without_buttons_their_lines_are_written_out() {
        let mut waiting = waiting("3 routes");
        waiting.notice =
            waiting.notice.row([Button::new("Show", "!travis routes"), Button::new("Stop", "!travis stop")]);
        let message = plan(&waiting, &Limits::default()).unwrap().message;
        assert!(message.buttons.is_empty());
        insta::assert_snapshot!(message.text.plain(), @r"
        3 routes
        Show: !travis routes
        Stop: !travis stop
        ");
    }

    #[test]
    fn what_a_result_means() {
        let settings = OutboxSettings::default();
        let transient = || PostError::Transient(anyhow::anyhow!("no route"));
        let unanswered = || PostError::Unanswered(anyhow::anyhow!("silence"));
        let edit = Waiting { posted: posted(&["1"]), ..waiting("new") };
        let rows = [
            (waiting("x"), 0, 0, Ok("7".to_owned())),
            (edit.clone(), 0, 0, Ok("1".to_owned())),
            (waiting("x"), 0, 0, Err(transient())),
            (Waiting { step: 9, ..waiting("x") }, 0, 0, Err(transient())),
            (waiting("x"), 86_400, 0, Err(transient())),
            (waiting("x"), 86_400, 0, Err(PostError::RetryAfter(Duration::from_secs(7)))),
            (waiting("x"), 0, 0, Err(unanswered())),
            (edit.clone(), 0, 0, Err(unanswered())),
            (waiting("x"), 0, 0, Err(PostError::Permanent("chat not found".into()))),
            (edit, 0, 0, Err(PostError::Permanent("message to edit not found".into()))),
            (waiting("x"), 0, 0, Err(PostError::Moved("-100".into()))),
            (waiting("x"), 0, 3, Err(PostError::Moved("-100".into()))),
        ];
        let judged = rows.into_iter().map(|(waiting, age, moved, result)| {
            let now = Timestamp::from_second(age).unwrap();
            let plan = plan(&waiting, &can_all()).unwrap();
            let verdict =
                Circumstances { settings: settings.clone(), now, random: 0.0, moved }.judge(&waiting, &plan, result);
            format!("{} \"{}\" {:?}", verdict.outcome, verdict.detail, verdict.step)
        });
        insta::assert_snapshot!(judged.collect::<Vec<_>>().join("\n"), @r#"
        posted "7" Sent(["7"])
        edited "1" Sent(["1"])
        retry "no route" Again { at: 1970-01-01T00:00:01Z, step: 1, unanswered: None }
        retry "no route" Again { at: 1970-01-01T00:01:00Z, step: 10, unanswered: None }
        retry "given up after 24 h: no route" Dead
        retry "asked to wait 7 s" Again { at: 1970-01-02T00:00:07Z, step: 0, unanswered: None }
        unknown "silence" Again { at: 1970-01-01T00:00:01Z, step: 1, unanswered: Some(0) }
        unknown "silence" Again { at: 1970-01-01T00:00:01Z, step: 1, unanswered: None }
        refused "chat not found" Dead
        refused "not edited: message to edit not found" Anew
        moved "moved to fake:-100" Moved { to: ChatId { network: "fake", address: "-100" }, at: None }
        moved "moved to fake:-100" Moved { to: ChatId { network: "fake", address: "-100" }, at: Some(1970-01-01T00:00:08Z) }
        "#);
    }
}
