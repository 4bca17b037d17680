//! Opening the store whatever is on the disk.
//!
//! A repair is made in `<folder>.new` and takes the damaged folder's place only
//! when it is whole and synced; the damaged one is kept under another name. So a
//! repair that is cut short is begun again by the next start.
use super::{
    engine::{Engine, OpenError},
    lines::Dump,
    snapshots::{self, make_folder, parent, stamp, sync_folder},
};
use crate::texts::{self, News};
use anyhow::{Context, anyhow};
use factotum_plugin_api::{
    clock::Clock,
    store::{Record, Revision},
};
use nix::sys::statvfs::statvfs;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Of the records and of what else we put into sled.
const FORMAT: u64 = 1;
/// Holds [`FORMAT`]; its presence says that sled's files once held a store, even
/// when they are empty now.
const MARKER: &str = "format";
/// After the folder's name: a file that says that a sync failed.
const DISTRUSTED: &str = ".distrusted";
/// By how much the revisions go on after a repair: more than were given out for
/// what the repair may have lost, so that none comes twice.
const LEAP: Revision = 1 << 32;

/// What the disk must have room for beside a write: sled's own files, some pages each.
const ROOM: u64 = 2 << 20;

/// Whether the disk under `folder` takes `bytes` more.
///
/// # Errors
/// That it is full, with what is free.
pub(super) fn has_room(folder: &Path, bytes: usize) -> anyhow::Result<()> {
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    // A file system that does not say is tried.
    let Ok(disk) = statvfs(there) else { return Ok(()) };
    let (free, needed) = (disk.blocks_available() * disk.fragment_size(), ROOM + 2 * bytes as u64);
    if free >= needed {
        return Ok(());
    }
    let full = texts::no_room(&folder.display().to_string(), free, needed);
    Err(io::Error::new(io::ErrorKind::StorageFull, full).into())
}

/// Notes that what the kernel shows of the folder need not be on the disk, so that
/// the next opening writes all of it once more.
pub(super) fn distrust(folder: &Path) {
    if let Err(error) = fs::write(beside(folder, DISTRUSTED), "") {
        tracing::error!(%error, "the store's files are not to be trusted, and that could not be noted");
    }
}

/// Copies a store whose sync failed, so that all of it is written and synced again.
fn write_again(folder: &Path, new: &Path) -> anyhow::Result<()> {
    let marker = beside(folder, DISTRUSTED);
    if !fs::exists(&marker)? {
        return Ok(());
    }
    if fs::exists(folder)? {
        copy(folder, new, &|_| true).context("writing the store's files again")?;
        sync_all_in(new)?;
        let old = beside(folder, ".old");
        fs::rename(folder, &old)?;
        fs::rename(new, folder)?;
        sync_folder(parent(folder))?;
        fs::remove_dir_all(old)?;
    }
    fs::remove_file(marker)?;
    sync_folder(parent(folder))
}

/// Opens the store, repaired if need be, and gives sentences for the admins.
///
/// # Errors
/// When it is in use, was made by a newer version, or the disk does not take writes.
pub(super) fn open(folder: &Path, snapshots: &Path, clock: &Clock) -> anyhow::Result<(Engine, Vec<News>)> {
    let mut told = vec![];
    has_room(folder, 0)?;
    let new = beside(folder, ".new");
    if fs::exists(&new)? {
        if fs::exists(folder)? {
            fs::remove_dir_all(&new)?; // unfinished
        } else {
            fs::rename(&new, folder)?; // finished, but for its name
        }
    }
    let old = beside(folder, ".old");
    if fs::exists(&old)? && fs::exists(folder)? {
        fs::remove_dir_all(old)?; // its copy has taken its place
    }
    write_again(folder, &new)?;
    if is_missing(folder)? && restore(folder, &new, snapshots, &mut told)? {
        return Ok((open_whole(folder)?, told));
    }
    let why = match open_whole(folder) {
        Ok(engine) => {
            told.extend(older(folder, &engine, snapshots)?);
            return Ok((engine, told));
        }
        Err(OpenError::Damaged(why)) => why,
        Err(error) => return Err(error.into()),
    };
    tracing::error!(why, folder = %folder.display(), "the store is damaged");
    repair(folder, &new, &why, snapshots, &mut told)?;
    sync_all_in(&new)?;
    let aside = free_name(folder, clock)?;
    fs::rename(folder, &aside)?;
    fs::rename(&new, folder)?;
    sync_folder(parent(folder))?;
    told.insert(0, texts::store_was_damaged(&why, &aside.display().to_string()));
    Ok((open_whole(folder)?, told))
}

/// Whether there is no store, nor anything else in its place.
fn is_missing(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes a store that is missing of the newest readable snapshot, if that has any
/// records; without one it is a first start.
fn restore(folder: &Path, new: &Path, snapshots: &Path, told: &mut Vec<News>) -> anyhow::Result<bool> {
    let Some((path, dump)) = snapshots::newest(snapshots, told).filter(|(_, dump)| !dump.records.is_empty()) else {
        return Ok(false);
    };
    told.push(texts::store_was_missing(dump.records.len(), &path.display().to_string(), dump.time));
    refill(new, None, Some((path, dump)), &mut vec![])?;
    sync_all_in(new)?;
    fs::rename(new, folder)?; // over an empty folder, too
    sync_folder(parent(folder))?;
    Ok(true)
}

/// A sentence when the store ends before its newest snapshot: an old copy was put in its place.
fn older(folder: &Path, engine: &Engine, snapshots: &Path) -> anyhow::Result<Option<News>> {
    let Some((path, newest)) = snapshots::newest_revision(snapshots) else { return Ok(None) };
    let (revision, folder, path) = (engine.revision()?, folder.display().to_string(), path.display().to_string());
    Ok((revision < newest).then(|| texts::store_is_older(&folder, &path)))
}

/// Removes an index file that a kill left half written: sled renames it when it is
/// whole, but reads it under its first name too, and takes it for damage.
fn remove_unfinished_index(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("snap.") && name.to_string_lossy().ends_with(".generating") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Opens a store that is new, or that knows its format and its newest revision.
fn open_whole(folder: &Path) -> Result<Engine, OpenError> {
    let marker = folder.join(MARKER);
    let marked = fs::read_to_string(&marker).ok();
    // A marker that is no number was damaged; what sled holds decides.
    if let Some(newer) = marked.as_ref().and_then(|text| text.trim().parse().ok()).filter(|format| *format > FORMAT) {
        return Err(too_new(newer).into());
    }
    make_folder(folder)?;
    remove_unfinished_index(folder).context("removing a half written index")?;
    let engine = Engine::open(folder)?;
    let damaged = |error: anyhow::Error| OpenError::Damaged(format!("{error:#}"));
    engine.revision().map_err(damaged)?;
    match engine.format().map_err(damaged)? {
        Some(FORMAT) => {}
        Some(newer) => return Err(too_new(newer).into()),
        None if marked.is_some() => return Err(OpenError::Damaged("its contents are gone".into())),
        None => engine.set_format(FORMAT)?,
    }
    engine.sync()?;
    if marked.is_none() {
        let mut file = File::create(&marker).context("writing the store's format")?;
        writeln!(file, "{FORMAT}").and_then(|()| file.sync_all()).context("writing the store's format")?;
    }
    // sled syncs neither its folder nor its settings.
    for path in [folder.join("conf"), folder.join("blobs"), folder.to_owned(), parent(folder).to_owned()] {
        sync_folder(&path)?;
    }
    Ok(engine)
}

fn too_new(format: u64) -> anyhow::Error {
    anyhow!(
        "the store has format {format}, which is newer than this program's {FORMAT}: start the newer program that wrote it"
    )
}

/// Makes a whole store in `new` from the best there is.
fn repair(folder: &Path, new: &Path, why: &str, snapshots: &Path, told: &mut Vec<News>) -> anyhow::Result<()> {
    let without_index = |name: &str| !name.starts_with("snap.") && name != "conf";
    copy(folder, new, &without_index).with_context(|| format!("copying the damaged store ({why})"))?;
    let snapshot = snapshots::newest(snapshots, told);
    let mut rest = None;
    match open_whole(new) {
        Ok(engine) => {
            let mut records = Records::new();
            let unreadable = engine.each(|table, key, record| {
                records.insert((table.to_owned(), key.to_owned()), record);
                Ok(())
            })?;
            let revision = engine.revision()?;
            let newest = snapshot.as_ref().map_or(0, |(_, dump)| dump.revision);
            if unreadable.is_empty() && revision >= newest {
                told.push(texts::store_was_repaired(records.len(), revision));
                told.extend(missing(&records, snapshot.as_ref()));
                engine.set_revision(revision + LEAP)?;
                return engine.sync();
            }
            told.extend(unreadable.into_iter().map(|text| texts::record_is_lost(&text)));
            rest = Some((records, revision));
        }
        // A panic inside sled may have left a handle of it open for good.
        Err(OpenError::Damaged(_) | OpenError::InUse) => {}
        Err(OpenError::Other(error)) => return Err(error),
    }
    fs::remove_dir_all(new)?;
    refill(new, rest, snapshot, told)
}

type Records = BTreeMap<(String, String), Record>;

/// Makes a new store of what could be read of the old one and of the newest
/// snapshot; of two records of a key the later one counts.
fn refill(
    new: &Path,
    rest: Option<(Records, Revision)>,
    snapshot: Option<(PathBuf, Dump)>,
    told: &mut Vec<News>,
) -> anyhow::Result<()> {
    let (mut records, mut revision) = rest.unwrap_or_default();
    let saved = records.len();
    if saved > 0 {
        told.push(texts::records_are_kept(saved));
    }
    match snapshot {
        Some((path, dump)) => {
            revision = revision.max(dump.revision);
            let mut loaded = 0;
            for (table, key, record) in dump.records {
                let id = (table, key);
                if records.get(&id).is_none_or(|kept| kept.revision < record.revision) {
                    records.insert(id, record);
                    loaded += 1;
                }
            }
            told.push(texts::records_were_loaded(loaded, &path.display().to_string()));
        }
        None => told.push(texts::no_snapshot(saved > 0)),
    }
    let engine = open_whole(new)?;
    for ((table, key), record) in &records {
        revision = revision.max(record.revision);
        engine.insert(table, key, record)?;
    }
    engine.set_revision(revision + LEAP)?;
    engine.sync()
}

/// A sentence when the snapshot has records that the repaired store has not.
fn missing(records: &Records, snapshot: Option<&(PathBuf, Dump)>) -> Option<News> {
    let (path, dump) = snapshot?;
    let gone = |(table, key, _): &&(String, String, Record)| !records.contains_key(&(table.clone(), key.clone()));
    let gone: Vec<_> = dump.records.iter().filter(gone).collect();
    let (table, key, _) = gone.first()?;
    Some(texts::records_are_missing(gone.len(), &path.display().to_string(), table, key))
}

/// Copies the files whose names are `wanted`. A repair leaves out sled's snapshots
/// of its page table and its settings, which it makes anew.
fn copy(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> anyhow::Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target, wanted)?;
        } else if wanted(&name.to_string_lossy()) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn sync_all_in(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_all_in(&path)? } else { sync_folder(&path)? }
    }
    sync_folder(folder)
}

fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
fn free_name(folder: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    let name = beside(folder, &format!(".damaged-{}", stamp(clock)));
    let mut free = name.clone();
    let mut count = 1;
    while fs::exists(&free)? {
        count += 1;
        free = beside(&name, &format!("-{count}"));
    }
    Ok(free)
}
