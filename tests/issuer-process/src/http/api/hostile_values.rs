//! Hostile values in the bodies of applications and key sets.

use super::{Api, assert_problem};

#[test]
fn a_name_is_stored_unchanged_or_refused() {
    let api = Api::new();
    let target = "/api/v1/applications";
    for name in [
        "<script>alert(1)</script>",
        "'; DROP TABLE applications; --",
        "Ünïcödé 名前 🍕",
        "app_looks_like_an_id",
        "../../etc/passwd",
    ] {
        let body = serde_json::json!({ "name": name }).to_string();
        let made = api.send("POST", target, &body);
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(made.header("content-type"), Some("application/json"));
        assert_eq!(made.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(api.read(made.header("location").unwrap())["name"], name);
    }
    let long = "x".repeat(60_000);
    for name in ["", " ", " a", "a\u{0}", "a\nb", "\u{85}", &"x".repeat(101), &long] {
        let refused = api.send("POST", target, &serde_json::json!({ "name": name }).to_string());
        assert_problem(&refused, 422, "invalid_body");
        assert_eq!(refused.json()["errors"][0]["field"], "name");
        assert!(refused.body.len() < 1000);
    }
    for hidden in ["Bank\u{202e}gro.live", "\u{200b}", "Ba\u{200b}nk", "a\u{2066}b", "so\u{ad}ft", "\u{feff}a", "Ба\u{200c}нк"]
    {
        let refused = api.send("POST", target, &serde_json::json!({ "name": hidden }).to_string());
        assert_problem(&refused, 422, "invalid_body");
        assert!(refused.json()["errors"][0].to_string().contains("invisible"), "{}", refused.text());
        let tier = serde_json::json!({ "name": "hidden", "description": hidden }).to_string();
        assert_problem(&api.send("POST", "/api/v1/tiers", &tier), 422, "invalid_body");
    }
    let too_large = serde_json::json!({ "name": "x".repeat(64 * 1024) }).to_string();
    assert_problem(&api.send("POST", target, &too_large), 413, "body_too_large");
    for body in [
        "{}",
        "[]",
        "null",
        r#"{"name":null}"#,
        r#"{"name":"a","name":"b"}"#,
        r#"{"name":"a","owner":"dora"}"#,
        "{\"name\":\"\u{0}\"}",
    ] {
        assert_problem(&api.send("POST", target, body), 422, "invalid_body");
    }
    assert_eq!(api.read(target)["items"].as_array().unwrap().len(), 5);
}

#[test]
fn every_invalid_value_of_a_key_set_is_named_and_nothing_is_created() {
    let api = Api::new();
    let id = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
    let application = format!("/api/v1/applications/{id}");
    let target = format!("{application}/keys/production");
    let body = r#"{"domains":["ok.example","*","a..b"],"ips":["10.0.0.0/33","999.1.1.1"],"scope":"a  b","validity":0,
        "grant_types":["implicit"],"redirect_uris":["http://evil.example/","javascript:alert(1)"],"secret":"x"}"#;
    let expected = [
        "domains[1]",
        "domains[2]",
        "ips[0]",
        "ips[1]",
        "scope",
        "validity",
        "grant_types[0]",
        "redirect_uris[0]",
        "redirect_uris[1]",
        "secret",
    ];
    for (method, target) in [("POST", target.clone()), ("PATCH", target.clone())] {
        let refused = api.send(method, &target, body);
        assert_problem(&refused, 422, "invalid_body");
        let errors = refused.json()["errors"].clone();
        let fields: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
        assert_eq!(fields, expected);
    }
    for body in
        [r#"{"scope":""}"#, r#"{"scope":"a\u0000"}"#, r#"{"validity":3153600001}"#, r#"{"validity":1.5}"#, r#"{"domains":null}"#]
    {
        assert_problem(&api.send("POST", &target, body), 422, "invalid_body");
    }
    // A token that is too long for an edge is not minted, and no key set is created.
    let scope = (0..300).map(|number| format!("s{number}")).collect::<Vec<_>>().join(" ");
    let domains: Vec<_> = (0..2000).map(|number| format!("app-{number}.example.com")).collect();
    let huge = serde_json::json!({ "scope": scope, "domains": domains }).to_string();
    assert_problem(&api.send("POST", &target, &huge), 422, "token_too_large");
    assert_problem(&api.get(&target), 404, "no_keys");
    assert_eq!(api.read(&format!("{application}/tokens"))["items"].as_array().unwrap().len(), 0);
    for below in ["", "/tokens", "/subscriptions/a/1", "/keys/production"] {
        for bad in ["app_%00", "app_'%20OR%201=1", "app_..%2f", "%ff", "APP_X", "app_"] {
            assert_eq!(api.get(&format!("/api/v1/applications/{bad}{below}")).status, 404, "{bad}{below}");
        }
    }
}
