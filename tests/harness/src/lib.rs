//! The real host in process, for the tests of plugins: a scripted chat network,
//! a clock one can move, and a transcript to compare.
//!
//! ```no_run
//! use factotum_testing::Bot;
//! # use factotum_plugin_api::prelude::*;
//! # struct Greeter; impl Plugin for Greeter { const NAME: &'static str = "greeter"; type Config = NoConfig;
//! # fn start(_: NoConfig, _: Host) -> Result<Self> { Ok(Greeter) } }
//! # async fn test() {
//! let bot = Bot::with::<Greeter>().admin("ann").start().await;
//! bot.say("ann", "!greet Bob").await;
//! assert_eq!(bot.transcript(), "ann     > !greet Bob\nbot     > Hello Bob\n");
//! # }
//! ```
//!
//! Nothing here decides anything: lines go through the host's dispatch, requests
//! over a socket to its listener, with the proof that their sender would give.
mod buildbot;
mod conformance;
mod door;
mod idle;
mod network;
mod peer;
pub mod telegram;
pub mod texts;
pub mod trueconf;

pub use buildbot::Buildbot;
pub use conformance::conformance;
/// How the host splits a line into words, for plugins that put lines on buttons.
pub use factotum_host::words;
pub use network::{Script, Trouble};
pub use peer::Peer;

use factotum_host::{
    Known,
    config::{self, Sources},
    dispatch::lane::DispatchInbox,
    running::{Parts, Running},
    services::dry::DryServices,
};
use factotum_plugin_api::{
    Plugin, Registration, Result,
    chat::{ChatEvent, ChatId, Incoming, Network, NetworkRegistration, Receive, Sender},
    clock::Clock,
    hook::Sample,
    http::{Answer, Http},
    language::unsaid,
    reqwest::RequestBuilder,
    schemars,
    secret::Secret,
};
use http::Method;
use network::Transcript;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// The room in which [`Bot::say`] speaks.
pub const LOBBY: &str = "lobby";
/// How long something that must come is waited for: on a machine at work, never so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// When a bot's clock begins.
pub const START: &str = "2026-11-20T10:00:00Z";

/// What a bot is made of.
pub struct Builder {
    plugins: Vec<Registration>,
    known: Vec<Known>,
    admins: Vec<String>,
    config: String,
    script: Script,
    networks: Vec<(String, Arc<dyn Network>)>,
    transcript: Transcript,
    clock: Clock,
}

impl Builder {
    /// Adds a plugin.
    pub fn and<P: Plugin>(mut self) -> Self {
        self.plugins.push(Registration::of::<P>("0.0.0", "under test"));
        self
    }
    /// Names a plugin that the binary was built without, and the feature that brings it.
    pub fn left_out(mut self, name: &'static str, feature: &'static str) -> Self {
        self.known.push(Known { name, feature, built_in: false });
        self
    }
    /// Makes `console:NAME` an admin; with its network where the name has one.
    pub fn admin(mut self, name: &str) -> Self {
        self.admins.push(if name.contains(':') { name.to_owned() } else { format!("console:{name}") });
        self
    }
    /// Adds sections to the config, as TOML.
    pub fn config(mut self, toml: &str) -> Self {
        self.config += toml;
        self.config += "\n";
        self
    }
    /// Lets the scripted network change and remove messages, as Telegram does.
    pub fn edits(self) -> Self {
        self.script.allow_edits();
        self
    }
    /// Gives the scripted network buttons, whose data is 64 bytes at most, as on
    /// Telegram; [`Bot::press`] presses them.
    pub fn buttons(self) -> Self {
        self.script.allow_buttons();
        self
    }
    /// Lets the scripted network do what Telegram's groups can: a room has topics
    /// (`ops/42`), a question says which message it answers, and a press is answered
    /// to the person who pressed.
    pub fn groups(self) -> Self {
        self.script.allow_groups();
        self
    }
    /// Adds a network of one's own, beside `console`.
    pub fn network(mut self, name: &str, network: Arc<dyn Network>) -> Self {
        self.networks.push((name.to_owned(), network));
        self
    }
    /// Adds a second scripted network with its own addresses; its messages are in
    /// the transcript too.
    pub fn scripted(self, name: &str) -> Self {
        let script = Script::new(name, self.transcript.clone());
        self.network(name, Arc::new(script))
    }
    /// Starts the host on a folder of its own.
    ///
    /// # Panics
    /// When it does not start; [`try_start`](Self::try_start) gives the error.
    pub async fn start(self) -> Bot {
        self.try_start().await.expect("the host starts")
    }
    /// As [`start`](Self::start).
    ///
    /// # Errors
    /// What the host says of its config, its plugins or its folder.
    pub async fn try_start(self) -> anyhow::Result<Bot> {
        let folder = tempfile::tempdir()?;
        let host = self.run(folder.path().into()).await?;
        Ok(Bot { made_of: self, host: Some(host), folder })
    }
    /// Writes the config file.
    fn write(&self, file: &Path) -> std::io::Result<()> {
        let admins: Vec<String> = self.admins.iter().map(|admin| format!("{admin:?}")).collect();
        // Sections of the test come last; what it says of [http] is merged by hand.
        let http = if self.config.contains("[http]") { "" } else { "[http]\nlisten = \"127.0.0.1:0\"\n" };
        std::fs::write(file, format!("admins = [{}]\n{}{http}", admins.join(", "), self.config))
    }
    async fn run(&self, folder: PathBuf) -> anyhow::Result<Running> {
        let file = folder.join("factotum.toml");
        self.write(&file)?;
        let registered = factotum_plugin_api::inventory::iter::<NetworkRegistration>.into_iter();
        let registered = registered.map(|kind| (kind.kind, (kind.config_schema)()));
        let console = ("console", schemars::schema_for!(factotum_host::console::Config));
        let config = config::load(Sources {
            file: Some(file),
            text: None,
            env: vec![],
            credentials: None,
            plugins: self.plugins.iter().map(|plugin| (plugin.name, (plugin.config_schema)())).collect(),
            networks: std::iter::once(console).chain(registered).collect(),
            left_out: self.known.iter().map(|known| (known.name.to_owned(), known.feature.to_owned())).collect(),
        })?;
        let console: Arc<dyn Network> = Arc::new(self.script.clone());
        let mut networks = vec![("console".to_owned(), console)];
        networks.extend(self.networks.iter().cloned());
        let (plugins, known, clock) = (self.plugins.clone(), self.known.clone(), self.clock.clone());
        Running::start(Parts { config, data: folder.join("data"), clock, plugins, known, networks }).await
    }
}

/// A host under test.
pub struct Bot {
    made_of: Builder,
    host: Option<Running>,
    folder: TempDir,
}

impl Bot {
    /// A bot with one plugin, given by its type: the binary's registry is left aside.
    pub fn with<P: Plugin>() -> Builder {
        Bot::bare().and::<P>()
    }
    /// A bot with the host's own commands alone.
    pub fn bare() -> Builder {
        let transcript = Transcript::default();
        Builder {
            plugins: vec![],
            known: vec![],
            admins: vec![],
            config: String::new(),
            script: Script::new("console", transcript.clone()),
            networks: vec![],
            transcript,
            clock: Clock::manual(START.parse().expect("a time stamp")),
        }
    }
    /// The host.
    pub fn host(&self) -> &Running {
        self.host.as_ref().expect("only a restart takes it")
    }
    /// The clock of everything.
    pub fn clock(&self) -> &Clock {
        &self.made_of.clock
    }
    /// The network `console`: what it does wrong next.
    pub fn script(&self) -> &Script {
        &self.made_of.script
    }
    /// The host's folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
    /// `who` says a line in the lobby; returns when it is answered and every
    /// notice that can go has gone.
    pub async fn say(&self, who: &str, line: &str) {
        self.say_in(LOBBY, who, line).await;
    }
    /// As [`say`](Self::say), in another room.
    pub async fn say_in(&self, room: &str, who: &str, line: &str) {
        self.begin(ChatId::new("console", room), who, false, line);
        self.settled().await;
    }
    /// As [`say`](Self::say), where nobody else reads it.
    pub async fn say_privately(&self, who: &str, line: &str) {
        self.begin(ChatId::new("console", who), who, true, line);
        self.settled().await;
    }
    /// `who` says a line in the lobby, and nothing is waited for.
    pub fn begin_to_say(&self, who: &str, line: &str) {
        self.begin(ChatId::new("console", LOBBY), who, false, line);
    }
    /// As [`begin_to_say`](Self::begin_to_say), where nobody else reads it.
    pub fn begin_to_say_privately(&self, who: &str, line: &str) {
        self.begin(ChatId::new("console", who), who, true, line);
    }
    /// `who` presses the newest button with this label in the lobby; returns as
    /// [`say`](Self::say).
    ///
    /// # Panics
    /// When no message there has such a button.
    pub async fn press(&self, who: &str, label: &str) {
        self.press_in(LOBBY, who, label).await;
    }
    /// As [`press`](Self::press), in another room; in private where the room is `who`.
    pub async fn press_in(&self, room: &str, who: &str, label: &str) {
        let (message, line) = self.script().button(room, label).expect("a message with this button");
        self.press_data(room, who, label, &message, &line);
        self.settled().await;
    }
    /// `who` sends what a button of `message` would carry, whatever buttons there
    /// are; nothing is waited for.
    pub fn press_data(&self, room: &str, who: &str, label: &str, message: &str, line: &str) {
        let chat = ChatId::new("console", room);
        let place = if room == who { String::new() } else { place_of(&chat) };
        self.made_of.transcript.line(&format!("{who}{place}"), &format!("[{label}]"));
        let mut incoming = Incoming::new(chat, Sender::new("console", who, who), room == who, line);
        incoming.pressed = Some(message.into());
        incoming.press = self.script().has_groups().then(|| "press".into());
        self.host().dispatch.accept(incoming);
    }
    fn begin(&self, chat: ChatId, who: &str, private: bool, line: &str) {
        let place = if private { String::new() } else { place_of(&chat) };
        let mut incoming = Incoming::new(chat, Sender::new("console", who, who), private, line);
        self.made_of.transcript.line(&format!("{who}{place}"), &self.masked(&incoming));
        incoming.message = Some("typed".into());
        self.host().dispatch.accept(incoming);
    }
    /// Hands a message to the host as a network does, and waits for no answer: for
    /// what [`say`](Self::say) cannot say. Returns when it is on disk, if it has an
    /// update number.
    ///
    /// # Errors
    /// When the journal cannot write.
    pub async fn hear(&self, incoming: Incoming) -> Result<()> {
        let place = if incoming.private { String::new() } else { place_of(&incoming.chat) };
        let who = format!("{}{place}", incoming.sender.name);
        self.made_of.transcript.line(&who, &self.masked(&incoming));
        DispatchInbox(self.host().dispatch.clone()).receive(incoming).await
    }
    /// Tells the host what happened to a chat as a network does, with its number; returns
    /// when what follows from it has gone out.
    ///
    /// # Errors
    /// When the journal cannot write.
    pub async fn event(&self, event: ChatEvent, update: &str) -> Result<()> {
        DispatchInbox(self.host().dispatch.clone()).event(event, update).await?;
        self.settled().await;
        Ok(())
    }
    /// Returns when every line is answered and every notice that can go has gone.
    pub async fn settled(&self) {
        self.host().settled().await;
    }
    /// Returns when `text` stands in the transcript: for what comes while something
    /// else is still at work.
    ///
    /// # Panics
    /// After a minute, with the transcript.
    pub async fn posted(&self, text: &str) {
        let waited = tokio::time::timeout(PATIENCE, self.made_of.transcript.wait_for(text)).await;
        assert!(waited.is_ok(), "{text:?} was never posted; what was:\n{}", self.transcript());
    }
    /// Moves the clock on and waits for what follows.
    pub async fn pass(&self, time: Duration) {
        self.clock().advance(time);
        self.settled().await;
    }
    /// Posts a payload to the first hook of `P` that makes samples, signed with
    /// `secret` as its sender signs it.
    pub async fn send<P: Plugin>(&self, payload: &[u8], secret: Option<&str>) -> Answer {
        self.post(P::NAME, self.sample::<P>(payload, secret)).await
    }
    /// What [`send`](Self::send) posts: for a test that changes it first.
    pub fn sample<P: Plugin>(&self, payload: &[u8], secret: Option<&str>) -> Sample {
        let plugin = Registration::of::<P>("0.0.0", "under test");
        let config = self.host().shared.config();
        let section = config.plugin(plugin.name);
        let config = section.expect("the bot has this plugin").value.clone();
        let started =
            DryServices::over(None).start(&plugin, config, self.clock().clone()).expect("it has started before");
        let hook = started.hooks.0.iter().find(|hook| hook.sample.is_some()).expect("a hook with a sample");
        let make = hook.sample.expect("found by it");
        let mut sample = make(payload, secret.map(Secret::new).as_ref()).expect("a payload that makes a sample");
        sample.path.get_or_insert_with(|| hook.path.clone());
        sample
    }
    /// Posts a request; `who` stands in the transcript.
    pub async fn post(&self, who: &str, sample: Sample) -> Answer {
        let (path, fill) = filled(sample);
        self.call(who, Method::POST, &path, fill).await
    }
    /// Posts a request, and waits for nothing: the task ends with the answer.
    pub fn begin_to_post(&self, who: &str, sample: Sample) -> JoinHandle<Answer> {
        let (path, fill) = filled(sample);
        let (base, transcript, who) = (self.base(), self.made_of.transcript.clone(), who.to_owned());
        tokio::spawn(async move { exchange(&base, &transcript, &who, Method::POST, &path, fill).await })
    }
    /// Calls any path with any method; `who` stands in the transcript.
    pub async fn call(
        &self,
        who: &str,
        method: Method,
        path: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Answer {
        let answer = exchange(&self.base(), &self.made_of.transcript, who, method, path, fill).await;
        self.settled().await;
        answer
    }
    fn base(&self) -> String {
        format!("http://{}", self.host().http())
    }
    /// What was said, posted and answered since the last call.
    pub fn transcript(&self) -> String {
        self.made_of.transcript.take()
    }
    /// Stops the host and starts it again on the same folder.
    ///
    /// Hangs when a command or a post does; then it is [`restart_after`](Self::restart_after).
    pub async fn restart(&mut self) {
        self.restart_after(Duration::ZERO).await;
    }
    /// As [`restart`](Self::restart), while so much time passes: a host gives what
    /// runs 10 s, and cuts it off then.
    pub async fn restart_after(&mut self, time: Duration) {
        let host = self.host.take().expect("only a restart takes it");
        let clock = self.clock().clone();
        let pass = async {
            // Until every task has seen that the host stops and waits for the clock.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            clock.advance(time);
        };
        tokio::join!(host.stop(), pass);
        self.host = Some(self.made_of.run(self.folder.path().into()).await.expect("the host starts again"));
        self.settled().await;
    }
    /// Writes another config file: `toml` in the place of what [`Builder::config`]
    /// said, with the same admins. A host at work takes it over with `!reload`.
    pub fn configure(&mut self, toml: &str) {
        self.made_of.config = format!("{toml}\n");
        self.made_of.write(&self.folder.path().join("factotum.toml")).expect("a folder of our own");
    }
    /// Stops the host.
    pub async fn stop(mut self) {
        self.host.take().expect("only a restart takes it").stop().await;
    }
    /// The line as the transcript may show it: without what is a secret.
    fn masked(&self, Incoming { sender, chat, line, .. }: &Incoming) -> String {
        let shared = &self.host().shared;
        let answer = || match shared.questions.await_secret(&sender.id, chat) {
            true => "***".to_owned(),
            false => line.clone(),
        };
        let Some(typed) = line.strip_prefix('!') else { return answer() };
        let (Ok(words), Ok(open)) = (words::split(typed), shared.open_tables()) else { return answer() };
        match open.commands.find(&words) {
            Some((command, n)) if command.has_secret => {
                let masked = command.masked(words.get(n..).unwrap_or_default());
                format!("!{} {}", words[..n].join(" "), masked.join(" ")).trim_end().to_owned()
            }
            None if typed != "nay" => answer(),
            _ => line.clone(),
        }
    }
}

/// Nobody may have been shown the key of a text in its place.
impl Drop for Bot {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return; // with what it has to say
        }
        let plugins = self.made_of.plugins.iter().map(|plugin| plugin.name).chain(["host"]);
        let unsaid: Vec<String> =
            plugins.flat_map(|name| unsaid(name).into_iter().map(move |key| format!("{name}.{key}"))).collect();
        assert!(unsaid.is_empty(), "there are no such texts: {}", unsaid.join(", "));
    }
}

/// Where something is said: nothing for the lobby.
fn place_of(chat: &ChatId) -> String {
    if chat.address == LOBBY { String::new() } else { format!("@{}", chat.address) }
}

/// The path of a request, and what makes the rest of it.
fn filled(sample: Sample) -> (String, impl FnOnce(RequestBuilder) -> RequestBuilder + Send + 'static) {
    let Sample { path, headers, body } = sample;
    let fill = move |mut request: RequestBuilder| {
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        request.body(body)
    };
    (path.expect("a path to post to"), fill)
}

/// One call, with its line in the transcript.
async fn exchange(
    base: &str,
    transcript: &Transcript,
    who: &str,
    method: Method,
    path: &str,
    fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Answer {
    let peer = factotum_plugin_api::http::Peer::new(base).expect("a URL");
    let client = Http::default().client(peer).expect("a client");
    // What follows from a request may be posted before its answer is read: the
    // request's line stands first all the same.
    let place = transcript.end();
    let answer = client.send(method.clone(), path, fill).await.expect("the listener answers");
    let body = String::from_utf8_lossy(&answer.body).trim_end().to_owned();
    let body = if body.is_empty() { body } else { format!(": {body}") };
    transcript.insert(place, who, &format!("{method} {path} {}{body}", answer.status.as_u16()));
    answer
}
