//! A look at SQLite's log (`journal.db-wal`) before SQLite reads it: it takes what
//! comes before the first damaged frame, and says nothing of what it leaves out.
//!
//! Rule: SQLite, "WAL-mode File Format".
use std::{fs, path::Path};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The magic number; with its last bit the checksums are big endian.
const MAGIC: u32 = 0x377f_0682;

/// How many frames of the log stand behind a damaged one, where there are any: SQLite
/// will leave them out. A host that was killed leaves none; a power cut may, of
/// what was answered to nobody yet.
pub(super) fn left_out(log: &Path) -> Option<usize> {
    let bytes = fs::read(log).ok()?;
    let (header, frames) = bytes.split_at_checked(HEADER)?;
    let word = |at: usize| u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?).into();
    let word = |at: usize| -> Option<u32> { word(at) };
    let (magic, page) = (word(0)?, word(8)? as usize);
    let sane = magic & !1 == MAGIC && page.is_power_of_two() && (512..=65536).contains(&page);
    let mut sum = (0, 0);
    if sane {
        add(&mut sum, header.get(..24)?, magic & 1 == 1);
    }
    if !sane || Some(sum.0) != word(24) || Some(sum.1) != word(28) {
        // Emptied by a checkpoint it would be all zeros, or shorter than a page.
        return (frames.len() >= 512 && header.iter().any(|byte| *byte != 0)).then(|| frames.len().div_ceil(4096));
    }
    let salts = header.get(16..24)?;
    let (mut whole, mut behind) = (true, 0);
    for frame in frames.chunks_exact(FRAME_HEADER + page) {
        let (head, content) = frame.split_at(FRAME_HEADER);
        let ours = head.get(8..16) == Some(salts);
        if whole {
            let mut next = sum;
            add(&mut next, head.get(..8)?, magic & 1 == 1);
            add(&mut next, content, magic & 1 == 1);
            let kept = [next.0.to_be_bytes(), next.1.to_be_bytes()].concat();
            whole = ours && head.get(16..24) == Some(&kept);
            sum = next;
        }
        // A frame of an earlier round has other salts, and counts no more.
        if !whole && ours {
            behind += 1;
        }
    }
    // One frame with our salts that is wrong is itself damaged or was never whole.
    (behind > 0).then_some(behind)
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
