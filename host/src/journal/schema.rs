//! The journal's tables, how they came to be, and how a connection is set up.
//!
//! Times are milliseconds since 1970. Everything that the admin page will show
//! is a query on these tables.
use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

/// What leads from one `user_version` to the next, from an empty file on. A
/// released step is never changed; a new one is added.
const MIGRATIONS: &[&str] = &[
    "
    create table requests (
        id integer primary key autoincrement, at integer not null, peer text not null, method text not null,
        path text not null, query text not null, plugin text, status integer not null, decision text not null,
        reason text not null, dedupe text, headers text not null, body blob) strict;
    create index requests_at on requests (at);
    create table dedupe (
        plugin text not null, key text not null, at integer not null, request integer,
        primary key (plugin, key)) strict, without rowid;
    create table notices (
        id integer primary key autoincrement, at integer not null,
        since integer not null,       -- when its time to be given up began to run
        plugin text not null, request integer, chat text not null, key text, notice text not null,
        state text not null default 'waiting', attempts integer not null default 0,
        step integer not null default 0,        -- on the ladder of pauses
        done text not null default '[]',        -- message ids of the parts that are posted
        unanswered integer,                     -- the part that may have arrived
        not_before integer, error text) strict;
    create index notices_at on notices (at);
    create index notices_waiting on notices (chat, id) where state = 'waiting';
    create index notices_key on notices (chat, key) where state = 'waiting' and key is not null;
    create index notices_dead on notices (id) where state = 'dead';
    create index notices_request on notices (request) where request is not null;
    create table attempts (
        notice integer not null, n integer not null, at integer not null, outcome text not null,
        detail text not null, took_ms integer not null, primary key (notice, n)) strict, without rowid;
    create table posted (
        chat text not null, key text not null, messages text not null, thread text, at integer not null,
        primary key (chat, key)) strict, without rowid;
    create table incidents (
        id integer primary key autoincrement, at integer not null, kind text not null, peer text, plugin text,
        path text, reason text not null, request integer) strict;
    create index incidents_at on incidents (at);
    create table audit (
        id integer primary key autoincrement, at integer not null, sender text not null, chat text not null,
        path text not null, args text not null, result text not null) strict;
    create index audit_at on audit (at);
    create table actions (
        token text primary key not null, chat text not null, line text not null, at integer not null)
        strict, without rowid;
    create unique index actions_line on actions (chat, line);
    create table updates (
        network text not null, id text not null, at integer not null, state text not null, incoming text,
        attachment blob, primary key (network, id)) strict, without rowid;
    create table moved (old text primary key not null, new text not null, at integer not null) strict, without rowid;
    create table told (key text primary key not null, at integer not null) strict, without rowid;
",
    "
    -- Checksums, since SQLite has none: sums.rs says of what.
    alter table requests add column sum integer;
    alter table notices add column sum integer;
    alter table actions add column sum integer;
    alter table updates add column sum integer;
    alter table requests add column params text;        -- of the path, secrets masked; kept as the body is
    alter table requests add column replay_of integer;
    alter table requests add column replay_by text;
",
    "
    alter table requests add column proven_by text;     -- which of several secrets: secret 1 of 2
",
];

/// Half of SQLite's `application_id`; the other half is the schema's number once
/// more, so that a flipped bit of that number is no other version.
const MARK: i64 = 0x4663 << 16;

/// A check found what opening alone does not.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CheckFailed(pub(super) String);

/// Opens the file for the writer, and makes it if it is not there.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    make_private(path)?;
    let db = Connection::open(path)?;
    // Until it is known to be well it is left as it is.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(64);
    // Before the first table: later it would take a whole VACUUM.
    db.execute_batch("pragma auto_vacuum = incremental")?;
    // 500 pages keep the slowest commits short (facts/dependencies.md). What is
    // deleted is overwritten where that costs nothing.
    db.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 500;
         pragma journal_size_limit = 67108864; pragma temp_store = memory; pragma secure_delete = fast;",
    )?;
    Ok(db)
}

/// Has the last connection fold the log into the file when it is closed.
pub(super) fn fold_on_close(db: &Connection) -> Result<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Looks that each table and index is there as this version makes it: a flipped bit
/// in their list gives a column another name, and SQLite believes it.
pub(super) fn check(db: &Connection) -> Result<()> {
    let lines = |db: &Connection| -> Result<BTreeSet<(String, Option<String>)>> {
        let mut query = db.prepare("select name, sql from sqlite_schema")?;
        Ok(query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
    };
    let mut fresh = Connection::open_in_memory()?;
    migrate(&mut fresh)?;
    match lines(&fresh)?.difference(&lines(db)?).next() {
        Some((name, _)) => Err(CheckFailed(format!("{name} is not as it was made")).into()),
        None => Ok(()),
    }
}

/// Opens a connection for reads. It could write, since SQLite may have to make the
/// log's index anew; that no statement does is `query_only`.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .context("opening the journal for reading")?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.execute_batch("pragma query_only = on; pragma temp_store = memory")?;
    Ok(db)
}

/// Brings the tables up to this version.
///
/// # Errors
/// When a newer version of the host has been here.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    let found: i64 = db.query_row("pragma user_version", [], |row| row.get(0))?;
    let mark: i64 = db.query_row("pragma application_id", [], |row| row.get(0))?;
    // None in an empty file, and before there were marks.
    if mark != MARK + found && !(mark == 0 && found < 2) {
        return Err(CheckFailed(format!("its schema's number is {found} and its mark {mark:#x}")).into());
    }
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > MIGRATIONS.len() {
        let known = MIGRATIONS.len();
        bail!("the journal has schema {found} and this version knows {known}: start the newer version");
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(found) {
        let transaction = db.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", step + 1)?;
        transaction.pragma_update(None, "application_id", MARK + step as i64 + 1)?;
        transaction.commit().with_context(|| format!("migrating the journal to schema {}", step + 1))?;
    }
    Ok(())
}

/// Lets nobody else read the file; SQLite gives its side files the same mode.
fn make_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).with_context(|| format!("opening {}", path.display()))?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    drop(file);
    Ok(())
}
