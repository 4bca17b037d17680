//! A host on Telegram with people and chats, and a plugin that says and asks what it
//! is told to.
use factotum_plugin_api::{chat::Link, prelude::*};
use factotum_testing::{Bot, Builder, telegram::Telegram};

/// People and chats that are there in every story.
pub(super) const ANN: i64 = 111;
pub(super) const BOB: i64 = 222;
pub(super) const GROUP: i64 = -100_1234;
pub(super) const FORUM: i64 = -100_5678;
pub(super) const BUILDS: i64 = 42;

/// A host on Telegram, and that Telegram.
pub(super) struct Place {
    pub(super) bot: Bot,
    pub(super) telegram: Telegram,
}

impl Place {
    /// A host with its own commands and those of [`Desk`].
    pub(super) async fn new() -> Self {
        Place::with(Bot::with::<Desk>()).await
    }
    /// The same with other plugins and config. Ann is the admin.
    pub(super) async fn with(builder: Builder) -> Self {
        let telegram = Telegram::start().await;
        for (id, name) in [(ANN, "ann"), (BOB, "bob")] {
            telegram.user(id, name);
            telegram.private(id);
        }
        telegram.supergroup(GROUP, "Dev");
        telegram.forum(FORUM, "Forum");
        telegram.topic(FORUM, BUILDS, "Builds");
        let (token, url) = (telegram.token(), telegram.url());
        let config = format!("[outbox]\njitter = 0.0\n[chats.telegram]\ntoken = {token:?}\napi_url = {url:?}\n");
        let bot = builder.admin(&format!("telegram:{ANN}")).config(&config).start().await;
        telegram.follow(bot.clock());
        let place = Place { bot, telegram };
        place.telegram.wait_for_calls("getUpdates", 1).await;
        place
    }
    /// Shuts the server, and returns when the bot has seen it: no connection is left
    /// that it could take for a live one.
    pub(super) async fn down(&self) {
        self.telegram.down();
        let link = || self.bot.host().shared.networks().get("telegram").map(|network| network.link());
        while !matches!(link(), Some(Link::Down(_))) {
            tokio::task::yield_now().await;
        }
    }
    /// Puts notices into the outbox, and waits for those that can go at once.
    pub(super) async fn post(&self, notices: &[Notice]) {
        let shared = &self.bot.host().shared;
        let chats = shared.journal.enqueue("desk", notices, None).await.expect("a journal that writes");
        shared.outbox().expect("it runs").wake(&chats.unwrap_or_default());
        self.bot.settled().await;
    }
    /// One notice.
    pub(super) async fn send(&self, chat: impl ToString, text: impl Into<Text>) {
        self.post(&[notice(chat, text)]).await;
    }
    /// `user` says a line in `chat`, and what follows is waited for. People take their
    /// time: no answer has to wait for its turn.
    pub(super) async fn say(&self, chat: i64, user: i64, line: &str) -> i64 {
        self.bot.pass(secs(20)).await;
        let id = self.telegram.say(chat, user, line);
        self.heard().await;
        id
    }
    /// `user` presses a button in `chat`, and what follows is waited for.
    pub(super) async fn press(&self, chat: i64, user: i64, label: &str) {
        self.bot.pass(secs(20)).await;
        self.telegram.press(chat, user, label);
        self.heard().await;
    }
    /// Returns when what was said is taken and answered: the bot asks for the next
    /// updates when these are on disk.
    pub(super) async fn heard(&self) {
        self.telegram.drained().await;
        self.bot.settled().await;
    }
    /// Somebody else who wrote to the bot some time ago.
    pub(super) fn person(&self, id: i64) -> i64 {
        self.telegram.user(id, &format!("p{id}"));
        self.telegram.private(id)
    }
    /// Moves the clock on, a second at a time, until nothing waits to be posted.
    pub(super) async fn drain(&self) {
        for _ in 0..3600 {
            if self.bot.host().shared.journal.waiting_chats().await.expect("a journal that reads").is_empty() {
                return;
            }
            self.bot.pass(Duration::from_secs(1)).await;
        }
        panic!("it never ends:\n{}", self.transcript());
    }
    pub(super) fn transcript(&self) -> String {
        self.telegram.transcript()
    }
    /// The texts of the bot that stand in a chat, as they are read.
    pub(super) fn said(&self, chat: i64) -> String {
        let by_bot = self.telegram.messages(chat).into_iter().filter(|message| message.author == "bot");
        by_bot.map(|message| message.text).collect::<Vec<_>>().join("\n")
    }
    /// The texts that stand in a chat.
    pub(super) fn texts(&self, chat: i64) -> Vec<String> {
        self.telegram.messages(chat).into_iter().map(|message| message.text).collect()
    }
}

pub(super) fn notice(chat: impl ToString, text: impl Into<Text>) -> Notice {
    Notice::new(ChatId::new("telegram", chat.to_string()), text)
}
pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Says, asks and keeps what it is told to.
pub(super) struct Desk;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Red,
    Blue,
}
/// Paint a wall
#[derive(Args)]
struct PaintArgs {
    /// Wall to paint
    wall: String,
    /// Its colour
    colour: Colour,
}
/// Take all paint off
#[derive(Args)]
struct StripArgs {
    /// Wall to strip
    wall: String,
}
/// Keep a key
#[derive(Args)]
struct KeepArgs {
    /// Whose key
    owner: String,
    /// The key
    key: Secret,
}
/// Give a file
#[derive(Args)]
struct FileArgs {
    /// How long the text with it is
    length: usize,
}
/// Show many buttons
#[derive(Args)]
struct BoardArgs {
    /// How many
    buttons: usize,
}
/// Say it again
#[derive(Args)]
struct AgainArgs {
    /// What to say
    #[arg(required = true)]
    words: Vec<String>,
}

impl Plugin for Desk {
    const NAME: &'static str = "desk";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Desk)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands
            .on("paint", Access::EVERYONE, Self::paint)
            .on("strip", Access::EVERYONE.confirmed(), Self::strip)
            .on("keep", Access::EVERYONE, Self::keep)
            .on("file", Access::EVERYONE, Self::file)
            .on("board", Access::EVERYONE, Self::board)
            .on("again", Access::EVERYONE, Self::again);
    }
}

impl Desk {
    async fn paint(&self, _: &Call, args: PaintArgs) -> Result<Reply> {
        Ok(format!("{} is {:?}.", args.wall, args.colour).into())
    }
    async fn strip(&self, _: &Call, args: StripArgs) -> Result<Reply> {
        Ok(format!("{} is bare.", args.wall).into())
    }
    async fn keep(&self, _: &Call, args: KeepArgs) -> Result<Reply> {
        Ok(format!("{}'s key has {} letters.", args.owner, args.key.expose().len()).into())
    }
    async fn file(&self, _: &Call, args: FileArgs) -> Result<Reply> {
        Ok(Reply::from("ü".repeat(args.length)).file("rules.txt", "all of them").row([Button::new("Again", "!file 5")]))
    }
    async fn board(&self, _: &Call, args: BoardArgs) -> Result<Reply> {
        let button = |n: usize| Button::new(format!("Number {n}"), format!("!again {n}"));
        Ok(Reply::from("Choose:").row((0..args.buttons).map(button)))
    }
    async fn again(&self, _: &Call, args: AgainArgs) -> Result<Reply> {
        Ok(args.words.join(" ").into())
    }
}
