//! The random source, and random names. The only module that draws random bytes.

use thiserror::Error;
use zeroize::Zeroizing;

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with cryptographically secure random values.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system provides no random bytes")]
pub struct EntropyError;

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(clippy::disallowed_methods, reason = "this is the only function that draws random bytes")]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// Draws `N` random bytes. The array is zeroed when it is dropped.
pub fn random_bytes<const N: usize>(entropy: &dyn Entropy) -> Result<Zeroizing<[u8; N]>, EntropyError> {
    let mut bytes = Zeroizing::new([0; N]);
    entropy.fill(&mut *bytes)?;
    Ok(bytes)
}

/// Generates a random name of `length` characters of five bits each: digits and lower-case letters without `i`, `l`, `o` and `u`,
/// which are easily misread. The name needs no escaping in a URL, a header or a command line. For secrets use
/// [`crate::PlainSecret::generate`].
pub fn random_name(entropy: &dyn Entropy, length: usize) -> Result<String, EntropyError> {
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes)?;
    // 256 is a multiple of 32, so all characters are equally likely.
    Ok(bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len())).collect())
}

/// Encodes the lowest 35 bits of a number in 7 characters of the same alphabet. The texts sort in the order of the numbers.
pub fn sortable(number: u64) -> String {
    let digit = |position: u32| ALPHABET.get(usize::try_from(number >> (5 * position) & 31).unwrap_or_default());
    (0..7).rev().filter_map(digit).collect()
}

const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r',
    's', 't', 'v', 'w', 'x', 'y', 'z',
];
