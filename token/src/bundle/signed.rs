//! The bundle as a JWS in compact form, so that no cache or proxy on the way can change it.

use crate::jwk::{KeySet, Verifier};
use crate::jws::{TokenError, UnverifiedToken};
use crate::sign::{SignError, SigningKey};

/// The media type of a signed bundle; its subtype is the JWS's `typ`, so that nothing else that the key signs can be used as a bundle.
pub const SIGNED_BUNDLE_MEDIA_TYPE: &str = "application/postern-bundle+jwt";

const TYPE: &str = "postern-bundle+jwt";

/// Signs a bundle, written in JSON.
pub fn sign_bundle(json: &[u8], key: &SigningKey) -> Result<String, SignError> {
    key.sign_payload(TYPE, json)
}

/// The bundle in JSON, if one of `keys` has signed it. `jws` may have at most `max_len` bytes. Nothing of the bundle is read before its
/// signature is verified.
pub fn verify_bundle(jws: &[u8], max_len: usize, keys: &KeySet, verifier: &dyn Verifier) -> Result<Vec<u8>, TokenError> {
    let unverified = UnverifiedToken::parse_within(jws, max_len, None)?;
    let key = keys.find(unverified.kid()?).ok_or(TokenError::NoKey)?;
    unverified.verify(key, verifier)?.into_payload(TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, Identifier, SoftwareVerifier, VerifyingKey};

    fn key(algorithm: Algorithm, kid: &str, secret: u8) -> SigningKey {
        SigningKey::new(algorithm, Identifier::parse(kid.to_owned()).unwrap(), &[secret; 32]).unwrap()
    }

    fn keys(keys: &[&SigningKey]) -> KeySet {
        let key = |key: &&SigningKey| VerifyingKey::try_from(&key.verifying_document()).unwrap();
        KeySet::new(keys.iter().map(key).collect()).unwrap()
    }

    #[test]
    fn what_a_pinned_key_has_signed_reads_back_the_same() {
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let (one, other) = (key(algorithm, "b1", 7), key(algorithm, "b2", 8));
            let jws = sign_bundle(b"{}", &one).unwrap();
            let read = |jws: &str, keys: &KeySet| verify_bundle(jws.as_bytes(), 1000, keys, &SoftwareVerifier);
            assert_eq!(read(&jws, &keys(&[&other, &one])), Ok(b"{}".to_vec()));
            assert_eq!(read(&jws, &keys(&[&other])), Err(TokenError::NoKey));
            assert_eq!(read(&jws, &keys(&[&key(algorithm, "b1", 9)])), Err(TokenError::Signature));
            assert_eq!(read("{}", &keys(&[&one])), Err(TokenError::Parts));
            assert_eq!(verify_bundle(jws.as_bytes(), jws.len() - 1, &keys(&[&one]), &SoftwareVerifier), Err(TokenError::TooLong));
            for at in 0..jws.len() {
                let mut changed = jws.clone().into_bytes();
                changed[at] ^= 1;
                assert!(verify_bundle(&changed, 1000, &keys(&[&one]), &SoftwareVerifier).is_err(), "{at}");
            }
        }
    }

    #[test]
    fn nothing_else_that_the_key_has_signed_is_a_bundle() {
        let key = key(Algorithm::Es256, "b1", 7);
        for typ in ["at+jwt", "statuslist+jwt", "JWT", "postern-bundle"] {
            let jws = key.sign_payload(typ, b"{}").unwrap();
            assert_eq!(verify_bundle(jws.as_bytes(), 1000, &keys(&[&key]), &SoftwareVerifier), Err(TokenError::Type), "{typ}");
        }
    }
}
