//! A disk that fails under the running journal.
use super::*;
use rusqlite::ffi;
use std::sync::{Mutex, PoisonError};

/// A journal whose next commits fail with these codes of SQLite.
fn failing() -> (Bench, Arc<Mutex<Vec<i32>>>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    let codes = Arc::new(Mutex::new(vec![]));
    let left = codes.clone();
    let before_commit = Box::new(move || match left.lock().unwrap_or_else(PoisonError::into_inner).pop() {
        Some(code) => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)),
        None => Ok(()),
    });
    let path = folder.path().join("journal.db");
    let (journal, _) =
        Journal::open_with(&path, clock.clone(), Retention::default(), super::super::damage::SMALL, before_commit)
            .unwrap();
    (Bench { folder, clock, journal }, codes)
}

#[tokio::test]
async fn whatever_the_disk_says_the_journal_works_again_when_it_does() {
    let (bench, codes) = failing();
    bench.accept(Outcome::from(notice("dev", "before"))).await;
    let faults = [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_CORRUPT];
    let mut whys = vec![];
    for (n, fault) in faults.into_iter().enumerate() {
        codes.lock().unwrap().push(fault);
        let since = bench.clock.now();
        let refused = bench.journal.enqueue("test", &[notice("dev", "refused")], None).await.unwrap_err();
        let unwell = Unwell::of(&refused).unwrap().clone();
        assert_eq!((unwell.part, unwell.since), ("journal", since));
        assert_eq!(bench.journal.health().unwell(), Some(unwell.clone()));
        whys.push(unwell.why);
        assert_eq!(bench.waiting().await.len(), n + 1, "reads go on, and show nothing that is not durable");
        bench.accept(Outcome::from(notice("dev", &format!("after {n}")))).await;
        assert_eq!(bench.journal.health().unwell(), None);
        bench.clock.advance(Duration::from_secs(60));
    }
    insta::assert_snapshot!(whys.join("\n"), @"
    the disk is full
    Error code 1034: Error flushing data to persistent storage (fsync)
    Error code 778: Error writing to disk
    Error code 11: The database disk image is malformed
    ");
    let (bench, told) = bench.reopen();
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(bench.waiting().await, ["after 3", "after 2", "after 1", "after 0", "before"]);
}

#[tokio::test]
async fn what_a_journal_turns_away_says_that_it_is_unwell() {
    let (bench, codes) = failing();
    bench.accept(Outcome::from(notice("dev", "before"))).await;
    // A job that meets the full disk itself.
    let full = || rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None);
    let refused = bench.journal.write(move |_| Err::<(), _>(full().into())).await.unwrap_err();
    assert!(Unwell::of(&refused).is_some_and(Unwell::is_full), "{refused:#}");
    // One that no longer runs, since the file cannot be opened: it is a folder.
    let (path, aside) = (bench.path(), bench.folder.path().join("aside"));
    codes.lock().unwrap().push(ffi::SQLITE_IOERR_FSYNC);
    bench.journal.probe().await.unwrap_err();
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();
    let refused = bench.journal.probe().await.unwrap_err();
    let unwell = Unwell::of(&refused).unwrap_or_else(|| panic!("{refused:#}")).clone();
    assert_eq!(bench.journal.health().unwell(), Some(unwell));
    // A mistake of the job's own is told as that, and costs the others nothing.
    fs::remove_dir(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    bench.clock.advance(Duration::from_secs(60));
    let refused = bench.journal.write(|_| Err::<(), _>(anyhow!("its own"))).await.unwrap_err();
    assert_eq!(refused.to_string(), "its own");
    assert_eq!(bench.journal.health().unwell(), None);
}

/// The file is cut, or a page of it is overwritten, while the host runs.
#[tokio::test]
async fn damage_under_the_running_journal_is_mended_and_told() {
    for cut in [true, false] {
        let bench = Bench::new();
        let notices: Vec<Notice> = (0..50).map(|n| notice("dev", &format!("{n} {}", "x".repeat(1500)))).collect();
        bench.journal.enqueue("test", &notices, None).await.unwrap();
        // Folded into the file, so that it is not all in the log.
        let (bench, _) = bench.reopen();
        let path = bench.path();
        let bytes = fs::read(&path).unwrap();
        // Behind the roots of tables and indexes, which come first.
        let at = bytes.len() / 5 * 4 / 4096 * 4096;
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        match cut {
            true => file.set_len(at as u64).unwrap(),
            false => std::os::unix::fs::FileExt::write_all_at(&file, &[0xEE; 3 * 4096], at as u64).unwrap(),
        }
        let mut failed = 0;
        for _ in 0..5 {
            failed += usize::from(bench.journal.enqueue("test", &[notice("ops", "new")], None).await.is_err());
            let look = |db: &Connection| Ok(db.query_row("select sum(length(notice)) from notices", [], |_| Ok(()))?);
            failed += usize::from(bench.journal.read(look).await.is_err());
        }
        assert!((1..9).contains(&failed), "cut {cut}: {failed} of 10 failed");
        let told = bench.journal.health().take_news();
        assert!(told.iter().any(|text| text.contains("was damaged")), "{told:?}");
        assert!(told.iter().any(|text| text.contains("notices were saved")), "{told:?}");
        assert_eq!(bench.journal.health().unwell(), None);
        let waiting = bench.waiting().await;
        assert!(waiting.len() > 10, "cut {cut}: only {} are left: {told:?}", waiting.len());
    }
}
