//! The clock; the only module that reads the current time.

use std::time::{SystemTime, UNIX_EPOCH};

use postern_token::UnixSeconds;

/// A source of the current time. An operation reads the clock once and passes the time on.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> UnixSeconds;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the only function that reads the time")]
    fn now(&self) -> UnixSeconds {
        // A clock before 1970 is broken. Time 0 is safe: edges refuse tokens that are minted at this time as expired.
        UnixSeconds(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
    }
}
