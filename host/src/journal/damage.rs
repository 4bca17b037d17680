//! Opening a journal that may be damaged: what can still be read of it and still
//! matters goes into a new file (`salvage.rs`), which takes its place.
//!
//! The new file is whole and synced before the damaged one is moved aside, and
//! each step can be cut short: the next start goes on.
use super::{
    chats, look, notices, requests, salvage,
    schema::{self, CheckFailed},
    tail,
};
use crate::texts::{self, News};
use anyhow::{Context, Result};
use factotum_plugin_api::clock::Clock;
use rusqlite::{Connection, ErrorCode, ffi};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

/// Up to so many bytes a file is looked through wholly at each start; that takes
/// some milliseconds. A bigger one that was not closed well is looked through beside
/// the host's work (`look.rs`). SQLite itself notices a damaged page when it reads it.
pub(super) const SMALL: u64 = 8 << 20;

/// SQLite's page, which holds its header and the list of tables at first.
pub(super) const PAGE: u64 = 4096;

/// The journal at `path`, or a new one in place of a damaged one; with
/// sentences for the admins. A file of more than `small` bytes may need a look.
pub(super) fn open_or_begin_anew(path: &Path, clock: &Clock, small: u64) -> Result<(Connection, Vec<News>)> {
    let opening = || format!("opening the journal {}", path.display());
    if ready_file(path).exists() {
        let aside = free_name(path, clock);
        replace(path, &aside).with_context(opening)?;
    }
    let mut told = vec![];
    if let Some(frames) = tail::left_out(&beside(path, "-wal")) {
        let aside = free_name(path, clock);
        // SQLite overwrites the log soon.
        let kept = fs::copy(beside(path, "-wal"), beside(&aside, "-wal")).is_ok();
        let kept = kept.then(|| format!("{}-wal", aside.display()));
        told.push(texts::journal_end_was_damaged(frames, kept.as_deref()));
    }
    match open(path, small) {
        Ok(db) => Ok((db, told)),
        Err(error) if stops_open(&error) => {
            let (db, anew) = begin_anew(path, clock, small, &error).with_context(opening)?;
            told.extend(anew);
            Ok((db, told))
        }
        Err(error) => Err(error.context(opening())),
    }
}

/// Leaves a file beside the journal, so that whoever opens it next looks at it closely.
pub(super) fn leave_suspicion(path: &Path) {
    fs::write(suspect_file(path), "").ok(); // on a bad disk the next start meets the damage itself
}

fn suspect_file(path: &Path) -> PathBuf {
    beside(path, "-suspect")
}
/// A new journal that is whole and waits to take the place of a damaged one.
fn ready_file(path: &Path) -> PathBuf {
    beside(path, ".ready")
}

/// Whether an error of a read or write means that the file is damaged.
pub(super) fn means_damage(error: &anyhow::Error) -> bool {
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    error.is::<CheckFailed>() || matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether an error of the start does. Nobody has asked anything yet that could be
/// wrong: whatever is not the disk's or the system's fault is the file's.
pub(super) fn stops_open(error: &anyhow::Error) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OperationInterrupted, OutOfMemory, PermissionDenied,
        SystemIoFailure,
    };
    let Some(rusqlite::Error::SqliteFailure(failure, _)) = error.downcast_ref() else {
        return error.is::<CheckFailed>() || error.is::<rusqlite::Error>();
    };
    let others = [
        CannotOpen,
        DatabaseBusy,
        DatabaseLocked,
        DiskFull,
        OperationInterrupted,
        OutOfMemory,
        PermissionDenied,
        SystemIoFailure,
    ];
    failure.extended_code == ffi::SQLITE_IOERR_SHORT_READ || !others.contains(&failure.code)
}

fn open(path: &Path, small: u64) -> Result<Connection> {
    // A log that is still there was not folded in: the host was killed, or the
    // power went.
    let unfolded = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let suspect = suspect_file(path).exists();
    let small = fs::metadata(path).is_ok_and(|file| file.len() <= small);
    // SQLite takes a piece of a page for an empty file.
    if fs::metadata(path).is_ok_and(|file| (1..PAGE).contains(&file.len())) {
        return Err(CheckFailed("it is shorter than a page".into()).into());
    }
    let mut db = schema::open_writer(path)?;
    if unfolded && !suspect && !small {
        look::leave_to_do(path);
    }
    let looked = look_through(&mut db, suspect || small);
    if !looked.as_ref().is_err_and(stops_open) {
        schema::fold_on_close(&db)?; // it is well, or of a newer version
    }
    looked?;
    fs::remove_file(suspect_file(path)).ok(); // mostly it is not there
    if suspect || small {
        look::is_done(path);
    }
    Ok(db)
}

fn look_through(db: &mut Connection, wholly: bool) -> Result<()> {
    if wholly {
        let found: String = db.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
        let found = look::in_one_line(&found);
        if found != "ok" {
            return Err(CheckFailed(found).into());
        }
    }
    schema::migrate(db)?;
    schema::check(db)?;
    // One read of each table, so that a broken first page shows now.
    db.query_row("select count(*) from (select 1 from requests limit 1)", [], |_| Ok(()))?;
    db.query_row("select count(*) from (select 1 from notices where state = 'waiting' limit 1)", [], |_| Ok(()))?;
    read_as_a_start_does(db)?;
    // After a failed sync the kernel shows what need not be on disk: written again, it is.
    Ok(db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?)
}

/// Reads what the host cannot start without, so that damage of it shows now, also
/// in a file that is looked through later.
fn read_as_a_start_does(db: &Connection) -> Result<()> {
    requests::first_free_id(db)?;
    notices::waiting_chats(db)?;
    chats::all_moved(db)?;
    let mut unfinished = db.prepare("select incoming, attachment from updates where state <> 'done'")?;
    let mut rows = unfinished.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

fn begin_anew(path: &Path, clock: &Clock, small: u64, error: &anyhow::Error) -> Result<(Connection, Vec<News>)> {
    let (aside, new) = (free_name(path, clock), beside(path, ".new"));
    remove(&new)?; // unfinished
    let mut db = schema::open_writer(&new)?;
    schema::migrate(&mut db)?;
    let (journal, kept) = (path.display().to_string(), aside.display().to_string());
    let mut told = vec![texts::journal_was_damaged(&journal, &format!("{error:#}"), &kept)];
    // The old file's own log is read too: it may hold the newest notices.
    match salvage::salvage(path, &mut db) {
        Ok(saved) => told.push(texts::journal_was_salvaged(saved)),
        Err(error) => told.push(texts::journal_is_unreadable(&format!("{error:#}"))),
    }
    schema::fold_on_close(&db)?;
    db.close().map_err(|(_, error)| error)?;
    File::open(&new)?.sync_all()?;
    fs::rename(&new, ready_file(path))?;
    replace(path, &aside)?;
    Ok((open(path, small)?, told))
}

/// Moves the damaged journal aside and takes the one that is ready.
fn replace(path: &Path, aside: &Path) -> Result<()> {
    // The log first: beside the new file it would be taken for its own.
    for end in ["-wal", "-shm", ""] {
        if beside(path, end).exists() {
            fs::rename(beside(path, end), beside(aside, end)).context("moving the damaged journal aside")?;
        }
    }
    fs::remove_file(suspect_file(path)).ok(); // mostly it is not there
    look::is_done(path);
    fs::rename(ready_file(path), path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}

/// Removes a file of SQLite and those beside it.
pub(super) fn remove(path: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm"] {
        let file = beside(path, end);
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

/// Where a damaged journal is kept: no other is there.
fn free_name(path: &Path, clock: &Clock) -> PathBuf {
    let name = beside(path, &format!(".damaged-{}", clock.now().strftime("%Y%m%dT%H%M%SZ")));
    let taken = |name: &Path| ["", "-wal"].iter().any(|end| beside(name, end).exists());
    let more = (2..).map(|count| beside(&name, &format!("-{count}")));
    std::iter::once(name.clone()).chain(more).find(|name| !taken(name)).expect("there is always a next number")
}

/// `path` with `end` after its name.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
