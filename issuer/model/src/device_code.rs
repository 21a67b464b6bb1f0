//! Devices that wait for their users (RFC 8628).

use std::fmt;
use std::str::FromStr;

use postern_token::{Scopes, UnixSeconds};
use thiserror::Error;

use super::{ConsumerKey, UserId};
use postern_secrets::{Entropy, EntropyError, random_bytes};

/// A device that waits for its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// What the user types in.
    pub user_code: UserCode,
    /// The client.
    pub consumer_key: ConsumerKey,
    /// The scopes that it asks for.
    pub scopes: Option<Scopes<'static>>,
    /// When it is too late.
    pub expires_at: UnixSeconds,
    /// How many seconds the device has to wait between two questions.
    pub pause: u64,
    /// When it asked last.
    pub asked_at: Option<UnixSeconds>,
    /// What was decided.
    pub state: DeviceCodeState,
}

/// What was decided about a device, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceCodeState {
    /// Nothing yet.
    Waiting,
    /// It may.
    Allowed(UserId),
    /// It may not.
    Denied(UserId),
    /// It may, and it has got what it asked for.
    Spent(UserId),
}

/// What a user types in: eight letters that make no words and are not easily misread (RFC 8628 section 6.1), some 34 bits, shown as `BCDF-GHJK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

/// A text is no such code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a code is eight letters, such as `BCDF-GHJK`")]
pub struct UserCodeError;

impl UserCode {
    const ALPHABET: [char; 20] =
        ['B', 'C', 'D', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Z'];
    const LENGTH: usize = 8;

    /// A new random code.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let mut code = String::with_capacity(Self::LENGTH);
        // 240 is a multiple of 20: what is beyond it would make some letters likelier than others.
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

/// Capital or not, and with anything between the letters that is none, as people write it.
impl FromStr for UserCode {
    type Err = UserCodeError;

    fn from_str(text: &str) -> Result<Self, UserCodeError> {
        if text.len() > 32 {
            return Err(UserCodeError);
        }
        let plain = text.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.' | '_'));
        let code: String = plain.map(|letter| letter.to_ascii_uppercase()).collect();
        let sound = code.len() == Self::LENGTH && code.chars().all(|letter| Self::ALPHABET.contains(&letter));
        if sound { Ok(Self(code)) } else { Err(UserCodeError) }
    }
}

/// As it is shown: four letters, a hyphen, four letters.
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
    fn a_code_is_read_as_people_write_it() {
        let code = UserCode::generate(&SeededEntropy::new(1)).unwrap();
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.parse()), (9, Ok(code.clone())));
        assert_eq!(shown.to_lowercase().replace('-', " ").parse(), Ok(code));
        for bad in ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ0", "\u{e9}CDF-GHJK", &"-".repeat(40)] {
            assert_eq!(bad.parse::<UserCode>(), Err(UserCodeError), "`{bad}`");
        }
    }
}
