//! Stored requests, run again: through the hook that serves their path now, without
//! its proof, since what is kept of a request has its secrets masked. A rehearsal
//! runs on a second instance of the plugin and has no effect.
use crate::{
    caught::caught,
    http::hooks::{HookTable, Target},
    journal::{Decision, MASK, Refused, Replay},
    services::Shared,
    texts,
};
use anyhow::Context;
use factotum_plugin_api::{
    hook::{Outcome, Request},
    text::Text,
};
use http::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{sync::Arc, time::Duration};
use tracing::Instrument;

/// A stored request that can be run again.
struct Found {
    request: Request,
    target: Target,
    /// Fields of its query that the handler sees masked.
    masked: Vec<String>,
}

/// What a handler decided; else the answer's status, and why.
type Decided = Result<Outcome, (StatusCode, String)>;

/// Runs a request again and posts what follows; says what that is.
///
/// # Errors
/// When the journal cannot be read or written: then nothing is posted.
pub(crate) async fn replay(shared: &Arc<Shared>, id: u64, by: &str) -> anyhow::Result<Text> {
    let Found { request, target, masked } = match find(shared, id).await? {
        Ok(found) => found,
        Err(cannot) => return Ok(cannot),
    };
    let again = shared.journal.next_request_id();
    let request = Request { id: again, ..request };
    let decided = decide(shared, &target, &request).await;
    let replay = Replay { of: id, by: by.to_owned() };
    let kept = target.kept(Request { received_at: shared.clock.now(), ..request });
    let text = shown(id, Some(again), &decided, vec![], &masked);
    let (shared, plugin) = (shared.clone(), target.plugin);
    let write = async move {
        match decided {
            Ok(outcome) => {
                let chats = shared.journal.accept_replay(plugin, &kept, &outcome, replay).await?;
                kept.is_kept();
                shared.outbox()?.wake(&chats);
            }
            Err((status, reason)) => {
                let refused =
                    Refused { status, reason: &reason, keep_body: true, incident: None, replay: Some(&replay) };
                shared.journal.refuse(Some(plugin), &kept, refused).await?;
            }
        }
        anyhow::Ok(())
    };
    // A task of its own: whoever stops waiting, what is on disk is posted.
    tokio::spawn(write.in_current_span()).await.context("writing a replay")??;
    Ok(text)
}

/// Says what a request would lead to.
///
/// # Errors
/// When the journal cannot be read.
pub(crate) async fn rehearse(shared: &Arc<Shared>, id: u64) -> anyhow::Result<Text> {
    let Found { request, target, masked } = match find(shared, id).await? {
        Ok(found) => found,
        Err(cannot) => return Ok(cannot),
    };
    let (started, posted) = match shared.registry()?.rehearse(target.plugin).await {
        Ok(second) => second,
        Err(error) => {
            let why = texts::no_second_instance(target.plugin, &format!("{error:#}"));
            return Ok(texts::cannot_replay(id, &why));
        }
    };
    let mut table = HookTable::default();
    table.add(target.plugin, &started)?;
    let Ok(target) = table.find(&request.method, &request.path) else {
        return Ok(no_hook(id, &request)); // reloaded just now
    };
    let decided = decide(shared, &target, &request).await;
    Ok(shown(id, None, &decided, posted.take(), &masked))
}

/// The request as its handler is to see it, and the hook that serves it now; or why
/// it cannot be run again.
async fn find(shared: &Shared, id: u64) -> anyhow::Result<Result<Found, Text>> {
    let Some(detail) = shared.journal.request(id.min(i64::MAX.unsigned_abs())).await? else {
        return Ok(Err(texts::unknown_request(id).into()));
    };
    let Some(request) = detail.to_request() else {
        let of_network = shared.open_tables()?.hooks.is_of_network(&detail.request.path);
        let why = if of_network { texts::replay_of_network() } else { texts::replay_without_body() };
        return Ok(Err(texts::cannot_replay(id, &why)));
    };
    let path = match filled(&request.path, &request.params) {
        Ok(path) => path,
        Err(param) => return Ok(Err(texts::cannot_replay(id, &texts::replay_without_param(&param)))),
    };
    let Ok(target) = shared.open_tables()?.hooks.find(&request.method, &path) else {
        return Ok(Err(no_hook(id, &request)));
    };
    let masked = request.query.iter().filter(|(_, value)| value == MASK).map(|(name, _)| name.clone()).collect();
    let request = Request { params: target.params().to_vec(), path, ..request };
    Ok(Ok(Found { request, target, masked }))
}

fn no_hook(id: u64, request: &Request) -> Text {
    texts::cannot_replay(id, &texts::replay_without_hook(request.method.as_str(), &request.path))
}

/// Runs the handler alone, within the time that it has.
async fn decide(shared: &Shared, target: &Target, request: &Request) -> Decided {
    // The listener's own, which it has until the next start.
    let limit = Duration::from_secs(shared.config_at_start().config.http.handler_timeout_secs);
    match shared.clock.timeout(limit, caught(shared.language().during(target.decide(request)))).await {
        Ok(Some(Ok(outcome))) => Ok(outcome),
        Ok(Some(Err(refusal))) => Err((refusal.status(), refusal.reason())),
        Ok(None) => Err((StatusCode::INTERNAL_SERVER_ERROR, "the handler panicked".into())),
        Err(_) => Err((StatusCode::SERVICE_UNAVAILABLE, "the handler took too long".into())),
    }
}

fn shown(id: u64, again: Option<u64>, decided: &Decided, more: Vec<(String, Text)>, masked: &[String]) -> Text {
    let (status, decision, why) = match decided {
        Ok(outcome) => (outcome.status, Decision::Accepted, outcome.summary.as_str()),
        Err((status, reason)) if status.is_success() => (*status, Decision::Ignored, reason.as_str()),
        Err((status, reason)) => (*status, Decision::Refused, reason.as_str()),
    };
    let notices = decided.iter().flat_map(|outcome| &outcome.notices);
    let mut posts: Vec<(String, Text)> = notices.map(|notice| (notice.to.to_string(), notice.text.clone())).collect();
    posts.extend(more);
    let text = texts::replayed(id, again, &texts::replay_answer(decision, status.as_u16(), why), posts);
    match masked {
        [] => text,
        masked => Text::lines([text, texts::masked_in_replay(masked)]),
    }
}

/// What stays as it is in a piece of a path; RFC 3986, 2.3.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a piece that reaches over several segments.
const ENCODED_REST: &AsciiSet = &ENCODED.remove(b'/');

/// The path that a hook's path and its parameters make.
///
/// # Errors
/// The name of the first parameter that is not known.
fn filled(pattern: &str, params: &[(String, String)]) -> Result<String, String> {
    let (mut path, mut rest) = (String::new(), pattern);
    while let Some((before, after)) = rest.split_once('{') {
        path += &before.replace("}}", "}");
        if let Some(after) = after.strip_prefix('{') {
            path.push('{'); // doubled, it stands for itself
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let (name, set) = name.strip_prefix('*').map_or((name, ENCODED), |name| (name, ENCODED_REST));
        let value = params.iter().find(|(param, value)| param == name && value != MASK);
        let (_, value) = value.ok_or_else(|| name.to_owned())?;
        path.extend(utf8_percent_encode(value, set));
        rest = after;
    }
    Ok(path + &rest.replace("}}", "}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_filled_with_what_was_kept() {
        let rows = [
            ("/travis", Ok("/travis")),
            ("/buildbot/{master}", Ok("/buildbot/a%20b%2Fc")),
            ("/{master}.git/{*rest}", Ok("/a%20b%2Fc.git/x/y%3F")),
            ("/{{master}}/{master}", Ok("/{master}/a%20b%2Fc")),
            ("/hook/{token}", Err("token")),
            ("/hook/{other}", Err("other")),
        ];
        let params = [("master", "a b/c"), ("rest", "x/y?"), ("token", MASK)];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (pattern, expected) in rows {
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(filled(pattern, &params), expected, "{pattern}");
        }
    }
}
