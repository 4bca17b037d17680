//! A running host: which jobs are at work at a reload and at the stop, what its
//! networks keep apart and get again, and what is left when it has stopped.
use factotum_host::{
    config::{self, Loaded, Sources},
    console,
    running::{Parts, Running},
};
use factotum_plugin_api::{
    chat::{Inbox, Limits, Message, Network, NetworkKind, PostError},
    clock::Clock,
    prelude::*,
    schemars,
};
use factotum_testing::{Bot, START};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Condvar, LazyLock, Mutex,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};
use tokio::sync::{Notify, watch};

/// What shifts and pigeons did, in order.
static DONE: LazyLock<watch::Sender<Vec<String>>> = LazyLock::new(watch::Sender::default);
/// The doors that are open: whatever waits for one holds its thread.
static OPEN: (Mutex<BTreeSet<String>>, Condvar) = (Mutex::new(BTreeSet::new()), Condvar::new());

fn note(done: impl Into<String>) {
    DONE.send_modify(|all| all.push(done.into()));
}
/// What was done by those whose names begin like this.
fn done_by(who: &str) -> Vec<String> {
    DONE.borrow().iter().filter(|done| done.starts_with(who)).cloned().collect()
}
async fn until_done(what: &str) {
    let mut done = DONE.subscribe();
    let seen = done.wait_for(|all| all.iter().any(|done| done == what));
    let seen = tokio::time::timeout(Duration::from_secs(10), seen).await.is_ok();
    assert!(seen, "{what}: {:?}", DONE.borrow());
}
fn wait_for_door(name: &str) {
    drop(OPEN.1.wait_while(OPEN.0.lock().unwrap(), |open| !open.contains(name)).unwrap());
}
fn open_door(name: &str) {
    OPEN.0.lock().unwrap().insert(name.to_owned());
    OPEN.1.notify_all();
}
async fn turns() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// Has a job that goes on until it is ended.
struct Shift {
    config: ShiftConfig,
}
/// When people work
#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct ShiftConfig {
    /// Its name
    name: String,
    /// A door that its start waits for
    start_waits: Option<String>,
    /// A door that its job waits for, and cannot be ended before
    job_waits: Option<String>,
}
struct Gone(String);
impl Drop for Gone {
    fn drop(&mut self) {
        note(format!("{} is gone", self.0));
    }
}
impl Plugin for Shift {
    const NAME: &'static str = "shift";
    type Config = ShiftConfig;
    fn start(config: ShiftConfig, _: Host) -> Result<Self> {
        if let Some(door) = &config.start_waits {
            note(format!("{} starts", config.name));
            wait_for_door(door);
        }
        Ok(Shift { config })
    }
    fn jobs(&self, jobs: &mut Jobs<Self>) {
        jobs.run("work", Self::work);
    }
}
impl Shift {
    async fn work(&self, _: &Tick) -> Result<()> {
        note(format!("{} works", self.config.name));
        let _gone = Gone(self.config.name.clone());
        if let Some(door) = &self.config.job_waits {
            wait_for_door(door);
        }
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_jobs_of_a_new_instance_begin_when_the_old_ones_are_gone() {
    let early = "[plugins.shift]\nname = \"early\"\njob_waits = \"canteen\"";
    let mut bot = Bot::with::<Shift>().admin("ann").config(early).start().await;
    until_done("early works").await;
    bot.configure("[plugins.shift]\nname = \"late\"");
    bot.say_privately("ann", "!reload").await;
    // The old one is ended, and still busy.
    turns().await;
    assert_eq!(done_by("late"), [""; 0]);
    open_door("canteen");
    until_done("late works").await;
    let all: Vec<String> =
        DONE.borrow().iter().filter(|d| d.contains("early") || d.contains("late")).cloned().collect();
    assert_eq!(all, ["early works", "early is gone", "late works"]);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn an_old_job_that_does_not_end_holds_the_new_one_up_for_seconds_only() {
    let stubborn = "[plugins.shift]\nname = \"stubborn\"\njob_waits = \"never\"";
    let mut bot = Bot::with::<Shift>().admin("ann").config(stubborn).start().await;
    until_done("stubborn works").await;
    bot.configure("[plugins.shift]\nname = \"patient\"");
    bot.say_privately("ann", "!reload").await;
    turns().await;
    assert_eq!(done_by("patient"), [""; 0]);
    bot.pass(Duration::from_secs(5)).await;
    until_done("patient works").await;
    open_door("never");
    bot.stop().await;
}

#[tokio::test]
async fn no_job_begins_when_the_host_stops_while_a_config_is_read() {
    let mut bot = Bot::with::<Shift>().admin("ann").config("[plugins.shift]\nname = \"first\"").start().await;
    until_done("first works").await;
    bot.configure("[plugins.shift]\nname = \"second\"\nstart_waits = \"office\"");
    bot.begin_to_say_privately("ann", "!reload");
    until_done("second starts").await;
    bot.host().registry.end_jobs();
    open_door("office");
    bot.settled().await;
    assert!(bot.transcript().contains("Started anew: shift."));
    bot.say("ann", "!plugin disable shift").await;
    bot.say("ann", "!plugin enable shift").await;
    assert!(bot.transcript().contains("shift is now on."));
    turns().await;
    assert_eq!(done_by("second"), ["second starts", "second starts"]);
    bot.stop().await;
}

/// A network of a kind that may be there twice.
struct Pigeon {
    name: String,
    places: Table<String, String>,
    _host: Host,
}
/// A network by pigeon
#[derive(Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct PigeonConfig {}

impl NetworkKind for Pigeon {
    const KIND: &'static str = "pigeon";
    type Config = PigeonConfig;
    fn connect(name: &str, _: PigeonConfig, host: Host) -> Result<Self> {
        Ok(Pigeon { name: name.to_owned(), places: host.store.table("places")?, _host: host })
    }
}
#[async_trait::async_trait]
impl Network for Pigeon {
    async fn run(&self, _: Inbox) -> Result<()> {
        let key = "offset".to_owned();
        self.places.put(&key, &self.name).await?;
        note(format!("{} has written", self.name));
        wait_all(["left has written", "right has written"].map(str::to_owned), &self.name).await;
        let place = self.places.get(&key).await?.unwrap_or_default();
        note(format!("{} reads {place}", self.name));
        std::future::pending().await
    }
    async fn post(&self, _: &str, message: &Message) -> Result<String, PostError> {
        note(format!("{} posts {}", self.name, message.text.plain()));
        Ok("1".into())
    }
    fn limits(&self) -> Limits {
        Limits::default()
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        Some(word.to_owned())
    }
    fn address_form(&self) -> &'static str {
        "ann"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.to_owned())
    }
}
factotum_plugin_api::register_network!(Pigeon);

/// One of two waits until both have written.
async fn wait_all(all: [String; 2], who: &str) {
    if all.iter().any(|done| done.starts_with(who)) {
        DONE.subscribe().wait_for(|done| all.iter().all(|one| done.contains(one))).await.unwrap();
    }
}

fn config(folder: &Path, toml: &str) -> Loaded {
    let file = folder.join("factotum.toml");
    std::fs::write(&file, format!("{toml}\n[http]\nlisten = \"127.0.0.1:0\"\n")).unwrap();
    let networks =
        vec![("console", schemars::schema_for!(console::Config)), ("pigeon", schemars::schema_for!(PigeonConfig))];
    let (env, plugins, left_out) = (vec![], vec![], vec![]);
    config::load(Sources { file: Some(file), text: None, env, credentials: None, plugins, networks, left_out }).unwrap()
}
async fn start(folder: &Path, toml: &str) -> anyhow::Result<Running> {
    let (config, clock) = (config(folder, toml), Clock::manual(START.parse().unwrap()));
    let parts = Parts { config, data: folder.join("data"), clock, plugins: vec![], known: vec![], networks: vec![] };
    Running::start(parts).await
}

#[tokio::test]
async fn two_networks_of_a_kind_have_tables_of_their_own_and_nothing_is_left_after_the_stop() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "admins = [\"left:ann\"]\n[chats.left]\nnetwork = \"pigeon\"\n[chats.right]\nnetwork = \"pigeon\"";
    let host = start(folder.path(), toml).await.unwrap();
    until_done("left reads left").await;
    until_done("right reads right").await;
    let shared = Arc::downgrade(&host.shared);
    host.stop().await;
    let gone = async {
        while shared.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(10), gone).await;
    assert!(gone.is_ok(), "{} still hold what the host shared", shared.strong_count());
}

#[tokio::test]
async fn a_start_that_was_cut_short_has_lost_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "admins = [\"loft:ann\"]\n[chats.loft]\nnetwork = \"pigeon\"";
    // The very first start ends at its journal.
    let journal = folder.path().join("data/journal.db");
    std::fs::create_dir_all(&journal).unwrap();
    assert!(start(folder.path(), toml).await.is_err());
    std::fs::remove_dir(&journal).unwrap();
    let told = || done_by("loft posts");
    for _ in 0..2 {
        let host = start(folder.path(), toml).await.unwrap();
        host.settled().await;
        host.stop().await;
        assert_eq!(told(), [""; 0]);
    }
    // Somebody takes it away.
    std::fs::remove_file(&journal).unwrap();
    let host = start(folder.path(), toml).await.unwrap();
    host.settled().await;
    host.stop().await;
    insta::assert_snapshot!(told().join("\n"), @"loft posts [host] The journal was missing, and a new one was begun: what waited to be posted is lost.");
}

/// A network that panics at once three times, and once after a while.
#[derive(Default)]
struct Dizzy {
    begun: AtomicU32,
    falls: Notify,
}
#[async_trait::async_trait]
impl Network for Dizzy {
    async fn run(&self, _: Inbox) -> Result<()> {
        match self.begun.fetch_add(1, Relaxed) {
            3 => self.falls.notified().await,
            4.. => std::future::pending().await,
            _ => {}
        }
        panic!("on purpose")
    }
    async fn post(&self, _: &str, _: &Message) -> Result<String, PostError> {
        Ok("1".into())
    }
    fn limits(&self) -> Limits {
        Limits::default()
    }
    fn parse_chat(&self, _: &str) -> Option<String> {
        None
    }
    fn address_form(&self) -> &'static str {
        "bob"
    }
    fn private_chat(&self, _: &str) -> Option<String> {
        None
    }
}

#[tokio::test]
async fn a_network_that_had_worked_for_a_while_is_begun_again_soon() {
    let dizzy = Arc::new(Dizzy::default());
    let bot = Bot::bare().network("dizzy", dizzy.clone()).start().await;
    let pass = async |secs| {
        turns().await;
        bot.pass(Duration::from_secs(secs)).await;
        turns().await;
        dizzy.begun.load(Relaxed)
    };
    assert_eq!([pass(0).await, pass(1).await, pass(2).await, pass(4).await], [1, 2, 3, 4]);
    pass(61).await;
    dizzy.falls.notify_one();
    assert_eq!([pass(0).await, pass(1).await], [4, 5]);
    bot.stop().await;
}
