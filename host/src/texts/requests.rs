//! What is said of requests, and of running them again. What the journal keeps of
//! them, and a sender is answered, is English whoever reads it.
use super::*;
use crate::journal::{AttemptOutcome, Decision};

/// A request in a list is one that was run again.
pub fn replay_of(of: u64, by: &str) -> String {
    format!(" {}", say("replay-of").with("request", format!("#{of}")).with("by", by))
}
/// The body of a request that nobody vouched for.
pub fn body_not_kept() -> Text {
    say("body-not-kept").into()
}
/// The body of a request that came to a chat network.
pub fn body_of_network() -> Text {
    say("body-of-network").into()
}
/// The body of a request; `more` characters of it are not shown.
pub fn body(shown: &str, more: usize) -> Text {
    match (shown, more) {
        ("", _) => say("body-empty").into(),
        (shown, 0) => block(shown),
        (shown, more) => block(shown) + say("body-more").with("count", more),
    }
}
/// The parameters of a request's path.
pub fn request_path(fields: &str) -> Text {
    say("request-path").with("fields", fields).into()
}
/// The query of a request.
pub fn request_query(fields: &str) -> Text {
    say("request-query").with("fields", fields).into()
}
/// The user that a request says it is from.
pub fn request_user(user: &str) -> Text {
    say("request-user").with("user", user).into()
}
/// The head of the table of requests.
pub fn request_columns() -> [String; 8] {
    ["received", "messages", "user", "address", "method", "details", "uri", "query"].map(column)
}
/// The head of the table of incidents.
pub fn incident_columns() -> [String; 4] {
    ["user", "address", "timestamp", "error"].map(column)
}
fn column(name: &'static str) -> String {
    say("request-column").choice("name", name).to_string()
}
/// Nothing was posted for a request.
pub fn no_notice() -> Text {
    say("no-notice").into()
}
/// One try to post a notice.
pub fn attempt(at: &str, outcome: AttemptOutcome, detail: &str, took_ms: impl Display) -> String {
    let outcome = say("attempt-outcome").choice("outcome", outcome.as_str());
    let text = match detail {
        "" => say("attempt-alone"),
        detail => say("attempt").with("detail", detail),
    };
    text.with("at", at).with("outcome", outcome).with("ms", took_ms.to_string()).to_string()
}
/// A notice that a request led to; `standing` says what became of it.
pub fn notice_of_request(id: u64, chat: &str, standing: Text, tries: Vec<String>) -> Text {
    let text = say("notice-of-request").with("id", bold(format!("#{id}"))).with("chat", code(chat));
    text.with("standing", standing) + list(tries)
}
/// The first half of a request in a list.
pub fn request_call(method: &str, path: &str, peer: &str, status: impl Display) -> String {
    let text = say("request-call").with("method", method).with("path", path).with("peer", peer);
    format!(" {} ", text.with("status", status.to_string()))
}
/// Where an incident came from, as far as that is known.
pub fn incident_source(peer: Option<&str>, path: Option<&str>) -> String {
    let peer = peer.map(|peer| format!(" {}", say("incident-peer").with("peer", peer))).unwrap_or_default();
    let path = path.map(|path| format!(" {}", say("incident-path").with("path", path))).unwrap_or_default();
    peer + &path
}
/// No request has this number.
pub fn unknown_request(id: u64) -> String {
    say("unknown-request").with("id", id.to_string()).to_string()
}
/// A request cannot be run again, and why.
pub fn cannot_replay(id: u64, why: &str) -> Text {
    say("cannot-replay").with("id", bold(format!("#{id}"))).with("why", why).into()
}
/// What a request's hook decides: `accepted with 204: 2 builds`.
pub fn replay_answer(decision: Decision, status: u16, why: &str) -> String {
    let answer = say("replay-answer").choice("decision", decision.as_str()).with("status", status.to_string());
    if why.is_empty() { answer.to_string() } else { format!("{answer}: {why}") }
}
/// A request was run again, as `again`, or would be where that is none; `posts` are
/// whom it writes to, and what.
pub fn replayed(id: u64, again: Option<u64>, answer: &str, posts: Vec<(String, Text)>) -> Text {
    let id = bold(format!("#{id}"));
    let text = match again {
        Some(again) => say("replayed").with("again", bold(format!("#{again}"))),
        None => say("rehearsed"),
    };
    let text = text.with("id", id).with("answer", answer);
    let follows = say("replay-follows").choice("really", yes_no(again.is_some()));
    let text = text + " " + follows.choice("posts", yes_no(!posts.is_empty()));
    if posts.is_empty() {
        return text;
    }
    text + list(posts.into_iter().map(|(to, what)| say("posts-to").with("chat", code(to)) + ": " + what))
}
/// What the handler of a request that was run again could not see.
pub fn masked_in_replay(names: &[String]) -> Text {
    say("masked-in-replay").with("names", names.join(", ")).into()
}
/// A request cannot be run again: it was refused by its proof.
pub fn replay_without_body() -> String {
    say("replay-without-body").to_string()
}
/// A request cannot be run again: it told a chat network what people said.
pub fn replay_of_network() -> String {
    say("replay-of-network").to_string()
}
/// A request cannot be run again: its path is not known.
pub fn replay_without_param(param: &str) -> String {
    say("replay-without-param").with("param", format!("{{{param}}}")).to_string()
}
/// A request cannot be run again: nothing serves it now.
pub fn replay_without_hook(method: &str, path: &str) -> String {
    say("replay-without-hook").with("method", method).with("path", path).to_string()
}
/// A request cannot be rehearsed.
pub fn no_second_instance(plugin: &str, error: &str) -> String {
    say("no-second-instance").with("plugin", plugin).with("error", error).to_string()
}
/// Why there is no hook for a request, in the journal: its plugin is off.
pub fn hook_of_a_plugin_that_is_off(plugin: &str, method: &str) -> String {
    format!("it is a hook of the plugin {plugin}, which is off ({method})")
}
/// Why there is no hook for a request, in the journal.
pub fn no_such_hook(method: &str) -> String {
    format!("there is no such hook ({method})")
}
/// Why the metrics are not shown to anybody, in the journal.
pub fn metrics_are_off() -> String {
    "http.metrics is \"off\"".into()
}
/// Why the metrics are not shown to this reader, in the journal.
pub fn metrics_are_local() -> String {
    "http.metrics is \"loopback\": only readers on this machine who call it by a loopback name get them".into()
}
/// More requests were named than are run again at a time.
pub fn too_many_replays(max: usize) -> String {
    say("too-many-replays").with("max", max).to_string()
}
