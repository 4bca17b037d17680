//! `!requests` `!requests show` `!incidents`: what came, what was decided and
//! why, and each attempt to post what followed.
mod columns;
mod laid_out;

use super::{Builtin, filter_of, outbox::standing};
use crate::{
    journal::{Decision, Filter, IncidentRow, NoticeDetail, RequestDetail, RequestRow},
    texts, words,
};
use factotum_plugin_api::{jiff::Timestamp, prelude::*};
use std::borrow::Cow;

/// How many rows a list shows.
pub(super) const ROWS: usize = 15;
/// How much of a body is shown, in characters.
const BODY_SHOWN: usize = 1_500;
/// How much of a path is shown, in characters.
const PATH_SHOWN: usize = 200;

/// List the newest requests that hooks got
#[derive(Args)]
pub(super) struct RequestsArgs {
    /// Words in the row: plugin, path, status, address, user, chat, reason; `before NUMBER` for older ones
    filter: Vec<String>,
    /// As a table, with the user, the query and how many notices each led to
    #[arg(long)]
    table: bool,
}
/// Show a request: headers, body, what was decided and why, each attempt
#[derive(Args)]
pub(super) struct ShowArgs {
    /// Its number
    id: RequestNumber,
    /// Lay JSON in its body out over several lines
    #[arg(long)]
    format: bool,
}
/// List the newest refusals and limits hit
#[derive(Args)]
pub(super) struct IncidentsArgs {
    /// Words in the row: a kind, address, user, plugin or reason; `before NUMBER` for older ones
    filter: Vec<String>,
    /// As a table, with the user and the address
    #[arg(long)]
    table: bool,
}

/// The number of a request as a person copies it, with or without `#`.
#[derive(Clone, Copy)]
pub(super) struct RequestNumber(pub(super) u64);
impl std::str::FromStr for RequestNumber {
    type Err = std::num::ParseIntError;
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        word.strip_prefix('#').unwrap_or(word).parse().map(RequestNumber)
    }
}

impl Builtin {
    pub(super) async fn requests(&self, _: &Call, args: RequestsArgs) -> Result<Reply> {
        let filter = filter_of(&args.filter)?;
        let rows = self.shared()?.journal.requests(&filter, ROWS + 1).await?;
        if args.table && !rows.is_empty() {
            return Ok(columns::requests(&rows, &filter).into());
        }
        Ok(shown(&rows, ("requests", &texts::listed("requests")), &filter, |row| row.id, request_line))
    }
    pub(super) async fn requests_show(&self, _: &Call, args: ShowArgs) -> Result<Reply> {
        let RequestNumber(id) = args.id;
        let shared = self.shared()?;
        let found = shared.journal.request(id.min(i64::MAX.unsigned_abs())).await?;
        let request = found.ok_or_else(|| user_error(texts::unknown_request(id)))?;
        let of_network = shared.open_tables()?.hooks.is_of_network(&request.request.path);
        Ok(in_full(&request, of_network, args.format).into())
    }
    pub(super) async fn incidents(&self, _: &Call, args: IncidentsArgs) -> Result<Reply> {
        let filter = filter_of(&args.filter)?;
        let rows = self.shared()?.journal.incidents(&filter, ROWS + 1).await?;
        if args.table && !rows.is_empty() {
            return Ok(columns::incidents(&rows, &filter).into());
        }
        Ok(shown(&rows, ("incidents", &texts::listed("incidents")), &filter, |row| row.id, incident_line))
    }
}

/// A list: up to [`ROWS`] lines, and the command for the rows before them when
/// there are more. `command` is what was typed without its filter, and `what`
/// names the rows where there are none.
pub(super) fn shown<R>(
    rows: &[R],
    (command, what): (&str, &str),
    filter: &Filter,
    id: fn(&R) -> u64,
    line: fn(&R) -> Text,
) -> Reply {
    let shown = rows.get(..ROWS).unwrap_or(rows);
    let Some(last) = shown.last() else {
        let all = filter.words.is_empty() && filter.before.is_none();
        return if all { texts::nothing_found(what) } else { texts::nothing_like_that() }.into();
    };
    let mut lines: Vec<Text> = shown.iter().map(line).collect();
    if rows.len() > shown.len() {
        lines.push(more(command, filter, id(last)));
    }
    Text::lines(lines).into()
}
/// The command for the rows before the last one.
fn more(command: &str, filter: &Filter, last: u64) -> Text {
    let typed: Vec<String> = filter.words.iter().map(|word| words::quote(word)).collect();
    texts::more_rows(&[vec![command.to_owned()], typed].concat().join(" "), last)
}

/// A time of day as lists show it, in UTC.
pub(super) fn shown_at(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// What a stranger wrote, without line breaks: it must not look like a row of its own.
fn in_line(text: &str) -> String {
    text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ")
}

/// A path as a person reads it: `…` for a piece that is not kept, and for what is long.
fn shown_path(path: &str) -> String {
    let hidden = |piece: &str| piece == "***" || piece.starts_with('{') && piece.ends_with('}');
    let pieces: Vec<&str> = path.split('/').map(|piece| if hidden(piece) { "…" } else { piece }).collect();
    let path = in_line(&pieces.join("/"));
    let mut chars = path.chars();
    let shown: String = chars.by_ref().take(PATH_SHOWN).collect();
    if chars.next().is_some() { shown + "…" } else { shown }
}

fn request_line(row: &RequestRow) -> Text {
    let decision = match row.decision {
        Decision::Accepted => state(State::Good, row.decision),
        Decision::Refused => state(State::Bad, row.decision),
        Decision::Ignored | Decision::Duplicate => state(State::Idle, row.decision),
    };
    let path = shown_path(&row.uri).replace(' ', "%20"); // so that it ends where the row goes on
    let call = texts::request_call(&row.method, &path, &row.peer, row.status);
    let line = bold(format!("#{}", row.id)) + " " + shown_at(row.at) + call + decision;
    let line = if row.reason.is_empty() { line } else { line + ": " + in_line(&row.reason) };
    match &row.replay {
        Some(replay) => line + texts::replay_of(replay.of, &replay.by),
        None => line,
    }
}

fn in_full(detail: &RequestDetail, of_network: bool, format: bool) -> Text {
    let mut lines = vec![request_line(&detail.request)];
    if let Some(user) = &detail.request.user {
        lines.push(texts::request_user(user));
    }
    if !detail.params.is_empty() {
        lines.push(texts::request_path(&in_line(&fields(&detail.params, "=", " "))));
    }
    if !detail.request.query.is_empty() {
        lines.push(texts::request_query(&in_line(&fields(&detail.request.query, "=", " "))));
    }
    lines.push(block(fields(&detail.headers, ": ", "\n")));
    lines.push(match &detail.body {
        None if of_network => texts::body_of_network(),
        None => texts::body_not_kept(),
        Some(body) => {
            let text = readable(&detail.headers, body, format);
            let shown: String = text.chars().take(BODY_SHOWN).collect();
            texts::body(&shown, text.chars().count().saturating_sub(BODY_SHOWN))
        }
    });
    lines.extend(detail.notices.iter().map(notice_lines));
    if detail.notices.is_empty() {
        lines.push(texts::no_notice());
    }
    Text::lines(lines)
}
/// A body as a person reads it: a form as its fields, decoded; with `format` JSON
/// over several lines.
fn readable<'a>(headers: &[(String, String)], body: &'a [u8], format: bool) -> Cow<'a, str> {
    let laid_out = |text: &str| laid_out::json(text).filter(|_| format);
    let of_type = |(name, value): &(String, String)| {
        let value = value.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("content-type") && value.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    };
    if !headers.iter().any(of_type) {
        let text = String::from_utf8_lossy(body);
        return laid_out(&text).map_or(text, Cow::Owned);
    }
    let mut form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    for (_, value) in &mut form {
        if let Some(text) = laid_out(value) {
            *value = text;
        }
    }
    Cow::Owned(fields(&form, ": ", "\n"))
}
fn fields(fields: &[(String, String)], between: &str, after: &str) -> String {
    fields.iter().map(|(name, value)| format!("{name}{between}{value}")).collect::<Vec<_>>().join(after)
}

fn notice_lines(detail: &NoticeDetail) -> Text {
    let notice = &detail.notice;
    let tries = detail
        .tries
        .iter()
        .map(|attempt| texts::attempt(&shown_at(attempt.at), attempt.outcome, &attempt.detail, attempt.took_ms));
    texts::notice_of_request(notice.id, &notice.chat.to_string(), standing(notice), tries.collect())
}

fn incident_line(row: &IncidentRow) -> Text {
    let line = bold(format!("#{}", row.id)) + " " + shown_at(row.at) + " " + state(State::Bad, &row.kind);
    let path = row.path.as_deref().map(shown_path);
    let line = line + texts::incident_source(row.peer.as_deref(), path.as_deref()) + ": " + in_line(&row.reason);
    match row.request {
        Some(request) => line + " (" + command(format!("requests show {request}")) + ")",
        None => line,
    }
}
