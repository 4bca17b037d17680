//! Which plugins there are, which are on, and the tables made of them.
//!
//! Every change (a plugin enabled or disabled) makes new tables and swaps them
//! in whole: a line or request that runs keeps the ones it began with.
mod reload;
mod setup;

use crate::{
    access::{self, Rules},
    config::{KeyPath, Loaded, Mistake, Mistakes, PluginSection},
    dispatch::{help::HOST, menu, table::CommandTable},
    http::hooks::{HookTable, Owner, Owners},
    jobs::{AtWork, JobTasks},
    services::{
        Shared,
        dry::{DryServices, Posted},
    },
    texts,
};
use factotum_plugin_api::{
    Error, Host, Registration, Result, Services, Started,
    clock::Clock,
    language,
    store::{Table, Tables},
    text::Text,
    user_error,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tracing::{error, warn};

/// How long a plugin may take to start while the host is at work.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long a plugin may take over its section of `!status`.
const STATUS_LIMIT: Duration = Duration::from_secs(5);

/// A plugin that the binary's list names, and whether it was built in.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The plugin's name.
    pub name: &'static str,
    /// The feature of the binary that brings it.
    pub feature: &'static str,
    /// Whether this binary has it.
    pub built_in: bool,
}

/// Whether a plugin is on, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its commands, hooks and jobs are open.
    On,
    /// `enabled = false` in the config.
    OffByConfig,
    /// `!plugin disable`.
    OffByCommand,
    /// Keys that it cannot start without are not set: these.
    NeedsConfig(Vec<String>),
}

impl State {
    fn of(section: Option<&PluginSection>, by_command: bool) -> Self {
        match section {
            Some(section) if !section.enabled => State::OffByConfig,
            Some(section) if !section.missing.is_empty() => State::NeedsConfig(section.missing.clone()),
            _ if by_command => State::OffByCommand,
            _ => State::On,
        }
    }
}

/// One plugin of the binary.
struct Slot {
    registration: Registration,
    config: Value,
    state: State,
    running: Option<Running>,
}
struct Running {
    started: Arc<Started>,
    /// Aborted when dropped: disabling a plugin ends its jobs.
    jobs: JobTasks,
}

/// What a plugin is and how it stands, for `!repos` and `!plugin`.
#[derive(Clone, Debug)]
pub struct PluginInfo {
    /// Its name.
    pub name: &'static str,
    /// The version of its crate.
    pub version: &'static str,
    /// One line on it.
    pub about: &'static str,
    /// Whether it is on.
    pub state: State,
    /// The paths of its commands.
    pub commands: Vec<String>,
    /// Its hooks, as `POST /travis`.
    pub hooks: Vec<String>,
    /// The names of its jobs.
    pub jobs: Vec<&'static str>,
}

/// The tables of all plugins that are on, and the rules that go with them: a line
/// is decided by those of one moment.
pub struct OpenTables {
    /// Who may run what.
    pub rules: Arc<Rules>,
    /// What can be typed.
    pub commands: CommandTable,
    /// What can be called.
    pub hooks: HookTable,
}

/// What the networks serve, by their names.
pub(crate) type Served = Vec<(&'static str, Arc<Started>)>;

/// All plugins of the binary.
pub struct Registry {
    shared: Arc<Shared>,
    known: Vec<Known>,
    slots: RwLock<BTreeMap<&'static str, Slot>>,
    /// The host's own commands, which cannot be disabled.
    builtin: Arc<Started>,
    served: Served,
    open: RwLock<Arc<OpenTables>>,
    /// Whose hook a path is, also where the plugin is off.
    owners: RwLock<Owners>,
    disabled: Table<String, bool>,
    /// Set under the lock of `slots` at the stop: no job begins any more.
    ended: AtomicBool,
    /// The plugins that are not in use and stand in no menu.
    left_out_of_menus: tokio::sync::Mutex<BTreeSet<&'static str>>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
}

impl Registry {
    /// Starts every plugin that is on. Their jobs begin with [`Registry::begin_jobs`].
    ///
    /// # Errors
    /// A plugin registered twice, two commands or hooks of one name, and what a
    /// plugin says of its config; each names the plugin.
    pub(crate) async fn start(
        shared: Arc<Shared>,
        served: Served,
        mut registrations: Vec<Registration>,
        known: Vec<Known>,
        builtin: Started,
    ) -> anyhow::Result<Self> {
        registrations.sort_by_key(|plugin| plugin.name);
        let disabled: Table<String, bool> =
            Tables::new(shared.store(), "host").table("disabled_plugins").map_err(Error::into_anyhow)?;
        let builtin = Arc::new(builtin);
        let (mut slots, mut all) = (BTreeMap::new(), vec![(HOST, builtin.clone())]);
        let (config, mut mistakes) = (shared.config(), vec![]);
        for registration in registrations {
            let name = registration.name;
            let named = name != HOST && name.starts_with(|c: char| c.is_ascii_lowercase());
            let named =
                named && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
            anyhow::ensure!(named, "a plugin cannot be called {name:?}: a name is lower-case letters, digits, - and _");
            let section = config.plugin(name);
            let value = section.map_or_else(|| serde_json::json!({}), |section| section.value.clone());
            let by_command = disabled.get(&name.to_owned()).await.map_err(Error::into_anyhow)?.is_some();
            let state = State::of(section, by_command);
            let mut slot = Slot { registration, config: value, state, running: None };
            if let State::NeedsConfig(_) = slot.state {
                anyhow::ensure!(slots.insert(name, slot).is_none(), "the plugin {name} is registered twice");
                continue;
            }
            // A plugin that is off is started too: its config, and the access rules
            // that speak of its commands, are checked all the same.
            let started = match start(&slot.registration, slot.config.clone(), &shared) {
                Ok(started) => Arc::new(started),
                Err(error) => {
                    mistakes.push(refused(&config, name, &error));
                    continue;
                }
            };
            all.push((name, started.clone()));
            if slot.state == State::On {
                slot.running = Some(Running { started, jobs: JobTasks::default() });
            }
            anyhow::ensure!(slots.insert(name, slot).is_none(), "the plugin {name} is registered twice");
        }
        anyhow::ensure!(mistakes.is_empty(), Mistakes::sorted(mistakes));
        let needs_config = slots.iter().filter(|(_, slot)| matches!(slot.state, State::NeedsConfig(_)));
        let unseen: Vec<&str> = needs_config.map(|(name, _)| *name).chain(left_out(&known)).collect();
        for warning in check_rules(&config, &shared.rules(), &all, &unseen)? {
            warn!(%warning, "an access rule could not be checked");
        }
        let owners = RwLock::new(check_hooks(&served, &all)?);
        let open = RwLock::new(Arc::new(open_tables(&builtin, &served, &running(&slots), shared.rules())?));
        let (slots, changing) = (RwLock::new(slots), tokio::sync::Mutex::new(()));
        let ended = AtomicBool::new(false);
        let left_out_of_menus = tokio::sync::Mutex::default();
        Ok(Registry {
            shared,
            known,
            slots,
            builtin,
            served,
            open,
            owners,
            disabled,
            ended,
            left_out_of_menus,
            changing,
        })
    }
    /// The tables of now.
    pub fn open(&self) -> Arc<OpenTables> {
        self.open.read().expect("no panic inside").clone()
    }
    /// Whose hook a path is, whether the plugin is on or not; none is known of one
    /// that cannot start.
    pub(crate) fn owner_of(&self, path: &str) -> Option<Owner> {
        self.owners.read().expect("no panic inside").of(path)
    }
    /// Begins the jobs of every plugin that is on.
    pub fn begin_jobs(&self) {
        for slot in self.slots.write().expect("no panic inside").values_mut() {
            if let Some(running) = &mut slot.running {
                running.jobs = self.begin(slot.registration.name, &running.started, &AtWork::default());
            }
        }
    }
    /// Begins the jobs of a plugin, unless the host stops. Under the lock of `slots`.
    fn begin(&self, name: &'static str, started: &Arc<Started>, before: &AtWork) -> JobTasks {
        match self.ended.load(Ordering::Relaxed) {
            true => JobTasks::default(),
            false => JobTasks::begin(name, started, before, &self.shared),
        }
    }
    /// Ends the jobs of every plugin; none begins after it.
    pub fn end_jobs(&self) {
        let mut slots = self.slots.write().expect("no panic inside");
        self.ended.store(true, Ordering::Relaxed);
        for slot in slots.values_mut() {
            if let Some(running) = &mut slot.running {
                running.jobs = JobTasks::default();
            }
        }
    }
    /// Turns a plugin on: a new instance is started. Kept over restarts. Whether
    /// it was off.
    ///
    /// # Errors
    /// For the person: no such plugin, off by the config, or what the plugin says.
    pub async fn enable(&self, name: &str) -> Result<bool> {
        let _one_at_a_time = self.changing.lock().await;
        let name = self.find(name)?;
        match self.state(name) {
            State::On => return Ok(false),
            State::OffByConfig => return Err(user_error(self.off_by_config(name))),
            State::NeedsConfig(keys) => return Err(user_error(texts::needs_config(name, &keys))),
            State::OffByCommand => {}
        }
        // The plugin's own code runs under no lock, and nothing is changed before it is done.
        let (registration, config) = {
            let slots = self.slots.read().expect("no panic inside");
            (slots[name].registration, slots[name].config.clone())
        };
        let started = start_aside(registration, config, &self.shared).await;
        let started = started.map_err(|error| user_error(format!("{error:#}")))?;
        let mut all = self.running();
        all.push((name, started.clone()));
        all.sort_by_key(|(name, _)| *name);
        let tables = open_tables(&self.builtin, &self.served, &all, self.shared.rules())?;
        self.disabled.remove(&name.to_owned()).await?;
        self.change(name, State::On, Some(started), tables);
        menu::offer(&self.shared, self).await;
        Ok(true)
    }
    /// Turns a plugin off: its commands, hooks and jobs are gone. Kept over
    /// restarts. Whether it was on.
    ///
    /// # Errors
    /// For the person: no such plugin.
    pub async fn disable(&self, name: &str) -> Result<bool> {
        let _one_at_a_time = self.changing.lock().await;
        let name = self.find(name)?;
        if self.state(name) != State::On {
            return Ok(false);
        }
        let others: Vec<_> = self.running().into_iter().filter(|(other, _)| *other != name).collect();
        let tables = open_tables(&self.builtin, &self.served, &others, self.shared.rules())?;
        self.disabled.put(&name.to_owned(), &true).await?;
        self.change(name, State::OffByCommand, None, tables);
        menu::offer(&self.shared, self).await;
        Ok(true)
    }
    fn change(&self, name: &'static str, state: State, started: Option<Arc<Started>>, tables: OpenTables) {
        let mut slots = self.slots.write().expect("no panic inside");
        let slot = slots.get_mut(name).expect("whoever changes it has found it");
        slot.state = state;
        let jobs = started.as_ref().map(|started| self.begin(name, started, &AtWork::default()));
        let running = started.zip(jobs).map(|(started, jobs)| Running { started, jobs });
        let old = std::mem::replace(&mut slot.running, running);
        *self.open.write().expect("no panic inside") = Arc::new(tables);
        drop(slots);
        drop_aside(old);
    }
    /// The plugins that are on, by name.
    fn running(&self) -> Vec<(&'static str, Arc<Started>)> {
        running(&self.slots.read().expect("no panic inside"))
    }
    /// Every plugin of the binary, by name.
    pub fn plugins(&self) -> Vec<PluginInfo> {
        self.slots.read().expect("no panic inside").values().map(Slot::info).collect()
    }
    /// The plugin of that name, whatever its case.
    ///
    /// # Errors
    /// For the person: there is none, or it was left out of this binary.
    pub fn plugin(&self, name: &str) -> Result<PluginInfo> {
        let name = self.find(name)?;
        Ok(self.slots.read().expect("no panic inside")[name].info())
    }
    /// Known plugins that this binary was built without.
    pub fn left_out(&self) -> Vec<Known> {
        self.known.iter().filter(|known| !known.built_in).copied().collect()
    }
    /// The `!status` section of every plugin that is on, by name; one that fails
    /// says that it did, and the log says why.
    pub async fn statuses(&self) -> Vec<(&'static str, Text)> {
        let ask = |started: Arc<Started>| {
            let clock = self.shared.clock.clone();
            // A task each: one that panics or hangs costs its own section only.
            let reads = language::current();
            let ask = async move { clock.timeout(STATUS_LIMIT, (started.status)(&started.plugin)).await };
            tokio::spawn(reads.during(ask))
        };
        let asked: Vec<_> = self.running().into_iter().map(|(name, started)| (name, ask(started))).collect();
        let mut sections = vec![];
        for (name, section) in asked {
            let failed = match section.await {
                Ok(Ok(Ok(section))) => {
                    sections.push((name, section));
                    continue;
                }
                Ok(Ok(Err(error))) => error.into_anyhow(),
                Ok(Err(elapsed)) => elapsed.into(),
                // Without the panic's words, which may repeat a secret.
                Err(panic) => anyhow::anyhow!("it {}", if panic.is_panic() { "panicked" } else { "was stopped" }),
            };
            error!(plugin = name, error = format!("{failed:#}"), "the plugin gave no status");
            sections.push((name, texts::no_status()));
        }
        sections
    }
    /// Starts a second instance of a plugin beside the one that runs, which changes
    /// nothing, and keeps what it would post.
    ///
    /// # Errors
    /// What the plugin says of its config, or that it panicked or hung.
    pub(crate) async fn rehearse(&self, name: &'static str) -> anyhow::Result<(Arc<Started>, Posted)> {
        let (registration, config) = {
            let slots = self.slots.read().expect("no panic inside");
            let slot = slots.get(name).ok_or_else(|| anyhow::anyhow!("there is no plugin {name}"))?;
            (slot.registration, slot.config.clone())
        };
        let (dry, posted) = DryServices::beside(self.shared.clone());
        let clock = self.shared.clock.clone();
        let started = aside(&self.shared.clock, move || dry.start(&registration, config, clock)).await?;
        Ok((started, posted))
    }
    /// Where the config says that a plugin is off.
    fn off_by_config(&self, name: &str) -> String {
        let key = format!("plugins.{name}.enabled");
        let said = self.shared.config().show(Some(&key)).pop();
        texts::off_by_config(name, said.map(|said| said.source).as_ref())
    }
    fn state(&self, name: &str) -> State {
        self.slots.read().expect("no panic inside")[name].state.clone()
    }
    fn find(&self, name: &str) -> Result<&'static str> {
        let slots = self.slots.read().expect("no panic inside");
        if let Some(found) = slots.keys().find(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(found);
        }
        if let Some(known) = self.known.iter().find(|known| known.name.eq_ignore_ascii_case(name)) {
            return Err(user_error(texts::not_in_this_binary(known.name, known.feature)));
        }
        Err(user_error(texts::unknown_plugin(name, self.shared.config().config.commands.prefix())))
    }
}

/// The plugins that are on, by name.
fn running(slots: &BTreeMap<&'static str, Slot>) -> Vec<(&'static str, Arc<Started>)> {
    slots.iter().filter_map(|(name, slot)| Some((*name, slot.running.as_ref()?.started.clone()))).collect()
}

fn start(registration: &Registration, config: Value, shared: &Arc<Shared>) -> anyhow::Result<Started> {
    let host = Host::new(registration.name, shared.clone(), shared.clock.clone());
    (registration.start)(config, host).map_err(Error::into_anyhow)
}

/// As [`start`], for a host at work: a plugin that panics or hangs there costs
/// itself alone.
async fn start_aside(registration: Registration, config: Value, shared: &Arc<Shared>) -> anyhow::Result<Arc<Started>> {
    let host = shared.clone();
    aside(&shared.clock, move || start(&registration, config, &host)).await
}
async fn aside(
    clock: &Clock,
    start: impl FnOnce() -> anyhow::Result<Started> + Send + 'static,
) -> anyhow::Result<Arc<Started>> {
    let starting = tokio::task::spawn_blocking(move || start().map(Arc::new));
    match clock.timeout(START_LIMIT, starting).await {
        Ok(Ok(started)) => started,
        // Without the panic's words, which may repeat its config.
        Ok(Err(_)) => anyhow::bail!(texts::panicked_at_start()),
        Err(_) => anyhow::bail!(texts::not_ready_within(START_LIMIT)),
    }
}

/// Lets go of plugins where their own code holds up nobody, under no lock.
fn drop_aside<T: Send + 'static>(plugins: T) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        drop(runtime.spawn_blocking(move || drop(plugins)));
    }
}

impl Drop for OpenTables {
    /// The last to hold old tables is often the very command that changed them.
    fn drop(&mut self) {
        drop_aside((std::mem::take(&mut self.commands), std::mem::take(&mut self.hooks)));
    }
}

impl Slot {
    fn info(&self) -> PluginInfo {
        let Registration { name, version, about, .. } = self.registration;
        let (mut commands, mut hooks, mut jobs) = (vec![], vec![], vec![]);
        if let Some(Running { started, .. }) = &self.running {
            commands.extend(started.commands.entries.iter().map(|entry| entry.paths[0].clone()));
            hooks.extend(started.hooks.0.iter().map(|hook| format!("{} {}", hook.method, hook.path)));
            jobs.extend(started.jobs.0.iter().map(|job| job.name));
        }
        PluginInfo { name, version, about, state: self.state.clone(), commands, hooks, jobs }
    }
}

/// What a plugin says of its section.
pub(crate) fn refused(config: &Loaded, plugin: &str, error: &anyhow::Error) -> Mistake {
    config.mistake(&KeyPath::of(["plugins", plugin]), format!("{error:#}"))
}

/// Known plugins that the binary was built without.
pub(crate) fn left_out(known: &[Known]) -> impl Iterator<Item = &'static str> {
    known.iter().filter(|known| !known.built_in).map(|known| known.name)
}

/// Stops the start when an access rule speaks of a command or argument that no
/// plugin has: at run time such a rule fits nothing, and would be a hole. Gives
/// what could not be checked, since it names one of the plugins `unseen`.
pub(crate) fn check_rules(
    config: &Loaded,
    rules: &Rules,
    all: &[(&'static str, Arc<Started>)],
    unseen: &[&str],
) -> anyhow::Result<Vec<Mistake>> {
    let mut commands = CommandTable::default();
    for (name, started) in all {
        commands.add(name, started)?;
    }
    let sorted = commands.sorted();
    // A secret is for no rule's eyes: one that speaks of it would fit nothing.
    let args: Vec<Vec<String>> = sorted.iter().map(|command| command.arg_names_for_rules()).collect();
    let known = sorted.iter().zip(&args).map(|(command, args)| access::Known {
        plugin: command.plugin,
        path: command.path(),
        args: args.iter().map(String::as_str).collect(),
    });
    let known: Vec<access::Known> = known.collect();
    let seen = |command: usize, arg: &str, value: &str| sorted[command].seen_by_rules(arg, value);
    let unmet = rules.check_commands(&known, unseen).into_iter().chain(rules.check_values(&known, &seen));
    let (mut mistakes, mut warnings) = (vec![], vec![]);
    for unmet in unmet {
        let path = KeyPath::of(["access", "rules"]).index(unmet.rule).key(unmet.key);
        let all = if unmet.perhaps { &mut warnings } else { &mut mistakes };
        all.push(config.mistake(&path, unmet.message));
    }
    anyhow::ensure!(mistakes.is_empty(), Mistakes::sorted(mistakes));
    Ok(warnings)
}

/// Stops the start when two hooks are in each other's way, those of plugins that
/// are off too: nothing may be in the way of turning one on. Whose each path is.
pub(crate) fn check_hooks(served: &Served, all: &[(&'static str, Arc<Started>)]) -> anyhow::Result<Owners> {
    let mut hooks = HookTable::default();
    served.iter().try_for_each(|(name, started)| hooks.add_network(name, started))?;
    all.iter().try_for_each(|(name, started)| hooks.add(name, started))?;
    Ok(hooks.owners())
}

fn open_tables(
    builtin: &Arc<Started>,
    served: &Served,
    running: &[(&'static str, Arc<Started>)],
    rules: Arc<Rules>,
) -> anyhow::Result<OpenTables> {
    let mut tables = OpenTables { rules, commands: CommandTable::default(), hooks: HookTable::default() };
    tables.commands.add(HOST, builtin)?;
    served.iter().try_for_each(|(name, started)| tables.hooks.add_network(name, started))?;
    for (name, started) in running {
        tables.commands.add(name, started)?;
        tables.hooks.add(name, started)?;
    }
    Ok(tables)
}
