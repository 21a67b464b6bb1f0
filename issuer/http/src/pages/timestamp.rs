//! A time as pages show it.

use std::fmt;

use postern_time::{format_for_people, format_rfc3339};
use postern_token::UnixSeconds;

/// A time in UTC, shown as `22 November 2026, 02:31 UTC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp(UnixSeconds);

impl From<UnixSeconds> for Timestamp {
    fn from(seconds: UnixSeconds) -> Self {
        Self(seconds)
    }
}

impl Timestamp {
    /// In the format of RFC 3339, for the attribute `datetime`.
    pub(crate) fn machine(self) -> String {
        format_rfc3339(self.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&format_for_people(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_and_people_read_the_same_time() {
        let timestamp = Timestamp::from(UnixSeconds(951_782_400));
        assert_eq!(timestamp.machine(), "2000-02-29T00:00:00Z");
        assert_eq!(timestamp.to_string(), "29 February 2000, 00:00 UTC");
    }
}
