//! Watches over the parts: has one that failed try again, and tells the admins
//! when a trouble begins and what it has cost when it is over.
use super::Unwell;
use crate::{
    services::Shared,
    store::SledStore,
    texts::{self, News},
};
use factotum_plugin_api::{
    chat::Message,
    jiff::Timestamp,
    text::{Text, bold},
};
use std::{sync::Arc, time::Duration};
use tracing::{error, warn};

/// The first and the longest pause between two tries.
const TRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// So long all must be well before a trouble is over: a disk that is all but full
/// takes one write and refuses the next. Twice as long after each, up to the second.
const WELL: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(600));
/// How long a network may take to post that a trouble begins.
const POST: Duration = Duration::from_secs(10);

/// Runs until it is aborted.
pub(crate) async fn watch(shared: Arc<Shared>, store: Arc<SledStore>) {
    let (journal, disk) = (shared.journal.health().clone(), store.health().clone());
    let (mut of_journal, mut of_store) = (journal.0.changed.subscribe(), disk.0.changed.subscribe());
    let (mut news, mut well_for, mut last_over): (Vec<News>, _, Option<Duration>) = (vec![], WELL.0, None);
    loop {
        of_journal.borrow_and_update();
        of_store.borrow_and_update();
        news.extend([&journal, &disk].into_iter().flat_map(|part| part.take_news()));
        let unwell = shared.health();
        if let Some(first) = unwell.iter().map(|unwell| unwell.since).min() {
            let calm = last_over.is_none_or(|at| shared.clock.elapsed().saturating_sub(at) > WELL.1);
            well_for = if calm { WELL.0 } else { WELL.1.min(well_for * 2) };
            let trouble = see_through(&shared, &store, first, unwell, well_for, calm).await;
            last_over = Some(shared.clock.elapsed());
            tell_that_it_is_over(&shared, trouble).await;
            continue;
        }
        if !news.is_empty() {
            error!(news = news.join(" "), "the stores were not as they should be");
            let told = shared.tell("host", &format!("stores {}", shared.clock.now()), || News::all(&news)).await;
            match told {
                Ok(()) => news.clear(),
                Err(error) => error!(error = format!("{error:#}"), "the admins could not be told yet"),
            }
        }
        tokio::select! {
            _ = of_journal.changed() => {}
            _ = of_store.changed() => {}
        }
    }
}

/// What was wrong for a while.
struct Trouble {
    from: Timestamp,
    to: Timestamp,
    /// The last that each part said of it.
    parts: Vec<Unwell>,
    turned_away: u64,
}

/// Has the parts try until all have been well for a while.
async fn see_through(
    shared: &Arc<Shared>,
    store: &SledStore,
    from: Timestamp,
    mut parts: Vec<Unwell>,
    well_for: Duration,
    tell: bool,
) -> Trouble {
    if tell {
        tell_at_once(shared, || texts::cannot_write(&parts)).await;
    }
    let (mut pause, mut to, mut well_since) = (TRY.0, from, None);
    loop {
        shared.clock.sleep(pause).await;
        for failed in [shared.journal.probe().await.err(), store.probe().await.err()].into_iter().flatten() {
            tracing::debug!(error = format!("{failed:#}"), "it still cannot be written");
        }
        let (now, unwell) = (shared.clock.elapsed(), shared.health());
        if unwell.is_empty() {
            let since = *well_since.get_or_insert_with(|| {
                to = shared.clock.now();
                now
            });
            if now.saturating_sub(since) >= well_for {
                return Trouble { from, to, parts, turned_away: shared.take_turned_away() };
            }
            pause = TRY.0;
            continue;
        }
        (well_since, pause) = (None, TRY.1.min(pause * 2));
        for now in unwell {
            parts.retain(|part| part.part != now.part);
            parts.push(now);
        }
    }
}

/// Posts to the admins beside the journal, which cannot take a notice now.
async fn tell_at_once(shared: &Arc<Shared>, text: impl Fn() -> Text) {
    for chat in shared.admin_chats() {
        let (shared, text) = (shared.clone(), bold("[host]") + " " + shared.language_of_chat(&chat).within(&text));
        tokio::spawn(async move {
            let Some(network) = shared.networks().get(&chat.network).cloned() else { return };
            let message = Message { text, ..Message::default() };
            let posted = shared.clock.timeout(POST, network.post(&chat.address, &message)).await;
            if !matches!(posted, Ok(Ok(_))) {
                warn!(%chat, "an admin could not be told that nothing can be written");
            }
        });
    }
}

async fn tell_that_it_is_over(shared: &Arc<Shared>, trouble: Trouble) {
    let Trouble { from, to, parts, turned_away } = trouble;
    let text = || texts::could_not_write(&parts, from, to, turned_away);
    let reason = text().plain();
    let incident = crate::journal::Incident { kind: "not written", reason: &reason, ..Default::default() };
    if let Err(error) = shared.journal.incident(incident).await {
        error!(error = format!("{error:#}"), "the journal did not take an incident");
    }
    if let Err(error) = shared.tell("host", &format!("trouble {from}"), text).await {
        error!(error = format!("{error:#}"), "the admins could not be told of a trouble that is over");
    }
}
