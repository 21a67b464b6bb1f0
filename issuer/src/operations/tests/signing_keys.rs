//! Keys of every algorithm, and their rotation.

use postern_token::{Identifier, JwkMaterial, Kid, Status};

use super::*;
use crate::catalogue::KeyState;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa];

impl Fixture {
    fn create_key(&self, algorithm: Algorithm) -> Kid<'static> {
        create_signing_key(&self.storage, algorithm, &self.master_key, NOW, &self.entropy).unwrap().kid
    }

    /// The keys as an edge gets them: names and algorithms.
    fn published(&self) -> Vec<(String, Algorithm)> {
        let document = compose_bundle(&self.storage, None, &self.master_key).unwrap();
        document.keys.keys.into_iter().map(|key| (key.kid, key.alg)).collect()
    }

    fn keys(&self) -> Vec<(KeyState, u64)> {
        let keys = list_signing_keys(&self.storage, NOW).unwrap();
        keys.iter().map(|details| (details.key.state, details.live.count)).collect()
    }

    fn signing(&self) -> Kid<'static> {
        let keys = list_signing_keys(&self.storage, NOW).unwrap();
        keys.into_iter().find(|details| details.key.state == KeyState::Signing).unwrap().key.kid
    }
}

#[test]
fn every_algorithm_signs_tokens_and_lists_that_an_edge_accepts() {
    for algorithm in ALGORITHMS {
        let fixture = Fixture::signing_with(algorithm);
        check_master_key(&fixture.storage, &fixture.master_key).unwrap();
        let keys = fixture.generate();
        // The bundle is checked, and the token read, as an edge does it.
        assert_eq!(fixture.status(&keys.token), Some(Status::Valid));
        revoke_token(&fixture.storage, &keys.token.id, NOW).unwrap();
        assert_eq!(fixture.status(&keys.token), Some(Status::Revoked));
        let key = compose_bundle(&fixture.storage, None, &fixture.master_key).unwrap().keys.keys.remove(0);
        assert_eq!((key.alg, matches!(key.material, JwkMaterial::Oct { .. })), (algorithm, algorithm == Algorithm::Hs256));
        let other = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
        assert!(matches!(check_master_key(&fixture.storage, &other), Err(Error::WrongMasterKey { .. })));
        assert!(matches!(compose_bundle(&fixture.storage, None, &other), Err(Error::WrongMasterKey { .. })));
        let refused = create_signing_key(&fixture.storage, algorithm, &other, NOW, &fixture.entropy);
        assert!(matches!(refused, Err(Error::WrongMasterKey { .. })));
    }
}

#[test]
fn a_key_is_published_then_signs_and_is_retired_when_nothing_hangs_on_it() {
    let fixture = Fixture::new();
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

    sign_with_key(&fixture.storage, &second, &fixture.master_key).unwrap();
    let new = fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(kid(&new), second.as_str());
    assert_eq!(list_tokens(&fixture.storage, &fixture.application).unwrap()[2].kid, second);
    assert_eq!((fixture.status(&keys.token), fixture.status(&new)), (Some(Status::Valid), Some(Status::Valid)));
    assert_eq!(fixture.keys(), [(KeyState::Published, 2), (KeyState::Signing, 1)]);
    // Once more changes nothing.
    let revision = fixture.revision();
    sign_with_key(&fixture.storage, &second, &fixture.master_key).unwrap();
    assert_eq!(fixture.revision(), revision);

    let retire = |kid: &Kid<'_>, now| retire_signing_key(&fixture.storage, kid, false, now);
    assert!(matches!(retire(&second, NOW), Err(Error::KeySigns(_))));
    let refused = retire(&first, NOW.plus(600));
    assert!(matches!(refused, Err(Error::KeyInUse { tokens: 2, seconds: Some(3000), .. })), "{refused:?}");
    assert_eq!(retire(&first, NOW.plus(3600)).unwrap().count, 2);
    assert_eq!(fixture.published(), [(second.as_str().to_owned(), Algorithm::Es256)]);
    assert!(matches!(retire(&first, NOW), Err(Error::KeyRetired(_))));
    assert!(matches!(sign_with_key(&fixture.storage, &first, &fixture.master_key), Err(Error::KeyRetired(_))));
    let unknown = Identifier::parse("unknown").unwrap();
    assert!(matches!(retire(&unknown, NOW), Err(Error::NoSuchKey(_))));
    assert!(matches!(sign_with_key(&fixture.storage, &unknown, &fixture.master_key), Err(Error::NoSuchKey(_))));
}

#[test]
fn a_retired_key_is_destroyed_and_ends_what_it_signed() {
    let fixture = Fixture::new();
    let request = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    generate(&fixture.storage, request, &fixture.master_key, NOW, &fixture.entropy).unwrap();
    let first = fixture.signing();
    let second = fixture.create_key(Algorithm::EdDsa);
    sign_with_key(&fixture.storage, &second, &fixture.master_key).unwrap();
    let refused = retire_signing_key(&fixture.storage, &first, false, UnixSeconds(u64::MAX)).unwrap_err();
    assert!(refused.to_string().contains("one of them for ever"), "{refused}");
    assert_eq!(retire_signing_key(&fixture.storage, &first, true, NOW).unwrap().count, 1);
    assert_eq!(fixture.states(), [(Obtained::Generated, TokenState::Revoked)]);
    assert_eq!(fixture.keys(), [(KeyState::Retired, 0), (KeyState::Signing, 0)]);
    let connection = rusqlite::Connection::open(fixture.directory.path().join("postern.db")).unwrap();
    let sealed: Option<Vec<u8>> =
        connection.query_row("SELECT sealed FROM signing_keys WHERE kid = ?1", [first.as_str()], |row| row.get(0)).unwrap();
    assert_eq!(sealed, None);
}

#[test]
fn rs256_does_not_sign() {
    let fixture = Fixture::new();
    let refused = create_signing_key(&fixture.storage, Algorithm::Rs256, &fixture.master_key, NOW, &fixture.entropy);
    assert!(matches!(refused, Err(Error::CannotSign(Algorithm::Rs256))));
    assert_eq!(fixture.published().len(), 1);
}
