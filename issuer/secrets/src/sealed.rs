//! A secret that is encrypted where it rests.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::MasterKey;
use crate::entropy::{Entropy, EntropyError, random_bytes};

/// The nonce's length in bytes: long enough to draw it at random for as long as the master key lives.
const NONCE_LEN: usize = 24;

/// A nonce and the XChaCha20-Poly1305 ciphertext after it.
///
/// The ciphertext is bound to the place where it is kept: a value that was copied to another row does not open there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// Another master key, another place, or bytes that were changed: which of them cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the master key does not open the sealed value")]
pub struct UnsealError;

impl Sealed {
    /// Seals `secret` for the row `row` of the table `table`.
    pub fn seal(secret: &[u8], table: &str, row: &str, key: &MasterKey, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let nonce = random_bytes::<NONCE_LEN>(entropy)?;
        let place = place(table, row);
        // The cipher fails for messages of more than 256 GiB only.
        let ciphertext =
            cipher(key).encrypt(&XNonce::from(*nonce), Payload { msg: secret, aad: &place }).map_err(|_| EntropyError)?;
        Ok(Self([nonce.as_slice(), &ciphertext].concat()))
    }

    /// The sealed value that was kept as `bytes`.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The sealed value, to be kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret that was sealed for this very place.
    pub fn open(&self, table: &str, row: &str, key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (nonce, ciphertext) = self.0.split_first_chunk::<NONCE_LEN>().ok_or(UnsealError)?;
        let place = place(table, row);
        cipher(key)
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &place })
            .map(Zeroizing::new)
            .map_err(|_| UnsealError)
    }
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// The associated data. A table's name holds no NUL, so no two places share it.
fn place(table: &str, row: &str) -> Vec<u8> {
    [table.as_bytes(), b"\0", row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn opens_in_its_own_place_with_its_own_key_only() {
        let entropy = SeededEntropy::new(1);
        let key = MasterKey::generate(&entropy).unwrap();
        let sealed = Sealed::seal(b"secret", "signing_keys", "k1", &key, &entropy).unwrap();
        assert_eq!(sealed.open("signing_keys", "k1", &key).unwrap().as_slice(), b"secret");
        assert!(sealed.open("signing_keys", "k2", &key).is_err());
        assert!(sealed.open("users", "k1", &key).is_err());
        assert!(sealed.open("signing_keys", "k1", &MasterKey::generate(&entropy).unwrap()).is_err());
        for at in 0..sealed.as_bytes().len() {
            let mut changed = sealed.as_bytes().to_vec();
            changed[at] ^= 1;
            assert!(Sealed::from_bytes(changed).open("signing_keys", "k1", &key).is_err(), "byte {at}");
        }
        assert!(Sealed::from_bytes(vec![0; 10]).open("signing_keys", "k1", &key).is_err());
    }

    #[test]
    fn two_seals_of_one_secret_differ() {
        let entropy = SeededEntropy::new(1);
        let key = MasterKey::generate(&entropy).unwrap();
        let seal = || Sealed::seal(b"secret", "t", "r", &key, &entropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn the_master_key_reads_back() {
        let key = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
        let text = key.encode();
        assert_eq!(*MasterKey::parse(&format!("{}\n", *text)).unwrap().encode(), *text);
        for bad in ["", "short", &"A".repeat(44), &format!("{}=", *text), &"!".repeat(43)] {
            assert!(MasterKey::parse(bad).is_err());
        }
    }
}
