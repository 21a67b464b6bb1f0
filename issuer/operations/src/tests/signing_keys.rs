//! Signing keys of every algorithm, and their rotation.

use postern_token::{Algorithm, Identifier, JwkMaterial, KeyType, Kid, Status, UnixSeconds, UnverifiedToken};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::{Actor, KeyState, Obtained, TokenState, Validity};
use postern_secrets::MasterKey;
use postern_secrets::testing::SeededEntropy;

on_both!(
    an_edge_accepts_tokens_and_lists_of_every_algorithm,
    a_key_is_published_then_signs_and_is_retired_when_its_tokens_expired,
    retiring_a_key_deletes_it_and_revokes_its_tokens,
);

const BOTH: [KeyType; 2] = [KeyType::Production, KeyType::Sandbox];

impl Fixture {
    /// The keys in the bundle, with their algorithms.
    fn published(&self) -> Vec<(String, Algorithm)> {
        let document = compose_bundle(&self.act(), None).unwrap();
        document.keys.keys.into_iter().map(|key| (key.kid, key.alg)).collect()
    }

    fn keys(&self) -> Vec<(KeyState, u64)> {
        let keys = list_signing_keys(&self.act()).unwrap();
        keys.iter().map(|details| (details.key.state, details.live.count)).collect()
    }
}

fn an_edge_accepts_tokens_and_lists_of_every_algorithm(engine: Engine) {
    for algorithm in Algorithm::ALL {
        let fixture = Fixture::signing_with(engine, algorithm);
        check_master_key(&fixture.act()).unwrap();
        let keys = fixture.generate();
        // Validates the bundle and verifies the token as an edge does.
        assert_eq!(fixture.status(&keys.token), Some(Status::Valid));
        revoke_token(&fixture.act(), &keys.token.id).unwrap();
        assert_eq!(fixture.status(&keys.token), Some(Status::Revoked));
        let key = compose_bundle(&fixture.act(), None).unwrap().keys.keys.remove(0);
        assert_eq!((key.alg, matches!(key.material, JwkMaterial::Oct { .. })), (algorithm, algorithm == Algorithm::Hs256));
        let other = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
        let other = fixture.another(&other, 2);
        let act = other.act(Actor::Operator);
        assert!(matches!(check_master_key(&act), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
        assert!(matches!(compose_bundle(&act, None), Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
        let refused = new_signing_key(&act, algorithm);
        assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    }
}

fn a_key_is_published_then_signs_and_is_retired_when_its_tokens_expired(engine: Engine) {
    let fixture = Fixture::with_one_key(engine);
    let keys = fixture.generate();
    let (first, revision) = (fixture.signing(), fixture.revision());
    let second = fixture.create_key(Algorithm::Es256);
    assert_eq!(fixture.published().len(), 2);
    assert!(fixture.revision() > revision);
    let kid = |token: &MintedToken| {
        let unverified = UnverifiedToken::parse(token.access_token.expose().as_bytes()).unwrap();
        unverified.kid().unwrap().to_owned()
    };
    assert_eq!(kid(&fixture.grant(&keys, None, NOW).unwrap()), first.as_str());

    sign_with_key(&fixture.act(), &second, &BOTH).unwrap();
    let new = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(kid(&new), second.as_str());
    assert_eq!(fixture.tokens()[1].kid, second);
    assert_eq!((fixture.status(&keys.token), fixture.status(&new)), (Some(Status::Valid), Some(Status::Valid)));
    assert_eq!(fixture.keys(), [(KeyState::Published, 1), (KeyState::Signing, 1)]);
    // Repeating it changes nothing.
    let revision = fixture.revision();
    sign_with_key(&fixture.act(), &second, &BOTH).unwrap();
    assert_eq!(fixture.revision(), revision);

    let retire = |kid: &Kid<'_>, now| retire_signing_key(&fixture.at(now), kid, false);
    assert!(matches!(retire(&second, NOW), Err(Error::SigningKey(SigningKeyError::Active(_)))));
    let refused = retire(&first, NOW.plus(600));
    assert!(
        matches!(refused, Err(Error::SigningKey(SigningKeyError::InUse { tokens: 1, seconds: Some(3000), .. }))),
        "{refused:?}"
    );
    assert_eq!(retire(&first, NOW.plus(3600)).unwrap().count, 1);
    assert_eq!(fixture.published(), [(second.as_str().to_owned(), Algorithm::Es256)]);
    assert!(matches!(retire(&first, NOW), Err(Error::SigningKey(SigningKeyError::Retired(_)))));
    assert!(matches!(sign_with_key(&fixture.act(), &first, &BOTH), Err(Error::SigningKey(SigningKeyError::Retired(_)))));
    let unknown = Identifier::parse("unknown").unwrap();
    assert!(matches!(retire(&unknown, NOW), Err(Error::SigningKey(SigningKeyError::NotFound(_)))));
    assert!(matches!(sign_with_key(&fixture.act(), &unknown, &BOTH), Err(Error::SigningKey(SigningKeyError::NotFound(_)))));
}

fn retiring_a_key_deletes_it_and_revokes_its_tokens(engine: Engine) {
    let fixture = Fixture::with_one_key(engine);
    fixture.allow_forever();
    let request = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    generate(&fixture.act(), &request).unwrap();
    let first = fixture.signing();
    let second = fixture.create_key(Algorithm::EdDsa);
    sign_with_key(&fixture.act(), &second, &BOTH).unwrap();
    let refused = retire_signing_key(&fixture.at(UnixSeconds(u64::MAX)), &first, false).unwrap_err();
    assert!(refused.to_string().contains("some never expire"), "{refused}");
    assert_eq!(retire_signing_key(&fixture.at(NOW), &first, true).unwrap().count, 1);
    assert_eq!(fixture.states(), [(Obtained::Generated, TokenState::Revoked)]);
    assert_eq!(fixture.keys(), [(KeyState::Retired, 0), (KeyState::Signing, 0)]);
    assert_eq!(fixture.database.query("SELECT count(*) FROM signing_keys WHERE sealed IS NULL").unwrap(), "1");
}
