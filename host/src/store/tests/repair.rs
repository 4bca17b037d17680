//! Damage on the disk, and what the next start makes of it.
use super::*;
use crate::texts::News;
use std::{
    fs::OpenOptions,
    io::{Seek, SeekFrom, Write},
};

/// A store of 300 records that was closed, with a snapshot of the first 200 if wanted.
pub(super) async fn filled(with_snapshot: bool) -> Place {
    let place = Place::new();
    let store = place.open_well();
    let records = |from: usize, to: usize| {
        let change = |n: usize| Change {
            table: format!("p.t{}", n % 3),
            key: format!("{n:03}"),
            expect: Expect::Anything,
            value: json(&format!("\"{n}-{}\"", "x".repeat(500))),
        };
        (from..to).map(change).collect()
    };
    store.committer.change(records(0, 200)).await.unwrap();
    if with_snapshot {
        store.snapshot().await.unwrap();
    }
    store.committer.change(records(200, 300)).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    place.open_well(); // makes sled write its snap file
    place
}

pub(super) fn each(
    store: &SledStore,
    visit: impl FnMut(&str, &str, Record) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<String>> {
    store.engine.with(|engine| engine.each(visit))
}

/// How many records can be read, each checked against what was put.
async fn count(store: &SledStore) -> usize {
    let mut count = 0;
    let bad = each(store, |_, key, record| {
        let n: usize = key.parse().unwrap();
        assert_eq!(record.value, json(&format!("\"{n}-{}\"", "x".repeat(500))).unwrap(), "a wrong value");
        count += 1;
        Ok(())
    });
    assert_eq!(bad.unwrap(), [""; 0]);
    count
}

fn snap(place: &Place) -> PathBuf {
    let name = place.names("store").into_iter().find(|name| name.starts_with("snap.")).unwrap();
    place.store().join(name)
}
fn cut(path: &Path, share: f64) {
    let file = OpenOptions::new().write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len();
    file.set_len((len as f64 * share) as u64).unwrap();
}
/// Overwrites the part of a file from one share of it to another.
fn scribble(path: &Path, from: f64, to: f64) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let len = file.metadata().unwrap().len() as f64;
    file.seek(SeekFrom::Start((len * from) as u64)).unwrap();
    file.write_all(&vec![0xA5; (len * (to - from)) as usize]).unwrap();
}
/// What was told, with the names of the test's folders taken out.
fn sentences(place: &Place, told: &[News]) -> String {
    told.join("\n").replace(&place.folder.path().display().to_string(), "DATA")
}

#[tokio::test]
async fn a_damaged_index_costs_nothing() {
    type Damage = fn(&Place);
    let damages: [Damage; 4] = [
        |place| cut(&snap(place), 0.5),
        |place| cut(&snap(place), 0.0),
        |place| scribble(&snap(place), 0.3, 0.4),
        |place| fs::write(place.store().join("conf"), "garbage beyond eight bytes").unwrap(),
    ];
    for (n, damage) in damages.into_iter().enumerate() {
        let place = filled(true).await;
        damage(&place);
        let (store, told) = place.open();
        assert_eq!(count(&store).await, 300, "damage {n}");
        assert!(told[0].contains("store.damaged-20261120T100000Z"), "{told:?}");
        assert!(told[1].contains("it has 300 records, the newest revision is 300."), "{told:?}");
        assert!(told[1].starts_with("It was repaired by making its index files"), "{told:?}");
        assert_eq!(told.len(), 2, "{told:?}");
        put(&store, "new", "1").await;
        drop(store);
        assert_eq!(contents(&place.open_well()).await, "new=1");
        assert_eq!(place.names("."), ["snapshots", "store", "store.damaged-20261120T100000Z"]);
    }
}

#[tokio::test]
async fn a_destroyed_file_is_replaced_by_the_newest_snapshot() {
    type Damage = fn(&Path);
    let damages: [Damage; 4] = [
        |db| scribble(db, 0.0, 1.0),
        |db| cut(db, 0.0),
        |db| fs::write(db, "not a database").unwrap(),
        |db| fs::remove_file(db).unwrap(),
    ];
    for (n, damage) in damages.into_iter().enumerate() {
        for with_snapshot in [true, false] {
            let place = filled(with_snapshot).await;
            damage(&place.store().join("db"));
            let (store, told) = place.open();
            assert_eq!(count(&store).await, if with_snapshot { 200 } else { 0 }, "damage {n}: {told:?}");
            let last = told.last().unwrap();
            assert!(last.contains(if with_snapshot { "200 records were loaded" } else { "begins empty" }), "{told:?}");
            assert!(put(&store, "new", "1").await > 300, "a revision came twice");
            drop(store);
            place.open_well();
        }
    }
}

/// A kill while sled writes its index leaves it under the name that it has until it is whole.
#[tokio::test]
async fn an_index_that_was_half_written_is_no_damage() {
    let place = filled(true).await;
    for half in ["", "garbage"] {
        fs::write(place.store().join("snap.00000000FFFFFFFF.generating"), half).unwrap();
        let (store, told) = place.open();
        assert_eq!((sentences(&place, &told).as_str(), count(&store).await), ("", 300));
        drop(store);
    }
}

#[tokio::test]
async fn the_admins_read_what_happened() {
    let place = filled(true).await;
    fs::write(place.snapshots().join("store-000002-20261120T110000Z.jsonl"), "{}").unwrap();
    fs::write(place.store().join("db"), "").unwrap();
    let (store, told) = place.open();
    insta::assert_snapshot!(sentences(&place, &told), @r"
    The store was damaged (corrupted data at Inline(1516)). It is kept as it was in DATA/store.damaged-20261120T100000Z.
    The snapshot DATA/snapshots/store-000002-20261120T110000Z.jsonl cannot be used: the first line is not that of a store's export: missing field `format` at line 1 column 2.
    200 records were loaded from the newest snapshot, DATA/snapshots/store-000001-20261120T100000Z.jsonl: what was changed after it may be lost.
    ");
    drop(store);

    cut(&snap(&place), 0.5);
    let (store, told) = place.open();
    insta::assert_snapshot!(sentences(&place, &told), @r"
    The store was damaged (corrupted data). It is kept as it was in DATA/store.damaged-20261120T100000Z-2.
    The snapshot DATA/snapshots/store-000002-20261120T110000Z.jsonl cannot be used: the first line is not that of a store's export: missing field `format` at line 1 column 2.
    It was repaired by making its index files (snap.*) anew; it has 200 records, the newest revision is 4294967496. If the damage reached the records too, what was written last is missing.
    ");
    drop(store);

    fs::remove_dir_all(place.store()).unwrap();
    fs::remove_file(place.snapshots().join("store-000002-20261120T110000Z.jsonl")).unwrap();
    let (_store, told) = place.open();
    insta::assert_snapshot!(sentences(&place, &told), @"The store was missing; I took 200 records from the snapshot of 2026-11-20T10:00:00Z (DATA/snapshots/store-000001-20261120T100000Z.jsonl). What was changed after it is lost.");
}

#[tokio::test]
async fn whatever_is_damaged_the_start_succeeds_and_no_value_is_wrong() {
    for n in 0..24 {
        let place = filled(true).await;
        let db = place.store().join("db");
        // The records are in the file's first part; a segment is 8 MiB long.
        let from = f64::from(n) / 24.0 * 0.06;
        match n % 4 {
            0 => cut(&db, from),
            1 => scribble(&db, from, from + 0.000_01),
            2 => scribble(&db, from, from + 0.01),
            _ => {
                scribble(&db, from, from + 0.000_1);
                cut(&snap(&place), 0.7);
            }
        }
        let (store, told) = place.open();
        let mut read = 0;
        let bad = each(&store, |_, key, record| {
            let n: usize = key.parse().unwrap();
            assert_eq!(record.value, json(&format!("\"{n}-{}\"", "x".repeat(500))).unwrap(), "a wrong value");
            read += 1;
            Ok(())
        });
        assert!(
            read >= 200,
            "{n}: only {read} are left, and those of the snapshot are not: {:?} {told:?}",
            bad.unwrap()
        );
        assert!(read == 300 || !told.is_empty(), "{n}: records are gone and nobody was told");
    }
}

/// A page that sled finds damaged only when it is read: the others live on.
#[tokio::test]
async fn a_damaged_page_costs_its_own_records_only() {
    let place = Place::new();
    let store = place.open_well();
    let value = |n: usize| json(&format!("\"{n}-{}\"", "x".repeat(20_000)));
    for from in (0..1000).step_by(100) {
        let change = |n: usize| Change {
            table: "p.t".into(),
            key: format!("{n:04}"),
            expect: Expect::Anything,
            value: value(n),
        };
        store.committer.change((from..from + 100).map(change).collect()).await.unwrap();
    }
    drop(store);
    drop(place.open_well());

    // Every copy of one of the first records in sled's log, far from its end.
    let db = place.store().join("db");
    let mut bytes = fs::read(&db).unwrap();
    let copies: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"\"17-xx")).collect();
    for at in copies {
        bytes[at] = b'x';
    }
    fs::write(&db, bytes).unwrap();

    let store = place.open_well();
    let (mut read, mut lost) = (0, vec![]);
    for n in 0..1000 {
        let key = format!("{n:04}");
        match store.get("p.t", &key).await {
            Ok(record) => {
                assert_eq!(record.unwrap().value, value(n).unwrap());
                read += 1;
            }
            Err(error) => {
                let error = format!("{:#}", error.into_anyhow());
                assert!(error.starts_with(&format!("the store cannot read key {key:?} of table \"p.t\"")), "{error}");
                lost.push(n);
            }
        }
    }
    assert!(lost.contains(&17) && lost.len() <= 17, "{lost:?}");
    let (first, last) = (lost[0], lost[lost.len() - 1]);
    assert_eq!(store.export(&mut vec![], true).unwrap(), read, "an export has all that can be read");
    // A scan that left them out would make them look removed.
    let error = store.scan("p.t", "", None, 1000).await.unwrap_err().into_anyhow();
    assert!(format!("{error:#}").starts_with("the store cannot read"), "{error:#}");
    assert_eq!(store.scan("p.t", "", None, first).await.unwrap().len(), first);
    let behind = store.scan("p.t", "", Some(&format!("{:04}", last + 1)), 1000).await.unwrap();
    assert_eq!(behind.len(), 1000 - last - 2);
    store.write("p.t", &format!("{first:04}"), Expect::Anything, json("1")).await.unwrap_err();
    put(&store, "new", "1").await;
}

#[tokio::test]
async fn a_repair_cut_short_is_begun_again_and_a_finished_one_taken() {
    let place = filled(false).await;
    let new = place.folder.path().join("store.new");
    fs::create_dir(&new).unwrap();
    fs::write(new.join("db"), "half").unwrap();
    assert_eq!(count(&place.open_well()).await, 300);
    assert!(!new.exists());
    fs::rename(place.store(), &new).unwrap();
    assert_eq!(count(&place.open_well()).await, 300);
    assert!(!new.exists());
}

#[tokio::test]
async fn a_newer_store_is_left_alone() {
    let place = filled(true).await;
    fs::write(place.store().join("format"), "2\n").unwrap();
    let error = SledStore::open(&place.store(), &place.snapshots(), place.clock.clone()).err().unwrap();
    assert!(format!("{error:#}").ends_with(
        "the store has format 2, which is newer than this program's 1: start the newer program that wrote it"
    ));
    assert_eq!(place.names("."), ["snapshots", "store"]);
    fs::write(place.store().join("format"), "1\n").unwrap();
    assert_eq!(count(&place.open_well()).await, 300);
}
