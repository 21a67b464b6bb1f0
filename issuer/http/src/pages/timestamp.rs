//! A time as pages show it.

use std::fmt;

use postern_token::UnixSeconds;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

const SECONDS_OF_A_DAY: u64 = 86_400;

/// A time in UTC, shown as `22 November 2026, 02:31 UTC`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u64,
    month: usize,
    day: u64,
    second_of_day: u64,
}

impl From<UnixSeconds> for Timestamp {
    fn from(UnixSeconds(seconds): UnixSeconds) -> Self {
        // Days are counted from the first of March of the year 0, so that a leap day ends its year: then months begin at
        // (153 * month + 2) / 5, and eras of 400 years are all alike.
        let days = seconds / SECONDS_OF_A_DAY + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let since_march = (5 * day_of_year + 2) / 153;
        let (month, next_year) = if since_march < 10 { (since_march + 3, 0) } else { (since_march - 9, 1) };
        Self {
            year: era * 400 + year_of_era + next_year,
            month: usize::try_from(month).unwrap_or(1),
            day: day_of_year - (153 * since_march + 2) / 5 + 1,
            second_of_day: seconds % SECONDS_OF_A_DAY,
        }
    }
}

impl Timestamp {
    /// In the format of RFC 3339, for programs.
    pub(super) fn machine(self) -> String {
        let Self { year, month, day, second_of_day } = self;
        let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, second_of_day } = *self;
        let name = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default();
        write!(formatter, "{day} {name} {year}, {:02}:{:02} UTC", second_of_day / 3600, second_of_day / 60 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_date() {
        let cases = [
            (0, "1970-01-01T00:00:00Z", "1 January 1970, 00:00 UTC"),
            (951_782_400, "2000-02-29T00:00:00Z", "29 February 2000, 00:00 UTC"),
            (1_798_761_599, "2026-12-31T23:59:59Z", "31 December 2026, 23:59 UTC"),
            (1_798_761_600, "2027-01-01T00:00:00Z", "1 January 2027, 00:00 UTC"),
            (4_107_542_400, "2100-03-01T00:00:00Z", "1 March 2100, 00:00 UTC"),
        ];
        for (seconds, machine, people) in cases {
            let moment = Timestamp::from(UnixSeconds(seconds));
            assert_eq!((moment.machine().as_str(), moment.to_string().as_str()), (machine, people));
        }
    }
}
