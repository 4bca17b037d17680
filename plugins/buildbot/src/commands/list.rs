//! `!buildbot list`: builders, workers, changes.
use super::MasterArg;
use crate::{
    Buildbot,
    master::Master,
    model::{Builder, Change, Worker},
    words,
};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};

/// How many changes are listed when nothing is said.
const FEW: usize = 10;
/// More than so many are asked for twice.
const MANY: usize = 50;
/// No chat is made to read more.
const MOST: usize = 1000;

/// List builders, workers or changes
#[derive(Args)]
pub(super) struct ListArgs {
    /// What to list: [all] builders, [all] workers, [all|N] changes
    #[arg(value_name = "WHAT")]
    words: Vec<String>,
    #[command(flatten)]
    master: MasterArg,
}

/// What there is to list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Builders,
    Workers,
    Changes,
}

impl Buildbot {
    pub(super) async fn list(&self, call: &Call, args: ListArgs) -> Result<Reply> {
        let name = args.master.name();
        if args.words.is_empty() {
            self.meant(name)?;
            return Ok(offers(call, name));
        }
        let (all, number, what) = read(&args.words)?;
        let text = match what {
            What::Builders => self.of_masters(name, |master| builders(master, all)).await?,
            What::Workers => self.of_masters(name, |master| workers(master, all)).await?,
            What::Changes => {
                let many = if all { MOST } else { number.unwrap_or(FEW).min(MOST) };
                let many = self.how_many(call, name, many).await?;
                self.of_masters(name, |master| changes(master, many)).await?
            }
        };
        Ok(text.unwrap_or_default().into())
    }
    /// How many changes are wanted, asked once more where it would be a flood.
    async fn how_many(&self, call: &Call, name: Option<&str>, many: usize) -> Result<usize> {
        if many <= MANY {
            return Ok(many);
        }
        let mut flood = false;
        for master in self.meant(name)? {
            let some: Vec<Change> = master.list("changes", &format!("changes?limit={}", MANY + 1)).await?;
            flood |= some.len() > MANY;
        }
        if !flood {
            return Ok(many);
        }
        let question = Question::new(format!("There are more than {MANY} changes. Post all of them here?"));
        let last = format!("last {MANY}");
        let answer = call.ask(question.choices(["all", &last])).await?;
        Ok(if answer.trim().eq_ignore_ascii_case("all") { many } else { MANY })
    }
}

/// The words after `list`.
fn read(words: &[String]) -> Result<(bool, Option<usize>, What)> {
    let (mut all, mut number, mut what) = (false, None, None);
    for word in words {
        match (word.to_lowercase().as_str(), word.parse::<usize>()) {
            ("all", _) => all = true,
            ("builders" | "builder", _) => what = Some(What::Builders),
            ("workers" | "worker", _) => what = Some(What::Workers),
            ("changes" | "change", _) => what = Some(What::Changes),
            (_, Ok(n)) if n > 0 => number = Some(n),
            _ => {
                return Err(user_error(format!(
                    "There is nothing called {word:?} to list: builders, workers or changes."
                )));
            }
        }
    }
    match what {
        Some(what) if number.is_none() || what == What::Changes => Ok((all, number, what)),
        Some(_) => Err(user_error("A number is for changes: list 20 changes.")),
        None => Err(user_error("List what: builders, workers or changes?")),
    }
}

fn offers(call: &Call, master: Option<&str>) -> Reply {
    let button = |label: &str, words: &[&str]| Button::new(label, call.typed(words::line("list", master, words)));
    Reply::from("What do you want to list?")
        .row([button("Builders", &["builders"]), button("Builders (including old ones)", &["all", "builders"])])
        .row([button("Workers", &["workers"]), button("Workers (including old ones)", &["all", "workers"])])
        .row([button("Changes (last 10)", &["changes"])])
}

async fn builders(master: &Master, all: bool) -> Result<Option<Text>> {
    let now = master.known().await?;
    let item = |builder: &Builder| {
        let mark = match (now.is_online(builder), builder.masters.is_empty()) {
            (true, _) => Text::default(),
            (false, true) => Text::from(" ") + state(State::Idle, "no longer configured"),
            (false, false) => Text::from(" ") + state(State::Bad, "offline"),
        };
        code(&builder.name) + mark
    };
    let shown = now.builders.iter().filter(|builder| all || now.is_online(builder));
    let shown: Vec<Text> = shown.map(item).collect();
    Ok(Some(found("builders", if all { "" } else { "that are online" }, shown)))
}

async fn workers(master: &Master, all: bool) -> Result<Option<Text>> {
    let workers = master.workers().await?;
    let item = |worker: &Worker| {
        let mut text = code(&worker.name);
        if worker.configured_on.is_empty() {
            text = text + " " + state(State::Idle, "no longer configured");
        } else if !worker.is_connected() {
            text = text + " " + state(State::Bad, "disconnected");
        }
        if worker.paused {
            text = text + " " + state(State::Idle, "paused");
            text = worker.pause_reason.iter().fold(text, |text, reason| text + ": " + reason);
        }
        if worker.graceful { text + " " + state(State::Running, "shutting down") } else { text }
    };
    let shown = workers.iter().filter(|worker| all || !worker.configured_on.is_empty());
    let shown: Vec<Text> = shown.map(item).collect();
    Ok(Some(found("workers", "", shown)))
}

async fn changes(master: &Master, many: usize) -> Result<Option<Text>> {
    let mut changes: Vec<Change> = master.list("changes", &format!("changes?order=-changeid&limit={many}")).await?;
    changes.reverse(); // the oldest first
    Ok(Some(found("recent changes", "", changes.iter().map(change).collect())))
}

fn change(change: &Change) -> Text {
    let comment = change.comments.lines().next().unwrap_or_default().trim();
    let comment = if comment.is_empty() { "(no comment)" } else { comment };
    let comment = match &change.revlink {
        Some(page) if !page.is_empty() => link(comment, page.as_str()),
        _ => comment.into(),
    };
    let at = Timestamp::from_second(change.when_timestamp).map(|at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let revision = change.revision.as_deref().map(short_revision);
    let of = [Some(change.repository.clone()), change.branch.clone(), revision];
    let of: Vec<String> = of.into_iter().flatten().filter(|word| !word.is_empty()).collect();
    let text = comment + " by " + &change.author + ", " + at.unwrap_or_default() + " UTC";
    if of.is_empty() { text } else { text + ", " + of.join(" ") }
}

/// A revision that is a hash, in 7 characters.
fn short_revision(revision: &str) -> String {
    let hash = revision.len() >= 12 && revision.chars().all(|c| c.is_ascii_hexdigit());
    if hash { revision.chars().take(7).collect() } else { revision.to_owned() }
}

fn found(what: &str, which: &str, items: Vec<Text>) -> Text {
    if items.is_empty() {
        let which = if which.is_empty() { String::new() } else { format!(" {which}") };
        return format!("I found no {what}{which}.").into();
    }
    Text::from("I found the following ") + bold(what) + ":\n" + list(items)
}
