//! A waiting time in words.

use std::fmt;

/// A number of seconds, shown as `1 second`, `90 seconds`, or from two minutes on in minutes, rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait(pub(super) u32);

impl fmt::Display for Wait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => formatter.write_str("1 second"),
            seconds @ ..120 => write!(formatter, "{seconds} seconds"),
            seconds => write!(formatter, "{} minutes", seconds.div_ceil(60)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_rounded_up() {
        let cases = [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (121, "3 minutes")];
        for (seconds, words) in cases {
            assert_eq!(Wait(seconds).to_string(), words);
        }
    }
}
