//! `/api/v1/usage`

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Api, assert_problem, token};
use crate::harness::{Home, Request, Server};

/// Two applications, of which the developer owns the first. Each has a token, and a client of the first was refused twice.
fn used() -> (Api, String, String) {
    let api = Api::new();
    let create = |token: &str, name: &str| {
        let created = api.send_as(token, "POST", "/api/v1/applications", &format!(r#"{{"name":"{name}"}}"#));
        created.json()["id"].as_str().unwrap().to_owned()
    };
    let (own, other) = (create(&api.developer, "own"), create(&api.administrator, "other"));
    let mut client = String::new();
    for id in [&other, &own] {
        let keys = api.create(&format!("/api/v1/applications/{id}/keys/production"), "{}");
        client = keys["consumer_key"].as_str().unwrap().to_owned();
    }
    for _ in 0..2 {
        let request = Request::new("POST", "/oauth2/token").basic(&client, "wrong");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(api.server.send(&request.body("grant_type=client_credentials")).status, 401);
    }
    (api, own, other)
}

/// Reads usage until the last day is as expected: it is counted in the background.
fn wait_for(api: &Api, token: &str, target: &str, expected: (u64, u64)) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let days = api.send_as(token, "GET", target, "").json()["items"].as_array().unwrap().clone();
        let today = days.last().unwrap();
        if (today["minted"].as_u64(), today["refused"].as_u64()) == (Some(expected.0), Some(expected.1)) {
            return days;
        }
        assert!(Instant::now() < deadline, "{target}: {today}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn each_role_sees_the_usage_that_it_may_see() {
    let (api, own, other) = used();
    let days = wait_for(&api, &api.administrator, "/api/v1/usage", (2, 2));
    assert_eq!(days.len(), 30);
    let date = days[29]["date"].as_str().unwrap();
    assert!(date.len() == 10 && date.starts_with("20"), "{date}");
    wait_for(&api, &api.auditor, "/api/v1/usage", (2, 2));
    // A developer sees only what belongs to the developer.
    wait_for(&api, &api.developer, "/api/v1/usage", (1, 2));
    wait_for(&api, &api.developer, &format!("/api/v1/usage?application={own}"), (1, 2));
    wait_for(&api, &api.auditor, &format!("/api/v1/usage?application={other}"), (1, 0));
    let refused = api.send_as(&api.developer, "GET", &format!("/api/v1/usage?application={other}"), "");
    assert_problem(&refused, 404, "no_such_application");
    assert_problem(&api.server.send(&Request::get("/api/v1/usage")), 401, "missing_token");
    // Ranges, pages and wrong parameters.
    let all = api.read("/api/v1/usage?since=0&limit=200");
    assert_eq!(all["items"].as_array().unwrap().len(), 200);
    let rest = api.read(&format!("/api/v1/usage?since=0&limit=200&after={}", all["next"].as_str().unwrap()));
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next")), (200, None));
    assert_eq!(rest["items"][199]["date"], date);
    assert_eq!(api.read("/api/v1/usage?until=0")["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.read("/api/v1/usage?since=99999999999")["items"].as_array().unwrap().len(), 0);
    assert_eq!(api.read("/api/v1/usage?since=200000&until=1")["items"].as_array().unwrap().len(), 0);
    for query in ["application=x", "since=x", "until=-1", "limit=1000", "other=1"] {
        assert_problem(&api.get(&format!("/api/v1/usage?{query}")), 400, "invalid_request");
    }
    // The same command, in a process of its own.
    let shown = api.home.succeed(&["usage", "--application", "own", "--since", "7d"]);
    assert_eq!(shown["days"].as_array().unwrap().last().unwrap()["minted"], 1);
}

/// A server that starts counts what happened without it.
#[test]
fn live_tokens_are_counted_when_a_server_starts() {
    let (home, application) = Home::with_application();
    home.succeed(&["admin", "member", "create", "rita", "--role", "administrator"]);
    let administrator = token(&home, "rita", &[]);
    home.generate(&application, "production", &[]);
    let server = Server::start(&home);
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let days = server.send(&Request::get("/api/v1/usage").bearer(&administrator)).json();
        let today = days["items"].as_array().unwrap().last().unwrap().clone();
        if today["live"].as_u64() == Some(1) && today["minted"].as_u64() == Some(1) {
            return;
        }
        assert!(Instant::now() < deadline, "{today}");
        thread::sleep(Duration::from_millis(200));
    }
}
