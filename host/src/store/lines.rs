//! The store as lines of JSON, for snapshots, export and import: a header, a
//! line for each record, and a last line with their number, so that a file cut
//! short is known as such.
//!
//! ```text
//! {"format":"factotum-store","version":1,"time":"2026-11-20T10:00:00Z","revision":7,"masked":false}
//! {"table":"travishook.routes","key":"o%2Fr.console%3Adev","revision":7,"schema":1,"value":{"events":["failed"]}}
//! {"records":1,"unreadable":0}
//! ```
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use factotum_plugin_api::{
    secret::STORED_KEY,
    store::{Record, Revision, Stored},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::{
    borrow::Cow,
    io::{BufRead, Write},
};

const FORMAT: &str = "factotum-store";
const VERSION: u32 = 1;
const MASK: &str = "***";

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    time: Timestamp,
    /// The store's newest revision when the file was begun.
    revision: Revision,
    masked: bool,
}

impl Header {
    fn parse(line: &str) -> anyhow::Result<Self> {
        let header: Header = serde_json::from_str(line).context("the first line is not that of a store's export")?;
        ensure!(header.format == FORMAT, "the first line is not that of a store's export");
        let version = header.version;
        ensure!(version <= VERSION, "the file has format version {version}; this program knows {VERSION}");
        Ok(header)
    }
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    table: Cow<'a, str>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    revision: Revision,
    schema: u32,
    /// As it was written, byte for byte: reading it into a tree would round its numbers.
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    records: u64,
    /// Places in the store that could not be read and are missing here.
    unreadable: u64,
}

/// Writes one file.
pub(super) struct Writer<'a> {
    out: &'a mut dyn Write,
    with_secrets: bool,
    records: u64,
}

impl<'a> Writer<'a> {
    /// Writes the header. Without secrets, each record's are masked.
    pub(super) fn begin(
        out: &'a mut dyn Write,
        time: Timestamp,
        revision: Revision,
        with_secrets: bool,
    ) -> anyhow::Result<Self> {
        let mut writer = Writer { out, with_secrets, records: 0 };
        let header = Header { format: FORMAT.into(), version: VERSION, time, revision, masked: !with_secrets };
        writer.line(&header)?;
        Ok(writer)
    }
    /// Writes a record.
    pub(super) fn record(&mut self, table: &str, key: &str, record: &Record) -> anyhow::Result<()> {
        let mut json = String::from_utf8(record.value.json.to_vec())?;
        // In a file from elsewhere the key may be written with escapes.
        let may_have_secrets = json.contains(STORED_KEY) || json.contains("\\u");
        if !self.with_secrets && may_have_secrets {
            let mut value: Value = serde_json::from_str(&json)?;
            mask(&mut value);
            json = serde_json::to_string(&value)?;
        }
        if json.contains(['\n', '\r']) {
            // Between two words only: inside a string they are written as escapes.
            json = json.replace(['\n', '\r'], " ");
        }
        let value = RawValue::from_string(json)?;
        let (revision, schema) = (record.revision, record.value.schema);
        self.records += 1;
        self.line(&Line { table: table.into(), key: key.into(), revision, schema, value: &value })
    }
    /// Writes the last line and gives the number of records.
    pub(super) fn finish(mut self, unreadable: usize) -> anyhow::Result<u64> {
        let records = self.records;
        self.line(&Last { records, unreadable: unreadable as u64 })?;
        self.out.flush()?;
        Ok(records)
    }
    fn line(&mut self, line: &impl Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut *self.out, line)?;
        Ok(self.out.write_all(b"\n")?)
    }
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Dump {
    /// When the file was begun.
    pub(super) time: Timestamp,
    /// The store's newest revision when the file was begun.
    pub(super) revision: Revision,
    /// Whether secrets were left out.
    pub(super) masked: bool,
    /// Table, key and record.
    pub(super) records: Vec<(String, String, Record)>,
}

impl Dump {
    /// The first record, as table and key, that lost a secret to the mask.
    pub(super) fn first_masked(&self) -> Option<(&str, &str)> {
        let masked = |json: &[u8]| serde_json::from_slice(json).is_ok_and(|value| is_masked(&value));
        let mut records = self.records.iter().filter(|_| self.masked);
        let (table, key, _) = records.find(|(_, _, record)| masked(&record.value.json))?;
        Some((table, key))
    }
}

/// Reads a file to its end.
///
/// # Errors
/// When it is no such file, of a newer version, cut short, or goes on after its
/// last line. No error repeats a value.
pub(super) fn read(mut input: impl BufRead) -> anyhow::Result<Dump> {
    let mut text = String::new();
    let mut number = 0;
    let mut next = |text: &mut String| -> anyhow::Result<bool> {
        text.clear();
        number += 1;
        Ok(input.read_line(text).with_context(|| format!("line {number}"))? > 0)
    };
    ensure!(next(&mut text)?, "the file is empty");
    let header = Header::parse(&text)?;
    let mut dump = Dump { time: header.time, revision: header.revision, masked: header.masked, records: vec![] };
    loop {
        let count = dump.records.len() as u64;
        ensure!(next(&mut text)?, "the file is cut short: it ends after {count} records without its last line");
        if let Ok(last) = serde_json::from_str::<Last>(&text) {
            let said = last.records;
            ensure!(said == count, "the file has {count} records and says that it has {said}");
            break;
        }
        let at = count + 2; // the header is line 1
        let line: Line =
            serde_json::from_str(&text).with_context(|| format!("line {at} is no record: damaged or cut short"))?;
        let json = Bytes::copy_from_slice(line.value.get().as_bytes());
        let record = Record { revision: line.revision, value: Stored { schema: line.schema, json } };
        dump.records.push((line.table.into_owned(), line.key.into_owned(), record));
    }
    while next(&mut text)? {
        if !text.trim().is_empty() {
            bail!("the file goes on after its last line");
        }
    }
    Ok(dump)
}

/// The store's newest revision, from the first line alone.
pub(super) fn revision(mut input: impl BufRead) -> anyhow::Result<Revision> {
    let mut text = String::new();
    input.read_line(&mut text)?;
    Ok(Header::parse(&text)?.revision)
}

/// Masks every stored secret.
fn mask(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == STORED_KEY { *value = MASK.into() } else { mask(value) }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(mask),
        _ => {}
    }
}

fn is_masked(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.get(STORED_KEY).is_some_and(|secret| secret == MASK) || map.values().any(is_masked),
        Value::Array(all) => all.iter().any(is_masked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str) -> Record {
        Record { revision: 7, value: Stored { schema: 2, json: Bytes::copy_from_slice(json.as_bytes()) } }
    }
    fn file(with_secrets: bool, values: &[&str]) -> String {
        let mut out = vec![];
        let mut writer = Writer::begin(&mut out, Timestamp::UNIX_EPOCH, 9, with_secrets).unwrap();
        for (n, value) in values.iter().enumerate() {
            writer.record("p.t", &format!("k{n}"), &record(value)).unwrap();
        }
        assert_eq!(writer.finish(0).unwrap(), values.len() as u64);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn reads_as_one_would_expect() {
        let text = file(false, &["{\"a\":\n 1.10, \"t\":{\"$secret\":\"s3cret\"}}", "[{\"$secret\":{\"x\":1}}]"]);
        insta::assert_snapshot!(text, @r#"
        {"format":"factotum-store","version":1,"time":"1970-01-01T00:00:00Z","revision":9,"masked":true}
        {"table":"p.t","key":"k0","revision":7,"schema":2,"value":{"a":1.1,"t":{"$secret":"***"}}}
        {"table":"p.t","key":"k1","revision":7,"schema":2,"value":[{"$secret":"***"}]}
        {"records":2,"unreadable":0}
        "#);
        assert_eq!(read(text.as_bytes()).unwrap().first_masked(), Some(("p.t", "k0")));
    }

    #[test]
    fn a_secret_is_masked_however_its_key_is_written() {
        let rows =
            [r#"{"\u0024secret":"s3cret"}"#, r#"[{"a":{"$s\u0065cret":"s3cret"}}]"#, r#"{"$secret":["s3cret"]}"#];
        for row in rows {
            let masked = file(false, &[row]);
            assert!(masked.contains(r#"{"$secret":"***"}"#) && !masked.contains("s3cret\""), "{row}: {masked}");
        }
    }

    #[test]
    fn values_keep_their_bytes() {
        let values =
            ["{\"b\":1.10,\"a\":123456789012345678901234567890}", "\"\\u2028\"", " 1", "{\"$secret\":\"***\"}"];
        let dump = read(file(true, &values).as_bytes()).unwrap();
        let got: Vec<_> =
            dump.records.iter().map(|(_, _, r)| String::from_utf8(r.value.json.to_vec()).unwrap()).collect();
        assert_eq!(got, [values[0], values[1], "1", values[3]]);
        assert_eq!(dump.first_masked(), None, "a whole file may hold a secret that looks like the mask");
        assert_eq!((dump.revision, dump.records[0].2.revision, dump.records[0].2.value.schema), (9, 7, 2));
    }

    #[test]
    fn every_cut_is_seen() {
        let whole = file(true, &["1", "{\"$secret\":\"s3cret\"}"]);
        for end in 0..whole.len() - 1 {
            let error = read(whole.split_at(end).0.as_bytes()).expect_err(whole.split_at(end).0);
            assert!(!format!("{error:#}").contains("s3cret"));
        }
        let without_a_line = whole.lines().filter(|line| !line.contains("k0")).collect::<Vec<_>>().join("\n");
        let cases = [
            (without_a_line, "the file has 1 records and says that it has 2"),
            (whole.clone() + &whole, "the file goes on after its last line"),
            (whole.replace("\"version\":1", "\"version\":2"), "the file has format version 2; this program knows 1"),
            (String::new(), "the file is empty"),
            ("{}".into(), "the first line is not that of a store's export"),
        ];
        for (text, error) in cases {
            assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), error);
        }
    }
}
