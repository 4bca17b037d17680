//! Looks through a big file beside the host's work, after it was not closed well:
//! that takes a second for some 100,000 requests, which no sender should wait for.
//!
//! What it finds goes the road of damage that a read meets: the writer opens the
//! file anew, which mends it and tells the admins. A file that lies beside the
//! journal until the look has ended has the next start begin again, however this
//! one ends.
use super::{
    damage::{self, beside},
    readers::Readers,
    rows::ms,
    schema,
    writer::{Order, Sync, Task},
};
use anyhow::Result;
use factotum_plugin_api::clock::Clock;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, warn};

/// After so many pages SQLite asks whether to go on.
const ASK: i32 = 100;

/// Has the next start look through the file, unless this one does.
pub(super) fn leave_to_do(path: &Path) {
    fs::write(to_do_file(path), "").ok(); // on a bad disk the reads meet the damage itself
}
/// Whether a look was begun and has not ended.
pub(super) fn is_to_do(path: &Path) -> bool {
    to_do_file(path).exists()
}
pub(super) fn is_done(path: &Path) {
    fs::remove_file(to_do_file(path)).ok(); // mostly it is not there
}
fn to_do_file(path: &Path) -> PathBuf {
    beside(path, "-unchecked")
}

/// Begins looks, each on a thread of its own.
#[derive(Clone)]
pub(super) struct Looker {
    pub(super) path: PathBuf,
    pub(super) clock: Clock,
    pub(super) readers: Arc<Readers>,
    /// Weak: the writer ends when nobody can write any more.
    pub(super) jobs: mpsc::WeakSender<Order>,
    /// How many looks are under way.
    pub(super) underway: watch::Sender<usize>,
}

impl Looker {
    /// Begins one if it is to be done.
    pub(super) fn begin(&self) {
        if !is_to_do(&self.path) {
            return;
        }
        let looker = self.clone();
        self.underway.send_modify(|count| *count += 1);
        let thread = std::thread::Builder::new().name("journal look".into()).spawn(move || {
            looker.look();
            looker.underway.send_modify(|count| *count -= 1);
        });
        if let Err(error) = thread {
            warn!(%error, "the journal is looked through at the next start");
            self.underway.send_modify(|count| *count -= 1);
        }
    }
    fn look(&self) {
        match self.readers.beside(|cut_short| look_through(&self.path, cut_short.clone())) {
            Ok(None) => {
                is_done(&self.path);
                debug!("the journal was looked through");
            }
            Ok(Some(found)) => self.found(&found),
            // Of the disk, or since the file is being closed.
            Err(error) => warn!(error = format!("{error:#}"), "the journal is looked through at the next start"),
        }
    }
    /// Has the writer mend the file; returns when it has.
    fn found(&self, damage: &str) {
        error!(damage, "the journal is damaged");
        damage::leave_suspicion(&self.path);
        self.readers.found_damage();
        let Some(jobs) = self.jobs.upgrade() else { return };
        let (done, answer) = oneshot::channel();
        let now = ms(self.clock.now());
        // Of no weight, so that the writer has something to do.
        let work = move |db: &Connection| Ok(db.prepare_cached(super::PROBE)?.execute([now]).map(drop)?);
        if jobs.blocking_send(Order::Write(Box::new(Task::new(work, done)), Sync::Soon)).is_ok() {
            drop(jobs);
            answer.blocking_recv().ok(); // its failure is in the health
        }
    }
}

/// What SQLite found, without the line that names the database.
pub(super) fn in_one_line(found: &str) -> String {
    let lines = found.lines().filter(|line| !line.starts_with("*** in database"));
    lines.map(str::trim).collect::<Vec<_>>().join("; ")
}

/// What is wrong with the file, if anything is.
///
/// # Errors
/// When it could not be looked at to its end.
pub(super) fn look_through(path: &Path, cut_short: Arc<AtomicBool>) -> Result<Option<String>> {
    let found = || -> Result<String> {
        let db = schema::open_reader(path)?;
        db.progress_handler(ASK, Some(move || cut_short.load(Ordering::Relaxed)));
        Ok(db.query_row("pragma integrity_check(1)", [], |row| row.get(0))?)
    };
    match found() {
        Ok(found) => Ok(Some(in_one_line(&found)).filter(|found| found != "ok")),
        Err(error) if damage::stops_open(&error) => Ok(Some(format!("{error:#}"))),
        Err(error) => Err(error),
    }
}
