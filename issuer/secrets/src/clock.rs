//! The one place that reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

use postern_token::UnixSeconds;

/// Says what time it is. Whoever needs the time asks once and passes it on.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> UnixSeconds;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn now(&self) -> UnixSeconds {
        // A clock before 1970 is broken; at zero every token it mints is refused as expired, which fails closed.
        UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
