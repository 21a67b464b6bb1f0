//! `postern explain`

use serde_json::{Value, json};

use crate::harness::Home;

fn request(path: &str, headers: &Value) -> String {
    format!("{}\n", json!({"method": "GET", "path": path, "headers": headers, "source": "192.0.2.7"}))
}

#[test]
fn each_request_gets_its_decision() {
    let (home, application) = Home::with_application();
    let minted = home.generate(&application, "production", &["--scope", "orders"]);
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    let bearer = format!("Bearer {}", minted.token());
    let input = request("/pizza/1.0.0/orders/1", &json!([["host", "api.example"], ["authorization", bearer]]))
        + "\n"
        + &request("/pizza/1.0.0/orders/1", &json!([["host", "api.example"]]))
        + &request("/nowhere", &json!([["host", "api.example"]]));
    let output = home.pipe(&["explain", "--bundle", &bundle], &input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let decisions: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<(&str, &str)> =
        decisions.iter().map(|decision| (decision["outcome"].as_str().unwrap(), decision["code"].as_str().unwrap())).collect();
    assert_eq!(codes, [("allow", "token"), ("deny", "missing_token"), ("deny", "no_such_api")]);
    assert_eq!(decisions[0]["set"]["x-postern-application"], application);
    assert_eq!(decisions[0]["remove"], json!(["authorization"]));

    let output = home.pipe(&["explain", "--bundle", &bundle, "--steps"], &request("/nowhere", &json!([["host", "api.example"]])));
    let decision: Value = serde_json::from_slice(&output.stdout).unwrap();
    let states: Vec<&Value> = decision["steps"].as_array().unwrap().iter().take(4).map(|step| &step["state"]).collect();
    assert_eq!(states, ["passed", "passed", "failed", "not_reached"]);
    assert!(decision["steps"][2]["change"].as_str().unwrap().starts_with("Call a host and a path"), "{decision}");

    // The same request after the token has expired.
    let input = request("/pizza/1.0.0/orders/1", &json!([["host", "api.example"], ["authorization", bearer]]));
    let output = home.pipe(&["explain", "--bundle", &bundle, "--now", "4000000000"], &input);
    let decision: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&decision["code"], &decision["status"], &decision["step"]), (&json!("expired"), &json!(401), &json!("claims")));
}

#[test]
fn an_invalid_request_gets_an_error_and_the_others_a_decision() {
    let (home, _) = Home::with_application();
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    let input = String::from("nonsense\n{\"method\":1,\"path\":\"/\"}\n") + &request("/nowhere", &json!([]));
    let output = home.pipe(&["explain", "--bundle", &bundle], &input);
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("is not JSON") && lines[1].contains("`method`: must be a string"), "{printed}");
    assert!(lines[2].contains("no_such_api"), "{printed}");
}

#[test]
fn a_line_that_is_too_long_gets_an_error_and_the_next_one_a_decision() {
    let (home, _) = Home::with_application();
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    let fine = request("/nowhere", &json!([["host", "api.example"]]));
    let long = |length: usize| request("/nowhere", &json!([["host", "api.example"], ["x", "y".repeat(length)]]));
    let input = format!("{fine}{}{fine}{}{fine}", long(1 << 20), long(5 << 20));
    let output = home.pipe(&["explain", "--bundle", &bundle], &input);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("invalid requests in the input: 2"));
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 5);
    for (at, line) in lines.iter().enumerate() {
        if at % 2 == 0 {
            assert_eq!((&line["code"], &line["cause"]), (&json!("no_such_api"), &json!("path")), "{line}");
        } else {
            assert_eq!(line["error"], "the line is longer than 1048576 bytes");
        }
    }
}

#[test]
fn a_refusal_names_its_cause() {
    let home = Home::new();
    home.add_api(
        r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0","hosts":["api.example"],
            "resources":[{"path":"/menu","methods":["GET","PUT"],"auth":"none"}]}"#,
    );
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    for (path, headers, cause) in [
        ("/pizza/1.0.0/menu", json!([]), "missing_host"),
        ("/pizza/1.0.0/MENU", json!([["host", "api.example"]]), "case"),
        ("/pizza/1.0.0/menu/", json!([["host", "api.example"]]), "slash"),
        ("/pizza/1.0.0/menu.", json!([["host", "api.example"]]), "look_alike"),
        ("/pizza/1.0.0/menu", json!([["host", "other.example"]]), "host"),
        ("/pizza/1.0.0/other", json!([["host", "api.example"]]), "path"),
        ("/pizza/1.0.0//menu", json!([["host", "api.example"]]), "path_form"),
    ] {
        let output = home.pipe(&["explain", "--bundle", &bundle], &request(path, &headers));
        let decision: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(decision["cause"], cause, "{decision}");
        assert!(decision["explanation"].is_string(), "{decision}");
    }
    let request = r#"{"method":"POST","path":"/pizza/1.0.0/menu","headers":[["host","api.example"]]}"#;
    let output = home.pipe(&["explain", "--bundle", &bundle], request);
    let decision: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&decision["code"], &decision["status"]), (&json!("method_not_allowed"), &json!(405)));
    assert_eq!(
        (&decision["cause"], &decision["explanation"]),
        (&json!("method"), &json!("the resource accepts GET, PUT, not `POST`"))
    );
}

#[test]
fn a_bundle_or_settings_that_an_edge_would_refuse_are_refused() {
    let (home, _) = Home::with_application();
    let bundle = home.write("bundle.json", &String::from_utf8(home.bundle()).unwrap());
    let settings = home.write("settings.json", r#"{"leeway_seconds": 301}"#);
    assert!(
        home.fail(&["explain", "--bundle", &bundle, "--settings", &settings]).contains("`leeway_seconds`: must be at most 300")
    );
    let broken = home.write("broken.json", r#"{"issuer":"https://issuer.example"}"#);
    assert!(home.fail(&["explain", "--bundle", &broken]).contains("`bundle.audience`: is missing"));
    let comma = home.write("comma.json", "{\n  \"issuer\": 1,\n}");
    let error = home.fail(&["explain", "--bundle", &comma]);
    assert!(error.contains("at line 3, column 1"), "{error}");
    assert!(home.fail(&["explain", "--bundle", "nowhere.json"]).contains("cannot read the bundle"));
}
