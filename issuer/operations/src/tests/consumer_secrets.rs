//! Two consumer secrets at once, so that one can be replaced without an outage.

use postern_token::{KeyType, Scopes};

use super::super::*;
use super::*;
use crate::error::ConsumerKeyError;
use postern_model::ConsumerSecretId;
use postern_secrets::PlainSecret;

on_both!(
    two_secrets_are_valid_and_a_third_is_refused,
    a_secret_keeps_its_description,
    a_removed_secret_is_refused_and_the_last_secret_cannot_be_removed,
    an_expired_secret_is_refused_and_does_not_count_as_one_of_two,
    regenerate_with_a_new_secret_replaces_all_secrets,
    a_client_uses_only_its_allowed_grant_types,
    a_secret_replaced_meanwhile_mints_no_token,
    the_order_of_scopes_does_not_matter,
);

impl Fixture {
    fn presents(&self, keys: &GeneratedKeys, secret: &PlainSecret, now: UnixSeconds) -> bool {
        let client = ClientCredentials { secret: secret.clone(), ..client(keys) };
        match find_current_token(&self.at(now), &ClientGrant { client, scope: None, validity: None }) {
            Ok(_) => true,
            Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn second_secret(&self, expires_at: Option<UnixSeconds>) -> Result<(PlainSecret, ConsumerSecretId), Error> {
        let new = NewConsumerSecret { expires_at, ..NewConsumerSecret::default() };
        let made = create_secret(&self.act(), &self.application, KeyType::Production, new);
        made.map(|(plain, secret)| (plain, secret.id))
    }

    fn remove_secret(&self, id: &ConsumerSecretId) -> Result<(), Error> {
        remove_secret(&self.act(), &self.application, KeyType::Production, id)
    }
}

fn two_secrets_are_valid_and_a_third_is_refused(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let (second, _) = fixture.second_secret(None).unwrap();
    for secret in [keys.consumer_secret.as_ref().unwrap(), &second] {
        assert!(fixture.presents(&keys, secret, NOW));
    }
    assert!(matches!(fixture.second_secret(None), Err(Error::ConsumerKey(ConsumerKeyError::TooManySecrets { .. }))));
    let sandbox = create_secret(&fixture.act(), &fixture.application, KeyType::Sandbox, NewConsumerSecret::default());
    assert!(matches!(sandbox, Err(Error::ConsumerKey(ConsumerKeyError::NotFound { .. }))));
    assert_eq!(show_keys(&fixture.act(), &fixture.application, KeyType::Production).unwrap().secrets.len(), 2);
}

fn a_secret_keeps_its_description(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    let new = NewConsumerSecret { description: Some("the new cluster".parse().unwrap()), expires_at: Some(NOW.plus(60)) };
    create_secret(&fixture.act(), &fixture.application, KeyType::Production, new).unwrap();
    let shown = || {
        let keys = show_keys(&fixture.act(), &fixture.application, KeyType::Production).unwrap();
        keys.secrets.into_iter().map(|secret| (secret.description, secret.expires_at)).collect::<Vec<_>>()
    };
    let described = (Some("the new cluster".to_owned()), Some(NOW.plus(60)));
    assert_eq!(shown(), [(None, None), described]);
}

fn a_removed_secret_is_refused_and_the_last_secret_cannot_be_removed(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    assert!(matches!(
        fixture.remove_secret(&keys.secret.as_ref().unwrap().id),
        Err(Error::ConsumerKey(ConsumerKeyError::LastSecret))
    ));
    let (second, id) = fixture.second_secret(None).unwrap();
    fixture.remove_secret(&keys.secret.as_ref().unwrap().id).unwrap();
    assert!(!fixture.presents(&keys, keys.consumer_secret.as_ref().unwrap(), NOW));
    assert!(fixture.presents(&keys, &second, NOW));
    assert!(matches!(fixture.remove_secret(&id), Err(Error::ConsumerKey(ConsumerKeyError::LastSecret))));
    let (third, _) = fixture.second_secret(None).unwrap();
    assert!(matches!(
        fixture.remove_secret(&keys.secret.as_ref().unwrap().id),
        Err(Error::ConsumerKey(ConsumerKeyError::SecretNotFound(_)))
    ));
    fixture.remove_secret(&id).unwrap();
    assert!(fixture.presents(&keys, &third, NOW) && !fixture.presents(&keys, &second, NOW));
}

fn an_expired_secret_is_refused_and_does_not_count_as_one_of_two(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    for past in [NOW, UnixSeconds(1)] {
        assert!(matches!(fixture.second_secret(Some(past)), Err(Error::ExpiryInThePast)));
    }
    let (brief, id) = fixture.second_secret(Some(NOW.plus(10))).unwrap();
    assert!(fixture.presents(&keys, &brief, NOW.plus(9)));
    assert!(!fixture.presents(&keys, &brief, NOW.plus(10)));
    assert!(fixture.presents(&keys, keys.consumer_secret.as_ref().unwrap(), NOW.plus(10)));
    // The other secret is the last valid one now.
    let later = fixture.at(NOW.plus(10));
    let last = remove_secret(&later, &fixture.application, KeyType::Production, &keys.secret.as_ref().unwrap().id);
    assert!(matches!(last, Err(Error::ConsumerKey(ConsumerKeyError::LastSecret))));
    let (third, _) = create_secret(&later, &fixture.application, KeyType::Production, NewConsumerSecret::default()).unwrap();
    assert!(
        fixture.presents(&keys, &third, NOW.plus(10))
            && fixture.presents(&keys, keys.consumer_secret.as_ref().unwrap(), NOW.plus(10))
    );
    assert_eq!(prune(&fixture.at(NOW.plus(20)), 0).unwrap().secrets, 1);
    assert!(matches!(fixture.remove_secret(&id), Err(Error::ConsumerKey(ConsumerKeyError::SecretNotFound(_)))));
}

fn regenerate_with_a_new_secret_replaces_all_secrets(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let (second, _) = fixture.second_secret(None).unwrap();
    let request = RegenerateRequest { new_secret: true, ..fixture.regenerate_request() };
    let regenerated = regenerate(&fixture.act(), &request).unwrap();
    let new = regenerated.consumer_secret.unwrap();
    assert!(fixture.presents(&keys, &new, NOW));
    for old in [keys.consumer_secret.as_ref().unwrap(), &second] {
        assert!(!fixture.presents(&keys, old, NOW));
    }
}

fn grant_of(keys: &GeneratedKeys, scope: Option<&str>) -> ClientGrant {
    ClientGrant { client: client(keys), scope: scope.map(str::to_owned), validity: None }
}

fn a_client_uses_only_its_allowed_grant_types(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let none = KeyChanges { grant_types: Some(Vec::new()), ..KeyChanges::default() };
    change_keys(&fixture.act(), &fixture.application, KeyType::Production, none, |_| true).unwrap();
    assert!(matches!(
        find_or_mint(&fixture.act(), &grant_of(&keys, None)),
        Err(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed))
    ));
}

fn a_secret_replaced_meanwhile_mints_no_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let before = grant_of(&keys, Some("menu"));
    // The secret is valid at the first check, and there is no current token.
    assert!(find_current_token(&fixture.act(), &before).unwrap().is_none());
    let request =
        RegenerateRequest { new_secret: true, ..RegenerateRequest::new(fixture.application.clone(), KeyType::Production) };
    regenerate(&fixture.act(), &request).unwrap();
    assert!(matches!(mint_for_client(&fixture.act(), &before), Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
}

fn the_order_of_scopes_does_not_matter(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let token = |scope| find_or_mint(&fixture.act(), &grant_of(&keys, scope)).unwrap();
    let whole = token(None);
    for scope in ["orders menu", "menu orders", "menu orders menu"] {
        match Scopes::parse(scope) {
            Ok(_) => assert_eq!(token(Some(scope)).access_token.expose(), whole.access_token.expose(), "`{scope}`"),
            Err(_) => assert_eq!(scope, "menu orders menu"),
        }
    }
    let changes = KeyChanges { scopes: Some(Some(Scopes::parse("menu orders").unwrap())), ..KeyChanges::default() };
    change_keys(&fixture.act(), &fixture.application, KeyType::Production, changes, |_| true).unwrap();
    assert_eq!(token(None).access_token.expose(), whole.access_token.expose());
}
