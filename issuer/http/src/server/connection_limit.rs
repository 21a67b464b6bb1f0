//! How many connections the limit of open files and the memory allow.

use std::fs;

use super::memory_limit::{self, soft_limit};

/// The most connections at once. A waiting edge holds one.
const MAX_CONNECTIONS: u32 = 16_384;

/// Open files that are no connections: two for each reader of the database (one reader a thread), and a reserve.
const OTHER_FILES: u32 = 256;

/// The fewest connections that are served, even with a lower limit of open files.
const MIN_CONNECTIONS: u32 = 64;

/// The memory of the process for each connection, in bytes. A connection takes a quarter of that at most: 15 KiB, and up to as much again
/// for the head of a request. The rest is for everything else.
const MEMORY_OF_A_CONNECTION: u64 = 128 * 1024;

/// How many connections each of `listeners` listeners may have: `wanted`, or as many as the memory allows; but no more than the process may
/// open files. If the limit of files cannot be read, 1024 is assumed.
pub(crate) fn connections(listeners: u32, wanted: Option<u32>) -> u32 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = if limits.is_empty() { 1024 } else { soft_limit(&limits, "Max open files").unwrap_or(u64::MAX) };
    let files = within_files(u32::try_from(files).unwrap_or(u32::MAX), listeners);
    files.min(wanted.unwrap_or_else(|| memory_limit::bytes().map_or(MAX_CONNECTIONS, |bytes| within_memory(bytes, listeners))))
}

fn within_files(files: u32, listeners: u32) -> u32 {
    (files.saturating_sub(OTHER_FILES) / listeners.max(1)).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

fn within_memory(bytes: u64, listeners: u32) -> u32 {
    let connections = u32::try_from(bytes / MEMORY_OF_A_CONNECTION).unwrap_or(u32::MAX);
    (connections / listeners.max(1)).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_within_the_limit_of_open_files_and_the_memory() {
        assert_eq!([100, 1024, 524_288, u32::MAX].map(|files| within_files(files, 1)), [64, 768, 16_384, 16_384]);
        assert_eq!([1, 256, 1024, 65_536].map(|mebibytes| within_memory(mebibytes << 20, 1)), [64, 2048, 8192, 16_384]);
        assert_eq!((within_files(1024, 2), within_memory(256 << 20, 2)), (384, 1024));
        assert!(connections(2, None) >= MIN_CONNECTIONS);
        assert_eq!(connections(1, Some(70)), 70);
    }
}
