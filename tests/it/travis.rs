//! Travis CI from a command to a message, through the real host: every rule on
//! the commands, every answer of `POST /travis`, every sample.
mod commands;
mod endpoint;
mod keys;
mod notices;
mod samples;

use factotum_plugin_api::hook::Sample;
use factotum_testing::{Bot, Builder};
use plugin_travishook::TravisHook;
use serde_json::{Value, json};

/// Requests are proven by tokens alone.
pub(crate) const NO_KEYS: &str = "plugins.travishook.config_urls = []";
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/travis");

/// A bot with the plugin, and ann as its admin.
pub(crate) fn travis(config: &str) -> Builder {
    Bot::with::<TravisHook>().admin("ann").config(config)
}
/// What `ann` says in private, and what comes of it.
async fn told(bot: &Bot, lines: &[&str]) -> String {
    for line in lines {
        bot.say_privately("ann", line).await;
    }
    bot.transcript()
}
/// Routes `o/r` and sets its token, `s3cret`; leaves no transcript.
pub(crate) async fn route(bot: &Bot, route: &str) {
    told(bot, &[&format!("!travis route o/r {route}"), "!travis token o/r s3cret"]).await;
}
/// A failed push to `o/r` as Travis tells it today, with these fields changed.
pub(crate) fn failed(changes: Value) -> Vec<u8> {
    let real = include_str!("../fixtures/travis/derived-push-failed.json");
    let mut payload: Value = serde_json::from_str(real).unwrap();
    let short = json!({
        "repository": { "owner_name": "o", "name": "r" },
        "message": "Fix the parser", "author_name": "Ann", "build_url": "https://ci/5",
    });
    for changes in [short, changes] {
        payload.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    }
    payload.to_string().into_bytes()
}
/// As it is before it has failed.
pub(crate) fn pending(changes: Value) -> Vec<u8> {
    let mut payload: Value = serde_json::from_slice(&failed(changes)).unwrap();
    let running = json!({ "state": "started", "status_message": "Pending", "status": null, "finished_at": null, "duration": null });
    payload.as_object_mut().unwrap().extend(running.as_object().unwrap().clone());
    payload.to_string().into_bytes()
}
/// Posts a payload with the token of [`route`].
pub(crate) async fn post(bot: &Bot, payload: &[u8]) {
    bot.post("travis", bot.sample::<TravisHook>(payload, Some("s3cret"))).await;
}
/// The sample with another value of a header; without it when that is empty.
fn with(mut sample: Sample, name: &str, value: &str) -> Sample {
    sample.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    if !value.is_empty() {
        sample.headers.push((name.into(), value.into()));
    }
    sample
}
