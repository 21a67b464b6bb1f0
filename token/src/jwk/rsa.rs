//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2), verification only: everything here is public, so no operation needs constant
//! time. Signing with RSA needs another implementation.

use num_bigint::BigUint;
use sha2::{Digest as _, Sha256};

use super::KeyError;
use crate::digest::finish_sha256;

/// The shortest modulus in bits (RFC 7518 section 3.3).
const MIN_BITS: u64 = 2048;

/// The longest modulus in bits: the cost of verification grows with its square, and no certificate authority requires more.
const MAX_BITS: u64 = 4096;

/// `DigestInfo` of SHA-256 up to the digest itself (RFC 8017 section 9.2, note 1).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// The odd primes below 168. The flawed generator makes every modulus a power of 65537 modulo each of them.
const MARKED_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127,
    131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a modulus has the marks of CVE-2017-15361: it is a power of 65537 modulo every one of [`MARKED_PRIMES`]. Fewer than one in 2^100
/// other moduli has them.
fn has_roca_marks(modulus: &BigUint) -> bool {
    MARKED_PRIMES.iter().all(|prime| {
        let rest = (modulus % *prime).to_u32_digits().first().copied().unwrap_or(0);
        let mut power = 1;
        loop {
            if power == rest {
                return true;
            }
            power = power * 65_537 % prime;
            if power == 1 {
                return false;
            }
        }
    })
}

/// A public key.
#[derive(Clone)]
pub(super) struct RsaKey {
    modulus: BigUint,
    exponent: BigUint,
    /// The modulus' length in bytes.
    len: usize,
}

impl RsaKey {
    /// A key of a modulus and an exponent, both big-endian without leading zeros.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let plain =
            |number: &[u8]| number.first().is_some_and(|first| *first != 0) && number.last().is_some_and(|last| last % 2 == 1);
        let n = BigUint::from_bytes_be(modulus);
        if !plain(modulus) || !(MIN_BITS..=MAX_BITS).contains(&n.bits()) {
            return Err(KeyError::Modulus);
        }
        if has_roca_marks(&n) {
            return Err(KeyError::WeakModulus);
        }
        if !plain(exponent) || exponent.len() > 4 || exponent == [1] {
            return Err(KeyError::Exponent);
        }
        Ok(Self { modulus: n, exponent: BigUint::from_bytes_be(exponent), len: modulus.len() })
    }

    /// The length in bytes of the modulus, and of every signature.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Whether `signature` over `message` is this key's. The content of the signature is compared with the only valid encoding (section
    /// 8.2.2, step 4), and never parsed.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let number = BigUint::from_bytes_be(signature);
        signature.len() == self.len
            && number < self.modulus
            && number.modpow(&self.exponent, &self.modulus) == BigUint::from_bytes_be(&self.encoded(message))
    }

    /// EMSA-PKCS1-v1_5 (section 9.2): `00 01 ff … ff 00`, `DigestInfo`.
    fn encoded(&self, message: &[u8]) -> Vec<u8> {
        let digest = finish_sha256(Sha256::new_with_prefix(message));
        let padding = self.len.saturating_sub(3 + SHA256_PREFIX.len() + digest.len());
        [&[0, 1], vec![0xff; padding].as_slice(), &[0], &SHA256_PREFIX, &digest].concat()
    }
}
