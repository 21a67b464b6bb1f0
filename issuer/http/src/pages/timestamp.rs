//! A time as pages show it.

use postern_time::{Calendar, format_rfc3339};
use postern_token::UnixSeconds;

use crate::messages::Message;

/// The messages with the names of the months.
const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8", "month-9", "month-10", "month-11",
    "month-12",
];

/// A time in UTC, shown as `22 November 2026, 02:31 UTC`, in the language of the page.
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

    /// For people.
    pub(crate) fn words(self) -> Message {
        let Calendar { year, month, day, time } = Calendar::of(self.0);
        let message = Message::new("timestamp").with("year", year.to_string()).with("month", Message::new(month_name(month)));
        message.with("day", day.to_string()).with("time", time)
    }

    /// The date alone, for people.
    pub(crate) fn date(self) -> Message {
        let Calendar { year, month, day, .. } = Calendar::of(self.0);
        Message::new("date")
            .with("year", year.to_string())
            .with("month", Message::new(month_name(month)))
            .with("day", day.to_string())
    }
}

/// The message with the name of a month.
fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("month-1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn programs_and_people_read_the_same_time() {
        let timestamp = Timestamp::from(UnixSeconds(951_782_400));
        assert_eq!(timestamp.machine(), "2000-02-29T00:00:00Z");
        let words = |tag: &str| Language::with_tag(tag).unwrap().say(timestamp.words()).to_string();
        assert_eq!(words("en"), "29 February 2000, 00:00 UTC");
        assert_eq!(words("de"), "29. Februar 2000, 00:00 UTC");
        let date = |tag: &str| Language::with_tag(tag).unwrap().say(timestamp.date()).to_string();
        assert_eq!((date("en").as_str(), date("de").as_str()), ("29 February 2000", "29. Februar 2000"));
    }
}
