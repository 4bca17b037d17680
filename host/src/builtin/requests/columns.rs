//! `!requests --table` `!incidents --table`: the columns of ATSD's pages Webhook
//! Requests and Security Incidents.
use super::{ROWS, more, shown_at, shown_path};
use crate::{
    journal::{Filter, IncidentRow, RequestRow},
    texts,
};
use factotum_plugin_api::{jiff::Timestamp, prelude::*, text};
use std::net::IpAddr;

/// What of a cell is shown, in characters: a query may be long, and `!requests show`
/// has all of it.
const CELL: usize = 60;

pub(super) fn requests(rows: &[RequestRow], filter: &Filter) -> Text {
    let row = |row: &RequestRow| {
        [
            shown_at(row.at),
            row.messages.to_string(),
            cell(row.user.as_deref().unwrap_or_default()),
            row.peer.clone(),
            row.method.clone(),
            format!("#{} {}", row.id, row.status),
            cell(&shown_path(&row.uri)),
            cell(&query(&row.query)),
        ]
    };
    table(rows, texts::request_columns(), row, ("requests --table", filter), |row| row.id)
}

pub(super) fn incidents(rows: &[IncidentRow], filter: &Filter) -> Text {
    let row = |row: &IncidentRow| {
        let peer = row.peer.as_deref().unwrap_or_default();
        // A denied command is a person's, by the id; a request comes from an address.
        let (user, address) = match peer.parse::<IpAddr>() {
            Ok(_) => (row.user.as_deref().unwrap_or_default(), peer),
            Err(_) => (peer, ""),
        };
        let error = format!("{}: {}", row.kind, row.reason);
        [cell(user), address.to_owned(), iso(row.at), cell(&error)]
    };
    table(rows, texts::incident_columns(), row, ("incidents --table", filter), |row| row.id)
}

fn table<R, const N: usize>(
    rows: &[R],
    head: [String; N],
    row: impl Fn(&R) -> [String; N],
    (command, filter): (&str, &Filter),
    id: fn(&R) -> u64,
) -> Text {
    let shown = rows.get(..ROWS).unwrap_or(rows);
    let table = text::table(head, shown.iter().map(row));
    match shown.last().filter(|_| rows.len() > shown.len()) {
        Some(last) => table + "\n" + more(command, filter, id(last)),
        None => table,
    }
}

/// A query as it can be read in one way only.
fn query(fields: &[(String, String)]) -> String {
    let marked = |text: &str| text.replace('%', "%25").replace('&', "%26");
    let field = |(name, value): &(String, String)| marked(name).replace('=', "%3D") + "=" + &marked(value);
    fields.iter().map(field).collect::<Vec<_>>().join("&")
}
fn cell(text: &str) -> String {
    if text.chars().count() <= CELL {
        return text.to_owned();
    }
    text.chars().take(CELL - 1).chain(['…']).collect()
}
/// `2026-11-20T10:00:00Z`.
fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
