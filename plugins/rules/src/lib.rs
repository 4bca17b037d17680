//! The endpoint of ATSD for webhooks of any form, `GET` and `POST
//! /api/v1/messages/webhook/…`, and rules that post of them: `!rules add`, `edit`, `list`,
//! `show`, `test`, `enable`, `disable`, `remove`, `alerts`, and `!webhook user add`,
//! `list`, `remove`.
//!
//! A request proves its webhook user (`proof`), becomes a message (`params`, `flatten`),
//! and moves the rules that are about it (`rule`, `expression`, `engine`); what those say
//! is filled in (`placeholders`). Without a user nothing gets in, and without a rule
//! nothing is posted.
mod commands;
mod config;
pub mod date;
pub mod engine;
mod errors;
pub mod expression;
pub mod flatten;
mod import;
pub mod message;
pub mod params;
pub mod placeholders;
pub mod proof;
pub mod rule;
mod sample;
pub mod users;
pub mod wildcard;

pub use config::Config;
use engine::{NotAbout, States};
use errors::Errors;
use factotum_plugin_api::prelude::*;
use http::StatusCode;
pub use message::{Message, Severity};
use params::Understood;
use proof::Doors;
pub use rule::{Compiled, Rule, Trigger};
use std::sync::Arc;
pub use wildcard::Fuel;

/// Where the endpoint is.
pub(crate) const PATH: &str = "/api/v1/messages/webhook";
/// The pause between two looks at what is delayed.
const LOOK: Duration = Duration::from_secs(5);

/// The plugin.
pub struct Rules {
    pub(crate) config: Config,
    pub(crate) host: Host,
    pub(crate) doors: Doors,
    /// The rules that were made in a chat, by name.
    pub(crate) stored: Table<String, Rule>,
    pub(crate) states: States,
    pub(crate) errors: Errors,
    /// Those of the config.
    pub(crate) of_config: Vec<Arc<Compiled>>,
    /// All rules, by name, as they were read last.
    read: tokio::sync::Mutex<Option<Arc<Vec<Arc<Compiled>>>>>,
}

impl Plugin for Rules {
    const NAME: &'static str = "rules";
    type Config = Config;

    fn start(config: Config, host: Host) -> Result<Self> {
        let of_config = config.rules()?.into_iter().map(Arc::new).collect::<Vec<_>>();
        errors::warn_of_nowhere(of_config.iter().map(Arc::as_ref), &host);
        Ok(Rules {
            doors: Doors::new(host.store.table("users")?, host.clock.clone())?,
            stored: host.store.table("rules")?,
            states: States::new(host.store.table("states")?, host.clone()),
            errors: Errors::new(host.store.table("errors")?),
            of_config,
            read: Default::default(),
            config,
            host,
        })
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        self.add_commands(commands);
        commands.first_steps(|rules| Box::pin(rules.first_steps()));
    }
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        // The path after it is the source; there may be none.
        let (rest, challenge) = (format!("{PATH}/{{*rest}}"), "Basic realm=\"factotum\", charset=\"UTF-8\"");
        hooks
            .post(rest.clone(), Self::proof, Self::request)
            .sample(sample::make)
            .open_params(["rest"])
            .challenge(challenge);
        hooks.get(rest, Self::proof, Self::request).open_params(["rest"]).challenge(challenge);
        for path in [PATH.to_owned(), format!("{PATH}/")] {
            hooks.post(path.clone(), Self::proof, Self::request).challenge(challenge);
            hooks.get(path, Self::proof, Self::request).challenge(challenge);
        }
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.every("delays", LOOK, Self::look);
    }
    async fn status(&self) -> Result<Text> {
        let rules = self.rules().await?;
        let users = self.doors.users.all(&[]).await?.len();
        if rules.is_empty() && users == 0 {
            return Ok(Text::default());
        }
        let on = rules.iter().filter(|rule| rule.rule.enabled).count();
        Ok(format!("rules: {on} of {} enabled, webhook users: {users}", rules.len()).into())
    }
}
register!(Rules);

impl Rules {
    /// What to begin with while nobody may write and nothing is posted.
    async fn first_steps(&self) -> Result<Vec<Text>> {
        let set_up = !self.rules().await?.is_empty() || !self.doors.users.all(&[]).await?.is_empty();
        Ok(if set_up { vec![] } else { vec![command("webhook user add NAME ENTITY"), code("[plugins.rules]")] })
    }
    /// All rules, by name; one of the config stands before one of the same name.
    pub(crate) async fn rules(&self) -> Result<Arc<Vec<Arc<Compiled>>>> {
        let mut read = self.read.lock().await;
        if let Some(rules) = &*read {
            return Ok(rules.clone());
        }
        let mut rules = self.of_config.clone();
        for (name, rule) in self.stored.all(&[]).await? {
            if rules.iter().any(|known| known.name == name) {
                continue;
            }
            match Compiled::of(&name, rule) {
                Ok(rule) => rules.push(rule.into()),
                Err(error) => {
                    tracing::warn!(rule = name, error = %error.into_anyhow(), "a stored rule cannot be read");
                }
            }
        }
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        let rules = Arc::new(rules);
        *read = Some(rules.clone());
        Ok(rules)
    }
    /// The stored rules that cannot be read, so that they are at rest; and why.
    pub(crate) async fn unreadable(&self) -> Result<Vec<(String, String)>> {
        let mut unreadable = vec![];
        for (name, rule) in self.stored.all(&[]).await? {
            if self.of_config.iter().any(|known| known.name == name) {
                continue;
            }
            if let Err(why) = Compiled::of(&name, rule) {
                unreadable.push((name, why.into_anyhow().to_string()));
            }
        }
        Ok(unreadable)
    }
    /// The rules have changed.
    pub(crate) async fn read_again(&self) {
        *self.read.lock().await = None;
    }

    async fn proof(&self, request: &Request) -> Result<(), Refusal> {
        let user = self.doors.user(request).await?;
        // What cannot be understood is the handler's to say: it keeps the body.
        let Ok(understood) = request.once(params::understand) else { return Ok(()) };
        let entity = &understood.message.entity;
        match *entity == user.entity {
            true => Ok(()),
            false => Err(Refusal::Forbidden(format!("the user may write {}, and not {entity}", user.entity))),
        }
    }
    async fn request(&self, request: &Request) -> Result<Outcome, Refusal> {
        let understood = request.once(params::understand)?;
        let Understood { message, debug } = &*understood;
        let rules = self.rules().await?;
        let (mut notices, mut said, mut about) = (vec![], vec![], vec![]);
        // A rule that fails is noted, and stops no other.
        let fails = async |rule: &Compiled, what: String| {
            let (id, at) = (request.id, request.received_at);
            self.errors.note(rule, &message.entity, id, at, &what).await;
            format!("{} rule error: {what}", rule.name)
        };
        for rule in rules.iter() {
            match engine::is_about(rule, message) {
                Ok(()) => about.push(rule),
                Err(NotAbout::Failed(why)) => said.push(fails(rule, format!("filter: {why}")).await),
                Err(_) => {}
            }
        }
        let stepped = self.states.step(&about, message, request).await?;
        for (rule, stepped) in about.iter().zip(stepped) {
            let fired = match stepped {
                Ok(Some(fired)) => fired,
                Ok(None) => continue,
                Err(why) => {
                    said.push(fails(rule, format!("condition: {why}")).await);
                    continue;
                }
            };
            let silent = if fired.says { "" } else { ", not said" };
            said.push(format!("{} {}{silent}", rule.name, fired.trigger));
            if fired.says {
                let (text, failures) = engine::text(rule, message, fired, request.received_at);
                notices.extend(engine::notices(rule, &text));
                if !failures.is_empty() {
                    said.push(fails(rule, failures.join("; ")).await);
                }
            }
        }
        let summary = if said.is_empty() { "no rule fired".to_owned() } else { said.join("; ") };
        let outcome = Outcome::from_iter(notices).summary(format!("{}: {summary}", message.entity));
        if !debug {
            return Ok(outcome);
        }
        let json = serde_json::to_vec_pretty(message).map_err(Error::from)?;
        Ok(outcome.answer(StatusCode::OK, json))
    }
    /// Says what was delayed, and ends what time has ended.
    async fn look(&self, tick: &Tick) -> Result<()> {
        let rules = self.rules().await?;
        self.states.sweep().await?;
        self.errors.write(|name| rules.iter().any(|rule| rule.name == name)).await?;
        for rule in rules.iter().filter(|rule| rule.rule.enabled) {
            let post = |text: Text, key: String| async move {
                for notice in engine::notices(rule, &text) {
                    let once = format!("{key} {}", notice.to);
                    self.host.outbox.post(notice, Some(once)).await?;
                }
                Ok(())
            };
            self.states.pass(rule, tick.at, post).await?;
        }
        Ok(())
    }
}
