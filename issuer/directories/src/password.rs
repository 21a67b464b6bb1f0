//! Password hashing with Argon2id.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use thiserror::Error;
use zeroize::Zeroizing;

use super::concurrency_limit::{Busy, ConcurrencyLimit};
use super::password_rules::{MAX_CHARACTERS, normalised};
use postern_secrets::PlainSecret;
use postern_secrets::{Entropy, EntropyError, random_bytes};

/// The parameters of Argon2id that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The length of a salt in bytes, which RFC 9106, section 3.1, recommends.
const SALT_LEN: usize = 16;

/// The maximum parameters of an imported hash, because every sign-in attempt costs that much. They include the second recommended
/// option of RFC 9106, section 4.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 8;
const MAX_LANES: u32 = 4;

/// The maximum length of a password in UTF-8 bytes, enough for [`MAX_CHARACTERS`]. Longer ones are refused before they are
/// normalised or hashed.
pub const MAX_PASSWORD_LEN: usize = 4 * MAX_CHARACTERS;

/// The maximum time that a request waits for a permit to hash. At 30 ms for each hash, a full queue takes a fraction of it.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(3);

/// Limits how many hashes are computed at once to the number of processors. More would not be faster, and a flood of sign-in
/// attempts would exhaust the memory.
static LIMIT: LazyLock<ConcurrencyLimit> = LazyLock::new(ConcurrencyLimit::for_processors);

/// The Argon2id hash of a password, as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…$…`).
///
/// A password is normalised to NFKC before it is hashed (NIST SP 800-63B, section 5.1.1.2), because keyboards encode the same
/// letters in different ways. Case and spaces are significant.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// The result of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The password is correct.
    Right {
        /// Whether the hash has other parameters than new hashes have, so that the caller should hash the password again.
        outdated: bool,
    },
    /// The password is wrong.
    Wrong,
}

/// The reason why a password could not be hashed or verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too many passwords are being hashed at once.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// The password is longer than [`MAX_PASSWORD_LEN`].
    #[error("the password is longer than {MAX_PASSWORD_LEN} bytes")]
    TooLong,
    /// The random source failed, so there is no salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// There is not enough memory.
    #[error("there is not enough memory to hash a password")]
    Memory,
}

/// The text is not an acceptable password hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a password's hash is a PHC string of Argon2id, version 19, with at most m={MAX_MEMORY_KIB}, t={MAX_PASSES}, p={MAX_LANES}, a salt of 8 and a hash of 16 bytes or more"
)]
pub struct PasswordHashError;

impl From<Busy> for PasswordError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl PasswordHash {
    /// Hashes `password` with a new salt. Blocks for about 30 ms, and before that while too many other hashes are computed.
    pub fn of(password: &PlainSecret, entropy: &dyn Entropy) -> Result<Self, PasswordError> {
        let normalised_password = normalised_if_allowed(password)?;
        let salt = random_bytes::<SALT_LEN>(entropy)?;
        let _permit = LIMIT.acquire(QUEUE_TIMEOUT)?;
        hash_with_salt(&normalised_password, &*salt).map(|hash| Self(hash.to_string()))
    }

    /// Parses a stored or imported hash. Refuses hashes that are not Argon2id or cost too much.
    pub fn parse(text: &str) -> Result<Self, PasswordHashError> {
        phc::PasswordHash::new(text).ok().filter(is_acceptable).map(|_| Self(text.to_owned())).ok_or(PasswordHashError)
    }

    /// The hash, to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Verifies `password`. Takes as long as hashing, whether or not the password is correct.
    pub fn verify(&self, password: &PlainSecret) -> Result<Verification, PasswordError> {
        let normalised_password = normalised_if_allowed(password)?;
        let Ok(hash) = phc::PasswordHash::new(&self.0) else { return Ok(Verification::Wrong) };
        let _permit = LIMIT.acquire(QUEUE_TIMEOUT)?;
        match argon2().verify_password(normalised_password.as_bytes(), &hash) {
            Ok(()) => Ok(Verification::Right { outdated: !is_current(&hash) }),
            Err(argon2::password_hash::Error::OutOfMemory) => Err(PasswordError::Memory),
            Err(_) => Ok(Verification::Wrong),
        }
    }

    /// Takes as long as [`Self::verify`]. Call it for an unknown user, so that the time does not reveal which users exist.
    pub fn verify_dummy(password: &PlainSecret) -> Result<(), PasswordError> {
        let normalised_password = normalised_if_allowed(password)?;
        let _permit = LIMIT.acquire(QUEUE_TIMEOUT)?;
        hash_with_salt(&normalised_password, &[0; SALT_LEN]).map(drop)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

/// The normalised password, if it is not too long.
fn normalised_if_allowed(password: &PlainSecret) -> Result<Zeroizing<String>, PasswordError> {
    if password.expose().len() > MAX_PASSWORD_LEN { Err(PasswordError::TooLong) } else { Ok(normalised(password)) }
}

/// The hasher for new hashes. A test ensures that the parameters are in their ranges, so the fallback is never used.
fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_with_salt(password: &str, salt: &[u8]) -> Result<phc::PasswordHash, PasswordError> {
    argon2().hash_password_with_salt(password.as_bytes(), salt).map_err(|_| PasswordError::Memory)
}

/// Whether a hash is Argon2id, has explicit parameters, and does not cost too much.
fn is_acceptable(hash: &phc::PasswordHash) -> bool {
    let Ok(params) = Params::try_from(hash) else { return false };
    // The library would use its defaults for missing parameters.
    let explicit = ["m", "t", "p"].iter().all(|name| hash.params.get_decimal(*name).is_some());
    let plain = explicit && params.keyid().is_empty() && params.data().is_empty();
    let cheap = params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES;
    let version = hash.version == Some(Version::V0x13.into());
    let salt = hash.salt.as_ref().is_some_and(|salt| salt.len() >= argon2::MIN_SALT_LEN);
    let output = hash.hash.as_ref().is_some_and(|output| output.len() >= 16);
    hash.algorithm == argon2::ARGON2ID_IDENT && version && plain && cheap && salt && output
}

/// Whether a new hash would have the same parameters.
fn is_current(hash: &phc::PasswordHash) -> bool {
    let lengths = hash.salt.as_ref().is_some_and(|salt| salt.len() >= SALT_LEN)
        && hash.hash.as_ref().is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN);
    let same = Params::try_from(hash)
        .is_ok_and(|params| (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES));
    same && lengths
}

#[cfg(test)]
mod tests;
