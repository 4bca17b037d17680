//! A panic of foreign code that is waited for costs its own work alone. Work that
//! must not be cut off with whoever waits for it is a task of its own instead.
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll},
};

/// Does `work`; `None` when it panics. The panic's own words are in the log: they
/// may repeat what the work was given.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let caught = |cx: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
        Err(_) => Poll::Ready(None),
    };
    std::future::poll_fn(caught).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_at_any_poll_is_none() {
        let work = |waits: bool, panics: bool| async move {
            if waits {
                tokio::task::yield_now().await;
            }
            assert!(!panics, "on purpose");
            7
        };
        for (waits, panics) in [(false, false), (true, false), (false, true), (true, true)] {
            assert_eq!(caught(work(waits, panics)).await, (!panics).then_some(7), "waits {waits}, panics {panics}");
        }
    }
}
