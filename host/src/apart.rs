//! Work that must not take others down with it: a panic costs this work alone,
//! and it can be cut off.
//!
//! Most commands are done when they are first looked at, so it is begun at once,
//! where it is asked for; what waits for something goes on in a task of its own.
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::task::JoinHandle;

/// It panicked, or was cut off. What the panic said may repeat an argument; the
/// hook has logged its place.
#[derive(Debug, thiserror::Error)]
#[error("the handler {0}")]
pub(crate) struct Cut(&'static str);

/// Work that has begun.
pub(crate) enum Begun<T> {
    /// It is done, or it panicked.
    Done(Result<T, Cut>),
    /// It goes on.
    GoesOn(JoinHandle<T>),
}

/// Begins `work`.
///
/// # Panics
/// Outside a tokio runtime, when it is not done at once.
pub(crate) fn begin<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Begun<T> {
    let mut work: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(work);
    // Nobody need be woken: the task polls it again.
    let mut context = Context::from_waker(Waker::noop());
    match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(&mut context))) {
        Ok(Poll::Ready(done)) => Begun::Done(Ok(done)),
        Ok(Poll::Pending) => Begun::GoesOn(tokio::spawn(work)),
        Err(_) => Begun::Done(Err(Cut("panicked"))),
    }
}

impl<T> Begun<T> {
    /// Returns when it is done; goes on where it was when this is dropped and
    /// called again. Not to be called after it has returned.
    pub(crate) async fn done(&mut self) -> Result<T, Cut> {
        match self {
            Begun::Done(done) => std::mem::replace(done, Err(Cut("was done before"))),
            Begun::GoesOn(task) => {
                task.await.map_err(|error| Cut(if error.is_panic() { "panicked" } else { "was stopped" }))
            }
        }
    }
    /// Cuts it off at its next wait.
    pub(crate) fn cut_off(&self) {
        if let Begun::GoesOn(task) = self {
            task.abort();
        }
    }
}

/// Work that is cut off when this is dropped.
pub(crate) struct Held<T>(pub(crate) Begun<T>);

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        self.0.cut_off(); // what is done is not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_done_at_once_needs_no_task() {
        assert!(matches!(begin(async { 7 }), Begun::Done(Ok(7))));
        assert_eq!(begin(async { 7 }).done().await.unwrap(), 7);
    }
    #[tokio::test]
    async fn what_waits_goes_on_by_itself() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut begun = begin(async move {
            tokio::task::yield_now().await;
            told.await.unwrap()
        });
        tell.send(7).unwrap();
        assert_eq!(begun.done().await.unwrap(), 7);
    }
    #[tokio::test]
    async fn a_panic_stays_inside_early_or_late() {
        let mut early = begin(async { panic!("early") });
        assert_eq!(early.done().await.unwrap_err().to_string(), "the handler panicked");
        let mut late = begin(async {
            tokio::task::yield_now().await;
            panic!("late")
        });
        assert_eq!(late.done().await.unwrap_err().to_string(), "the handler panicked");
    }
    #[tokio::test]
    async fn it_can_be_cut_off() {
        let mut begun = begin(std::future::pending::<()>());
        begun.cut_off();
        assert_eq!(begun.done().await.unwrap_err().to_string(), "the handler was stopped");
    }
}
