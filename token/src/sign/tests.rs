//! Tests of `SigningKey` with keys of every kind.

use std::sync::Arc;

use postern_vectors::Forge;

use super::{SignError, Signer, SigningKey, check_token_length};
use crate::jws::MAX_TOKEN_LEN;
use crate::{Algorithm, Claims, Identifier, JwkMaterial, KeyError, KeySet, Kid, SoftwareVerifier, UnverifiedToken, VerifyingKey};

fn kid() -> Kid<'static> {
    Identifier::parse("k1").unwrap()
}

fn claims() -> Claims<'static> {
    crate::tests::claims()
}

/// A foreign signer, which signs with `key` and declares its own verifying key.
struct Outside {
    algorithm: Algorithm,
    material: JwkMaterial,
    inner: Option<SigningKey>,
}

impl Signer for Outside {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn verifying_material(&self) -> JwkMaterial {
        self.material.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.inner.as_ref().ok_or(SignError::Key)?.signer.sign(message)
    }
}

fn outside(algorithm: Algorithm, material: JwkMaterial) -> Result<SigningKey, KeyError> {
    SigningKey::from_signer(kid(), Arc::new(Outside { algorithm, material, inner: None }))
}

#[test]
fn every_key_signs_deterministically_and_its_verifying_document_verifies() {
    for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
        let inner = SigningKey::new(algorithm, kid(), &[7; 32]).unwrap();
        let material = inner.verifying_document().material;
        let outside = Outside { algorithm, material, inner: Some(inner.clone()) };
        let outside = SigningKey::from_signer(kid(), Arc::new(outside)).unwrap();
        assert_eq!(outside.verifying_document(), inner.verifying_document());
        let token = inner.sign(&claims()).unwrap();
        for key in [&inner, &inner.clone(), &outside] {
            assert_eq!(key.sign(&claims()).unwrap(), token);
            let keys = KeySet::new(vec![VerifyingKey::try_from(&key.verifying_document()).unwrap()]).unwrap();
            let unverified = UnverifiedToken::parse(token.expose().as_bytes()).unwrap();
            let signed = unverified.verify(keys.find("k1").unwrap(), &SoftwareVerifier).unwrap();
            assert_eq!(signed.claims().unwrap(), claims());
        }
    }
}

#[test]
fn a_key_that_edges_would_refuse_does_not_sign() {
    let secret = || JwkMaterial::oct(&Forge::secret("k1"));
    assert_eq!(outside(Algorithm::Rs256, secret()).unwrap_err(), KeyError::Type);
    assert_eq!(outside(Algorithm::Hs256, JwkMaterial::rsa(&[0xff; 256], &[3])).unwrap_err(), KeyError::Type);
    assert_eq!(outside(Algorithm::Hs256, JwkMaterial::oct(&[7; 31])).unwrap_err(), KeyError::Short);
    assert_eq!(outside(Algorithm::Rs256, JwkMaterial::rsa(&[0xff; 128], &[1, 0, 1])).unwrap_err(), KeyError::Modulus);
    assert_eq!(outside(Algorithm::Rs256, JwkMaterial::rsa(&[0xff; 1024], &[1, 0, 1])).unwrap_err(), KeyError::Modulus);
    assert_eq!(outside(Algorithm::Rs256, JwkMaterial::rsa(&[0xff; 256], &[1])).unwrap_err(), KeyError::Exponent);
    assert!(SigningKey::new(Algorithm::Rs256, kid(), &[7; 32]).is_err());
}

#[test]
fn a_key_that_gives_no_signature_mints_no_token() {
    let key = outside(Algorithm::Rs256, JwkMaterial::rsa(&[0xff; 256], &[1, 0, 1])).unwrap();
    assert_eq!(key.sign(&claims()).unwrap_err(), SignError::Key);
}

#[test]
fn the_length_check_agrees_with_signing() {
    let mut longest = 0;
    // Several names, because base64 does not have every length.
    for name in ["k", "k1", "k12", "k123"] {
        let kid = Identifier::parse(name).unwrap();
        let key = SigningKey::hs256(kid.clone(), &Forge::secret("k1")).unwrap();
        let with_issuer = |len: usize| Claims { iss: "i".repeat(len).into(), ..claims() };
        let most = (MAX_TOKEN_LEN - key.sign(&with_issuer(0)).unwrap().expose().len()) / 4 * 3;
        for len in most - 5..most + 5 {
            let claims = with_issuer(len);
            let unsigned = key.prepare(&claims).unwrap();
            let signed = unsigned.clone().sign().map(|token| token.expose().len());
            let length = signed.map(drop);
            assert_eq!(unsigned.check_length(32), length, "{name} {len}");
            assert_eq!(check_token_length(&claims, &kid, 32), length, "{name} {len}");
            longest = longest.max(signed.unwrap_or_default());
        }
        assert_eq!(check_token_length(&with_issuer(most + 5), &kid, 32), Err(SignError::TooLong));
        assert_eq!(check_token_length(&with_issuer(most - 5), &kid, 256), Err(SignError::TooLong));
    }
    assert_eq!(longest, MAX_TOKEN_LEN);
}
