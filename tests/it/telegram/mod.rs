//! The bot on Telegram: the real host with the real network, over sockets to a Bot API
//! server of our own.
use crate::logged::{self, Keeps, Log};
use chat_telegram as _; // registers the network
use factotum_plugin_api::{chat::Link, http::Peer, prelude::*};
use factotum_testing::{Bot, Builder, telegram::Telegram};
use http::Method;
use tracing::level_filters::LevelFilter;

mod bursts;
mod dialogs;
mod errors;
mod pace;
mod place;
mod receiving;
mod secrets;
mod sending;
mod understanding;
mod webhook;

/// An admin of the host, who wrote to the bot before.
pub(crate) const ANN: i64 = 111;
/// Anybody else, who wrote to the bot before.
pub(crate) const BOB: i64 = 222;
/// A basic group.
pub(crate) const GROUP: i64 = -123;
/// A supergroup without topics.
pub(crate) const SUPERGROUP: i64 = -1001234;
/// A supergroup with [`TOPIC`].
pub(crate) const FORUM: i64 = -1005678;
/// A topic of the [`FORUM`].
pub(crate) const TOPIC: i64 = 42;
/// A channel, `@news_of_dev`.
pub(crate) const CHANNEL: i64 = -1009999;

/// Telegram with ann, bob and the chats above.
pub(crate) async fn telegram() -> Telegram {
    let telegram = Telegram::start().await;
    for (id, name) in [(ANN, "Ann"), (BOB, "Bob")] {
        telegram.user(id, name);
        telegram.private(id);
    }
    telegram.group(GROUP, "Dev");
    telegram.supergroup(SUPERGROUP, "Ops");
    telegram.forum(FORUM, "Builds");
    telegram.topic(FORUM, TOPIC, "Nightly");
    telegram.channel(CHANNEL, "News", Some("news_of_dev"));
    telegram
}

/// The section `[chats.telegram]` of a bot there, with more of its lines.
pub(crate) fn section(telegram: &Telegram, more: &str) -> String {
    format!("[chats.telegram]\ntoken = {:?}\napi_url = {:?}\n{more}", telegram.token(), telegram.url())
}

/// A bot on Telegram whose admin is ann, and `admin` on the console; `more` are lines of
/// `[chats.telegram]`.
pub(crate) fn on(telegram: &Telegram, builder: Builder, more: &str) -> Builder {
    builder.admin(&format!("telegram:{ANN}")).admin("admin").config(&section(telegram, more))
}

/// Telegram, and a bot there with [`Probe`].
pub(crate) async fn started(more: &str) -> (Telegram, Bot) {
    let telegram = telegram().await;
    let bot = on(&telegram, Bot::with::<Probe>(), more).start().await;
    telegram.follow(bot.clock());
    (telegram, bot)
}

/// Returns when the bot has taken every update, and what follows is done; so much later
/// that the next line is not held up by the pace.
pub(crate) async fn heard(telegram: &Telegram, bot: &Bot) {
    telegram.drained().await;
    bot.settled().await;
    bot.pass(Duration::from_secs(20)).await;
}

/// Moves the clock on until `done` ends: for pauses whose length chance decides.
pub(crate) async fn passing<T>(bot: &Bot, done: impl Future<Output = T>) -> T {
    let clock = async {
        loop {
            bot.clock().advance(Duration::from_millis(100));
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::select! {
        biased;
        done = done => done,
        () = clock => unreachable!("it never ends"),
    }
}

/// Returns when `is` says yes of what nobody can be told of.
///
/// # Panics
/// After a minute.
pub(crate) async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let wait = async {
        while !is() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), wait).await.is_ok(), "{what} never came");
}

/// Lets every task do what it can without the clock.
pub(crate) async fn breathe() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

/// How the network stands.
pub(crate) fn link(bot: &Bot) -> Link {
    bot.host().shared.networks().get("telegram").expect("it is configured").link()
}

/// What an admin at the console reads of the network in `!status`.
pub(crate) async fn status(bot: &Bot) -> String {
    bot.transcript();
    bot.say_privately("admin", "!status").await;
    let said = bot.transcript();
    let line = said.lines().find(|line| line.contains("telegram")).expect("a line on it");
    line.trim_start_matches("bot").trim_start_matches([' ', '>']).to_owned()
}

/// Another program calls a method as the bot.
pub(crate) async fn other_program(telegram: &Telegram, method: &str, params: serde_json::Value) {
    let peer = Peer::new(&telegram.url()).expect("a URL");
    let client = factotum_plugin_api::http::Http::default().client(peer).expect("a client");
    let path = format!("./bot{}/{method}", telegram.token());
    client.send(Method::POST, &path, |request| request.json(&params)).await.expect("an answer");
}

/// The journal takes no update, as when the disk is full, or takes them again.
pub(crate) fn journal_takes_updates(bot: &Bot, yes: bool) {
    let db = rusqlite::Connection::open(bot.folder().join("data/journal.db")).expect("the journal");
    db.busy_timeout(Duration::from_secs(5)).expect("a time limit");
    let sql = match yes {
        true => "DROP TRIGGER full",
        false => "CREATE TRIGGER full BEFORE INSERT ON updates BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    };
    db.execute_batch(sql).expect("it is free");
}

/// What the host logs on this thread while the guard lives.
pub(crate) fn log() -> (Log, Keeps) {
    logged::log(LevelFilter::INFO)
}
/// Shows how a line was understood.
pub(crate) struct Probe;

/// Show how this line was understood
#[derive(Args)]
struct PlaceArgs {
    /// Chat to name
    chat: Option<ChatId>,
}
/// Deploy, for ever
#[derive(Args)]
struct DeployArgs {}
/// Open the safe
#[derive(Args)]
struct SafeArgs {}

impl Plugin for Probe {
    const NAME: &'static str = "probe";
    type Config = NoConfig;
    fn start(_: NoConfig, _: Host) -> Result<Self> {
        Ok(Probe)
    }
    fn commands(&self, commands: &mut Commands<Self>) {
        commands.on("place", Access::EVERYONE, Self::place).on("deploy now", Access::EVERYONE, Self::deploy).on(
            "safe open",
            Access::ADMINS,
            Self::safe,
        );
    }
}
impl Probe {
    async fn place(&self, call: &Call, args: PlaceArgs) -> Result<Reply> {
        let Incoming { chat, sender, private, thread, language, attachment, .. } = &call.incoming;
        let mut said = format!("{} ({}) in {chat}", sender.id, sender.name);
        if let Some(thread) = thread {
            said += &format!(", topic {thread}");
        }
        if *private {
            said += ", in private";
        }
        if let Some(language) = language {
            said += &format!(", speaks {language}");
        }
        if let Some(chat) = args.chat {
            said += &format!(", means {chat}");
        }
        if let Some(file) = attachment {
            said += &format!(", with {}: {}", file.name, String::from_utf8_lossy(&file.content));
        }
        Ok(said.into())
    }
    async fn deploy(&self, call: &Call, _: DeployArgs) -> Result<Reply> {
        call.say("deploying").await?;
        std::future::pending().await
    }
    async fn safe(&self, _: &Call, _: SafeArgs) -> Result<Reply> {
        Ok("It is open.".into())
    }
}
