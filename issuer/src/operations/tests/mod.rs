//! Operations with a fixed clock and randomness that repeats.

mod migration;
mod revocation;
mod signing_keys;
mod status_lists;

use postern_token::bundle::{ApiDocument, Bundle, Problems};
use postern_token::{Algorithm, ApiReference, Claims, KeyType, Scopes, UnixSeconds, UnverifiedToken};
use tempfile::TempDir;

use super::*;
use crate::catalogue::{
    ApplicationId, Obtained, Restrictions, Settings, Subscription, TierName, TokenState, Validities, Validity,
};
use crate::entropy::{Entropy, EntropyError};
use crate::secrets::{MasterKey, PlainSecret};
use crate::storage::Storage;
use crate::testing::SeededEntropy;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

/// An initialised issuer with one application.
struct Fixture {
    directory: TempDir,
    storage: Storage,
    master_key: MasterKey,
    entropy: SeededEntropy,
    application: ApplicationId,
}

impl Fixture {
    fn new() -> Self {
        Self::signing_with(Algorithm::Hs256)
    }

    fn signing_with(algorithm: Algorithm) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::create(&directory.path().join("postern.db")).unwrap();
        let entropy = SeededEntropy::new(7);
        let master_key = MasterKey::generate(&entropy).unwrap();
        let settings = Settings {
            issuer: "https://issuer.example".parse().unwrap(),
            audience: "https://api.example".parse().unwrap(),
            default_validities: Validities::default(),
        };
        initialise(&storage, &settings, algorithm, &master_key, NOW, &entropy).unwrap();
        let application = create_application(&storage, "App".parse().unwrap(), NOW, &entropy).unwrap().id;
        Self { directory, storage, master_key, entropy, application }
    }

    fn request(&self) -> GenerateRequest {
        let scopes = Some(Scopes::parse("orders menu").unwrap());
        let restrictions = Restrictions { scopes, ..Restrictions::default() };
        GenerateRequest { application: self.application.clone(), key_type: KeyType::Production, restrictions, validity: None }
    }

    fn generate(&self) -> GeneratedKeys {
        generate(&self.storage, self.request(), &self.master_key, NOW, &self.entropy).unwrap()
    }

    fn regenerate(&self, now: UnixSeconds, entropy: &dyn Entropy) -> Result<RegeneratedToken, Error> {
        let request = RegenerateRequest {
            application: self.application.clone(),
            key_type: KeyType::Production,
            domains: None,
            ips: None,
            scopes: None,
            validity: None,
            new_secret: false,
        };
        regenerate(&self.storage, request, &self.master_key, now, entropy)
    }

    fn grant(&self, keys: &GeneratedKeys, scope: Option<&str>, now: UnixSeconds) -> Result<MintedToken, Error> {
        let secret = keys.consumer_secret.clone();
        let client = ClientCredentials { id: keys.consumer_key.as_str().to_owned(), secret };
        grant_client_credentials(&self.storage, &client, scope, &self.master_key, now, &self.entropy)
    }

    fn states(&self) -> Vec<(Obtained, TokenState)> {
        let tokens = list_tokens(&self.storage, &self.application).unwrap();
        tokens.iter().map(|token| (token.obtained, token.state)).collect()
    }

    fn claims<T>(&self, token: &MintedToken, check: impl FnOnce(&Claims<'_>) -> T) -> T {
        let document = compose_bundle(&self.storage, None, &self.master_key).unwrap();
        let bundle = Bundle::from_json(&serde_json::to_vec(&document).unwrap()).unwrap();
        let unverified = UnverifiedToken::parse(token.access_token.expose().as_bytes()).unwrap();
        let key = bundle.issuers[0].keys.find(unverified.kid().unwrap()).unwrap();
        check(&unverified.verify(key, &postern_token::SoftwareVerifier).unwrap().claims().unwrap())
    }
}

fn api(json: &str) -> ApiDocument {
    Problems::read(json.as_bytes()).unwrap()
}

/// A random source that has run dry after a number of draws.
struct DryEntropy(std::sync::Mutex<usize>);

impl Entropy for DryEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        let mut left = self.0.lock().unwrap();
        *left = left.checked_sub(1).ok_or(EntropyError)?;
        Ok(())
    }
}

#[test]
fn the_same_time_and_randomness_give_the_same_token() {
    let (one, other) = (Fixture::new().generate(), Fixture::new().generate());
    assert_eq!(one.token.access_token, other.token.access_token);
    assert_eq!(one.consumer_secret.expose(), other.consumer_secret.expose());
}

#[test]
fn a_token_is_minted_at_the_time_that_is_given() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let later = NOW.plus(100);
    let token = fixture.grant(&keys, None, later).unwrap();
    fixture.claims(&token, |claims| {
        assert_eq!(claims.iat, later);
        assert_eq!(claims.exp, Some(later.plus(3600)));
        assert_eq!(claims.jti, *token.id.identifier());
    });
    let record = list_tokens(&fixture.storage, &fixture.application).unwrap().pop().unwrap();
    assert_eq!((record.issued_at, record.expires_at), (later, Some(later.plus(3600))));
}

#[test]
fn regenerate_replaces_what_was_shown_and_leaves_what_was_granted() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    fixture.grant(&keys, Some("menu"), NOW.plus(1)).unwrap();
    fixture.regenerate(NOW.plus(2), &fixture.entropy).unwrap();
    let expected = [
        (Obtained::Generated, TokenState::Replaced),
        (Obtained::ClientCredentials, TokenState::Active),
        (Obtained::Regenerated, TokenState::Active),
    ];
    assert_eq!(fixture.states(), expected);
}

#[test]
fn an_operation_that_fails_half_way_leaves_nothing() {
    let fixture = Fixture::new();
    for draws in 0..3 {
        let dry = DryEntropy(std::sync::Mutex::new(draws));
        let refused = generate(&fixture.storage, fixture.request(), &fixture.master_key, NOW, &dry);
        assert!(matches!(refused, Err(Error::Entropy(_))), "{draws} draws");
        assert_eq!(fixture.states(), []);
    }
    // The keys were not kept, or this would be refused.
    fixture.generate();
    let refused = fixture.regenerate(NOW, &DryEntropy(std::sync::Mutex::new(0)));
    assert!(matches!(refused, Err(Error::Entropy(_))));
    assert_eq!(fixture.states(), [(Obtained::Generated, TokenState::Active)]);
    let other_key = MasterKey::generate(&SeededEntropy::new(1)).unwrap();
    let request = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    let refused = generate(&fixture.storage, request, &other_key, NOW, &fixture.entropy);
    assert!(matches!(refused, Err(Error::WrongMasterKey { .. })));
    assert_eq!(list_applications(&fixture.storage).unwrap()[0].key_sets.len(), 1);
}

#[test]
fn a_client_is_who_has_the_secret_and_gets_the_scopes_it_may_have() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let client = |id: &str, secret: &str| ClientCredentials { id: id.into(), secret: PlainSecret::presented(secret.into()) };
    for client in [
        client(keys.consumer_key.as_str(), "wrong"),
        client("ck_unknown", keys.consumer_secret.expose()),
        client(keys.consumer_secret.expose(), keys.consumer_key.as_str()),
        client("\0", "\0"),
    ] {
        let refused = grant_client_credentials(&fixture.storage, &client, None, &fixture.master_key, NOW, &fixture.entropy);
        assert!(matches!(refused, Err(Error::InvalidClient)), "{client:?}");
    }
    let scopes = |scope| fixture.grant(&keys, scope, NOW).map(|token| token.scopes.unwrap().as_str().to_owned());
    assert_eq!(scopes(None).unwrap(), "orders menu");
    assert_eq!(scopes(Some("menu")).unwrap(), "menu");
    assert!(matches!(scopes(Some("admin")), Err(Error::ScopeNotAllowed)));
    assert!(matches!(scopes(Some("")), Err(Error::ScopeNotAllowed)));
}

#[test]
fn an_application_keeps_the_defaults_it_was_created_with() {
    let fixture = Fixture::new();
    let changed = set_defaults(&fixture.storage, Some(Validity::Forever), None).unwrap();
    assert_eq!(changed, Validities { application: Validity::Forever, user: Validity::DEFAULT });
    assert_eq!(defaults(&fixture.storage).unwrap(), changed);
    assert_eq!(fixture.generate().token.expires_in, Some(3600));
    let new = create_application(&fixture.storage, "New".parse().unwrap(), NOW, &fixture.entropy).unwrap().id;
    let request = GenerateRequest { application: new, ..fixture.request() };
    let keys = generate(&fixture.storage, request, &fixture.master_key, NOW, &fixture.entropy).unwrap();
    assert_eq!(keys.token.expires_in, None);
    fixture.claims(&keys.token, |claims| assert_eq!(claims.exp, None));
}

#[test]
fn a_token_holds_the_subscriptions_of_its_moment() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let pizza = ApiReference::parse("pizza/1").unwrap();
    let tier: TierName = "gold".parse().unwrap();
    add_api(&fixture.storage, &api(r#"{"name":"pizza","version":"1","context":"/pizza"}"#), NOW).unwrap();
    let before = fixture.grant(&keys, None, NOW).unwrap();
    let subscription = Subscription { api: pizza.clone(), tier: tier.clone() };
    subscribe(&fixture.storage, &fixture.application, &subscription, NOW, &fixture.entropy).unwrap();
    let after = fixture.grant(&keys, None, NOW).unwrap();
    fixture.claims(&before, |claims| assert_eq!(claims.apis.tier(&pizza), None));
    fixture.claims(&after, |claims| assert_eq!(claims.apis.tier(&pizza), Some(tier.identifier())));
}

#[test]
fn a_subscription_after_which_no_token_could_be_minted_is_refused() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let refused = (0..300).find_map(|n| {
        let name = format!("{}{n}", "a".repeat(90));
        let document = format!(r#"{{"name":"{name}","version":"1","context":"/{n}"}}"#);
        add_api(&fixture.storage, &api(&document), NOW).unwrap();
        let api = ApiReference::parse(format!("{name}/1")).unwrap();
        let subscription = Subscription { api, tier: "gold".parse().unwrap() };
        subscribe(&fixture.storage, &fixture.application, &subscription, NOW, &fixture.entropy).err()
    });
    assert!(matches!(refused, Some(Error::Sign(_))), "{refused:?}");
    // The one that was refused left nothing behind.
    fixture.grant(&keys, None, NOW).unwrap();
}

#[test]
fn apis_share_a_place_only_on_different_hosts() {
    let fixture = Fixture::new();
    let add = |json: &str| add_api(&fixture.storage, &api(json), NOW);
    add(r#"{"name":"a","version":"1","context":"/x","hosts":["a.example"]}"#).unwrap();
    add(r#"{"name":"b","version":"1","context":"/x","hosts":["b.example"]}"#).unwrap();
    let refused = add(r#"{"name":"c","version":"1","context":"/x","hosts":["c.example","b.example"]}"#);
    assert!(matches!(refused, Err(Error::ApiOverlaps { existing, .. }) if existing == "b/1"));
    assert!(matches!(add(r#"{"name":"a","version":"1","context":"/y"}"#), Err(Error::ApiExists(_))));
    assert!(matches!(add(r#"{"name":"a b","version":"1","context":"/y"}"#), Err(Error::InvalidApi(_))));
    compose_bundle(&fixture.storage, Some(KeyType::Sandbox), &fixture.master_key).unwrap();
}

#[test]
fn an_edge_is_known_by_its_key_alone() {
    let fixture = Fixture::new();
    let name = "edge-1".parse().unwrap();
    let key = create_edge_key(&fixture.storage, &name, NOW, &fixture.entropy).unwrap();
    assert_eq!(authenticate_edge(&fixture.storage, &key).unwrap(), name);
    let refused = authenticate_edge(&fixture.storage, &PlainSecret::presented("edge-1".into()));
    assert!(matches!(refused, Err(Error::UnknownEdgeKey)));
    assert!(matches!(create_edge_key(&fixture.storage, &name, NOW, &fixture.entropy), Err(Error::EdgeKeyExists(_))));
}

#[test]
fn a_database_that_is_not_initialised_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::create(&directory.path().join("postern.db")).unwrap();
    let entropy = SeededEntropy::new(1);
    check_not_initialised(&storage).unwrap();
    assert!(matches!(check_health(&storage), Err(Error::NotInitialised)));
    let refused = create_application(&storage, "App".parse().unwrap(), NOW, &entropy);
    assert!(matches!(refused, Err(Error::NotInitialised)));
    let key = MasterKey::generate(&entropy).unwrap();
    assert!(matches!(check_master_key(&storage, &key), Err(Error::NotInitialised)));
}

#[test]
fn secrets_do_not_show_themselves() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let shown = format!("{keys:?} {:?} {:?}", fixture.master_key, list_applications(&fixture.storage).unwrap());
    assert!(!shown.contains("eyJ"), "{shown}");
    assert!(!shown.contains(keys.consumer_secret.expose()), "{shown}");
    assert!(!shown.contains(fixture.master_key.encode().as_str()), "{shown}");
}
