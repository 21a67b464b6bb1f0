//! `/api/v1/applications/{id}/tokens` and `/api/v1/tokens`

use super::{Api, assert_problem};

#[test]
fn tokens_are_listed_without_the_token_and_revoked() {
    let api = Api::new();
    let id = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
    let application = format!("/api/v1/applications/{id}");
    let target = format!("{application}/tokens");
    assert_eq!(api.read(&target), serde_json::json!({ "items": [] }));
    let keys = format!("{application}/keys/production");
    let made = api.create(&keys, r#"{"scope":"a","domains":["a.example"],"validity":1}"#);
    let regenerate = format!("{keys}/regenerate");
    for _ in 0..4 {
        assert_eq!(api.send("POST", &regenerate, r#"{"validity":3600}"#).status, 200);
    }
    let sandbox = format!("{application}/keys/sandbox");
    api.create(&sandbox, r#"{"validity":1}"#);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let listed = api.get(&target);
    for secret in
        ["access_token", "consumer_secret", made["access_token"].as_str().unwrap(), made["consumer_secret"].as_str().unwrap()]
    {
        assert!(!listed.text().contains(secret));
    }
    let (mut page, mut states, mut pages) = (api.read(&format!("{target}?limit=2")), Vec::new(), 1);
    let first = page["items"][0].clone();
    assert_eq!((first["jti"].as_str(), first["minted_by"].as_str()), (made["jti"].as_str(), Some("member:rita")));
    assert_eq!((first["obtained"].as_str(), first["scope"].as_str()), (Some("generated"), Some("a")));
    assert_eq!(first["domains"], serde_json::json!(["a.example"]));
    assert_eq!((first["kind"].as_str(), first["key_type"].as_str()), (Some("application"), Some("production")));
    loop {
        states.extend(page["items"].as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        page = api.read(&format!("{target}?limit=2&after={next}"));
        pages += 1;
    }
    assert_eq!((pages, states.join(" ").as_str()), (3, "replaced replaced replaced replaced active expired"));
    assert_problem(&api.get(&format!("{target}?after=unknown")), 404, "no_such_token");
    let jti = api.read(&target)["items"][4]["jti"].as_str().unwrap().to_owned();
    let revoke = |jti: &str| api.send("POST", &format!("/api/v1/tokens/{jti}/revoke"), "");
    assert_eq!(revoke(&jti).json()["revoked"], 1);
    assert_eq!(revoke(&jti).json()["revoked"], 0);
    assert_eq!(api.read(&target)["items"][4]["state"], "revoked");
    let unknown = revoke(made["access_token"].as_str().unwrap());
    assert_eq!(unknown.status, 404);
    assert!(!unknown.text().contains("eyJ"));
    assert_problem(&revoke("unknown"), 404, "no_such_token");
    api.send("POST", &regenerate, "{}");
    // A token that expired just now is revoked too, because the clock of an edge may be slow.
    assert_eq!(api.send("POST", &format!("{target}/revoke"), "").json()["revoked"], 2);
    assert_problem(&api.get("/api/v1/applications/app_unknown/tokens"), 404, "no_such_application");
}
