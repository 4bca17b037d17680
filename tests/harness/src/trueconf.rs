//! A TrueConf Server on 127.0.0.1 for tests: its API of both generations (v3 with the
//! token in the query, v4 with a Bearer), tokens, `/vsstatus` on a port of its own, and
//! everything that goes wrong with such servers, to be set while it runs.
//! It serves `tests/fixtures/trueconf/scenario.json`, whose answers are in
//! `expectations.json` beside it. Any number of them run in one test.
//! Surprising: its time stands still until [`follow`](TrueConfServer::follow).
mod answer;
mod api;
mod certificate;
mod faults;
mod listener;
mod requests;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod v3;
mod v4;
mod world;

pub use certificate::{Certificate, Shown};
pub use faults::Fault;
pub use listener::VsStatus;
pub use requests::Requested;
pub use tokens::Refusal;
pub use world::{Conference, Participant};

use crate::door::Door;
use faults::Faults;
use requests::Log;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokens::Tokens;
use tokio::{sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;
use world::World;

/// The id of the OAuth application that the server knows.
pub const CLIENT_ID: &str = "0123456789abcdef0123456789abcdef01234567";
/// The secret of that application.
pub const CLIENT_SECRET: &str = "89abcdef0123456789abcdef0123456789abcdef";
/// What the server says of its version.
pub const VERSION: &str = "5.5.6.1000";

/// A wait for something that does not come ends with a panic that shows what did.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server; it ends when dropped.
///
/// ```no_run
/// use factotum_testing::trueconf::{TrueConfServer, CLIENT_ID, CLIENT_SECRET};
/// # async fn test() {
/// let server = TrueConfServer::start().await;
/// let config = format!(
///     "[plugins.trueconf.servers.main]\naddress = \"{}\"\nclient_id = \"{CLIENT_ID}\"\n\
///      client_secret = \"{CLIENT_SECRET}\"\nstatus_port = {}\n",
///     server.url(),
///     server.vsstatus_port()
/// );
/// // … the bot asks …
/// server.revoke_tokens();
/// server.answer_with("/api/v3.3/users", 502, "<html>Bad Gateway</html>");
/// server.wait_for("/oauth2/v1/token", 1).await;
/// println!("{}", server.requests());
/// # }
/// ```
pub struct TrueConfServer {
    core: Arc<Core>,
    tasks: Vec<JoinHandle<()>>,
}

/// What every connection shares.
struct Core {
    state: Mutex<State>,
    /// The paths that hang, as patterns.
    held: watch::Sender<BTreeSet<String>>,
    /// Changes with every request.
    changed: watch::Sender<u64>,
    /// Whether it is up; any change, also to the same, closes the connections.
    up: watch::Sender<bool>,
    door: Door,
    vs_door: Door,
    /// How `/vsstatus` answers; any change closes its connections.
    vs_status: watch::Sender<VsStatus>,
}

/// What the server knows and is told to do.
struct State {
    world: World,
    tokens: Tokens,
    faults: Faults,
    log: Log,
    tls: Option<(TlsAcceptor, Shown)>,
    v3: bool,
    v4: bool,
    version: String,
    /// The most users of a page.
    users_page_size: usize,
    /// The number of the first page of users.
    users_page_base: usize,
    /// The most rows of a page of anything else.
    page_size_max: usize,
    /// Whether a conference that is stopped already is "not found" when stopped again.
    second_stop_refused: bool,
    /// Whether rows without an end come last, and not first, in descending order.
    open_calls_last: bool,
    /// Whether running rows have a duration.
    durations: bool,
    /// Whether v4 writes times as ISO 8601, and not as numbers.
    times_as_text: bool,
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic inside")
    }
    /// Changes something, and wakes whoever waits for it.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.changed.send_modify(|n| *n += 1);
        changed
    }
}

impl TrueConfServer {
    /// A server of the scenario that speaks plain HTTP and both generations of the API.
    pub async fn start() -> Self {
        let (door, vs_door) = (Door::open("127.0.0.1:0"), Door::open("127.0.0.1:0"));
        let state = State {
            world: World::of_the_scenario(),
            tokens: Tokens::new(door.address().port()),
            faults: Faults::default(),
            log: Log::default(),
            tls: None,
            v3: true,
            v4: true,
            version: VERSION.into(),
            users_page_size: 200,
            users_page_base: 1,
            page_size_max: 500,
            second_stop_refused: false,
            open_calls_last: false,
            durations: true,
            times_as_text: false,
        };
        let core = Arc::new(Core {
            state: Mutex::new(state),
            held: watch::Sender::default(),
            changed: watch::Sender::default(),
            up: watch::Sender::new(true),
            door,
            vs_door,
            vs_status: watch::Sender::new(VsStatus::Up),
        });
        let tasks =
            vec![tokio::spawn(listener::serve(core.clone())), tokio::spawn(listener::serve_vsstatus(core.clone()))];
        TrueConfServer { core, tasks }
    }
    /// Its address without a scheme: `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.core.door.address().to_string()
    }
    /// Its address with the scheme that it speaks now: `http://127.0.0.1:PORT`, or
    /// `https://` after [`tls`](Self::tls).
    pub fn url(&self) -> String {
        let scheme = if self.core.state().tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }
    /// The port of `/vsstatus`, which is plain HTTP always.
    pub fn vsstatus_port(&self) -> u16 {
        self.vs_address().port()
    }
    fn vs_address(&self) -> SocketAddr {
        self.core.vs_door.address()
    }
    /// What was asked since the last call, a line each:
    ///
    /// ```text
    /// POST /oauth2/v1/token -> 200
    /// GET /api/v3.3/users?access_token=***&page_id=2 (good token) -> 200
    /// GET /vsstatus -> 200
    /// ```
    ///
    /// A request that was not answered yet, or never is, has no arrow.
    pub fn requests(&self) -> String {
        self.core.state().log.take_lines()
    }
    /// Everything that was asked since the start, in order.
    pub fn asked(&self) -> Vec<Requested> {
        self.core.state().log.all.clone()
    }
    /// How often a path was asked for since the start; `*` at the end is anything.
    pub fn count(&self, path: &str) -> usize {
        self.core.state().log.count(path)
    }
    /// The most requests that it had in hand at one time since the start.
    pub fn most_at_once(&self) -> usize {
        self.core.state().log.most_at_once
    }
    /// Returns when a path was asked for so many times since the start.
    ///
    /// # Panics
    /// After a minute, with what was asked.
    pub async fn wait_for(&self, path: &str, times: usize) {
        let mut changed = self.core.changed.subscribe();
        let wait = async {
            while self.count(path) < times {
                changed.changed().await.expect("self holds the sender");
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(waited.is_ok(), "{path} was not asked for {times} times; what was:\n{}", self.requests());
    }
}

impl Drop for TrueConfServer {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A file of `tests/fixtures/trueconf`.
fn fixture(name: &str) -> serde_json::Value {
    let path = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/trueconf/{}"), name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a path fits a pattern, which is a path or its beginning and a `*`.
fn fits(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == pattern,
    }
}
