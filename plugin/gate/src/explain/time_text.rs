//! Times in words, for people.

use postern_token::UnixSeconds;

/// The last second of the year 9999: later times are not written as dates.
const LAST: u64 = 253_402_300_799;

const DAY: u64 = 86_400;

/// `2027-01-15 08:00:00 UTC (in 59 minutes)`, as seen at the time `now`.
pub(super) fn time(time: UnixSeconds, now: UnixSeconds) -> String {
    let UnixSeconds(seconds) = time;
    if seconds > LAST {
        return format!("{seconds} seconds after 1970, beyond the year 9999");
    }
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC ({})", relative(seconds, now.0))
}

/// `3 minutes`, in the largest unit of which there are at least two, rounded down.
pub(super) fn duration(seconds: u64) -> String {
    let units = [(365 * DAY, "years"), (DAY, "days"), (3600, "hours"), (60, "minutes")];
    let fitting = units.into_iter().find(|(size, _)| seconds >= 2 * size);
    match fitting {
        Some((size, name)) => format!("{} {name}", seconds / size),
        None if seconds == 1 => "1 second".into(),
        None => format!("{seconds} seconds"),
    }
}

fn relative(seconds: u64, now: u64) -> String {
    match seconds.checked_sub(now) {
        Some(0) => "now".into(),
        Some(ahead) => format!("in {}", duration(ahead)),
        None => format!("{} ago", duration(now - seconds)),
    }
}

/// Year, month and day of the day with that number since 1970, in the Gregorian calendar: each era of 400 years has the same length, and
/// a year begins in March, so that the leap day is its last.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_dates() {
        for (seconds, now, expected) in [
            (0, 0, "1970-01-01 00:00:00 UTC (now)"),
            (951_782_400, 951_782_401, "2000-02-29 00:00:00 UTC (1 second ago)"),
            (1_800_000_000, 1_799_996_400, "2027-01-15 08:00:00 UTC (in 60 minutes)"),
            (1_800_000_000, 1_800_500_000, "2027-01-15 08:00:00 UTC (5 days ago)"),
            (4_107_542_399, 0, "2100-02-28 23:59:59 UTC (in 130 years)"),
            (4_107_542_400, 4_107_542_281, "2100-03-01 00:00:00 UTC (in 119 seconds)"),
            (253_402_300_799, 0, "9999-12-31 23:59:59 UTC (in 8035 years)"),
            (253_402_300_800, 0, "253402300800 seconds after 1970, beyond the year 9999"),
        ] {
            assert_eq!(time(UnixSeconds(seconds), UnixSeconds(now)), expected);
        }
    }

    #[test]
    fn a_duration_has_the_largest_unit_of_which_there_are_two() {
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "119 minutes"),
            (7_200, "2 hours"),
            (172_800, "2 days"),
            (730 * DAY, "2 years"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
