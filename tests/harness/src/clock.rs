//! The time of the machine.

use std::time::{SystemTime, UNIX_EPOCH};

/// The time of this machine, in seconds since the epoch.
#[allow(clippy::disallowed_methods, reason = "a test of real parts needs their clock")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
