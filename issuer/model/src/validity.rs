//! Validities: how many seconds tokens last.

use std::str::FromStr;

use postern_token::UnixSeconds;
use serde::{Serialize, Serializer};
use thiserror::Error;

/// The longest validity in seconds: a hundred years of 365 days. An `exp` far beyond it could exceed the integers that every JSON
/// parser represents exactly.
const MAX: u64 = 100 * 365 * 24 * 3600;

/// How long a token lasts after it is minted. Its external form is a number of seconds; a negative number means that the
/// token never expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// The token expires after this many seconds.
    Seconds(u64),
    /// The token never expires.
    Forever,
}

/// The number of seconds is zero or greater than a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a validity is 1 to 3153600000 seconds, or negative for a token that never expires")]
pub struct ValidityError;

impl Validity {
    /// The default: one hour.
    pub const DEFAULT: Self = Self::Seconds(3600);

    /// Converts a number of seconds; every negative number becomes [`Validity::Forever`].
    pub fn from_seconds(seconds: i64) -> Result<Self, ValidityError> {
        match u64::try_from(seconds) {
            Err(_) => Ok(Self::Forever),
            Ok(seconds @ 1..=MAX) => Ok(Self::Seconds(seconds)),
            Ok(_) => Err(ValidityError),
        }
    }

    /// The validity in seconds; `-1` for [`Validity::Forever`].
    pub fn as_seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => i64::try_from(seconds).unwrap_or(i64::MAX),
            Self::Forever => -1,
        }
    }

    /// The initial `expires_in` in seconds; `None` if the token never expires.
    pub const fn expires_in(self) -> Option<u64> {
        match self {
            Self::Seconds(seconds) => Some(seconds),
            Self::Forever => None,
        }
    }

    /// When a token that is minted at `now` expires; `None` means never.
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

/// The validities of application tokens and user tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Validities {
    /// The validity of application tokens.
    #[serde(rename = "application_validity")]
    pub application: Validity,
    /// The validity of user tokens.
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
    fn a_negative_validity_never_expires_and_zero_is_refused() {
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
