//! The databases of stores, and changes of their configuration.

use super::*;
use crate::error::UserError;

on_both!(
    each_store_has_its_own_tables,
    a_store_with_its_own_database_must_stay_configured,
    a_store_cannot_move_to_another_database,
    tokens_of_an_unconfigured_store_can_still_be_revoked,
    a_database_with_other_tables_is_refused_for_users,
);

fn at(fixture: &Fixture, stores: Vec<UserStore>) -> Result<Instance, Error> {
    let storage = Storage::open(&fixture.database.location()).unwrap();
    let entropy = Box::new(SeededEntropy::new(5));
    let clock = Box::new(postern_secrets::testing::FixedClock(NOW));
    Instance::for_command(storage, keyring(&fixture.master_key), clock, entropy).with_user_stores(UserStores::new(stores))
}

fn moved(result: &Result<Instance, Error>) -> bool {
    matches!(result, Err(Error::User(UserError::Moved(_))))
}

fn each_store_has_its_own_tables(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let keys = fixture.user_keys();
    for name in ["alice@local", "alice@partners", "alice@own"] {
        let token = fixture.authorize(&keys, &fixture.user(name));
        let store = name.split_once('@').unwrap().1;
        let database = if store == "own" { &own.0 } else { &fixture.database };
        assert_eq!(database.query(&format!("SELECT id FROM \"tokens@{store}\"")).unwrap(), token.token.id.as_str());
        assert!(!fixture.database.query("SELECT id FROM tokens").unwrap().contains(token.token.id.as_str()));
    }
    assert!(fixture.database.query("SELECT id FROM \"tokens@own\"").is_err(), "the main database has no such table");
    assert!(own.0.query("SELECT id FROM tokens").is_err());
    // The same name in three stores means three users.
    fixture.lock(&id("alice@partners"));
    for (name, may) in [("alice@local", true), ("alice@partners", false), ("alice@own", true)] {
        assert_eq!(sign_in(&fixture.act(), name, &secret(PASSWORD), None).is_ok(), may, "{name}");
    }
}

fn a_store_with_its_own_database_must_stay_configured(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let refused = at(&fixture, vec![main_store("local")]);
    assert!(matches!(refused, Err(Error::User(UserError::NotConfigured(_)))));
    at(&fixture, vec![own.open()]).unwrap();
    at(&fixture, vec![main_store("new"), own.open()]).unwrap();
}

fn a_store_cannot_move_to_another_database(engine: Engine) {
    let (fixture, own) = Fixture::with_own_store(engine);
    let alice = fixture.user("alice@own");
    // Another database, which is empty.
    assert!(moved(&at(&fixture, vec![OwnStore::new(engine).open()])));
    // The main database.
    assert!(moved(&at(&fixture, vec![main_store("own")])));
    assert!(fixture.database.query("SELECT name FROM \"users@own\"").is_err(), "a refused store leaves no tables");
    // From the main database to another one.
    let elsewhere = OwnStore::new(engine);
    let storage = Storage::open_for_users(&elsewhere.0.location()).unwrap();
    let local = UserStore::in_own_database("local".parse().unwrap(), Directory::Local, storage);
    assert!(moved(&at(&fixture, vec![local, own.open()])));
    assert!(elsewhere.0.query("SELECT name FROM \"users@local\"").is_err());
    // The original configuration still works.
    let again = at(&fixture, vec![main_store("local"), own.open()]).unwrap();
    sign_in(&again.act(postern_model::Actor::Stranger), &alice.to_string(), &secret(PASSWORD), None).unwrap();
}

fn tokens_of_an_unconfigured_store_can_still_be_revoked(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@partners"), fixture.user_keys());
    let token = fixture.authorize(&keys, &alice);
    let session = fixture.session(&alice, NOW);
    let without = at(&fixture, vec![main_store("local")]).unwrap();
    let act = without.act(postern_model::Actor::Operator);
    assert!(invalid(&refresh(&act, &Fixture::refresh_grant(&keys, &token))));
    assert!(find_session(&act, &session).is_err() && wrong(&sign_in(&act, "alice@partners", &secret(PASSWORD), None)));
    assert!(matches!(show_user(&act, &alice), Err(Error::User(UserError::NoSuchStore(_)))));
    assert!(fixture.is_live(&token));
    assert_eq!(revoke_all_tokens(&act, &fixture.application).unwrap().count, 2);
    assert!(!fixture.is_live(&token));
    // When the store is configured again, its users are available again.
    assert!(fixture.refresh(&keys, &token, NOW).is_ok());
}

fn a_database_with_other_tables_is_refused_for_users(engine: Engine) {
    let fixture = Fixture::new(engine);
    assert!(matches!(Storage::open_for_users(&fixture.database.location()), Err(postern_storage::StorageError::Foreign)));
    let own = OwnStore::new(engine);
    drop(own.open());
    // A database for users is not accepted as a main database.
    assert!(Storage::open(&own.0.location()).is_err());
    assert!(Storage::open_and_migrate(&own.0.location()).is_err());
}
