//! Checksums of what is read back and acted upon: SQLite has none, and hands out a
//! flipped bit as if it had been written so.
//!
//! A row that was written before there were checksums has none, and is believed.
use rusqlite::{
    Row,
    types::{FromSqlError, ValueRef},
};

/// The checksum over all parts, which cannot be shifted into each other.
pub(super) fn sum(parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()
}

/// Whether the row's column `sum` fits its columns.
///
/// # Errors
/// That the row is damaged; a column that has not the kind it should have.
pub(super) fn check(row: &Row<'_>, columns: &[&str]) -> rusqlite::Result<()> {
    let Some(kept) = row.get::<_, Option<u32>>("sum")? else { return Ok(()) };
    let mut parts = vec![];
    for column in columns {
        parts.push(match row.get_ref(*column)? {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            _ => &[],
        });
    }
    if sum(&parts) == kept { Ok(()) } else { Err(FromSqlError::Other(DAMAGED.into()).into()) }
}

/// What is said of a row whose checksum does not fit.
const DAMAGED: &str = "damaged on the disk: it is not what was written";
