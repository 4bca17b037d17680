//! What the system knows of this process, where it tells (Linux does).
use std::fs;

/// Resident memory in bytes.
pub(super) fn resident() -> Option<i64> {
    resident_of(&fs::read_to_string("/proc/self/status").ok()?)
}
fn resident_of(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// How many files and sockets are open.
pub(super) fn open_fds() -> Option<i64> {
    // The listing itself holds one.
    i64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok().map(|count| count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_memory_is_a_line_of_the_status() {
        assert_eq!(resident_of("Name:\tfactotum\nVmRSS:\t   12345 kB\nThreads:\t5\n"), Some(12_641_280));
        assert_eq!(resident_of("Name:\tfactotum\n"), None);
        assert!(resident().unwrap() > 1 << 20);
        assert!(open_fds().unwrap() > 2);
    }
}
