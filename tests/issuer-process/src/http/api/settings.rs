//! `/api/v1/settings`

use serde_json::json;

use super::{Api, assert_problem};
use crate::harness::{AUDIENCE, ISSUER};

const TARGET: &str = "/api/v1/settings";

#[test]
fn settings_are_changed_all_together_or_not_at_all() {
    let api = Api::new();
    let expected = json!({
        "issuer": ISSUER, "audience": AUDIENCE, "application_validity": 3600, "user_validity": 3600,
        "forever_allowed": false, "max_application_validity": 7_776_000, "max_user_validity": 86400, "renew_below_percent": 10, "key_publish_ahead": 86400, "refresh_grace": 60, "refresh_idle": 1_209_600,
        "refresh_lifetime": 7_776_000, "session_idle": 1800, "session_lifetime": 43200,
        "developer_registration": "off",
        "second_factor": "optional",
    });
    assert_eq!(api.read(TARGET), expected);
    // Tokens that never expire and a maximum for both kinds contradict each other.
    assert_problem(&api.send("PATCH", TARGET, r#"{"forever_allowed":true}"#), 422, "policy_out_of_range");
    let change = r#"{"application_validity":60,"user_validity":-1,"forever_allowed":true,"max_user_validity":null,
        "renew_below_percent":0,"key_rotation":90000}"#;
    let changed = api.send("PATCH", TARGET, change).json();
    assert!(changed.get("max_user_validity").is_none(), "{changed}");
    assert_eq!((changed["application_validity"].as_i64(), changed["user_validity"].as_i64()), (Some(60), Some(-1)));
    assert_eq!((changed["renew_below_percent"].as_u64(), changed["key_rotation"].as_u64()), (Some(0), Some(90000)));
    assert_eq!(api.read(TARGET), changed);
    // One of the two values is out of range, so neither is changed.
    let both = r#"{"application_validity":61,"forever_allowed":false}"#;
    for body in [r#"{"max_application_validity":59}"#, r#"{"max_application_validity":0}"#, r#"{"application_validity":7776001}"#]
    {
        assert_problem(&api.send("PATCH", TARGET, body), 422, "policy_out_of_range");
    }
    assert_problem(&api.send("PATCH", TARGET, both), 422, "policy_out_of_range");
    assert_problem(&api.send("PATCH", TARGET, r#"{"key_rotation":4000}"#), 422, "policy_out_of_range");
    assert_problem(&api.send("PATCH", TARGET, r#"{"developer_registration":"yes"}"#), 422, "invalid_body");
    assert_eq!(api.read(TARGET), changed);
    let forbidden = api.send("PATCH", TARGET, r#"{"user_validity":5,"forever_allowed":false,"key_rotation":null}"#);
    assert_eq!(forbidden.status, 200, "{}", forbidden.text());
    assert!(forbidden.json().get("key_rotation").is_none());
    assert_problem(&api.send("PATCH", TARGET, r#"{"user_validity":-1}"#), 422, "forever_forbidden");
    assert_eq!(api.send("PATCH", TARGET, r#"{"user_validity":-1,"forever_allowed":true}"#).status, 200);
}

#[test]
fn an_invalid_change_is_refused() {
    let api = Api::new();
    for body in [
        r#"{"issuer":"https://other.example"}"#,
        r#"{"application_validity":0}"#,
        r#"{"application_validity":1.5}"#,
        r#"{"application_validity":"60"}"#,
        r#"{"application_validity":99999999999999999999}"#,
        r#"{"application_validity":null}"#,
        r#"{"renew_below_percent":101}"#,
        r#"{"renew_below_percent":300}"#,
        r#"{"forever_allowed":1}"#,
    ] {
        assert_problem(&api.send("PATCH", TARGET, body), 422, "invalid_body");
    }
    let problem = api.send("PATCH", TARGET, r#"{"forever_allowed":1,"user_validity":0,"x":{}}"#).json();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3);
    let stale = Api::request("PATCH", TARGET, r#"{"user_validity":1}"#).bearer(&api.administrator).header("if-match", "\"x\"");
    assert_problem(&api.server.send(&stale), 412, "changed");
    assert_eq!(api.read(TARGET)["user_validity"], 3600);
}
