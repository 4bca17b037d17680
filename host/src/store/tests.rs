//! What both stores promise, and what the one on disk promises beyond that.
mod damage;
mod repair;

use super::*;
use bytes::Bytes;
use factotum_plugin_api::{chat::ChatId, secret::Secret};
use proptest::prelude::*;
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};
use tempfile::TempDir;

/// A folder with a store in `store` and snapshots in `snapshots`.
struct Place {
    folder: TempDir,
    clock: Clock,
}
impl Place {
    fn new() -> Self {
        let clock = Clock::manual("2026-11-20T10:00:00Z".parse().unwrap());
        Place { folder: TempDir::new().unwrap(), clock }
    }
    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }
    fn snapshots(&self) -> PathBuf {
        self.folder.path().join("snapshots")
    }
    fn open(&self) -> (SledStore, Vec<crate::texts::News>) {
        SledStore::open(&self.store(), &self.snapshots(), self.clock.clone()).unwrap()
    }
    /// Opens a store of which there is nothing to tell.
    fn open_well(&self) -> SledStore {
        let (store, told) = self.open();
        assert_eq!(told, [""; 0]);
        store
    }
    /// Names in a folder, sorted.
    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join(folder)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn json(text: &str) -> Option<Stored> {
    Some(Stored { schema: 1, json: Bytes::copy_from_slice(text.as_bytes()) })
}
async fn put(store: &dyn Store, key: &str, value: &str) -> Revision {
    store.write("p.t", key, Expect::Anything, json(value)).await.unwrap().unwrap()
}
/// The table `p.t`, as `key value` words.
async fn contents(store: &dyn Store) -> String {
    let records = store.scan("p.t", "", None, usize::MAX).await.unwrap();
    let words: Vec<_> =
        records.iter().map(|(key, r)| format!("{key}={}", String::from_utf8_lossy(&r.value.json))).collect();
    words.join(" ")
}

async fn keeps_the_promises_of_a_store(store: Arc<dyn Store>) {
    let table = Tables::new(store.clone(), "t").table::<(String, ChatId), u32>("x").unwrap();
    let key = |repo: &str, n: u32| (repo.to_owned(), ChatId::new("irc", format!("#{n}")));
    let mut watch = table.watch(&["ö/r"]);
    assert_eq!(table.scan(&[], None, 9).await.unwrap(), []);
    assert_eq!(table.get(&key("ö/r", 1)).await.unwrap(), None);
    assert!(!table.remove(&key("ö/r", 1)).await.unwrap());
    let first = table.create(&key("ö/r", 1), &1).await.unwrap().unwrap();
    assert_eq!(table.create(&key("ö/r", 1), &9).await.unwrap(), None);
    let second = table.compare_and_swap(&key("ö/r", 1), first, &2).await.unwrap().unwrap();
    assert!(second > first);
    assert_eq!(table.compare_and_swap(&key("ö/r", 1), first, &3).await.unwrap(), None);
    assert_eq!(table.compare_and_swap(&key("ö/r", 9), first, &3).await.unwrap(), None);
    assert_eq!(table.get_at(&key("ö/r", 1)).await.unwrap(), Some((2, second)));
    assert!(table.remove(&key("ö/r", 1)).await.unwrap());
    assert!(!table.remove(&key("ö/r", 1)).await.unwrap());
    assert!(table.create(&key("ö/r", 1), &4).await.unwrap().unwrap() > second);
    table.put(&key("ö/r2", 1), &5).await.unwrap();
    for n in 2..5 {
        table.put(&key("ö/r", n), &n).await.unwrap();
    }

    let page = table.scan(&["ö/r"], None, 3).await.unwrap();
    assert_eq!(page.len(), 3);
    let rest = table.scan(&["ö/r"], Some(&page[2].0), 3).await.unwrap();
    assert_eq!(rest, [(key("ö/r", 4), 4)]);
    assert_eq!(table.scan(&[], None, 9).await.unwrap().len(), 5);
    assert_eq!(table.scan(&[], None, 0).await.unwrap(), []);
    assert_eq!(table.all(&[]).await.unwrap().len(), 5);

    // Created, swapped, removed, created again; three conflicts and ö/r2 are not told.
    for n in [1, 1, 1, 1, 2, 3, 4] {
        assert_eq!(watch.next().await, Some(Changed::Key(key("ö/r", n))));
    }

    let race = (0..32).map(|n| {
        let table = table.clone();
        tokio::spawn(async move { table.create(&("race".into(), ChatId::new("irc", "#r")), &n).await.unwrap() })
    });
    let mut won = 0;
    for task in race.collect::<Vec<_>>() {
        won += usize::from(task.await.unwrap().is_some());
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_store_keeps_the_promises() {
    let place = Place::new();
    let disk = Arc::new(place.open_well());
    put(&*disk, "below", "1").await;
    keeps_the_promises_of_a_store(Arc::new(DryStore::over(None))).await;
    keeps_the_promises_of_a_store(Arc::new(DryStore::over(Some(disk.clone())))).await;
    assert_eq!(disk.scan("t.x", "", None, 9).await.unwrap(), [], "a dry run wrote");
    keeps_the_promises_of_a_store(disk).await;
}

#[tokio::test]
async fn a_dry_run_sees_the_store_below_and_leaves_it() {
    let place = Place::new();
    let disk = Arc::new(place.open_well());
    for key in ["a", "b", "c", "d"] {
        put(&*disk, key, "1").await;
    }
    let before = disk.get("p.t", "b").await.unwrap().unwrap().revision;
    let dry = DryStore::over(Some(disk.clone()));
    assert!(dry.write("p.t", "b", Expect::At(before), json("2")).await.unwrap().unwrap() > before);
    assert!(dry.write("p.t", "a", Expect::Present, None).await.unwrap().is_some());
    assert!(dry.write("p.t", "c", Expect::Absent, json("2")).await.unwrap().is_none());
    put(&dry, "bb", "3").await;
    assert_eq!(contents(&dry).await, "b=2 bb=3 c=1 d=1");
    let page = dry.scan("p.t", "", None, 3).await.unwrap();
    assert_eq!(page.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["b", "bb", "c"]);
    assert_eq!(contents(&*disk).await, "a=1 b=1 c=1 d=1");
}

/// One step of the model test; keys and prefixes come from one small set, so that they meet.
#[derive(Clone, Debug)]
enum Step {
    Put(String, u32),
    Create(String, u32),
    /// With the revision last seen, or with an old one.
    Swap(String, bool),
    Remove(String),
    Scan {
        prefix: String,
        after: Option<String>,
        limit: usize,
    },
}
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec!["", ".", "%", "%2E", "a", "a.", "a.b", "a%", "ä", "\u{10FFFF}", "\0", "日本", "e\u{301}"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (key(), any::<u32>()).prop_map(|(key, n)| Step::Put(key, n)),
        2 => (key(), any::<u32>()).prop_map(|(key, n)| Step::Create(key, n)),
        2 => (key(), any::<bool>()).prop_map(|(key, right)| Step::Swap(key, right)),
        2 => key().prop_map(Step::Remove),
        3 => (key(), prop::option::of(key()), 0..5usize)
            .prop_map(|(prefix, after, limit)| Step::Scan { prefix, after, limit }),
    ]
}

type Model = BTreeMap<String, (Revision, String)>;

async fn behaves_as_a_map(store: &dyn Store, table: &str, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model = Model::new();
    let mut newest = 0;
    for step in steps {
        let (key, expect, value, holds) = match step {
            Step::Put(key, n) => (key, Expect::Anything, Some(n.to_string()), true),
            Step::Create(key, n) => (key, Expect::Absent, Some(n.to_string()), !model.contains_key(key)),
            Step::Swap(key, right) => {
                let seen = model.get(key).map_or(0, |(revision, _)| *revision);
                let at = if *right { seen } else { seen.saturating_sub(1) };
                (key, Expect::At(at), Some("\"swapped\"".to_owned()), *right && model.contains_key(key))
            }
            Step::Remove(key) => (key, Expect::Present, None, model.contains_key(key)),
            Step::Scan { prefix, after, limit } => {
                let found = store.scan(table, prefix, after.as_deref(), *limit).await.unwrap();
                let wanted = model.iter().filter(|(key, _)| key.starts_with(prefix.as_str()));
                let wanted = wanted.filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after));
                let wanted =
                    wanted.take(*limit).map(|(key, (revision, value))| (key.clone(), *revision, value.clone()));
                let text = |record: &Record| String::from_utf8(record.value.json.to_vec()).unwrap();
                let found: Vec<_> = found.iter().map(|(key, r)| (key.clone(), r.revision, text(r))).collect();
                prop_assert_eq!(found, wanted.collect::<Vec<_>>());
                continue;
            }
        };
        let stored = value.as_deref().and_then(json);
        let revision = store.write(table, key, expect, stored).await.unwrap();
        prop_assert_eq!(revision.is_some(), holds, "{:?}", step);
        if let Some(revision) = revision {
            prop_assert!(revision > newest);
            newest = revision;
            match value {
                Some(value) => model.insert(key.clone(), (revision, value)),
                None => model.remove(key),
            };
        }
        let got = store.get(table, key).await.unwrap().map(|record| record.revision);
        prop_assert_eq!(got, model.get(key).map(|(revision, _)| *revision));
    }
    Ok(())
}

#[test]
fn each_store_behaves_as_a_map() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let place = Place::new();
    let disk = Arc::new(place.open_well());
    let tables = AtomicUsize::new(0);
    proptest!(ProptestConfig::with_cases(96), |(steps in prop::collection::vec(step(), 0..40))| {
        let table = format!("p.t{}", tables.fetch_add(1, Ordering::Relaxed));
        runtime.block_on(async {
            behaves_as_a_map(&DryStore::over(None), &table, &steps).await?;
            behaves_as_a_map(&DryStore::over(Some(disk.clone())), &table, &steps).await?;
            behaves_as_a_map(&*disk, &table, &steps).await
        })?;
    });
}

#[test]
fn what_was_put_is_got_whatever_the_key() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let place = Place::new();
    let disk: Arc<dyn Store> = Arc::new(place.open_well());
    proptest!(ProptestConfig::with_cases(64), |(pairs in prop::collection::btree_map((key(), key()), key(), 1..20))| {
        runtime.block_on(async {
            let table = Tables::new(disk.clone(), "p").table::<(String, String), String>("keys").unwrap();
            for (key, value) in &pairs {
                table.put(key, value).await.unwrap();
            }
            for (key, value) in &pairs {
                prop_assert_eq!(table.get(key).await.unwrap(), Some(value.clone()));
                let same = table.all(&[&key.0]).await.unwrap();
                prop_assert!(same.iter().all(|(found, _)| found.0 == key.0) && same.iter().any(|(found, _)| found == key));
            }
            prop_assert_eq!(table.all(&[]).await.unwrap().into_iter().collect::<BTreeMap<_, _>>(), pairs.clone());
            for key in pairs.keys() {
                prop_assert!(table.remove(key).await.unwrap());
            }
            Ok(())
        })?;
    });
}

#[tokio::test]
async fn long_scans_are_whole() {
    let place = Place::new();
    let store = Arc::new(place.open_well());
    let changes = (0..3 * PAGE).map(|n| Change {
        table: "p.t".into(),
        key: format!("{n:04}"),
        expect: Expect::Anything,
        value: json(&n.to_string()),
    });
    store.committer.change(changes.collect()).await.unwrap();
    for limit in [1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE, usize::MAX] {
        let found = store.scan("p.t", "0", None, limit).await.unwrap();
        assert_eq!(found.len(), limit.min(3 * PAGE), "{limit}");
        assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}

#[tokio::test]
async fn large_values_stay_in_the_file_that_is_synced() {
    let place = Place::new();
    let store = place.open_well();
    let value = format!("\"{}\"", "x".repeat(60_000));
    let changes = |round: usize| {
        let change = |n: usize| Change {
            table: "p.t".into(),
            key: format!("{:03}", (n * 37 + round) % 200),
            expect: Expect::Anything,
            value: json(&value),
        };
        (0..200).map(change).collect()
    };
    for round in 0..3 {
        store.committer.change(changes(round)).await.unwrap();
        assert_eq!(place.names("store/blobs"), [""; 0]);
    }
    let refused = store.write("p.t", "k", Expect::Anything, json(&format!("\"{}\"", "x".repeat(RECORD_MAX)))).await;
    let refused = refused.unwrap_err().into_anyhow().to_string();
    assert_eq!(refused, r#"key "k" of table "p.t": 98307 bytes are more than one record can hold"#);
}

#[tokio::test]
async fn what_the_store_keeps_for_itself_is_no_table() {
    let place = Place::new();
    let store = place.open_well();
    for table in ["", "_host", "__sled__default"] {
        store.write(table, "revision", Expect::Anything, None).await.unwrap_err();
    }
    let error = store.write("p.t", "k", Expect::Anything, json("no json")).await.unwrap_err().into_anyhow();
    assert_eq!(error.to_string(), r#"key "k" of table "p.t": the value is not JSON"#);
    assert_eq!(store.export(&mut vec![], true).unwrap(), 0);
}

#[tokio::test]
async fn all_is_there_after_opening_again() {
    let place = Place::new();
    let mut newest = 0;
    for round in 0..5 {
        let store = Arc::new(place.open_well());
        let writes: Vec<_> = (0..50)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move { put(&*store, &format!("{round}-{n}"), "1").await })
            })
            .collect();
        for write in writes {
            assert!(write.await.unwrap() > newest, "a revision came twice");
        }
        newest = put(&*store, "last", "1").await;
        if round % 2 == 0 {
            store.close().await.unwrap();
        }
    }
    let store = place.open_well();
    assert_eq!(store.scan("p.t", "", None, 1000).await.unwrap().len(), 251);
    let mode = fs::metadata(place.store()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn writes_ordered_before_closing_are_done_and_later_ones_refused() {
    let place = Place::new();
    let store = place.open_well();
    let keys: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let mut waiting = vec![];
    for key in &keys {
        // Polled once, so that its order is on the way.
        let mut write = store.write("p.t", key, Expect::Anything, json("1"));
        match std::future::poll_fn(|cx| Poll::Ready(write.as_mut().poll(cx))).await {
            Poll::Ready(written) => assert!(written.unwrap().is_some()),
            Poll::Pending => waiting.push(write),
        }
    }
    store.close().await.unwrap();
    for write in waiting {
        write.await.unwrap();
    }
    store.close().await.unwrap();
    let late = store.write("p.t", "late", Expect::Anything, json("1")).await.unwrap_err();
    assert_eq!(late.into_anyhow().to_string(), "the store is closed");
    assert_eq!(store.scan("p.t", "", None, 1000).await.unwrap().len(), 100);
    store.snapshot().await.unwrap();
}

/// A store whose next so many syncs fail; then the disk says that all is well, as Linux does.
fn with_failing_syncs(place: &Place) -> (SledStore, Arc<AtomicUsize>) {
    let failing = Arc::new(AtomicUsize::new(0));
    let left = failing.clone();
    let sync = Box::new(move |engine: &Engine| {
        let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        ensure!(!fails, "Input/output error");
        engine.sync()
    });
    let opened = SledStore::open_with(&place.store(), &place.snapshots(), place.clock.clone(), sync);
    (opened.unwrap().0, failing)
}

#[tokio::test]
async fn after_a_failed_sync_the_store_opens_itself_anew() {
    let place = Place::new();
    let (store, failing) = with_failing_syncs(&place);
    let mut changes = store.changes();
    let first = put(&store, "a", "1").await;
    changes.try_recv().unwrap();
    failing.store(1, Ordering::Relaxed);
    let error = store.write("p.t", "b", Expect::Anything, json("2")).await.unwrap_err().into_anyhow();
    assert_eq!(error.to_string(), "the store could not be written: Input/output error");
    assert!(changes.try_recv().is_err(), "a change was told that is not durable");
    // What is not durable is not shown: nothing is, until it is opened anew.
    let error = store.get("p.t", "b").await.unwrap_err().into_anyhow();
    assert_eq!(error.to_string(), "the store could not be written: Input/output error");
    let unwell = store.health().unwell().unwrap();
    assert_eq!((unwell.part, unwell.why.as_str(), unwell.since), ("store", "Input/output error", place.clock.now()));
    assert!(place.folder.path().join("store.distrusted").exists());

    place.clock.advance(std::time::Duration::from_secs(60));
    store.probe().await.unwrap();
    assert_eq!(store.health().unwell(), None);
    assert_eq!(store.get("p.t", "a").await.unwrap().unwrap().value, json("1").unwrap());
    assert!(put(&store, "a", "3").await > first + 1, "a revision came twice");
    assert_eq!(place.names("."), ["store"], "the files were written again, and those not trusted are gone");
    store.close().await.unwrap();
    drop(store);
    assert!(contents(&place.open_well()).await.starts_with("a=3"));
}

#[tokio::test]
async fn a_host_that_ends_after_a_failed_sync_leaves_word_for_the_next() {
    let place = Place::new();
    let (store, failing) = with_failing_syncs(&place);
    put(&store, "a", "1").await;
    failing.store(1, Ordering::Relaxed);
    store.write("p.t", "b", Expect::Anything, json("2")).await.unwrap_err();
    drop(store);
    let inode = || std::os::unix::fs::MetadataExt::ino(&fs::metadata(place.store().join("db")).unwrap());
    let before = inode();
    let store = place.open_well();
    assert_ne!(inode(), before, "the same file is trusted again");
    assert!(contents(&store).await.starts_with("a=1"));
    assert_eq!(place.names("."), ["store"]);
}

#[tokio::test]
async fn syncs_that_go_on_failing_are_tried_again_in_time() {
    let place = Place::new();
    let (store, failing) = with_failing_syncs(&place);
    put(&store, "a", "1").await;
    failing.store(3, Ordering::Relaxed);
    for _ in 0..3 {
        store.write("p.t", "b", Expect::Anything, json("2")).await.unwrap_err();
        place.clock.advance(std::time::Duration::from_secs(1));
    }
    assert_eq!(store.health().unwell().unwrap().since.to_string(), "2026-11-20T10:00:00Z");
    put(&store, "c", "3").await;
    assert_eq!(store.health().unwell(), None);
    // One that cannot be opened is left alone for a while.
    failing.store(1, Ordering::Relaxed);
    store.write("p.t", "d", Expect::Anything, json("4")).await.unwrap_err();
    let away = place.folder.path().join("away");
    fs::rename(place.store(), &away).unwrap();
    fs::write(place.store(), "a file").unwrap();
    store.probe().await.unwrap_err();
    fs::remove_file(place.store()).unwrap();
    fs::rename(&away, place.store()).unwrap();
    store.probe().await.unwrap_err();
    place.clock.advance(std::time::Duration::from_secs(1));
    store.probe().await.unwrap();
    assert!(contents(&store).await.starts_with("a=1"));
}

#[tokio::test]
async fn a_folder_is_opened_once() {
    let place = Place::new();
    let store = place.open_well();
    let second = SledStore::open(&place.store(), &place.snapshots(), place.clock.clone()).err().unwrap();
    let error = format!("{second:#}").replace(&place.store().display().to_string(), "FOLDER");
    insta::assert_snapshot!(error, @"opening the store in FOLDER: the store is in use by another process (or opened twice by this one)");
    put(&store, "a", "1").await;
    drop(store);
    assert_eq!(contents(&place.open_well()).await, "a=1");
}

#[tokio::test]
async fn the_last_seven_snapshots_are_kept_for_the_owner_alone() {
    let place = Place::new();
    let store = place.open_well();
    for n in 0..9 {
        put(&store, "k", &n.to_string()).await;
        let path = store.snapshot().await.unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        place.clock.advance(std::time::Duration::from_secs(if n < 7 { 86_400 } else { 0 }));
    }
    insta::assert_snapshot!(place.names("snapshots").join("\n"), @"
    store-000003-20261122T100000Z.jsonl
    store-000004-20261123T100000Z.jsonl
    store-000005-20261124T100000Z.jsonl
    store-000006-20261125T100000Z.jsonl
    store-000007-20261126T100000Z.jsonl
    store-000008-20261127T100000Z.jsonl
    store-000009-20261127T100000Z.jsonl
    ");
    let newest = fs::read_to_string(place.snapshots().join(place.names("snapshots").last().unwrap())).unwrap();
    insta::assert_snapshot!(newest, @r#"
    {"format":"factotum-store","version":1,"time":"2026-11-27T10:00:00Z","revision":9,"masked":false}
    {"table":"p.t","key":"k","revision":9,"schema":1,"value":8}
    {"records":1,"unreadable":0}
    "#);
}

#[tokio::test]
async fn a_snapshot_that_failed_leaves_the_others() {
    let place = Place::new();
    let store = place.open_well();
    put(&store, "k", "1").await;
    store.snapshot().await.unwrap();
    // What a killed process leaves, and something that is no file of ours.
    fs::write(place.snapshots().join("store.unfinished"), "half").unwrap();
    fs::write(place.snapshots().join("store-notes.txt"), "mine").unwrap();
    store.snapshot().await.unwrap();
    assert_eq!(place.names("snapshots").len(), 3);
    fs::create_dir(place.snapshots().join("store.unfinished")).unwrap();
    store.snapshot().await.unwrap_err();
    assert_eq!(place.names("snapshots").len(), 4);
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Token {
    token: Secret,
    old: Vec<Secret>,
}

#[tokio::test]
async fn an_export_without_secrets_masks_them_and_cannot_be_imported() {
    let place = Place::new();
    let store = Arc::new(place.open_well());
    let table = Tables::new(store.clone(), "p").table::<String, Token>("t").unwrap();
    put(&*store, "a", "1").await;
    let token = Token { token: Secret::new("canary"), old: vec![Secret::new("canary2")] };
    table.put(&"o/r".into(), &token).await.unwrap();

    let mut masked = vec![];
    assert_eq!(store.export(&mut masked, false).unwrap(), 2);
    let masked = String::from_utf8(masked).unwrap();
    assert!(!masked.contains("canary") && masked.contains(r#"{"$secret":"***"}"#), "{masked}");
    let mut whole = vec![];
    store.export(&mut whole, true).unwrap();
    assert!(String::from_utf8(whole.clone()).unwrap().contains(r#"{"$secret":"canary2"}"#));

    let other = Place::new();
    let other = Arc::new(other.open_well());
    put(&*other, "a", "2").await;
    put(&*other, "z", "3").await;
    let error = other.import(masked.as_bytes()).await.unwrap_err().to_string();
    assert_eq!(error, r#"the file was exported without secrets: that of key "o%2Fr" in table "p.t" is missing"#);
    let cut = whole.split_last_chunk::<40>().unwrap().0;
    other.import(cut).await.unwrap_err();
    assert_eq!(contents(&*other).await, "a=2 z=3", "a refused import wrote");

    let mut watch = other.changes();
    let before = other.get("p.t", "a").await.unwrap().unwrap().revision;
    assert_eq!(other.import(&whole[..]).await.unwrap(), 2);
    assert!(other.get("p.t", "a").await.unwrap().unwrap().revision > before);
    assert_eq!(watch.try_recv().unwrap().1, "a");
    let table = Tables::new(other.clone(), "p").table::<String, Token>("t").unwrap();
    let got = table.get(&"o/r".into()).await.unwrap().unwrap();
    assert!(got.token.matches(b"canary") && got.old[0].matches(b"canary2"));
    assert_eq!(contents(&*other).await.split(' ').count(), 3);
}

#[tokio::test]
async fn what_nobody_could_read_again_is_not_taken() {
    let place = Place::new();
    let store = place.open_well();
    let deep = format!("{}{{\"$secret\":\"canary\"}}{}", "[".repeat(200), "]".repeat(200));
    for (value, why) in [
        (deep.as_str(), "recursion limit exceeded at line 1 column 128"),
        ("1e999", "number out of range at line 1 column 5"),
        (r#""\ud800""#, "unexpected end of hex escape at line 1 column 8"),
    ] {
        let refused = format!(r#"key "k" of table "p.t": the value could not be read again: {why}"#);
        let error = store.write("p.t", "k", Expect::Anything, json(value)).await.unwrap_err().into_anyhow();
        assert_eq!(error.to_string(), refused);
        let file = [
            r#"{"format":"factotum-store","version":1,"time":"2026-11-20T10:00:00Z","revision":9,"masked":false}"#,
            &format!(r#"{{"table":"p.t","key":"k","revision":9,"schema":1,"value":{value}}}"#),
            r#"{"records":1,"unreadable":0}"#,
        ];
        assert_eq!(store.import(file.join("\n").as_bytes()).await.unwrap_err().to_string(), refused);
    }
    assert_eq!(store.export(&mut vec![], false).unwrap(), 0);
}

#[tokio::test]
async fn a_damaged_record_is_named_and_the_others_are_served() {
    let place = Place::new();
    let store = place.open_well();
    for n in 0..9 {
        put(&store, "good", &n.to_string()).await;
        store.snapshot().await.unwrap();
    }
    for (key, bytes) in [("bad", &b"x"[..]), ("worse", &[0xFF; 20]), ("worst", b"")] {
        let insert = |engine: &Engine| {
            engine.insert_raw("p.t", key, bytes);
            Ok(())
        };
        store.engine.with(insert).unwrap();
        let error = store.get("p.t", key).await.unwrap_err().into_anyhow();
        let named = format!("the store cannot read key {key:?} of table \"p.t\": the record is damaged");
        assert!(format!("{error:#}").starts_with(&named), "{error:#}");
    }
    assert_eq!(store.get("p.t", "good").await.unwrap().unwrap().value, json("8").unwrap());
    // A scan that left it out would make it look removed.
    let error = store.scan("p.t", "", None, 9).await.unwrap_err().into_anyhow();
    assert!(format!("{error:#}").contains("\"bad\""));
    assert_eq!(store.scan("p.t", "good", None, 9).await.unwrap().len(), 1);

    let before = place.names("snapshots");
    let path = store.snapshot().await.unwrap();
    insta::assert_snapshot!(fs::read_to_string(path).unwrap(), @r#"
    {"format":"factotum-store","version":1,"time":"2026-11-20T10:00:00Z","revision":9,"masked":false}
    {"table":"p.t","key":"good","revision":9,"schema":1,"value":8}
    {"records":1,"unreadable":3}
    "#);
    assert!(before.iter().all(|name| place.snapshots().join(name).exists()), "an incomplete one pushed others out");

    let created = store.write("p.t", "bad", Expect::Absent, json("1")).await.unwrap();
    assert_eq!(created, None, "a damaged record is there");
    put(&store, "bad", "1").await;
    for key in ["worse", "worst"] {
        store.write("p.t", key, Expect::Present, None).await.unwrap().unwrap();
    }
    assert_eq!(contents(&store).await, "bad=1 good=8");
}
