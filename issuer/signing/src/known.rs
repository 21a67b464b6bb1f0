//! Signatures that are known to be valid, because this process made or verified them. To verify one costs several times as much as to
//! look it up.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{Context, Digest, SHA256, digest};
use postern_token::{SignatureCheck, Verifier};

use super::LibraryVerifier;

/// How many signatures are known at most, each in 16 bytes.
const CAPACITY: usize = 1 << 17;

/// In how many places a signature may be.
const PLACES: usize = 8;

/// Verifies signatures as [`LibraryVerifier`] does, and remembers the valid ones. That a key verifies a signature over a message never
/// changes, so nothing makes it forget them except newer ones. Whether the key is still in use is for its callers to ask.
pub struct KnownSignatures(Mutex<Table>);

struct Table {
    /// The first half of each signature's digest; 0 in places that are free. Memory is used only where something was written.
    digests: Vec<u128>,
    /// How many signatures were forgotten.
    forgotten: usize,
}

impl KnownSignatures {
    /// Remembers a valid signature, and forgets another one if there is no place.
    pub(super) fn add(&self, digest: u128) {
        let mut table = self.table();
        let turn = table.forgotten % PLACES;
        let Some(places) = table.places(digest) else { return };
        if places.contains(&digest) {
            return;
        }
        let free = places.iter().position(|place| *place == 0);
        if let Some(place) = places.get_mut(free.unwrap_or(turn)) {
            *place = digest;
        }
        // It is no queue: where more tokens are presented in turn than are known, a queue would have forgotten each of them.
        table.forgotten = table.forgotten.wrapping_add(usize::from(free.is_none()));
    }

    /// Whether the signature with this digest is known.
    pub(super) fn knows(&self, digest: u128) -> bool {
        digest != 0 && self.table().places(digest).is_some_and(|places| places.contains(&digest))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Where a signature may be.
    fn places(&mut self, digest: u128) -> Option<&mut [u128]> {
        let at = digest % u128::try_from(CAPACITY / PLACES).ok()?;
        self.digests.chunks_exact_mut(PLACES).nth(usize::try_from(at).ok()?)
    }
}

/// The digest of a signature with all that makes it valid: the public key in DER, and the digest of the message.
pub(super) fn digest_of(key: &[u8], message: &Digest, signature: &[u8]) -> u128 {
    let mut context = Context::new(&SHA256);
    for part in [key, message.as_ref(), signature] {
        // Its length keeps each part apart from the next.
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    digest.as_ref().first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
}

impl Verifier for KnownSignatures {
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
        let digest = digest_of(check.key, &digest(&SHA256, check.message), check.signature);
        if self.knows(digest) {
            return Some(true);
        }
        let valid = LibraryVerifier.verify(check);
        if valid == Some(true) {
            self.add(digest);
        }
        valid
    }
}

impl Default for KnownSignatures {
    fn default() -> Self {
        Self(Mutex::new(Table { digests: vec![0; CAPACITY], forgotten: 0 }))
    }
}

impl fmt::Debug for KnownSignatures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KnownSignatures(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use postern_token::{Algorithm, SigningKey, UnverifiedToken, VerifyingKey};

    use super::*;
    use crate::open_for_tokens;
    use crate::tests::{claims, generated};

    /// Keeps the key with which a token is to be verified, in the form in which verifiers get it.
    #[derive(Debug, Default)]
    struct KeyKeeper(Mutex<Vec<u8>>);

    impl Verifier for KeyKeeper {
        fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
            *self.0.lock().unwrap() = check.key.to_vec();
            Some(true)
        }
    }

    /// A token, and what verifies it.
    struct Signed {
        algorithm: Algorithm,
        key: Vec<u8>,
        message: Vec<u8>,
        signature: Vec<u8>,
    }

    impl Signed {
        fn by(key: &SigningKey) -> Self {
            let token = key.sign(&claims(0)).unwrap();
            let keeper = KeyKeeper::default();
            let verifying = VerifyingKey::try_from(&key.verifying_document()).unwrap();
            UnverifiedToken::parse(token.expose().as_bytes()).unwrap().verify(&verifying, &keeper).unwrap();
            let (message, signature) = token.expose().rsplit_once('.').unwrap();
            Self {
                algorithm: key.algorithm(),
                key: keeper.0.into_inner().unwrap(),
                message: message.as_bytes().to_vec(),
                signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
            }
        }

        fn check(&self) -> SignatureCheck<'_> {
            SignatureCheck { algorithm: self.algorithm, key: &self.key, message: &self.message, signature: &self.signature }
        }

        fn is_known(&self, known: &KnownSignatures) -> bool {
            known.knows(digest_of(&self.key, &digest(&SHA256, &self.message), &self.signature))
        }
    }

    #[test]
    fn a_signature_is_known_only_with_its_key_and_its_message() {
        for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
            let known = KnownSignatures::default();
            let signed = Signed::by(&generated(algorithm).0);
            assert!(!signed.is_known(&known));
            for _ in 0..2 {
                assert_eq!(known.verify(&signed.check()), Some(true));
                assert!(signed.is_known(&known));
            }
            let other_key = Signed::by(&crate::tests::generated_with(algorithm, 2).0).key;
            let mut other_signature = signed.signature.clone();
            other_signature[9] ^= 1;
            let Signed { key, message, signature, .. } = signed;
            for other in [
                Signed { algorithm, key: other_key, message: message.clone(), signature: signature.clone() },
                Signed { algorithm, key: key.clone(), message: [&message[..], b"A"].concat(), signature },
                Signed { algorithm, key, message, signature: other_signature },
            ] {
                for _ in 0..2 {
                    assert_eq!(known.verify(&other.check()), Some(false));
                    assert!(!other.is_known(&known));
                }
            }
        }
    }

    #[test]
    fn a_signature_that_was_made_here_is_known() {
        let known = Arc::new(KnownSignatures::default());
        let secret = generated(Algorithm::Es256).1;
        let key = open_for_tokens(Algorithm::Es256, crate::tests::kid(), &secret, &known).unwrap();
        let signed = Signed::by(&key);
        assert!(signed.is_known(&known));
        assert_eq!(LibraryVerifier.verify(&signed.check()), Some(true));
        // Another process signs the same claims with another signature.
        let key = open_for_tokens(Algorithm::Es256, crate::tests::kid(), &secret, &Arc::default()).unwrap();
        assert!(!Signed::by(&key).is_known(&known));
    }

    #[test]
    fn a_bounded_number_of_signatures_is_known() {
        let known = KnownSignatures::default();
        let digest = |number: u128| number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) | 1;
        let numbers = 0..u128::try_from(2 * CAPACITY).unwrap();
        for number in numbers.clone() {
            known.add(digest(number));
            assert!(known.knows(digest(number)));
        }
        assert_eq!(known.table().digests.len(), CAPACITY);
        // Where more tokens than that are presented in turn, some are known when it is their turn again.
        let mut found = 0;
        for number in numbers {
            found += usize::from(known.knows(digest(number)));
            known.add(digest(number));
        }
        assert!((CAPACITY / 8..=CAPACITY).contains(&found), "{found}");
        assert!(!known.knows(0), "free places hold no signature");
    }
}
