//! Password hashing with Argon2id.

mod work_memory;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{LazyLock, OnceLock};
use std::thread;
use std::time::Duration;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, Version};
use thiserror::Error;
use zeroize::Zeroizing;

use super::concurrency_limit::Busy;
use super::password_rules::{MAX_CHARACTERS, normalised};
use postern_secrets::PlainSecret;
use postern_secrets::{Entropy, EntropyError, random_bytes};
use work_memory::WorkMemory;

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

/// The most passwords that are hashed at once, if [`reserve_work_memory`] was not called.
const MAX_DEFAULT_CONCURRENCY: usize = 8;

/// The work memory of hashes with the parameters of new hashes, or cheaper ones. It belongs to the process, as its memory does.
static MEMORY: OnceLock<WorkMemory> = OnceLock::new();

/// The work memory of imported hashes that need more. It is large and rarely used, because a hash is replaced at the first sign-in.
static LARGE_MEMORY: LazyLock<WorkMemory> = LazyLock::new(|| WorkMemory::freed(blocks(MAX_MEMORY_KIB)));

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
    "a password hash must be a PHC string of Argon2id, version 19, with at most m={MAX_MEMORY_KIB}, t={MAX_PASSES}, p={MAX_LANES}, a salt of at least 8 bytes and a hash of at least 16 bytes"
)]
pub struct PasswordHashError;

impl From<Busy> for PasswordError {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

/// Allocates the memory in which passwords are hashed, 19 MiB for each of `passwords` at once. Others wait. Without this call, or before
/// it, the number is [`default_concurrency`], and memory is allocated when it is needed. Only the first call has an effect, and only before
/// the first password is hashed.
pub fn reserve_work_memory(passwords: NonZeroUsize) -> Result<(), PasswordError> {
    let memory = WorkMemory::kept(passwords.get(), blocks(MEMORY_KIB));
    memory.allocate(passwords.get())?;
    // A second pool is dropped.
    let _ = MEMORY.set(memory);
    Ok(())
}

/// How many passwords are hashed at once by default: one for each processor, because more would not be faster, and at most 8, which use
/// 152 MiB.
pub fn default_concurrency() -> NonZeroUsize {
    let processors = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    NonZeroUsize::new(MAX_DEFAULT_CONCURRENCY).map_or(processors, |most| processors.min(most))
}

impl PasswordHash {
    /// Hashes `password` with a new salt. Blocks for about 30 ms, and before that while too many other hashes are computed.
    pub fn of(password: &PlainSecret, entropy: &dyn Entropy) -> Result<Self, PasswordError> {
        let normalised_password = normalised_if_allowed(password)?;
        let salt = random_bytes::<SALT_LEN>(entropy)?;
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
        let (Ok(params), Some(salt), Some(expected)) = (Params::try_from(&hash), &hash.salt, &hash.hash) else {
            return Ok(Verification::Wrong);
        };
        let actual = output(&params, &normalised_password, salt.as_ref(), expected.as_bytes().len())?;
        // The library compares outputs in constant time.
        let right = actual.is_some_and(|actual| actual == *expected);
        Ok(if right { Verification::Right { outdated: !is_current(&hash) } } else { Verification::Wrong })
    }

    /// Takes as long as [`Self::verify`]. Call it for an unknown user, so that the time does not reveal which users exist.
    pub fn verify_dummy(password: &PlainSecret) -> Result<(), PasswordError> {
        let normalised_password = normalised_if_allowed(password)?;
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

/// The parameters of new hashes. A test ensures that they are in their ranges, so the fallback is never used.
fn new_params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or_default()
}

fn hash_with_salt(password: &str, salt: &[u8]) -> Result<phc::PasswordHash, PasswordError> {
    let params = new_params();
    let hash = output(&params, password, salt, Params::DEFAULT_OUTPUT_LEN)?;
    let (Some(hash), Ok(salt), Ok(text)) = (hash, phc::Salt::new(salt), phc::ParamsString::try_from(&params)) else {
        // Cannot happen: the lengths are constants in their ranges.
        return Err(PasswordError::Memory);
    };
    let version = Some(Version::V0x13.into());
    Ok(phc::PasswordHash { algorithm: argon2::ARGON2ID_IDENT, version, params: text, salt: Some(salt), hash: Some(hash) })
}

/// Computes Argon2id in work memory that is used again. `None` if the lengths are not those of a hash.
fn output(params: &Params, password: &str, salt: &[u8], len: usize) -> Result<Option<phc::Output>, PasswordError> {
    let needed = params.block_count();
    let memory = if needed <= blocks(MEMORY_KIB) {
        MEMORY.get_or_init(|| WorkMemory::kept(default_concurrency().get(), blocks(MEMORY_KIB)))
    } else {
        &LARGE_MEMORY
    };
    let mut piece = memory.take(QUEUE_TIMEOUT)?;
    let mut buffer = Zeroizing::new([0; phc::Output::MAX_LENGTH]);
    let Some(out) = buffer.get_mut(..len) else { return Ok(None) };
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let computed = argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, piece.blocks(needed));
    drop(piece);
    Ok(computed.ok().and_then(|()| phc::Output::new(out).ok()))
}

/// The number of blocks of 1 KiB.
fn blocks(kib: u32) -> usize {
    usize::try_from(kib).unwrap_or(usize::MAX)
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
