//! A big journal that was not closed well is at work at once, and looked through
//! meanwhile.
use super::*;
use crate::journal::{damage, look, readers::Readers};
use std::{os::unix::fs::FileExt, path::Path, sync::atomic::AtomicBool};

/// The files of a journal of more than [`damage::SMALL`] bytes, as a kill leaves
/// them: 40 notices wait in it.
async fn big(folder: &Path) {
    let bench = Bench::new();
    let waiting: Vec<Notice> = (0..40).map(|n| notice("dev", &format!("{n}"))).collect();
    bench.journal.enqueue("test", &waiting, None).await.unwrap();
    let posted: Vec<Notice> = (0..10).map(|n| notice("ops", &format!("{n} {}", "x".repeat(1 << 20)))).collect();
    bench.journal.enqueue("test", &posted, None).await.unwrap();
    bench.journal.execute("update notices set state = 'sent' where chat = 'fake:ops'").await;
    let (bench, _) = bench.reopen(); // all of it is folded into the file
    bench.journal.probe().await.unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        fs::copy(bench.folder.path().join(name), folder.join(name)).unwrap();
    }
    assert!(fs::metadata(folder.join("journal.db")).unwrap().len() > damage::SMALL);
}

/// As [`big`], with the begin of a page overwritten that no start reads: of a long
/// text, where it says which page comes next.
async fn damaged(folder: &Path) {
    big(folder).await;
    let file = fs::OpenOptions::new().write(true).open(folder.join("journal.db")).unwrap();
    file.write_all_at(&[0xEE; 8], 1000 * 4096).unwrap();
}

fn open(folder: &Path) -> Journal {
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    let (journal, told) = Journal::open(&folder.join("journal.db"), clock, Retention::default()).unwrap();
    assert!(told.is_empty(), "the start waits for no look: {told:?}");
    journal
}

async fn waiting(journal: &Journal) -> usize {
    journal.notices(Some(NoticeState::Waiting), &Filter::default(), 1000).await.unwrap().len()
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.ends_with("-shm")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn damage_of_a_big_journal_is_found_while_it_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path()).await;
    let journal = open(folder.path());
    journal.enqueue("test", &[notice("dev", "taken at once")], None).await.unwrap();
    journal.looked_through().await;
    let told = journal.health().take_news().join("\n").replace(&folder.path().display().to_string(), "DATA");
    // The one that was taken at once came before the damage was found, or after.
    let told = told.replace(" 41 notices", " MOST notices").replace(" 40 notices", " MOST notices");
    insta::assert_snapshot!(told, @"
    The journal DATA/journal.db was damaged (Tree 7 page 1308 cell 0: Failed to read ptrmap key=4008636142); it is kept as DATA/journal.db.damaged-20261120T100000Z, and a new one has begun.
    Of the damaged journal MOST notices were saved that are not posted yet. Others may be lost; what was posted or answered before is in the old file only.
    ");
    assert_eq!(waiting(&journal).await, 41, "with what was taken in meanwhile");
    journal.close().await;
    insta::assert_snapshot!(names(folder.path()).join(" "), @"journal.db journal.db.damaged-20261120T100000Z journal.db.damaged-20261120T100000Z-wal");
}

#[tokio::test]
async fn a_look_that_was_cut_short_is_made_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    damaged(folder.path()).await;
    let path = folder.path().join("journal.db");
    let found = look::look_through(&path, Arc::new(AtomicBool::new(true)));
    assert!(found.is_err_and(|error| error.to_string().contains("interrupted")));
    // Closed well, but before its look had ended.
    let db = Connection::open(&path).unwrap();
    db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())).unwrap();
    db.close().unwrap();
    let closed_well = ["journal.db"];
    assert_eq!(names(folder.path()), closed_well);
    let journal = open(folder.path());
    journal.looked_through().await;
    assert!(journal.health().take_news().is_empty(), "a journal that was closed well is not looked through");
    journal.close().await;
    look::leave_to_do(&path);
    let journal = open(folder.path());
    journal.looked_through().await;
    let told = journal.health().take_news();
    assert!(told.iter().any(|text| text.contains("was damaged")), "{told:?}");
    assert!(!look::is_to_do(&path));
}

#[tokio::test]
async fn a_big_journal_without_damage_is_looked_through_once() {
    let folder = tempfile::tempdir().unwrap();
    big(folder.path()).await;
    let path = folder.path().join("journal.db");
    let journal = open(folder.path());
    journal.looked_through().await;
    assert_eq!((journal.health().take_news(), look::is_to_do(&path)), (vec![], false));
    assert_eq!(waiting(&journal).await, 40);
}

#[test]
fn whoever_must_be_alone_waits_for_no_look() {
    let readers = Arc::new(Readers::new("journal.db".into()));
    let (began, begun) = blocking::channel();
    let looking = readers.clone();
    let look = std::thread::spawn(move || {
        looking.beside(|cut_short| {
            began.send(()).unwrap();
            while !cut_short.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            Ok(())
        })
    });
    begun.recv().unwrap();
    readers.close_for_good();
    look.join().unwrap().unwrap();
    assert!(readers.beside(|_| Ok(())).is_err(), "none begins any more");
}
