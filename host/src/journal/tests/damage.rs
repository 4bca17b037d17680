//! Every kind of damage at every kind of place of the journal's files: the start
//! succeeds, what is whole is served, nothing wrong is served, and what is lost or
//! repaired is told.
use super::*;
use std::{collections::BTreeSet, path::Path};

/// Notices that wait in the journal that is damaged.
const NOTICES: usize = 60;
/// How far apart the flipped bytes are, behind the first 200 of a file.
const STRIDE: usize = 1009;

/// The files of a journal: closed, or as a kill leaves them.
async fn files(killed: bool) -> Vec<(&'static str, Vec<u8>)> {
    let bench = Bench::new();
    for batch in (0..NOTICES).collect::<Vec<_>>().chunks(20) {
        let notices: Vec<_> = batch.iter().map(|n| notice("dev", &text(*n)).about(format!("k{n}"))).collect();
        bench.journal.enqueue("test", &notices, Some(&format!("d{}", batch[0]))).await.unwrap();
    }
    bench.accept(Outcome::default()).await;
    let (folder, path) = (bench.folder.path().to_owned(), bench.path());
    let read =
        |names: &[&'static str]| names.iter().map(|name| (*name, fs::read(folder.join(name)).unwrap())).collect();
    if killed {
        return read(&["journal.db", "journal.db-wal", "journal.db-shm"]);
    }
    let Bench { folder: _kept, journal, .. } = bench;
    drop(journal);
    assert!(!path.with_file_name("journal.db-wal").exists());
    read(&["journal.db"])
}

/// A folder whose syncs cost nothing, where there is one: thousands of starts make many.
fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn text(n: usize) -> String {
    format!("notice {n} {}", "abcdefghij ".repeat(n % 40))
}

/// What a start makes of the files, with one of them changed.
struct After {
    /// Notices that can be read, by number.
    right: BTreeSet<usize>,
    /// Notices that are dead letters, since they cannot be read.
    dead: usize,
    told: Vec<News>,
}

/// When the file is looked through: a small one at its start, a big one that was
/// not closed well while it is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looked {
    AtStart,
    AtWork,
}

/// How a journal was ended, and when it is looked through.
const CASES: [(bool, Looked); 3] = [(false, Looked::AtStart), (true, Looked::AtStart), (true, Looked::AtWork)];

async fn start(folder: &Path, files: &[(&str, Vec<u8>)], looked: Looked, what: &str) -> After {
    for entry in fs::read_dir(folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
    let small = if looked == Looked::AtStart { super::super::damage::SMALL } else { 0 };
    let path = folder.join("journal.db");
    let (journal, told) = Journal::open_with(&path, clock, Retention::default(), small, Box::new(|| Ok(()))).unwrap();
    let mut after = After { right: BTreeSet::new(), dead: 0, told };
    serve(&journal, &mut after, what).await;
    // What no index showed until then is served from here on.
    journal.looked_through().await;
    serve(&journal, &mut after, what).await;
    // It is of use for what comes.
    journal.enqueue("test", &[notice("ops", "new")], None).await.unwrap();
    after.told.extend(journal.health().take_news());
    after
}

/// Takes off the journal what waits in it.
async fn serve(journal: &Journal, after: &mut After, what: &str) {
    for chat in well(journal, || journal.waiting_chats()).await {
        while let Some(next) = well(journal, || journal.next_waiting(&chat)).await {
            match next {
                Ok(waiting) => {
                    let shown = waiting.notice.text.plain();
                    let n = (0..NOTICES).find(|n| text(*n) == shown);
                    let n = n.unwrap_or_else(|| panic!("{what}: a wrong text was served: {shown:?}"));
                    assert_eq!(chat, super::chat("dev"), "in a wrong chat");
                    assert_eq!(waiting.notice.key, Some(format!("k{n}")));
                    assert!(
                        after.right.insert(n),
                        "{what}: {n} twice: {:?} {:?}",
                        after.told,
                        journal.health().take_news()
                    );
                    well(journal, || journal.drop_notices(Which::Ids(vec![waiting.id]))).await;
                }
                Err(unreadable) if after.dead > NOTICES => panic!("{what}: no end of {unreadable:?}"),
                Err(_) => after.dead += 1,
            }
        }
    }
}

/// What a read or write gives, after a second try when it met damage: a write mends that.
async fn well<T, F: Future<Output = Result<T>>>(journal: &Journal, read: impl Fn() -> F) -> T {
    if let Ok(found) = read().await {
        return found;
    }
    journal.probe().await.unwrap();
    read().await.unwrap()
}

fn check(after: &After, what: &str) {
    let whole = after.right.len() == NOTICES;
    assert!(whole || after.dead > 0 || !after.told.is_empty(), "{what}: {} are left", after.right.len());
}

#[tokio::test]
async fn a_journal_cut_anywhere_is_opened() {
    for (killed, looked) in CASES {
        let whole = files(killed).await;
        let folder = in_memory();
        for (at, (name, bytes)) in whole.iter().enumerate() {
            let len = bytes.len();
            let step = if name.ends_with("-wal") { 4120 } else { 4096 };
            let first = if name.ends_with("-wal") { 32 } else { 0 };
            let edges = (first..len).step_by(step).flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1]);
            let lengths: BTreeSet<usize> = edges.chain([0, 1, len / 2, len - 1]).filter(|cut| *cut < len).collect();
            for cut in lengths {
                let mut files = whole.clone();
                files[at].1.truncate(cut);
                let what = format!("{name} cut to {cut} of {len}, looked {looked:?}");
                let after = start(folder.path(), &files, looked, &what).await;
                // A log that ends early is one that was written no further; an empty file is a new one.
                if !name.ends_with("-wal") && cut > 0 {
                    check(&after, &what);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_anywhere_in_the_journal_is_seen() {
    let mut whole_after = 0;
    for (killed, looked) in CASES {
        let whole = files(killed).await;
        let folder = in_memory();
        for (at, (name, bytes)) in whole.iter().enumerate() {
            for flipped in (0..bytes.len()).filter(|at| *at < 200 || at % STRIDE == 0) {
                let mut files = whole.clone();
                files[at].1[flipped] ^= 0xFF;
                let what = format!("{name} flipped at {flipped}, killed {killed}, looked {looked:?}");
                let after = start(folder.path(), &files, looked, &what).await;
                check(&after, &what);
                whole_after += usize::from(after.right.len() == NOTICES);
                if name.ends_with(".db") {
                    let left = after.right.len() + after.dead;
                    assert!(left >= NOTICES / 2, "{name} flipped at {flipped}: {left} are left: {:?}", after.told);
                }
            }
        }
    }
    assert!(whole_after > 100, "most bytes matter to nobody");
}
