//! `/api/v1/registration-tokens`

use super::{Api, assert_items, assert_problem};

const TARGET: &str = "/api/v1/registration-tokens";

#[test]
fn initial_access_tokens_are_shown_once_and_removed() {
    let api = Api::new();
    let made = api.send("POST", TARGET, r#"{"description":"ci","registrations":3,"owner":"dora","expires_at":4000000000}"#);
    assert_eq!((made.status, made.header("cache-control")), (201, Some("no-store")), "{}", made.text());
    let location = made.header("location").unwrap().to_owned();
    let made = made.json();
    let secret = made["registration_token"].as_str().unwrap();
    assert!(secret.starts_with("preg_"));
    let shown = api.read(&location);
    assert_eq!((shown["owner"].as_str(), shown["registrations"].as_u64()), (Some("dora"), Some(3)));
    assert!(!api.read(TARGET).to_string().contains("preg_") && shown.get("registration_token").is_none());
    assert_eq!(api.create(TARGET, r#"{"description":"one"}"#)["registrations"], 1);
    let first = api.read(&format!("{TARGET}?limit=1"));
    let next = first["next"].as_str().unwrap();
    let rest = api.read(&format!("{TARGET}?limit=1&after={next}"));
    assert_ne!(first["items"][0], rest["items"][0]);
    assert!(rest["next"].is_null());
    let tag = api.get(&location).header("etag").unwrap().to_owned();
    let remove =
        |tag: &str| api.server.send(&Api::request("DELETE", &location, "").bearer(&api.administrator).header("if-match", tag));
    assert_problem(&remove("\"other\""), 412, "changed");
    assert_eq!(remove(&tag).status, 204);
    assert_problem(&api.get(&location), 404, "no_such_registration_token");
}

#[test]
fn developers_see_and_create_only_their_own() {
    let api = Api::new();
    let others = api.create(TARGET, r#"{"description":"root"}"#);
    let own = api.send_as(&api.developer, "POST", TARGET, r#"{"description":"mine"}"#);
    assert_eq!((own.status, own.json()["owner"].as_str()), (201, Some("dora")));
    let listed = api.send_as(&api.developer, "GET", TARGET, "").json();
    assert_items(&listed, "description", &["mine"]);
    let foreign = format!("{TARGET}/{}", others["id"].as_str().unwrap());
    for method in ["GET", "DELETE"] {
        assert_problem(&api.send_as(&api.developer, method, &foreign, ""), 404, "no_such_registration_token");
    }
    let body = r#"{"description":"x","owner":"rita"}"#;
    assert_problem(&api.send_as(&api.developer, "POST", TARGET, body), 403, "forbidden");
    assert_problem(&api.send_as(&api.auditor, "POST", TARGET, r#"{"description":"x"}"#), 403, "forbidden");
    assert_eq!(api.send_as(&api.auditor, "GET", &foreign, "").status, 200);
}

#[test]
fn invalid_values_are_refused() {
    let api = Api::new();
    for (body, code) in [
        (r#"{"description":"x","registrations":0}"#, "registrations_out_of_range"),
        (r#"{"description":"x","registrations":1000001}"#, "registrations_out_of_range"),
        (r#"{"description":"x","expires_at":1}"#, "expires_in_the_past"),
        (r#"{"registrations":-1,"owner":"A B"}"#, "invalid_body"),
    ] {
        assert_problem(&api.send("POST", TARGET, body), 422, code);
    }
    assert_problem(&api.send("POST", TARGET, r#"{"description":"x","owner":"nobody"}"#), 404, "no_such_member");
}
