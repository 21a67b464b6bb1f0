//! Sealed secrets: encrypted with the master key, for the database.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::MasterKey;
use crate::entropy::{Entropy, EntropyError, random_bytes};

/// The nonce's length in bytes. Random nonces of this length do not collide during the life of a master key.
const NONCE_LEN: usize = 24;

/// A nonce, followed by the XChaCha20-Poly1305 ciphertext.
///
/// The ciphertext is bound to its table and row: a value that is copied to another row cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// The master key, the table or the row is another one, or the bytes were changed. These cases cannot be distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the master key cannot decrypt the stored value")]
pub struct UnsealError;

impl Sealed {
    /// Seals `secret` for the row `row` of the table `table`.
    pub fn seal(secret: &[u8], table: &str, row: &str, key: &MasterKey, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let nonce = random_bytes::<NONCE_LEN>(entropy)?;
        let associated_data = associated_data(table, row);
        // The cipher fails only for messages of more than 256 GiB.
        let ciphertext = cipher(key)
            .encrypt(&XNonce::from(*nonce), Payload { msg: secret, aad: &associated_data })
            .map_err(|_| EntropyError)?;
        Ok(Self([nonce.as_slice(), &ciphertext].concat()))
    }

    /// A stored sealed value.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The sealed value, to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Opens a value that was sealed for this table and row.
    pub fn open(&self, table: &str, row: &str, key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (nonce, ciphertext) = self.0.split_first_chunk::<NONCE_LEN>().ok_or(UnsealError)?;
        let associated_data = associated_data(table, row);
        cipher(key)
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &associated_data })
            .map(Zeroizing::new)
            .map_err(|_| UnsealError)
    }
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

/// The associated data of a row: unique, because no table's name holds a NUL.
fn associated_data(table: &str, row: &str) -> Vec<u8> {
    [table.as_bytes(), b"\0", row.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn a_sealed_value_opens_only_in_its_own_row_with_its_own_key() {
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
    fn sealing_a_secret_twice_gives_different_values() {
        let entropy = SeededEntropy::new(1);
        let key = MasterKey::generate(&entropy).unwrap();
        let seal = || Sealed::seal(b"secret", "t", "r", &key, &entropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn an_encoded_master_key_is_parsed_again() {
        let key = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
        let text = key.encode();
        assert_eq!(*MasterKey::parse(&format!("{}\n", *text)).unwrap().encode(), *text);
        for bad in ["", "short", &"A".repeat(44), &format!("{}=", *text), &"!".repeat(43)] {
            assert!(MasterKey::parse(bad).is_err());
        }
    }
}
