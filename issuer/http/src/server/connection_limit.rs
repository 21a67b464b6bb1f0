//! How many connections the limit of open files allows.

use std::fs;

/// The most connections at once. A waiting edge holds one; each takes about 20 KiB.
const MAX_CONNECTIONS: u32 = 16_384;

/// Open files that are no connections: two for each reader of the database (one reader a thread), and a reserve.
const OTHER_FILES: u32 = 256;

/// The fewest connections that are served, even with a lower limit of open files.
const MIN_CONNECTIONS: u32 = 64;

/// How many connections each of `listeners` listeners may have within this process's limit of open files. If the limit cannot be read, 1024
/// is assumed.
pub(crate) fn connections(listeners: u32) -> u32 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    within(soft_limit(&limits).unwrap_or(1024), listeners)
}

fn within(files: u32, listeners: u32) -> u32 {
    (files.saturating_sub(OTHER_FILES) / listeners.max(1)).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

fn soft_limit(limits: &str) -> Option<u32> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => Some(u32::MAX),
        // A number too large for the type is larger than the maximum.
        number => Some(number.parse().unwrap_or(u32::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_stay_within_the_limit_of_open_files() {
        let line = |soft: &str| {
            soft_limit(&format!("Limit  Soft Limit  Hard Limit  Units\nMax open files            {soft}    524288   files\n"))
        };
        assert_eq!(line("1024").map(|files| within(files, 1)), Some(768));
        assert_eq!(line("524288").map(|files| within(files, 1)), Some(MAX_CONNECTIONS));
        assert_eq!(line("unlimited").map(|files| within(files, 1)), Some(MAX_CONNECTIONS));
        assert_eq!(line("99999999999").map(|files| within(files, 1)), Some(MAX_CONNECTIONS));
        assert_eq!(line("100").map(|files| within(files, 1)), Some(MIN_CONNECTIONS));
        assert_eq!(soft_limit(""), None);
        assert!(connections(2) >= MIN_CONNECTIONS);
    }
}
