//! What waits behind the first notice of a chat, for the outbox that would post it in the
//! same message.
use super::{Journal, Posting, Waiting, notices::next_waiting};
use factotum_plugin_api::chat::ChatId;

/// What was found behind a notice.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// Those that fit, in their order.
    pub(crate) fitting: Vec<Waiting>,
    /// Whether another one stands behind them that does not.
    pub(crate) ends: bool,
}

impl Journal {
    /// The notices that wait for a chat behind another one, in their order and up to the
    /// first that does not fit, at most so many. None of them is replaced from here on, as
    /// long as `posting` says so. Nothing, where the journal cannot be read.
    pub(crate) async fn waiting_behind(
        &self,
        posting: &Posting,
        chat: &ChatId,
        after: u64,
        at_most: usize,
        fits: impl Fn(&Waiting) -> bool + Send + 'static,
    ) -> Behind {
        posting.hold(u64::MAX).await;
        let chat = chat.clone();
        let read = self.read(move |db| {
            let (mut behind, mut last) = (Behind::default(), after);
            while behind.fitting.len() < at_most {
                match next_waiting(db, &chat, last)? {
                    Some(Ok(waiting)) if fits(&waiting) => {
                        last = waiting.id;
                        behind.fitting.push(waiting);
                    }
                    // One that cannot be read is told of when it is the first.
                    found => {
                        behind.ends = found.is_some();
                        break;
                    }
                }
            }
            Ok(behind)
        });
        let behind = read.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the journal could not be read");
            Behind::default()
        });
        posting.hold_at_most(behind.fitting.last().map_or(0, |last| last.id));
        behind
    }
}
