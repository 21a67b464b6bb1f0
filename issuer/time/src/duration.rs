//! Durations: one whole number and one unit, such as `30s`, `5m`, `12h`, `30d` or `2w`.

use std::time::Duration;

use thiserror::Error;

/// The accepted units, with their lengths in seconds.
const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];

/// The largest unit that is written, because `14d` is clearer than `2w`.
const LARGEST_WRITTEN: char = 'd';

/// The longest lifetime: one hundred years of 365 days.
pub const MAX_LIFETIME: Duration = Duration::from_hours(100 * 365 * 24);

/// The text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a whole number with a unit, such as `30s`, `5m`, `12h`, `30d` or `2w`")]
pub struct DurationError;

/// Parses one whole number with one unit. Combinations such as `1h30m`, and fractions, are refused.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let seconds = UNITS.iter().find_map(|(unit, seconds)| whole_number(text.strip_suffix(*unit)?)?.checked_mul(*seconds));
    seconds.map(Duration::from_secs).ok_or(DurationError)
}

/// Parses how long something is valid: from 1 second to [`MAX_LIFETIME`]. A number without a unit is a number of seconds.
pub fn parse_lifetime(text: &str) -> Result<Duration, DurationError> {
    let lifetime = whole_number(text).map_or_else(|| parse_duration(text), |seconds| Ok(Duration::from_secs(seconds)))?;
    if (Duration::from_secs(1)..=MAX_LIFETIME).contains(&lifetime) { Ok(lifetime) } else { Err(DurationError) }
}

/// Formats the whole seconds of a duration with the largest unit that divides them, up to days: `90s`, `1m`, `14d`.
pub fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = UNITS.iter().rev().skip_while(|(unit, _)| *unit != LARGEST_WRITTEN);
    let fitting = units.into_iter().find(|(_, size)| seconds >= *size && seconds.is_multiple_of(*size));
    fitting.map_or_else(|| format!("{seconds}s"), |(unit, size)| format!("{}{unit}", seconds / size))
}

/// Parses a number that consists of ASCII digits only; [`str::parse`] would also accept a sign.
fn whole_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_one_number_and_one_unit() {
        for (text, seconds, written) in [
            ("0s", 0, "0s"),
            ("30s", 30, "30s"),
            ("90s", 90, "90s"),
            ("60s", 60, "1m"),
            ("5m", 300, "5m"),
            ("24h", 86400, "1d"),
            ("2w", 1_209_600, "14d"),
            ("36500d", 3_153_600_000, "36500d"),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(format_duration(Duration::from_secs(seconds)), written);
        }
        for bad in
            ["", "s", "30", "-1s", "+1s", "1.5h", "1h30m", "30 s", "30S", "30ms", "99999999999999999999s", "999999999999999999d"]
        {
            assert_eq!(parse_duration(bad), Err(DurationError), "{bad}");
        }
    }

    #[test]
    fn a_lifetime_without_a_unit_is_in_seconds() {
        for (text, seconds) in [("1", 1), ("90s", 90), ("5m", 300), ("12h", 43200), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(parse_lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for bad in ["", "d", "0", "0d", "-1d", "+1d", "1.5h", "1h30m", "30 s", "30S", "30ms", "36501d", "99999999999999999999s"] {
            assert!(parse_lifetime(bad).is_err(), "{bad}");
        }
    }
}
