//! The clock of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

/// The current time, in seconds since the Unix epoch.
#[allow(clippy::disallowed_methods, reason = "tests of real processes need the same clock as these")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
