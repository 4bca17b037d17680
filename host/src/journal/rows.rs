//! What reads of the journal give, as the commands and the admin page show it.
use bytes::Bytes;
use factotum_plugin_api::{
    chat::{ChatId, Incoming},
    hook::Request,
    notice::Notice,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use rusqlite::{
    Row,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use serde::{Serialize, Serializer};

/// Which rows a read gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Each must stand somewhere in the row, regardless of case: in the plugin,
    /// path, status, decision, peer, reason or chat of a request, for example.
    pub words: Vec<String>,
    /// Only rows with a smaller number: how one pages back.
    pub before: Option<u64>,
}

impl Filter {
    /// The words of a line, as a person typed them.
    pub fn words(line: &str) -> Self {
        Filter { words: line.split_whitespace().map(Into::into).collect(), before: None }
    }
}

/// Declares an enum whose values are words in the file and in JSON.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $value:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$note])* $value,)* }
        impl $name {
            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$value => $word,)* }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match value.as_str()? {
                    $($word => Ok($name::$value),)*
                    _ => Err(FromSqlError::InvalidType),
                }
            }
        }
    };
}
words! {
    /// What became of a request.
    Decision {
        /// Its notices are in the outbox.
        Accepted = "accepted",
        /// The sender did right and nothing was wanted of it.
        Ignored = "ignored",
        /// It was turned away.
        Refused = "refused",
        /// One like it was there before.
        Duplicate = "duplicate",
    }
}
words! {
    /// Where a notice stands.
    NoticeState {
        /// It will be posted.
        Waiting = "waiting",
        /// Its chat has it.
        Sent = "sent",
        /// It was given up: a dead letter.
        Dead = "dead",
        /// A person took it out of the queue.
        Dropped = "dropped",
        /// A later notice about the same says what is so now.
        Replaced = "replaced",
        /// A silence kept it out of its chat.
        Silenced = "silenced",
    }
}
words! {
    /// How an attempt ended.
    AttemptOutcome {
        /// A new message stands in the chat.
        Posted = "posted",
        /// The earlier message says it now.
        Edited = "edited",
        /// It did not work, and may later.
        Retry = "retry",
        /// The chat will never take it.
        Refused = "refused",
        /// It was sent and no answer came.
        Unknown = "unknown",
        /// The chat lives elsewhere.
        Moved = "moved",
    }
}
words! {
    /// How far a network's incoming message has come.
    UpdateState {
        /// It is on disk.
        Received = "received",
        /// Its command has begun.
        Started = "started",
        /// It is handled.
        Done = "done",
    }
}

/// A request, without its headers and body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestRow {
    /// Its number.
    pub id: u64,
    /// When its first byte came.
    pub at: Timestamp,
    /// The sender's address.
    pub peer: String,
    /// The user that it says it is from, where it says so by Basic credentials.
    pub user: Option<String>,
    /// The method.
    pub method: String,
    /// The path of the hook, without the query.
    pub path: String,
    /// The path as it was called, with secrets masked, where the proof held; else the hook's.
    pub uri: String,
    /// The query's fields, with secrets masked.
    pub query: Vec<(String, String)>,
    /// The plugin whose hook it called, where there was one.
    pub plugin: Option<String>,
    /// The answer's status.
    pub status: u16,
    /// What became of it.
    pub decision: Decision,
    /// Why, or what was decided in a few words.
    pub reason: String,
    /// Its dedupe key.
    pub dedupe: Option<String>,
    /// The chats that its notices are for.
    pub chats: Vec<ChatId>,
    /// How many notices it led to.
    pub messages: u64,
    /// Whose replay it is, where it is one.
    pub replay: Option<Replay>,
}

/// What a replay is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The request that was run again.
    pub of: u64,
    /// The sender who wanted it.
    pub by: String,
}

/// A request with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestDetail {
    /// The request.
    #[serde(flatten)]
    pub request: RequestRow,
    /// The parameters of its path, with secrets masked; kept as the body is.
    pub params: Vec<(String, String)>,
    /// Its headers, with secrets masked.
    pub headers: Vec<(String, String)>,
    /// Its body, kept only after its proof held.
    #[serde(serialize_with = "lossy")]
    pub body: Option<Bytes>,
    /// Its notices, each with its attempts.
    pub notices: Vec<NoticeDetail>,
}

impl RequestDetail {
    /// The request as a hook handler takes it, for replay and dry run: its
    /// secrets are masked, and its path is the hook's own. `None` when its body was
    /// not kept.
    pub fn to_request(&self) -> Option<Request> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                headers.append(name, value);
            }
        }
        Some(Request {
            id: self.request.id,
            method: self.request.method.parse().ok()?,
            path: self.request.path.clone(),
            params: self.params.clone(),
            query: self.request.query.clone(),
            headers,
            body: self.body.clone()?,
            peer: self.request.peer.parse().ok()?,
            received_at: self.request.at,
            made: Default::default(),
        })
    }
}

/// A notice and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeRow {
    /// Its number; a chat gets them in this order.
    pub id: u64,
    /// When it was put into the outbox.
    pub at: Timestamp,
    /// The plugin that it comes from.
    pub plugin: String,
    /// The request that led to it, where one did.
    pub request: Option<u64>,
    /// The chat that it is for.
    pub chat: ChatId,
    /// What it is about.
    pub key: Option<String>,
    /// The notice itself.
    pub notice: Notice,
    /// How it stands.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u64,
    /// How many parts of a long text are posted.
    pub parts_done: usize,
    /// When it is tried next, where that is not at once.
    pub not_before: Option<Timestamp>,
    /// Why it is not posted, or that it was posted among others.
    pub error: Option<String>,
}

/// A notice with each attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NoticeDetail {
    /// The notice.
    #[serde(flatten)]
    pub notice: NoticeRow,
    /// What was tried, in order.
    pub tries: Vec<AttemptRow>,
}

/// One try to post a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptRow {
    /// When it ended.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The message's id, or what went wrong.
    pub detail: String,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// Something that went against the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentRow {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// What kind of thing: `forbidden`, `too_many`, `denied`.
    pub kind: String,
    /// Who: an address, or a sender.
    pub peer: Option<String>,
    /// The plugin concerned.
    pub plugin: Option<String>,
    /// The path of the hook or command concerned.
    pub path: Option<String>,
    /// What happened.
    pub reason: String,
    /// The request, where there was one.
    pub request: Option<u64>,
    /// The user that the request says it is from.
    pub user: Option<String>,
}

/// Who did what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who, as `network:account`.
    pub sender: String,
    /// Where.
    pub chat: String,
    /// The command's path.
    pub path: String,
    /// Its arguments, masked by whoever recorded them.
    pub args: String,
    /// How it went.
    pub result: String,
}

/// What a button stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Action {
    /// The chat that the button is in.
    pub chat: ChatId,
    /// The command line that it runs, as whoever presses it.
    pub line: String,
    /// When it was last shown.
    pub at: Timestamp,
}

/// An incoming message that the host had not handled when it stopped.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The message.
    pub incoming: Incoming,
    /// Whether its command had begun.
    pub state: UpdateState,
}

fn lossy<S: Serializer>(body: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    body.as_deref().map(String::from_utf8_lossy).serialize(serializer)
}

/// A time as it stands in the file.
pub(super) fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}
/// A column that [`ms`] wrote; a time out of all bounds is 1970.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    Ok(from_ms(row.get(column)?))
}
pub(super) fn from_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or_default()
}
/// A chat as it stands in the file: checked when it was written.
pub(super) fn chat(text: &str) -> ChatId {
    let (network, address) = text.split_once(':').unwrap_or((text, ""));
    ChatId::new(network, address)
}
/// A column of JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?;
    serde_json::from_str(text.as_str()?).map_err(|error| FromSqlError::Other(error.into()).into())
}

/// Why a row cannot be read, without the column's number, which says nothing.
pub(super) fn reason(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::FromSqlConversionFailure(_, _, source) => source.to_string(),
        error => error.to_string(),
    }
}

/// A filter of requests without its words `secret N`, and that number.
pub(super) fn secret_of(filter: &Filter) -> (Filter, Option<u32>) {
    let pair = |pair: &[String]| pair[0].eq_ignore_ascii_case("secret").then(|| pair[1].parse().ok())?;
    let Some((at, n)) = filter.words.windows(2).enumerate().find_map(|(at, words)| Some((at, pair(words)?))) else {
        return (filter.clone(), None);
    };
    let mut words = filter.words.clone();
    words.drain(at..at + 2);
    (Filter { words, ..filter.clone() }, Some(n))
}
/// `and …` for each word of a filter on these columns, and for its `before`;
/// with the parameters.
pub(super) fn conditions(filter: &Filter, columns: &str) -> (String, Vec<String>) {
    let (mut sql, mut params) = (String::new(), vec![]);
    for word in &filter.words {
        let word = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        params.push(format!("%{word}%"));
        sql += &format!(r" and concat_ws(' ', {columns}) like ?{} escape '\'", params.len());
    }
    if let Some(before) = filter.before {
        sql += &format!(" and id < {before}");
    }
    (sql, params)
}
