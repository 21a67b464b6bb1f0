//! The password grant (RFC 6749 section 4.3).

use super::*;
use crate::error::{ConsumerKeyError, GrantError, TokenError};

on_both!(
    the_password_grant_is_off_until_an_administrator_allows_it,
    the_password_grant_refuses_wrong_passwords_locked_users_and_wrong_clients
);

fn requested(keys: &GeneratedKeys, username: &str, password: &str) -> PasswordGrant {
    let (username, password) = (username.to_owned(), secret(password));
    PasswordGrant { client: proof(client(keys)), username, password, scope: None, validity: None }
}

fn allow(act: &Act<'_>, fixture: &Fixture) -> Result<(), Error> {
    let change = ApplicationChange { passwords: Some(true), ..ApplicationChange::default() };
    change_application(act, &fixture.application, change, |_| true).map(drop)
}

fn the_password_grant_is_off_until_an_administrator_allows_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    fixture.user("alice@local");
    for password in [PASSWORD, "wrong"] {
        let refused = grant_password(&fixture.act(), &requested(&keys, "alice", password));
        assert!(
            matches!(refused, Err(Error::Grant(GrantError::PasswordsNotAllowed))),
            "the answer does not tell whether the password is right"
        );
    }
    let developer = fixture.member("dora", postern_model::Role::Developer);
    assert!(matches!(allow(&developer, &fixture), Err(Error::Forbidden { .. })));
    allow(&fixture.act(), &fixture).unwrap();
    let tokens = grant_password(&fixture.act(), &requested(&keys, "Alice", PASSWORD)).unwrap();
    fixture.claims(&tokens.token, |claims| assert_eq!(claims.sub.as_str(), "alice@local"));
    assert!(fixture.is_live(&tokens) && fixture.is_live(&fixture.refresh(&keys, &tokens, NOW).unwrap()));
    let narrow = PasswordGrant { scope: Some("menu".into()), ..requested(&keys, "alice", PASSWORD) };
    assert_eq!(scopes(&grant_password(&fixture.act(), &narrow).unwrap()), "menu");
    let wide = PasswordGrant { scope: Some("admin".into()), ..requested(&keys, "alice", PASSWORD) };
    assert!(matches!(grant_password(&fixture.act(), &wide), Err(Error::Token(TokenError::ScopeNotAllowed { .. }))));
}

fn the_password_grant_refuses_wrong_passwords_locked_users_and_wrong_clients(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    let alice = fixture.user("alice@local");
    allow(&fixture.act(), &fixture).unwrap();
    for (name, password) in [("alice", "wrong"), ("bob", PASSWORD), ("", ""), ("alice", ""), ("alice@partners", PASSWORD)] {
        assert!(invalid(&grant_password(&fixture.act(), &requested(&keys, name, password))), "`{name}`");
    }
    let client = ClientProof { id: keys.consumer_key.as_str().into(), secret: Some(secret("wrong")) };
    let refused = grant_password(&fixture.act(), &PasswordGrant { client, ..requested(&keys, "alice", PASSWORD) });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    fixture.lock(&alice);
    assert!(invalid(&grant_password(&fixture.act(), &requested(&keys, "alice", PASSWORD))));
    let other = create_application(&fixture.act(), "Other".parse().unwrap()).unwrap().id;
    let without = fixture.keys_with(|request| {
        request.application = other;
        request.grant_types = vec![GrantType::AuthorizationCode];
    });
    let refused = grant_password(&fixture.act(), &requested(&without, "alice", PASSWORD));
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed))));
}
