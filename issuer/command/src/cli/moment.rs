//! Moments as people write them: a date, how long ago it was, or seconds since 1970.

use std::str::FromStr;

use postern_token::UnixSeconds;

use super::arguments::span;

const MESSAGE: &str = "must be a date such as `2026-03-01` or `2026-03-01T12:00:00Z`, how long ago it was, such as `90m`, `2h` or `7d`, or seconds since 1970";

/// The days to the beginning of 1970, from the March of the year 0 on.
const EPOCH: i64 = 719_468;

/// A moment that has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// That one, in seconds since 1970.
    At(u64),
    /// So many seconds before now.
    Ago(u64),
}

impl Moment {
    /// In seconds since 1970.
    pub(super) const fn resolve(self, now: UnixSeconds) -> u64 {
        match self {
            Self::At(seconds) => seconds,
            Self::Ago(seconds) => now.0.saturating_sub(seconds),
        }
    }
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::At).map_err(|_| MESSAGE);
        }
        let ago = span(text).ok().map(Self::Ago);
        ago.or_else(|| date_time(text).map(Self::At)).ok_or(MESSAGE)
    }
}

/// Reads a date and a time (RFC 3339 section 5.6), or a date alone, which is its beginning in UTC.
fn date_time(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let midnight = days(date)? * 86400;
    if rest.is_empty() {
        return u64::try_from(midnight).ok();
    }
    let time = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, 0),
        None => with_offset(time)?,
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    number(fraction, fraction.len().clamp(1, 18), 0, i64::MAX)?;
    let (hours, rest) = clock.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    // A leap second is written as 60.
    let of_day = number(hours, 2, 0, 23)? * 3600 + number(minutes, 2, 0, 59)? * 60 + number(seconds, 2, 0, 60)?;
    u64::try_from(midnight + of_day - offset).ok()
}

/// A time of day, and how many seconds it is ahead of UTC.
fn with_offset(time: &str) -> Option<(&str, i64)> {
    let (clock, offset) = time.split_at_checked(time.len().checked_sub(6)?)?;
    let (hours, minutes) = offset.strip_prefix(['+', '-'])?.split_once(':')?;
    let seconds = number(hours, 2, 0, 23)? * 3600 + number(minutes, 2, 0, 59)? * 60;
    Some((clock, if offset.starts_with('+') { seconds } else { -seconds }))
}

/// The days from the beginning of 1970 to a date, such as `2026-03-01`.
fn days(date: &str) -> Option<i64> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month) = (number(year, 4, 1970, 9999)?, number(month, 2, 1, 12)?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let day = number(day, 2, 1, length)?;
    // Years begin in March, so that the day that comes and goes is their last one.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let before = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5;
    Some(before + day - 1 - EPOCH)
}

/// A number of so many digits, from `least` to `most`.
fn number(text: &str, digits: usize, least: i64, most: i64) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_spans_and_seconds() {
        for (text, moment) in [
            ("0", Moment::At(0)),
            ("1795316157", Moment::At(1_795_316_157)),
            ("90m", Moment::Ago(5400)),
            ("2h", Moment::Ago(7200)),
            ("7d", Moment::Ago(604_800)),
            ("1970-01-01", Moment::At(0)),
            ("2000-02-29", Moment::At(951_782_400)),
            ("2024-12-31", Moment::At(1_735_603_200)),
            ("2100-03-01", Moment::At(4_107_542_400)),
            ("2026-11-22T02:55:57Z", Moment::At(1_795_316_157)),
            ("2026-11-22 02:55:57.25z", Moment::At(1_795_316_157)),
            ("2026-11-22t02:55:57+05:30", Moment::At(1_795_296_357)),
            ("2026-11-21T23:55:57.000000-03:00", Moment::At(1_795_316_157)),
            ("2016-12-31T23:59:60Z", Moment::At(1_483_228_800)),
        ] {
            assert_eq!(text.parse(), Ok(moment), "{text}");
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
            "2026-01-01T12:00:00+24:00",
            "2026-01-01T12:00:00+0100",
            "2026-01-01T12:00:00Z ",
            "1970-01-01T00:00:00+00:01",
            "２０２６-01-01",
            "2026-01-0é",
        ] {
            assert_eq!(bad.parse::<Moment>(), Err(MESSAGE), "{bad}");
        }
        assert_eq!(Moment::Ago(60).resolve(UnixSeconds(100)), 40);
        assert_eq!(Moment::Ago(60).resolve(UnixSeconds(10)), 0);
    }
}
