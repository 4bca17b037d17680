//! CI senders from a command to a message, through the real host.
mod alerts;
mod drone;
mod everyone;
mod github;
mod hostile;
mod jenkins;
mod russian;
mod table;

use ci_routes::Scheme;
use factotum_plugin_api::{hook::Sample, secret::Secret};
use factotum_testing::{Bot, Builder};
use plugin_ci::Ci;
use plugin_github::GitHub;
use serde_json::Value;

/// A bot with GitHub and the commands for all senders, and ann as its admin.
fn github(config: &str) -> Builder {
    Bot::with::<GitHub>().and::<Ci>().admin("ann").config(config)
}
/// What `ann` says in private, and what comes of it.
async fn told(bot: &Bot, lines: &[&str]) -> String {
    for line in lines {
        bot.say_privately("ann", line).await;
    }
    bot.transcript()
}
/// Sets these fields, by JSON pointers, of a payload.
fn changed(payload: &str, changes: &[(&str, Value)]) -> Vec<u8> {
    let mut payload: Value = serde_json::from_str(payload).unwrap();
    for (pointer, value) in changes {
        *payload.pointer_mut(pointer).unwrap_or_else(|| panic!("the sample has {pointer}")) = value.clone();
    }
    payload.to_string().into_bytes()
}
/// The sample with these proofs in the place of its own.
fn proven(mut sample: Sample, proofs: Vec<(String, String)>) -> Sample {
    sample.headers.retain(|(name, _)| !name.to_lowercase().starts_with("x-hub-signature"));
    sample.headers.extend(proofs);
    sample
}
fn signed(scheme: &Scheme, bot: &Bot, body: &[u8], secret: &str) -> Vec<(String, String)> {
    scheme.sign(body, &Secret::new(secret), bot.clock().now())
}
/// The transcript with messages to several chats, which go out side by side, in order.
fn in_order(transcript: &str) -> String {
    let mut entries: Vec<String> = vec![];
    for line in transcript.lines() {
        match entries.last_mut() {
            Some(last) if line.starts_with(' ') => *last = format!("{last}\n{line}"),
            _ => entries.push(line.to_owned()),
        }
    }
    let posted = |entry: &String| entry.starts_with("bot@");
    entries.chunk_by_mut(|one, next| posted(one) && posted(next)).for_each(<[String]>::sort);
    entries.join("\n")
}
