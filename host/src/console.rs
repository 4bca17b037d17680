//! The console: the host's own chat network, for the person at the terminal and
//! for scripts that pipe lines in. It says who speaks and where, and how posts
//! look; where lines come from and go to is a [`ConsoleIo`].
//!
//! A private chat has the person's name as its address, so a room can have no
//! person's name. Everything is on one screen: what is not for the private chat of
//! the person at hand is shown with its room.
use crate::texts;
use factotum_plugin_api::{
    BoxFuture, Result,
    chat::{ChatId, Inbox, Incoming, Limits, Link, Message, Network, PostError, Sender},
    text::{Text, visible},
    user_error,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::watch;

mod completion;
mod io;
mod lines;
mod script;
mod terminal;
#[cfg(test)]
mod tests;

pub use completion::Complete;
pub use io::{ConsoleIo, Ended, Input, Shown};
pub use script::Script;

/// The name of the network, and its kind.
pub const NAME: &str = "console";

/// What the console answers itself, and only these.
const OWN_COMMANDS: &[(&str, &str)] = &[
    (INROOM, "Speak in a room"),
    (INPERSON, "Speak in private"),
    (ASUSER, "Speak as somebody"),
    (ASADMIN, "Speak as yourself"),
];
const INROOM: &str = "!inroom NAME";
const INPERSON: &str = "!inperson";
const ASUSER: &str = "!asuser [NAME]";
const ASADMIN: &str = "!asadmin";

/// The longest line, in bytes: more than any chat network lets a person write.
const LINE_MAX: usize = 64 << 10;

/// Who `!asuser` alone speaks as.
const SOMEBODY: &str = "user";

/// The console: the terminal that the host runs in, and lines piped into it
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who sits at the console: with "admin" the person is console:admin
    #[schemars(regex(pattern = r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$"))]
    pub sender: String,
}

impl Default for Config {
    fn default() -> Self {
        Config { sender: "admin".into() }
    }
}

/// What [`Console::open`] must be told; the console reads no environment.
#[derive(Clone)]
pub struct Setup {
    /// The file that keeps the lines typed at a terminal, mode 0600.
    pub history: PathBuf,
    /// Whether a line may be kept there: no for one with a secret in it.
    pub remember: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// What a line being typed may go on with.
    pub complete: Complete,
    /// Whether lines are read at all: not after `enabled = false`.
    pub listen: bool,
    /// Whether colours are unwanted even on a terminal: `NO_COLOR` is set.
    pub no_color: bool,
}

/// Waits until every line that the host has taken over is answered, or asks.
pub type Answered = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// The console network; see the module.
pub struct Console {
    io: Arc<dyn ConsoleIo>,
    colours: bool,
    admin: String,
    place: Arc<Mutex<Place>>,
    /// `None` until lines may be taken.
    begun: watch::Sender<Option<Answered>>,
    ended: watch::Sender<Option<Ended>>,
    /// Whoever read the output has gone.
    unread: watch::Sender<bool>,
    posted: AtomicU64,
}

/// Who speaks, and where.
struct Place {
    speaker: String,
    /// `None` is in private.
    room: Option<String>,
}

impl Place {
    /// Where the console starts.
    fn of(config: &Config) -> Result<Arc<Mutex<Self>>> {
        let speaker = config.sender.clone();
        if !is_name(&speaker) {
            return Err(user_error(format!("chats.console.sender: {speaker:?} is no name: one is like admin")));
        }
        Ok(Arc::new(Mutex::new(Place { speaker, room: None })))
    }
    /// The chat that lines go to.
    fn chat(&self) -> ChatId {
        ChatId::new(NAME, self.room.as_ref().unwrap_or(&self.speaker))
    }
}

impl Console {
    /// The console on the process's own standard input and output: a line editor
    /// where both are a terminal, else line by line, and without input where
    /// standard input is closed or `/dev/null`.
    ///
    /// The line editor takes Ctrl-C as a key and leaves SIGINT alone. No line is
    /// taken, and no prompt shown, before [`begin`](Self::begin).
    ///
    /// # Errors
    /// A name in the config that cannot be one; no thread to be had.
    pub fn open(config: Config, setup: Setup) -> Result<Self> {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stdout()) && !setup.no_color;
        let place = Place::of(&config)?;
        let completer = completion::Completion { place: place.clone(), complete: setup.complete };
        let io = match if setup.listen { lines::input() } else { Input::None } {
            Input::Terminal => terminal::open(&setup.history, setup.remember, completer).or_else(|error| {
                tracing::debug!(%error, "no line editor on this terminal");
                lines::open(Input::Lines)
            })?,
            input => lines::open(input)?,
        };
        Ok(Self::at(place, config, Arc::new(io), colours, None))
    }

    /// A console for tests: lines and output are those of `script`.
    ///
    /// # Errors
    /// As [`Console::open`].
    pub fn scripted(config: Config, script: Arc<Script>) -> Result<Self> {
        Self::with_io(config, script, false)
    }

    /// A console on `io`, with colours or without, that takes lines at once.
    ///
    /// # Errors
    /// A name in the config that cannot be one.
    pub fn with_io(config: Config, io: Arc<dyn ConsoleIo>, colours: bool) -> Result<Self> {
        Self::make(config, io, colours, Some(Arc::new(|| Box::pin(async {}))))
    }
    fn make(config: Config, io: Arc<dyn ConsoleIo>, colours: bool, begun: Option<Answered>) -> Result<Self> {
        Ok(Self::at(Place::of(&config)?, config, io, colours, begun))
    }
    fn at(
        place: Arc<Mutex<Place>>,
        config: Config,
        io: Arc<dyn ConsoleIo>,
        colours: bool,
        begun: Option<Answered>,
    ) -> Self {
        let admin = config.sender;
        let (begun, ended, unread) = (watch::Sender::new(begun), watch::Sender::new(None), watch::Sender::new(false));
        Console { io, colours, admin, place, begun, ended, unread, posted: AtomicU64::new(0) }
    }

    /// Begins to take lines. A pipe's or file's next line is taken when the one
    /// before is answered: else `!asuser`, which is answered here, would overtake
    /// a command, and a script's answers would not stand in its order.
    pub fn begin(&self, answered: Answered) {
        self.begun.send_replace(Some(answered));
    }

    /// The person whom the config names, as who the console starts.
    pub fn person(&self) -> Sender {
        Sender::new(NAME, &self.admin, self.admin.as_str())
    }

    /// What the console reads from.
    pub fn input(&self) -> Input {
        self.io.input()
    }

    /// Waits until no more lines will come, and says why. Never without input.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.subscribe();
        let why = ended.wait_for(Option::is_some).await.map(|why| *why);
        why.ok().flatten().expect("the console holds the sender, and waited for Some")
    }

    /// Waits until the output is a pipe that nobody reads any more (`| head`), as
    /// the first thing shown after that tells.
    pub async fn unread(&self) {
        self.unread.subscribe().wait_for(|unread| *unread).await.expect("the console holds the sender");
    }

    async fn show(&self, shown: Shown) -> Result<(), PostError> {
        let closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
        let done = self.io.show(shown).await;
        if let Err(PostError::Transient(error)) = &done
            && error.chain().any(|cause| cause.downcast_ref().is_some_and(closed))
        {
            self.unread.send_replace(true);
        }
        done
    }

    /// Shows a line of the host's own, such as the one at start.
    pub async fn say(&self, text: impl Into<Text>) {
        let message = Message::from(text.into());
        let text = self.styled(&message);
        if let Err(error) = self.show(Shown { address: None, message, text }).await {
            tracing::debug!(%error, "the console could not be written");
        }
    }

    /// Shows lines of the log above the prompt, where they do not garble the line
    /// being typed; returns before they are written.
    pub fn log(&self, lines: &str) {
        self.io.log(visible(lines));
    }

    /// Gives the terminal back as it was, though a line is waited for: the last
    /// thing before the process ends.
    pub fn close(&self) {
        self.io.close();
    }

    fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line typed: answered here, or put into the inbox.
    async fn hear(&self, line: String, inbox: &Inbox) {
        if line.trim().is_empty() {
            return;
        }
        if line.len() > LINE_MAX {
            return self.say(texts::line_too_long(LINE_MAX)).await;
        }
        if let Some(answer) = self.own_command(&line) {
            return self.say(answer).await;
        }
        let incoming = {
            let place = self.place();
            let (Place { speaker, room }, chat) = (&*place, place.chat());
            Incoming::new(chat, Sender::new(NAME, speaker, speaker.as_str()), room.is_none(), line)
        };
        if let Err(error) = inbox.put(incoming).await {
            tracing::error!(error = format!("{:#}", error.into_anyhow()), "a line of the console was not taken");
            self.say("That line could not be taken; the log says why.").await;
        }
    }

    /// The answer to one of [`OWN_COMMANDS`], carried out.
    fn own_command(&self, line: &str) -> Option<String> {
        let mut words = line.split_whitespace();
        let command = words.next()?.to_lowercase();
        let (name, surplus) = (words.next(), words.next().is_some());
        let place = &mut *self.place();
        let done = match (command.as_str(), name) {
            ("!inroom", Some(name)) if !surplus => self.in_room(place, name),
            ("!inroom", _) => Err(usage(INROOM)),
            ("!inperson", None) => {
                place.room = None;
                Ok(())
            }
            ("!inperson", _) => Err(usage(INPERSON)),
            ("!asuser", name) if !surplus => Self::as_user(place, name.unwrap_or(SOMEBODY)),
            ("!asuser", _) => Err(usage(ASUSER)),
            ("!asadmin", None) => Self::as_user(place, &self.admin),
            ("!asadmin", _) => Err(usage(ASADMIN)),
            _ => return None,
        };
        let Place { speaker, room } = place;
        Some(done.map_or_else(
            |wrong| wrong,
            |()| match room {
                Some(room) => format!("You are {NAME}:{speaker} in the room {NAME}:{room}"),
                None => format!("You are {NAME}:{speaker} in private"),
            },
        ))
    }

    fn in_room(&self, place: &mut Place, word: &str) -> Result<(), String> {
        let room = self.parse_chat(unprefixed(word)).ok_or_else(|| format!("{}; a NAME is like ops", usage(INROOM)))?;
        if [self.admin.as_str(), place.speaker.as_str(), SOMEBODY].contains(&room.as_str()) {
            return Err(format!("{room} is a person here; a room needs another name"));
        }
        place.room = Some(room);
        Ok(())
    }

    fn as_user(place: &mut Place, word: &str) -> Result<(), String> {
        let name = unprefixed(word);
        if !is_name(name) {
            return Err(format!("{}; a NAME is like ann", usage(ASUSER)));
        }
        if place.room.as_deref() == Some(name) {
            return Err(format!("{name} is the room you are in; {INPERSON} leaves it"));
        }
        name.clone_into(&mut place.speaker);
        Ok(())
    }

    /// The message as it stands on the screen, without its room.
    fn styled(&self, message: &Message) -> String {
        let text = if self.colours { message.text.ansi() } else { visible(&message.text.plain()) };
        let file = message.file.as_ref().map(|file| {
            // The console has no way to hand a file over; its name says what there is.
            format!("(file {}, {} bytes)", visible(&file.name).replace('\n', " "), file.content.len())
        });
        [text].into_iter().chain(file).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// The message with its room, unless it is for the person at hand in private.
    /// Further lines stand under the first, so that none can look like another post.
    fn laid_out(&self, address: &str, message: &Message) -> String {
        let text = self.styled(message);
        if self.place().speaker == address {
            return text;
        }
        let thread = message.thread.as_ref().map(|thread| format!("/{thread}")).unwrap_or_default();
        let head = visible(&format!("[{address}{thread}] ")).replace('\n', " ");
        let margin = " ".repeat(head.chars().count());
        let mut shown = head;
        for (n, line) in text.split('\n').enumerate() {
            if n > 0 {
                shown.push('\n');
                shown += if line.is_empty() { "" } else { margin.as_str() };
            }
            shown += line;
        }
        shown
    }
}

#[async_trait::async_trait]
impl Network for Console {
    async fn run(&self, inbox: Inbox) -> Result<()> {
        let mut begun = self.begun.subscribe();
        let answered = begun.wait_for(Option::is_some).await.map(|begun| begun.clone());
        let answered = answered.ok().flatten().expect("the console holds the sender, and waited for Some");
        loop {
            match self.io.line().await {
                Ok(line) => {
                    self.hear(line, &inbox).await;
                    if self.input() == Input::Lines {
                        answered().await;
                    }
                }
                Err(why) => {
                    self.ended.send_replace(Some(why));
                    // Posts are still shown; only the host knows whether it stays.
                    std::future::pending::<()>().await;
                }
            }
        }
    }
    async fn post(&self, address: &str, message: &Message) -> Result<String, PostError> {
        let text = self.laid_out(address, message);
        self.show(Shown { address: Some(address.to_owned()), message: message.clone(), text }).await?;
        Ok((self.posted.fetch_add(1, Ordering::Relaxed) + 1).to_string())
    }
    fn limits(&self) -> Limits {
        // A screen scrolls; the limit only keeps one post within reason.
        Limits { text: 1 << 20, ..Limits::default() }
    }
    /// Letters, digits, `_`, `.` and `-` after a letter, at most 64; `#ops` is `ops`.
    /// Narrow, since every bare word of a command that wants a chat is asked about:
    /// an e-mail address or a number must not become a room.
    fn parse_chat(&self, word: &str) -> Option<String> {
        let name = word.strip_prefix('#').unwrap_or(word);
        is_name(name).then(|| name.to_owned())
    }
    fn address_form(&self) -> &'static str {
        "ops"
    }
    fn private_chat(&self, account: &str) -> Option<String> {
        Some(account.to_owned())
    }
    fn own_commands(&self) -> &'static [(&'static str, &'static str)] {
        OWN_COMMANDS
    }
    fn link(&self) -> Link {
        self.io.link()
    }
}

fn usage(form: &str) -> String {
    format!("Usage: {form}")
}

/// People also type the whole of what they see: `console:ops`.
fn unprefixed(word: &str) -> &str {
    word.strip_prefix(NAME).and_then(|rest| rest.strip_prefix(':')).unwrap_or(word)
}

fn is_name(word: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.len() <= 64 && word.chars().all(letters)
}
