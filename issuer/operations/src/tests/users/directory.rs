//! Users of an LDAP directory: each grant uses the current state of the directory.

use postern_test_ldap::{BASE, SERVICE, SERVICE_PASSWORD, Server as Slapd};

use super::*;
use crate::error::UserError;
use postern_directories::ldap::{Account, DEFAULT_USER_FILTER, Filter, Ldap, LdapSettings, Server};

on_both!(a_user_removed_from_the_directory_gets_no_token);

fn corp(slapd: &Slapd) -> UserStore {
    let settings = LdapSettings {
        server: Server::parse(&slapd.url(), false, false).unwrap(),
        authorities_file: None,
        account: Some(Account { dn: SERVICE.to_owned(), password: SERVICE_PASSWORD.to_owned().into() }),
        base_dn: BASE.to_owned(),
        user_filter: Filter::parse(DEFAULT_USER_FILTER).unwrap(),
        role_attribute: None,
        groups: None,
        timeout: std::time::Duration::from_secs(20),
    };
    UserStore::in_main_database("corp".parse().unwrap(), Directory::Ldap(Box::new(Ldap::new(settings).unwrap())))
}

fn a_user_removed_from_the_directory_gets_no_token(engine: Engine) {
    let slapd = Slapd::start();
    let mut fixture = Fixture::new(engine);
    fixture.instance = fixture.instance.with_user_stores(UserStores::new(vec![main_store("local"), corp(&slapd)])).unwrap();
    let keys = fixture.user_keys();
    let chiefs = postern_model::ScopeRule { roles: roles(&["chiefs"]), ..Default::default() };
    bind_scope(&fixture.act(), "orders", &chiefs, |_| true).unwrap();
    // Two users signed in earlier. One is in the directory without the role, the other was removed from it.
    let (alice, gone) = (fixture.user_with("alice@corp", &["chiefs"]), fixture.user_with("gone@corp", &["chiefs"]));
    let tokens = fixture.authorize(&keys, &alice);
    assert_eq!(scopes(&tokens), "menu");
    let code = fixture.code(&keys, &gone, None, NOW).unwrap();
    assert!(invalid(&fixture.exchange(&keys, &code, NOW)));
    let device = begin_device(&fixture.act(), &proof(client(&keys)), None).unwrap();
    decide(&fixture.act(), &gone, &device.user_code, true).unwrap();
    let grant = DeviceGrant { client: proof(client(&keys)), device_code: device.device_code, validity: None };
    assert!(invalid(&grant_device(&fixture.act(), &grant)));
    assert!(list_user_grants(&fixture.act(), &gone).unwrap().is_empty());
    // While the directory is unavailable, the exchange fails and the code stays valid.
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    slapd.stop();
    assert!(matches!(fixture.exchange(&keys, &code, NOW), Err(Error::User(UserError::Directory(_)))));
    slapd.start_again();
    assert!(fixture.is_live(&fixture.exchange(&keys, &code, NOW).unwrap()));
}
