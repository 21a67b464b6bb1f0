//! `/api/v1/audit`

use super::{Api, assert_items, assert_problem};

#[test]
fn what_was_done_is_found_the_newest_first() {
    let api = Api::new();
    api.create("/api/v1/edge-keys", r#"{"name":"one"}"#);
    api.create("/api/v1/edge-keys", r#"{"name":"two"}"#);
    let application = api.home.create_application("app");
    let all = api.see("/api/v1/audit");
    assert_eq!(all["items"][0]["action"], "application.create");
    assert_eq!(all["items"][1]["actor"], "member:rita");
    assert_items(&api.see("/api/v1/audit?actor=member:rita"), "subject", &["two", "one"]);
    assert_items(&api.see("/api/v1/audit?action=edge_key.create&limit=1"), "subject", &["two"]);
    assert_items(&api.see(&format!("/api/v1/audit?application={application}")), "action", &["application.create"]);
    assert_eq!(api.see("/api/v1/audit?since=4000000000")["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.see("/api/v1/audit?until=1")["items"].as_array().unwrap().len(), 0);
    // Page by page it is the same.
    let (mut seen, mut target) = (Vec::new(), "/api/v1/audit?limit=3".to_owned());
    loop {
        let page = api.see(&target);
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        target = format!("/api/v1/audit?limit=3&after={next}");
    }
    assert_eq!(&seen, all["items"].as_array().unwrap());
    assert_eq!(api.send_as(&api.auditor, "GET", "/api/v1/audit", "").status, 200);
    for query in ["application=x", "since=x", "until=-1", "after=x", "actor=", "limit=1000"] {
        assert_problem(&api.get(&format!("/api/v1/audit?{query}")), 400, "invalid_request");
    }
}
