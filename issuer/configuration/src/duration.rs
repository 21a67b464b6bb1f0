//! Durations as people write them: `30s`, `5m`, `12h`, `30d`.

use std::time::Duration;

/// What is said of a text that is none.
pub(super) const MESSAGE: &str = "must be a whole number with a unit, such as `30s`, `5m`, `12h` or `30d`";

const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60)];

/// One number and one unit; nothing else has one meaning to everybody.
pub(super) fn parse(text: &str) -> Result<Duration, &'static str> {
    let parsed = UNITS.iter().find_map(|(unit, seconds)| {
        let digits = text.strip_suffix(*unit)?;
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = digits.parse().ok().filter(|_| plain)?;
        number.checked_mul(*seconds)
    });
    parsed.map(Duration::from_secs).ok_or(MESSAGE)
}

/// In the largest unit in which it is a whole number.
pub(super) fn write(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let fitting = UNITS.iter().rev().find(|(_, unit)| seconds >= *unit && seconds.is_multiple_of(*unit));
    fitting.map_or_else(|| format!("{seconds}s"), |(unit, size)| format!("{}{unit}", seconds / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        for (text, seconds, written) in
            [("0s", 0, "0s"), ("30s", 30, "30s"), ("90s", 90, "90s"), ("60s", 60, "1m"), ("5m", 300, "5m"), ("24h", 86400, "1d")]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
            assert_eq!(write(Duration::from_secs(seconds)), written);
        }
        for bad in [
            "",
            "s",
            "30",
            "-1s",
            "+1s",
            "1.5h",
            "1h30m",
            "30 s",
            "30S",
            "30ms",
            "1w",
            "99999999999999999999s",
            "999999999999999999d",
        ] {
            assert_eq!(parse(bad), Err(MESSAGE), "{bad}");
        }
    }
}
