//! Device authorization (RFC 8628): pending requests and user codes.

use std::fmt;
use std::str::FromStr;

use postern_token::{Scopes, UnixSeconds};
use thiserror::Error;

use super::{ConsumerKey, UserId};
use postern_secrets::{Entropy, EntropyError, random_bytes};

/// A device authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The code that the user enters.
    pub user_code: UserCode,
    /// The client.
    pub consumer_key: ConsumerKey,
    /// The requested scopes.
    pub scopes: Option<Scopes<'static>>,
    /// When the request expires.
    pub expires_at: UnixSeconds,
    /// The minimum number of seconds between two polls of the device, the `interval` of RFC 8628.
    pub pause: u64,
    /// When the device last polled.
    pub asked_at: Option<UnixSeconds>,
    /// The state of the request.
    pub state: DeviceCodeState,
}

/// The state of a device authorization request, with the user who decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceCodeState {
    /// The user has not decided yet.
    Waiting,
    /// The user allowed the request.
    Allowed(UserId),
    /// The user denied the request.
    Denied(UserId),
    /// The user allowed the request, and the device has received its tokens.
    Spent(UserId),
}

/// The code that a user enters: eight consonants, about 34 bits, shown as `BCDF-GHJK`. Without vowels they form no words
/// (RFC 8628 section 6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

/// The text is not a user code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a code is eight letters, such as `BCDF-GHJK`")]
pub struct UserCodeError;

impl UserCode {
    const ALPHABET: [char; 20] =
        ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];
    const LENGTH: usize = 8;

    /// Generates a random code.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut code = String::with_capacity(Self::LENGTH);
        // Bytes from 240 on are rejected, because 240 is the largest multiple of 20 below 256. Otherwise some letters would
        // be more likely than others.
        for _ in 0..64 {
            for byte in random_bytes::<32>(entropy)?.iter().filter(|byte| **byte < 240) {
                code.extend(Self::ALPHABET.get(usize::from(*byte) % Self::ALPHABET.len()));
                if code.len() == Self::LENGTH {
                    return Ok(Self(code));
                }
            }
        }
        Err(EntropyError)
    }

    /// The eight letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Accepts upper and lower case, and spaces, `-`, `.` and `_` between the letters.
impl FromStr for UserCode {
    type Err = UserCodeError;

    fn from_str(text: &str) -> Result<Self, UserCodeError> {
        if text.len() > 32 {
            return Err(UserCodeError);
        }
        let letters = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.' | '_'));
        let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
        let valid = code.len() == Self::LENGTH && code.chars().all(|letter| Self::ALPHABET.contains(&letter));
        if valid { Ok(Self(code)) } else { Err(UserCodeError) }
    }
}

/// Formats the code for users: four letters, a hyphen, four letters.
impl fmt::Display for UserCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at_checked(Self::LENGTH / 2).unwrap_or((&self.0, ""));
        write!(formatter, "{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_secrets::testing::SeededEntropy;

    #[test]
    fn a_user_code_is_parsed_in_any_case_and_with_separators() {
        let code = UserCode::generate(&SeededEntropy::new(1)).unwrap();
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.parse()), (9, Ok(code.clone())));
        assert_eq!(shown.to_lowercase().replace('-', " ").parse(), Ok(code));
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ0", "\u{e9}CDF-GHJK", &"-".repeat(40)] {
            assert_eq!(bad.parse::<UserCode>(), Err(UserCodeError), "`{bad}`");
        }
    }
}
