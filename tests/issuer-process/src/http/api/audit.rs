//! `/api/v1/audit`

use super::{Api, assert_items, assert_problem};

#[test]
fn entries_are_filtered_and_listed_newest_first() {
    let api = Api::new();
    api.create("/api/v1/edge-keys", r#"{"name":"one"}"#);
    api.create("/api/v1/edge-keys", r#"{"name":"two"}"#);
    let application = api.home.create_application("app");
    let all = api.read("/api/v1/audit");
    assert_eq!(all["items"][0]["action"], "application.create");
    assert_eq!(all["items"][1]["actor"], "member:rita");
    assert_items(&api.read("/api/v1/audit?actor=member:rita"), "subject", &["two", "one"]);
    assert_items(&api.read("/api/v1/audit?action=edge_key.create&limit=1"), "subject", &["two"]);
    assert_items(&api.read(&format!("/api/v1/audit?application={application}")), "action", &["application.create"]);
    assert_eq!(api.read("/api/v1/audit?since=4000000000")["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.read("/api/v1/audit?until=1")["items"].as_array().unwrap().len(), 0);
    // All pages together are the same list.
    let (mut seen, mut target) = (Vec::new(), "/api/v1/audit?limit=3".to_owned());
    loop {
        let page = api.read(&target);
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
