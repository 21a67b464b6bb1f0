//! `/edge/bundle`

use postern_token::KeyType;
use postern_token::bundle::Bundle;

use super::assert_problem;
use crate::harness::{Home, ISSUER, Request, Server};

fn start() -> (Home, Server, String) {
    // A bundle with a symmetric key has the stricter rules.
    start_at(Home::empty().initialised_with_hs256().subscribed().0)
}

fn start_at(home: Home) -> (Home, Server, String) {
    let key = home.succeed(&["admin", "edge-key", "create", "edge-1", "--environment", "both"])["edge_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let server = Server::start(&home);
    (home, server, key)
}

#[test]
fn an_edge_gets_a_bundle_that_it_accepts() {
    let (home, server, key) = start();
    for (target, environment) in [
        ("/edge/bundle", None),
        ("/edge/bundle?environment=production", Some(KeyType::Production)),
        ("/edge/bundle?environment=sandbox", Some(KeyType::Sandbox)),
    ] {
        let response = server.send(&Request::get(target).bearer(&key));
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.header("cache-control"), Some("private, no-store"));
        let bundle = Bundle::from_json(&response.body).unwrap();
        assert_eq!(bundle.environment, environment);
        assert_eq!(bundle.issuers[0].name, ISSUER);
        assert_eq!(bundle.apis.len(), 1);
    }
    // The same as the bundle of the command, except for the content of the status lists.
    let body = server.send(&Request::get("/edge/bundle").bearer(&key)).json();
    let mut written: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert!(written["status_lists"][0].as_object_mut().unwrap().remove("list").is_some());
    assert_eq!(body, written);
}

#[test]
fn a_request_with_the_current_entity_tag_gets_304() {
    let (home, server, key) = start();
    let tag_of = |target: &str| {
        let response = server.send(&Request::get(target).bearer(&key));
        response.header("etag").unwrap().to_owned()
    };
    let tag = tag_of("/edge/bundle");
    assert!(tag.starts_with('"') && tag.ends_with('"'), "strong: {tag}");
    assert_eq!(tag, tag_of("/edge/bundle"));
    assert_ne!(tag, tag_of("/edge/bundle?environment=sandbox"));
    let ask = |known: &str| server.send(&Request::get("/edge/bundle").bearer(&key).header("if-none-match", known));
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}")] {
        let response = ask(&known);
        assert_eq!(response.status, 304, "{known}");
        assert_eq!(response.header("etag"), Some(tag.as_str()));
        assert!(response.body.is_empty());
    }
    for other in ["\"other\"", "*", "", tag.trim_matches('"')] {
        assert_eq!(ask(other).status, 200, "{other}");
    }
    home.add_api(r#"{"name":"new","version":"1","context":"/new"}"#);
    assert_eq!(ask(&tag).status, 200);
}

#[test]
fn a_missing_or_unknown_edge_key_is_refused() {
    let (home, server, key) = start_at(Home::empty().initialised_with_hs256().subscribed().0);
    let secret = String::from_utf8(home.bundle()).unwrap().split(r#""k":""#).nth(1).unwrap()[..43].to_owned();
    let get = || Request::get("/edge/bundle");
    let realm = format!("Bearer realm=\"{ISSUER}\"");
    let unknown = format!("{realm}, error=\"invalid_token\"");
    for (request, code, challenge) in [
        (get(), "missing_edge_key", &realm),
        (get().basic("edge-1", &key), "missing_edge_key", &realm),
        (get().header("authorization", "Bearer"), "missing_edge_key", &realm),
        (Request::get(&format!("/edge/bundle?access_token={key}")), "missing_edge_key", &realm),
        (get().bearer("edge-1"), "unknown_edge_key", &unknown),
        (get().bearer(&key[..key.len() - 1]), "unknown_edge_key", &unknown),
        (get().bearer(&format!("{key}x")), "unknown_edge_key", &unknown),
        (get().bearer("' OR 1=1 --"), "unknown_edge_key", &unknown),
        (get().header("authorization", b"Bearer \xff"), "unknown_edge_key", &unknown),
        (get().bearer("wrong").header("if-none-match", "*"), "unknown_edge_key", &unknown),
    ] {
        let response = server.send(&request);
        assert_problem(&response, 401, code);
        assert_eq!(response.header("www-authenticate"), Some(challenge.as_str()));
        assert!(!response.text().contains(&secret));
    }
    let twice = server.send(&get().bearer(&key).bearer("other"));
    assert_problem(&twice, 400, "invalid_request");
}

#[test]
fn the_authentication_scheme_is_case_insensitive() {
    let (_home, server, key) = start();
    assert_eq!(server.send(&Request::get("/edge/bundle").header("authorization", format!("bEARER {key}"))).status, 200);
}

#[test]
fn an_invalid_query_is_refused() {
    let (_home, server, key) = start();
    for query in [
        "environment=",
        "environment",
        "environment=staging",
        "environment=production&environment=production",
        "other=1",
        "%ff=1",
    ] {
        assert_problem(&server.send(&Request::get(&format!("/edge/bundle?{query}")).bearer(&key)), 400, "invalid_request");
    }
}

#[test]
fn a_removed_edge_key_is_refused() {
    let (home, server, key) = start();
    assert_eq!(server.send(&Request::get("/edge/bundle").bearer(&key)).status, 200);
    home.succeed(&["admin", "edge-key", "delete", "edge-1"]);
    assert_problem(&server.send(&Request::get("/edge/bundle").bearer(&key)), 401, "unknown_edge_key");
}

#[test]
fn the_edge_that_got_the_bundle_is_logged() {
    let (home, server, key) = start();
    server.send(&Request::get("/edge/bundle").bearer(&key));
    server.send(&Request::get("/edge/bundle").bearer("unknown"));
    server.stop("-TERM");
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert_eq!(log.matches("sent the bundle edge=\"edge-1\"").count(), 1, "{log}");
}

#[test]
fn an_edge_key_fetches_the_bundle_of_its_environment_alone() {
    let (home, _) = Home::empty().initialised_with_hs256().subscribed();
    let create = |name: &str, environment: &[&str]| {
        let arguments = [&["admin", "edge-key", "create", name], environment].concat();
        home.succeed(&arguments)["edge_key"].as_str().unwrap().to_owned()
    };
    let production = create("production", &[]);
    let sandbox = create("sandbox", &["--environment", "sandbox"]);
    let server = Server::start(&home);
    let secrets = |bundle: &serde_json::Value| -> Vec<String> {
        bundle["keys"]["keys"].as_array().unwrap().iter().filter_map(|key| key["k"].as_str().map(str::to_owned)).collect()
    };
    let mut seen = Vec::new();
    for (key, own, other) in [(&production, "production", "sandbox"), (&sandbox, "sandbox", "production")] {
        for target in ["/edge/bundle".to_owned(), format!("/edge/bundle?environment={own}")] {
            let response = server.send(&Request::get(&target).bearer(key));
            assert_eq!((response.status, &response.json()["environment"]), (200, &own.into()), "{target}");
            assert_eq!(response.header("vary"), Some("accept, authorization"));
            seen.push(secrets(&response.json()));
        }
        let refused = server.send(&Request::get(&format!("/edge/bundle?environment={other}")).bearer(key));
        assert_problem(&refused, 403, "wrong_environment");
    }
    assert!(seen.iter().all(|keys| keys.len() == 1) && seen[0] == seen[1] && seen[2] == seen[3] && seen[0] != seen[2]);
    let shown = home.succeed(&["admin", "edge-key", "show", "sandbox"]);
    assert_eq!(shown["environment"], "sandbox");
}

#[test]
fn a_signed_bundle_is_signed_by_the_key_that_edges_pin() {
    let (home, server, key) = start();
    let listed = home.succeed(&["admin", "bundle-key", "list"]);
    let jwk = listed["bundle_keys"][0]["jwk"].to_string();
    let jwk: postern_token::JwkDocument = postern_token::document::Problems::read(jwk.as_bytes()).unwrap();
    let pinned = postern_token::KeySet::new(vec![postern_token::VerifyingKey::try_from(&jwk).unwrap()]).unwrap();
    let media_type = postern_token::bundle::SIGNED_BUNDLE_MEDIA_TYPE;
    let plain = server.send(&Request::get("/edge/bundle").bearer(&key));
    let ask = || Request::get("/edge/bundle").bearer(&key).header("accept", media_type);
    let signed = server.send(&ask());
    assert_eq!((signed.status, signed.header("content-type")), (200, Some(media_type)));
    assert_ne!(signed.header("etag"), plain.header("etag"));
    // It holds a secret key, so caches must not store it, signed or not.
    assert_eq!(signed.header("cache-control"), Some("private, no-store"));
    let verified = postern_token::bundle::verify_bundle(&signed.body, 1 << 20, &pinned, &postern_token::SoftwareVerifier);
    assert_eq!(verified.unwrap(), plain.body);
    let again = server.send(&ask().header("if-none-match", signed.header("etag").unwrap()));
    assert_eq!(again.status, 304);
    // A bundle that another issuer's key has signed is not from this issuer.
    let (other, ..) = start();
    let listed = other.succeed(&["admin", "bundle-key", "list"])["bundle_keys"][0]["kid"].clone();
    assert_ne!(listed, jwk.kid.as_str());
}

#[test]
fn a_bundle_of_public_keys_may_be_in_a_shared_cache_when_it_is_signed() {
    let (home, server, key) = start();
    for key_type in ["production", "sandbox"] {
        let kid = home.succeed(&["admin", "signing-key", "create", "--algorithm", "ES256"])["kid"].as_str().unwrap().to_owned();
        home.succeed(&["admin", "signing-key", "sign", &kid, "--key-type", key_type]);
    }
    for listed in home.succeed(&["admin", "signing-key", "list"])["keys"].as_array().unwrap() {
        if listed["algorithm"] == "HS256" {
            home.succeed(&["admin", "signing-key", "retire", listed["kid"].as_str().unwrap(), "--force"]);
        }
    }
    let get = || Request::get("/edge/bundle").bearer(&key);
    let signed = server.send(&get().header("accept", postern_token::bundle::SIGNED_BUNDLE_MEDIA_TYPE));
    assert_eq!(signed.header("cache-control"), Some("public, no-cache"));
    assert_eq!(server.send(&get()).header("cache-control"), Some("private, no-cache"));
}
