//! In which order lines are taken.
//!
//! Each sender has a lane: a task that takes the sender's lines in order and
//! waits until a command is done *or asks*. So one sender's commands keep their
//! order, nobody waits for anybody else, and a handler that waits for an answer
//! holds up nothing; the answer comes down the same lane. A lane without lines
//! ends.
use super::{
    Dispatch, as_reply,
    press::{Press, answer_press},
    running::{Turn, Waits},
    say::Say,
};
use crate::{
    dialog::{Answer, Asked, Kind},
    dispatch::help::HOST,
    journal::UpdateState,
    texts, words,
};
use factotum_plugin_api::{
    Result,
    chat::{ChatEvent, Incoming, PressAnswer, Receive},
    language::Language,
    notice::Notice,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tracing::error;

/// Lines of one sender that may wait; a person types fewer.
const WAITING_MAX: usize = 64;

/// How long the stop waits for the audit of what it has cut short.
const AUDIT_MAX: Duration = Duration::from_secs(5);

/// The lanes of all senders who have said something just now.
pub(super) struct Lanes {
    by_sender: Mutex<HashMap<String, Lane>>,
    /// Lines that are neither done nor waiting for an answer.
    busy: Arc<watch::Sender<usize>>,
    /// Commands whose result is not known yet.
    pub(super) running: Arc<watch::Sender<usize>>,
    stopping: watch::Sender<bool>,
}
/// The way into a lane.
struct Lane {
    lines: mpsc::Sender<Box<Waiting>>,
    /// Whether the sender was told of a dropped line since the lane was last empty.
    told: bool,
}
/// A line in a lane; in a box, since a channel makes room for some dozens at once.
struct Waiting {
    incoming: Incoming,
    busy: Counted,
    waits: Waits,
}
/// One of a count, for as long as it lives: also when its task panics.
pub(super) struct Counted(Arc<watch::Sender<usize>>);
impl Counted {
    pub(super) fn new(count: &Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|count| *count += 1);
        Counted(count.clone())
    }
}
impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Default for Lanes {
    fn default() -> Self {
        let count = || Arc::new(watch::Sender::new(0));
        Lanes { by_sender: Mutex::default(), busy: count(), running: count(), stopping: watch::Sender::new(false) }
    }
}

impl Lanes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lane>> {
        self.by_sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Ends a lane, unless a line came meanwhile: both happen under the lock.
    fn close(&self, sender: &str, lines: &mpsc::Receiver<Box<Waiting>>) -> bool {
        let mut lanes = self.lock();
        let idle = lines.is_empty();
        if idle {
            lanes.remove(sender);
        }
        idle
    }
    pub(super) async fn stopped(&self) {
        self.stopping.subscribe().wait_for(|stopping| *stopping).await.expect("self holds the sender");
    }
}

/// [`Dispatch`] as the networks see it.
pub struct DispatchInbox(pub Arc<Dispatch>);

#[async_trait::async_trait]
impl Receive for DispatchInbox {
    async fn receive(&self, incoming: Incoming) -> Result<()> {
        let Dispatch { shared, .. } = &*self.0;
        if let Some(update) = &incoming.update
            && !shared.journal.put_update(&incoming.chat.network, update, &incoming).await?
        {
            return Ok(()); // the network gave it before
        }
        self.0.accept(incoming);
        Ok(())
    }
    async fn event(&self, event: ChatEvent, update: &str) -> Result<()> {
        self.0.chat_event(event, update).await
    }
}

impl Dispatch {
    /// Returns when no line is being worked on: all are done or wait for an answer.
    pub async fn settled(&self) {
        self.lanes.busy.subscribe().wait_for(|busy| *busy == 0).await.expect("self holds the sender");
    }
    /// Waits for what runs, for at most `limit`, and stops the rest.
    pub(crate) async fn stop(&self, limit: Duration) {
        let in_time = self.shared.clock.timeout(limit, self.settled()).await.is_ok();
        self.lanes.stopping.send_replace(true);
        let mut running = self.lanes.running.subscribe();
        let noted = self.shared.clock.timeout(AUDIT_MAX, running.wait_for(|running| *running == 0)).await.is_ok();
        if !noted {
            tracing::warn!("the audit of some commands is missing");
        }
        if !in_time {
            tracing::warn!("some commands did not finish in time");
        }
    }
    /// Takes up what `network` heard and a host before this one did not finish: a
    /// line that had not begun is run, the sender of one that had is told by a notice.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub(crate) async fn resume(self: &Arc<Self>, network: &str) -> anyhow::Result<()> {
        for unfinished in self.shared.journal.unfinished(network).await? {
            if unfinished.state == UpdateState::Received {
                self.accept(unfinished.incoming);
                continue;
            }
            // A notice, since the network may not be connected for a long time.
            let incoming = self.with_action_line(unfinished.incoming).await;
            let text = self.language_for(&incoming).within(|| texts::may_have_run(&self.path_of(&incoming)));
            let mut notice = Notice::new(incoming.chat.clone(), text);
            notice.thread.clone_from(&incoming.thread);
            let update = format!("unfinished:{network}:{}", incoming.update.as_deref().unwrap_or_default());
            self.shared.journal.enqueue(HOST, &[notice], Some(&update)).await?;
            self.update_done(&incoming).await;
        }
        Ok(())
    }
    /// What a line asks for, without its arguments: they may be secret.
    fn path_of(&self, incoming: &Incoming) -> String {
        let line = self.command_line(incoming, false).unwrap_or_default();
        let words = words::split(&line).unwrap_or_default();
        let open = self.shared.open_tables().ok();
        let found = open.as_ref().and_then(|open| open.commands.find(&words));
        found.map_or_else(|| words.first().cloned().unwrap_or_default(), |(command, _)| command.path().to_owned())
    }
    /// Puts a line into its sender's lane; never waits.
    pub fn accept(self: &Arc<Self>, incoming: Incoming) {
        if *self.lanes.stopping.borrow() {
            return; // what has a number is run after the next start
        }
        if let Some(turn) = self.overtakes(&incoming) {
            tokio::spawn(self.clone().at_once(incoming, Counted::new(&self.lanes.busy), turn));
            return;
        }
        let sender = incoming.sender.id.clone();
        let mut lanes = self.lanes.lock();
        // A lane that panicked has left its entry.
        if lanes.get(&sender).is_some_and(|lane| lane.lines.is_closed()) {
            lanes.remove(&sender);
        }
        let lane = lanes.entry(sender.clone()).or_insert_with(|| {
            let (lane, lines) = mpsc::channel(WAITING_MAX);
            tokio::spawn(self.clone().lane(sender, lines));
            Lane { lines: lane, told: false }
        });
        lane.told &= lane.lines.capacity() < WAITING_MAX;
        // Counted before the lane has it: it may be done with a line at once.
        let waits = self.shared.people.running.waits(&incoming);
        let waiting = Waiting { incoming, busy: Counted::new(&self.lanes.busy), waits };
        if let Err(mpsc::error::TrySendError::Full(waiting)) = lane.lines.try_send(Box::new(waiting)) {
            let incoming = waiting.incoming;
            let reads = self.language_for(&incoming);
            let told = std::mem::replace(&mut lane.told, true);
            let this = self.clone();
            let dropped = async move {
                let text = texts::too_many_waiting();
                if !answer_press(&this.shared, &incoming, PressAnswer::Said(&text)).await && !told {
                    Say::to(&this.shared, &incoming).reply(text.into()).await;
                }
                this.update_done(&incoming).await;
            };
            tokio::spawn(reads.during(dropped));
        }
    }
    async fn lane(self: Arc<Self>, sender: String, mut lines: mpsc::Receiver<Box<Waiting>>) {
        let mut open = Vec::new();
        loop {
            self.look_after(&mut open).await;
            let Waiting { incoming, busy, waits } = *match lines.try_recv() {
                Ok(line) => line,
                Err(_) if open.is_empty() && self.lanes.close(&sender, &lines) => return,
                Err(_) => tokio::select! {
                    Some(line) = lines.recv() => line,
                    () = changed(&mut open) => continue,
                    () = self.lanes.stopped() => return,
                },
            };
            if *self.lanes.stopping.borrow() {
                return; // as in `accept`
            }
            if waits.is_dropped() {
                let dropped = self.language_for(&incoming).within(texts::press_dropped);
                answer_press(&self.shared, &incoming, PressAnswer::Said(&dropped)).await;
                self.finished(&incoming).await;
                continue;
            }
            drop(waits);
            self.language_for(&incoming).during(self.step(incoming, &mut open)).await;
            self.look_after(&mut open).await;
            drop(busy);
        }
    }
    /// Takes a line that does not wait for those before it.
    async fn at_once(self: Arc<Self>, incoming: Incoming, _busy: Counted, _turn: Turn) {
        self.language_for(&incoming).during(self.step(incoming, &mut vec![])).await;
    }
    /// The language in which a line is answered.
    fn language_for(&self, incoming: &Incoming) -> Language {
        self.shared.language_for(incoming).0
    }
    /// Takes one line until its command is done or asks.
    async fn step(self: &Arc<Self>, mut incoming: Incoming, open: &mut Vec<Asked>) {
        if incoming.pressed.is_some() {
            match self.pressed(&incoming, open).await {
                Press::Line(line) => incoming.line = line,
                Press::Answered(at, answer) => {
                    self.press_taken(&incoming).await;
                    self.finished(&incoming).await;
                    return self.answer(at, answer, open).await;
                }
                Press::Said(text) => {
                    self.press_refused(&incoming, PressAnswer::Said(&text)).await;
                    return self.finished(&incoming).await;
                }
                Press::Stale(text) => {
                    self.press_refused(&incoming, PressAnswer::Stale(&text)).await;
                    return self.finished(&incoming).await;
                }
            }
        }
        self.press_taken(&incoming).await;
        let moved = self.shared.journal.moved();
        let here = |asked: &Asked| moved.is_same(&asked.of.chat, &incoming.chat) && asked.asks();
        let at = open.iter().rposition(here);
        let secret = at.is_some_and(|at| open[at].asks_for(Kind::Secret));
        let line = self.command_line(&incoming, at.is_some());
        // A secret may begin with any character: what is no command is the secret.
        // What was pressed is no answer, even where its command is gone.
        let Some(line) = line.filter(|line| !secret || incoming.pressed.is_some() || self.is_command(line)) else {
            // The line is used up: after a crash it would be taken for a new one.
            self.finished(&incoming).await;
            let Some(at) = at else {
                if !self.cannot_repeat(&incoming).await {
                    self.hint(&incoming).await; // talk among people
                }
                return;
            };
            let answer = Answer { line: incoming.line, message: incoming.message };
            return self.answer(at, answer, open).await;
        };
        if line.trim().eq_ignore_ascii_case("nay") {
            let text = match at {
                Some(at) if open[at].asks_for(Kind::Confirm) => texts::left_undone(),
                Some(_) => texts::left(),
                None => texts::nothing_to_leave(),
            };
            Say::to(&self.shared, &incoming).reply(text.into()).await;
            self.finished(&incoming).await;
            if let Some(at) = at {
                let mut asked = open.remove(at);
                asked.answer = None; // the handler's `ask` gives `Left`
                self.go_on(asked, open).await;
            }
            return;
        }
        let line = match self.repeats(&incoming) {
            None if !self.is_command(&line) && self.cannot_repeat(&incoming).await => {
                return self.finished(&incoming).await;
            }
            None => line,
            Some(n) => match self.repeated(n, &incoming).await {
                Some(line) => line,
                None => return self.finished(&incoming).await,
            },
        };
        if let Some(asking) = at.and_then(|at| open[at].answer.as_ref()) {
            let told = match asking.standing.kind {
                Kind::Confirm => texts::taken_as_no(),
                Kind::Open | Kind::Secret => texts::question_dropped(&asking.standing.path),
            };
            Say::to(&self.shared, &incoming).reply(told.into()).await;
        }
        for asked in open.iter_mut().filter(|asked| here(asked)) {
            asked.answer = None;
        }
        if let Err(error) = self.update_started(&incoming).await {
            // It could run a second time after a crash: better not at all.
            Say::to(&self.shared, &incoming).reply(as_reply(Err(error.into()), "journal")).await;
            return self.finished(&incoming).await;
        }
        let steps = self.clone().begin(line, incoming.clone());
        self.go_on(Asked { of: incoming, answer: None, steps }, open).await;
    }
    /// Gives its answer to the command that has asked, and waits as [`step`](Self::step).
    async fn answer(&self, at: usize, answer: Answer, open: &mut Vec<Asked>) {
        let mut asked = open.remove(at);
        match asked.answer.take().map(|asking| asking.answer.send(answer)) {
            Some(Ok(())) => self.go_on(asked, open).await,
            _ => open.push(asked), // the question has just ended by itself
        }
    }
    /// Waits until a command is done or asks.
    async fn go_on(&self, mut asked: Asked, open: &mut Vec<Asked>) {
        match asked.steps.recv().await {
            Some(answer) => {
                asked.answer = Some(answer);
                open.push(asked);
            }
            None => self.finished(&asked.of).await,
        }
    }
    /// Lets go of questions that are closed and of commands that are done, and
    /// takes up what a command asks after a question that nobody answered.
    async fn look_after(&self, open: &mut Vec<Asked>) {
        let mut at = 0;
        while let Some(asked) = open.get_mut(at) {
            if !asked.asks() {
                match asked.steps.try_recv() {
                    Ok(answer) => asked.answer = Some(answer),
                    Err(mpsc::error::TryRecvError::Empty) => asked.answer = None,
                    Err(mpsc::error::TryRecvError::Disconnected) => {
                        let done = open.remove(at);
                        self.finished(&done.of).await;
                        continue;
                    }
                }
            }
            at += 1;
        }
    }
    /// Keeps that a line is done; what the host's stop has cut short is not.
    async fn finished(&self, incoming: &Incoming) {
        if !*self.lanes.stopping.borrow() {
            self.update_done(incoming).await;
        }
    }
    async fn update_started(&self, incoming: &Incoming) -> anyhow::Result<()> {
        match &incoming.update {
            Some(update) => self.shared.journal.update_started(&incoming.chat.network, update).await,
            None => Ok(()),
        }
    }
    async fn update_done(&self, incoming: &Incoming) {
        let Some(update) = &incoming.update else { return };
        if let Err(error) = self.shared.journal.update_done(&incoming.chat.network, update).await {
            error!(error = format!("{error:#}"), "the journal did not take that a line is done");
        }
    }
    /// The line without its prefix, if it is a command.
    pub(super) fn command_line(&self, incoming: &Incoming, asked: bool) -> Option<String> {
        let line = incoming.line.trim_start();
        let config = self.shared.config();
        let commands = &config.config.commands;
        let stripped = commands.after_prefix(line);
        if incoming.pressed.is_some() {
            // Never an answer, and never talk; plugins write `!` whatever the prefix is here.
            return Some(stripped.or_else(|| line.strip_prefix('!')).unwrap_or(line).to_owned());
        }
        let bare = incoming.addressed || (incoming.private && commands.prefix_optional_in_private && !asked);
        let line = stripped.or(bare.then_some(line))?.trim_start();
        // `!` alone, `!?` and `!!!` are talk.
        (line.starts_with(|c: char| c.is_alphanumeric()) || self.repeats(incoming).is_some()).then(|| line.to_owned())
    }
    /// Whether a line without its prefix is a command that there is.
    fn is_command(&self, line: &str) -> bool {
        let words = words::split(line).unwrap_or_default();
        let found = |words: &[String]| self.shared.open_tables().is_ok_and(|open| open.commands.find(words).is_some());
        let line = line.trim();
        line == "!" || line.eq_ignore_ascii_case("nay") || found(&words)
    }
}

/// Returns when [`Dispatch::look_after`] has something to do.
async fn changed(open: &mut [Asked]) {
    std::future::poll_fn(|cx| {
        for asked in &mut *open {
            let ready = match &mut asked.answer {
                Some(asking) => asking.answer.poll_closed(cx).is_ready(),
                None => match asked.steps.poll_recv(cx) {
                    Poll::Ready(answer) => {
                        asked.answer = answer;
                        true
                    }
                    Poll::Pending => false,
                },
            };
            if ready {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    })
    .await;
}
