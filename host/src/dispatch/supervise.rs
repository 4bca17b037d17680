//! A command at work: begun in a task of its own, watched until it is done, and cut
//! off when its time is over, when somebody cancels it, or when the host stops. In
//! which order lines come to this is the lanes' part.
use super::{Dispatch, as_reply, lane::Counted, running::By, say::Say};
use crate::{
    apart,
    dialog::{HostDialog, Steps},
    metrics::{CommandOutcome, Tally},
    texts,
};
use factotum_plugin_api::{Error, chat::Incoming, language};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, watch};
use tracing::{Instrument, error_span};

impl Dispatch {
    /// Runs a command in a task; `steps` tells of its questions and closes when
    /// its reply is posted.
    pub(super) fn begin(self: Arc<Self>, line: String, incoming: Incoming) -> Steps {
        let (asks, steps) = mpsc::channel(1);
        let (clock, limit) = (self.shared.clock.clone(), self.limit());
        let (until, mut deadline) = watch::channel(clock.elapsed() + limit);
        let say = Say::to(&self.shared, &incoming);
        let reference = format!("{:04x}", fastrand::u16(..));
        let (chat, sender) = (&incoming.chat, &incoming.sender.id);
        // At the highest level, so that the log has the reference however little it tells.
        let span = error_span!("command", path = tracing::field::Empty, %chat, sender, r#ref = reference);
        let (sender, chat) = (incoming.sender.clone(), incoming.chat.clone());
        let (asked, questions) = (sender.clone(), self.shared.questions.clone());
        let running = Counted::new(&self.lanes.running);
        // What the lane has found; a task that goes on does not see it by itself.
        let reads = language::current();
        let of_run = reads.clone();
        let supervise = async move {
            let done = asks.clone(); // held until the reply is posted
            let time = clock.clone();
            let (host, progress) = (self.clone(), Progress::default());
            let (steps, say_to) = (progress.clone(), say.clone());
            let dialog =
                HostDialog { asks, until, say: say_to, sender: asked, questions, limit, clock: time, progress: steps };
            let shown = progress.clone();
            let mut begun = self.shared.people.running.begin(&incoming, progress.clone(), clock.elapsed());
            let run = async move { host.run(line, incoming, Arc::new(dialog), shown).await };
            let began = clock.elapsed();
            let mut task = apart::begin(of_run.during(run).in_current_span());
            let result = loop {
                let at = *deadline.borrow_and_update();
                tokio::select! {
                    biased;
                    result = task.done() => break result.unwrap_or_else(|cut| {
                        progress.tally.ended(CommandOutcome::Panicked);
                        Err(cut.into())
                    }),
                    Ok(()) = deadline.changed() => {}
                    () = clock.sleep(at.saturating_sub(clock.elapsed())) => {
                        task.cut_off();
                        progress.tally.ended(CommandOutcome::TimedOut);
                        let told = texts::took_too_long(&progress.path(), limit);
                        break Err(Error::User(told.with_prefix(&say.prefix()).plain()));
                    }
                    Ok(by) = &mut begun.cancelled => {
                        let had_begun = progress.cut();
                        task.cut_off();
                        progress.tally.ended(CommandOutcome::Cancelled);
                        let told = texts::was_cancelled(&progress.path(), by == By::Admin, had_begun);
                        break Err(Error::User(told.with_prefix(&say.prefix()).plain()));
                    }
                    () = self.lanes.stopped() => {
                        task.cut_off();
                        break Err(Error::Left);
                    }
                }
            };
            drop(begun);
            self.shared.metrics.command(&progress.tally, &result, clock.elapsed().saturating_sub(began));
            if let Some(args) = progress.audited() {
                // In a box: few commands come here, and each would carry the room for it.
                Box::pin(self.audit(&sender, &chat, &progress.path(), &args, &result)).await;
            }
            drop(running);
            say.reply(as_reply(result, &reference)).await;
            drop(done);
        };
        drop(apart::begin(reads.during(supervise).instrument(span))); // it goes on without being waited for
        steps
    }
}

/// How far a command has come, for what is said and kept when it does not end by itself.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    steps: Arc<Mutex<Come>>,
    pub(super) tally: Tally,
}
#[derive(Default)]
struct Come {
    path: String,
    audited: Option<String>,
    asks: bool,
    handler: Handler,
}
/// What became of a command's handler.
#[derive(Default, PartialEq, Eq)]
enum Handler {
    /// It has not begun: nothing was done.
    #[default]
    Waits,
    /// It has.
    Began,
    /// It never will.
    Cut,
}
/// A command waits for an answer, for as long as this lives.
pub(crate) struct Asks(Progress);
impl Drop for Asks {
    fn drop(&mut self) {
        self.0.lock().asks = false;
    }
}
impl Progress {
    fn lock(&self) -> MutexGuard<'_, Come> {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Its path is known.
    pub(super) fn found(&self, path: &str) {
        path.clone_into(&mut self.lock().path);
    }
    /// Its handler belongs into the audit with these arguments.
    pub(super) fn begins(&self, args: String) {
        self.lock().audited = Some(args);
    }
    /// Its handler begins, unless it was cut before; whether it does.
    pub(super) fn handler_begins(&self) -> bool {
        let handler = &mut self.lock().handler;
        if *handler == Handler::Waits {
            *handler = Handler::Began;
        }
        *handler == Handler::Began
    }
    /// Its handler is not to begin; whether it has, and may have done something.
    fn cut(&self) -> bool {
        let handler = &mut self.lock().handler;
        if *handler == Handler::Waits {
            *handler = Handler::Cut;
        }
        *handler == Handler::Began
    }
    /// It asks its person something.
    pub(crate) fn asks(&self) -> Asks {
        self.lock().asks = true;
        Asks(self.clone())
    }
    /// Whether it waits for an answer.
    pub(super) fn is_asking(&self) -> bool {
        self.lock().asks
    }
    pub(crate) fn path(&self) -> String {
        self.lock().path.clone()
    }
    fn audited(&self) -> Option<String> {
        self.lock().audited.clone()
    }
}
