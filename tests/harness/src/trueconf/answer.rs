//! Answers: JSON, the server's error envelope, raw text; and bodies that come byte by
//! byte or break off.
use crate::door::HangUp;
use bytes::Bytes;
use http::{Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use serde_json::{Value, json};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Interval, interval};

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    kind: &'static str,
    body: Bytes,
}

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Answer { status, kind: "application/json", body: body.to_string().into() }
    }
    pub(super) fn ok(body: &Value) -> Self {
        Answer::json(200, body)
    }
    /// Done, and nothing to say.
    pub(super) fn done() -> Self {
        Answer { status: 204, kind: "application/json", body: Bytes::new() }
    }
    /// HTML, unless it looks like JSON.
    pub(super) fn raw(status: u16, body: &str) -> Self {
        let kind = if body.starts_with(['{', '[']) { "application/json" } else { "text/html" };
        Answer { status, kind, body: Bytes::copy_from_slice(body.as_bytes()) }
    }
    pub(super) fn text(status: u16, body: String) -> Self {
        Answer { status, kind: "text/plain", body: body.into() }
    }
    /// The error envelope with one reason.
    pub(super) fn error(status: u16, reason: &str, message: &str) -> Self {
        Answer::envelope(status, json!({ "reason": reason, "message": message }))
    }
    /// The error envelope, where a word of the path is to blame.
    pub(super) fn not_found(reason: &str, message: &str, location: &str) -> Self {
        let error = json!({ "reason": reason, "message": message, "locationType": "path", "location": location });
        Answer::envelope(404, error)
    }
    fn envelope(status: u16, error: Value) -> Self {
        let status_line = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let message = status_line.unwrap_or("Error");
        Answer::json(status, &json!({ "error": { "code": status, "message": message, "errors": [error] } }))
    }
    /// What the web server itself says where the API has no such path.
    pub(super) fn no_such_path() -> Self {
        Answer::raw(404, "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>")
    }
    /// For the socket.
    pub(super) fn into_response(self, pace: Pace) -> Response<Paced> {
        let left = match pace {
            Pace::CutOff => self.body.slice(..self.body.len() / 2),
            _ => self.body.clone(),
        };
        let pace = match pace {
            Pace::Whole => Step::Whole,
            Pace::CutOff => Step::HalfThenError,
            Pace::Drip(every) => Step::Byte(interval(every)),
        };
        let mut response = Response::new(Paced { size: self.body.len(), left, pace });
        *response.status_mut() = StatusCode::from_u16(self.status).expect("a status");
        response.headers_mut().insert(header::CONTENT_TYPE, self.kind.parse().expect("a media type"));
        response
    }
}

/// How a body comes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Pace {
    #[default]
    Whole,
    /// The half of it, and then the socket closes.
    CutOff,
    /// A byte each time.
    Drip(Duration),
}

/// A body that comes at a [`Pace`].
pub(super) struct Paced {
    size: usize,
    left: Bytes,
    pace: Step,
}

enum Step {
    Whole,
    HalfThenError,
    /// The half has been written, and is to reach the client before the end.
    Flush,
    Error,
    Byte(Interval),
}

impl Body for Paced {
    type Data = Bytes;
    type Error = HangUp;
    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        let body = self.get_mut();
        match &mut body.pace {
            Step::Whole if body.left.is_empty() => Poll::Ready(None),
            Step::Whole => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut body.left))))),
            Step::HalfThenError => {
                body.pace = Step::Flush;
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut body.left)))))
            }
            Step::Flush => {
                body.pace = Step::Error;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Step::Error => Poll::Ready(Some(Err(HangUp))),
            Step::Byte(_) if body.left.is_empty() => Poll::Ready(None),
            Step::Byte(interval) => interval.poll_tick(cx).map(|_| Some(Ok(Frame::data(body.left.split_to(1))))),
        }
    }
    fn is_end_stream(&self) -> bool {
        self.size == 0
    }
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size as u64)
    }
}
