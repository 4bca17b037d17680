//! Copies what still matters of a damaged journal, row by row, into a new one.
//!
//! Requests stay in the old file: they are history, and big. What is looked
//! through here is what would be lost or done twice.
use super::{
    damage::{PAGE, beside, remove},
    schema, tail,
};
use anyhow::{Context, Result, anyhow};
use rusqlite::{
    Connection, OpenFlags,
    config::DbConfig,
    params, params_from_iter,
    types::{Value, ValueRef},
};
use std::{fs, os::unix::fs::FileExt, path::Path};

/// What goes over into a new file, with the condition on its rows.
const SALVAGED: &[(&str, &str)] = &[
    ("notices", "state not in ('sent', 'dropped', 'replaced', 'silenced')"),
    ("updates", "true"),
    ("dedupe", "true"),
    ("moved", "true"),
    ("posted", "true"),
    ("actions", "true"),
];

/// Copies what matters; gives how many waiting notices there were.
pub(super) fn salvage(from: &Path, to: &mut Connection) -> Result<usize> {
    let transaction = to.transaction()?;
    let mut copied = copy_all(from, &transaction);
    if copied.is_err() {
        // The header and the list of tables are the same in each journal: with those
        // of a new one the rest can be read.
        let mended = beside(from, ".mended");
        remove(&mended)?;
        if mend(from, &mended).is_ok() && copy_all(&mended, &transaction).is_ok() {
            copied = Ok(());
        }
        remove(&mended)?;
    }
    copied?;
    // A state that none is was damaged: people decide.
    let sql = "update notices set state = 'dead', not_before = null, error = 'damaged on the disk'
        where state not in ('waiting', 'dead')";
    transaction.execute(sql, [])?;
    let waiting =
        transaction.query_row("select count(*) from notices where state = 'waiting'", [], |row| row.get(0))?;
    transaction.commit()?;
    Ok(waiting)
}

/// Copies all tables as far as they can be read.
///
/// # Errors
/// When no notice, or nothing at all, could be looked at.
fn copy_all(from: &Path, to: &Connection) -> Result<()> {
    let old = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    old.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?; // it is kept as it is
    old.execute_batch("pragma writable_schema = on")?; // a broken line of it hides no other
    let mut notices = Err(anyhow!("no table is readable"));
    for (table, condition) in SALVAGED {
        // From both ends: a broken page in the middle costs what is on it.
        for order in ["asc", "desc"] {
            let done = copy(&old, to, table, condition, order);
            let whole = matches!(done, Ok(true));
            if *table == "notices" {
                notices = done.map(drop).or_else(|error| if notices.is_ok() { Ok(()) } else { Err(error) });
            }
            if whole {
                break;
            }
        }
    }
    notices?;
    // Numbers that people may have seen are not given out again.
    for table in ["requests", "notices"] {
        let last = "select seq from sqlite_sequence where name = ?";
        if let Ok(last) = old.query_row(last, [table], |row| row.get::<_, i64>(0)) {
            to.execute("delete from sqlite_sequence where name = ? and seq < ?", params![table, last])?;
            let missing = "insert into sqlite_sequence (name, seq) select ?1, ?2
                where not exists (select 1 from sqlite_sequence where name = ?1)";
            to.execute(missing, params![table, last])?;
        }
    }
    Ok(())
}

/// Copies rows until one cannot be read; whether all could.
///
/// # Errors
/// When the table is not there, or its first row cannot be read.
fn copy(old: &Connection, new: &Connection, table: &str, condition: &str, order: &str) -> Result<bool> {
    let columns = |db: &Connection| -> Result<Vec<String>> {
        let mut columns = db.prepare(&format!("select name from pragma_table_info('{table}') order by pk = 0, pk"))?;
        Ok(columns.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    let (there, mut columns) = (columns(old)?, columns(new)?);
    columns.retain(|column| column != "sum" || there.contains(column)); // an older version had none
    let (names, first) = (columns.join(", "), columns.first().with_context(|| format!("no table {table}"))?);
    let mut rows = old.prepare(&format!("select {names} from {table} where {condition} order by {first} {order}"))?;
    let marks = vec!["?"; columns.len()].join(", ");
    let mut insert = new.prepare(&format!("insert or replace into {table} ({names}) values ({marks})"))?;
    let mut rows = rows.query([])?;
    let mut any = false;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(_) if any => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        any = true;
        let values = (0..columns.len()).map(|n| row.get_ref(n).map(value)).collect::<rusqlite::Result<Vec<_>>>();
        // A value of the wrong kind is damage of this row alone.
        if let Ok(values) = values {
            insert.execute(params_from_iter(values)).ok();
        }
    }
}

/// A value as it stands there. A text that is none goes over as far as it is one, so
/// that its row's checksum tells; rusqlite's own conversion panics at it.
fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_owned()),
    }
}

/// Copies the file and its log, with the first page of a new journal.
fn mend(from: &Path, to: &Path) -> Result<()> {
    let fresh = beside(to, ".fresh");
    let made = || -> Result<Vec<u8>> {
        remove(&fresh)?;
        let mut db = schema::open_writer(&fresh)?;
        schema::migrate(&mut db)?;
        schema::fold_on_close(&db)?;
        db.close().map_err(|(_, error)| error)?;
        Ok(fs::read(&fresh)?)
    };
    let page = made();
    remove(&fresh)?;
    let mut page = page?;
    page.truncate(usize::try_from(PAGE)?);
    // The file's size counts and not what the header says, since these two differ.
    page.get_mut(92..96).context("a page is longer")?.fill(0xFF);
    fs::copy(from, to)?;
    let file = fs::OpenOptions::new().write(true).open(to)?;
    tail::fold(&beside(from, "-wal"), &file)?;
    Ok(file.write_all_at(&page, 0)?)
}
