//! The endpoint of ATSD and its rules: what senders get, and what people read.
use base64::{Engine, engine::general_purpose::STANDARD};
use factotum_plugin_api::http::Answer;
use factotum_testing::{Bot, Builder};
use http::Method;
use plugin_rules::Rules;

mod commands;
mod endpoint;
mod errors;
mod lost;
mod states;
mod walk;

/// A bot whose admin is ann.
fn rules() -> Builder {
    Bot::with::<Rules>().admin("ann")
}

/// A bot with the webhook user telegram, whose password is that of ATSD's own page.
async fn started() -> Bot {
    let bot = rules().start().await;
    bot.say_privately("ann", "!webhook user add telegram telegram 12345678").await;
    bot.transcript();
    bot
}

/// Sends a body as JSON, as the webhook user telegram.
async fn send(bot: &Bot, url: &str, body: &str) -> Answer {
    send_as(bot, "telegram:12345678", url, body).await
}
/// Sends a body as JSON, as `NAME:PASSWORD`.
async fn send_as(bot: &Bot, user: &str, url: &str, body: &str) -> Answer {
    let basic = format!("Basic {}", STANDARD.encode(user));
    let fill = |request: factotum_plugin_api::reqwest::RequestBuilder| {
        request.header("authorization", basic).header("content-type", "application/json").body(body.to_owned())
    };
    bot.call("sender", Method::POST, &format!("/api/v1/messages/webhook/{url}"), fill).await
}
