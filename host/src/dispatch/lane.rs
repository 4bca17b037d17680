//! In which order lines are taken.
//!
//! Each sender has a lane: a task that takes the sender's lines in order and
//! waits until a command is done *or asks*. So one sender's commands keep their
//! order, nobody waits for anybody else, and a handler that waits for an answer
//! holds up nothing; the answer comes down the same lane. A lane without lines
//! ends.
use super::{Dispatch, as_reply, panicked, say::Say};
use crate::{
    dialog::{Asked, HostDialog, Steps},
    dispatch::help::HOST,
    journal::UpdateState,
    texts, words,
};
use factotum_plugin_api::{
    Error, Result,
    chat::{ChatId, Incoming, Receive},
    notice::Notice,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};
use tracing::{Instrument, error, info_span};

/// Lines of one sender that may wait; a person types fewer.
const WAITING_MAX: usize = 64;

/// The lanes of all senders who have said something just now.
pub(super) struct Lanes {
    by_sender: Mutex<HashMap<String, mpsc::Sender<Incoming>>>,
    /// Lines that are neither done nor waiting for an answer.
    busy: watch::Sender<usize>,
    stopping: watch::Sender<bool>,
}

impl Default for Lanes {
    fn default() -> Self {
        let (busy, stopping) = (watch::Sender::new(0), watch::Sender::new(false));
        Lanes { by_sender: Mutex::default(), busy, stopping }
    }
}

impl Lanes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Incoming>>> {
        self.by_sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Ends a lane, unless a line came meanwhile: both happen under the lock.
    fn close(&self, sender: &str, lines: &mpsc::Receiver<Incoming>) -> bool {
        let mut lanes = self.lock();
        let idle = lines.is_empty();
        if idle {
            lanes.remove(sender);
        }
        idle
    }
    async fn stopped(&self) {
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
            let incoming = unfinished.incoming;
            let mut notice = Notice::new(incoming.chat.clone(), texts::may_have_run(&self.path_of(&incoming)));
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
        let sender = incoming.sender.id.clone();
        let mut lanes = self.lanes.lock();
        let lane = lanes.entry(sender.clone()).or_insert_with(|| {
            let (lane, lines) = mpsc::channel(WAITING_MAX);
            tokio::spawn(self.clone().lane(sender, lines));
            lane
        });
        // Before the lane has it: it may be done with a line at once.
        self.lanes.busy.send_modify(|busy| *busy += 1);
        match lane.try_send(incoming) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(incoming) | mpsc::error::TrySendError::Closed(incoming)) => {
                self.lanes.busy.send_modify(|busy| *busy -= 1);
                let this = self.clone();
                tokio::spawn(async move {
                    Say::to(&this.shared, &incoming).reply(texts::too_many_waiting().into()).await;
                    this.update_done(&incoming).await;
                });
            }
        }
    }
    async fn lane(self: Arc<Self>, sender: String, mut lines: mpsc::Receiver<Incoming>) {
        let mut open: HashMap<ChatId, Asked> = HashMap::new();
        loop {
            open.retain(|_, question| !question.answer.is_closed());
            let incoming = match lines.try_recv() {
                Ok(incoming) => incoming,
                Err(_) if open.is_empty() && self.lanes.close(&sender, &lines) => return,
                Err(_) => tokio::select! {
                    Some(incoming) = lines.recv() => incoming,
                    () = self.lanes.stopped() => return,
                },
            };
            if *self.lanes.stopping.borrow() {
                return; // as in `accept`
            }
            let update = incoming.clone();
            self.step(incoming, &mut open).await;
            if !*self.lanes.stopping.borrow() {
                self.update_done(&update).await;
            }
            self.lanes.busy.send_modify(|busy| *busy -= 1);
        }
    }
    /// Takes one line until its command is done or asks.
    async fn step(self: &Arc<Self>, incoming: Incoming, open: &mut HashMap<ChatId, Asked>) {
        let chat = incoming.chat.clone();
        let question = open.remove(&chat).filter(|question| !question.answer.is_closed());
        let command = self.command_line(&incoming, question.is_some());
        let mut steps = match (command, question) {
            (Some(line), question) if line.trim().eq_ignore_ascii_case("nay") => {
                let text = if question.is_some() { texts::left() } else { texts::nothing_to_leave() };
                drop(question); // the handler's `ask` gives `Left`
                return Say::to(&self.shared, &incoming).reply(text.into()).await;
            }
            (Some(line), question) => {
                drop(question);
                if let Err(error) = self.update_started(&incoming).await {
                    // It could run a second time after a crash: better not at all.
                    return Say::to(&self.shared, &incoming).reply(as_reply(Err(error.into()), "journal")).await;
                }
                self.clone().begin(line, incoming)
            }
            (None, Some(question)) => {
                if question.answer.send(incoming.line).is_err() {
                    return; // it has just ended by itself
                }
                question.steps
            }
            (None, None) => return, // talk among people
        };
        if let Some(answer) = steps.recv().await {
            open.insert(chat, Asked { answer, steps });
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
    fn command_line(&self, incoming: &Incoming, asked: bool) -> Option<String> {
        let line = incoming.line.trim_start();
        let stripped = self.prefixes.iter().find_map(|prefix| line.strip_prefix(prefix.as_str()));
        let bare = incoming.addressed || (incoming.private && self.prefix_optional_in_private && !asked);
        let line = stripped.or(bare.then_some(line))?.trim_start();
        // `!` alone, `!?` and `!!!` are talk.
        line.starts_with(|c: char| c.is_alphanumeric()).then(|| line.to_owned())
    }
    /// Runs a command in a task; `steps` tells of its questions and closes when
    /// its reply is posted.
    fn begin(self: Arc<Self>, line: String, incoming: Incoming) -> Steps {
        let (asks, steps) = mpsc::channel(1);
        let clock = self.shared.clock.clone();
        let (until, mut deadline) = watch::channel(clock.elapsed() + self.limit);
        let say = Say::to(&self.shared, &incoming);
        let reference = format!("{:04x}", fastrand::u16(..));
        let (chat, sender) = (&incoming.chat, &incoming.sender.id);
        let span = info_span!("command", path = tracing::field::Empty, %chat, sender, r#ref = reference);
        let supervise = async move {
            let done = asks.clone(); // held until the reply is posted
            let dialog = HostDialog { asks, until, say: say.clone(), limit: self.limit, clock: clock.clone() };
            let (host, path) = (self.clone(), PathCell::default());
            let shown = path.clone();
            let run = async move { host.run(line, incoming, Arc::new(dialog), shown).await };
            let mut task = tokio::spawn(run.in_current_span()); // of its own: a panic costs this call only
            let result = loop {
                let at = *deadline.borrow_and_update();
                tokio::select! {
                    result = &mut task => break result.unwrap_or_else(|panic| Err(panicked(panic))),
                    Ok(()) = deadline.changed() => {}
                    () = clock.sleep(at.saturating_sub(clock.elapsed())) => {
                        task.abort();
                        break Err(Error::User(texts::took_too_long(&path.get(), self.limit).plain()));
                    }
                    () = self.lanes.stopped() => {
                        task.abort();
                        break Err(Error::Left);
                    }
                }
            };
            say.reply(as_reply(result, &reference)).await;
            drop(done);
        };
        tokio::spawn(supervise.instrument(span));
        steps
    }
}

/// The path of the command at work, for the message when it takes too long.
#[derive(Clone, Default)]
pub(super) struct PathCell(Arc<Mutex<String>>);
impl PathCell {
    pub(super) fn set(&self, path: &str) {
        path.clone_into(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
    fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
