//! A small Bot API server on 127.0.0.1, with the people and chats behind it: what
//! the Telegram network is tested against, in process or as the real binary.
//! The rules are those of the real server, in its own words where it refuses.
//! Surprising: nothing is delivered to a webhook until
//! [`deliver_webhooks_to`](Telegram::deliver_webhooks_to) says where it listens
//! here, since the URL itself has to be one that Telegram could reach.
mod answer;
mod chats;
mod checks;
mod entities;
mod faults;
mod listener;
mod methods;
mod pace;
mod people;
mod push;
mod request;
mod shown;
mod state;
#[cfg(test)]
mod tests;
mod updates;
mod webhook;

pub use faults::Fault;
pub use push::Delivery;
pub use shown::Posted;

use crate::{door::Door, network::Transcript};
use factotum_plugin_api::clock::Clock;
use state::State;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

/// The bot's account id.
pub const BOT_ID: i64 = 123_456;
/// The bot's name for `/cmd@bot`.
pub const BOT_USERNAME: &str = "host_test_bot";
/// The bot's token.
pub const TOKEN: &str = "123456:AAH-canary-0token-of-the-test-bot00";

/// A wait for something that does not come ends with a panic that shows what did.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server; it ends when dropped.
pub struct Telegram {
    core: Arc<Core>,
    address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

/// What every connection shares.
struct Core {
    state: Mutex<State>,
    transcript: Transcript,
    /// Changes with every call, update and setting.
    changed: watch::Sender<u64>,
    /// The methods that hang, in lower case; `*` is all.
    held: watch::Sender<BTreeSet<String>>,
    up: watch::Sender<bool>,
    door: Door,
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic inside")
    }
    /// Wakes whoever waits for something.
    fn touch(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
    /// Changes something, and wakes whoever waits for it.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.touch();
        changed
    }
}

impl Telegram {
    /// A server without people and chats.
    pub async fn start() -> Self {
        let door = Door::open("127.0.0.1:0");
        let address = door.address();
        let transcript = Transcript::default();
        let core = Arc::new(Core {
            state: Mutex::new(State::new(transcript.clone(), Clock::system())),
            transcript,
            changed: watch::Sender::default(),
            held: watch::Sender::default(),
            up: watch::Sender::new(true),
            door,
        });
        let tasks = vec![tokio::spawn(listener::serve(core.clone())), tokio::spawn(push::run(core.clone()))];
        Telegram { core, address, tasks }
    }
    /// Its address, for `api_url`: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
    /// The bot's token.
    pub fn token(&self) -> &'static str {
        TOKEN
    }
    /// Takes the dates of messages from this clock; from the system's at first.
    pub fn follow(&self, clock: &Clock) {
        self.core.state().clock = clock.clone();
    }
    /// What was said, posted, changed and removed since the last call, a line each:
    ///
    /// ```text
    /// ann@-1001234/42 > !status
    /// bot@-1001234/42 (silent) (reply to 5) > <b>up</b>
    ///           [again] [stop]
    /// ann@-1001234/42 > [again]
    /// bot answers ann > on its way
    /// bot@-1001234/42 edits 6 > <b>up</b>
    /// ann     > in a private chat the bot's lines name the person
    /// bot@ann (asks) > Which repository?
    /// bot@-1001234 deletes 17 > what it was
    /// ```
    pub fn transcript(&self) -> String {
        self.core.transcript.take()
    }
    /// Returns when `text` stands in the transcript.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn wait_for(&self, text: &str) {
        let waited = tokio::time::timeout(PATIENCE, self.core.transcript.wait_for(text)).await;
        assert!(waited.is_ok(), "{text:?} never came; what did:\n{}", self.transcript());
    }
    /// Returns when `is` says yes of something that the server knows.
    async fn wait_until<T>(&self, what: &str, is: impl Fn(&State) -> Option<T>) -> T {
        let mut changed = self.core.changed.subscribe();
        let wait = async {
            loop {
                changed.mark_unchanged();
                if let Some(found) = is(&self.core.state()) {
                    return found;
                }
                changed.changed().await.expect("self holds the sender");
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("{what} never came; what did:\n{}", self.transcript()),
        }
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What a reader sees of a text in Telegram's HTML.
///
/// # Errors
/// Why the server would refuse it.
pub fn read_html(source: &str) -> Result<String, String> {
    entities::html(source).map(|(text, _)| text)
}
