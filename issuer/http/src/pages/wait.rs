//! For how long somebody must wait, in words.

use std::fmt;

/// So many seconds: `1 second`, `90 seconds`, and from two minutes on minutes, never fewer than it takes.
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
    fn a_wait_is_never_too_short() {
        let cases = [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (121, "3 minutes")];
        for (seconds, words) in cases {
            assert_eq!(Wait(seconds).to_string(), words);
        }
    }
}
