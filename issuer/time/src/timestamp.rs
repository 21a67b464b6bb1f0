//! Timestamps: RFC 3339 for programs, a date in words for people, and the forms that users may enter.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use postern_token::UnixSeconds;
use thiserror::Error;

use crate::parse_lifetime;

/// The length in bytes of a date such as `2026-03-01`.
const DATE_LEN: usize = 10;

/// The text is not a [`TimeFilter`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "must be a date such as `2026-03-01`, a timestamp such as `2026-03-01T12:00:00Z`, an age such as `90m`, `2h` or `7d`, or Unix seconds"
)]
pub struct TimeFilterError;

/// The start or the end of a time range, as a user enters it. Times before 1970 are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFilter {
    /// A date (00:00 UTC), a timestamp or Unix seconds.
    At(UnixSeconds),
    /// An age: this long before the current time.
    Ago(Duration),
}

impl TimeFilter {
    /// The point in time, given the current time `now`. An age that reaches before 1970 gives 0.
    pub fn resolve(self, UnixSeconds(now): UnixSeconds) -> UnixSeconds {
        match self {
            Self::At(at) => at,
            Self::Ago(age) => UnixSeconds(now.saturating_sub(age.as_secs())),
        }
    }
}

impl FromStr for TimeFilter {
    type Err = TimeFilterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(|seconds| Self::At(UnixSeconds(seconds))).map_err(|_| TimeFilterError);
        }
        if let Ok(age) = parse_lifetime(text) {
            return Ok(Self::Ago(age));
        }
        let timestamp = if text.len() == DATE_LEN { start_of(text) } else { text.parse().ok() };
        let seconds = timestamp.and_then(|timestamp: Timestamp| u64::try_from(timestamp.as_second()).ok());
        seconds.map(|seconds| Self::At(UnixSeconds(seconds))).ok_or(TimeFilterError)
    }
}

/// 00:00 UTC of a date.
fn start_of(date: &str) -> Option<Timestamp> {
    Offset::UTC.to_timestamp(date.parse::<Date>().ok()?.at(0, 0, 0, 0)).ok()
}

/// Formats a timestamp as RFC 3339 in UTC: `2026-11-22T02:31:00Z`.
pub fn format_rfc3339(seconds: UnixSeconds) -> String {
    timestamp(seconds).to_string()
}

/// A time in UTC, in the parts that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The year.
    pub year: i16,
    /// The month, from 1 to 12.
    pub month: u8,
    /// The day of the month, from 1 to 31.
    pub day: u8,
    /// Hours and minutes, as `02:31`.
    pub time: String,
}

impl Calendar {
    /// The parts of a time.
    pub fn of(seconds: UnixSeconds) -> Self {
        let time = Offset::UTC.to_datetime(timestamp(seconds));
        let clock = format!("{:02}:{:02}", time.hour(), time.minute());
        let part = |value: i8| u8::try_from(value).unwrap_or_default();
        Self { year: time.year(), month: part(time.month()), day: part(time.day()), time: clock }
    }
}

/// Formats the date of a timestamp, in UTC: `2026-11-22`.
pub fn format_date(seconds: UnixSeconds) -> String {
    let Calendar { year, month, day, .. } = Calendar::of(seconds);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Formats a timestamp for a table, in UTC and without seconds: `2026-11-22 02:31`.
pub fn format_short(seconds: UnixSeconds) -> String {
    format!("{} {}", format_date(seconds), Calendar::of(seconds).time)
}

/// Converts Unix seconds. A time after the year 9999 becomes the end of that year.
fn timestamp(UnixSeconds(seconds): UnixSeconds) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> TimeFilter {
        TimeFilter::At(UnixSeconds(seconds))
    }

    const fn ago(seconds: u64) -> TimeFilter {
        TimeFilter::Ago(Duration::from_secs(seconds))
    }

    #[test]
    fn a_time_filter_is_a_date_a_timestamp_an_age_or_unix_seconds() {
        for (text, expected) in [
            ("0", at(0)),
            ("1795316157", at(1_795_316_157)),
            ("90m", ago(5400)),
            ("2h", ago(7200)),
            ("7d", ago(604_800)),
            ("1970-01-01", at(0)),
            ("2000-02-29", at(951_782_400)),
            ("2024-12-31", at(1_735_603_200)),
            ("2100-03-01", at(4_107_542_400)),
            ("2026-11-22T02:55:57Z", at(1_795_316_157)),
            ("2026-11-22 02:55:57.25z", at(1_795_316_157)),
            ("2026-11-22t02:55:57+05:30", at(1_795_296_357)),
            ("2026-11-21T23:55:57.000000-03:00", at(1_795_316_157)),
            // A leap second is the second before it.
            ("2016-12-31T23:59:60Z", at(1_483_228_799)),
            // ISO 8601 has shorter forms than RFC 3339.
            ("2026-01-01T12:00:00+0100", at(1_767_265_200)),
            ("2026-01-01T12:00:00+24:00", at(1_767_182_400)),
            ("2026-01-01T12:00Z", at(1_767_268_800)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for bad in [
            "",
            "-1",
            "yesterday",
            "0d",
            "1.5h",
            "99999999999999999999",
            "1969-12-31",
            "2023-02-29",
            "2100-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-1-1",
            "26-01-01",
            "2026-01-01T",
            "2026-01-01T12:00",
            "2026-01-01T12:00:00",
            "2026-01-01T24:00:00Z",
            "2026-01-01T12:60:00Z",
            "2026-01-01T12:00:61Z",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00:00.5x",
            "2026-01-01T12:00:00+26:00",
            "2026-01-01T12:00:00Z ",
            "1970-01-01T00:00:00+00:01",
            "２０２６-01-01",
            "2026-01-0é",
        ] {
            assert_eq!(bad.parse::<TimeFilter>(), Err(TimeFilterError), "{bad}");
        }
        assert_eq!(ago(60).resolve(UnixSeconds(100)), UnixSeconds(40));
        assert_eq!(ago(60).resolve(UnixSeconds(10)), UnixSeconds(0));
    }

    #[test]
    fn a_timestamp_is_formatted_for_programs_and_for_people() {
        for (seconds, rfc3339, year, month, day, time) in [
            (0, "1970-01-01T00:00:00Z", 1970, 1, 1, "00:00"),
            (951_782_400, "2000-02-29T00:00:00Z", 2000, 2, 29, "00:00"),
            (1_798_761_599, "2026-12-31T23:59:59Z", 2026, 12, 31, "23:59"),
            (1_798_761_600, "2027-01-01T00:00:00Z", 2027, 1, 1, "00:00"),
            (4_107_542_400, "2100-03-01T00:00:00Z", 2100, 3, 1, "00:00"),
        ] {
            assert_eq!(format_rfc3339(UnixSeconds(seconds)), rfc3339);
            assert_eq!(Calendar::of(UnixSeconds(seconds)), Calendar { year, month, day, time: time.to_owned() });
        }
        assert!(format_rfc3339(UnixSeconds(u64::MAX)).starts_with("9999-12-30T"), "{}", format_rfc3339(UnixSeconds(u64::MAX)));
    }
}
