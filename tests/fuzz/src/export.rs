//! `factotum store import`: any bytes are imported whole or not at all, what was
//! masked is refused, an error tells no value, and what was imported is exported.
use crate::block_on;
use factotum_host::store::SledStore;
use factotum_plugin_api::{clock::Clock, jiff::Timestamp};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap};
use tempfile::TempDir;

const CANARY: &str = "c4n4ry-s3cret";
/// A file that is whole but for its second record, in the middle of a secret's value.
const HEAD: &str = r#"{"format":"factotum-store","version":1,"time":"2026-11-20T10:00:00Z","revision":2,"masked":false}
{"table":"p.t","key":"a","revision":1,"schema":1,"value":{"$secret":"c4n4ry-s3cret"}}
{"table":"p.t","key":"b","revision":2,"schema":1,"value":{"$secret":"c4n4ry-s3cret"#;
/// A store that has grown to this is put away.
const RECORDS_MAX: usize = 200;

struct Stage {
    // Before its folder.
    store: SledStore,
    /// What it exports, with secrets.
    holds: String,
    _folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, clock) = (folder.path(), Clock::manual(Timestamp::UNIX_EPOCH));
        let (store, told) = SledStore::open(&path.join("store"), &path.join("snapshots"), clock).expect("a new store");
        assert!(told.is_empty(), "{told:?}");
        let holds = exported(&store, true);
        Stage { store, holds, _folder: folder }
    }
}

/// Imports the bytes, as they are or behind a file that breaks off in a secret.
pub fn run(data: &[u8]) {
    thread_local! {
        static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
    }
    STAGE.with_borrow_mut(|stage| {
        let used = stage.get_or_insert_with(Stage::new);
        import(used, data);
        if data.first().is_some_and(|first| first % 2 == 0) {
            import(used, &[HEAD.as_bytes(), data].concat());
        }
        if used.holds.lines().count() > RECORDS_MAX {
            *stage = None;
        }
    });
}

fn exported(store: &SledStore, with_secrets: bool) -> String {
    let mut out = vec![];
    store.export(&mut out, with_secrets).expect("what was taken can be exported");
    String::from_utf8(out).expect("an export is text")
}

fn import(stage: &mut Stage, data: &[u8]) {
    let imported = block_on(stage.store.import(data));
    let holds = exported(&stage.store, true);
    match imported {
        Err(error) => {
            let error = format!("{error:#}");
            assert!(!error.is_empty() && !error.contains(CANARY), "{error}");
            assert_eq!(holds, stage.holds, "refused ({error}), and imported in part");
        }
        Ok(count) => {
            let (records, masked) = read(data);
            assert_eq!(count, records.len() as u64, "as many as there are lines of records");
            assert!(!masked, "imported though its secrets were masked");
            let last: BTreeMap<_, _> = records.into_iter().collect();
            let (held, _) = read(holds.as_bytes());
            let held: BTreeMap<_, _> = held.into_iter().collect();
            for (key, value) in last {
                assert_eq!(held.get(&key), Some(&value), "what was imported is exported: {key:?}");
            }
            let shown = exported(&stage.store, false);
            assert!(!shown.contains(CANARY), "masked, and told all the same");
        }
    }
    stage.holds = holds;
}

type Key = (String, String);

/// The records of a good file as this file reads it, and whether one has a secret
/// that was masked.
fn read(data: &[u8]) -> (Vec<(Key, Value)>, bool) {
    let text = str::from_utf8(data).expect("a good file is text");
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_default());
    let header = lines.next().unwrap_or_default();
    let word = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
    let record = |line: Value| Some(((word(&line, "table")?, word(&line, "key")?), line["value"].clone()));
    let records: Vec<_> = lines.map_while(record).collect();
    let masked = header["masked"] == true && records.iter().any(|(_, value)| is_masked(value));
    (records, masked)
}
fn is_masked(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| key == "$secret" && value == "***" || is_masked(value)),
        Value::Array(all) => all.iter().any(is_masked),
        _ => false,
    }
}
