//! The value of the header `retry-after` (RFC 9110 section 10.2.3).

use std::time::Duration;

/// Whole seconds, rounded up, so that a retry after them succeeds.
pub(crate) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
