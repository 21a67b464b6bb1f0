//! Consent and authorization codes (RFC 6749 section 4.1, RFC 7636).

use super::*;
use crate::error::{ApplicationError, ConsumerKeyError, GrantError, TokenError, UserError};

on_both!(
    a_code_is_exchanged_once_and_a_reuse_ends_the_grant,
    a_code_is_bound_to_its_client_and_expires_after_a_minute,
    a_code_needs_its_redirect_uri_and_code_verifier,
    only_an_exactly_registered_redirect_uri_is_accepted,
    consent_is_remembered_except_for_public_clients,
    a_public_client_proves_itself_with_the_code_verifier,
    a_code_is_refused_after_its_user_was_locked_or_withdrew_consent,
    a_blocked_client_or_one_without_the_grant_type_cannot_authorize,
    a_wrong_guess_uses_no_status_index,
    a_client_with_one_grant_per_user_ends_the_earlier_grant,
);

fn a_code_is_exchanged_once_and_a_reuse_ends_the_grant(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@partners"), fixture.user_keys());
    let pizza = fixture.subscribe("pizza");
    let code = fixture.code(&keys, &alice, Some("menu"), NOW).unwrap();
    assert!(code.expose().starts_with("poc_partners."));
    let tokens = fixture.exchange(&keys, &code, NOW).unwrap();
    fixture.claims(&tokens.token, |claims| {
        assert_eq!((claims.sub.as_str(), claims.kind), ("alice@partners", postern_token::Kind::User));
        assert_eq!(claims.client_id.as_str(), keys.consumer_key.as_str());
        assert_eq!(claims.scope.as_ref().map(postern_token::Scopes::as_str), Some("menu"));
        assert!(claims.apis.tier(&pizza).is_some());
    });
    assert!(fixture.is_live(&tokens));
    let refreshed = fixture.refresh(&keys, &tokens, NOW.plus(1)).unwrap();
    // A late reuse with a wrong verifier also ends the grant, because the code was stolen.
    let again = CodeGrant { verifier: secret("wrong"), ..Fixture::code_grant(&keys, &code) };
    assert!(invalid(&exchange_code(&fixture.at(NOW.plus(100)), &again)));
    assert!(!fixture.is_live(&refreshed) && !fixture.is_live(&tokens));
    assert!(invalid(&fixture.refresh(&keys, &refreshed, NOW.plus(100))));
    assert_eq!(fixture.count("grant.reuse"), 1);
    assert!(invalid(&fixture.exchange(&keys, &code, NOW)));
}

fn a_code_is_bound_to_its_client_and_expires_after_a_minute(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys, others) = (fixture.user("alice@local"), fixture.user_keys(), fixture.keys_of_other_application());
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    assert!(invalid(&fixture.exchange(&others, &code, NOW)));
    assert!(invalid(&fixture.exchange(&keys, &code, NOW.plus(60))));
    let wrong = CodeGrant { client: proof(client(&others)), ..Fixture::code_grant(&keys, &code) };
    assert!(invalid(&exchange_code(&fixture.act(), &wrong)));
    let id = keys.consumer_key.as_str().to_owned();
    for client in [
        ClientProof { id: id.clone(), secret: None },
        ClientProof { id, secret: Some(secret("")) },
        ClientProof { id: "ck_unknown".into(), secret: None },
    ] {
        let refused = exchange_code(&fixture.act(), &CodeGrant { client, ..Fixture::code_grant(&keys, &code) });
        assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))), "{refused:?}");
    }
    let text = code.expose();
    for bad in ["", "poc_local.", "poc_nowhere.x", &text.replacen("local", "partners", 1), &text[..text.len() - 1]] {
        assert!(invalid(&fixture.exchange(&keys, &secret(bad), NOW)), "{bad}");
    }
    fixture.exchange(&keys, &code, NOW.plus(59)).unwrap();
}

fn a_code_needs_its_redirect_uri_and_code_verifier(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let good = Fixture::code_grant(&keys, &code);
    for uri in ["", "https://app.example/callback/", "https://app.example/callback?", "https://app.example/Callback"] {
        let refused = exchange_code(&fixture.act(), &CodeGrant { redirect_uri: uri.into(), ..good.clone() });
        assert!(invalid(&refused), "{uri}");
    }
    // The method `plain` would accept the challenge itself.
    let challenge = challenge();
    let (short, long) = (&VERIFIER[..42], "a".repeat(129));
    let padded = format!("{VERIFIER}=");
    for verifier in
        ["", short, &long, &challenge, &padded, &VERIFIER.to_uppercase(), "a-verifier-that-is-another-one-and-long-enough"]
    {
        let refused = exchange_code(&fixture.act(), &CodeGrant { verifier: secret(verifier), ..good.clone() });
        assert!(invalid(&refused), "{verifier}");
    }
    // A verifier that is too short is refused even with the matching challenge.
    let client = fixture.authorization_client(&keys);
    let short_challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(short));
    let weak = allow_authorization(&fixture.act(), &client, &alice, None, &short_challenge).unwrap();
    let refused = exchange_code(&fixture.act(), &CodeGrant { code: weak, verifier: secret(short), ..good.clone() });
    assert!(invalid(&refused));
    exchange_code(&fixture.act(), &good).unwrap();
}

fn only_an_exactly_registered_redirect_uri_is_accepted(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    let key = keys.consumer_key.as_str();
    let find = |id: &str, uri: Option<&str>| find_authorization_client(&fixture.act(), id, uri);
    assert_eq!(find(key, None).unwrap().redirect_uri.as_str(), CALLBACK);
    assert_eq!(find(key, Some(CALLBACK)).unwrap().redirect_uri.as_str(), CALLBACK);
    for near in [
        "",
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example/callback%2f",
        "https://app.example/../callback",
        "https://app.example:443/callback",
        "https://APP.example/callback",
        "http://app.example/callback",
        "https://app.example.evil.test/callback",
        "https://app.example@evil.test/callback",
        "https://evil.test/https://app.example/callback",
        " https://app.example/callback",
        "https://app.example/callback\0",
        "javascript:alert(1)",
    ] {
        let refused = find(key, Some(near));
        assert!(matches!(refused, Err(Error::Grant(GrantError::UnknownRedirectUri))), "{near}");
    }
    assert!(matches!(find("ck_unknown", Some(CALLBACK)), Err(Error::Grant(GrantError::UnknownClient))));
    // A client with several redirect URIs must name one.
    let two = KeyChanges {
        redirect_uris: Some(vec![CALLBACK.parse().unwrap(), "https://b.example/".parse().unwrap()]),
        ..KeyChanges::default()
    };
    change_keys(&fixture.act(), &fixture.application, postern_token::KeyType::Production, two, |_| true).unwrap();
    assert!(matches!(find(key, None), Err(Error::Grant(GrantError::UnknownRedirectUri))));
}

fn consent_is_remembered_except_for_public_clients(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let other = create_application(&fixture.act(), "Phone".parse().unwrap()).unwrap().id;
    let public = fixture.keys_with(|request| {
        request.application = other;
        request.for_users.public = true;
    });
    let asked = |keys: &GeneratedKeys, scope: Option<&str>| {
        !prepare_authorization(&fixture.act(), &fixture.authorization_client(keys), &alice, scope).unwrap().consented
    };
    assert!(asked(&keys, Some("menu")) && asked(&public, Some("menu")));
    fixture.code(&keys, &alice, Some("menu"), NOW).unwrap();
    fixture.code(&public, &alice, Some("menu"), NOW).unwrap();
    assert!(!asked(&keys, Some("menu")) && asked(&keys, None) && asked(&public, Some("menu")));
    // A new consent keeps the earlier one.
    fixture.code(&keys, &alice, Some("orders"), NOW).unwrap();
    assert!(!asked(&keys, Some("menu")) && !asked(&keys, None));
    let session = fixture.session(&alice, NOW);
    withdraw_grants(&fixture.act(), &session, &keys.consumer_key).unwrap();
    assert!(asked(&keys, Some("menu")));
    let nothing = withdraw_grants(&fixture.act(), &session, &keys.consumer_key);
    assert!(matches!(nothing, Err(Error::User(UserError::NoSuchGrant))));
    let bob = fixture.user("bob@local");
    let his = prepare_authorization(&fixture.act(), &fixture.authorization_client(&keys), &bob, None).unwrap();
    assert!(!his.consented);
}

fn a_public_client_proves_itself_with_the_code_verifier(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.keys_with(|request| request.for_users.public = true));
    let public = ClientProof { id: keys.consumer_key.as_str().into(), secret: None };
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    let asked = CodeGrant { client: public.clone(), ..Fixture::code_grant(&keys, &code) };
    // A public client that sends a secret is checked against it.
    let lying = ClientProof { secret: Some(secret("wrong")), ..public.clone() };
    let refused = exchange_code(&fixture.act(), &CodeGrant { client: lying, ..asked.clone() });
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient))));
    let refused = exchange_code(&fixture.act(), &CodeGrant { verifier: secret("wrong"), ..asked.clone() });
    assert!(invalid(&refused));
    let tokens = exchange_code(&fixture.act(), &asked).unwrap();
    let again = RefreshGrant { client: public.clone(), ..Fixture::refresh_grant(&keys, &tokens) };
    let next = refresh(&fixture.act(), &again).unwrap();
    // A public client can revoke its own tokens.
    let revoked = fixture.revoked_by(&public, next.refresh_token.as_ref().unwrap());
    assert_eq!((revoked, fixture.is_live(&next)), (1, false));
}

fn a_code_is_refused_after_its_user_was_locked_or_withdrew_consent(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, keys) = (fixture.user("alice@local"), fixture.user_keys());
    let code = || fixture.code(&keys, &alice, None, NOW).unwrap();
    let locked = code();
    fixture.lock(&alice);
    assert!(invalid(&fixture.exchange(&keys, &locked, NOW)));
    fixture.unlock(&alice);
    assert!(invalid(&fixture.exchange(&keys, &locked, NOW)), "unlocked, the user has to sign in again");
    let withdrawn = code();
    withdraw_grants(&fixture.act(), &fixture.session(&alice, NOW), &keys.consumer_key).unwrap();
    assert!(invalid(&fixture.exchange(&keys, &withdrawn, NOW)));
    let changed = code();
    reset_password(&fixture.act(), &alice, &secret("another horse that reads")).unwrap();
    assert!(invalid(&fixture.exchange(&keys, &changed, NOW)));
    let removed = code();
    delete_user(&fixture.act(), &alice, |_| true).unwrap();
    fixture.user("alice@local");
    assert!(invalid(&fixture.exchange(&keys, &removed, NOW)));
    assert!(fixture.exchange(&keys, &code(), NOW).is_ok());
}

fn a_blocked_client_or_one_without_the_grant_type_cannot_authorize(engine: Engine) {
    let fixture = Fixture::new(engine);
    let alice = fixture.user("alice@local");
    let keys = fixture.keys_with(|request| request.grant_types = vec![GrantType::AuthorizationCode]);
    let tokens = fixture.authorize(&keys, &alice);
    assert!(tokens.refresh_token.is_none(), "the client may not use refresh tokens");
    let code = fixture.code(&keys, &alice, None, NOW).unwrap();
    // The client was found before it was blocked, as when the user's page was open meanwhile.
    let found = fixture.authorization_client(&keys);
    let allow = |scope| allow_authorization(&fixture.act(), &found, &alice, scope, &challenge());
    let block = ApplicationChange { state: Some(postern_model::ApplicationState::Blocked), ..ApplicationChange::default() };
    change_application(&fixture.act(), &fixture.application, block, |_| true).unwrap();
    assert!(matches!(allow(None), Err(Error::Application(ApplicationError::Blocked(_)))));
    let again = find_authorization_client(&fixture.act(), keys.consumer_key.as_str(), Some(CALLBACK));
    assert!(matches!(again, Err(Error::Grant(GrantError::UnknownClient))));
    let refused = fixture.exchange(&keys, &code, NOW);
    assert!(matches!(refused, Err(Error::Application(ApplicationError::Blocked(_)))));
    let other = create_application(&fixture.act(), "Other".parse().unwrap()).unwrap().id;
    let without = fixture.keys_with(|request| {
        request.application = other;
        request.grant_types = vec![GrantType::ClientCredentials];
    });
    let refused = fixture.code(&without, &alice, None, NOW);
    assert!(matches!(refused, Err(Error::ConsumerKey(ConsumerKeyError::GrantTypeNotAllowed))));
    assert!(matches!(
        allow(Some("admin")),
        Err(Error::Token(TokenError::ScopeNotAllowed { .. }) | Error::Application(ApplicationError::Blocked(_)))
    ));
}

fn a_wrong_guess_uses_no_status_index(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.user_keys();
    let reserved = || fixture.database.query("SELECT max(next_index) FROM status_lists").unwrap();
    let before = reserved();
    let guess = CodeGrant { code: secret("poc_local.guess"), ..Fixture::code_grant(&keys, &secret("x")) };
    assert!(invalid(&exchange_code(&fixture.act(), &guess)));
    let stranger = ClientProof { id: keys.consumer_key.as_str().into(), secret: Some(secret("wrong")) };
    assert!(exchange_code(&fixture.act(), &CodeGrant { client: stranger.clone(), ..guess }).is_err());
    let guess =
        RefreshGrant { client: proof(client(&keys)), refresh_token: secret("por_local.guess"), scope: None, validity: None };
    assert!(invalid(&refresh(&fixture.act(), &guess)));
    assert!(refresh(&fixture.act(), &RefreshGrant { client: stranger, ..guess }).is_err());
    let guess = DeviceGrant { client: proof(client(&keys)), device_code: secret("pod_guess"), validity: None };
    assert!(invalid(&grant_device(&fixture.act(), &guess)));
    assert_eq!(reserved(), before);
}

fn a_client_with_one_grant_per_user_ends_the_earlier_grant(engine: Engine) {
    let fixture = Fixture::new(engine);
    let (alice, bob) = (fixture.user("alice@local"), fixture.user("bob@local"));
    let keys = fixture.keys_with(|request| request.for_users.one_grant = true);
    let others = fixture.keys_of_other_application();
    let (first, elsewhere, his) =
        (fixture.authorize(&keys, &alice), fixture.authorize(&others, &alice), fixture.authorize(&keys, &bob));
    let waiting = fixture.code(&keys, &alice, None, NOW).unwrap();
    let second = fixture.authorize(&keys, &alice);
    assert!(!fixture.is_live(&first) && fixture.is_live(&second) && fixture.is_live(&elsewhere) && fixture.is_live(&his));
    assert!(invalid(&fixture.refresh(&keys, &first, NOW)));
    let third = fixture.exchange(&keys, &waiting, NOW).unwrap();
    assert!(!fixture.is_live(&second) && fixture.is_live(&third));
    // Without the setting, each sign-in adds a grant.
    let more = fixture.authorize(&others, &alice);
    assert!(fixture.is_live(&elsewhere) && fixture.is_live(&more));
}
