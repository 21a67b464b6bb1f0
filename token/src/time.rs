//! Seconds since the Unix epoch, the only clock value that a token knows.

use serde::Serialize;

/// Whole seconds since 1970-01-01T00:00:00Z (`NumericDate`, RFC 7519 section 2, without fractions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub u64);

impl UnixSeconds {
    /// The end of time, for values that never end.
    pub const NEVER: Self = Self(u64::MAX);

    /// This moment moved `seconds` later; stays at the end of time instead of wrapping.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}
