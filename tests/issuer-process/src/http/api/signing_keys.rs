//! `/api/v1/signing-keys`

use super::{Api, assert_problem};

const TARGET: &str = "/api/v1/signing-keys";

#[test]
fn signing_keys_are_created_used_and_retired() {
    let api = Api::new();
    let first = api.read(TARGET)["items"][0].clone();
    assert_eq!((first["algorithm"].as_str(), first["state"].as_str()), (Some("ES256"), Some("signing")));
    assert_eq!(first["signs"].as_array().unwrap().len(), 1, "the sandbox has one of its own");
    let old = format!("{TARGET}/{}", first["kid"].as_str().unwrap());
    let made = api.create(TARGET, r#"{"algorithm":"ES256"}"#);
    let new = format!("{TARGET}/{}", made["kid"].as_str().unwrap());
    assert_eq!((made["state"].as_str(), made["algorithm"].as_str()), (Some("published"), Some("ES256")));
    assert_problem(&api.send("POST", &format!("{old}/retire"), "{}"), 409, "signing_key_signs");
    let signing = api.send("POST", &format!("{new}/sign"), r#"{"key_types":["sandbox"]}"#).json();
    assert_eq!(signing["signs"].as_array().unwrap().len(), 1);
    assert_eq!(signing["signs"][0]["key_type"], "sandbox");
    assert_problem(&api.send("POST", &format!("{old}/retire"), "{}"), 409, "signing_key_signs");
    // A signing key with a live token is not retired without `force`.
    let application = api.home.create_application("app");
    api.home.generate(&application, "production", &[]);
    assert_eq!(api.send("POST", &format!("{new}/sign"), "{}").json()["signs"].as_array().unwrap().len(), 2);
    let in_use = api.send("POST", &format!("{old}/retire"), "{}");
    assert_problem(&in_use, 409, "signing_key_in_use");
    assert!(!in_use.text().contains("--"), "{}", in_use.text());
    assert_eq!(api.read(&old)["live_tokens"], 1);
    let retired = api.send("POST", &format!("{old}/retire"), r#"{"force":true}"#).json();
    assert_eq!((retired["retired"].as_str(), retired["revoked"].as_u64()), (first["kid"].as_str(), Some(1)));
    for action in ["retire", "sign"] {
        assert_problem(&api.send("POST", &format!("{old}/{action}"), "{}"), 409, "signing_key_retired");
    }
    let page = api.read(&format!("{TARGET}?limit=1"));
    assert_eq!(page["items"][0]["state"], "retired");
    let rest = api.read(&format!("{TARGET}?limit=2&after={}", page["next"].as_str().unwrap()));
    assert_eq!((rest["items"][0]["state"].as_str(), &rest["items"][1]["kid"]), (Some("published"), &made["kid"]));
    assert!(rest.get("next").is_none());
}

#[test]
fn a_retried_request_creates_one_signing_key() {
    let api = Api::new();
    let send = || {
        let request = Api::request("POST", TARGET, r#"{"algorithm":"RS256"}"#).bearer(&api.administrator);
        api.server.send(&request.header("idempotency-key", "rotation"))
    };
    let (first, again) = (send(), send());
    assert_eq!((first.status, again.status), (201, 201), "{}", first.text());
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!(first.json(), again.json());
    assert_eq!(api.read(TARGET)["items"].as_array().unwrap().len(), 3);
    assert_problem(&api.send_as(&api.developer, "POST", TARGET, r#"{"algorithm":"RS256"}"#), 403, "forbidden");
}

#[test]
fn invalid_requests_are_refused() {
    let api = Api::new();
    for body in ["{}", r#"{"algorithm":"none"}"#, r#"{"algorithm":"es256"}"#, r#"{"algorithm":"ES256","planned_for":"staging"}"#]
    {
        assert_problem(&api.send("POST", TARGET, body), 422, "invalid_body");
    }
    for action in ["", "/sign", "/retire"] {
        let (method, body) = if action.is_empty() { ("GET", "") } else { ("POST", "{}") };
        assert_problem(&api.send(method, &format!("{TARGET}/unknown{action}"), body), 404, "no_such_signing_key");
    }
    let kid = api.read(TARGET)["items"][0]["kid"].as_str().unwrap().to_owned();
    for body in [r#"{"key_types":[]}"#, r#"{"key_types":["x"]}"#, r#"{"key_types":"sandbox"}"#] {
        assert_problem(&api.send("POST", &format!("{TARGET}/{kid}/sign"), body), 422, "invalid_body");
    }
    assert_problem(&api.send("POST", &format!("{TARGET}/{kid}/retire"), r#"{"force":"yes"}"#), 422, "invalid_body");
}
