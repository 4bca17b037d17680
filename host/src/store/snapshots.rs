//! The folder of snapshots: complete exports, secrets included, of which the
//! newest few are kept.
//!
//! They are numbered, since the time in their names may go back; the number says
//! which is newer.
use super::{
    engine::Engine,
    lines::{self, Dump, Writer},
};
use crate::texts::{self, News};
use anyhow::{Context, ensure};
use factotum_plugin_api::{clock::Clock, store::Revision};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{BufReader, BufWriter, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const KEPT: usize = 7;
const UNFINISHED: &str = "store.unfinished";

/// The snapshots in `folder`, oldest first.
fn list(folder: &Path) -> anyhow::Result<Vec<(u64, PathBuf)>> {
    let mut found = vec![];
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name.and_then(|name| name.strip_prefix("store-")?.strip_suffix(".jsonl")?.split_once('-'));
        if let Some(number) = number.and_then(|(number, _)| number.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a snapshot, which is complete and on disk under its name or not there
/// at all, and removes the oldest ones.
pub(super) fn write(engine: &Engine, folder: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    make_folder(folder)?;
    let all = list(folder)?;
    let number = all.last().map_or(1, |(number, _)| number + 1);
    let unfinished = folder.join(UNFINISHED);
    fs::remove_file(&unfinished).ok(); // from a process that was killed
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let fill = || {
        let mut out = BufWriter::new(file);
        let exported = export(engine, &mut out, clock, true)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        anyhow::Ok(exported)
    };
    let exported = fill().inspect_err(|_| {
        fs::remove_file(&unfinished).ok(); // half of one would only take up what room is left
    })?;
    let path = folder.join(format!("store-{number:06}-{}.jsonl", stamp(clock)));
    fs::rename(&unfinished, &path)?;
    sync_folder(folder)?;
    if exported.unreadable.is_empty() {
        // An incomplete one pushes no complete one out.
        for (_, old) in all.iter().rev().skip(KEPT - 1) {
            fs::remove_file(old).with_context(|| format!("removing {}", old.display()))?;
        }
    }
    tracing::info!(path = %path.display(), records = exported.records, "snapshot of the store written");
    Ok(path)
}

/// What an export found.
pub(super) struct Exported {
    /// Records written.
    pub(super) records: u64,
    /// A sentence for each place in the store that cannot be read.
    pub(super) unreadable: Vec<String>,
}

/// Writes all that can be read; what cannot is logged.
pub(super) fn export(
    engine: &Engine,
    out: &mut dyn std::io::Write,
    clock: &Clock,
    with_secrets: bool,
) -> anyhow::Result<Exported> {
    let mut writer = Writer::begin(out, clock.now(), engine.revision()?, with_secrets)?;
    let unreadable = engine.each(|table, key, record| writer.record(table, key, &record))?;
    for error in &unreadable {
        tracing::error!(error, "an export of the store is incomplete");
    }
    let records = writer.finish(unreadable.len())?;
    Ok(Exported { records, unreadable })
}

/// The newest snapshot that can be read whole; a sentence to `told` for each newer one that cannot.
pub(super) fn newest(folder: &Path, told: &mut Vec<News>) -> Option<(PathBuf, Dump)> {
    let all = list(folder).unwrap_or_default(); // no folder yet, no snapshots
    all.into_iter().rev().find_map(|(_, path)| match read(&path) {
        Ok(dump) => Some((path, dump)),
        Err(error) => {
            told.push(texts::snapshot_is_unusable(&path.display().to_string(), &format!("{error:#}")));
            None
        }
    })
}

/// The newest snapshot and the store's revision in it, by a look at its first line.
pub(super) fn newest_revision(folder: &Path) -> Option<(PathBuf, Revision)> {
    let (_, path) = list(folder).ok()?.pop()?;
    let revision = lines::revision(BufReader::new(File::open(&path).ok()?)).ok()?;
    Some((path, revision))
}

fn read(path: &Path) -> anyhow::Result<Dump> {
    let dump = lines::read(BufReader::new(File::open(path)?))?;
    ensure!(!dump.masked, "its secrets are masked");
    Ok(dump)
}

/// The time for a file's name, as `20261120T100000Z`.
pub(super) fn stamp(clock: &Clock) -> String {
    clock.now().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Makes `folder` for the owner alone; leaves one that is there as it is.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    if fs::exists(folder)? {
        return Ok(());
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("making the folder {}", folder.display()))?;
    sync_folder(parent(folder))
}

/// The folder that `path` is in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("syncing the folder {}", folder.display()))
}
