//! Passwords that people choose, as hashes that cost something to try.

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

/// What OWASP's Password Storage Cheat Sheet asks of Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// RFC 9106, section 3.1: 16 bytes of salt are recommended.
const SALT_LEN: usize = 16;

/// More than these a hash that comes from elsewhere may not cost: whoever signs in makes us pay it. It includes the second choice
/// of RFC 9106, section 4.
const MAX_MEMORY_KIB: u32 = 64 * 1024;
const MAX_PASSES: u32 = 8;
const MAX_LANES: u32 = 4;

/// Longer ones are refused before anything is computed of them, in bytes as they were sent: what [`MAX_CHARACTERS`] take at most.
pub const MAX_PASSWORD_LEN: usize = 4 * MAX_CHARACTERS;

/// How long somebody waits while others hash. At 30 ms a hash, the whole queue is through in a fraction of it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Each hash takes its memory while it is computed, and a processor. More at once than there are processors would make none
/// faster, and a flood of strangers' sign-ins would exhaust the memory.
static LIMIT: LazyLock<ConcurrencyLimit> = LazyLock::new(ConcurrencyLimit::for_processors);

/// The Argon2id hash of a password, as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…$…`).
///
/// A password is normalised to NFKC before it is hashed, as NIST SP 800-63B, section 5.1.1.2, says: the same letters have several
/// encodings, and which of them arrives is the keyboard's choice. Case and spaces count.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// Whether a password is the one that was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It is.
    Right {
        /// Whether the hash was made otherwise than new ones are: now that the password is there, it should be hashed anew.
        outdated: bool,
    },
    /// It is not.
    Wrong,
}

/// Why nothing can be said of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordError {
    /// Too many passwords are being hashed.
    #[error("too many passwords are being checked at once")]
    Busy,
    /// It is longer than [`MAX_PASSWORD_LEN`].
    #[error("the password is longer than {MAX_PASSWORD_LEN} bytes")]
    TooLong,
    /// There is no salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The system gives no memory for it.
    #[error("there is not enough memory to hash a password")]
    Memory,
}

/// A text is no hash that can be used here.
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
    /// Hashes `password` with a new salt. It takes some 30 ms of a processor, and waits for one.
    pub fn of(password: &PlainSecret, entropy: &dyn Entropy) -> Result<Self, PasswordError> {
        let prepared = prepared(password)?;
        let salt = random_bytes::<SALT_LEN>(entropy)?;
        let _permit = LIMIT.acquire(PATIENCE)?;
        hashed(&prepared, &*salt).map(|hash| Self(hash.to_string()))
    }

    /// A hash as it was kept.
    pub fn parse(text: &str) -> Result<Self, PasswordHashError> {
        phc::PasswordHash::new(text).ok().filter(is_sound).map(|_| Self(text.to_owned())).ok_or(PasswordHashError)
    }

    /// The hash, to be kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `password` is the one that was hashed. It costs as much as hashing, whatever the answer.
    pub fn verify(&self, password: &PlainSecret) -> Result<Verification, PasswordError> {
        let prepared = prepared(password)?;
        let Ok(hash) = phc::PasswordHash::new(&self.0) else { return Ok(Verification::Wrong) };
        let _permit = LIMIT.acquire(PATIENCE)?;
        match argon2().verify_password(prepared.as_bytes(), &hash) {
            Ok(()) => Ok(Verification::Right { outdated: !is_current(&hash) }),
            Err(argon2::password_hash::Error::OutOfMemory) => Err(PasswordError::Memory),
            Err(_) => Ok(Verification::Wrong),
        }
    }

    /// Does what [`Self::verify`] does for a user who is there, so that the time does not tell who is.
    pub fn verify_dummy(password: &PlainSecret) -> Result<(), PasswordError> {
        let prepared = prepared(password)?;
        let _permit = LIMIT.acquire(PATIENCE)?;
        hashed(&prepared, &[0; SALT_LEN]).map(drop)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PasswordHash(…)")
    }
}

fn prepared(password: &PlainSecret) -> Result<Zeroizing<String>, PasswordError> {
    if password.expose().len() > MAX_PASSWORD_LEN { Err(PasswordError::TooLong) } else { Ok(normalised(password)) }
}

/// What of today's hashes is made with. It cannot fail: the numbers are in their ranges, which a test holds.
fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hashed(password: &str, salt: &[u8]) -> Result<phc::PasswordHash, PasswordError> {
    argon2().hash_password_with_salt(password.as_bytes(), salt).map_err(|_| PasswordError::Memory)
}

/// Whether a hash is of our kind, and costs no more than it may.
fn is_sound(hash: &phc::PasswordHash) -> bool {
    let Ok(params) = Params::try_from(hash) else { return false };
    // What is not said would be whatever the library takes for usual.
    let said = ["m", "t", "p"].iter().all(|name| hash.params.get_decimal(*name).is_some());
    let plain = said && params.keyid().is_empty() && params.data().is_empty();
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
