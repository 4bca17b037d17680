//! From a chat line to a handler and back.
//!
//! Each sender has a lane: a task that takes the sender's lines in order and
//! waits until a command is done *or asks*. So one sender's commands keep their
//! order, nobody waits for anybody else, and a handler that waits for an answer
//! holds up nothing; the answer comes down the same lane. A lane without lines
//! ends.
pub mod help;
mod say;
pub mod table;
pub mod usage;

use crate::{
    access::{Asker, Because, Decision, Rules, Verdict},
    registry::OpenTables,
    services::Shared,
    texts, words,
};
use factotum_plugin_api::{
    Error, Result,
    chat::{ChatId, Incoming, Receive},
    command::{Call, Reply, Who},
    dialog::{Dialog, Question},
    text::{Text, code},
};
use help::Helper;
use say::Say;
use std::{
    collections::HashMap,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};
use table::Command;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{Instrument, debug, error, info, info_span};

/// Lines of one sender that may wait; a person types fewer.
const WAITING_MAX: usize = 64;

/// Takes lines to handlers.
pub struct Dispatch {
    shared: Arc<Shared>,
    /// The longest first, so that `!!` is tried before `!`.
    prefixes: Vec<String>,
    prefix_optional_in_private: bool,
    limit: Duration,
    lanes: Mutex<HashMap<String, mpsc::Sender<Incoming>>>,
    /// Lines that are neither done nor waiting for an answer.
    busy: watch::Sender<usize>,
}

#[async_trait::async_trait]
impl Receive for DispatchInbox {
    async fn receive(&self, incoming: Incoming) -> Result<()> {
        self.0.accept(incoming);
        Ok(())
    }
}
/// [`Dispatch`] as the networks see it.
pub struct DispatchInbox(pub Arc<Dispatch>);

impl Dispatch {
    /// A dispatch with the prefixes and the time limit of the config.
    pub fn new(shared: Arc<Shared>) -> Self {
        let commands = &shared.config.config.commands;
        let mut prefixes = commands.prefixes.clone();
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
        let prefix_optional_in_private = commands.prefix_optional_in_private;
        let limit = Duration::from_secs(commands.time_limit_secs);
        let (lanes, busy) = (Mutex::default(), watch::Sender::new(0));
        Dispatch { shared, prefixes, prefix_optional_in_private, limit, lanes, busy }
    }
    /// Returns when no line is being worked on: all are done or wait for an answer.
    pub async fn settled(&self) {
        self.busy.subscribe().wait_for(|busy| *busy == 0).await.expect("self holds the sender");
    }
    fn rules(&self) -> &Rules {
        &self.shared.rules
    }
    /// Puts a line into its sender's lane; never waits.
    pub fn accept(self: &Arc<Self>, incoming: Incoming) {
        let sender = incoming.sender.id.clone();
        let mut lanes = self.lanes.lock().expect("no panic inside");
        let lane = lanes.entry(sender.clone()).or_insert_with(|| {
            let (lane, lines) = mpsc::channel(WAITING_MAX);
            tokio::spawn(self.clone().lane(sender, lines));
            lane
        });
        match lane.try_send(incoming) {
            Ok(()) => self.busy.send_modify(|busy| *busy += 1),
            Err(mpsc::error::TrySendError::Full(incoming) | mpsc::error::TrySendError::Closed(incoming)) => {
                let say = Say::to(&self.shared, &incoming);
                tokio::spawn(async move { say.reply(texts::too_many_waiting().into()).await });
            }
        }
    }
    async fn lane(self: Arc<Self>, sender: String, mut lines: mpsc::Receiver<Incoming>) {
        let mut open: HashMap<ChatId, Running> = HashMap::new();
        loop {
            open.retain(|_, question| !question.answer.is_closed());
            let incoming = match lines.try_recv() {
                Ok(incoming) => incoming,
                Err(_) if open.is_empty() && self.close_lane(&sender, &lines) => return,
                Err(_) => match lines.recv().await {
                    Some(incoming) => incoming,
                    None => return,
                },
            };
            self.step(incoming, &mut open).await;
            self.busy.send_modify(|busy| *busy -= 1);
        }
    }
    /// Ends a lane, unless a line came meanwhile: both happen under the lock.
    fn close_lane(&self, sender: &str, lines: &mpsc::Receiver<Incoming>) -> bool {
        let mut lanes = self.lanes.lock().expect("no panic inside");
        let idle = lines.is_empty();
        if idle {
            lanes.remove(sender);
        }
        idle
    }
    /// Takes one line until its command is done or asks.
    async fn step(self: &Arc<Self>, incoming: Incoming, open: &mut HashMap<ChatId, Running>) {
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
            open.insert(chat, Running { answer, steps });
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
        let span = info_span!("command", path = tracing::field::Empty, chat = %incoming.chat, sender = %incoming.sender.id, r#ref = reference);
        let outside = span.clone();
        tokio::spawn(
            async move {
                let done = asks.clone(); // held until the reply is posted
                let dialog =
                    Arc::new(HostDialog { asks, until, say: say.clone(), limit: self.limit, clock: clock.clone() });
                let (host, path) = (self.clone(), PathCell::default());
                let run = {
                    let (path, span) = (path.clone(), span.clone());
                    async move { host.run(line, incoming, dialog, path).await }.instrument(span)
                };
                let mut task = tokio::spawn(run); // of its own: a panic costs this call only
                let result = loop {
                    let at = *deadline.borrow_and_update();
                    tokio::select! {
                        result = &mut task => break result.unwrap_or_else(|panic| Err(panicked(panic))),
                        Ok(()) = deadline.changed() => {}
                        () = clock.sleep(at.saturating_sub(clock.elapsed())) => {
                            task.abort();
                            break Err(Error::User(texts::took_too_long(&path.get(), self.limit).plain()));
                        }
                    }
                };
                say.reply(as_reply(result, &reference)).await;
                drop(done);
            }
            .instrument(outside),
        );
        steps
    }
    async fn run(
        self: Arc<Self>,
        line: String,
        incoming: Incoming,
        dialog: Arc<HostDialog>,
        shown: PathCell,
    ) -> Result<Reply> {
        let open = self.shared.open_tables()?;
        let words = match words::split(&line) {
            Ok(words) => words,
            Err(quote) => return Ok(texts::unclosed_quote(quote.opened_by).into()),
        };
        let asker = Asker::from(&incoming);
        let Some((command, n)) = open.commands.find(&words) else {
            return Ok(self.unknown(&open, &asker, &words));
        };
        let path = command.path().to_owned();
        shown.set(&path);
        tracing::Span::current().record("path", &path);
        let rest = words.get(n..).unwrap_or_default();
        if let Some(refusal) = self.may_begin(command, &asker, &incoming, rest).await {
            return Ok(refusal.into());
        }
        let (networks, from) = (self.shared.networks().clone(), incoming.chat.clone());
        let matches = match command.parse(rest, Rc::new(move |word| networks.resolve(word, &from))) {
            Ok(matches) => matches,
            Err(_) if self.has_below(&open, &path, rest) => return Ok(self.unknown(&open, &asker, &words)),
            Err(error) => return Ok(usage::explain(command, &error).into()),
        };
        let args = command.named_args(&matches);
        let access = command.access();
        if let Some(refusal) = refusal(&path, &self.rules().check_args(&command.for_rules(), &asker, &args)) {
            return Ok(refusal.into());
        }
        let call = Call { incoming, path: path.clone(), dialog };
        if access.confirmed {
            call.confirm(really(&path, &args)).await?;
        }
        let (handler, plugin) = command.handler();
        debug!("command begins");
        let result = handler(&plugin, &call, &matches).await;
        if access.who != Who::Everyone {
            self.audit(&call, &args, &result).await;
        }
        result
    }
    /// Whether the command may be parsed at all: who asks, and where.
    async fn may_begin(
        &self,
        command: &Command,
        asker: &Asker<'_>,
        incoming: &Incoming,
        rest: &[String],
    ) -> Option<Text> {
        let refused = refusal(command.path(), &self.rules().check_path(&command.for_rules(), asker));
        let secret_seen = command.has_secret && !incoming.private && !rest.is_empty();
        if secret_seen {
            let deleted = Say::to(&self.shared, incoming).delete_what_was_said(incoming).await;
            return Some(texts::secret_was_seen(command.path(), deleted));
        }
        refused
    }
    fn unknown(&self, open: &OpenTables, asker: &Asker, words: &[String]) -> Reply {
        let near = Helper { table: &open.commands, rules: self.rules(), asker }.near(words);
        // A command may have a secret in its words: no more of them is repeated than looks like a path.
        let line = words.iter().take(2).cloned().collect::<Vec<_>>().join(" ");
        texts::unknown_command(&line, &near).into()
    }
    /// Whether words after a command were meant for one below it: `travis rout` where `travis` takes none.
    fn has_below(&self, open: &OpenTables, path: &str, rest: &[String]) -> bool {
        let takes_none = open
            .commands
            .find(&words_of(path))
            .is_some_and(|(c, _)| c.with_clap(|clap| clap.get_positionals().next().is_none()));
        let below = format!("{path} ");
        !rest.is_empty()
            && takes_none
            && open.commands.sorted().iter().any(|command| command.path().starts_with(&below))
    }
    async fn audit(&self, call: &Call, args: &[(String, Vec<String>)], result: &Result<Reply>) {
        let given = args.iter().filter(|(_, values)| !values.is_empty());
        let args = given.map(|(name, values)| format!("{name}={}", values.join(","))).collect::<Vec<_>>().join(" ");
        let result = match result {
            Ok(_) => "done".to_owned(),
            Err(Error::User(text)) => text.clone(),
            Err(Error::Internal(error)) => format!("{error:#}"),
            Err(Error::Left) => "left".to_owned(),
        };
        info!(result, "command ran");
        let noted = self.shared.journal.note_audit(call.sender(), call.chat(), &call.path, &args, &result).await;
        if let Err(error) = noted {
            error!(error = format!("{error:#}"), "the audit could not be written");
        }
    }
}

fn words_of(path: &str) -> Vec<String> {
    path.split(' ').map(str::to_owned).collect()
}
/// What to say to a verdict that is no yes.
fn refusal(path: &str, verdict: &Verdict) -> Option<Text> {
    match (verdict.decision, &verdict.because) {
        (Decision::Allowed | Decision::OnArguments, _) => None,
        (Decision::PrivateOnly, _) => Some(texts::in_private_only(path)),
        (Decision::Refused, Because::NotAdmin) => Some(texts::admins_only(path)),
        (Decision::Refused, Because::NoRole(role)) => Some(texts::role_only(path, role)),
        (Decision::Refused, _) => Some(texts::refused_by_rule(path)),
    }
}
/// What a command that cannot be undone will do.
fn really(path: &str, args: &[(String, Vec<String>)]) -> Text {
    let given = args.iter().filter(|(_, values)| !values.is_empty());
    let args: Vec<String> = given.map(|(name, values)| format!(" {name} {}", values.join(" "))).collect();
    Text::from("Really run ") + code(format!("!{path}")) + args.concat() + "?"
}
fn as_reply(result: Result<Reply>, reference: &str) -> Reply {
    match result {
        Ok(reply) => reply,
        Err(Error::User(text)) => text.into(),
        Err(Error::Internal(error)) => {
            error!(error = format!("{error:#}"), "command failed");
            texts::went_wrong(reference).into()
        }
        Err(Error::Left) => Reply::default(),
    }
}
fn panicked(panic: tokio::task::JoinError) -> Error {
    // The panic's own message may repeat an argument; the hook has logged its place.
    Error::Internal(anyhow::anyhow!("the handler {}", if panic.is_panic() { "panicked" } else { "was stopped" }))
}

/// The path of the command at work, for the message when it takes too long.
#[derive(Clone, Default)]
struct PathCell(Arc<Mutex<String>>);
impl PathCell {
    fn set(&self, path: &str) {
        path.clone_into(&mut self.0.lock().expect("no panic inside"));
    }
    fn get(&self) -> String {
        self.0.lock().expect("no panic inside").clone()
    }
}

type Steps = mpsc::Receiver<oneshot::Sender<String>>;
/// A command that waits for an answer.
struct Running {
    answer: oneshot::Sender<String>,
    steps: Steps,
}

struct HostDialog {
    asks: mpsc::Sender<oneshot::Sender<String>>,
    /// When the handler must be done; waiting for a person does not count.
    until: watch::Sender<Duration>,
    say: Say,
    limit: Duration,
    clock: factotum_plugin_api::clock::Clock,
}
#[async_trait::async_trait]
impl Dialog for HostDialog {
    async fn ask(&self, question: Question) -> Result<String> {
        let mut text = question.text;
        if !question.choices.is_empty() {
            text = text + "\n" + texts::numbered(&question.choices);
        }
        let left = self.until.borrow().saturating_sub(self.clock.elapsed());
        self.until.send_replace(self.clock.elapsed() + question.within + self.limit);
        self.say.reply(text.into()).await;
        let (answer, line) = oneshot::channel();
        // An answer that came before this line waits in the lane.
        self.asks.send(answer).await.map_err(|_| Error::Left)?;
        let line = self.clock.timeout(question.within, line).await;
        self.until.send_replace(self.clock.elapsed() + left);
        match line {
            Ok(Ok(line)) => {
                let number = line.trim().parse::<usize>().ok();
                let choice = number.and_then(|n| question.choices.get(n.checked_sub(1)?));
                Ok(choice.cloned().unwrap_or(line))
            }
            Ok(Err(_)) => Err(Error::Left),
            Err(_) => {
                self.say.reply(texts::too_late().into()).await;
                Err(Error::Left)
            }
        }
    }
    async fn say(&self, text: Text) -> Result<()> {
        self.say.reply(text.into()).await;
        Ok(())
    }
}
