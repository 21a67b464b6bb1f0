//! `explain` of the package in every JavaScript host.

use serde_json::{Value, json};

use crate::folder::Folder;

fn explain_in(program: &str, arguments: &[&str]) {
    let folder = Folder::new();
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    let request = |path: &str| json!({"method": "GET", "path": path, "headers": [["host", "api.example"]]});
    let document = json!({
        "options": {"bundle": bundle, "settings": {"unmatched": "allow"}, "now": 1_800_000_000},
        "requests": [request("/pizza/1.0.0/orders/1"), request("/nowhere")],
    });
    std::fs::write(folder.path().join("requests.json"), document.to_string()).unwrap();
    let printed: Value = serde_json::from_str(&folder.run(program, &[arguments, &["requests.json"]].concat())).unwrap();
    let [refused, allowed] = [0, 1].map(|at| &printed["explained"][at]);
    assert_eq!((&refused["code"], &refused["step"]), (&json!("missing_token"), &json!("credential")), "{printed}");
    let step = &refused["steps"][3];
    assert_eq!((&step["state"], &step["change"].is_string()), (&json!("failed"), &true), "{step}");
    assert_eq!(refused["steps"][0]["read"][2], json!({"name": "time", "value": "2027-01-15 08:00:00 UTC"}));
    assert_eq!((&allowed["code"], &allowed["steps"][2]["state"]), (&json!("unmatched"), &json!("passed")), "{allowed}");
    let error = printed["error"].as_str().unwrap();
    assert!(error.starts_with("the configuration is refused: ") && error.contains("`bundle.issuer`: is missing"), "{error}");
}

#[test]
fn node_explains() {
    explain_in("node", &["explained-in-process.mjs"]);
}

#[test]
fn deno_explains() {
    explain_in("deno", &["run", "--allow-read", "explained-in-process.mjs"]);
}

#[test]
fn bun_explains() {
    explain_in("bun", &["explained-in-process.mjs"]);
}

#[test]
fn workerd_explains() {
    explain_in("node", &["in-workerd.mjs", "./explained-worker.mjs"]);
}
