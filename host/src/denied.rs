//! Denied commands, kept as incidents: so many of each sender, since anybody who may
//! talk to the bot can cause them in any number. The rest is counted and told.
use crate::{
    journal::Incident,
    sampler::{LeftOut, Sampled, TOLD_AFTER},
    services::Shared,
};
use std::sync::Arc;
use tracing::error;

/// Keeps that somebody tried what is not for them, or counts it only.
pub(crate) async fn note(shared: &Arc<Shared>, incident: Incident<'_>) {
    let sender = incident.peer.unwrap_or_default();
    match shared.denied.take(sender.to_owned()) {
        Sampled::Keep { left_out } => {
            tell_left_out(shared, sender, left_out).await;
            keep(shared, incident).await;
        }
        Sampled::LeaveOut { first: false } => {}
        Sampled::LeaveOut { first: true } => {
            let (pause, shared) = (shared.clock.sleep(TOLD_AFTER), Arc::downgrade(shared));
            tokio::spawn(async move {
                pause.await;
                let Some(shared) = shared.upgrade() else { return };
                tell_all_left_out(&shared, shared.denied.left_out()).await;
            });
        }
    }
}

async fn tell_left_out(shared: &Shared, sender: &str, left_out: u64) {
    if left_out > 0 {
        let reason = format!("{left_out} more denied commands of this sender were left out");
        keep(shared, Incident { kind: LEFT_OUT, peer: Some(sender), reason: &reason, ..Incident::default() }).await;
    }
}

async fn tell_all_left_out(shared: &Shared, LeftOut { most, others, of_others }: LeftOut<String>) {
    for (sender, count) in most {
        tell_left_out(shared, &sender, count).await;
    }
    if of_others > 0 {
        let reason = format!("{of_others} more denied commands of {others} other senders were left out");
        keep(shared, Incident { kind: LEFT_OUT, reason: &reason, ..Incident::default() }).await;
    }
}

const LEFT_OUT: &str = "left out";

async fn keep(shared: &Shared, incident: Incident<'_>) {
    if let Err(error) = shared.journal.incident(incident).await {
        error!(error = format!("{error:#}"), "the journal did not take an incident");
    }
}
