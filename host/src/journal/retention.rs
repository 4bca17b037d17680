//! How long things are kept. What waits to be posted is never swept, and for its
//! size alone the audit is not either.
//!
//! A sweep works in small transactions, so that no hook waits long behind one. A
//! flood of requests starts one by itself, between those of the host.
use super::{Journal, requests::DEDUPE_DAYS, rows::ms};
use anyhow::Result;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use tracing::{error, warn};

/// How many rows of each table one transaction deletes.
const CHUNK: u64 = 500;
/// How many pages of 4 KiB one transaction gives back.
const PAGES: u32 = 1000;

/// After so many bytes of new requests the size is looked at.
const LOOK_AFTER: u64 = 64 << 20;
/// A request counts as so many bytes at least: 10,000 small ones are as many.
const REQUEST_BYTES: u64 = LOOK_AFTER / 10_000 + 1;

/// How long the journal keeps things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days that requests, posted notices, incidents and the audit are kept.
    #[schemars(range(min = 1, max = 36500))]
    pub keep_days: u32,
    /// MiB that the journal may take. Beyond it the oldest go: first refused requests
    /// without a proof and their incidents, then any request, posted notice and
    /// incident; never the audit, nor what waits to be posted.
    #[schemars(range(min = 1))]
    pub max_mib: u64,
}

impl Default for Retention {
    /// 30 days and 1 GiB.
    fn default() -> Self {
        Retention { keep_days: 30, max_mib: 1024 }
    }
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// How many rows it deleted.
    pub rows: u64,
    /// What the journal takes now, in bytes.
    pub bytes: u64,
}

impl Journal {
    /// Deletes what is older than it need be, then the oldest until the journal
    /// is as small as it should be, and gives the room back to the disk.
    pub async fn sweep(&self) -> Result<Swept> {
        let now = self.now();
        let old = ms(days_before(now, self.0.retention().keep_days.into()));
        let dedupe = ms(days_before(now, DEDUPE_DAYS));
        let mut rows = self.write(move |db| sweep_small(db, old, dedupe)).await?;
        loop {
            let deleted = self.write(move |db| delete_until(db, GROWING, old - 1, CHUNK)).await?;
            rows += deleted;
            if deleted == 0 {
                break;
            }
        }
        rows += self.sweep_size().await?;
        while self.write(give_back).await? {}
        Ok(Swept { rows, bytes: self.read(used).await? })
    }
    /// Deletes until the journal is as small as it should be, what is least missed first.
    async fn sweep_size(&self) -> Result<u64> {
        let max_bytes = self.0.retention().max_mib << 20;
        let mut rows = 0;
        for tables in [UNPROVEN, EVICTED] {
            loop {
                let chunk = self.read(move |db| too_many(db, max_bytes)).await?;
                if chunk == 0 {
                    return Ok(rows);
                }
                let delete = move |db: &Connection| match oldest(db, tables, chunk)? {
                    Some(at) => delete_until(db, tables, at, chunk),
                    None => Ok(0),
                };
                let deleted = self.write(delete).await?;
                rows += deleted;
                if deleted == 0 {
                    break;
                }
            }
        }
        Ok(rows)
    }
    /// Counts a new request of so many bytes. After many the size is looked at in the
    /// background, so that a flood does not outgrow the limit between two sweeps.
    pub(super) fn count_request(&self, bytes: usize) {
        let bytes = REQUEST_BYTES.max(bytes as u64);
        let before = self.0.grown.fetch_add(bytes, Ordering::Relaxed);
        if before / LOOK_AFTER == before.wrapping_add(bytes) / LOOK_AFTER {
            return;
        }
        let journal = self.clone();
        tokio::spawn(async move {
            match journal.sweep_size().await {
                Ok(0) => {}
                Ok(rows) => warn!(rows, "the journal was too big and has lost its oldest"),
                Err(error) => error!(error = format!("{error:#}"), "the journal's size could not be looked at"),
            }
        });
    }
}

fn days_before(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_sub((days * 24).hours()).unwrap_or(Timestamp::MIN)
}

/// The tables that stay small whatever happens.
fn sweep_small(db: &Connection, old: i64, dedupe: i64) -> Result<u64> {
    let mut rows = 0;
    for (sql, at) in [
        ("delete from dedupe where at < ?", dedupe),
        ("delete from updates where state = 'done' and at < ?", dedupe),
        ("delete from told where at < ?", dedupe),
        ("delete from posted where at < ?", old),
        ("delete from actions where at < ?", old),
    ] {
        rows += db.execute(sql, [at])?;
    }
    Ok(rows as u64)
}

/// Tables, each with what of it may go.
type Tables = &'static [(&'static str, &'static str)];

/// The tables that grow.
const GROWING: Tables = &[REQUESTS, NOTICES, INCIDENTS, ("audit", "true")];
/// What may go for the size alone: not the audit, or a flood would wash away who did what.
const EVICTED: Tables = &[REQUESTS, NOTICES, INCIDENTS];
/// What anybody can fill the journal with: requests without a proof, and their
/// incidents; commands that were denied.
const UNPROVEN: Tables = &[
    ("requests", "body is null and not exists (select 1 from notices where request = requests.id)"),
    (
        "incidents",
        "(kind in ('denied command', 'left out') or request is not null
            and not exists (select 1 from requests where id = incidents.request and body is not null))",
    ),
];
const REQUESTS: (&str, &str) =
    ("requests", "not exists (select 1 from notices where request = requests.id and state = 'waiting')");
const NOTICES: (&str, &str) = ("notices", "state <> 'waiting'");
const INCIDENTS: (&str, &str) = ("incidents", "true");

/// Deletes up to a chunk of each table that is not younger than `at`.
fn delete_until(db: &Connection, tables: Tables, at: i64, chunk: u64) -> Result<u64> {
    let mut rows = 0;
    for (table, condition) in tables {
        let ids = format!("select id from {table} where {condition} and at <= ?1 order by at limit {chunk}");
        if *table == "notices" {
            db.execute(&format!("delete from attempts where notice in ({ids})"), [at])?;
        }
        rows += db.execute(&format!("delete from {table} where id in ({ids})"), [at])?;
    }
    Ok(rows as u64)
}

/// A time up to which there is at most a chunk in the table that goes back furthest.
fn oldest(db: &Connection, tables: Tables, chunk: u64) -> Result<Option<i64>> {
    let mut oldest: Option<i64> = None;
    for (table, condition) in tables {
        let first = format!("select at from {table} where {condition} order by at limit {chunk}");
        let at: Option<i64> = db.query_row(&format!("select max(at) from ({first})"), [], |row| row.get(0))?;
        oldest = [oldest, at].into_iter().flatten().min();
    }
    Ok(oldest)
}

/// About how many of the oldest rows must go, at most a chunk; 0 when none.
fn too_many(db: &Connection, max_bytes: u64) -> Result<u64> {
    let used = used(db)?;
    if used <= max_bytes {
        return Ok(0);
    }
    let mut most = 1;
    for (table, _) in EVICTED {
        most = most.max(db.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0))?);
    }
    // Rows differ in size by a factor of a thousand, so it is looked at again often.
    Ok(((used - max_bytes) * most / used / 2).clamp(1, CHUNK))
}

/// Bytes that the rows take, without the room that is free for new ones.
fn used(db: &Connection) -> Result<u64> {
    let sql = "select (page_count - freelist_count) * page_size
        from pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
    Ok(db.query_row(sql, params![], |row| row.get(0))?)
}

/// Gives some free pages back; whether there are more.
fn give_back(db: &Connection) -> Result<bool> {
    let free = |db: &Connection| db.query_row("pragma freelist_count", [], |row| row.get::<_, u64>(0));
    let before = free(db)?;
    // The statement gives one page back with each step.
    let mut vacuum = db.prepare(&format!("pragma incremental_vacuum({PAGES})"))?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    let after = free(db)?;
    Ok(after > 0 && after < before)
}
