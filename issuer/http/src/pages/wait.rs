//! A waiting time in words.

use crate::messages::Message;

/// A number of seconds in words: below two minutes in seconds, above in minutes, rounded up.
pub(super) fn wait(seconds: u32) -> Message {
    match seconds {
        seconds @ ..120 => Message::new("seconds").with("count", u64::from(seconds)),
        seconds => Message::new("minutes").with("count", u64::from(seconds.div_ceil(60))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    #[test]
    fn waiting_times_are_rounded_up() {
        let cases = [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (121, "3 minutes")];
        for (seconds, words) in cases {
            assert_eq!(Language::default().say(wait(seconds)).to_string(), words);
        }
    }
}
