//! What is said of requests, and of running them again.
use super::*;

/// A request in a list is one that was run again.
pub fn replay_of(of: u64, by: &str) -> String {
    format!(" (replay of #{of} by {by})")
}
/// The body of a request that nobody vouched for.
pub fn body_not_kept() -> Text {
    "The body was not kept, since its proof did not hold.".into()
}
/// The body of a request that came to a chat network.
pub fn body_of_network() -> Text {
    "The body was not kept: what people say to a chat network is not.".into()
}
/// The body of a request; `more` characters of it are not shown.
pub fn body(shown: &str, more: usize) -> Text {
    let more = if more == 0 { String::new() } else { format!("… and {more} characters more") };
    if shown.is_empty() { "The body is empty.".into() } else { block(shown) + more }
}
/// The parameters of a request's path, or its query.
pub fn request_part(name: &str, fields: &str) -> Text {
    Text::from(format!("{name}: {fields}"))
}
/// Nothing was posted for a request.
pub fn no_notice() -> Text {
    "It led to no notice.".into()
}
/// One try to post a notice.
pub fn attempt(at: &str, outcome: &str, detail: &str, took_ms: impl Display) -> String {
    format!("{at} {outcome}: {detail} (took {took_ms} ms)")
}
/// A notice that a request led to; `standing` says what became of it.
pub fn notice_of_request(id: u64, chat: &str, standing: Text, tries: Vec<String>) -> Text {
    Text::from("notice ") + bold(format!("#{id}")) + " to " + code(chat) + " " + standing + list(tries)
}
/// The first half of a request in a list.
pub fn request_call(method: &str, path: &str, peer: &str, status: impl Display) -> String {
    format!(" {method} {path} from {peer}: {status} ")
}
/// Where an incident came from, as far as that is known.
pub fn incident_source(peer: Option<&str>, path: Option<&str>) -> String {
    let peer = peer.map(|peer| format!(" from {peer}")).unwrap_or_default();
    let path = path.map(|path| format!(" at {path}")).unwrap_or_default();
    peer + &path
}
/// No request has this number.
pub fn unknown_request(id: u64) -> String {
    format!("I know no request {id}: none had that number, or it is too old.")
}
/// A request cannot be run again, and why.
pub fn cannot_replay(id: u64, why: &str) -> Text {
    bold(format!("#{id}")) + " cannot be run again: " + why + "."
}
/// A request was run again, as `again`, or would be where that is none; `posts` are
/// whom it writes to, and what.
pub fn replayed(id: u64, again: Option<u64>, answer: &str, posts: Vec<(String, Text)>) -> Text {
    let text = bold(format!("#{id}"));
    let text = match again {
        Some(again) => text + ", run again as " + bold(format!("#{again}")) + ": " + answer,
        None => text + " would be " + answer,
    };
    match (posts.is_empty(), again) {
        (true, Some(_)) => text + ". Nothing follows.",
        (true, None) => text + ". Nothing would follow.",
        (false, _) => {
            let line = |(to, what): (String, Text)| Text::from("to ") + code(to) + ": " + what;
            text + if again.is_some() { ". It posts:" } else { ". It would post:" } + list(posts.into_iter().map(line))
        }
    }
}
/// What the handler of a request that was run again could not see.
pub fn masked_in_replay(names: &[String]) -> Text {
    Text::from("Its handler saw *** for ") + names.join(", ") + ", which is not kept."
}
/// A request cannot be run again: it was refused by its proof.
pub fn replay_without_body() -> &'static str {
    "its body was not kept, since its proof did not hold"
}
/// A request cannot be run again: it told a chat network what people said.
pub fn replay_of_network() -> &'static str {
    "it came to a chat network: what people say is not kept"
}
/// A request cannot be run again: its path is not known.
pub fn replay_without_param(param: &str) -> String {
    format!("what stood for {{{param}}} in its path may be a secret and was not kept")
}
/// A request cannot be run again: nothing serves it now.
pub fn replay_without_hook(method: &str, path: &str) -> String {
    format!("no plugin that is on serves {method} {path}")
}
/// A request cannot be rehearsed.
pub fn no_second_instance(plugin: &str, error: &str) -> String {
    format!("a second instance of {plugin} does not start: {error}")
}
/// Why there is no hook for a request: its plugin is off.
pub fn hook_of_a_plugin_that_is_off(plugin: &str, method: &str) -> String {
    format!("it is a hook of the plugin {plugin}, which is off ({method})")
}
/// Why there is no hook for a request.
pub fn no_such_hook(method: &str) -> String {
    format!("there is no such hook ({method})")
}
/// Why the metrics are not shown to anybody.
pub fn metrics_are_off() -> String {
    "http.metrics is \"off\"".into()
}
/// Why the metrics are not shown to this reader.
pub fn metrics_are_local() -> String {
    "http.metrics is \"loopback\": only readers on this machine who call it by a loopback name get them".into()
}
/// More requests were named than are run again at a time.
pub fn too_many_replays(max: usize) -> String {
    format!("I run at most {max} requests again at a time: please name fewer.")
}
