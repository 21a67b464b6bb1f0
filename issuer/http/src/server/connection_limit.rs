//! How many connections the system lets this process have.

use std::fs;

/// The most connections at once: an edge that waits for a change holds one, and so do their clients while they are served. Each
/// takes some 20 KiB.
const MAX_CONNECTIONS: u32 = 16_384;

/// The files that are not connections: two for each reader of the database, of which there is one for each thread, and the rest.
const OTHER_FILES: u32 = 256;

/// What is served at least.
const MIN_CONNECTIONS: u32 = 64;

/// How many connections at each of so many places fit into the limit of open files that holds for this process. A limit that cannot be read is taken for
/// the one that most systems have.
pub(crate) fn connections(places: u32) -> u32 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    within(soft_limit(&limits).unwrap_or(1024), places)
}

fn within(files: u32, places: u32) -> u32 {
    (files.saturating_sub(OTHER_FILES) / places.max(1)).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS)
}

fn soft_limit(limits: &str) -> Option<u32> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => Some(u32::MAX),
        // One beyond the type is beyond the most.
        number => Some(number.parse().unwrap_or(u32::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fit_into_what_the_system_grants() {
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
