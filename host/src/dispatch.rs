//! From a chat line to a handler and back: words, the command, who may run it,
//! its arguments, the handler. In which order lines are taken is the lanes' part.
mod apropos;
pub mod complete;
mod confirm;
mod events;
pub mod help;
mod hint;
pub mod lane;
mod meant;
pub(crate) mod menu;
mod missing;
pub(crate) mod offers;
pub(crate) mod overview;
pub mod people;
mod possible;
mod press;
mod repeat;
pub(crate) mod running;
pub(crate) mod say;
pub(crate) mod supervise;
pub mod table;
pub mod usage;

use crate::{
    access::{self, Asker, Because, Decision, Rules},
    buttons,
    dialog::HostDialog,
    journal::Incident,
    metrics::CommandOutcome,
    networks::Networks,
    registry::OpenTables,
    services::Shared,
    texts, words,
};
use factotum_plugin_api::{
    Error, Result,
    chat::{ChatId, Incoming, Sender},
    command::{Call, Reply, Who},
    dialog::Dialog,
    text::Text,
};
use help::Helper;
use lane::Lanes;
use missing::{Filled, Whole};
use say::Say;
use std::{sync::Arc, time::Duration};
use table::Command;
use tracing::{debug, error, info};

/// Takes lines to handlers.
pub struct Dispatch {
    shared: Arc<Shared>,
    lanes: Lanes,
}

impl Dispatch {
    /// A dispatch that has heard nothing yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        Dispatch { shared, lanes: Lanes::default() }
    }
    /// How long a command that begins now may run.
    fn limit(&self) -> Duration {
        Duration::from_secs(self.shared.config().config.commands.time_limit_secs)
    }
    async fn run(
        self: Arc<Self>,
        line: String,
        incoming: Incoming,
        dialog: Arc<HostDialog>,
        shown: supervise::Progress,
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
        shown.found(&path);
        shown.tally.found(command.plugin);
        shown.tally.answer_means(CommandOutcome::Denied);
        tracing::Span::current().record("path", &path);
        let rest = words.get(n..).unwrap_or_default();
        let on_arguments = match self.may_begin(command, &open.rules, &asker, &incoming, rest).await {
            Ok(decision) => decision == Decision::OnArguments,
            Err(refusal) => return Ok(refusal.into()),
        };
        shown.tally.answer_means(CommandOutcome::Refused);
        if self.is_slip_below(&open, &asker, &words, n) {
            return Ok(self.unknown(&open, &asker, &words));
        }
        let Whole { matches, asked } = match self.filled(command, rest, &incoming, &dialog).await? {
            Filled::Whole(whole) => whole,
            Filled::Not(_) if has_below(&open, &words, n) => return Ok(self.unknown(&open, &asker, &words)),
            Filled::Not(usage) => return Ok(usage.into()),
        };
        let args = command.named_args(&matches);
        let here = self.here(&incoming);
        let access = command.access();
        shown.tally.answer_means(CommandOutcome::Denied);
        // Those that go with the command, unless time has passed; where none of them
        // reads arguments, all is decided.
        let rules = if asked { self.shared.rules() } else { open.rules.clone() };
        if (on_arguments || asked)
            && let Some(refusal) = self.may_run(command, &rules, &asker, &here, &args).await
        {
            return Ok(refusal.into());
        }
        shown.tally.answer_means(CommandOutcome::Refused);
        if access.confirmed {
            dialog.confirm(texts::really_run(&confirm::line_of(command, &matches, &args))).await?;
        }
        // Time has passed: the plugin may be off by now, and a rule may be new.
        if (asked || access.confirmed) && !self.is_still_open(command) {
            return Ok(texts::changed_meanwhile(&path).into());
        }
        if access.confirmed
            && let Some(refusal) = self.may_run(command, &self.shared.rules(), &asker, &here, &args).await
        {
            shown.tally.answer_means(CommandOutcome::Denied);
            return Ok(refusal.into());
        }
        self.shared.people.history.keep(command, &incoming, &line);
        let call = Call { incoming, path: path.clone(), dialog };
        let (handler, plugin) = command.handler();
        debug!("command begins");
        shown.tally.answer_means(CommandOutcome::Done);
        if access.who != Who::Everyone {
            let given = args.iter().filter(|(_, values)| !values.is_empty());
            let given = given.map(|(name, values)| format!("{name}={}", values.join(",")));
            shown.begins(given.collect::<Vec<_>>().join(" "));
        }
        if !shown.handler_begins() {
            return Err(Error::Left); // cancelled just now, and told that nothing was done
        }
        let reply = handler(&plugin, &call, &matches).await?;
        if access.who != Who::Everyone {
            Box::pin(menu::follow(&self.shared, command.plugin)).await;
        }
        Ok(reply)
    }
    /// Whether the command may be parsed at all, and whether its arguments decide the
    /// rest: who asks, and where.
    async fn may_begin(
        &self,
        command: &Command,
        rules: &Rules,
        asker: &Asker<'_>,
        incoming: &Incoming,
        rest: &[String],
    ) -> Result<Decision, Text> {
        let verdict = rules.check_path(&command.for_rules(), asker);
        if verdict.decision == Decision::Refused {
            Box::pin(self.note_denied(command, asker)).await;
        }
        let secret_seen = command.has_secret && !incoming.private && command.may_hold_secret(rest);
        if secret_seen {
            let deleted = Say::to(&self.shared, incoming).delete_what_was_said(incoming).await;
            return Err(texts::secret_was_seen(command.path(), deleted));
        }
        refusal(command.path(), &verdict).map_or(Ok(verdict.decision), Err)
    }
    /// Whether the command may run with these arguments.
    async fn may_run(
        &self,
        command: &Command,
        rules: &Rules,
        asker: &Asker<'_>,
        here: &ChatId,
        args: &[(String, Vec<String>)],
    ) -> Option<Text> {
        let also = resolved(args, self.shared.networks(), here);
        let verdict = rules.check_args(&command.for_rules(), asker, args, &also);
        let refusal = refusal(command.path(), &verdict)?;
        Box::pin(self.note_denied(command, asker)).await;
        Some(refusal)
    }
    /// What the word `here` means in a line.
    fn here(&self, incoming: &Incoming) -> ChatId {
        self.shared.networks().here(&incoming.chat, incoming.thread.as_deref())
    }
    /// Keeps that somebody tried what is not for them.
    async fn note_denied(&self, command: &Command, asker: &Asker<'_>) {
        let reason = format!("in {}", asker.chat);
        let path = format!("!{}", command.path());
        let (peer, plugin, path) = (Some(asker.sender), Some(command.plugin), Some(path.as_str()));
        let incident = Incident { kind: "denied command", peer, plugin, path, reason: &reason };
        crate::denied::note(&self.shared, incident).await;
    }
    /// Whether the word after a command was meant for one below it and mistyped, and is
    /// no value: `requests reply 1` where there is a `requests replay`.
    fn is_slip_below(&self, open: &OpenTables, asker: &Asker, words: &[String], n: usize) -> bool {
        let (typed, rest) = words.split_at(n);
        let Some(word) = rest.first().map(|word| word.to_lowercase()) else { return false };
        let below = typed.join(" ").to_lowercase() + " ";
        // `dropped` is no slip of `drop`: it may well be a value.
        let is_slip = |path: &String| {
            let meant = path.strip_prefix(&below).and_then(|rest| rest.split(' ').next());
            meant.is_some_and(|meant| !word.starts_with(meant) && strsim::osa_distance(&word, meant) <= 2)
        };
        let has_below = || open.commands.sorted().iter().any(|command| command.path().starts_with(&below));
        has_below() && self.near(open, asker, words).iter().any(is_slip)
    }
    fn near(&self, open: &OpenTables, asker: &Asker, words: &[String]) -> Vec<String> {
        Helper { table: &open.commands, rules: &open.rules, asker, networks: self.shared.networks() }.near(words)
    }
    fn unknown(&self, open: &OpenTables, asker: &Asker, words: &[String]) -> Reply {
        let near = self.near(open, asker, words);
        texts::unknown_command(&path_like(open, words), &near).into()
    }
    async fn audit(&self, sender: &Sender, chat: &ChatId, path: &str, args: &str, result: &Result<Reply>) {
        // What is said to the person may be for no log.
        let (logged, kept) = match result {
            Ok(_) => ("done", "done".to_owned()),
            Err(Error::User(text)) => ("refused", text.clone()),
            Err(Error::Internal(error)) => ("failed", format!("{error:#}")),
            Err(Error::Left) => ("left", "left".to_owned()),
        };
        info!(result = logged, "command ran");
        if let Err(error) = self.shared.journal.note_audit(sender, chat, path, args, &kept).await {
            error!(error = format!("{error:#}"), "the audit could not be written");
        }
    }
}

/// What of an unknown line is repeated. A word may be a secret: no more of them than
/// look like a path, and of what was quoted no more than its first words.
pub(crate) fn path_like(open: &OpenTables, words: &[String]) -> String {
    let mut pieces = words.iter().flat_map(|word| word.split_whitespace());
    let first = pieces.next().unwrap_or_default();
    let group = |path: &str| path.split(' ').next() == Some(first.to_lowercase().as_str());
    let second = pieces.next().filter(|_| open.commands.sorted().iter().any(|command| group(command.path())));
    second.map_or_else(|| first.to_owned(), |second| format!("{first} {second}"))
}
/// Whether the words after a command that takes none were meant for one below it:
/// `travis rout` where there is a `travis` and a `travis route`.
pub(crate) fn has_below(open: &OpenTables, words: &[String], n: usize) -> bool {
    let (typed, rest) = words.split_at(n);
    let takes_none = open.commands.find(typed).is_some_and(|(command, _)| command.arg_names().is_empty());
    let below = typed.join(" ").to_lowercase() + " ";
    !rest.is_empty() && takes_none && open.commands.sorted().iter().any(|command| command.path().starts_with(&below))
}
/// The chats that the arguments could mean: an argument whose type is the
/// plugin's own may be one, and `#ops` or `here` name a chat as well as its full
/// spelling does. After them all once more, each as the chat that it is a part of:
/// what is said of a group is said of its topics.
pub(crate) fn resolved(
    args: &[(String, Vec<String>)],
    networks: &Networks,
    from: &ChatId,
) -> Vec<(String, Vec<String>)> {
    let chats: Vec<(&String, Vec<ChatId>)> = args
        .iter()
        .map(|(name, words)| (name, words.iter().filter_map(|word| networks.resolve(word, from).ok()).collect()))
        .collect();
    let shown = |of: &dyn Fn(&ChatId) -> ChatId| {
        let shown = |(name, chats): &(&String, Vec<ChatId>)| {
            ((*name).clone(), chats.iter().map(|chat| of(chat).to_string()).collect())
        };
        chats.iter().map(shown).collect::<Vec<_>>()
    };
    let (exactly, whole) = (shown(&ChatId::clone), shown(&|chat| networks.whole(chat)));
    if exactly == whole { exactly } else { [exactly, whole].concat() }
}
/// What to say to a verdict that is no yes.
fn refusal(path: &str, verdict: &access::Verdict) -> Option<Text> {
    match (verdict.decision, &verdict.because) {
        (Decision::Allowed | Decision::OnArguments, _) => None,
        (Decision::PrivateOnly, _) => Some(texts::in_private_only(path)),
        (Decision::Refused, Because::NotAdmin) => Some(texts::admins_only(path)),
        (Decision::Refused, Because::NotListed) => Some(texts::listed_only(path)),
        (Decision::Refused, Because::NoRole(role)) => Some(texts::role_only(path, role)),
        (Decision::Refused, _) => Some(texts::refused_by_rule(path)),
    }
}
fn as_reply(result: Result<Reply>, reference: &str) -> Reply {
    match result {
        Ok(reply) => Reply { buttons: buttons::command_lines(reply.buttons), ..reply },
        Err(Error::User(text)) => text.into(),
        Err(Error::Internal(error)) => {
            if let Some(unwell) = crate::health::Unwell::of(&error) {
                return texts::not_stored(unwell).into();
            }
            error!(error = format!("{error:#}"), "command failed");
            texts::went_wrong(reference).into()
        }
        Err(Error::Left) => Reply::default(),
    }
}
