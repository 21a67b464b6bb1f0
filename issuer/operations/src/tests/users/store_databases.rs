//! Where a store's tables are, and what happens when the configuration says otherwise than it did.

use super::*;
use crate::error::UserError;

on_both!(
    tokens_of_two_stores_lie_in_tables_of_their_own,
    a_store_with_a_database_of_its_own_must_stay_configured,
    a_store_stays_where_its_tables_are,
    a_store_that_is_not_configured_any_more_can_still_lose_its_tokens,
    a_database_with_other_tables_is_none_for_users,
);

fn at(fixture: &Fixture, stores: Vec<UserStore>) -> Result<Instance, Error> {
    let storage = Storage::open(&fixture.place.location()).unwrap();
    let entropy = Box::new(SeededEntropy::new(5));
    let clock = Box::new(postern_secrets::testing::FixedClock(NOW));
    Instance::for_command(storage, keyring(&fixture.master_key), clock, entropy).with_user_stores(UserStores::new(stores))
}

fn moved(result: &Result<Instance, Error>) -> bool {
    matches!(result, Err(Error::User(UserError::Moved(_))))
}

fn tokens_of_two_stores_lie_in_tables_of_their_own(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let keys = fixture.user_keys();
    for name in ["alice@local", "alice@partners", "alice@own"] {
        let token = fixture.given(&keys, &fixture.user(name));
        let store = name.split_once('@').unwrap().1;
        let place = if store == "own" { &own.0 } else { &fixture.place };
        assert_eq!(place.query(&format!("SELECT id FROM \"tokens@{store}\"")).unwrap(), token.token.id.as_str());
        assert!(!fixture.place.query("SELECT id FROM tokens").unwrap().contains(token.token.id.as_str()));
    }
    assert!(fixture.place.query("SELECT id FROM \"tokens@own\"").is_err(), "there is no such table");
    assert!(own.0.query("SELECT id FROM tokens").is_err());
    // The same name in three stores is three users.
    fixture.lock(&id("alice@partners"));
    for (name, may) in [("alice@local", true), ("alice@partners", false), ("alice@own", true)] {
        assert_eq!(sign_in(&fixture.act(), name, &secret(PASSWORD), None).is_ok(), may, "{name}");
    }
}

fn a_store_with_a_database_of_its_own_must_stay_configured(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let refused = at(&fixture, vec![beside("local")]);
    assert!(matches!(refused, Err(Error::User(UserError::NotConfigured(_)))));
    at(&fixture, vec![own.open()]).unwrap();
    at(&fixture, vec![beside("new"), own.open()]).unwrap();
}

fn a_store_stays_where_its_tables_are(on: On) {
    let (fixture, own) = Fixture::with_own_store(on);
    let alice = fixture.user("alice@own");
    // Another database, which is empty.
    assert!(moved(&at(&fixture, vec![OwnStore::new(on).open()])));
    // The main database.
    assert!(moved(&at(&fixture, vec![beside("own")])));
    assert!(fixture.place.query("SELECT name FROM \"users@own\"").is_err(), "what was refused left nothing");
    // And the other way round.
    let elsewhere = OwnStore::new(on);
    let storage = Storage::open_for_users(&elsewhere.0.location()).unwrap();
    let local = UserStore::in_own_database("local".parse().unwrap(), Directory::Local, storage);
    assert!(moved(&at(&fixture, vec![local, own.open()])));
    assert!(elsewhere.0.query("SELECT name FROM \"users@local\"").is_err());
    // As it was it goes on.
    let again = at(&fixture, vec![beside("local"), own.open()]).unwrap();
    sign_in(&again.act(postern_model::Actor::Stranger), &alice.to_string(), &secret(PASSWORD), None).unwrap();
}

fn a_store_that_is_not_configured_any_more_can_still_lose_its_tokens(on: On) {
    let fixture = Fixture::new(on);
    let (alice, keys) = (fixture.user("alice@partners"), fixture.user_keys());
    let token = fixture.given(&keys, &alice);
    let session = fixture.session(&alice, NOW);
    let without = at(&fixture, vec![beside("local")]).unwrap();
    let act = without.act(postern_model::Actor::Operator);
    assert!(invalid(&refresh(&act, &Fixture::refresh_grant(&keys, &token))));
    assert!(find_session(&act, &session).is_err() && wrong(&sign_in(&act, "alice@partners", &secret(PASSWORD), None)));
    assert!(matches!(show_user(&act, &alice), Err(Error::User(UserError::NoSuchStore(_)))));
    assert!(fixture.lives(&token));
    assert_eq!(revoke_all_tokens(&act, &fixture.application).unwrap().count, 2);
    assert!(!fixture.lives(&token));
    // Its name is there again, and so are its users.
    assert!(fixture.refresh(&keys, &token, NOW).is_ok());
}

fn a_database_with_other_tables_is_none_for_users(on: On) {
    let fixture = Fixture::new(on);
    assert!(matches!(Storage::open_for_users(&fixture.place.location()), Err(postern_storage::StorageError::Foreign)));
    let own = OwnStore::new(on);
    drop(own.open());
    // Nor is one for users a main database.
    assert!(Storage::open(&own.0.location()).is_err());
    assert!(Storage::open_and_migrate(&own.0.location()).is_err());
}
