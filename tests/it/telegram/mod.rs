//! The bot on Telegram: the real host with the real network, over sockets to a Bot API
//! server of our own.
use chat_telegram as _; // registers the network
use factotum_testing::{Bot, Builder, telegram::Telegram};
use std::time::Duration;

mod receiving;
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

/// A bot on Telegram whose admin is ann; `more` are lines of `[chats.telegram]`.
pub(crate) fn on(telegram: &Telegram, builder: Builder, more: &str) -> Builder {
    builder.admin(&format!("telegram:{ANN}")).config(&section(telegram, more))
}

/// Telegram, and a bot there with the host's commands alone.
pub(crate) async fn started(more: &str) -> (Telegram, Bot) {
    let telegram = telegram().await;
    let bot = on(&telegram, Bot::bare(), more).start().await;
    telegram.follow(bot.clock());
    (telegram, bot)
}

/// Returns when the bot has taken every update, and everything that follows is done.
pub(crate) async fn heard(telegram: &Telegram, bot: &Bot) {
    telegram.drained().await;
    bot.settled().await;
}

/// Moves the clock on, second by second, until `done`: for pauses that chance shortens.
///
/// # Panics
/// After an hour of that clock.
pub(crate) async fn pass_until(bot: &Bot, mut done: impl FnMut() -> bool) {
    for _ in 0..3600 {
        if done() {
            return;
        }
        bot.clock().advance(Duration::from_secs(1));
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
    panic!("it is not done after an hour");
}
