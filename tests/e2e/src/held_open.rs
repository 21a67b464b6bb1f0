//! Requests that stay open: those for public resources leave room for those with a token, and end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::{OpenStream, StreamingUpstream, UnfinishedRequest};
use postern_test_harness::template;
use postern_test_harness::upstream::Upstream;
use postern_vectors::{Forge, TokenSpec};

use crate::limits::{MENU, PATIENCE, start, start_text};

/// The limits of open requests in the templates, for public resources and with a token.
const PUBLIC: &str = "{ priority: DEFAULT, max_requests: 2000, max_pending_requests: 2000, max_connections: 2500 }";
const WITH_TOKEN: &str = "{ priority: HIGH, max_requests: 8000, max_pending_requests: 8000, max_connections: 10000 }";

/// The same for a test, which cannot open as many connections.
const OPEN: usize = 20;
const FEW_PUBLIC: &str = "{ priority: DEFAULT, max_requests: 20, max_pending_requests: 20, max_connections: 25 }";
const FEW_WITH_TOKEN: &str = "{ priority: HIGH, max_requests: 20, max_pending_requests: 20, max_connections: 25 }";

/// A refusal comes at once, and thus long before the `timeout` of the route.
const AT_ONCE: Duration = Duration::from_secs(5);

/// How long a request is watched to see that it stays open.
const STAYS_OPEN: Duration = Duration::from_millis(500);

const TEMPLATES: [&str; 4] = ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml", "rate-limits/global.yaml"];

fn good() -> String {
    Forge::new(now()).token(&TokenSpec::default())
}

/// Sends as many requests whose body does not end as may be open, and three more, which are refused at once. Returns those that are open.
fn fill(gateway: SocketAddr, upstream: &Upstream, target: &str, fields: &str) -> Vec<UnfinishedRequest> {
    let (before, end) = (upstream.seen(), Instant::now() + PATIENCE);
    let mut open = Vec::new();
    while open.len() < OPEN {
        open.push(UnfinishedRequest::send(gateway, target, fields).unwrap());
        while upstream.seen() < before + open.len() {
            assert!(Instant::now() < end, "only {} requests reach the upstream", upstream.seen() - before);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    for _ in 0..3 {
        let mut more = UnfinishedRequest::send(gateway, target, fields).unwrap();
        assert_eq!(more.status(AT_ONCE).unwrap(), Some(503));
    }
    assert_eq!(upstream.seen(), before + OPEN, "a refused request reached the upstream");
    open
}

#[test]
fn an_anonymous_client_that_opens_all_it_can_leaves_room_for_a_token() {
    let token = good();
    for name in TEMPLATES {
        let upstream = Upstream::start("production").unwrap();
        let (envoy, _dir) = start(name, &[(PUBLIC, FEW_PUBLIC), (WITH_TOKEN, FEW_WITH_TOKEN)], upstream.address());
        let gateway = envoy.address();
        let with_token = || Request::new("GET", ORDERS, "api.example").bearer(&token).send(gateway).unwrap().status;
        let mut open = fill(gateway, &upstream, MENU, "");
        let began = Instant::now();
        assert_eq!(with_token(), 200, "{name}");
        assert!(began.elapsed() < AT_ONCE, "{name}: {:?}", began.elapsed());
        // What a client claims does not make it one with a token.
        for claim in ["x-postern-application: app-1\r\n", "x-postern-key-type: sandbox\r\n", "x-postern-tier: gold\r\n"] {
            let mut claimed = UnfinishedRequest::send(gateway, MENU, claim).unwrap();
            assert_eq!(claimed.status(AT_ONCE).unwrap(), Some(503), "{name}: {claim}");
        }
        // The limit with a token is another one, beyond which the answer comes at once too.
        let authorization = format!("authorization: Bearer {token}\r\n");
        let held = fill(gateway, &upstream, ORDERS, &authorization);
        assert_eq!(with_token(), 503, "{name}");
        assert!(open.iter_mut().all(|request| request.status(Duration::from_millis(1)).unwrap().is_none()), "{name}");
        drop(held);
        let end = Instant::now() + PATIENCE;
        while with_token() != 200 {
            assert!(Instant::now() < end, "{name}: no room after the requests have ended");
        }
    }
}

#[test]
fn a_request_without_an_end_ends_on_a_public_resource_only() {
    for name in TEMPLATES {
        let upstream = Upstream::start("production").unwrap();
        let duration = ("max_stream_duration: 60s", "max_stream_duration: 1s");
        let (envoy, _dir) = start(name, &[duration], upstream.address());
        let authorization = format!("authorization: Bearer {}\r\n", good());
        let mut with_token = UnfinishedRequest::send(envoy.address(), ORDERS, &authorization).unwrap();
        let mut public = UnfinishedRequest::send(envoy.address(), MENU, "").unwrap();
        assert_eq!(public.status(PATIENCE).unwrap(), Some(408), "{name}");
        assert_eq!(with_token.status(STAYS_OPEN).unwrap(), None, "{name}");
    }
}

#[test]
fn a_websocket_needs_a_route_that_allows_it() {
    let token = good();
    for name in TEMPLATES {
        let upstream = Upstream::start("production").unwrap();
        let (envoy, _dir) = start(name, &[], upstream.address());
        for (target, token) in [(MENU, ""), (ORDERS, token.as_str())] {
            let refused = OpenStream::websocket(envoy.address(), target, token).unwrap_err().to_string();
            assert!(refused.contains(" 403 "), "{name}: {refused}");
        }
        assert_eq!(upstream.seen(), 0, "{name}");
    }
    // The route of docs/envoy.md, for the path of the orders.
    let upstream = Upstream::start("production").unwrap();
    let text = template::with_websockets(&template::read("gateway.yaml").unwrap()).unwrap();
    let (envoy, _dir) = start_text(&text, &[], upstream.address());
    OpenStream::websocket(envoy.address(), ORDERS, &token).unwrap().assert_alive().unwrap();
    assert_eq!(upstream.seen(), 1);
    assert!(OpenStream::websocket(envoy.address(), ORDERS, "a.b.c").unwrap_err().to_string().contains(" 401 "));
    assert!(OpenStream::websocket(envoy.address(), MENU, "").unwrap_err().to_string().contains(" 403 "));
    assert_eq!(upstream.seen(), 1);
}

/// What docs/security.md says about a WebSocket on a public resource.
#[test]
fn a_websocket_on_a_public_resource_ends_and_one_with_a_token_does_not() {
    let token = good();
    let upstream = StreamingUpstream::start().unwrap();
    let text = template::with_websockets(&template::read("gateway.yaml").unwrap()).unwrap();
    let everywhere = ("prefix: \"/pizza/1.0.0/orders/\"", "prefix: \"/pizza/\"");
    let duration = ("max_stream_duration: 60s", "max_stream_duration: 1s");
    let (envoy, _dir) = start_text(&text, &[everywhere, duration], upstream.address());
    let mut with_token = OpenStream::websocket(envoy.address(), ORDERS, &token).unwrap();
    let mut public = OpenStream::websocket(envoy.address(), MENU, "").unwrap();
    public.assert_alive().unwrap();
    public.wait_for_end(PATIENCE).unwrap();
    with_token.assert_alive().unwrap();
}
