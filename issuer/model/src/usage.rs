//! Usage by day.

use postern_token::UnixSeconds;

/// A day in UTC: the number of days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u64);

impl Day {
    const SECONDS: u64 = 86400;

    /// The day that `time` is in.
    pub const fn of(time: UnixSeconds) -> Self {
        Self(time.0 / Self::SECONDS)
    }

    /// When it begins.
    pub const fn start(self) -> UnixSeconds {
        UnixSeconds(self.0.saturating_mul(Self::SECONDS))
    }

    /// The day that is `days` earlier.
    #[must_use]
    pub const fn before(self, days: u64) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

/// The usage on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUsage {
    /// The day.
    pub day: Day,
    /// The tokens that were minted.
    pub minted: u64,
    /// The requests of clients that were refused, because of their credentials or their number.
    pub refused: u64,
    /// The tokens that were live when they were last counted on that day; `None` if they were not.
    pub live: Option<u64>,
}

impl DayUsage {
    /// A day without any.
    pub const fn none(day: Day) -> Self {
        Self { day, minted: 0, refused: 0, live: None }
    }
}
