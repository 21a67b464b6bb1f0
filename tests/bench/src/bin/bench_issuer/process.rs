//! Figures of the kernel about a process.

use std::fs;

use anyhow::{Context as _, Result};
pub(crate) use postern_test_harness::process::{cpu, cpu_of_machine, cpu_with_children};

/// Resident memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    /// All of it, in bytes.
    pub(crate) all: u64,
    /// The part that is not backed by a file, in bytes.
    pub(crate) anonymous: u64,
}

pub(crate) fn resident(id: u32) -> Result<Resident> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("the process is gone")?;
    let bytes = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no `{name}`"))?;
        let kilobytes: u64 = line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    };
    Ok(Resident { all: bytes("VmRSS")?, anonymous: bytes("RssAnon")? })
}

/// How many files this process may open.
pub(crate) fn open_files() -> Result<u64> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of open files")?;
    Ok(line.split_ascii_whitespace().next().context("no number")?.parse().unwrap_or(u64::MAX))
}

/// Millions of bytes.
#[allow(clippy::cast_precision_loss, reason = "memory is far below 2^52 bytes")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
