//! A running host: its parts in the order of their start, and their end.
use crate::{
    config::Loaded,
    console,
    dead_letters::TellAdmins,
    dispatch::{Dispatch, lane::DispatchInbox, menu},
    health,
    http::{self, hooks::HookServer},
    jobs::LONG_RUN,
    journal::Journal,
    links,
    networks::Networks,
    outbox::Outbox,
    registry::{self, Known, Registry, State},
    services::{Follow, Shared, to_networks::ToNetworks},
    store::SledStore,
    texts::{self, News},
};
use anyhow::Context;
use factotum_plugin_api::{
    Host, Registration,
    chat::{Inbox, Network, NetworkRegistration},
    clock::Clock,
    secret::scrub,
};
use std::{
    collections::BTreeMap,
    fs::{File, TryLockError},
    io::{Read, Seek, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tracing::{Instrument, error, info, info_span, warn};

/// How long running handlers and exchanges may go on after a stop.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long the listener may take to drop what did not finish in time.
const STOP_GRACE: Duration = Duration::from_secs(5);
/// What the journal may take after a handler that used all its time.
const HANDLER_GRACE: Duration = Duration::from_secs(5);
/// How often the store is exported.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(86_400);
/// How often the journal is swept; more often, so that a flood cannot outgrow its cap for long.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// What a host is made of.
pub struct Parts {
    /// The config, checked.
    pub config: Loaded,
    /// The folder of the stores; made when missing.
    pub data: PathBuf,
    /// The time.
    pub clock: Clock,
    /// The plugins of the binary.
    pub plugins: Vec<Registration>,
    /// The plugins of the binary's list, built in or not.
    pub known: Vec<Known>,
    /// Networks that are there already, by name: the console, or a test's own.
    pub networks: Vec<(String, Arc<dyn Network>)>,
}

/// A host at work.
pub struct Running {
    /// What its parts share.
    pub shared: Arc<Shared>,
    /// Its plugins.
    pub registry: Arc<Registry>,
    /// Takes lines to handlers.
    pub dispatch: Arc<Dispatch>,
    outbox: Outbox,
    store: Arc<SledStore>,
    stop: watch::Sender<bool>,
    listener: JoinHandle<()>,
    networks: Vec<JoinHandle<()>>,
    upkeep: JoinHandle<()>,
    watch: JoinHandle<()>,
    _lock: DataLock,
}

impl Running {
    /// Opens the stores, starts the plugins, then the networks, and opens the
    /// listener last: when it answers, every route is there.
    ///
    /// # Errors
    /// Another host on the same folder, a store that cannot be opened, a plugin
    /// or network that refuses its config, a port that is taken.
    pub async fn start(parts: Parts) -> anyhow::Result<Self> {
        let Parts { config, data, clock, plugins, known, networks } = parts;
        for warning in config.warnings() {
            warn!(%warning, "the config could be safer");
        }
        let lock = DataLock::take(&data)?;
        let used_before = data.join("store").exists();
        let new_journal = std::fs::metadata(data.join("journal.db")).map_or(0, |file| file.len()) == 0;
        // Before the store, so that a store without a journal had one, even after a
        // start that was cut short.
        let (journal, mut journal_news) =
            Journal::open(&data.join("journal.db"), clock.clone(), config.config.journal.clone())?;
        if new_journal && used_before {
            journal_news.push(texts::journal_was_missing());
        }
        let (store, store_news) = SledStore::open(&data.join("store"), &data.join("snapshots"), clock.clone())?;
        let store = Arc::new(store);
        let shared = Arc::new(Shared::new(config, store.clone(), journal, clock.clone()).await?);
        let names: Vec<&'static str> = plugins.iter().map(|plugin| plugin.name).collect();
        shared.set_store_health(store.health().clone());
        let (networks, served) = open_networks(&shared, networks)?;
        let serving: Vec<&'static str> = served.iter().map(|(name, _)| *name).collect();
        shared.metrics.begin(crate::VERSION, &names, &serving, shared.started_at);
        store.observe(shared.metrics.store_writes());

        shared.set_networks(networks.clone());
        let outbox =
            Outbox::new(shared.journal.clone(), networks.clone(), clock.clone(), shared.config().config.outbox.clone());
        outbox.observe(Arc::new(TellAdmins(Arc::downgrade(&shared))));
        shared.set_outbox(outbox.clone());
        let builtin = crate::builtin::start(Arc::downgrade(&shared));
        let registry = Arc::new(Registry::start(shared.clone(), served, plugins, known, builtin).await?);
        shared.set_registry(&registry);

        let settings = shared.config().config.http.settings()?;
        let limit = settings.handler_timeout;
        // The handler's own limit comes first, so that its record says what was slow.
        let settings = http::HttpSettings { handler_timeout: limit + HANDLER_GRACE, ..settings };
        let listener = http::bind(settings, clock.clone()).await?;
        shared.set_http(listener.local_addr()?);
        let dispatch = Arc::new(Dispatch::new(shared.clone()));
        for name in networks.0.keys() {
            // What cannot be taken up now is taken up at the next start: damage met here
            // is being mended, and stops nothing else.
            if let Err(error) = dispatch.resume(name).await {
                error!(network = name, error = format!("{error:#}"), "unfinished commands could not be taken up");
            }
        }
        menu::offer(&shared, &registry).await;
        let networks = run_networks(&networks, &dispatch, &shared);
        outbox.start().await?;
        registry.begin_jobs();
        let (stop, mut stopped) = watch::channel(false);
        let stopped = async move { drop(stopped.wait_for(|stop| *stop).await) };
        let answers = Arc::new(HookServer::new(shared.clone(), limit));
        let listener = tokio::spawn(listener.serve(answers, stopped));
        let upkeep = tokio::spawn(upkeep(shared.clone(), store.clone()));
        let watch = tokio::spawn(watch(shared.clone(), store.clone()));
        let news: Vec<News> = store_news.into_iter().chain(journal_news).collect();
        if !news.is_empty() {
            error!(news = news.join(" "), "the stores were not as they should be");
            if let Err(error) = shared.tell_news("stores", &news).await {
                error!(error = format!("{error:#}"), "the admins could not be told of the stores");
            }
        }
        shared.tell_of_broken_texts().await;
        info!(version = crate::VERSION, listen = %shared.http().expect("set above"), "host started");
        Ok(Running { shared, registry, dispatch, outbox, store, stop, listener, networks, upkeep, watch, _lock: lock })
    }
    /// Where the hooks listen.
    pub fn http(&self) -> SocketAddr {
        self.shared.http().expect("set by start")
    }
    /// Lets `follow` see each new config; once.
    pub(crate) fn follow_config(&self, follow: Follow) {
        self.shared.set_follow(follow);
    }
    /// The line at start: which plugins are in use, where it listens, which chats connect.
    pub async fn first_line(&self) -> String {
        let unused = self.registry.first_steps().await;
        let plugins = self.registry.plugins();
        let on = plugins.iter().filter(|plugin| plugin.state == State::On && !unused.contains_key(plugin.name));
        let on: Vec<&str> = on.map(|plugin| plugin.name).collect();
        let on = if on.is_empty() { "no plugin".into() } else { on.join(", ") };
        let url = self.shared.hooks_url().expect("the listener is open");
        let chats: Vec<&str> =
            self.shared.networks().0.keys().map(String::as_str).filter(|name| *name != "console").collect();
        let chats = if chats.is_empty() { String::new() } else { format!("; chats: {}", chats.join(", ")) };
        format!("factotum {}: {on} on; hooks at {url}{chats}", crate::VERSION)
    }
    /// Returns when every line is answered and every notice that can go has gone.
    pub async fn settled(&self) {
        self.dispatch.settled().await;
        self.outbox.settled().await;
    }
    /// Stops accepting, lets what runs finish (10 s at most), and closes the stores.
    /// What is not posted by then is on disk, for the next start.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.registry.end_jobs();
        self.upkeep.abort();
        self.watch.abort();
        // At the same time, so that all of it takes no longer than the slowest. The
        // listener keeps the limit itself.
        let listener = self.shared.clock.timeout(STOP_LIMIT + STOP_GRACE, self.listener);
        let ((), listener, ()) = tokio::join!(self.dispatch.stop(STOP_LIMIT), listener, self.outbox.stop());
        if let Ok(Err(panic)) = listener {
            error!(error = %panic, "the listener did not end well");
        }
        // Last, since replies and notices went through them.
        for network in &self.networks {
            network.abort();
        }
        if let Err(error) = self.store.snapshot().await {
            error!(error = format!("{error:#}"), "the store could not be exported");
        }
        if let Err(error) = self.store.close().await {
            error!(error = format!("{error:#}"), "the store did not close well");
        }
        self.shared.journal.close().await;
        info!("host stopped");
    }
}

/// Makes every `[chats.NAME]` of the config; gives them, and what they serve.
fn open_networks(
    shared: &Arc<Shared>,
    given: Vec<(String, Arc<dyn Network>)>,
) -> anyhow::Result<(Networks, registry::Served)> {
    let mut served = vec![];
    let mut networks: BTreeMap<String, Arc<dyn Network>> = given.into_iter().collect();
    let config = shared.config();
    for chat in config.chats.iter().filter(|chat| chat.enabled) {
        if networks.contains_key(&chat.name) || chat.kind == console::NAME {
            continue; // the console is made by whoever has the terminal
        }
        let led = !chat.hears() || !config.admins_besides_console().is_empty();
        anyhow::ensure!(led, texts::no_admin(&chat.name));
        let known = || factotum_plugin_api::inventory::iter::<NetworkRegistration>.into_iter();
        let kind = known().find(|network| network.kind == chat.kind);
        let kind = kind.with_context(|| texts::unknown_network_kind(&chat.name, chat.kind))?;
        // Its own tables, also beside another network of its kind, and beside a plugin
        // of its name. Leaked, as a few names are made once in a process.
        let namespace = String::leak(format!("chats.{}", chat.name));
        let host = Host::new(namespace, Arc::new(ToNetworks::of(shared)), shared.clock.clone());
        let opened = (kind.connect)(&chat.name, chat.value.clone(), host);
        // A server's address may have the token in it.
        let opened = opened.map_err(|error| anyhow::anyhow!("{}", scrub(&format!("{:#}", error.into_anyhow()))));
        let opened = opened.with_context(|| format!("chats.{}", chat.name))?;
        networks.insert(chat.name.clone(), opened.network);
        if !opened.started.hooks.0.is_empty() {
            served.push((namespace.strip_prefix("chats.").expect("it begins so"), Arc::new(opened.started)));
        }
    }
    Ok((Networks(networks), served))
}

fn run_networks(networks: &Networks, dispatch: &Arc<Dispatch>, shared: &Arc<Shared>) -> Vec<JoinHandle<()>> {
    let inbox = Inbox::new(Arc::new(DispatchInbox(dispatch.clone())));
    let run = |(name, network): (&String, &Arc<dyn Network>)| {
        let (network, inbox) = (network.clone(), inbox.clone());
        let span = info_span!("network", name);
        tokio::spawn(supervise(name.clone(), network, inbox, shared.clone()).instrument(span))
    };
    networks.0.iter().map(run).collect()
}

/// Runs a network again when it ends by a panic, with a growing pause. One that
/// returns has no more to hear, or says that no waiting mends what is wrong.
async fn supervise(name: String, network: Arc<dyn Network>, inbox: Inbox, shared: Arc<Shared>) {
    let mut failures = 0_u32;
    loop {
        let began = shared.clock.elapsed();
        let (again, inbox) = (network.clone(), inbox.clone());
        // In a task of its own, which ends with this one.
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { again.run(inbox).await }.in_current_span());
        match tasks.join_next().await {
            Some(Ok(Ok(()))) | None => return,
            Some(Ok(Err(error))) => {
                return links::gave_up(&shared, &name, &format!("{:#}", error.into_anyhow())).await;
            }
            Some(Err(_)) => {
                error!("the network panicked; it is begun again");
                shared.links.failed(&name, texts::network_panicked());
            }
        }
        if shared.clock.elapsed().saturating_sub(began) > LONG_RUN {
            failures = 0; // it had worked for a while
        }
        shared.clock.sleep(Duration::from_secs(1 << failures.min(6))).await;
        failures += 1;
    }
}

/// Watches the networks, the stores, and the silences.
async fn watch(shared: Arc<Shared>, store: Arc<SledStore>) {
    let silences = shared.clone();
    tokio::join!(
        links::watch(shared.clone()),
        health::watch(shared, store),
        async move { silences.end_silences().await }
    );
}

/// Sweeps the journal at start and each hour, and exports the store once a day.
async fn upkeep(shared: Arc<Shared>, store: Arc<SledStore>) {
    let mut exported = shared.clock.elapsed();
    loop {
        if let Err(error) = shared.journal.sweep().await {
            error!(error = format!("{error:#}"), "the journal could not be swept");
        }
        shared.clock.sleep(SWEEP_EVERY).await;
        let now = shared.clock.elapsed();
        if now.saturating_sub(exported) < SNAPSHOT_EVERY {
            continue;
        }
        exported = now;
        if let Err(error) = store.snapshot().await {
            error!(error = format!("{error:#}"), "the store could not be exported");
        }
    }
}

/// Keeps a second host off the data folder.
pub struct DataLock(File);

impl Drop for DataLock {
    /// Closing the file is not enough: a process that is just being started has a
    /// copy of it until it runs its own program, and with it the lock.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            error!(%error, "the data folder stays locked until the process ends");
        }
    }
}

impl DataLock {
    /// Makes the folder (mode 0700) when it is missing, and takes its lock.
    ///
    /// # Errors
    /// When another process has it, naming the process and the remedy.
    pub fn take(data: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        let shown = data.display();
        if !data.is_dir() {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
            made.with_context(|| format!("making the data folder {shown}"))?;
        }
        let mut options = File::options();
        let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(data.join("lock"));
        let mut file = opened.with_context(|| format!("the data folder {shown}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                file.read_to_string(&mut owner).ok(); // only for the message
                let owner = owner.trim();
                anyhow::bail!(texts::data_in_use(&shown.to_string(), owner));
            }
            Err(TryLockError::Error(error)) => return Err(error).context(format!("locking the data folder {shown}")),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(DataLock(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_again_though_a_child_has_a_copy_of_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let lock = DataLock::take(folder.path()).unwrap();
        assert!(DataLock::take(folder.path()).is_err());
        // What a fork gives to its child.
        let copy = lock.0.try_clone().unwrap();
        drop(lock);
        drop(DataLock::take(folder.path()).unwrap());
        drop(copy);
    }
}
