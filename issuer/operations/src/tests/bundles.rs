//! The content of each environment's bundle, its signature, and its place in the issuer's history.

use postern_token::bundle::{BundleDocument, verify_bundle};
use postern_token::{
    Algorithm, JwkDocument, KeySet, KeyType, SoftwareVerifier, StatusList, TokenError, UnixSeconds, VerifyingKey,
};

use super::super::*;
use super::*;
use crate::error::SigningKeyError;
use postern_model::Actor;

on_both!(
    the_sandbox_never_gets_a_secret_key_of_production,
    a_secret_key_signs_for_one_environment,
    a_database_whose_environments_share_a_secret_is_separated_once,
    every_edge_can_read_the_lists_that_its_bundle_names,
    a_bundle_is_signed_by_a_key_of_its_own,
    the_bundle_key_is_changed_in_steps,
    a_new_master_key_seals_the_bundle_key_too,
    a_recovered_issuer_begins_another_epoch,
);

const ENVIRONMENTS: [Option<KeyType>; 3] = [None, Some(KeyType::Production), Some(KeyType::Sandbox)];

fn bundle(fixture: &Fixture, environment: Option<KeyType>) -> BundleDocument {
    compose_live_bundle(&fixture.act(), environment).unwrap().document
}

/// The names of a bundle's keys that are secrets, each with the environment that it is bound to.
fn secrets(fixture: &Fixture, environment: Option<KeyType>) -> Vec<(String, Option<KeyType>)> {
    let keys = bundle(fixture, environment).keys.keys.into_iter().filter(|key| key.material.is_symmetric());
    keys.map(|key| (key.kid, key.environment)).collect()
}

fn signer(fixture: &Fixture, key_type: KeyType) -> String {
    let keys = list_signing_keys(&fixture.act()).unwrap();
    let signs = |details: &&SigningKeyDetails| details.key.signs.iter().any(|(own, _)| *own == key_type);
    keys.iter().find(signs).unwrap().key.kid.to_string()
}

fn create_planned(fixture: &Fixture, algorithm: Algorithm, key_type: KeyType) -> postern_model::SigningKeyRecord {
    let key = make_signing_key(&fixture.act(), algorithm).unwrap();
    create_signing_key(&fixture.act(), &key, Some(key_type)).unwrap()
}

fn the_sandbox_never_gets_a_secret_key_of_production(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (production, sandbox) = (signer(&fixture, KeyType::Production), signer(&fixture, KeyType::Sandbox));
    assert_ne!(production, sandbox, "each environment signs with a key of its own");
    let of_production = (production.clone(), Some(KeyType::Production));
    let of_sandbox = (sandbox, Some(KeyType::Sandbox));
    assert_eq!(secrets(&fixture, Some(KeyType::Production)), std::slice::from_ref(&of_production));
    assert_eq!(secrets(&fixture, Some(KeyType::Sandbox)), std::slice::from_ref(&of_sandbox));
    assert_eq!(secrets(&fixture, None), [of_production, of_sandbox]);
    // A key without an environment, one that is planned for an environment, and one that has signed.
    let unplanned = fixture.create_key(Algorithm::Hs256);
    let planned = create_planned(&fixture, Algorithm::Hs256, KeyType::Production);
    sign_with_key(&fixture.act(), &planned.kid, &[KeyType::Production]).unwrap();
    let names: Vec<_> = secrets(&fixture, Some(KeyType::Sandbox)).into_iter().map(|(kid, _)| kid).collect();
    for kid in [production.as_str(), unplanned.as_str(), planned.kid.as_str()] {
        assert!(!names.contains(&kid.to_owned()), "{kid}");
    }
    // Every bundle may hold a public key, which names the environment whose tokens it signs.
    let public = create_planned(&fixture, Algorithm::Es256, KeyType::Production);
    for environment in ENVIRONMENTS {
        let keys = bundle(&fixture, environment).keys.keys;
        let own = keys.iter().find(|key| key.kid == public.kid.as_str()).unwrap();
        assert_eq!(own.environment, Some(KeyType::Production));
    }
}

fn a_secret_key_signs_for_one_environment(engine: Engine) {
    let fixture = Fixture::new(engine);
    let kid = fixture.create_key(Algorithm::Hs256);
    let both = [KeyType::Production, KeyType::Sandbox];
    for key_types in [&both[..], &both[1..]] {
        let refused = sign_with_key(&fixture.act(), &kid, key_types).map(drop);
        assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::SharedSecret(_)))), "{refused:?}");
    }
    let signs = |record: postern_model::SigningKeyRecord| record.signs.into_iter().map(|(own, _)| own).collect::<Vec<_>>();
    assert_eq!(signs(sign_with_key_everywhere(&fixture.act(), &kid).unwrap()), both[..1]);
    let public = fixture.create_key(Algorithm::Es256);
    assert_eq!(signs(sign_with_key_everywhere(&fixture.act(), &public).unwrap()), both);
    let planned = create_planned(&fixture, Algorithm::Hs256, KeyType::Sandbox);
    sign_with_key(&fixture.act(), &planned.kid, &both[1..]).unwrap();
    let refused = sign_with_key(&fixture.act(), &planned.kid, &both[..1]).map(drop);
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::SharedSecret(_)))), "{refused:?}");
}

fn a_database_whose_environments_share_a_secret_is_separated_once(engine: Engine) {
    let fixture = Fixture::new(engine);
    assert_eq!(separate_environments(&fixture.act()).unwrap(), None, "a new one needs nothing");
    // The state of an older version, in which both environments share a key.
    let production = signer(&fixture, KeyType::Production);
    fixture.execute(&format!("UPDATE signers SET kid = '{production}'"));
    fixture.execute("UPDATE signing_keys SET for_production = 1, for_sandbox = 1");
    let kid = separate_environments(&fixture.act()).unwrap().unwrap();
    assert_eq!((signer(&fixture, KeyType::Sandbox), signer(&fixture, KeyType::Production)), (kid.to_string(), production));
    assert_eq!(secrets(&fixture, Some(KeyType::Sandbox)), [(kid.to_string(), Some(KeyType::Sandbox))]);
    assert_eq!(separate_environments(&fixture.act()).unwrap(), None);
    // A public key may be shared.
    let public = Fixture::signing_with(engine, Algorithm::Es256);
    public.execute(&format!("UPDATE signers SET kid = '{}'", signer(&public, KeyType::Production)));
    public.execute("UPDATE signing_keys SET for_production = 1, for_sandbox = 1");
    assert_eq!(separate_environments(&public.act()).unwrap(), None);
}

fn every_edge_can_read_the_lists_that_its_bundle_names(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    for environment in ENVIRONMENTS {
        let bundle = bundle(&fixture, environment);
        let keys = bundle.keys.keys.iter().map(|key| VerifyingKey::try_from(key).unwrap()).collect();
        let keys = KeySet::new(keys).unwrap();
        for listed in bundle.status_lists {
            let id = listed.uri.rsplit('/').next().unwrap().parse().map(postern_model::StatusListId).unwrap();
            let signed = sign_status_list(&fixture.act(), id, Some(&listed.version)).unwrap().unwrap();
            assert_eq!(signed.edition.name(), listed.version, "{environment:?}");
            let read = StatusList::from_token(signed.token.as_bytes(), &listed.uri, &keys, &SoftwareVerifier, NOW);
            assert_eq!(read.unwrap().times.ttl, None, "an edge goes by the bundle");
            let other = sign_status_list(&fixture.act(), id, None).unwrap().unwrap();
            assert!(other.token != signed.token, "others must not keep it for long");
        }
    }
}

/// The keys that edges pin.
fn pinned(fixture: &Fixture) -> KeySet {
    let keys = list_bundle_keys(&fixture.act()).unwrap();
    let key = |public: &str| {
        let document: JwkDocument = postern_token::document::Problems::read(public.as_bytes()).unwrap();
        VerifyingKey::try_from(&document).unwrap()
    };
    KeySet::new(keys.iter().map(|record| key(&record.public)).collect()).unwrap()
}

fn verified(jws: &str, keys: &KeySet) -> Result<Vec<u8>, TokenError> {
    verify_bundle(jws.as_bytes(), 1 << 20, keys, &SoftwareVerifier)
}

fn a_bundle_is_signed_by_a_key_of_its_own(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = pinned(&fixture);
    for environment in ENVIRONMENTS {
        let composed = compose_live_bundle(&fixture.act(), environment).unwrap();
        assert_eq!(verified(&composed.signed, &keys), Ok(composed.json.clone()));
        assert!(composed.is_secret());
        // What signs tokens signs no bundle, and the other way round.
        let document = &composed.document;
        assert!(document.keys.keys.iter().all(|key| keys.find(&key.kid).is_none()));
        let again = compose_live_bundle(&fixture.act(), environment).unwrap();
        assert_eq!(again.signed, composed.signed, "the same bundle has the same signature, and thus the same entity tag");
    }
    let inline = compose_signed_bundle(&fixture.act(), None).unwrap();
    assert!(verified(&inline, &keys).is_ok());
    let public = Fixture::signing_with(engine, Algorithm::EdDsa);
    assert!(!compose_live_bundle(&public.act(), None).unwrap().is_secret());
}

fn the_bundle_key_is_changed_in_steps(engine: Engine) {
    let fixture = Fixture::new(engine);
    let act = fixture.act();
    let old = pinned(&fixture);
    let first = list_bundle_keys(&act).unwrap().remove(0);
    assert!(first.signs && first.algorithm == Algorithm::Es256);
    ensure_bundle_key(&act).unwrap();
    assert_eq!(list_bundle_keys(&act).unwrap().len(), 1, "there is one already");
    for symmetric in [Algorithm::Hs256, Algorithm::Rs256] {
        let refused = create_bundle_key(&act, Some(symmetric));
        assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::BundleAlgorithm))));
    }
    let second = create_bundle_key(&act, Some(Algorithm::EdDsa)).unwrap();
    let (both, jws) = (pinned(&fixture), compose_signed_bundle(&act, None).unwrap());
    assert!(!second.signs && verified(&jws, &old).is_ok() && verified(&jws, &both).is_ok());
    let revision = fixture.revision();
    assert!(sign_bundles_with(&act, &second.kid).unwrap().signs);
    assert!(fixture.revision() > revision, "edges that wait hear of it");
    let jws = compose_signed_bundle(&act, None).unwrap();
    assert_eq!((verified(&jws, &old), verified(&jws, &both).is_ok()), (Err(TokenError::NoKey), true));
    let refused = remove_bundle_key(&act, &second.kid);
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::BundleKeySigns(_)))));
    remove_bundle_key(&act, &first.kid).unwrap();
    assert!(matches!(remove_bundle_key(&act, &first.kid), Err(Error::SigningKey(SigningKeyError::BundleKeyNotFound(_)))));
    // A database from before there were bundle keys.
    fixture.execute("DELETE FROM bundle_keys");
    ensure_bundle_key(&act).unwrap();
    assert!(list_bundle_keys(&act).unwrap()[0].signs);
}

fn a_new_master_key_seals_the_bundle_key_too(engine: Engine) {
    let fixture = Fixture::new(engine);
    let before = compose_signed_bundle(&fixture.act(), None).unwrap();
    let new = postern_secrets::MasterKey::generate(&postern_secrets::testing::SeededEntropy::new(9)).unwrap();
    change_master_key(&fixture.act(), &new).unwrap();
    let (opens, fails) = (fixture.another(&new, 3), fixture.another(&fixture.master_key, 4));
    let (keys, after) = (pinned(&fixture), compose_signed_bundle(&opens.act(Actor::Operator), None).unwrap());
    assert!(verified(&before, &keys).is_ok() && verified(&after, &keys).is_ok(), "the key is the same");
    assert!(compose_signed_bundle(&fails.act(Actor::Operator), None).is_err());
}

fn a_recovered_issuer_begins_another_epoch(engine: Engine) {
    let fixture = Fixture::new(engine);
    let age = |fixture: &Fixture| {
        let document = bundle(fixture, None);
        (document.epoch.unwrap(), document.revision.unwrap())
    };
    let before = age(&fixture);
    assert_eq!(before.0, NOW.0);
    fixture.create_key(Algorithm::Es256);
    let after = age(&fixture);
    assert!(after.0 == before.0 && after.1 > before.1);
    let recovery = recover(&fixture.at(NOW.plus(60))).unwrap();
    assert_eq!((age(&fixture).0, recovery.epoch), (NOW.0 + 60, NOW.0 + 60));
    assert_ne!(recovery.kid, recovery.sandbox_kid);
    // A clock that went back does not bring an epoch back.
    recover(&fixture.at(UnixSeconds(5))).unwrap();
    assert_eq!(age(&fixture).0, NOW.0 + 61);
    // A database from before there were epochs names none.
    fixture.execute("UPDATE revision SET epoch = 0");
    assert_eq!(bundle(&fixture, None).epoch, None);
}
