//! Opening a journal that may be damaged: it is moved aside, a new one begins,
//! and what can still be read and still matters goes over.
//!
//! Requests stay in the old file: they are history, and big. What is looked
//! through row by row here is what would be lost or done twice.
use super::schema;
use anyhow::{Context, Result};
use factotum_plugin_api::clock::Clock;
use rusqlite::{Connection, ErrorCode, OpenFlags, params, params_from_iter, types::Value};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What goes over into a new file, with the condition on its rows.
const SALVAGED: &[(&str, &str)] = &[
    ("notices", "state in ('waiting', 'dead')"),
    ("updates", "true"),
    ("dedupe", "true"),
    ("moved", "true"),
    ("posted", "true"),
    ("actions", "true"),
];

/// The journal at `path`, or a new one in place of a damaged one; with
/// sentences for the admins.
pub(super) fn open_or_begin_anew(path: &Path, clock: &Clock) -> Result<(Connection, Vec<String>)> {
    match open(path) {
        Ok(db) => Ok((db, vec![])),
        Err(error) if means_damage(&error) => begin_anew(path, clock, &error),
        Err(error) => Err(error.context(format!("opening the journal {}", path.display()))),
    }
}

/// Leaves a file beside the journal when an error means damage, so that the next
/// start looks at it closely.
pub(super) fn suspect(path: &Path, error: &anyhow::Error) {
    if means_damage(error) {
        fs::write(suspect_file(path), "").ok(); // whoever asked has the error
    }
}

fn suspect_file(path: &Path) -> PathBuf {
    beside(path, "-suspect")
}

/// A check found what opening alone does not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct CheckFailed(String);

fn means_damage(error: &anyhow::Error) -> bool {
    let broken = Some(ErrorCode::DatabaseCorrupt);
    let foreign = Some(ErrorCode::NotADatabase);
    let code = error.downcast_ref::<rusqlite::Error>().map(rusqlite::Error::sqlite_error_code);
    error.is::<CheckFailed>() || code.is_some_and(|code| code == broken || code == foreign)
}

fn open(path: &Path) -> Result<Connection> {
    // A log that is still there was not folded in: the host was killed, or the
    // power went. Looking through the file then is worth its second.
    let log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let unclean = log || suspect_file(path).exists();
    let mut db = schema::open_writer(path)?;
    if unclean {
        let found: String = db.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(CheckFailed(found).into());
        }
        fs::remove_file(suspect_file(path)).ok(); // mostly it is not there
    }
    schema::migrate(&mut db)?;
    // One read of each table, so that a broken first page shows now.
    db.query_row("select count(*) from (select 1 from requests limit 1)", [], |_| Ok(()))?;
    db.query_row("select count(*) from (select 1 from notices where state = 'waiting' limit 1)", [], |_| Ok(()))?;
    Ok(db)
}

fn begin_anew(path: &Path, clock: &Clock, error: &anyhow::Error) -> Result<(Connection, Vec<String>)> {
    let aside = beside(path, &format!(".damaged-{}", clock.now().strftime("%Y%m%dT%H%M%SZ")));
    for end in ["", "-wal", "-shm"] {
        match fs::rename(beside(path, end), beside(&aside, end)) {
            Err(error) if end.is_empty() => return Err(error).context("moving the damaged journal aside"),
            _ => {} // a side file need not exist
        }
    }
    fs::remove_file(suspect_file(path)).ok();
    let mut db = schema::open_writer(path)?;
    schema::migrate(&mut db)?;
    let mut told = vec![format!(
        "The journal {} was damaged ({error:#}); it is kept as {}, and a new one has begun.",
        path.display(),
        aside.display()
    )];
    // The old file's own log is read too: it may hold the newest notices.
    match salvage(&aside, &mut db) {
        Ok(saved) => told.push(format!(
            "Of the damaged journal {saved} notices were saved that are not posted yet. \
             Others may be lost; what was posted or answered before is in the old file only."
        )),
        Err(error) => told.push(format!("Nothing could be read of the damaged journal: {error:#}.")),
    }
    Ok((db, told))
}

/// Copies what matters; gives how many waiting notices there were.
fn salvage(from: &Path, to: &mut Connection) -> Result<usize> {
    let old = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let transaction = to.transaction()?;
    let mut readable = Err(anyhow::anyhow!("no table is readable"));
    for (table, condition) in SALVAGED {
        // From both ends: a broken page in the middle costs what is on it.
        for order in ["asc", "desc"] {
            match copy(&old, &transaction, table, condition, order) {
                Ok(true) => {
                    readable = Ok(());
                    break;
                }
                Ok(false) => readable = Ok(()),
                Err(error) => readable = readable.or(Err(error)),
            }
        }
    }
    readable?;
    // Numbers that people may have seen are not given out again.
    for table in ["requests", "notices"] {
        let last = "select seq from sqlite_sequence where name = ?";
        if let Ok(last) = old.query_row(last, [table], |row| row.get::<_, i64>(0)) {
            transaction.execute("delete from sqlite_sequence where name = ? and seq < ?", params![table, last])?;
            let missing = "insert into sqlite_sequence (name, seq) select ?1, ?2
                where not exists (select 1 from sqlite_sequence where name = ?1)";
            transaction.execute(missing, params![table, last])?;
        }
    }
    let waiting =
        transaction.query_row("select count(*) from notices where state = 'waiting'", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(waiting)
}

/// Copies rows until one cannot be read; whether all could.
fn copy(old: &Connection, new: &Connection, table: &str, condition: &str, order: &str) -> Result<bool> {
    let mut columns = new.prepare(&format!("select name from pragma_table_info('{table}') order by pk = 0, pk"))?;
    let columns: Vec<String> = columns.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let (names, first) = (columns.join(", "), &columns[0]);
    let mut rows = old.prepare(&format!("select {names} from {table} where {condition} order by {first} {order}"))?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = new.prepare(&format!("insert or replace into {table} ({names}) values ({marks})"))?;
    let mut rows = rows.query([])?;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        };
        let values = (0..columns.len()).map(|n| row.get::<_, Value>(n)).collect::<rusqlite::Result<Vec<_>>>();
        // A value of the wrong kind is damage of this row alone.
        if let Ok(values) = values {
            insert.execute(params_from_iter(values)).ok();
        }
    }
}

/// `path` with `end` after its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
