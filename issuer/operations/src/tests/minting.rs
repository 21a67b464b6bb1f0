//! Minting: which client gets which token.

use postern_token::{ApiReference, KeyType};

use super::super::*;
use super::*;
use crate::error::{ConsumerKeyError, SettingsError, SigningKeyError, TokenError};
use postern_model::{Actor, Obtained, TierName, TokenState, Validities, Validity};
use postern_secrets::testing::{FixedClock, SeededEntropy};
use postern_secrets::{Entropy, EntropyError};
use postern_secrets::{MasterKey, PlainSecret};
use postern_storage::Storage;

on_both!(
    the_same_time_and_randomness_give_the_same_token,
    a_token_is_minted_at_the_given_time,
    regenerate_replaces_tokens_with_the_same_scopes_only,
    a_failed_operation_is_rolled_back,
    a_client_needs_its_secret_and_gets_only_allowed_scopes,
    an_application_keeps_the_defaults_it_was_created_with,
    a_token_holds_the_subscriptions_at_its_minting,
    a_subscription_that_makes_tokens_too_large_is_refused,
    tokens_that_a_client_obtains_in_an_hour_are_bounded,
    operations_fail_before_initialisation,
    debug_output_contains_no_secret,
);

/// A random source that fails after a number of draws.
struct LimitedEntropy(std::sync::Mutex<usize>);

impl LimitedEntropy {
    fn after(draws: usize) -> Self {
        Self(std::sync::Mutex::new(draws))
    }
}

impl Entropy for LimitedEntropy {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        let mut left = self.0.lock().unwrap();
        *left = left.checked_sub(1).ok_or(EntropyError)?;
        Ok(())
    }
}

fn the_same_time_and_randomness_give_the_same_token(engine: Engine) {
    let (one, other) = (Fixture::new(engine).generate(), Fixture::new(engine).generate());
    assert_eq!(one.token.access_token, other.token.access_token);
    assert_eq!(one.consumer_secret.as_ref().unwrap().expose(), other.consumer_secret.as_ref().unwrap().expose());
}

fn a_token_is_minted_at_the_given_time(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.never_find_current_token();
    let keys = fixture.generate();
    let later = NOW.plus(100);
    let token = fixture.grant(&keys, None, later).unwrap();
    fixture.claims(&token, |claims| {
        assert_eq!(claims.iat, later);
        assert_eq!(claims.exp, Some(later.plus(3600)));
        assert_eq!(claims.jti, *token.id.identifier());
    });
    let record = fixture.tokens().pop().unwrap();
    assert_eq!((record.issued_at, record.expires_at), (later, Some(later.plus(3600))));
}

fn regenerate_replaces_tokens_with_the_same_scopes_only(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.never_find_current_token();
    let keys = fixture.generate();
    fixture.grant(&keys, Some("menu"), NOW.plus(1)).unwrap();
    fixture.grant(&keys, None, NOW.plus(1)).unwrap();
    let regenerated = fixture.regenerate(NOW.plus(2)).unwrap();
    let expected = [
        (Obtained::Generated, TokenState::Replaced),
        (Obtained::ClientCredentials, TokenState::Active),
        // Same scopes as the generated token.
        (Obtained::ClientCredentials, TokenState::Replaced),
        (Obtained::Regenerated, TokenState::Active),
    ];
    assert_eq!(fixture.states(), expected);
    // Grants answer with the new token afterwards.
    fixture.set_policies(PolicyChange { renew_below_percent: Some(10), ..PolicyChange::default() });
    let granted = fixture.grant(&keys, None, NOW.plus(2)).unwrap();
    assert_eq!(granted.access_token, regenerated.token.access_token);
}

fn a_failed_operation_is_rolled_back(engine: Engine) {
    let fixture = Fixture::new(engine);
    for draws in 0..3 {
        let dry = LimitedEntropy::after(draws);
        let refused = generate(&fixture.act().with_entropy(&dry), &fixture.request());
        assert!(matches!(refused, Err(Error::Entropy(_))), "{draws} draws");
        assert_eq!(fixture.states(), []);
    }
    // The failed attempts left no keys, which would make this fail.
    fixture.generate();
    let dry = LimitedEntropy::after(0);
    let refused = regenerate(&fixture.act().with_entropy(&dry), &fixture.regenerate_request());
    assert!(matches!(refused, Err(Error::Entropy(_))));
    assert_eq!(fixture.states(), [(Obtained::Generated, TokenState::Active)]);
    let other = fixture.another(&MasterKey::generate(&SeededEntropy::new(1)).unwrap(), 2);
    let request = GenerateRequest { key_type: KeyType::Sandbox, ..fixture.request() };
    let refused = generate(&other.act(Actor::Operator), &request);
    assert!(matches!(refused, Err(Error::SigningKey(SigningKeyError::WrongMasterKey { .. }))));
    assert_eq!(show_application(&fixture.act(), &fixture.application).unwrap().key_sets.len(), 1);
    // The audit log has no entry of a failed attempt.
    let generated = fixture.audit().iter().filter(|entry| entry.action == "keys.generate").count();
    assert_eq!(generated, 1);
}

fn a_client_needs_its_secret_and_gets_only_allowed_scopes(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let stranger = |id: &str, secret: &str| ClientCredentials { id: id.into(), secret: PlainSecret::presented(secret.into()) };
    for client in [
        stranger(keys.consumer_key.as_str(), "wrong"),
        stranger("ck_unknown", keys.consumer_secret.as_ref().unwrap().expose()),
        stranger(keys.consumer_secret.as_ref().unwrap().expose(), keys.consumer_key.as_str()),
        stranger("\0", "\0"),
        stranger("\u{e9}", "\u{202e}"),
    ] {
        let shown = format!("{client:?}");
        let refused = find_or_mint(&fixture.act(), &ClientGrant { client, scope: None, validity: None });
        assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))), "{shown}: {refused:?}");
    }
    let scopes = |scope| fixture.grant(&keys, scope, NOW).map(|token| token.scopes.unwrap().as_str().to_owned());
    assert_eq!(scopes(None).unwrap(), "orders menu");
    assert_eq!(scopes(Some("menu")).unwrap(), "menu");
    assert!(matches!(scopes(Some("admin")), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
    assert!(matches!(scopes(Some("")), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
}

fn an_application_keeps_the_defaults_it_was_created_with(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let changed = fixture.set_defaults(Some(Validity::Forever), None).unwrap();
    assert_eq!(changed.default_validities, Validities { application: Validity::Forever, user: Validity::DEFAULT });
    assert_eq!(load_settings(&fixture.act()).unwrap(), changed);
    assert_eq!(fixture.generate().token.expires_in, Some(3600));
    let new = create_application(&fixture.act(), "New".parse().unwrap()).unwrap().id;
    let request = GenerateRequest { application: new, ..fixture.request() };
    let keys = generate(&fixture.act(), &request).unwrap();
    assert_eq!(keys.token.expires_in, None);
    fixture.claims(&keys.token, |claims| assert_eq!(claims.exp, None));
}

fn a_token_holds_the_subscriptions_at_its_minting(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let tier: TierName = "gold".parse().unwrap();
    let pizza = fixture.add_api("pizza");
    let before = fixture.grant(&keys, None, NOW).unwrap();
    subscribe(&fixture.act(), &fixture.application, &pizza, &tier).unwrap();
    let after = fixture.grant(&keys, None, NOW).unwrap();
    fixture.claims(&before, |claims| assert_eq!(claims.apis.tier(&pizza), None));
    fixture.claims(&after, |claims| assert_eq!(claims.apis.tier(&pizza), Some(tier.identifier())));
}

fn a_subscription_that_makes_tokens_too_large_is_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let refused = (0..300).find_map(|n| {
        let name = format!("{}{n}", "a".repeat(90));
        let document = format!(r#"{{"name":"{name}","version":"1","context":"/{n}"}}"#);
        add_api(&fixture.act(), &api(&document)).unwrap();
        let api = ApiReference::parse(format!("{name}/1")).unwrap();
        subscribe(&fixture.act(), &fixture.application, &api, &"gold".parse().unwrap()).err()
    });
    assert!(matches!(refused, Some(Error::Token(TokenError::Sign(_)))), "{refused:?}");
    // The refused subscription was rolled back.
    fixture.grant(&keys, None, NOW).unwrap();
}

fn operations_fail_before_initialisation(engine: Engine) {
    let database = fixture::TestDatabase::new(engine);
    let entropy = SeededEntropy::new(1);
    let storage = Storage::create(&database.location()).unwrap();
    let keyring = keyring(&MasterKey::generate(&entropy).unwrap());
    let instance = Instance::for_command(storage, keyring, Box::new(FixedClock(NOW)), Box::new(entropy));
    let act = instance.act(Actor::Operator);
    check_not_initialised(instance.storage()).unwrap();
    assert!(matches!(check_health(&act), Err(Error::Settings(SettingsError::NotInitialised))));
    let refused = create_application(&act, "App".parse().unwrap());
    assert!(matches!(refused, Err(Error::Settings(SettingsError::NotInitialised))));
    assert!(matches!(check_master_key(&act), Err(Error::Settings(SettingsError::NotInitialised))));
    initialise(&act, &settings(), postern_token::Algorithm::EdDsa).unwrap();
    assert!(matches!(check_not_initialised(instance.storage()), Err(Error::Settings(SettingsError::AlreadyInitialised))));
    let again = initialise(&act, &settings(), postern_token::Algorithm::EdDsa);
    assert!(matches!(again, Err(Error::Settings(SettingsError::AlreadyInitialised))));
    assert_eq!(list_signing_keys(&act).unwrap().len(), 2);
}

fn debug_output_contains_no_secret(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let application = show_application(&fixture.act(), &fixture.application).unwrap();
    let details = show_keys(&fixture.act(), &fixture.application, KeyType::Production).unwrap();
    let shown =
        format!("{keys:?} {:?} {application:?} {details:?} {:?} {:?}", fixture.master_key, fixture.instance, fixture.audit());
    assert!(!shown.contains("eyJ"), "{shown}");
    assert!(!shown.contains(keys.consumer_secret.as_ref().unwrap().expose()), "{shown}");
    assert!(!shown.contains(fixture.master_key.encode().as_str()), "{shown}");
}

fn tokens_that_a_client_obtains_in_an_hour_are_bounded(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.never_find_current_token();
    let keys = fixture.generate();
    let bounded = |tokens_per_hour| {
        let bounds = Bounds { tokens_per_hour, ..Bounds::default() };
        fixture.another(&fixture.master_key, 5).with_bounds(bounds)
    };
    let (instance, unbounded) = (bounded(4), bounded(0));
    let ask = |instance: &Instance, after| {
        let validity = Some(Validity::Seconds(1));
        let request = ClientGrant { client: client(&keys), scope: None, validity };
        find_or_mint(&instance.act(Actor::Operator).at(NOW.plus(after)), &request)
    };
    // The seconds to wait.
    let refused = |after| match ask(&instance, after) {
        Err(Error::Token(TokenError::TooManyInAnHour { most: 4, seconds })) => seconds,
        other => panic!("{other:?}"),
    };
    // Each has expired before the next one is minted, and the third is revoked; but their records stay.
    let tokens: Vec<MintedToken> = (0..4).map(|number| ask(&instance, number * 10).unwrap()).collect();
    assert_eq!(refused(40), 3560);
    revoke_token(&fixture.at(NOW.plus(30)), &tokens[3].id).unwrap();
    assert_eq!((refused(50), refused(3599)), (3550, 1));
    // An hour after the first one, there is room for one.
    ask(&instance, 3600).unwrap();
    assert_eq!(refused(3601), 9);
    // A member is not bound by it, and neither is a client without a limit.
    let request = RegenerateRequest::new(fixture.application.clone(), KeyType::Production);
    regenerate(&fixture.at(NOW.plus(3602)), &request).unwrap();
    ask(&unbounded, 3603).unwrap();
}
