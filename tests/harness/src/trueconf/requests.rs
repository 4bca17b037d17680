//! What was asked, for asserts. Tokens never stand in it.
use super::fits;
use http::{HeaderMap, Method, Uri};

/// A request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// `GET`.
    pub method: String,
    /// The path with the query as they were sent; the value of `access_token` is `***`.
    pub path: String,
    /// The names of its headers in lower case, sorted.
    pub headers: Vec<String>,
    /// Whether its token was good; nothing when it had none.
    pub token: Option<bool>,
    /// The status of the answer; nothing when there was none (yet).
    pub status: Option<u16>,
}

impl Requested {
    pub(super) fn new(method: &Method, uri: &Uri, headers: &HeaderMap, token: Option<bool>) -> Self {
        let query = uri.query().map(|query| {
            let masked = query.split('&').map(|pair| match pair.split_once('=') {
                Some((name @ "access_token", _)) => format!("{name}=***"),
                _ => pair.to_owned(),
            });
            format!("?{}", masked.collect::<Vec<_>>().join("&"))
        });
        let mut headers: Vec<String> = headers.keys().map(ToString::to_string).collect();
        headers.sort();
        let path = format!("{}{}", uri.path(), query.unwrap_or_default());
        Requested { method: method.to_string(), path, headers, token, status: None }
    }
    /// The path without its query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

impl std::fmt::Display for Requested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        match self.token {
            None => {}
            Some(true) => write!(f, " (good token)")?,
            Some(false) => write!(f, " (bad token)")?,
        }
        self.status.map_or(Ok(()), |status| write!(f, " -> {status}"))
    }
}

/// All requests, and what of them was shown.
#[derive(Default)]
pub(super) struct Log {
    pub(super) all: Vec<Requested>,
    shown: usize,
    in_hand: usize,
    pub(super) most_at_once: usize,
}

impl Log {
    /// Where it stands, for [`answered`](Self::answered).
    pub(super) fn add(&mut self, requested: Requested) -> usize {
        self.all.push(requested);
        self.all.len() - 1
    }
    pub(super) fn answered(&mut self, at: usize, status: u16) {
        self.all[at].status = Some(status);
    }
    pub(super) fn begin(&mut self) {
        self.in_hand += 1;
        self.most_at_once = self.most_at_once.max(self.in_hand);
    }
    pub(super) fn end(&mut self) {
        self.in_hand -= 1;
    }
    pub(super) fn count(&self, pattern: &str) -> usize {
        self.all.iter().filter(|requested| fits(pattern, requested.path_only())).count()
    }
    pub(super) fn take_lines(&mut self) -> String {
        let lines = self.all[self.shown..].iter().map(|requested| format!("{requested}\n")).collect();
        self.shown = self.all.len();
        lines
    }
}
