//! Chats, senders, and what a chat network implements.
//!
//! A chat is `network:address`, a sender `network:account`. A bare address in a
//! command is resolved while the line is parsed: see [`resolving`].
use crate::{Host, Result, Started, hook::Hooks, text::Text};
use bytes::Bytes;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};

mod id;

pub(crate) use id::is_resolving;
pub use id::{CHAT_FORM, ChatId, Resolver, Sender, resolving};

/// A file that came with a message, or goes with one.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// Its name, as a person would save it.
    pub name: String,
    /// Its content.
    pub content: Bytes,
}

/// A message that a network heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// Where it was said.
    pub chat: ChatId,
    /// Who said it.
    pub sender: Sender,
    /// Whether nobody else reads that chat.
    pub private: bool,
    /// What was said; for a pressed button [`Button::line`] as the host gave it.
    pub line: String,
    /// The line is meant for the bot though it has no prefix (`/cmd`, `bot: cmd`);
    /// the network has taken the address off.
    pub addressed: bool,
    /// The network's id of the message, where it has one.
    pub message: Option<String>,
    /// The message whose button was pressed, where one was: that makes it a press,
    /// whose line needs no prefix and is never an answer typed.
    pub pressed: Option<String>,
    /// The network's id of the press itself, where it wants an answer to each; see
    /// [`Network::answer_press`].
    pub press: Option<String>,
    /// The thread or topic it was said in.
    pub thread: Option<String>,
    /// A file that came with it.
    pub attachment: Option<Attachment>,
    /// The language of the sender's client, as a BCP 47 tag (`en`, `pt-BR`).
    pub language: Option<String>,
    /// The network's number of this update: a second one with the same number is
    /// dropped, and [`Inbox::put`] returns when the update is on disk.
    pub update: Option<String>,
}

impl Incoming {
    /// A line without attachment, thread and ids.
    pub fn new(chat: ChatId, sender: Sender, private: bool, line: impl Into<String>) -> Self {
        Incoming {
            chat,
            sender,
            private,
            line: line.into(),
            addressed: false,
            message: None,
            pressed: None,
            press: None,
            thread: None,
            attachment: None,
            language: None,
            update: None,
        }
    }
}

/// A button under a message: it carries a command line, and is checked like one
/// typed by whoever presses it.
///
/// A network gives `line` back as it is, in [`Incoming::line`] with
/// [`Incoming::pressed`] set; it may not mean anything to a person: a choice of a
/// question, or a name for a line that is too long for the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What stands on it.
    pub label: String,
    /// The command line that it runs, with its prefix: `!travis routes`.
    pub line: String,
}

impl Button {
    /// A button that runs `line`.
    pub fn new(label: impl Into<String>, line: impl Into<String>) -> Self {
        Button { label: label.into(), line: line.into() }
    }
}

/// What a network is asked to post.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// What it says.
    pub text: Text,
    /// Rows of buttons; a network without buttons is never given any.
    pub buttons: Vec<Vec<Button>>,
    /// The thread or topic, as the network named it.
    pub thread: Option<String>,
    /// Whether it should make no sound.
    pub silent: bool,
    /// A file that goes with it.
    pub file: Option<Attachment>,
    /// The person's message that it answers, which a network may quote.
    pub replies_to: Option<String>,
    /// It is a question, and the answer is to be typed by whoever wrote `replies_to`:
    /// a network may open the field for it (Telegram's `ForceReply`).
    pub asks: bool,
    /// Whom it asks, where it answers no message of theirs, since they pressed a button: a
    /// network may name the person, so that they alone are pointed to it.
    pub asked: Option<Sender>,
    /// Fields for a network that posts JSON, which puts them into it as they are, such as
    /// `color` for HipChat; others pass over them.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl<T: Into<Text>> From<T> for Message {
    fn from(text: T) -> Self {
        Message { text: text.into(), ..Message::default() }
    }
}

/// Why a message could not be posted, edited or deleted. The network says which
/// case it is, since only it knows its network; the outbox decides what to do.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The chat will never take it: deleted, or the bot was removed.
    #[error("the chat refused the message: {0}")]
    Permanent(String),
    /// The network asks for a pause.
    #[error("asked to wait {0:?}")]
    RetryAfter(Duration),
    /// The chat lives on at another address of the same network.
    #[error("the chat has moved to {0}")]
    Moved(String),
    /// It was sent and no answer came: it may have arrived. Posted again, marked
    /// as a possible duplicate.
    #[error("sent, but the answer never came: {0:#}")]
    Unanswered(anyhow::Error),
    /// Anything that may pass: time-outs before sending, 5xx, a closed socket.
    #[error("{0:#}")]
    Transient(#[from] anyhow::Error),
}

/// So many messages in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many; also how many may go at once after a pause.
    pub messages: u32,
    /// In which time.
    pub per: Duration,
}

/// Which messages share a pace with those to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paced<'a> {
    /// What is counted as one chat: for a topic its group.
    pub chat: &'a str,
    /// Whether it is a group, to which [`Limits::per_group`] applies as well.
    pub group: bool,
}

/// What a network can do and how fast.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest text of one message, in the unit of `size`.
    pub text: usize,
    /// Counts a text in the network's own unit: UTF-16 for Telegram, bytes for IRC.
    pub size: fn(&str) -> usize,
    /// The longest text that goes with a file, in the same unit, where it is shorter; a
    /// longer one goes before the file, as a message of its own.
    pub caption: Option<usize>,
    /// Whether a posted message can be changed.
    pub edits: bool,
    /// Whether a posted message can be removed.
    pub deletes: bool,
    /// Whether messages can have buttons; else each is written under the text as `label: line`.
    pub buttons: bool,
    /// The longest data of a button in bytes, where the network limits it (Telegram:
    /// 64). The line of a button that is longer stays in the host's journal, and the
    /// network is given a short one that names it. That takes up to 32, which nobody
    /// checks: where not even that fits, say that there are no `buttons`.
    pub button_bytes: Option<usize>,
    /// The pace in one chat.
    pub per_chat: Option<Pace>,
    /// The pace in one group, beside that in each chat; see [`Network::paced`].
    pub per_group: Option<Pace>,
    /// The pace over all chats of the network.
    pub per_network: Option<Pace>,
}

impl Default for Limits {
    /// Long plain text without edits, deletes, buttons and pace.
    fn default() -> Self {
        Limits {
            text: 16_384,
            size: |text| text.chars().count(),
            caption: None,
            edits: false,
            deletes: false,
            buttons: false,
            button_bytes: None,
            per_chat: None,
            per_group: None,
            per_network: None,
        }
    }
}

/// Whether a network is connected, for `!status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// It tries, and has not failed yet.
    #[default]
    Connecting,
    /// It can post.
    Up,
    /// It can post, and something else is amiss: it does not hear all that it should.
    Ailing(String),
    /// It cannot post now, and why.
    Down(String),
}

/// What happened to a chat, as a network heard it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatEvent {
    /// It lives on at another address of the same network.
    Moved {
        /// Where it was.
        from: ChatId,
        /// Where it is.
        to: ChatId,
    },
    /// The bot may post there now: it was added, or let in again.
    Joined {
        /// The chat.
        chat: ChatId,
        /// What people call it.
        title: String,
        /// Who did it, where the network says so.
        by: Option<Sender>,
    },
    /// The bot may no longer post there: it was removed, or blocked.
    Left {
        /// The chat.
        chat: ChatId,
        /// What people call it.
        title: String,
        /// Who did it, where the network says so.
        by: Option<Sender>,
    },
}

/// What came of a pressed button, for [`Network::answer_press`].
#[derive(Clone, Copy, Debug)]
pub enum PressAnswer<'a> {
    /// It is being done; what comes of it is posted.
    Taken,
    /// This is for the person who pressed alone: the button is another person's.
    Said(&'a Text),
    /// As `Said`, and the button can do nothing any more: a network may take it away.
    Stale(&'a Text),
}

/// A command that a network may offer to people, in a menu or while they type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its path: `travis route`.
    pub path: String,
    /// What it does: the first line of its help.
    pub about: String,
    /// Whether it runs in private only.
    pub private: bool,
}

impl Offer {
    /// Its path as one word, for menus that take no other: lower-case letters, digits and
    /// underscores, `travis_route`. `None` where it cannot be one of at most `max`.
    pub fn word(&self, max: usize) -> Option<String> {
        let letter = |c: char| if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() };
        let word: String = self.path.chars().map(letter).collect();
        let fits = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        (fits && (1..=max).contains(&word.len())).then_some(word)
    }
}

/// What a network may offer, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Menu {
    /// What anybody may run.
    pub everyone: Vec<Offer>,
    /// What these people of the network may run, by their accounts: all of it, also
    /// what anybody may.
    pub people: Vec<(String, Vec<Offer>)>,
    /// The same in the other languages that the bot speaks, by their codes, such as `ru`:
    /// for networks that tell each person's language apart.
    pub languages: Vec<(String, Menu)>,
}

/// Where a network puts what it hears.
#[derive(Clone)]
pub struct Inbox(Arc<dyn Receive>);

/// The host's end of an [`Inbox`].
#[async_trait::async_trait]
pub trait Receive: Send + Sync {
    /// Takes a message over; returns when it is on disk if it has an update number.
    async fn receive(&self, incoming: Incoming) -> Result<()>;
    /// Takes over what happened to a chat; returns when it is on disk.
    async fn event(&self, event: ChatEvent, update: &str) -> Result<()>;
}

impl Inbox {
    /// An inbox whose messages `receive` takes.
    pub fn new(receive: Arc<dyn Receive>) -> Self {
        Inbox(receive)
    }
    /// Hands a message to the host. With [`Incoming::update`] it returns when the
    /// message is on disk, and a network may then confirm it to its server.
    ///
    /// # Errors
    /// When the journal cannot write: confirm nothing and put it again later.
    pub async fn put(&self, incoming: Incoming) -> Result<()> {
        self.0.receive(incoming).await
    }
    /// Tells the host what happened to a chat; returns when that is on disk. `update` is
    /// the network's number of it: a second one with the same number is dropped.
    ///
    /// # Errors
    /// When the journal cannot write: confirm nothing and tell it again later.
    pub async fn event(&self, event: ChatEvent, update: &str) -> Result<()> {
        self.0.event(event, update).await
    }
}

/// One configured chat network, reconnecting for ever by itself.
#[async_trait::async_trait]
pub trait Network: Send + Sync + 'static {
    /// Connects, and puts what it hears into `inbox` until it is dropped. Loses
    /// its server as often as it likes: it backs off with jitter and tries again.
    ///
    /// # Errors
    /// Only what no waiting mends, such as a wrong token.
    async fn run(&self, inbox: Inbox) -> Result<()>;
    /// Posts to `address`, which is without the network's name; gives the
    /// message's id there.
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError>;
    /// Changes a posted message. Called only when [`Limits::edits`] says so.
    async fn edit(&self, address: &str, id: &str, message: &Message) -> Result<(), PostError> {
        let _ = (address, id, message);
        Err(PostError::Permanent("this network cannot edit".into()))
    }
    /// Removes a posted message, or one of a person. Called only when
    /// [`Limits::deletes`] says so.
    async fn delete(&self, address: &str, id: &str) -> Result<(), PostError> {
        let _ = (address, id);
        Err(PostError::Permanent("this network cannot delete".into()))
    }
    /// What it can do and how fast.
    fn limits(&self) -> Limits;
    /// `word` as an address in its one spelling, or `None` if it cannot be one of ours.
    fn parse_chat(&self, word: &str) -> Option<String>;
    /// What an address of this network looks like, for error messages: `-1001234`.
    fn address_form(&self) -> &'static str;
    /// What `here` means for something said at `address`, in this thread of it: the
    /// address that posts to the same place.
    fn here(&self, address: &str, thread: Option<&str>) -> String {
        let _ = thread;
        address.to_owned()
    }
    /// Which messages share a pace with those to `address`.
    fn paced<'a>(&self, address: &'a str) -> Paced<'a> {
        Paced { chat: address, group: false }
    }
    /// Whether messages can be posted to `address` now, as far as its server tells;
    /// nothing is posted.
    ///
    /// # Errors
    /// Why not.
    async fn reach(&self, address: &str) -> Result<(), PostError> {
        let _ = address;
        Ok(())
    }
    /// Answers a press to the person who pressed; whether that person will see what was
    /// said. Where not, the host posts it. Called once for each [`Incoming::press`].
    async fn answer_press(&self, press: &Incoming, answer: PressAnswer<'_>) -> bool {
        let _ = (press, answer);
        false
    }
    /// Takes what it may offer to people from now on; returns at once.
    fn offer(&self, menu: Menu) {
        let _ = menu;
    }
    /// The address of the private chat with an account, where one can write first.
    fn private_chat(&self, account: &str) -> Option<String>;
    /// Lines that the network answers itself, with what they do, for `!help`: such
    /// as the console's `!inroom NAME`.
    fn own_commands(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }
    /// Whether it is connected.
    fn link(&self) -> Link {
        Link::Up
    }
}

/// A kind of network, as its crate registers it; one instance is made for each
/// `[chats.NAME]` of the config.
pub trait NetworkKind: Network + Sized {
    /// The kind: what `network = "…"` says, and the name where none is said.
    const KIND: &'static str;
    /// Whether people can say something to the bot there. The host starts no network
    /// where they can while no admin is configured.
    const HEARS: bool = true;
    /// The rest of its `[chats.NAME]` section.
    type Config: DeserializeOwned + JsonSchema;
    /// Makes the network `name`; opens no connection yet, [`Network::run`] does.
    ///
    /// # Errors
    /// What is wrong with the config beyond its schema.
    fn connect(name: &str, config: Self::Config, host: Host) -> Result<Self>;
    /// What it serves over HTTP, for a server that posts what it hears. A network's
    /// hook is kept without its body: that may be what people said.
    fn hooks(&self, hooks: &mut Hooks<Self>) {
        let _ = hooks;
    }
    /// What an account is like where `account` cannot be a person's: such an admin would
    /// be nobody, or not one alone.
    fn no_person(account: &str) -> Option<&'static str> {
        let _ = account;
        None
    }
    /// The same where `account` can be no sender at all: a rule or a role that names it
    /// would fit nobody. A network where chats speak too has more senders than persons.
    fn no_sender(account: &str) -> Option<&'static str> {
        Self::no_person(account)
    }
}

/// A network, and what it serves.
pub struct Connected {
    /// The network.
    pub network: Arc<dyn Network>,
    /// Its hooks.
    pub started: Started,
}

/// What [`register_network!`](crate::register_network) leaves for the host.
pub struct NetworkRegistration {
    /// [`NetworkKind::KIND`].
    pub kind: &'static str,
    /// The version of its crate.
    pub version: &'static str,
    /// One line on it, from its crate's description.
    pub about: &'static str,
    /// [`NetworkKind::connect`] with the config as JSON, and its hooks.
    pub connect: fn(name: &str, config: serde_json::Value, host: Host) -> Result<Connected>,
    /// The JSON Schema of its config.
    pub config_schema: fn() -> Schema,
    /// [`NetworkKind::HEARS`].
    pub hears: bool,
    /// [`NetworkKind::no_person`].
    pub no_person: fn(account: &str) -> Option<&'static str>,
    /// [`NetworkKind::no_sender`].
    pub no_sender: fn(account: &str) -> Option<&'static str>,
}

impl NetworkRegistration {
    /// Of network kind `N`; `version` and `about` are those of its crate.
    pub const fn of<N: NetworkKind>(version: &'static str, about: &'static str) -> Self {
        NetworkRegistration {
            kind: N::KIND,
            version,
            about,
            connect: |name, config, host| {
                let config = serde_json::from_value(config).map_err(crate::user_error)?;
                let network = Arc::new(N::connect(name, config, host)?);
                let mut hooks = Hooks::default();
                network.hooks(&mut hooks);
                Ok(Connected { started: Started::of_hooks(network.clone(), hooks), network })
            },
            config_schema: || schemars::schema_for!(N::Config),
            hears: N::HEARS,
            no_person: N::no_person,
            no_sender: N::no_sender,
        }
    }
}
inventory::collect!(NetworkRegistration);

/// Makes a [`NetworkKind`] known to the host whose binary links this crate.
#[macro_export]
macro_rules! register_network {
    ($network:ty) => {
        $crate::inventory::submit! {
            $crate::chat::NetworkRegistration::of::<$network>(env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        }
    };
}
