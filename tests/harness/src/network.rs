//! A chat network that keeps what it is told to post, and does wrong when told to.
use async_trait::async_trait;
use factotum_plugin_api::{
    Result,
    chat::{Button, Inbox, Incoming, Limits, Link, Menu, Message, Network, Pace, Paced, PostError, PressAnswer},
    text::visible,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// What was said and posted, in order.
#[derive(Clone, Default)]
pub(crate) struct Transcript(watch::Sender<String>);

impl Transcript {
    /// Adds what `who` said; further lines are indented.
    pub(crate) fn line(&self, who: &str, text: &str) {
        self.insert(self.end(), who, text);
    }
    /// Where the next line will stand.
    pub(crate) fn end(&self) -> usize {
        self.0.borrow().len()
    }
    /// Adds what `who` said at an earlier [`end`](Self::end).
    pub(crate) fn insert(&self, at: usize, who: &str, text: &str) {
        let mut lines = String::new();
        for (n, line) in visible(text).split('\n').enumerate() {
            let line = if n == 0 { format!("{who:<7} > {line}") } else { format!("{:<7}   {line}", "") };
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        self.0.send_modify(|all| all.insert_str(at.min(all.len()), &lines));
    }
    pub(crate) fn take(&self) -> String {
        self.0.send_replace(String::new())
    }
    pub(crate) async fn wait_for(&self, text: &str) {
        self.0.subscribe().wait_for(|all| all.contains(text)).await.expect("self holds the sender");
    }
}

/// What a scripted network does wrong.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The chat refuses for good.
    Permanent(&'static str),
    /// The network asks for a pause.
    RetryAfter(Duration),
    /// It may pass.
    Transient,
    /// The message arrives, and the answer is lost.
    Unanswered,
    /// The chat has another address now.
    Moved(&'static str),
}

/// The longest data of a button where a scripted network has them, as on Telegram.
const BUTTON_BYTES: usize = 64;

/// A scripted network: rooms are words (`ops`), a private chat is its person's name.
/// Where it has buttons, they stand in the transcript under their message: `[yes] [no]`.
#[derive(Clone)]
pub struct Script {
    name: Arc<str>,
    transcript: Transcript,
    state: Arc<Mutex<State>>,
    /// The addresses where posts hang.
    held: watch::Sender<BTreeSet<String>>,
}

#[derive(Default)]
struct State {
    edits: bool,
    buttons: bool,
    groups: bool,
    menu: Menu,
    shy: bool,
    down: bool,
    sounds: bool,
    ailing: Option<String>,
    per_chat: Option<Pace>,
    /// Where it cannot post, and why.
    out_of_reach: Vec<(String, String)>,
    /// Each for one room, or for whichever comes first.
    troubles: Vec<(Option<String>, Trouble)>,
    posted: u64,
    /// The buttons of each message: where it stands, its id, and they.
    under: Vec<(String, String, Vec<Button>)>,
}

impl Script {
    pub(crate) fn new(name: &str, transcript: Transcript) -> Self {
        Script { name: name.into(), transcript, state: Arc::default(), held: watch::Sender::default() }
    }
    pub(crate) fn allow_edits(&self) {
        self.state.lock().expect("no panic inside").edits = true;
    }
    pub(crate) fn allow_buttons(&self) {
        self.state.lock().expect("no panic inside").buttons = true;
    }
    pub(crate) fn allow_groups(&self) {
        self.state.lock().expect("no panic inside").groups = true;
    }
    pub(crate) fn has_groups(&self) -> bool {
        self.state.lock().expect("no panic inside").groups
    }
    /// What it may offer to people now.
    pub fn menu(&self) -> Menu {
        self.state.lock().expect("no panic inside").menu.clone()
    }
    /// From now on people must write first: there is no private chat to be had.
    pub fn shy(&self) {
        self.state.lock().expect("no panic inside").shy = true;
    }
    /// The newest button with this label in a room, or with this person: the id of
    /// its message, and what it carries.
    pub fn button(&self, address: &str, label: &str) -> Option<(String, String)> {
        let state = self.state.lock().expect("no panic inside");
        let mut there = state.under.iter().rev().filter(|(place, ..)| place == address);
        there.find_map(|(_, id, buttons)| {
            let button = buttons.iter().find(|button| button.label == label)?;
            Some((id.clone(), button.line.clone()))
        })
    }
    /// The message as the transcript shows it; refused where a button carries too much.
    fn shown(&self, message: &Message) -> Result<String, PostError> {
        let mut lines = vec![message.text.plain()];
        for row in &message.buttons {
            if row.iter().any(|button| button.line.len() > BUTTON_BYTES) {
                return Err(PostError::Permanent("the data of a button is too long".into()));
            }
            let row: Vec<String> = row.iter().map(|button| format!("[{}]", button.label)).collect();
            lines.push(row.join(" "));
        }
        if self.has_groups()
            && let Some(replies_to) = &message.replies_to
        {
            lines.push(format!("(to {replies_to})"));
        }
        if self.has_groups() && message.asks {
            lines.push("(type here)".into());
        }
        lines.retain(|line| !line.is_empty());
        Ok(lines.join("\n"))
    }
    /// The next post fails like this, a reply too; several calls queue up.
    pub fn fail_next(&self, trouble: Trouble) {
        self.state.lock().expect("no panic inside").troubles.push((None, trouble));
    }
    /// The next post to this room, or to this person, fails like this.
    pub fn fail_next_in(&self, address: &str, trouble: Trouble) {
        self.state.lock().expect("no panic inside").troubles.push((Some(address.to_owned()), trouble));
    }
    /// Every post fails in a way that may pass, until [`up`](Self::up).
    pub fn down(&self) {
        self.state.lock().expect("no panic inside").down = true;
    }
    /// It is up and says that something is amiss, until [`up`](Self::up).
    pub fn ailing(&self, why: &str) {
        self.state.lock().expect("no panic inside").ailing = Some(why.to_owned());
    }
    /// From now on each room and person gets so many messages in this time.
    pub fn pace(&self, messages: u32, per: Duration) {
        self.state.lock().expect("no panic inside").per_chat = Some(Pace { messages, per });
    }
    /// When asked, it says that it cannot post to this room, and why.
    pub fn out_of_reach(&self, address: &str, why: &str) {
        self.state.lock().expect("no panic inside").out_of_reach.push((address.to_owned(), why.to_owned()));
    }
    /// Posts arrive again.
    pub fn up(&self) {
        let mut state = self.state.lock().expect("no panic inside");
        (state.down, state.ailing) = (false, None);
    }
    /// Posts to this room, or to this person, hang until [`release`](Self::release).
    /// While one hangs, the bot is never settled: wait for what is
    /// [`posted`](crate::Bot::posted).
    pub fn hold(&self, address: &str) {
        self.held.send_modify(|held| held.extend([address.to_owned()]));
    }
    /// All posts go on.
    pub fn release(&self) {
        self.held.send_replace(BTreeSet::new());
    }
    /// From now on what comes without a sound stands so in the transcript: `(silent) …`.
    pub fn show_silent(&self) {
        self.state.lock().expect("no panic inside").sounds = true;
    }
    /// How the bot is called where it speaks: `bot` in the lobby and in private.
    fn place(&self, address: &str) -> String {
        match (&*self.name, address) {
            ("console", crate::LOBBY) => "bot".into(),
            ("console", person) if PEOPLE.contains(&person) => "bot".into(),
            ("console", room) => format!("bot@{room}"),
            (network, room) => format!("bot@{network}:{room}"),
        }
    }
    async fn trouble(&self, address: &str, message: &Message) -> Result<(), PostError> {
        self.held.subscribe().wait_for(|held| !held.contains(address)).await.expect("self holds the sender");
        let trouble = {
            let mut state = self.state.lock().expect("no panic inside");
            let next = state.troubles.iter().position(|(place, _)| place.as_ref().is_none_or(|place| place == address));
            if state.down { Some(Trouble::Transient) } else { next.map(|next| state.troubles.remove(next).1) }
        };
        match trouble {
            None => Ok(()),
            Some(Trouble::Permanent(why)) => Err(PostError::Permanent(why.into())),
            Some(Trouble::RetryAfter(pause)) => Err(PostError::RetryAfter(pause)),
            Some(Trouble::Transient) => Err(PostError::Transient(anyhow::anyhow!("the network is down"))),
            Some(Trouble::Moved(address)) => Err(PostError::Moved(address.into())),
            Some(Trouble::Unanswered) => {
                self.transcript.line(&self.place(address), &message.text.plain());
                Err(PostError::Unanswered(anyhow::anyhow!("the answer was lost")))
            }
        }
    }
}

/// The people of the tests: their names are private chats, other words are rooms.
pub(crate) const PEOPLE: &[&str] = &["admin", "ann", "bob", "eve"];

#[async_trait]
impl Network for Script {
    async fn run(&self, _: Inbox) -> Result<()> {
        Ok(()) // lines come from the test
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        self.trouble(address, message).await?;
        let thread = message.thread.as_ref().map(|thread| format!("/{thread}")).unwrap_or_default();
        let shown = self.shown(message)?;
        let mut state = self.state.lock().expect("no panic inside");
        state.posted += 1;
        let shown = if state.sounds && message.silent { format!("(silent) {shown}") } else { shown };
        let id = format!("m{}", state.posted);
        state.under.push((address.to_owned(), id.clone(), message.buttons.concat()));
        drop(state);
        self.transcript.line(&format!("{}{thread}", self.place(address)), &shown);
        Ok(id)
    }
    async fn edit(&self, address: &str, id: &str, message: &Message) -> Result<(), PostError> {
        self.trouble(address, message).await?;
        let shown = self.shown(message)?;
        for (_, _, buttons) in
            self.state.lock().expect("no panic inside").under.iter_mut().filter(|(_, edited, _)| edited == id)
        {
            *buttons = message.buttons.concat();
        }
        self.transcript.line(&format!("{} edits {id}", self.place(address)), &shown);
        Ok(())
    }
    async fn delete(&self, address: &str, id: &str) -> Result<(), PostError> {
        self.transcript.line(&self.place(address), &format!("(removes {id})"));
        Ok(())
    }
    fn limits(&self) -> Limits {
        let State { edits, buttons, per_chat, .. } = *self.state.lock().expect("no panic inside");
        let button_bytes = buttons.then_some(BUTTON_BYTES);
        Limits { edits, deletes: edits, buttons, button_bytes, per_chat, ..Limits::default() }
    }
    fn parse_chat(&self, word: &str) -> Option<String> {
        let topic = if self.has_groups() { word.split_once('/') } else { None };
        if let Some((group, topic)) = topic {
            let number = topic.parse::<u64>().ok()?;
            return Some(format!("{}/{number}", self.parse_chat(group)?));
        }
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '#');
        let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '#');
        (begins && word.chars().all(named)).then(|| word.to_lowercase())
    }
    fn address_form(&self) -> &'static str {
        "ops"
    }
    async fn reach(&self, address: &str) -> Result<(), PostError> {
        self.held.subscribe().wait_for(|held| !held.contains(address)).await.expect("self holds the sender");
        let state = self.state.lock().expect("no panic inside");
        match state.out_of_reach.iter().find(|(place, _)| place == address) {
            Some((_, why)) => Err(PostError::Permanent(why.clone())),
            None => Ok(()),
        }
    }
    fn here(&self, address: &str, thread: Option<&str>) -> String {
        let topic = thread.filter(|_| self.has_groups()).map(|thread| format!("/{thread}")).unwrap_or_default();
        format!("{address}{topic}")
    }
    fn paced<'a>(&self, address: &'a str) -> Paced<'a> {
        let chat = address.split_once('/').map_or(address, |(group, _)| group);
        Paced { chat, group: self.has_groups() && !PEOPLE.contains(&chat) }
    }
    async fn answer_press(&self, press: &Incoming, answer: PressAnswer<'_>) -> bool {
        let (who, place) = (&press.sender.name, self.place(&press.chat.address));
        let said = match answer {
            PressAnswer::Taken => "taken".into(),
            PressAnswer::Said(text) => text.plain(),
            PressAnswer::Stale(text) => format!("{} (the button goes)", text.plain()),
        };
        self.transcript.line(&place, &format!("(to the press of {who}) {said}"));
        self.has_groups()
    }
    fn offer(&self, menu: Menu) {
        self.state.lock().expect("no panic inside").menu = menu;
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        let shy = self.state.lock().expect("no panic inside").shy;
        (!shy).then(|| account.to_owned())
    }
    fn link(&self) -> Link {
        match &*self.state.lock().expect("no panic inside") {
            State { down: true, .. } => Link::Down("the network is down".into()),
            State { ailing: Some(why), .. } => Link::Ailing(why.clone()),
            _ => Link::Up,
        }
    }
}
