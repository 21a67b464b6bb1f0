//! `/edge/bundle`

use postern_token::KeyType;
use postern_token::bundle::Bundle;

use super::assert_problem;
use crate::harness::{Home, ISSUER, Request, Server};

fn start() -> (Home, Server, String) {
    let (home, _) = Home::with_application();
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
    // What an edge that fetches nothing is given, but for what is in the lists.
    let body = server.send(&Request::get("/edge/bundle").bearer(&key)).json();
    let mut written: serde_json::Value = serde_json::from_slice(&home.bundle()).unwrap();
    assert!(written["status_lists"][0].as_object_mut().unwrap().remove("list").is_some());
    assert_eq!(body, written);
}

#[test]
fn an_edge_that_has_the_bundle_is_told_so() {
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
    for known in [tag.clone(), format!("\"other\", {tag}"), format!("W/{tag}"), "*".into()] {
        let response = ask(&known);
        assert_eq!(response.status, 304, "{known}");
        assert_eq!(response.header("etag"), Some(tag.as_str()));
        assert!(response.body.is_empty());
    }
    for other in ["\"other\"", "", tag.trim_matches('"')] {
        assert_eq!(ask(other).status, 200, "{other}");
    }
    home.add_api(r#"{"name":"new","version":"1","context":"/new"}"#);
    assert_eq!(ask(&tag).status, 200);
}

#[test]
fn strangers_get_nothing() {
    let (home, server, key) = start();
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
fn the_scheme_may_be_in_any_case() {
    let (_home, server, key) = start();
    assert_eq!(server.send(&Request::get("/edge/bundle").header("authorization", format!("bEARER {key}"))).status, 200);
}

#[test]
fn an_environment_that_makes_no_sense_is_refused() {
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
fn an_edge_whose_key_was_removed_gets_nothing_more() {
    let (home, server, key) = start();
    assert_eq!(server.send(&Request::get("/edge/bundle").bearer(&key)).status, 200);
    home.succeed(&["admin", "edge-key", "remove", "edge-1"]);
    assert_problem(&server.send(&Request::get("/edge/bundle").bearer(&key)), 401, "unknown_edge_key");
}

#[test]
fn who_was_given_the_keys_is_logged() {
    let (home, server, key) = start();
    server.send(&Request::get("/edge/bundle").bearer(&key));
    server.send(&Request::get("/edge/bundle").bearer("unknown"));
    server.stop("-TERM");
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    assert_eq!(log.matches("sent the bundle edge=\"edge-1\"").count(), 1, "{log}");
}
