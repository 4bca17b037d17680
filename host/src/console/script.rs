//! A console for tests and the harness: lines are given to it, what it shows is
//! taken from it, and it can stand for a slow, refusing or absent network.
use super::io::{ConsoleIo, Ended, Input, Shown};
use factotum_plugin_api::chat::{Link, PostError};
use std::collections::{BTreeSet, VecDeque};
use tokio::sync::{Mutex, mpsc, oneshot, watch};

/// The input and output of a scripted console.
///
/// ```
/// # use factotum_host::console::{Config, Console, Script};
/// # use std::sync::Arc;
/// let script = Arc::new(Script::new(|shown| println!("{}", shown.text)));
/// let console = Console::scripted(Config::default(), script.clone());
/// script.hold_chat("ops"); // what is posted there waits for script.release()
/// # assert!(console.is_ok());
/// ```
pub struct Script {
    on_shown: Box<dyn Fn(&Shown) + Send + Sync>,
    lines: mpsc::UnboundedSender<Said>,
    heard: Mutex<Heard>,
    faults: watch::Sender<Faults>,
}

/// A line, and whom to tell that it was taken over, by dropping the sender.
type Said = (Result<String, Ended>, oneshot::Sender<()>);

struct Heard {
    lines: mpsc::UnboundedReceiver<Said>,
    /// Of the line that the host is taking over.
    last: Option<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Faults {
    next: VecDeque<PostError>,
    held: bool,
    held_chats: BTreeSet<String>,
    down: bool,
}

impl Script {
    /// Calls `on_shown` for everything that reaches the screen, in its order.
    pub fn new(on_shown: impl Fn(&Shown) + Send + Sync + 'static) -> Self {
        let (lines, heard) = mpsc::unbounded_channel();
        let heard = Mutex::new(Heard { lines: heard, last: None });
        Script { on_shown: Box::new(on_shown), lines, heard, faults: watch::Sender::default() }
    }
    /// Types a line; returns when the host has taken it over, which is not yet
    /// when it has answered.
    pub async fn say(&self, line: impl Into<String>) {
        let taken = self.enter(Ok(line.into()));
        // The sender is only ever dropped.
        taken.await.ok();
    }
    /// Ends the input: no more lines come.
    pub fn end(&self, why: Ended) {
        drop(self.enter(Err(why)));
    }
    fn enter(&self, line: Result<String, Ended>) -> oneshot::Receiver<()> {
        let (taken, answer) = oneshot::channel();
        // The other end is in `heard`, so this cannot fail.
        self.lines.send((line, taken)).ok();
        answer
    }
    /// Answers the next post with `error`, and one more after each further call.
    /// With [`PostError::Unanswered`] the post is shown all the same, as it may be
    /// on a network.
    pub fn fail_next(&self, error: PostError) {
        self.faults.send_modify(|faults| faults.next.push_back(error));
    }
    /// Keeps every post waiting.
    pub fn hold(&self) {
        self.faults.send_modify(|faults| faults.held = true);
    }
    /// Keeps posts to one chat waiting.
    pub fn hold_chat(&self, address: impl Into<String>) {
        self.faults.send_modify(|faults| faults.held_chats.extend([address.into()]));
    }
    /// Lets every waiting post go on.
    pub fn release(&self) {
        self.faults.send_modify(|faults| (faults.held, faults.held_chats) = (false, BTreeSet::new()));
    }
    /// The network is away: every post fails as [`PostError::Transient`].
    pub fn down(&self) {
        self.faults.send_modify(|faults| faults.down = true);
    }
    /// It is back.
    pub fn up(&self) {
        self.faults.send_modify(|faults| faults.down = false);
    }
    /// Waits while posts to `address` are held, and says what is to go wrong then.
    async fn fault(&self, address: &str) -> Option<PostError> {
        let mut faults = self.faults.subscribe();
        let held = |faults: &Faults| faults.held || faults.held_chats.contains(address);
        faults.wait_for(|faults| !held(faults)).await.expect("the script holds the sender");
        let mut fault = None;
        self.faults.send_modify(|faults| {
            let away = faults.down.then(|| PostError::Transient(anyhow::anyhow!("the console is down")));
            fault = away.or_else(|| faults.next.pop_front());
        });
        fault
    }
}

#[async_trait::async_trait]
impl ConsoleIo for Script {
    async fn line(&self) -> Result<String, Ended> {
        let mut heard = self.heard.lock().await;
        heard.last = None;
        let (line, taken) = heard.lines.recv().await.expect("the script holds the sender");
        heard.last = Some(taken);
        line
    }
    async fn show(&self, shown: Shown) -> Result<(), PostError> {
        let fault = match &shown.address {
            Some(address) => self.fault(address).await,
            None => None,
        };
        if matches!(fault, None | Some(PostError::Unanswered(_))) {
            (self.on_shown)(&shown);
        }
        fault.map_or(Ok(()), Err)
    }
    fn input(&self) -> Input {
        Input::Lines
    }
    fn link(&self) -> Link {
        if self.faults.borrow().down { Link::Down("the console is down".into()) } else { Link::Up }
    }
}
