//! `postern token`

use postern_token::{ApiReference, KeyType, Kind};

use crate::harness::{Home, verified};

#[test]
fn generate_prints_a_key_set_and_a_token_that_the_edge_accepts() {
    let (home, id) = Home::with_application();
    let limits =
        ["--domain", "*.Bücher.example", "--domain", "https://app.example.com:8443", "--ip", "192.0.2.0/24", "--scope", "orders"];
    let minted = home.generate(&id, "sandbox", &limits);
    assert_eq!(minted.text("application"), id);
    assert_eq!(minted.text("key_type"), "sandbox");
    assert_eq!(minted.text("token_type"), "Bearer");
    assert_eq!(minted.text("scope"), "orders");
    assert_eq!(minted.0["expires_in"], 3600);
    assert!(minted.key().starts_with("ck_"));
    assert_eq!(minted.secret().len(), 43);
    verified(&home, minted.token(), |claims| {
        assert_eq!(claims.kind, Kind::Application);
        assert_eq!(claims.key_type, KeyType::Sandbox);
        assert_eq!(claims.client_id.as_str(), minted.key());
        assert_eq!(claims.sub.as_str(), minted.key());
        assert_eq!(claims.app.as_str(), id);
        assert_eq!(claims.exp, Some(claims.iat.plus(3600)));
        let domains: Vec<&str> = claims.domains.as_ref().unwrap().iter().map(postern_token::DomainPattern::as_str).collect();
        assert_eq!(domains, ["*.xn--bcher-kva.example", "https://app.example.com:8443"]);
        assert_eq!(claims.ips.as_ref().unwrap()[0].to_string(), "192.0.2.0/24");
        assert_eq!(claims.apis.tier(&ApiReference::parse("pizza/1.0.0").unwrap()).unwrap().as_str(), "gold");
    });
}

#[test]
fn each_environment_has_one_key_set() {
    let (home, id) = Home::with_application();
    let production = home.generate(&id, "production", &[]);
    let sandbox = home.generate(&id, "sandbox", &[]);
    assert_ne!(production.key(), sandbox.key());
    let error = home.fail(&["token", "create", "--application", &id, "--key-type", "production"]);
    assert!(error.contains("token regenerate"), "{error}");
    assert_eq!(home.tokens(&id).len(), 2);
}

#[test]
fn regenerate_replaces_the_token_and_keeps_restrictions_that_are_not_given() {
    let (home, id) = Home::with_application();
    home.allow_forever();
    let first = home.generate(&id, "production", &["--domain", "a.example", "--ip", "192.0.2.0/24", "--scope", "orders"]);
    let second = home.regenerate(&id, "production", &["--domain", "b.example", "--validity", "-1"]);
    assert_eq!(second.key(), first.key());
    assert!(second.0.get("consumer_secret").is_none());
    assert_ne!(second.token(), first.token());
    let jti = |token: &str| verified(&home, token, |claims| claims.jti.as_str().to_owned());
    let records = home.tokens(&id);
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["jti"], &records[0]["state"]), (&jti(first.token()).into(), &"replaced".into()));
    assert_eq!((&records[1]["jti"], &records[1]["state"]), (&jti(second.token()).into(), &"active".into()));
    assert_eq!(records[1]["obtained"], "regenerated");
    verified(&home, second.token(), |claims| {
        assert_eq!(claims.domains.as_ref().unwrap()[0].as_str(), "b.example");
        assert_eq!(claims.scope.as_ref().unwrap().as_str(), "orders");
        assert!(claims.ips.is_some());
        assert_eq!(claims.exp, None);
    });
    let third = home.regenerate(&id, "production", &["--any-domain", "--any-ip", "--no-scope"]);
    verified(&home, third.token(), |claims| {
        assert_eq!((&claims.domains, &claims.ips, &claims.scope, claims.exp), (&None, &None, &None, None));
    });
    let states: Vec<_> = home.tokens(&id).iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["replaced", "replaced", "active"]);
}

#[test]
fn regenerate_needs_a_key_set() {
    let (home, id) = Home::with_application();
    let error = home.fail(&["token", "regenerate", "--application", &id, "--key-type", "sandbox"]);
    assert!(error.contains("has no sandbox key set"), "{error}");
    home.generate(&id, "sandbox", &[]);
    home.misuse(&["token", "regenerate", "--application", &id, "--key-type", "sandbox", "--any-domain", "--domain", "a.example"]);
    assert_eq!(home.tokens(&id).len(), 1);
}

#[test]
fn an_unknown_application_is_reported() {
    let home = Home::new();
    for arguments in [
        &["token", "create", "--application", "app_nobody", "--key-type", "sandbox"][..],
        &["token", "regenerate", "--application", "app_nobody", "--key-type", "sandbox"],
        &["token", "list", "--application", "app_nobody"],
    ] {
        assert!(home.fail(arguments).contains("there is no application `app_nobody`"));
    }
}

#[test]
fn invalid_restrictions_are_usage_errors() {
    let (home, id) = Home::with_application();
    for more in [
        ["--domain", "a b"],
        ["--domain", "*"],
        ["--domain", "xn--a.example"],
        ["--domain", "ftp://a.example"],
        ["--ip", "192.0.2.1"],
        ["--ip", "192.0.2.1/24"],
        ["--scope", "a b"],
        ["--scope", ""],
        ["--scope", "a\"b"],
        ["--validity", "0"],
        ["--key-type", "staging"],
    ] {
        let mut arguments = vec!["token", "create", "--application", &id];
        if more[0] != "--key-type" {
            arguments.extend(["--key-type", "sandbox"]);
        }
        arguments.extend(more);
        home.misuse(&arguments);
    }
    let error = home.fail(&["token", "create", "--application", &id, "--key-type", "sandbox", "--scope", "a", "--scope", "a"]);
    assert!(error.contains("named twice"), "{error}");
    assert!(home.tokens(&id).is_empty());
}

#[test]
fn a_token_that_is_too_long_for_an_edge_is_not_minted() {
    let (home, id) = Home::with_application();
    let domains: Vec<String> = (0..400).map(|n| format!("a-rather-long-name-{n}.subdomain.of.example.com")).collect();
    let mut arguments = vec!["token", "create", "--application", &id, "--key-type", "sandbox"];
    arguments.extend(domains.iter().flat_map(|domain| ["--domain", domain]));
    let error = home.fail(&arguments);
    assert!(error.contains("longer than 16 KiB"), "{error}");
    assert!(home.tokens(&id).is_empty());
    // No key set was created either.
    home.generate(&id, "sandbox", &[]);
}

#[test]
fn a_token_that_opens_nothing_comes_with_a_warning() {
    let home = Home::new();
    let id = home.create_application("Lonely");
    home.add_api(
        r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0","resources":[{"path":"/*","scopes":["orders"]}]}"#,
    );
    let generate = ["token", "create", "--application", &id, "--key-type", "production", "--scope", "ordrs"];
    let warnings = home.warnings(&generate);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(
        warnings[0].starts_with("this token gives access to nothing; the application is not subscribed to any API"),
        "{warnings:?}"
    );
    assert!(warnings[1].contains("the API `pizza/1.0.0` has `orders`"), "{warnings:?}");
    home.subscribe(&id);
    let keys = ["--application", &id, "--key-type", "production"];
    // Existing scopes of the key set are no reason to refuse another change.
    assert_eq!(home.warnings(&[&["token", "regenerate"][..], &keys].concat()).len(), 1);
    let change = |scope| [&["token", "keys", "change"][..], &keys, &["--scope", scope]].concat();
    let error = home.fail(&change("oders"));
    assert!(error.contains("unknown scope `oders`: the API `pizza/1.0.0` has `orders`"), "{error}");
    assert!(error.contains("hint: `postern admin scope create`"), "{error}");
    assert_eq!(home.warnings(&change("orders")), [""; 0]);
    assert_eq!(home.warnings(&[&["token", "regenerate"][..], &keys].concat()), [""; 0]);
}
