//! `journal.db`, damaged in any way: it opens, unless it seems newer, and every read of it
//! gives rows or an error. A panic of one of its threads would be such an error; it
//! is told apart by its words.
//!
//! The bytes are a journal, when they begin as one; else what to do to a good one.
use crate::{block_on, input::Input};
use anyhow::Error;
use factotum_host::journal::{Filter, Incident, Journal, NoticeState, Retention};
use factotum_plugin_api::{
    chat::{ChatId, Incoming, Sender},
    clock::Clock,
    hook::{Outcome, Request},
    jiff::Timestamp,
    notice::Notice,
};
use std::{fs, path::Path, sync::LazyLock};

/// What a file of SQLite begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
const CHANGES_MAX: usize = 16;
const LIMIT: usize = 50;

/// A journal and its log.
#[derive(Clone)]
struct Files {
    db: Vec<u8>,
    log: Vec<u8>,
}

/// As a host leaves it that is killed, and as one that stops.
static KILLED_AND_STOPPED: LazyLock<[Files; 2]> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    let copy = || Files {
        db: fs::read(&path).expect("it is there"),
        log: fs::read(folder.path().join("journal.db-wal")).unwrap_or_default(),
    };
    let journal = open(&path).expect("a new journal").0;
    block_on(fill(&journal)).expect("it takes writes");
    let killed = copy();
    drop(journal);
    [killed, copy()]
});

fn open(path: &Path) -> anyhow::Result<(Journal, Vec<String>)> {
    let (journal, news) = Journal::open(path, Clock::manual(Timestamp::UNIX_EPOCH), Retention::default())?;
    Ok((journal, news.iter().map(ToString::to_string).collect()))
}
fn chat() -> ChatId {
    ChatId::new("console", "ops")
}
fn request(id: u64) -> Request {
    Request { id, ..crate::travis::request([(&b"content-type"[..], &b"text/plain"[..])], b"payload") }
}
fn outcome(id: u64) -> Outcome {
    Outcome::from(Notice::new(chat(), format!("Number {id}"))).once(format!("key {id}")).summary("failed")
}

async fn fill(journal: &Journal) -> anyhow::Result<()> {
    for _ in 0..20 {
        let id = journal.next_request_id();
        journal.accept("p", &request(id), &outcome(id)).await?;
    }
    let sender = Sender::new("console", "ann", "ann");
    let incoming = Incoming::new(chat(), sender.clone(), true, "!status");
    journal.put_update("console", "7", &incoming).await?;
    journal.set_moved(&ChatId::new("console", "old"), &chat()).await?;
    journal.put_action(&chat(), "!status").await?;
    journal.note_audit(&sender, &chat(), "status", "", "done").await?;
    journal.incident(Incident { kind: "denied", reason: "no", ..Incident::default() }).await
}

/// Opens a damaged journal, reads all of it, writes, and opens it again.
pub fn run(data: &[u8]) {
    let files = if data.starts_with(MAGIC) { Files { db: data.to_vec(), log: vec![] } } else { damaged(data) };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    fs::write(&path, files.db).expect("the disk takes it");
    if !files.log.is_empty() {
        fs::write(folder.path().join("journal.db-wal"), files.log).expect("the disk takes it");
    }
    for _ in 0..2 {
        match open(&path) {
            Ok((journal, told)) => {
                assert!(told.iter().all(|sentence| !sentence.is_empty()));
                block_on(read_all(&journal));
                let id = journal.next_request_id();
                is_clear(block_on(journal.accept("p", &request(id), &outcome(id))));
            }
            Err(error) => {
                let error = format!("{error:#}");
                assert!(error.contains("newer"), "damage stops the start: {error}");
            }
        }
    }
}

/// One of the good ones, with changes at places that the bytes name.
fn damaged(data: &[u8]) -> Files {
    let mut input = Input::new(data);
    let mut files = KILLED_AND_STOPPED[input.below(2)].clone();
    for _ in 0..CHANGES_MAX {
        if input.is_empty() {
            break;
        }
        let (what, place, how) = (input.byte(), input.below(1 << 16), input.byte());
        let file = if what & 0x80 == 0 || files.log.is_empty() { &mut files.db } else { &mut files.log };
        if file.is_empty() {
            continue;
        }
        // The head of the file, and all of it.
        let at = if what & 0x40 == 0 { place % file.len().min(512) } else { (place * file.len()) >> 16 };
        match what % 4 {
            0 => file[at] ^= how.max(1),
            1 => file.truncate(at),
            2 => file[at..].iter_mut().take(512).for_each(|byte| *byte = how),
            _ => {
                let page: Vec<u8> = file[at / 4096 * 4096..].iter().copied().take(4096).collect();
                let to = usize::from(how) * file.len() / 256 / 4096 * 4096;
                file[to..].iter_mut().zip(page).for_each(|(byte, new)| *byte = new);
            }
        }
    }
    files
}

async fn read_all(journal: &Journal) {
    let all = Filter::default();
    is_clear(journal.waiting_chats().await);
    is_clear(journal.next_waiting(&chat()).await);
    is_clear(journal.posted(&chat(), "key 1").await);
    is_clear(journal.requests(&Filter::words("console failed"), LIMIT).await);
    for row in journal.requests(&all, LIMIT).await.unwrap_or_default() {
        is_clear(journal.request(row.id).await);
    }
    for state in [None, Some(NoticeState::Waiting)] {
        for row in journal.notices(state, &all, LIMIT).await.unwrap_or_default() {
            is_clear(journal.notice(row.id).await);
        }
    }
    is_clear(journal.incidents(&all, LIMIT).await);
    is_clear(journal.audit(&all, LIMIT).await);
    is_clear(journal.counts().await);
    is_clear(journal.unfinished("console").await);
    is_clear(journal.moved_to(&ChatId::new("console", "old")).await);
    is_clear(journal.sweep().await);
}

/// An error says something, and it is not that a thread has panicked.
fn is_clear<T>(result: Result<T, Error>) {
    let Err(error) = result else { return };
    let error = format!("{error:#}");
    assert!(!error.is_empty() && !error.contains("panic") && !error.contains("has stopped"), "{error}");
}
