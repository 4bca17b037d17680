//! What becomes of a request when its handler is done: it is written down, with its
//! notices, or it leads to nothing and its sender may try again.
//!
//! For a handler with a state of its own, which it writes before the host writes the
//! request: it can take back what it noted of a request that came to nothing.
use crate::hook::Request;
use tokio::sync::watch;

/// The host's end, among what is made of a request: gone with the last copy of it.
struct Decides(watch::Sender<bool>);

/// What becomes of a request; see [`Request::fate`].
#[derive(Clone, Debug)]
pub struct Fate(watch::Receiver<bool>);

impl Fate {
    /// Whether the request was written down; `None` while the host is at it. A request
    /// that nobody holds any more came to nothing.
    pub fn known(&self) -> Option<bool> {
        let over = self.0.has_changed().is_err(); // first: it may be written in between
        let kept = *self.0.borrow();
        (kept || over).then_some(kept)
    }
    /// Waits until that is known.
    pub async fn kept(mut self) -> bool {
        self.0.wait_for(|kept| *kept).await.is_ok()
    }
}

impl Request {
    /// Tells, later, what became of this request. Its number alone tells it after a
    /// start of the host: [`Host::was_kept`](crate::Host::was_kept).
    pub fn fate(&self) -> Fate {
        let decides = self.made.get_or(|| Decides(watch::channel(false).0));
        Fate(decides.0.subscribe())
    }
    /// For the host: the request and its notices are on disk.
    pub fn is_kept(&self) {
        if let Some(decides) = self.made.get::<Decides>() {
            decides.0.send_replace(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hook::Made;

    fn request() -> Request {
        Request {
            id: 1,
            method: http::Method::GET,
            path: "/".into(),
            params: vec![],
            query: vec![],
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
            peer: [127, 0, 0, 1].into(),
            received_at: jiff::Timestamp::UNIX_EPOCH,
            made: Made::default(),
        }
    }

    #[tokio::test]
    async fn a_request_is_kept_or_comes_to_nothing() {
        let taken = request();
        let (one, other) = (taken.fate(), taken.fate());
        assert_eq!(one.known(), None);
        taken.clone().is_kept();
        drop(taken);
        assert_eq!((one.known(), other.kept().await), (Some(true), true));

        let lost = request();
        let fate = lost.fate();
        let copy = lost.clone();
        drop(lost);
        assert_eq!(fate.known(), None, "the host holds a copy still");
        drop(copy);
        assert_eq!((fate.known(), fate.kept().await), (Some(false), false));
    }
}
