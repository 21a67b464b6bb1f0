//! Keys of every algorithm are generated and opened again, and sign tokens that an edge accepts.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_token::bundle::Problems;
use postern_token::{
    Algorithm, ApiReference, Claims, DomainPattern, Identifier, JwkDocument, KeyError, KeySet, KeyType, Kid, Kind, SignError,
    SigningKey, SoftwareVerifier, StatusList, StatusListTimes, Subscriptions, UnixSeconds, UnverifiedToken, VerifyingKey,
};
use zeroize::Zeroizing;

use super::{GenerateError, check_mintable, generate, open, open_for_tokens};
use postern_secrets::testing::SeededEntropy;
use postern_secrets::{Entropy, EntropyError};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const LIST: &str = "https://issuer.example/status/3";

pub(super) fn kid() -> Kid<'static> {
    Identifier::parse("rs1").unwrap()
}

pub(super) fn generated(algorithm: Algorithm) -> (SigningKey, Zeroizing<Vec<u8>>) {
    generated_with(algorithm, 1)
}

pub(super) fn generated_with(algorithm: Algorithm, seed: u8) -> (SigningKey, Zeroizing<Vec<u8>>) {
    generate(algorithm, kid(), &SeededEntropy::new(seed)).unwrap()
}

pub(super) fn claims(hosts: usize) -> Claims<'static> {
    let name = |text: &'static str| Identifier::parse(text).unwrap();
    let domain = |n| DomainPattern::parse(format!("host-{n:04}.example.com")).unwrap();
    Claims {
        iss: "https://issuer.example".into(),
        aud: vec!["https://api.example".into()],
        exp: Some(UnixSeconds(NOW.0 + 3600)),
        nbf: None,
        iat: NOW,
        jti: name("t-1"),
        client_id: name("consumer-key-1"),
        sub: name("consumer-key-1"),
        kind: Kind::Application,
        key_type: KeyType::Sandbox,
        app: name("app-1"),
        apis: Subscriptions::new(vec![(ApiReference::parse("pizza/1.0.0").unwrap(), name("gold"))]).unwrap(),
        scope: None,
        domains: Some((0..=hosts).map(domain).collect()),
        ips: None,
        status: None,
    }
}

/// A committed RSA key of another implementation, in DER, and its JWK.
fn foreign_rsa_key() -> (Vec<u8>, JwkDocument) {
    let pem = include_str!("../../../tests/vectors/keys/rs1.private.pem");
    let der = STANDARD.decode(pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()).unwrap();
    (der, Problems::read(include_str!("../../../tests/vectors/keys/rs1.jwk.json").as_bytes()).unwrap())
}

fn keys(document: &JwkDocument) -> KeySet {
    KeySet::new(vec![VerifyingKey::try_from(document).unwrap()]).unwrap()
}

fn accepts(keys: &KeySet, token: &str) -> bool {
    let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
    let key = keys.find(unverified.kid().unwrap()).unwrap();
    unverified.verify(key, &SoftwareVerifier).is_ok_and(|signed| signed.claims() == Ok(claims(0)))
}

#[test]
fn every_algorithm_signs_tokens_and_status_lists_deterministically() {
    let uri = Identifier::parse(LIST).unwrap();
    let times = || StatusListTimes { iat: NOW, exp: None, ttl: Some(60) };
    let list = StatusList::from_bytes(&[1, 0xb9, 0xa3]).unwrap();
    for algorithm in Algorithm::ALL {
        let (key, secret) = generated(algorithm);
        let opened = open(algorithm, kid(), &secret).unwrap();
        let keys = keys(&key.verifying_document());
        assert_eq!(opened.verifying_document(), key.verifying_document());
        assert_eq!((opened.algorithm(), opened.kid()), (algorithm, &kid()));
        let (token, signed_list) = (key.sign(&claims(0)).unwrap(), list.sign(&uri, times(), &key).unwrap());
        for key in [&key, &opened] {
            assert_eq!(key.sign(&claims(0)).unwrap(), token, "{algorithm:?}");
            assert_eq!(list.sign(&uri, times(), key).unwrap(), signed_list, "{algorithm:?}");
        }
        assert!(accepts(&keys, token.expose()), "{algorithm:?}");
        let (unsigned, signature) = token.expose().rsplit_once('.').unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        assert!(!accepts(&keys, &format!("{unsigned}.{other}{}", &signature[1..])), "{algorithm:?}");
        assert_eq!(
            StatusList::from_token(signed_list.as_bytes(), LIST, &keys, &SoftwareVerifier, NOW).map(|dated| dated.list).as_ref(),
            Ok(&list)
        );
        let other_key = generated_with(algorithm, 2).0;
        assert!(!accepts(&keys, other_key.sign(&claims(0)).unwrap().expose()), "{algorithm:?}");
    }
}

/// Tokens that were signed before a key was opened by AWS-LC can be made again.
#[test]
fn a_key_for_eddsa_signs_as_the_key_of_the_token_crate() {
    let (key, secret) = generated(Algorithm::EdDsa);
    let software = SigningKey::new(Algorithm::EdDsa, kid(), &secret).unwrap();
    assert_eq!(key.verifying_document(), software.verifying_document());
    assert_eq!(key.sign(&claims(3)).unwrap(), software.sign(&claims(3)).unwrap());
}

#[test]
fn a_key_for_tokens_is_the_same_key_and_remembers_its_signatures() {
    for algorithm in Algorithm::ALL {
        let (key, secret) = generated(algorithm);
        let open = || open_for_tokens(algorithm, kid(), &secret, &Arc::default()).unwrap();
        let (for_tokens, other_process) = (open(), open());
        let keys = keys(&key.verifying_document());
        assert_eq!(for_tokens.verifying_document(), key.verifying_document());
        let token = for_tokens.sign(&claims(0)).unwrap();
        assert_eq!(for_tokens.sign(&claims(0)).unwrap(), token, "{algorithm:?}");
        for token in [token, other_process.sign(&claims(0)).unwrap()] {
            assert!(accepts(&keys, token.expose()), "{algorithm:?}");
        }
    }
    assert!(open_for_tokens(Algorithm::Es256, kid(), &[0; 32], &Arc::default()).is_err());
    assert!(open_for_tokens(Algorithm::Es256, kid(), &[1; 31], &Arc::default()).is_err());
}

#[test]
fn the_jwk_of_an_rsa_key_has_no_private_members() {
    let (key, secret) = generated(Algorithm::Rs256);
    let jwk = serde_json::to_value(key.verifying_document()).unwrap();
    let members: Vec<&str> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!((jwk["kty"].as_str(), jwk["alg"].as_str(), jwk["e"].as_str()), (Some("RSA"), Some("RS256"), Some("AQAB")));
    // 2048 bits.
    assert_eq!(jwk["n"].as_str().unwrap().len(), 342);
    let debug = format!("{key:?}");
    assert_eq!(debug, r#"SigningKey { kid: Identifier("rs1"), algorithm: Rs256, .. }"#);
    assert!(secret.len() > 1000);
    assert_ne!(generated(Algorithm::Rs256).1, secret, "the seed must not determine an RSA key");
}

#[test]
fn a_key_of_another_implementation_opens_to_its_own_jwk() {
    let (der, document) = foreign_rsa_key();
    let key = open(Algorithm::Rs256, kid(), &der).unwrap();
    assert_eq!(key.verifying_document(), document);
    assert!(accepts(&keys(&document), key.sign(&claims(0)).unwrap().expose()));
}

#[test]
fn an_invalid_secret_does_not_open() {
    let der = foreign_rsa_key().0;
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        assert_eq!(open(algorithm, kid(), &der).unwrap_err(), KeyError::Secret);
    }
    let fails = |secret: &[u8]| open(Algorithm::Rs256, kid(), secret).is_err();
    assert_eq!(open(Algorithm::Rs256, kid(), &[7; 32]).unwrap_err(), KeyError::Secret);
    assert!(fails(&[]) && fails(b"-----BEGIN PRIVATE KEY-----") && fails(&[0x30; 1200]));
    for end in (0..der.len()).step_by(61) {
        assert!(fails(&der[..end]), "truncated at {end}");
    }
}

/// A changed secret must fail to open or open to the same key, and must not panic.
#[test]
fn a_changed_secret_does_not_open_to_another_key() {
    let (der, document) = foreign_rsa_key();
    for at in (0..der.len()).step_by(7) {
        let mut changed = der.clone();
        changed[at] ^= 0x11;
        if let Ok(key) = open(Algorithm::Rs256, kid(), &changed) {
            assert_eq!(key.verifying_document(), document, "byte {at}");
            assert!(accepts(&keys(&document), key.sign(&claims(0)).unwrap().expose()), "byte {at}");
        }
    }
}

#[test]
fn a_mintable_token_is_mintable_with_every_algorithm() {
    let all: Vec<SigningKey> = Algorithm::ALL.map(|algorithm| generated(algorithm).0).into();
    let longest = (400..520).filter(|hosts| check_mintable(&claims(*hosts), &kid()).is_ok()).max().unwrap();
    assert!(all.iter().all(|key| key.sign(&claims(longest)).is_ok()), "{longest}");
    let signs = |key: &SigningKey| key.sign(&claims(longest + 1));
    assert_eq!(all.iter().find(|key| key.algorithm() == Algorithm::Rs256).map(signs).unwrap(), Err(SignError::TooLong));
}

#[test]
fn generating_a_key_fails_without_random_bytes() {
    struct FailingEntropy;
    impl Entropy for FailingEntropy {
        fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
            Err(EntropyError)
        }
    }
    struct ZeroEntropy;
    impl Entropy for ZeroEntropy {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(0);
            Ok(())
        }
    }
    for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
        assert_eq!(generate(algorithm, kid(), &FailingEntropy).map(drop), Err(GenerateError::Entropy(EntropyError)));
    }
    assert_eq!(generate(Algorithm::Es256, kid(), &ZeroEntropy).map(drop), Err(GenerateError::Entropy(EntropyError)));
}
