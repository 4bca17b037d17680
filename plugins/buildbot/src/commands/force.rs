//! `!buildbot force`: a form filled by buttons, or a whole build in one line.
//!
//! Buttons carry lines that `form::Progress` reads. What people type is a builder, its
//! fields and a reason; Buildbot's own IRC form of that is understood too.
use super::{
    MasterArg,
    form::{Progress, Step, Values, assigned},
    who,
};
use crate::{
    Buildbot,
    master::{Master, Refused},
    model::{BuildRequest, Builder, Field, ForceScheduler},
    reading::{named, no_such},
};
use factotum_plugin_api::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// So many builders get a button each in one message; Telegram takes 100 in all.
const BUTTONS: usize = 60;

/// Start a build
#[derive(Args)]
pub(super) struct ForceArgs {
    /// BUILDER [FIELD=VALUE…] [REASON…]; without a builder all is offered
    words: Vec<String>,
    /// Branch
    #[arg(long)]
    branch: Option<String>,
    /// Revision
    #[arg(long)]
    revision: Option<String>,
    /// Repository
    #[arg(long)]
    repository: Option<String>,
    /// Project
    #[arg(long)]
    project: Option<String>,
    /// Codebase that these four are of
    #[arg(long)]
    codebase: Option<String>,
    /// Other fields, as a=b,c=d
    #[arg(long)]
    props: Option<String>,
    #[command(flatten)]
    master: MasterArg,
}

impl ForceArgs {
    /// The options as fields of a form.
    fn values(&self) -> Result<Values> {
        let codebase = self.codebase.as_deref().unwrap_or_default();
        let of_code = [
            ("branch", &self.branch),
            ("revision", &self.revision),
            ("repository", &self.repository),
            ("project", &self.project),
        ];
        let mut values = Values::new();
        for (name, value) in of_code {
            let key = if codebase.is_empty() { name.to_owned() } else { format!("{codebase}_{name}") };
            values.extend(value.iter().map(|value| (key.clone(), vec![value.clone()])));
        }
        for prop in self.props.iter().flat_map(|props| props.split(',')) {
            let (key, value) =
                assigned(prop).ok_or_else(|| user_error(format!("{prop:?} is no property: one is like a=b.")))?;
            values.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        Ok(values)
    }
}

/// What can be forced on a master.
struct Desk<'a> {
    master: &'a Master,
    builders: Vec<Builder>,
    schedulers: Vec<ForceScheduler>,
}

impl Desk<'_> {
    fn builder(&self, name: &str) -> Option<&Builder> {
        named(&self.builders, name, |builder| &builder.name)
    }
    fn scheduler(&self, name: &str) -> Option<&ForceScheduler> {
        named(&self.schedulers, name, |scheduler| &scheduler.name)
    }
    fn built_by(&self, scheduler: &ForceScheduler) -> Vec<&Builder> {
        self.builders.iter().filter(|builder| scheduler.builder_names.contains(&builder.name)).collect()
    }
    /// The builder of this name, if the scheduler serves it.
    fn served(&self, scheduler: &ForceScheduler, name: &str) -> Result<&Builder> {
        let builder = self.builder(name).ok_or_else(|| no_such("builder", name))?;
        match scheduler.builder_names.contains(&builder.name) {
            true => Ok(builder),
            false => {
                Err(user_error(format!("The force scheduler {} does not serve {}.", scheduler.name, builder.name)))
            }
        }
    }
}

/// One form of one builder.
struct Filling<'a> {
    master: &'a Master,
    scheduler: &'a ForceScheduler,
    builder: &'a Builder,
    values: Values,
}

impl Buildbot {
    pub(super) async fn force(&self, call: &Call, args: ForceArgs) -> Result<Reply> {
        let master = self.one_master(call, args.master.name()).await?;
        let desk = self.desk(master).await?;
        let Some((first, rest)) = args.words.split_first() else { return Ok(self.offer_schedulers(call, &desk)) };
        let progress = Progress::read(&args.words).filter(|_| desk.scheduler(first).is_some());
        if let Some(progress) = progress.transpose()? {
            return self.go_on(call, &desk, progress).await;
        }
        let (name, rest) = match rest.split_first() {
            Some((second, rest)) if first.eq_ignore_ascii_case("build") && desk.builder(first).is_none() => {
                (second, rest)
            }
            _ => (first, rest),
        };
        match (desk.builder(name), desk.scheduler(name)) {
            (Some(builder), _) => self.force_builder(call, &desk, builder, rest, args.values()?).await,
            (None, Some(scheduler)) if rest.is_empty() => Ok(self.offer_builders(call, &desk, scheduler, 1)),
            (None, None) if Progress::read(&args.words).is_some() => Err(no_such("force scheduler", name)),
            (None, _) => Err(no_such("builder", name)),
        }
    }
    async fn desk<'a>(&self, master: &'a Master) -> Result<Desk<'a>> {
        let (mut builders, schedulers) = tokio::try_join!(master.builders(), schedulers(master))?;
        // Those that end the master are for `shutdown`, which asks first.
        let ends = |builder: &Builder| master.config.ends_it(&builder.name);
        builders.retain(|builder| !builder.masters.is_empty() && !ends(builder));
        let mut desk = Desk { master, builders, schedulers };
        let of_use: Vec<bool> = desk.schedulers.iter().map(|scheduler| !desk.built_by(scheduler).is_empty()).collect();
        let mut of_use = of_use.into_iter();
        desk.schedulers.retain(|_| of_use.next().unwrap_or_default());
        Ok(desk)
    }
    fn offer_schedulers(&self, call: &Call, desk: &Desk<'_>) -> Reply {
        match &desk.schedulers[..] {
            [] => "There is no force scheduler for a builder here.".into(),
            [only] => self.offer_builders(call, desk, only, 1),
            several => {
                several.iter().fold("Which force scheduler do you want to activate?".into(), |reply, scheduler| {
                    let words = [scheduler.name.as_str(), "config"];
                    reply.row([self.button(call, desk.master, scheduler.title().to_owned(), "force", &words)])
                })
            }
        }
    }
    /// The builders of a scheduler, the `first` of them and those that have room after it.
    fn offer_builders(&self, call: &Call, desk: &Desk<'_>, scheduler: &ForceScheduler, first: usize) -> Reply {
        let builders = desk.built_by(scheduler);
        let first = if (1..=builders.len()).contains(&first) { first } else { 1 };
        let last = builders.len().min(first.saturating_add(BUTTONS - 1));
        let mut text = Text::from("Which builder do you want to start?");
        if builders.len() > BUTTONS {
            text = text + " These are " + first + " to " + last + " of " + builders.len() + ".";
        }
        let offered = builders.iter().take(last).skip(first - 1);
        let reply = offered.fold(Reply::from(text).edits_pressed(), |reply, builder| {
            let words = [scheduler.name.as_str(), "config", &builder.name];
            reply.row([self.button(call, desk.master, builder.name.clone(), "force", &words)])
        });
        if builders.len() <= BUTTONS {
            return reply;
        }
        let next = if last < builders.len() { last + 1 } else { 1 };
        let words = [scheduler.name.as_str(), "from", &next.to_string()];
        reply.row([self.button(call, desk.master, "More...".to_owned(), "force", &words)])
    }

    /// A line of a dialog.
    async fn go_on(&self, call: &Call, desk: &Desk<'_>, progress: Progress) -> Result<Reply> {
        let scheduler =
            desk.scheduler(&progress.scheduler).ok_or_else(|| no_such("force scheduler", &progress.scheduler))?;
        let first = if let Step::From(first) = progress.step { first } else { 1 };
        let Some(builder) = &progress.builder else { return Ok(self.offer_builders(call, desk, scheduler, first)) };
        let builder = desk.served(scheduler, builder)?;
        let mut filling = Filling { master: desk.master, scheduler, builder, values: progress.values };
        match progress.step {
            Step::Config | Step::From(_) => {
                let faults = filling.check()?;
                Ok(self.form(call, &filling, &faults))
            }
            Step::Build => self.start(call, filling).await,
            Step::Ask(field) => {
                let field = scheduler.field(&field)?;
                let mut faults = filling.check()?;
                let answer = call.ask(question(field)).await?;
                match field.read(&answer) {
                    Ok(values) => drop(filling.values.insert(field.key().to_owned(), values)),
                    Err(fault) => drop(faults.insert(field.key().to_owned(), fault)),
                }
                Ok(self.form(call, &filling, &faults))
            }
        }
    }
    /// What people type: fields of the form, then a reason.
    async fn force_builder(
        &self,
        call: &Call,
        desk: &Desk<'_>,
        builder: &Builder,
        words: &[String],
        mut values: Values,
    ) -> Result<Reply> {
        let fields = words.iter().map_while(|word| assigned(word));
        let reason = words.iter().skip(fields.clone().count()).map(String::as_str).collect::<Vec<_>>().join(" ");
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        for (key, value) in fields.chain(reason.as_deref().map(|reason| ("reason", reason))) {
            values.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        let mut serving = desk.schedulers.iter().filter(|scheduler| scheduler.builder_names.contains(&builder.name));
        match (serving.next(), serving.next()) {
            (None, _) => Err(user_error(format!("No force scheduler serves {}.", builder.name))),
            (Some(scheduler), None) => {
                self.start(call, Filling { master: desk.master, scheduler, builder, values }).await
            }
            (Some(_), Some(_)) => Ok(self.offer_serving(call, desk, builder, &values)),
        }
    }
    /// The schedulers that serve a builder, each with what was typed.
    fn offer_serving(&self, call: &Call, desk: &Desk<'_>, builder: &Builder, values: &Values) -> Reply {
        let serving = desk.schedulers.iter().filter(|scheduler| scheduler.builder_names.contains(&builder.name));
        let step = || if values.is_empty() { Step::Config } else { Step::Build };
        serving.fold("Which force scheduler do you want to activate?".into(), |reply, scheduler| {
            let filling = Filling { master: desk.master, scheduler, builder, values: values.clone() };
            reply.row([self.step(call, &filling, scheduler.title().to_owned(), step())])
        })
    }

    /// The form with a button for each field.
    fn form(&self, call: &Call, filling: &Filling<'_>, faults: &BTreeMap<String, String>) -> Reply {
        let Filling { scheduler, values, .. } = filling;
        let mut text = Text::default();
        if !faults.is_empty() {
            text = text + "That cannot be:" + scheduler.faults(faults);
        }
        let builder = code(&filling.builder.name);
        text = text
            + &call.sender().name
            + ", you are about to start a new build on "
            + builder
            + "!"
            + scheduler.summary(values);
        let missing: Vec<&str> = scheduler.missing(values).into_iter().map(Field::key).collect();
        let buttons = scheduler.shown().into_iter().map(|field| {
            let mark = if missing.contains(&field.key()) { "⚠ " } else { "" };
            let verb = if field.is_empty(values) { "Set" } else { "Change" };
            let label = format!("{mark}{verb} {}", scheduler.button_title(field));
            self.step(call, filling, label, Step::Ask(field.key().to_owned()))
        });
        let buttons: Vec<Button> = buttons.collect();
        let mut reply = Reply::from(text).edits_pressed();
        reply = buttons.chunks(2).fold(reply, |reply, row| reply.row(row.iter().cloned()));
        if missing.is_empty() {
            reply = reply.row([self.step(call, filling, "Start Build".to_owned(), Step::Build)]);
        }
        reply
    }
    /// A button that goes on from here.
    fn step(&self, call: &Call, filling: &Filling<'_>, label: String, step: Step) -> Button {
        let Filling { scheduler, builder, values, .. } = filling;
        let (scheduler, builder) = (scheduler.name.clone(), Some(builder.name.clone()));
        let words = Progress { scheduler, step, builder, values: values.clone() }.words();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.button(call, filling.master, label, "force", &words)
    }
    /// Starts the build, or shows what is in its way.
    async fn start(&self, call: &Call, mut filling: Filling<'_>) -> Result<Reply> {
        let faults = filling.check()?;
        if !faults.is_empty() || !filling.scheduler.missing(&filling.values).is_empty() {
            return Ok(self.form(call, &filling, &faults));
        }
        let Filling { master, scheduler, builder, values } = &filling;
        match force(master, scheduler, builder, values, &who(call)).await {
            Ok(request) => {
                let text = Text::from("Force build successfully requested: ") + requested(master, &request);
                Ok(Reply::from(text + " of " + code(&builder.name) + ".").edits_pressed())
            }
            Err(Refused::Fields(faults)) => Ok(self.form(call, &filling, &faults)),
            Err(Refused::Error(error)) => Err(error),
        }
    }
}

impl Filling<'_> {
    /// Leaves the values that can be sent, in the words of the form; gives what is wrong
    /// with the others.
    fn check(&mut self) -> Result<BTreeMap<String, String>> {
        let (values, faults) = self.scheduler.check(&self.values)?;
        self.values = values;
        Ok(faults)
    }
}

fn question(field: &Field) -> Question {
    let several = if field.multiple { " Several are separated by commas." } else { "" };
    let text = format!("Enter the new value for the {}...{several}", field.title());
    Question::new(text).choices(field.offered())
}

/// The schedulers that people may start builds with.
pub(super) async fn schedulers(master: &Master) -> Result<Vec<ForceScheduler>> {
    let mut schedulers: Vec<ForceScheduler> = master.list("forceschedulers", "forceschedulers").await?;
    schedulers.retain(|scheduler| scheduler.enabled != Some(false));
    schedulers.sort_by_cached_key(|scheduler| scheduler.name.to_lowercase()); // a master has no order
    Ok(schedulers)
}

/// Forces one builder, and gives the request that is there then. What becomes of it is
/// its own: it may wait, or be merged with another.
pub(super) async fn force(
    master: &Master,
    scheduler: &ForceScheduler,
    builder: &Builder,
    values: &Values,
    who: &str,
) -> Result<BuildRequest, Refused> {
    let path = format!("forceschedulers/{}", crate::master::piece(&scheduler.name));
    let answer = master.control(&path, "force", scheduler.params(&builder.name, values, who)).await?;
    let none = || user_error(format!("The master took it, and there is no request for a build of {}.", builder.name));
    // [buildset, {"builder": request}]
    let id = answer.get(1).and_then(|of| of.get(builder.id.to_string())).and_then(Value::as_i64).ok_or_else(none)?;
    Ok(master.one("buildrequests", &format!("buildrequests/{id}")).await?.ok_or_else(none)?)
}

/// `request #7`, with a link.
pub(super) fn requested(master: &Master, request: &BuildRequest) -> Text {
    link(format_args!("request #{}", request.id), master.page(&format!("buildrequests/{}", request.id)))
}
