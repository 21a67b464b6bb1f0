//! How much memory this process may use.

use std::fs;
use std::path::Path;

/// Where Linux shows control groups.
const GROUPS: &str = "/sys/fs/cgroup";

/// The memory that this process may use, in bytes: the least of its own limits, those of its control groups (a container's), and the
/// machine's memory. `None` if nothing of that can be read.
pub(crate) fn bytes() -> Option<u64> {
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let limits = read(Path::new("/proc/self/limits"));
    let own = ["Max data size", "Max address space"].into_iter().filter_map(|name| soft_limit(&limits, name));
    let groups = read(Path::new("/proc/self/cgroup"));
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let group = Path::new(GROUPS).join(group);
    let groups = group.ancestors().take_while(|folder| folder.starts_with(GROUPS));
    let groups = groups.map(|folder| folder.join("memory.max"));
    // The first version of control groups.
    let groups = groups.chain([Path::new(GROUPS).join("memory/memory.limit_in_bytes")]);
    let groups = groups.filter_map(|file| read(&file).trim().parse().ok());
    own.chain(groups).chain(machine(&read(Path::new("/proc/meminfo")))).min()
}

/// The soft limit with this name in the text of `/proc/self/limits`; `None` if there is none.
pub(crate) fn soft_limit(limits: &str, name: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    match line.split_ascii_whitespace().next()? {
        "unlimited" => None,
        // A number too large for the type is larger than every maximum.
        number => Some(number.parse().unwrap_or(u64::MAX)),
    }
}

fn machine(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_process_and_the_machine_are_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
            Max data size             268435456            unlimited            bytes     \n\
            Max address space         unlimited            unlimited            bytes     \n\
            Max open files            99999999999999999999 524288               files     \n";
        assert_eq!(soft_limit(limits, "Max data size"), Some(256 << 20));
        assert_eq!(soft_limit(limits, "Max address space"), None);
        assert_eq!(soft_limit(limits, "Max open files"), Some(u64::MAX));
        assert_eq!(soft_limit("", "Max data size"), None);
        assert_eq!(machine("MemTotal:        8037928 kB\nMemFree:          126420 kB\n"), Some(8_037_928 * 1024));
        assert_eq!(machine(""), None);
        assert!(bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
