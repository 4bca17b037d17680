//! SQLite's log (`journal.db-wal`), read by ourselves: SQLite takes what comes
//! before the first damaged frame, and says nothing of what it leaves out.
//!
//! Rule: SQLite, "WAL-mode File Format".
use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The magic number; with its last bit the checksums are big endian.
const MAGIC: u32 = 0x377f_0682;

/// What stands in a log.
#[derive(Default)]
struct Log<'a> {
    /// Number and content of the pages of whole transactions, in order.
    pages: Vec<(u32, &'a [u8])>,
    /// Frames of this round behind the last one that is whole, when a transaction ends
    /// among them: what SQLite rolled back has no end.
    left_out: usize,
}

impl<'a> Log<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, frames) = bytes.split_at_checked(HEADER)?;
        let (magic, page) = (word(header, 0)?, word(header, 8)? as usize);
        let sane = magic & !1 == MAGIC && page.is_power_of_two() && (512..=65536).contains(&page);
        let big_endian = magic & 1 == 1;
        let mut sum = (0, 0);
        add(&mut sum, header.get(..24)?, big_endian);
        if !sane || Some(sum) != word(header, 24).zip(word(header, 28)) {
            // All zeros, or nothing behind it: emptied.
            let used = frames.len() >= 512 && header.iter().any(|byte| *byte != 0);
            return Some(Log { pages: vec![], left_out: if used { frames.len().div_ceil(4096) } else { 0 } });
        }
        let salts = header.get(16..24);
        let (mut log, mut open, mut whole, mut ended) = (Log::default(), vec![], true, false);
        for frame in frames.chunks_exact(FRAME_HEADER + page) {
            let (head, content) = frame.split_at(FRAME_HEADER);
            // A frame of an earlier round has other salts, and counts no more.
            let ours = head.get(8..16) == salts;
            add(&mut sum, head.get(..8)?, big_endian);
            add(&mut sum, content, big_endian);
            whole &= ours && Some(sum) == word(head, 16).zip(word(head, 20));
            if !whole {
                log.left_out += usize::from(ours);
                ended |= ours && word(head, 4)? != 0;
                continue;
            }
            open.push((word(head, 0)?, content));
            if word(head, 4)? != 0 {
                log.pages.append(&mut open); // its transaction ends here
            }
        }
        log.left_out = if ended { log.left_out } else { 0 };
        Some(log)
    }
}

/// How many frames of the log SQLite will leave out though they belong to it, where
/// there are any. A host that was killed leaves none; a power cut may, of what was
/// answered to nobody yet.
pub(super) fn left_out(log: &Path) -> Option<usize> {
    let bytes = fs::read(log).ok()?;
    Some(Log::read(&bytes)?.left_out).filter(|frames| *frames > 0)
}

/// Writes the pages of the log, if there is one, where they belong in `file`.
pub(super) fn fold(log: &Path, file: &File) -> io::Result<()> {
    let bytes = fs::read(log).unwrap_or_default();
    for (number, content) in Log::read(&bytes).unwrap_or_default().pages {
        let at = u64::from(number.saturating_sub(1)) * content.len() as u64;
        file.write_all_at(content, at)?;
    }
    Ok(())
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Goes on with the checksum over `bytes`, a multiple of eight.
fn add(sum: &mut (u32, u32), bytes: &[u8], big_endian: bool) {
    let word = |four: &[u8]| {
        let four = four.try_into().expect("pieces of four");
        if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for eight in bytes.chunks_exact(8) {
        let (first, second) = eight.split_at(4);
        sum.0 = sum.0.wrapping_add(word(first)).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(word(second)).wrapping_add(sum.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    /// A log with what SQLite has rolled back behind what was committed.
    #[test]
    fn what_was_rolled_back_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a.db-wal");
        let db = Connection::open(folder.path().join("a.db")).unwrap();
        let few = "pragma journal_mode = wal; pragma cache_size = 5; create table a (b text) strict;";
        db.execute_batch(few).unwrap();
        let many = "with recursive n(n) as (select 1 union all select n + 1 from n where n < 100)
            insert into a select hex(randomblob(1000)) from n;";
        db.execute_batch(&format!("begin; {many} rollback")).unwrap();
        let before = fs::metadata(&log).unwrap().len();
        db.execute_batch("insert into a values ('kept')").unwrap();
        assert_eq!(fs::metadata(&log).unwrap().len(), before, "it was written over what was rolled back");
        assert_eq!(left_out(&log), None);
        db.execute_batch(many).unwrap();
        let mut bytes = fs::read(&log).unwrap();
        bytes[20_000] ^= 1;
        fs::write(&log, bytes).unwrap();
        assert!(left_out(&log).is_some_and(|frames| frames > 10), "{:?}", left_out(&log));
    }
}
