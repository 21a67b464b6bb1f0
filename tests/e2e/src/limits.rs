//! The limits of the templates in envoy/ besides those of tiers: of header fields, of connections, of memory, and of the duration of streams.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::streaming::{OpenStream, StreamingUpstream};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::{plain, template};
use postern_vectors::{Forge, TokenSpec};
use tempfile::TempDir;

pub(crate) const MENU: &str = "/pizza/1.0.0/menu";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts Envoy with a template in which each first text of `changes` is replaced by the second.
pub(crate) fn start(name: &str, changes: &[(&str, &str)], upstream: SocketAddr) -> (Envoy, TempDir) {
    start_text(&template::read(name).unwrap(), changes, upstream)
}

/// The same with the text of a template.
pub(crate) fn start_text(template: &str, changes: &[(&str, &str)], upstream: SocketAddr) -> (Envoy, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut text = template.replace("name: inbound", "name: gateway");
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the template");
        text = text.replace(from, to);
    }
    let configuration = plain::configuration(None).unwrap();
    let config = template::fill(&text, &configuration, upstream.port(), dir.path()).unwrap();
    (Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 1).unwrap(), dir)
}

fn menu() -> Request {
    Request::new("GET", MENU, "api.example")
}

/// A request with this number of header fields, `host` and `connection` among them. The token counts too.
fn with_fields(count: usize, token: &str) -> Request {
    let request = Request::new("GET", ORDERS, "api.example").bearer(token);
    (3..count).fold(request, |request, number| request.header(format!("x-{number}"), "1"))
}

#[test]
fn too_many_or_too_large_fields_and_underscores_are_refused() {
    let token = Forge::new(now()).token(&TokenSpec::default());
    for name in ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml", "rate-limits/global.yaml"] {
        let upstream = Upstream::start("production").unwrap();
        let (envoy, _dir) = start(name, &[], upstream.address());
        let status = |request: Request| request.send(envoy.address()).unwrap().status;
        assert_eq!(status(with_fields(90, &token)), 200, "{name}");
        assert_eq!(upstream.seen(), 1, "{name}");
        assert_eq!(status(with_fields(110, &token)), 431, "{name}");
        assert_eq!(status(menu().header("x-large", "a".repeat(33 << 10))), 431, "{name}");
        for field in ["x_user", "x-postern_user", "X_Postern_User", "_"] {
            assert_eq!(status(menu().header(field, "alice@main")), 400, "{name}: {field}");
        }
        assert_eq!(upstream.seen(), 1, "{name}: a refused request reached the upstream");
    }
}

#[test]
fn connections_above_the_limit_are_closed_and_metrics_still_answer() {
    let upstream = Upstream::start("production").unwrap();
    let limit = ("max_active_downstream_connections: 10000", "max_active_downstream_connections: 3");
    let (envoy, _dir) = start("gateway.yaml", &[limit], upstream.address());
    let open: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(envoy.address()).unwrap()).collect();
    while envoy.sum("listener.127.0.0.1_[0-9]*.downstream_cx_active").unwrap() < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(menu().send(envoy.address()).is_err(), "a connection above the limit is served");
    assert_eq!(upstream.seen(), 0);
    let metrics = Request::new("GET", "/metrics", "metrics").send(envoy.listener("metrics").unwrap()).unwrap();
    assert_eq!(metrics.status, 200);
    drop(open);
    let served = || (0..1000).any(|_| menu().send(envoy.address()).is_ok_and(|answer| answer.status == 200));
    assert!(served(), "no connection is accepted after the others have closed");
}

#[test]
fn requests_are_refused_while_the_heap_is_almost_full() {
    let upstream = Upstream::start("production").unwrap();
    let limit = ("max_heap_size_bytes: 1073741824", "max_heap_size_bytes: 1048576");
    let (envoy, _dir) = start("gateway.yaml", &[limit], upstream.address());
    while envoy.sum("overload.envoy.overload_actions.stop_accepting_requests.active").unwrap() == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(menu().send(envoy.address()).unwrap().status, 503);
    assert_eq!(upstream.seen(), 0);
}

#[test]
fn the_timeout_of_a_route_ends_an_event_stream_but_no_websocket() {
    let token = Forge::new(now()).token(&TokenSpec::default());
    let upstream = StreamingUpstream::start().unwrap();
    let limit = ("{ cluster: production, timeout: 30s, priority", "{ cluster: production, timeout: 2s, priority");
    let text = template::with_websockets(&template::read("gateway.yaml").unwrap()).unwrap();
    let (envoy, _dir) = start_text(&text, &[limit], upstream.address());
    let mut websocket = OpenStream::websocket(envoy.address(), ORDERS, &token).unwrap();
    let mut events = OpenStream::response(envoy.address(), ORDERS, &token, "accept: text/event-stream\r\n").unwrap();
    events.wait_for_end(PATIENCE).unwrap();
    websocket.assert_alive().unwrap();
}

#[test]
fn a_stream_ends_at_the_longest_duration_with_a_valid_token_too() {
    let token = Forge::new(now()).token(&TokenSpec::default());
    for name in ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml", "rate-limits/global.yaml"] {
        let upstream = StreamingUpstream::start().unwrap();
        let limit = ("max_stream_duration: 3600s", "max_stream_duration: 2s");
        let (envoy, _dir) = start(name, &[limit], upstream.address());
        let mut stream = OpenStream::response(envoy.address(), ORDERS, &token, "accept: text/event-stream\r\n").unwrap();
        stream.assert_alive().unwrap();
        stream.wait_for_end(PATIENCE).unwrap();
        assert_eq!(
            envoy.sum("http.gateway.downstream_rq_max_duration_reached|http.inbound.downstream_rq_max_duration_reached").unwrap(),
            1
        );
    }
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A client whose window is closed never gets the body of its response, here that of a refusal. Without a limit it would hold Envoy's memory.
#[test]
fn a_stream_ends_when_its_client_does_not_read() {
    for name in ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml", "rate-limits/global.yaml"] {
        let upstream = Upstream::start("production").unwrap();
        let (envoy, _dir) = start(name, &[("stream_flush_timeout: 10s", "stream_flush_timeout: 2s")], upstream.address());
        let mut connection = TcpStream::connect(envoy.address()).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        // SETTINGS_INITIAL_WINDOW_SIZE is 0. The header fields are literals that are not indexed (RFC 7541 section 6.2.2).
        let settings = frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]);
        let mut fields = vec![0x82, 0x86];
        for (index, value) in [(4, ORDERS), (1, "127.0.0.1")] {
            fields.extend([index, u8::try_from(value.len()).unwrap()]);
            fields.extend(value.as_bytes());
        }
        let headers = frame(1, 5, 1, &fields);
        connection.write_all(&[b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &settings[..], &headers].concat()).unwrap();
        let mut kinds = Vec::new();
        while kinds.last() != Some(&3) {
            let mut head = [0; 9];
            connection.read_exact(&mut head).unwrap();
            let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
            connection.read_exact(&mut payload).unwrap();
            kinds.push(head[3]);
        }
        // HEADERS of the refusal, and RST_STREAM instead of DATA.
        assert!(kinds.contains(&1) && !kinds.contains(&0), "{name}: {kinds:?}");
        assert_eq!(upstream.seen(), 0);
    }
}
