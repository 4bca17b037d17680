//! What the journal keeps, what it forgets, and what it does when it breaks.
mod damage;
mod faults;
mod look;

use super::*;
use crate::health::Unwell;
use factotum_plugin_api::{
    chat::{Attachment, ChatId, Incoming, Sender},
    hook::{Outcome, Request},
    notice::Notice,
};
use http::{HeaderMap, Method, StatusCode};
use std::{fs, sync::mpsc as blocking, time::Duration};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

struct Bench {
    folder: TempDir,
    clock: Clock,
    journal: Journal,
}

impl Bench {
    fn new() -> Self {
        Bench::keeping(Retention::default())
    }
    fn keeping(retention: Retention) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        let (journal, told) = Journal::open(&folder.path().join("journal.db"), clock.clone(), retention).unwrap();
        assert!(told.is_empty());
        Bench { folder, clock, journal }
    }
    fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }
    /// Closes the journal and opens it again.
    fn reopen(self) -> (Self, Vec<crate::texts::News>) {
        let Bench { folder, clock, journal } = self;
        drop(journal);
        let path = folder.path().join("journal.db");
        let (journal, told) = Journal::open(&path, clock.clone(), Retention::default()).unwrap();
        (Bench { folder, clock, journal }, told)
    }
    fn request(&self) -> Request {
        Request {
            id: self.journal.next_request_id(),
            method: Method::POST,
            path: "/travis".into(),
            params: vec![],
            query: vec![],
            headers: HeaderMap::new(),
            body: "{}".into(),
            peer: "192.0.2.7".parse().unwrap(),
            received_at: self.clock.now(),
            made: Default::default(),
        }
    }
    async fn accept(&self, outcome: Outcome) -> Accepted {
        self.journal.accept("travishook", &self.request(), &outcome).await.unwrap()
    }
    async fn waiting(&self) -> Vec<String> {
        let waiting = self.journal.notices(Some(NoticeState::Waiting), &Filter::default(), 1000).await.unwrap();
        waiting.iter().map(|row| row.notice.text.plain()).collect()
    }
    /// Makes the writer wait until the sender is dropped.
    async fn hold_the_writer(&self) -> blocking::Sender<()> {
        let (hold, held) = blocking::channel::<()>();
        let (began, begun) = oneshot::channel();
        let journal = self.journal.clone();
        tokio::spawn(async move {
            let work = move |_: &Connection| {
                began.send(()).unwrap();
                held.recv().ok();
                Ok(())
            };
            journal.write(work).await.unwrap();
        });
        begun.await.unwrap();
        hold
    }
}

fn chat(address: &str) -> ChatId {
    ChatId::new("fake", address)
}
fn notice(address: &str, text: &str) -> Notice {
    Notice::new(chat(address), text)
}
fn refused(status: StatusCode, reason: &str) -> Refused<'_> {
    Refused { status, reason, keep_body: false, incident: None, replay: None }
}

#[tokio::test]
async fn a_request_is_kept_with_its_notices() {
    let bench = Bench::new();
    let outcome: Outcome = [notice("dev", "one"), notice("ops", "two"), notice("dev", "three")].into_iter().collect();
    let accepted = bench.accept(outcome.summary("failed, 2 chats").once("18")).await;
    assert_eq!(accepted, Accepted::New { chats: vec![chat("dev"), chat("ops")] });
    let detail = bench.journal.request(1).await.unwrap().unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&detail.request).unwrap(), @r#"
    {
      "id": 1,
      "at": "2026-11-20T10:00:00Z",
      "peer": "192.0.2.7",
      "user": null,
      "method": "POST",
      "path": "/travis",
      "uri": "/travis",
      "query": [],
      "plugin": "travishook",
      "status": 204,
      "decision": "accepted",
      "reason": "failed, 2 chats",
      "dedupe": "18",
      "chats": [
        "fake:dev",
        "fake:ops"
      ],
      "messages": 3,
      "replay": null
    }
    "#);
    assert_eq!(detail.notices.len(), 3);
    let replayed = detail.to_request().unwrap();
    assert_eq!((replayed.id, &replayed.body[..], replayed.path.as_str()), (1, b"{}".as_slice(), "/travis"));
    assert_eq!(bench.journal.request(2).await.unwrap(), None);
}

#[tokio::test]
async fn requests_are_found_by_the_secret_that_proved_them() {
    let bench = Bench::new();
    let by = |which: &str| {
        let request = bench.request();
        request.proven_by(which);
        request
    };
    let outcome = |summary: &str| Outcome::default().summary(summary);
    let to_one = outcome("1 chat (secret 1 of 2) (secret 2 of 2)").once("18");
    bench.journal.accept("drone", &by("secret 2 of 2"), &to_one).await.unwrap();
    bench.journal.accept("drone", &by("secret 12 of 12"), &outcome("1 chat (secret 12 of 12)")).await.unwrap();
    bench.journal.accept("drone", &bench.request(), &outcome("secret 1")).await.unwrap();
    // Whatever became of it.
    bench.journal.accept("drone", &by("secret 1 of 2"), &to_one).await.unwrap();
    let status = StatusCode::BAD_REQUEST;
    let refused = Refused { status, reason: "no JSON", keep_body: true, incident: None, replay: None };
    bench.journal.refuse(Some("gitea"), &by("secret 1 of 3"), refused).await.unwrap();
    let rows = [
        ("secret 1", vec![5, 4]),
        ("SECRET 2", vec![1]),
        ("drone secret 1", vec![4]),
        ("secret 1 400", vec![5]),
        ("secret 3", vec![]),
        ("secret 12", vec![2]),
        ("secret", vec![3, 2, 1]),
    ];
    for (words, found) in rows {
        let requests = bench.journal.requests(&Filter::words(words), 9).await.unwrap();
        assert_eq!(requests.iter().map(|row| row.id).collect::<Vec<_>>(), found, "{words}");
    }
}

#[tokio::test]
async fn a_duplicate_keeps_the_request_and_posts_nothing_for_seven_days() {
    let bench = Bench::new();
    let outcome = || Outcome::from(notice("dev", "one")).once("18");
    assert!(matches!(bench.accept(outcome()).await, Accepted::New { .. }));
    bench.clock.advance(6 * DAY);
    assert_eq!(bench.accept(outcome()).await, Accepted::Duplicate { of: Some(1), chats: vec![chat("dev")] });
    assert_eq!(bench.waiting().await.len(), 1);
    let rows = bench.journal.requests(&Filter::default(), 9).await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.id, row.decision, row.reason.as_str())).collect();
    assert_eq!(rows, [(2, Decision::Duplicate, "of request 1"), (1, Decision::Accepted, "")]);
    let other = bench.journal.accept("drone", &bench.request(), &outcome()).await.unwrap();
    assert!(matches!(other, Accepted::New { .. }), "another plugin's key is another key");
    bench.clock.advance(DAY);
    assert!(matches!(bench.accept(outcome()).await, Accepted::New { .. }));
    // Noted with a clock that went wrong.
    for (days, known) in [(6, true), (8, false)] {
        let at = rows::ms(bench.clock.now() + jiff::SignedDuration::from_hours(24 * days));
        bench.journal.write(move |db| Ok(db.execute("update dedupe set at = ?", [at])?)).await.unwrap();
        assert_eq!(matches!(bench.accept(outcome()).await, Accepted::Duplicate { .. }), known, "{days} days ahead");
    }

    let enqueue = |key| bench.journal.enqueue("travishook", &[], key);
    assert_eq!(enqueue(Some("19")).await.unwrap(), Some(vec![]));
    assert_eq!(enqueue(Some("19")).await.unwrap(), None);
    assert_eq!(enqueue(None).await.unwrap(), Some(vec![]));
    assert_eq!(bench.accept(outcome().once("19")).await, Accepted::Duplicate { of: None, chats: vec![] });
}

#[tokio::test]
async fn a_request_whose_notices_cannot_be_written_is_not_there() {
    let bench = Bench::new();
    bench.journal.execute("alter table notices rename to broken").await;
    let outcome = Outcome::from(notice("dev", "one")).once("18");
    bench.journal.accept("travishook", &bench.request(), &outcome).await.unwrap_err();
    bench.journal.execute("alter table broken rename to notices").await;
    assert_eq!(bench.journal.requests(&Filter::default(), 9).await.unwrap(), []);
    assert!(matches!(bench.accept(outcome).await, Accepted::New { .. }), "nor is its dedupe key");
}

#[tokio::test]
async fn a_write_that_fails_is_undone_alone() {
    let bench = Bench::new();
    let hold = bench.hold_the_writer().await;
    let note = |key: &'static str| {
        move |db: &Connection| {
            db.execute("insert into told values (?, 0)", [key])?;
            Ok(())
        }
    };
    let writes = async {
        tokio::join!(
            bench.journal.write(note("a")),
            bench.journal.write(move |db| note("b")(db).and_then(|()| Err::<(), _>(anyhow!("no")))),
            bench.journal.write(move |db| note("c")(db).map(|()| if true {
                panic!("as told")
            })),
            bench.journal.write(note("d")),
        )
    };
    let (results, ()) = tokio::join!(writes, async { drop(hold) });
    let results = [results.0, results.1, results.2, results.3].map(|result| result.map_err(|error| error.to_string()));
    assert_eq!(results, [Ok(()), Err("no".into()), Err("a write to the journal panicked".into()), Ok(())]);
    let keys =
        |db: &Connection| Ok(db.query_row("select group_concat(key) from told", [], |row| row.get::<_, String>(0))?);
    assert_eq!(bench.journal.read(keys).await.unwrap(), "a,d");
}

#[tokio::test]
async fn a_commit_that_fails_is_answered_to_all_who_wait_for_it() {
    let bench = Bench::new();
    bench.journal.execute("create table a (id integer primary key) strict").await;
    bench.journal.execute("create table b (a integer references a deferrable initially deferred) strict").await;
    let hold = bench.hold_the_writer().await;
    let both = async {
        tokio::join!(
            bench.journal.enqueue_once_within("test", &[], "x", DAY),
            bench.journal.write(|db| Ok(db.execute("insert into b values (1)", [])?)),
        )
    };
    let ((first, second), ()) = tokio::join!(both, async { drop(hold) });
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(error.to_string(), "the journal could not be written: FOREIGN KEY constraint failed");
    }
    assert!(
        bench.journal.enqueue_once_within("test", &[], "x", DAY).await.unwrap().is_some(),
        "the next commit is well"
    );
}

#[tokio::test]
async fn a_read_waits_for_no_write() {
    let bench = Bench::new();
    bench.accept(Outcome::from(notice("dev", "one"))).await;
    let hold = bench.hold_the_writer().await;
    assert_eq!(bench.waiting().await, ["one"]);
    drop(hold);
}

#[tokio::test]
async fn numbers_go_on_after_a_restart() {
    let bench = Bench::new();
    bench.accept(Outcome::default()).await;
    bench.journal.refuse(None, &bench.request(), refused(StatusCode::NOT_FOUND, "no such hook")).await.unwrap();
    bench.clock.advance(40 * DAY);
    bench.journal.sweep().await.unwrap();
    let (bench, told) = bench.reopen();
    assert!(told.is_empty());
    assert_eq!(bench.journal.requests(&Filter::default(), 9).await.unwrap(), []);
    assert_eq!(bench.journal.next_request_id(), 3);
}

#[tokio::test]
async fn no_secret_reaches_the_disk() {
    let bench = Bench::new();
    let mut request = bench.request();
    for name in ["authorization", "signature", "x-gitlab-token", "x-hub-signature-256", "cookie", "x-api-key"] {
        request.headers.insert(name, "canary".parse().unwrap());
    }
    request.query = vec![("token".into(), "canary".into()), ("branch".into(), "main".into())];
    request.body = "canary".into();
    let status = StatusCode::FORBIDDEN;
    bench.journal.refuse(Some("travishook"), &request, refused(status, "wrong token")).await.unwrap();
    let mut incoming = Incoming::new(chat("ann"), Sender::new("fake", "ann", "Ann"), true, "!travis token o/r canary");
    incoming.attachment = Some(Attachment { name: "key.pem".into(), content: "canary".into() });
    bench.journal.put_update("fake", "1", &incoming).await.unwrap();
    bench.journal.update_done("fake", "1").await.unwrap();
    let detail = bench.journal.request(1).await.unwrap().unwrap();
    assert_eq!(detail.request.query, [("token".into(), "***".into()), ("branch".into(), "main".to_owned())]);
    assert!(detail.body.is_none() && detail.to_request().is_none());
    let path = bench.path();
    drop(bench.journal);
    let bytes = fs::read(path).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"canary"));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    bench.accept(Outcome::default()).await;
    let (bench, _) = bench.reopen();
    bench.accept(Outcome::default()).await;
    let files: Vec<_> = fs::read_dir(bench.folder.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 2);
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn a_newer_journal_is_refused_and_left_alone() {
    let bench = Bench::new();
    bench.journal.execute("pragma user_version = 9; pragma application_id = 0x46630009").await;
    let Bench { folder, clock, journal } = bench;
    drop(journal);
    let path = folder.path().join("journal.db");
    let error = Journal::open(&path, clock, Retention::default()).err().unwrap();
    let error = format!("{error:#}").replace(&path.display().to_string(), "journal.db");
    insta::assert_snapshot!(error, @"opening the journal journal.db: the journal has schema 9 and this version knows 3: start the newer version");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_that_is_no_journal_is_moved_aside() {
    let bench = Bench::new();
    let path = bench.path();
    let Bench { folder, clock, journal } = bench;
    drop(journal);
    fs::write(&path, "hello ".repeat(1000)).unwrap();
    let (journal, told) = Journal::open(&path, clock.clone(), Retention::default()).unwrap();
    let told = told.join("\n").replace(&folder.path().display().to_string(), "DATA");
    insta::assert_snapshot!(told, @r"
    The journal DATA/journal.db was damaged (file is not a database: Error code 26: File opened that is not a database file); it is kept as DATA/journal.db.damaged-20261120T100000Z, and a new one has begun.
    Nothing could be read of the damaged journal: file is not a database: Error code 26: File opened that is not a database file.
    ");
    assert!(folder.path().join("journal.db.damaged-20261120T100000Z").exists());
    let bench = Bench { folder, clock, journal };
    bench.accept(Outcome::from(notice("dev", "one"))).await;
    assert_eq!(bench.waiting().await, ["one"]);
}

/// Many notices, a few pages overwritten, and a log that is still there: as after
/// a power cut on a bad disk.
#[tokio::test]
async fn what_waits_is_saved_from_a_damaged_file() {
    let bench = Bench::new();
    let text = "x".repeat(1500); // a page or so for two notices
    let notices: Vec<Notice> = (0..200).map(|n| notice("dev", &format!("{n} {text}"))).collect();
    bench.journal.enqueue("test", &notices, Some("key")).await.unwrap();
    let builds = ["started", "done"].map(|text| notice("ops", text).about("build"));
    bench.journal.enqueue("test", &builds, None).await.unwrap();
    bench.accept(Outcome::default()).await;
    let path = bench.path();
    let Bench { folder, clock, journal } = bench;
    drop(journal);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes.get_mut(middle..middle + 4096).unwrap().fill(0xee);
    fs::write(&path, bytes).unwrap();
    fs::write(folder.path().join("journal.db-wal"), "no log").unwrap();
    let (journal, told) = Journal::open(&path, clock.clone(), Retention::default()).unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    let bench = Bench { folder, clock, journal };
    let saved = bench.waiting().await;
    assert!((150..201).contains(&saved.len()), "{} {told:?}", saved.len());
    assert!(told[1].contains(&format!(" {} notices were saved", saved.len())), "{told:?}");
    let dead = bench.journal.notices(Some(NoticeState::Dead), &Filter::default(), 9).await.unwrap();
    assert_eq!((saved[0].as_str(), dead), ("done", vec![]), "what was replaced stays so");
    assert!(saved[1].starts_with("199 ") && saved[saved.len() - 1].starts_with("0 "), "from both ends");
    assert_eq!(bench.journal.enqueue("test", &[], Some("key")).await.unwrap(), None, "dedupe keys are saved too");
    assert_eq!(bench.journal.next_request_id(), 2);
}

#[tokio::test]
async fn damage_seen_while_running_is_looked_for_at_the_next_start() {
    let bench = Bench::new();
    let damage = || rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None);
    bench.journal.write(move |_| Err::<(), _>(damage().into())).await.unwrap_err();
    let suspect = bench.folder.path().join("journal.db-suspect");
    assert!(suspect.exists());
    let (_bench, told) = bench.reopen();
    assert!(told.is_empty() && !suspect.exists(), "it was looked through and is well");
}

#[tokio::test]
async fn each_part_of_a_request_is_under_its_checksum() {
    let bench = Bench::new();
    let change = [
        "method = 'PUT'",
        "path = '/trawis'",
        "query = '[[\"a\",\"b\"]]'",
        "headers = '[[\"a\",\"b\"]]'",
        "body = x'00'",
        "params = '[]'",
    ];
    for change in change {
        bench.accept(Outcome::default()).await;
        let id = bench.journal.requests(&Filter::default(), 1).await.unwrap()[0].id;
        assert_eq!(bench.journal.request(id).await.unwrap().unwrap().request.reason, "");
        let sql = format!("update requests set {change} where id = {id}");
        bench.journal.write(move |db| Ok(db.execute(&sql, [])?)).await.unwrap();
        let found = bench.journal.request(id).await.unwrap().unwrap();
        assert!(found.request.reason.contains("damaged on the disk") && found.body.is_none(), "{change}: {found:?}");
    }
}

#[tokio::test]
async fn a_closed_journal_is_not_read() {
    let bench = Bench::new();
    bench.accept(Outcome::default()).await;
    bench.waiting().await;
    bench.journal.close().await;
    let error = bench.journal.waiting_chats().await.unwrap_err();
    assert_eq!(error.to_string(), "the journal is closed");
    assert!(!bench.folder.path().join("journal.db-wal").exists(), "whoever opens it next is alone");
}

/// The one before may end after the next has begun.
#[tokio::test]
async fn two_that_post_to_a_chat_leave_it_alone_until_both_have_ended() {
    let bench = Bench::new();
    let put = async |text: &str| {
        bench.journal.enqueue("test", &[notice("dev", text).about("build")], None).await.unwrap();
        bench.waiting().await
    };
    let (first, second) =
        (bench.journal.begin_posting(&chat("dev")).await, bench.journal.begin_posting(&chat("dev")).await);
    put("one").await;
    drop(first);
    assert_eq!(put("two").await, ["two", "one"]);
    drop(second);
    assert_eq!(put("three").await, ["three"]);
}

#[tokio::test]
async fn requests_are_found_by_words() {
    let bench = Bench::new();
    bench.accept(Outcome::from(notice("dev", "x")).summary("failed")).await;
    bench
        .journal
        .refuse(Some("drone"), &bench.request(), refused(StatusCode::FORBIDDEN, "wrong 100% key"))
        .await
        .unwrap();
    bench.journal.refuse(None, &bench.request(), refused(StatusCode::NO_CONTENT, "not a build")).await.unwrap();
    for (words, ids) in [
        ("", vec![3, 2, 1]),
        ("TRAVISHOOK", vec![1]),
        ("fake:dev accepted", vec![1]),
        ("192.0.2.7 403", vec![2]),
        ("refused", vec![2]),
        ("100% wrong", vec![2]),
        ("ignored", vec![3]),
        ("%", vec![2]),
        ("accepted refused", vec![]),
    ] {
        let found = bench.journal.requests(&Filter::words(words), 9).await.unwrap();
        assert_eq!(found.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{words}");
    }
    let page = bench.journal.requests(&Filter { before: Some(3), ..Filter::default() }, 1).await.unwrap();
    assert_eq!(page[0].id, 2);
}

#[tokio::test]
async fn incidents_come_with_a_request_or_without() {
    let bench = Bench::new();
    let with = Refused { incident: Some("forbidden"), ..refused(StatusCode::FORBIDDEN, "wrong token") };
    bench.journal.refuse(Some("travishook"), &bench.request(), with).await.unwrap();
    let denied =
        Incident { kind: "denied", peer: Some("fake:ann"), path: Some("plugin disable"), ..Incident::default() };
    bench.journal.incident(denied).await.unwrap();
    let all = bench.journal.incidents(&Filter::default(), 9).await.unwrap();
    let all: Vec<_> = all.iter().map(|row| (row.kind.as_str(), row.peer.as_deref(), row.request)).collect();
    assert_eq!(all, [("denied", Some("fake:ann"), None), ("forbidden", Some("192.0.2.7"), Some(1))]);
    assert_eq!(bench.journal.incidents(&Filter::words("travis wrong"), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_outbox_is_counted_by_network() {
    let bench = Bench::new();
    let of = |network: &str| Notice::new(ChatId::new(network, "x"), "x");
    bench.journal.enqueue("test", &[of("irc"), of("telegram")], None).await.unwrap();
    bench.clock.advance(DAY);
    bench.journal.enqueue("test", &[of("irc"), of("console")], None).await.unwrap();
    for (id, step) in [(2, Step::Dead), (4, Step::Sent(vec!["m".into()]))] {
        let (outcome, detail, took) = (AttemptOutcome::Refused, "no".into(), Duration::ZERO);
        bench.journal.record(&ChatId::new("console", "x"), Tried { id, outcome, detail, took, step }).await.unwrap();
    }
    let counts = bench.journal.counts().await.unwrap();
    insta::assert_snapshot!(serde_json::to_string(&counts).unwrap(), @r#"[{"network":"irc","waiting":2,"oldest":"2026-11-20T10:00:00Z","next_try":null,"dead":0},{"network":"telegram","waiting":0,"oldest":null,"next_try":null,"dead":1}]"#);
    assert_eq!(bench.journal.waiting_chats().await.unwrap(), [ChatId::new("irc", "x")]);
}

#[tokio::test]
async fn what_is_sent_tells_of_the_next_one() {
    let bench = Bench::new();
    bench.journal.enqueue("test", &[notice("a", "1"), notice("b", "2"), notice("a", "3")], None).await.unwrap();
    let a = chat("a");
    let tried = |id, step| {
        let (outcome, detail, took) = (AttemptOutcome::Posted, "m".into(), Duration::ZERO);
        bench.journal.record(&a, Tried { id, outcome, detail, took, step })
    };
    let parts = tried(1, Step::Parts(vec!["m".into()])).await.unwrap();
    assert_eq!(parts, None, "the same one goes on");
    let next = tried(1, Step::Sent(vec!["m".into()])).await.unwrap();
    assert_eq!(next, bench.journal.next_waiting(&chat("a")).await.unwrap().unwrap().ok());
    assert_eq!(next.unwrap().id, 3);
    assert_eq!(tried(3, Step::Sent(vec!["m".into()])).await.unwrap(), None);
}

#[tokio::test]
async fn dead_letters_go_back_or_away() {
    let bench = Bench::new();
    bench.journal.enqueue("test", &[notice("a", "1"), notice("b", "2"), notice("c", "3")], None).await.unwrap();
    for id in [1, 2] {
        let (outcome, detail, took) = (AttemptOutcome::Refused, "gone".into(), Duration::ZERO);
        bench.journal.record(&chat("a"), Tried { id, outcome, detail, took, step: Step::Dead }).await.unwrap();
    }
    bench.clock.advance(DAY);
    let changed = bench.journal.retry(Which::Ids(vec![1, 99])).await.unwrap();
    assert_eq!(changed, Changed { ids: vec![1], chats: vec![chat("a")], replaced: vec![] });
    let next = bench.journal.next_waiting(&chat("a")).await.unwrap().unwrap().unwrap();
    assert_eq!((next.since, next.step, next.not_before), (bench.clock.now(), 0, None));
    assert_eq!(bench.journal.notice(1).await.unwrap().unwrap().notice.attempts, 1, "what was tried stays");
    assert_eq!(bench.journal.drop_notices(Which::AllDead).await.unwrap().ids, [2]);
    assert_eq!(bench.journal.drop_notices(Which::Ids(vec![3])).await.unwrap().chats, [chat("c")]);
    assert_eq!(bench.waiting().await, ["1"]);
    let lost = Step::Again { at: bench.clock.now(), step: 1, unanswered: None };
    let tried = Tried { id: 3, outcome: AttemptOutcome::Retry, detail: "x".into(), took: DAY, step: lost };
    bench.journal.record(&chat("c"), tried).await.unwrap();
    assert_eq!(bench.waiting().await, ["1"], "what is dropped within an attempt stays dropped");
}

#[tokio::test]
async fn an_update_is_taken_once_and_kept_until_it_is_done() {
    let bench = Bench::new();
    let mut first = Incoming::new(chat("dev"), Sender::new("fake", "1", "Ann"), false, "!status");
    first.attachment = Some(Attachment { name: "a.txt".into(), content: "abc".into() });
    first.thread = Some("7".into());
    let second = Incoming { line: "!help".into(), ..first.clone() };
    assert!(bench.journal.put_update("fake", "9", &first).await.unwrap());
    assert!(bench.journal.put_update("fake", "10", &second).await.unwrap());
    assert!(!bench.journal.put_update("fake", "9", &first).await.unwrap());
    bench.journal.update_started("fake", "9").await.unwrap();
    let (bench, _) = bench.reopen();
    let unfinished = bench.journal.unfinished("fake").await.unwrap();
    let expected = Incoming { update: Some("9".into()), ..first.clone() };
    assert_eq!(unfinished[0], Unfinished { incoming: expected, state: UpdateState::Started });
    assert_eq!((unfinished[1].incoming.line.as_str(), unfinished[1].state), ("!help", UpdateState::Received));
    bench.journal.update_done("fake", "9").await.unwrap();
    bench.journal.update_done("fake", "10").await.unwrap();
    assert_eq!(bench.journal.unfinished("fake").await.unwrap(), []);
    assert!(!bench.journal.put_update("fake", "9", &first).await.unwrap());
}

#[tokio::test]
async fn a_chat_is_followed_wherever_it_moves() {
    let bench = Bench::new();
    let [a, b, c] = ["a", "b", "c"].map(chat);
    bench.journal.enqueue("test", &[notice("a", "1")], None).await.unwrap();
    bench.journal.set_moved(&a, &b).await.unwrap();
    bench.journal.set_moved(&b, &c).await.unwrap();
    assert_eq!(bench.journal.moved_to(&a).await.unwrap(), Some(c.clone()));
    assert_eq!(bench.journal.enqueue("test", &[notice("a", "2")], None).await.unwrap(), Some(vec![c.clone()]));
    assert_eq!(bench.journal.next_waiting(&c).await.unwrap().unwrap().unwrap().notice.to, c);
    bench.journal.set_moved(&c, &a).await.unwrap();
    assert_eq!(bench.journal.moved_to(&a).await.unwrap(), None, "it came back");
    assert_eq!(bench.journal.moved_to(&b).await.unwrap(), Some(a));
}

#[tokio::test]
async fn buttons_audit_and_what_was_told() {
    let bench = Bench::new();
    let token = bench.journal.put_action(&chat("dev"), "!travis routes").await.unwrap();
    assert_eq!(bench.journal.put_action(&chat("dev"), "!travis routes").await.unwrap(), token);
    assert_ne!(bench.journal.put_action(&chat("ops"), "!travis routes").await.unwrap(), token);
    let action = bench.journal.action(&token).await.unwrap().unwrap();
    assert_eq!((action.chat, action.line.as_str()), (chat("dev"), "!travis routes"));
    assert_eq!(bench.journal.action("no such").await.unwrap(), None);

    let ann = Sender::new("fake", "ann", "Ann");
    bench.journal.note_audit(&ann, &chat("dev"), "travis token", "o/r ***", "ok").await.unwrap();
    let audit = bench.journal.audit(&Filter::words("ann token"), 9).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string(&audit).unwrap(), @r#"[{"id":1,"at":"2026-11-20T10:00:00Z","sender":"fake:ann","chat":"fake:dev","path":"travis token","args":"o/r ***","result":"ok"}]"#);

    let hour = Duration::from_secs(3600);
    let told = async || bench.journal.enqueue_once_within("test", &[], "disk full", hour).await.unwrap().is_some();
    assert_eq!([told().await, told().await], [true, false]);
    bench.clock.advance(hour);
    assert_eq!([told().await, told().await], [true, false]);
}

#[tokio::test]
async fn what_is_old_goes_and_what_waits_stays() {
    let bench = Bench::new();
    bench.accept(Outcome::from(notice("dev", "waits"))).await;
    bench.accept([notice("ops", "sent").about("k")].into_iter().collect()).await;
    let (outcome, detail, took) = (AttemptOutcome::Posted, "m1".into(), Duration::ZERO);
    let sent = Tried { id: 2, outcome, detail, took, step: Step::Sent(vec!["m1".into()]) };
    bench.journal.record(&chat("ops"), sent).await.unwrap();
    bench.journal.incident(Incident { kind: "denied", ..Incident::default() }).await.unwrap();
    bench.clock.advance(29 * DAY);
    bench.accept(Outcome::default()).await;
    assert_eq!(bench.journal.sweep().await.unwrap().rows, 0);
    bench.clock.advance(DAY + Duration::from_secs(1));
    assert_eq!(bench.journal.sweep().await.unwrap().rows, 4, "request, notice, posted, incident");
    let left = bench.journal.requests(&Filter::default(), 9).await.unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(bench.waiting().await, ["waits"]);
    assert_eq!(bench.journal.posted(&chat("ops"), "k").await.unwrap(), None);
}

#[tokio::test]
async fn a_journal_that_is_too_big_loses_its_oldest() {
    let bench = Bench::keeping(Retention { max_mib: 1, ..Retention::default() });
    bench.accept(Outcome::from(notice("dev", "waits"))).await;
    for _ in 0..60 {
        let writes = (0..50).map(|_| {
            let (journal, request) =
                (bench.journal.clone(), Request { body: vec![b'x'; 2000].into(), ..bench.request() });
            tokio::spawn(async move { journal.accept("travishook", &request, &Outcome::default()).await.unwrap() })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        bench.clock.advance(Duration::from_secs(1));
    }
    let swept = bench.journal.sweep().await.unwrap();
    assert!(swept.bytes <= 1 << 20 && swept.bytes > 900 << 10 && swept.rows >= 2000, "{swept:?}");
    let left = bench.journal.requests(&Filter::default(), 9999).await.unwrap();
    assert!((100..1000).contains(&left.len()), "{}", left.len());
    assert_eq!((left[0].id, left[left.len() - 1].id), (3001, 1), "the newest, and what has a notice waiting");
    assert_eq!(bench.waiting().await, ["waits"]);
    let path = bench.path();
    drop(bench.journal);
    assert!(fs::metadata(path).unwrap().len() < 2 << 20, "the disk has its room back");
}

#[tokio::test]
async fn a_notice_that_cannot_be_read_does_not_block_its_chat() {
    let bench = Bench::new();
    bench.accept([notice("dev", "one"), notice("dev", "two")].into_iter().collect()).await;
    bench.journal.execute(r#"update notices set notice = '{"of":"later"}', sum = null where id = 1"#).await;
    let unreadable = bench.journal.next_waiting(&chat("dev")).await.unwrap().unwrap().unwrap_err();
    assert_eq!((unreadable.id, unreadable.plugin.as_str()), (1, "travishook"));
    let next = bench.journal.next_waiting(&chat("dev")).await.unwrap().unwrap().unwrap();
    assert_eq!((next.id, next.notice.text.plain().as_str()), (2, "two"));
    let dead = bench.journal.notices(Some(NoticeState::Dead), &Filter::default(), 9).await.unwrap();
    assert_eq!(
        (dead.len(), dead[0].notice.text.plain().as_str()),
        (1, r#"{"of":"later"}"#),
        "shown as it stands there"
    );
    assert!(dead[0].error.as_ref().unwrap().starts_with("unreadable: missing field"), "{dead:?}");
    assert_eq!(bench.journal.request(1).await.unwrap().unwrap().notices.len(), 2);
}

#[tokio::test]
async fn a_notice_that_would_not_come_out_again_is_not_taken() {
    let bench = Bench::new();
    for to in [ChatId::new("irc", ""), ChatId::new("", "x"), ChatId::new("a:b", "x")] {
        let notices = [notice("dev", "one"), Notice::new(to.clone(), "two")];
        bench.journal.enqueue("test", &notices, Some("key")).await.expect_err(&to.to_string());
    }
    assert!(bench.waiting().await.is_empty());
}

#[tokio::test]
async fn an_update_that_cannot_be_read_stops_no_start() {
    let bench = Bench::new();
    let incoming = Incoming::new(chat("dev"), Sender::new("fake", "1", "Ann"), false, "!status");
    for id in ["1", "2"] {
        assert!(bench.journal.put_update("fake", id, &incoming).await.unwrap());
    }
    bench.journal.execute("update updates set incoming = '{}', sum = null where id = '1'").await;
    let ids = |found: Vec<Unfinished>| found.into_iter().map(|one| one.incoming.update.unwrap()).collect::<Vec<_>>();
    assert_eq!(ids(bench.journal.unfinished("fake").await.unwrap()), ["2"]);
    let count = "select count(*) from updates where state = 'done' and incoming is null";
    let count = move |db: &Connection| Ok(db.query_row(count, [], |row| row.get::<_, u64>(0))?);
    assert_eq!(bench.journal.read(count).await.unwrap(), 1, "it is not looked at again");
}

#[tokio::test]
async fn what_could_not_be_told_is_not_noted_as_told() {
    let bench = Bench::new();
    let hour = Duration::from_secs(3600);
    let notices = [notice("ann", "disk full"), notice("bob", "disk full")];
    let tell = || bench.journal.enqueue_once_within("host", &notices, "told:disk", hour);
    bench.journal.execute("alter table notices rename to broken").await;
    tell().await.unwrap_err();
    bench.journal.execute("alter table broken rename to notices").await;
    assert_eq!(tell().await.unwrap(), Some(vec![chat("ann"), chat("bob")]));
    assert_eq!(tell().await.unwrap(), None);
    bench.clock.advance(hour);
    assert!(tell().await.unwrap().is_some());
}

/// Requests that nobody can prove, many in one commit.
async fn flood(bench: &Bench, times: usize) {
    for _ in 0..times / 500 {
        let writes = (0..500).map(|_| {
            let (journal, request) = (bench.journal.clone(), bench.request());
            let refused = Refused { incident: Some("forbidden"), ..refused(StatusCode::FORBIDDEN, "wrong token") };
            tokio::spawn(async move { journal.refuse(Some("travishook"), &request, refused).await.unwrap() })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap();
        }
        bench.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_flood_washes_away_neither_the_audit_nor_what_was_proven() {
    let bench = Bench::keeping(Retention { max_mib: 1, ..Retention::default() });
    let ann = Sender::new("fake", "ann", "Ann");
    bench.journal.note_audit(&ann, &chat("dev"), "travis token", "o/r ***", "ok").await.unwrap();
    bench.accept(Outcome::default()).await;
    bench.accept(Outcome::from(notice("dev", "waits"))).await;
    bench.journal.incident(Incident { kind: "limit", ..Incident::default() }).await.unwrap();
    bench.journal.incident(Incident { kind: "denied command", ..Incident::default() }).await.unwrap();
    bench.clock.advance(Duration::from_secs(1));
    flood(&bench, 6000).await;
    assert!(
        bench.journal.read(|db| Ok(db.query_row("pragma page_count", [], |row| row.get::<_, u64>(0))?)).await.unwrap()
            > 256
    );
    let swept = bench.journal.sweep().await.unwrap();
    assert!(swept.bytes <= 1 << 20 && swept.rows > 500, "{swept:?}");
    assert_eq!(bench.journal.audit(&Filter::default(), 9).await.unwrap().len(), 1);
    assert_eq!(bench.journal.requests(&Filter::words("accepted"), 9).await.unwrap().len(), 2);
    assert_eq!(bench.journal.incidents(&Filter::words("limit"), 9).await.unwrap().len(), 1);
    assert_eq!(bench.journal.incidents(&Filter::words("denied"), 9).await.unwrap(), []);
    assert_eq!(bench.waiting().await, ["waits"]);
    let left = bench.journal.requests(&Filter::default(), 9999).await.unwrap();
    assert!(left.len() > 500 && left[0].id == 6002, "the newest of the flood are there to be looked at");
}

#[tokio::test]
async fn a_flood_does_not_wait_for_the_next_sweep() {
    let bench = Bench::keeping(Retention { max_mib: 1, ..Retention::default() });
    flood(&bench, 10_000).await;
    // The sweep goes on beside this; each look lets it go on.
    let count = |db: &Connection| Ok(db.query_row("select count(*) from requests", [], |row| row.get::<_, u64>(0))?);
    let mut looks = 0;
    while bench.journal.read(count).await.unwrap() > 6000 {
        looks += 1;
        assert!(looks < 10_000, "nobody sweeps");
    }
}
