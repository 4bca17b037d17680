//! The stream and the push against a fake master.
mod fake;
mod pushes;
mod rosters;
mod several;
mod streams;

use crate::Buildbot;
use factotum_testing::{Bot, Builder};
use fake::Fake;
use std::time::Duration;

/// A bot that tells `dev` of these events.
fn bot(fake: &Fake, events: &[&str], more: &str) -> Builder {
    let (url, more) = (fake.url(), more.replace(';', "\n"));
    Bot::with::<Buildbot>().admin("ann").config(&format!(
        "[plugins.buildbot.masters.main]\nurl = {url:?}\nchats = [\"console:dev\"]\nnotify_events = {events:?}\n{more}"
    ))
}

/// Lets seconds pass until the bot has asked the master for so many websockets.
async fn until_asked(bot: &Bot, fake: &Fake, count: u32) {
    while fake.asked() < count {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        if fake.asked() < count {
            bot.clock().advance(Duration::from_secs(1));
        }
    }
}

/// Returns when all that was sent before is told: events keep their order.
async fn settled(bot: &Bot, fake: &Fake, mark: i64) {
    fake.started(mark, 1);
    fake.property(mark, "reason", serde_json::json!(format!("mark {mark}")), "Force Build Form");
    bot.posted(&format!("mark {mark}")).await;
}

/// Lets minutes pass for ever, one by one.
async fn minutes_pass(bot: &Bot) {
    loop {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        bot.clock().advance(Duration::from_secs(60));
    }
}
