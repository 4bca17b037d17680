//! What a reader of `/metrics` gets: what was counted, and what is looked at now.
//! The journal is asked at most once a second, by one reader at a time, and nobody
//! waits long for it: without its answer the page has no backlogs rather than old ones.
use super::process;
use crate::{journal::NetworkCount, networks::Networks, services::Shared};
use factotum_plugin_api::chat::Link;
use prometheus_client::encoding::text::encode;
use std::{sync::Arc, time::Duration};
use tracing::warn;

/// For so long a reader waits for the journal; Prometheus itself gives up after 10 s.
const JOURNAL_LIMIT: Duration = Duration::from_secs(2);
/// For so long what the journal said is what it says.
const FRESH: Duration = Duration::from_secs(1);

/// What the journal said, and when by [`Clock::elapsed`].
///
/// [`Clock::elapsed`]: factotum_plugin_api::clock::Clock::elapsed
pub(super) struct Counted {
    at: Duration,
    counts: Vec<NetworkCount>,
}

/// The page of a host.
pub(crate) async fn page(shared: &Arc<Shared>) -> String {
    let metrics = &shared.metrics.0;
    let counts = shared.clock.timeout(JOURNAL_LIMIT, backlog(shared.clone())).await.ok().flatten();
    let networks = shared.networks();
    for (name, network) in &networks.0 {
        let up = matches!(shared.links.look(name, &**network).link, Link::Up | Link::Ailing(_));
        metrics.read.up.get_or_create(&super::OfNetwork { network: name.clone() }).set(up.into());
    }
    metrics.read.journal_bytes.set(shared.journal.size().try_into().unwrap_or(i64::MAX));
    if let Some(bytes) = process::resident() {
        metrics.read.resident.set(bytes);
    }
    if let Some(count) = process::open_fds() {
        metrics.read.open_fds.set(count);
    }
    let mut text = String::new();
    // Under the lock, so that no other reader empties a family meanwhile.
    let registry = metrics.registry();
    match counts {
        Some(counts) => shared.metrics.set_backlog(networks, &counts, shared.clock.now()),
        None => shared.metrics.set_backlog(&Networks::default(), &[], shared.clock.now()),
    }
    encode(&mut text, &registry).expect("a string takes everything");
    text
}

/// How the outbox stands; goes on when nobody waits any more, so that the journal
/// is never asked twice at a time.
async fn backlog(shared: Arc<Shared>) -> Option<Vec<NetworkCount>> {
    let mut last = shared.metrics.0.counted.clone().lock_owned().await;
    let now = shared.clock.elapsed();
    if let Some(counted) = &*last
        && now.saturating_sub(counted.at) < FRESH
    {
        return Some(counted.counts.clone());
    }
    let ask = async move {
        let counts = shared.journal.counts().await;
        let counts = counts.inspect_err(|error| warn!(error = format!("{error:#}"), "no backlog for the metrics"));
        *last = counts.ok().map(|counts| Counted { at: now, counts });
        last.as_ref().map(|counted| counted.counts.clone())
    };
    tokio::spawn(ask).await.ok().flatten()
}
