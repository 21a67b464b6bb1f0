//! The listeners for clients, edges and metrics, and what each serves.

use serde_json::{Value, json};

use crate::harness::{Home, Request, Server};

fn configuration(home: &Home) -> String {
    home.write("postern.toml", "edge_listen = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\nlog_format = \"json\"\n")
}

#[test]
fn each_listener_serves_only_its_own_routes() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let edge = home.succeed(&["admin", "edge-key", "create", "gateway"])["edge_key"].as_str().unwrap().to_owned();
    let server = Server::start_with(&home, &["--config", &configuration(&home)], "log");
    let listener = |name: &str| server.ready[name].as_str().unwrap().to_owned();
    let (edges, metrics) = (listener("edges"), listener("metrics"));
    let status = |address: &str, target: &str| Request::get(target).bearer(&edge).try_send(address).unwrap().status;
    for (target, at_clients, at_edges, at_metrics) in [
        ("/edge/bundle", 404, 200, 404),
        ("/status/1", 200, 200, 404),
        ("/metrics", 404, 404, 200),
        ("/oauth2/jwks", 200, 404, 404),
        ("/readyz", 200, 200, 200),
        ("/livez", 200, 200, 200),
    ] {
        assert_eq!(status(&server.address, target), at_clients, "{target} for clients");
        assert_eq!(status(&edges, target), at_edges, "{target} for edges");
        assert_eq!(status(&metrics, target), at_metrics, "{target} for metrics");
    }

    for secret in [keys.secret(), "wrong"] {
        server.send(&Request::token("grant_type=client_credentials").basic(keys.key(), secret));
    }
    let text = Request::get("/metrics").try_send(&metrics).unwrap();
    assert!(text.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = text.text();
    for line in [
        "postern_issuer_requests_total{method=\"POST\",route=\"/oauth2/token\",status=\"200\"} 1",
        "postern_issuer_requests_total{method=\"POST\",route=\"/oauth2/token\",status=\"401\"} 1",
        "postern_issuer_tokens_total{outcome=\"answered_again\"} 1",
        "postern_issuer_refused_clients_total 1",
        "postern_issuer_waiting_edges 0",
        "postern_issuer_database_available 1",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn a_request_id_is_in_the_response_and_in_every_log_line() {
    let (home, id) = Home::with_application();
    let keys = home.generate(&id, "production", &[]);
    let server = Server::start_with(&home, &["--config", &configuration(&home)], "log");
    let named = |name: &str| {
        let request = Request::token("grant_type=client_credentials&validity_period=77").header("x-request-id", name);
        server.send(&request.basic(keys.key(), keys.secret())).header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(named("given-by_a.proxy"), "given-by_a.proxy");
    for bad in ["", "two words", "a\u{e9}", &"x".repeat(65), "\"quoted\""] {
        let name = named(bad);
        assert!(name.len() == 20 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "`{name}`");
    }
    let (_, _) = server.stop("-TERM");
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_request = |line: &&Value| line["span"]["id"] == json!("given-by_a.proxy");
    let messages: Vec<&str> = lines.iter().filter(of_request).filter_map(|line| line["fields"]["message"].as_str()).collect();
    assert!(messages.contains(&"request") && messages.contains(&"issued a token"), "{messages:?}");
}
