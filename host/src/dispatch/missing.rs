//! A missing argument becomes a question, for every command: clap says what is
//! missing, the argument's help line is the question, its possible values are the
//! choices. Asked in private and where there are buttons; elsewhere the usage error
//! stays as it is.
//!
//! An answer is one value as it was typed, and where the argument takes several, a
//! value for each of its words. clap gets words, so they are put where no dash or
//! space of them can mean anything else.
use super::{Dispatch, offers, table, table::Command, usage};
use crate::{
    dialog::{HostDialog, Kind},
    texts,
    words::{self, UnclosedQuote},
};
use factotum_plugin_api::{
    Result,
    chat::Incoming,
    clap::{
        self, ArgMatches,
        error::{ContextKind, ErrorKind},
    },
    dialog::Question,
    text::Text,
};
use std::rc::Rc;

/// How often an argument is asked for before the usage is shown.
const TRIES: usize = 3;

/// The arguments of a command, as far as they could be had.
pub(super) enum Filled {
    /// All of them.
    Whole(Whole),
    /// This is to be said instead.
    Not(Text),
}
/// All arguments of a command.
pub(super) struct Whole {
    pub(super) matches: ArgMatches,
    /// Whether the person was asked, and time has passed.
    pub(super) asked: bool,
}

/// An argument to ask for.
struct Wanted {
    id: String,
    name: String,
    help: String,
    choices: Vec<String>,
    secret: bool,
    /// What goes before its value, `--name=`; a positional one goes last.
    option: Option<String>,
    /// Whether it takes several values.
    several: bool,
}

/// The words of a command with the answers.
struct Words<'a> {
    typed: &'a [String],
    options: Vec<String>,
    last: Vec<String>,
}

impl Words<'_> {
    fn with(&self, wanted: &Wanted, values: Vec<String>) -> Self {
        let (mut options, mut last) = (self.options.clone(), self.last.clone());
        match &wanted.option {
            Some(option) => options.extend(values.iter().map(|value| format!("{option}{value}"))),
            None => last.extend(values),
        }
        Words { typed: self.typed, options, last }
    }
    fn all(&self) -> Vec<String> {
        // After `--` nothing is an option.
        let ends = !self.last.is_empty() && !self.typed.iter().any(|word| word == "--");
        let end = ends.then(|| "--".to_owned());
        self.options.iter().chain(self.typed).chain(&end).chain(&self.last).cloned().collect()
    }
}

impl Dispatch {
    /// Parses the words of a command, and asks for what is missing.
    ///
    /// # Errors
    /// [`Error::Left`](factotum_plugin_api::Error::Left) when a question was left.
    pub(super) async fn filled(
        &self,
        command: &Command,
        words: &[String],
        incoming: &Incoming,
        dialog: &HostDialog,
    ) -> Result<Filled> {
        let may_ask = incoming.private || dialog.has_buttons();
        let mut words = Words { typed: words, options: vec![], last: vec![] };
        let mut asked = false;
        loop {
            let error = match self.parsed(command, &words, incoming) {
                Ok(matches) => return Ok(Filled::Whole(Whole { matches, asked })),
                Err(error) => error,
            };
            let wanted = wanted(command, &error).filter(|wanted| may_ask && (incoming.private || !wanted.secret));
            let Some(mut wanted) = wanted else { return Ok(Filled::Not(usage::explain(command, &error))) };
            if wanted.choices.is_empty() && !wanted.secret {
                wanted.choices = self.known_values(command, &wanted.id);
            }
            match Box::pin(self.answered(command, &words, &wanted, incoming, dialog, !asked)).await? {
                Ok(more) => words = more,
                Err(usage) => return Ok(Filled::Not(usage)),
            }
            asked = true;
        }
    }
    /// The values of an argument that the host knows though its type does not list them.
    fn known_values(&self, command: &Command, id: &str) -> Vec<String> {
        command.with_clap(|clap| {
            let arg = clap.get_arguments().find(|arg| arg.get_id() == id);
            arg.map(|arg| offers::choices(&self.shared, command, arg)).unwrap_or_default()
        })
    }
    /// Asks for one argument until the answer is one; the usage after too many that are none.
    async fn answered<'a>(
        &self,
        command: &Command,
        words: &Words<'a>,
        wanted: &Wanted,
        incoming: &Incoming,
        dialog: &HostDialog,
        first: bool,
    ) -> Result<Result<Words<'a>, Text>> {
        let mut wrong: Option<Text> = None;
        for tries_left in (0..TRIES).rev() {
            let text = texts::argument_question(&wanted.name, &wanted.help, first && wrong.is_none());
            let text = match wrong.take() {
                Some(wrong) => wrong + "\n" + text,
                None => text,
            };
            let question = Question::new(text).choices(&wanted.choices);
            let answer = dialog.put(question, if wanted.secret { Kind::Secret } else { Kind::Open }).await?;
            let answer = answer.trim();
            if answer.is_empty() {
                wrong = Some(texts::missing_argument(&wanted.name, &wanted.help));
                continue;
            }
            let values = match wanted.values(answer) {
                Ok(values) => values,
                Err(quote) => {
                    wrong = Some(texts::unclosed_quote(quote.opened_by));
                    continue;
                }
            };
            let more = words.with(wanted, values);
            match self.parsed(command, &more, incoming) {
                Err(error) if !misses_another(command, &error, wanted) => {
                    if tries_left == 0 {
                        return Ok(Err(usage::explain(command, &error)));
                    }
                    wrong = Some(what_is_wrong(command, &error, wanted));
                }
                _ => return Ok(Ok(more)),
            }
        }
        Ok(Err(texts::usage(&command.usage())))
    }
    fn parsed(
        &self,
        command: &Command,
        words: &Words<'_>,
        incoming: &Incoming,
    ) -> std::result::Result<ArgMatches, Box<clap::Error>> {
        let (networks, from) = (self.shared.networks().clone(), self.here(incoming));
        let moved = self.shared.journal.moved().clone();
        command.parse(&words.all(), Rc::new(move |word| networks.resolve(word, &from).map(|chat| moved.now(&chat))))
    }
}

/// The first argument that is missing, if all that are can be asked for.
fn wanted(command: &Command, error: &clap::Error) -> Option<Wanted> {
    if error.kind() != ErrorKind::MissingRequiredArgument {
        return None;
    }
    let missing = usage::texts_of(error, ContextKind::InvalidArg);
    command.with_clap(|clap| {
        // An answer is one value, and another command's line is many.
        let one_value = |arg: &&clap::Arg| {
            arg.get_action().takes_values()
                && arg.get_num_args().is_none_or(|values| values.min_values() <= 1)
                && !table::is_line_word(arg)
        };
        let askable = || clap.get_arguments().filter(one_value).filter(|arg| missing.contains(&arg.to_string()));
        // A group of which one is needed, or a flag, is no single question.
        let all = !missing.is_empty() && askable().count() == missing.len();
        askable().next().filter(|_| all).map(|arg| Wanted::of(command, arg))
    })
}

impl Wanted {
    fn of(command: &Command, arg: &clap::Arg) -> Self {
        let id = arg.get_id().to_string();
        let long = arg.get_long().map(|long| format!("--{long}"));
        let option = long.or_else(|| arg.get_short().map(|short| format!("-{short}")));
        let name = option.clone().unwrap_or_else(|| id.to_uppercase());
        let possible = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
        Wanted {
            id,
            name,
            help: command.help_of(arg),
            choices: possible.map(|value| value.get_name().to_owned()).collect(),
            secret: table::is_secret(arg),
            several: match option {
                Some(_) => matches!(arg.get_action(), clap::ArgAction::Append),
                None => arg.get_num_args().is_some_and(|values| values.max_values() > 1),
            },
            option: option.map(|option| option + "="),
        }
    }
    /// What an answer means: one value, or one for each word.
    fn values(&self, answer: &str) -> Result<Vec<String>, UnclosedQuote> {
        if self.several { words::split(answer) } else { Ok(vec![answer.to_owned()]) }
    }
}

/// Whether the answer was one, and the next question follows.
fn misses_another(command: &Command, error: &clap::Error, wanted: &Wanted) -> bool {
    error.kind() == ErrorKind::MissingRequiredArgument
        && self::wanted(command, error).is_none_or(|next| next.id != wanted.id)
}

/// What is wrong with an answer; of a secret nothing is repeated, and neither is
/// what was typed beside one.
fn what_is_wrong(command: &Command, error: &clap::Error, wanted: &Wanted) -> Text {
    let of_answer = matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let told = !wanted.secret && (of_answer || !command.has_secret);
    let text = told.then(|| usage::what_is_wrong(command, error)).flatten();
    text.unwrap_or_else(|| texts::wrong_answer(&wanted.name))
}
