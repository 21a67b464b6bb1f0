//! Preflight requests of browsers, and which responses a page may read (Fetch standard, CORS protocol).

use postern_demo::demo::{DOMAIN, Demo};
use postern_test_harness::artifacts;
use postern_test_harness::sample_api::ORDERS;

#[test]
fn a_page_can_send_a_token_and_cannot_claim_another_domain() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(&artifacts::envoy().unwrap(), dir.path(), &mut |_| {}).unwrap();
    let send = |request: postern_test_harness::client::Request| request.send(demo.envoy.address()).unwrap();
    let origin = format!("https://{DOMAIN}");

    let preflight =
        demo.request("OPTIONS", ORDERS).header("origin", origin.as_str()).header("access-control-request-method", "GET");
    let answer = send(preflight.header("access-control-request-headers", "authorization"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin.clone()));
    let headers = answer.header("access-control-allow-headers").unwrap();
    assert!(headers.contains("authorization"), "{headers}");
    assert!(!headers.contains("domain") && !headers.contains('*'), "{headers}");
    assert_eq!(demo.seen(), 0);

    let bound = demo.request("GET", ORDERS).bearer(&demo.tokens.widget);
    let answer = send(bound.clone().header("origin", origin.as_str()));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));

    let answer = send(bound.header("origin", "https://evil.test"));
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("domain_not_allowed")));
    assert_eq!(
        answer.header("access-control-allow-origin").as_deref(),
        Some("https://evil.test"),
        "the page must be able to read why"
    );
    assert_eq!(demo.seen(), 1);
}
