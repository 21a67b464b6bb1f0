//! Tests of what a key tells about itself: its fingerprint, and what a host needs to verify with it.

use super::{Algorithm, JwkDocument, JwkMaterial, KeySet, SignatureCheck, VerifyingKey};
use crate::claims::KeyType;
use crate::identifier::Identifier;

#[test]
fn a_host_gets_an_ecdsa_signature_in_der() {
    // The first byte of one half would make the number negative, and the other half begins with zeros.
    let mut signature = [0; 64];
    (signature[0], signature[31], signature[63]) = (0x80, 7, 5);
    let check = |algorithm, signature| SignatureCheck { algorithm, key: &[], message: &[], signature };
    let der = [&[0x30, 38, 2, 33, 0], &signature[..32], &[2, 1, 5]].concat();
    assert_eq!(*check(Algorithm::Es256, &signature[..]).usual_signature(), der);
    for signature in [&signature[..], &[1; 256]] {
        assert_eq!(*check(Algorithm::Rs256, signature).usual_signature(), *signature);
    }
}

fn hs256(kid: &str, secret: u8, environment: Option<KeyType>) -> VerifyingKey {
    let document = JwkDocument::hs256(&Identifier::parse(kid).unwrap(), &[secret; 32]);
    VerifyingKey::try_from(&JwkDocument { environment, ..document }).unwrap()
}

#[test]
fn keys_that_differ_in_anything_have_different_fingerprints() {
    let mut keys = vec![hs256("k", 1, Some(KeyType::Production)), hs256("k", 1, Some(KeyType::Sandbox))];
    for number in 1..=255 {
        keys.extend([hs256("k", number, None), hs256(&format!("k{number}"), 1, None), hs256(&format!("{number}k"), 1, None)]);
    }
    for (at, key) in keys.iter().enumerate() {
        let others = keys[..at].iter().map(VerifyingKey::fingerprint);
        assert!(!others.into_iter().any(|other| other == key.fingerprint()), "{:?}", key.kid);
    }
    let (one, again) = (hs256("k", 1, None), hs256("k", 1, None));
    assert_eq!(one.fingerprint(), again.fingerprint());
    let set = KeySet::new(vec![hs256("j", 1, None), one]).unwrap();
    assert!(set.holds(again.fingerprint()) && !set.holds(hs256("i", 1, None).fingerprint()));
}

#[test]
fn a_key_of_one_environment_signs_no_token_of_the_other() {
    use KeyType::{Production, Sandbox};
    for (environment, production, sandbox) in [(None, true, true), (Some(Production), true, false), (Some(Sandbox), false, true)]
    {
        let key = hs256("k", 1, environment);
        assert_eq!((key.may_sign(Production), key.may_sign(Sandbox)), (production, sandbox), "{environment:?}");
    }
}

#[test]
fn only_an_hmac_key_is_a_secret() {
    let text = String::from;
    let secret = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    for (material, is_symmetric, values) in [
        (JwkMaterial::oct(&[1; 32]), true, [secret, ""]),
        (JwkMaterial::Ec { crv: text("P-256"), x: text("eA"), y: text("eQ") }, false, ["eA", "eQ"]),
        (JwkMaterial::Okp { crv: text("Ed25519"), x: text("eA") }, false, ["eA", ""]),
        (JwkMaterial::rsa(&[1], &[3]), false, ["AQ", "Aw"]),
    ] {
        assert_eq!((material.is_symmetric(), material.values()), (is_symmetric, values));
    }
}
