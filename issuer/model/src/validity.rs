//! How long tokens last.

use std::str::FromStr;

use postern_token::UnixSeconds;
use serde::{Serialize, Serializer};
use thiserror::Error;

/// The longest validity in seconds: a hundred years of 365 days. Beyond it a sum with a moment might not be a number that
/// every JSON reader keeps.
const MAX: u64 = 100 * 365 * 24 * 3600;

/// How long a token lasts from the moment it is minted; written as a number of seconds, a negative one for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// That many seconds.
    Seconds(u64),
    /// It never runs out.
    Forever,
}

/// A number of seconds that no token can last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a validity is 1 to 3153600000 seconds, or negative for a token that never expires")]
pub struct ValidityError;

impl Validity {
    /// What holds until somebody says otherwise.
    pub const DEFAULT: Self = Self::Seconds(3600);

    /// The validity that `seconds` stands for.
    pub fn from_seconds(seconds: i64) -> Result<Self, ValidityError> {
        match u64::try_from(seconds) {
            Err(_) => Ok(Self::Forever),
            Ok(seconds @ 1..=MAX) => Ok(Self::Seconds(seconds)),
            Ok(_) => Err(ValidityError),
        }
    }

    /// The number that stands for it; `-1` for ever.
    pub fn as_seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
            Self::Forever => -1,
        }
    }

    /// The seconds that are left at the start; `None` for ever.
    pub const fn expires_in(self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Forever => None,
        }
    }

    /// When a token that is minted at `now` runs out; `None` means never.
    pub fn expiry(self, now: UnixSeconds) -> Option<UnixSeconds> {
        self.expires_in().map(|seconds| now.plus(seconds))
    }
}

impl FromStr for Validity {
    type Err = ValidityError;

    fn from_str(text: &str) -> Result<Self, ValidityError> {
        Self::from_seconds(text.parse().map_err(|_| ValidityError)?)
    }
}

impl Serialize for Validity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.as_seconds())
    }
}

/// The validities of the two kinds of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Validities {
    /// Of application tokens.
    #[serde(rename = "application_validity")]
    pub application: Validity,
    /// Of user tokens.
    #[serde(rename = "user_validity")]
    pub user: Validity,
}

impl Default for Validities {
    fn default() -> Self {
        Self { application: Validity::DEFAULT, user: Validity::DEFAULT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_number_is_for_ever_and_zero_is_nothing() {
        assert_eq!("-1".parse(), Ok(Validity::Forever));
        assert_eq!("-9223372036854775808".parse(), Ok(Validity::Forever));
        assert_eq!("1".parse(), Ok(Validity::Seconds(1)));
        assert_eq!("3153600000".parse(), Ok(Validity::Seconds(MAX)));
        for bad in ["0", "3153600001", "", "x", "1.5", "9223372036854775808"] {
            assert_eq!(bad.parse::<Validity>(), Err(ValidityError), "`{bad}`");
        }
        assert_eq!(Validity::Forever.expiry(UnixSeconds(5)), None);
        assert_eq!(Validity::Seconds(5).expiry(UnixSeconds(5)), Some(UnixSeconds(10)));
    }
}
